//! The candles of the lake as a table that SQLite asks for rows, so that every query reads them as it reads those of the
//! database. A connection that reads has it where something is archived; then `candle` is both together.
//!
//! It refuses to be read without a series: nobody scans the lake by a query that forgot to say of what.

#![expect(unsafe_code, reason = "SQLite takes a table as C structs, whose first field is its own")]

use std::ffi::c_int;
use std::sync::{Arc, Mutex, PoisonError};

use libsqlite3_sys::{SQLITE_CONSTRAINT, SQLITE_ERROR};
use market::{Candle, Prices};
use rusqlite::ffi::Error as SqliteError;
use rusqlite::vtab::{
    Context, Filters, IndexConstraintOp, IndexInfo, VTab, VTabConnection, VTabCursor, eponymous_only_module,
    sqlite3_vtab, sqlite3_vtab_cursor,
};
use rusqlite::{Connection, Error, Result};

use crate::archive::{ArchiveError, ArchivedFile};
use crate::archive_cache::{ArchiveCache, ArchivedSeries, Rows};
use crate::price_scale::PriceScale;

/// A series' candles in the lake, told all that says which series it is. They go by the name of those of the database, so
/// that a plan tells them.
const CANDLES_OF_LAKE: &str =
    "archived_candle(x.place, x.path, x.bytes, x.sha256, a.expired_key, a.first_group, a.last_group,
                    s.interval, a.rows_sha256, s.price_scale) AS candle";
/// How a documented view comes to the candles of its series.
const CANDLES_OF_VIEW: &str = "JOIN candle ON candle.series_id = s.id";

const COLUMNS: &str = "CREATE TABLE archived_candle (
    ts INTEGER, open INTEGER, high INTEGER, low INTEGER, close INTEGER, volume INTEGER, open_interest INTEGER,
    place HIDDEN, path HIDDEN, bytes HIDDEN, sha256 HIDDEN, expired_key HIDDEN, first_group HIDDEN,
    last_group HIDDEN, interval HIDDEN, rows_sha256 HIDDEN, price_scale HIDDEN)";
const TS: c_int = 0;
/// What says which series it is: all of these columns.
const SERIES: std::ops::RangeInclusive<c_int> = 7..=16;

/// Bits of the plan: which bounds of `ts` come after the series, in this order.
const BOUNDS: [(IndexConstraintOp, c_int); 5] = [
    (IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_EQ, 1),
    (IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_GT, 2),
    (IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_GE, 4),
    (IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_LT, 8),
    (IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_LE, 16),
];
const NEWEST_FIRST: c_int = 32;

/// Candles of a contract's day and of its whole life, about.
const ROWS_BETWEEN: i64 = 400;
const ROWS_OF_ALL: i64 = 10_000;

/// What went wrong in the lake on a connection: SQLite hands on nothing but words.
#[derive(Clone, Default)]
pub(crate) struct Trouble(Arc<Mutex<Option<ArchiveError>>>);

impl Trouble {
    pub(crate) fn take(&self) -> Option<ArchiveError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn note(&self, error: ArchiveError) -> Error {
        let words = error.to_string();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        Error::SqliteFailure(SqliteError::new(SQLITE_ERROR), Some(words))
    }
}

/// From now on `candle` is on this connection what the database holds and what the lake does.
pub(crate) fn join_archive(connection: &Connection, cache: Arc<ArchiveCache>) -> Result<Trouble> {
    let lake = Lake { cache, trouble: Trouble::default() };
    let trouble = lake.trouble.clone();
    connection.create_module(c"archived_candle", eponymous_only_module::<ArchivedCandle>(), Some(lake))?;
    // First, because the view would go with a change of where temporary things lie.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // In the temporary schema, where a name is looked for first.
    connection.execute_batch(&format!(
        "CREATE TEMP VIEW candle AS
         SELECT series_id, ts, open, high, low, close, volume, open_interest
         FROM main.candle AS candle
         UNION ALL
         SELECT a.series_id, candle.ts, candle.open, candle.high, candle.low, candle.close, candle.volume,
                candle.open_interest
         FROM main.archived_series a CROSS JOIN main.archived_expiry x ON x.expiry_id = a.expiry_id
         CROSS JOIN main.series s ON s.id = a.series_id
         CROSS JOIN {CANDLES_OF_LAKE}"
    ))?;
    Ok(trouble)
}

