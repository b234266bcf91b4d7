//! The exchange's daily files as they are kept: one a day and exchange, taken in and withdrawn in one transaction with what
//! follows from it. Which row is whose, and whether a file may take the place of another, the engine says.

use std::collections::BTreeSet;

use market::{Day, EpochSeconds, Interval};
use protocol::{BhavcopyDay, BhavcopyExchange};
use rusqlite::{Connection, params};

use crate::answered::IS_FOR_GOOD;
use crate::columns::{count, moment, parse_column};
use crate::error::Result;
use crate::proofs::ExchangeDay;
use crate::queries::{change, first_row, rows};
use crate::reopened::{believe_day, reopen_day};
use crate::{ContractId, Store};

/// A file, and what it says of contracts that are known here.
#[derive(Clone, Debug)]
pub struct NewBhavcopy {
    pub exchange: &'static str,
    pub day: Day,
    pub quiet_from: Day,
    pub name: String,
    pub sha256: [u8; 32],
    pub rows: u64,
    pub at: EpochSeconds,
    pub days: Vec<(ContractId, ExchangeDay)>,
    /// Contracts whose answer of this day is believed no more: it had no row.
    pub holes: Vec<ContractId>,
}

/// A file that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BhavcopyRow {
    pub exchange: String,
    pub day: Day,
    pub name: String,
    pub sha256: [u8; 32],
    pub rows: u64,
    pub contracts: u64,
    pub at: EpochSeconds,
}

/// A file that was withdrawn, with what it had said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithdrawnBhavcopy {
    pub name: String,
    /// Contracts of which it said something.
    pub contracts: u64,
}

/// What a new file of the same day is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptBhavcopy {
    pub name: String,
    pub sha256: [u8; 32],
    pub rows: u64,
    /// Of which it says something.
    pub contracts: BTreeSet<ContractId>,
}

impl Store {
    /// The file of a day that was taken in before.
    pub async fn kept_bhavcopy(&self, of: BhavcopyDay) -> Result<Option<KeptBhavcopy>> {
        self.read(move |connection| {
            let picture = connection.unchecked_transaction()?;
            let file = first_row(
                &picture,
                "SELECT id, name, sha256, rows FROM bhavcopy WHERE exchange = ? AND day = ?",
                params![of.exchange.as_str(), of.day.to_string()],
                |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?, count(row, 3)?)),
            )?;
            let Some((id, name, sha256, had_rows)) = file else { return Ok(None) };
            let sql = "SELECT contract_id FROM proved_day WHERE bhavcopy_id = ?";
            let contracts = rows(&picture, sql, [id], |row| Ok(ContractId(row.get(0)?)))?;
            let contracts = contracts.into_iter().collect();
            Ok(Some(KeptBhavcopy { name, sha256, rows: had_rows, contracts }))
        })
        .await
    }

    /// Takes a file in, in place of an earlier one of its day. Says how many rows that one had.
    pub async fn take_bhavcopy(&self, new: NewBhavcopy) -> Result<Option<u64>> {
        self.write(move |transaction| {
            let replaced = forget(transaction, new.exchange, new.day)?;
            let file = insert(transaction, &new)?;
            new.holes.iter().try_for_each(|contract| reopen_day(transaction, *contract, None, new.day))?;
            let mut changed: BTreeSet<ContractId> = new.days.iter().map(|(contract, _)| *contract).collect();
            know_empties(transaction, file)?;
            remake_reaches(transaction, file)?;
            // What was believed no more because of the earlier file may be believed again.
            for contract in replaced.iter().flat_map(|earlier| &earlier.holes) {
                changed.remove(contract);
            }
            let proved = replaced.iter().flat_map(|earlier| &earlier.contracts);
            let left: Vec<_> = proved.filter(|id| changed.insert(**id)).collect();
            left.into_iter().try_for_each(|contract| remake_reach(transaction, *contract))?;
            Ok(replaced.map(|earlier| earlier.rows))
        })
        .await
    }

    /// Takes back what a file proves; `None`: there is none of that day. An answer that it had made doubtful and that was
    /// not asked for again since is believed as before.
    pub async fn withdraw_bhavcopy(&self, of: BhavcopyDay) -> Result<Option<WithdrawnBhavcopy>> {
        self.write(move |transaction| {
            let Some(earlier) = forget(transaction, of.exchange.as_str(), of.day)? else { return Ok(None) };
            earlier.contracts.iter().try_for_each(|contract| remake_reach(transaction, *contract))?;
            Ok(Some(WithdrawnBhavcopy { name: earlier.name, contracts: earlier.contracts.len() as u64 }))
        })
        .await
    }

    /// The exchanges whose files of a day were taken in.
    pub async fn bhavcopies_of(&self, day: Day) -> Result<Vec<BhavcopyExchange>> {
        self.read(move |connection| {
            let sql = "SELECT exchange FROM bhavcopy WHERE day = ? ORDER BY exchange";
            rows(connection, sql, [day.to_string()], |row| parse_column(row, 0))
        })
        .await
    }

    /// Files that were taken in, newest day first, at most so many.
    pub async fn bhavcopies(&self, most: u32) -> Result<Vec<BhavcopyRow>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT b.exchange, b.day, b.name, b.sha256, b.rows, b.taken_at,
                        (SELECT count(*) FROM proved_day p WHERE p.bhavcopy_id = b.id)
                 FROM bhavcopy b ORDER BY b.day DESC, b.exchange LIMIT ?",
                [most],
                |row| {
                    Ok(BhavcopyRow {
                        exchange: row.get(0)?,
                        day: parse_column(row, 1)?,
                        name: row.get(2)?,
                        sha256: row.get(3)?,
                        rows: count(row, 4)?,
                        at: moment(row, 5)?,
                        contracts: count(row, 6)?,
                    })
                },
            )
        })
        .await
    }

    /// Contracts that are accounted for by proofs alone have a series from now on: nothing is left to be asked of them.
    pub async fn note_series(&self, contracts: Vec<ContractId>, interval: Interval) -> Result<()> {
        self.write(move |transaction| {
            for contract in contracts {
                let sql = "INSERT INTO series (contract_id, interval) VALUES (?, ?) ON CONFLICT DO NOTHING";
                change(transaction, sql, params![contract.0, interval.as_str()])?;
                remake_reach(transaction, contract)?;
            }
            Ok(())
        })
        .await
    }
}

