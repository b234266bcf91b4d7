//! REST of notices, under `/api/v1/notices`. Secrets go in and never come out, not even in a refusal.

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use protocol::{
    NewNoticeSettings, NoticeChannel, NoticeCount, NoticePage, NoticeSettingsPicture, TestOutcome,
};
use serde::Deserialize;

use super::Site;
use super::rest::{Answer, unreadable};

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
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Answer<Json<NoticePage>> {
    let Query(ListQuery { cursor }) = query.map_err(|rejection| unreadable(rejection.body_text()))?;
    Ok(Json(site.engine.notices().list(cursor).await?))
}

/// The newest notice that was seen; it and all before it are read.
#[derive(Deserialize)]
struct Seen {
    up_to: i64,
}

async fn read(
    State(site): State<Site>,
    body: Result<Json<Seen>, JsonRejection>,
) -> Answer<Json<NoticeCount>> {
    let Json(Seen { up_to }) = body.map_err(|rejection| unreadable(rejection.body_text()))?;
    Ok(Json(site.engine.notices().read(up_to).await?))
}

async fn settings(State(site): State<Site>) -> Answer<Json<NoticeSettingsPicture>> {
    Ok(Json(site.engine.notices().settings().await?))
}

async fn put_settings(
    State(site): State<Site>,
    body: Result<Json<NewNoticeSettings>, JsonRejection>,
) -> Answer<Json<NoticeSettingsPicture>> {
    // The rejection's own words could quote a secret.
    let Json(new) = body.map_err(|_| {
        unreadable("send {\"email\": …, \"webhook\": …, \"smtp_password\": …, \"webhook_secret\": …} as application/json")
    })?;
    Ok(Json(site.engine.notices().put_settings(new).await?))
}

#[derive(Deserialize)]
struct Test {
    channel: NoticeChannel,
}

async fn test(
    State(site): State<Site>,
    body: Result<Json<Test>, JsonRejection>,
) -> Answer<Json<TestOutcome>> {
    let Json(Test { channel }) = body.map_err(|rejection| unreadable(rejection.body_text()))?;
    Ok(Json(site.engine.notices().test(channel).await?))
}
