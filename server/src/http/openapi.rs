//! `GET /api/v1/openapi.json`: what REST takes and answers, as OpenAPI 3.1. It is put together from the handlers and
//! their types; what is the same for all of them is written here.

use std::sync::LazyLock;

use axum::http::StatusCode;
use export::Format;
use protocol::ReplayCommand;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Components, Content, InfoBuilder, KnownFormat, ObjectBuilder, OpenApi, Ref, RefOr, Required, Response,
    SchemaFormat, Type,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Site;
use super::accept::ROWS;
use super::extract::Json;
use super::once::WITH_SECRETS;
use super::problem::Problem;
use super::rest;

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(openapi))
}

/// This document.
#[utoipa::path(get, path = "/openapi.json", responses((status = OK, body = Object)))]
async fn openapi() -> Json<&'static Value> {
    Json(&DOCUMENT)
}

/// The same, for whoever draws it.
pub fn document() -> &'static Value {
    &DOCUMENT
}

/// What the document calls the token of a program.
const TOKEN: &str = "token";

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut document = serde_json::to_value(made()).unwrap_or_default();
    tell_bounds(&mut document);
    document
});

/// The library calls every whole number of 32 bits `int32`; one that is never below zero goes twice as far.
fn tell_bounds(of: &mut Value) {
    match of {
        Value::Object(fields) => {
            let is_unsigned = fields.get("format").is_some_and(|format| format == "int32")
                && fields.get("minimum").is_some_and(|minimum| minimum == 0);
            if is_unsigned {
                fields.remove("format");
                fields.entry("maximum").or_insert(u32::MAX.into());
            }
            fields.values_mut().for_each(tell_bounds);
        }
        Value::Array(parts) => parts.iter_mut().for_each(tell_bounds),
        _ => {}
    }
}

fn made() -> OpenApi {
    let mut document = OpenApiRouter::<Site>::new().nest(rest::ADDRESS, rest::routes()).into_openapi();
    document.info = InfoBuilder::new()
        .title("ExpiryTrack")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Collects, keeps and shows the history of expired Indian futures and options."))
        .build();
    let components = document.components.get_or_insert_default();
    add::<Problem>(components);
    // What is sent over a WebSocket has no place in an operation.
    add::<ReplayCommand>(components);
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A token, as Settings › Access makes it. Needed where a password is set."));
    components.add_security_scheme(TOKEN, SecurityScheme::Http(bearer.build()));
    let token = SecurityRequirement::new(TOKEN, [""; 0]);
    document.security = Some(vec![token, SecurityRequirement::default()]);
    for (path, item) in &mut document.paths.paths {
        let resource = path.trim_start_matches("/api/v1/").split(['/', '.']).next().unwrap_or_default();
        let is_keyed = !WITH_SECRETS.iter().any(|resource| path.starts_with(resource));
        item.post.iter_mut().for_each(|operation| complete(operation, resource, is_keyed));
        let operations = [&mut item.get, &mut item.put, &mut item.patch, &mut item.delete];
        operations.into_iter().flatten().for_each(|operation| complete(operation, resource, false));
    }
    document
}

/// A type, with those that it is made of.
fn add<T: ToSchema>(components: &mut Components) {
    components.schemas.insert(T::name().into_owned(), T::schema());
    let mut referenced = Vec::new();
    T::schemas(&mut referenced);
    components.schemas.extend(referenced);
}

