//! Why the broker's dialog did not end in a sign-in, each with what to do.

use upstox::{ApiError, Remedy};

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
    #[error(
        "Upstox turns this program away with a page instead of an answer (HTTP 403). Nothing was lost: wait an hour, then begin again, from another network if it goes on"
    )]
    Blocked,
    #[error(
        "Upstox was asked too much and takes nothing now ({code}). Nothing was lost: begin again in a few minutes"
    )]
    Busy { code: String },
    #[error(
        "no answer of Upstox could be had or read ({code}). Nothing was lost: begin again in a few minutes"
    )]
    Away { code: String },
    /// This program's own limits let nothing through.
    #[error(
        "the sign-in could not be finished in time: {sentence}. Nothing was lost: begin again after that"
    )]
    Held { sentence: String },
    /// What nobody knows a better remedy for.
    #[error(
        "Upstox answered {code}: {message}. Nothing was lost: begin again, and compare your app at {APPS} with Settings, Upstox, if it says the same"
    )]
    Other { code: String, message: String },
}

/// Of what Upstox says in its own words so much is repeated.
const MESSAGE_LENGTH_MAX: usize = 300;

impl SignInRefusal {
    /// Nobody was refused: what was given is not enough to ask with.
    pub(crate) fn is_of_what_was_given(&self) -> bool {
        matches!(self, Self::NoApp | Self::NotAnAddress)
    }

    /// The same sign-in may succeed later: nothing was said against it.
    pub(crate) fn is_of_the_broker(&self) -> bool {
        matches!(self, Self::Blocked | Self::Busy { .. } | Self::Away { .. } | Self::Held { .. })
    }

    /// Upstox has looked at the app, or at the account behind it, and does not take it.
    pub(super) fn is_of_the_app(&self) -> bool {
        matches!(
            self,
            Self::Client { .. }
                | Self::Redirect { .. }
                | Self::ClientOrRedirect { .. }
                | Self::Inactive { .. }
                | Self::NoSegments { .. }
        )
    }

    /// Of the answer to the exchange of a code or to the dialog. What a library says of the way there is left out: it
    /// stands in the log.
    pub(super) fn of(error: &ApiError, redirect_uri: &str) -> Self {
        let (code, redirect_uri) = (error.code(), redirect_uri.to_owned());
        match (code.as_str(), error.remedy()) {
            ("UDAPI100057" | "UDAPI1022", _) => Self::Code { code },
            ("UDAPI100069" | "UDAPI100016" | "UDAPI1017" | "UDAPI1024", _) => Self::Client { code },
            ("UDAPI100070" | "UDAPI1018", _) => Self::Redirect { code, redirect_uri },
            ("UDAPI100068", _) => Self::ClientOrRedirect { code, redirect_uri },
            ("UDAPI100073", _) => Self::Inactive { code },
            ("UDAPI100058", _) => Self::NoSegments { code },
            (_, Remedy::Blocked) => Self::Blocked,
            (_, Remedy::SlowDown { .. }) => Self::Busy { code: shown(error) },
            (_, Remedy::Retry) => Self::Away { code: shown(error) },
            _ => match error {
                ApiError::Broker { message, .. } => {
                    let message = message.trim().trim_end_matches('.');
                    let message = message.chars().take(MESSAGE_LENGTH_MAX).collect();
                    Self::Other { code: shown(error), message }
                }
                _ => Self::Away { code: shown(error) },
            },
        }
    }
}

/// What was met, for whoever looks it up: the status with the code of Upstox, or the kind of fault.
fn shown(error: &ApiError) -> String {
    match error {
        ApiError::Broker { status, code: Some(code), .. } => format!("HTTP {status}, {code}"),
        ApiError::Broker { status, code: None, .. } => format!("HTTP {status}"),
        ApiError::Transport { source, .. } => source.to_string(),
        ApiError::TooLarge { .. } => "it is too large".to_owned(),
        ApiError::Unreadable { .. } | ApiError::Fault(_) => "it says nothing that is known here".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use upstox::{BrokerAddress, TransportError, TransportFault};

    fn answered(status: u16, code: Option<&str>) -> ApiError {
        let (code, message) = (code.map(str::to_owned), "Its own words.".to_owned());
        ApiError::Broker { status, code, message, retry_after: None }
    }

    #[test]
    fn everything_that_an_exchange_can_meet_is_told_with_what_to_do() {
        let address = BrokerAddress::upstox;
        let connect = TransportError::new(TransportFault::Connect, "tcp connect error: os error 111");
        let unreadable =
            ApiError::Unreadable { address: address(), problem: "no access_token in it".to_owned() };
        for (error, words) in [
            (
                answered(403, None),
                "with a page instead of an answer (HTTP 403). Nothing was lost: wait an hour",
            ),
            (answered(429, Some("UDAPI10005")), "asked too much"),
            (answered(200, Some("UDAPI10005")), "asked too much"),
            (answered(429, None), "(HTTP 429). Nothing was lost: begin again in a few minutes"),
            (answered(502, None), "(HTTP 502). Nothing was lost: begin again in a few minutes"),
            (answered(500, Some("UDAPI100500")), "(HTTP 500, UDAPI100500)"),
            (
                ApiError::Transport { address: address(), source: connect },
                "(no connection could be made). Nothing",
            ),
            (unreadable, "(it says nothing that is known here). Nothing was lost"),
            (
                answered(400, Some("UDAPI1023")),
                "Upstox answered HTTP 400, UDAPI1023: Its own words. Nothing was lost",
            ),
            (answered(401, None), "Upstox answered HTTP 401: Its own words. Nothing was lost: begin again"),
            (answered(404, None), "Upstox answered HTTP 404"),
        ] {
            let told = SignInRefusal::of(&error, "http://127.0.0.1:5000/callback").to_string();
            assert!(told.contains(words), "{words}: {told}");
            assert!(!told.contains("os error") && !told.contains("access_token"), "{told}");
        }
    }

    #[test]
    fn a_code_of_the_app_says_more_than_its_status() {
        for status in [400, 401, 403, 500] {
            let refusal = SignInRefusal::of(&answered(status, Some("UDAPI100069")), "http://a/");
            assert!(refusal.is_of_the_app() && !refusal.is_of_the_broker(), "{refusal}");
        }
    }
}
