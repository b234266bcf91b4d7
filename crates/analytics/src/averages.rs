//! Lines over the bars of a chart: the day's volume-weighted average price, of minutes, and moving averages of the close. A bar
//! without prices has no value, and none is carried over it.

use std::collections::VecDeque;

use market::Bar;

/// The most bars of a moving average; charts offer 200 at most.
pub const AVERAGE_BARS_MAX: usize = 1_000;

/// (high + low + close) ÷ 3 weighted by volume, from each day's first minute on; in rupees. None until something was
/// traded on the day. Of longer bars it would be another number: whoever has those takes it of their minutes.
pub fn day_vwap(minutes: &[Bar]) -> Vec<Option<f64>> {
    let mut day = None;
    let (mut value, mut volume) = (0.0, 0.0);
    let of = |bar: &Bar| {
        if day.is_none_or(|day: market::Day| !day.holds(bar.start)) {
            day = Some(bar.start.day());
            (value, volume) = (0.0, 0.0);
        }
        let prices = bar.prices?;
        let typical =
            [prices.high, prices.low, prices.close].map(market::Price::to_rupees).iter().sum::<f64>() / 3.0;
        let of_bar = bar.volume.max(0) as f64;
        value += typical * of_bar;
        volume += of_bar;
        (volume > 0.0).then(|| value / volume)
    };
    minutes.iter().map(of).collect()
}

/// The mean of the last so many closes, in rupees; none until there are so many.
pub fn simple_average(bars: &[Bar], length: usize) -> Vec<Option<f64>> {
    let length = length.clamp(1, AVERAGE_BARS_MAX);
    let mut closes: VecDeque<i64> = VecDeque::with_capacity(length);
    // Whole millionths: no rest of what has left the window.
    let mut sum: i128 = 0;
    let of = |bar: &Bar| {
        let close = bar.prices?.close;
        sum += i128::from(close.0);
        closes.push_back(close.0);
        if closes.len() > length {
            sum -= i128::from(closes.pop_front().unwrap_or(0));
        }
        (closes.len() == length).then(|| sum as f64 / length as f64 / market::Price::PER_RUPEE as f64)
    };
    bars.iter().map(of).collect()
}

/// Each close with the weight 2 ÷ (length + 1), begun with the simple average of the first so many; in rupees.
pub fn exponential_average(bars: &[Bar], length: usize) -> Vec<Option<f64>> {
    let length = length.clamp(1, AVERAGE_BARS_MAX);
    let weight = 2.0 / (length as f64 + 1.0);
    let mut average: Option<f64> = None;
    let of = |(bar, simple): (&Bar, Option<f64>)| {
        let close = bar.prices?.close.to_rupees();
        average = average.map(|before| before + weight * (close - before)).or(simple);
        average
    };
    bars.iter().zip(simple_average(bars, length)).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::{Day, Price, Prices};

    /// Minute (of the next day from 1,440 on), close and volume; high and low a rupee around. No close: a gap.
    fn bars(rows: &[(u16, Option<f64>, i64)]) -> Vec<Bar> {
        let day: Day = "2025-08-25".parse().unwrap();
        let price = |rupees| Price::from_rupees(rupees).unwrap();
        let bar = |(minute, close, volume): &(u16, Option<f64>, i64)| Bar {
            start: day.plus_days(i64::from(minute / 1440)).at_minute(minute % 1440),
            prices: close.map(|close| Prices {
                open: price(close),
                high: price(close + 1.0),
                low: price(close - 1.0),
                close: price(close),
            }),
            volume: *volume,
            open_interest: 0,
        };
        rows.iter().map(bar).collect()
    }

    #[test]
    fn vwap_begins_anew_each_day() {
        let bars = bars(&[
            (555, Some(100.0), 0),
            (556, Some(100.0), 100),
            (557, None, 0),
            (558, Some(106.0), 200),
            (1440 + 555, Some(50.0), 10),
        ]);
        assert_eq!(day_vwap(&bars), [None, Some(100.0), None, Some(104.0), Some(50.0)]);
    }

    #[test]
    fn averages_of_closes_pass_over_gaps() {
        let bars = bars(&[
            (555, Some(1.0), 1),
            (556, Some(2.0), 1),
            (557, None, 0),
            (558, Some(6.0), 1),
            (559, Some(10.0), 1),
        ]);
        assert_eq!(simple_average(&bars, 2), [None, Some(1.5), None, Some(4.0), Some(8.0)]);
        let exponential = exponential_average(&bars, 2);
        assert_eq!(exponential[..3], [None, Some(1.5), None]);
        assert!((exponential[3].unwrap() - 4.5).abs() < 1e-12);
        assert_eq!(simple_average(&bars, 0)[0], Some(1.0), "one bar at least");
        assert!(simple_average(&bars, usize::MAX).iter().all(Option::is_none));
        assert_eq!(simple_average(&[], 5), []);
    }
}