/// What each operation has: the resource that it belongs to, a name of its own, words for each status, and how it is
/// refused.
fn complete(operation: &mut Operation, resource: &str, is_keyed: bool) {
    operation.tags = Some(vec![resource.to_owned()]);
    if resource == "access" {
        // A session of a browser opens it, and no token.
        operation.security = Some(Vec::new());
    }
    if let Some(handler) = operation.operation_id.take() {
        let is_whole = handler == resource;
        operation.operation_id = Some(if is_whole { handler } else { format!("{resource}_{handler}") });
    }
    for (status, response) in &mut operation.responses.responses {
        let reason =
            StatusCode::from_bytes(status.as_bytes()).ok().and_then(|status| status.canonical_reason());
        if let (RefOr::T(Response { description, .. }), Some(reason)) = (response, reason)
            && description.is_empty()
        {
            *description = reason.to_owned();
        }
    }
    if is_keyed {
        let key = ParameterBuilder::new().name("Idempotency-Key").parameter_in(ParameterIn::Header);
        let key = key.required(Required::False).description(Some(
            "Sent again with the same key and body within a day, the request is not carried out again: it gets the \
             answer of the first time.",
        ));
        let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9A-Za-z_.:-]{1,128}$"));
        let key = key.schema(Some(text));
        operation.parameters.get_or_insert_default().push(key.build().into());
    }
    let files = files_of(operation);
    let is_in_formats = !files.is_empty();
    for (response, (media_type, content)) in files {
        if let Some(RefOr::T(of)) = operation.responses.responses.get_mut(&response) {
            of.content.insert(media_type, content);
        }
    }
    let keyed = [
        (
            StatusCode::CONFLICT,
            "It cannot be done as things stand, or the first request with this key is under way",
        ),
        (StatusCode::UNPROCESSABLE_ENTITY, "Another request came with this key before"),
    ];
    let keyed = keyed.into_iter().filter(|_| is_keyed);
    for (status, sentence) in refusals(operation, is_in_formats).into_iter().chain(keyed) {
        operation.responses.responses.insert(status.as_str().to_owned(), refused(sentence));
    }
    operation
        .responses
        .responses
        .insert("default".to_owned(), refused("Why it cannot be done, as RFC 9457 says it"));
}

/// What can be had as one file can be had as all of them: the others of each answer in CSV.
fn files_of(operation: &Operation) -> Vec<(String, (String, RefOr<Content>))> {
    let mut files = Vec::new();
    for (status, response) in &operation.responses.responses {
        let RefOr::T(Response { content, .. }) = response else { continue };
        if !content.contains_key("text/csv") {
            continue;
        }
        for format in ROWS.iter().filter(|format| !format.is_json() && **format != Format::Csv) {
            let file = ObjectBuilder::new().schema_type(Type::String);
            let file = file.format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary))).build();
            let content = RefOr::T(Content::new(Some(file)));
            files.push((status.clone(), (format.media_type().to_owned(), content)));
        }
    }
    files
}

/// By which statuses an operation is refused, and what they mean.
fn refusals(operation: &Operation, is_in_formats: bool) -> Vec<(StatusCode, &'static str)> {
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    let has_body = operation.request_body.is_some();
    let mut refusals = vec![
        (StatusCode::BAD_REQUEST, "What was sent cannot be read, or cannot be done"),
        (
            StatusCode::UNAUTHORIZED,
            "A password is set, and who asks did not say who that is; or nobody is signed in at Upstox",
        ),
        (StatusCode::FORBIDDEN, "The token does not reach so far, or a page of elsewhere asks"),
        (StatusCode::TOO_MANY_REQUESTS, "Too much in a second: the header Retry-After says when again"),
        (StatusCode::SERVICE_UNAVAILABLE, "It waits, and `waits` says for what and until when"),
    ];
    if parameters.iter().any(|of| matches!(of, RefOr::T(of) if of.parameter_in == ParameterIn::Path)) {
        refusals.push((StatusCode::NOT_FOUND, "There is none of this name"));
    }
    if is_in_formats {
        refusals.push((StatusCode::NOT_ACCEPTABLE, "The header Accept takes none of the formats"));
    }
    if has_body {
        refusals.push((StatusCode::PAYLOAD_TOO_LARGE, "The body is too large"));
        refusals.push((StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is of another type"));
    }
    refusals
}

fn refused(sentence: &str) -> RefOr<Response> {
    let problem = Content::new(Some(Ref::from_schema_name(Problem::name())));
    let mut refused = Response::new(sentence);
    refused.content.insert("application/problem+json".to_owned(), RefOr::T(problem));
    RefOr::T(refused)
}
