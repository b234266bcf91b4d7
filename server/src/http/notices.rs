//! REST of notices, under `/api/v1/notices`. Secrets go in and never come out, not even in a refusal.

use protocol::{
    NewNoticeSettings, NoticeChannel, NoticeCount, NoticePage, NoticeSettingsPicture, TestOutcome,
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::documents::NoticesDocument;
use super::extract::{Confidential, Json, SecretJson};
use super::paging::{Paging, Piece};
use super::rest::Answer;
use super::{Chosen, Site};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(settings, put_settings))
        .routes(routes!(test))
}

type NoticesPaging = Paging<50, 500>;

/// What happened, newest first, a piece of it.
#[utoipa::path(
    get,
    path = "/notices",
    params(NoticesPaging),
    responses((status = OK, body = Piece<NoticesDocument>))
)]
async fn list(Chosen(engine): Chosen, paging: NoticesPaging) -> Answer<Piece<NoticesDocument>> {
    let NoticePage { notices, unread, cursor } =
        engine.notices().page(paging.position()?, paging.limit()).await?;
    Ok(paging.piece(NoticesDocument { notices, unread }, cursor))
}

/// The newest notice that was seen; it and all before it are read.
#[derive(Deserialize, ToSchema)]
struct Seen {
    up_to: i64,
}

/// Marks notices as read.
#[utoipa::path(
    post,
    path = "/notices/read",
    request_body = Seen,
    responses((status = OK, body = NoticeCount))
)]
async fn read(Chosen(engine): Chosen, Json(Seen { up_to }): Json<Seen>) -> Answer<Json<NoticeCount>> {
    Ok(Json(engine.notices().read(up_to).await?))
}

/// Where notices go beside the page, without any secret.
#[utoipa::path(get, path = "/notices/settings", responses((status = OK, body = NoticeSettingsPicture)))]
async fn settings(Chosen(engine): Chosen) -> Answer<Json<NoticeSettingsPicture>> {
    Ok(Json(engine.notices().settings().await?))
}

impl Confidential for NewNoticeSettings {
    const FORM: &'static str = r#"{"email": …, "webhook": …, "secrets": {"email": …, "webhook": …}}"#;
}

/// Changes where notices go; a secret that is left out stays.
#[utoipa::path(
    put,
    path = "/notices/settings",
    request_body = NewNoticeSettings,
    responses((status = OK, body = NoticeSettingsPicture))
)]
async fn put_settings(
    Chosen(engine): Chosen,
    SecretJson(new): SecretJson<NewNoticeSettings>,
) -> Answer<Json<NoticeSettingsPicture>> {
    Ok(Json(engine.notices().put_settings(new).await?))
}

#[derive(Deserialize, ToSchema)]
struct Test {
    channel: NoticeChannel,
}

/// Sends a notice that nothing happened.
#[utoipa::path(
    post,
    path = "/notices/test",
    request_body = Test,
    responses((status = OK, body = TestOutcome))
)]
async fn test(Chosen(engine): Chosen, Json(Test { channel }): Json<Test>) -> Answer<Json<TestOutcome>> {
    Ok(Json(engine.notices().test(channel).await?))
}
