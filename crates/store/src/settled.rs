//! What versions before lists and answers were weighed have settled wrongly: ranges called empty although their
//! answers had rows that were refused, contracts under another date than their key names, expiries of days to come.

use market::{Day, DayRange, InstrumentKey};
use rusqlite::Connection;

use crate::Store;
use crate::columns::{count, parse_column, range_of_columns};
use crate::error::Result;
use crate::queries::{change, one_row, rows};

/// Of `fetched_range f`: it says that nothing was traded, no row of its answer was taken, and a row of the series stands
/// refused that came in an answer before or with it and in one after or with it. Whether it came in this very one is not kept:
/// of a refused row only the first and the last meeting are known. An answer between them that was rightly empty is asked for
/// again, which costs a request; were only those two doubted, one that was wrongly called empty would be believed for good
/// as soon as its rows come, and are refused, once more.
///
/// Who asks goes by it (`covered_ranges`), and so does the check of what is stored. The reach of a series, and what is counted
/// by it, goes by what the range says until it is opened again.
pub(crate) const SETTLED_BY_REFUSED_ROWS: &str = "(f.outcome = 'empty' AND EXISTS (
    SELECT 1 FROM quarantine q WHERE q.series_id = f.series_id AND q.settled_at IS NULL
    AND f.request_id BETWEEN q.request_id AND q.last_request_id)
    AND NOT EXISTS (SELECT 1 FROM fetched_range o
                    WHERE o.series_id = f.series_id AND o.request_id = f.request_id AND o.outcome = 'rows'))";

/// Of `contract c` under `expiry e`: its underlying has an expiry on the date that its key names.
const UNDER_ANOTHER_DATE: &str = "(c.key_date <> e.date AND EXISTS (
    SELECT 1 FROM expiry o WHERE o.underlying_id = e.underlying_id AND o.date = c.key_date))";

/// A range that is called empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongEmpty {
    /// A trading symbol, or the name of an underlying.
    pub name: String,
    pub interval: String,
    pub range: DayRange,
}

/// A contract that stands under another date than its key names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misplaced {
    pub symbol: String,
    pub under: Day,
    pub belongs_to: Day,
}

/// How much was put right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reopened {
    pub ranges: u64,
    pub contracts: u64,
}

impl Store {
    /// How many answered ranges and contracts there are to be looked at.
    pub async fn settled_counts(&self, underlying: Option<&InstrumentKey>) -> Result<(u64, u64)> {
        let key = underlying.map(|key| key.as_str().to_owned());
        self.read(move |connection| {
            let count_of = |sql: &str| one_row(connection, sql, [&key], |row| Ok(count(row, 0)?));
            let ranges = count_of(
                "SELECT count(*) FROM fetched_range f JOIN series s ON s.id = f.series_id
                 LEFT JOIN contract c ON c.id = s.contract_id LEFT JOIN expiry e ON e.id = c.expiry_id
                 JOIN underlying u ON u.id = coalesce(s.underlying_id, e.underlying_id)
                 WHERE ?1 IS NULL OR u.key = ?1",
            )?;
            let contracts = count_of(
                "SELECT count(*) FROM contract c JOIN expiry e ON e.id = c.expiry_id
                 JOIN underlying u ON u.id = e.underlying_id WHERE ?1 IS NULL OR u.key = ?1",
            )?;
            Ok((ranges, contracts))
        })
        .await
    }

    pub async fn wrong_empties(&self, underlying: Option<&InstrumentKey>) -> Result<Vec<WrongEmpty>> {
        let key = underlying.map(|key| key.as_str().to_owned());
        self.read(move |connection| {
            let sql = format!(
                "SELECT f.from_day, f.to_day, s.interval, coalesce(c.trading_symbol, u.name)
                 FROM fetched_range f JOIN series s ON s.id = f.series_id
                 LEFT JOIN contract c ON c.id = s.contract_id LEFT JOIN expiry e ON e.id = c.expiry_id
                 JOIN underlying u ON u.id = coalesce(s.underlying_id, e.underlying_id)
                 WHERE {SETTLED_BY_REFUSED_ROWS} AND (?1 IS NULL OR u.key = ?1) ORDER BY f.id"
            );
            rows(connection, &sql, [key], |row| {
                Ok(WrongEmpty { range: range_of_columns(row, 0)?, interval: row.get(2)?, name: row.get(3)? })
            })
        })
        .await
    }

    pub async fn misplaced_contracts(&self, underlying: Option<&InstrumentKey>) -> Result<Vec<Misplaced>> {
        let key = underlying.map(|key| key.as_str().to_owned());
        self.read(move |connection| {
            let sql = format!(
                "SELECT c.trading_symbol, e.date, c.key_date FROM contract c JOIN expiry e ON e.id = c.expiry_id
                 JOIN underlying u ON u.id = e.underlying_id
                 WHERE {UNDER_ANOTHER_DATE} AND (?1 IS NULL OR u.key = ?1) ORDER BY c.id"
            );
            rows(connection, &sql, [key], |row| {
                let (under, belongs_to) = (parse_column(row, 1)?, parse_column(row, 2)?);
                Ok(Misplaced { symbol: row.get(0)?, under, belongs_to })
            })
        })
        .await
    }

    /// Expiries that were still to come when they were listed, as `name: date`.
    pub async fn expiries_before_their_day(&self, underlying: Option<&InstrumentKey>) -> Result<Vec<String>> {
        let key = underlying.map(|key| key.as_str().to_owned());
        self.read(move |connection| {
            rows(
                connection,
                "SELECT u.name || ': ' || e.date FROM expiry e JOIN underlying u ON u.id = e.underlying_id
                 WHERE e.date > date(e.first_seen + 19800, 'unixepoch') AND (?1 IS NULL OR u.key = ?1)
                 ORDER BY e.id",
                [key],
                |row| Ok(row.get(0)?),
            )
        })
        .await
    }

    /// Opens again what was settled wrongly, and puts contracts under the date that their key names.
    pub async fn reopen_wrongly_settled(&self, underlying: Option<&InstrumentKey>) -> Result<Reopened> {
        let key = underlying.map(|key| key.as_str().to_owned());
        self.write(move |transaction| {
            let contracts = move_contracts(transaction, key.as_deref())?;
            let ranges = change(
                transaction,
                &format!(
                    "DELETE FROM fetched_range WHERE id IN (
                        SELECT f.id FROM fetched_range f JOIN series s ON s.id = f.series_id
                        LEFT JOIN contract c ON c.id = s.contract_id LEFT JOIN expiry e ON e.id = c.expiry_id
                        JOIN underlying u ON u.id = coalesce(s.underlying_id, e.underlying_id)
                        WHERE {SETTLED_BY_REFUSED_ROWS} AND (?1 IS NULL OR u.key = ?1))"
                ),
                [key],
            )?;
            Ok(Reopened { ranges: ranges as u64, contracts: contracts as u64 })
        })
        .await
    }
}

fn move_contracts(connection: &Connection, key: Option<&str>) -> Result<usize> {
    change(
        connection,
        &format!(
            "UPDATE contract SET expiry_id = (
                SELECT o.id FROM expiry e JOIN expiry o ON o.underlying_id = e.underlying_id AND o.date = contract.key_date
                WHERE e.id = contract.expiry_id)
             WHERE id IN (SELECT c.id FROM contract c JOIN expiry e ON e.id = c.expiry_id
                          JOIN underlying u ON u.id = e.underlying_id
                          WHERE {UNDER_ANOTHER_DATE} AND (?1 IS NULL OR u.key = ?1))"
        ),
        [key],
    )
}
