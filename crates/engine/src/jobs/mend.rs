//! Holes that neighbours betray. A contract whose rows stop before its expiry although most strikes around it
//! traded on that day is asked once for the rest; a day without rows inside a liquid contract whose neighbours
//! are full is asked once by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use market::{Contract, ContractKind, Day, DayRange, Strike, TradingCalendar};
use store::{ContractId, ExpiryId, SeriesDay, StoredContract};

use crate::jobs::run::{Halt, Run};
use crate::jobs::subject::Subject;
use crate::jobs::workers::in_parallel;

/// Strikes on each side whose word counts.
const NEIGHBOURS_EACH_SIDE: usize = 2;
/// Rows of a day from which a contract is liquid on it: four minutes in five of an ordinary session.
const LIQUID_ROWS_A_DAY: u32 = 300;
/// Single days asked for one contract.
const DAYS_MAX: usize = 20;

/// Contracts of one side of one expiry by strike, with the rows of each of their days. A strike may have several,
/// as after a demerger.
type Side<Id = ContractId> = BTreeMap<Option<Strike>, BTreeMap<Id, BTreeMap<Day, u32>>>;

impl Run {
    pub(crate) async fn mend_phase(&self, contracts: &[Arc<StoredContract>]) -> Result<(), Halt> {
        let expiries: BTreeSet<ExpiryId> = contracts.iter().map(|stored| stored.expiry_id).collect();
        let mut doubtful = Vec::new();
        for expiry in expiries {
            let sides = self.sides(expiry).await?;
            let fetched = contracts.iter().filter(|stored| stored.expiry_id == expiry);
            for stored in fetched {
                let Some(side) = sides.get(&stored.contract.kind) else { continue };
                let ranges = suspicious(stored.id, &stored.contract, side);
                doubtful.extend(ranges.into_iter().map(|range| (stored.clone(), range)));
            }
        }
        let interval = self.plan.interval;
        let ask = move |run: Self, (stored, range)| async move {
            // The days are accounted for already; only what came is added.
            run.look_again(&Subject::Contract(stored, interval), range).await
        };
        in_parallel(self, doubtful, ask).await.map(drop)
    }

    async fn sides(&self, expiry: ExpiryId) -> Result<BTreeMap<ContractKind, Side>, Halt> {
        let store = self.service.store();
        let mut sides: BTreeMap<ContractKind, Side> = BTreeMap::new();
        // One that nobody asked for says nothing of those beside it.
        let asked = store.contract_stats(expiry, self.plan.interval).await?.into_iter();
        for stored in asked.filter(|stats| stats.series.is_some()).map(|stats| stats.stored) {
            let side = sides.entry(stored.contract.kind).or_default();
            side.entry(stored.contract.strike).or_default().insert(stored.id, BTreeMap::new());
        }
        for SeriesDay { contract, kind, strike, day, candles } in
            store.series_days(expiry, self.plan.interval).await?
        {
            let of_strike = sides.get_mut(&kind).and_then(|side| side.get_mut(&strike));
            if let Some(days) = of_strike.and_then(|twins| twins.get_mut(&contract)) {
                days.insert(day, candles);
            }
        }
        Ok(sides)
    }
}

/// Ranges of a contract that its neighbours make doubtful.
fn suspicious<Id: Ord>(id: Id, contract: &Contract, side: &Side<Id>) -> Vec<DayRange> {
    let (expiry, strike) = (contract.expiry, contract.strike);
    let Some(days) = side.get(&strike).and_then(|twins| twins.get(&id)) else { return Vec::new() };
    let (Some(first), Some(last)) = (days.keys().next(), days.keys().next_back()) else {
        return Vec::new();
    };
    let neighbours = neighbours(strike, days, side);
    let mut ranges = Vec::new();
    let traded_at_end = neighbours.iter().filter(|days| days.contains_key(&expiry)).count();
    if *last < expiry && !neighbours.is_empty() && traded_at_end * 2 > neighbours.len() {
        ranges.extend(DayRange::new(*last, expiry));
    }
    let is_liquid = |days: &BTreeMap<Day, u32>| {
        let rows: u32 = days.values().sum();
        rows / u32::try_from(days.len().max(1)).unwrap_or(u32::MAX) >= LIQUID_ROWS_A_DAY
    };
    // A future has no strikes beside it: it trades in every session.
    let is_future = !contract.kind.is_option();
    if is_liquid(days) && (is_future || !neighbours.is_empty()) {
        let is_full = |day: Day| {
            (!is_future || TradingCalendar::bundled().day(day).is_open())
                && neighbours.iter().all(|days| days.get(&day).is_some_and(|rows| *rows >= LIQUID_ROWS_A_DAY))
        };
        let inside = DayRange::new(*first, *last).into_iter().flat_map(DayRange::days);
        let missing = inside.filter(|day| !days.contains_key(day) && is_full(*day));
        ranges.extend(missing.take(DAYS_MAX).map(DayRange::single));
    }
    ranges
}

