//! What underlyings and shares are called, and were called before: what a search looks through.

use std::collections::BTreeMap;

use market::{EpochSeconds, InstrumentKey, Underlying, UnderlyingKind};
use sqlx::{Connection, Row, SqliteConnection};

use crate::Store;
use crate::columns::parse;
use crate::error::Result;
use crate::expiries::underlying_of_row;

/// An underlying and what is known of its derivatives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownUnderlying {
    pub underlying: Underlying,
    /// Whether the newest master told of live ones; `None`: no master ever did.
    pub has_derivatives: Option<bool>,
    /// Whether an expired one is known.
    pub has_expiries: bool,
}

impl Store {
    /// Keeps what a master tells: underlyings with live derivatives, and shares without.
    pub async fn put_master(
        &self,
        underlyings: &[Underlying],
        shares: &[Underlying],
        now: EpochSeconds,
    ) -> Result<()> {
        self.put_underlyings(underlyings, now).await?;
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query("UPDATE underlying SET has_derivatives = 0 WHERE has_derivatives = 1")
            .execute(&mut *transaction)
            .await?;
        for underlying in underlyings {
            sqlx::query("UPDATE underlying SET has_derivatives = 1 WHERE key = ?")
                .bind(underlying.key.as_str())
                .execute(&mut *transaction)
                .await?;
        }
        for share in shares {
            keep_former_names(&mut transaction, share).await?;
            sqlx::query(
                "INSERT INTO share (key, symbol, name) VALUES (?, ?, ?)
                 ON CONFLICT (key) DO UPDATE SET symbol = excluded.symbol, name = excluded.name
                 WHERE symbol <> excluded.symbol OR name <> excluded.name",
            )
            .bind(share.key.as_str())
            .bind(&share.symbol)
            .bind(&share.name)
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// All rows of `underlying`, as they came.
    pub async fn known_underlyings(&self) -> Result<Vec<KnownUnderlying>> {
        let rows = sqlx::query(
            "SELECT id, key, symbol, name, kind, has_derivatives,
                    EXISTS (SELECT 1 FROM expiry e WHERE e.underlying_id = underlying.id)
             FROM underlying ORDER BY id",
        )
        .fetch_all(self.readers())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(KnownUnderlying {
                    underlying: underlying_of_row(row)?.1,
                    has_derivatives: row.try_get(5)?,
                    has_expiries: row.try_get(6)?,
                })
            })
            .collect()
    }

    /// Shares that a master had without derivatives, by symbol, those of NSE before those of BSE.
    pub async fn shares(&self) -> Result<Vec<Underlying>> {
        let rows = sqlx::query("SELECT key, symbol, name FROM share ORDER BY symbol, key DESC")
            .fetch_all(self.readers())
            .await?;
        rows.iter().map(share_of_row).collect()
    }

    pub async fn share(&self, key: &InstrumentKey) -> Result<Option<Underlying>> {
        let row = sqlx::query("SELECT key, symbol, name FROM share WHERE key = ?")
            .bind(key.as_str())
            .fetch_optional(self.readers())
            .await?;
        row.as_ref().map(share_of_row).transpose()
    }

    /// Symbols and names of before, by key.
    pub async fn former_names(&self) -> Result<BTreeMap<InstrumentKey, Vec<String>>> {
        let rows = sqlx::query("SELECT key, name FROM former_name ORDER BY key, name")
            .fetch_all(self.readers())
            .await?;
        let mut names: BTreeMap<InstrumentKey, Vec<String>> = BTreeMap::new();
        for row in &rows {
            names.entry(parse(row.try_get(0)?)?).or_default().push(row.try_get(1)?);
        }
        Ok(names)
    }
}

fn share_of_row(row: &sqlx::sqlite::SqliteRow) -> Result<Underlying> {
    let key: InstrumentKey = parse(row.try_get(0)?)?;
    let kind = UnderlyingKind::of(key.segment());
    Ok(Underlying { key, symbol: row.try_get(1)?, name: row.try_get(2)?, kind })
}

/// Before a key gets other names: those that it has, as an underlying or as a share, stay findable.
pub(crate) async fn keep_former_names(connection: &mut SqliteConnection, new: &Underlying) -> Result<()> {
    sqlx::query(
        "INSERT INTO former_name (key, name)
         WITH known AS (SELECT symbol, name FROM underlying WHERE key = ?1
                        UNION ALL SELECT symbol, name FROM share WHERE key = ?1)
         SELECT ?1, symbol FROM known WHERE symbol NOT IN (?2, ?3)
         UNION SELECT ?1, name FROM known WHERE name NOT IN (?2, ?3)
         ON CONFLICT DO NOTHING",
    )
    .bind(new.key.as_str())
    .bind(&new.symbol)
    .bind(&new.name)
    .execute(connection)
    .await?;
    Ok(())
}
