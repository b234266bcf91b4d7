//! Whether somebody is signed in to the broker. Never carries a token.

use market::EpochSeconds;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum SessionState {
    SignedOut,
    SignedIn {
        /// As the broker names the person; unknown where it has no profile call.
        user: Option<String>,
        /// The next 03:30 IST, when the broker ends every token.
        until: EpochSeconds,
        /// Whether the broker has answered to it. A token that could not be checked is kept, and nothing more is
        /// claimed of it.
        #[serde(default = "crate::collect::yes")]
        checked: bool,
    },
    /// There was a sign-in; the broker or the clock has ended it.
    Ended,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionPicture {
    #[serde(flatten)]
    pub state: SessionState,
    /// The market is the built-in simulation.
    pub simulated: bool,
    /// Where requests go, without credentials.
    pub broker: String,
}

impl SessionPicture {
    pub fn is_signed_in(&self) -> bool {
        matches!(self.state, SessionState::SignedIn { .. })
    }
}
