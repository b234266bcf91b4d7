//! The expiries of a strategy as they stood at the end of a minute: what had been traded by then, and nothing of later.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use analytics::{ChainState, LegExpiry, LegPlan, NoForward, Quote, Rate, Side, Terms, Trade};
use market::{Contract, Day, EpochSeconds, InstrumentKey, Strike};
use protocol::ReadingPreferences;
use store::{ContractStanding, LastPrice, SeriesId, Store};

use crate::chains::{KnownExpiry, listed, no_forward_words};
use crate::error::{EngineError, found};
use crate::spot::share_left_out;

/// An expiry in a minute.
pub(super) struct ExpiryThen {
    pub known: KnownExpiry,
    pub terms: Terms,
    pub state: ChainState,
    /// In the order in which the state knows them.
    pub options: Vec<(Contract, SeriesId)>,
    pub future: Option<(Contract, SeriesId)>,
    /// Listed, and not asked for on the day: what they did is not known.
    not_collected: Vec<Contract>,
}

impl ExpiryThen {
    pub async fn read(
        store: &Store,
        known: KnownExpiry,
        at: EpochSeconds,
        (reading, rate): (ReadingPreferences, Option<Rate>),
    ) -> Result<Self, EngineError> {
        let terms = known.terms(reading, rate);
        let standing = store.expiry_standing(known.expiry.id, known.id, at).await?;
        let trade = |last: Option<LastPrice>| last.map(|(price, at)| Trade { price, at });
        let (mut options, mut quotes, mut future, mut future_trade) = (Vec::new(), Vec::new(), None, None);
        for ContractStanding { stored, series, last } in standing.contracts {
            let contract = stored.contract;
            match listed(&contract) {
                Some(option) => {
                    quotes.push(Quote { last: trade(last), ..Quote::new(option) });
                    options.push((contract, series));
                }
                None => {
                    future_trade = trade(last);
                    future = Some((contract, series));
                }
            }
        }
        let is_told = share_left_out(known.underlying.kind).is_none();
        let spot = trade(standing.underlying).filter(|_| is_told);
        let not_collected: Vec<Contract> =
            standing.not_asked.into_iter().map(|stored| stored.contract).collect();
        let not_asked = not_collected.iter().filter_map(|contract| contract.strike);
        let state = ChainState::of_quotes(terms, at, quotes, future_trade, spot).with_listed(not_asked);
        Ok(Self { known, terms, state, options, future, not_collected })
    }

    /// Units in a lot of the expiry's contracts.
    pub fn lot(&self) -> Option<i64> {
        let contracts = self.future.iter().chain(&self.options).map(|(contract, _)| contract);
        contracts.chain(&self.not_collected).map(|contract| contract.lot_size).next()
    }

    /// Whether options are listed of which nobody asked what they did on the day.
    pub fn has_options_not_collected(&self) -> bool {
        self.not_collected.iter().any(|contract| contract.strike.is_some())
    }

    /// The same of one option.
    pub fn option_not_collected(&self, strike: Strike, side: Side) -> bool {
        let is_it =
            |contract: &Contract| contract.strike == Some(strike) && Side::of(contract.kind) == Some(side);
        self.not_collected.iter().any(is_it)
    }

    /// The same of the future.
    pub fn future_not_collected(&self) -> bool {
        self.not_collected.iter().any(|contract| contract.strike.is_none())
    }

    /// Why there is no forward.
    pub fn no_forward_words(&self, why: NoForward) -> String {
        no_forward_words(why, self.future_not_collected())
    }
}

/// Every expiry that a leg is of, by its date.
pub(super) struct MarketThen {
    pub own: Day,
    next: Option<Day>,
    pub expiries: BTreeMap<Day, ExpiryThen>,
}

impl MarketThen {
    /// At a minute, for some legs.
    pub async fn read<'l>(
        store: &Store,
        (underlying, own): (&InstrumentKey, Day),
        at: EpochSeconds,
        legs: impl Iterator<Item = &'l LegPlan>,
        with: (ReadingPreferences, Option<Rate>),
    ) -> Result<Self, EngineError> {
        let known = KnownExpiry::find(store, underlying, own).await?;
        let later = store.expiries(known.id).await?.into_iter().map(|expiry| expiry.date);
        let next = later.filter(|date| *date > own).min();
        let mut market = Self { own, next, expiries: BTreeMap::new() };
        market.expiries.insert(own, ExpiryThen::read(store, known, at, with).await?);
        for leg in legs {
            let Ok(date) = market.date_of(leg.expiry) else { continue };
            if let Entry::Vacant(place) = market.expiries.entry(date) {
                let Some(known) = found(KnownExpiry::find(store, underlying, date).await)? else { continue };
                place.insert(ExpiryThen::read(store, known, at, with).await?);
            }
        }
        Ok(market)
    }

    /// Which expiry a leg means.
    pub fn date_of(&self, expiry: LegExpiry) -> Result<Day, String> {
        match expiry {
            LegExpiry::Own => Ok(self.own),
            LegExpiry::On(date) => Ok(date),
            LegExpiry::Next => self.next.ok_or_else(|| {
                format!("no expiry after the one on {} is known here", self.own.to_long_text())
            }),
        }
    }
}
