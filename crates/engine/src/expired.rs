//! Expiries and contracts that have expired: asked once, known from then on.

use std::sync::Arc;

use market::{ContractKinds, Day, EpochSeconds, InstrumentKey, Underlying};
use protocol::{ExpiryRow, KindCounts};
use store::{KindStats, NewContract, NewEvent, Store, StoredContract, StoredExpiry, UnderlyingId};
use upstox::Listing;

use crate::broker::{Asked, Asking, Broker};
use crate::error::EngineError;
use crate::final_days::split_final;
use crate::instruments::InstrumentService;

/// The list of expiries is asked again after a day; an expiry once seen stays known.
const EXPIRIES_AGE_MAX_SECONDS: i64 = 24 * 3600;
/// Dates that a refusal names, so that a slip is seen at once.
const NEAREST_SHOWN: usize = 3;

#[derive(Clone)]
pub struct ExpiredInstrumentService {
    store: Store,
    broker: Arc<Broker>,
    instruments: InstrumentService,
}

impl ExpiredInstrumentService {
    pub(crate) fn new(store: Store, broker: Arc<Broker>, instruments: InstrumentService) -> Self {
        Self { store, broker, instruments }
    }

    /// The expiries of an underlying, newest first, with what is stored of each.
    pub async fn expiries(&self, key: &InstrumentKey) -> Result<Vec<ExpiryRow>, EngineError> {
        let (id, _) = self.refresh_expiries(key).await?;
        self.rows(id).await
    }

    /// The expiries that are known already; the broker is not asked.
    pub async fn known_expiries(&self, key: &InstrumentKey) -> Result<Vec<ExpiryRow>, EngineError> {
        match self.store.underlying(key).await? {
            Some((id, _)) => self.rows(id).await,
            None => Err(EngineError::UnknownUnderlying { key: key.to_string() }),
        }
    }

    async fn rows(&self, id: UnderlyingId) -> Result<Vec<ExpiryRow>, EngineError> {
        let stats = self.store.expiry_stats(id).await?;
        let dates: Vec<Day> = stats.iter().map(|stats| stats.expiry.date).collect();
        let counts = |listed: Option<EpochSeconds>, KindStats { contracts, collected }| {
            listed.map(|_| KindCounts { contracts, collected })
        };
        let row = |stats: store::ExpiryStats| {
            let options = counts(stats.expiry.options_listed, stats.options);
            let futures = counts(stats.expiry.futures_listed, stats.futures);
            let is_listed = options.is_some() || futures.is_some();
            let listed = [options, futures].map(Option::unwrap_or_default);
            ExpiryRow {
                date: stats.expiry.date,
                weekly: stats.expiry.weekly.or_else(|| weekly_by_neighbours(stats.expiry.date, &dates)),
                contracts: is_listed.then(|| listed.iter().map(|of| of.contracts).sum()),
                collected: listed.iter().map(|of| of.collected).sum(),
                options,
                futures,
                candles: stats.candles,
            }
        };
        Ok(stats.into_iter().map(row).collect())
    }

    /// Asks for the list of expiries when it is older than a day.
    pub(crate) async fn refresh_expiries(
        &self,
        key: &InstrumentKey,
    ) -> Result<(UnderlyingId, Underlying), EngineError> {
        self.refresh_expiries_as(key, &Asking::for_person()).await
    }

    pub(crate) async fn refresh_expiries_as(
        &self,
        key: &InstrumentKey,
        asking: &Asking,
    ) -> Result<(UnderlyingId, Underlying), EngineError> {
        let (id, underlying) = self.instruments.resolve(key).await?;
        let asked_at = self.store.expiries_asked_at(id).await?;
        if asked_at.is_none_or(|at| self.broker.now().0 - at.0 >= EXPIRIES_AGE_MAX_SECONDS) {
            self.ask_for_expiries(id, key, asking).await?;
        }
        Ok((id, underlying))
    }

    /// All known expiries, newest first, after asking for them however young the list is: this morning's may
    /// be missing in one of yesterday noon.
    pub(crate) async fn expiries_of_now(
        &self,
        key: &InstrumentKey,
    ) -> Result<Vec<StoredExpiry>, EngineError> {
        let (id, _) = self.instruments.resolve(key).await?;
        self.ask_for_expiries(id, key, &Asking::in_background()).await?;
        Ok(self.store.expiries(id).await?)
    }

    async fn ask_for_expiries(
        &self,
        id: UnderlyingId,
        key: &InstrumentKey,
        asking: &Asking,
    ) -> Result<(), EngineError> {
        let client = &self.broker.client;
        let asked = self
            .broker
            .ask(asking, |slot, token| {
                let (client, key) = (client.clone(), key.clone());
                Box::pin(async move { client.expiries(slot, &token, &key).await })
            })
            .await
            .map_err(|error| unknown_by_the_broker(key, error))?;
        self.broker.record(asked.audit, Vec::new()).await?;
        self.store.put_expiries(id, &asked.value, self.broker.now()).await?;
        Ok(())
    }

