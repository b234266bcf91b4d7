//! `GET /api/v1/openapi.json`: what REST takes and answers, as OpenAPI 3.1. It is put together from the handlers and
//! their types; what is the same for all of them is written here.

use std::sync::LazyLock;

use axum::http::StatusCode;
use protocol::ReplayCommand;
use utoipa::ToSchema;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, Content, InfoBuilder, OpenApi, Ref, RefOr, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Site;
use super::extract::Json;
use super::problem::Problem;
use super::rest;

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(openapi))
}

/// This document.
#[utoipa::path(get, path = "/openapi.json", responses((status = OK, body = Object)))]
async fn openapi() -> Json<&'static OpenApi> {
    Json(&DOCUMENT)
}

/// What the document calls the token of a program.
const TOKEN: &str = "token";

static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(|| {
    let mut document = OpenApiRouter::<Site>::new().nest("/api/v1", rest::routes()).into_openapi();
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
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        operations.into_iter().flatten().for_each(|operation| complete(operation, resource));
    }
    document
});

/// A type, with those that it is made of.
fn add<T: ToSchema>(components: &mut Components) {
    components.schemas.insert(T::name().into_owned(), T::schema());
    let mut referenced = Vec::new();
    T::schemas(&mut referenced);
    components.schemas.extend(referenced);
}

/// What each operation has: the resource that it belongs to, a name of its own, words for each status, and how it is
/// refused.
fn complete(operation: &mut Operation, resource: &str) {
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
    let problem = Content::new(Some(Ref::from_schema_name(Problem::name())));
    let mut refused = Response::new("Why it cannot be done, as RFC 9457 says it");
    refused.content.insert("application/problem+json".to_owned(), RefOr::T(problem));
    operation.responses.responses.insert("default".to_owned(), RefOr::T(refused));
}
