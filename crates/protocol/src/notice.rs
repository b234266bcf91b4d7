//! Notices: what happened while nobody looked, and where else it is told. Secrets go in and never come out.

use std::collections::BTreeSet;
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
    ScheduleProblem,
}

impl NoticeKind {
    pub const ALL: [Self; 5] = [
        Self::JobCompleted,
        Self::JobCompletedWithFailures,
        Self::JobFailed,
        Self::SignInNeeded,
        Self::ScheduleProblem,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::JobCompleted => "job_completed",
            Self::JobCompletedWithFailures => "job_completed_with_failures",
            Self::JobFailed => "job_failed",
            Self::SignInNeeded => "sign_in_needed",
            Self::ScheduleProblem => "schedule_problem",
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::JobCompleted => "a job is completed",
            Self::JobCompletedWithFailures => "a job is completed with failures",
            Self::JobFailed => "a job has failed",
            Self::SignInNeeded => "a sign-in is needed",
            Self::ScheduleProblem => "a schedule has a problem",
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

/// Where notices go beside the page. `None`: nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoticeSettings {
    #[serde(default)]
    pub email: Option<EmailSettings>,
    #[serde(default)]
    pub webhook: Option<WebhookSettings>,
}

/// The settings as they are put, with the secrets that change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewNoticeSettings {
    #[serde(flatten)]
    pub settings: NoticeSettings,
    /// Absent: the stored one stays. Empty: it is forgotten.
    #[serde(default)]
    pub smtp_password: Option<SecretText>,
    #[serde(default)]
    pub webhook_secret: Option<SecretText>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    pub email_state: ChannelPicture,
    pub webhook_state: ChannelPicture,
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
        let new =
            NewNoticeSettings { smtp_password: Some(SecretText("planted".to_owned())), ..Default::default() };
        assert!(!format!("{new:?}").contains("planted"));
    }
}
