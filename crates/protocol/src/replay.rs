//! A past day of an expiry, played as if it were live: what is told, and what can be said to the player. A minute's
//! document holds what was traded in that minute and nothing that playing could add, so it is the same one however it
//! is reached. Prices are rupees.

use std::fmt;
use std::str::FromStr;

use market::{ContractKind, Day, ExpiredKey, InstrumentKey, TimeOfDay};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::number;

/// How many minutes of the past pass in one.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
#[serde(into = "f64")]
pub struct ReplaySpeed(f64);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the speed must be a number from {min} to {max}, not {0}: 1 is as it was, 60 a minute a second; to stand still, pause",
    min = ReplaySpeed::MIN, max = ReplaySpeed::MAX
)]
pub struct ReplaySpeedError(String);

impl ReplaySpeed {
    pub const MIN: f64 = 0.1;
    pub const MAX: f64 = 100_000.0;

    pub fn get(self) -> f64 {
        self.0
    }
}

/// As it was.
impl Default for ReplaySpeed {
    fn default() -> Self {
        Self(1.0)
    }
}

impl From<ReplaySpeed> for f64 {
    fn from(speed: ReplaySpeed) -> Self {
        speed.0
    }
}

impl TryFrom<f64> for ReplaySpeed {
    type Error = ReplaySpeedError;

    fn try_from(number: f64) -> Result<Self, ReplaySpeedError> {
        if (Self::MIN..=Self::MAX).contains(&number) {
            Ok(Self(number))
        } else {
            Err(ReplaySpeedError(number.to_string()))
        }
    }
}

/// `60`, `60x`.
impl FromStr for ReplaySpeed {
    type Err = ReplaySpeedError;

    fn from_str(text: &str) -> Result<Self, ReplaySpeedError> {
        let bare = text.trim().trim_end_matches(['x', '×']);
        let number: f64 = bare.parse().map_err(|_| ReplaySpeedError(format!("\"{text}\"")))?;
        number.try_into()
    }
}

impl fmt::Display for ReplaySpeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for ReplaySpeed {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        number::read(from, "a number", Self::MIN, Self::MAX)?.try_into().map_err(D::Error::custom)
    }
}

#[cfg(feature = "openapi")]
market::schema_of!(
    ReplaySpeed,
    market::schemas::number(
        "Minutes of the past that pass in one, from 0.1 on.",
        0,
        ReplaySpeed::MAX as i32,
        1.0
    )
);

/// What is played; the first message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplayHead {
    pub underlying: InstrumentKey,
    /// `Nifty 50`.
    pub name: String,
    pub expiry: Day,
    pub day: Day,
    /// The first and the last minute that are played.
    pub first: TimeOfDay,
    pub last: TimeOfDay,
    pub minutes: u32,
    /// Contracts with a candle on the day.
    pub contracts: u32,
    /// Listed options whose minutes of the day were not collected: what they did is not known.
    pub options_not_collected: u32,
}

/// Everything that was traded in a minute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplayMinute {
    /// Its start, as `2025-08-01T10:30:00+05:30`.
    pub at: String,
    pub time: TimeOfDay,
    /// Of the underlying itself, as the broker has it now; none where it has none.
    pub underlying: Option<ReplayCandle>,
    /// The contracts with a candle in this minute: options by strike, call before put, then the future.
    pub contracts: Vec<ReplayContract>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplayCandle {
    pub open: f64,
    pub high: f64,
    pub low: f64,
    pub close: f64,
    /// Units; nought where nothing was traded, and of an index.
    pub volume: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplayContract {
    pub expired_key: ExpiredKey,
    pub kind: ContractKind,
    pub strike: Option<f64>,
    pub candle: ReplayCandle,
    /// Units.
    pub open_interest: i64,
}

/// How the player stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplayState {
    pub playing: bool,
    pub speed: ReplaySpeed,
    /// The minute that is told next; none at the end.
    pub next: Option<TimeOfDay>,
}

/// A message of a replay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ReplayMessage {
    Head(ReplayHead),
    Minute(ReplayMinute),
    /// After every command.
    State(ReplayState),
    /// The last minute is over.
    End {
        day: Day,
    },
    /// A command that cannot be carried out, and why; the replay goes on.
    Refused {
        why: String,
    },
}

impl ReplayMessage {
    /// The word of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Head(_) => "head",
            Self::Minute(_) => "minute",
            Self::State(_) => "state",
            Self::End { .. } => "end",
            Self::Refused { .. } => "refused",
        }
    }
}

