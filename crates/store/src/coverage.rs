//! What coverage is judged by: the answered ranges of a series and its days with candles. An
//! underlying has hundreds of thousands of them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use market::{Day, EpochSeconds, Interval};
use rusqlite::{Connection, Row, ToSql, params};

use crate::candles::find_series;
use crate::columns::{count, moment, moment_if_any, parse_column, range_of_columns, text};
use crate::error::Result;
use crate::proofs::{ExchangeDay, read_exchange_days};
use crate::queries::{one_row, rows};
use crate::{AnsweredRange, ContractId, ExpiryId, Outcome, SeriesOwner, Store};

/// A row of `series_day`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredDay {
    pub candles: u64,
    pub first: EpochSeconds,
    pub last: EpochSeconds,
    pub volume: i64,
    /// At the last candle.
    pub open_interest: i64,
}

/// What is known of one series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeriesFacts {
    pub answered: Vec<AnsweredRange>,
    pub days: BTreeMap<Day, StoredDay>,
    /// Days of which the exchange's file was taken in; of contracts alone.
    pub exchange: BTreeMap<Day, ExchangeDay>,
    /// Days whose candles came from a file, and that no answer has covered since.
    pub imported: BTreeSet<Day>,
    /// When its candles were removed, where it was not asked since.
    pub pruned_at: Option<EpochSeconds>,
}

impl SeriesFacts {
    /// Of a series that nobody asked for.
    pub const UNASKED: Self = Self {
        answered: Vec::new(),
        days: BTreeMap::new(),
        exchange: BTreeMap::new(),
        imported: BTreeSet::new(),
        pruned_at: None,
    };
}

impl Store {
    /// Of every contract of an expiry that was ever answered.
    pub async fn facts_of_expiry(
        &self,
        expiry: ExpiryId,
        interval: Interval,
    ) -> Result<BTreeMap<ContractId, SeriesFacts>> {
        self.read(move |connection| {
            let mut facts = read_facts(
                connection,
                "FROM contract c JOIN series s ON s.contract_id = c.id AND s.interval = ?2",
                "WHERE c.expiry_id = ?1",
                params![expiry.0, interval.as_str()],
            )?;
            let condition = "p.contract_id IN (SELECT c.id FROM contract c WHERE c.expiry_id = ?)";
            for (contract, days) in read_exchange_days(connection, condition, expiry.0)? {
                facts.entry(contract).or_default().exchange = days;
            }
            Ok(facts.into_iter().map(|(contract, facts)| (ContractId(contract), facts)).collect())
        })
        .await
    }

    pub async fn facts(&self, owner: SeriesOwner, interval: Interval) -> Result<SeriesFacts> {
        self.read(move |connection| {
            let (column, id) = owner.column();
            let whose = format!("WHERE s.{column} = ?1 AND s.interval = ?2");
            let facts = read_facts(connection, "FROM series s", &whose, params![id, interval.as_str()])?;
            let mut facts = facts.into_values().next().unwrap_or_default();
            if let Some(contract) = owner.contract() {
                let days = read_exchange_days(connection, "p.contract_id = ?", contract)?;
                facts.exchange = days.into_values().next().unwrap_or_default();
            }
            Ok(facts)
        })
        .await
    }

    /// How many candles of a series lie within spans of time, one count for each list of spans.
    pub async fn candles_within(
        &self,
        interval: Interval,
        wanted: Vec<(SeriesOwner, Vec<Range<EpochSeconds>>)>,
    ) -> Result<Vec<u64>> {
        self.read(move |connection| {
            let picture = connection.unchecked_transaction()?;
            let sql = "SELECT count(*) FROM candle WHERE series_id = ? AND ts >= ? AND ts < ?";
            let of_series = |(owner, spans): &(SeriesOwner, Vec<Range<EpochSeconds>>)| {
                // One after the other: a count of a join looks at every series of the database.
                let Some(series) = find_series(&picture, *owner, interval)? else { return Ok(0) };
                let within = |span: &Range<EpochSeconds>| {
                    one_row(&picture, sql, [series.0, span.start.0, span.end.0], |row| Ok(count(row, 0)?))
                };
                spans.iter().map(within).sum::<Result<u64>>()
            };
            wanted.iter().map(of_series).collect()
        })
        .await
    }

    /// Minutes that came, were refused and are not stored, of every contract of an expiry.
    pub async fn refused_of_expiry(
        &self,
        expiry: ExpiryId,
        interval: Interval,
    ) -> Result<BTreeMap<ContractId, BTreeMap<Day, u64>>> {
        self.read(move |connection| {
            let refused = read_refused(
                connection,
                "FROM contract c JOIN series s ON s.contract_id = c.id AND s.interval = ?2",
                "WHERE c.expiry_id = ?1",
                params![expiry.0, interval.as_str()],
            )?;
            Ok(refused.into_iter().map(|(contract, days)| (ContractId(contract), days)).collect())
        })
        .await
    }

