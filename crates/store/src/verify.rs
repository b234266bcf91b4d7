//! Reading the database to check it: the file itself, each series against what is said of it, jobs against their
//! units. It judges nothing: what a finding means is the engine's to say.

use market::{Day, DayRange, InstrumentKey};
use rusqlite::{Connection, Row, params};

use crate::columns::{count, parse_column, parse_if_any, range_of_columns, text};
use crate::error::{Result, StoreError};
use crate::queries::rows;
use crate::{ContractId, RequestId, SeriesId, SeriesOwner, Store, UnderlyingId};

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
    /// High, low and last of the candles with a trade, in the units of the series.
    pub traded: [Option<i64>; 3],
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
        self.read(integrity_faults).await
    }

    /// Rows that name another row which is not there, by table.
    pub async fn dangling_rows(&self) -> Result<Vec<String>> {
        self.read(dangling_rows).await
    }

    /// All series, or those of one underlying and its contracts.
    pub async fn all_series(&self, underlying: Option<&InstrumentKey>) -> Result<Vec<SeriesRow>> {
        let underlying = underlying.cloned();
        self.read(move |connection| all_series(connection, underlying.as_ref())).await
    }

    /// The days of a series as its candles make them, in order. The close of a collected day is an average and
    /// may lie outside its high and low, so `is_minutes` says whether that is looked at.
    pub async fn counted_days(&self, series: SeriesId, is_minutes: bool) -> Result<Vec<CountedDay>> {
        self.read(move |connection| {
            rows(
                connection,
                // Of a group with one `max` SQLite takes the other columns from the row that has it.
                "WITH trade AS MATERIALIZED (SELECT (ts + 19800) / 86400 AS day, max(ts), close FROM candle
                                WHERE series_id = ?1 AND volume > 0 GROUP BY 1)
                 SELECT (k.ts + 19800) / 86400 AS day, count(*) AS candles, min(k.ts) AS first_ts,
                        max(k.ts) AS last_ts, sum(volume = 0) AS zero_volume, sum(volume) AS volume,
                        max(iif(volume > 0, high, NULL)) AS traded_high,
                        min(iif(volume > 0, low, NULL)) AS traded_low,
                        (SELECT t.close FROM trade t WHERE t.day = (k.ts + 19800) / 86400) AS traded_last,
                        sum(low <= 0 OR low > high OR volume < 0 OR open_interest < 0 OR ts % 60 <> 0
                            OR (?2 AND (low > min(open, close) OR high < max(open, close)))) AS impossible
                 FROM candle k WHERE series_id = ?1 GROUP BY 1 ORDER BY 1",
                params![series.0, is_minutes],
                |row| {
                    let day = Day::from_days_since_1970(row.get("day")?);
                    let (figures, impossible) = (figures_of_row(row)?, count(row, "impossible")?);
                    Ok(CountedDay { day, figures, impossible })
                },
            )
        })
        .await
    }

    /// The days of a series as `series_day` says, in order.
    pub async fn noted_days(&self, series: SeriesId) -> Result<Vec<(Day, DayFigures)>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT day, candles, first_ts, last_ts, zero_volume, volume,
                        traded_high, traded_low, traded_last FROM series_day
                 WHERE series_id = ? ORDER BY day",
                [series.0],
                |row| Ok((parse_column(row, "day")?, figures_of_row(row)?)),
            )
        })
        .await
    }

    /// The requests that the coverage of a series names.
    pub async fn rests_on(&self, series: SeriesId) -> Result<Vec<RestsOn>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT DISTINCT a.id, a.from_day, a.to_day, a.rows,
                        coalesce(a.status, 0) = 200 AND a.code IS NULL AND length(a.sha256) = 32
                 FROM fetched_range f JOIN fetch_audit a ON a.id = f.request_id WHERE f.series_id = ?",
                [series.0],
                rests_on_of_row,
            )
        })
        .await
    }

    /// Jobs whose counters differ from their units.
    pub async fn miscounted_jobs(&self) -> Result<Vec<i64>> {
        self.read(|connection| {
            rows(
                connection,
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
                [],
                |row| Ok(row.get(0)?),
            )
        })
        .await
    }

    /// Final answers with rows, of all series or of one underlying's, drawn at random: whose, and which days were
    /// asked.
    pub async fn random_answers(
        &self,
        underlying: Option<&InstrumentKey>,
        most: u32,
    ) -> Result<Vec<(SeriesRow, DayRange)>> {
        let underlying = underlying.cloned();
        self.read(move |connection| {
            let series = all_series(connection, underlying.as_ref())?;
            let drawn = rows(
                connection,
                "SELECT a.from_day, a.to_day, f.series_id
                 FROM fetched_range f JOIN fetch_audit a ON a.id = f.request_id
                 JOIN series s ON s.id = f.series_id LEFT JOIN contract c ON c.id = s.contract_id
                 LEFT JOIN expiry e ON e.id = c.expiry_id
                 JOIN underlying u ON u.id = coalesce(s.underlying_id, e.underlying_id)
                 WHERE f.outcome = 'rows' AND f.provisional = 0 AND a.from_day IS NOT NULL
                   AND (?1 IS NULL OR u.key = ?1)
                 GROUP BY a.id ORDER BY random() LIMIT ?2",
                params![underlying.as_ref().map(InstrumentKey::as_str), most],
                |row| Ok((range_of_columns(row, 0)?, SeriesId(row.get(2)?))),
            )?;
            let with_series = |(asked, id): (DayRange, SeriesId)| {
                let at = series.binary_search_by_key(&id, |series| series.id).ok()?;
                Some((series.get(at)?.clone(), asked))
            };
            Ok(drawn.into_iter().filter_map(with_series).collect())
        })
        .await
    }
}

