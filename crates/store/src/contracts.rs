//! Contracts of an expiry, and what is stored of each.

use std::collections::HashMap;

use market::{
    Contract, ContractKind, ContractKinds, Day, DayRange, EpochSeconds, ExpiredKey, Interval, Reach, Strike,
};
use protocol::TradedPrices;
use rusqlite::{Row, params};

use crate::answered::{IS_FOR_GOOD, answered_of};
use crate::columns::{count, expired_key, moment_if_any, parse_column, range_of_columns, strike};
use crate::error::Result;
use crate::price_scale::PriceScale;
use crate::queries::{first_row, one_row, rows};
use crate::settled::SETTLED_BY_REFUSED_ROWS;
use crate::{ContractId, ExpiryId, SeriesId, SeriesOwner, Store};

/// A contract as the broker listed it, with the broker's own row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewContract {
    pub contract: Contract,
    pub raw: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredContract {
    pub id: ContractId,
    pub expiry_id: ExpiryId,
    pub contract: Contract,
}

/// A contract with what one interval of it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractStats {
    pub stored: StoredContract,
    pub series: Option<SeriesId>,
    pub candles: u64,
    pub traded_days: u32,
    pub first: Option<EpochSeconds>,
    pub last: Option<EpochSeconds>,
    pub volume: i64,
    pub open_interest: i64,
    pub traded: Option<TradedPrices>,
    /// How far back from the expiry it is answered.
    pub reach: Reach,
    /// When its candles were removed, where it was not asked since.
    pub pruned_at: Option<EpochSeconds>,
}

/// Of `contract c`: its key as events and refused rows carry it, in the words of the index `contract_by_expired_key`.
pub(crate) const EXPIRED_KEY: &str =
    "c.segment || '|' || c.exchange_token || '|' || substr(c.key_date, 9, 2) || '-'
    || substr(c.key_date, 6, 2) || '-' || substr(c.key_date, 1, 4)";

/// How many candles a contract has on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesDay {
    pub contract: ContractId,
    pub kind: ContractKind,
    pub strike: Option<Strike>,
    pub day: Day,
    pub candles: u32,
}

pub(crate) const CONTRACT_COLUMNS: &str =
    "c.id AS contract, c.expiry_id, c.kind, c.strike, c.segment, c.exchange_token, c.key_date,
    c.trading_symbol, c.lot_size, c.tick_size, e.weekly, e.date, u.key AS underlying";

impl Store {
    /// The contracts of an expiry: the future first, then by strike, call before put.
    pub async fn contracts(&self, expiry: ExpiryId, kinds: ContractKinds) -> Result<Vec<StoredContract>> {
        let contracts = self.read(move |connection| {
            let sql = contract_sql("WHERE c.expiry_id = ? ORDER BY c.strike, c.kind, c.id");
            rows(connection, &sql, [expiry.0], contract_of_row)
        });
        let contracts = contracts.await?.into_iter();
        Ok(contracts.filter(|stored| kinds.includes(stored.contract.kind)).collect())
    }

    pub async fn contract(&self, key: &ExpiredKey) -> Result<Option<StoredContract>> {
        let key = key.clone();
        self.read(move |connection| {
            let sql = contract_sql("WHERE c.segment = ? AND c.exchange_token = ? AND c.key_date = ?");
            let columns = params![key.segment().as_str(), key.exchange_token(), key.date().to_string()];
            first_row(connection, &sql, columns, contract_of_row)
        })
        .await
    }

    pub async fn contract_by_id(&self, id: ContractId) -> Result<StoredContract> {
        self.read(move |connection| {
            one_row(connection, &contract_sql("WHERE c.id = ?"), [id.0], contract_of_row)
        })
        .await
    }

