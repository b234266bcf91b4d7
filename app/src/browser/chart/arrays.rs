//! Candles as they came, made fit for drawing. The library refuses times that do not rise, and one bad row must not
//! take the whole picture away, so it is left out here.

use protocol::CandleColumns;

/// Without the rows whose time is not later than all before.
pub fn rising(mut columns: CandleColumns) -> CandleColumns {
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
    fn pick<T: Clone>(column: &mut Vec<T>, kept: &[usize]) {
        *column = kept.iter().filter_map(|at| column.get(*at).cloned()).collect();
    }
    pick(&mut columns.time, &kept);
    for prices in [&mut columns.open, &mut columns.high, &mut columns.low, &mut columns.close] {
        pick(prices, &kept);
    }
    pick(&mut columns.volume, &kept);
    pick(&mut columns.open_interest, &kept);
    for column in &mut columns.columns {
        pick(&mut column.values, &kept);
    }
    for words in &mut columns.words {
        pick(&mut words.values, &kept);
    }
    columns
}

/// Candles of 75 at these times with these closes, for tests.
#[cfg(test)]
pub fn sample(times: &[i64], closes: &[Option<f64>]) -> CandleColumns {
    let counts: Vec<Option<i64>> = times.iter().map(|_| Some(75)).collect();
    let closes = closes.to_vec();
    CandleColumns {
        time: times.to_vec(),
        open: closes.clone(),
        high: closes.clone(),
        low: closes.clone(),
        close: closes,
        volume: counts.clone(),
        open_interest: counts,
        ..CandleColumns::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
