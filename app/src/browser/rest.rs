//! What REST refuses a page, and that it does not answer, as a page tells it.

use gloo_net::http::Response;
use serde::Deserialize;

use crate::format;
use crate::rpc::{Problem, ProblemKind};

/// The part of a problem document (RFC 9457) that a person reads.
#[derive(Deserialize)]
struct ProblemDocument {
    title: Option<String>,
    detail: Option<String>,
}

pub async fn refusal(response: Response) -> Problem {
    let status = response.status();
    let kind = match status {
        401 => ProblemKind::SignIn,
        404 => ProblemKind::NotFound,
        _ => ProblemKind::Failed,
    };
    let document = response.json::<ProblemDocument>().await.ok();
    let words = document.and_then(|document| document.detail.or(document.title));
    let sentence = words.unwrap_or_else(|| format!("the server answered with status {status}"));
    Problem { kind, sentence: format::sentence(&sentence) }
}

pub fn away() -> Problem {
    Problem {
        kind: ProblemKind::ServerAway,
        sentence: "ExpiryTrack's server does not answer. What it has stored is safe.".to_owned(),
    }
}
