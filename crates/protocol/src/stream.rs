//! What `/api/v1/stream` tells: candles as they land, with their rows by choice, and the log of jobs, each with the cursor
//! from which a reader goes on. The cursor is of the database and not of a connection, so that a reload, a lag and a restarted server are one
//! case.

use std::fmt;
use std::str::FromStr;

use market::{Day, EpochSeconds, ExpiredKey, InstrumentKey, Interval};
use serde::{Deserialize, Serialize};

use crate::{CandleColumns, JobEvent, JobId, address};

/// Candles in one message of a stream; those of an answer beyond it come in further ones.
pub const STREAM_ROWS_MAX: usize = 2_000;

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
    /// The same of one contract.
    pub contract: Option<ExpiredKey>,
    pub job: Option<JobId>,
    /// The candles themselves, before the word of their answer.
    pub with_rows: bool,
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
            && filter.contract.as_ref().is_none_or(|key| self.expired_key.as_ref() == Some(key))
            && filter.underlying.as_ref().is_none_or(|key| self.underlying == *key)
    }

    /// Where these rows are read by whoever is not told them here.
    pub fn read_at(&self) -> String {
        let Self { underlying, expired_key, interval, from, to, .. } = self;
        let Some(key) = expired_key else {
            let days = match (from, to) {
                (Some(from), Some(to)) => {
                    format!(" AND epoch >= {} AND epoch < {}", from.start().0, to.next().start().0)
                }
                _ => String::new(),
            };
            return format!(
                "POST /api/v1/sql: SELECT * FROM underlying_data WHERE instrument_key = '{underlying}' AND interval = \
                 '{interval}'{days}"
            );
        };
        let day = |name: &str, day: &Option<Day>| day.map_or(String::new(), |day| format!("&{name}={day}"));
        let (from, to) = (day("from", from), day("to", to));
        let key = address::encoded(&key.to_string());
        format!("GET /api/v1/candles/{key}?interval={interval}{from}{to}&format=columns")
    }
}

/// Rows of an answer as they are kept now, or a part of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LandedRows {
    pub of: LandedCandles,
    /// The how many-th message of these rows, from 1 on, of how many.
    pub part: u64,
    pub parts: u64,
    /// At most 2,000, oldest first.
    pub columns: CandleColumns,
}

/// A message of the stream; whoever has read it goes on behind its cursor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StreamMessage {
    /// The first one: from here on everything is told.
    Begins {
        cursor: StreamCursor,
    },
    /// The rows of an answer, where they are asked for. They come before the word of it (`candles`), and their cursor lies
    /// before it, so that whoever breaks off among them is told all of them again.
    Rows {
        cursor: StreamCursor,
        rows: Box<LandedRows>,
    },
    /// Rows that were asked for and are not told: why, and where they are read.
    LeftOut {
        cursor: StreamCursor,
        of: LandedCandles,
        why: String,
        /// `GET /api/v1/candles/…`
        read_at: String,
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
    /// Something was sent over the WebSocket, which takes nothing.
    Refused {
        cursor: StreamCursor,
        why: String,
    },
}

impl StreamMessage {
    pub fn cursor(&self) -> StreamCursor {
        match self {
            Self::Begins { cursor }
            | Self::Rows { cursor, .. }
            | Self::LeftOut { cursor, .. }
            | Self::Candles { cursor, .. }
            | Self::Event { cursor, .. }
            | Self::Behind { cursor, .. }
            | Self::Refused { cursor, .. } => *cursor,
        }
    }

    /// The word of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Begins { .. } => "begins",
            Self::Rows { .. } => "rows",
            Self::LeftOut { .. } => "left_out",
            Self::Candles { .. } => "candles",
            Self::Event { .. } => "event",
            Self::Behind { .. } => "behind",
            Self::Refused { .. } => "refused",
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
        let (cursor, of) = (StreamCursor::default(), landed());
        let rows =
            Box::new(LandedRows { of: of.clone(), part: 1, parts: 1, columns: CandleColumns::default() });
        for message in [
            StreamMessage::Begins { cursor },
            StreamMessage::Rows { cursor, rows },
            StreamMessage::LeftOut { cursor, of, why: "why".to_owned(), read_at: "where".to_owned() },
            StreamMessage::Behind { cursor, answers: 1, events: 2 },
            StreamMessage::Refused { cursor, why: "why".to_owned() },
        ] {
            let written = serde_json::to_value(&message).unwrap();
            assert_eq!(written["kind"], message.kind());
            assert_eq!(serde_json::from_value::<StreamMessage>(written).unwrap(), message);
        }
    }

    fn landed() -> LandedCandles {
        LandedCandles {
            at: EpochSeconds(0),
            job: None,
            underlying: "NSE_INDEX|Nifty 50".parse().unwrap(),
            expiry: Some("2025-08-28".parse().unwrap()),
            expired_key: Some("NSE_FO|71706|28-08-2025".parse().unwrap()),
            interval: Interval::Minute1,
            from: Some("2025-08-01".parse().unwrap()),
            to: Some("2025-08-28".parse().unwrap()),
            rows: 1,
        }
    }

    #[test]
    fn rows_that_are_not_told_are_read_by_rest() {
        let of = landed();
        assert_eq!(
            of.read_at(),
            "GET /api/v1/candles/NSE_FO%7C71706%7C28-08-2025?interval=1minute&from=2025-08-01&to=2025-08-28&format=columns"
        );
        let own = LandedCandles { expired_key: None, expiry: None, ..of };
        // Midnight in IST of the first day, and of the day behind the last one.
        assert_eq!(
            own.read_at(),
            "POST /api/v1/sql: SELECT * FROM underlying_data WHERE instrument_key = 'NSE_INDEX|Nifty 50' AND interval = \
             '1minute' AND epoch >= 1753986600 AND epoch < 1756405800"
        );
    }
}
