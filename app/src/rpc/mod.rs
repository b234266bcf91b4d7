//! The server functions: what a page reads and commands. Each is one line over the engine.
//!
//! What goes wrong comes back as a [`Problem`], a sentence for a person. Nothing here decides, retries or
//! formats; files are named after the pages that call them.

mod codec;

pub mod browse;
pub mod collect;
pub mod home;
pub mod jobs;
pub mod notices;
pub mod schedules;
pub mod session;
pub mod status;

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
mod server {
    use engine::{Engine, EngineError, ErrorKind};
    use leptos::prelude::use_context;

    use super::{Answer, Judged, Problem, ProblemKind};

    /// The engine of this server. It is missing only where the executable was wired wrongly.
    pub(crate) fn engine() -> Answer<Engine> {
        use_context().ok_or_else(|| Problem {
            kind: ProblemKind::Failed,
            sentence: "This server runs without its engine.".to_owned(),
        })
    }

    /// What a person can put right is an answer.
    pub(crate) fn judged<T>(done: Result<T, EngineError>) -> Judged<T> {
        match done {
            Ok(value) => Ok(Ok(value)),
            Err(error) => match error.kind() {
                ErrorKind::Refused
                | ErrorKind::NotFound
                | ErrorKind::SignIn
                | ErrorKind::Conflict
                | ErrorKind::Waits => Ok(Err(problem(&error))),
                ErrorKind::Broker | ErrorKind::Failed => Err(error.into()),
            },
        }
    }

    /// What goes out as a failure says by its HTTP status whose doing it is; without one it is the server's.
    impl From<EngineError> for Problem {
        fn from(error: EngineError) -> Self {
            let status = match error.kind() {
                ErrorKind::Refused => Some(400),
                ErrorKind::SignIn => Some(401),
                ErrorKind::NotFound => Some(404),
                ErrorKind::Conflict => Some(409),
                ErrorKind::Broker => Some(502),
                ErrorKind::Waits => Some(503),
                ErrorKind::Failed => None,
            };
            if let Some(status) = status {
                crate::status::call_failed(status);
            }
            problem(&error)
        }
    }

    fn problem(error: &EngineError) -> Problem {
        let kind = match error.kind() {
            ErrorKind::SignIn => ProblemKind::SignIn,
            ErrorKind::NotFound => ProblemKind::NotFound,
            ErrorKind::Refused => ProblemKind::Refused,
            ErrorKind::Waits => ProblemKind::Waits,
            ErrorKind::Conflict | ErrorKind::Broker | ErrorKind::Failed => ProblemKind::Failed,
        };
        Problem { kind, sentence: crate::format::sentence(&error.chain()) }
    }
}

#[cfg(feature = "ssr")]
pub(crate) use server::{engine, judged};
