//! The limiter's memory across restarts: blocks of slots, written before their requests are sent.

use sqlx::Row;

use crate::Store;
use crate::error::Result;

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
        let rows = sqlx::query(
            "SELECT block_id, size, used, opened_wall_ms, closed_wall_ms, boot_id, opened_uptime_ms, closed_uptime_ms
             FROM limiter_slot ORDER BY block_id",
        )
        .fetch_all(self.readers())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(SlotBlockRow {
                    id: row.try_get(0)?,
                    size: row.try_get(1)?,
                    used: row.try_get(2)?,
                    opened_wall_ms: row.try_get(3)?,
                    closed_wall_ms: row.try_get(4)?,
                    boot_id: row.try_get(5)?,
                    opened_uptime_ms: row.try_get(6)?,
                    closed_uptime_ms: row.try_get(7)?,
                })
            })
            .collect()
    }

    /// Puts and forgets blocks in one transaction that is on the disk when this returns.
    pub async fn change_slot_blocks(&self, put: &[SlotBlockRow], forget: &[i64]) -> Result<()> {
        let mut writer = self.writer().await?;
        sqlx::query("PRAGMA synchronous = FULL").execute(&mut *writer).await?;
        let changed = change(&mut writer, put, forget).await;
        sqlx::query("PRAGMA synchronous = NORMAL").execute(&mut *writer).await?;
        changed
    }
}

async fn change(writer: &mut sqlx::SqliteConnection, put: &[SlotBlockRow], forget: &[i64]) -> Result<()> {
    use sqlx::Connection;
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
    for id in forget {
        sqlx::query("DELETE FROM limiter_slot WHERE block_id = ?")
            .bind(id)
            .execute(&mut *transaction)
            .await?;
    }
    for block in put {
        sqlx::query("INSERT OR REPLACE INTO limiter_slot VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
            .bind(block.id)
            .bind(block.size)
            .bind(block.used)
            .bind(block.opened_wall_ms)
            .bind(block.closed_wall_ms)
            .bind(&block.boot_id)
            .bind(block.opened_uptime_ms)
            .bind(block.closed_uptime_ms)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}
