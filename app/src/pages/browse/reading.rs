//! Puts the pictures of the browse pages together from what the engine reads. Asks the broker for nothing.

use engine::{Engine, EngineError};
use market::{Contract, Day, ExpiredKey, InstrumentKey, Interval, Underlying};
use protocol::ExpiryRow;

use super::neighbours::{Neighbour, Neighbours, beside, nearest};
use super::twins::distinction;
use crate::rpc::browse::{ContractPicture, ContractsPicture, ExpiriesPicture};

pub async fn expiries(engine: &Engine, key: &InstrumentKey) -> Result<ExpiriesPicture, EngineError> {
    let expiries = engine.expired().known_expiries(key).await?;
    Ok(ExpiriesPicture { underlying: underlying(engine, key).await?, expiries })
}

pub async fn contracts(
    engine: &Engine,
    key: &InstrumentKey,
    expiry: Day,
    interval: Option<Interval>,
) -> Result<ContractsPicture, EngineError> {
    let known = engine.expired().known_expiries(key).await?;
    let underlying = underlying(engine, key).await?;
    if !known.iter().any(|row| row.date == expiry) {
        return Err(unknown(underlying, &known, expiry));
    }
    let best = engine.market_data().best_contract_rows(key, expiry, interval).await?;
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

pub async fn contract(engine: &Engine, key: &ExpiredKey) -> Result<ContractPicture, EngineError> {
    let contract = engine.market_data().contract(key).await?;
    let best =
        engine.market_data().best_contract_rows(&contract.underlying_key, contract.expiry, None).await?;
    let rows = best.rows;
    let known = engine.expired().known_expiries(&contract.underlying_key).await?;
    let (newer, older) = expiries_beside(&known, contract.expiry);
    let (lower, higher) = beside(&rows, &contract);
    let neighbours = Neighbours {
        lower,
        higher,
        newer: first_like(engine, &contract, &newer).await?,
        older: first_like(engine, &contract, &older).await?,
    };
    let distinction = distinction(&contract, &rows);
    let row = rows.into_iter().find(|row| row.contract.expired_key == *key);
    Ok(ContractPicture {
        underlying: underlying(engine, &contract.underlying_key).await?,
        distinction,
        row: row.ok_or_else(|| EngineError::UnknownContract(key.clone()))?,
        neighbours,
    })
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
    let nearest = days.iter().map(Day::to_string).collect::<Vec<_>>().join(", ");
    EngineError::UnknownExpiry { underlying: underlying.name, date, nearest }
}

/// Of a known underlying; so nothing is asked.
async fn underlying(engine: &Engine, key: &InstrumentKey) -> Result<Underlying, EngineError> {
    Ok(engine.instruments().resolve(key).await?.1)
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

/// The contract most like this one in the first of these expiries that has its kind.
async fn first_like(
    engine: &Engine,
    contract: &Contract,
    expiries: &[Day],
) -> Result<Option<Neighbour>, EngineError> {
    for expiry in expiries {
        let rows = engine
            .market_data()
            .contract_rows(&contract.underlying_key, *expiry, Interval::default())
            .await?;
        if let Some(found) = nearest(&rows, contract) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}
