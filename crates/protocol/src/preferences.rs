//! What a person sets once for all work: how hard the broker is asked, how numbers are reckoned and written, and what
//! trading costs. Its bounds are here, so that page, REST and command line refuse the same things with the same sentence.
//!
//! Each setting has a name and is a text to whoever types it; only this file knows which field that is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::words::reads_its_words;
use crate::{
    BoundError, CostError, CostPreferences, RequestsPerSecond, ReservePercent, TimeOfDay, UnknownWord,
    VolatilityRate, VolatilityRateError, Workers,
};

/// All settings. What is left out is as it is built in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Preferences {
    pub limits: LimitPreferences,
    pub reading: ReadingPreferences,
    pub costs: CostPreferences,
}

/// How hard the broker is asked. Its own limits hold beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct LimitPreferences {
    /// Of an order that names none, and of schedules.
    pub workers: Workers,
    /// At most so many; null: as many as the limits allow that the program was started with.
    pub requests_per_second: Option<RequestsPerSecond>,
    /// So much of each rate window is left to people while a page is open; null: 4 % of a second, 2 % of what is longer.
    pub reserve_percent: Option<ReservePercent>,
}

/// How numbers are reckoned and written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ReadingPreferences {
    pub volatility_rate: VolatilityRate,
    pub settlement_time: SettlementTime,
    /// On pages; files and REST have plain numbers always.
    pub numbers: NumberStyle,
}

/// When options settle on the day of their expiry, as `15:30` IST.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SettlementTime(TimeOfDay);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no time of settlement: write it as HH:MM from 15:00 to 16:00 IST")]
pub struct SettlementTimeError(String);

impl SettlementTime {
    pub const DEFAULT: &str = "15:30";
    const EARLIEST: u16 = 15 * 60;
    const LATEST: u16 = 16 * 60;

    pub fn time(self) -> TimeOfDay {
        self.0
    }
}

impl Default for SettlementTime {
    #[expect(clippy::expect_used, reason = "a test reads this very text")]
    fn default() -> Self {
        Self::DEFAULT.parse().expect("the default is a time of settlement")
    }
}

impl FromStr for SettlementTime {
    type Err = SettlementTimeError;

    fn from_str(text: &str) -> Result<Self, SettlementTimeError> {
        let time = text.parse::<TimeOfDay>().ok();
        time.filter(|time| (Self::EARLIEST..=Self::LATEST).contains(&time.minute_of_day()))
            .map(Self)
            .ok_or_else(|| SettlementTimeError(text.to_owned()))
    }
}

impl TryFrom<String> for SettlementTime {
    type Error = SettlementTimeError;

    fn try_from(text: String) -> Result<Self, SettlementTimeError> {
        text.parse()
    }
}

impl From<SettlementTime> for String {
    fn from(time: SettlementTime) -> Self {
        time.to_string()
    }
}

impl fmt::Display for SettlementTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(feature = "openapi")]
market::schema_of!(
    SettlementTime,
    market::schemas::text("HH:MM from 15:00 to 16:00 IST.", "^(15:[0-5][0-9]|16:00)$", Self::DEFAULT)
);

/// How large numbers are grouped on pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum NumberStyle {
    /// 12,34,567, in lakhs and crores.
    #[default]
    Indian,
    /// 1,234,567, in millions and billions.
    International,
}

impl NumberStyle {
    pub const ALL: [Self; 2] = [Self::Indian, Self::International];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Indian => "indian",
            Self::International => "international",
        }
    }

    pub fn grouped(self, count: u64) -> String {
        let length = match self {
            Self::Indian => 2,
            Self::International => 3,
        };
        let digits = count.to_string();
        let (mut head, tail) = digits.split_at(digits.len().saturating_sub(3));
        let mut groups = vec![tail];
        while !head.is_empty() {
            let (front, group) = head.split_at(head.len().saturating_sub(length));
            groups.push(group);
            head = front;
        }
        groups.reverse();
        groups.join(",")
    }
}

/// How sentences write numbers: as a person has set it for pages, or plain where a program may read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    Plain,
    Grouped(NumberStyle),
}

impl Numbers {
    pub fn written(self, count: u64) -> String {
        match self {
            Self::Plain => count.to_string(),
            Self::Grouped(style) => style.grouped(count),
        }
    }

    /// `1 row`, `2 rows`.
    pub fn counted(self, count: u64, what: &str) -> String {
        format!("{} {what}{}", self.written(count), if count == 1 { "" } else { "s" })
    }

    /// `1 row was`, `2 rows were`.
    pub fn were(self, count: u64, what: &str) -> String {
        format!("{} {}", self.counted(count, what), if count == 1 { "was" } else { "were" })
    }
}

reads_its_words!(NumberStyle, "style of numbers: write indian (12,34,567) or international (1,234,567)");

