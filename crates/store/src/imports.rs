//! Candles from files: kept beside what the broker answered and never in place of it.
//!
//! A day that an answer covers is the answer's: rows of a file are compared with it and counted. Any other day takes what
//! is new in it and is marked, until an answer comes that covers it and takes its place.

use std::collections::BTreeMap;

use market::{Candle, Contract, Day, EpochSeconds, Interval, Underlying};
use protocol::{ImportLine, ImportRefusalLine};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::answers::series_of;
use crate::candle_rows::put_candles;
use crate::candles::candle_of_row;
use crate::columns::count;
use crate::error::Result;
use crate::expiries::put_underlyings;
use crate::price_scale::PriceScale;
use crate::queries::{change, first_row, one_row, rows};
use crate::{AnsweredRange, RequestId, SeriesId, SeriesOwner, Store};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportId(pub(crate) i64);

/// What became of rows of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportedRows {
    pub inserted: u64,
    /// Stored already, and the same.
    pub same: u64,
    /// Stored otherwise by an answer of the broker's, or not in it.
    pub differ_from_fetched: u64,
    /// Stored otherwise by an earlier import.
    pub differ_from_imported: u64,
}

impl Store {
    /// Notes a file; the same file again goes on where it was.
    pub async fn begin_import(&self, name: String, sha256: [u8; 32], at: EpochSeconds) -> Result<ImportId> {
        self.write(move |transaction| {
            let sql = "INSERT INTO import (at, name, sha256) VALUES (?1, ?2, ?3)
                       ON CONFLICT (name, sha256) DO UPDATE SET at = ?1, rows = 0, refused = 0 RETURNING id";
            one_row(transaction, sql, params![at.0, name, sha256], |row| Ok(ImportId(row.get(0)?)))
        })
        .await
    }

    /// Of one series, oldest first, one row a moment; in one transaction, or only counted.
    pub async fn keep_imported(
        &self,
        import: Option<ImportId>,
        owner: SeriesOwner,
        interval: Interval,
        candles: Vec<Candle>,
    ) -> Result<ImportedRows> {
        let Some(import) = import else {
            return self.read(move |connection| count_imported(connection, owner, interval, &candles)).await;
        };
        self.write(move |transaction| keep(transaction, import, owner, interval, &candles)).await
    }

    /// Adds to what is noted of a file.
    pub async fn note_import(
        &self,
        import: ImportId,
        read: u64,
        refused: u64,
        refusals: Vec<ImportRefusalLine>,
    ) -> Result<()> {
        self.write(move |transaction| {
            let sql = "UPDATE import SET rows = rows + ?2, refused = refused + ?3 WHERE id = ?1";
            change(transaction, sql, params![import.0, read.cast_signed(), refused.cast_signed()])?;
            for ImportRefusalLine { raw, reason } in refusals {
                let sql = "INSERT INTO import_refusal VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
                change(transaction, sql, params![import.0, raw, reason])?;
            }
            Ok(())
        })
        .await
    }

    /// A contract that a file describes, with its underlying and its expiry; what is known already stays as it is.
    pub async fn keep_described(
        &self,
        underlying: Underlying,
        contract: Contract,
        raw: String,
        at: EpochSeconds,
    ) -> Result<()> {
        self.write(move |transaction| describe(transaction, &underlying, &contract, &raw, at)).await
    }

    /// Files that were brought in, newest first.
    pub async fn imports(&self) -> Result<Vec<ImportLine>> {
        self.read(|connection| {
            let sql = format!("{IMPORTS} ORDER BY i.at DESC, i.id DESC LIMIT {IMPORTS_SHOWN_MAX}");
            rows(connection, &sql, [], import_of_row)
        })
        .await
    }

    pub async fn import(&self, id: i64) -> Result<Option<ImportLine>> {
        self.read(move |connection| {
            first_row(connection, &format!("{IMPORTS} WHERE i.id = ?"), [id], import_of_row)
        })
        .await
    }

    /// Rows of a file that could not be taken, in the order of their texts: from the n-th on, at most so many.
    pub async fn import_refusals(&self, id: i64, from: u32, most: u32) -> Result<Vec<ImportRefusalLine>> {
        self.read(move |connection| {
            let sql =
                "SELECT raw, reason FROM import_refusal WHERE import_id = ? ORDER BY raw LIMIT ? OFFSET ?";
            rows(connection, sql, params![id, most, from], |row| {
                Ok(ImportRefusalLine { raw: row.get(0)?, reason: row.get(1)? })
            })
        })
        .await
    }
}

