//! Expiries and contracts that have expired: asked once, known from then on.

use std::sync::Arc;

use market::{ContractKinds, Day, EpochSeconds, InstrumentKey, Underlying, is_weekly};
use protocol::{ExpiryRow, KindCounts, ListStates, REFUSED_LINES, Span};
use store::{Store, StoredExpiry, UnderlyingId};

use crate::broker::{Asking, Broker};
use crate::directory::symbol_and_key;
use crate::error::EngineError;
use crate::expired_lists::{known_of, states_of};
use crate::instruments::InstrumentService;

#[derive(Clone)]
pub struct ExpiredInstrumentService {
    pub(crate) store: Store,
    pub(crate) broker: Arc<Broker>,
    pub(crate) instruments: InstrumentService,
}

impl ExpiredInstrumentService {
    pub(crate) fn new(store: Store, broker: Arc<Broker>, instruments: InstrumentService) -> Self {
        Self { store, broker, instruments }
    }

    /// The expiries of an underlying, newest first, with what is known of each over the default span.
    pub async fn expiries(&self, key: &InstrumentKey) -> Result<Vec<ExpiryRow>, EngineError> {
        self.expiries_over(key, Span::default()).await
    }

    /// The same over any span: what is complete for a day is not complete for ninety.
    pub async fn expiries_over(
        &self,
        key: &InstrumentKey,
        span: Span,
    ) -> Result<Vec<ExpiryRow>, EngineError> {
        let (id, _) = self.refresh_expiries(key).await?;
        expiry_rows(&self.store, self.broker.now().day(), key, id, span).await
    }

    /// The expiries that are known already; the broker is not asked.
    pub async fn known_expiries(&self, key: &InstrumentKey) -> Result<Vec<ExpiryRow>, EngineError> {
        self.known_expiries_over(key, Span::default()).await
    }

    /// The same over any span.
    pub async fn known_expiries_over(
        &self,
        key: &InstrumentKey,
        span: Span,
    ) -> Result<Vec<ExpiryRow>, EngineError> {
        match self.store.underlying(key).await? {
            Some((id, _)) => expiry_rows(&self.store, self.broker.now().day(), key, id, span).await,
            None => Err(EngineError::NothingStored { key: key.to_string() }),
        }
    }

    /// An underlying that has, or will have, expired contracts. Where nothing here says so the broker does.
    pub(crate) async fn confirmed(&self, key: &InstrumentKey) -> Result<Underlying, EngineError> {
        let (id, underlying) = self.instruments.resolve(key).await?;
        if self.instruments.has_derivatives(key).await? || !self.store.expiries(id).await?.is_empty() {
            return Ok(underlying);
        }
        self.refresh_expiries(key).await.map(|(_, underlying)| underlying)
    }

    /// All known expiries, newest first, after asking for them however young the list is: this morning's may
    /// be missing in one of yesterday noon.
    pub(crate) async fn expiries_of_now(
        &self,
        key: &InstrumentKey,
    ) -> Result<Vec<StoredExpiry>, EngineError> {
        let (id, _) = self.instruments.resolve(key).await?;
        self.ask_for_expiries(id, key, &Asking::in_background()).await?;
        self.past_expiries(id).await
    }

    /// The known expiries that can have expired by now, newest first.
    pub(crate) async fn past_expiries(&self, id: UnderlyingId) -> Result<Vec<StoredExpiry>, EngineError> {
        let today = self.broker.now().day();
        Ok(self.store.expiries(id).await?.into_iter().filter(|expiry| expiry.date <= today).collect())
    }

    /// The refusal of an underlying without a known expiry: how often the broker was asked is a part of it.
    pub(crate) async fn no_expiries(&self, underlying: &Underlying) -> Result<EngineError, EngineError> {
        let asked = match self.store.underlying(&underlying.key).await? {
            Some((id, _)) => {
                if let Some(behind) = self.clock_behind(id, underlying).await? {
                    return Ok(behind);
                }
                self.store.expiries_facts(id).await?.witnesses
            }
            None => 0,
        };
        Ok(EngineError::NoExpiries { underlying: underlying.name.clone(), asked })
    }

    /// Where expiries are known and the clock says that each is still to come: they had expired when they were listed.
    async fn clock_behind(
        &self,
        id: UnderlyingId,
        underlying: &Underlying,
    ) -> Result<Option<EngineError>, EngineError> {
        let today = self.broker.now().day();
        let first = self.store.expiries(id).await?.into_iter().map(|expiry| expiry.date).min();
        Ok(first.filter(|first| *first > today).map(|first| EngineError::ClockBehind {
            underlying: underlying.name.clone(),
            today,
            first,
        }))
    }

