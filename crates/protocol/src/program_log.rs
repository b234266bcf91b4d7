//! The program's own log: what happened here, a line an event.

use market::EpochSeconds;
use serde::{Deserialize, Serialize};

use crate::AddressReader;

/// Lines that are told, unless another number is asked for.
pub const LOG_LINES: u32 = 100;
/// Lines that are told at most.
pub const LOG_LINES_MAX: u32 = 1_000;

/// How grave an event is, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum LogSeverity {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl LogSeverity {
    pub const ALL: [Self; 5] = [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];

    /// As the log and an address write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }

    /// `None`: no such word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.as_str().eq_ignore_ascii_case(word))
    }
}

/// Which lines are wanted; what is left out lets all pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LogQuery {
    /// As grave as this, or graver.
    pub level: Option<LogSeverity>,
    /// A part of the line, in any case of letters.
    pub search: Option<String>,
    pub limit: Option<u32>,
}

impl LogQuery {
    /// Of an address. What cannot be read lets all pass.
    pub fn read(address: &mut AddressReader<'_>) -> Self {
        let search = Some(address.text("log")).filter(|text| !text.is_empty());
        let level = address.part_as("level", "error, warn, info, debug or trace", LogSeverity::parse);
        Self { level, search, limit: None }
    }

    /// The same by the texts of an address.
    pub fn of_texts(text: impl Fn(&str) -> String) -> Self {
        Self::read(&mut AddressReader::new(text))
    }
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogLine {
    pub at: EpochSeconds,
    pub level: LogSeverity,
    /// Where in the program, what happened, and the ids that it was about.
    pub text: String,
}

/// The newest lines, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogLines {
    /// Where the files of the log lie.
    pub folder: String,
    pub lines: Vec<LogLine>,
    /// Whether older lines would fit as well.
    pub has_more: bool,
}
