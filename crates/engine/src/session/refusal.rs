//! Why the broker's dialog did not end in a sign-in, each with what to do.

use upstox::ApiError;

/// Where a person's apps are registered.
const APPS: &str = "account.upstox.com/developer/apps";

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInRefusal {
    #[error("put the API key and the secret of your Upstox app first: Settings, Upstox")]
    NoApp,
    #[error("this sign-in was not begun here: begin again")]
    UnknownState,
    #[error(
        "this sign-in has come back already, and each comes back once: begin again if you are not signed in"
    )]
    UsedState,
    #[error("this sign-in took longer than ten minutes: begin again")]
    LateState,
    #[error("Upstox sent you back without a code: begin again")]
    NoCode,
    #[error("it was declined in Upstox's dialog: begin again, or leave it")]
    Declined,
    #[error("this is not the address that Upstox sent the browser to: copy all of it, from http to the end")]
    NotAnAddress,
    #[error("Upstox does not take the code ({code}): each works once and for a short while. Begin again")]
    Code { code: String },
    #[error(
        "Upstox knows no app with this API key and this secret ({code}): compare both with your app at {APPS}, and put them again in Settings, Upstox"
    )]
    Client { code: String },
    #[error(
        "{redirect_uri} is not the redirect address that your Upstox app was registered with ({code}): make both the same to the letter, at {APPS} or in Settings, Upstox"
    )]
    Redirect { code: String, redirect_uri: String },
    #[error(
        "Upstox says that the API key or the redirect address is wrong ({code}): compare both with your app at {APPS}; {redirect_uri} is what is sent"
    )]
    ClientOrRedirect { code: String, redirect_uri: String },
    #[error("your Upstox app is switched off ({code}): switch it on at {APPS}")]
    Inactive { code: String },
    #[error(
        "your Upstox account has no active segment ({code}): activate one in the Upstox app, then begin again"
    )]
    NoSegments { code: String },
}

impl SignInRefusal {
    /// Nobody was refused: what was given is not enough to ask with.
    pub(crate) fn is_of_what_was_given(&self) -> bool {
        matches!(self, Self::NoApp | Self::NotAnAddress)
    }

    /// Of the answer to the exchange of a code or to the dialog; `None` where it is about something else.
    pub(super) fn of(error: &ApiError, redirect_uri: &str) -> Option<Self> {
        let ApiError::Broker { code: Some(code), .. } = error else { return None };
        let (code, redirect_uri) = (code.clone(), redirect_uri.to_owned());
        Some(match code.as_str() {
            "UDAPI100057" | "UDAPI1022" => Self::Code { code },
            "UDAPI100069" | "UDAPI100016" | "UDAPI1017" | "UDAPI1024" => Self::Client { code },
            "UDAPI100070" | "UDAPI1018" => Self::Redirect { code, redirect_uri },
            "UDAPI100068" => Self::ClientOrRedirect { code, redirect_uri },
            "UDAPI100073" => Self::Inactive { code },
            "UDAPI100058" => Self::NoSegments { code },
            _ => return None,
        })
    }
}