/// The days of one contract of each strike around: of twins the one that lived when this contract did.
fn neighbours<'a, Id>(
    strike: Option<Strike>,
    days: &BTreeMap<Day, u32>,
    side: &'a Side<Id>,
) -> Vec<&'a BTreeMap<Day, u32>> {
    let below = side.range(..strike).rev().take(NEIGHBOURS_EACH_SIDE);
    let above = side.range(strike..).filter(|(other, _)| **other != strike).take(NEIGHBOURS_EACH_SIDE);
    let in_common = |other: &&BTreeMap<Day, u32>| other.keys().filter(|day| days.contains_key(day)).count();
    below.chain(above).filter_map(|(_, twins)| twins.values().max_by_key(in_common)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::Paise;

    const EXPIRY: &str = "2025-10-28";

    fn put(rupees: i64) -> Contract {
        Contract {
            expired_key: "NSE_FO|1|28-10-2025".parse().unwrap(),
            underlying_key: "NSE_EQ|INE155A01022".parse().unwrap(),
            expiry: EXPIRY.parse().unwrap(),
            kind: ContractKind::Put,
            strike: Some(Strike(Paise(rupees * 100))),
            trading_symbol: "TATAMOTORS".to_owned(),
            lot_size: 800,
            tick_size: 5,
            weekly: None,
        }
    }

    /// Full days from one to another.
    fn life(from: &str, to: &str) -> BTreeMap<Day, u32> {
        let range = DayRange::new(from.parse().unwrap(), to.parse().unwrap()).unwrap();
        range.days().map(|day| (day, 375)).collect()
    }

    /// Old contracts until the demerger and new ones from the day after it, at each of these strikes.
    fn demerged(strikes: &[i64]) -> Side<&'static str> {
        let twins = || {
            BTreeMap::from([("old", life("2025-10-01", "2025-10-13")), ("new", life("2025-10-14", EXPIRY))])
        };
        strikes.iter().map(|rupees| (put(*rupees).strike, twins())).collect()
    }

    #[test]
    fn twins_are_held_against_those_that_lived_when_they_did() {
        let side = demerged(&[680, 690, 700, 710, 720]);
        for twin in ["old", "new"] {
            assert_eq!(suspicious(twin, &put(700), &side), []);
        }
        let mut with_hole = side.clone();
        for (twin, hole) in [("old", "2025-10-08"), ("new", "2025-10-20")] {
            let days = with_hole.get_mut(&put(700).strike).and_then(|twins| twins.get_mut(twin)).unwrap();
            days.remove(&hole.parse().unwrap());
            let hole = DayRange::single(hole.parse().unwrap());
            assert_eq!(suspicious(twin, &put(700), &with_hole), [hole], "{twin}");
        }
        let mut cut_off = side;
        let days = cut_off.get_mut(&put(700).strike).and_then(|twins| twins.get_mut("new")).unwrap();
        days.retain(|day, _| *day <= "2025-10-20".parse().unwrap());
        let ranges = suspicious("new", &put(700), &cut_off);
        assert_eq!(ranges, [DayRange::new("2025-10-20".parse().unwrap(), EXPIRY.parse().unwrap()).unwrap()]);
    }
}
