//! Everything that the engine can refuse or fail at, in sentences for people.

mod kind;

use std::any::Any;

use analytics::PlanError;
use analytics::series::SeriesError;

use crate::backups::RestoreError;
use crate::bhavcopy::BhavcopyError;
use crate::datasets::DatasetError;
use crate::exports::ExportRefusal;
use crate::faults::KeptAnswerFile;
use crate::file_error::FileError;
use crate::import::ImportError;
use crate::lake::PublishError;
use crate::names::counted;
use crate::notices::NoticeSettingsError;
use crate::session::{AppError, SignInRefusal};
use market::{Day, DayError, DayRange, EpochSeconds, ExpiredKey, IntervalError, KeyError, Underlying};
use protocol::{
    BoundError, JobId, JobStatus, LIST_WITNESSES, ScheduleId, SignInEnd, StorageDeed, StreamCursor,
};
use ratelimit::{LimiterError, LimitsError};
use store::{CopyError, SqlError, StoreError, VaultError};
use upstox::{ApiError, TransportError};

pub use self::kind::ErrorKind;
pub(crate) use self::kind::found;

#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Day(#[from] DayError),
    #[error(transparent)]
    Interval(#[from] IntervalError),
    #[error(transparent)]
    Bound(#[from] BoundError),
    #[error(transparent)]
    Limits(#[from] LimitsError),
    #[error("Upstox knows no expired contracts of {key}")]
    UnknownUnderlying { key: String },
    #[error("nothing of {key} is stored here")]
    NothingStored { key: String },
    #[error("\"{name}\" are several names, and each is asked for by itself: write one, or repeat the option")]
    SeveralNames { name: String },
    #[error("\"{name}\" may mean {candidates}: write one of these symbols, or its key")]
    AmbiguousUnderlying { name: String, candidates: String },
    #[error(
        "no index and no stock is called \"{name}\": search by symbol, name or ISIN. A key, for example NSE_EQ|INE002A01018, is asked of Upstox as it is"
    )]
    UnknownName { name: String },
    /// The same to whoever reads what is stored: then nobody is asked.
    #[error(
        "no index and no stock that is known here is called \"{name}\": write a symbol or a name, for example BANKNIFTY, or a key, for example \"NSE_INDEX|Nifty 50\""
    )]
    UnknownHere { name: String },
    /// The list of instruments is not whole, so that nobody can say that there is none of this name.
    #[error("\"{name}\" is not among the instruments that are known now. {missing}")]
    UnlistedName { name: String, missing: String },
    #[error("{underlying} has no expiry on {}: {}", date.to_long_text(), nearest_words(nearest))]
    UnknownExpiry { underlying: String, date: Day, nearest: String },
    /// What a chain would be made of is not stored.
    #[error("{0}")]
    NoChain(String),
    /// The same of an expiry that helps when it is collected first.
    #[error("{words}")]
    NotStored { expiry: Day, words: String },
    /// Why there is none of a contract.
    #[error("{0}")]
    NoCandles(String),
    /// At which there never was a chain, or none that is stored.
    #[error("{0}")]
    NoSuchMinute(String),
    /// Of another database, or of what this one was before a backup took its place.
    #[error(
        "the cursor {cursor} lies behind everything that is stored here ({newest}): it is of another database"
    )]
    ForeignCursor { cursor: StreamCursor, newest: StreamCursor },
    #[error(transparent)]
    Bhavcopy(#[from] BhavcopyError),
    #[error(transparent)]
    Export(#[from] ExportRefusal),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    SeriesName(#[from] SeriesError),
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// That no series can be made of.
    #[error("{0}")]
    NoSeries(String),
    /// What is written is no strategy.
    #[error(transparent)]
    StrategyText(#[from] PlanError),
    /// That cannot be opened or followed.
    #[error("{0}")]
    NoStrategy(String),
    #[error("Upstox lists no expiry of {underlying}{}", asked_so_far(*asked))]
    NoExpiries { underlying: String, asked: u32 },
    #[error(
        "the clock of this machine says {}, and the known expiries of {underlying} lie after it, the first on {}: they had expired when they were listed, so set the clock", today.to_long_text(), first.to_long_text()
    )]
    ClockBehind { underlying: String, today: Day, first: Day },
    #[error("there is nothing to collect: {0}")]
    NothingToCollect(String),
    #[error("no contract {0} is known here: look for it among the contracts of its expiry")]
    UnknownContract(ExpiredKey),
    #[error("{contract} is a contract of {underlying} that expired on {}: look for it there", date.to_long_text())]
    OfOtherExpiry { contract: String, underlying: String, date: Day },
    #[error("there is no job {0}")]
    UnknownJob(JobId),
    #[error("there is no schedule {0}")]
    UnknownSchedule(ScheduleId),
    #[error(
        "\"{expression}\" is no cron expression that can be used: {reason}. Write minute, hour, day, month and weekday, for example \"30 7 * * 2-6\""
    )]
    Cron { expression: String, reason: String },
    #[error("a schedule collects 1 to {max} underlyings, not {given}")]
    ScheduleUnderlyings { given: usize, max: usize },
    #[error("{underlyings} has monthly expiries only: choose monthly expiries, or every expiry")]
    NoWeeklies { underlyings: String },
    #[error("a schedule's name has at most {max} characters")]
    ScheduleName { max: usize },
    #[error("there are {max} schedules already: remove one first")]
    TooManySchedules { max: usize },
    #[error(transparent)]
    Setting(#[from] protocol::SettingError),
    #[error(transparent)]
    NoticeSettings(#[from] NoticeSettingsError),
    #[error(
        "{what} changed elsewhere since you saw it, and nothing of yours was saved: load the page again to see how it stands, and make your change anew"
    )]
    ChangedMeanwhile { what: &'static str },
    #[error("job {job} is {}: it cannot be {action}", status.words())]
    JobState { job: JobId, status: JobStatus, action: &'static str },
    #[error("a job takes at most {max} expiries, this would have {given}: choose fewer")]
    TooManyTargets { given: usize, max: usize },
    #[error("sign-in needed: sign in to Upstox first")]
    SignInNeeded,
    #[error("the sign-in has ended: {}. Sign in again", .0.words())]
    SignInEnded(SignInEnd),
    #[error("Upstox refuses this token: copy it again, or sign in anew")]
    TokenRefused,
    /// By its own word, and the clock of this machine.
    #[error(
        "this token ended on {} IST, and it is {} IST by the clock of this machine: get a new one, or set the clock if it is wrong",
        long_moment(*end), long_moment(*now)
    )]
    TokenEnded { end: EpochSeconds, now: EpochSeconds },
    #[error(
        "Upstox answers that this kind of token may not ask for this (UDAPI100067): an extended or analytics token does not reach expired contracts. Sign in through the dialog of Upstox, then resume the job"
    )]
    TokenOfOtherKind,
    #[error("that is not a token: it is empty or holds spaces or line breaks")]
    MalformedToken,
    #[error(transparent)]
    App(#[from] AppError),
    #[error(transparent)]
    SignInRefused(#[from] SignInRefusal),
    #[error(
        "Upstox answers that expired contracts need its Plus plan (UDAPI1149): activate Plus in the Upstox app, wait for the 24 hours that it takes, then resume the job"
    )]
    PlusNeeded,
    #[error(
        "Upstox turns this program away with a page instead of an answer (HTTP 403). Nothing more is asked: wait an hour, then try again, from another network if it goes on"
    )]
    Blocked,
    #[error("Upstox fails again and again; nothing is asked for {} s, then one request tries", wait.as_secs().max(1))]
    BrokerDown { wait: std::time::Duration },
    /// Somebody who cannot wait asked for something that has to.
    #[error("{}", .0.sentence)]
    Waits(protocol::Wait),
    /// What somebody else asked for at the same time and was answered.
    #[error(transparent)]
    Shared(std::sync::Arc<EngineError>),
    #[error("{error}{}", tries(*attempts))]
    Broker {
        attempts: u32,
        #[source]
        error: ApiError,
    },
    /// Our own reader broke on an answer.
    #[error(
        "ExpiryTrack met a fault of its own in reading an answer of Upstox: {words}. Nothing of that answer was taken, and what was stored is safe. {kept}: please report it, with these words"
    )]
    ReaderFault { words: String, kept: KeptAnswerFile },
    #[error(
        "no row of the answer could be taken ({rows} came), the first because {reason}: they are kept in quarantine"
    )]
    AnswerRefused { rows: u64, reason: String },
    #[error(
        "Upstox sent other days in place of {}, {times} times: rows may be missing there. What came of these days is kept; retry to ask again", asked.to_long_text()
    )]
    OtherDays { asked: DayRange, times: u32 },
    #[error("rate limits looser than the broker's own (50/1s,500/60s,2000/1800s) are refused for upstox.com")]
    LooseLimits,
    #[error(transparent)]
    Transport(#[from] TransportError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Sql(SqlError),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error(transparent)]
    Copy(#[from] CopyError),
    #[error(
        "a backup is being made, the database is being compacted or pruned, or a lake is being published into, verified or moved: wait until that is done"
    )]
    StorageBusy,
    #[error("nothing of the chosen expiries of {underlying} is stored: there is nothing to prune")]
    NothingToPrune { underlying: String },
    #[error(
        "the candles of {underlying} itself go only together with all of its expiries: each of them needs these"
    )]
    OwnCandlesNeeded { underlying: String },
    #[error(
        "what is stored has changed since this was counted: look at the preview again. Nothing was removed"
    )]
    StalePreview,
    /// What somebody removes or moves.
    #[error("job {job} ({title}) {}", still_wants(*deed, *status, *retry_at))]
    StillWanted {
        deed: StorageDeed,
        job: JobId,
        title: String,
        status: JobStatus,
        retry_at: Option<EpochSeconds>,
    },
    #[error("{underlying} {} cannot be moved into the lake: {why}", date.to_long_text())]
    NotArchivable { underlying: String, date: Day, why: String },
    #[error(
        "nothing of the chosen expiries of {underlying} is stored here: there is nothing to move into the lake"
    )]
    NothingToArchive { underlying: String },
    #[error(
        "none of the chosen expiries of {underlying} lies in the lake alone: there is nothing to bring back into the database"
    )]
    NothingArchived { underlying: String },
    #[error(
        "the candles of {underlying} {} lie in the lake, and are not stored here: bring them back before they are removed for good", date.to_long_text()
    )]
    PruneArchived { underlying: String, date: Day },
    #[error(
        "the candles of {underlying} {} lie in the lake, and days of {} were never asked for: bring them back first (Settings, or `expirytrack lake unarchive`), and then collect",
        date.to_long_text(), counted(*contracts, "contract")
    )]
    ArchivedWantsMore { underlying: String, date: Day, contracts: u64 },
    #[error(transparent)]
    Restore(#[from] RestoreError),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error("somebody has stopped it")]
    Stopped,
    /// Whoever took rows takes no more, and has the reason.
    #[error("the rows of a table were not taken to their end")]
    RowsUnwanted,
    #[error(transparent)]
    Vault(VaultError),
    #[error(transparent)]
    Limiter(#[from] LimiterError),
    #[error("the stored job cannot be read by this version")]
    UnreadableJob(#[source] serde_json::Error),
    #[error("the stored schedule cannot be read by this version")]
    UnreadableSchedule(#[source] serde_json::Error),
    #[error("the settings cannot be kept")]
    UnreadableSettings(#[source] serde_json::Error),
    #[error("job {0} runs already")]
    JobRuns(JobId),
    #[error(
        "ExpiryTrack met a fault of its own: {0}. What was stored is safe; please report it, with these words"
    )]
    Panicked(String),
    #[error("the engine is shutting down")]
    ShuttingDown,
}

fn nearest_words(nearest: &str) -> String {
    match nearest {
        "" => "none is known here yet, so list its expiries first".to_owned(),
        nearest => format!("the nearest ones are {nearest}"),
    }
}

fn long_moment(at: EpochSeconds) -> String {
    at.to_ist().format("%-d %b %Y, %H:%M").to_string()
}

fn tries(attempts: u32) -> String {
    if attempts > 1 { format!(", {attempts} times in a row") } else { String::new() }
}

/// How a job is in the way of a deed, and what helps.
fn still_wants(deed: StorageDeed, status: JobStatus, retry_at: Option<EpochSeconds>) -> String {
    let (would, why) = match deed {
        StorageDeed::Archive => ("bring more of it", ", and what lies in the lake takes no more"),
        _ => ("bring it again", ""),
    };
    match retry_at {
        None => {
            format!("is {} and would {would}{why}: cancel it, or wait until it has ended", status.words())
        }
        Some(at) => format!(
            "tries again by itself at {} IST what failed of it{why}: wait until that is done, or retry it now",
            &at.to_ist_text()[11..16]
        ),
    }
}

fn asked_so_far(asked: u32) -> String {
    if asked >= LIST_WITNESSES {
        return String::new();
    }
    format!(" yet, asked {asked} of {LIST_WITNESSES} times: ask again in ten minutes")
}

/// What the database says is told as if it was asked without the vault.
impl From<VaultError> for EngineError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Store(error) => Self::Store(error),
            other => Self::Vault(other),
        }
    }
}

