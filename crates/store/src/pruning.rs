//! Removing what is stored of expiries again: their candles, and with each candle all that accounts for it. What stays
//! is the list of contracts, the audit of requests, and a line of what was removed.
//!
//! A step is one transaction, and after each the database is whole: totals, days and candles agree, and nothing counts
//! as answered of which candles are gone. Whoever is cut off begins anew and finds what is left.

use std::collections::HashMap;

use market::{Day, EpochSeconds};
use protocol::JobId;
use ring::digest::{Context, SHA256};
use rusqlite::{Connection, params};

use crate::archiving::refuse_archived_expiry;
use crate::columns::{count, moment, moment_if_any, parse_if_any};
use crate::error::Result;
use crate::jobs::{IS_RETRIED, is_unfinished};
use crate::proofs::remove_proofs;
use crate::queries::{change, first_row, one_row, rows};
use crate::{ExpiryId, Store, UnderlyingId};

/// Candles and series of one step: it holds the writer for a few hundredths of a second.
const CANDLES_MAX: u64 = 20_000;
const SERIES_MAX: u32 = 200;

/// What is removed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prunable {
    /// All series of the contracts of an expiry.
    Expiry(ExpiryId),
    /// All series of the underlying itself.
    Own(UnderlyingId),
}

/// What there is to be removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrunableStock {
    /// Contracts with anything: candles, or answers without a row.
    pub contracts: u64,
    pub candles: u64,
    /// Days with a candle.
    pub days: Vec<Day>,
    /// When the newest answer came.
    pub answered_at: Option<EpochSeconds>,
    /// Changes whenever what is stored does.
    pub fingerprint: [u8; 32],
}

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PruneStep {
    Removed {
        candles: u64,
    },
    /// Nothing is left.
    Done,
    /// Nothing was removed: a job wants it.
    Wanted(WantedBy),
}

/// A job that would bring it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WantedBy {
    pub job: JobId,
    /// It has ended, and its failed parts are tried again by themselves then.
    pub retry_at: Option<EpochSeconds>,
}

/// What was pruned together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrunedRow {
    pub at: EpochSeconds,
    pub underlying: UnderlyingId,
    pub expiries: u64,
    /// The candles of the underlying itself too.
    pub own: bool,
    pub candles: u64,
}

impl Prunable {
    /// The series, as a part of a query whose first parameter is the number.
    fn series(self) -> (&'static str, i64) {
        match self {
            Self::Expiry(id) => {
                ("contract c JOIN series s ON s.contract_id = c.id WHERE c.expiry_id = ?1", id.0)
            }
            Self::Own(id) => ("series s WHERE s.underlying_id = ?1", id.0),
        }
    }
}

/// Of `series s`: there is something of it. A refused row is found by the index of `quarantine_once`.
const HOLDS_SOMETHING: &str = "(s.candles > 0
    OR EXISTS (SELECT 1 FROM fetched_range f WHERE f.series_id = s.id)
    OR EXISTS (SELECT 1 FROM revision r WHERE r.series_id = s.id)
    OR EXISTS (SELECT 1 FROM quarantine q WHERE q.kind = 'candle' AND coalesce(q.series_id, 0) = s.id))";

impl Store {
    /// What pruning would remove.
    pub async fn prunable(&self, of: Prunable) -> Result<PrunableStock> {
        self.read(move |connection| stock(connection, of)).await
    }

    /// Removes some of it; `at` is when the whole began. Refused where a job wants it, in the very transaction.
    pub async fn prune_step(&self, of: Prunable, at: EpochSeconds) -> Result<PruneStep> {
        self.write(move |transaction| {
            if let Some(wanted) = wanted_by(transaction, of)? {
                return Ok(PruneStep::Wanted(wanted));
            }
            step(transaction, of, at)
        })
        .await
    }

    /// The first unfinished job that brings it, or one that will try again what failed of it.
    pub async fn wanted_by(&self, of: Prunable) -> Result<Option<WantedBy>> {
        self.read(move |connection| wanted_by(connection, of)).await
    }

    /// What was pruned, newest first, at most so much.
    pub async fn pruned(&self, most: u32) -> Result<Vec<PrunedRow>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT at, underlying_id, count(expiry_id), count(*) > count(expiry_id), sum(candles)
                 FROM pruned GROUP BY at, underlying_id ORDER BY at DESC, underlying_id LIMIT ?",
                [most],
                |row| {
                    Ok(PrunedRow {
                        at: moment(row, 0)?,
                        underlying: UnderlyingId(row.get(1)?),
                        expiries: count(row, 2)?,
                        own: row.get(3)?,
                        candles: count(row, 4)?,
                    })
                },
            )
        })
        .await
    }
}

