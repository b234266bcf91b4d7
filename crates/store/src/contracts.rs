//! Contracts of an expiry, and what is stored of each.

use market::{
    Contract, ContractKind, ContractKinds, Day, DayRange, EpochSeconds, ExpiredKey, Interval, Paise, Strike,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Row};

use crate::error::{Result, StoreError};
use crate::expiries::parse;
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
    /// The last day of a final answer.
    pub answered_to: Option<Day>,
}

/// How many candles a contract has on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesDay {
    pub contract: ContractId,
    pub kind: ContractKind,
    pub strike: Option<Strike>,
    pub day: Day,
    pub candles: u32,
}

const CONTRACT_COLUMNS: &str = "c.id, c.expiry_id, c.kind, c.strike, c.segment, c.exchange_token, c.key_date,
    c.trading_symbol, c.lot_size, c.tick_size, e.weekly, e.date, u.key";

impl Store {
    /// Keeps a listing: the contracts of one or both kinds of an expiry, all of them.
    pub async fn put_listing(
        &self,
        expiry: ExpiryId,
        kinds: ContractKinds,
        contracts: &[NewContract],
        now: EpochSeconds,
    ) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
        for NewContract { contract, raw } in contracts {
            sqlx::query(
                "INSERT INTO contract (expiry_id, kind, strike, segment, exchange_token, key_date,
                                       trading_symbol, lot_size, tick_size, raw, created_at)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT (segment, exchange_token, key_date) DO UPDATE SET
                     trading_symbol = excluded.trading_symbol, lot_size = excluded.lot_size,
                     tick_size = excluded.tick_size, raw = excluded.raw",
            )
            .bind(expiry.0)
            .bind(contract.kind.as_str())
            .bind(contract.strike.map(|strike| strike.0.0))
            .bind(contract.expired_key.segment().as_str())
            .bind(contract.expired_key.exchange_token())
            .bind(contract.expired_key.date().to_string())
            .bind(&contract.trading_symbol)
            .bind(contract.lot_size)
            .bind(contract.tick_size)
            .bind(raw)
            .bind(now.0)
            .execute(&mut *transaction)
            .await?;
        }
        let weekly = contracts.iter().find_map(|new| new.contract.weekly);
        sqlx::query(
            "UPDATE expiry SET weekly = coalesce(?, weekly), options_listed = coalesce(?, options_listed),
                               futures_listed = coalesce(?, futures_listed) WHERE id = ?",
        )
        .bind(weekly)
        .bind(kinds.options().then_some(now.0))
        .bind(kinds.futures().then_some(now.0))
        .bind(expiry.0)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The contracts of an expiry: the future first, then by strike, call before put.
    pub async fn contracts(&self, expiry: ExpiryId, kinds: ContractKinds) -> Result<Vec<StoredContract>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {CONTRACT_COLUMNS} FROM contract c JOIN expiry e ON e.id = c.expiry_id
             JOIN underlying u ON u.id = e.underlying_id WHERE c.expiry_id = ? ORDER BY c.strike, c.kind"
        )))
        .bind(expiry.0)
        .fetch_all(self.readers())
        .await?;
        let contracts = rows.iter().map(contract_of_row).collect::<Result<Vec<_>>>()?;
        Ok(contracts.into_iter().filter(|stored| kinds.includes(stored.contract.kind)).collect())
    }

    pub async fn contract(&self, key: &ExpiredKey) -> Result<Option<StoredContract>> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {CONTRACT_COLUMNS} FROM contract c JOIN expiry e ON e.id = c.expiry_id
             JOIN underlying u ON u.id = e.underlying_id
             WHERE c.segment = ? AND c.exchange_token = ? AND c.key_date = ?"
        )))
        .bind(key.segment().as_str())
        .bind(key.exchange_token())
        .bind(key.date().to_string())
        .fetch_optional(self.readers())
        .await?;
        row.as_ref().map(contract_of_row).transpose()
    }

    pub async fn contract_by_id(&self, id: ContractId) -> Result<StoredContract> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {CONTRACT_COLUMNS} FROM contract c JOIN expiry e ON e.id = c.expiry_id
             JOIN underlying u ON u.id = e.underlying_id WHERE c.id = ?"
        )))
        .bind(id.0)
        .fetch_one(self.readers())
        .await?;
        contract_of_row(&row)
    }

    /// The contracts of an expiry with what is stored of each in an interval.
    pub async fn contract_stats(&self, expiry: ExpiryId, interval: Interval) -> Result<Vec<ContractStats>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {CONTRACT_COLUMNS}, s.id, coalesce(sum(d.candles), 0), count(d.day), min(d.first_ts),
                    max(d.last_ts), coalesce(sum(d.volume), 0),
                    (SELECT l.open_interest FROM series_day l WHERE l.series_id = s.id ORDER BY l.day DESC LIMIT 1),
                    (SELECT max(f.to_day) FROM fetched_range f WHERE f.series_id = s.id AND f.provisional = 0
                        AND f.outcome <> 'empty_unconfirmed')
             FROM contract c JOIN expiry e ON e.id = c.expiry_id JOIN underlying u ON u.id = e.underlying_id
             LEFT JOIN series s ON s.contract_id = c.id AND s.interval = ?
             LEFT JOIN series_day d ON d.series_id = s.id
             WHERE c.expiry_id = ? GROUP BY c.id ORDER BY c.strike, c.kind"
        )))
        .bind(interval.as_str())
        .bind(expiry.0)
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(stats_of_row).collect()
    }

    /// Every day with candles of every contract of an expiry.
    pub async fn series_days(&self, expiry: ExpiryId, interval: Interval) -> Result<Vec<SeriesDay>> {
        let rows = sqlx::query(
            "SELECT c.id, c.kind, c.strike, d.day, d.candles FROM contract c
             JOIN series s ON s.contract_id = c.id AND s.interval = ? JOIN series_day d ON d.series_id = s.id
             WHERE c.expiry_id = ?",
        )
        .bind(interval.as_str())
        .bind(expiry.0)
        .fetch_all(self.readers())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(SeriesDay {
                    contract: ContractId(row.try_get(0)?),
                    kind: parse(row.try_get(1)?)?,
                    strike: row.try_get::<Option<i64>, _>(2)?.map(|paise| Strike(Paise(paise))),
                    day: parse(row.try_get(3)?)?,
                    candles: row.try_get(4)?,
                })
            })
            .collect()
    }

    /// The days of a series that a final, confirmed answer accounts for.
    pub async fn covered_ranges(&self, owner: SeriesOwner, interval: Interval) -> Result<Vec<DayRange>> {
        let rows = sqlx::query(
            "SELECT f.from_day, f.to_day FROM series s JOIN fetched_range f ON f.series_id = s.id
             WHERE s.contract_id IS ? AND s.underlying_id IS ? AND s.interval = ? AND f.provisional = 0
               AND f.outcome <> 'empty_unconfirmed' ORDER BY f.from_day",
        )
        .bind(owner.contract())
        .bind(owner.underlying())
        .bind(interval.as_str())
        .fetch_all(self.readers())
        .await?;
        rows.iter()
            .map(|row| {
                DayRange::new(parse(row.try_get(0)?)?, parse(row.try_get(1)?)?)
                    .map_err(StoreError::unreadable)
            })
            .collect()
    }
}

