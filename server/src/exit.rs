//! Exit statuses: 0 done, 1 failed, 2 usage or refused before any candle is asked for, 3 sign-in needed,
//! 4 done with failed, refused or left out parts or stopped by somebody else, 130 and 143 stopped by SIGINT and SIGTERM.

use access::{AccessError, AccessErrorKind};
use engine::{EngineError, ErrorKind};
use market::DayError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Done,
    Failed,
    Refused,
    SignInNeeded,
    /// Something failed, was refused or was left out; the rest is there.
    DoneWithFailures,
    Interrupted,
    /// Windows asks nobody to end.
    #[cfg_attr(not(unix), expect(dead_code, reason = "its status stays the same everywhere"))]
    Terminated,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Refused => 2,
            Self::SignInNeeded => 3,
            Self::DoneWithFailures => 4,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    pub fn of_error(error: &anyhow::Error) -> Self {
        if let Some(refused) = error.downcast_ref::<Refused>() {
            return refused.0;
        }
        if let Some(AccessErrorKind::Refused | AccessErrorKind::NotFound) =
            error.downcast_ref::<AccessError>().map(AccessError::kind)
        {
            return Self::Refused;
        }
        // A range that was typed and runs backwards.
        if error.downcast_ref::<DayError>().is_some() {
            return Self::Refused;
        }
        match error.downcast_ref::<EngineError>().map(EngineError::kind) {
            Some(ErrorKind::Refused | ErrorKind::NotFound) => Self::Refused,
            Some(ErrorKind::SignIn) => Self::SignInNeeded,
            _ => Self::Failed,
        }
    }
}

/// A sentence for the person, with the exit status that goes with it.
#[derive(Debug, thiserror::Error)]
#[error("{1}")]
pub struct Refused(pub Exit, pub String);
