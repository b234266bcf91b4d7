//! Lists for somebody who looks: what has to be asked of the broker is asked in the background, and a look is
//! answered within a moment with what is known by then.
//!
//! The asking goes on when whoever looked has gone, and what it brings is kept; whoever looks again joins it. So
//! a list is asked for once however many pages want it, and no page waits for the rate limit.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use market::{Contract, ContractKinds, Day, InstrumentKey};
use protocol::{CollectOrder, Estimate, ExpiryRow, Known, ListStates, Span, Wait, WaitFor};
use ratelimit::Priority;
use tokio::sync::watch;
use upstox::BoxFuture;

use crate::broker::Broker;
use crate::error::EngineError;
use crate::expired::ExpiredInstrumentService;
use crate::jobs::JobService;

/// How long a look waits where it is known that nothing can be asked yet: long enough for what needs no asking.
const PATIENCE_IN_A_HOLD: Duration = Duration::from_millis(300);
/// How often a look sees whether a hold has begun.
const HOLD_LOOKS: Duration = Duration::from_secs(1);
/// Questions under way at once, of each kind.
const FLIGHTS_MAX: usize = 64;

/// Who looks, and how long they wait for the broker's answer where nothing holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looker {
    /// A page, whose document must not wait.
    Page,
    /// A program, which has nothing to show meanwhile.
    Program,
}

impl Looker {
    fn patience(self) -> Duration {
        match self {
            Self::Page => Duration::from_secs(2),
            Self::Program => Duration::from_secs(60),
        }
    }
}

#[derive(Clone)]
pub struct ListService {
    broker: Arc<Broker>,
    expired: ExpiredInstrumentService,
    jobs: JobService,
    expiries: Flights<Vec<ExpiryRow>>,
    contracts: Flights<(Vec<Contract>, ListStates)>,
    estimates: Flights<Estimate>,
}

impl ListService {
    pub(crate) fn new(broker: Arc<Broker>, expired: ExpiredInstrumentService, jobs: JobService) -> Self {
        let (expiries, contracts, estimates) = (Flights::default(), Flights::default(), Flights::default());
        Self { broker, expired, jobs, expiries, contracts, estimates }
    }

    /// The expiries of an underlying with what is known of each over a span, newest first; meanwhile the ones
    /// that are known.
    pub async fn expiries(
        &self,
        key: &InstrumentKey,
        span: Span,
        looker: Looker,
    ) -> Result<Known<Vec<ExpiryRow>>, EngineError> {
        let (service, asked) = (self.expired.clone(), key.clone());
        let ask = || async move { service.expiries_over(&asked, span).await };
        let mut known = self.look(&self.expiries, looker, format!("{key} {span:?}"), ask).await?;
        if known.value.is_none() {
            // An underlying that nobody asked about yet has none.
            let rows = self.expired.known_expiries_over(key, span).await.unwrap_or_default();
            known.value = Some(rows).filter(|rows| !rows.is_empty());
        }
        Ok(known)
    }

    /// The contracts of an expiry, and how far their lists are believed.
    pub async fn contracts(
        &self,
        key: &InstrumentKey,
        date: Day,
        kinds: ContractKinds,
        looker: Looker,
    ) -> Result<Known<(Vec<Contract>, ListStates)>, EngineError> {
        let (service, asked) = (self.expired.clone(), key.clone());
        let ask = || async move { service.contracts(&asked, date, kinds).await };
        self.look(&self.contracts, looker, format!("{key} {date} {}", kinds.as_str()), ask).await
    }

    /// What an order will cost.
    pub async fn estimate(&self, order: &CollectOrder) -> Result<Known<Estimate>, EngineError> {
        let (service, asked) = (self.jobs.clone(), order.clone());
        // An order of keys, dates and numbers always serialises.
        let name = serde_json::to_string(order).map_err(EngineError::UnreadableJob)?;
        self.look(&self.estimates, Looker::Page, name, || async move { service.estimate(&asked).await }).await
    }

    async fn look<T, F>(
        &self,
        flights: &Flights<T>,
        looker: Looker,
        name: String,
        ask: impl FnOnce() -> F,
    ) -> Result<Known<T>, EngineError>
    where
        T: Clone + Send + Sync + 'static,
        F: Future<Output = Result<T, EngineError>> + Send + 'static,
    {
        let clock = &self.broker.clock;
        let gives_up = clock.monotonic() + looker.patience();
        let Some(mut flight) = flights.join(name, || Box::pin(ask())) else {
            return Ok(Known { value: None, waits: Some(self.what_it_waits_for()) });
        };
        let mut looks_at = clock.monotonic() + PATIENCE_IN_A_HOLD;
        while looks_at <= gives_up {
            tokio::select! {
                biased;
                landed = flight.wait_for(Option::is_some) => match landed.ok().and_then(|landed| landed.clone()) {
                    Some(Ok(value)) => return Ok(Known::whole(value)),
                    Some(Err(error)) => return Err(EngineError::Shared(error)),
                    // The question broke; whoever looks again asks anew.
                    None => break,
                },
                () = clock.sleep_until(looks_at) => {}
            }
            if self.hold().is_some() {
                break;
            }
            looks_at = clock.monotonic() + HOLD_LOOKS;
        }
        Ok(Known { value: None, waits: Some(self.what_it_waits_for()) })
    }

    fn hold(&self) -> Option<Wait> {
        self.broker.wait_signed_in(Priority::Person)
    }

    fn what_it_waits_for(&self) -> Wait {
        self.hold().unwrap_or_else(|| Wait {
            what: WaitFor::Answer,
            until: None,
            sentence: "Upstox was asked and has not answered yet".to_owned(),
        })
    }
}

/// What a question brought; an error is shared by all who asked it.
type Landed<T> = Option<Result<T, Arc<EngineError>>>;

/// Questions that are being asked, by what they ask.
struct Flights<T> {
    under_way: Arc<Mutex<HashMap<String, watch::Receiver<Landed<T>>>>>,
}

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Self { under_way: Arc::default() }
    }
}

impl<T> Clone for Flights<T> {
    fn clone(&self) -> Self {
        Self { under_way: self.under_way.clone() }
    }
}

impl<T: Send + Sync + 'static> Flights<T> {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, watch::Receiver<Landed<T>>>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins the question of this name, or asks it. `None`: too many are being asked.
    fn join(
        &self,
        name: String,
        ask: impl FnOnce() -> BoxFuture<'static, Result<T, EngineError>>,
    ) -> Option<watch::Receiver<Landed<T>>> {
        let mut under_way = self.lock();
        if let Some(flight) = under_way.get(&name) {
            return Some(flight.clone());
        }
        if under_way.len() >= FLIGHTS_MAX {
            return None;
        }
        let (sender, receiver) = watch::channel(None);
        under_way.insert(name.clone(), receiver.clone());
        let (question, leaves) = (ask(), Leaving { flights: self.clone(), name });
        tokio::spawn(async move {
            let landed = question.await.map_err(Arc::new);
            // Whoever asks from now on asks anew.
            drop(leaves);
            sender.send_replace(Some(landed));
        });
        Some(receiver)
    }
}

/// Takes the name off the list, also where the question panics.
struct Leaving<T: Send + Sync + 'static> {
    flights: Flights<T>,
    name: String,
}

impl<T: Send + Sync + 'static> Drop for Leaving<T> {
    fn drop(&mut self) {
        self.flights.lock().remove(&self.name);
    }
}
