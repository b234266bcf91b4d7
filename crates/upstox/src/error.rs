//! What the broker or the way to it can answer instead of data, and what each calls for.

use std::time::Duration;

use bytes::Bytes;

use crate::{BrokerAddress, TransportError, TransportFault};

#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("Upstox could not be reached at {address}")]
    Transport { address: BrokerAddress, source: TransportError },
    /// Not a passing fault: the same question brings the same answer.
    #[error("the answer of {address} is too large: {problem}, and it would be as large again")]
    TooLarge { address: BrokerAddress, problem: String },
    /// An error that the broker worded itself.
    #[error("Upstox answered {status}{}: {message}", code.as_deref().map(|code| format!(" {code}")).unwrap_or_default())]
    Broker { status: u16, code: Option<String>, message: String, retry_after: Option<Duration> },
    /// A success whose body says nothing that can be used.
    #[error("the answer of {address} cannot be read ({problem}): is it the address of Upstox?")]
    Unreadable { address: BrokerAddress, problem: String },
    /// Our own reader broke on an answer: no doing of the broker's.
    #[error("ExpiryTrack met a fault of its own in reading an answer of {}: {}", .0.address, .0.words)]
    Fault(Box<ReaderFault>),
}

/// A reader of ours that broke, in its own words.
#[derive(Debug)]
pub struct ReaderFault {
    pub address: BrokerAddress,
    pub words: String,
    /// `None` where it may hold a secret.
    pub answer: Option<Bytes>,
}

/// What an error calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Ask again after a while: 408, 423, 425, 5xx, a cut connection, half an answer.
    Retry,
    /// Everybody waits: 429, or its code under any status.
    SlowDown { retry_after: Option<Duration> },
    /// The token has ended.
    SignIn,
    /// UDAPI1149: the account has no Plus plan.
    GetPlus,
    /// UDAPI100067 [DOC]: tokens of this kind may not ask for this. The token itself lives.
    OtherToken,
    /// The range of days is refused; a shorter one may pass.
    ShortenRange,
    /// A page of HTML instead of an API answer: the edge turns this client away.
    Blocked,
    /// The answer will stay what it is.
    GiveUp,
}

/// [DOC] A key that is unknown, missing or ill-formed to the endpoint; an address or a request that it does
/// not have. [OBS] The history of live instruments answers with the second what is no live key.
const NOTHING_THERE_CODES: [&str; 6] =
    ["UDAPI100011", "UDAPI1021", "UDAPI1009", "UDAPI1011", "UDAPI100060", "UDAPI10000"];
/// Not found, not allowed, gone.
const NOTHING_THERE_STATUSES: [u16; 3] = [404, 405, 410];

impl ApiError {
    /// [DOC] UDAPI100011: a key that is well-formed and names nothing.
    pub fn is_unknown_key(&self) -> bool {
        matches!(self, Self::Broker { code: Some(code), .. } if code == "UDAPI100011")
    }

    /// There is nothing of this kind, and asking again will not change it: a key that names nothing here, in
    /// whatever words, or an endpoint that this broker does not have.
    pub fn is_nothing_there(&self) -> bool {
        let Self::Broker { status, code, .. } = self else { return false };
        let is_unknown = code.as_deref().is_some_and(|code| NOTHING_THERE_CODES.contains(&code));
        self.remedy() == Remedy::GiveUp && (is_unknown || NOTHING_THERE_STATUSES.contains(status))
    }

    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Transport { .. } | Self::Unreadable { .. } => Remedy::Retry,
            Self::TooLarge { .. } | Self::Fault(_) => Remedy::GiveUp,
            Self::Broker { status, code, retry_after, .. } => {
                remedy_of(*status, code.as_deref(), *retry_after)
            }
        }
    }

    /// For `fetch_audit`: the broker's code, or the kind of fault.
    pub fn code(&self) -> String {
        match self {
            Self::Transport { source, .. } => source.fault.as_str().to_owned(),
            Self::Broker { code: Some(code), .. } => code.clone(),
            Self::Broker { status, code: None, .. } => format!("http_{status}"),
            Self::Unreadable { .. } => "unreadable".to_owned(),
            Self::Fault(_) => "reader_fault".to_owned(),
            Self::TooLarge { .. } => TransportFault::TooLarge.as_str().to_owned(),
        }
    }
}

