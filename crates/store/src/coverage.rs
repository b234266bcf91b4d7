//! What coverage is judged by: the answered ranges of a series and its days with candles. Read through rusqlite:
//! an underlying has hundreds of thousands of them.

use std::collections::{BTreeMap, BTreeSet};

use market::{Day, DayRange, EpochSeconds, Interval};
use rusqlite::{Connection, Row, ToSql, params};

use crate::error::{Result, StoreError};
use crate::expiries::parse;
use crate::{ContractId, ExpiryId, Outcome, SeriesOwner, Store};

/// A row of `fetched_range`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    pub range: DayRange,
    pub outcome: Outcome,
    pub provisional: bool,
}

/// A row of `series_day`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredDay {
    pub candles: u64,
    pub first: EpochSeconds,
    pub last: EpochSeconds,
}

/// What is known of one series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeriesFacts {
    pub answered: Vec<Answered>,
    pub days: BTreeMap<Day, StoredDay>,
}

impl Store {
    /// Of every contract of an expiry that was ever answered.
    pub async fn facts_of_expiry(
        &self,
        expiry: ExpiryId,
        interval: Interval,
    ) -> Result<BTreeMap<ContractId, SeriesFacts>> {
        self.read(move |connection| {
            let facts = read_facts(
                connection,
                "FROM contract c JOIN series s ON s.contract_id = c.id AND s.interval = ?2",
                "WHERE c.expiry_id = ?1",
                params![expiry.0, interval.as_str()],
            )?;
            Ok(facts.into_iter().map(|(contract, facts)| (ContractId(contract), facts)).collect())
        })
        .await
    }

    pub async fn facts(&self, owner: SeriesOwner, interval: Interval) -> Result<SeriesFacts> {
        self.read(move |connection| {
            let facts = read_facts(
                connection,
                "FROM series s",
                "WHERE s.contract_id IS ?1 AND s.underlying_id IS ?2 AND s.interval = ?3",
                params![owner.contract(), owner.underlying(), interval.as_str()],
            )?;
            Ok(facts.into_values().next().unwrap_or_default())
        })
        .await
    }

    /// Contracts whose newest unit of a job failed.
    pub async fn failed_contracts(&self) -> Result<BTreeSet<ContractId>> {
        self.read(|connection| {
            // With max(), SQLite takes the other columns from the row that has it.
            let mut statement = connection.prepare_cached(
                "SELECT contract_id, state, max(id) FROM job_unit WHERE contract_id IS NOT NULL
                 GROUP BY contract_id HAVING state = 'failed'",
            )?;
            let failed =
                statement.query_map([], |row| row.get(0).map(ContractId))?.collect::<rusqlite::Result<_>>();
            Ok(failed?)
        })
        .await
    }
}

/// Answered ranges and days by the row id of the contract or underlying that they are of.
fn read_facts(
    connection: &Connection,
    owned: &str,
    whose: &str,
    parameters: &[&dyn ToSql],
) -> Result<BTreeMap<i64, SeriesFacts>> {
    const OWNER: &str = "coalesce(s.contract_id, s.underlying_id)";
    let mut all: BTreeMap<i64, SeriesFacts> = BTreeMap::new();
    let mut ranges = connection.prepare_cached(&format!(
        "SELECT {OWNER}, f.from_day, f.to_day, f.outcome, f.provisional
         {owned} JOIN fetched_range f ON f.series_id = s.id {whose} ORDER BY f.id"
    ))?;
    let mut rows = ranges.query(parameters)?;
    while let Some(row) = rows.next()? {
        all.entry(row.get(0)?).or_default().answered.push(answered_of(row)?);
    }
    let mut days = connection.prepare_cached(&format!(
        "SELECT {OWNER}, d.day, d.candles, d.first_ts, d.last_ts
         {owned} JOIN series_day d ON d.series_id = s.id {whose}"
    ))?;
    let mut rows = days.query(parameters)?;
    while let Some(row) = rows.next()? {
        all.entry(row.get(0)?).or_default().days.insert(parse(text(row, 1)?)?, stored_day_of(row)?);
    }
    Ok(all)
}

fn text<'row>(row: &'row Row<'_>, at: usize) -> Result<&'row str> {
    row.get_ref(at)?.as_str().map_err(StoreError::unreadable)
}

fn answered_of(row: &Row<'_>) -> Result<Answered> {
    let range = DayRange::new(parse(text(row, 1)?)?, parse(text(row, 2)?)?);
    Ok(Answered {
        range: range.map_err(StoreError::unreadable)?,
        outcome: Outcome::parse(text(row, 3)?)?,
        provisional: row.get(4)?,
    })
}

fn stored_day_of(row: &Row<'_>) -> rusqlite::Result<StoredDay> {
    Ok(StoredDay {
        candles: row.get::<_, i64>(2)?.unsigned_abs(),
        first: EpochSeconds(row.get(3)?),
        last: EpochSeconds(row.get(4)?),
    })
}