    /// The contracts of an expiry with what is stored of each in an interval.
    pub async fn contract_stats(&self, expiry: ExpiryId, interval: Interval) -> Result<Vec<ContractStats>> {
        self.read(move |connection| {
            let sql = format!(
                "SELECT {CONTRACT_COLUMNS}, s.id AS series, coalesce(sum(d.candles), 0) AS candles,
                        count(d.day) AS days, min(d.first_ts) AS first, max(d.last_ts) AS last,
                        coalesce(sum(d.volume), 0) AS volume,
                        (SELECT l.open_interest FROM series_day l WHERE l.series_id = s.id
                         ORDER BY l.day DESC LIMIT 1) AS open_interest,
                        s.price_scale, s.pruned_at, max(d.traded_high) AS traded_high, min(d.traded_low) AS traded_low,
                        (SELECT l.traded_last FROM series_day l
                         WHERE l.series_id = s.id AND l.traded_last IS NOT NULL
                         ORDER BY l.day DESC LIMIT 1) AS traded_last
                 FROM contract c JOIN expiry e ON e.id = c.expiry_id JOIN underlying u ON u.id = e.underlying_id
                 LEFT JOIN series s ON s.contract_id = c.id AND s.interval = ?
                 LEFT JOIN series_day d ON d.series_id = s.id
                 WHERE c.expiry_id = ? GROUP BY c.id ORDER BY c.strike, c.kind"
            );
            let named = params![interval.as_str(), expiry.0];
            let answered = answered_of(connection, expiry, interval)?;
            let reaches: HashMap<ContractId, Reach> =
                answered.into_iter().map(|contract| (contract.id, contract.reach())).collect();
            let stats = |row: &Row<'_>| {
                let stats = stats_of_row(row)?;
                let reach = reaches.get(&stats.stored.id).copied().unwrap_or_default();
                Ok(ContractStats { reach, ..stats })
            };
            rows(connection, &sql, named, stats)
        })
        .await
    }

    /// Every day with candles of every contract of an expiry.
    pub async fn series_days(&self, expiry: ExpiryId, interval: Interval) -> Result<Vec<SeriesDay>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT c.id, c.kind, c.strike, d.day, d.candles FROM contract c
                 JOIN series s ON s.contract_id = c.id AND s.interval = ?
                 JOIN series_day d ON d.series_id = s.id
                 WHERE c.expiry_id = ?",
                params![interval.as_str(), expiry.0],
                day_of_row,
            )
        })
        .await
    }

    /// How many candles each contract of an expiry has in an interval, of these days or of all; who has none does not stand here.
    pub async fn candles_of_days(
        &self,
        expiry: ExpiryId,
        interval: Interval,
        days: Option<DayRange>,
    ) -> Result<Vec<(ExpiredKey, u64)>> {
        self.read(move |connection| {
            let (from, to) = days.map(|days| (days.from().to_string(), days.to().to_string())).unzip();
            rows(
                connection,
                "SELECT c.segment, c.exchange_token, c.key_date, sum(d.candles) AS candles FROM contract c
                 JOIN series s ON s.contract_id = c.id AND s.interval = ?1
                 JOIN series_day d ON d.series_id = s.id
                 WHERE c.expiry_id = ?2 AND (?3 IS NULL OR d.day BETWEEN ?3 AND ?4) GROUP BY c.id",
                params![interval.as_str(), expiry.0, from, to],
                |row| Ok((expired_key(row)?, count(row, "candles")?)),
            )
        })
        .await
    }

    /// The days of a series that a final, confirmed answer accounts for.
    pub async fn covered_ranges(&self, owner: SeriesOwner, interval: Interval) -> Result<Vec<DayRange>> {
        self.read(move |connection| {
            let (column, id) = owner.column();
            let sql = format!(
                "SELECT f.from_day, f.to_day FROM series s JOIN fetched_range f ON f.series_id = s.id
                 WHERE s.{column} = ? AND s.interval = ? AND {IS_FOR_GOOD} AND NOT {SETTLED_BY_REFUSED_ROWS}
                 ORDER BY f.from_day"
            );
            rows(connection, &sql, params![id, interval.as_str()], |row| range_of_columns(row, 0))
        })
        .await
    }
}

pub(crate) fn contract_sql(condition: &str) -> String {
    format!(
        "SELECT {CONTRACT_COLUMNS} FROM contract c JOIN expiry e ON e.id = c.expiry_id
         JOIN underlying u ON u.id = e.underlying_id {condition}"
    )
}

pub(crate) fn contract_of_row(row: &Row<'_>) -> Result<StoredContract> {
    let contract = Contract {
        expired_key: expired_key(row)?,
        underlying_key: parse_column(row, "underlying")?,
        expiry: parse_column(row, "date")?,
        kind: parse_column(row, "kind")?,
        strike: strike(row, "strike")?,
        trading_symbol: row.get("trading_symbol")?,
        lot_size: row.get("lot_size")?,
        tick_size: row.get("tick_size")?,
        weekly: row.get("weekly")?,
    };
    Ok(StoredContract {
        id: ContractId(row.get("contract")?),
        expiry_id: ExpiryId(row.get("expiry_id")?),
        contract,
    })
}

fn stats_of_row(row: &Row<'_>) -> Result<ContractStats> {
    Ok(ContractStats {
        stored: contract_of_row(row)?,
        series: row.get::<_, Option<i64>>("series")?.map(SeriesId),
        candles: count(row, "candles")?,
        traded_days: row.get("days")?,
        first: moment_if_any(row, "first")?,
        last: moment_if_any(row, "last")?,
        volume: row.get("volume")?,
        open_interest: row.get::<_, Option<i64>>("open_interest")?.unwrap_or(0),
        traded: traded_of_row(row)?,
        reach: Reach::default(),
        pruned_at: moment_if_any(row, "pruned_at")?,
    })
}

/// All of them are there, or none.
fn traded_of_row(row: &Row<'_>) -> Result<Option<TradedPrices>> {
    let price = |column| row.get::<_, Option<i64>>(column);
    let (last, high, low) = (price("traded_last")?, price("traded_high")?, price("traded_low")?);
    let (Some(last), Some(high), Some(low)) = (last, high, low) else { return Ok(None) };
    let scale = PriceScale::of_column(row.get("price_scale")?)?;
    Ok(Some(TradedPrices { last: scale.price(last), high: scale.price(high), low: scale.price(low) }))
}

fn day_of_row(row: &Row<'_>) -> Result<SeriesDay> {
    Ok(SeriesDay {
        contract: ContractId(row.get(0)?),
        kind: parse_column(row, 1)?,
        strike: strike(row, 2)?,
        day: parse_column(row, 3)?,
        candles: row.get(4)?,
    })
}
