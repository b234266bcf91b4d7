//! What the exchange's daily files prove of contracts. It judges nothing: which row is whose, and which days are holes, the
//! engine says.

use std::collections::BTreeMap;

use market::{ContractKind, Day, DayRange, ExpiredKey, InstrumentKey, Interval, Paise, Strike};
use rusqlite::{Connection, Row, params};

use crate::answered::IS_FOR_GOOD;
use crate::columns::{count, expired_key, parse_column, range_of_columns, strike};
use crate::error::Result;
use crate::queries::{change, one_row, rows};
use crate::{ContractId, ExpiryId, SeriesOwner, Store, UnderlyingId};

/// What the exchange says of a contract's day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExchangeDay {
    /// Units; 0: nothing was traded.
    pub volume: i64,
    /// At the close, units.
    pub open_interest: i64,
    pub settlement: Paise,
    /// The first of the closed days before it, for which the file speaks too; else the day itself.
    pub quiet_from: Day,
}

impl ExchangeDay {
    pub fn is_traded(&self) -> bool {
        self.volume > 0
    }
}

/// What the minutes here say of whether the market was open on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MinutesOnDay {
    /// An underlying of the exchange has minutes of the day.
    pub are_there: bool,
    /// One was asked for its minutes of the day, and that is answered for good.
    pub are_answered: bool,
}

/// What is known here of a contract on a day, for holding the exchange's row against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractOnDay {
    pub id: ContractId,
    pub underlying: UnderlyingId,
    pub key: ExpiredKey,
    pub expiry: Day,
    pub kind: ContractKind,
    pub strike: Option<Strike>,
    pub symbol: String,
    /// Its 1-minute series was ever answered, and is not pruned.
    pub is_asked: bool,
    /// The day is answered for good.
    pub is_answered: bool,
    /// Candles, volume and the last open interest of the day's minutes; `None`: there are none.
    pub stored: Option<(u64, i64, i64)>,
}

impl Store {
    /// Every contract of a segment that had not expired before a day.
    pub async fn contracts_on_day(&self, segment: &'static str, day: Day) -> Result<Vec<ContractOnDay>> {
        self.read(move |connection| {
            let sql = format!(
                "SELECT c.id, e.underlying_id, c.segment, c.exchange_token, c.key_date, e.date, c.kind, c.strike,
                        c.trading_symbol,
                        s.pruned_at IS NULL
                          AND EXISTS (SELECT 1 FROM fetched_range f WHERE f.series_id = s.id) AS is_asked,
                        EXISTS (SELECT 1 FROM fetched_range f WHERE f.series_id = s.id AND {IS_FOR_GOOD}
                                AND f.from_day <= ?2 AND f.to_day >= ?2) AS is_answered,
                        d.candles, d.volume, d.open_interest
                 FROM expiry e JOIN contract c ON c.expiry_id = e.id AND c.segment = ?1
                 LEFT JOIN series s ON s.contract_id = c.id AND s.interval = '1minute'
                 LEFT JOIN series_day d ON d.series_id = s.id AND d.day = ?2
                 WHERE e.date >= ?2"
            );
            rows(connection, &sql, params![segment, day.to_string()], on_day_of_row)
        })
        .await
    }

    /// What the own minutes of an exchange's underlyings say of a day.
    pub async fn own_minutes_on(&self, exchange: &'static str, day: Day) -> Result<MinutesOnDay> {
        self.read(move |connection| {
            let sql = format!(
                "SELECT EXISTS (SELECT 1 FROM series_day d WHERE d.series_id IN (
                            SELECT s.id FROM underlying u JOIN series s ON s.underlying_id = u.id
                            WHERE s.interval = '1minute' AND u.key LIKE ?1 || '%') AND d.day = ?2),
                        EXISTS (SELECT 1 FROM underlying u JOIN series s ON s.underlying_id = u.id
                            JOIN fetched_range f ON f.series_id = s.id
                            WHERE s.interval = '1minute' AND u.key LIKE ?1 || '%' AND {IS_FOR_GOOD}
                              AND f.from_day <= ?2 AND f.to_day >= ?2)"
            );
            one_row(connection, &sql, params![exchange, day.to_string()], |row| {
                Ok(MinutesOnDay { are_there: row.get(0)?, are_answered: row.get(1)? })
            })
        })
        .await
    }

    /// Days that a job was answered without a row, and on which the exchange proves a trade: how many there are still.
    pub async fn holes_left(&self, job: i64, interval: Interval) -> Result<u64> {
        self.read(move |connection| {
            one_row(
                connection,
                "SELECT count(*) FROM job_unit u
                 JOIN proved_day p ON p.contract_id = u.contract_id AND p.volume > 0
                 JOIN series s ON s.contract_id = u.contract_id AND s.interval = ?2
                 WHERE u.job_id = ?1
                   AND NOT EXISTS (SELECT 1 FROM series_day d WHERE d.series_id = s.id AND d.day = p.day)
                   AND EXISTS (SELECT 1 FROM fetched_range f JOIN fetch_audit a ON a.id = f.request_id
                               WHERE f.series_id = s.id AND f.from_day <= p.day AND f.to_day >= p.day
                                 AND a.job_id = ?1)",
                params![job, interval.as_str()],
                |row| Ok(count(row, 0)?),
            )
        })
        .await
    }

    /// Days of a contract on which the exchange proves that nothing was traded.
    pub async fn proved_ranges(&self, owner: SeriesOwner) -> Result<Vec<DayRange>> {
        let Some(contract) = owner.contract() else { return Ok(Vec::new()) };
        self.read(move |connection| {
            let proved = read_proved(connection, "p.contract_id = ?", contract)?;
            Ok(proved.into_values().next().unwrap_or_default())
        })
        .await
    }

    /// The same of every contract of an expiry that has such days.
    pub async fn proved_ranges_of_expiry(
        &self,
        expiry: ExpiryId,
    ) -> Result<BTreeMap<ContractId, Vec<DayRange>>> {
        self.read(move |connection| proved_of_expiry(connection, expiry)).await
    }

    /// Proofs that rest on nothing: of another exchange or after their contract's expiry, and files with a hash that is
    /// none. A sentence each.
    pub async fn unfounded_proofs(&self, underlying: Option<&InstrumentKey>) -> Result<(u64, Vec<String>)> {
        let key = underlying.map(|key| key.as_str().to_owned());
        self.read(move |connection| {
            const OF: &str = "FROM underlying u JOIN expiry e ON e.underlying_id = u.id
                 JOIN contract c ON c.expiry_id = e.id JOIN proved_day p ON p.contract_id = c.id
                 JOIN bhavcopy b ON b.id = p.bhavcopy_id WHERE (?1 IS NULL OR u.key = ?1)";
            let examined =
                one_row(connection, &format!("SELECT count(*) {OF}"), [&key], |row| Ok(count(row, 0)?))?;
            let wrong = format!(
                "SELECT c.trading_symbol || ' on ' || p.day || ' rests on ' || b.name || ' of ' || b.exchange || ', ' || b.day
                 {OF} AND (p.day <> b.day OR p.day > e.date OR c.segment <> b.exchange || '_FO'
                           OR length(b.sha256) <> 32 OR b.quiet_from > b.day
                           OR p.volume < 0 OR p.open_interest < 0)"
            );
            Ok((examined, rows(connection, &wrong, [&key], |row| Ok(row.get(0)?))?))
        })
        .await
    }
}

