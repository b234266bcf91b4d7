//! Bars of a chart out of every series that is stored of a contract, day by day from the best one. More that
//! is collected never makes fewer bars.

use crate::resample::joined;
use crate::{Bar, Candle, ChartInterval, Interval, PriceRows, SessionAnchors, resample};

/// The candles of one interval, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesCandles {
    pub interval: Interval,
    pub candles: Vec<Candle>,
}

impl ChartInterval {
    /// The collected intervals that its bars can be made of, the best first: minutes, its own, then the finest
    /// that divides it. For days, and for weeks and months that are made of them, those of days come first: the
    /// exchange's close is an average that minutes do not give.
    pub fn sources(self) -> Vec<Interval> {
        let (first, second) = match self {
            Self::Day | Self::Week | Self::Month => (Some(Interval::Day), Some(Interval::Minute1)),
            Self::Minutes(_) => (Some(Interval::Minute1), self.collected()),
        };
        let divides = |source: Interval| match (source.minutes(), self.minutes()) {
            (Some(part), Some(whole)) => whole % part == 0,
            (Some(_), None) => true,
            (None, _) => false,
        };
        let mut sources: Vec<Interval> = Vec::new();
        let finer = Interval::ALL.into_iter().filter(|source| divides(*source));
        for source in first.into_iter().chain(second).chain(finer) {
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
        sources
    }
}

/// `series` in the order of [`ChartInterval::sources`]. Of each day the series that gives most bars is taken,
/// the better one of equals: what is whole in a coarse series and cut off in a fine one is shown whole.
pub fn best_bars(
    series: &[SeriesCandles],
    interval: ChartInterval,
    rows: PriceRows,
    anchors: &SessionAnchors<'_>,
) -> Vec<Bar> {
    // Each of their days has its best series, too.
    if interval.spans_days() {
        return joined(best_bars(series, ChartInterval::Day, rows, anchors).into_iter(), interval, anchors);
    }
    let make = |source: Interval, candles: &[Candle]| {
        if ChartInterval::from(source) == interval {
            candles.iter().copied().map(Bar::from).collect()
        } else {
            resample(candles, interval, rows, anchors)
        }
    };
    let with_rows = series.iter().filter(|of| !of.candles.is_empty());
    let mut rest: Vec<(Interval, &[Candle])> =
        with_rows.map(|of| (of.interval, of.candles.as_slice())).collect();
    if let [(source, candles)] = rest[..] {
        return make(source, candles);
    }
    let mut bars: Vec<Bar> = Vec::new();
    while let Some(first) = rest.iter().filter_map(|(_, candles)| candles.first()).map(|row| row.start).min()
    {
        let end = first.day().next().start();
        let mut best: Vec<Bar> = Vec::new();
        for (source, candles) in &mut rest {
            let (of_day, later) = candles.split_at(candles.partition_point(|row| row.start < end));
            *candles = later;
            let made: Vec<Bar> = make(*source, of_day);
            if made.len() > best.len() {
                best = made;
            }
        }
        bars.append(&mut best);
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Day, EpochSeconds, Paise, Prices, TradingCalendar};

    fn candle(start: EpochSeconds, paise: i64) -> Candle {
        let price = Paise(paise).into();
        Candle {
            start,
            prices: Prices { open: price, high: price, low: price, close: price },
            volume: 75,
            open_interest: 150,
        }
    }

    /// Ordinary sessions of some days in steps; the price says of which series a row is.
    fn rows(interval: Interval, days: &[&str]) -> SeriesCandles {
        let of_day = |day: &&str| {
            let day: Day = day.parse().unwrap();
            let starts = match interval.minutes() {
                Some(step) => (555..930).step_by(step.into()).map(|minute| day.at_minute(minute)).collect(),
                None => vec![day.start()],
            };
            starts.into_iter().map(|start| candle(start, i64::from(interval.minutes().unwrap_or(99))))
        };
        SeriesCandles { interval, candles: days.iter().flat_map(of_day).collect() }
    }

    fn bars(series: &[SeriesCandles], interval: ChartInterval) -> Vec<Bar> {
        let sources = interval.sources();
        let place = |of: &SeriesCandles| sources.iter().position(|source| *source == of.interval);
        let mut usable: Vec<SeriesCandles> =
            series.iter().filter(|of| place(of).is_some()).cloned().collect();
        usable.sort_by_key(place);
        best_bars(&usable, interval, PriceRows::WithVolume, &SessionAnchors::of(TradingCalendar::bundled()))
    }

    fn sources_of(bars: &[Bar]) -> Vec<i64> {
        bars.iter().map(|bar| bar.prices.unwrap().open.0 / crate::Price::PER_PAISA).collect()
    }

    const DAYS: [&str; 3] = ["2025-08-25", "2025-08-26", "2025-08-28"];

    #[test]
    fn the_sources_of_each_interval() {
        use Interval::*;
        assert_eq!(ChartInterval::MINUTE_1.sources(), [Minute1]);
        assert_eq!(ChartInterval::MINUTE_5.sources(), [Minute1, Minute5]);
        assert_eq!(ChartInterval::MINUTE_15.sources(), [Minute1, Minute15, Minute3, Minute5]);
        assert_eq!(ChartInterval::HOUR_1.sources(), [Minute1, Minute3, Minute5, Minute15, Minute30]);
        for interval in [ChartInterval::Day, ChartInterval::Week, ChartInterval::Month] {
            assert_eq!(interval.sources(), [Day, Minute1, Minute3, Minute5, Minute15, Minute30]);
        }
        let sources = |text: &str| text.parse::<ChartInterval>().unwrap().sources();
        assert_eq!(sources("2minute"), [Minute1]);
        assert_eq!(sources("10minute"), [Minute1, Minute5]);
        assert_eq!(sources("45minute"), [Minute1, Minute3, Minute5, Minute15]);
        assert_eq!(sources("75minute"), [Minute1, Minute3, Minute5, Minute15]);
        assert_eq!(sources("125minute"), [Minute1, Minute5]);
        assert_eq!(sources("2hour"), [Minute1, Minute3, Minute5, Minute15, Minute30]);
    }

    #[test]
    fn each_day_comes_from_its_best_series() {
        let five = rows(Interval::Minute5, &DAYS);
        let one = rows(Interval::Minute1, &DAYS[1..2]);
        let bars = bars(&[five.clone(), one], ChartInterval::MINUTE_5);
        assert_eq!(bars.len(), 3 * 75);
        let used = sources_of(&bars);
        assert_eq!((used[0], used[75], used[150]), (5, 1, 5));
        assert!(bars.is_sorted_by(|one, next| one.start < next.start));
    }

    #[test]
    fn days_have_their_own_rows_and_are_made_of_minutes_where_they_have_none() {
        let day = rows(Interval::Day, &DAYS[..1]);
        let one = rows(Interval::Minute1, &DAYS);
        let stored = [one, day];
        let days = bars(&stored, ChartInterval::Day);
        assert_eq!(sources_of(&days), [99, 1, 1]);
        // One week of all three, whose first day is the exchange's own.
        let weeks = bars(&stored, ChartInterval::Week);
        assert_eq!(sources_of(&weeks), [99]);
        assert_eq!(weeks[0].volume, days.iter().map(|day| day.volume).sum::<i64>());
        assert_eq!(weeks[0].start, days[0].start);
    }

    #[test]
    fn coarse_bars_are_made_of_a_finer_series_that_divides_them() {
        let count = |source, interval| bars(&[rows(source, &DAYS)], interval).len();
        assert_eq!(count(Interval::Minute5, ChartInterval::MINUTE_15), 3 * 25);
        assert_eq!(count(Interval::Minute30, ChartInterval::HOUR_1), 3 * 7);
        assert_eq!(count(Interval::Minute3, ChartInterval::HOUR_1), 3 * 7);
        assert_eq!(count(Interval::Minute15, ChartInterval::Day), 3);
        assert_eq!(count(Interval::Minute5, ChartInterval::MINUTE_3), 0, "nothing finer comes of it");
        assert_eq!(count(Interval::Day, ChartInterval::HOUR_1), 0);
        assert_eq!(count(Interval::Day, ChartInterval::Week), 1);
        assert_eq!(count(Interval::Minute5, "45minute".parse().unwrap()), 3 * 9);
        assert_eq!(count(Interval::Minute30, "45minute".parse().unwrap()), 0);
    }

    /// Whatever is collected in whatever order, no interval has fewer bars than before.
    #[test]
    fn the_number_of_bars_never_falls() {
        let collected = [
            rows(Interval::Minute30, &DAYS),
            rows(Interval::Minute5, &DAYS[..2]),
            rows(Interval::Day, &DAYS[1..]),
            rows(Interval::Minute3, &DAYS[2..]),
            rows(Interval::Minute1, &DAYS[1..2]),
            // Cut off in the morning.
            SeriesCandles {
                interval: Interval::Minute15,
                candles: rows(Interval::Minute15, &DAYS[..1]).candles[..4].to_vec(),
            },
        ];
        let others = ["10minute", "75minute", "2hour", "week", "month"].map(|text| text.parse().unwrap());
        for interval in ChartInterval::COMMON.into_iter().chain(others) {
            for turn in 0..collected.len() {
                let order: Vec<SeriesCandles> =
                    collected[turn..].iter().chain(&collected[..turn]).cloned().collect();
                let counts: Vec<usize> =
                    (0..=order.len()).map(|so_far| bars(&order[..so_far], interval).len()).collect();
                assert!(counts.is_sorted(), "{interval}: {counts:?}");
            }
        }
    }
}
