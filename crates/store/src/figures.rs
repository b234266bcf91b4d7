//! How much is stored.

use market::{Day, InstrumentKey, Interval, Underlying};
use rusqlite::params;
use sqlx::Row;

use crate::columns::{parse, parse_column};
use crate::error::Result;
use crate::expiries::underlying_of_row;
use crate::{ExpiryId, Store, UnderlyingId};

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

/// The candles of one day of all contracts of one sort of an expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpiryDay {
    pub expiry: ExpiryId,
    pub are_options: bool,
    pub day: Day,
    pub candles: u64,
    /// Contracts with a candle.
    pub contracts: u64,
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
            "SELECT count(DISTINCT e.underlying_id), count(DISTINCT e.id), coalesce(sum(t.traded), 0),
                    (SELECT coalesce(sum(candles), 0) FROM expiry_series)
             FROM expiry_contracts t JOIN expiry e ON e.id = t.expiry_id WHERE t.traded > 0",
        )
        .fetch_one(self.readers())
        .await?;
        let count = |at: usize| row.try_get::<i64, _>(at).map(i64::unsigned_abs);
        Ok(Figures { underlyings: count(0)?, expiries: count(1)?, contracts: count(2)?, candles: count(3)? })
    }

    pub async fn underlying_stats(&self) -> Result<Vec<UnderlyingStats>> {
        let rows = sqlx::query(
            "SELECT u.key, count(e.id), u.expiries_asked_at IS NOT NULL,
                    coalesce(sum((SELECT sum(t.contracts) FROM expiry_contracts t WHERE t.expiry_id = e.id)), 0),
                    coalesce(sum((SELECT sum(t.candles) FROM expiry_series t WHERE t.expiry_id = e.id)), 0)
             FROM underlying u LEFT JOIN expiry e ON e.underlying_id = u.id GROUP BY u.id ORDER BY u.id",
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
            "SELECT u.id, u.key, u.symbol, u.name, u.kind, count(DISTINCT e.id), sum(t.traded),
                    sum((SELECT coalesce(sum(c.candles), 0) FROM expiry_series c
                         WHERE c.expiry_id = e.id AND c.kind = t.kind))
             FROM expiry_contracts t JOIN expiry e ON e.id = t.expiry_id JOIN underlying u ON u.id = e.underlying_id
             WHERE t.traded > 0 GROUP BY u.id ORDER BY u.id",
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

    /// Contracts of one sort of each listed expiry, fewest first, for estimating the unlisted ones: of one
    /// underlying, or of all.
    pub async fn listed_contract_counts(
        &self,
        underlying: Option<UnderlyingId>,
        options: bool,
    ) -> Result<Vec<u64>> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT sum(t.contracts) FROM expiry_contracts t JOIN expiry x ON x.id = t.expiry_id
                 WHERE (t.kind <> 'FUT') = ?1 AND (?2 IS NULL OR x.underlying_id = ?2)
                 GROUP BY t.expiry_id HAVING sum(t.contracts) > 0 ORDER BY 1",
            )?;
            let counts = statement.query_map(params![options, underlying.map(|id| id.0)], |row| {
                row.get::<_, i64>(0).map(i64::unsigned_abs)
            })?;
            Ok(counts.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// What is stored of each day of some expiries in an interval.
    pub async fn stored_days(&self, expiries: Vec<ExpiryId>, interval: Interval) -> Result<Vec<ExpiryDay>> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT k.kind <> 'FUT', d.day, sum(d.candles), count(*)
                 FROM contract k JOIN series s ON s.contract_id = k.id AND s.interval = ?1
                 JOIN series_day d ON d.series_id = s.id
                 WHERE k.expiry_id = ?2 GROUP BY k.kind <> 'FUT', d.day",
            )?;
            let mut days = Vec::new();
            for expiry in expiries {
                let mut rows = statement.query(params![interval.as_str(), expiry.0])?;
                while let Some(row) = rows.next()? {
                    days.push(ExpiryDay {
                        expiry,
                        are_options: row.get(0)?,
                        day: parse_column(row, 1)?,
                        candles: row.get::<_, i64>(2)?.unsigned_abs(),
                        contracts: row.get::<_, i64>(3)?.unsigned_abs(),
                    });
                }
            }
            Ok(days)
        })
        .await
    }
}
