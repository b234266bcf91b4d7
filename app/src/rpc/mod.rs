//! The server functions: what a page reads and commands. Each is one line over the engine.
//!
//! What goes wrong comes back as a [`Problem`], a sentence for a person. Nothing here decides, retries or
//! formats; files are named after the pages that call them.

mod codec;

pub mod access;
pub mod analysis;
pub mod archive;
pub mod browse;
pub mod chain;
pub mod collect;
pub mod coverage;
pub mod export;
pub mod find;
pub mod home;
pub mod jobs;
pub mod market;
pub mod notices;
pub mod schedules;
pub mod session;
pub mod settings;
pub mod sql;
pub mod status;
pub mod storage;
pub mod strategy;

use leptos::prelude::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

use codec::Json;

/// What every server function gives back.
pub type Answer<T> = Result<T, Problem>;

/// What a server function gives back that may refuse what a person gave. A refusal is an answer and no failure
/// of the server: the browser does not report it, and the page says why.
pub type Judged<T> = Answer<Result<T, Problem>>;

/// A refusal and a failure are one to the page that shows them.
pub async fn settled<T>(answer: impl Future<Output = Judged<T>>) -> Answer<T> {
    answer.await?
}

/// Something that could not be done, as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub kind: ProblemKind,
    /// What happened and, where there is one, what to do.
    pub sentence: String,
}

/// What a page can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProblemKind {
    /// The server did not answer; the same call may work a moment later.
    ServerAway,
    /// The server has a password, and this browser's session has ended.
    Locked,
    /// Somebody has to sign in first.
    SignIn,
    /// What the address names does not exist.
    NotFound,
    /// It cannot be as it was asked for; asking again changes nothing.
    Refused,
    /// It has to wait, and the sentence says until when.
    Waits,
    /// It cannot be done now, or Upstox or the server failed: the sentence says which.
    Failed,
}

impl Problem {
    /// What whoever has not typed the password is told.
    pub fn locked() -> Self {
        let sentence = "This browser's session has ended: unlock ExpiryTrack again. Nothing is lost.";
        Self { kind: ProblemKind::Locked, sentence: sentence.to_owned() }
    }
}

impl FromServerFnError for Problem {
    type Encoder = codec::JsonText;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => Problem {
                kind: ProblemKind::ServerAway,
                sentence: "ExpiryTrack's server does not answer. What it has stored is safe.".to_owned(),
            },
            error => {
                Problem { kind: ProblemKind::Failed, sentence: crate::format::sentence(&error.to_string()) }
            }
        }
    }
}

#[cfg(feature = "ssr")]
pub(crate) use crate::server::{access_desk, engine, judged, program_log, switch_to};
