//! A document as it is written in a format; one that a browser saves goes with its name.

use std::fmt::Display;

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, LINK};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use engine::Engine;
use export::{ExportError, Format};
use serde::Serialize;

use super::paging::Paging;
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
    if format.is_saved() {
        let disposition =
            HeaderValue::try_from(format!("attachment; filename=\"{name}\"")).map_err(unwritable)?;
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    let mut bytes = Vec::new();
    write(&mut bytes).map_err(|error| match error.is_of_the_format() {
        // Whoever asked can take another one.
        true => Problem::new(StatusCode::BAD_REQUEST, error.to_string()),
        false => unwritable(error),
    })?;
    Ok((headers, bytes).into_response())
}

/// A file that says where the next piece is.
pub fn paged<const DEFAULT: u32, const MAX: u32>(
    paging: &Paging<DEFAULT, MAX>,
    next: Option<impl Display>,
    format: Format,
    name: &str,
    write: impl FnOnce(&mut Vec<u8>, &Paging<DEFAULT, MAX>) -> Result<(), ExportError>,
) -> Answer<Response> {
    let link = paging.link_header(next).map(|link| [(LINK, link)]);
    Ok((link, file(format, name, |bytes| write(bytes, paging))?).into_response())
}

/// The name of a file that says where its data are from.
pub fn named(engine: &Engine, name: impl Display) -> String {
    let mark = if engine.source().is_simulated() { "simulated " } else { "" };
    format!("{mark}{name}")
}

/// Rows as a document, or as a file.
pub fn whole<T: Serialize>(
    document: &T,
    format: Format,
    name: &str,
    table: impl FnOnce(&mut Vec<u8>) -> Result<(), ExportError>,
) -> Answer<Response> {
    file(format, &format.safe_name(name), |bytes| {
        if format.is_json() { Ok(serde_json::to_writer(bytes, document)?) } else { table(bytes) }
    })
}

/// Rows as a piece of a document, or as a file that says where the next piece is.
pub fn rows<T: Serialize, const DEFAULT: u32, const MAX: u32>(
    paging: &Paging<DEFAULT, MAX>,
    (document, next): (T, Option<impl Display>),
    format: Format,
    name: &str,
    table: impl FnOnce(&T, &mut Vec<u8>) -> Result<(), ExportError>,
) -> Answer<Response> {
    let next = next.map(|position| position.to_string());
    paged(paging, next.clone(), format, &format.safe_name(name), |bytes, paging| {
        if format.is_json() {
            return Ok(serde_json::to_writer(bytes, &paging.piece(document, next))?);
        }
        table(&document, bytes)
    })
}

fn unwritable(error: impl std::error::Error) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}
