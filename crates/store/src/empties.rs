//! Empty answers that are not believed yet: how often a range was answered without a row, and the word that it
//! is believed from now on.

use market::{DayRange, Interval};
use rusqlite::{Connection, params};
use sqlx::Row;

use crate::error::{Result, StoreError};
use crate::expiries::parse;
use crate::{SeriesId, SeriesOwner, Store};

/// What is known of a range without a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Empties {
    /// Times that all of it was answered without a row; 0 when a part of it never was.
    pub count: u32,
    /// Whether each of its days was final at the last of them.
    pub is_final: bool,
}

impl Store {
    pub async fn empties(&self, owner: SeriesOwner, interval: Interval, range: DayRange) -> Result<Empties> {
        let rows = sqlx::query(
            "SELECT f.from_day, f.to_day, f.empties, f.provisional
             FROM series s JOIN fetched_range f ON f.series_id = s.id
             WHERE s.contract_id IS ? AND s.underlying_id IS ? AND s.interval = ?
               AND f.outcome = 'empty_unconfirmed' AND f.from_day <= ? AND f.to_day >= ?",
        )
        .bind(owner.contract())
        .bind(owner.underlying())
        .bind(interval.as_str())
        .bind(range.to().to_string())
        .bind(range.from().to_string())
        .fetch_all(self.readers())
        .await?;
        let mut parts = Vec::new();
        let (mut count, mut is_final) = (u32::MAX, true);
        for row in &rows {
            let part = DayRange::new(parse(row.try_get(0)?)?, parse(row.try_get(1)?)?);
            parts.push(part.map_err(StoreError::unreadable)?);
            count = count.min(row.try_get(2)?);
            is_final &= !row.try_get::<bool, _>(3)?;
        }
        let is_whole = range.without(|day| parts.iter().any(|part| part.contains(day))).is_empty();
        Ok(if is_whole { Empties { count, is_final } } else { Empties::default() })
    }

    /// The unconfirmed empty answers within a range are believed from now on.
    pub async fn confirm_empty(&self, owner: SeriesOwner, interval: Interval, range: DayRange) -> Result<()> {
        sqlx::query(
            "UPDATE fetched_range SET outcome = 'empty'
             WHERE outcome = 'empty_unconfirmed' AND from_day >= ? AND to_day <= ?
               AND series_id = (SELECT id FROM series WHERE contract_id IS ? AND underlying_id IS ? AND interval = ?)",
        )
        .bind(range.from().to_string())
        .bind(range.to().to_string())
        .bind(owner.contract())
        .bind(owner.underlying())
        .bind(interval.as_str())
        .execute(&mut *self.writer().await?)
        .await?;
        Ok(())
    }
}

/// Times that exactly this range was answered without a row so far.
pub(crate) fn empties_so_far(connection: &Connection, series: SeriesId, from: &str, to: &str) -> Result<u32> {
    let mut statement = connection.prepare_cached(
        "SELECT coalesce(max(empties), 0) FROM fetched_range
         WHERE series_id = ? AND from_day = ? AND to_day = ? AND outcome = 'empty_unconfirmed'",
    )?;
    Ok(statement.query_row(params![series.0, from, to], |row| row.get(0))?)
}