/// The documented views over both, for a connection that asks for them by their names. The two stand apart in the view
/// itself and not below its joins: so SQLite hands a condition on it to both, also where a query sums what it reads.
pub(crate) fn join_views(connection: &Connection) -> Result<()> {
    let here = CANDLES_OF_VIEW.replace("JOIN candle", "JOIN main.candle AS candle");
    let in_lake = format!(
        "JOIN main.archived_series a ON a.series_id = s.id
         CROSS JOIN main.archived_expiry x ON x.expiry_id = a.expiry_id
         CROSS JOIN {CANDLES_OF_LAKE}"
    );
    for view in ["historical_data", "historical_data_all"] {
        let sql = "SELECT sql FROM main.sqlite_schema WHERE type = 'view' AND name = ?";
        let made: String = connection.query_row(sql, [view], |row| row.get(0))?;
        let parts = made.split_once(" AS\n").and_then(|(_, select)| select.split_once(CANDLES_OF_VIEW));
        let (before, after) = parts
            .ok_or_else(|| Error::ModuleError(format!("the view {view} joins candles in another way")))?;
        connection.execute_batch(&format!(
            "CREATE TEMP VIEW {view} AS {before}{here}{after} UNION ALL {before}{in_lake}{after}"
        ))?;
    }
    Ok(())
}

#[derive(Clone)]
struct Lake {
    cache: Arc<ArchiveCache>,
    trouble: Trouble,
}

#[repr(C)]
struct ArchivedCandle {
    /// SQLite's.
    base: sqlite3_vtab,
    lake: Lake,
}

// SAFETY: `#[repr(C)]`, and SQLite's own struct comes first.
unsafe impl VTab<'_> for ArchivedCandle {
    type Aux = Lake;
    type Cursor = Walk;

    fn connect(_: &mut VTabConnection, lake: Option<&Lake>, _: &[&[u8]]) -> Result<(String, Self)> {
        let lake = lake.ok_or_else(|| Error::ModuleError("the table of the lake has no lake".to_owned()))?;
        Ok((COLUMNS.to_owned(), Self { base: sqlite3_vtab::default(), lake: lake.clone() }))
    }

    fn best_index(&self, info: &mut IndexInfo) -> Result<()> {
        let usable = |column: c_int, operator: &IndexConstraintOp, info: &IndexInfo| {
            info.constraints().position(|constraint| {
                constraint.is_usable() && constraint.column() == column && constraint.operator() == *operator
            })
        };
        let mut arguments = 0;
        let mut pass = |at: usize, is_checked_here: bool, info: &mut IndexInfo| {
            arguments += 1;
            let mut usage = info.constraint_usage(at);
            usage.set_argv_index(arguments);
            usage.set_omit(is_checked_here);
        };
        for column in SERIES {
            let Some(at) = usable(column, &IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_EQ, info) else {
                return Err(Error::SqliteFailure(SqliteError::new(SQLITE_CONSTRAINT), None));
            };
            pass(at, true, info);
        }
        let mut plan = 0;
        for (operator, bit) in &BOUNDS {
            // SQLite looks at each row again, so of two bounds of a kind one is enough.
            if let Some(at) = usable(TS, operator, info) {
                pass(at, false, info);
                plan |= bit;
            }
        }
        let rows = if plan == 0 { ROWS_OF_ALL } else { ROWS_BETWEEN };
        info.set_estimated_rows(rows);
        info.set_estimated_cost(rows as f64);
        let order: Vec<_> = info.order_bys().map(|by| (by.column(), by.is_order_by_desc())).collect();
        if let [(TS, is_newest_first)] = order[..] {
            info.set_order_by_consumed(true);
            plan |= if is_newest_first { NEWEST_FIRST } else { 0 };
        }
        info.set_idx_num(plan);
        Ok(())
    }

    fn open(&mut self) -> Result<Walk> {
        let base = sqlite3_vtab_cursor::default();
        Ok(Walk { base, lake: self.lake.clone(), stretch: None })
    }
}

