//! The limiter's memory, kept in the store.

use ratelimit::{BoxFuture, LogChange, SlotBlock, SlotLog, SlotLogError};
use store::{SlotBlockRow, Store};

pub(crate) struct StoredSlotLog(pub(crate) Store);

impl SlotLog for StoredSlotLog {
    fn load(&self) -> BoxFuture<'_, Result<Vec<SlotBlock>, SlotLogError>> {
        Box::pin(async move {
            let rows = self.0.slot_blocks().await.map_err(SlotLogError::read)?;
            Ok(rows.into_iter().map(block_of_row).collect())
        })
    }

    fn record<'a>(&'a self, change: &'a LogChange) -> BoxFuture<'a, Result<(), SlotLogError>> {
        Box::pin(async move {
            let rows: Vec<_> = change.put.iter().map(row_of_block).collect();
            self.0.change_slot_blocks(&rows, &change.forget).await.map_err(SlotLogError::written)
        })
    }
}

fn block_of_row(row: SlotBlockRow) -> SlotBlock {
    SlotBlock {
        id: row.id,
        size: row.size,
        used: row.used,
        opened_wall_ms: row.opened_wall_ms,
        closed_wall_ms: row.closed_wall_ms,
        boot_id: row.boot_id,
        opened_uptime_ms: row.opened_uptime_ms,
        closed_uptime_ms: row.closed_uptime_ms,
    }
}

fn row_of_block(block: &SlotBlock) -> SlotBlockRow {
    SlotBlockRow {
        id: block.id,
        size: block.size,
        used: block.used,
        opened_wall_ms: block.opened_wall_ms,
        closed_wall_ms: block.closed_wall_ms,
        boot_id: block.boot_id.clone(),
        opened_uptime_ms: block.opened_uptime_ms,
        closed_uptime_ms: block.closed_uptime_ms,
    }
}
