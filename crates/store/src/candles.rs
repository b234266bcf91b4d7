//! Reading candles: the hot path of charts and files.

use market::{Candle, EpochSeconds, Interval, Paise, Prices};
use rusqlite::{OptionalExtension, params};

use crate::error::Result;
use crate::{SeriesId, SeriesOwner, Store};

impl Store {
    /// The series of a contract or an underlying in an interval, where one was ever collected.
    pub async fn series(&self, owner: SeriesOwner, interval: Interval) -> Result<Option<SeriesId>> {
        self.read(move |connection| {
            let found = connection
                .prepare_cached(
                    "SELECT id FROM series WHERE contract_id IS ? AND underlying_id IS ? AND interval = ?",
                )?
                .query_row(params![owner.contract(), owner.underlying(), interval.as_str()], |row| {
                    row.get(0).map(SeriesId)
                })
                .optional();
            Ok(found?)
        })
        .await
    }

    /// Candles with `from <= start < to`, oldest first.
    pub async fn candles(
        &self,
        series: SeriesId,
        from: EpochSeconds,
        to: EpochSeconds,
    ) -> Result<Vec<Candle>> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT ts, open, high, low, close, volume, open_interest FROM candle
                 WHERE series_id = ? AND ts >= ? AND ts < ? ORDER BY ts",
            )?;
            let candles = statement.query_map(params![series.0, from.0, to.0], candle_of_row)?;
            Ok(candles.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }
}

pub(crate) fn candle_of_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Candle> {
    Ok(Candle {
        start: EpochSeconds(row.get(0)?),
        prices: Prices {
            open: Paise(row.get(1)?),
            high: Paise(row.get(2)?),
            low: Paise(row.get(3)?),
            close: Paise(row.get(4)?),
        },
        volume: row.get(5)?,
        open_interest: row.get(6)?,
    })
}
