//! Minutes into longer bars, anchored to the session.
//!
//! Buckets count from the first minute of each window of the session (09:15 on an ordinary day), so an hour
//! runs 09:15 to 10:14 and the last bar may be short. Rows before the open join the first bucket. Refuses
//! nothing: rows on a day that the calendar calls closed are anchored to the day's first row.

use crate::{Bar, Candle, ChartInterval, Day, EpochSeconds, Prices, SessionWindow, TradingCalendar};

/// Which rows make open, high, low and close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceRows {
    /// Contracts: a row without volume only repeats an old price.
    WithVolume,
    /// Indices: no row ever has volume.
    All,
}

/// `minutes` are 1-minute candles, oldest first.
pub fn resample(
    minutes: &[Candle],
    interval: ChartInterval,
    rows: PriceRows,
    calendar: &TradingCalendar,
) -> Vec<Bar> {
    if interval == ChartInterval::Minute1 {
        return minutes.iter().copied().map(Bar::from).collect();
    }
    let mut bars: Vec<Bar> = Vec::new();
    let mut anchor: Option<Anchor> = None;
    for candle in minutes {
        let day = candle.start.day();
        let anchor = match &mut anchor {
            Some(anchor) if anchor.day == day => anchor,
            other => other.insert(Anchor::new(day, candle.start.minute_of_day(), calendar)),
        };
        let start = anchor.bucket_start(candle.start.minute_of_day(), interval);
        match bars.last_mut() {
            Some(bar) if bar.start == start => add(bar, candle, rows),
            _ => {
                let mut bar = Bar { start, prices: None, volume: 0, open_interest: 0 };
                add(&mut bar, candle, rows);
                bars.push(bar);
            }
        }
    }
    bars
}

/// From where the buckets of one day are counted.
struct Anchor {
    day: Day,
    windows: Vec<SessionWindow>,
}

impl Anchor {
    fn new(day: Day, first_minute: u16, calendar: &TradingCalendar) -> Self {
        let mut windows = calendar.day(day).windows().to_vec();
        if windows.is_empty() {
            windows.push(SessionWindow { open: first_minute, close: 24 * 60 });
        }
        Self { day, windows }
    }

    fn bucket_start(&self, minute: u16, interval: ChartInterval) -> EpochSeconds {
        let Some(length) = interval.minutes() else { return self.day.start() };
        // The last window that has begun; the first one for what came before the open.
        let window =
            self.windows.iter().rev().find(|window| window.open <= minute).unwrap_or(&self.windows[0]);
        let into_window = minute.saturating_sub(window.open);
        self.day.at_minute(window.open + into_window / length * length)
    }
}

fn add(bar: &mut Bar, candle: &Candle, rows: PriceRows) {
    bar.volume += candle.volume;
    bar.open_interest = candle.open_interest;
    if rows == PriceRows::WithVolume && candle.volume == 0 {
        return;
    }
    let Prices { high, low, close, .. } = candle.prices;
    match &mut bar.prices {
        None => bar.prices = Some(candle.prices),
        Some(prices) => {
            prices.high = prices.high.max(high);
            prices.low = prices.low.min(low);
            prices.close = close;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Paise;

    fn minute(day: Day, minute: u16, price: i64, volume: i64) -> Candle {
        let paise = Paise(price);
        Candle {
            start: day.at_minute(minute),
            prices: Prices { open: paise, high: Paise(price + 5), low: Paise(price - 5), close: paise },
            volume,
            open_interest: i64::from(minute),
        }
    }

    fn whole_day(text: &str) -> Vec<Candle> {
        let day: Day = text.parse().unwrap();
        let windows = TradingCalendar::bundled().day(day).windows().to_vec();
        windows
            .iter()
            .flat_map(|window| window.open..window.close)
            .map(|m| minute(day, m, 10_000 + i64::from(m), 75))
            .collect()
    }

    fn count(day: &str, interval: ChartInterval) -> usize {
        resample(&whole_day(day), interval, PriceRows::WithVolume, TradingCalendar::bundled()).len()
    }

    #[test]
    fn bar_counts_of_the_session() {
        use ChartInterval::*;
        for (day, counts) in
            [("2025-08-01", [375, 125, 75, 25, 13, 7, 1]), ("2026-08-03", [385, 129, 77, 26, 13, 7, 1])]
        {
            let counted = [Minute1, Minute3, Minute5, Minute15, Minute30, Hour1, Day].map(|i| count(day, i));
            assert_eq!(counted, counts, "{day}");
        }
        // Two windows of 45 and 60 minutes, each with its own anchor.
        assert_eq!(count("2024-03-02", Hour1), 2);
        assert_eq!(count("2024-03-02", Minute30), 4);
        // The evening session is anchored at 18:00.
        assert_eq!(count("2024-11-01", Hour1), 1);
    }

    #[test]
    fn an_hour_starts_at_a_quarter_past() {
        let bars = resample(
            &whole_day("2025-08-01"),
            ChartInterval::Hour1,
            PriceRows::WithVolume,
            TradingCalendar::bundled(),
        );
        let starts: Vec<_> = bars.iter().map(|bar| bar.start.to_ist_text()[11..16].to_owned()).collect();
        assert_eq!(starts, ["09:15", "10:15", "11:15", "12:15", "13:15", "14:15", "15:15"]);
        let first = bars[0].prices.unwrap();
        assert_eq!((first.open, first.close), (Paise(10_555), Paise(10_614)));
        assert_eq!((first.high, first.low), (Paise(10_619), Paise(10_550)));
        assert_eq!(bars[0].volume, 60 * 75);
        assert_eq!(bars[6].volume, 15 * 75, "the last bar is short");
        assert_eq!(bars[6].open_interest, 15 * 60 + 29, "open interest is the last row's");
    }

    #[test]
    fn a_bucket_without_trades_is_a_gap_that_keeps_its_open_interest() {
        let day: Day = "2025-08-01".parse().unwrap();
        let rows = [minute(day, 555, 100, 0), minute(day, 556, 100, 0), minute(day, 560, 200, 75)];
        let bars = resample(&rows, ChartInterval::Minute5, PriceRows::WithVolume, TradingCalendar::bundled());
        assert_eq!(bars.len(), 2);
        assert_eq!((bars[0].prices, bars[0].volume, bars[0].open_interest), (None, 0, 556));
        assert!(bars[1].prices.is_some());
        let of_index = resample(&rows, ChartInterval::Minute5, PriceRows::All, TradingCalendar::bundled());
        assert!(of_index[0].prices.is_some(), "an index never has volume");
    }

    #[test]
    fn rows_before_the_open_join_the_first_bucket_and_closed_days_are_anchored_to_their_first_row() {
        let day: Day = "2025-08-01".parse().unwrap();
        let rows = [minute(day, 540, 100, 75), minute(day, 555, 200, 75)];
        let bars = resample(&rows, ChartInterval::Minute5, PriceRows::WithVolume, TradingCalendar::bundled());
        assert_eq!(bars.len(), 1);
        assert_eq!(bars[0].start, day.at_minute(555));
        let sunday: Day = "2025-08-03".parse().unwrap();
        let rows = [minute(sunday, 1080, 100, 75), minute(sunday, 1139, 100, 75)];
        assert_eq!(
            resample(&rows, ChartInterval::Hour1, PriceRows::WithVolume, TradingCalendar::bundled()).len(),
            1
        );
    }
}