/// An earlier file of a day, with those whose proofs it held.
struct Earlier {
    name: String,
    rows: u64,
    contracts: Vec<ContractId>,
    /// Those among them whose answer it had made doubtful.
    holes: Vec<ContractId>,
}

/// Removes an earlier file of a day, where there is one.
fn forget(connection: &Connection, exchange: &str, day: Day) -> Result<Option<Earlier>> {
    let known: Option<(i64, i64, String)> = first_row(
        connection,
        "SELECT id, rows, name FROM bhavcopy WHERE exchange = ? AND day = ?",
        params![exchange, day.to_string()],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let Some((file, had_rows, name)) = known else { return Ok(None) };
    let sql = "SELECT contract_id, is_hole FROM proved_day WHERE bhavcopy_id = ?";
    let proved = rows(connection, sql, [file], |row| Ok((ContractId(row.get(0)?), row.get::<_, bool>(1)?)))?;
    let contracts = proved.iter().map(|(contract, _)| *contract).collect();
    let holes: Vec<ContractId> =
        proved.iter().filter(|(_, is_hole)| *is_hole).map(|(contract, _)| *contract).collect();
    holes.iter().try_for_each(|contract| believe_day(connection, *contract, day))?;
    change(connection, "DELETE FROM proved_day WHERE bhavcopy_id = ?", [file])?;
    change(connection, "DELETE FROM bhavcopy WHERE id = ?", [file])?;
    Ok(Some(Earlier { name, rows: had_rows.unsigned_abs(), contracts, holes }))
}

fn insert(connection: &Connection, new: &NewBhavcopy) -> Result<i64> {
    change(
        connection,
        "INSERT INTO bhavcopy (exchange, day, quiet_from, name, sha256, rows, taken_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        params![
            new.exchange,
            new.day.to_string(),
            new.quiet_from.to_string(),
            new.name,
            new.sha256,
            new.rows as i64,
            new.at.0
        ],
    )?;
    let (file, day) = (connection.last_insert_rowid(), new.day.to_string());
    let mut statement = connection.prepare_cached("INSERT INTO proved_day VALUES (?, ?, ?, ?, ?, ?, ?)")?;
    let holes: BTreeSet<ContractId> = new.holes.iter().copied().collect();
    for (contract, told) in &new.days {
        let ExchangeDay { volume, open_interest, settlement, .. } = told;
        let is_hole = holes.contains(contract);
        statement.execute(params![contract.0, day, file, volume, open_interest, settlement.0, is_hole])?;
    }
    Ok(file)
}

/// What is proven empty is known, asked for or not: a contract that nobody asked for has a series of minutes from now on,
/// as one with an answer has.
fn know_empties(connection: &Connection, file: i64) -> Result<()> {
    let sql = "INSERT INTO series (contract_id, interval)
         SELECT p.contract_id, ?2 FROM proved_day p WHERE p.bhavcopy_id = ?1 AND p.volume = 0 ON CONFLICT DO NOTHING";
    change(connection, sql, params![file, Interval::Minute1.as_str()]).map(drop)
}

/// Of the series that a file speaks of. Where an answer accounts for its days nothing changes, nor of what is known by
/// proofs alone before one of them is of the expiry's own day.
fn remake_reaches(connection: &Connection, file: i64) -> Result<()> {
    let sql = format!(
        "UPDATE series SET reach = (SELECT r.reach FROM series_reach r WHERE r.series_id = series.id)
         WHERE id IN (
             SELECT s.id FROM bhavcopy b JOIN proved_day p ON p.bhavcopy_id = b.id
             JOIN series s ON s.contract_id = p.contract_id
             JOIN contract c ON c.id = p.contract_id JOIN expiry e ON e.id = c.expiry_id
             WHERE b.id = ? AND (s.reach <> -2 OR p.day = e.date) AND NOT EXISTS (
                 SELECT 1 FROM fetched_range f WHERE f.series_id = s.id AND {IS_FOR_GOOD}
                 AND f.from_day <= b.quiet_from AND f.to_day >= b.day))"
    );
    change(connection, &sql, [file]).map(drop)
}

fn remake_reach(connection: &Connection, contract: ContractId) -> Result<()> {
    change(
        connection,
        "UPDATE series SET reach = (SELECT r.reach FROM series_reach r WHERE r.series_id = series.id)
         WHERE contract_id = ?",
        [contract.0],
    )?;
    Ok(())
}