/// Files that the list shows, the newest ones.
const IMPORTS_SHOWN_MAX: u32 = 100;
/// As [`import_of_row`] reads it.
const IMPORTS: &str = "SELECT i.id, i.at, i.name, i.rows, i.inserted, i.refused, i.overruled,
    (SELECT count(*) FROM imported_day d WHERE d.import_id = i.id) FROM import i";

fn import_of_row(row: &Row<'_>) -> Result<ImportLine> {
    Ok(ImportLine {
        id: row.get(0)?,
        at: EpochSeconds(row.get(1)?),
        name: row.get(2)?,
        rows: count(row, 3)?,
        inserted: count(row, 4)?,
        refused: count(row, 5)?,
        overruled: count(row, 6)?,
        days: count(row, 7)?,
    })
}

/// Rows of a file against what is stored, by day.
struct Compared {
    counts: ImportedRows,
    /// Rows of days that no answer covers, and that are not stored.
    fresh: Vec<Candle>,
}

fn compare(connection: &Connection, series: SeriesId, candles: &[Candle]) -> Result<Compared> {
    let mut compared = Compared { counts: ImportedRows::default(), fresh: Vec::new() };
    for of_day in candles.chunk_by(|one, next| one.start.day() == next.start.day()) {
        let day = of_day[0].start.day();
        let stored = stored_on(connection, series, day)?;
        let is_fetched = is_fetched(connection, series, day)?;
        for candle in of_day {
            let counts = &mut compared.counts;
            match stored.get(&candle.start) {
                Some(known) if known == candle => counts.same += 1,
                _ if is_fetched => counts.differ_from_fetched += 1,
                Some(_) => counts.differ_from_imported += 1,
                None => compared.fresh.push(*candle),
            }
        }
    }
    compared.counts.inserted = compared.fresh.len() as u64;
    Ok(compared)
}

fn count_imported(
    connection: &Connection,
    owner: SeriesOwner,
    interval: Interval,
    candles: &[Candle],
) -> Result<ImportedRows> {
    match crate::candles::find_series(connection, owner, interval)? {
        Some(series) => Ok(compare(connection, series, candles)?.counts),
        None => Ok(ImportedRows { inserted: candles.len() as u64, ..ImportedRows::default() }),
    }
}

fn keep(
    connection: &Connection,
    import: ImportId,
    owner: SeriesOwner,
    interval: Interval,
    candles: &[Candle],
) -> Result<ImportedRows> {
    let series = series_of(connection, owner, interval)?;
    let Compared { counts, fresh } = compare(connection, series, candles)?;
    // Nothing of it is stored, so nothing is revised and no request is named.
    put_candles(connection, series, &fresh, RequestId(0))?;
    for of_day in fresh.chunk_by(|one, next| one.start.day() == next.start.day()) {
        let sql = "INSERT INTO imported_day VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
        change(connection, sql, params![series.0, of_day[0].start.day().to_string(), import.0])?;
    }
    let sql = "UPDATE import SET inserted = inserted + ?2 WHERE id = ?1";
    change(connection, sql, params![import.0, counts.inserted.cast_signed()])?;
    Ok(counts)
}

fn stored_on(connection: &Connection, series: SeriesId, day: Day) -> Result<BTreeMap<EpochSeconds, Candle>> {
    let scale = PriceScale::of_series(connection, series)?;
    let stored = rows(
        connection,
        "SELECT ts, open, high, low, close, volume, open_interest FROM candle
         WHERE series_id = ? AND ts >= ? AND ts < ?",
        params![series.0, day.start().0, day.next().start().0],
        |row| Ok(candle_of_row(row, scale)?),
    )?;
    Ok(stored.into_iter().map(|candle| (candle.start, candle)).collect())
}

/// An empty answer that was not confirmed is believed by nobody.
fn is_fetched(connection: &Connection, series: SeriesId, day: Day) -> Result<bool> {
    let sql = "SELECT 1 FROM fetched_range WHERE series_id = ?1 AND from_day <= ?2 AND to_day >= ?2
               AND outcome <> 'empty_unconfirmed' LIMIT 1";
    Ok(first_row(connection, sql, params![series.0, day.to_string()], |_| Ok(()))?.is_some())
}

