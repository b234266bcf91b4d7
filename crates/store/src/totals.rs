//! What is stored of expiries, in totals: their contracts, how far back these are answered, their candles. Each total is
//! kept by the transaction that changes what it counts (triggers of migrations/0009); `verify` counts anew.

use std::collections::HashMap;

use market::{ContractKind, Interval, Reach};
use rusqlite::{Connection, params};

use crate::answered::all_answered;
use crate::columns::{count, parse_column};
use crate::error::{Result, StoreError};
use crate::queries::rows;
use crate::{ExpiryId, Store, UnderlyingId};

/// Of the contracts of one kind of an expiry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listed {
    pub contracts: u64,
    /// Those with a candle in any interval.
    pub traded: u64,
}

/// Series of one kind, interval and reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeriesTotal {
    pub interval: Interval,
    pub kind: ContractKind,
    pub reach: Reach,
    pub series: u64,
    pub candles: u64,
}

pub(crate) type ListedByKind = HashMap<ExpiryId, Vec<(ContractKind, Listed)>>;

/// A total that is not what the rows add up to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongTotal {
    /// An expiry or a contract, as a person names it.
    pub of: String,
    pub noted: String,
    pub counted: String,
}

/// As the column has it.
fn reach_of(column: i64) -> Result<Reach> {
    match column {
        -3 => Ok(Reach::Pruned),
        -2 => Ok(Reach::Unasked),
        -1 => Ok(Reach::Open),
        days => days.try_into().map(Reach::Back).map_err(|_| StoreError::unreadable(format!("reach {days}"))),
    }
}

pub(crate) fn listed_by_kind(connection: &Connection, underlying: UnderlyingId) -> Result<ListedByKind> {
    let mut statement = connection.prepare_cached(
        "SELECT t.expiry_id, t.kind, t.contracts, t.traded
         FROM expiry e JOIN expiry_contracts t ON t.expiry_id = e.id WHERE e.underlying_id = ?",
    )?;
    let mut all = ListedByKind::new();
    let mut rows = statement.query([underlying.0])?;
    while let Some(row) = rows.next()? {
        let listed = Listed { contracts: count(row, 2)?, traded: count(row, 3)? };
        all.entry(ExpiryId(row.get(0)?)).or_default().push((parse_column(row, 1)?, listed));
    }
    Ok(all)
}

pub(crate) fn series_totals(
    connection: &Connection,
    underlying: UnderlyingId,
) -> Result<HashMap<ExpiryId, Vec<SeriesTotal>>> {
    let mut statement = connection.prepare_cached(
        "SELECT t.expiry_id, t.interval, t.kind, t.reach, t.series, t.candles
         FROM expiry e JOIN expiry_series t ON t.expiry_id = e.id WHERE e.underlying_id = ? AND t.series > 0",
    )?;
    let mut all: HashMap<ExpiryId, Vec<SeriesTotal>> = HashMap::new();
    let mut rows = statement.query([underlying.0])?;
    while let Some(row) = rows.next()? {
        all.entry(ExpiryId(row.get(0)?)).or_default().push(SeriesTotal {
            interval: parse_column(row, 1)?,
            kind: parse_column(row, 2)?,
            reach: reach_of(row.get(3)?)?,
            series: count(row, 4)?,
            candles: count(row, 5)?,
        });
    }
    Ok(all)
}

impl Store {
    /// The expiries of an underlying of which anything is answered for good or stored in an interval, oldest first.
    pub async fn answered_expiries(
        &self,
        underlying: UnderlyingId,
        interval: Interval,
    ) -> Result<Vec<ExpiryId>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT e.id FROM expiry e WHERE e.underlying_id = ?1 AND EXISTS (
                     SELECT 1 FROM expiry_series t WHERE t.expiry_id = e.id AND t.interval = ?2
                     AND (t.candles > 0 OR t.reach >= 0 AND t.series > 0)) ORDER BY e.date",
                params![underlying.0, interval.as_str()],
                |row| Ok(ExpiryId(row.get(0)?)),
            )
        })
        .await
    }

    /// Totals that differ from what their rows add up to: the candles of series, how far back contracts are
    /// answered, the contracts and the series of expiries.
    pub async fn wrong_totals(&self) -> Result<Vec<WrongTotal>> {
        self.read(|connection| {
            let mut wrong = wrong_reaches(connection)?;
            for sql in [CANDLES_DIFFER, CONTRACTS_DIFFER, EXPIRIES_DIFFER] {
                wrong.extend(differences(connection, sql)?);
            }
            Ok(wrong)
        })
        .await
    }
}