/// A walk through candles of a series.
#[repr(C)]
struct Walk {
    /// SQLite's.
    base: sqlite3_vtab_cursor,
    lake: Lake,
    stretch: Option<Stretch>,
}

struct Stretch {
    rows: Arc<Rows>,
    scale: PriceScale,
    /// What is left of them.
    left: std::ops::Range<usize>,
    is_newest_first: bool,
}

impl Stretch {
    fn at(&self) -> Option<usize> {
        let range = self.left.clone();
        if self.is_newest_first { range.last() } else { range.min() }
    }

    fn candle(&self) -> Option<&Candle> {
        self.rows.candles().get(self.at()?)
    }
}

// SAFETY: `#[repr(C)]`, and SQLite's own struct comes first.
unsafe impl VTabCursor for Walk {
    fn filter(&mut self, plan: c_int, _: Option<&str>, told: &Filters<'_>) -> Result<()> {
        self.stretch = None;
        let (series, scale) = series_of(told)?;
        let rows = self.lake.cache.rows(&series).map_err(|error| self.lake.trouble.note(error))?;
        let mut left = 0..rows.candles().len();
        let before = |ts: i64| rows.candles().partition_point(|candle| candle.start.0 < ts);
        let until = |ts: i64| rows.candles().partition_point(|candle| candle.start.0 <= ts);
        let bounds = BOUNDS.iter().filter(|(_, bit)| plan & bit != 0);
        for (next, (_, bit)) in (SERIES.count()..).zip(bounds) {
            // Nothing is before or after what is no number.
            let Some(ts) = told.get::<Option<i64>>(next)? else { return Ok(()) };
            let (from, to) = match bit {
                1 => (before(ts), until(ts)),
                2 => (until(ts), left.end),
                4 => (before(ts), left.end),
                8 => (0, before(ts)),
                _ => (0, until(ts)),
            };
            left = left.start.max(from)..left.end.min(to);
        }
        self.stretch = Some(Stretch { rows, scale, left, is_newest_first: plan & NEWEST_FIRST != 0 });
        Ok(())
    }

    fn next(&mut self) -> Result<()> {
        if let Some(Stretch { left, is_newest_first, .. }) = &mut self.stretch {
            if *is_newest_first {
                left.next_back()
            } else {
                left.next()
            };
        }
        Ok(())
    }

    fn eof(&self) -> bool {
        self.stretch.as_ref().is_none_or(|stretch| stretch.left.is_empty())
    }

    fn column(&self, context: &mut Context, column: c_int) -> Result<()> {
        let Some((stretch, candle)) = self.stretch.as_ref().and_then(|all| Some((all, all.candle()?))) else {
            return Ok(());
        };
        let Prices { open, high, low, close } = candle.prices;
        let stored = |price| stretch.scale.stored(price);
        context.set_result(&match column {
            TS => candle.start.0,
            1 => stored(open),
            2 => stored(high),
            3 => stored(low),
            4 => stored(close),
            5 => candle.volume,
            6 => candle.open_interest,
            // What says which series it is was told by whoever asks.
            _ => return Ok(()),
        })
    }

    fn rowid(&self) -> Result<i64> {
        Ok(self.stretch.as_ref().and_then(Stretch::at).map_or(0, |at| at as i64))
    }
}