/// Before an answer is kept: what a file brought of the days that it covers goes, and whatever the answer says otherwise
/// is counted with the file and kept as a revision.
pub(crate) fn give_way(
    connection: &Connection,
    series: SeriesId,
    ranges: &[AnsweredRange],
    answer: &[Candle],
    request: RequestId,
) -> Result<()> {
    let mut gone = false;
    for AnsweredRange { range, .. } in ranges.iter().filter(|of| of.is_for_good()) {
        let imported = rows(
            connection,
            "SELECT day, import_id FROM imported_day WHERE series_id = ? AND day BETWEEN ? AND ?",
            params![series.0, range.from().to_string(), range.to().to_string()],
            |row| Ok((crate::columns::parse_column::<Day>(row, 0)?, row.get::<_, i64>(1)?)),
        )?;
        for (day, import) in imported {
            give_way_on(connection, (series, day), import, answer, request)?;
            gone = true;
        }
    }
    if gone {
        let sql = "UPDATE series SET candles = coalesce(
                       (SELECT sum(candles) FROM series_day WHERE series_id = ?1), 0) WHERE id = ?1";
        change(connection, sql, [series.0])?;
    }
    Ok(())
}

fn give_way_on(
    connection: &Connection,
    (series, day): (SeriesId, Day),
    import: i64,
    answer: &[Candle],
    request: RequestId,
) -> Result<()> {
    let from = answer.partition_point(|candle| candle.start < day.start());
    let answered = &answer[from..];
    let said = |moment: EpochSeconds| {
        let at = answered.binary_search_by_key(&moment, |candle| candle.start).ok()?;
        answered.get(at)
    };
    let mut overruled = 0_i64;
    for (moment, stored) in stored_on(connection, series, day)? {
        if said(moment) == Some(&stored) {
            continue;
        }
        overruled += 1;
        change(
            connection,
            "INSERT INTO revision (series_id, ts, open, high, low, close, volume, open_interest, new_request_id)
             SELECT series_id, ts, open, high, low, close, volume, open_interest, ?3 FROM candle
             WHERE series_id = ?1 AND ts = ?2",
            params![series.0, moment.0, request.0],
        )?;
    }
    let span = params![series.0, day.start().0, day.next().start().0];
    change(connection, "DELETE FROM candle WHERE series_id = ? AND ts >= ? AND ts < ?", span)?;
    for table in ["series_day", "imported_day"] {
        let sql = format!("DELETE FROM {table} WHERE series_id = ? AND day = ?");
        change(connection, &sql, params![series.0, day.to_string()])?;
    }
    change(
        connection,
        "UPDATE import SET overruled = overruled + ?2 WHERE id = ?1",
        params![import, overruled],
    )?;
    Ok(())
}

fn describe(
    connection: &Connection,
    underlying: &Underlying,
    contract: &Contract,
    raw: &str,
    at: EpochSeconds,
) -> Result<()> {
    let known = "SELECT id FROM underlying WHERE key = ?";
    let find = || {
        let id = connection.query_row(known, [underlying.key.as_str()], |row| row.get::<_, i64>(0));
        id.optional()
    };
    // Its names are those of the broker's list, where it is there.
    if find()?.is_none() {
        put_underlyings(connection, std::slice::from_ref(underlying), at)?;
    }
    let underlying: i64 = one_row(connection, known, [underlying.key.as_str()], |row| Ok(row.get(0)?))?;
    let date = contract.expiry.to_string();
    change(
        connection,
        "INSERT INTO expiry (underlying_id, date, first_seen) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        params![underlying, date, at.0],
    )?;
    let key = &contract.expired_key;
    change(
        connection,
        "INSERT INTO contract (expiry_id, kind, strike, segment, exchange_token, key_date, trading_symbol,
                               lot_size, tick_size, raw, created_at)
         SELECT e.id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12 FROM expiry e
         WHERE e.underlying_id = ?1 AND e.date = ?2
         ON CONFLICT (segment, exchange_token, key_date) DO NOTHING",
        params![
            underlying,
            date,
            contract.kind.as_str(),
            contract.strike.map(|strike| strike.0.0),
            key.segment().as_str(),
            key.exchange_token(),
            key.date().to_string(),
            contract.trading_symbol,
            contract.lot_size,
            contract.tick_size,
            raw,
            at.0
        ],
    )?;
    Ok(())
}
