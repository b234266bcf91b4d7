//! A lake that lies at another place now: everything that names the old one names the new one, in one transaction. Whether
//! it lies there whoever calls has read.

use market::EpochSeconds;
use rusqlite::{Connection, params};

use crate::Store;
use crate::error::Result;
use crate::queries::change;

impl Store {
    /// What was published at `from`, and is archived there, lies at `to`, as it was found by reading it there `at` this
    /// moment. Of what was published at both the row of `to` stays. The setting of this name
    /// follows.
    pub async fn move_lake(
        &self,
        from: &str,
        to: &str,
        at: EpochSeconds,
        setting: &'static str,
    ) -> Result<()> {
        let (from, to) = (from.to_owned(), to.to_owned());
        self.write_to_disk(move |transaction| {
            for (table, column) in [("lake_file", "partition_id"), ("lake_partition", "id")] {
                let sql = format!("DELETE FROM {table} WHERE {column} IN ({AT_BOTH})");
                change(transaction, &sql, [&from, &to])?;
            }
            let sql = "UPDATE lake_partition SET place = ?2, verified_at = ?3, doubted = 0 WHERE place = ?1";
            change(transaction, sql, params![from, to, at.0])?;
            move_archived(transaction, &from, &to)?;
            let sql = "UPDATE setting SET value = ?3 WHERE name = ?1 AND value = ?2";
            change(transaction, sql, [setting, &from, &to])?;
            Ok(())
        })
        .await
    }
}

/// Partitions at 1 that were published at 2 too, and make room for those.
const AT_BOTH: &str = "
    SELECT one.id FROM lake_partition one JOIN lake_partition other
    ON other.underlying_id = one.underlying_id AND other.expiry_id IS one.expiry_id AND other.month IS one.month
    WHERE one.place = ?1 AND other.place = ?2";

/// Two partitions of an expiry may have different paths: a symbol changes.
fn move_archived(connection: &Connection, from: &str, to: &str) -> Result<()> {
    change(
        connection,
        "UPDATE archived_expiry SET place = ?2, path = (
             SELECT f.path FROM lake_partition p JOIN lake_file f ON f.partition_id = p.id AND f.holds = 'candles'
             WHERE p.place = ?2 AND p.expiry_id = archived_expiry.expiry_id)
         WHERE place = ?1",
        [from, to],
    )?;
    let sql = "UPDATE lake_partition SET state = 'archived' WHERE place = ? AND state <> 'archived'
               AND expiry_id IN (SELECT expiry_id FROM archived_expiry WHERE place = ?1)";
    change(connection, sql, [to]).map(drop)
}
