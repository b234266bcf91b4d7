//! An expiry of which something is stored, and the reading of its days one by one. What is read here is kept nowhere.

use analytics::{Rate, Settlement, Terms};
use market::{Day, InstrumentKey, Strike, Underlying};
use protocol::ReadingPreferences;
use store::{Store, StoredExpiry, UnderlyingId};

use super::day::ExpiryDay;
use crate::error::EngineError;

/// The rate that a person has set.
pub(crate) fn rate_of(reading: ReadingPreferences) -> Rate {
    // Its bounds lie within those of the model.
    Rate::new(reading.volatility_rate.fraction()).unwrap_or_default()
}

/// The newest expiry with minutes, for whoever wishes for none.
pub(crate) async fn newest_expiry(
    store: &Store,
    id: UnderlyingId,
    underlying: &Underlying,
) -> Result<Day, EngineError> {
    let newest = store.expiries_with_minutes(id).await?.first().copied();
    newest.ok_or_else(|| no_minutes(underlying))
}

pub(crate) fn no_minutes(underlying: &Underlying) -> EngineError {
    let name = &underlying.name;
    let why = format!("no 1-minute candle of a contract of {name} is stored: collect an expiry first");
    EngineError::NoChain(why)
}

#[derive(Clone, Debug)]
pub(crate) struct KnownExpiry {
    pub id: UnderlyingId,
    pub underlying: Underlying,
    pub expiry: StoredExpiry,
}

impl KnownExpiry {
    pub async fn find(store: &Store, key: &InstrumentKey, date: Day) -> Result<Self, EngineError> {
        let Some((id, underlying)) = store.underlying(key).await? else {
            return Err(EngineError::NothingStored { key: key.to_string() });
        };
        let Some(expiry) = store.expiry(id, date).await? else {
            let why = format!("no expiry of {} on {} is known here", underlying.name, date.to_long_text());
            return Err(EngineError::NoChain(why));
        };
        Ok(Self { id, underlying, expiry })
    }

    /// By the settings, but for a rate that is wished for.
    pub fn terms(&self, reading: ReadingPreferences, rate: Option<Rate>) -> Terms {
        let settlement = Settlement::by_setting(self.expiry.date, reading.settlement_time.time());
        Terms { settlement, rate: rate.unwrap_or_else(|| rate_of(reading)) }
    }

    /// A day with all its minutes, from the store.
    pub async fn read(&self, store: &Store, day: Day, terms: Terms) -> Result<ExpiryDay, EngineError> {
        self.read_strikes(store, day, terms, None).await
    }

    /// The same with the options of some strikes alone, from one to another.
    pub async fn read_strikes(
        &self,
        store: &Store,
        day: Day,
        terms: Terms,
        strikes: Option<(Strike, Strike)>,
    ) -> Result<ExpiryDay, EngineError> {
        let stored = store.expiry_minutes(self.expiry.id, self.id, day, strikes).await?;
        let Self { underlying, expiry, .. } = self;
        Ok(ExpiryDay::new(underlying.key.clone(), underlying.kind, expiry.date, day, terms, stored))
    }
}