fn contract_of_row(row: &SqliteRow) -> Result<StoredContract> {
    let key = ExpiredKey::new(parse_segment(row.try_get(4)?)?, row.try_get(5)?, parse(row.try_get(6)?)?);
    let contract = Contract {
        expired_key: key.map_err(StoreError::unreadable)?,
        underlying_key: parse(row.try_get(12)?)?,
        expiry: parse(row.try_get(11)?)?,
        kind: parse(row.try_get(2)?)?,
        strike: row.try_get::<Option<i64>, _>(3)?.map(|paise| Strike(Paise(paise))),
        trading_symbol: row.try_get(7)?,
        lot_size: row.try_get(8)?,
        tick_size: row.try_get(9)?,
        weekly: row.try_get(10)?,
    };
    Ok(StoredContract { id: ContractId(row.try_get(0)?), expiry_id: ExpiryId(row.try_get(1)?), contract })
}

fn parse_segment(text: &str) -> Result<market::Segment> {
    text.parse().map_err(|()| StoreError::unreadable(format!("segment {text}")))
}

fn stats_of_row(row: &SqliteRow) -> Result<ContractStats> {
    Ok(ContractStats {
        stored: contract_of_row(row)?,
        series: row.try_get::<Option<i64>, _>(13)?.map(SeriesId),
        candles: row.try_get::<i64, _>(14)?.unsigned_abs(),
        traded_days: row.try_get(15)?,
        first: row.try_get::<Option<i64>, _>(16)?.map(EpochSeconds),
        last: row.try_get::<Option<i64>, _>(17)?.map(EpochSeconds),
        volume: row.try_get(18)?,
        open_interest: row.try_get::<Option<i64>, _>(19)?.unwrap_or(0),
        answered_to: row.try_get::<Option<&str>, _>(20)?.map(parse).transpose()?,
    })
}
