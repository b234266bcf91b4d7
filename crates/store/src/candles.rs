//! Reading candles: the hot path of charts and files.

use std::collections::BTreeMap;

use market::{Candle, Day, DayRange, EpochSeconds, Interval, Price, Prices};
use rusqlite::{Connection, Row, params};

use crate::error::Result;
use crate::price_scale::PriceScale;
use crate::queries::first_row;
use crate::{SeriesId, SeriesOwner, Store};

impl Store {
    /// The series of a contract or an underlying in an interval, where one was ever collected.
    pub async fn series(&self, owner: SeriesOwner, interval: Interval) -> Result<Option<SeriesId>> {
        self.read(move |connection| find_series(connection, owner, interval)).await
    }

    /// Candles with `from <= start < to`, oldest first.
    pub async fn candles(
        &self,
        series: SeriesId,
        from: EpochSeconds,
        to: EpochSeconds,
    ) -> Result<Vec<Candle>> {
        self.read(move |connection| {
            // One picture of the series: its rows are rescaled with its scale.
            let picture = connection.unchecked_transaction()?;
            let scale = PriceScale::of_series(&picture, series)?;
            let mut statement = picture.prepare_cached(
                "SELECT ts, open, high, low, close, volume, open_interest FROM candle
                 WHERE series_id = ? AND ts >= ? AND ts < ? ORDER BY ts",
            )?;
            let candles =
                statement.query_map(params![series.0, from.0, to.0], |row| candle_of_row(row, scale))?;
            Ok(candles.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// The lowest and the highest price of each day with a candle.
    pub async fn extremes_of_days(
        &self,
        series: SeriesId,
        days: DayRange,
    ) -> Result<BTreeMap<Day, (Price, Price)>> {
        self.read(move |connection| {
            let picture = connection.unchecked_transaction()?;
            let scale = PriceScale::of_series(&picture, series)?;
            let mut statement = picture.prepare_cached(
                "SELECT (ts + 19800) / 86400, min(low), max(high) FROM candle
                 WHERE series_id = ? AND ts >= ? AND ts < ? GROUP BY 1",
            )?;
            let moments = days.moments();
            let of_row = |row: &Row<'_>| {
                let price = |at| row.get(at).map(|stored| scale.price(stored));
                Ok((Day::from_days_since_1970(row.get(0)?), (price(1)?, price(2)?)))
            };
            let extremes = statement.query_map(params![series.0, moments.start.0, moments.end.0], of_row)?;
            Ok(extremes.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }
}

pub(crate) fn find_series(
    connection: &Connection,
    owner: SeriesOwner,
    interval: Interval,
) -> Result<Option<SeriesId>> {
    let (column, id) = owner.column();
    let sql = format!("SELECT id FROM series WHERE {column} = ? AND interval = ?");
    first_row(connection, &sql, params![id, interval.as_str()], |row| Ok(SeriesId(row.get(0)?)))
}

pub(crate) fn candle_of_row(row: &Row<'_>, scale: PriceScale) -> rusqlite::Result<Candle> {
    candle_at(row, 0, scale)
}

/// The same where other columns stand before it.
pub(crate) fn candle_at(row: &Row<'_>, first: usize, scale: PriceScale) -> rusqlite::Result<Candle> {
    let price = |at: usize| row.get(first + at).map(|stored| scale.price(stored));
    Ok(Candle {
        start: EpochSeconds(row.get(first)?),
        prices: Prices { open: price(1)?, high: price(2)?, low: price(3)?, close: price(4)? },
        volume: row.get(first + 5)?,
        open_interest: row.get(first + 6)?,
    })
}
