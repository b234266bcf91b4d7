//! How much is stored.

use market::{Day, InstrumentKey, Interval, Underlying};
use rusqlite::{Row, params};

use crate::columns::{count, parse_column};
use crate::error::Result;
use crate::expiries::underlying_of_row;
use crate::queries::{one_row, rows};
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
        self.read(|connection| {
            one_row(
                connection,
                "SELECT count(DISTINCT e.underlying_id), count(DISTINCT e.id), coalesce(sum(t.traded), 0),
                        (SELECT coalesce(sum(candles), 0) FROM expiry_series)
                 FROM expiry_contracts t JOIN expiry e ON e.id = t.expiry_id WHERE t.traded > 0",
                [],
                |row| {
                    let (underlyings, expiries) = (count(row, 0)?, count(row, 1)?);
                    Ok(Figures { underlyings, expiries, contracts: count(row, 2)?, candles: count(row, 3)? })
                },
            )
        })
        .await
    }

    /// The same of the expiries of each month, by its first day, the newest `most` months that have any first.
    pub async fn stored_months(&self, most: u32) -> Result<Vec<(Day, Figures)>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT substr(e.date, 1, 7) || '-01' AS month, count(DISTINCT e.underlying_id), count(DISTINCT e.id),
                        sum(t.traded),
                        sum((SELECT coalesce(sum(c.candles), 0) FROM expiry_series c
                             WHERE c.expiry_id = e.id AND c.kind = t.kind))
                 FROM expiry_contracts t JOIN expiry e ON e.id = t.expiry_id
                 WHERE t.traded > 0 GROUP BY month ORDER BY month DESC LIMIT ?",
                [most],
                |row| {
                    let (underlyings, expiries) = (count(row, 1)?, count(row, 2)?);
                    let (contracts, candles) = (count(row, 3)?, count(row, 4)?);
                    Ok((parse_column(row, 0)?, Figures { underlyings, expiries, contracts, candles }))
                },
            )
        })
        .await
    }

    /// Candles of contracts, and of the underlyings themselves.
    pub async fn candle_totals(&self) -> Result<(u64, u64)> {
        self.read(|connection| {
            one_row(
                connection,
                "SELECT (SELECT coalesce(sum(candles), 0) FROM expiry_series),
                        (SELECT coalesce(sum(candles), 0) FROM series WHERE underlying_id > 0)",
                [],
                |row| Ok((count(row, 0)?, count(row, 1)?)),
            )
        })
        .await
    }

    pub async fn underlying_stats(&self) -> Result<Vec<UnderlyingStats>> {
        self.read(|connection| {
            rows(
                connection,
                "SELECT u.key, count(e.id), u.expiries_asked_at IS NOT NULL,
                        coalesce(sum((SELECT sum(t.contracts) FROM expiry_contracts t WHERE t.expiry_id = e.id)), 0),
                        coalesce(sum((SELECT sum(t.candles) FROM expiry_series t WHERE t.expiry_id = e.id)), 0)
                 FROM underlying u LEFT JOIN expiry e ON e.underlying_id = u.id GROUP BY u.id ORDER BY u.id",
                [],
                stats_of_row,
            )
        })
        .await
    }

    /// Underlyings with candles of contracts, and how much of each.
    pub async fn stored_underlyings(&self) -> Result<Vec<StoredUnderlyingRow>> {
        self.read(|connection| {
            rows(
                connection,
                "SELECT u.id, u.key, u.symbol, u.name, u.kind, count(DISTINCT e.id) AS expiries,
                        sum(t.traded) AS contracts,
                        sum((SELECT coalesce(sum(c.candles), 0) FROM expiry_series c
                             WHERE c.expiry_id = e.id AND c.kind = t.kind)) AS candles
                 FROM expiry_contracts t JOIN expiry e ON e.id = t.expiry_id
                 JOIN underlying u ON u.id = e.underlying_id
                 WHERE t.traded > 0 GROUP BY u.id ORDER BY u.id",
                [],
                stored_of_row,
            )
        })
        .await
    }

    /// Contracts of one sort of each listed expiry, fewest first, for estimating the unlisted ones: of one
    /// underlying, or of all.
    pub async fn listed_contract_counts(
        &self,
        underlying: Option<UnderlyingId>,
        options: bool,
    ) -> Result<Vec<u64>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT sum(t.contracts) FROM expiry_contracts t JOIN expiry x ON x.id = t.expiry_id
                 WHERE (t.kind <> 'FUT') = ?1 AND (?2 IS NULL OR x.underlying_id = ?2)
                 GROUP BY t.expiry_id HAVING sum(t.contracts) > 0 ORDER BY 1",
                params![options, underlying.map(|id| id.0)],
                |row| Ok(count(row, 0)?),
            )
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
                        candles: count(row, 2)?,
                        contracts: count(row, 3)?,
                    });
                }
            }
            Ok(days)
        })
        .await
    }
}

fn stats_of_row(row: &Row<'_>) -> Result<UnderlyingStats> {
    Ok(UnderlyingStats {
        key: parse_column(row, 0)?,
        expiries: count(row, 1)?,
        expiries_asked: row.get(2)?,
        contracts: count(row, 3)?,
        candles: count(row, 4)?,
    })
}

fn stored_of_row(row: &Row<'_>) -> Result<StoredUnderlyingRow> {
    Ok(StoredUnderlyingRow {
        underlying: underlying_of_row(row)?.1,
        expiries: count(row, "expiries")?,
        contracts: count(row, "contracts")?,
        candles: count(row, "candles")?,
    })
}
