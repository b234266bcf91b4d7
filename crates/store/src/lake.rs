//! What was published into lakes: a row a partition, with its files, written in one transaction once all of it lies
//! there. Whether it still lies there is nothing that a row knows.
//!
//! A partition rests on what was stored when it was written. The stamp says what that was: while it is the same, nothing
//! has come since, and nobody need read a candle to know it.

use market::{Day, EpochSeconds, Interval};
use protocol::{LakeState, LakeTable};
use ring::digest::{Context, SHA256};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params};

use crate::columns::{count, moment, moment_if_any, parse_column};
use crate::error::{Result, StoreError};
use crate::queries::{change, first_row, one_row, rows};
use crate::{ContractId, ExpiryId, LakePartitionId, SeriesId, Store, UnderlyingId};

/// SHA-256.
type Hash = [u8; 32];

/// What a partition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LakePartitionOf {
    /// The contracts of an expiry, with their candles.
    Expiry(ExpiryId),
    /// The underlying's own candles of the month that begins on this day.
    Month(UnderlyingId, Day),
}

/// A file of a partition, by its path within the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LakeFileRow {
    pub path: String,
    pub table: LakeTable,
    pub rows: u64,
    pub bytes: u64,
    pub sha256: Hash,
    pub row_hash: Hash,
}

/// A partition that lies in a lake, all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLakePartition {
    pub place: String,
    pub of: LakePartitionOf,
    pub manifest_path: String,
    pub manifest_sha256: Hash,
    /// Who published it, as its manifest says. `None`: kept by a version that did not ask.
    pub owner: Option<String>,
    pub version: u32,
    pub rows: u64,
    pub contracts: u64,
    pub row_hash: Hash,
    pub published_at: EpochSeconds,
    /// Of what was stored before the first row was read.
    pub stamp: Hash,
    pub files: Vec<LakeFileRow>,
}

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

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LakePartitionRow {
    pub id: LakePartitionId,
    pub underlying: UnderlyingId,
    pub state: LakeState,
    pub verified_at: Option<EpochSeconds>,
    /// What lies there is known not to be what was published.
    pub is_doubted: bool,
    pub published: NewLakePartition,
}

/// What came of a row about a publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicationKept {
    Kept,
    /// Something came while it was written, so what lies there is older than what is here. It is kept all the same, under
    /// its own stamp, so that the next publication finds the difference.
    Outdated,
}

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

    /// Changes whenever anything of it may have: a contract, an answer, a refused row, a candle.
    pub async fn lake_stamp(&self, of: LakePartitionOf) -> Result<Hash> {
        self.read(move |connection| stamp(connection, of)).await
    }

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

const PARTITIONS: &str =
    "SELECT p.id, p.place, p.underlying_id, p.expiry_id, p.month, p.state, p.manifest_path,
        p.manifest_sha256, p.owner, p.version, p.rows, p.contracts, p.row_hash, p.published_at, p.verified_at,
        p.doubted, p.stamp
     FROM lake_partition p LEFT JOIN expiry e ON e.id = p.expiry_id";

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

fn stamp(connection: &Connection, of: LakePartitionOf) -> Result<Hash> {
    let mut all = Context::new(&SHA256);
    match of {
        LakePartitionOf::Expiry(expiry) => {
            let mut contracts = connection.prepare_cached(
                "SELECT c.id, coalesce(c.strike, 0), c.lot_size, c.tick_size, c.trading_symbol
                 FROM contract c WHERE c.expiry_id = ? ORDER BY c.id",
            )?;
            let mut rows = contracts.query([expiry.0])?;
            while let Some(row) = rows.next()? {
                (0..4).try_for_each(|at| update(&mut all, row.get(at)?))?;
                all.update(row.get_ref(4)?.as_bytes().map_err(rusqlite::Error::from)?);
            }
            add_series(
                connection,
                &mut all,
                "contract c JOIN series s ON s.contract_id = c.id WHERE c.expiry_id = ?1 AND ?2 = ?2 AND ?3 = ?3",
                params![expiry.0, "", ""],
            )?;
        }
        LakePartitionOf::Month(underlying, month) => {
            let days = params![underlying.0, month.to_string(), month.last_of_month().to_string()];
            let mut counted = connection.prepare_cached(
                "SELECT d.candles, d.first_ts, d.last_ts, d.volume FROM series s JOIN series_day d ON d.series_id = s.id
                 WHERE s.underlying_id = ?1 AND s.interval = '1minute' AND d.day BETWEEN ?2 AND ?3 ORDER BY d.day",
            )?;
            let mut rows = counted.query(days)?;
            while let Some(row) = rows.next()? {
                (0..4).try_for_each(|at| update(&mut all, row.get(at)?))?;
            }
            add_series(
                connection,
                &mut all,
                "series s WHERE s.underlying_id = ?1 AND s.interval = '1minute' AND ?2 <= ?3",
                days,
            )?;
        }
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(all.finish().as_ref());
    Ok(hash)
}

fn update(all: &mut Context, number: i64) -> Result<()> {
    all.update(&number.to_le_bytes());
    Ok(())
}

/// What says of series that something came or went. Of a series with days between the second and the third parameter
/// alone the answers and revisions that touch them are counted.
fn add_series(
    connection: &Connection,
    all: &mut Context,
    series: &str,
    parameters: impl rusqlite::Params,
) -> Result<()> {
    let mut states = connection.prepare_cached(&format!(
        "SELECT s.id, s.price_scale,
                (SELECT count(*) + coalesce(max(f.id), 0) FROM fetched_range f WHERE f.series_id = s.id
                 AND (?2 = '' OR f.from_day <= ?3 AND f.to_day >= ?2)),
                (SELECT count(*) FROM revision r WHERE r.series_id = s.id
                 AND (?2 = '' OR date(r.ts + 19800, 'unixepoch') BETWEEN ?2 AND ?3)),
                (SELECT coalesce(max(q.last_request_id), 0) FROM quarantine q
                 WHERE q.kind = 'candle' AND coalesce(q.series_id, 0) = s.id),
                iif(?2 = '', s.candles, 0)
         FROM {series} ORDER BY s.id"
    ))?;
    let mut rows = states.query(parameters)?;
    while let Some(row) = rows.next()? {
        (0..6).try_for_each(|at| update(all, row.get(at)?))?;
    }
    Ok(())
}