/// When something of each expiry of an underlying was pruned last.
pub(crate) fn pruned_expiries(
    connection: &Connection,
    underlying: UnderlyingId,
) -> Result<HashMap<ExpiryId, EpochSeconds>> {
    let pruned = rows(
        connection,
        "SELECT expiry_id, max(at) FROM pruned WHERE underlying_id = ? AND expiry_id IS NOT NULL GROUP BY expiry_id",
        [underlying.0],
        |row| Ok((ExpiryId(row.get(0)?), moment(row, 1)?)),
    )?;
    Ok(pruned.into_iter().collect())
}

fn stock(connection: &Connection, of: Prunable) -> Result<PrunableStock> {
    let (series, id) = of.series();
    let picture = connection.unchecked_transaction()?;
    let owner = if matches!(of, Prunable::Own(_)) { "NULL" } else { "s.contract_id" };
    let (contracts, candles, answered_at) = one_row(
        &picture,
        &format!(
            "SELECT count(DISTINCT {owner}), coalesce(sum(s.candles), 0), max(
                 (SELECT max(a.at) FROM fetched_range f JOIN fetch_audit a ON a.id = f.request_id
                  WHERE f.series_id = s.id))
             FROM {series} AND {HOLDS_SOMETHING}"
        ),
        [id],
        |row| Ok((count(row, 0)?, count(row, 1)?, moment_if_any(row, 2)?)),
    )?;
    let days = rows(
        &picture,
        &format!(
            "SELECT DISTINCT d.day FROM series_day d WHERE d.series_id IN (SELECT s.id FROM {series}) ORDER BY 1"
        ),
        [id],
        |row| parse_if_any(row, 0),
    )?;
    let mut fingerprint = Context::new(&SHA256);
    let states: Vec<[i64; 4]> = rows(
        &picture,
        &format!(
            "SELECT s.id, s.candles,
                    (SELECT coalesce(max(f.id), 0) FROM fetched_range f WHERE f.series_id = s.id),
                    (SELECT coalesce(max(q.last_request_id), 0) FROM quarantine q
                     WHERE q.kind = 'candle' AND coalesce(q.series_id, 0) = s.id)
             FROM {series} AND {HOLDS_SOMETHING} ORDER BY s.id"
        ),
        [id],
        |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]),
    )?;
    states.iter().flatten().for_each(|number| fingerprint.update(&number.to_le_bytes()));
    let mut stock = PrunableStock {
        contracts,
        candles,
        days: days.into_iter().flatten().collect(),
        answered_at,
        fingerprint: [0; 32],
    };
    stock.fingerprint.copy_from_slice(fingerprint.finish().as_ref());
    Ok(stock)
}

pub(crate) fn wanted_by(connection: &Connection, of: Prunable) -> Result<Option<WantedBy>> {
    let (units, id) = match of {
        Prunable::Expiry(id) => ("u.expiry_id = ?1", id.0),
        Prunable::Own(id) => ("u.expiry_id IN (SELECT e.id FROM expiry e WHERE e.underlying_id = ?1)", id.0),
    };
    first_row(
        connection,
        &format!(
            "SELECT j.id, j.retry_at FROM job j
             WHERE ({unfinished} AND EXISTS (SELECT 1 FROM job_unit u WHERE u.job_id = j.id AND {units}))
                OR ({IS_RETRIED} AND EXISTS (
                    SELECT 1 FROM job_unit u WHERE u.job_id = j.id AND u.state = 'failed' AND {units}))
             ORDER BY j.id LIMIT 1",
            unfinished = is_unfinished()
        ),
        [id],
        |row| Ok(WantedBy { job: JobId(row.get(0)?), retry_at: moment_if_any(row, 1)? }),
    )
}

fn step(connection: &Connection, of: Prunable, at: EpochSeconds) -> Result<PruneStep> {
    let (series, id) = of.series();
    if let Prunable::Expiry(expiry) = of {
        refuse_archived_expiry(connection, expiry)?;
    }
    // First, because the reach that follows from them is made anew with the answers.
    if let Prunable::Expiry(expiry) = of {
        remove_proofs(connection, expiry)?;
    }
    let left: Vec<i64> = rows(
        connection,
        &format!("SELECT s.id FROM {series} AND {HOLDS_SOMETHING} ORDER BY s.id LIMIT {SERIES_MAX}"),
        [id],
        |row| Ok(row.get(0)?),
    )?;
    if left.is_empty() {
        return Ok(PruneStep::Done);
    }
    let mut removed = 0;
    for series in left {
        let days = oldest_days(connection, series, CANDLES_MAX - removed)?;
        // A day is never cut; one that is longer than a step is a step.
        if days.are_cut && days.candles == 0 && removed > 0 {
            break;
        }
        remove(connection, series, &days, at)?;
        removed += days.candles;
        if days.are_cut {
            break;
        }
    }
    note(connection, of, at, removed)?;
    Ok(PruneStep::Removed { candles: removed })
}

