//! How long a contract can have lived. No answer of the broker tells a listing date, so this says how far back
//! one has to ask before "never traded" may be said. In doubt it says longer: a claim that is never made is
//! no harm, a false one is.

use chrono::Datelike;

use crate::{Day, UnderlyingKind};

/// Weekly options of an index are listed four to seven weeks ahead (29 to 42 days were seen).
const WEEKLY_DAYS_MAX: u32 = 63;
/// Stocks and the ordinary months of an index have three months at a time: 88 to 98 days, and some weeks more
/// where the exchange moved its expiries to another weekday.
const SERIAL_MONTH_DAYS_MAX: u32 = 130;
/// March, June, September and December of an index may be one of its quarters or half-years, listed up to five
/// years ahead.
const LONG_DATED_DAYS_MAX: u32 = 5 * 366 + 31;

/// The most days before its expiry on which a contract can have been listed. `weekly` as the broker says;
/// where nothing says it, the contract is taken for a monthly one.
pub fn life_days_max(kind: UnderlyingKind, weekly: Option<bool>, expiry: Day) -> u32 {
    match (kind, weekly) {
        (UnderlyingKind::Stock, _) => SERIAL_MONTH_DAYS_MAX,
        (UnderlyingKind::Index, Some(true)) => WEEKLY_DAYS_MAX,
        (UnderlyingKind::Index, _) if expiry.date().month().is_multiple_of(3) => LONG_DATED_DAYS_MAX,
        (UnderlyingKind::Index, _) => SERIAL_MONTH_DAYS_MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use UnderlyingKind::{Index, Stock};

    #[test]
    fn a_life_is_rather_taken_for_longer() {
        let days = |kind, weekly, expiry: &str| life_days_max(kind, weekly, expiry.parse().unwrap());
        assert!((42..=90).contains(&days(Index, Some(true), "2025-08-21")));
        assert!((98..=180).contains(&days(Index, Some(false), "2025-08-28")));
        assert!(days(Index, Some(false), "2025-09-30") > 5 * 365);
        assert_eq!(days(Index, None, "2025-12-30"), days(Index, Some(false), "2025-12-30"));
        assert!((98..=180).contains(&days(Stock, None, "2025-12-30")));
        assert_eq!(days(Stock, Some(true), "2025-12-30"), days(Stock, Some(false), "2025-12-30"));
    }
}
