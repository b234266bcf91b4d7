//! Tables as Arrow has them, there and back. Prices are doubles, which every reader takes for numbers, and come back to
//! the millionth of a rupee; moments are milliseconds marked as UTC; a time of day is its text.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type, TimestampMillisecondType};
use arrow_array::{
    Array, ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMillisecondArray,
};
use arrow_schema::{ArrowError, DataType, Field, Schema, TimeUnit};
use market::{Day, EpochSeconds, Price};

use super::{Batch, Column, Kind, Values};
use crate::ExportError;

const MILLISECONDS: i64 = 1_000;

pub fn schema(columns: &[Column]) -> Schema {
    let field = |column: &Column| Field::new(&column.name, data_type(column.kind), true);
    Schema::new(columns.iter().map(field).collect::<Vec<_>>())
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text | Kind::TimeOfDay => DataType::Utf8,
        Kind::Whole => DataType::Int64,
        Kind::Price | Kind::Number => DataType::Float64,
        Kind::Time => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
        Kind::Day => DataType::Date32,
    }
}

/// `schema` is that of the batch's columns.
pub fn record_batch(schema: &Arc<Schema>, batch: &Batch) -> Result<RecordBatch, ArrowError> {
    let arrays = batch.columns().iter().map(array).collect();
    RecordBatch::try_new(Arc::clone(schema), arrays)
}

fn array(values: &Values) -> ArrayRef {
    match values {
        Values::Texts(texts) => Arc::new(texts.iter().map(Option::as_deref).collect::<StringArray>()),
        Values::Wholes(wholes) => Arc::new(Int64Array::from_iter(wholes.iter().copied())),
        Values::Prices(prices) => {
            Arc::new(Float64Array::from_iter(prices.iter().map(|price| price.map(Price::to_rupees))))
        }
        Values::Numbers(numbers) => Arc::new(Float64Array::from_iter(numbers.iter().copied())),
        Values::Times(times) => {
            let milliseconds = times.iter().map(|time| time.map(|time| time.0.saturating_mul(MILLISECONDS)));
            Arc::new(milliseconds.collect::<TimestampMillisecondArray>().with_timezone("UTC"))
        }
        Values::Days(days) => {
            let number = |day: &Option<Day>| day.and_then(|day| i32::try_from(day.days_since_1970()).ok());
            Arc::new(days.iter().map(number).collect::<Date32Array>())
        }
        Values::TimesOfDay(times) => {
            let texts = times.iter().map(|time| time.map(|time| format!("{time}:00")));
            Arc::new(texts.collect::<StringArray>())
        }
        Values::Same(first, rows) => repeated(first, *rows),
    }
}

fn repeated(first: &Values, rows: usize) -> ArrayRef {
    let one = array(first);
    if one.is_null(0) {
        return arrow_array::new_null_array(one.data_type(), rows);
    }
    match first.kind() {
        Kind::Text | Kind::TimeOfDay => {
            let text = one.as_string::<i32>().value(0);
            let mut texts = StringBuilder::with_capacity(rows, rows * text.len());
            texts.extend(std::iter::repeat_n(Some(text), rows));
            Arc::new(texts.finish())
        }
        Kind::Whole => Arc::new(Int64Array::from_value(one.as_primitive::<Int64Type>().value(0), rows)),
        Kind::Price | Kind::Number => {
            Arc::new(Float64Array::from_value(one.as_primitive::<Float64Type>().value(0), rows))
        }
        Kind::Time => {
            let time = one.as_primitive::<TimestampMillisecondType>().value(0);
            Arc::new(TimestampMillisecondArray::from_value(time, rows).with_timezone("UTC"))
        }
        Kind::Day => Arc::new(Date32Array::from_value(one.as_primitive::<Date32Type>().value(0), rows)),
    }
}

/// The columns of that name, whatever else stands beside them and in whatever order. Refuses what is of another type
/// and what no writer of ours would write.
pub fn batch_of(record: &RecordBatch, columns: &[Column]) -> Result<Batch, ExportError> {
    let values = columns.iter().map(|column| values_of(record, column)).collect::<Result<_, _>>()?;
    Ok(Batch::new(values)?)
}

fn values_of(record: &RecordBatch, column: &Column) -> Result<Values, ExportError> {
    let wrong = || ExportError::Unreadable(column.name.clone());
    let array = record.column_by_name(&column.name).ok_or_else(wrong)?;
    if *array.data_type() != data_type(column.kind) {
        return Err(wrong());
    }
    Ok(match column.kind {
        Kind::Text => {
            Values::Texts(array.as_string::<i32>().iter().map(|text| text.map(Arc::from)).collect())
        }
        Kind::Whole => Values::Wholes(array.as_primitive::<Int64Type>().iter().collect()),
        Kind::Price => {
            let price = |rupees| Price::from_rupees(rupees).ok_or_else(wrong);
            let rupees = array.as_primitive::<Float64Type>().iter();
            Values::Prices(rupees.map(|rupees| rupees.map(price).transpose()).collect::<Result<_, _>>()?)
        }
        Kind::Number => Values::Numbers(array.as_primitive::<Float64Type>().iter().collect()),
        Kind::Time => {
            let seconds = |milliseconds: i64| {
                let is_whole = milliseconds % MILLISECONDS == 0;
                is_whole.then_some(EpochSeconds(milliseconds / MILLISECONDS)).ok_or_else(wrong)
            };
            let times = array.as_primitive::<TimestampMillisecondType>().iter();
            Values::Times(times.map(|time| time.map(seconds).transpose()).collect::<Result<_, _>>()?)
        }
        Kind::Day => {
            let day = |days: i32| Day::from_days_since_1970(days.into());
            Values::Days(array.as_primitive::<Date32Type>().iter().map(|days| days.map(day)).collect())
        }
        Kind::TimeOfDay => {
            let time =
                |text: &str| text.strip_suffix(":00").and_then(|text| text.parse().ok()).ok_or_else(wrong);
            let texts = array.as_string::<i32>().iter();
            Values::TimesOfDay(texts.map(|text| text.map(time).transpose()).collect::<Result<_, _>>()?)
        }
    })
}