/// The same of a person's query.
impl From<SqlError> for EngineError {
    fn from(error: SqlError) -> Self {
        match error {
            SqlError::Store(error) => Self::Store(error),
            other => Self::Sql(other),
        }
    }
}

impl EngineError {
    /// With the dates among `known` that are nearest to the one that was asked for.
    pub(crate) fn unknown_expiry(
        underlying: &Underlying,
        date: Day,
        known: impl IntoIterator<Item = Day>,
    ) -> Self {
        const NEAREST_SHOWN: usize = 3;
        let mut known: Vec<Day> = known.into_iter().collect();
        known.sort_by_key(|other| (other.days_since_1970() - date.days_since_1970()).abs());
        known.truncate(NEAREST_SHOWN);
        known.sort_unstable();
        let nearest = known.into_iter().map(Day::to_long_text).collect::<Vec<_>>().join(", ");
        Self::UnknownExpiry { underlying: underlying.name.clone(), date, nearest }
    }

    /// Whether it is the broker's word on what was asked, or our failing to read it: it ends that part of a job, and
    /// the others go on.
    pub(crate) fn is_of_one_part(&self) -> bool {
        matches!(
            self,
            Self::Broker { .. }
                | Self::ReaderFault { .. }
                | Self::AnswerRefused { .. }
                | Self::OtherDays { .. }
        )
    }

