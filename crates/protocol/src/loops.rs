//! The loops that work by themselves while a server runs: jobs, schedules, the delivery of notices, backups, exports,
//! publishing into the lake, the end of the sign-in.

use market::EpochSeconds;
use serde::{Deserialize, Serialize};

/// One of them, as the status page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoopPicture {
    /// What it sees to, for people.
    pub name: String,
    pub running: bool,
    /// When it began, or ended.
    pub since: EpochSeconds,
    /// Times that it ended without being asked to and was started again, of late.
    pub restarts: u32,
    /// Why it ended the last time that nobody asked it to.
    pub why: Option<String>,
}
