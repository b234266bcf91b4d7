//! Keeping the broker's lists: the contracts of an expiry and the expiries of an underlying, each with its request
//! and with what was refused of it, in one transaction. A list never takes away what is known.
//!
//! Whether a list is believed the engine says; here stands how often it was asked.

use std::collections::BTreeMap;

use market::{Contract, ContractKind, ContractKinds, Day, EpochSeconds};
use rusqlite::{Connection, params};

use crate::answers::{AuditEntry, insert_audit};
use crate::columns::{count, moment, moment_if_any, text};
use crate::contracts::NewContract;
use crate::error::{Result, StoreError};
use crate::quarantine::{Place, Quarantined, put_quarantined, settle_list, settle_others};
use crate::queries::{change, first_row, one_row};
use crate::totals::listed_by_kind;
use crate::{ExpiryId, RequestId, Store, UnderlyingId};

/// An answer that brings nothing new is a witness of its own only so long after the last one.
pub const WITNESS_SPACING_SECONDS: i64 = 600;

/// Options and futures of an expiry are two lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ListPart {
    Options,
    Futures,
}

impl ListPart {
    pub const ALL: [Self; 2] = [Self::Futures, Self::Options];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Options => "options",
            Self::Futures => "futures",
        }
    }

    /// Whether contracts of these kinds stand in it.
    pub fn is_of(self, kinds: ContractKinds) -> bool {
        match self {
            Self::Options => kinds.options(),
            Self::Futures => kinds.futures(),
        }
    }

    fn parse(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|part| part.as_str() == text)
            .ok_or_else(|| StoreError::unreadable(format!("list of {text}")))
    }

    /// The column of `expiry` that says when this list was last taken.
    fn listed_column(self) -> &'static str {
        match self {
            Self::Options => "options_listed",
            Self::Futures => "futures_listed",
        }
    }
}

/// A list of contracts, ready to be kept.
#[derive(Clone, Debug)]
pub struct NewListing {
    pub expiry: ExpiryId,
    /// Of the expiry.
    pub date: Day,
    pub part: ListPart,
    pub audit: AuditEntry,
    pub contracts: Vec<NewContract>,
    pub refused: Vec<Quarantined>,
    /// What was odd about it, a sentence each.
    pub notices: Vec<String>,
}

/// A list of expiries, ready to be kept.
#[derive(Clone, Debug)]
pub struct NewExpiries {
    pub underlying: UnderlyingId,
    pub audit: AuditEntry,
    pub dates: Vec<Day>,
    pub refused: Vec<Quarantined>,
}

/// What is known of one list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListFacts {
    pub calls: u64,
    pub puts: u64,
    pub futures: u64,
    /// Rows of the last answer, refused ones too; more than are known when its contracts belong to another expiry.
    pub rows: u64,
    /// Answers in a row that brought nothing new, far enough apart to count; 0: never asked.
    pub witnesses: u32,
    pub asked_at: Option<EpochSeconds>,
    /// Rows of it that stand refused.
    pub refused: u64,
}

/// The facts of an expiry's two lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExpiryLists {
    pub options: ListFacts,
    pub futures: ListFacts,
}

/// How often the list of an underlying's expiries was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExpiriesFacts {
    pub asked_at: Option<EpochSeconds>,
    /// Answers in a row that brought no new date, far enough apart to count.
    pub witnesses: u32,
}

impl Store {
    /// Keeps a listing: its contracts, its refused rows, and that it was asked.
    pub async fn keep_listing(&self, listing: NewListing) -> Result<()> {
        self.write(move |transaction| keep_listing(transaction, &listing)).await
    }

    /// Adds the expiries that are new. One that was seen before stays, listed again or not.
    pub async fn keep_expiries(&self, expiries: NewExpiries) -> Result<()> {
        self.write(move |transaction| keep_expiries(transaction, &expiries)).await
    }

    /// What was odd about the last answers to these lists of an expiry, a sentence each.
    pub async fn list_notices(&self, expiry: ExpiryId, parts: Vec<ListPart>) -> Result<Vec<String>> {
        self.read(move |connection| {
            let mut statement = connection
                .prepare_cached("SELECT notices FROM contract_list WHERE expiry_id = ? AND part = ?")?;
            let mut notices = Vec::new();
            for part in parts {
                let mut rows = statement.query(params![expiry.0, part.as_str()])?;
                while let Some(row) = rows.next()? {
                    notices.extend(text(row, 0)?.lines().map(str::to_owned));
                }
            }
            Ok(notices)
        })
        .await
    }