    /// A panic, in its own words.
    pub(crate) fn panicked(panic: &(dyn Any + Send)) -> Self {
        Self::Panicked(upstox::words_of(panic))
    }

    /// Whether the same would happen again, however often it is tried: what is stored cannot be read.
    pub(crate) fn is_for_good(&self) -> bool {
        matches!(self, Self::UnreadableJob(_) | Self::Store(StoreError::Unreadable(_)))
    }

    /// What it waits for, also where somebody else asked the same and waits.
    pub fn wait(&self) -> Option<&protocol::Wait> {
        match self {
            Self::Waits(wait) => Some(wait),
            Self::Shared(error) => error.wait(),
            _ => None,
        }
    }

    /// Which command helps, for a terminal. Pages and REST have their own ways.
    pub fn command_that_helps(&self) -> Option<&'static str> {
        match self {
            Self::UnknownUnderlying { .. }
            | Self::AmbiguousUnderlying { .. }
            | Self::UnknownName { .. }
            | Self::UnknownHere { .. } => {
                Some("`expirytrack instruments --search TEXT` finds indices and stocks")
            }
            Self::SignInNeeded => Some("`expirytrack login` signs in"),
            Self::UnknownContract(_) => Some("`expirytrack contracts UNDERLYING EXPIRY` lists them"),
            _ => None,
        }
    }

    /// The message with everything that caused it, for a log or a terminal.
    pub fn chain(&self) -> String {
        store::chain(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::UnderlyingKind;

    #[test]
    fn the_nearest_expiries_are_named_where_there_are_any() {
        let (key, symbol, name) =
            ("NSE_INDEX|Nifty 50".parse().unwrap(), "NIFTY".to_owned(), "Nifty 50".to_owned());
        let underlying = Underlying { key, symbol, name, kind: UnderlyingKind::Index };
        let date = |text: &str| text.parse::<Day>().unwrap();
        let told = |known: &[Day]| {
            EngineError::unknown_expiry(&underlying, date("2025-08-20"), known.iter().copied()).to_string()
        };
        let (one, none) = (told(&[date("2025-08-21")]), told(&[]));
        assert_eq!(one, "Nifty 50 has no expiry on 20 Aug 2025: the nearest ones are 21 Aug 2025");
        assert_eq!(
            none,
            "Nifty 50 has no expiry on 20 Aug 2025: none is known here yet, so list its expiries first"
        );
    }
}