/// What can be said to a replay over its WebSocket, as `{"command":"seek","to":"10:30"}`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "command", rename_all = "snake_case", try_from = "WrittenCommand")]
pub enum ReplayCommand {
    Pause,
    Play,
    Speed {
        speed: ReplaySpeed,
    },
    /// The minute is told at once, also while it stands still.
    Seek {
        to: TimeOfDay,
    },
}

/// A command as it is read: one object with all its names, so that one that nobody takes is seen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCommand {
    command: CommandWord,
    #[serde(default)]
    speed: Option<ReplaySpeed>,
    #[serde(default)]
    to: Option<TimeOfDay>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CommandWord {
    Pause,
    Play,
    Speed,
    Seek,
}

/// A name that belongs to another command, or one that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayCommandError {
    #[error("pause and play take nothing beside \"command\": leave out \"speed\" and \"to\"")]
    Bare,
    #[error("speed takes \"speed\" and nothing else: send {{\"command\":\"speed\",\"speed\":60}}")]
    Speed,
    #[error("seek takes \"to\" and nothing else: send {{\"command\":\"seek\",\"to\":\"10:30\"}}")]
    Seek,
}

impl TryFrom<WrittenCommand> for ReplayCommand {
    type Error = ReplayCommandError;

    fn try_from(WrittenCommand { command, speed, to }: WrittenCommand) -> Result<Self, ReplayCommandError> {
        match (command, speed, to) {
            (CommandWord::Pause, None, None) => Ok(Self::Pause),
            (CommandWord::Play, None, None) => Ok(Self::Play),
            (CommandWord::Speed, Some(speed), None) => Ok(Self::Speed { speed }),
            (CommandWord::Seek, None, Some(to)) => Ok(Self::Seek { to }),
            (CommandWord::Pause | CommandWord::Play, ..) => Err(ReplayCommandError::Bare),
            (CommandWord::Speed, ..) => Err(ReplayCommandError::Speed),
            (CommandWord::Seek, ..) => Err(ReplayCommandError::Seek),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_stands_within_its_bounds() {
        for (text, speed) in [("60", 60.0), (" 0.5 ", 0.5), ("60x", 60.0), ("100000", 100_000.0)] {
            assert_eq!(text.parse::<ReplaySpeed>().unwrap().get(), speed);
        }
        for text in ["0", "-1", "nan", "inf", "fast", "", "100001"] {
            let refused = text.parse::<ReplaySpeed>().unwrap_err().to_string();
            assert!(refused.contains("from 0.1 to 100000"), "{text}: {refused}");
        }
        let refused = serde_json::from_str::<ReplayCommand>(r#"{"command":"speed","speed":0}"#).unwrap_err();
        assert!(refused.to_string().contains("not 0"), "{refused}");
    }

    #[test]
    fn commands_are_read_as_they_are_documented() {
        for (text, command) in [
            (r#"{"command":"pause"}"#, ReplayCommand::Pause),
            (r#"{"command":"play"}"#, ReplayCommand::Play),
            (r#"{"command":"speed","speed":60}"#, ReplayCommand::Speed { speed: ReplaySpeed(60.0) }),
            (r#"{"command":"seek","to":"10:30"}"#, ReplayCommand::Seek { to: "10:30".parse().unwrap() }),
        ] {
            assert_eq!(serde_json::from_str::<ReplayCommand>(text).unwrap(), command);
            assert_eq!(serde_json::to_string(&command).unwrap(), text.replace(":60", ":60.0"));
        }
    }

    #[test]
    fn a_command_takes_its_own_names_and_no_other() {
        for (text, sentence) in [
            (r#"{"command":"pause","speed":2}"#, "take nothing beside \"command\""),
            (r#"{"command":"play","to":"10:30"}"#, "take nothing beside \"command\""),
            (r#"{"command":"speed"}"#, "speed takes \"speed\" and nothing else"),
            (r#"{"command":"speed","speed":2,"to":"10:30"}"#, "speed takes \"speed\" and nothing else"),
            (r#"{"command":"seek","speed":2}"#, "seek takes \"to\" and nothing else"),
            (r#"{"command":"pause","loud":true}"#, "loud"),
        ] {
            let refused = serde_json::from_str::<ReplayCommand>(text).unwrap_err().to_string();
            assert!(refused.contains(sentence), "{text}: {refused}");
        }
    }
}
