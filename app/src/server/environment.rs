//! What the program is and how its environment sets it. The executable knows both; provided as context for each call and
//! each document.

use leptos::prelude::use_context;
use protocol::{About, EnvironmentVariable};

use super::engine;
use crate::rpc::{Answer, Problem, ProblemKind};

/// The variables that are set.
#[derive(Clone, Copy, Debug)]
pub struct Environment(pub &'static [EnvironmentVariable]);

/// The context is missing only where the executable was wired wrongly.
pub(crate) fn about() -> Answer<About> {
    let Some(Environment(environment)) = use_context() else {
        return Err(Problem {
            kind: ProblemKind::Failed,
            sentence: "This server does not know its environment.".to_owned(),
        });
    };
    Ok(About { environment: environment.to_vec(), ..engine()?.about() })
}
