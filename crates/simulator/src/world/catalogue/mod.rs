//! What exists in the simulated market: underlyings with their expiry rules, lots, strike steps and temper.
//! The words are here, the rows in `table`; nothing here computes a price.

mod table;

use chrono::{Datelike, Weekday};
use market::Day;

/// A date as the number 20250828, so that tables stay readable and need no parsing.
pub type DateNumber = u32;

pub fn date_number(day: Day) -> DateNumber {
    let date = day.date();
    // Years of the calendar are positive.
    date.year().unsigned_abs() * 10_000 + date.month() * 100 + date.day()
}

/// A rule for expiries, in force from one date to another, both included.
pub struct Era {
    pub from: DateNumber,
    pub to: DateNumber,
    pub weekday: Weekday,
}

/// Units in a lot, by the contract's expiry: the last row that starts on or before it.
pub struct Lot {
    pub expiry_from: DateNumber,
    pub units: i64,
}

pub struct UnderlyingSpec {
    /// Its place in the table; part of every seed and of the tokens.
    pub slot: u64,
    pub key: &'static str,
    pub symbol: &'static str,
    pub name: &'static str,
    /// `name` of its contracts: the symbol for an index, the company for a stock.
    pub contract_name: &'static str,
    pub spot_exchange_token: &'static str,
    pub derivatives: &'static str,
    pub exchange: &'static str,
    pub is_index: bool,
    pub strike_step_paise: i64,
    pub freeze_quantity: i64,
    pub lots: &'static [Lot],
    pub weekly: &'static [Era],
    pub monthly: &'static [Era],
    /// One expiry outside the rule.
    pub extra_weekly: Option<DateNumber>,
    /// Session and level in rupees.
    pub levels: &'static [(DateNumber, f64)],
    pub volatility: f64,
    /// Strikes on each side of the spot at listing; an expiry's own number lies a little around it.
    pub reach: u64,
    /// How lively its options are beside Nifty's.
    pub liveliness: f64,
    /// Lots that the option at the money trades in a busy minute.
    pub option_lots: f64,
    /// Units that the front future trades in an ordinary day.
    pub future_units: f64,
}

impl UnderlyingSpec {
    pub fn lot_size(&self, expiry: Day) -> i64 {
        let date = date_number(expiry);
        let in_force = self.lots.iter().rev().find(|lot| lot.expiry_from <= date);
        in_force.map_or(1, |lot| lot.units)
    }
}

pub fn underlyings() -> &'static [UnderlyingSpec] {
    &table::UNDERLYINGS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_places_in_the_table_and_levels_ascend() {
        for (place, spec) in underlyings().iter().enumerate() {
            assert_eq!(spec.slot, place as u64);
            assert!(spec.levels.windows(2).all(|pair| pair[0].0 < pair[1].0), "{}", spec.symbol);
            assert!(
                spec.key.parse::<market::InstrumentKey>().is_ok_and(|key| key.check_underlying().is_ok())
            );
        }
    }

    #[test]
    fn lots_go_by_the_expiry_of_the_contract() {
        let nifty = &underlyings()[0];
        let lot = |text: &str| nifty.lot_size(text.parse().unwrap());
        for (expiry, units) in [
            ("2024-12-26", 25),
            ("2025-01-02", 75),
            ("2025-01-30", 25),
            ("2025-02-06", 75),
            ("2025-12-30", 75),
            ("2026-01-06", 65),
        ] {
            assert_eq!(lot(expiry), units, "{expiry}");
        }
    }
}
