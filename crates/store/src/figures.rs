//! How much is stored.

use market::{InstrumentKey, Underlying};
use sqlx::Row;

use crate::Store;
use crate::error::Result;
use crate::expiries::{parse, underlying_of_row};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub underlyings: u64,
    pub expiries: u64,
    pub contracts: u64,
    pub candles: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnderlyingStats {
    pub key: InstrumentKey,
    pub expiries: u64,
    /// Whether the broker was ever asked for expiries.
    pub expiries_asked: bool,
    pub contracts: u64,
    pub candles: u64,
}

/// An underlying with candles of contracts: how many expiries and contracts have any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredUnderlyingRow {
    pub underlying: Underlying,
    pub expiries: u64,
    pub contracts: u64,
    pub candles: u64,
}

impl Store {
    /// Counts of what has candles.
    pub async fn figures(&self) -> Result<Figures> {
        let row = sqlx::query(
            "SELECT count(DISTINCT e.underlying_id), count(DISTINCT e.id), count(DISTINCT c.id), coalesce(sum(d.candles), 0)
             FROM (SELECT series_id, sum(candles) AS candles FROM series_day GROUP BY series_id) d
             JOIN series s ON s.id = d.series_id JOIN contract c ON c.id = s.contract_id
             JOIN expiry e ON e.id = c.expiry_id",
        )
        .fetch_one(self.readers())
        .await?;
        let count = |at: usize| row.try_get::<i64, _>(at).map(i64::unsigned_abs);
        Ok(Figures { underlyings: count(0)?, expiries: count(1)?, contracts: count(2)?, candles: count(3)? })
    }

    pub async fn underlying_stats(&self) -> Result<Vec<UnderlyingStats>> {
        let rows = sqlx::query(
            "SELECT u.key, count(DISTINCT e.id), u.expiries_asked_at IS NOT NULL, count(DISTINCT c.id),
                    coalesce(sum(d.candles), 0)
             FROM underlying u LEFT JOIN expiry e ON e.underlying_id = u.id
             LEFT JOIN contract c ON c.expiry_id = e.id LEFT JOIN series s ON s.contract_id = c.id
             LEFT JOIN (SELECT series_id, sum(candles) AS candles FROM series_day GROUP BY series_id) d ON d.series_id = s.id
             GROUP BY u.id ORDER BY u.id",
        )
        .fetch_all(self.readers())
        .await?;
        rows.iter()
            .map(|row| {
                let count = |at: usize| row.try_get::<i64, _>(at).map(i64::unsigned_abs);
                Ok(UnderlyingStats {
                    key: parse(row.try_get(0)?)?,
                    expiries: count(1)?,
                    expiries_asked: row.try_get(2)?,
                    contracts: count(3)?,
                    candles: count(4)?,
                })
            })
            .collect()
    }

    /// Underlyings with candles of contracts, and how much of each.
    pub async fn stored_underlyings(&self) -> Result<Vec<StoredUnderlyingRow>> {
        let rows = sqlx::query(
            "SELECT u.id, u.key, u.symbol, u.name, u.kind, count(DISTINCT e.id), count(DISTINCT c.id), sum(d.candles)
             FROM (SELECT series_id, sum(candles) AS candles FROM series_day GROUP BY series_id) d
             JOIN series s ON s.id = d.series_id JOIN contract c ON c.id = s.contract_id
             JOIN expiry e ON e.id = c.expiry_id JOIN underlying u ON u.id = e.underlying_id
             GROUP BY u.id ORDER BY u.id",
        )
        .fetch_all(self.readers())
        .await?;
        rows.iter()
            .map(|row| {
                let count = |at: usize| row.try_get::<i64, _>(at).map(i64::unsigned_abs);
                Ok(StoredUnderlyingRow {
                    underlying: underlying_of_row(row)?.1,
                    expiries: count(5)?,
                    contracts: count(6)?,
                    candles: count(7)?,
                })
            })
            .collect()
    }

    /// Contracts of each listed expiry, for estimating the unlisted ones. `options` or futures.
    pub async fn listed_contract_counts(&self, options: bool) -> Result<Vec<u64>> {
        let sql = if options {
            "SELECT count(*) FROM contract WHERE kind <> 'FUT' GROUP BY expiry_id ORDER BY 1"
        } else {
            "SELECT count(*) FROM contract WHERE kind = 'FUT' GROUP BY expiry_id ORDER BY 1"
        };
        let rows = sqlx::query(sql).fetch_all(self.readers()).await?;
        rows.iter().map(|row| Ok(row.try_get::<i64, _>(0)?.unsigned_abs())).collect()
    }

    /// Candles of an average contract that has any; `None` before the first.
    pub async fn candles_a_contract(&self) -> Result<Option<f64>> {
        let row = sqlx::query(
            "SELECT sum(d.candles) * 1.0 / count(DISTINCT d.series_id) FROM series_day d
             JOIN series s ON s.id = d.series_id WHERE s.contract_id IS NOT NULL",
        )
        .fetch_one(self.readers())
        .await?;
        Ok(row.try_get(0)?)
    }
}
