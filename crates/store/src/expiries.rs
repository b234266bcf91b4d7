//! Underlyings and their expiries.

use market::{Day, EpochSeconds, InstrumentKey, Underlying, UnderlyingKind};
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Row};

use crate::error::{Result, StoreError};
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
    pub options: KindStats,
    pub futures: KindStats,
    pub candles: u64,
}

/// The listed contracts of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindStats {
    pub contracts: u64,
    /// Those with an answered, final range that reaches the expiry.
    pub collected: u64,
}

impl Store {
    /// Adds underlyings, or brings their names up to date.
    pub async fn put_underlyings(&self, underlyings: &[Underlying], now: EpochSeconds) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
        for underlying in underlyings {
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

    /// When the broker was last asked for the expiries of an underlying.
    pub async fn expiries_asked_at(&self, underlying: UnderlyingId) -> Result<Option<EpochSeconds>> {
        let row = sqlx::query("SELECT expiries_asked_at FROM underlying WHERE id = ?")
            .bind(underlying.0)
            .fetch_one(self.readers())
            .await?;
        Ok(row.try_get::<Option<i64>, _>(0)?.map(EpochSeconds))
    }

    /// Adds the expiries that are new. One that was seen before stays, listed again or not.
    pub async fn put_expiries(
        &self,
        underlying: UnderlyingId,
        dates: &[Day],
        now: EpochSeconds,
    ) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
        for date in dates {
            sqlx::query(
                "INSERT INTO expiry (underlying_id, date, first_seen) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            )
            .bind(underlying.0)
            .bind(date.to_string())
            .bind(now.0)
            .execute(&mut *transaction)
            .await?;
        }
        sqlx::query("UPDATE underlying SET expiries_asked_at = ? WHERE id = ?")
            .bind(now.0)
            .bind(underlying.0)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
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
    pub async fn expiry_stats(&self, underlying: UnderlyingId) -> Result<Vec<ExpiryStats>> {
        let rows = sqlx::query(
            "SELECT e.id, e.underlying_id, e.date, e.weekly, e.options_listed, e.futures_listed,
                    coalesce(sum(c.kind <> 'FUT'), 0), coalesce(sum(c.kind <> 'FUT' AND c.collected), 0),
                    coalesce(sum(c.kind = 'FUT'), 0), coalesce(sum(c.kind = 'FUT' AND c.collected), 0),
                    coalesce(sum(c.candles), 0)
             FROM expiry e LEFT JOIN (
                SELECT k.expiry_id, k.kind,
                       EXISTS (SELECT 1 FROM series s JOIN fetched_range f ON f.series_id = s.id
                               WHERE s.contract_id = k.id AND f.provisional = 0
                                 AND f.outcome <> 'empty_unconfirmed' AND f.to_day >= x.date) AS collected,
                       (SELECT sum(d.candles) FROM series s JOIN series_day d ON d.series_id = s.id
                        WHERE s.contract_id = k.id) AS candles
                FROM contract k JOIN expiry x ON x.id = k.expiry_id WHERE x.underlying_id = ?1) c ON c.expiry_id = e.id
             WHERE e.underlying_id = ?1 GROUP BY e.id ORDER BY e.date DESC",
        )
        .bind(underlying.0)
        .fetch_all(self.readers())
        .await?;
        rows.iter()
            .map(|row| {
                let count = |at: usize| row.try_get::<i64, _>(at).map(i64::unsigned_abs);
                Ok(ExpiryStats {
                    expiry: expiry_of_row(row)?,
                    options: KindStats { contracts: count(6)?, collected: count(7)? },
                    futures: KindStats { contracts: count(8)?, collected: count(9)? },
                    candles: count(10)?,
                })
            })
            .collect()
    }
}

fn underlying_of_row(row: &SqliteRow) -> Result<(UnderlyingId, Underlying)> {
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

/// A text column whose form the writer guaranteed.
pub(crate) fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T> {
    text.parse().map_err(|error| StoreError::unreadable(format!("{error}")))
}
