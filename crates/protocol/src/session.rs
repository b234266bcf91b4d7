//! Whether somebody is signed in to the broker. Never carries a token.

use market::{Day, EpochSeconds};
use serde::{Deserialize, Serialize};

use crate::SecretText;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum SessionState {
    SignedOut,
    SignedIn {
        /// As the broker names the person; unknown where it has no profile call.
        user: Option<String>,
        /// What the token says of its own end, else the next 03:30 IST.
        until: EpochSeconds,
        /// Whether the broker has answered to it. A token that could not be checked is kept, and nothing more is
        /// claimed of it.
        #[serde(default = "crate::collect::yes")]
        checked: bool,
    },
    /// There was a sign-in; the broker or the clock has ended it.
    Ended,
}

/// Why a sign-in is none any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SignInEnd {
    /// The clock has ended it.
    Time,
    /// The broker no longer takes it.
    NotTaken,
    /// What was kept of it cannot be opened: it was sealed with another key, or is damaged.
    Unopenable,
}

impl SignInEnd {
    /// What stands behind "the sign-in has ended:".
    pub fn words(self) -> &'static str {
        match self {
            Self::Time => "its time is over (Upstox ends those of its dialog at 03:30 IST)",
            Self::NotTaken => "Upstox no longer takes it",
            Self::Unopenable => {
                "what was kept of it cannot be opened, because it was sealed with another key or is damaged"
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionPicture {
    #[serde(flatten)]
    pub state: SessionState,
    /// Why, where the state is that it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<SignInEnd>,
    /// The market is the built-in simulation.
    pub simulated: bool,
    /// On which its market lives, whatever day it is here.
    pub simulated_day: Option<Day>,
    /// Where requests go, without credentials.
    pub broker: String,
    /// The broker has answered that expired contracts need its Plus plan.
    #[serde(default)]
    pub plus_needed: bool,
    /// What this server reads alone and changes nothing of, where it is such a one: `the lake s3://desk/lake`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replica_of: Option<String>,
}

impl SessionPicture {
    pub fn is_signed_in(&self) -> bool {
        matches!(self.state, SessionState::SignedIn { .. })
    }
}

/// The redirect address that is suggested for an app.
pub const REDIRECT_URI_DEFAULT: &str = "http://127.0.0.1:5000/callback";

/// The app that a person registered at the broker, as it is shown: never its key or its secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AppPicture {
    /// The last letters of the API key, empty for a short one; `None`: no app is kept.
    pub key_end: Option<String>,
    /// As it is sent, to the letter.
    pub redirect_uri: String,
}

/// An app as it is put. What is left out of key and secret stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewApp {
    #[serde(default)]
    pub api_key: Option<SecretText>,
    #[serde(default)]
    pub api_secret: Option<SecretText>,
    #[serde(default = "redirect_uri_default")]
    pub redirect_uri: String,
}

fn redirect_uri_default() -> String {
    REDIRECT_URI_DEFAULT.to_owned()
}

/// How a test of the app went, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AppTest {
    /// The broker found no fault with it.
    pub good: bool,
    pub sentence: String,
}

/// What a person needs to sign in through the broker's dialog.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignInPicture {
    pub app: AppPicture,
    /// Why the last one was not finished, until the next is begun.
    pub refused: Option<String>,
    /// How often somebody signed in since the server started.
    pub sign_ins: u64,
}
