//! What is stored, put together for whoever walks through it: page, REST and command line. Asks the broker for nothing.

use std::sync::Arc;

use export::Origin;
use market::{Contract, Day, EpochSeconds, ExpiredKey, InstrumentKey, Interval, Underlying, UnderlyingName};
use protocol::{
    ContractPicture, ContractsPicture, ExpiriesPicture, ExpiryRow, Neighbour, Neighbours, Span, distinction,
};
use ratelimit::{Clock, SystemClock};
use store::{Place, Store, UnderlyingId};

use crate::archive::open_for_reading;
use crate::coverage::CoverageService;
use crate::error::EngineError;
use crate::expired::expiry_rows;
use crate::exports::PROGRAM;
use crate::market_data::MarketDataService;
use crate::neighbours::{beside, nearest, other_side};

/// Browsing; clones share everything.
#[derive(Clone)]
pub struct BrowseService {
    store: Store,
    clock: Arc<dyn Clock>,
    market_data: MarketDataService,
    coverage: CoverageService,
}

/// An underlying with its expiries.
struct Known {
    id: UnderlyingId,
    underlying: Underlying,
    expiries: Vec<ExpiryRow>,
}

impl BrowseService {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        let (market_data, coverage) =
            (MarketDataService::new(store.clone()), CoverageService::new(store.clone(), clock.clone()));
        Self { store, clock, market_data, coverage }
    }

    /// Opens an existing data directory for reading, beside whoever owns it.
    pub async fn open_for_reading(place: impl Into<Place>) -> Result<Self, EngineError> {
        Ok(Self::new(open_for_reading(place).await?, Arc::new(SystemClock::new())))
    }

    /// What a file of what is stored says of itself.
    pub async fn origin(&self) -> Result<Origin, EngineError> {
        let source = self.store.setting("source").await?.unwrap_or_default();
        Ok(Origin { program: PROGRAM.to_owned(), source })
    }

    /// Whom a name means, of what is stored.
    pub async fn find(&self, name: &UnderlyingName) -> Result<InstrumentKey, EngineError> {
        self.coverage.find(name).await
    }

    /// The known expiries of an underlying.
    pub async fn expiries(&self, key: &InstrumentKey) -> Result<ExpiriesPicture, EngineError> {
        let Known { underlying, expiries, .. } = self.known(key).await?;
        Ok(ExpiriesPicture { underlying, expiries })
    }

    /// The listed contracts of an expiry; with the figures of the interval where a contract has it, else of its
    /// best series.
    pub async fn contracts(
        &self,
        key: &InstrumentKey,
        date: Day,
        interval: Option<Interval>,
    ) -> Result<ContractsPicture, EngineError> {
        let Known { id, underlying, expiries } = self.known(key).await?;
        let is_known = expiries.iter().any(|row| row.date == date);
        let Some(expiry) = self.store.expiry(id, date).await?.filter(|_| is_known) else {
            return Err(unknown(underlying, &expiries, date));
        };
        let best = self.market_data.best_contract_rows(key, date, interval).await?;
        let spot = self.market_data.spot(id, &underlying, &expiry, &best.rows).await?;
        let (newer, older) = expiries_beside(&expiries, date);
        Ok(ContractsPicture {
            underlying,
            expiry: date,
            weekly: expiries.iter().find(|row| row.date == date).and_then(|row| row.weekly),
            chosen: interval.filter(|interval| best.stored.contains(interval)),
            stored: best.stored,
            contracts: best.rows,
            spot,
            newer: newer.first().copied(),
            older: older.first().copied(),
        })
    }

    /// A contract with its figures and its neighbours.
    pub async fn contract(&self, key: &ExpiredKey) -> Result<ContractPicture, EngineError> {
        let contract = self.market_data.contract(key).await?;
        let of = (&contract.underlying_key, contract.expiry);
        let rows = self.market_data.best_contract_rows(of.0, of.1, None).await?.rows;
        let Known { underlying, expiries, .. } = self.known(of.0).await?;
        let (newer, older) = expiries_beside(&expiries, of.1);
        let (lower, higher) = beside(&rows, &contract);
        let neighbours = Neighbours {
            lower,
            higher,
            newer: self.first_like(&contract, &newer).await?,
            older: self.first_like(&contract, &older).await?,
            other_side: other_side(&rows, &contract),
        };
        let distinction = distinction(&contract, &rows);
        let row = rows.into_iter().find(|row| row.contract.expired_key == *key);
        Ok(ContractPicture {
            underlying,
            distinction,
            row: row.ok_or_else(|| EngineError::UnknownContract(key.clone()))?,
            neighbours,
        })
    }

    /// The same of a contract that is said to be of an expiry.
    pub async fn contract_of(
        &self,
        underlying: &InstrumentKey,
        expiry: Day,
        key: &ExpiredKey,
    ) -> Result<ContractPicture, EngineError> {
        let picture = self.contract(key).await?;
        let contract = &picture.row.contract;
        if contract.underlying_key == *underlying && contract.expiry == expiry {
            return Ok(picture);
        }
        Err(EngineError::OfOtherExpiry {
            contract: contract.trading_symbol.clone(),
            underlying: picture.underlying.name,
            date: contract.expiry,
        })
    }

    async fn known(&self, key: &InstrumentKey) -> Result<Known, EngineError> {
        let Some((id, underlying)) = self.store.underlying(key).await? else {
            return Err(EngineError::NothingStored { key: key.to_string() });
        };
        let today = EpochSeconds(self.clock.wall().as_seconds()).day();
        let expiries = expiry_rows(&self.store, today, key, id, Span::default()).await?;
        Ok(Known { id, underlying, expiries })
    }

    /// The contract most like this one in the first of these expiries that has its kind.
    async fn first_like(
        &self,
        contract: &Contract,
        expiries: &[Day],
    ) -> Result<Option<Neighbour>, EngineError> {
        for expiry in expiries {
            let rows = self
                .market_data
                .contract_rows(&contract.underlying_key, *expiry, Interval::default())
                .await?;
            if let Some(found) = nearest(&rows, contract) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// The refusal of a date on which nothing expired, with the nearest that are known.
fn unknown(underlying: Underlying, known: &[ExpiryRow], date: Day) -> EngineError {
    if known.is_empty() {
        return EngineError::NoExpiries { underlying: underlying.name, asked: 0 };
    }
    EngineError::unknown_expiry(&underlying, date, known.iter().map(|row| row.date))
}

/// Expiries with listed contracts, the nearest first: newer ones, older ones.
fn expiries_beside(known: &[ExpiryRow], expiry: Day) -> (Vec<Day>, Vec<Day>) {
    let listed = known.iter().filter(|row| row.contracts.is_some_and(|contracts| contracts > 0));
    let mut days: Vec<Day> = listed.map(|row| row.date).collect();
    days.sort();
    let newer = days.iter().copied().filter(|day| *day > expiry).collect();
    let older = days.into_iter().rev().filter(|day| *day < expiry).collect();
    (newer, older)
}
