//! Reading the database to check it: the file itself, each series against what is said of it, jobs against their
//! units. It judges nothing: what a finding means is the engine's to say.

use market::{Day, DayRange, InstrumentKey};
use rusqlite::{Row, params};
use sqlx::Row as _;

use crate::columns::parse;
use crate::error::{Result, StoreError};
use crate::{RequestId, SeriesId, SeriesOwner, Store};

/// A series with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesRow {
    pub id: SeriesId,
    pub owner: SeriesOwner,
    pub interval: String,
    /// A trading symbol, or the name of an underlying.
    pub name: String,
}

/// One day of a series: what its candles are, and what `series_day` says of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayFigures {
    pub candles: i64,
    pub first: i64,
    pub last: i64,
    pub zero_volume: i64,
    pub volume: i64,
}

/// A day with its candles counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountedDay {
    pub day: Day,
    pub figures: DayFigures,
    /// Candles that cannot be true.
    pub impossible: u64,
}

/// A request that coverage rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestsOn {
    pub request: RequestId,
    pub asked: Option<DayRange>,
    pub rows: u64,
    /// 200, no error code, and the hash of its body.
    pub is_answer: bool,
}

impl Store {
    /// What SQLite says of the file, one line a fault; nothing when it is sound.
    pub async fn integrity_faults(&self) -> Result<Vec<String>> {
        self.read(|connection| {
            let mut statement = connection.prepare("PRAGMA integrity_check")?;
            let lines =
                statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
            Ok(lines.into_iter().filter(|line| line != "ok").collect())
        })
        .await
    }

