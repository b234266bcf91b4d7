//! What a request brought: its value or its error, and the record that the audit keeps of it.

use std::time::Duration;

use ratelimit::Receipt;

use crate::ApiError;

/// One request, as it went over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub endpoint: &'static str,
    /// What was asked about: an instrument key, an expired key, or nothing.
    pub key: String,
    /// `None`: no answer came.
    pub status: Option<u16>,
    /// Of the decoded body.
    pub bytes: u64,
    /// Of the decoded body; `None`: no answer came.
    pub sha256: Option<[u8; 32]>,
    pub duration: Duration,
}

/// [DOC] What is a part of the Plus plan alone.
const ENDPOINTS_OF_PLUS: [&str; 4] = ["expiries", "option/contract", "future/contract", "historical-candle"];

impl Record {
    /// Whether it is an endpoint that answers to accounts with the Plus plan alone.
    pub fn needs_plus(&self) -> bool {
        ENDPOINTS_OF_PLUS.contains(&self.endpoint)
    }
}

#[derive(Debug)]
pub struct Answer<T> {
    pub record: Record,
    /// For the limiter: whether it went through is the engine's to say. `None`: no answer came.
    pub receipt: Option<Receipt>,
    pub outcome: Result<T, ApiError>,
}
