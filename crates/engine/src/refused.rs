//! Showing what the broker sent and could not be taken.

use protocol::{
    JobId, REFUSED_LINES, REFUSED_LINES_MAX, RefusedCount, RefusedKind, RefusedLine, RefusedPage,
    RefusedQuery,
};
use store::{QuarantineKind, QuarantineRow};

use crate::error::EngineError;
use crate::requests::RequestService;

impl RequestService {
    /// A page of it, newest first.
    pub async fn refused(&self, query: &RefusedQuery) -> Result<RefusedPage, EngineError> {
        let most = query.limit.unwrap_or(REFUSED_LINES).clamp(1, REFUSED_LINES_MAX);
        let job = query.job.map(|JobId(job)| job);
        let rows = self.store.quarantine(job, query.before, most).await?;
        let is_full = rows.len() as u64 >= u64::from(most);
        let next = rows.last().filter(|_| is_full).map(|row| row.id);
        Ok(RefusedPage { lines: rows.into_iter().map(line).collect(), next })
    }

    /// How much of each kind is open.
    pub async fn refused_counts(&self) -> Result<Vec<RefusedCount>, EngineError> {
        let counts = self.store.quarantine_counts().await?.into_iter();
        Ok(counts.map(|count| RefusedCount { kind: kind(count.kind), open: count.open }).collect())
    }
}

pub(crate) fn line(row: QuarantineRow) -> RefusedLine {
    RefusedLine {
        id: row.id,
        kind: kind(row.kind),
        of: row.of,
        expiry: row.expiry,
        at: row.at,
        reason: row.reason,
        raw: row.raw,
        first_request: row.first_request,
        last_request: row.last_request,
        times: row.times,
        open: row.is_open,
    }
}

fn kind(kind: QuarantineKind) -> RefusedKind {
    match kind {
        QuarantineKind::Candle => RefusedKind::Candle,
        QuarantineKind::Contract => RefusedKind::Contract,
        QuarantineKind::Expiry => RefusedKind::Expiry,
        QuarantineKind::Instrument => RefusedKind::Instrument,
    }
}
