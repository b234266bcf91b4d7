//! Live underlyings: the broker's instrument master, search, which keys may be asked for, and when live
//! contracts will expire.

use std::sync::Arc;
use std::time::Duration;

use market::{EpochSeconds, InstrumentKey, Underlying};
use protocol::UnderlyingRow;
use store::{Store, UnderlyingId};
use tokio::sync::Mutex;
use tracing::warn;
use upstox::BoxFuture;

use crate::broker::Broker;
use crate::error::EngineError;

/// The broker refreshes the master once a day.
const MASTER_AGE_MAX_SECONDS: i64 = 24 * 3600;
/// Minutes after midnight IST at which the day's master is there; it is made about 06:00 \[DOC\].
const MASTER_MADE_AT_MINUTE: u16 = 6 * 60 + 15;
/// How soon a master that could not be had is asked for again.
const MASTER_RETRY_SECONDS: i64 = 3600;
/// How long whoever wants the master waits for the limiter; then what is known serves.
const MASTER_PATIENCE: Duration = Duration::from_secs(2);
const ASKED_AT: &str = "master_asked_at";
const HAD_AT: &str = "master_had_at";

#[derive(Clone)]
pub struct InstrumentService {
    store: Store,
    broker: Arc<Broker>,
    /// So that two pages that open at once ask once.
    asking: Arc<Mutex<()>>,
}

impl InstrumentService {
    pub(crate) fn new(store: Store, broker: Arc<Broker>) -> Self {
        Self { store, broker, asking: Arc::default() }
    }

    /// Underlyings whose name, symbol or key contains `search`, with what is stored of each.
    pub async fn underlyings(&self, search: &str) -> Result<Vec<UnderlyingRow>, EngineError> {
        self.refresh_master().await?;
        let stats = self.store.underlying_stats().await?;
        let wanted = search.trim().to_lowercase();
        let matches = |underlying: &Underlying| {
            [underlying.name.as_str(), &underlying.symbol, underlying.key.as_str()]
                .iter()
                .any(|text| text.to_lowercase().contains(&wanted))
        };
        let rows = self.store.underlyings().await?;
        let row = |underlying: Underlying| {
            let stats = stats.iter().find(|stats| stats.key == underlying.key);
            UnderlyingRow {
                expiries: stats.filter(|s| s.expiries_asked).and_then(|s| s.expiries.try_into().ok()),
                contracts: stats.map_or(0, |stats| stats.contracts),
                candles: stats.map_or(0, |stats| stats.candles),
                underlying,
            }
        };
        Ok(rows.into_iter().map(|(_, underlying)| underlying).filter(matches).map(row).collect())
    }

    /// The underlying of a key. Refuses what cannot have expired contracts before any request; where the
    /// master could not be had, any key of the right form is taken, with a warning.
    pub async fn resolve(&self, key: &InstrumentKey) -> Result<(UnderlyingId, Underlying), EngineError> {
        key.check_underlying()?;
        if let Some(known) = self.store.underlying(key).await? {
            return Ok(known);
        }
        let has_master = self.refresh_master().await?;
        if let Some(known) = self.store.underlying(key).await? {
            return Ok(known);
        }
        if has_master {
            return Err(EngineError::UnknownUnderlying { key: key.to_string() });
        }
        warn!(%key, "the instrument master could not be had: {key} is taken as it is");
        self.store.put_underlyings(&[Underlying::from_key(key.clone())], self.broker.now()).await?;
        self.store.underlying(key).await?.ok_or(EngineError::UnknownUnderlying { key: key.to_string() })
    }

    /// Asks for the master of the newest morning, unless it is here.
    pub(crate) async fn refresh_daily(&self) -> Result<(), EngineError> {
        let now = self.broker.now();
        let today = now.day().at_minute(MASTER_MADE_AT_MINUTE);
        let made = if now < today { now.day().previous().at_minute(MASTER_MADE_AT_MINUTE) } else { today };
        self.refresh_older_than(made).await?;
        Ok(())
    }

    /// Whether there is a master, asking for it when it is old.
    async fn refresh_master(&self) -> Result<bool, EngineError> {
        self.refresh_older_than(EpochSeconds(self.broker.now().0 - MASTER_AGE_MAX_SECONDS + 1)).await
    }

    /// Any answer but a readable 200 means that the master cannot be had: then the built-in indices are
    /// known, and nothing is refused for not being among them.
    async fn refresh_older_than(&self, oldest: EpochSeconds) -> Result<bool, EngineError> {
        let _one_at_a_time = self.asking.lock().await;
        let now = self.broker.now();
        let had = self.moment(HAD_AT).await?;
        let asked = self.moment(ASKED_AT).await?;
        if had.is_some_and(|at| at >= oldest.0) || asked.is_some_and(|at| now.0 - at < MASTER_RETRY_SECONDS) {
            return Ok(had.is_some());
        }
        self.store.put_underlyings(&Underlying::indices(), now).await?;
        self.store.put_setting(ASKED_AT, &now.0.to_string()).await?;
        let client = self.broker.client.clone();
        let call = |slot| -> BoxFuture<'static, _> { Box::pin(async move { client.master(slot).await }) };
        let answer = match self.broker.ask_once_within(MASTER_PATIENCE, call).await {
            Ok(answer) => answer,
            // Nothing was asked: it is asked by whoever comes next.
            Err(EngineError::Waits(_)) => {
                self.store.put_setting(ASKED_AT, &asked.unwrap_or(0).to_string()).await?;
                return Ok(had.is_some());
            }
            Err(error) => return Err(error),
        };
        match answer {
            Ok(master) if !master.underlyings.is_empty() => {
                self.store.put_underlyings(&master.underlyings, now).await?;
                self.store.put_coming_expiries(&master.expiries).await?;
                self.store.put_setting(HAD_AT, &now.0.to_string()).await?;
                Ok(true)
            }
            Ok(_) => Ok(had.is_some()),
            Err(error) => {
                warn!(%error, "the instrument master could not be had; the eight indices are known without it");
                Ok(had.is_some())
            }
        }
    }

    async fn moment(&self, name: &str) -> Result<Option<i64>, EngineError> {
        Ok(self.store.setting(name).await?.and_then(|text| text.parse().ok()))
    }
}
