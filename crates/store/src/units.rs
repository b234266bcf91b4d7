//! The pieces of a job: an expiry to be listed, a contract's candles to be brought, or a month of the
//! underlying's own.

use std::fmt;

use market::Day;
use rusqlite::{Connection, Row, params};

use crate::columns::{parse_if_any, text};
use crate::error::{Result, StoreError};
use crate::events::{NewEvent, insert_events};
use crate::quarantine::meet_refused_of_lists;
use crate::queries::{change, first_row, one_row, rows};
use crate::{ContractId, ExpiryId, Store, UnderlyingId};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitState {
    Pending,
    Done,
    /// Answered without a row.
    Empty,
    Failed,
}

impl UnitState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Empty => "empty",
            Self::Failed => "failed",
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Self> {
        [Self::Pending, Self::Done, Self::Empty, Self::Failed]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| StoreError::unreadable(format!("unit state {text}")))
    }
}

impl fmt::Display for UnitState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a unit brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitWork {
    /// The contracts of its expiry.
    Listing,
    /// The candles of a contract.
    Contract(ContractId),
    /// The underlying's own candles of the month that begins on this day.
    Month(UnderlyingId, Day),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUnit {
    pub position: i64,
    pub contract: ContractId,
}

/// What listing an expiry found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Contracts with days that coverage does not account for.
    pub to_fetch: Vec<NewUnit>,
    /// Contracts that are stored already: done from the first.
    pub covered: Vec<NewUnit>,
    /// Months of the underlying to be brought, with their positions; a month that another expiry of the job
    /// asked for is not counted twice.
    pub months: Vec<(i64, UnderlyingId, Day)>,
    /// Some options are left out on purpose: they are counted, and they are no units.
    pub is_limited: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitRow {
    pub id: i64,
    pub position: i64,
    pub expiry: ExpiryId,
    pub work: UnitWork,
    pub state: UnitState,
    pub attempts: u32,
}

/// How a unit ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitEnd {
    pub unit: i64,
    pub state: UnitState,
    pub candles: u64,
    /// Requests that it took.
    pub attempts: u32,
    pub error: Option<String>,
}

impl Store {
    /// The units of a job that are still to be done, in order.
    pub async fn pending_units(&self, job: i64) -> Result<Vec<UnitRow>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT id, position, expiry_id, state, attempts, contract_id, underlying_id, month FROM job_unit
                 WHERE job_id = ? AND state = 'pending' ORDER BY position, id",
                [job],
                unit_of_row,
            )
        })
        .await
    }

    /// Expiries of a job whose listing failed.
    pub async fn failed_listings(&self, job: i64) -> Result<Vec<ExpiryId>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT expiry_id FROM job_unit WHERE job_id = ? AND state = 'failed' AND contract_id IS NULL
                 AND month IS NULL ORDER BY position, id",
                [job],
                |row| Ok(ExpiryId(row.get(0)?)),
            )
        })
        .await
    }

    /// An expiry is listed: its contracts become units, those already covered are counted as done, and so do
    /// the months of its underlying.
    pub async fn end_listing(
        &self,
        job: i64,
        expiry: ExpiryId,
        listed: Listed,
        end: UnitEnd,
        events: Vec<NewEvent>,
    ) -> Result<()> {
        self.write(move |transaction| {
            let Listed { to_fetch, covered, months, is_limited } = &listed;
            let (mut new, mut new_covered, mut new_months) = (0, 0, 0);
            for unit in to_fetch {
                new += insert_contract(transaction, job, expiry, unit, UnitState::Pending)?;
            }
            for unit in covered {
                new_covered += insert_contract(transaction, job, expiry, unit, UnitState::Done)?;
            }
            for month in months {
                new_months += insert_month(transaction, job, expiry, *month)?;
            }
            change(
                transaction,
                "UPDATE job SET contracts_total = contracts_total + ?, contracts_done = contracts_done + ?,
                                months_total = months_total + ? WHERE id = ?",
                params![(new + new_covered) as i64, new_covered as i64, new_months as i64, job],
            )?;
            let left_out = if *is_limited { options_left_out(transaction, job, expiry)? } else { 0 };
            put_left_out(transaction, job, end.unit, left_out)?;
            meet_refused_of_lists(transaction, job, expiry)?;
            end_unit(transaction, &end)?;
            insert_events(transaction, &events)
        })
        .await
    }

    /// Ends a pending unit and counts it in its job. A unit that has ended is left alone, so that no outcome is
    /// counted twice.
    pub async fn end_unit(&self, end: UnitEnd, events: Vec<NewEvent>) -> Result<()> {
        self.write(move |transaction| {
            end_unit(transaction, &end)?;
            insert_events(transaction, &events)
        })
        .await
    }
}

