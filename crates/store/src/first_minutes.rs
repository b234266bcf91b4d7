//! With which minute the trading of a day began, by what is stored: what anchors the sessions that no circular
//! describes. Days without a candle are left out.

use std::collections::BTreeMap;

use market::{Day, DayRange, EpochSeconds, Interval};
use rusqlite::{Connection, ToSql, params};

use crate::columns::{moment, parse_column};
use crate::error::Result;
use crate::{ExpiryId, Store, UnderlyingId};

impl Store {
    /// The first minute of the underlying itself on each day.
    pub async fn first_minutes_of_underlying(
        &self,
        underlying: UnderlyingId,
        days: DayRange,
    ) -> Result<BTreeMap<Day, EpochSeconds>> {
        self.read(move |connection| {
            first_minutes(
                connection,
                "series s",
                "s.underlying_id = ?1",
                params![underlying.0, days.from().to_string(), days.to().to_string(), Interval::Day.as_str()],
            )
        })
        .await
    }

    /// The first minute of any contract of an expiry on each day.
    pub async fn first_minutes_of_expiry(
        &self,
        expiry: ExpiryId,
        days: DayRange,
    ) -> Result<BTreeMap<Day, EpochSeconds>> {
        self.read(move |connection| {
            first_minutes(
                connection,
                "contract c JOIN series s ON s.contract_id = c.id",
                "c.expiry_id = ?1",
                params![expiry.0, days.from().to_string(), days.to().to_string(), Interval::Day.as_str()],
            )
        })
        .await
    }
}

fn first_minutes(
    connection: &Connection,
    owned: &str,
    whose: &str,
    parameters: &[&dyn ToSql],
) -> Result<BTreeMap<Day, EpochSeconds>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT d.day, min(d.first_ts) FROM {owned} JOIN series_day d ON d.series_id = s.id
         WHERE {whose} AND d.day BETWEEN ?2 AND ?3 AND s.interval <> ?4 GROUP BY d.day"
    ))?;
    let mut rows = statement.query(parameters)?;
    let mut first = BTreeMap::new();
    while let Some(row) = rows.next()? {
        first.insert(parse_column(row, 0)?, moment(row, 1)?);
    }
    Ok(first)
}
