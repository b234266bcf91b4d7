//! A day of an expiry in memory: how everything stood when it began, and its minutes in order. A chain of any of its
//! minutes is made from it without asking the database.

use analytics::{CandleOf, ChainState, ListedOption, Quote, Side, Terms, Trade};
use market::{Candle, Contract, Day, EpochSeconds, InstrumentKey, Paise, UnderlyingKind};
use store::{ContractDay, ExpiryMinutes};

/// See the module.
#[derive(Clone, Debug)]
pub struct ExpiryDay {
    pub underlying: InstrumentKey,
    pub expiry: Day,
    pub day: Day,
    /// The options whose minutes were asked for, in the order in which the state knows them.
    options: Vec<Contract>,
    /// Listed options that were never asked for.
    pub not_collected: u32,
    /// As it was when the day began.
    opening: ChainState,
    /// By minute, oldest first.
    minutes: Vec<(CandleOf, Candle)>,
}

impl ExpiryDay {
    pub(crate) fn new(
        underlying: InstrumentKey,
        kind: UnderlyingKind,
        expiry: Day,
        day: Day,
        terms: Terms,
        stored: ExpiryMinutes,
    ) -> Self {
        let mut of = Self {
            underlying,
            expiry,
            day,
            options: Vec::new(),
            not_collected: 0,
            opening: ChainState::new(terms, day.start(), &[]),
            minutes: Vec::new(),
        };
        let (mut quotes, mut future) = (Vec::new(), None);
        for contract in stored.contracts {
            let last = contract.last.map(|(price, at)| Trade { price, at });
            let candle_of = match listed(&contract.stored.contract) {
                Some(_) if !contract.was_asked => {
                    of.not_collected += 1;
                    continue;
                }
                Some(option) => {
                    quotes.push(quote(option, last, &contract));
                    of.options.push(contract.stored.contract);
                    CandleOf::Option(quotes.len() - 1)
                }
                None => {
                    future = last;
                    CandleOf::Future
                }
            };
            of.minutes.extend(contract.candles.into_iter().map(|candle| (candle_of, candle)));
        }
        // A share's own old candles are divided after a bonus or a split, and its options' are not.
        if kind == UnderlyingKind::Index {
            of.minutes.extend(stored.underlying.into_iter().map(|candle| (CandleOf::Spot, candle)));
        }
        of.minutes.sort_by_key(|(_, candle)| candle.start);
        of.opening = ChainState::of_quotes(terms, day.start(), quotes, future, None);
        of
    }

    /// As everything stood at the end of a minute of the day.
    pub fn state_at(&self, at: EpochSeconds) -> ChainState {
        let mut state = self.opening.clone();
        state.advance(at, self.until(at));
        state
    }

    /// The state at each of some minutes, in ascending order.
    pub fn states(&self, minutes: impl Iterator<Item = EpochSeconds>, mut see: impl FnMut(&ChainState)) {
        let mut state = self.opening.clone();
        let mut taken = 0;
        for at in minutes {
            let until = self.until(at).len();
            state.advance(at, &self.minutes[taken.min(until)..until]);
            taken = until;
            see(&state);
        }
    }

    /// Its first and its last minute with a candle.
    pub fn span(&self) -> Option<(EpochSeconds, EpochSeconds)> {
        Some((self.minutes.first()?.1.start, self.minutes.last()?.1.start))
    }

    /// An option by its place in the state.
    pub fn option(&self, place: usize) -> Option<&Contract> {
        self.options.get(place)
    }

    /// Strikes of which an option was asked for.
    pub fn strikes(&self) -> usize {
        self.options.chunk_by(|one, next| one.strike == next.strike).count()
    }

    fn until(&self, at: EpochSeconds) -> &[(CandleOf, Candle)] {
        &self.minutes[..self.minutes.partition_point(|(_, candle)| candle.start <= at)]
    }
}

/// `None` for a future.
fn listed(contract: &Contract) -> Option<ListedOption> {
    let (side, strike) = (Side::of(contract.kind)?, contract.strike?);
    Some(ListedOption { strike, side, tick: Paise(contract.tick_size), lot: contract.lot_size })
}

fn quote(option: ListedOption, last: Option<Trade>, of: &ContractDay) -> Quote {
    Quote {
        last,
        previous_close: last.map(|trade| trade.price),
        previous_open_interest: of.open_interest,
        open_interest: of.open_interest,
        ..Quote::new(option)
    }
}
