//! `/healthz` and `/readyz`, for whoever starts and watches the program: that it lives, and that it can be used. Strangers
//! may ask, so the log alone has the particulars.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tracing::warn;

use super::Site;

/// A database that takes longer to be opened and read is not there for anybody.
const PATIENCE: Duration = Duration::from_secs(3);

/// The program runs.
pub async fn live() -> &'static str {
    "ok\n"
}

/// The database of every open market answers; else 503, with why.
pub async fn ready(State(site): State<Site>) -> Response {
    for engine in site.markets.opened() {
        let problem = match tokio::time::timeout(PATIENCE, engine.is_answered()).await {
            Ok(Ok(())) => continue,
            Ok(Err(error)) => {
                warn!(error = error.chain(), "the database cannot be read");
                error.to_string()
            }
            Err(_) => format!("it does not answer within {} s", PATIENCE.as_secs()),
        };
        let market = engine.source().market().as_str();
        let sentence = format!("the database of the market {market} cannot be read: {problem}\n");
        return (StatusCode::SERVICE_UNAVAILABLE, sentence).into_response();
    }
    "ready\n".into_response()
}