pub(crate) fn integrity_faults(connection: &Connection) -> Result<Vec<String>> {
    let mut lines: Vec<String> = rows(connection, "PRAGMA integrity_check", [], |row| Ok(row.get(0)?))?;
    lines.retain(|line| line != "ok");
    Ok(lines)
}

pub(crate) fn dangling_rows(connection: &Connection) -> Result<Vec<String>> {
    rows(connection, "PRAGMA foreign_key_check", [], |row| {
        Ok(format!("a row of {} names a {} that is not there", text(row, 0)?, text(row, 2)?))
    })
}

/// In the order of their ids.
fn all_series(connection: &Connection, underlying: Option<&InstrumentKey>) -> Result<Vec<SeriesRow>> {
    rows(
        connection,
        "SELECT s.id, s.contract_id, s.underlying_id, s.interval, coalesce(c.trading_symbol, u.name)
         FROM series s LEFT JOIN contract c ON c.id = s.contract_id LEFT JOIN expiry e ON e.id = c.expiry_id
         JOIN underlying u ON u.id = coalesce(s.underlying_id, e.underlying_id)
         WHERE ?1 IS NULL OR u.key = ?1 ORDER BY s.id",
        [underlying.map(InstrumentKey::as_str)],
        series_of_row,
    )
}

fn series_of_row(row: &Row<'_>) -> Result<SeriesRow> {
    let owner = match (row.get::<_, Option<i64>>(1)?, row.get::<_, Option<i64>>(2)?) {
        (Some(contract), _) => SeriesOwner::Contract(ContractId(contract)),
        (None, Some(underlying)) => SeriesOwner::Underlying(UnderlyingId(underlying)),
        (None, None) => return Err(StoreError::unreadable("a series of nobody")),
    };
    Ok(SeriesRow { id: SeriesId(row.get(0)?), owner, interval: row.get(3)?, name: row.get(4)? })
}

fn figures_of_row(row: &Row<'_>) -> Result<DayFigures> {
    Ok(DayFigures {
        candles: row.get("candles")?,
        first: row.get("first_ts")?,
        last: row.get("last_ts")?,
        zero_volume: row.get("zero_volume")?,
        volume: row.get("volume")?,
        traded: [row.get("traded_high")?, row.get("traded_low")?, row.get("traded_last")?],
    })
}

fn rests_on_of_row(row: &Row<'_>) -> Result<RestsOn> {
    let asked = match (parse_if_any(row, 1)?, parse_if_any(row, 2)?) {
        (Some(from), Some(to)) => DayRange::new(from, to).ok(),
        _ => None,
    };
    Ok(RestsOn {
        request: RequestId(row.get(0)?),
        asked,
        rows: count(row, 3)?,
        is_answer: row.get::<_, Option<bool>>(4)?.unwrap_or(false),
    })
}
