//! The truth about the simulated market, for tests that compare what a client stored with what there was: no
//! limits, no tokens, nothing of the wire. A fault that strikes on the way changes nothing in it; of those that
//! put the truth out of reach it says what is left to know.

use market::{
    Candle, Contract, ContractKind, ContractKinds, Day, DayRange, EpochSeconds, ExpiredKey, InstrumentKey,
    Interval, Paise, Segment, Strike, Underlying, UnderlyingKind,
};

use crate::faults::Faults;
use crate::wire::odd_contracts::is_unreadable;
use crate::world::chain::{Chain, Listed};
use crate::world::history::{HistoryUnit, adjust};
use crate::world::{FUTURE_TICK, OPTION_TICK, Priced, UnderlyingMarket, World};

pub struct Oracle<'a> {
    pub(crate) world: &'a World,
    pub(crate) faults: Faults,
}

impl Oracle<'_> {
    pub fn underlyings(&self) -> Vec<Underlying> {
        let specs = self.world.markets().iter().map(|market| market.spec);
        specs
            .filter_map(|spec| {
                Some(Underlying {
                    key: spec.key.parse().ok()?,
                    symbol: spec.symbol.to_owned(),
                    name: spec.name.to_owned(),
                    kind: if spec.is_index { UnderlyingKind::Index } else { UnderlyingKind::Stock },
                })
            })
            .collect()
    }

    /// Expired ones, ascending; none for an underlying that does not exist.
    pub fn expiries(&self, underlying: &InstrumentKey) -> Vec<Day> {
        let market = self.world.market(underlying.as_str());
        market.map_or_else(Vec::new, |market| {
            self.world.expired(market, false).map(|expiry| expiry.day).collect()
        })
    }

    /// In the order of the wire: the future, then strikes ascending, put before call.
    pub fn contracts(&self, underlying: &InstrumentKey, expiry: Day, kinds: ContractKinds) -> Vec<Contract> {
        let Some(market) = self.world.market(underlying.as_str()) else { return Vec::new() };
        let Some(listed) = self.world.expired(market, true).find(|listed| listed.day == expiry) else {
            return Vec::new();
        };
        let chain = self.world.chain(market, listed);
        let all = chain.future.iter().chain(&chain.options);
        all.filter(|listed| kinds.includes(listed.kind))
            .filter_map(|listed| contract(market, &chain, listed))
            .collect()
    }

    /// Contracts of an expiry whose rows cannot be read while `unreadable_contract_rows` strikes.
    pub fn unreadable_contracts(&self, underlying: &InstrumentKey, expiry: Day) -> Vec<ExpiredKey> {
        let Some(market) = self.world.market(underlying.as_str()) else { return Vec::new() };
        let listed = self.world.expired(market, true).find(|listed| listed.day == expiry);
        let Some(chain) = listed.map(|listed| self.world.chain(market, listed)) else { return Vec::new() };
        let spoiled = chain.options.iter().filter(|listed| is_unreadable(listed));
        spoiled.filter_map(|listed| Some(contract(market, &chain, listed)?.expired_key)).collect()
    }

    /// Whether a contract never trades: what comes for it under `placeholders` is nothing.
    pub fn never_trades(&self, key: &ExpiredKey) -> bool {
        let found = self.world.find(key.segment(), key.exchange_token(), key.date(), true);
        found.is_some_and(|found| !found.listed.trades)
    }

    /// What is left of rows when one minute of each day contradicts itself in every answer.
    pub fn without_contradictions(&self, mut candles: Vec<Candle>) -> Vec<Candle> {
        if let Some(minute) = self.faults.contradictory_minute {
            candles.retain(|candle| candle.start.minute_of_day() != minute);
        }
        candles
    }

    /// Oldest first, both days included; empty for a contract that does not exist.
    pub fn candles(&self, key: &ExpiredKey, interval: Interval, from: Day, to: Day) -> Vec<Candle> {
        let found = self.world.find(key.segment(), key.exchange_token(), key.date(), true);
        match (found, DayRange::new(from, to)) {
            (Some(found), Ok(days)) => self.world.candles(&found, interval, days),
            _ => Vec::new(),
        }
    }

    /// What an option was priced with at the end of a minute; `None` outside sessions, and of what is no option.
    pub fn priced(&self, key: &ExpiredKey, minute: EpochSeconds) -> Option<Priced> {
        let found = self.world.find(key.segment(), key.exchange_token(), key.date(), true)?;
        self.world.priced(&found, minute)
    }

    /// One-minute candles of the underlying itself, oldest first, up to the day before today; none where the
    /// broker has none.
    pub fn underlying_minutes(&self, underlying: &InstrumentKey, from: Day, to: Day) -> Vec<Candle> {
        if self.faults.no_history_of.iter().any(|key| key == underlying.as_str()) {
            return Vec::new();
        }
        let market = self.world.market(underlying.as_str());
        let (Some(market), Ok(days)) = (market, DayRange::new(from, to)) else { return Vec::new() };
        let mut candles = self.world.history(market, HistoryUnit::Minutes(1), days);
        if let Some(day) = self.faults.adjusted_before {
            adjust(&mut candles, market.spec, day);
        }
        candles
    }
}

fn contract(market: &UnderlyingMarket, chain: &Chain, listed: &Listed) -> Option<Contract> {
    let (spec, expiry) = (market.spec, chain.expiry.day);
    let is_future = listed.kind == ContractKind::Future;
    let segment: Segment = spec.derivatives.parse().ok()?;
    Some(Contract {
        expired_key: ExpiredKey::new(segment, &listed.token.to_string(), expiry).ok()?,
        underlying_key: spec.key.parse().ok()?,
        expiry,
        kind: listed.kind,
        strike: (!is_future).then_some(Strike(Paise(listed.strike_paise))),
        trading_symbol: crate::wire::contracts::trading_symbol(spec, listed, expiry),
        lot_size: spec.lot_size(expiry),
        tick_size: if is_future { FUTURE_TICK } else { OPTION_TICK },
        weekly: (!is_future).then_some(chain.expiry.weekly),
    })
}
