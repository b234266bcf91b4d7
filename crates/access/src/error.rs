//! What can be refused or go wrong, in sentences.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use market::EpochSeconds;
use protocol::{PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN, TokenName};

use crate::kept::TOKENS_MAX;

#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    #[error("the file {path} cannot be read")]
    Unreadable { path: PathBuf, source: io::Error },
    #[error(
        "the file {path} holds no password, sessions and tokens that this version understands: restore it, or move it \
         away and set a password with `expirytrack password`"
    )]
    NotUnderstood { path: PathBuf },
    #[error("the file {path} cannot be written, so nothing was changed")]
    Unwritable { path: PathBuf, source: io::Error },
    #[error("a password has at least {PASSWORD_LENGTH_MIN} characters, and this one has {0}")]
    TooShort(usize),
    #[error("a password is more than one character again and again, or blanks alone: choose another one")]
    TooPlain,
    #[error("a password has at most {PASSWORD_LENGTH_MAX} characters")]
    TooLong,
    #[error("the current password is needed too")]
    CurrentMissing,
    #[error("that is not the password")]
    Wrong,
    #[error("too many wrong passwords: try again in {}, at {}", in_words(*.pause), time_of_day(*.until))]
    Paused { pause: Duration, until: EpochSeconds },
    #[error("too many passwords are being checked: try again in a moment")]
    Busy,
    #[error("no password is set")]
    NoPassword,
    #[error("other machines can reach this server, so it keeps a password: change it instead")]
    Needed,
    #[error(
        "this server reads only: passwords and tokens are changed where the data directory is, with `expirytrack password` and \
         `expirytrack token`"
    )]
    ReadsOnly,
    #[error("the password was changed meanwhile: try again")]
    Overtaken,
    #[error("there is no such session")]
    NoSession,
    #[error("there is no token \"{0}\"")]
    NoToken(TokenName),
    #[error("there is a token \"{0}\" already: revoke it first, or choose another name")]
    TokenExists(TokenName),
    #[error("there are {TOKENS_MAX} tokens already: revoke one first")]
    TooManyTokens,
    #[error("no random numbers could be had from the system")]
    Random,
    #[error("the password could not be hashed")]
    Hash,
    #[error("the program was interrupted: look whether it was changed")]
    Interrupted,
}

/// What an error means to whoever asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessErrorKind {
    Refused,
    /// The password is another.
    Wrong,
    NotFound,
    Conflict,
    /// Later it is possible, after so many seconds.
    Later(u32),
    Failed,
}

impl AccessError {
    pub fn kind(&self) -> AccessErrorKind {
        match self {
            Self::TooShort(_)
            | Self::TooPlain
            | Self::TooLong
            | Self::CurrentMissing
            | Self::TokenExists(_) => AccessErrorKind::Refused,
            Self::Wrong => AccessErrorKind::Wrong,
            Self::Paused { pause, .. } => AccessErrorKind::Later(whole_seconds(*pause)),
            Self::Busy => AccessErrorKind::Later(1),
            Self::NoSession | Self::NoToken(_) => AccessErrorKind::NotFound,
            Self::NoPassword | Self::Needed | Self::ReadsOnly | Self::Overtaken | Self::TooManyTokens => {
                AccessErrorKind::Conflict
            }
            Self::Unreadable { .. }
            | Self::NotUnderstood { .. }
            | Self::Unwritable { .. }
            | Self::Random
            | Self::Hash
            | Self::Interrupted => AccessErrorKind::Failed,
        }
    }
}

fn whole_seconds(duration: Duration) -> u32 {
    duration.as_millis().div_ceil(1000).try_into().unwrap_or(u32::MAX)
}

fn in_words(pause: Duration) -> String {
    match whole_seconds(pause) {
        1 => "one second".to_owned(),
        seconds @ ..120 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}

fn time_of_day(at: EpochSeconds) -> String {
    format!("{} IST", at.to_ist().format("%H:%M:%S"))
}
