//! Schedules: the rule that a person gives, and a schedule as it is drawn.

use std::fmt;
use std::str::FromStr;

use market::{ContractKinds, EpochSeconds, InstrumentKey, Interval};
use serde::{Deserialize, Serialize};

use crate::collect::unique_keys;
use crate::words::reads_its_words;
use crate::{HistoricalDays, JobId, StrikesEachSide, TimeOfDay, Wait};

/// The most schedules at once.
pub const SCHEDULES_MAX: usize = 50;
/// The most underlyings of one schedule: all that have futures and options, and some room.
pub const SCHEDULE_UNDERLYINGS_MAX: usize = 300;
pub const SCHEDULE_NAME_LENGTH_MAX: usize = 80;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct ScheduleId(pub i64);

impl fmt::Display for ScheduleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Which expiries of an underlying are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ExpiryCycle {
    Weekly,
    Monthly,
    #[default]
    Both,
}

impl ExpiryCycle {
    pub const ALL: [Self; 3] = [Self::Both, Self::Weekly, Self::Monthly];

    /// One of which it is not known is taken: too much can be deleted, too little is lost.
    pub fn includes(self, weekly: Option<bool>) -> bool {
        match (self, weekly) {
            (Self::Both, _) | (_, None) => true,
            (Self::Weekly, Some(weekly)) => weekly,
            (Self::Monthly, Some(weekly)) => !weekly,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Both => "both",
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Weekly => "weekly expiries",
            Self::Monthly => "monthly expiries",
            Self::Both => "every expiry",
        }
    }
}

/// A time of day in IST from which an expiry of the day before is final, as `07:30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunTime(u16);

#[cfg(feature = "openapi")]
market::schema_of!(
    RunTime,
    market::schemas::text("HH:MM from 06:00 to 23:59 IST.", "^(0[6-9]|1[0-9]|2[0-3]):[0-5][0-9]$", "07:30")
);

/// What a person wrote as a time and cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no time for a run: write it as HH:MM from 06:00 to 23:59 IST. The day of an expiry is final at 06:00 of the next morning"
)]
pub struct RunTimeError(String);

impl RunTime {
    /// Minutes after midnight at which the day before is final.
    const EARLIEST: u16 = 6 * 60;
    const LATEST: u16 = 24 * 60 - 1;

    /// Minutes after midnight IST.
    pub fn minute_of_day(self) -> u16 {
        self.0
    }
}

impl Default for RunTime {
    fn default() -> Self {
        Self(7 * 60 + 30)
    }
}

impl FromStr for RunTime {
    type Err = RunTimeError;

    fn from_str(text: &str) -> Result<Self, RunTimeError> {
        let time = text.parse::<TimeOfDay>().ok();
        time.map(TimeOfDay::minute_of_day)
            .filter(|minute| (Self::EARLIEST..=Self::LATEST).contains(minute))
            .map(Self)
            .ok_or_else(|| RunTimeError(text.to_owned()))
    }
}

impl TryFrom<String> for RunTime {
    type Error = RunTimeError;

    fn try_from(text: String) -> Result<Self, RunTimeError> {
        text.parse()
    }
}

impl From<RunTime> for String {
    fn from(time: RunTime) -> Self {
        time.to_string()
    }
}

impl fmt::Display for RunTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// When a schedule runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ScheduleTime {
    /// At this time of the next trading day after an expiry.
    AfterExpiry(RunTime),
    /// A cron expression, evaluated in IST.
    Cron(String),
}

impl Default for ScheduleTime {
    fn default() -> Self {
        Self::AfterExpiry(RunTime::default())
    }
}

/// What a schedule collects and when. `K` is how the underlyings are named: by keys, or as a person writes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScheduleRule<K = InstrumentKey> {
    pub underlyings: Vec<K>,
    #[serde(default)]
    pub expiries: ExpiryCycle,
    #[serde(default)]
    pub kinds: ContractKinds,
    /// As in an order: options within so many strikes of where the underlying went; all where it is null or absent.
    #[serde(default)]
    pub strikes: Option<StrikesEachSide>,
    #[serde(default)]
    pub interval: Interval,
    #[serde(default)]
    pub days: HistoricalDays,
    /// Whether the 1-minute candles of the underlying itself come along.
    #[serde(default = "crate::collect::yes")]
    pub with_underlying: bool,
    /// Whether what is complete goes into the lake of the settings once it is collected.
    #[serde(default)]
    pub publish: bool,
    #[serde(default)]
    pub when: ScheduleTime,
}

/// What a person asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScheduleOrder<K = InstrumentKey> {
    /// `None` or empty: it is named after what it collects.
    #[serde(default)]
    pub name: Option<String>,
    #[serde(flatten)]
    pub rule: ScheduleRule<K>,
}

