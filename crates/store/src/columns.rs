//! Columns of a row as values of a type. A text that cannot be read is one error for all of them: it was written by
//! another version, or by hand, and no other value is put in its place.

use std::fmt::Display;
use std::str::FromStr;

use market::{DayRange, EpochSeconds, ExpiredKey, Paise, Strike};
use rusqlite::{Row, RowIndex};

use crate::error::{Result, StoreError};

pub(crate) fn text<'row>(row: &'row Row<'_>, column: impl RowIndex) -> Result<&'row str> {
    Ok(row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?)
}

pub(crate) fn parse<T: FromStr<Err: Display>>(text: &str) -> Result<T> {
    text.parse().map_err(StoreError::unreadable)
}

pub(crate) fn parse_column<T: FromStr<Err: Display>>(row: &Row<'_>, column: impl RowIndex) -> Result<T> {
    parse(text(row, column)?)
}

pub(crate) fn parse_if_any<T: FromStr<Err: Display>>(
    row: &Row<'_>,
    column: impl RowIndex,
) -> Result<Option<T>> {
    row.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from)?.map(parse).transpose()
}

/// What can only be counted up from nothing.
pub(crate) fn count(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::unsigned_abs)
}

pub(crate) fn moment(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<EpochSeconds> {
    row.get(column).map(EpochSeconds)
}

pub(crate) fn moment_if_any(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<Option<EpochSeconds>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(EpochSeconds))
}

/// The days from one column to the next one.
pub(crate) fn range_of_columns(row: &Row<'_>, first: usize) -> Result<DayRange> {
    DayRange::new(parse_column(row, first)?, parse_column(row, first + 1)?).map_err(StoreError::unreadable)
}

/// Of `contract`, whose columns of the key have their own names.
pub(crate) fn expired_key(row: &Row<'_>) -> Result<ExpiredKey> {
    let segment = text(row, "segment")?;
    let segment = segment.parse().map_err(|()| StoreError::unreadable(format!("segment {segment}")))?;
    let key = ExpiredKey::new(segment, text(row, "exchange_token")?, parse_column(row, "key_date")?);
    key.map_err(StoreError::unreadable)
}

pub(crate) fn strike(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<Option<Strike>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(|paise| Strike(Paise(paise))))
}