fn on_day_of_row(row: &Row<'_>) -> Result<ContractOnDay> {
    let stored = match row.get::<_, Option<i64>>("candles")? {
        Some(candles) => Some((candles.unsigned_abs(), row.get("volume")?, row.get("open_interest")?)),
        None => None,
    };
    Ok(ContractOnDay {
        id: ContractId(row.get("id")?),
        underlying: UnderlyingId(row.get("underlying_id")?),
        key: expired_key(row)?,
        expiry: parse_column(row, "date")?,
        kind: parse_column(row, "kind")?,
        strike: strike(row, "strike")?,
        symbol: row.get("trading_symbol")?,
        is_asked: row.get("is_asked")?,
        is_answered: row.get("is_answered")?,
        stored,
    })
}

/// Ranges of days without a trade, by contract; `condition` has one parameter.
fn read_proved(
    connection: &Connection,
    condition: &str,
    parameter: i64,
) -> Result<BTreeMap<ContractId, Vec<DayRange>>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT p.contract_id, b.quiet_from, iif(p.volume = 0, p.day, date(p.day, '-1 day'))
         FROM proved_day p JOIN bhavcopy b ON b.id = p.bhavcopy_id
         WHERE {condition} AND (p.volume = 0 OR b.quiet_from < p.day) ORDER BY p.contract_id, p.day"
    ))?;
    let mut all: BTreeMap<ContractId, Vec<DayRange>> = BTreeMap::new();
    let mut rows = statement.query([parameter])?;
    while let Some(row) = rows.next()? {
        all.entry(ContractId(row.get(0)?)).or_default().push(range_of_columns(row, 1)?);
    }
    Ok(all)
}

pub(crate) fn proved_of_expiry(
    connection: &Connection,
    expiry: ExpiryId,
) -> Result<BTreeMap<ContractId, Vec<DayRange>>> {
    let condition = "p.contract_id IN (SELECT c.id FROM contract c WHERE c.expiry_id = ?)";
    read_proved(connection, condition, expiry.0)
}

/// What the exchange says of days, by contract; `condition` has one parameter.
pub(crate) fn read_exchange_days(
    connection: &Connection,
    condition: &str,
    parameter: i64,
) -> Result<BTreeMap<i64, BTreeMap<Day, ExchangeDay>>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT p.contract_id, p.day, p.volume, p.open_interest, p.settlement, b.quiet_from
         FROM proved_day p JOIN bhavcopy b ON b.id = p.bhavcopy_id WHERE {condition}"
    ))?;
    let mut all: BTreeMap<i64, BTreeMap<Day, ExchangeDay>> = BTreeMap::new();
    let mut rows = statement.query([parameter])?;
    while let Some(row) = rows.next()? {
        let day = ExchangeDay {
            volume: row.get(2)?,
            open_interest: row.get(3)?,
            settlement: Paise(row.get(4)?),
            quiet_from: parse_column(row, 5)?,
        };
        all.entry(row.get(0)?).or_default().insert(parse_column(row, 1)?, day);
    }
    Ok(all)
}

/// Removes what files say of an expiry's contracts. With the candles goes all that accounts for them.
pub(crate) fn remove_proofs(connection: &Connection, expiry: ExpiryId) -> Result<()> {
    change(
        connection,
        "DELETE FROM proved_day WHERE contract_id IN (SELECT id FROM contract WHERE expiry_id = ?)",
        [expiry.0],
    )?;
    change(
        connection,
        "UPDATE series SET reach = (SELECT r.reach FROM series_reach r WHERE r.series_id = series.id)
         WHERE contract_id IN (SELECT id FROM contract WHERE expiry_id = ?) AND reach >= -1
           AND NOT EXISTS (SELECT 1 FROM fetched_range f WHERE f.series_id = series.id)",
        [expiry.0],
    )?;
    Ok(())
}
