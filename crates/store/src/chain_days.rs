//! On which days an expiry has minutes, which expiries have any, and what was traded on whole days: of the rows of days alone.

use market::{ContractKind, Day, EpochSeconds, Interval, Paise, Strike};
use rusqlite::params;

use crate::columns::parse_column;
use crate::error::Result;
use crate::queries::rows;
use crate::{ExpiryId, Store, UnderlyingId};

/// A day of an expiry on which a contract has minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayWithMinutes {
    pub day: Day,
    pub first: EpochSeconds,
    pub last: EpochSeconds,
    pub contracts: u32,
}

impl Store {
    /// The days of an expiry with minutes, oldest first.
    pub async fn days_with_minutes(&self, expiry: ExpiryId) -> Result<Vec<DayWithMinutes>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT d.day, min(d.first_ts), max(d.last_ts), count(*) FROM contract c
                 JOIN series s ON s.contract_id = c.id AND s.interval = ?1
                 JOIN series_day d ON d.series_id = s.id
                 WHERE c.expiry_id = ?2 GROUP BY d.day ORDER BY d.day",
                params![Interval::Minute1.as_str(), expiry.0],
                |row| {
                    Ok(DayWithMinutes {
                        day: parse_column(row, 0)?,
                        first: EpochSeconds(row.get(1)?),
                        last: EpochSeconds(row.get(2)?),
                        contracts: row.get(3)?,
                    })
                },
            )
        })
        .await
    }

    /// Expiries of an underlying with minutes of contracts, the newest first.
    pub async fn expiries_with_minutes(&self, underlying: UnderlyingId) -> Result<Vec<Day>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT e.date FROM expiry e WHERE e.underlying_id = ?1 AND EXISTS (
                     SELECT 1 FROM expiry_series t WHERE t.expiry_id = e.id AND t.interval = ?2 AND t.candles > 0)
                 ORDER BY e.date DESC",
                params![underlying.0, Interval::Minute1.as_str()],
                |row| parse_column(row, 0),
            )
        })
        .await
    }

    /// What was traded of the options of an expiry on whole days, from one day to another, by strike and kind.
    pub async fn volumes_of_days(
        &self,
        expiry: ExpiryId,
        (from, to): (Day, Day),
    ) -> Result<Vec<(Strike, ContractKind, i64)>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT c.strike, c.kind, sum(d.volume) FROM contract c
                 JOIN series s ON s.contract_id = c.id AND s.interval = ?1
                 JOIN series_day d ON d.series_id = s.id AND d.day BETWEEN ?3 AND ?4
                 WHERE c.expiry_id = ?2 AND c.strike IS NOT NULL GROUP BY c.strike, c.kind ORDER BY c.strike, c.kind",
                params![Interval::Minute1.as_str(), expiry.0, from.to_string(), to.to_string()],
                |row| Ok((Strike(Paise(row.get(0)?)), parse_column(row, 1)?, row.get(2)?)),
            )
        })
        .await
    }
}
