//! A program's connection to a past day: what it has subscribed to, and what it is told as the day is played. The day
//! stands still until the first subscription, so that nobody misses its first minutes.

use std::collections::{BTreeMap, BTreeSet};

use engine::{Course, Played, Player, ReplayDay, Slot};
use market::EpochSeconds;
use protocol::ReplayCommand;

use super::messages::{feed, millis};
use super::request::{Method, Mode, Request};
use super::wire::{FeedResponse, Kind, MarketInfo, MarketStatus};

/// What the official feed allows of a connection, and more than an expiry has contracts.
const KEYS_MAX: usize = 5_000;
const MINUTE_SECONDS: i64 = 60;

pub struct FeedSession {
    player: Player,
    course: Course,
    /// By the key as it was asked for.
    subscribed: BTreeMap<String, (Slot, Mode)>,
    segments: Vec<String>,
    /// The underlying, where that is an index: it has messages of its own.
    index: Option<Slot>,
    /// What the clock of the day shows.
    now: EpochSeconds,
    has_begun: bool,
}

/// The day is over, and the last message says so.
pub struct Over(pub FeedResponse);

impl FeedSession {
    /// Of a day, and a player of it that stands still.
    pub fn new(day: &ReplayDay, player: Player) -> Self {
        let mut course = day.course();
        course.go_to(player.last());
        let segments = day.segments();
        let index = day.is_of_index().then(|| course.underlying());
        let now = player.upcoming().unwrap_or(day.minutes()[0]);
        Self { player, course, subscribed: BTreeMap::new(), segments, index, now, has_begun: false }
    }

    /// What is told first: which markets are open.
    pub fn greeting(&self) -> FeedResponse {
        self.market_info(MarketStatus::NormalOpen)
    }

    fn market_info(&self, status: MarketStatus) -> FeedResponse {
        let segment_status = self.segments.iter().map(|segment| (segment.clone(), status.into())).collect();
        FeedResponse { market_info: Some(MarketInfo { segment_status }), ..self.response(Kind::MarketInfo) }
    }

    /// Carries out a request. Answers with how the subscribed instruments stand now; a key that is none of the day's is
    /// passed over, as the official feed does. Refused with a sentence where it cannot be read.
    pub fn take(&mut self, frame: &[u8]) -> Result<Option<FeedResponse>, String> {
        let request: Request =
            serde_json::from_slice(frame).map_err(|error| format!("no request of the feed: {error}"))?;
        let Request { method, data } = request;
        if method == Method::Unsub {
            self.subscribed.retain(|key, _| !data.instrument_keys.contains(key));
            return Ok(None);
        }
        let mode = data.mode.unwrap_or_default();
        let known: Vec<(String, Slot)> = data
            .instrument_keys
            .into_iter()
            .filter_map(|key| self.course.slot(&key).map(|slot| (key, slot)))
            .collect();
        let is_new = |key: &String| !self.subscribed.contains_key(key);
        let new = known.iter().filter(|(key, _)| is_new(key)).count();
        if self.subscribed.len() + new > KEYS_MAX {
            return Err(format!("at most {KEYS_MAX} instruments are told of over one connection"));
        }
        let keys: BTreeSet<String> = known.iter().map(|(key, _)| key.clone()).collect();
        self.subscribed.extend(known.into_iter().map(|(key, slot)| (key, (slot, mode))));
        if !self.has_begun && !keys.is_empty() {
            self.has_begun = true;
            // A player that stands still can always play.
            self.player.tell(ReplayCommand::Play).map_err(|error| error.chain())?;
        }
        let wanted = self.subscribed.iter().filter(|(key, _)| keys.contains(*key));
        Ok(Some(self.told(Kind::InitialFeed, wanted)))
    }

    /// The next minute, when it is over: the instruments that have a candle in it. Whoever gives up waiting loses
    /// nothing.
    pub async fn next(&mut self) -> Result<FeedResponse, Over> {
        match self.player.next().await {
            Played::End => Err(Over(self.market_info(MarketStatus::NormalClose))),
            Played::Minute(at) => {
                self.course.go_to(Some(at));
                self.now = EpochSeconds(at.0 + MINUTE_SECONDS);
                let has_moved = |slot: Slot| self.course.has_moved(slot, at);
                let wanted = self.subscribed.iter().filter(|(_, (slot, _))| has_moved(*slot));
                Ok(self.told(Kind::LiveFeed, wanted))
            }
        }
    }

    fn told<'s>(
        &self,
        kind: Kind,
        wanted: impl Iterator<Item = (&'s String, &'s (Slot, Mode))>,
    ) -> FeedResponse {
        let wanted: Vec<_> = wanted.collect();
        let moments = self.course.moments(wanted.iter().map(|(_, (slot, _))| *slot));
        let feeds = wanted.iter().zip(&moments).filter_map(|((key, (slot, mode)), moment)| {
            Some(((*key).clone(), feed(moment, *mode, self.index == Some(*slot))?))
        });
        FeedResponse { feeds: feeds.collect(), ..self.response(kind) }
    }

    fn response(&self, kind: Kind) -> FeedResponse {
        let current_ts = millis(self.now);
        FeedResponse { kind: kind.into(), feeds: BTreeMap::new(), current_ts, market_info: None }
    }
}