/// A setting, by the name of its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SettingName {
    Workers,
    RequestsPerSecond,
    ReservePercent,
    VolatilityRate,
    SettlementTime,
    Numbers,
    Brokerage,
    Charges,
}

impl SettingName {
    pub const ALL: [Self; 8] = [
        Self::Workers,
        Self::RequestsPerSecond,
        Self::ReservePercent,
        Self::VolatilityRate,
        Self::SettlementTime,
        Self::Numbers,
        Self::Brokerage,
        Self::Charges,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Workers => "workers",
            Self::RequestsPerSecond => "requests_per_second",
            Self::ReservePercent => "reserve_percent",
            Self::VolatilityRate => "volatility_rate",
            Self::SettlementTime => "settlement_time",
            Self::Numbers => "numbers",
            Self::Brokerage => "brokerage",
            Self::Charges => "charges",
        }
    }
}

reads_its_words!(
    SettingName,
    "setting: there are workers, requests_per_second, reserve_percent, volatility_rate, settlement_time, numbers, \
     brokerage and charges"
);

/// What a setting cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    #[error(transparent)]
    Bound(#[from] BoundError),
    #[error(transparent)]
    Rate(#[from] VolatilityRateError),
    #[error(transparent)]
    Time(#[from] SettlementTimeError),
    #[error(transparent)]
    Cost(#[from] CostError),
    #[error(transparent)]
    Word(#[from] UnknownWord),
}

impl Preferences {
    /// The word, and the empty text, that make a setting what is built in.
    pub const DEFAULT_WORD: &str = "default";

    /// As [`set`](Self::set) reads it; nothing where nothing of its own is set.
    pub fn text_of(&self, name: SettingName) -> Option<String> {
        let Self { limits, reading, costs } = self;
        Some(match name {
            SettingName::Workers => limits.workers.to_string(),
            SettingName::RequestsPerSecond => limits.requests_per_second?.to_string(),
            SettingName::ReservePercent => limits.reserve_percent?.to_string(),
            SettingName::VolatilityRate => reading.volatility_rate.to_string(),
            SettingName::SettlementTime => reading.settlement_time.to_string(),
            SettingName::Numbers => reading.numbers.as_str().to_owned(),
            SettingName::Brokerage => costs.brokerage.to_string(),
            SettingName::Charges => costs.charges.to_string(),
        })
    }

    /// Takes a setting as somebody types it.
    pub fn set(&mut self, name: SettingName, text: &str) -> Result<(), SettingError> {
        let Self { limits, reading, costs } = self;
        let text = text.trim();
        let text = (!text.is_empty() && text != Self::DEFAULT_WORD).then_some(text);
        match name {
            SettingName::Workers => limits.workers = read(text)?.unwrap_or_default(),
            SettingName::RequestsPerSecond => limits.requests_per_second = read(text)?,
            SettingName::ReservePercent => limits.reserve_percent = read(text)?,
            SettingName::VolatilityRate => reading.volatility_rate = read(text)?.unwrap_or_default(),
            SettingName::SettlementTime => reading.settlement_time = read(text)?.unwrap_or_default(),
            SettingName::Numbers => reading.numbers = read(text)?.unwrap_or_default(),
            SettingName::Brokerage => costs.brokerage = read(text)?.unwrap_or_default(),
            SettingName::Charges => costs.charges = read(text)?.unwrap_or_default(),
        }
        Ok(())
    }
}

fn read<T: FromStr>(text: Option<&str>) -> Result<Option<T>, T::Err> {
    text.map(str::parse).transpose()
}

/// The settings as they are told to a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SettingsPicture {
    pub settings: Preferences,
    /// The limits that the program was started with: no setting makes them looser.
    pub rate_limits: String,
    /// A line a setting.
    pub lines: Vec<SettingLine>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SettingLine {
    pub name: SettingName,
    /// As it is typed; null where it is left to the program.
    pub value: Option<String>,
    /// Another than the one that is built in.
    pub is_changed: bool,
    /// How the environment of the program overrides or narrows it, as a sentence.
    pub environment: Option<String>,
}

impl SettingsPicture {
    pub fn of(
        settings: Preferences,
        rate_limits: String,
        environment: impl Fn(SettingName) -> Option<String>,
    ) -> Self {
        let line = |name| {
            let value = settings.text_of(name);
            let is_changed = value != Preferences::default().text_of(name);
            SettingLine { name, value, is_changed, environment: environment(name) }
        };
        Self { settings, rate_limits, lines: SettingName::ALL.map(line).into() }
    }

    pub fn line(&self, name: SettingName) -> Option<&SettingLine> {
        self.lines.iter().find(|line| line.name == name)
    }
}

#[cfg(test)]
#[path = "preferences_tests.rs"]
mod tests;
