//! Which days of contracts are answered: all contracts of an expiry in one read. What their
//! answers add up to is [`Reach`]'s to say.

use market::{ContractKind, Day, DayRange, EpochSeconds, Interval, Reach, Strike};
use rusqlite::{Connection, Params, Row, params};

use crate::columns::{moment_if_any, parse_column, range_of_columns, strike};
use crate::error::Result;
use crate::proofs::proved_of_expiry;
use crate::queries::rows;
use crate::{ContractId, ExpiryId, Store};

/// Of `fetched_range f`: final and confirmed, so that no later answer of the broker's will differ. The views of the database
/// say the same (`answered_for_good`).
pub(crate) const IS_FOR_GOOD: &str = "(f.provisional = 0 AND f.outcome <> 'empty_unconfirmed')";

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
    /// Days on which the exchange's files prove that nothing was traded.
    pub proved: Vec<DayRange>,
    /// There is an answer of any sort.
    pub is_asked: bool,
    /// When its candles were removed, where it was not asked since.
    pub pruned_at: Option<EpochSeconds>,
    /// The candles of its expiry lie in the lake: nothing more is asked of it.
    pub is_archived: bool,
}

impl AnsweredContract {
    pub fn reach(&self) -> Reach {
        if self.pruned_at.is_some() && !self.is_asked {
            return Reach::Pruned;
        }
        // Proofs are answers that nobody asked for: alone they count where they account for the days up to the expiry.
        let for_good = self.for_good.iter().chain(&self.proved).copied().collect();
        Reach::of(self.expiry, for_good, self.is_asked)
    }

    /// The parts of a range that nothing accounts for.
    pub fn open(&self, range: DayRange) -> Vec<DayRange> {
        open_parts(range, &self.for_good, &self.proved)
    }

    /// Those that are still to be asked for.
    pub fn gaps(&self, range: DayRange) -> Vec<DayRange> {
        if self.is_archived { Vec::new() } else { self.open(range) }
    }
}

/// The parts of a range that no final, confirmed answer accounts for and that are to be asked for. A proof that nothing was
/// traded shortens a part at its ends, or takes all of it; within a part it would make two requests of one.
pub fn open_parts(range: DayRange, for_good: &[DayRange], proved: &[DayRange]) -> Vec<DayRange> {
    let holds = |ranges: &[DayRange], day: Day| ranges.iter().any(|range| range.contains(day));
    let open = if for_good.is_empty() { vec![range] } else { range.without(|day| holds(for_good, day)) };
    if proved.is_empty() {
        return open;
    }
    let shortened = |part: DayRange| {
        let is_open = |day: &Day| !holds(proved, *day);
        DayRange::new(part.days().find(is_open)?, part.days().rev().find(is_open)?).ok()
    };
    open.into_iter().filter_map(shortened).collect()
}

impl Store {
    /// Of every listed contract of an expiry.
    pub async fn answered_of_expiry(
        &self,
        expiry: ExpiryId,
        interval: Interval,
    ) -> Result<Vec<AnsweredContract>> {
        self.read(move |connection| answered_of(connection, expiry, interval)).await
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
                all.append(&mut answered_of(connection, expiry, interval)?);
            }
            Ok(all)
        })
        .await
    }
}

pub(crate) fn answered_of(
    connection: &Connection,
    expiry: ExpiryId,
    interval: Interval,
) -> Result<Vec<AnsweredContract>> {
    let mut contracts = read_answered(connection, "x.id = ?2", params![interval.as_str(), expiry.0])?;
    let mut proved = proved_of_expiry(connection, expiry)?;
    for contract in &mut contracts {
        contract.proved = proved.remove(&contract.id).unwrap_or_default();
    }
    Ok(contracts)
}

/// All contracts, expiry after expiry.
pub(crate) fn all_answered(connection: &Connection, interval: Interval) -> Result<Vec<AnsweredContract>> {
    let expiries =
        rows(connection, "SELECT id FROM expiry ORDER BY id", [], |row| Ok(ExpiryId(row.get(0)?)))?;
    let mut all = Vec::new();
    for expiry in expiries {
        all.append(&mut answered_of(connection, expiry, interval)?);
    }
    Ok(all)
}

fn read_answered(
    connection: &Connection,
    condition: &str,
    parameters: impl Params,
) -> Result<Vec<AnsweredContract>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT f.from_day, f.to_day, {IS_FOR_GOOD},
                k.id, k.expiry_id, x.date, k.kind, k.strike, s.pruned_at,
                EXISTS (SELECT 1 FROM archived_expiry y WHERE y.expiry_id = x.id)
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
        proved: Vec::new(),
        is_asked: false,
        pruned_at: moment_if_any(row, 8)?,
        is_archived: row.get(9)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> DayRange {
        let (from, to) = text.split_once("..").unwrap_or((text, text));
        let day = |of: &str| format!("2025-08-{of}").parse().unwrap();
        DayRange::new(day(from), day(to)).unwrap()
    }

    #[tokio::test]
    async fn the_views_of_the_database_mean_the_same_by_for_good() {
        let data = tempfile::TempDir::new().unwrap();
        let store = Store::open(data.path(), crate::SourceKind::Simulated).await.unwrap();
        let sql = "SELECT sql FROM sqlite_schema WHERE name = 'answered_for_good'";
        let view = store.read(move |connection| {
            crate::queries::one_row(connection, sql, [], |row| Ok(row.get::<_, String>(0)?))
        });
        let (view, condition) = (view.await.unwrap(), IS_FOR_GOOD.trim_matches(['(', ')']));
        assert!(view.contains(condition), "{view}");
    }

    #[test]
    fn a_proof_never_makes_two_requests_of_one() {
        for (for_good, proved, open) in [
            (&[][..], &[][..], &["04..15"][..]),
            (&["08..10"], &[], &["04..07", "11..15"]),
            (&[], &["04..06", "15"], &["07..14"]),
            (&[], &["08..10"], &["04..15"]),
            (&[], &["04..08", "09..15"], &[]),
            (&["08..10"], &["04..07", "12"], &["11..15"]),
            (&["08..10"], &["11..14"], &["04..07", "15"]),
        ] {
            let ranges = |texts: &[&str]| texts.iter().map(|text| range(text)).collect::<Vec<_>>();
            let parts = open_parts(range("04..15"), &ranges(for_good), &ranges(proved));
            assert_eq!(parts, ranges(open), "{for_good:?} {proved:?}");
        }
    }
}
