//! Candles into longer bars, anchored to the session.
//!
//! Buckets count from the first minute of each window of the session (09:15 on an ordinary day), so an hour
//! runs 09:15 to 10:14 and the last bar may be short. Rows before the open join the first bucket. Refuses
//! nothing: where the session of a day begins is the word of [`SessionAnchors`].

use crate::{Bar, Candle, ChartInterval, Day, EpochSeconds, Prices, SessionAnchors, SessionWindow};

/// Which rows make open, high, low and close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceRows {
    /// Contracts: a row without volume only repeats an old price.
    WithVolume,
    /// Indices: no row ever has volume.
    All,
}

/// `candles` of one interval that divides the wanted one, oldest first.
pub fn resample(
    candles: &[Candle],
    interval: ChartInterval,
    rows: PriceRows,
    anchors: &SessionAnchors<'_>,
) -> Vec<Bar> {
    if interval == ChartInterval::Minute1 {
        return candles.iter().copied().map(Bar::from).collect();
    }
    let mut bars: Vec<Bar> = Vec::new();
    let mut starts = BarStarts::new(interval, anchors);
    for candle in candles {
        let start = starts.of(candle.start);
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

/// In which bar a moment lies, asked for one after the other, oldest first: the first row of a day may be what its
/// session is anchored by.
pub struct BarStarts<'a> {
    interval: ChartInterval,
    anchors: &'a SessionAnchors<'a>,
    buckets: Option<Buckets>,
}

impl<'a> BarStarts<'a> {
    pub fn new(interval: ChartInterval, anchors: &'a SessionAnchors<'a>) -> Self {
        Self { interval, anchors, buckets: None }
    }

    /// The start of the bar; a minute is its own.
    pub fn of(&mut self, moment: EpochSeconds) -> EpochSeconds {
        if self.interval == ChartInterval::Minute1 {
            return moment;
        }
        let buckets = match &mut self.buckets {
            Some(buckets) if buckets.day.holds(moment) => buckets,
            other => other.insert(Buckets::of(moment, self.anchors)),
        };
        buckets.start(moment.minute_of_day(), self.interval)
    }
}

/// The buckets of one day.
struct Buckets {
    day: Day,
    windows: Vec<SessionWindow>,
}

impl Buckets {
    fn of(first_row: EpochSeconds, anchors: &SessionAnchors<'_>) -> Self {
        let day = first_row.day();
        Self { day, windows: anchors.windows(day, first_row.minute_of_day()) }
    }

    fn start(&self, minute: u16, interval: ChartInterval) -> EpochSeconds {
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
    use crate::{Paise, Price, TradingCalendar};

    fn minute(day: Day, minute: u16, price: i64, volume: i64) -> Candle {
        let paise = |paise| Price::from(Paise(paise));
        let (open, high, low) = (paise(price), paise(price + 5), paise(price - 5));
        Candle {
            start: day.at_minute(minute),
            prices: Prices { open, high, low, close: open },
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

    fn resampled(rows: &[Candle], interval: ChartInterval, price_rows: PriceRows) -> Vec<Bar> {
        resample(rows, interval, price_rows, &SessionAnchors::of(TradingCalendar::bundled()))
    }

    fn count(day: &str, interval: ChartInterval) -> usize {
        resampled(&whole_day(day), interval, PriceRows::WithVolume).len()
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
        let bars = resampled(&whole_day("2025-08-01"), ChartInterval::Hour1, PriceRows::WithVolume);
        let starts: Vec<_> = bars.iter().map(|bar| bar.start.to_ist_text()[11..16].to_owned()).collect();
        assert_eq!(starts, ["09:15", "10:15", "11:15", "12:15", "13:15", "14:15", "15:15"]);
        let first = bars[0].prices.unwrap();
        assert_eq!((first.open, first.close), (Paise(10_555).into(), Paise(10_614).into()));
        assert_eq!((first.high, first.low), (Paise(10_619).into(), Paise(10_550).into()));
        assert_eq!(bars[0].volume, 60 * 75);
        assert_eq!(bars[6].volume, 15 * 75, "the last bar is short");
        assert_eq!(bars[6].open_interest, 15 * 60 + 29, "open interest is the last row's");
    }

    #[test]
    fn a_bucket_without_trades_is_a_gap_that_keeps_its_open_interest() {
        let day: Day = "2025-08-01".parse().unwrap();
        let rows = [minute(day, 555, 100, 0), minute(day, 556, 100, 0), minute(day, 560, 200, 75)];
        let bars = resampled(&rows, ChartInterval::Minute5, PriceRows::WithVolume);
        assert_eq!(bars.len(), 2);
        assert_eq!((bars[0].prices, bars[0].volume, bars[0].open_interest), (None, 0, 556));
        assert!(bars[1].prices.is_some());
        let of_index = resampled(&rows, ChartInterval::Minute5, PriceRows::All);
        assert!(of_index[0].prices.is_some(), "an index never has volume");
    }

    #[test]
    fn rows_before_the_open_join_the_first_bucket_and_closed_days_are_anchored_to_their_first_row() {
        let day: Day = "2025-08-01".parse().unwrap();
        let rows = [minute(day, 540, 100, 75), minute(day, 555, 200, 75)];
        let bars = resampled(&rows, ChartInterval::Minute5, PriceRows::WithVolume);
        assert_eq!(bars.len(), 1);
        assert_eq!(bars[0].start, day.at_minute(555));
        let sunday: Day = "2025-08-03".parse().unwrap();
        let rows = [minute(sunday, 1080, 100, 75), minute(sunday, 1139, 100, 75)];
        assert_eq!(resampled(&rows, ChartInterval::Hour1, PriceRows::WithVolume).len(), 1);
    }

    /// Two contracts of a Muhurat whose hours no circular has announced.
    #[test]
    fn a_session_that_began_before_the_first_row_has_the_same_buckets_for_every_contract() {
        let day: Day = "2026-11-08".parse().unwrap();
        let starts = |minutes: &[u16], anchors: &SessionAnchors<'_>| {
            let rows: Vec<Candle> = minutes.iter().map(|at| minute(day, *at, 100, 75)).collect();
            let bars = resample(&rows, ChartInterval::Minute5, PriceRows::WithVolume, anchors);
            bars.iter().map(|bar| bar.start.to_ist_text()[11..16].to_owned()).collect::<Vec<_>>()
        };
        let mut anchors = SessionAnchors::of(TradingCalendar::bundled());
        assert_eq!(starts(&[1082, 1084, 1111], &anchors), ["18:02", "18:27"]);
        anchors.begin(day, 1080);
        assert_eq!(starts(&[1082, 1084, 1111], &anchors), ["18:00", "18:30"]);
        assert_eq!(starts(&[1087, 1113], &anchors), ["18:05", "18:30"]);
    }
}
