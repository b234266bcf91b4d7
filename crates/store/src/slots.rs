//! The limiter's memory across restarts: blocks of slots, written before their requests are sent.

use rusqlite::{Connection, Row, params};

use crate::Store;
use crate::error::Result;
use crate::queries::{change, rows};

/// A row of `limiter_slot`; `used` is missing while the block is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotBlockRow {
    pub id: i64,
    pub size: u32,
    pub used: Option<u32>,
    pub opened_wall_ms: i64,
    pub closed_wall_ms: Option<i64>,
    pub boot_id: Option<String>,
    pub opened_uptime_ms: Option<i64>,
    pub closed_uptime_ms: Option<i64>,
}

impl Store {
    pub async fn slot_blocks(&self) -> Result<Vec<SlotBlockRow>> {
        self.read(|connection| {
            rows(
                connection,
                "SELECT block_id, size, used, opened_wall_ms, closed_wall_ms, boot_id, opened_uptime_ms,
                        closed_uptime_ms FROM limiter_slot ORDER BY block_id",
                [],
                block_of_row,
            )
        })
        .await
    }

    /// Puts and forgets blocks in one transaction that is on the disk when this returns.
    pub async fn change_slot_blocks(&self, put: &[SlotBlockRow], forget: &[i64]) -> Result<()> {
        let (put, forget) = (put.to_vec(), forget.to_vec());
        self.write_to_disk(move |transaction| {
            for id in forget {
                change(transaction, "DELETE FROM limiter_slot WHERE block_id = ?", [id])?;
            }
            put.iter().try_for_each(|block| put_block(transaction, block))
        })
        .await
    }
}

fn put_block(connection: &Connection, block: &SlotBlockRow) -> Result<()> {
    change(
        connection,
        "INSERT OR REPLACE INTO limiter_slot VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            block.id,
            block.size,
            block.used,
            block.opened_wall_ms,
            block.closed_wall_ms,
            block.boot_id,
            block.opened_uptime_ms,
            block.closed_uptime_ms,
        ],
    )?;
    Ok(())
}

fn block_of_row(row: &Row<'_>) -> Result<SlotBlockRow> {
    Ok(SlotBlockRow {
        id: row.get("block_id")?,
        size: row.get("size")?,
        used: row.get("used")?,
        opened_wall_ms: row.get("opened_wall_ms")?,
        closed_wall_ms: row.get("closed_wall_ms")?,
        boot_id: row.get("boot_id")?,
        opened_uptime_ms: row.get("opened_uptime_ms")?,
        closed_uptime_ms: row.get("closed_uptime_ms")?,
    })
}
