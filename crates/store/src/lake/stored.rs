//! What is stored here of a partition, and what is to be known of its rows.

use market::{Day, Interval};
use rusqlite::params;

use super::LakePartitionOf;
use crate::columns::{count, parse_column};
use crate::error::Result;
use crate::queries::{one_row, rows};
use crate::{ContractId, SeriesId, Store, UnderlyingId};

/// A series of a partition that has candles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LakeSeries {
    /// `None`: the underlying's own.
    pub contract: Option<ContractId>,
    pub interval: Interval,
    pub series: SeriesId,
    pub candles: u64,
}

/// What a person who uses a partition should know of its rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LakeRemarks {
    /// Rows that cannot be true.
    pub quarantined: u64,
    /// Rows that a later answer changed.
    pub revised: u64,
}

impl Store {
    /// The series of a partition with candles. Of a month those of the underlying in 1 minute, whatever the month holds.
    pub async fn lake_series(&self, of: LakePartitionOf) -> Result<Vec<LakeSeries>> {
        let (condition, id) = series_of(of);
        self.read(move |connection| {
            let sql = format!(
                "SELECT s.contract_id, s.interval, s.id, s.candles FROM {condition} AND s.candles > 0 ORDER BY s.id"
            );
            rows(connection, &sql, [id], |row| {
                Ok(LakeSeries {
                    contract: row.get::<_, Option<i64>>(0)?.map(ContractId),
                    interval: parse_column(row, 1)?,
                    series: SeriesId(row.get(2)?),
                    candles: count(row, 3)?,
                })
            })
        })
        .await
    }

    pub async fn lake_remarks(&self, of: LakePartitionOf) -> Result<LakeRemarks> {
        let (series, id) = series_of(of);
        let (from, to) = match of {
            LakePartitionOf::Expiry(_) => (i64::MIN, i64::MAX),
            LakePartitionOf::Month(_, month) => (month.start().0, month.last_of_month().next().start().0),
        };
        self.read(move |connection| {
            let counted =
                |sql: String| one_row(connection, &sql, params![id, from, to], |row| Ok(count(row, 0)?));
            Ok(LakeRemarks {
                quarantined: counted(format!(
                    "SELECT count(*) FROM quarantine q WHERE q.kind = 'candle' AND q.settled_at IS NULL
                     AND coalesce(q.ts, ?2) >= ?2 AND coalesce(q.ts, ?2) < ?3
                     AND coalesce(q.series_id, 0) IN (SELECT s.id FROM {series})"
                ))?,
                revised: counted(format!(
                    "SELECT count(*) FROM revision r WHERE r.ts >= ?2 AND r.ts < ?3
                     AND r.series_id IN (SELECT s.id FROM {series})"
                ))?,
            })
        })
        .await
    }

    /// Months of which an underlying has candles of its own in 1 minute, each by its first day.
    pub async fn months_with_candles(&self, underlying: UnderlyingId) -> Result<Vec<Day>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT DISTINCT substr(d.day, 1, 7) || '-01' FROM series s JOIN series_day d ON d.series_id = s.id
                 WHERE s.underlying_id = ? AND s.interval = '1minute' ORDER BY 1",
                [underlying.0],
                |row| parse_column(row, 0),
            )
        })
        .await
    }
}

/// The series of a partition, as a part of a query whose first parameter is the number.
fn series_of(of: LakePartitionOf) -> (&'static str, i64) {
    match of {
        LakePartitionOf::Expiry(id) => {
            ("contract c JOIN series s ON s.contract_id = c.id WHERE c.expiry_id = ?1", id.0)
        }
        LakePartitionOf::Month(id, _) => {
            ("series s WHERE s.underlying_id = ?1 AND s.interval = '1minute'", id.0)
        }
    }
}