/// The column is written by SQL; here the reach is [`Reach`]'s to say.
fn wrong_reaches(connection: &Connection) -> Result<Vec<WrongTotal>> {
    let mut noted = connection.prepare(
        "SELECT s.reach, c.trading_symbol FROM series s JOIN contract c ON c.id = s.contract_id
         WHERE s.contract_id = ? AND s.interval = ?",
    )?;
    let mut wrong = Vec::new();
    for interval in Interval::ALL {
        for contract in all_answered(connection, interval)? {
            let mut rows = noted.query(params![contract.id.0, interval.as_str()])?;
            let Some(row) = rows.next()? else { continue };
            let (noted, counted) = (reach_of(row.get(0)?)?, contract.reach());
            if noted != counted {
                wrong.push(WrongTotal {
                    of: format!("{} at {interval}", row.get::<_, String>(1)?),
                    noted: format!("{noted:?}"),
                    counted: format!("{counted:?}"),
                });
            }
        }
    }
    Ok(wrong)
}

const CANDLES_DIFFER: &str = "SELECT coalesce(c.trading_symbol, u.name) || ' at ' || s.interval,
        s.candles || ' candles',
        coalesce((SELECT sum(d.candles) FROM series_day d WHERE d.series_id = s.id), 0) || ' candles'
    FROM series s LEFT JOIN contract c ON c.id = s.contract_id LEFT JOIN underlying u ON u.id = s.underlying_id
    WHERE s.candles <> coalesce((SELECT sum(d.candles) FROM series_day d WHERE d.series_id = s.id), 0)";

const CONTRACTS_DIFFER: &str = "WITH counted AS (
        SELECT c.expiry_id, c.kind, count(*) AS contracts,
               sum(EXISTS (SELECT 1 FROM series s WHERE s.contract_id = c.id AND s.candles > 0)) AS traded
        FROM contract c GROUP BY c.expiry_id, c.kind),
    noted AS (SELECT * FROM expiry_contracts WHERE contracts <> 0 OR traded <> 0)
    SELECT u.symbol || ' ' || e.date || ' ' || k.kind,
           coalesce(n.contracts, 0) || ' contracts, ' || coalesce(n.traded, 0) || ' traded',
           coalesce(m.contracts, 0) || ' contracts, ' || coalesce(m.traded, 0) || ' traded'
    FROM (SELECT expiry_id, kind FROM counted UNION SELECT expiry_id, kind FROM noted) k
    LEFT JOIN counted m USING (expiry_id, kind) LEFT JOIN noted n USING (expiry_id, kind)
    JOIN expiry e ON e.id = k.expiry_id JOIN underlying u ON u.id = e.underlying_id
    WHERE m.contracts IS NOT n.contracts OR m.traded IS NOT n.traded";

const EXPIRIES_DIFFER: &str = "WITH counted AS (
        SELECT c.expiry_id, s.interval, c.kind, s.reach, count(*) AS series, sum(s.candles) AS candles
        FROM series s JOIN contract c ON c.id = s.contract_id GROUP BY c.expiry_id, s.interval, c.kind, s.reach),
    noted AS (SELECT * FROM expiry_series WHERE series <> 0 OR candles <> 0)
    SELECT u.symbol || ' ' || e.date || ' ' || k.kind || ' at ' || k.interval || ', reach ' || k.reach,
           coalesce(n.series, 0) || ' series, ' || coalesce(n.candles, 0) || ' candles',
           coalesce(m.series, 0) || ' series, ' || coalesce(m.candles, 0) || ' candles'
    FROM (SELECT expiry_id, interval, kind, reach FROM counted
          UNION SELECT expiry_id, interval, kind, reach FROM noted) k
    LEFT JOIN counted m USING (expiry_id, interval, kind, reach)
    LEFT JOIN noted n USING (expiry_id, interval, kind, reach)
    JOIN expiry e ON e.id = k.expiry_id JOIN underlying u ON u.id = e.underlying_id
    WHERE m.series IS NOT n.series OR m.candles IS NOT n.candles";

fn differences(connection: &Connection, sql: &str) -> Result<Vec<WrongTotal>> {
    rows(connection, sql, [], |row| {
        Ok(WrongTotal { of: row.get(0)?, noted: row.get(1)?, counted: row.get(2)? })
    })
}