    /// The facts of the lists of an underlying's expiries; an expiry that was never asked about has none.
    pub async fn lists(&self, underlying: UnderlyingId) -> Result<BTreeMap<ExpiryId, ExpiryLists>> {
        self.read(move |connection| lists(connection, underlying)).await
    }

    pub async fn expiries_facts(&self, underlying: UnderlyingId) -> Result<ExpiriesFacts> {
        self.read(move |connection| {
            let sql = "SELECT expiries_asked_at, expiries_witnesses FROM underlying WHERE id = ?";
            one_row(connection, sql, [underlying.0], |row| {
                Ok(ExpiriesFacts { asked_at: moment_if_any(row, 0)?, witnesses: row.get(1)? })
            })
        })
        .await
    }

    /// Keeps the rows of the newest instrument master that could not be read. Its request was kept with its answer.
    pub async fn keep_refused_instruments(&self, refused: Vec<Quarantined>, now: EpochSeconds) -> Result<()> {
        self.write(move |transaction| {
            let sql = "SELECT max(id) FROM fetch_audit WHERE endpoint = 'instruments'";
            let request = one_row(transaction, sql, [], |row| Ok(row.get::<_, Option<i64>>(0)?))?;
            let Some(request) = request.map(RequestId) else { return Ok(()) };
            put_quarantined(transaction, Place::Master, &refused, request, None)?;
            settle_others(transaction, Place::Master, request, now)
        })
        .await
    }
}

fn keep_listing(connection: &Connection, listing: &NewListing) -> Result<()> {
    let NewListing { expiry, date, part, audit, contracts, refused, notices } = listing;
    let (job, now) = (audit.job, audit.at);
    let request = insert_audit(connection, audit)?;
    let mut brought_new = false;
    for new in contracts {
        brought_new |= put_contract(connection, *expiry, *date, new, now)?;
    }
    put_quarantined(connection, Place::List(*expiry, *part), refused, request, job)?;
    let rows = contracts.len() + refused.len();
    settle_list(connection, (*expiry, *part), request, rows > 0, now)?;
    note_listing(connection, (*expiry, *part), rows, notices, brought_new, now)?;
    let weekly = contracts.iter().find_map(|new| new.contract.weekly);
    let listed = part.listed_column();
    // The column's name is a word of this file.
    change(
        connection,
        &format!("UPDATE expiry SET weekly = coalesce(?, weekly), {listed} = ? WHERE id = ?"),
        params![weekly, now.0, expiry.0],
    )?;
    Ok(())
}

/// Says whether the contract was not known, or not under this expiry. One that is known moves to the expiry whose
/// date its key names, and stays where it is when another list has it too.
fn put_contract(
    connection: &Connection,
    expiry: ExpiryId,
    date: Day,
    NewContract { contract, raw }: &NewContract,
    now: EpochSeconds,
) -> Result<bool> {
    let Contract { expired_key, kind, strike, trading_symbol, lot_size, tick_size, .. } = contract;
    let (segment, token) = (expired_key.segment().as_str(), expired_key.exchange_token());
    let key_date = expired_key.date().to_string();
    let known_under: Option<i64> = first_row(
        connection,
        "SELECT expiry_id FROM contract WHERE segment = ? AND exchange_token = ? AND key_date = ?",
        params![segment, token, key_date],
        |row| Ok(row.get(0)?),
    )?;
    let moves = known_under.is_some_and(|known| known != expiry.0) && expired_key.date() == date;
    change(
        connection,
        "INSERT INTO contract (expiry_id, kind, strike, segment, exchange_token, key_date, trading_symbol,
                               lot_size, tick_size, raw, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (segment, exchange_token, key_date) DO UPDATE SET
             expiry_id = CASE WHEN ?12 THEN excluded.expiry_id ELSE expiry_id END,
             trading_symbol = excluded.trading_symbol, lot_size = excluded.lot_size,
             tick_size = excluded.tick_size, raw = excluded.raw",
        params![
            expiry.0,
            kind.as_str(),
            strike.map(|strike| strike.0.0),
            segment,
            token,
            key_date,
            trading_symbol,
            lot_size,
            tick_size,
            raw,
            now.0,
            moves
        ],
    )?;
    Ok(known_under.is_none() || moves)
}

