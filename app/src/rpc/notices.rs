//! What the pages of notices and of their settings read and command. Secrets travel one way: in.

use leptos::prelude::server;
use protocol::{
    NewNoticeSettings, NoticeChannel, NoticeCount, NoticePage, NoticeSettings, NoticeSettingsPicture,
    TestOutcome,
};

use super::{Answer, Json, Judged};
#[cfg(feature = "ssr")]
use super::{engine, judged};

/// The newest first; `before` is the cursor of an earlier piece.
#[server(prefix = "/rpc", endpoint = "notices/list", input = Json, output = Json)]
pub async fn notices(before: Option<i64>) -> Answer<NoticePage> {
    Ok(engine()?.notices().list(before).await?)
}

/// Marks every notice up to one as read.
#[server(prefix = "/rpc", endpoint = "notices/read", input = Json, output = Json)]
pub async fn read(up_to: i64) -> Answer<NoticeCount> {
    Ok(engine()?.notices().read(up_to).await?)
}

#[server(prefix = "/rpc", endpoint = "notices/settings", input = Json, output = Json)]
pub async fn settings() -> Answer<NoticeSettingsPicture> {
    Ok(engine()?.notices().settings().await?)
}

#[server(prefix = "/rpc", endpoint = "notices/change_settings", input = Json, output = Json)]
pub async fn change_settings(seen: NoticeSettings, new: NewNoticeSettings) -> Judged<NoticeSettingsPicture> {
    judged(engine()?.notices().change_settings(&seen, new).await)
}

/// Sends a notice that tells of nothing, at once.
#[server(prefix = "/rpc", endpoint = "notices/test", input = Json, output = Json)]
pub async fn test(channel: NoticeChannel) -> Answer<TestOutcome> {
    Ok(engine()?.notices().test(channel).await?)
}