/// Days of a series that go together.
#[derive(Default)]
struct OldestDays {
    candles: u64,
    /// The last of them, and its last candle; `None`: there is none.
    last: Option<(String, i64)>,
    /// There are more.
    are_cut: bool,
}

/// The oldest days with at most so many candles together; the first one where it alone has more than a step.
fn oldest_days(connection: &Connection, series: i64, most: u64) -> Result<OldestDays> {
    let sql = "SELECT day, candles, last_ts FROM series_day WHERE series_id = ? ORDER BY day";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([series])?;
    let mut days = OldestDays::default();
    while let Some(row) = rows.next()? {
        let candles = count(row, 1)?;
        let is_alone = days.last.is_none() && most == CANDLES_MAX;
        if days.candles + candles > most && !is_alone {
            days.are_cut = true;
            break;
        }
        days.candles += candles;
        days.last = Some((row.get(0)?, row.get(2)?));
    }
    Ok(days)
}

/// All that accounts for the candles of a series, and those of its oldest days.
fn remove(connection: &Connection, series: i64, days: &OldestDays, at: EpochSeconds) -> Result<()> {
    // First, because the reach that follows from the answers is made anew as they go.
    change(connection, "UPDATE series SET pruned_at = ?2 WHERE id = ?1", params![series, at.0])?;
    change(connection, "DELETE FROM fetched_range WHERE series_id = ?", [series])?;
    change(connection, "DELETE FROM revision WHERE series_id = ?", [series])?;
    change(connection, "DELETE FROM imported_day WHERE series_id = ?", [series])?;
    remove_refused(connection, series)?;
    let Some((day, last_ts)) = &days.last else { return Ok(()) };
    change(connection, "DELETE FROM candle WHERE series_id = ? AND ts <= ?", [series, *last_ts])?;
    change(connection, "DELETE FROM series_day WHERE series_id = ? AND day <= ?", params![series, day])?;
    // What follows from it triggers keep (migrations/0009).
    change(
        connection,
        "UPDATE series SET candles =
            (SELECT coalesce(sum(candles), 0) FROM series_day WHERE series_id = ?1) WHERE id = ?1",
        [series],
    )?;
    Ok(())
}

/// The refused rows of a series; jobs that met them count what is left.
fn remove_refused(connection: &Connection, series: i64) -> Result<()> {
    const REFUSED: &str = "SELECT id FROM quarantine WHERE kind = 'candle' AND coalesce(series_id, 0) = ?1";
    let met: Vec<(i64, i64)> = rows(
        connection,
        &format!(
            "SELECT job_id, count(*) FROM job_quarantine WHERE quarantine_id IN ({REFUSED}) GROUP BY job_id"
        ),
        [series],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    for (job, things) in met {
        change(connection, "UPDATE job SET refused = refused - ?2 WHERE id = ?1", [job, things])?;
    }
    change(connection, &format!("DELETE FROM job_quarantine WHERE quarantine_id IN ({REFUSED})"), [series])?;
    change(connection, &format!("DELETE FROM quarantine WHERE id IN ({REFUSED})"), [series])?;
    Ok(())
}

/// One line for the expiry, however many steps it takes.
fn note(connection: &Connection, of: Prunable, at: EpochSeconds, candles: u64) -> Result<()> {
    let (expiry, underlying) = match of {
        Prunable::Expiry(id) => {
            let sql = "SELECT underlying_id FROM expiry WHERE id = ?";
            (Some(id.0), one_row(connection, sql, [id.0], |row| Ok(row.get(0)?))?)
        }
        Prunable::Own(id) => (None, id.0),
    };
    let candles = i64::try_from(candles).unwrap_or(i64::MAX);
    change(
        connection,
        "INSERT INTO pruned (at, underlying_id, expiry_id, candles) VALUES (?, ?, ?, ?)
         ON CONFLICT (underlying_id, coalesce(expiry_id, 0), at) DO UPDATE SET candles = candles + excluded.candles",
        params![at.0, underlying, expiry, candles],
    )?;
    Ok(())
}
