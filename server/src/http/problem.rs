//! Errors of REST as RFC 9457 problem documents.

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use engine::{EngineError, ErrorKind};
use protocol::Wait;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    /// What it waits for, where it will be possible later.
    #[serde(skip_serializing_if = "Option::is_none")]
    waits: Option<Wait>,
    /// Seconds, for the header.
    #[serde(skip)]
    retry_after: Option<u32>,
}

impl Problem {
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        let (status, detail) = (status.as_u16(), detail.into());
        Self { kind: "about:blank", title, status, detail, waits: None, retry_after: None }
    }

    /// It is possible after so many seconds.
    pub fn after(self, seconds: Option<u32>) -> Self {
        Self { retry_after: seconds, ..self }
    }

    /// The same of another sentence.
    pub fn saying(self, detail: String) -> Self {
        Self { detail, ..self }
    }

    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        let status = match error.kind() {
            ErrorKind::Refused => StatusCode::BAD_REQUEST,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::Conflict => StatusCode::CONFLICT,
            ErrorKind::SignIn => StatusCode::UNAUTHORIZED,
            ErrorKind::Broker => StatusCode::BAD_GATEWAY,
            ErrorKind::Waits => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(error = error.chain(), "a request failed");
        }
        Self { waits: error.wait().cloned(), ..Self::new(status, error.chain()) }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after;
        let mut answer = (status, Json(self)).into_response();
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use protocol::WaitFor;

    use super::*;

    #[test]
    fn what_it_waits_for_is_told_also_where_somebody_else_asked() {
        let sentence = "the rate limit holds the next request for 25 m 4 s".to_owned();
        let wait = Wait { what: WaitFor::RateLimit, until: None, sentence };
        let shared = EngineError::Shared(Arc::new(EngineError::Waits(wait.clone())));
        for error in [EngineError::Waits(wait.clone()), shared] {
            let problem = Problem::from(error);
            assert_eq!((problem.status, problem.waits), (503, Some(wait.clone())));
        }
    }
}
