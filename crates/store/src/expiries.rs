//! Underlyings and their expiries.

use market::{ContractKind, Day, EpochSeconds, InstrumentKey, Interval, Reach, Underlying, UnderlyingKind};
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection as _, Row};

use crate::columns::parse;
use crate::error::{Result, StoreError};
use crate::names::keep_former_names;
use crate::totals::{Listed, SeriesTotal, listed_by_kind, series_totals};
use crate::{ExpiryId, Store, UnderlyingId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredExpiry {
    pub id: ExpiryId,
    pub underlying: UnderlyingId,
    pub date: Day,
    pub weekly: Option<bool>,
    pub options_listed: Option<EpochSeconds>,
    pub futures_listed: Option<EpochSeconds>,
}

/// An expiry with what is stored of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpiryStats {
    pub expiry: StoredExpiry,
    /// How many of the listed contracts are answered so far back in the interval that was asked for.
    pub reaches: Vec<(ContractKind, Reach, u64)>,
    /// Of all intervals together.
    pub candles: u64,
    /// Those with candles.
    pub intervals: Vec<Interval>,
}

impl Store {
    /// Adds underlyings, or brings their names up to date.
    pub async fn put_underlyings(&self, underlyings: &[Underlying], now: EpochSeconds) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
        for underlying in underlyings {
            keep_former_names(&mut transaction, underlying).await?;
            sqlx::query(
                "INSERT INTO underlying (key, symbol, name, exchange, segment, kind, created_at)
                 VALUES (?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT (key) DO UPDATE SET symbol = excluded.symbol, name = excluded.name",
            )
            .bind(underlying.key.as_str())
            .bind(&underlying.symbol)
            .bind(&underlying.name)
            .bind(underlying.key.segment().exchange())
            .bind(underlying.key.segment().as_str())
            .bind(underlying.kind.as_str())
            .bind(now.0)
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    pub async fn underlyings(&self) -> Result<Vec<(UnderlyingId, Underlying)>> {
        let rows = sqlx::query("SELECT id, key, symbol, name, kind FROM underlying ORDER BY id")
            .fetch_all(self.readers())
            .await?;
        rows.iter().map(underlying_of_row).collect()
    }

    pub async fn underlying(&self, key: &InstrumentKey) -> Result<Option<(UnderlyingId, Underlying)>> {
        let row = sqlx::query("SELECT id, key, symbol, name, kind FROM underlying WHERE key = ?")
            .bind(key.as_str())
            .fetch_optional(self.readers())
            .await?;
        row.as_ref().map(underlying_of_row).transpose()
    }

    pub async fn underlying_by_id(&self, id: UnderlyingId) -> Result<(UnderlyingId, Underlying)> {
        let row = sqlx::query("SELECT id, key, symbol, name, kind FROM underlying WHERE id = ?")
            .bind(id.0)
            .fetch_one(self.readers())
            .await?;
        underlying_of_row(&row)
    }

    /// All known expiries of an underlying, newest first.
    pub async fn expiries(&self, underlying: UnderlyingId) -> Result<Vec<StoredExpiry>> {
        let rows = sqlx::query(
            "SELECT id, underlying_id, date, weekly, options_listed, futures_listed
             FROM expiry WHERE underlying_id = ? ORDER BY date DESC",
        )
        .bind(underlying.0)
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(expiry_of_row).collect()
    }

    pub async fn expiry(&self, underlying: UnderlyingId, date: Day) -> Result<Option<StoredExpiry>> {
        let row = sqlx::query(
            "SELECT id, underlying_id, date, weekly, options_listed, futures_listed
             FROM expiry WHERE underlying_id = ? AND date = ?",
        )
        .bind(underlying.0)
        .bind(date.to_string())
        .fetch_optional(self.readers())
        .await?;
        row.as_ref().map(expiry_of_row).transpose()
    }

    pub async fn expiry_by_id(&self, id: ExpiryId) -> Result<(InstrumentKey, StoredExpiry)> {
        let row = sqlx::query(
            "SELECT e.id, e.underlying_id, e.date, e.weekly, e.options_listed, e.futures_listed, u.key
             FROM expiry e JOIN underlying u ON u.id = e.underlying_id WHERE e.id = ?",
        )
        .bind(id.0)
        .fetch_one(self.readers())
        .await?;
        Ok((parse(row.try_get(6)?)?, expiry_of_row(&row)?))
    }

    /// The expiries of an underlying with what is stored of each, newest first.
    pub async fn expiry_stats(
        &self,
        underlying: UnderlyingId,
        interval: Interval,
    ) -> Result<Vec<ExpiryStats>> {
        let expiries = self.expiries(underlying).await?;
        let read = self.read(move |connection| {
            Ok((listed_by_kind(connection, underlying)?, series_totals(connection, underlying)?))
        });
        let (mut listed, mut totals) = read.await?;
        let stats = |expiry: StoredExpiry| {
            let listed = listed.remove(&expiry.id).unwrap_or_default();
            let totals = totals.remove(&expiry.id).unwrap_or_default();
            let mut intervals: Vec<Interval> =
                totals.iter().filter(|total| total.candles > 0).map(|total| total.interval).collect();
            // They come interval by interval.
            intervals.dedup();
            ExpiryStats {
                candles: totals.iter().map(|total| total.candles).sum(),
                reaches: reaches(&listed, &totals, interval),
                intervals,
                expiry,
            }
        };
        Ok(expiries.into_iter().map(stats).collect())
    }
}

/// A contract without a series in the interval is not asked in it.
fn reaches(
    listed: &[(ContractKind, Listed)],
    totals: &[SeriesTotal],
    interval: Interval,
) -> Vec<(ContractKind, Reach, u64)> {
    let of_interval = || totals.iter().filter(|total| total.interval == interval);
    let asked = of_interval().map(|total| (total.kind, total.reach, total.series));
    let unasked = listed.iter().map(|(kind, listed)| {
        let with_series: u64 =
            of_interval().filter(|total| total.kind == *kind).map(|total| total.series).sum();
        (*kind, Reach::Unasked, listed.contracts.saturating_sub(with_series))
    });
    asked.chain(unasked).filter(|(_, _, contracts)| *contracts > 0).collect()
}

pub(crate) fn underlying_of_row(row: &SqliteRow) -> Result<(UnderlyingId, Underlying)> {
    let kind = match row.try_get::<&str, _>(4)? {
        "index" => UnderlyingKind::Index,
        "stock" => UnderlyingKind::Stock,
        unknown => return Err(StoreError::unreadable(format!("\"{unknown}\" is no kind of underlying"))),
    };
    let underlying =
        Underlying { key: parse(row.try_get(1)?)?, symbol: row.try_get(2)?, name: row.try_get(3)?, kind };
    Ok((UnderlyingId(row.try_get(0)?), underlying))
}

fn expiry_of_row(row: &SqliteRow) -> Result<StoredExpiry> {
    Ok(StoredExpiry {
        id: ExpiryId(row.try_get(0)?),
        underlying: UnderlyingId(row.try_get(1)?),
        date: parse(row.try_get(2)?)?,
        weekly: row.try_get(3)?,
        options_listed: row.try_get::<Option<i64>, _>(4)?.map(EpochSeconds),
        futures_listed: row.try_get::<Option<i64>, _>(5)?.map(EpochSeconds),
    })
}