/// What failed in a job is to be done again; part of taking it up again.
pub(crate) fn reopen_failed_units(connection: &Connection, job: i64) -> Result<()> {
    let units = "UPDATE job_unit SET state = 'pending', error = NULL WHERE job_id = ? AND state = 'failed'";
    let counters = "UPDATE job SET expiries_failed = 0, contracts_failed = 0, months_failed = 0 WHERE id = ?";
    for sql in [units, counters] {
        change(connection, sql, [job])?;
    }
    Ok(())
}

/// How many units it made: none where the job has the contract already, from an earlier listing.
fn insert_contract(
    connection: &Connection,
    job: i64,
    expiry: ExpiryId,
    unit: &NewUnit,
    state: UnitState,
) -> Result<usize> {
    change(
        connection,
        "INSERT INTO job_unit (job_id, position, expiry_id, contract_id, state) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO NOTHING",
        params![job, unit.position, expiry.0, unit.contract.0, state.as_str()],
    )
}

/// How many units it made: none where the job has the month already.
fn insert_month(
    connection: &Connection,
    job: i64,
    expiry: ExpiryId,
    (position, underlying, month): (i64, UnderlyingId, Day),
) -> Result<usize> {
    change(
        connection,
        "INSERT INTO job_unit (job_id, position, expiry_id, underlying_id, month) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO NOTHING",
        params![job, position, expiry.0, underlying.0, month.to_string()],
    )
}

/// Options of an expiry that are no units of a job, however often it was listed.
fn options_left_out(connection: &Connection, job: i64, expiry: ExpiryId) -> Result<i64> {
    one_row(
        connection,
        "SELECT count(*) FROM contract c WHERE c.expiry_id = ?2 AND c.kind <> 'FUT' AND NOT EXISTS (
             SELECT 1 FROM job_unit w WHERE w.job_id = ?1 AND w.contract_id = c.id)",
        params![job, expiry.0],
        |row| Ok(row.get(0)?),
    )
}

/// A listing that is done again counts anew.
fn put_left_out(connection: &Connection, job: i64, listing: i64, left_out: i64) -> Result<()> {
    change(
        connection,
        "UPDATE job SET left_out = left_out + ?2 - (SELECT left_out FROM job_unit WHERE id = ?3) WHERE id = ?1",
        params![job, left_out, listing],
    )?;
    change(connection, "UPDATE job_unit SET left_out = ?2 WHERE id = ?1", params![listing, left_out])?;
    Ok(())
}

fn unit_of_row(row: &Row<'_>) -> Result<UnitRow> {
    let contract = row.get::<_, Option<i64>>("contract_id")?;
    let underlying = row.get::<_, Option<i64>>("underlying_id")?;
    let work = match (contract, underlying, parse_if_any(row, "month")?) {
        (Some(contract), _, _) => UnitWork::Contract(ContractId(contract)),
        (None, Some(underlying), Some(month)) => UnitWork::Month(UnderlyingId(underlying), month),
        _ => UnitWork::Listing,
    };
    Ok(UnitRow {
        id: row.get("id")?,
        position: row.get("position")?,
        expiry: ExpiryId(row.get("expiry_id")?),
        work,
        state: UnitState::parse(text(row, "state")?)?,
        attempts: row.get("attempts")?,
    })
}

fn end_unit(connection: &Connection, end: &UnitEnd) -> Result<()> {
    let ended = first_row(
        connection,
        "UPDATE job_unit SET state = ?, candles = ?, attempts = ?, error = ?
         WHERE id = ? AND state = 'pending' RETURNING job_id, contract_id IS NOT NULL, month IS NOT NULL",
        params![end.state.as_str(), end.candles as i64, end.attempts, end.error, end.unit],
        |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let Some((job, is_contract, is_month)) = ended else { return Ok(()) };
    let what = match (is_contract, is_month) {
        (true, _) => "contracts",
        (false, true) => "months",
        (false, false) => "expiries",
    };
    let counter = match end.state {
        UnitState::Pending => return Ok(()),
        ended => format!("{what}_{ended}"),
    };
    // Both parts of the column's name are words of this function.
    change(connection, &format!("UPDATE job SET {counter} = {counter} + 1 WHERE id = ?"), [job])?;
    Ok(())
}

/// A contract's unit that ended well is failed after all.
pub(crate) fn fail_ended_unit(
    connection: &Connection,
    job: i64,
    contract: ContractId,
    error: &str,
) -> Result<()> {
    let was: Option<String> = first_row(
        connection,
        "SELECT state FROM job_unit WHERE job_id = ? AND contract_id = ? AND state IN ('done', 'empty')",
        params![job, contract.0],
        |row| Ok(row.get(0)?),
    )?;
    let Some(was) = was else { return Ok(()) };
    change(
        connection,
        "UPDATE job_unit SET state = 'failed', error = ? WHERE job_id = ? AND contract_id = ?",
        params![error, job, contract.0],
    )?;
    // `was` is one of two words of this function's own question.
    let counters = format!(
        "UPDATE job SET contracts_{was} = contracts_{was} - 1, contracts_failed = contracts_failed + 1 WHERE id = ?"
    );
    change(connection, &counters, [job])?;
    Ok(())
}
