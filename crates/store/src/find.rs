//! What a search reads: each look is found by an index and bounded, however much is stored. No candle is read.

use market::{ContractKind, Day, InstrumentKey, Strike};
use rusqlite::{Row, params};

use crate::columns::{count, parse_column, parse_if_any};
use crate::contracts::{StoredContract, contract_of_row, contract_sql};
use crate::error::Result;
use crate::queries::{first_row, one_row, rows};
use crate::{ExpiryId, Store, UnderlyingId};

/// What is stored of an underlying, in short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnderlyingSpan {
    /// Those with candles.
    pub expiries: u64,
    /// The days of the first and the last of them.
    pub days: Option<(Day, Day)>,
}

/// An expiry with what is stored of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpiryTotals {
    pub id: ExpiryId,
    pub date: Day,
    pub weekly: Option<bool>,
    pub contracts: u64,
    pub candles: u64,
}

/// A contract with the candles of all its series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractTotals {
    pub contract: StoredContract,
    pub candles: u64,
}

const SPAN: &str =
    "SELECT count(*), min(e.date), max(e.date) FROM underlying u JOIN expiry e ON e.underlying_id = u.id
    WHERE u.key = ? AND EXISTS (SELECT 1 FROM expiry_contracts t WHERE t.expiry_id = e.id AND t.traded > 0)";

const EXPIRIES: &str = "SELECT e.id, e.date, e.weekly,
        (SELECT coalesce(sum(t.contracts), 0) FROM expiry_contracts t WHERE t.expiry_id = e.id),
        (SELECT coalesce(sum(t.candles), 0) FROM expiry_series t WHERE t.expiry_id = e.id)
    FROM expiry e WHERE e.underlying_id = ? ORDER BY e.date DESC";

const OPTIONS: &str = "WHERE c.expiry_id = ? AND c.strike BETWEEN ? AND ? AND c.kind IN (?, ?) ORDER BY c.strike, c.kind LIMIT ?";

const FUTURES: &str = "WHERE c.expiry_id = ? AND c.strike IS NULL ORDER BY c.kind, c.id LIMIT ?";

const CANDLES: &str = "SELECT coalesce(sum(s.candles), 0) FROM series s WHERE s.contract_id = ?";

const LOWER: &str = "SELECT max(strike) FROM contract WHERE expiry_id = ? AND strike < ?";
const HIGHER: &str = "SELECT min(strike) FROM contract WHERE expiry_id = ? AND strike > ?";

impl Store {
    /// What is stored of each of these, in their order.
    pub async fn underlying_spans(&self, keys: Vec<InstrumentKey>) -> Result<Vec<UnderlyingSpan>> {
        self.read(move |connection| {
            keys.iter().map(|key| one_row(connection, SPAN, [key.as_str()], span_of_row)).collect()
        })
        .await
    }

    /// The known expiries of an underlying with their totals, newest first.
    pub async fn expiry_totals(&self, underlying: UnderlyingId) -> Result<Vec<ExpiryTotals>> {
        self.read(move |connection| rows(connection, EXPIRIES, [underlying.0], totals_of_row)).await
    }

    /// Options of these expiries within a range of strikes, its ends included: of each expiry the lowest strikes, and
    /// both kinds where none is named.
    pub async fn options_between(
        &self,
        expiries: Vec<ExpiryId>,
        strikes: (Strike, Strike),
        kind: Option<ContractKind>,
        most: u32,
    ) -> Result<Vec<ContractTotals>> {
        let kinds = kind.map_or([ContractKind::Call, ContractKind::Put], |kind| [kind, kind]);
        self.read(move |connection| {
            let mut found = Vec::new();
            for expiry in expiries {
                let (from, to) = (strikes.0.0.0, strikes.1.0.0);
                let of = params![expiry.0, from, to, kinds[0].as_str(), kinds[1].as_str(), most];
                found.extend(rows(connection, &contract_sql(OPTIONS), of, contract_of_row)?);
            }
            with_candles(connection, found)
        })
        .await
    }

    pub async fn futures(&self, expiries: Vec<ExpiryId>, most: u32) -> Result<Vec<ContractTotals>> {
        self.read(move |connection| {
            let mut found = Vec::new();
            for expiry in expiries {
                let of = params![expiry.0, most];
                found.extend(rows(connection, &contract_sql(FUTURES), of, contract_of_row)?);
            }
            with_candles(connection, found)
        })
        .await
    }

    /// A contract by its key, with its candles.
    pub async fn contract_totals(&self, key: &market::ExpiredKey) -> Result<Option<ContractTotals>> {
        let Some(contract) = self.contract(key).await? else { return Ok(None) };
        let totals = self.read(move |connection| with_candles(connection, vec![contract]));
        Ok(totals.await?.pop())
    }

    /// The strikes of an expiry next below and next above one.
    pub async fn strikes_beside(&self, expiry: ExpiryId, strike: Strike) -> Result<Vec<Strike>> {
        self.read(move |connection| {
            let mut beside = Vec::new();
            for sql in [LOWER, HIGHER] {
                let of_row = |row: &Row<'_>| Ok(crate::columns::strike(row, 0)?);
                beside.extend(first_row(connection, sql, params![expiry.0, strike.0.0], of_row)?.flatten());
            }
            Ok(beside)
        })
        .await
    }
}

fn with_candles(
    connection: &rusqlite::Connection,
    contracts: Vec<StoredContract>,
) -> Result<Vec<ContractTotals>> {
    let totals = |contract: StoredContract| {
        let candles = one_row(connection, CANDLES, [contract.id.0], |row| Ok(count(row, 0)?))?;
        Ok(ContractTotals { contract, candles })
    };
    contracts.into_iter().map(totals).collect()
}

fn span_of_row(row: &Row<'_>) -> Result<UnderlyingSpan> {
    let ends = (parse_if_any(row, 1)?, parse_if_any(row, 2)?);
    Ok(UnderlyingSpan { expiries: count(row, 0)?, days: ends.0.zip(ends.1) })
}

fn totals_of_row(row: &Row<'_>) -> Result<ExpiryTotals> {
    Ok(ExpiryTotals {
        id: ExpiryId(row.get(0)?),
        date: parse_column(row, 1)?,
        weekly: row.get(2)?,
        contracts: count(row, 3)?,
        candles: count(row, 4)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceKind;

    #[tokio::test]
    async fn every_look_is_found_by_an_index() {
        let data = tempfile::TempDir::new().unwrap();
        let store = Store::open(data.path(), SourceKind::Simulated).await.unwrap();
        let sqls = [SPAN, EXPIRIES, CANDLES, LOWER, HIGHER].map(str::to_owned).into_iter();
        let sqls: Vec<String> = sqls.chain([OPTIONS, FUTURES].map(contract_sql)).collect();
        let plans = store.read(move |connection| {
            let plan = |sql: &String| {
                let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
                let unknown = vec![1; statement.parameter_count()];
                let lines = statement.query_map(rusqlite::params_from_iter(unknown), |row| row.get(3))?;
                Ok((sql.clone(), lines.collect::<rusqlite::Result<Vec<String>>>()?))
            };
            sqls.iter().map(plan).collect::<Result<Vec<_>>>()
        });
        for (sql, plan) in plans.await.unwrap() {
            assert!(plan.iter().any(|line| line.starts_with("SEARCH ")), "{sql}: {plan:?}");
            assert!(!plan.iter().any(|line| line.starts_with("SCAN ")), "{sql}: {plan:?}");
            assert!(!plan.iter().any(|line| line.contains("TEMP B-TREE")), "{sql}: {plan:?}");
        }
        store.close().await.unwrap();
    }
}