    /// What has live contracts will have expired ones. Of anything else an empty list is the broker's refusal.
    pub(crate) async fn refuse_without_expiries(
        &self,
        id: UnderlyingId,
        underlying: &Underlying,
    ) -> Result<(), EngineError> {
        if let Some(behind) = self.clock_behind(id, underlying).await? {
            return Err(behind);
        }
        if !self.store.expiries(id).await?.is_empty() {
            return Ok(());
        }
        let refused = self.store.refused_expiries(id, REFUSED_LINES).await?;
        if let Some(newest) = refused.first() {
            let reason = format!("of {}: {}", newest.raw, newest.reason);
            return Err(EngineError::AnswerRefused { rows: refused.len() as u64, reason });
        }
        if self.instruments.has_derivatives(&underlying.key).await? {
            return Ok(());
        }
        Err(EngineError::UnknownUnderlying { key: symbol_and_key(underlying) })
    }

    /// Whether an expiry is a weekly one. Where neither a listing nor the rule says it, its options are listed.
    pub(crate) async fn weekly(
        &self,
        key: &InstrumentKey,
        expiry: &StoredExpiry,
        all: &[Day],
    ) -> Result<Option<bool>, EngineError> {
        if let Some(weekly) = expiry.weekly.or_else(|| is_weekly(key, expiry.date, all)) {
            return Ok(Some(weekly));
        }
        self.ask_for_lists(key, expiry, ContractKinds::Options, &Asking::in_background()).await?;
        Ok(self.store.expiry_by_id(expiry.id).await?.1.weekly)
    }

    /// An expiry of an underlying, refused with the nearest dates when there is none.
    pub async fn check_expiry(&self, key: &InstrumentKey, date: Day) -> Result<(), EngineError> {
        self.expiry(key, date).await.map(drop)
    }

    pub(crate) async fn expiry(&self, key: &InstrumentKey, date: Day) -> Result<StoredExpiry, EngineError> {
        let (id, underlying) = self.refresh_expiries(key).await?;
        if let Some(expiry) = self.store.expiry(id, date).await? {
            return Ok(expiry);
        }
        let known: Vec<Day> = self.past_expiries(id).await?.into_iter().map(|e| e.date).collect();
        if known.is_empty() {
            return Err(self.no_expiries(&underlying).await?);
        }
        Err(EngineError::unknown_expiry(&underlying, date, known))
    }

    /// The contracts of an expiry, listed by the broker where they are not known or not believed, and how far
    /// they are believed.
    pub async fn contracts(
        &self,
        key: &InstrumentKey,
        date: Day,
        kinds: ContractKinds,
    ) -> Result<(Vec<market::Contract>, ListStates), EngineError> {
        let expiry = self.expiry(key, date).await?;
        let stored = self.list(key, &expiry, kinds, &Asking::for_person()).await?;
        let states = self.list_states(&expiry).await?;
        Ok((stored.into_iter().map(|stored| stored.contract).collect(), states))
    }
}

/// The known expiries of an underlying up to a day, newest first, with what is stored of each over a span.
pub(crate) async fn expiry_rows(
    store: &Store,
    today: Day,
    key: &InstrumentKey,
    id: UnderlyingId,
    span: Span,
) -> Result<Vec<ExpiryRow>, EngineError> {
    let mut stats = store.expiry_stats(id, span.interval).await?;
    stats.retain(|stats| stats.expiry.date <= today);
    let known = known_of(store, id).await?;
    let dates: Vec<Day> = stats.iter().map(|stats| stats.expiry.date).collect();
    let row = |stats: store::ExpiryStats| {
        let counts = |listed: Option<EpochSeconds>, are_options: bool| {
            let of_kind = stats.reaches.iter().filter(|(kind, ..)| kind.is_option() == are_options);
            listed.map(|_| KindCounts::of_many(of_kind.map(|(_, reach, count)| (*reach, *count)), span.days))
        };
        let options = counts(stats.expiry.options_listed, true);
        let futures = counts(stats.expiry.futures_listed, false);
        let is_listed = options.is_some() || futures.is_some();
        let listed = [options, futures].map(Option::unwrap_or_default);
        ExpiryRow {
            date: stats.expiry.date,
            weekly: stats.expiry.weekly.or_else(|| is_weekly(key, stats.expiry.date, &dates)),
            contracts: is_listed.then(|| listed.iter().map(|of| of.contracts).sum()),
            collected: listed.iter().map(|of| of.collected).sum(),
            options,
            futures,
            candles: stats.candles,
            lists: states_of(&known, stats.expiry.date),
            intervals: stats.intervals,
            pruned_at: stats.pruned_at,
            days: span.days,
            interval: span.interval,
        }
    };
    Ok(stats.into_iter().map(row).collect())
}
