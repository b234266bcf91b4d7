//! A document as it is written in a format; one that a browser saves goes with its name.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use export::{ExportError, Format};

use super::problem::Problem;
use super::rest::Answer;

/// `name` may stand in a header.
pub fn file(
    format: Format,
    name: &str,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), ExportError>,
) -> Answer<Response> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(VARY, HeaderValue::from_static("accept"));
    if format.is_saved() {
        let disposition =
            HeaderValue::try_from(format!("attachment; filename=\"{name}\"")).map_err(unwritable)?;
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    let mut bytes = Vec::new();
    write(&mut bytes).map_err(|error| match error {
        // Whoever asked can take another format.
        ExportError::SheetFull | ExportError::NoFile(_) => {
            Problem::new(StatusCode::BAD_REQUEST, error.to_string())
        }
        error => unwritable(error),
    })?;
    Ok((headers, bytes).into_response())
}

fn unwritable(error: impl std::error::Error) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}
