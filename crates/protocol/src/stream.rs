//! What `/api/v1/stream` tells: candles as they land and the log of jobs, each with the cursor from which a reader goes
//! on. The cursor is of the database and not of a connection, so that a reload, a lag and a restarted server are one
//! case.

use std::fmt;
use std::str::FromStr;

use market::{Day, EpochSeconds, ExpiredKey, InstrumentKey, Interval};
use serde::{Deserialize, Serialize};

use crate::{JobEvent, JobId};

/// The last answer of the broker and the last event of a job that a reader has seen: `5123-871`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StreamCursor {
    pub answer: i64,
    pub event: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no cursor of the stream: give one back as it came, for example 5123-871; 0-0 is before everything"
)]
pub struct StreamCursorError(String);

impl FromStr for StreamCursor {
    type Err = StreamCursorError;

    fn from_str(text: &str) -> Result<Self, StreamCursorError> {
        let id = |part: &str| part.parse::<u32>().map(i64::from).ok();
        let read = text.trim().split_once('-').and_then(|(answer, event)| Some((id(answer)?, id(event)?)));
        let (answer, event) = read.ok_or_else(|| StreamCursorError(text.to_owned()))?;
        Ok(Self { answer, event })
    }
}

impl fmt::Display for StreamCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.answer, self.event)
    }
}

impl TryFrom<String> for StreamCursor {
    type Error = StreamCursorError;

    fn try_from(text: String) -> Result<Self, StreamCursorError> {
        text.parse()
    }
}

impl From<StreamCursor> for String {
    fn from(cursor: StreamCursor) -> Self {
        cursor.to_string()
    }
}

#[cfg(feature = "openapi")]
market::schema_of!(
    StreamCursor,
    market::schemas::text("From where a reader goes on.", "^[0-9]+-[0-9]+$", "5123-871")
);

/// What a reader wants to hear of; everything where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamFilter {
    /// Candles of its contracts and its own, and events about one of these.
    pub underlying: Option<InstrumentKey>,
    /// The same of the contracts of an expiry.
    pub expiry: Option<Day>,
    pub job: Option<JobId>,
}

/// Candles that were committed: one answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LandedCandles {
    pub at: EpochSeconds,
    pub job: Option<JobId>,
    pub underlying: InstrumentKey,
    /// None of the underlying's own.
    pub expiry: Option<Day>,
    pub expired_key: Option<ExpiredKey>,
    pub interval: Interval,
    /// The days that were asked for.
    pub from: Option<Day>,
    pub to: Option<Day>,
    /// Candles in the answer.
    pub rows: u64,
}

impl LandedCandles {
    pub fn passes(&self, filter: &StreamFilter) -> bool {
        filter.job.is_none_or(|job| self.job == Some(job))
            && filter.expiry.is_none_or(|expiry| self.expiry == Some(expiry))
            && filter.underlying.as_ref().is_none_or(|key| self.underlying == *key)
    }
}

/// A message of the stream; whoever has read it goes on behind its cursor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StreamMessage {
    /// The first one: from here on everything is told.
    Begins {
        cursor: StreamCursor,
    },
    Candles {
        cursor: StreamCursor,
        candles: LandedCandles,
    },
    Event {
        cursor: StreamCursor,
        event: JobEvent,
    },
    /// The reader is so far behind what is stored by now. Nothing is left out: it is told all of it, as fast as it reads.
    Behind {
        cursor: StreamCursor,
        answers: i64,
        events: i64,
    },
}

impl StreamMessage {
    pub fn cursor(&self) -> StreamCursor {
        match self {
            Self::Begins { cursor }
            | Self::Candles { cursor, .. }
            | Self::Event { cursor, .. }
            | Self::Behind { cursor, .. } => *cursor,
        }
    }

    /// The word of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Begins { .. } => "begins",
            Self::Candles { .. } => "candles",
            Self::Event { .. } => "event",
            Self::Behind { .. } => "behind",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let cursor = StreamCursor { answer: 5123, event: 871 };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for text in ["", "5123", "-1-2", "a-b", "1-2-3", "99999999999-1"] {
            let refused = text.parse::<StreamCursor>().unwrap_err().to_string();
            assert!(refused.contains("is no cursor of the stream"), "{text}: {refused}");
        }
    }

    #[test]
    fn the_word_of_a_message_is_the_one_that_it_is_written_with() {
        let cursor = StreamCursor::default();
        for message in
            [StreamMessage::Begins { cursor }, StreamMessage::Behind { cursor, answers: 1, events: 2 }]
        {
            assert_eq!(serde_json::to_value(&message).unwrap()["kind"], message.kind());
        }
    }
}
