//! One row of an answer: what it says, or why that cannot be true.

use std::ops::Range;

use market::{Candle, Day, EpochSeconds, Interval, Price, Prices};
use upstox::RawCandle;

/// What a row that can be true says.
pub(super) enum Row {
    Candle(Candle),
    Placeholder,
    /// Of a day before those that were asked for.
    Earlier,
    /// Of a day after them.
    Later,
}

pub(super) fn read_row(
    row: &RawCandle<'_>,
    interval: Interval,
    moments: &Range<EpochSeconds>,
) -> Result<Row, &'static str> {
    let start = read_start(&row.start, interval).ok_or("its time cannot be read")?;
    if start < moments.start {
        return Ok(Row::Earlier);
    }
    if start >= moments.end {
        return Ok(Row::Later);
    }
    let &RawCandle { open, high, low, close, volume, open_interest, .. } = row;
    if [open, high, low, close, volume] == [0.0; 5] {
        return Ok(Row::Placeholder);
    }
    if !start.is_on_the_minute() {
        return Err("its time is not on the minute");
    }
    let prices = Prices { open: price(open)?, high: price(high)?, low: price(low)?, close: price(close)? };
    if prices.low > prices.high {
        return Err("its low is above its high");
    }
    // The exchange's close of a day is an average and may lie outside the day's trades.
    let is_minutes = interval != Interval::Day;
    if is_minutes
        && (prices.high < prices.open.max(prices.close) || prices.low > prices.open.min(prices.close))
    {
        return Err("its open or close lies outside its high and low");
    }
    Ok(Row::Candle(Candle { start, prices, volume: count(volume)?, open_interest: count(open_interest)? }))
}

/// A date alone is the start of a day's candle, and of nothing shorter.
pub(super) fn read_start(text: &str, interval: Interval) -> Option<EpochSeconds> {
    let of_day = || (interval == Interval::Day).then(|| Day::from_spelling(text)).flatten().map(Day::start);
    EpochSeconds::from_spelling(text).or_else(of_day)
}

/// What arithmetic on doubles leaves in the last digits.
const NOISE: f64 = 1e-6;

/// A price of rupees; one that differs from whole paise by noise alone is those paise.
fn price(rupees: f64) -> Result<Price, &'static str> {
    let whole_paise = (rupees * 100.0).round() / 100.0;
    let tidy = if (rupees - whole_paise).abs() <= NOISE { whole_paise } else { rupees };
    Price::from_rupees(tidy).filter(|price| price.0 > 0).ok_or("a price is not above zero")
}

fn count(number: f64) -> Result<i64, &'static str> {
    const COUNT_MAX: f64 = 9e15;
    let whole = number.round();
    ((number - whole).abs() <= NOISE && (0.0..COUNT_MAX).contains(&whole))
        .then_some(whole as i64)
        .ok_or("volume or open interest is not a whole number of units")
}
