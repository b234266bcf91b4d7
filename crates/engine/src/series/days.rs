//! Which stored days go into a series. A range without any says what there is instead.

use std::collections::BTreeSet;

use market::{Day, DayRange, TradingCalendar};

use super::wish::SeriesWish;
use crate::error::EngineError;

/// A year and a half of trading days. A series of minutes has then some 150,000 points.
pub(crate) const DAYS_MAX: usize = 400;
/// Of a series that has no end of its own, where nobody says how many.
pub(super) const DAYS_DEFAULT: usize = 90;

/// Days that are stored of something.
pub(crate) struct StoredDays<'n> {
    pub days: BTreeSet<Day>,
    /// `the expiry of Nifty 50 on 28 Aug 2025`.
    pub of: &'n str,
    /// The expiry that helps where there is no day at all; none where many would do.
    pub to_collect: Option<Day>,
}

impl StoredDays<'_> {
    /// Those that are wished for, oldest first, at least one; of an open beginning the last `DAYS_DEFAULT`, where that
    /// is asked for.
    pub fn chosen(self, wish: &SeriesWish, last_alone: bool) -> Result<Vec<Day>, EngineError> {
        self.between(wish.from, wish.to, last_alone)
    }

    /// The same, by the days themselves.
    pub fn between(
        self,
        from: Option<Day>,
        to: Option<Day>,
        last_alone: bool,
    ) -> Result<Vec<Day>, EngineError> {
        let Self { days, of, to_collect } = self;
        let range = match (from, to) {
            (Some(from), Some(to)) => Some(DayRange::new(from, to)?),
            _ => None,
        };
        let is_wanted = |day: &Day| from.is_none_or(|from| *day >= from) && to.is_none_or(|to| *day <= to);
        let mut chosen: Vec<Day> = days.iter().copied().filter(is_wanted).collect();
        if last_alone && from.is_none() {
            chosen.drain(..chosen.len().saturating_sub(DAYS_DEFAULT));
        }
        if chosen.is_empty() {
            let Some(ends) = days.first().zip(days.last()) else {
                return Err(nothing_stored(of, to_collect));
            };
            return Err(none_chosen(ends, of, (from, to), range));
        }
        if chosen.len() > DAYS_MAX {
            let count = chosen.len();
            return Err(EngineError::NoSeries(format!(
                "a series is made of at most {DAYS_MAX} days, and these are {count}: choose fewer, by its first and its last day"
            )));
        }
        Ok(chosen)
    }
}

fn nothing_stored(of: &str, to_collect: Option<Day>) -> EngineError {
    let words = format!("no 1-minute candle is stored of {of}: collect it first");
    match to_collect {
        Some(expiry) => EngineError::NotStored { expiry, words },
        None => EngineError::NoChain(words),
    }
}

fn none_chosen(
    (first, last): (&Day, &Day),
    of: &str,
    (from, to): (Option<Day>, Option<Day>),
    range: Option<DayRange>,
) -> EngineError {
    let calendar = TradingCalendar::bundled();
    let asked = match (range, from, to) {
        (Some(range), ..) if range.days().take(DAYS_MAX).all(|day| !calendar.day(day).is_open()) => {
            let (from, to) = (range.from().to_long_text(), range.to().to_long_text());
            let when = if from == to { format!("on {from}") } else { format!("from {from} to {to}") };
            return EngineError::NoSeries(format!("the market was closed {when}: choose trading days"));
        }
        (Some(range), ..) => format!("of {}", range.to_long_text()),
        (None, Some(from), _) => format!("from {} on", from.to_long_text()),
        (None, None, Some(to)) => format!("up to {}", to.to_long_text()),
        (None, None, None) => String::new(),
    };
    let (first, last) = (first.to_long_text(), last.to_long_text());
    EngineError::NoChain(format!(
        "no minute {asked} is stored of {of}: its days with minutes lie between {first} and {last}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(days: i64) -> StoredDays<'static> {
        let first: Day = "2024-01-01".parse().unwrap();
        let days = (0..days).map(|place| first.plus_days(place)).collect();
        StoredDays { days, of: "Nifty 50 itself", to_collect: None }
    }

    #[test]
    fn so_many_days_and_no_more() {
        let mut wish = SeriesWish::new("max-pain".parse().unwrap(), "NSE_INDEX|Nifty 50".parse().unwrap());
        assert_eq!(stored(400).chosen(&wish, false).unwrap().len(), DAYS_MAX);
        let error = stored(401).chosen(&wish, false).unwrap_err().to_string();
        assert!(error.contains("at most 400 days, and these are 401"), "{error}");
        let last = stored(401).chosen(&wish, true).unwrap();
        assert_eq!((last.len(), last.last()), (DAYS_DEFAULT, stored(401).days.last()));
        wish.from = Some("2024-01-02".parse().unwrap());
        assert_eq!(
            stored(401).chosen(&wish, true).unwrap().len(),
            DAYS_MAX,
            "a beginning that is named counts"
        );
        let error = stored(402).chosen(&wish, true).unwrap_err().to_string();
        assert!(error.contains("these are 401"), "{error}");
    }
}
