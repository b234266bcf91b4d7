//! The rows about publications: what lies in which lake, by its files, and what is known to be wrong with it.

use market::EpochSeconds;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params};

use super::stamp::stamp;
use super::{Hash, LakeFileRow, LakePartitionOf, LakePartitionRow, NewLakePartition, PublicationKept};
use crate::columns::{count, moment, moment_if_any, parse_column};
use crate::error::{Result, StoreError};
use crate::queries::{change, first_row, one_row, rows};
use crate::{ExpiryId, LakePartitionId, Store, UnderlyingId};

impl Store {
    /// What was published of an underlying into any lake, or of all; in the order of places, underlyings and expiries.
    pub async fn lake_partitions(&self, place: Option<&str>) -> Result<Vec<LakePartitionRow>> {
        let place = place.map(str::to_owned);
        self.read(move |connection| {
            let sql = format!(
                "{PARTITIONS} WHERE ?1 IS NULL OR p.place = ?1
                 ORDER BY p.place, p.underlying_id, e.date IS NULL, e.date, p.month"
            );
            let mut all = rows(connection, &sql, [place], partition_of_row)?;
            all.iter_mut().try_for_each(|partition| read_files(connection, partition))?;
            Ok(all)
        })
        .await
    }

    pub async fn lake_partition(&self, place: &str, of: LakePartitionOf) -> Result<Option<LakePartitionRow>> {
        let place = place.to_owned();
        self.read(move |connection| {
            let (condition, values) = of_partition(of);
            let sql = format!("{PARTITIONS} WHERE p.place = ?1 AND {condition}");
            let [one, two] = values;
            let mut found = first_row(connection, &sql, params![place, one, two], partition_of_row)?;
            found.iter_mut().try_for_each(|partition| read_files(connection, partition))?;
            Ok(found)
        })
        .await
    }

    /// Where the manifests lie of all that was published into a lake from here, and of whom each is.
    pub async fn lake_manifests(&self, place: &str) -> Result<Vec<(UnderlyingId, String)>> {
        let place = place.to_owned();
        self.read(move |connection| {
            let sql = "SELECT underlying_id, manifest_path FROM lake_partition WHERE place = ? ORDER BY id";
            rows(connection, sql, [place], |row| Ok((UnderlyingId(row.get(0)?), row.get(1)?)))
        })
        .await
    }

    /// The partitions of an expiry in all lakes.
    pub async fn lake_partitions_of_expiry(&self, expiry: ExpiryId) -> Result<Vec<LakePartitionRow>> {
        self.read(move |connection| {
            let sql = format!("{PARTITIONS} WHERE p.expiry_id = ?1 ORDER BY p.place");
            let mut all = rows(connection, &sql, [expiry.0], partition_of_row)?;
            all.iter_mut().try_for_each(|partition| read_files(connection, partition))?;
            Ok(all)
        })
        .await
    }

    /// Keeps that all of a partition lies in a lake. A row about an earlier version of it is replaced.
    pub async fn keep_publication(&self, new: NewLakePartition) -> Result<PublicationKept> {
        self.write_to_disk(move |transaction| {
            let is_current = stamp(transaction, new.of)? == new.stamp;
            keep(transaction, &new)?;
            Ok(if is_current { PublicationKept::Kept } else { PublicationKept::Outdated })
        })
        .await
    }

    /// What is stored has changed, and the rows of a partition, which is whole, have not: it rests on this from now on.
    pub async fn put_lake_stamp(&self, id: LakePartitionId, stamp: Hash) -> Result<()> {
        self.write(move |transaction| {
            let sql = "UPDATE lake_partition SET stamp = ?2, doubted = 0 WHERE id = ?1";
            change(transaction, sql, params![id.0, stamp]).map(drop)
        })
        .await
    }

    /// What lies there is not what was published: it no longer counts as what is stored, so that it is published again,
    /// and nothing is moved there before.
    pub async fn doubt_lake_partition(&self, id: LakePartitionId) -> Result<()> {
        self.write(move |transaction| {
            change(transaction, "UPDATE lake_partition SET doubted = 1 WHERE id = ?", [id.0]).map(drop)
        })
        .await
    }

    /// It was read again, and is whole.
    pub async fn put_lake_verified(&self, id: LakePartitionId, at: EpochSeconds) -> Result<()> {
        self.write(move |transaction| {
            let sql = "UPDATE lake_partition SET verified_at = ?2, doubted = 0 WHERE id = ?1";
            change(transaction, sql, params![id.0, at.0]).map(drop)
        })
        .await
    }
}

