//! REST of a person's own SQL: one SELECT, and how it is stopped.

use axum::http::StatusCode;
use axum::response::Response;
use export::{Format, SqlJson};
use protocol::{SqlSchema, SqlWish};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Json, Path, Query};
use super::file::file;
use super::rest::Answer;
use super::series::rows;
use super::{Chosen, Site};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(sql)).routes(routes!(schema)).routes(routes!(stop))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SqlQuery {
    #[serde(default = "rows")]
    #[param(inline)]
    format: Format,
}

/// Runs one SELECT on what is stored. It changes nothing, and ends when its time is up, when it is stopped, or when
/// whoever asked goes away. One that may read a million candles and more is refused (409) until `read_all` allows it.
#[utoipa::path(
    post,
    path = "/sql",
    params(SqlQuery),
    request_body = SqlWish,
    responses((status = OK, content((SqlJson = "application/json"), (String = "text/csv"))))
)]
async fn sql(
    Chosen(engine): Chosen,
    Query(SqlQuery { format }): Query<SqlQuery>,
    Json(wish): Json<SqlWish>,
) -> Answer<Response> {
    let answer = engine.sql().run(wish).await?;
    let name = format.sql_file_name(engine.source().is_simulated());
    file(format, &name, |bytes| format.write_sql(answer, bytes))
}

/// The tables that can be read, with the meaning of their columns, and queries to begin with.
#[utoipa::path(get, path = "/sql/schema", responses((status = OK, body = SqlSchema)))]
async fn schema(Chosen(engine): Chosen) -> Json<SqlSchema> {
    Json(engine.sql().schema())
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct SqlPath {
    id: String,
}

/// Stops a query by the id that it was sent with.
#[utoipa::path(delete, path = "/sql/{id}", params(SqlPath), responses((status = NO_CONTENT)))]
async fn stop(Chosen(engine): Chosen, Path(SqlPath { id }): Path<SqlPath>) -> Answer<StatusCode> {
    engine.sql().stop(&id)?;
    Ok(StatusCode::NO_CONTENT)
}
