//! Underlyings: the broker's instrument master, who is found by a search and who is meant by a name, and when
//! live contracts will expire. Whether a key has expired contracts is not judged here: that is the broker's
//! word alone.

use std::sync::Arc;
use std::time::Duration;

use market::{EpochSeconds, InstrumentKey, Underlying, UnderlyingName};
use protocol::{CollectOrder, MasterState, ScheduleOrder, UnderlyingRow};
use store::{Store, UnderlyingId};
use tokio::sync::Mutex;
use tracing::warn;
use upstox::BoxFuture;

use crate::broker::Broker;
use crate::directory::{self, Directory};
use crate::error::EngineError;
use crate::expired_lists::quarantined;

/// The broker refreshes the master once a day.
const MASTER_AGE_MAX_SECONDS: i64 = 24 * 3600;
/// Minutes after midnight IST at which the day's master is there; it is made about 06:00 \[DOC\].
const MASTER_MADE_AT_MINUTE: u16 = 6 * 60 + 15;
/// How soon a master that could not be had is asked for again, unless a person says so.
const MASTER_RETRY_SECONDS: i64 = 3600;
/// How long whoever wants the master waits for the limiter; then what is known serves.
const MASTER_PATIENCE: Duration = Duration::from_secs(2);
const ASKED_AT: &str = "master_asked_at";
const HAD_AT: &str = "master_had_at";
/// Why the last one could not be had; empty when it could.
const PROBLEM: &str = "master_problem";

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

    /// What a search finds, best first, with what is stored of each. Without a word: everything that has or
    /// had futures and options.
    pub async fn underlyings(&self, search: &str) -> Result<Vec<UnderlyingRow>, EngineError> {
        self.refresh_master().await?;
        let directory = Directory::read(&self.store).await?;
        let found = directory.search(search);
        let stats = self.store.underlying_stats().await?;
        Ok(found.into_iter().map(|known| known.row(&stats)).collect())
    }

    /// Whether the list of instruments is the whole.
    pub async fn master(&self) -> Result<MasterState, EngineError> {
        master_state(&self.store).await
    }

    /// Asks for the master now, however short ago it was asked for: a person wants it.
    pub async fn ask_for_master(&self) -> Result<MasterState, EngineError> {
        {
            let _one_at_a_time = self.asking.lock().await;
            self.bring_master().await?;
        }
        self.master().await
    }

    /// The key that a person means.
    pub async fn find(&self, name: &UnderlyingName) -> Result<InstrumentKey, EngineError> {
        self.directory_for(&[name]).await?.find(name)
    }

    /// An order with the keys that a person means.
    pub async fn find_order(&self, order: CollectOrder<UnderlyingName>) -> Result<CollectOrder, EngineError> {
        let directory = self.directory_for(&order.all_underlyings()).await?;
        order.try_with_keys(|name| directory.find(name))
    }

    /// The order of a schedule with the keys that a person means.
    pub async fn find_schedule(
        &self,
        order: ScheduleOrder<UnderlyingName>,
    ) -> Result<ScheduleOrder, EngineError> {
        let names: Vec<&UnderlyingName> = order.rule.underlyings.iter().collect();
        let directory = self.directory_for(&names).await?;
        order.try_with_keys(|name| directory.find(name))
    }

    async fn directory_for(&self, names: &[&UnderlyingName]) -> Result<Directory, EngineError> {
        if names.iter().any(|name| matches!(name, UnderlyingName::Text(_))) {
            self.refresh_master().await?;
        }
        Directory::for_names(&self.store, names.iter().copied()).await
    }

    /// The underlying of a key, with the names that are known of it. Refuses only what cannot have expired
    /// contracts by its form: whether any other key has, with live contracts or without, the broker says.
    pub async fn resolve(&self, key: &InstrumentKey) -> Result<(UnderlyingId, Underlying), EngineError> {
        key.check_underlying()?;
        if let Some(known) = self.store.underlying(key).await? {
            return Ok(known);
        }
        self.refresh_master().await?;
        if let Some(known) = self.store.underlying(key).await? {
            return Ok(known);
        }
        if self.store.is_frozen() {
            return Err(EngineError::NothingStored { key: key.to_string() });
        }
        let share = self.store.share(key).await?;
        let underlying = share.unwrap_or_else(|| Underlying::from_key(key.clone()));
        self.store.put_underlyings(std::slice::from_ref(&underlying), self.broker.now()).await?;
        self.store.underlying(key).await?.ok_or(EngineError::UnknownUnderlying { key: key.to_string() })
    }

    /// By what titles and files call an underlying: the name in its key, a share's ISIN, only where nothing else is known.
    pub async fn symbol_of(&self, key: &InstrumentKey) -> Result<String, EngineError> {
        let underlying = match self.store.underlying(key).await? {
            Some((_, known)) => Some(known),
            None => self.store.share(key).await?,
        };
        Ok(underlying.unwrap_or_else(|| Underlying::from_key(key.clone())).symbol)
    }

    /// Whether the newest master told of live contracts of a key.
    pub(crate) async fn has_derivatives(&self, key: &InstrumentKey) -> Result<bool, EngineError> {
        directory::has_derivatives(&self.store, key).await
    }

    /// Asks for the master of the newest morning, unless it is here.
    pub(crate) async fn refresh_daily(&self) -> Result<(), EngineError> {
        let now = self.broker.now();
        let today = now.day().at_minute(MASTER_MADE_AT_MINUTE);
        let made = if now < today { now.day().previous().at_minute(MASTER_MADE_AT_MINUTE) } else { today };
        self.refresh_older_than(made).await
    }

    async fn refresh_master(&self) -> Result<(), EngineError> {
        self.refresh_older_than(EpochSeconds(self.broker.now().0 - MASTER_AGE_MAX_SECONDS + 1)).await
    }

    async fn refresh_older_than(&self, oldest: EpochSeconds) -> Result<(), EngineError> {
        if self.store.is_frozen() {
            return Ok(());
        }
        let _one_at_a_time = self.asking.lock().await;
        let now = self.broker.now();
        let had = moment(&self.store, HAD_AT).await?;
        let asked = moment(&self.store, ASKED_AT).await?;
        let is_fresh = had.is_some_and(|at| at >= oldest);
        if is_fresh || asked.is_some_and(|at| now.0 - at.0 < MASTER_RETRY_SECONDS) {
            return Ok(());
        }
        self.bring_master().await
    }

    /// Any answer but a readable 200 means that the master cannot be had: then the built-in indices are known,
    /// nothing is refused for not being in it, and why is kept for whoever looks at the list.
    async fn bring_master(&self) -> Result<(), EngineError> {
        let now = self.broker.now();
        self.store.put_underlyings(&Underlying::indices(), now).await?;
        let client = self.broker.client.clone();
        let call = |slot| -> BoxFuture<'static, _> { Box::pin(async move { client.master(slot).await }) };
        let answer = match self.broker.ask_once_within(MASTER_PATIENCE, call).await {
            Ok(answer) => answer.map_err(|error| error.to_string()),
            // Nothing was asked: it is asked by whoever comes next.
            Err(EngineError::Waits(wait)) => {
                return Ok(self.store.put_setting(PROBLEM, &wait.sentence).await?);
            }
            Err(fault @ EngineError::ReaderFault { .. }) => Err(fault.to_string()),
            Err(error) => return Err(error),
        };
        self.store.put_setting(ASKED_AT, &now.0.to_string()).await?;
        let problem = match answer {
            Ok(master) if !master.underlyings.is_empty() => {
                self.store.put_master(&master.underlyings, &master.shares, now).await?;
                self.store.put_coming_expiries(&master.expiries).await?;
                let refused = master.refused.into_iter().map(quarantined).collect();
                self.store.keep_refused_instruments(refused, now).await?;
                self.store.put_setting(HAD_AT, &now.0.to_string()).await?;
                String::new()
            }
            Ok(_) => "it names nothing that has futures or options".to_owned(),
            Err(problem) => problem,
        };
        if !problem.is_empty() {
            warn!(problem, "the instrument master could not be had; the eight indices are known without it");
        }
        self.store.put_setting(PROBLEM, &problem).await?;
        Ok(())
    }
}

/// What is known of the master.
pub(crate) async fn master_state(store: &Store) -> Result<MasterState, EngineError> {
    let problem = store.setting(PROBLEM).await?.filter(|problem| !problem.is_empty());
    Ok(MasterState { had_at: moment(store, HAD_AT).await?, problem })
}

async fn moment(store: &Store, name: &str) -> Result<Option<EpochSeconds>, EngineError> {
    Ok(store.setting(name).await?.and_then(|text| text.parse().ok()).map(EpochSeconds))
}
