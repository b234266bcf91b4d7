//! Whether candles are of minutes, by where they stand: a file that does not say its interval is not taken at its word.
//!
//! Two candles within two minutes of each other show minutes. Candles that stand three minutes apart and more, all of
//! them, are coarser ones where there are enough of them; of a few it cannot be known, and it is not guessed.

use market::{Candle, EpochSeconds, TradingCalendar};

/// So many candles that came as minutes tell: by chance all of them stand at every third minute once in a thousand million
/// times.
const TELLING_CANDLES: usize = 20;
/// As surely as those where nothing says the interval, for then a few that stand far apart tell as much.
const CHANCE: f64 = 1e9;
/// The shortest interval above the minute.
const COARSER_MINUTES: u16 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spacing {
    Minutes,
    Coarser,
    Unknown,
}

/// Of candles of one contract, oldest first, whose interval nothing says.
pub(super) fn spacing(candles: &[Candle]) -> Spacing {
    let step = step(candles);
    let others = i32::try_from(candles.len().saturating_sub(1)).unwrap_or(i32::MAX);
    if step >= COARSER_MINUTES && f64::from(step).powi(others) >= CHANCE {
        Spacing::Coarser
    } else if (1..COARSER_MINUTES).contains(&step_within_days(candles)) {
        Spacing::Minutes
    } else {
        Spacing::Unknown
    }
}

/// Whether candles that are said to be of minutes stand minutes apart alone.
pub(super) fn are_coarser(candles: &[Candle]) -> bool {
    candles.len() >= TELLING_CANDLES && step(candles) >= COARSER_MINUTES
}

/// The longest interval whose candles could all stand where these do; 0 where they stand at one time of their days.
fn step(candles: &[Candle]) -> u16 {
    let Some(first) = candles.first() else { return 0 };
    let apart = |candle: &Candle| candle.start.minute_of_day().abs_diff(first.start.minute_of_day());
    candles.iter().map(apart).fold(0, common_divisor)
}

/// The same of candles of one day alone: candles of days may stand at any time of theirs.
fn step_within_days(candles: &[Candle]) -> u16 {
    let of_one_day = |one: &Candle, next: &Candle| one.start.day() == next.start.day();
    candles.chunk_by(of_one_day).map(step).fold(0, common_divisor)
}

fn common_divisor(one: u16, other: u16) -> u16 {
    if other == 0 { one } else { common_divisor(other, one % other) }
}

/// Whether a minute can have been traded then: within the session, and at any time but midnight where its hours are not
/// known.
pub(super) fn may_be_traded(moment: EpochSeconds) -> bool {
    let (day, minute) = (moment.day(), moment.minute_of_day());
    let calendar = TradingCalendar::bundled();
    match calendar.day(day).windows() {
        [] => minute != 0 && !calendar.is_surely_closed(day),
        windows => windows.iter().any(|window| window.open <= minute && minute < window.close),
    }
}

#[cfg(test)]
mod tests {
    use market::{Day, Price, Prices};

    use super::*;

    /// On the n-th days after a Monday, at minutes after midnight.
    fn candles(starts: impl IntoIterator<Item = (i64, u16)>) -> Vec<Candle> {
        let monday: Day = "2025-08-18".parse().unwrap();
        let price = Price::from_rupees(100.0).unwrap();
        let prices = Prices { open: price, high: price, low: price, close: price };
        let candle = |(days, minute): (i64, u16)| Candle {
            start: monday.plus_days(days).at_minute(minute),
            prices,
            volume: 75,
            open_interest: 0,
        };
        starts.into_iter().map(candle).collect()
    }

    fn every(minutes: usize, count: usize) -> Vec<Candle> {
        candles((555..930).step_by(minutes).take(count).map(|minute| (0, minute)))
    }

    #[test]
    fn what_is_known_of_few_candles_is_known_and_nothing_is_guessed() {
        let by_last_minute = candles((584..930).step_by(30).map(|minute| (0, minute)));
        for (what, of, spacing_of) in [
            ("two minutes side by side", every(1, 2), Spacing::Minutes),
            ("half hours of a day", every(30, 13), Spacing::Coarser),
            ("hours of a day", every(60, 7), Spacing::Coarser),
            ("every third minute for long", every(3, 20), Spacing::Coarser),
            ("every third minute, a few", every(3, 10), Spacing::Unknown),
            ("one", every(1, 1), Spacing::Unknown),
            ("none", Vec::new(), Spacing::Unknown),
            ("bars of days", candles((0..4).map(|day| (day, 555))), Spacing::Unknown),
            ("bars of days at their last trades", candles([(0, 929), (1, 928)]), Spacing::Unknown),
            ("half hours by their last minutes", by_last_minute, Spacing::Coarser),
        ] {
            assert_eq!(spacing(&of), spacing_of, "{what}");
        }
        assert!(are_coarser(&every(5, 20)) && !are_coarser(&every(5, 19)) && !are_coarser(&every(2, 20)));
    }

    #[test]
    fn a_minute_is_traded_within_its_session() {
        let at = |day: &str, minute| may_be_traded(day.parse::<Day>().unwrap().at_minute(minute));
        assert!(at("2025-08-18", 555) && at("2025-08-18", 929));
        assert!(!at("2025-08-18", 0) && !at("2025-08-18", 554) && !at("2025-08-18", 930));
        assert!(!at("2025-08-15", 600) && !at("2025-08-17", 600), "a holiday and a Sunday");
    }
}