/// In the order of `COLUMNS`.
fn series_of(told: &Filters<'_>) -> Result<(ArchivedSeries, PriceScale)> {
    let unreadable = |what: String| Error::ModuleError(what);
    let (place, path, sha256) = (told.get(0)?, told.get(1)?, told.get(3)?);
    let bytes = told.get::<i64>(2)?.unsigned_abs();
    let interval: String = told.get(7)?;
    let series = ArchivedSeries {
        file: ArchivedFile { place, path, bytes, sha256 },
        expired_key: told.get(4)?,
        groups: told.get(5)?..=told.get(6)?,
        interval: interval.parse().map_err(|_| unreadable(format!("interval {interval}")))?,
        rows_sha256: told.get(8)?,
    };
    let scale = PriceScale::of_column(told.get(9)?).map_err(|error| unreadable(error.to_string()))?;
    Ok((series, scale))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::NoLake;

    /// The ways in which the store asks for candles.
    const QUESTIONS: [&str; 6] = [
        "SELECT ts, open, high, low, close, volume, open_interest FROM candle
         WHERE series_id = ?1 AND ts >= ?2 AND ts < ?3 ORDER BY ts",
        "SELECT ts, close FROM candle WHERE series_id = ?1 AND ts BETWEEN ?2 AND ?3 AND volume > 0
         ORDER BY ts DESC LIMIT 1",
        "SELECT (ts + 19800) / 86400, min(low), max(high) FROM candle
         WHERE series_id = ?1 AND ts >= ?2 AND ts < ?3 GROUP BY 1",
        "SELECT k.ts, k.volume FROM series s JOIN candle k ON k.series_id = s.id
         WHERE s.contract_id = ?1 AND s.interval = '1minute' AND k.ts >= ?2 AND k.ts < ?3",
        "SELECT k.ts, k.close, p.close FROM candle k JOIN candle p ON p.series_id = ?2 AND p.ts = k.ts
         WHERE k.series_id = ?1 AND k.ts >= ?3 AND k.volume > 0 AND p.volume > 0 ORDER BY k.ts DESC LIMIT 1",
        "SELECT 1 FROM candle WHERE series_id = ?1 AND ts = ?2",
    ];

    #[test]
    fn whoever_asks_finds_candles_by_their_key_in_the_file_and_in_the_lake_and_sorts_nothing() {
        let connection = Connection::open_in_memory().unwrap();
        for migration in
            [include_str!("migrations/0001_first.sql"), include_str!("migrations/0019_archive.sql")]
        {
            connection.execute_batch(migration).unwrap();
        }
        join_archive(&connection, Arc::new(ArchiveCache::new(Box::new(NoLake)))).unwrap();
        for sql in QUESTIONS {
            let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let told = vec![1; plan.parameter_count()];
            let lines =
                plan.query_map(rusqlite::params_from_iter(told), |row| row.get::<_, String>(3)).unwrap();
            let lines: Vec<String> = lines.collect::<Result<_>>().unwrap();
            let of = |table: &str| lines.iter().filter(|line| line.contains(table)).collect::<Vec<_>>();
            let here = of("USING PRIMARY KEY (series_id=? AND ts");
            let there = of("VIRTUAL TABLE");
            // What a part of the query makes goes by that name too.
            let makes = of("CO-ROUTINE candle").len();
            let scanned = of("SCAN candle").len() - of("SCAN candle VIRTUAL TABLE").len();
            assert!(!here.is_empty() && scanned == makes, "{sql}: {lines:#?}");
            // With a bound of `ts` at least.
            assert!(
                !there.is_empty() && there.iter().all(|line| !line.ends_with(" 0:")),
                "{sql}: {lines:#?}"
            );
            assert!(of("FOR ORDER BY").is_empty(), "{sql}: {lines:#?}");
        }
        // Without a series there is no answer, and never the whole lake.
        assert!(connection.prepare("SELECT count(*) FROM archived_candle").is_err());
    }
}