fn remedy_of(status: u16, code: Option<&str>, retry_after: Option<Duration>) -> Remedy {
    match (status, code) {
        // [REP] The code of a 429 sometimes comes under 200.
        (429, _) | (_, Some("UDAPI10005")) => Remedy::SlowDown { retry_after },
        // [OBS] The same status as a dead token: the code decides.
        (_, Some("UDAPI1149")) => Remedy::GetPlus,
        // UNCERTAIN whether it comes as 401 or as 403.
        (_, Some("UDAPI100067")) => Remedy::OtherToken,
        (_, Some("UDAPI100050")) | (401, None) => Remedy::SignIn,
        // [OBS] on v3; on the expired endpoints a range cap is UNCERTAIN.
        (400, Some("UDAPI1148")) => Remedy::ShortenRange,
        (403, None) => Remedy::Blocked,
        // [DOC] 423 is declared without a meaning: what is locked, or comes too early, may be had later.
        (408 | 423 | 425 | 500..=599, _) => Remedy::Retry,
        _ => Remedy::GiveUp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_of_every_status_without_a_code() {
        for status in 100..=599 {
            let expected = match status {
                401 => Remedy::SignIn,
                403 => Remedy::Blocked,
                408 | 423 | 425 | 500..=599 => Remedy::Retry,
                429 => Remedy::SlowDown { retry_after: None },
                _ => Remedy::GiveUp,
            };
            assert_eq!(remedy_of(status, None, None), expected, "{status}");
        }
    }

    #[test]
    fn an_answer_that_is_too_large_is_not_asked_for_again() {
        let error =
            ApiError::TooLarge { address: BrokerAddress::upstox(), problem: "it is 200 MB".to_owned() };
        assert_eq!((error.remedy(), error.code().as_str()), (Remedy::GiveUp, "too_large"));
        assert!(error.to_string().contains("it is 200 MB"), "{error}");
    }

    #[test]
    fn what_is_not_there_is_told_from_what_failed() {
        let error = |status, code: Option<&str>| ApiError::Broker {
            status,
            code: code.map(str::to_owned),
            message: String::new(),
            retry_after: None,
        };
        for (status, code) in [
            (400, Some("UDAPI100011")),
            (400, Some("UDAPI1021")),
            (404, Some("UDAPI100060")),
            (404, None),
            (405, None),
            (410, None),
        ] {
            assert!(error(status, code).is_nothing_there(), "{status} {code:?}");
        }
        for (status, code) in [
            (400, None),
            (400, Some("UDAPI1148")),
            (400, Some("UDAPI1015")),
            (401, Some("UDAPI100050")),
            (403, None),
            (429, None),
            (500, None),
            (503, Some("UDAPI100011")),
        ] {
            assert!(!error(status, code).is_nothing_there(), "{status} {code:?}");
        }
    }

    #[test]
    fn a_401_means_what_its_code_says() {
        assert_eq!(remedy_of(401, Some("UDAPI100050"), None), Remedy::SignIn);
        assert_eq!(remedy_of(401, Some("UDAPI1149"), None), Remedy::GetPlus);
        assert_eq!(remedy_of(401, Some("UDAPI100067"), None), Remedy::OtherToken);
        assert_eq!(remedy_of(403, Some("UDAPI100067"), None), Remedy::OtherToken);
        assert_eq!(remedy_of(401, Some("UDAPI100072"), None), Remedy::GiveUp);
        assert_eq!(remedy_of(200, Some("UDAPI10005"), None), Remedy::SlowDown { retry_after: None });
        assert_eq!(remedy_of(400, Some("UDAPI1148"), None), Remedy::ShortenRange);
    }
}
