//! The two frames of `/ws`. The cursor is the id of the last event that the client has seen, so a reload,
//! a second tab, a lag and a restarted server are one case.

use market::EpochSeconds;
use serde::{Deserialize, Serialize};

use crate::{JobEvent, JobId, JobPicture, NoticeCount, Preferences, SessionPicture, Wait};

/// What a page wants to follow; sent on connecting and whenever it changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientFrame {
    /// `None`: only the frame around the page.
    pub job: Option<JobId>,
    /// The last event that the page has; 0 for none.
    #[serde(default)]
    pub after: i64,
}

/// The whole picture, at most ten times a second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerFrame {
    pub at: EpochSeconds,
    pub session: SessionPicture,
    #[serde(default)]
    pub settings: Preferences,
    pub limits: LimitsPicture,
    /// What a request that is made now waits for, where that takes more than a moment.
    #[serde(default)]
    pub waits: Option<Wait>,
    /// Jobs that are not ended.
    pub unfinished_jobs: u32,
    #[serde(default)]
    pub notices: NoticeCount,
    pub job: Option<JobPicture>,
    /// Events of that job after the cursor, oldest first, in pieces where there are many.
    pub events: Vec<JobEvent>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LimitsPicture {
    /// Empty when there is no limit.
    pub windows: Vec<WindowPicture>,
    /// The broker has told everybody to wait this long.
    pub parked_ms: Option<u64>,
    /// The next request may be sent after this.
    pub next_slot_ms: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowPicture {
    pub used: u32,
    pub max: u32,
    pub seconds: u32,
}
