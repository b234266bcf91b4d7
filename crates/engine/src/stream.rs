//! Reading what lands in the database, message by message. A reader takes the next one when it can: what it has not
//! taken yet lies in the database and nowhere else, so a slow one costs no memory, loses nothing, and is told how far
//! behind it is. The rows of an answer are read when their turn has come, so no more than those of one are in memory.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use protocol::{LandedCandles, StreamCursor, StreamFilter, StreamMessage};
use ratelimit::Clock;
use store::{StreamPiece, ToldEvent};
use tokio::sync::watch;

use crate::error::EngineError;
use crate::landed_rows::landed_rows;
use crate::market_data::MarketDataService;

/// Answers, and events, that are read at once: what a reader holds in memory.
const PIECE_MAX: u32 = 256;
/// A reader that is further behind than this is told so.
const BEHIND_MAX: i64 = 1_000;
/// Whatever is committed ticks; this is for what somebody might forget to.
const LOOKS_EVERY: Duration = Duration::from_secs(5);

/// See the module.
pub struct StreamReader {
    data: MarketDataService,
    clock: Arc<dyn Clock>,
    changes: watch::Receiver<u64>,
    filter: StreamFilter,
    /// So far was read from the database.
    cursor: StreamCursor,
    /// Read and not taken yet.
    waiting: VecDeque<StreamMessage>,
    /// Where whoever took the last message goes on.
    told: StreamCursor,
    /// What is left of the rows of the answer whose word is the next; none where they were not read.
    rows: Option<VecDeque<StreamMessage>>,
    is_told_behind: bool,
}

impl StreamReader {
    pub(crate) async fn open(
        data: MarketDataService,
        clock: Arc<dyn Clock>,
        changes: watch::Receiver<u64>,
        filter: StreamFilter,
        after: Option<StreamCursor>,
    ) -> Result<Self, EngineError> {
        let newest = data.store.stream_end().await?;
        let cursor = after.unwrap_or(newest);
        if cursor.answer > newest.answer || cursor.event > newest.event {
            return Err(EngineError::ForeignCursor { cursor, newest });
        }
        let waiting = VecDeque::from([StreamMessage::Begins { cursor }]);
        let (told, rows, is_told_behind) = (cursor, None, false);
        Ok(Self { data, clock, changes, filter, cursor, waiting, told, rows, is_told_behind })
    }

    /// The cursor of the last message that was taken.
    pub fn told(&self) -> StreamCursor {
        self.told
    }

    /// The next message, as soon as there is one. Whoever gives up waiting loses nothing.
    pub async fn next(&mut self) -> Result<StreamMessage, EngineError> {
        loop {
            if let Some(message) = self.take_waiting().await {
                return Ok(message);
            }
            // What is committed while this looks is looked at again.
            self.changes.mark_unchanged();
            let piece = self.data.store.stream_after(self.cursor, PIECE_MAX).await?;
            let is_all = piece.until == piece.newest;
            self.take(piece);
            if is_all && self.waiting.is_empty() {
                self.change().await?;
            }
        }
    }

    /// The next of what was read. The rows of an answer come before the word of it, and the cursor moves with that word
    /// alone: whoever breaks off among them is told all of them again.
    async fn take_waiting(&mut self) -> Option<StreamMessage> {
        if self.filter.with_rows
            && let Some(StreamMessage::Candles { candles, .. }) = self.waiting.front()
        {
            if self.rows.is_none() {
                self.rows = Some(landed_rows(&self.data, candles, self.told).await);
            }
            if let Some(part) = self.rows.as_mut().and_then(VecDeque::pop_front) {
                return Some(part);
            }
        }
        let message = self.waiting.pop_front()?;
        self.rows = None;
        self.told = message.cursor();
        Some(message)
    }

    async fn change(&mut self) -> Result<(), EngineError> {
        let looks_again = self.clock.monotonic() + LOOKS_EVERY;
        tokio::select! {
            changed = self.changes.changed() => changed.map_err(|_| EngineError::ShuttingDown),
            () = self.clock.sleep_until(looks_again) => Ok(()),
        }
    }

    fn take(&mut self, piece: StreamPiece) {
        let StreamPiece { landed, events, until, newest } = piece;
        let (answers, behind) = (newest.answer - self.cursor.answer, newest.event - self.cursor.event);
        if answers.max(behind) <= BEHIND_MAX {
            self.is_told_behind = false;
        } else if !self.is_told_behind {
            self.is_told_behind = true;
            self.waiting.push_back(StreamMessage::Behind { cursor: self.cursor, answers, events: behind });
        }
        self.waiting.extend(in_order(self.cursor, landed, events, &self.filter));
        self.cursor = until;
    }
}

/// What is wanted of them as it came, each with the cursor of whoever has read it and everything before it.
fn in_order(
    mut cursor: StreamCursor,
    landed: Vec<(i64, LandedCandles)>,
    events: Vec<ToldEvent>,
    filter: &StreamFilter,
) -> Vec<StreamMessage> {
    let mut messages = Vec::new();
    let mut events = events.into_iter().peekable();
    let tell_event = |told: ToldEvent, cursor: &mut StreamCursor, messages: &mut Vec<StreamMessage>| {
        cursor.event = told.event.id;
        if is_wanted(&told, filter) {
            messages.push(StreamMessage::Event { cursor: *cursor, event: told.event });
        }
    };
    for (answer, candles) in landed {
        while let Some(told) = events.next_if(|told| told.event.at < candles.at) {
            tell_event(told, &mut cursor, &mut messages);
        }
        cursor.answer = answer;
        if candles.passes(filter) {
            messages.push(StreamMessage::Candles { cursor, candles });
        }
    }
    for told in events {
        tell_event(told, &mut cursor, &mut messages);
    }
    messages
}

/// Where an underlying, an expiry or a contract is chosen, only what is about one of its contracts.
fn is_wanted(told: &ToldEvent, filter: &StreamFilter) -> bool {
    let StreamFilter { underlying, expiry, contract, job, with_rows: _ } = filter;
    let of = told.of.as_ref();
    job.is_none_or(|job| told.event.job == job)
        && contract.as_ref().is_none_or(|key| told.event.expired_key.as_ref() == Some(key))
        && underlying.as_ref().is_none_or(|key| of.is_some_and(|(of, _)| of == key))
        && expiry.is_none_or(|date| of.is_some_and(|(_, of)| *of == date))
}
