//! The figures that a monitor reads every few seconds. Cheap: totals that are kept, counts of this process, lengths of
//! files.

use market::EpochSeconds;
use protocol::{JobStatus, LimitsPicture, LoopPicture, Market, SessionState};
use store::free_bytes;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::request_counts::RequestCounts;

/// Of one engine.
#[derive(Clone, Debug)]
pub struct EngineFigures {
    pub market: Market,
    pub requests: RequestCounts,
    pub limits: LimitsPicture,
    /// Requests whose answer has not come.
    pub in_flight: u32,
    /// Requests that wait for a slot.
    pub waiting: u64,
    /// `None`: the database does not answer.
    pub stored: Option<StoredCounts>,
    pub database_bytes: u64,
    pub log_bytes: u64,
    pub free_bytes: Option<u64>,
    pub loops: Vec<LoopPicture>,
    pub pages: u64,
    /// When the sign-in ends; `None`: nobody is signed in.
    pub signed_in_until: Option<EpochSeconds>,
}

/// What only the database knows.
#[derive(Clone, Debug)]
pub struct StoredCounts {
    pub jobs: Vec<(JobStatus, u64)>,
    pub contract_candles: u64,
    pub underlying_candles: u64,
    pub last_backup: Option<EpochSeconds>,
    pub backup_failures: u32,
}

impl Engine {
    /// The figures of now. A database that does not answer leaves out what only it knows.
    pub async fn figures(&self) -> EngineFigures {
        let limiter = self.limiter().picture();
        let signed_in_until = match self.session().picture().state {
            SessionState::SignedIn { until, .. } => Some(until),
            SessionState::Ended | SessionState::SignedOut => None,
        };
        let (database_bytes, log_bytes) = self.store().file_bytes();
        EngineFigures {
            market: self.source().market(),
            requests: self.broker().counter.counts(),
            limits: self.limits(),
            in_flight: limiter.in_flight,
            waiting: limiter.waiting as u64,
            stored: self.stored_counts().await.ok(),
            database_bytes,
            log_bytes,
            free_bytes: free_bytes(self.data_dir()),
            loops: self.requests().loops(),
            pages: self.pages() as u64,
            signed_in_until,
        }
    }

    async fn stored_counts(&self) -> Result<StoredCounts, EngineError> {
        let (contract_candles, underlying_candles) = self.store().candle_totals().await?;
        let (last_backup, backup_failures) = self.backups().how_it_goes().await?;
        let jobs = self.store().job_counts().await?;
        Ok(StoredCounts { jobs, contract_candles, underlying_candles, last_backup, backup_failures })
    }
}
