//! Minutes in which something can be opened or closed, and days of trading. The calendar says which; where it does not
//! know a day's hours, only a closed day is refused.

use market::{Day, EpochSeconds, TradingCalendar};
use protocol::DaysBefore;

use crate::error::EngineError;

/// Refuses a minute in which the market was closed; `what` is the entry or the exit.
pub(super) fn check_minute(what: &str, at: EpochSeconds) -> Result<(), EngineError> {
    let (day, minute) = (at.day(), at.minute_of_day());
    let calendar = TradingCalendar::bundled();
    let trading = calendar.day(day);
    let long = day.to_long_text();
    let refused = |why: String| Err(EngineError::NoSuchMinute(why));
    if let Some(closed) = calendar.closed_words(day) {
        return refused(format!("{closed}: choose a trading day for the {what}"));
    }
    let (Some(first), Some(last)) = (trading.windows().first(), trading.windows().last()) else {
        return Ok(());
    };
    let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    if minute < first.open {
        return refused(format!(
            "the {what} at {} lies before the market opened: on {long} it opened at {}",
            time(minute),
            time(first.open)
        ));
    }
    if minute >= last.close {
        return refused(format!(
            "the {what} at {} lies after the market closed: on {long} its last minute was {}",
            time(minute),
            time(last.close - 1)
        ));
    }
    Ok(())
}

/// So many trading days before an expiry, at a time.
pub(super) fn before(expiry: Day, of: DaysBefore) -> EpochSeconds {
    let calendar = TradingCalendar::bundled();
    let back = |day: Day| calendar.open_on_or_before(day.previous());
    let day = (0..of.days).fold(expiry, |day, _| back(day));
    day.at_minute(of.at.minute_of_day())
}

/// The days of trading from one to another, both included; those that the calendar does not know count too.
pub(super) fn trading_days(from: Day, to: Day) -> impl Iterator<Item = Day> {
    let calendar = TradingCalendar::bundled();
    let days = (from.days_since_1970()..=to.days_since_1970()).map(Day::from_days_since_1970);
    days.filter(|day| calendar.day(*day).is_open())
}

/// The minutes of a day's sessions within two minutes, both included.
pub(super) fn session_minutes(
    day: Day,
    (from, to): (EpochSeconds, EpochSeconds),
) -> impl Iterator<Item = EpochSeconds> {
    let windows = TradingCalendar::bundled().day(day).windows().to_vec();
    let minutes = windows.into_iter().flat_map(|window| window.open..window.close);
    minutes.map(move |minute| day.at_minute(minute)).filter(move |at| (from..=to).contains(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_before_an_expiry_are_days_of_trading() {
        let expiry: Day = "2025-08-19".parse().unwrap();
        for (text, at) in [
            ("0@09:20", "2025-08-19 09:20:00"),
            ("1@09:20", "2025-08-18 09:20:00"),
            // The weekend and Independence Day lie between.
            ("2@15:00", "2025-08-14 15:00:00"),
        ] {
            assert_eq!(before(expiry, text.parse().unwrap()).to_ist_text(), at);
        }
    }

    #[test]
    fn a_minute_without_a_market_is_refused() {
        let at = |text: &str| text.parse::<protocol::Minute>().unwrap().start();
        assert!(check_minute("entry", at("2025-08-18T09:15")).is_ok());
        assert!(check_minute("entry", at("2025-08-18T15:29")).is_ok());
        for (text, sentence) in [
            ("2025-08-18T09:14", "lies before the market opened: on 18 Aug 2025 it opened at 09:15"),
            ("2025-08-18T15:30", "lies after the market closed: on 18 Aug 2025 its last minute was 15:29"),
            ("2025-08-15T10:00", "the market was closed on 15 Aug 2025 ("),
            ("2025-08-16T10:00", "the market was closed on 16 Aug 2025:"),
        ] {
            let refused = check_minute("entry", at(text)).unwrap_err().to_string();
            assert!(refused.contains(sentence), "{refused}");
        }
    }
}
