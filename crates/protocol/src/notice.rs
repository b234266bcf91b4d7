//! Notices: what happened while nobody looked, and where else it is told. Secrets go in and never come out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use market::EpochSeconds;
use serde::{Deserialize, Serialize};

use crate::words::reads_its_words;
use crate::{JobId, ScheduleId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    JobCompleted,
    JobCompletedWithFailures,
    JobFailed,
    /// A job or a schedule waits for it.
    SignInNeeded,
    /// A job that runs will lose it within the hour.
    SignInEndsSoon,
    ScheduleProblem,
    BackupFailed,
    /// What a schedule collected could not be put into the lake.
    PublishFailed,
}

impl NoticeKind {
    pub const ALL: [Self; 8] = [
        Self::JobCompleted,
        Self::JobCompletedWithFailures,
        Self::JobFailed,
        Self::SignInNeeded,
        Self::SignInEndsSoon,
        Self::ScheduleProblem,
        Self::BackupFailed,
        Self::PublishFailed,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::JobCompleted => "job_completed",
            Self::JobCompletedWithFailures => "job_completed_with_failures",
            Self::JobFailed => "job_failed",
            Self::SignInNeeded => "sign_in_needed",
            Self::SignInEndsSoon => "sign_in_ends_soon",
            Self::ScheduleProblem => "schedule_problem",
            Self::BackupFailed => "backup_failed",
            Self::PublishFailed => "publish_failed",
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::JobCompleted => "a job is completed",
            Self::JobCompletedWithFailures => "a job is completed with failures",
            Self::JobFailed => "a job has failed",
            Self::SignInNeeded => "a sign-in is needed",
            Self::SignInEndsSoon => "a running job will lose its sign-in",
            Self::ScheduleProblem => "a schedule has a problem",
            Self::BackupFailed => "a backup has failed",
            Self::PublishFailed => "a publication into the lake has failed",
        }
    }
}

reads_its_words!(NoticeKind, "kind of notice");

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notice {
    pub id: i64,
    pub at: EpochSeconds,
    pub kind: NoticeKind,
    pub title: String,
    pub message: String,
    pub job: Option<JobId>,
    pub schedule: Option<ScheduleId>,
    pub read: bool,
}

/// A piece of the list, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoticePage {
    pub notices: Vec<Notice>,
    pub unread: u32,
    /// Where the next piece begins; `None` at the end.
    pub cursor: Option<i64>,
}

/// What the frame around a page shows of the notices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoticeCount {
    pub unread: u32,
    /// The newest one's id; 0 when there is none.
    pub newest: i64,
}

/// A secret on its way in. No answer holds one, and it does not show itself in a log.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct SecretText(pub String);

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// How the connection to a mail server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum SmtpSecurity {
    /// From the first byte; port 465.
    #[default]
    Tls,
    /// From STARTTLS on, without which nothing is sent; port 587.
    StartTls,
    /// For a server on this machine.
    None,
}

impl SmtpSecurity {
    pub const ALL: [Self; 3] = [Self::Tls, Self::StartTls, Self::None];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::StartTls => "starttls",
            Self::None => "none",
        }
    }

    /// The port that goes with it.
    pub fn usual_port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::StartTls => 587,
            Self::None => 25,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EmailSettings {
    pub host: String,
    pub port: u16,
    #[serde(default)]
    pub security: SmtpSecurity,
    /// Empty: the server asks for none.
    #[serde(default)]
    pub user: String,
    pub from: String,
    pub to: Vec<String>,
    pub kinds: BTreeSet<NoticeKind>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookSettings {
    pub url: String,
    pub kinds: BTreeSet<NoticeKind>,
}

/// How one channel is set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ChannelSettings {
    Email(EmailSettings),
    Webhook(WebhookSettings),
}

impl ChannelSettings {
    pub fn channel(&self) -> NoticeChannel {
        match self {
            Self::Email(_) => NoticeChannel::Email,
            Self::Webhook(_) => NoticeChannel::Webhook,
        }
    }

    /// What is told there.
    pub fn kinds(&self) -> &BTreeSet<NoticeKind> {
        match self {
            Self::Email(email) => &email.kinds,
            Self::Webhook(webhook) => &webhook.kinds,
        }
    }
}

/// Where notices go beside the page, by channel; what is not in it is off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "WrittenSettings")]
pub struct NoticeSettings(BTreeMap<NoticeChannel, ChannelSettings>);

