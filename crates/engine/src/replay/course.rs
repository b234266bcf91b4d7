//! How everything stood at the end of a minute of a day that is played: what a live feed would have told of each
//! instrument by then. Only what stored minutes say; what happened within a minute is not known.

use std::collections::HashMap;
use std::sync::Arc;

use analytics::{CandleOf, ChainState, Greeks, Trade};
use market::{Candle, EpochSeconds, ExpiredKey, InstrumentKey, Price};

use crate::chains::ExpiryDay;

/// An instrument of the day: a contract of the expiry, or the underlying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(usize);

/// An instrument at a moment.
#[derive(Clone, Debug, Default)]
pub struct SlotMoment {
    /// The close of the last minute with a trade, and that minute.
    pub last: Option<(Price, EpochSeconds)>,
    /// The last trade of earlier days; none of the underlying, whose earlier days are not read.
    pub previous_close: Option<Price>,
    /// Units.
    pub open_interest: Option<i64>,
    /// Its last candle of the day.
    pub minute: Option<Candle>,
    /// The day so far, in one candle; minutes without a trade have no say in its prices.
    pub day: Option<Candle>,
    /// Of its strike, as a fraction.
    pub volatility: Option<f64>,
    pub greeks: Option<Greeks>,
}

/// The day, walked through. Who goes back begins anew.
pub struct Course {
    day: Arc<ExpiryDay>,
    state: ChainState,
    /// Rows that are taken in.
    taken: usize,
    own_taken: usize,
    /// Options in the order of the state, then the future, then the underlying.
    slots: Vec<SlotMoment>,
    places: Arc<HashMap<String, Slot>>,
}

impl Course {
    pub(super) fn of(underlying: InstrumentKey, day: Arc<ExpiryDay>) -> Self {
        let places = Arc::new(places(&underlying, &day));
        Self::beginning(day, places)
    }

    fn beginning(day: Arc<ExpiryDay>, places: Arc<HashMap<String, Slot>>) -> Self {
        let state = day.opening().clone();
        let slots = opening(&day);
        Self { day, state, taken: 0, own_taken: 0, slots, places }
    }

    /// By its key: the expired one, the one that the contract had when it was live, or the underlying's.
    pub fn slot(&self, key: &str) -> Option<Slot> {
        self.places.get(key).copied()
    }

    pub fn underlying(&self) -> Slot {
        Slot(self.slots.len() - 1)
    }

    /// To the end of a minute; `None` is before the first.
    pub fn go_to(&mut self, at: Option<EpochSeconds>) {
        let is_back = at.is_none_or(|at| at < self.state_at());
        if is_back {
            *self = Self::beginning(self.day.clone(), self.places.clone());
        }
        let Some(at) = at else { return };
        let day = self.day.clone();
        let until = day.rows().partition_point(|(_, candle)| candle.start <= at);
        for (of, candle) in &day.rows()[self.taken.min(until)..until] {
            self.take(*of, candle);
        }
        self.state.advance(at, &day.rows()[self.taken.min(until)..until]);
        self.taken = until;
        let own_until = day.own().partition_point(|candle| candle.start <= at);
        let underlying = self.underlying();
        for candle in &day.own()[self.own_taken.min(own_until)..own_until] {
            let slot = &mut self.slots[underlying.0];
            slot.minute = Some(*candle);
            slot.last = Some((candle.prices.close, candle.start));
            slot.day = Some(joined(slot.day, candle));
        }
        self.own_taken = own_until;
    }

    /// Whether an instrument has a candle of this very minute, which was gone to.
    pub fn has_moved(&self, slot: Slot, at: EpochSeconds) -> bool {
        self.slots[slot.0].minute.is_some_and(|candle| candle.start == at)
    }

    /// Some instruments as they stand now, an option with its greeks.
    pub fn moments(&self, slots: impl Iterator<Item = Slot>) -> Vec<SlotMoment> {
        let snapshot = self.state.snapshot();
        let moment = |Slot(place): Slot| {
            let of = self.slots[place].clone();
            if place >= self.day.options().len() {
                return of;
            }
            let cell = snapshot.cell_of(place);
            let volatility = cell.as_ref().and_then(|(of_strike, _)| of_strike.ok());
            let greeks = cell.and_then(|(_, cell)| cell.greeks);
            SlotMoment { volatility: volatility.map(|of| of.volatility.fraction()), greeks, ..of }
        };
        slots.map(moment).collect()
    }

    fn state_at(&self) -> EpochSeconds {
        self.state.snapshot().at()
    }

    fn take(&mut self, of: CandleOf, candle: &Candle) {
        let place = match of {
            CandleOf::Option(place) => place,
            CandleOf::Future => self.day.options().len(),
            CandleOf::Spot => return,
        };
        let slot = &mut self.slots[place];
        slot.minute = Some(*candle);
        slot.open_interest = Some(candle.open_interest);
        if let Some(trade) = Trade::of(candle) {
            slot.last = Some((trade.price, trade.at));
            slot.day = Some(joined(slot.day, candle));
        }
    }
}

/// As it was when the day began.
fn opening(day: &ExpiryDay) -> Vec<SlotMoment> {
    let snapshot = day.opening().snapshot();
    let last = |trade: Option<Trade>| trade.map(|trade| (trade.price, trade.at));
    let option = |place: usize| {
        let traded = snapshot.option(place);
        let last = last(traded.map(|traded| traded.last));
        SlotMoment {
            last,
            previous_close: last.map(|(price, _)| price),
            open_interest: traded.and_then(|traded| traded.quote.open_interest),
            ..SlotMoment::default()
        }
    };
    let mut slots: Vec<SlotMoment> = (0..day.options().len()).map(option).collect();
    let future = last(snapshot.future());
    slots.push(SlotMoment {
        last: future,
        previous_close: future.map(|(price, _)| price),
        ..SlotMoment::default()
    });
    slots.push(SlotMoment::default());
    slots
}

fn places(underlying: &InstrumentKey, day: &ExpiryDay) -> HashMap<String, Slot> {
    let future = day.future().map(|future| (day.options().len(), future));
    let contracts = day.options().iter().enumerate().chain(future);
    let mut places: HashMap<String, Slot> = contracts
        .flat_map(|(place, contract)| {
            let key = &contract.expired_key;
            [(key.to_string(), Slot(place)), (live_key(key), Slot(place))]
        })
        .collect();
    places.insert(underlying.to_string(), Slot(day.options().len() + 1));
    places
}

/// What an instrument was called before it expired.
fn live_key(key: &ExpiredKey) -> String {
    format!("{}|{}", key.segment(), key.exchange_token())
}

/// A day so far with the next of its candles.
fn joined(so_far: Option<Candle>, next: &Candle) -> Candle {
    let Some(mut day) = so_far else { return *next };
    day.prices.high = day.prices.high.max(next.prices.high);
    day.prices.low = day.prices.low.min(next.prices.low);
    day.prices.close = next.prices.close;
    day.volume = day.volume.saturating_add(next.volume);
    day.open_interest = next.open_interest;
    day
}
