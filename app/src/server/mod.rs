//! What only the server runs: the bodies' way to the engine, the document with what it brings along, and what is
//! drawn for pages. It decides nothing about the product.

mod access_desk;
mod document;
pub(crate) mod drawing;
mod environment;
mod program_log;
mod reading;
mod rest_page;
mod strategy_desk;
mod unlock;

use std::pin::Pin;
use std::sync::Arc;

use engine::{Engine, EngineError, ErrorKind};
use leptos::prelude::use_context;
use protocol::Market;

use crate::rpc::{Answer, Judged, Problem, ProblemKind};

pub use access_desk::AccessDesk;
pub(crate) use access_desk::access_desk;
pub use document::Document;
pub use environment::Environment;
pub(crate) use environment::about;
pub use program_log::ProgramLog;
pub(crate) use program_log::program_log;
pub use reading::{FIRST_PART, PAGES, PageAddress, Place, Read};
pub use rest_page::RestPage;
pub(crate) use strategy_desk::{strategy_page, strategy_run};
pub use unlock::UnlockPage;

/// The server's hand on the HTTP status of a server function's answer. Provided as context for each call.
#[derive(Clone)]
pub struct CallStatus(Arc<dyn Fn(u16) + Send + Sync>);

impl CallStatus {
    /// Wraps the function that sets the status.
    pub fn new(set: impl Fn(u16) + Send + Sync + 'static) -> Self {
        CallStatus(Arc::new(set))
    }
}

/// The server's way into its other market. Provided as context for each call.
#[derive(Clone)]
pub struct MarketSwitch(Arc<dyn Fn(Market) -> Switching + Send + Sync>);

/// Refused with a sentence.
type Switching = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

impl MarketSwitch {
    /// Wraps what opens a market and lets the browser's next requests mean it.
    pub fn new(switch: impl Fn(Market) -> Switching + Send + Sync + 'static) -> Self {
        MarketSwitch(Arc::new(switch))
    }
}

pub(crate) async fn switch_to(market: Market) -> Judged<()> {
    let Some(MarketSwitch(switch)) = use_context() else {
        return Err(Problem {
            kind: ProblemKind::Failed,
            sentence: "This server has one market.".to_owned(),
        });
    };
    let refused = |sentence: String| Problem {
        kind: ProblemKind::Failed,
        sentence: crate::format::sentence(&sentence),
    };
    Ok(switch(market).await.map_err(refused))
}

/// Says why a call failed.
fn call_failed(status: u16) {
    if let Some(CallStatus(set)) = use_context() {
        set(status);
    }
}

/// The engine of this server. It is missing only where the executable was wired wrongly. Whatever is drawn for a page
/// is drawn of an engine, so its style of numbers is taken up here.
pub(crate) fn engine() -> Answer<Engine> {
    let engine: Engine = use_context().ok_or_else(|| Problem {
        kind: ProblemKind::Failed,
        sentence: "This server runs without its engine.".to_owned(),
    })?;
    crate::format::write_numbers_as(engine.preferences().now().reading.numbers);
    Ok(engine)
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
            call_failed(status);
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
