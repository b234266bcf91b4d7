//! An option as it stood at a minute: the plain input of everything that follows. A trade is a candle with volume; a
//! row without volume repeats an old price and tells of open interest alone.

use market::{Candle, EpochSeconds, Paise, Price, Strike};
use serde::{Deserialize, Serialize};

use crate::Side;

const MINUTE_SECONDS: i64 = 60;

/// A price, and the start of the minute in which it was the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trade {
    pub price: Price,
    pub at: EpochSeconds,
}

impl Trade {
    /// The close of a candle in which something was traded.
    pub fn of(candle: &Candle) -> Option<Self> {
        (candle.volume > 0).then(|| Self::told_by(candle)).flatten()
    }

    /// The close of a candle of an index, which never has volume.
    pub fn told_by(candle: &Candle) -> Option<Self> {
        let trade = Self { price: candle.prices.close, at: candle.start };
        (trade.price.0 > 0).then_some(trade)
    }

    /// Whole minutes from its minute to this one: nought within the same. `None` before it was traded.
    pub fn age_minutes(self, at: EpochSeconds) -> Option<i64> {
        let seconds = at.0.saturating_sub(self.at.0);
        (seconds >= 0).then_some(seconds / MINUTE_SECONDS)
    }

    /// Its price, where it is no older than so many minutes.
    pub fn within(self, minutes: i64, at: EpochSeconds) -> Option<Self> {
        self.age_minutes(at).is_some_and(|age| age <= minutes).then_some(self)
    }
}

/// What does not change with trading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedOption {
    pub strike: Strike,
    pub side: Side,
    pub tick: Paise,
    /// Units in a lot of this contract.
    pub lot: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    pub option: ListedOption,
    pub last: Option<Trade>,
    /// The last trade of earlier sessions.
    pub previous_close: Option<Price>,
    /// The open interest that earlier sessions ended with.
    pub previous_open_interest: Option<i64>,
    /// Units of the day so far.
    pub volume: i64,
    /// Units; `None` where no row told.
    pub open_interest: Option<i64>,
}

impl Quote {
    /// Before anything is known of it.
    pub fn new(option: ListedOption) -> Self {
        Self {
            option,
            last: None,
            previous_close: None,
            previous_open_interest: None,
            volume: 0,
            open_interest: None,
        }
    }

    /// Since the previous session's end, where both are known.
    pub fn open_interest_change(&self) -> Option<i64> {
        Some(self.open_interest?.saturating_sub(self.previous_open_interest?))
    }

    pub(crate) fn take(&mut self, candle: &Candle) {
        self.open_interest = Some(candle.open_interest.max(0));
        self.volume = self.volume.saturating_add(candle.volume.max(0));
        self.last = Trade::of(candle).or(self.last);
    }

    pub(crate) fn begin_session(&mut self) {
        self.previous_close = self.last.map(|trade| trade.price).or(self.previous_close);
        self.previous_open_interest = self.open_interest.or(self.previous_open_interest);
        self.volume = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::candle;
    use market::Day;

    #[test]
    fn a_row_without_volume_is_no_trade() {
        let day: Day = "2025-08-01".parse().unwrap();
        let mut quote = Quote::new(crate::samples::option(24_600, Side::Call));
        quote.take(&candle(day.at_minute(600), 100.0, 75, 750));
        quote.take(&candle(day.at_minute(601), 110.0, 0, 825));
        let last = quote.last.unwrap();
        assert_eq!((last.price.to_rupees(), last.at), (100.0, day.at_minute(600)));
        assert_eq!((quote.volume, quote.open_interest), (75, Some(825)));
        quote.begin_session();
        assert_eq!(quote.previous_close, Price::from_rupees(100.0));
        assert_eq!((quote.previous_open_interest, quote.volume), (Some(825), 0));
        assert_eq!(quote.last, Some(last), "an old price stays, with its age");
        // A session in which nothing was told changes nothing.
        quote.begin_session();
        assert_eq!(quote.previous_close, Price::from_rupees(100.0));
    }

    #[test]
    fn the_age_of_a_trade_is_in_whole_minutes() {
        let day: Day = "2025-08-01".parse().unwrap();
        let trade = Trade { price: Price(1), at: day.at_minute(600) };
        assert_eq!(trade.age_minutes(day.at_minute(600)), Some(0));
        assert_eq!(trade.age_minutes(day.at_minute(603)), Some(3));
        assert_eq!(trade.age_minutes(day.at_minute(599)), None, "it was not traded yet");
        assert_eq!(trade.within(2, day.at_minute(602)), Some(trade));
        assert_eq!(trade.within(2, day.at_minute(603)), None);
    }
}
