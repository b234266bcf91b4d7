//! What the frame around the page shows at first: it travels in the document itself.
//!
//! So the first picture on the server and in the browser is the same, and nothing waits for a request. It is
//! made once for a document, holds no job and no secret, and is old as soon as the first live frame comes.

use leptos::prelude::*;
use market::EpochSeconds;
use protocol::{LimitsPicture, NoticeCount, ServerFrame, SessionPicture, SessionState};

use crate::site::Market;

/// The attribute of `<html>` that carries it, as JSON.
#[cfg(feature = "hydrate")]
const ATTRIBUTE: &str = "data-opening";

/// The first frame of this document, from context.
#[derive(Clone, Debug)]
pub struct Opening(pub ServerFrame);

impl Opening {
    /// Of the document that is being rendered. Without an engine (while the routes are counted) nobody is
    /// signed in.
    #[cfg(feature = "ssr")]
    pub fn of_page() -> Self {
        if let Some(opening) = use_context() {
            return opening;
        }
        let frame = match crate::rpc::engine() {
            Ok(engine) => ServerFrame {
                at: engine.now(),
                session: engine.session().picture(),
                limits: engine.limits(),
                waits: engine.waits(),
                // Counting asks the database; the first live frame brings it.
                unfinished_jobs: 0,
                notices: NoticeCount::default(),
                job: None,
                events: Vec::new(),
            },
            Err(_) => nothing_known(),
        };
        Self(frame)
    }

    /// Of the document that is being hydrated, as the server wrote it.
    #[cfg(not(feature = "ssr"))]
    pub fn of_page() -> Self {
        Self(from_document().unwrap_or_else(nothing_known))
    }

    /// For the document's attribute.
    pub fn to_json(&self) -> String {
        // A frame of plain fields always serialises; an empty attribute reads as nothing known.
        serde_json::to_string(&self.0).unwrap_or_default()
    }
}

#[cfg(feature = "hydrate")]
fn from_document() -> Option<ServerFrame> {
    let text = document().document_element()?.get_attribute(ATTRIBUTE)?;
    serde_json::from_str(&text).ok()
}

#[cfg(not(any(feature = "hydrate", feature = "ssr")))]
fn from_document() -> Option<ServerFrame> {
    None
}

fn nothing_known() -> ServerFrame {
    ServerFrame {
        at: EpochSeconds(0),
        session: SessionPicture {
            state: SessionState::SignedOut,
            simulated: Market::of_page() == Market::Simulated,
            broker: String::new(),
        },
        limits: LimitsPicture::default(),
        waits: None,
        unfinished_jobs: 0,
        notices: NoticeCount::default(),
        job: None,
        events: Vec::new(),
    }
}
