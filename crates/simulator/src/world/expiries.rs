//! When contracts expire: a weekday of each week, the month's last one being monthly, moved to the previous
//! trading day when it is a holiday. Goes on by rule for ever; refuses what lies before the floor of the
//! broker's data.

use chrono::Datelike;
use market::{Day, TradingCalendar};

use super::catalogue::{DateNumber, Era, UnderlyingSpec, date_number};

/// Nothing of the broker's is older: expiries from 2024-10-03 [OBS], candles from 2024-10-01 [OBS].
pub const FLOOR: DateNumber = 20_241_001;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expiry {
    pub day: Day,
    pub weekly: bool,
}

/// Expiries from the floor to `last`, both included, ascending.
pub fn expiries(spec: &UnderlyingSpec, last: Day) -> Vec<Expiry> {
    let Some(first) = Day::new(2024, 10, 1) else { return Vec::new() };
    // An expiry on `last` may come of a rule day up to a few holidays later.
    let days = first.days_since_1970()..=last.days_since_1970() + 7;
    let mut found: Vec<Expiry> = days
        .map(Day::from_days_since_1970)
        .filter_map(|rule_day| expiry_of_rule_day(spec, rule_day))
        .filter(|expiry| date_number(expiry.day) >= FLOOR && expiry.day <= last)
        .collect();
    found.sort();
    found.dedup_by_key(|expiry| expiry.day);
    found
}

fn expiry_of_rule_day(spec: &UnderlyingSpec, rule_day: Day) -> Option<Expiry> {
    let monthly = matches(spec.monthly, rule_day) && is_last_of_its_weekday(rule_day);
    let weekly = matches(spec.weekly, rule_day) || spec.extra_weekly == Some(date_number(rule_day));
    (monthly || weekly).then(|| Expiry { day: trading_day_on_or_before(rule_day), weekly: !monthly })
}

fn matches(eras: &[Era], day: Day) -> bool {
    let date = date_number(day);
    eras.iter().any(|era| era.from <= date && date <= era.to && era.weekday == day.weekday())
}

fn is_last_of_its_weekday(day: Day) -> bool {
    day.plus_days(7).date().month() != day.date().month()
}

/// Muhurat and weekend sessions do not count: nothing expires on them [OBS: 2024-10-31, 2025-10-20].
fn trading_day_on_or_before(day: Day) -> Day {
    // No run of closed days has been longer.
    const CLOSED_DAYS_MAX: i64 = 10;
    let calendar = TradingCalendar::bundled();
    (0..CLOSED_DAYS_MAX)
        .map(|back| day.plus_days(-back))
        .find(|candidate| !candidate.is_weekend() && calendar.holiday_name(*candidate).is_none())
        .unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::catalogue::underlyings;
    use serde_json::Value;

    fn by_rule(symbol: &str, last: &str, only_monthly: bool) -> Vec<String> {
        let spec = underlyings().iter().find(|spec| spec.symbol == symbol).unwrap();
        expiries(spec, last.parse().unwrap())
            .into_iter()
            .filter(|expiry| !(only_monthly && expiry.weekly))
            .map(|expiry| expiry.day.to_string())
            .collect()
    }

    fn listed(file: &Value, name: &str) -> Vec<String> {
        file[name].as_array().unwrap().iter().map(|day| day.as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn the_rule_gives_the_known_lists() {
        let file: Value =
            serde_json::from_str(include_str!("../../fixtures/derived_expiry_calendar.json")).unwrap();
        for name in ["NIFTY", "SENSEX"] {
            let known = listed(&file, name);
            assert_eq!(by_rule(name, known.last().unwrap(), false), known, "{name}");
        }
        let monthly = listed(&file, "BANKNIFTY_monthly");
        assert_eq!(by_rule("BANKNIFTY", monthly.last().unwrap(), true), monthly);
        let weekly = listed(&file, "BANKNIFTY_weekly_last");
        let all = by_rule("BANKNIFTY", "2025-01-15", false);
        assert!(weekly.iter().all(|day| all.contains(day)));
        assert_eq!(all.len(), weekly.len() + 3);
    }

    #[test]
    fn weekly_and_monthly_are_told_apart_as_the_exchange_did() {
        let file: Value =
            serde_json::from_str(include_str!("../../fixtures/nifty_expiries_proven.json")).unwrap();
        let rows = file["NIFTY"].as_array().unwrap();
        let by_rule = expiries(&underlyings()[0], "2026-07-14".parse().unwrap());
        assert_eq!(by_rule.len(), rows.len());
        for (row, expiry) in rows.iter().zip(by_rule) {
            assert_eq!(row["expiry"], expiry.day.to_string());
            assert_eq!(row["type"] == "weekly", expiry.weekly, "{}", expiry.day);
            assert_eq!(row["lot"], underlyings()[0].lot_size(expiry.day), "{}", expiry.day);
        }
    }

    /// The days that a row of the schedule names; a row without a day says nothing of any.
    #[test]
    fn lots_are_those_of_the_exchanges_circulars() {
        let file: Value =
            serde_json::from_str(include_str!("../../fixtures/derived_lot_schedule.json")).unwrap();
        let mut compared = 0;
        for spec in underlyings() {
            for row in file[spec.symbol].as_array().into_iter().flatten() {
                for day in ["expiry", "expiry_from", "expiry_to"] {
                    let Some(day) = row[day].as_str() else { continue };
                    assert_eq!(spec.lot_size(day.parse().unwrap()), row["lot"], "{} {day}", spec.symbol);
                    compared += 1;
                }
            }
        }
        assert!(compared >= 20, "{compared}");
    }
}
