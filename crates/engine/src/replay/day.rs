//! A day that can be played: its minutes, and the document of each.

use std::sync::Arc;

use analytics::CandleOf;
use market::{Candle, Contract, EpochSeconds, TimeOfDay, Underlying, UnderlyingKind};
use protocol::{ReplayCandle, ReplayContract, ReplayHead, ReplayMessage, ReplayMinute};

use super::course::Course;
use super::player::Played;
use crate::chains::{ExpiryDay, nothing_of_day};
use crate::error::EngineError;

/// Clones share the day.
#[derive(Clone)]
pub struct ReplayDay {
    underlying: Underlying,
    day: Arc<ExpiryDay>,
    /// Those of the sessions, also without a candle; at least one.
    minutes: Arc<[EpochSeconds]>,
}

impl ReplayDay {
    pub(super) fn of(underlying: &Underlying, day: Arc<ExpiryDay>) -> Result<Self, EngineError> {
        if !day.rows().iter().any(|(of, _)| *of != CandleOf::Spot) {
            return Err(nothing_of_day(underlying, day.expiry, day.day));
        }
        Ok(Self { underlying: underlying.clone(), minutes: day.session_minutes().into(), day })
    }

    pub fn head(&self) -> ReplayHead {
        let mut traded: Vec<CandleOf> = Vec::new();
        for (of, _) in self.day.rows() {
            if *of != CandleOf::Spot && !traded.contains(of) {
                traded.push(*of);
            }
        }
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        ReplayHead {
            underlying: self.underlying.key.clone(),
            name: self.underlying.name.clone(),
            expiry: self.day.expiry,
            day: self.day.day,
            first: TimeOfDay::of(self.minutes[0]),
            last: TimeOfDay::of(self.minutes[self.minutes.len() - 1]),
            minutes: count(self.minutes.len()),
            contracts: count(traded.len()),
            options_not_collected: self.day.not_collected,
        }
    }

    pub fn minutes(&self) -> &[EpochSeconds] {
        &self.minutes
    }

    pub fn is_of_index(&self) -> bool {
        self.underlying.kind == UnderlyingKind::Index
    }

    /// Where its instruments are traded, as their keys begin.
    pub fn segments(&self) -> Vec<String> {
        let contracts = self.day.options().iter().chain(self.day.future());
        let mut segments: Vec<String> =
            contracts.map(|contract| contract.expired_key.segment().to_string()).collect();
        segments.push(self.underlying.key.segment().to_string());
        segments.sort_unstable();
        segments.dedup();
        segments
    }

    pub(super) fn shared_minutes(&self) -> Arc<[EpochSeconds]> {
        self.minutes.clone()
    }

    /// How everything stands, from before its first minute on.
    pub fn course(&self) -> Course {
        Course::of(self.underlying.key.clone(), self.day.clone())
    }

    /// What a player came to, as it is told.
    pub fn told(&self, played: Played) -> ReplayMessage {
        match played {
            Played::Minute(at) => ReplayMessage::Minute(self.minute(at)),
            Played::End => ReplayMessage::End { day: self.day.day },
        }
    }

    /// Everything that was traded in a minute, and nothing of before or after.
    pub fn minute(&self, at: EpochSeconds) -> ReplayMinute {
        let mut rows: Vec<_> =
            within(self.day.rows(), at).iter().filter(|(of, _)| *of != CandleOf::Spot).collect();
        // Options by their place, the future behind them.
        rows.sort_by_key(|(of, _)| match of {
            CandleOf::Option(place) => *place,
            CandleOf::Future | CandleOf::Spot => usize::MAX,
        });
        let contracts = rows.into_iter().filter_map(|(of, candle)| {
            let contract = match of {
                CandleOf::Option(place) => self.day.option(*place)?,
                CandleOf::Future => self.day.future()?,
                CandleOf::Spot => return None,
            };
            Some(contract_minute(contract, candle))
        });
        let own = self.day.own();
        let own = own.binary_search_by_key(&at, |candle| candle.start).ok().map(|place| &own[place]);
        ReplayMinute {
            at: at.to_rfc3339(),
            time: TimeOfDay::of(at),
            underlying: own.map(replay_candle),
            contracts: contracts.collect(),
        }
    }

    /// Where the first minute at a time or after it stands in the list.
    pub(super) fn place_of(&self, time: TimeOfDay) -> Result<usize, EngineError> {
        let at = self.day.day.at_minute(time.minute_of_day());
        let place = self.minutes.partition_point(|minute| *minute < at);
        if at < self.minutes[0] || place == self.minutes.len() {
            let (first, last) =
                (TimeOfDay::of(self.minutes[0]), TimeOfDay::of(self.minutes[self.minutes.len() - 1]));
            let day = self.day.day.to_long_text();
            return Err(EngineError::NoSuchMinute(format!(
                "there is no {time} on {day} to play from: its minutes run from {first} to {last}"
            )));
        }
        Ok(place)
    }
}

/// The rows that begin at a moment; `rows` are in order.
fn within(rows: &[(CandleOf, Candle)], at: EpochSeconds) -> &[(CandleOf, Candle)] {
    let first = rows.partition_point(|(_, candle)| candle.start < at);
    let end = rows.partition_point(|(_, candle)| candle.start <= at);
    &rows[first..end]
}

fn contract_minute(contract: &Contract, candle: &Candle) -> ReplayContract {
    ReplayContract {
        expired_key: contract.expired_key.clone(),
        kind: contract.kind,
        strike: contract.strike.map(|strike| strike.to_rupees()),
        candle: replay_candle(candle),
        open_interest: candle.open_interest,
    }
}

fn replay_candle(candle: &Candle) -> ReplayCandle {
    let prices = candle.prices;
    ReplayCandle {
        open: prices.open.to_rupees(),
        high: prices.high.to_rupees(),
        low: prices.low.to_rupees(),
        close: prices.close.to_rupees(),
        volume: candle.volume,
    }
}
