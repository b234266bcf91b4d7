//! A job as it is watched: its grid of contracts, and what failed. One job runs at a time, so what is under way
//! belongs to the one that runs.

use market::Interval;
use protocol::{
    CellOutcome, ExpiryGrid, ExpiryStrip, FailedContract, FailureReason, GridCell, JobFailures, JobGrid,
    JobId, JobStatus, PLAN_TARGETS_MAX, Target, UnitFailure,
};
use store::{ContractUnit, ExpiryId, ExpiryUnits, FailedUnit, UnitState};

use crate::error::EngineError;
use crate::jobs::service::JobService;

/// Failures that are given at once; the log of the job has them all.
const FAILURES_MAX: u32 = 2_000;
/// Reasons that are counted.
const REASONS_MAX: u32 = 20;

impl JobService {
    /// The first `most` expiries of a job, and the contracts of `wanted`, or of the expiry that is worked on.
    pub async fn grid(&self, job: JobId, wanted: Option<&Target>, most: u32) -> Result<JobGrid, EngineError> {
        let picture = self.reader().picture(job).await?;
        let runs = picture.status == JobStatus::Running;
        let most = most.min(u32::try_from(PLAN_TARGETS_MAX).unwrap_or(u32::MAX));
        let expiries = self.store().expiry_units(job.0, most).await?;
        let open = match wanted {
            Some(target) => self.expiry_of(target).await?.map(|expiry| (expiry, target.clone())),
            None => self.worked_on(job, runs, &expiries).await?,
        };
        let open = match open {
            Some((expiry, target)) => {
                self.expiry_grid(job, runs, expiry, target, picture.plan.interval).await?
            }
            None => None,
        };
        Ok(JobGrid { expiries: expiries.into_iter().map(strip).collect(), open })
    }

    async fn expiry_of(&self, target: &Target) -> Result<Option<ExpiryId>, EngineError> {
        let Some((underlying, _)) = self.store().underlying(&target.underlying).await? else {
            return Ok(None);
        };
        Ok(self.store().expiry(underlying, target.expiry).await?.map(|expiry| expiry.id))
    }

    /// The expiry whose contract was taken last, else the next one, else the first that failed or has contracts.
    async fn worked_on(
        &self,
        job: JobId,
        runs: bool,
        expiries: &[ExpiryUnits],
    ) -> Result<Option<(ExpiryId, Target)>, EngineError> {
        let now = if runs { self.under_way().expiry() } else { None };
        let next = match now {
            Some(expiry) => Some(expiry),
            None => self.store().next_expiry(job.0).await?,
        };
        if let Some(next) = next {
            let (underlying, expiry) = self.store().expiry_by_id(next).await?;
            return Ok(Some((next, Target { underlying, expiry: expiry.date })));
        }
        let failed = expiries.iter().find(|units| units.failed > 0);
        let any = failed.or_else(|| expiries.iter().find(|units| units.total > 0));
        Ok(any.map(|units| (units.expiry, target_of(units))))
    }

    async fn expiry_grid(
        &self,
        job: JobId,
        runs: bool,
        expiry: ExpiryId,
        target: Target,
        interval: Interval,
    ) -> Result<Option<ExpiryGrid>, EngineError> {
        let units = self.store().contract_units(job.0, expiry, interval).await?;
        if units.is_empty() {
            return Ok(None);
        }
        let is_under_way = |unit: &ContractUnit| runs && self.under_way().has(unit.contract);
        let cells = units.into_iter().map(|unit| cell(is_under_way(&unit), unit)).collect();
        Ok(Some(ExpiryGrid { target, cells }))
    }

    /// What failed in a job, at most `most` parts of it.
    pub async fn failures(&self, job: JobId, most: u32) -> Result<JobFailures, EngineError> {
        self.reader().picture(job).await?;
        let reasons = self.store().failure_reasons(job.0, REASONS_MAX).await?;
        let reason = |row: store::FailureReason| FailureReason { reason: row.reason, units: row.units };
        let units = self.store().failed_units(job.0, most.min(FAILURES_MAX)).await?;
        Ok(JobFailures {
            reasons: reasons.into_iter().map(reason).collect(),
            units: units.into_iter().map(failure).collect(),
        })
    }
}

fn target_of(units: &ExpiryUnits) -> Target {
    Target { underlying: units.underlying.clone(), expiry: units.date }
}

fn strip(units: ExpiryUnits) -> ExpiryStrip {
    ExpiryStrip {
        target: target_of(&units),
        symbol: units.symbol,
        name: units.name,
        listing: outcome(units.listing),
        reason: units.listing_error,
        done: units.done,
        stored: units.stored,
        empty: units.empty,
        failed: units.failed,
        total: units.total,
        left_out: units.left_out,
    }
}

fn cell(is_under_way: bool, unit: ContractUnit) -> GridCell {
    let outcome = match unit.state {
        UnitState::Pending if is_under_way => CellOutcome::UnderWay,
        // Not one request was needed.
        UnitState::Done if unit.attempts == 0 => CellOutcome::Stored,
        state => outcome(state),
    };
    GridCell {
        expired_key: unit.expired_key,
        kind: unit.kind,
        strike: unit.strike,
        outcome,
        candles: unit.candles,
        reason: unit.error,
        event: unit.event,
    }
}

fn outcome(state: UnitState) -> CellOutcome {
    match state {
        UnitState::Pending => CellOutcome::ToDo,
        UnitState::Done => CellOutcome::Done,
        UnitState::Empty => CellOutcome::Empty,
        UnitState::Failed => CellOutcome::Failed,
    }
}

fn failure(unit: FailedUnit) -> UnitFailure {
    UnitFailure {
        target: Target { underlying: unit.underlying, expiry: unit.expiry },
        name: unit.name,
        contract: unit.contract.map(|(expired_key, kind, strike)| FailedContract {
            expired_key,
            kind,
            strike,
        }),
        month: unit.month,
        reason: unit.reason,
        attempts: unit.attempts,
        at: unit.at,
    }
}
