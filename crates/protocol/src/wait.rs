//! What something waits for, and until when. Never stored: it is what limiter, breaker and session say now.
//!
//! The sentence comes ready, so that page, REST and command line say the same.

use market::EpochSeconds;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WaitFor {
    /// The broker asked for a pause (429).
    Pause,
    /// A window of the rate limit is full.
    RateLimit,
    /// The broker fails; after a while one request tries.
    Broker,
    /// The answer to a request that was sent.
    Answer,
    /// Somebody has to sign in.
    SignIn,
    /// Other jobs are before it.
    Turn,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Wait {
    pub what: WaitFor,
    /// `None` where nobody can say.
    pub until: Option<EpochSeconds>,
    /// For people, without a full stop.
    pub sentence: String,
}

/// What is known now of something that has to be asked for, and what the rest waits for. The asking goes on by
/// itself; whoever looks again later finds more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known<T> {
    /// `None`: nothing is known yet.
    pub value: Option<T>,
    pub waits: Option<Wait>,
}

impl<T> Known<T> {
    pub fn whole(value: T) -> Self {
        Self { value: Some(value), waits: None }
    }
}
