//! Empty answers that are not believed yet: how often a range was answered without a row, and the word that it
//! is believed from now on.

use market::{DayRange, Interval};
use rusqlite::{Connection, Row, params};

use crate::candles::find_series;
use crate::columns::range_of_columns;
use crate::error::Result;
use crate::queries::{change, one_row, rows};
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
        let parts = self.read(move |connection| {
            let (from, to) = (range.from().to_string(), range.to().to_string());
            let part = |row: &Row<'_>| -> Result<(DayRange, u32, bool)> {
                Ok((range_of_columns(row, 0)?, row.get(2)?, row.get(3)?))
            };
            let (column, id) = owner.column();
            let sql = format!(
                "SELECT f.from_day, f.to_day, f.empties, f.provisional
                 FROM series s JOIN fetched_range f ON f.series_id = s.id
                 WHERE s.{column} = ? AND s.interval = ?
                   AND f.outcome = 'empty_unconfirmed' AND f.from_day <= ? AND f.to_day >= ?"
            );
            rows(connection, &sql, params![id, interval.as_str(), to, from], part)
        });
        let parts = parts.await?;
        let count = parts.iter().map(|(_, empties, _)| *empties).min().unwrap_or(u32::MAX);
        let is_final = parts.iter().all(|(_, _, provisional)| !provisional);
        let is_whole = range.without(|day| parts.iter().any(|(part, _, _)| part.contains(day))).is_empty();
        Ok(if is_whole { Empties { count, is_final } } else { Empties::default() })
    }

    /// The unconfirmed empty answers within a range are believed from now on.
    pub async fn confirm_empty(&self, owner: SeriesOwner, interval: Interval, range: DayRange) -> Result<()> {
        self.write(move |transaction| {
            let Some(series) = find_series(transaction, owner, interval)? else { return Ok(()) };
            change(
                transaction,
                "UPDATE fetched_range SET outcome = 'empty'
                 WHERE series_id = ? AND outcome = 'empty_unconfirmed' AND from_day >= ? AND to_day <= ?",
                params![series.0, range.from().to_string(), range.to().to_string()],
            )?;
            Ok(())
        })
        .await
    }
}

/// Times that exactly this range was answered without a row so far.
pub(crate) fn empties_so_far(connection: &Connection, series: SeriesId, from: &str, to: &str) -> Result<u32> {
    one_row(
        connection,
        "SELECT coalesce(max(empties), 0) FROM fetched_range
         WHERE series_id = ? AND from_day = ? AND to_day = ? AND outcome = 'empty_unconfirmed'",
        params![series.0, from, to],
        |row| Ok(row.get(0)?),
    )
}
