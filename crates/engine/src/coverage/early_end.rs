//! Days and answers that end before the contract can have. A future is traded to the last minutes of every session. An
//! option may rest at any time, so its end says something only where it had been traded in nearly every minute until
//! then: one as busy as that does not rest for half an hour, nor for a day on which others of its expiry are traded. Of
//! all other options nothing can be told, and nothing is.

use market::{ContractKind, Day};
use protocol::DayState;
use store::{SeriesFacts, StoredDay};

use super::judge::Judged;

/// Minutes before the session's end: a future's last row lies not so far from it.
const FUTURE_MINUTES: u16 = 10;
/// Nor that of a busy option.
const OPTION_MINUTES: u16 = 30;
/// Busy is what has a row in so many hundredths of the minutes of a day from its first row to its last,
const BUSY_HUNDREDTHS: u64 = 95;
/// which are at least so many.
const BUSY_MINUTES: u64 = 120;

/// Days whose last row lies too long before the session's end, each in words.
pub(super) fn early_days(judged: &Judged<'_>, kind: ContractKind) -> Vec<(Day, String)> {
    let early = |(day, stored): (&Day, &StoredDay)| {
        let close = judged.market.windows(*day).last()?.close;
        let (last, minutes) = (stored.last.minute_of_day(), minutes_of(stored));
        let rest = if kind.is_option() { OPTION_MINUTES } else { FUTURE_MINUTES };
        if last + rest >= close || kind.is_option() && !is_busy(stored) {
            return None;
        }
        let words = format!("its last minute is {:02}:{:02}", last / 60, last % 60);
        Some(match kind.is_option() {
            true => (*day, format!("{words}, with a row in {} of the {minutes} until then", stored.candles)),
            false => (*day, words),
        })
    };
    judged.facts.days.iter().filter_map(early).collect()
}

/// The last day of a contract that was busy on it and has no row on the next one, where at least half of the others of
/// its expiry that were traded with it have one.
pub(super) fn early_answer<'f>(
    judged: &Judged<'_>,
    others: impl Iterator<Item = &'f SeriesFacts>,
) -> Option<(Day, String)> {
    let (last, stored) = judged.facts.days.last_key_value().filter(|(_, stored)| is_busy(stored))?;
    let states = judged.states();
    let next = states.range(last.next()..).find(|(_, state)| **state != DayState::Closed);
    let (next, _) = next.filter(|(_, state)| **state == DayState::AfterLast)?;
    let traded: Vec<&SeriesFacts> = others.filter(|facts| facts.days.contains_key(last)).collect();
    let going_on = traded.iter().filter(|facts| facts.days.contains_key(next)).count();
    if going_on == 0 || going_on * 2 < traded.len() {
        return None;
    }
    let words = format!(
        "no row after it, though it had one in {} of {} minutes; {going_on} of {} others were traded on {}",
        stored.candles,
        minutes_of(stored),
        traded.len(),
        next.to_long_text()
    );
    Some((*last, words))
}

/// From its first row to its last one.
fn minutes_of(stored: &StoredDay) -> u64 {
    let minutes = stored.last.0.saturating_sub(stored.first.0) / 60 + 1;
    u64::try_from(minutes).unwrap_or_default()
}

fn is_busy(stored: &StoredDay) -> bool {
    let minutes = minutes_of(stored);
    minutes >= BUSY_MINUTES && stored.candles * 100 >= minutes * BUSY_HUNDREDTHS
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use market::{DayRange, Interval};
    use store::{AnsweredRange, Outcome};

    use super::*;
    use crate::coverage::market_days::MarketDays;

    static NONE: BTreeMap<Day, u64> = BTreeMap::new();
    const MONDAY: &str = "2025-08-25";
    const TUESDAY: &str = "2025-08-26";
    /// Wednesday was a holiday.
    const THURSDAY: &str = "2025-08-28";

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    /// Days with so many rows from 09:15 to a minute; all days to the expiry on Thursday were answered for good.
    fn facts(days: &[(&str, u64, u16)]) -> SeriesFacts {
        let stored = |(text, candles, last): &(&str, u64, u16)| {
            let (first, last) = (day(text).at_minute(555), day(text).at_minute(*last));
            (day(text), StoredDay { candles: *candles, first, last, volume: 75, open_interest: 75 })
        };
        let range = DayRange::new(day(MONDAY), day(THURSDAY)).unwrap();
        SeriesFacts {
            answered: vec![AnsweredRange { range, outcome: Outcome::Rows, provisional: false }],
            days: days.iter().map(stored).collect(),
            ..SeriesFacts::default()
        }
    }

    fn with<T>(facts: &SeriesFacts, told: impl FnOnce(&Judged<'_>) -> T) -> T {
        let market = MarketDays::new(SeriesFacts::default());
        let wanted = DayRange::new(day(MONDAY), day(THURSDAY)).unwrap();
        told(&Judged {
            facts,
            interval: Interval::Minute1,
            wanted,
            has_failed: false,
            market: &market,
            outside: &NONE,
            refused: &NONE,
        })
    }

    #[test]
    fn a_day_of_a_future_ends_early_and_one_of_an_option_that_was_busy_until_then() {
        let told = |kind: ContractKind, candles: u64, last: u16| {
            with(&facts(&[(MONDAY, candles, last)]), |judged| early_days(judged, kind))
        };
        let at = |hours: u16, minutes: u16| hours * 60 + minutes;
        let (future, option) = (ContractKind::Future, ContractKind::Call);
        assert_eq!(told(future, 5, at(15, 20)), []);
        assert_eq!(told(future, 5, at(15, 19)), [(day(MONDAY), "its last minute is 15:19".to_owned())]);

        // 09:15 to 14:59 are 345 minutes, and 328 are 95 hundredths of them.
        let words = "its last minute is 14:59, with a row in 328 of the 345 until then";
        assert_eq!(told(option, 328, at(14, 59)), [(day(MONDAY), words.to_owned())]);
        assert_eq!(told(option, 327, at(14, 59)), [], "it rested before, too");
        assert_eq!(told(option, 346, at(15, 0)), [], "half an hour is a rest");
        assert_eq!(told(option, 119, at(11, 13)), [], "two hours tell of no habit yet");
    }

    #[test]
    fn an_answer_ends_early_where_a_busy_contract_has_no_row_while_others_go_on() {
        let whole = |days: &[&str]| {
            let days: Vec<_> = days.iter().map(|text| (*text, 375, 929)).collect();
            facts(&days)
        };
        let (both, one) = (whole(&[TUESDAY, THURSDAY]), whole(&[TUESDAY]));
        let told = |own: &SeriesFacts, others: &[&SeriesFacts]| {
            with(own, |judged| early_answer(judged, others.iter().copied()))
        };
        let words = "no row after it, though it had one in 375 of 375 minutes; 1 of 2 others were traded on 28 Aug 2025";
        assert_eq!(told(&one, &[&both, &one]), Some((day(TUESDAY), words.to_owned())));
        assert_eq!(told(&one, &[&both, &one, &one]), None, "most others end with it, as at a demerger");
        assert_eq!(told(&one, &[]), None, "nobody else tells");
        assert_eq!(told(&both, &[&both]), None, "its last day is the expiry");
        assert_eq!(told(&facts(&[(TUESDAY, 200, 929)]), &[&both]), None, "it was not busy");
        let unasked = SeriesFacts { answered: Vec::new(), ..one.clone() };
        assert_eq!(told(&unasked, &[&both]), None, "the next day was not answered");
    }
}
