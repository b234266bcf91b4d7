//! One request for candles, and what its failure says. Exists in the browser only.

use gloo_net::http::Request;
use protocol::CandleColumns;

use crate::browser::rest::{away, refusal};
use crate::candles_wanted::CandlesWanted;
use crate::rpc::{Problem, ProblemKind};

pub async fn fetch(wanted: &CandlesWanted) -> Result<CandleColumns, Problem> {
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
