//! The requests to the broker: each as a line of a log, and how many there were over time.

use market::{Day, EpochSeconds};
use serde::{Deserialize, Serialize};

use crate::{AddressReader, ApiUse, HealthPicture, JobId, LoopPicture, RefusedCount};

/// Lines of one page of the log, unless another number is asked for.
pub const AUDIT_LINES: u32 = 50;
/// Lines of one page at most.
pub const AUDIT_LINES_MAX: u32 = 500;

/// Which requests are wanted; what is left out lets all pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AuditQuery {
    /// A part of the key or of the broker's code, or the whole name of a contract or an underlying.
    pub search: Option<String>,
    pub endpoint: Option<String>,
    pub outcome: Option<AuditOutcome>,
    pub job: Option<JobId>,
    /// The first day of requests, and the last, in IST.
    pub from: Option<Day>,
    pub to: Option<Day>,
    /// Only requests before this one.
    pub before: Option<i64>,
    pub limit: Option<u32>,
}

impl AuditQuery {
    /// The newest ones, of an address. What cannot be read lets all pass.
    pub fn read(address: &mut AddressReader<'_>) -> Self {
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        let outcome = |text: &str| match text {
            "ok" => Some(AuditOutcome::Ok),
            "fault" => Some(AuditOutcome::Fault),
            _ => None,
        };
        Self {
            search: some(address.text("search")),
            endpoint: some(address.text("endpoint")),
            outcome: address.part_as("outcome", "ok or fault", outcome),
            job: address.part_as("job", "the number of a job", |text| text.parse().ok().map(JobId)),
            from: address.part("from"),
            to: address.part("to"),
            before: None,
            limit: None,
        }
    }

    /// The same by the texts of an address.
    pub fn of_texts(text: impl Fn(&str) -> String) -> Self {
        Self::read(&mut AddressReader::new(text))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum AuditOutcome {
    Ok,
    Fault,
}

/// A page of the log, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditPage {
    pub lines: Vec<AuditLine>,
    /// The `before` of the next page. There may be one after an empty page: a search looks at a bounded number of
    /// requests at a time.
    pub next: Option<i64>,
}

/// One request to the broker, retries counted one by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditLine {
    pub id: i64,
    pub at: EpochSeconds,
    pub job: Option<JobId>,
    pub endpoint: String,
    pub key: String,
    pub interval: Option<String>,
    pub from: Option<Day>,
    pub to: Option<Day>,
    /// `None`: no answer came.
    pub status: Option<u16>,
    /// The broker's error code, or the kind of fault.
    pub code: Option<String>,
    pub rows: u64,
    /// Of the decoded body.
    pub bytes: u64,
    /// Of the decoded body, in hexadecimal digits.
    pub sha256: Option<String>,
    pub duration_ms: u64,
    pub attempt: u32,
}

/// The pace of a job over its life, and the rate windows over the last hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobPace {
    pub throughput: Throughput,
    pub windows: WindowsOverTime,
}

/// What a job asked for and got, in pieces of equal length.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Throughput {
    /// The beginning of the first piece.
    pub from: EpochSeconds,
    /// The length of a piece.
    pub seconds: u32,
    pub requests: Vec<u64>,
    pub candles: Vec<u64>,
}

/// How full each rate window was, in pieces of equal length.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WindowsOverTime {
    pub from: EpochSeconds,
    pub seconds: u32,
    pub windows: Vec<WindowOverTime>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WindowOverTime {
    /// Requests allowed in any `seconds`.
    pub max: u32,
    pub seconds: u32,
    /// The most that was used at once within each piece.
    pub used: Vec<u32>,
}

/// What runs here and what it keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatusPicture {
    /// Of this program.
    pub version: String,
    pub sqlite: String,
    /// The last change of the database's layout that it has.
    pub schema: i64,
    /// Where the database is.
    pub database: String,
    pub database_bytes: u64,
    pub health: HealthPicture,
    /// How the broker was used in the last 24 hours.
    pub api_use: ApiUse,
    /// Requests ever sent to the broker.
    pub requests: u64,
    /// Endpoints that were asked lately, for filtering the log.
    pub endpoints: Vec<String>,
    pub windows: WindowsOverTime,
    /// What was sent and could not be taken, as far as it is open.
    #[serde(default)]
    pub refused: Vec<RefusedCount>,
    /// What works by itself here; nothing where only a command runs.
    pub loops: Vec<LoopPicture>,
}
