//! What underlyings and shares are called, and were called before: what a search looks through.

use std::collections::BTreeMap;

use market::{EpochSeconds, InstrumentKey, Underlying, UnderlyingKind};
use rusqlite::{Connection, Row, params};

use crate::Store;
use crate::columns::parse_column;
use crate::error::Result;
use crate::expiries::{put_underlyings, underlying_of_row};
use crate::queries::{change, first_row, rows};

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
        let (underlyings, shares) = (underlyings.to_vec(), shares.to_vec());
        self.write(move |transaction| {
            put_underlyings(transaction, &underlyings, now)?;
            change(transaction, "UPDATE underlying SET has_derivatives = 0 WHERE has_derivatives = 1", [])?;
            for underlying in &underlyings {
                let sql = "UPDATE underlying SET has_derivatives = 1 WHERE key = ?";
                change(transaction, sql, [underlying.key.as_str()])?;
            }
            shares.iter().try_for_each(|share| put_share(transaction, share))
        })
        .await
    }

    /// All rows of `underlying`, as they came.
    pub async fn known_underlyings(&self) -> Result<Vec<KnownUnderlying>> {
        self.read(|connection| {
            rows(
                connection,
                "SELECT id, key, symbol, name, kind, has_derivatives,
                        EXISTS (SELECT 1 FROM expiry e WHERE e.underlying_id = underlying.id) AS has_expiries
                 FROM underlying ORDER BY id",
                [],
                |row| {
                    let underlying = underlying_of_row(row)?.1;
                    let (has_derivatives, has_expiries) =
                        (row.get("has_derivatives")?, row.get("has_expiries")?);
                    Ok(KnownUnderlying { underlying, has_derivatives, has_expiries })
                },
            )
        })
        .await
    }

    /// Shares that a master had without derivatives, by symbol, those of NSE before those of BSE.
    pub async fn shares(&self) -> Result<Vec<Underlying>> {
        self.read(|connection| {
            let sql = "SELECT key, symbol, name FROM share ORDER BY symbol, key DESC";
            rows(connection, sql, [], share_of_row)
        })
        .await
    }

    pub async fn share(&self, key: &InstrumentKey) -> Result<Option<Underlying>> {
        let key = key.clone();
        self.read(move |connection| {
            let sql = "SELECT key, symbol, name FROM share WHERE key = ?";
            first_row(connection, sql, [key.as_str()], share_of_row)
        })
        .await
    }

    /// Symbols and names of before, by key.
    pub async fn former_names(&self) -> Result<BTreeMap<InstrumentKey, Vec<String>>> {
        let former = self.read(|connection| {
            rows(connection, "SELECT key, name FROM former_name ORDER BY key, name", [], |row| {
                Ok((parse_column(row, 0)?, row.get(1)?))
            })
        });
        let mut names: BTreeMap<InstrumentKey, Vec<String>> = BTreeMap::new();
        for (key, name) in former.await? {
            names.entry(key).or_default().push(name);
        }
        Ok(names)
    }
}

fn put_share(connection: &Connection, share: &Underlying) -> Result<()> {
    keep_former_names(connection, share)?;
    change(
        connection,
        "INSERT INTO share (key, symbol, name) VALUES (?, ?, ?)
         ON CONFLICT (key) DO UPDATE SET symbol = excluded.symbol, name = excluded.name
         WHERE symbol <> excluded.symbol OR name <> excluded.name",
        params![share.key.as_str(), share.symbol, share.name],
    )?;
    Ok(())
}

fn share_of_row(row: &Row<'_>) -> Result<Underlying> {
    let key: InstrumentKey = parse_column(row, 0)?;
    let kind = UnderlyingKind::of(key.segment());
    Ok(Underlying { key, symbol: row.get(1)?, name: row.get(2)?, kind })
}

/// Before a key gets other names: those that it has, as an underlying or as a share, stay findable.
pub(crate) fn keep_former_names(connection: &Connection, new: &Underlying) -> Result<()> {
    change(
        connection,
        "INSERT INTO former_name (key, name)
         WITH known AS (SELECT symbol, name FROM underlying WHERE key = ?1
                        UNION ALL SELECT symbol, name FROM share WHERE key = ?1)
         SELECT ?1, symbol FROM known WHERE symbol NOT IN (?2, ?3)
         UNION SELECT ?1, name FROM known WHERE name NOT IN (?2, ?3)
         ON CONFLICT DO NOTHING",
        params![new.key.as_str(), new.symbol, new.name],
    )?;
    Ok(())
}