    /// Rows that name another row which is not there, by table.
    pub async fn dangling_rows(&self) -> Result<Vec<String>> {
        self.read(|connection| {
            let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
            let dangling = |row: &Row<'_>| {
                Ok(format!("a row of {} names a {} that is not there", text(row, 0)?, text(row, 2)?))
            };
            Ok(statement.query_map([], dangling)?.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// All series, or those of one underlying and its contracts.
    pub async fn all_series(&self, underlying: Option<&InstrumentKey>) -> Result<Vec<SeriesRow>> {
        let rows = sqlx::query(
            "SELECT s.id, s.contract_id, s.underlying_id, s.interval, coalesce(c.trading_symbol, u.name)
             FROM series s LEFT JOIN contract c ON c.id = s.contract_id LEFT JOIN expiry e ON e.id = c.expiry_id
             JOIN underlying u ON u.id = coalesce(s.underlying_id, e.underlying_id)
             WHERE ?1 IS NULL OR u.key = ?1 ORDER BY s.id",
        )
        .bind(underlying.map(InstrumentKey::as_str))
        .fetch_all(self.readers())
        .await?;
        rows.iter()
            .map(|row| {
                let owner = match (row.try_get::<Option<i64>, _>(1)?, row.try_get::<Option<i64>, _>(2)?) {
                    (Some(contract), _) => SeriesOwner::Contract(crate::ContractId(contract)),
                    (None, Some(underlying)) => SeriesOwner::Underlying(crate::UnderlyingId(underlying)),
                    (None, None) => return Err(StoreError::unreadable("a series of nobody")),
                };
                let (id, interval, name) = (SeriesId(row.try_get(0)?), row.try_get(3)?, row.try_get(4)?);
                Ok(SeriesRow { id, owner, interval, name })
            })
            .collect()
    }

    /// The days of a series as its candles make them, in order. The close of a collected day is an average and
    /// may lie outside its high and low, so `is_minutes` says whether that is looked at.
    pub async fn counted_days(&self, series: SeriesId, is_minutes: bool) -> Result<Vec<CountedDay>> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT (ts + 19800) / 86400, count(*), min(ts), max(ts), sum(volume = 0), sum(volume),
                        sum(low <= 0 OR low > high OR volume < 0 OR open_interest < 0 OR ts % 60 <> 0
                            OR (?2 AND (low > min(open, close) OR high < max(open, close))))
                 FROM candle WHERE series_id = ?1 GROUP BY 1 ORDER BY 1",
            )?;
            let days = statement.query_map(params![series.0, is_minutes], |row| {
                Ok(CountedDay {
                    day: Day::from_days_since_1970(row.get(0)?),
                    figures: figures_of(row)?,
                    impossible: row.get::<_, i64>(6)?.unsigned_abs(),
                })
            })?;
            Ok(days.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// The days of a series as `series_day` says, in order.
    pub async fn noted_days(&self, series: SeriesId) -> Result<Vec<(Day, DayFigures)>> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT day, candles, first_ts, last_ts, zero_volume, volume FROM series_day
                 WHERE series_id = ? ORDER BY day",
            )?;
            let mut rows = statement.query(params![series.0])?;
            let mut days = Vec::new();
            while let Some(row) = rows.next()? {
                days.push((parse(&text(row, 0)?)?, figures_of(row)?));
            }
            Ok(days)
        })
        .await
    }

    /// The requests that the coverage of a series names.
    pub async fn rests_on(&self, series: SeriesId) -> Result<Vec<RestsOn>> {
        let rows = sqlx::query(
            "SELECT DISTINCT a.id, a.from_day, a.to_day, a.rows,
                    coalesce(a.status, 0) = 200 AND a.code IS NULL AND length(a.sha256) = 32
             FROM fetched_range f JOIN fetch_audit a ON a.id = f.request_id WHERE f.series_id = ?",
        )
        .bind(series.0)
        .fetch_all(self.readers())
        .await?;
        rows.iter()
            .map(|row| {
                let day = |at: usize| row.try_get::<Option<&str>, _>(at).map_err(StoreError::from);
                let asked = match (day(1)?, day(2)?) {
                    (Some(from), Some(to)) => DayRange::new(parse(from)?, parse(to)?).ok(),
                    _ => None,
                };
                Ok(RestsOn {
                    request: RequestId(row.try_get(0)?),
                    asked,
                    rows: row.try_get::<i64, _>(3)?.unsigned_abs(),
                    is_answer: row.try_get::<Option<bool>, _>(4)?.unwrap_or(false),
                })
            })
            .collect()
    }

    /// Jobs whose counters differ from their units.
    pub async fn miscounted_jobs(&self) -> Result<Vec<i64>> {
        let rows = sqlx::query(
            "SELECT j.id FROM job j LEFT JOIN (
                SELECT job_id, sum(kind = 0 AND state = 'done') AS ed, sum(kind = 0 AND state = 'empty') AS ee,
                       sum(kind = 0 AND state = 'failed') AS ef, sum(kind = 0) AS et,
                       sum(kind = 1 AND state = 'done') AS cd, sum(kind = 1 AND state = 'empty') AS ce,
                       sum(kind = 1 AND state = 'failed') AS cf, sum(kind = 1) AS ct,
                       sum(kind = 2 AND state = 'done') AS md, sum(kind = 2 AND state = 'empty') AS me,
                       sum(kind = 2 AND state = 'failed') AS mf, sum(kind = 2) AS mt
                FROM (SELECT job_id, state, iif(contract_id IS NOT NULL, 1, iif(month IS NOT NULL, 2, 0)) AS kind
                      FROM job_unit) GROUP BY job_id) u ON u.job_id = j.id
             WHERE (expiries_done, expiries_empty, expiries_failed, expiries_total, contracts_done, contracts_empty,
                    contracts_failed, contracts_total, months_done, months_empty, months_failed, months_total)
                IS NOT (ed, ee, ef, et, cd, ce, cf, ct, md, me, mf, mt) ORDER BY j.id",
        )
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Final answers with rows, of all series or of one underlying's, drawn at random: whose, and which days were
    /// asked.
    pub async fn random_answers(
        &self,
        underlying: Option<&InstrumentKey>,
        most: u32,
    ) -> Result<Vec<(SeriesRow, DayRange)>> {
        let rows = sqlx::query(
            "SELECT f.series_id, a.from_day, a.to_day FROM fetched_range f JOIN fetch_audit a ON a.id = f.request_id
             JOIN series s ON s.id = f.series_id LEFT JOIN contract c ON c.id = s.contract_id
             LEFT JOIN expiry e ON e.id = c.expiry_id
             JOIN underlying u ON u.id = coalesce(s.underlying_id, e.underlying_id)
             WHERE f.outcome = 'rows' AND f.provisional = 0 AND a.from_day IS NOT NULL AND (?1 IS NULL OR u.key = ?1)
             GROUP BY a.id ORDER BY random() LIMIT ?2",
        )
        .bind(underlying.map(InstrumentKey::as_str))
        .bind(most)
        .fetch_all(self.readers())
        .await?;
        let series = self.all_series(underlying).await?;
        let mut answers = Vec::new();
        for row in &rows {
            let id = SeriesId(row.try_get(0)?);
            let asked = DayRange::new(parse(row.try_get(1)?)?, parse(row.try_get(2)?)?);
            let known = series.binary_search_by_key(&id, |series| series.id).ok();
            if let Some(series) = known.and_then(|at| series.get(at)) {
                answers.push((series.clone(), asked.map_err(StoreError::unreadable)?));
            }
        }
        Ok(answers)
    }
}

fn figures_of(row: &Row<'_>) -> rusqlite::Result<DayFigures> {
    Ok(DayFigures {
        candles: row.get(1)?,
        first: row.get(2)?,
        last: row.get(3)?,
        zero_volume: row.get(4)?,
        volume: row.get(5)?,
    })
}

fn text(row: &Row<'_>, at: usize) -> rusqlite::Result<String> {
    row.get(at)
}