    /// The same of one series.
    pub async fn refused(&self, owner: SeriesOwner, interval: Interval) -> Result<BTreeMap<Day, u64>> {
        self.read(move |connection| {
            let (column, id) = owner.column();
            let whose = format!("WHERE s.{column} = ?1 AND s.interval = ?2");
            let refused = read_refused(connection, "FROM series s", &whose, params![id, interval.as_str()])?;
            Ok(refused.into_values().next().unwrap_or_default())
        })
        .await
    }

    /// Contracts whose newest unit of a job failed.
    pub async fn failed_contracts(&self, expiry: ExpiryId) -> Result<BTreeSet<ContractId>> {
        self.read(move |connection| {
            let failed = rows(
                connection,
                "SELECT c.id FROM contract c WHERE c.expiry_id = ? AND 'failed' = (
                     SELECT t.state FROM job_unit t WHERE t.contract_id = c.id ORDER BY t.id DESC LIMIT 1)",
                [expiry.0],
                |row| Ok(ContractId(row.get(0)?)),
            )?;
            Ok(failed.into_iter().collect())
        })
        .await
    }
}

/// Whose a series is.
const OWNER: &str = "coalesce(s.contract_id, s.underlying_id)";

/// Refused minutes by the row id of the contract or underlying that they are of; each minute once, however often
/// it came.
fn read_refused(
    connection: &Connection,
    owned: &str,
    whose: &str,
    parameters: &[&dyn ToSql],
) -> Result<BTreeMap<i64, BTreeMap<Day, u64>>> {
    let mut refused = connection.prepare_cached(&format!(
        "SELECT {OWNER}, s.id, q.ts, q.raw {owned} JOIN quarantine q ON q.series_id = s.id {whose}"
    ))?;
    let mut is_stored = connection.prepare_cached("SELECT 1 FROM candle WHERE series_id = ? AND ts = ?")?;
    let mut minutes: BTreeSet<(i64, i64, EpochSeconds)> = BTreeSet::new();
    let mut rows = refused.query(parameters)?;
    while let Some(row) = rows.next()? {
        let noted = moment_if_any(row, 2)?.filter(|at| at.is_on_the_minute());
        // What was refused before its moment was noted beside it has it in its own words alone.
        if let Some(minute) = noted.map_or_else(|| text(row, 3).map(minute_of_raw), |at| Ok(Some(at)))? {
            minutes.insert((row.get(0)?, row.get(1)?, minute));
        }
    }
    let mut all: BTreeMap<i64, BTreeMap<Day, u64>> = BTreeMap::new();
    for (owner, series, minute) in minutes {
        if !is_stored.exists(params![series, minute.0])? {
            *all.entry(owner).or_default().entry(minute.day()).or_default() += 1;
        }
    }
    Ok(all)
}

/// The moment of a refused row, where it can be read: in the broker's own words its first text, else as our own
/// candle says it.
fn minute_of_raw(raw: &str) -> Option<EpochSeconds> {
    let quoted = raw.split('"').nth(1).and_then(EpochSeconds::parse_rfc3339);
    let own = || {
        let (_, after) = raw.split_once("EpochSeconds(")?;
        after.split_once(')')?.0.trim().parse().ok().map(EpochSeconds)
    };
    quoted.or_else(own).filter(|moment| moment.is_on_the_minute())
}

/// Answered ranges and days by the row id of the contract or underlying that they are of.
fn read_facts(
    connection: &Connection,
    owned: &str,
    whose: &str,
    parameters: &[&dyn ToSql],
) -> Result<BTreeMap<i64, SeriesFacts>> {
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
        "SELECT {OWNER}, d.day, d.candles, d.first_ts, d.last_ts, d.volume, d.open_interest
         {owned} JOIN series_day d ON d.series_id = s.id {whose}"
    ))?;
    let mut rows = days.query(parameters)?;
    while let Some(row) = rows.next()? {
        all.entry(row.get(0)?).or_default().days.insert(parse_column(row, 1)?, stored_day_of(row)?);
    }
    let mut imported = connection.prepare_cached(&format!(
        "SELECT {OWNER}, i.day {owned} JOIN imported_day i ON i.series_id = s.id {whose}"
    ))?;
    let mut rows = imported.query(parameters)?;
    while let Some(row) = rows.next()? {
        all.entry(row.get(0)?).or_default().imported.insert(parse_column(row, 1)?);
    }
    let mut pruned = connection.prepare_cached(&format!(
        "SELECT {OWNER}, s.pruned_at {owned} {whose} AND s.pruned_at IS NOT NULL"
    ))?;
    let mut rows = pruned.query(parameters)?;
    while let Some(row) = rows.next()? {
        all.entry(row.get(0)?).or_default().pruned_at = moment_if_any(row, 1)?;
    }
    Ok(all)
}

fn answered_of(row: &Row<'_>) -> Result<AnsweredRange> {
    Ok(AnsweredRange {
        range: range_of_columns(row, 1)?,
        outcome: Outcome::parse(text(row, 3)?)?,
        provisional: row.get(4)?,
    })
}

fn stored_day_of(row: &Row<'_>) -> rusqlite::Result<StoredDay> {
    Ok(StoredDay {
        candles: count(row, 2)?,
        first: moment(row, 3)?,
        last: moment(row, 4)?,
        volume: row.get(5)?,
        open_interest: row.get(6)?,
    })
}
