//! What kind of answer an error calls for, whoever asked: an exit status, an HTTP status, an expiry to be collected.

use market::Day;
use store::{ArchiveError, CopyError, SqlError, StoreError};
use upstox::ApiError;

use super::EngineError;
use crate::bhavcopy::BhavcopyError;
use crate::exports::ExportRefusal;
use crate::import::ImportError;
use crate::lake::PublishError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// What was asked for cannot be: exit 2, HTTP 400.
    Refused,
    /// Exit 2, HTTP 404.
    NotFound,
    /// Not in this state: exit 1, HTTP 409.
    Conflict,
    /// Exit 3, HTTP 401.
    SignIn,
    /// Later: exit 1, HTTP 503.
    Waits,
    /// The broker's doing: exit 1, HTTP 502.
    Broker,
    /// Ours: exit 1, HTTP 500.
    Failed,
}

impl EngineError {
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Key(_)
            | Self::Day(_)
            | Self::Interval(_)
            | Self::Bound(_)
            | Self::Limits(_)
            | Self::LooseLimits
            | Self::AmbiguousUnderlying { .. }
            | Self::SeveralNames { .. }
            | Self::UnknownName { .. }
            | Self::UnknownHere { .. }
            | Self::UnlistedName { .. }
            | Self::NoSuchMinute(_)
            | Self::ForeignCursor { .. }
            | Self::SeriesName(_)
            | Self::NoSeries(_)
            | Self::StrategyText(_)
            | Self::NoStrategy(_)
            | Self::NothingToCollect(_)
            | Self::TooManyTargets { .. }
            | Self::Cron { .. }
            | Self::ScheduleUnderlyings { .. }
            | Self::NoWeeklies { .. }
            | Self::ScheduleName { .. }
            | Self::TooManySchedules { .. }
            | Self::Setting(_)
            | Self::NoticeSettings(_)
            | Self::MalformedToken
            | Self::App(_)
            | Self::NothingToPrune { .. }
            | Self::OwnCandlesNeeded { .. }
            | Self::NotArchivable { .. }
            | Self::NothingToArchive { .. }
            | Self::NothingArchived { .. }
            | Self::PruneArchived { .. }
            | Self::ArchivedWantsMore { .. }
            | Self::Restore(_) => ErrorKind::Refused,
            Self::UnknownUnderlying { .. }
            | Self::NothingStored { .. }
            | Self::NoChain(_)
            | Self::NotStored { .. }
            | Self::NoCandles(_)
            | Self::UnknownExpiry { .. }
            | Self::NoExpiries { .. }
            | Self::UnknownContract(_)
            | Self::OfOtherExpiry { .. }
            | Self::UnknownJob(_)
            | Self::UnknownSchedule(_) => ErrorKind::NotFound,
            Self::JobState { .. }
            | Self::JobRuns(_)
            | Self::StorageBusy
            | Self::StalePreview
            | Self::ChangedMeanwhile { .. }
            | Self::ClockBehind { .. }
            | Self::StillWanted { .. }
            | Self::Stopped => ErrorKind::Conflict,
            Self::SignInNeeded | Self::SignInEnded(_) | Self::TokenRefused | Self::TokenEnded { .. } => {
                ErrorKind::SignIn
            }
            Self::Waits(_) => ErrorKind::Waits,
            Self::PlusNeeded
            | Self::TokenOfOtherKind
            | Self::Blocked
            | Self::BrokerDown { .. }
            | Self::Transport(_)
            | Self::AnswerRefused { .. }
            | Self::OtherDays { .. } => ErrorKind::Broker,
            Self::RowsUnwanted
            | Self::File(_)
            | Self::Limiter(_)
            | Self::UnreadableJob(_)
            | Self::UnreadableSchedule(_)
            | Self::UnreadableSettings(_)
            | Self::ReaderFault { .. }
            | Self::Panicked(_)
            | Self::ShuttingDown => ErrorKind::Failed,
            Self::Shared(error) => error.kind(),
            Self::Broker { error, .. } => of_broker(error),
            Self::SignInRefused(refusal) if refusal.is_of_the_broker() => ErrorKind::Broker,
            Self::SignInRefused(refusal) => refused_if(refusal.is_of_what_was_given(), ErrorKind::SignIn),
            Self::Bhavcopy(BhavcopyError::NoneOfDay(_)) => ErrorKind::NotFound,
            Self::Bhavcopy(_) => ErrorKind::Refused,
            Self::Dataset(error) => refused_if(error.is_of_what_was_asked(), ErrorKind::Failed),
            Self::Vault(error) => refused_if(error.is_about_what_was_given(), ErrorKind::Failed),
            Self::Store(error) => of_store(error),
            Self::Copy(error) => of_copy(error),
            Self::Sql(error) => of_sql(error),
            Self::Import(error) => of_import(error),
            Self::Export(refusal) => of_export(refusal),
            Self::Publish(error) => of_publishing(error),
        }
    }

    /// The expiry that is to be collected first, where that helps.
    pub fn to_collect(&self) -> Option<Day> {
        match self {
            Self::NotStored { expiry, .. } => Some(*expiry),
            Self::Shared(error) => error.to_collect(),
            _ => None,
        }
    }
}