    /// Whether an expiry is a weekly one. Where nothing says it yet, its options are listed, which do.
    pub(crate) async fn weekly(
        &self,
        key: &InstrumentKey,
        expiry: &StoredExpiry,
        all: &[Day],
    ) -> Result<Option<bool>, EngineError> {
        if let Some(weekly) = expiry.weekly.or_else(|| weekly_by_neighbours(expiry.date, all)) {
            return Ok(Some(weekly));
        }
        self.list(key, expiry, ContractKinds::Options, &Asking::in_background()).await?;
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
        let mut known: Vec<Day> = self.store.expiries(id).await?.into_iter().map(|e| e.date).collect();
        if known.is_empty() {
            return Err(EngineError::NoExpiries { underlying: underlying.name });
        }
        known.sort_by_key(|other| (other.days_since_1970() - date.days_since_1970()).abs());
        known.truncate(NEAREST_SHOWN);
        known.sort();
        let nearest = known.iter().map(Day::to_string).collect::<Vec<_>>().join(", ");
        Err(EngineError::UnknownExpiry { underlying: underlying.name, date, nearest })
    }

    /// The contracts of an expiry, listed by the broker where they are not known.
    pub async fn contracts(
        &self,
        key: &InstrumentKey,
        date: Day,
        kinds: ContractKinds,
    ) -> Result<Vec<market::Contract>, EngineError> {
        let expiry = self.expiry(key, date).await?;
        let stored = self.list(key, &expiry, kinds, &Asking::for_person()).await?;
        Ok(stored.into_iter().map(|stored| stored.contract).collect())
    }

    /// Whether every contract of these kinds is known, for good.
    pub(crate) fn is_listed(&self, expiry: &StoredExpiry, kinds: ContractKinds) -> bool {
        let settled = |listed: Option<EpochSeconds>| {
            listed.is_some_and(|at| split_final(market::DayRange::single(expiry.date), at).1.is_none())
        };
        (!kinds.options() || settled(expiry.options_listed))
            && (!kinds.futures() || settled(expiry.futures_listed))
    }

    pub(crate) async fn list(
        &self,
        key: &InstrumentKey,
        expiry: &StoredExpiry,
        kinds: ContractKinds,
        asking: &Asking,
    ) -> Result<Vec<StoredContract>, EngineError> {
        for part in [ContractKinds::Futures, ContractKinds::Options] {
            let wanted = if part.options() { kinds.options() } else { kinds.futures() };
            if wanted && !self.is_listed(expiry, part) {
                self.ask_for_contracts(key, expiry, part, asking).await?;
            }
        }
        Ok(self.store.contracts(expiry.id, kinds).await?)
    }

    async fn ask_for_contracts(
        &self,
        key: &InstrumentKey,
        expiry: &StoredExpiry,
        part: ContractKinds,
        asking: &Asking,
    ) -> Result<(), EngineError> {
        let (client, date) = (&self.broker.client, expiry.date);
        let mut asked = self
            .broker
            .ask(asking, |slot, token| {
                let (client, key) = (client.clone(), key.clone());
                Box::pin(async move {
                    if part.options() {
                        client.option_contracts(slot, &token, &key, date).await
                    } else {
                        client.future_contracts(slot, &token, &key, date).await
                    }
                })
            })
            .await?;
        asked.audit.rows = asked.value.contracts.len() as u64;
        let remarks = remarks(&asked, asking);
        self.broker.record(asked.audit, remarks).await?;
        let contracts: Vec<_> = asked
            .value
            .contracts
            .into_iter()
            .map(|listed| NewContract { contract: listed.contract, raw: listed.raw })
            .collect();
        self.store.put_listing(expiry.id, part, &contracts, self.broker.now()).await?;
        Ok(())
    }
}

/// What a listing's odd rows are told as, in the job's log.
fn remarks(asked: &Asked<Listing>, asking: &Asking) -> Vec<NewEvent> {
    let Some(job) = asking.job else { return Vec::new() };
    let event =
        |level, message: String| NewEvent { job, at: asked.audit.at, level, message, expired_key: None };
    let refused =
        asked.value.refused.iter().map(|row| event("error", format!("a listed row is no contract: {row}")));
    refused.chain(asked.value.notices.iter().map(|notice| event("warning", notice.clone()))).collect()
}

/// Before a listing says so: the last expiry of its month is the monthly one, where the list reaches beyond
/// that month; of the newest month nothing is claimed.
fn weekly_by_neighbours(date: Day, all: &[Day]) -> Option<bool> {
    let last_of_month = all.iter().filter(|other| other.is_same_month(date)).max()?;
    if *last_of_month != date {
        return Some(true);
    }
    all.iter().any(|other| *other > date).then_some(false)
}

/// Where there is no instrument master, only the broker can tell that a key names nothing.
fn unknown_by_the_broker(key: &InstrumentKey, error: EngineError) -> EngineError {
    match error {
        EngineError::Broker { error, .. } if error.is_unknown_key() => {
            EngineError::UnknownUnderlying { key: key.to_string() }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_expiry_of_a_month_is_the_monthly_one() {
        let days: Vec<Day> =
            ["2025-08-21", "2025-08-28", "2025-09-02", "2025-09-09"].map(|d| d.parse().unwrap()).to_vec();
        let weekly: Vec<_> = days.iter().map(|day| weekly_by_neighbours(*day, &days)).collect();
        assert_eq!(weekly, [Some(true), Some(false), Some(true), None]);
    }
}