impl<K> ScheduleOrder<K> {
    /// The same order with other names for its underlyings; two names of one are one.
    pub fn try_with_keys<L: PartialEq, E>(
        self,
        key_of: impl Fn(&K) -> Result<L, E>,
    ) -> Result<ScheduleOrder<L>, E> {
        let ScheduleRule {
            underlyings,
            expiries,
            kinds,
            strikes,
            interval,
            days,
            with_underlying,
            publish,
            when,
        } = self.rule;
        let underlyings = unique_keys(&underlyings, key_of)?;
        let rule = ScheduleRule {
            underlyings,
            expiries,
            kinds,
            strikes,
            interval,
            days,
            with_underlying,
            publish,
            when,
        };
        Ok(ScheduleOrder { name: self.name, rule })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ScheduleState {
    /// It runs at its next time.
    Planned,
    Running,
    /// A run is due and goes on by itself after signing in.
    WaitingForLogin,
    /// Held by a person.
    Paused,
}

impl ScheduleState {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Running => "running",
            Self::WaitingForLogin => "waiting for sign-in",
            Self::Paused => "paused",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// It made or took up a job.
    Job,
    NothingNew,
    Failed,
}

impl RunOutcome {
    pub const ALL: [Self; 3] = [Self::Job, Self::NothingNew, Self::Failed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Job => "job",
            Self::NothingNew => "nothing_new",
            Self::Failed => "failed",
        }
    }
}

reads_its_words!(RunOutcome, "outcome of a schedule's run");

/// One run of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScheduleRun {
    pub at: EpochSeconds,
    pub outcome: RunOutcome,
    pub job: Option<JobId>,
    /// What is to be said about it.
    pub message: Option<String>,
}

/// A schedule as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SchedulePicture {
    pub id: ScheduleId,
    pub name: String,
    /// Of its underlyings, in the order of the rule.
    #[serde(default)]
    pub symbols: Vec<String>,
    #[serde(flatten)]
    pub rule: ScheduleRule,
    /// The time of its runs, in plain words.
    pub when_words: String,
    /// A sentence, where it runs more often than serves anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    pub state: ScheduleState,
    pub created_at: EpochSeconds,
    /// `None` while it is paused or waits for sign-in.
    pub next_run: Option<EpochSeconds>,
    pub last_run: Option<ScheduleRun>,
    /// What it waits for and what may be lost meanwhile.
    pub waiting: Option<String>,
    /// A run that a person asked for and that is still to be carried out.
    #[serde(default)]
    pub asked_at: Option<EpochSeconds>,
    /// What keeps it from running now, or would at its next time.
    #[serde(default)]
    pub waits: Option<Wait>,
    /// What it collected and could not be put into the lake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unpublished: Option<Unpublished>,
}

/// Something that is to go into a lake and could not; it is tried again every hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Unpublished {
    pub since: EpochSeconds,
    /// Of the last try.
    pub problem: String,
}

/// What a time means, before a schedule is made of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SchedulePreview {
    pub words: String,
    pub next_runs: Vec<EpochSeconds>,
    /// A sentence, where it comes more often than serves anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_never_before_the_expiry_day_is_final() {
        for (text, minute) in [("06:00", 360), ("07:30", 450), ("23:59", 1439), (" 07:30 ", 450)] {
            assert_eq!(text.parse::<RunTime>().unwrap().minute_of_day(), minute);
        }
        for bad in ["05:59", "24:00", "7:30", "07:60", "0730", "", "07:3x", "+7:30", "07:30:00"] {
            let error = bad.parse::<RunTime>().unwrap_err().to_string();
            assert!(error.contains("06:00 to 23:59"), "{bad}: {error}");
        }
        assert_eq!(RunTime::default().to_string(), "07:30");
    }

    #[test]
    fn a_rule_reads_as_people_write_it() {
        let order: ScheduleOrder = serde_json::from_str(
            r#"{"underlyings":["NSE_INDEX|Nifty 50"],"expiries":"weekly","when":{"cron":"0 8 * * 5"}}"#,
        )
        .unwrap();
        assert_eq!(order.rule.when, ScheduleTime::Cron("0 8 * * 5".to_owned()));
        assert_eq!((order.rule.days.get(), order.rule.kinds), (90, ContractKinds::Both));
        assert!(order.rule.with_underlying);
        let plain: ScheduleOrder = serde_json::from_str(r#"{"underlyings":["NSE_INDEX|Nifty 50"]}"#).unwrap();
        assert_eq!(plain.rule.when, ScheduleTime::AfterExpiry(RunTime(450)));
        let early = r#"{"underlyings":["NSE_INDEX|Nifty 50"],"when":{"after_expiry":"05:00"}}"#;
        assert!(serde_json::from_str::<ScheduleOrder>(early).unwrap_err().to_string().contains("05:00"));
    }

    #[test]
    fn what_is_not_known_to_be_weekly_or_monthly_is_taken() {
        use ExpiryCycle::{Both, Monthly, Weekly};
        let taken = |cycle: ExpiryCycle| [Some(true), Some(false), None].map(|weekly| cycle.includes(weekly));
        assert_eq!(taken(Weekly), [true, false, true]);
        assert_eq!(taken(Monthly), [false, true, true]);
        assert_eq!(taken(Both), [true; 3]);
    }
}