fn refused_if(is_of_the_asker: bool, otherwise: ErrorKind) -> ErrorKind {
    if is_of_the_asker { ErrorKind::Refused } else { otherwise }
}

/// Some answers of the broker say that what was asked for cannot be.
fn of_broker(error: &ApiError) -> ErrorKind {
    match error {
        ApiError::Broker { status: 400..=499, .. } => ErrorKind::Refused,
        _ => ErrorKind::Broker,
    }
}

fn of_store(error: &StoreError) -> ErrorKind {
    match error {
        StoreError::Archive(ArchiveError::Unreachable { .. }) => ErrorKind::Waits,
        StoreError::Owned { .. }
        | StoreError::Archived { .. }
        | StoreError::ArchivedMeanwhile
        | StoreError::LakeDiffers { .. }
        | StoreError::Frozen => ErrorKind::Conflict,
        error if error.is_about_what_was_given() => ErrorKind::Refused,
        _ => ErrorKind::Failed,
    }
}

/// A name or a file that cannot be taken is refused; a disk that is full or wrong is a failure.
fn of_copy(error: &CopyError) -> ErrorKind {
    match error {
        CopyError::Exists { .. }
        | CopyError::UnderWay { .. }
        | CopyError::Unwritable { .. }
        | CopyError::Name { .. }
        | CopyError::Unreadable { .. }
        | CopyError::Foreign { .. }
        | CopyError::Newer { .. }
        | CopyError::OtherSource { .. } => ErrorKind::Refused,
        CopyError::NoRoom { .. }
        | CopyError::DiskFull { .. }
        | CopyError::Damaged { .. }
        | CopyError::Differs { .. }
        | CopyError::GivenUp
        | CopyError::Store(_) => ErrorKind::Failed,
    }
}

fn of_sql(error: &SqlError) -> ErrorKind {
    match error {
        SqlError::ReadsMuch(_) | SqlError::Busy { .. } => ErrorKind::Conflict,
        SqlError::NotRunning => ErrorKind::NotFound,
        _ => ErrorKind::Refused,
    }
}

fn of_import(error: &ImportError) -> ErrorKind {
    match error {
        ImportError::Unknown { .. } => ErrorKind::NotFound,
        ImportError::UnderWay => ErrorKind::Conflict,
        _ => ErrorKind::Refused,
    }
}

fn of_export(refusal: &ExportRefusal) -> ErrorKind {
    match refusal {
        ExportRefusal::Unknown(_) | ExportRefusal::NoFile(..) => ErrorKind::NotFound,
        ExportRefusal::TooMany
        | ExportRefusal::UnderWay(_)
        | ExportRefusal::TargetInUse(_)
        | ExportRefusal::Ended(_) => ErrorKind::Conflict,
        ExportRefusal::File(_) => ErrorKind::Failed,
        _ => ErrorKind::Refused,
    }
}

fn of_publishing(error: &PublishError) -> ErrorKind {
    match error {
        PublishError::OtherRows { .. }
        | PublishError::OthersDamage { .. }
        | PublishError::Changing { .. } => ErrorKind::Conflict,
        error => refused_if(error.is_refusal(), ErrorKind::Failed),
    }
}

/// What is not there, or cannot be told, is nothing; what could not be read stays an error.
pub(crate) fn found<T>(read: Result<T, EngineError>) -> Result<Option<T>, EngineError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if matches!(error.kind(), ErrorKind::Refused | ErrorKind::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
