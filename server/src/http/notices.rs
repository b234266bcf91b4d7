//! REST of notices, under `/api/v1/notices`. Secrets go in and never come out, not even in a refusal.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use protocol::{
    NewNoticeSettings, NoticeChannel, NoticeCount, NoticePage, NoticeSettingsPicture, TestOutcome,
};
use serde::Deserialize;

use super::Site;
use super::extract::{Confidential, Json, Query, SecretJson};
use super::rest::Answer;

pub fn router() -> Router<Site> {
    Router::new()
        .route("/", get(list))
        .route("/read", post(read))
        .route("/settings", get(settings).put(put_settings))
        .route("/test", post(test))
}

#[derive(Deserialize)]
struct ListQuery {
    cursor: Option<i64>,
}

async fn list(
    State(site): State<Site>,
    Query(ListQuery { cursor }): Query<ListQuery>,
) -> Answer<Json<NoticePage>> {
    Ok(Json(site.engine.notices().list(cursor).await?))
}

/// The newest notice that was seen; it and all before it are read.
#[derive(Deserialize)]
struct Seen {
    up_to: i64,
}

async fn read(State(site): State<Site>, Json(Seen { up_to }): Json<Seen>) -> Answer<Json<NoticeCount>> {
    Ok(Json(site.engine.notices().read(up_to).await?))
}

async fn settings(State(site): State<Site>) -> Answer<Json<NoticeSettingsPicture>> {
    Ok(Json(site.engine.notices().settings().await?))
}

impl Confidential for NewNoticeSettings {
    const FORM: &'static str = r#"{"email": …, "webhook": …, "smtp_password": …, "webhook_secret": …}"#;
}

async fn put_settings(
    State(site): State<Site>,
    SecretJson(new): SecretJson<NewNoticeSettings>,
) -> Answer<Json<NoticeSettingsPicture>> {
    Ok(Json(site.engine.notices().put_settings(new).await?))
}

#[derive(Deserialize)]
struct Test {
    channel: NoticeChannel,
}

async fn test(State(site): State<Site>, Json(Test { channel }): Json<Test>) -> Answer<Json<TestOutcome>> {
    Ok(Json(site.engine.notices().test(channel).await?))
}
