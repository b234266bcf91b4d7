//! The pieces of a job: an expiry to be listed, or a contract's candles to be brought.

use std::fmt;

use sqlx::{Connection, Row, SqliteConnection};

use crate::error::{Result, StoreError};
use crate::jobs::{NewEvent, insert_events};
use crate::{ContractId, ExpiryId, Store};

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

    fn parse(text: &str) -> Result<Self> {
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

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUnit {
    pub position: i64,
    pub expiry: ExpiryId,
    pub contract: ContractId,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitRow {
    pub id: i64,
    pub position: i64,
    pub expiry: ExpiryId,
    /// `None`: the expiry itself is to be listed.
    pub contract: Option<ContractId>,
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
        let rows = sqlx::query(
            "SELECT id, position, expiry_id, contract_id, state, attempts FROM job_unit
             WHERE job_id = ? AND state = 'pending' ORDER BY position, id",
        )
        .bind(job)
        .fetch_all(self.readers())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(UnitRow {
                    id: row.try_get(0)?,
                    position: row.try_get(1)?,
                    expiry: ExpiryId(row.try_get(2)?),
                    contract: row.try_get::<Option<i64>, _>(3)?.map(ContractId),
                    state: UnitState::parse(row.try_get(4)?)?,
                    attempts: row.try_get(5)?,
                })
            })
            .collect()
    }

    /// An expiry is listed: its contracts become units, those already covered are counted as done.
    pub async fn end_listing(
        &self,
        job: i64,
        end: &UnitEnd,
        units: &[NewUnit],
        covered: &[NewUnit],
        events: &[NewEvent],
    ) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
        for (units, state) in [(units, UnitState::Pending), (covered, UnitState::Done)] {
            for unit in units {
                insert_unit(&mut transaction, job, unit, state).await?;
            }
        }
        sqlx::query(
            "UPDATE job SET contracts_total = contracts_total + ?, contracts_done = contracts_done + ? WHERE id = ?",
        )
        .bind((units.len() + covered.len()) as i64)
        .bind(covered.len() as i64)
        .bind(job)
        .execute(&mut *transaction)
        .await?;
        end_unit(&mut transaction, end).await?;
        insert_events(&mut transaction, events).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Failed units of a job are to be done again.
    pub async fn reopen_failed_units(&self, job: i64) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query(
            "UPDATE job_unit SET state = 'pending', error = NULL WHERE job_id = ? AND state = 'failed'",
        )
        .bind(job)
        .execute(&mut *transaction)
        .await?;
        sqlx::query("UPDATE job SET expiries_failed = 0, contracts_failed = 0 WHERE id = ?")
            .bind(job)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// A unit ended without a new answer to keep.
    pub async fn end_unit(&self, end: &UnitEnd, events: &[NewEvent]) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
        end_unit(&mut transaction, end).await?;
        insert_events(&mut transaction, events).await?;
        transaction.commit().await?;
        Ok(())
    }
}

async fn insert_unit(
    connection: &mut SqliteConnection,
    job: i64,
    unit: &NewUnit,
    state: UnitState,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO job_unit (job_id, position, expiry_id, contract_id, state) VALUES (?, ?, ?, ?, ?)",
    )
    .bind(job)
    .bind(unit.position)
    .bind(unit.expiry.0)
    .bind(unit.contract.0)
    .bind(state.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends a pending unit and counts it in its job. A unit that has ended is left alone, so that no outcome is
/// counted twice.
pub(crate) async fn end_unit(connection: &mut SqliteConnection, end: &UnitEnd) -> Result<()> {
    let row = sqlx::query(
        "UPDATE job_unit SET state = ?, candles = ?, attempts = ?, error = ?
         WHERE id = ? AND state = 'pending' RETURNING job_id, contract_id IS NULL",
    )
    .bind(end.state.as_str())
    .bind(end.candles as i64)
    .bind(end.attempts)
    .bind(&end.error)
    .bind(end.unit)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(()) };
    let (job, is_listing): (i64, bool) = (row.try_get(0)?, row.try_get(1)?);
    let sql = match (is_listing, end.state) {
        (_, UnitState::Pending) => return Ok(()),
        (true, UnitState::Done) => "UPDATE job SET expiries_done = expiries_done + 1 WHERE id = ?",
        (true, UnitState::Empty) => "UPDATE job SET expiries_empty = expiries_empty + 1 WHERE id = ?",
        (true, UnitState::Failed) => "UPDATE job SET expiries_failed = expiries_failed + 1 WHERE id = ?",
        (false, UnitState::Done) => "UPDATE job SET contracts_done = contracts_done + 1 WHERE id = ?",
        (false, UnitState::Empty) => "UPDATE job SET contracts_empty = contracts_empty + 1 WHERE id = ?",
        (false, UnitState::Failed) => "UPDATE job SET contracts_failed = contracts_failed + 1 WHERE id = ?",
    };
    sqlx::query(sql).bind(job).execute(connection).await?;
    Ok(())
}
