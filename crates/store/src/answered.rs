//! Which days of contracts are answered: all contracts of an expiry in one read. What their
//! answers add up to is [`Reach`]'s to say.

use market::{ContractKind, Day, DayRange, EpochSeconds, Interval, Reach, Strike};
use rusqlite::{Connection, Params, Row, params};

use crate::columns::{moment_if_any, parse_column, range_of_columns, strike};
use crate::error::Result;
use crate::{ContractId, ExpiryId, Store};

/// The answers about one series of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnsweredContract {
    pub id: ContractId,
    pub expiry_id: ExpiryId,
    pub expiry: Day,
    pub kind: ContractKind,
    pub strike: Option<Strike>,
    /// Final, confirmed answers.
    pub for_good: Vec<DayRange>,
    /// There is an answer of any sort.
    pub is_asked: bool,
    /// When its candles were removed, where it was not asked since.
    pub pruned_at: Option<EpochSeconds>,
}

impl AnsweredContract {
    pub fn reach(&self) -> Reach {
        match Reach::of(self.expiry, self.for_good.clone(), self.is_asked) {
            Reach::Unasked if self.pruned_at.is_some() => Reach::Pruned,
            reach => reach,
        }
    }

    /// The parts of a range that no final, confirmed answer accounts for.
    pub fn gaps(&self, range: DayRange) -> Vec<DayRange> {
        if self.for_good.is_empty() {
            return vec![range];
        }
        range.without(|day| self.for_good.iter().any(|answered| answered.contains(day)))
    }
}

impl Store {
    /// Of every listed contract of an expiry.
    pub async fn answered_of_expiry(
        &self,
        expiry: ExpiryId,
        interval: Interval,
    ) -> Result<Vec<AnsweredContract>> {
        self.read(move |connection| {
            read_answered(connection, "x.id = ?2", params![interval.as_str(), expiry.0])
        })
        .await
    }

    /// Of every listed contract of some expiries.
    pub async fn answered_of_expiries(
        &self,
        expiries: Vec<ExpiryId>,
        interval: Interval,
    ) -> Result<Vec<AnsweredContract>> {
        self.read(move |connection| {
            let mut all = Vec::new();
            for expiry in expiries {
                all.append(&mut read_answered(
                    connection,
                    "x.id = ?2",
                    params![interval.as_str(), expiry.0],
                )?);
            }
            Ok(all)
        })
        .await
    }
}

pub(crate) fn read_answered(
    connection: &Connection,
    condition: &str,
    parameters: impl Params,
) -> Result<Vec<AnsweredContract>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT f.from_day, f.to_day, f.provisional = 0 AND f.outcome <> 'empty_unconfirmed',
                k.id, k.expiry_id, x.date, k.kind, k.strike, s.pruned_at
         FROM expiry x JOIN contract k ON k.expiry_id = x.id
         LEFT JOIN series s ON s.contract_id = k.id AND s.interval = ?1
         LEFT JOIN fetched_range f ON f.series_id = s.id
         WHERE {condition} ORDER BY x.id, k.id"
    ))?;
    let mut contracts: Vec<AnsweredContract> = Vec::new();
    let mut rows = statement.query(parameters)?;
    while let Some(row) = rows.next()? {
        let id = ContractId(row.get(3)?);
        if contracts.last().is_none_or(|contract| contract.id != id) {
            contracts.push(unasked(id, row)?);
        }
        if let (Some(is_for_good), Some(contract)) = (row.get(2)?, contracts.last_mut()) {
            contract.is_asked = true;
            if is_for_good {
                contract.for_good.push(range_of_columns(row, 0)?);
            }
        }
    }
    Ok(contracts)
}

fn unasked(id: ContractId, row: &Row<'_>) -> Result<AnsweredContract> {
    Ok(AnsweredContract {
        id,
        expiry_id: ExpiryId(row.get(4)?),
        expiry: parse_column(row, 5)?,
        kind: parse_column(row, 6)?,
        strike: strike(row, 7)?,
        for_good: Vec::new(),
        is_asked: false,
        pruned_at: moment_if_any(row, 8)?,
    })
}
