//! Candles into longer bars, anchored to the session.
//!
//! Buckets count from the first minute of each window of the session (09:15 on an ordinary day), so an hour
//! runs 09:15 to 10:14 and the last bar may be short. Rows before the open join the first bucket. A day is one
//! bar; weeks and months are stamped with their first trading day, whichever of their days are given. Refuses
//! nothing: where the session of a day begins is the word of [`SessionAnchors`].

use std::ops::Range;

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
    if interval == ChartInterval::MINUTE_1 {
        return candles.iter().copied().map(Bar::from).collect();
    }
    let without_price = |candle: &Candle| rows == PriceRows::WithVolume && candle.volume == 0;
    let row = |candle: &Candle| Bar {
        prices: if without_price(candle) { None } else { Some(candle.prices) },
        ..Bar::from(*candle)
    };
    joined(candles.iter().map(row), interval, anchors)
}

/// Bars of an interval that divides the wanted one, oldest first.
pub(crate) fn joined(
    shorter: impl Iterator<Item = Bar>,
    interval: ChartInterval,
    anchors: &SessionAnchors<'_>,
) -> Vec<Bar> {
    let mut bars: Vec<Bar> = Vec::new();
    let mut starts = BarStarts::new(interval, anchors);
    for part in shorter {
        let start = starts.of(part.start);
        match bars.last_mut() {
            Some(bar) if bar.start == start => add(bar, &part),
            _ => bars.push(Bar { start, ..part }),
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
        if self.interval == ChartInterval::MINUTE_1 {
            return moment;
        }
        let buckets = match &mut self.buckets {
            Some(buckets) if buckets.moments.contains(&moment) => buckets,
            other => other.insert(Buckets::of(moment, self.interval, self.anchors)),
        };
        buckets.start(moment.minute_of_day(), self.interval)
    }
}

/// The buckets of one day, or the one of a week or a month.
struct Buckets {
    moments: Range<EpochSeconds>,
    /// The first trading day among them.
    day: Day,
    windows: Vec<SessionWindow>,
}

impl Buckets {
    fn of(first_row: EpochSeconds, interval: ChartInterval, anchors: &SessionAnchors<'_>) -> Self {
        let of_row = first_row.day();
        let days = interval.days_around(of_row);
        let moments = days.moments();
        let windows = anchors.windows(of_row, first_row.minute_of_day());
        if !interval.spans_days() {
            return Self { moments, day: of_row, windows };
        }
        // Something may have been traded on a day that should have been closed.
        let day = anchors.first_trading_day(days).map_or(of_row, |first| first.min(of_row));
        Self { moments, day, windows }
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

fn add(bar: &mut Bar, part: &Bar) {
    bar.volume += part.volume;
    bar.open_interest = part.open_interest;
    let Some(of_part) = part.prices else { return };
    let Prices { high, low, close, .. } = of_part;
    match &mut bar.prices {
        None => bar.prices = Some(of_part),
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
        for (day, counts) in
            [("2025-08-01", [375, 125, 75, 25, 13, 7, 1]), ("2026-08-03", [385, 129, 77, 26, 13, 7, 1])]
        {
            assert_eq!(ChartInterval::COMMON.map(|interval| count(day, interval)), counts, "{day}");
        }
        // Two windows of 45 and 60 minutes, each with its own anchor.
        assert_eq!(count("2024-03-02", ChartInterval::HOUR_1), 2);
        assert_eq!(count("2024-03-02", ChartInterval::MINUTE_30), 4);
        // The evening session is anchored at 18:00.
        assert_eq!(count("2024-11-01", ChartInterval::HOUR_1), 1);
    }

    #[test]
    fn any_whole_number_of_minutes_divides_a_session() {
        let bars = |text: &str| {
            let made = resampled(&whole_day("2025-08-01"), text.parse().unwrap(), PriceRows::WithVolume);
            let row = |bar: &Bar| (bar.start.to_ist_text()[11..16].to_owned(), bar.volume / 75);
            made.iter().map(row).collect::<Vec<_>>()
        };
        let even = |starts: [&str; 5]| starts.map(|start| (start.to_owned(), 75)).to_vec();
        assert_eq!(bars("75minute"), even(["09:15", "10:30", "11:45", "13:00", "14:15"]));
        let of_45 = bars("45minute");
        assert_eq!((of_45.len(), &of_45[0], &of_45[8]), (9, &("09:15".into(), 45), &("15:15".into(), 15)));
        for (text, count, last) in [
            ("2minute", 188, 1),
            ("10minute", 38, 5),
            ("125minute", 3, 125),
            ("2hour", 4, 15),
            ("375minute", 1, 375),
        ] {
            let made = bars(text);
            assert_eq!((made.len(), made.last().map(|(_, minutes)| *minutes)), (count, Some(last)), "{text}");
        }
    }

    #[test]
    fn a_minute_that_is_missing_stays_missing() {
        let mut rows = whole_day("2025-08-01");
        rows.remove(100);
        let bars = resampled(&rows, ChartInterval::MINUTE_1, PriceRows::WithVolume);
        assert_eq!(bars.len(), 374);
        assert!(!bars.iter().any(|bar| bar.start.minute_of_day() == 655));
        assert_eq!(resampled(&rows, "2minute".parse().unwrap(), PriceRows::WithVolume).len(), 188);
    }

    #[test]
    fn weeks_and_months_are_the_sums_of_their_days() {
        // The 15th is a holiday, the 27th too; the 1st is a Friday.
        let traded = [
            "2025-08-01",
            "2025-08-04",
            "2025-08-06",
            "2025-08-18",
            "2025-08-28",
            "2025-08-29",
            "2025-09-01",
        ];
        let rows: Vec<Candle> = traded.iter().flat_map(|day| whole_day(day)).collect();
        let days = resampled(&rows, ChartInterval::Day, PriceRows::WithVolume);
        assert_eq!(days.len(), traded.len());
        let sums = |parts: &[Bar]| {
            let prices = || parts.iter().filter_map(|bar| bar.prices);
            let (first, last) = (prices().next().unwrap(), prices().next_back().unwrap());
            Bar {
                start: parts[0].start,
                prices: Some(Prices {
                    open: first.open,
                    high: prices().map(|of| of.high).max().unwrap(),
                    low: prices().map(|of| of.low).min().unwrap(),
                    close: last.close,
                }),
                volume: parts.iter().map(|bar| bar.volume).sum(),
                open_interest: parts.last().unwrap().open_interest,
            }
        };
        let stamped = |bar: Bar, day: &str| Bar { start: day.parse::<Day>().unwrap().start(), ..bar };
        let weeks = resampled(&rows, ChartInterval::Week, PriceRows::WithVolume);
        // Its first trading day, whether something was traded on it or not.
        let expected = [
            stamped(sums(&days[..1]), "2025-07-28"),
            sums(&days[1..3]),
            sums(&days[3..4]),
            stamped(sums(&days[4..6]), "2025-08-25"),
            sums(&days[6..]),
        ];
        assert_eq!(weeks, expected);
        let months = resampled(&rows, ChartInterval::Month, PriceRows::WithVolume);
        assert_eq!(months, [sums(&days[..6]), sums(&days[6..])]);
        let anchors = SessionAnchors::of(TradingCalendar::bundled());
        assert_eq!(joined(days.iter().copied(), ChartInterval::Month, &anchors), months);
        // What is longer already stays as it is.
        assert_eq!(joined(weeks.iter().copied(), ChartInterval::Week, &anchors), weeks);
    }

    #[test]
    fn an_hour_starts_at_a_quarter_past() {
        let bars = resampled(&whole_day("2025-08-01"), ChartInterval::HOUR_1, PriceRows::WithVolume);
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
        let bars = resampled(&rows, ChartInterval::MINUTE_5, PriceRows::WithVolume);
        assert_eq!(bars.len(), 2);
        assert_eq!((bars[0].prices, bars[0].volume, bars[0].open_interest), (None, 0, 556));
        assert!(bars[1].prices.is_some());
        let of_index = resampled(&rows, ChartInterval::MINUTE_5, PriceRows::All);
        assert!(of_index[0].prices.is_some(), "an index never has volume");
    }

    #[test]
    fn rows_before_the_open_join_the_first_bucket_and_closed_days_are_anchored_to_their_first_row() {
        let day: Day = "2025-08-01".parse().unwrap();
        let rows = [minute(day, 540, 100, 75), minute(day, 555, 200, 75)];
        let bars = resampled(&rows, ChartInterval::MINUTE_5, PriceRows::WithVolume);
        assert_eq!(bars.len(), 1);
        assert_eq!(bars[0].start, day.at_minute(555));
        let sunday: Day = "2025-08-03".parse().unwrap();
        let rows = [minute(sunday, 1080, 100, 75), minute(sunday, 1139, 100, 75)];
        assert_eq!(resampled(&rows, ChartInterval::HOUR_1, PriceRows::WithVolume).len(), 1);
    }

    /// Two contracts of a Muhurat whose hours no circular has announced.
    #[test]
    fn a_session_that_began_before_the_first_row_has_the_same_buckets_for_every_contract() {
        let day: Day = "2026-11-08".parse().unwrap();
        let starts = |minutes: &[u16], anchors: &SessionAnchors<'_>| {
            let rows: Vec<Candle> = minutes.iter().map(|at| minute(day, *at, 100, 75)).collect();
            let bars = resample(&rows, ChartInterval::MINUTE_5, PriceRows::WithVolume, anchors);
            bars.iter().map(|bar| bar.start.to_ist_text()[11..16].to_owned()).collect::<Vec<_>>()
        };
        let mut anchors = SessionAnchors::of(TradingCalendar::bundled());
        assert_eq!(starts(&[1082, 1084, 1111], &anchors), ["18:02", "18:27"]);
        anchors.begin(day, 1080);
        assert_eq!(starts(&[1082, 1084, 1111], &anchors), ["18:00", "18:30"]);
        assert_eq!(starts(&[1087, 1113], &anchors), ["18:05", "18:30"]);
    }
}
