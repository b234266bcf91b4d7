//! The stamp of a partition: a hash of what is stored of it, read without a candle.

use ring::digest::{Context, SHA256};
use rusqlite::{Connection, params};

use super::{Hash, LakePartitionOf};
use crate::Store;
use crate::error::Result;

impl Store {
    /// Changes whenever anything of it may have: a contract, an answer, a refused row, a candle.
    pub async fn lake_stamp(&self, of: LakePartitionOf) -> Result<Hash> {
        self.read(move |connection| stamp(connection, of)).await
    }
}

pub(super) fn stamp(connection: &Connection, of: LakePartitionOf) -> Result<Hash> {
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
