//! What the pages of notices and of their settings read and command. Secrets travel one way: in.

use leptos::prelude::server;
use leptos::server_fn::codec::Json;
use protocol::{
    NewNoticeSettings, NoticeChannel, NoticeCount, NoticePage, NoticeSettingsPicture, TestOutcome,
};

use super::Answer;
#[cfg(feature = "ssr")]
use super::engine;

/// The newest first; `before` is the cursor of an earlier piece.
#[server(prefix = "/rpc", endpoint = "notices/list")]
pub async fn notices(before: Option<i64>) -> Answer<NoticePage> {
    Ok(engine()?.notices().list(before).await?)
}

/// Marks every notice up to one as read.
#[server(prefix = "/rpc", endpoint = "notices/read")]
pub async fn read(up_to: i64) -> Answer<NoticeCount> {
    Ok(engine()?.notices().read(up_to).await?)
}

#[server(prefix = "/rpc", endpoint = "notices/settings")]
pub async fn settings() -> Answer<NoticeSettingsPicture> {
    Ok(engine()?.notices().settings().await?)
}

#[server(prefix = "/rpc", endpoint = "notices/put_settings", input = Json)]
pub async fn put_settings(new: NewNoticeSettings) -> Answer<NoticeSettingsPicture> {
    Ok(engine()?.notices().put_settings(new).await?)
}

/// Sends a notice that tells of nothing, at once.
#[server(prefix = "/rpc", endpoint = "notices/test", input = Json)]
pub async fn test(channel: NoticeChannel) -> Answer<TestOutcome> {
    Ok(engine()?.notices().test(channel).await?)
}