/// An answer that brought something new begins the counting of witnesses anew.
fn note_listing(
    connection: &Connection,
    (expiry, part): (ExpiryId, ListPart),
    rows: usize,
    notices: &[String],
    brought_new: bool,
    now: EpochSeconds,
) -> Result<()> {
    change(
        connection,
        "INSERT INTO contract_list VALUES (?1, ?2, ?3, ?4, 1, ?3, ?7) ON CONFLICT DO UPDATE SET
             asked_at = ?3, rows = ?4, notices = ?7,
             witnesses = CASE WHEN ?5 THEN 1 WHEN ?3 - witnessed_at >= ?6 THEN witnesses + 1
                              ELSE witnesses END,
             witnessed_at = CASE WHEN ?5 OR ?3 - witnessed_at >= ?6 THEN ?3 ELSE witnessed_at END",
        params![
            expiry.0,
            part.as_str(),
            now.0,
            rows as i64,
            brought_new,
            WITNESS_SPACING_SECONDS,
            notices.join("\n")
        ],
    )?;
    Ok(())
}

fn keep_expiries(connection: &Connection, expiries: &NewExpiries) -> Result<()> {
    let NewExpiries { underlying, audit, dates, refused } = expiries;
    let now = audit.at;
    let request = insert_audit(connection, audit)?;
    let mut new = 0;
    for date in dates {
        new += change(
            connection,
            "INSERT INTO expiry (underlying_id, date, first_seen) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            params![underlying.0, date.to_string(), now.0],
        )?;
    }
    let place = Place::Expiries(*underlying);
    put_quarantined(connection, place, refused, request, audit.job)?;
    settle_others(connection, place, request, now)?;
    change(
        connection,
        "UPDATE underlying SET expiries_asked_at = ?2,
             expiries_witnesses = CASE WHEN ?3 OR expiries_witnessed_at IS NULL THEN 1
                 WHEN ?2 - expiries_witnessed_at >= ?4 THEN expiries_witnesses + 1
                 ELSE expiries_witnesses END,
             expiries_witnessed_at = CASE
                 WHEN ?3 OR expiries_witnessed_at IS NULL OR ?2 - expiries_witnessed_at >= ?4 THEN ?2
                 ELSE expiries_witnessed_at END
         WHERE id = ?1",
        params![underlying.0, now.0, new > 0, WITNESS_SPACING_SECONDS],
    )?;
    Ok(())
}

fn lists(connection: &Connection, underlying: UnderlyingId) -> Result<BTreeMap<ExpiryId, ExpiryLists>> {
    let mut all: BTreeMap<ExpiryId, ExpiryLists> = BTreeMap::new();
    let mut asked = connection.prepare_cached(
        "SELECT l.expiry_id, l.part, l.asked_at, l.rows, l.witnesses,
                (SELECT count(*) FROM quarantine q WHERE q.kind = 'contract' AND q.settled_at IS NULL
                 AND q.expiry_id = l.expiry_id AND q.part = l.part)
         FROM expiry e JOIN contract_list l ON l.expiry_id = e.id WHERE e.underlying_id = ?",
    )?;
    let mut rows = asked.query([underlying.0])?;
    while let Some(row) = rows.next()? {
        let lists = all.entry(ExpiryId(row.get(0)?)).or_default();
        let facts = match ListPart::parse(text(row, 1)?)? {
            ListPart::Options => &mut lists.options,
            ListPart::Futures => &mut lists.futures,
        };
        facts.asked_at = Some(moment(row, 2)?);
        facts.rows = count(row, 3)?;
        facts.witnesses = row.get(4)?;
        facts.refused = count(row, 5)?;
    }
    for (expiry, listed) in listed_by_kind(connection, underlying)? {
        let lists = all.entry(expiry).or_default();
        for (kind, listed) in listed {
            match kind {
                ContractKind::Call => lists.options.calls = listed.contracts,
                ContractKind::Put => lists.options.puts = listed.contracts,
                ContractKind::Future => lists.futures.futures = listed.contracts,
            }
        }
    }
    Ok(all)
}
