//! Columns made fit for the chart library, which throws on times that do not rise and draws UTC.
//!
//! Pure. One bad row must not take the whole picture away, so it is left out here.

use market::{EpochSeconds, IST_OFFSET_SECONDS};
use protocol::CandleColumns;

/// Without the rows whose time is not later than all before.
pub fn rising(columns: CandleColumns) -> CandleColumns {
    if columns.time.is_sorted_by(|earlier, later| earlier < later) {
        return columns;
    }
    let mut latest = i64::MIN;
    let mut kept = Vec::new();
    for (at, time) in columns.time.iter().enumerate() {
        if *time > latest {
            latest = *time;
            kept.push(at);
        }
    }
    fn pick<T: Copy>(column: &[T], kept: &[usize]) -> Vec<T> {
        kept.iter().filter_map(|at| column.get(*at).copied()).collect()
    }
    CandleColumns {
        time: pick(&columns.time, &kept),
        open: pick(&columns.open, &kept),
        high: pick(&columns.high, &kept),
        low: pick(&columns.low, &kept),
        close: pick(&columns.close, &kept),
        volume: pick(&columns.volume, &kept),
        open_interest: pick(&columns.open_interest, &kept),
    }
}

/// Times as the chart library wants them: it draws UTC, so that IST is shown they are shifted.
pub fn shifted_times(columns: &CandleColumns) -> Vec<f64> {
    columns.time.iter().map(|time| shifted_time(EpochSeconds(*time))).collect()
}

pub fn shifted_time(moment: EpochSeconds) -> f64 {
    (moment.0 + IST_OFFSET_SECONDS) as f64
}

/// A gap is not a number.
pub fn plain_prices(prices: &[Option<f64>]) -> Vec<f64> {
    prices.iter().map(|price| price.unwrap_or(f64::NAN)).collect()
}

pub fn plain_counts(counts: &[i64]) -> Vec<f64> {
    counts.iter().map(|count| *count as f64).collect()
}

/// Candles of 75 at these times with these closes, for tests.
#[cfg(test)]
pub fn sample(times: &[i64], closes: &[Option<f64>]) -> CandleColumns {
    let counts: Vec<i64> = times.iter().map(|_| 75).collect();
    let closes = closes.to_vec();
    CandleColumns {
        time: times.to_vec(),
        open: closes.clone(),
        high: closes.clone(),
        low: closes.clone(),
        close: closes,
        volume: counts.clone(),
        open_interest: counts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::EpochSeconds;

    #[test]
    fn times_that_do_not_rise_are_dropped_with_their_rows() {
        let kept =
            rising(sample(&[10, 20, 20, 15, 30], &[Some(1.0), Some(2.0), Some(3.0), Some(4.0), Some(5.0)]));
        assert_eq!(kept.time, [10, 20, 30]);
        assert_eq!(kept.close, [Some(1.0), Some(2.0), Some(5.0)]);
        assert_eq!(kept.open_interest.len(), 3);
        let good = sample(&[1, 2], &[None, Some(1.0)]);
        assert_eq!(rising(good.clone()), good);
    }

    #[test]
    fn the_chart_shows_indian_time_and_knows_gaps() {
        let moment = EpochSeconds::parse_rfc3339("2025-08-28T09:15:00+05:30").unwrap();
        let columns = sample(&[moment.0], &[None]);
        assert_eq!(
            shifted_times(&columns),
            [EpochSeconds::parse_rfc3339("2025-08-28T09:15:00Z").unwrap().0 as f64]
        );
        assert!(plain_prices(&columns.close)[0].is_nan());
        assert_eq!(plain_counts(&columns.volume), [75.0]);
    }
}
