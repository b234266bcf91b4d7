//! The way of server functions to the log of the program that serves them. Provided as context for each call and each
//! document.

use std::pin::Pin;
use std::sync::Arc;

use leptos::prelude::use_context;
use protocol::{LogLines, LogQuery};

use crate::rpc::{Answer, Problem, ProblemKind};

/// Reads the newest lines.
#[derive(Clone)]
pub struct ProgramLog(Arc<dyn Fn(LogQuery) -> Reading + Send + Sync>);

type Reading = Pin<Box<dyn Future<Output = LogLines> + Send>>;

impl ProgramLog {
    pub fn new(read: impl Fn(LogQuery) -> Reading + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }
}

/// It is missing only where the executable was wired wrongly.
pub(crate) async fn program_log(query: LogQuery) -> Answer<LogLines> {
    let Some(ProgramLog(read)) = use_context() else {
        return Err(Problem {
            kind: ProblemKind::Failed,
            sentence: "This server does not know its log.".to_owned(),
        });
    };
    Ok(read(query).await)
}
