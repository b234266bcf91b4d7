//! What is stored, put together for whoever walks through it: page, REST and command line. Asks the broker for nothing.

use market::{Contract, Day, ExpiredKey, InstrumentKey, Interval, Underlying, UnderlyingName};
use protocol::{
    ContractPicture, ContractsPicture, ExpiriesPicture, ExpiryRow, Neighbour, Neighbours, distinction,
};

use crate::coverage::CoverageService;
use crate::error::EngineError;
use crate::expired::ExpiredInstrumentService;
use crate::instruments::InstrumentService;
use crate::market_data::MarketDataService;
use crate::neighbours::{beside, nearest};

/// Browsing; clones share everything.
#[derive(Clone)]
pub struct BrowseService {
    pub(crate) instruments: InstrumentService,
    pub(crate) expired: ExpiredInstrumentService,
    pub(crate) market_data: MarketDataService,
    pub(crate) coverage: CoverageService,
}

impl BrowseService {
    /// Whom a name means, of what is stored.
    pub async fn find(&self, name: &UnderlyingName) -> Result<InstrumentKey, EngineError> {
        self.coverage.find(name).await
    }

    /// The known expiries of an underlying.
    pub async fn expiries(&self, key: &InstrumentKey) -> Result<ExpiriesPicture, EngineError> {
        let expiries = self.expired.known_expiries(key).await?;
        Ok(ExpiriesPicture { underlying: self.underlying(key).await?, expiries })
    }

    /// The listed contracts of an expiry; with the figures of the interval where a contract has it, else of its
    /// best series.
    pub async fn contracts(
        &self,
        key: &InstrumentKey,
        expiry: Day,
        interval: Option<Interval>,
    ) -> Result<ContractsPicture, EngineError> {
        let known = self.expired.known_expiries(key).await?;
        let underlying = self.underlying(key).await?;
        if !known.iter().any(|row| row.date == expiry) {
            return Err(unknown(underlying, &known, expiry));
        }
        let best = self.market_data.best_contract_rows(key, expiry, interval).await?;
        let (newer, older) = expiries_beside(&known, expiry);
        Ok(ContractsPicture {
            underlying,
            expiry,
            weekly: known.iter().find(|row| row.date == expiry).and_then(|row| row.weekly),
            chosen: interval.filter(|interval| best.stored.contains(interval)),
            stored: best.stored,
            contracts: best.rows,
            newer: newer.first().copied(),
            older: older.first().copied(),
        })
    }

    /// A contract with its figures and its neighbours.
    pub async fn contract(&self, key: &ExpiredKey) -> Result<ContractPicture, EngineError> {
        let contract = self.market_data.contract(key).await?;
        let of = (&contract.underlying_key, contract.expiry);
        let rows = self.market_data.best_contract_rows(of.0, of.1, None).await?.rows;
        let known = self.expired.known_expiries(of.0).await?;
        let (newer, older) = expiries_beside(&known, of.1);
        let (lower, higher) = beside(&rows, &contract);
        let neighbours = Neighbours {
            lower,
            higher,
            newer: self.first_like(&contract, &newer).await?,
            older: self.first_like(&contract, &older).await?,
        };
        let distinction = distinction(&contract, &rows);
        let row = rows.into_iter().find(|row| row.contract.expired_key == *key);
        Ok(ContractPicture {
            underlying: self.underlying(of.0).await?,
            distinction,
            row: row.ok_or_else(|| EngineError::UnknownContract(key.clone()))?,
            neighbours,
        })
    }

    /// Of a known underlying; so nothing is asked.
    async fn underlying(&self, key: &InstrumentKey) -> Result<Underlying, EngineError> {
        Ok(self.instruments.resolve(key).await?.1)
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
    const NEAREST_SHOWN: usize = 3;
    let mut days: Vec<Day> = known.iter().map(|row| row.date).collect();
    if days.is_empty() {
        return EngineError::NoExpiries { underlying: underlying.name, asked: 0 };
    }
    days.sort_by_key(|day| (day.days_since_1970() - date.days_since_1970()).abs());
    days.truncate(NEAREST_SHOWN);
    days.sort();
    let nearest = days.iter().map(|day| day.to_long_text()).collect::<Vec<_>>().join(", ");
    EngineError::UnknownExpiry { underlying: underlying.name, date, nearest }
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
