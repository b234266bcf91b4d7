//! One request for candles, and what its failure says. Exists in the browser only.

use gloo_net::http::{Request, Response};
use protocol::CandleColumns;
use serde::Deserialize;

use super::candles::Wanted;
use crate::format;
use crate::rpc::{Problem, ProblemKind};

/// The part of a problem document (RFC 9457) that a person reads.
#[derive(Deserialize)]
struct ProblemDocument {
    title: Option<String>,
    detail: Option<String>,
}

pub async fn fetch(wanted: &Wanted) -> Result<CandleColumns, Problem> {
    let response = Request::get(&wanted.columns()).send().await.map_err(|_| away())?;
    if !response.ok() {
        return Err(refusal(response).await);
    }
    response.json().await.map_err(|_| Problem {
        kind: ProblemKind::Failed,
        sentence: "The answer could not be read: the page and its server are of different versions, reload the page."
            .to_owned(),
    })
}

async fn refusal(response: Response) -> Problem {
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

fn away() -> Problem {
    Problem {
        kind: ProblemKind::ServerAway,
        sentence: "ExpiryTrack's server does not answer. What it has stored is safe.".to_owned(),
    }
}
