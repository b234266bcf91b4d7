//! What landed since a reader last looked: committed answers with candles and events of jobs, behind a cursor of both.
//! Ids are given out by the one writer in the order of its commits, so whatever comes later lies behind.

use market::{Day, DayRange, InstrumentKey};
use protocol::{JobEvent, JobId, LandedCandles, StreamCursor};
use rusqlite::{Connection, Row, params};

use crate::Store;
use crate::columns::{count, expired_key, moment, parse_column, parse_if_any, range_of_columns};
use crate::contracts::EXPIRED_KEY;
use crate::error::Result;
use crate::events::event_of_row;
use crate::queries::{one_row, rows};

/// What lies behind a cursor, as far as one look goes.
#[derive(Clone, Debug)]
pub struct StreamPiece {
    /// With the id of the answer, ascending.
    pub landed: Vec<(i64, LandedCandles)>,
    pub events: Vec<ToldEvent>,
    /// So far was looked.
    pub until: StreamCursor,
    /// So far there is something.
    pub newest: StreamCursor,
}

/// An event of a job, with whose contract it is about.
#[derive(Clone, Debug)]
pub struct ToldEvent {
    pub event: JobEvent,
    pub of: Option<(InstrumentKey, Day)>,
}

impl Store {
    /// The newest of both.
    pub async fn stream_end(&self) -> Result<StreamCursor> {
        self.read(newest).await
    }

    /// The answers and events behind a cursor: at most `most` of either are looked at.
    pub async fn stream_after(&self, after: StreamCursor, most: u32) -> Result<StreamPiece> {
        self.read(move |connection| {
            let picture = connection.unchecked_transaction()?;
            let newest = newest(&picture)?;
            let answer = after.answer.saturating_add(i64::from(most)).min(newest.answer).max(after.answer);
            let landed = rows(&picture, &landed_sql(), [after.answer, answer], landed_of_row)?;
            let events = rows(&picture, &events_sql(), params![after.event, most], told_of_row)?;
            let event = events.last().map_or(after.event, |told| told.event.id);
            Ok(StreamPiece {
                landed: landed.into_iter().flatten().collect(),
                events,
                until: StreamCursor { answer, event },
                newest,
            })
        })
        .await
    }
}

fn newest(connection: &Connection) -> Result<StreamCursor> {
    one_row(
        connection,
        "SELECT (SELECT coalesce(max(id), 0) FROM fetch_audit), (SELECT coalesce(max(id), 0) FROM job_event)",
        [],
        |row| Ok(StreamCursor { answer: row.get(0)?, event: row.get(1)? }),
    )
}

/// Answers whose rows were taken, with whose they are. The `+` takes the column's affinity away, which would keep the index of
/// the expression from being used.
fn landed_sql() -> String {
    format!(
        "SELECT a.id, a.at, a.job_id, a.interval, a.rows, a.from_day, a.to_day, e.date, c.segment, c.exchange_token,
                c.key_date, coalesce(u.key, o.key) AS underlying
         FROM fetch_audit a
         LEFT JOIN contract c ON {EXPIRED_KEY} = +a.key
         LEFT JOIN expiry e ON e.id = c.expiry_id
         LEFT JOIN underlying u ON u.id = e.underlying_id
         LEFT JOIN underlying o ON o.key = a.key
         WHERE a.id > ? AND a.id <= ? AND a.interval IS NOT NULL AND a.code IS NULL AND a.rows > 0
         ORDER BY a.id"
    )
}

/// The first columns as [`event_of_row`] reads them.
fn events_sql() -> String {
    format!(
        "SELECT v.id, v.job_id, v.at, v.level, v.message, v.expired_key, u.key, e.date
         FROM job_event v
         LEFT JOIN contract c ON {EXPIRED_KEY} = +v.expired_key
         LEFT JOIN expiry e ON e.id = c.expiry_id
         LEFT JOIN underlying u ON u.id = e.underlying_id
         WHERE v.id > ? ORDER BY v.id LIMIT ?"
    )
}

fn told_of_row(row: &Row<'_>) -> Result<ToldEvent> {
    let of = parse_if_any(row, 6)?.zip(parse_if_any(row, 7)?);
    Ok(ToldEvent { event: event_of_row(row)?, of })
}

/// `None` of an underlying that is not known any more.
fn landed_of_row(row: &Row<'_>) -> Result<Option<(i64, LandedCandles)>> {
    let Some(underlying) = parse_if_any(row, "underlying")? else { return Ok(None) };
    let expiry = parse_if_any(row, "date")?;
    let days = row.get_ref(5)?.as_str_or_null().map_err(rusqlite::Error::from)?;
    let days: Option<DayRange> = days.is_some().then(|| range_of_columns(row, 5)).transpose()?;
    let landed = LandedCandles {
        at: moment(row, 1)?,
        job: row.get::<_, Option<i64>>(2)?.map(JobId),
        underlying,
        expired_key: expiry.is_some().then(|| expired_key(row)).transpose()?,
        expiry,
        interval: parse_column(row, 3)?,
        from: days.map(|days| days.from()),
        to: days.map(|days| days.to()),
        rows: count(row, 4)?,
    };
    Ok(Some((row.get(0)?, landed)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceKind;

    #[tokio::test]
    async fn a_look_reads_no_more_than_its_piece() {
        let data = tempfile::TempDir::new().unwrap();
        let store = Store::open(data.path(), SourceKind::Simulated).await.unwrap();
        for (sql, key) in [
            (landed_sql(), "SEARCH a USING INTEGER PRIMARY KEY"),
            (events_sql(), "SEARCH v USING INTEGER PRIMARY KEY"),
        ] {
            let plan = store.read(move |connection| {
                let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
                let details = statement.query_map([1, 2], |row| row.get::<_, String>(3))?;
                Ok(details.collect::<rusqlite::Result<Vec<_>>>()?.join("\n"))
            });
            let plan = plan.await.unwrap();
            assert!(
                plan.contains(key) && plan.contains("SEARCH c USING INDEX contract_by_expired_key"),
                "{plan}"
            );
            assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{plan}");
        }
        store.close().await.unwrap();
    }
}
