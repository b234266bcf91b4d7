//! The candles of a row group, as the columns of its batches say them.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampMillisecondType};
use arrow_array::{Array, RecordBatch};
use market::{Candle, EpochSeconds, Price, Prices};

use super::{GroupSeries, Result, unreadable};

/// The candles of a batch, each with those of its contract and interval before it.
pub(super) fn add(all: &mut Vec<GroupSeries>, batch: &RecordBatch) -> Result<()> {
    let text = |name| {
        let texts = column(batch, name)?.as_string_opt::<i32>();
        texts.ok_or_else(|| unreadable(format!("{name} is no text")))
    };
    let price = |name| {
        let numbers = column(batch, name)?.as_primitive_opt::<Float64Type>();
        numbers.ok_or_else(|| unreadable(format!("{name} is no price")))
    };
    let whole = |name| {
        let numbers = column(batch, name)?.as_primitive_opt::<Int64Type>();
        numbers.ok_or_else(|| unreadable(format!("{name} is no whole number")))
    };
    let (keys, intervals) = (text("expired_key")?, text("interval")?);
    let times = column(batch, "time")?.as_primitive_opt::<TimestampMillisecondType>();
    let times = times.ok_or_else(|| unreadable("time is no moment in milliseconds"))?;
    let [open, high, low, close] = [price("open")?, price("high")?, price("low")?, price("close")?];
    let (volume, open_interest) = (whole("volume")?, whole("open_interest")?);
    for row in 0..batch.num_rows() {
        let (key, interval) = (keys.value(row), intervals.value(row));
        let is_next = |last: &GroupSeries| last.expired_key == key && last.interval.as_str() == interval;
        if !all.last().is_some_and(is_next) {
            let interval = interval.parse().map_err(unreadable)?;
            all.push(GroupSeries { expired_key: key.to_owned(), interval, candles: Vec::new() });
        }
        let rupees = |of: f64| Price::from_rupees(of).ok_or_else(|| unreadable(format!("{of} is no price")));
        let candle = Candle {
            start: EpochSeconds(times.value(row).div_euclid(1000)),
            prices: Prices {
                open: rupees(open.value(row))?,
                high: rupees(high.value(row))?,
                low: rupees(low.value(row))?,
                close: rupees(close.value(row))?,
            },
            volume: volume.value(row),
            open_interest: open_interest.value(row),
        };
        if let Some(series) = all.last_mut() {
            series.candles.push(candle);
        }
    }
    Ok(())
}

pub(super) fn column<'batch>(batch: &'batch RecordBatch, name: &str) -> Result<&'batch dyn Array> {
    let found = batch.column_by_name(name).ok_or_else(|| unreadable(format!("it has no column {name}")))?;
    match found.null_count() {
        0 => Ok(found),
        _ => Err(unreadable(format!("{name} is empty in a row"))),
    }
}
