//! Sessions on which the options of an expiry at the money had no row although the market was open: how often that was
//! answered, and the opening of days that nobody should believe yet. Which sessions these are the engine says.

use std::collections::{BTreeMap, BTreeSet};

use market::{ContractKind, Day, DayRange, Interval, Strike};
use rusqlite::{Connection, params};

use crate::columns::{parse_column, parse_if_any, range_of_columns};
use crate::error::Result;
use crate::listings::WITNESS_SPACING_SECONDS;
use crate::queries::{change, one_row, rows};
use crate::reopened::reopen_day;
use crate::units::fail_ended_unit;
use crate::{ContractId, ExpiryId, Store};

/// An option that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedOption {
    pub id: ContractId,
    pub kind: ContractKind,
    pub strike: Strike,
    /// On any day.
    pub has_rows: bool,
    /// Days with a row, of those that were looked at.
    pub traded: BTreeSet<Day>,
    /// What final answers account for, where it meets those days.
    pub answered: Vec<DayRange>,
}

/// A session that is doubted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilentSession {
    pub day: Day,
    /// At the money, and without a row on that day.
    pub contracts: Vec<ContractId>,
}

/// What a job saw of one expiry.
#[derive(Clone, Debug)]
pub struct NewSilence {
    pub job: i64,
    pub expiry: ExpiryId,
    pub interval: Interval,
    pub sessions: Vec<SilentSession>,
    /// A session is believed to be silent after so many answers.
    pub believed_after: u32,
    /// Why the units of its contracts fail.
    pub error: String,
}

/// A session and how often it was answered without a row.
pub type Witnessed = (Day, u32);

impl Store {
    /// The expiries of which a job has options.
    pub async fn expiries_with_options(&self, job: i64) -> Result<Vec<ExpiryId>> {
        self.read(move |connection| {
            let sql = "SELECT DISTINCT u.expiry_id FROM job_unit u JOIN contract c ON c.id = u.contract_id
                       WHERE u.job_id = ? AND c.kind <> 'FUT' ORDER BY 1";
            rows(connection, sql, [job], |row| Ok(ExpiryId(row.get(0)?)))
        })
        .await
    }

    /// The options of an expiry that were ever asked for, with those of these days on which they traded, and those that are
    /// answered. Those that were pruned since, or failed in the job, say nothing.
    pub async fn asked_options(
        &self,
        job: i64,
        expiry: ExpiryId,
        interval: Interval,
        days: DayRange,
    ) -> Result<Vec<AskedOption>> {
        self.read(move |connection| {
            let (from, to) = (days.from().to_string(), days.to().to_string());
            let found = rows(
                connection,
                "SELECT c.id, c.kind, c.strike, d.day, s.candles > 0 FROM contract c
                 JOIN series s ON s.contract_id = c.id AND s.interval = ?1 AND s.pruned_at IS NULL
                 LEFT JOIN series_day d ON d.series_id = s.id AND d.day BETWEEN ?2 AND ?3
                 WHERE c.expiry_id = ?4 AND c.kind <> 'FUT' AND c.strike IS NOT NULL AND NOT EXISTS (
                     SELECT 1 FROM job_unit u WHERE u.job_id = ?5 AND u.contract_id = c.id AND u.state = 'failed')
                 ORDER BY c.id",
                params![interval.as_str(), from, to, expiry.0, job],
                |row| {
                    let strike = Strike(market::Paise(row.get(2)?));
                    let id = ContractId(row.get(0)?);
                    let (kind, has_rows) = (parse_column(row, 1)?, row.get(4)?);
                    let (traded, answered) = (BTreeSet::new(), Vec::new());
                    let option = AskedOption { id, kind, strike, has_rows, traded, answered };
                    Ok((option, parse_if_any::<Day>(row, 3)?))
                },
            )?;
            let answered = rows(
                connection,
                "SELECT c.id, f.from_day, f.to_day FROM contract c
                 JOIN series s ON s.contract_id = c.id AND s.interval = ?1
                 JOIN fetched_range f ON f.series_id = s.id AND f.provisional = 0
                 WHERE c.expiry_id = ?4 AND c.kind <> 'FUT' AND f.from_day <= ?3 AND f.to_day >= ?2",
                params![interval.as_str(), from, to, expiry.0],
                |row| Ok((ContractId(row.get(0)?), range_of_columns(row, 1)?)),
            )?;
            let mut options: BTreeMap<ContractId, AskedOption> = BTreeMap::new();
            for (option, day) in found {
                options.entry(option.id).or_insert(option).traded.extend(day);
            }
            for (contract, range) in answered {
                if let Some(option) = options.get_mut(&contract) {
                    option.answered.push(range);
                }
            }
            Ok(options.into_values().collect())
        })
        .await
    }

