//! A person's own SQL: how many run at a time, how long each may take, and how one is stopped. What it may do is the
//! store's to say.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use protocol::{SqlAnswer, SqlSchema, SqlWish, UsefulQuery};
use ratelimit::{Clock, SystemClock};
use store::{Place, SqlError, SqlStop, StopReason, Store};
use tokio::sync::Semaphore;

use crate::archive::open_for_reading;
use crate::error::EngineError;

/// Each may need as much memory as a query may have.
const RUNNING_MAX: usize = 2;

/// Queries of people; clones share everything.
#[derive(Clone)]
pub struct SqlService {
    store: Store,
    clock: Arc<dyn Clock>,
    places: Arc<Semaphore>,
    /// Those that were given a name.
    running: Arc<Mutex<HashMap<String, SqlStop>>>,
}

/// A query under way. Where nobody waits for it any more it is stopped.
struct Running<'service> {
    service: &'service SqlService,
    name: Option<String>,
    stop: SqlStop,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.stop.stop(StopReason::Told);
        if let Some(name) = &self.name {
            self.service.names().remove(name);
        }
    }
}

/// Queries to begin with.
pub fn useful_queries() -> Vec<UsefulQuery> {
    Store::sql_schema().queries
}

impl SqlService {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        let places = Arc::new(Semaphore::new(RUNNING_MAX));
        Self { store, clock, places, running: Arc::default() }
    }

    /// Opens an existing data directory for reading, beside whoever owns it.
    pub async fn open_for_reading(place: impl Into<Place>) -> Result<Self, EngineError> {
        Ok(Self::new(open_for_reading(place).await?, Arc::new(SystemClock::new())))
    }

    pub fn schema(&self) -> SqlSchema {
        Store::sql_schema()
    }

    pub async fn run(&self, wish: SqlWish) -> Result<SqlAnswer, EngineError> {
        if let Some(sentence) = wish.misfit() {
            return Err(SqlError::Bounds(sentence).into());
        }
        let Ok(_place) = self.places.try_acquire() else {
            return Err(SqlError::Busy { max: RUNNING_MAX }.into());
        };
        let SqlWish { sql, rows, seconds, read_all, id } = wish;
        let running = self.begin(id)?;
        let began = self.clock.monotonic();
        let query = self.store.run_sql(sql, rows, read_all, running.stop.clone());
        tokio::pin!(query);
        let time_is_up = self.clock.sleep_until(began + Duration::from_secs(seconds.into()));
        let answer = tokio::select! {
            answer = &mut query => answer,
            () = time_is_up => {
                running.stop.stop(StopReason::TimeUp { seconds });
                query.await
            }
        };
        let took = self.clock.monotonic().saturating_sub(began);
        Ok(SqlAnswer { took_ms: took.as_millis().try_into().unwrap_or(u64::MAX), ..answer? })
    }

    /// Stops a query by the name that it was given.
    pub fn stop(&self, name: &str) -> Result<(), EngineError> {
        match self.names().get(name) {
            Some(stop) => {
                stop.stop(StopReason::Told);
                Ok(())
            }
            None => Err(SqlError::NotRunning.into()),
        }
    }

    fn begin(&self, name: Option<String>) -> Result<Running<'_>, EngineError> {
        let stop = SqlStop::default();
        if let Some(name) = &name {
            let mut names = self.names();
            if names.contains_key(name) {
                return Err(SqlError::Bounds(format!("a query named {name} runs already")).into());
            }
            names.insert(name.clone(), stop.clone());
        }
        Ok(Running { service: self, name, stop })
    }

    fn names(&self) -> std::sync::MutexGuard<'_, HashMap<String, SqlStop>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