/// The form in which they are written.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct WrittenSettings {
    #[serde(default)]
    email: Option<EmailSettings>,
    #[serde(default)]
    webhook: Option<WebhookSettings>,
}

impl From<WrittenSettings> for NoticeSettings {
    fn from(WrittenSettings { email, webhook }: WrittenSettings) -> Self {
        let (email, webhook) = (email.map(ChannelSettings::Email), webhook.map(ChannelSettings::Webhook));
        email.into_iter().chain(webhook).collect()
    }
}

impl FromIterator<ChannelSettings> for NoticeSettings {
    fn from_iter<I: IntoIterator<Item = ChannelSettings>>(channels: I) -> Self {
        Self(channels.into_iter().map(|settings| (settings.channel(), settings)).collect())
    }
}

impl NoticeSettings {
    pub fn get(&self, channel: NoticeChannel) -> Option<&ChannelSettings> {
        self.0.get(&channel)
    }

    pub fn iter(&self) -> impl Iterator<Item = &ChannelSettings> {
        self.0.values()
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut ChannelSettings> {
        self.0.values_mut()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for NoticeSettings {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        WrittenSettings::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for NoticeSettings {
    fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)>) {
        WrittenSettings::schemas(schemas);
    }
}

/// The settings as they are put, with the secrets that change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(from = "WrittenNew")]
pub struct NewNoticeSettings {
    #[serde(flatten)]
    pub settings: NoticeSettings,
    /// By channel: the mail server's password, what a webhook is signed with. Absent: the stored one stays.
    /// Empty: it is forgotten.
    #[serde(default)]
    pub secrets: BTreeMap<NoticeChannel, SecretText>,
}

/// The same as it is read: one object with all its names, so that one that nobody takes is seen. A channel that is
/// misspelt would be off.
#[derive(Deserialize)]
struct WrittenNew {
    #[serde(default)]
    email: Option<EmailSettings>,
    #[serde(default)]
    webhook: Option<WebhookSettings>,
    #[serde(default)]
    secrets: BTreeMap<NoticeChannel, SecretText>,
}

impl From<WrittenNew> for NewNoticeSettings {
    fn from(WrittenNew { email, webhook, secrets }: WrittenNew) -> Self {
        Self { settings: WrittenSettings { email, webhook }.into(), secrets }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum NoticeChannel {
    Email,
    Webhook,
}

impl NoticeChannel {
    pub const ALL: [Self; 2] = [Self::Email, Self::Webhook];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Webhook => "webhook",
        }
    }
}

reads_its_words!(NoticeChannel, "channel for notices");

/// How one channel does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChannelPicture {
    pub has_secret: bool,
    /// Notices on their way.
    pub pending: u32,
    pub delivered_at: Option<EpochSeconds>,
    /// The trouble since the last success.
    pub trouble: Option<String>,
}

/// The settings as they are shown, without any secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoticeSettingsPicture {
    #[serde(flatten)]
    pub settings: NoticeSettings,
    pub states: BTreeMap<NoticeChannel, ChannelPicture>,
}

impl NoticeSettingsPicture {
    pub fn state(&self, channel: NoticeChannel) -> ChannelPicture {
        self.states.get(&channel).cloned().unwrap_or_default()
    }
}

/// How a test went, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TestOutcome {
    pub delivered: bool,
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_show_itself() {
        let secrets = [(NoticeChannel::Email, SecretText("planted".to_owned()))].into();
        let new = NewNoticeSettings { secrets, ..Default::default() };
        assert!(!format!("{new:?}").contains("planted"));
    }

    #[test]
    fn settings_are_written_by_channel_and_one_that_is_off_may_be_null() {
        let text = r#"{"webhook":{"url":"https://example.com/","kinds":["job_failed"]}}"#;
        let settings: NoticeSettings = serde_json::from_str(text).unwrap();
        assert_eq!(
            settings.iter().map(ChannelSettings::channel).collect::<Vec<_>>(),
            [NoticeChannel::Webhook]
        );
        assert_eq!(serde_json::to_string(&settings).unwrap(), text);
        let with_null = text.replace("{\"webhook\"", "{\"email\":null,\"webhook\"");
        assert_eq!(serde_json::from_str::<NoticeSettings>(&with_null).unwrap(), settings);
        for channel in NoticeChannel::ALL {
            let only = format!(r#"{{"{}":5}}"#, channel.as_str());
            assert!(serde_json::from_str::<NoticeSettings>(&only).is_err(), "{only} is read");
        }
    }
}
