//! How the program, its database and the broker's interface are: what a person looks at when something seems wrong.

use market::EpochSeconds;
use serde::{Deserialize, Serialize};

use crate::{JobId, LastVerify};

/// How the program and its database are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HealthPicture {
    /// What the program was built from; `None`: outside of git.
    pub commit: Option<String>,
    pub started_at: EpochSeconds,
    /// Memory that the program holds; `None`: the system does not say.
    pub memory_bytes: Option<u64>,
    /// Of the write-ahead log beside the database.
    pub log_bytes: u64,
    /// Free on the disk of the data directory; `None`: the system does not say.
    pub free_bytes: Option<u64>,
    /// How the last check of the whole database ended; `None`: it was never checked here.
    pub last_verify: Option<LastVerify>,
    /// When the newest backup in the data directory was made.
    pub last_backup: Option<EpochSeconds>,
    /// The newest errors in the logs of jobs, newest first.
    pub errors: Vec<JobError>,
}

/// An error in the log of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobError {
    pub at: EpochSeconds,
    pub job: JobId,
    pub message: String,
}

/// The requests to the broker of the last 24 hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiUse {
    /// The beginning of the first piece.
    pub from: EpochSeconds,
    /// The length of a piece.
    pub seconds: u32,
    /// Requests of each piece that were answered with what was asked for, and the others.
    pub answered: Vec<u64>,
    pub faults: Vec<u64>,
    /// How they ended, the most frequent first.
    pub outcomes: Vec<OutcomeCount>,
    /// Where they went, the most asked first.
    pub endpoints: Vec<EndpointUse>,
    /// Whether there were more than were looked at: then the oldest are left out.
    pub is_part: bool,
}

/// `200`, `429 UDAPI10005`, `no answer timeout`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OutcomeCount {
    pub outcome: String,
    pub requests: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EndpointUse {
    pub endpoint: String,
    pub requests: u64,
    pub faults: u64,
    /// Half of its requests took at most so long, from sending to the end of the answer.
    pub p50_ms: u64,
    /// And 95 of 100 so long.
    pub p95_ms: u64,
}
