//! Strategies of past minutes, for page, REST and command line.

use market::Day;
use protocol::{RunDocument, RunRow, STRATEGY_REMARK, StrategyDocument};
use store::{Place, Store};

use super::wish::{RunWish, StrategyWish};
use super::{look, run_summary, runs};
use crate::archive::open_for_reading;
use crate::chains::rate_of;
use crate::error::EngineError;
use crate::preferences::kept;

/// Clones share everything.
#[derive(Clone)]
pub struct StrategyService {
    store: Store,
}

impl StrategyService {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Opens an existing data directory for reading, beside whoever owns it.
    pub async fn open_for_reading(place: impl Into<Place>) -> Result<Self, EngineError> {
        Ok(Self::new(open_for_reading(place).await?))
    }

    /// Strategies of one expiry from their entry to their exit.
    pub async fn look(&self, wish: &StrategyWish) -> Result<StrategyDocument, EngineError> {
        look::look(&self.store, wish, kept(&self.store).await?).await
    }

    /// The expiries of a run, oldest first.
    pub async fn expiries(&self, wish: &RunWish) -> Result<Vec<Day>, EngineError> {
        runs::expiries(&self.store, wish).await
    }

    /// One expiry of a run. That it cannot be priced is no error.
    pub async fn run_one(&self, wish: &RunWish, expiry: Day) -> Result<RunRow, EngineError> {
        runs::run_one(&self.store, wish, expiry, kept(&self.store).await?).await
    }

    /// All of a run, one after the other; `done` is told how many of how many are done.
    pub async fn run(
        &self,
        wish: &RunWish,
        mut done: impl FnMut(usize, usize),
    ) -> Result<RunDocument, EngineError> {
        let expiries = self.expiries(wish).await?;
        let mut rows = Vec::with_capacity(expiries.len());
        for expiry in &expiries {
            rows.push(self.run_one(wish, *expiry).await?);
            done(rows.len(), expiries.len());
        }
        self.document(wish, rows).await
    }

    async fn document(&self, wish: &RunWish, runs: Vec<RunRow>) -> Result<RunDocument, EngineError> {
        let set = kept(&self.store).await?;
        let underlying = self.store.underlying(&wish.underlying).await?;
        let rate = wish.terms.rate.unwrap_or_else(|| rate_of(set.reading));
        let profits: Vec<Option<f64>> = runs.iter().map(|row| Some(row.priced.as_ref()?.profit)).collect();
        Ok(RunDocument {
            underlying: wish.underlying.clone(),
            name: underlying.map(|(_, underlying)| underlying.name).unwrap_or_default(),
            legs: wish.plan.to_string(),
            entry: wish.entry,
            exit: wish.exit,
            profit: wish.stops.profit.map(|stop| stop.rupees()),
            loss: wish.stops.loss.map(|stop| stop.rupees()),
            rate: rate.fraction(),
            costs: wish.terms.costs(set.costs),
            remark: STRATEGY_REMARK.to_owned(),
            summary: run_summary(&profits),
            runs,
        })
    }
}