const PARTITIONS: &str =
    "SELECT p.id, p.place, p.underlying_id, p.expiry_id, p.month, p.state, p.manifest_path,
        p.manifest_sha256, p.owner, p.version, p.rows, p.contracts, p.row_hash, p.published_at, p.verified_at,
        p.doubted, p.stamp
     FROM lake_partition p LEFT JOIN expiry e ON e.id = p.expiry_id";

/// A condition on `lake_partition p` with the parameters 2 and 3.
fn of_partition(of: LakePartitionOf) -> (&'static str, [Value; 2]) {
    match of {
        LakePartitionOf::Expiry(id) => ("p.expiry_id = ?2 AND ?3 IS NULL", [id.0.into(), Value::Null]),
        LakePartitionOf::Month(id, month) => {
            ("p.underlying_id = ?2 AND p.month = ?3", [id.0.into(), month.to_string().into()])
        }
    }
}

fn partition_of_row(row: &Row<'_>) -> Result<LakePartitionRow> {
    let underlying = UnderlyingId(row.get("underlying_id")?);
    let of = match row.get::<_, Option<i64>>("expiry_id")? {
        Some(expiry) => LakePartitionOf::Expiry(ExpiryId(expiry)),
        None => LakePartitionOf::Month(underlying, parse_column(row, "month")?),
    };
    Ok(LakePartitionRow {
        id: LakePartitionId(row.get("id")?),
        underlying,
        state: parse_column(row, "state")?,
        verified_at: moment_if_any(row, "verified_at")?,
        is_doubted: row.get("doubted")?,
        published: NewLakePartition {
            place: row.get("place")?,
            of,
            manifest_path: row.get("manifest_path")?,
            manifest_sha256: row.get("manifest_sha256")?,
            owner: row.get("owner")?,
            version: row.get("version")?,
            rows: count(row, "rows")?,
            contracts: count(row, "contracts")?,
            row_hash: row.get("row_hash")?,
            published_at: moment(row, "published_at")?,
            stamp: row.get("stamp")?,
            files: Vec::new(),
        },
    })
}

fn read_files(connection: &Connection, partition: &mut LakePartitionRow) -> Result<()> {
    partition.published.files = rows(
        connection,
        "SELECT path, holds, rows, bytes, sha256, row_hash FROM lake_file WHERE partition_id = ? ORDER BY path",
        [partition.id.0],
        |row| {
            Ok(LakeFileRow {
                path: row.get(0)?,
                table: parse_column(row, 1)?,
                rows: count(row, 2)?,
                bytes: count(row, 3)?,
                sha256: row.get(4)?,
                row_hash: row.get(5)?,
            })
        },
    )?;
    Ok(())
}

fn keep(connection: &Connection, new: &NewLakePartition) -> Result<()> {
    let (underlying, expiry, month) = match new.of {
        LakePartitionOf::Expiry(id) => {
            let sql = "SELECT underlying_id FROM expiry WHERE id = ?";
            (one_row(connection, sql, [id.0], |row| Ok(row.get::<_, i64>(0)?))?, Some(id.0), None)
        }
        LakePartitionOf::Month(id, month) => (id.0, None, Some(month.to_string())),
    };
    let whole = |number: u64| i64::try_from(number).map_err(StoreError::unreadable);
    let id: i64 = one_row(
        connection,
        "INSERT INTO lake_partition (place, underlying_id, expiry_id, month, manifest_path, manifest_sha256, owner,
                                     version, rows, contracts, row_hash, published_at, stamp)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (place, underlying_id, coalesce(expiry_id, 0), coalesce(month, '')) DO UPDATE SET
             manifest_path = excluded.manifest_path, manifest_sha256 = excluded.manifest_sha256,
             owner = excluded.owner, version = excluded.version, rows = excluded.rows,
             contracts = excluded.contracts, row_hash = excluded.row_hash, published_at = excluded.published_at,
             verified_at = NULL, doubted = 0, stamp = excluded.stamp
         RETURNING id",
        params![
            new.place,
            underlying,
            expiry,
            month,
            new.manifest_path,
            new.manifest_sha256,
            new.owner,
            new.version,
            whole(new.rows)?,
            whole(new.contracts)?,
            new.row_hash,
            new.published_at.0,
            new.stamp,
        ],
        |row| Ok(row.get(0)?),
    )?;
    change(connection, "DELETE FROM lake_file WHERE partition_id = ?", [id])?;
    for file in &new.files {
        change(
            connection,
            "INSERT INTO lake_file (partition_id, path, holds, rows, bytes, sha256, row_hash)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
            params![
                id,
                file.path,
                file.table.as_str(),
                whole(file.rows)?,
                whole(file.bytes)?,
                file.sha256,
                file.row_hash,
            ],
        )?;
    }
    Ok(())
}
