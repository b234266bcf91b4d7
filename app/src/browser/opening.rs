//! What the frame around the page shows at first: it travels in the document itself, so that nothing waits for a
//! request. It holds no job and no secret, and is old as soon as the first live frame comes.

use market::EpochSeconds;
use protocol::{LimitsPicture, Market, NoticeCount, Preferences, ServerFrame, SessionPicture, SessionState};

use super::document;
use crate::site::OPENING;

/// The first frame of this document.
pub fn opening() -> ServerFrame {
    let brought = document::attribute(OPENING).and_then(|text| serde_json::from_str(&text).ok());
    brought.unwrap_or_else(nothing_known)
}

fn nothing_known() -> ServerFrame {
    ServerFrame {
        at: EpochSeconds(0),
        session: SessionPicture {
            state: SessionState::SignedOut,
            ended_by: None,
            simulated: document::market() == Market::Simulated,
            simulated_day: None,
            broker: String::new(),
            plus_needed: false,
            replica_of: None,
        },
        settings: Preferences::default(),
        limits: LimitsPicture::default(),
        waits: None,
        unfinished_jobs: 0,
        notices: NoticeCount::default(),
        job: None,
        events: Vec::new(),
    }
}
