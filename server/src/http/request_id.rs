//! A number for each request, in the answer's `x-request-id` and with every line that is logged on its behalf. Of the
//! address only the path is told: a query may hold what is secret.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use engine::{Clock, SystemClock};
use tracing::{Instrument, debug, error_span};

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Counted from the start of the program; the time of a line tells the starts apart.
static REQUESTS: AtomicU64 = AtomicU64::new(1);

pub async fn number(request: Request, next: Next) -> Response {
    let id = REQUESTS.fetch_add(1, Ordering::Relaxed);
    let span = error_span!("http", request = id, method = %request.method(), path = request.uri().path());
    let answered = async {
        let clock = SystemClock::new();
        let answer = next.run(request).await;
        debug!(status = answer.status().as_u16(), ms = clock.monotonic().as_millis() as u64, "answered");
        answer
    };
    let mut answer = answered.instrument(span).await;
    answer.headers_mut().insert(HEADER, HeaderValue::from(id));
    answer
}