    /// The sessions of an expiry that were doubted, believed since or not.
    pub async fn silent_sessions(&self, expiry: ExpiryId, interval: Interval) -> Result<Vec<Witnessed>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT day, witnesses FROM silent_session WHERE expiry_id = ? AND interval = ? ORDER BY day",
                params![expiry.0, interval.as_str()],
                |row| Ok((parse_column(row, 0)?, row.get(1)?)),
            )
        })
        .await
    }

    /// Counts the answers that came since the last look; the days that are not believed yet are open again in that interval,
    /// and their units failed.
    pub async fn doubt_silence(&self, silence: NewSilence) -> Result<Vec<Witnessed>> {
        self.write(move |transaction| {
            let mut witnessed = Vec::new();
            for session in &silence.sessions {
                let witnesses = witness(transaction, &silence, session)?;
                witnessed.push((session.day, witnesses));
                if witnesses >= silence.believed_after {
                    continue;
                }
                for contract in &session.contracts {
                    reopen_day(transaction, *contract, Some(silence.interval), session.day)?;
                    fail_ended_unit(transaction, silence.job, *contract, &silence.error)?;
                }
            }
            Ok(witnessed)
        })
        .await
    }

    /// Rows of these sessions came after all.
    pub async fn end_silence(&self, expiry: ExpiryId, interval: Interval, days: Vec<Day>) -> Result<()> {
        self.write(move |transaction| {
            for day in days {
                change(
                    transaction,
                    "DELETE FROM silent_session WHERE expiry_id = ? AND interval = ? AND day = ?",
                    params![expiry.0, interval.as_str(), day.to_string()],
                )?;
            }
            Ok(())
        })
        .await
    }
}

/// An answer is a witness of its own only so long after the last one. What counts is when the broker answered, not when
/// somebody looked: a job that asked for none of these options leaves the count as it is.
fn witness(connection: &Connection, silence: &NewSilence, session: &SilentSession) -> Result<u32> {
    let Some(answered_at) = last_answered(connection, silence.interval, session)? else { return Ok(0) };
    one_row(
        connection,
        "INSERT INTO silent_session VALUES (?1, ?2, ?3, 1, ?4) ON CONFLICT DO UPDATE SET
             witnesses = witnesses + (?4 - witnessed_at >= ?5),
             witnessed_at = iif(?4 - witnessed_at >= ?5, ?4, witnessed_at)
         RETURNING witnesses",
        params![
            silence.expiry.0,
            silence.interval.as_str(),
            session.day.to_string(),
            answered_at,
            WITNESS_SPACING_SECONDS
        ],
        |row| Ok(row.get(0)?),
    )
}

/// When the broker answered last for the day of one of a session's options. A day that was opened again keeps the request
/// that it was answered by.
fn last_answered(
    connection: &Connection,
    interval: Interval,
    session: &SilentSession,
) -> Result<Option<i64>> {
    let day = session.day.to_string();
    let mut last: Option<i64> = None;
    for contract in &session.contracts {
        let answered: Option<i64> = one_row(
            connection,
            "SELECT max(a.at) FROM series s JOIN fetched_range f ON f.series_id = s.id
             JOIN fetch_audit a ON a.id = f.request_id
             WHERE s.contract_id = ?1 AND s.interval = ?2 AND f.provisional = 0
               AND f.from_day <= ?3 AND f.to_day >= ?3",
            params![contract.0, interval.as_str(), day],
            |row| Ok(row.get(0)?),
        )?;
        last = last.max(answered);
    }
    Ok(last)
}
