//! Exports that were ordered of a server, with the files of each that are whole. What an order means the engine knows.

use market::EpochSeconds;
use protocol::{ExportFile, ExportStatus};
use rusqlite::{Row, params};

use crate::Store;
use crate::columns::{count, moment, moment_if_any, parse_column};
use crate::error::Result;
use crate::queries::{change, first_row, one_row, rows};

/// A row of `export`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportRow {
    pub id: i64,
    /// JSON that the engine reads.
    pub wish: String,
    pub status: ExportStatus,
    pub rows_expected: u64,
    pub created_at: EpochSeconds,
    pub ended_at: Option<EpochSeconds>,
    pub problem: Option<String>,
}

const COLUMNS: &str = "id, wish, status, rows_expected, created_at, ended_at, problem";

impl Store {
    /// `None` where there are `most` already.
    pub async fn create_export(
        &self,
        wish: String,
        rows_expected: u64,
        most: usize,
        now: EpochSeconds,
    ) -> Result<Option<i64>> {
        self.write(move |transaction| {
            let sql = "SELECT count(*) FROM export";
            let there = one_row(transaction, sql, [], |row| Ok(count(row, 0)?))?;
            if there >= most as u64 {
                return Ok(None);
            }
            change(
                transaction,
                "INSERT INTO export (wish, status, rows_expected, created_at) VALUES (?, 'queued', ?, ?)",
                params![wish, rows_expected.cast_signed(), now.0],
            )?;
            Ok(Some(transaction.last_insert_rowid()))
        })
        .await
    }

    /// Newest first.
    pub async fn exports(&self) -> Result<Vec<ExportRow>> {
        let sql = format!("SELECT {COLUMNS} FROM export ORDER BY id DESC");
        self.read(move |connection| rows(connection, &sql, [], export_of_row)).await
    }

    pub async fn export(&self, id: i64) -> Result<Option<ExportRow>> {
        let sql = format!("SELECT {COLUMNS} FROM export WHERE id = ?");
        self.read(move |connection| first_row(connection, &sql, [id], export_of_row)).await
    }

    /// The oldest that is not ended: one that a killed server left running goes on.
    pub async fn next_export(&self) -> Result<Option<ExportRow>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM export WHERE status IN ('running', 'queued') ORDER BY status DESC, id LIMIT 1"
        );
        self.read(move |connection| first_row(connection, &sql, [], export_of_row)).await
    }

    /// Says whether it had not ended yet.
    pub async fn change_export(
        &self,
        id: i64,
        status: ExportStatus,
        problem: Option<String>,
        now: EpochSeconds,
    ) -> Result<bool> {
        let ended_at = status.has_ended().then_some(now.0);
        self.write(move |transaction| {
            let changed = change(
                transaction,
                "UPDATE export SET status = ?2, problem = ?3, ended_at = ?4
                 WHERE id = ?1 AND status IN ('queued', 'running')",
                params![id, status.as_str(), problem, ended_at],
            )?;
            Ok(changed > 0)
        })
        .await
    }

    pub async fn remove_export(&self, id: i64) -> Result<bool> {
        self.write(move |transaction| Ok(change(transaction, "DELETE FROM export WHERE id = ?", [id])? > 0))
            .await
    }

    pub async fn keep_export_file(&self, export: i64, file: &ExportFile) -> Result<()> {
        let ExportFile { name, rows, bytes, sha256, contracts, first, last } = file.clone();
        self.write(move |transaction| {
            change(
                transaction,
                "INSERT OR REPLACE INTO export_file VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                params![
                    export,
                    name,
                    rows.cast_signed(),
                    bytes.cast_signed(),
                    sha256,
                    contracts.cast_signed(),
                    first,
                    last
                ],
            )?;
            Ok(())
        })
        .await
    }

    /// In the order of their names.
    pub async fn export_files(&self, export: i64) -> Result<Vec<ExportFile>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT name, rows, bytes, sha256, contracts, first, last FROM export_file
                 WHERE export_id = ? ORDER BY name",
                [export],
                |row| {
                    Ok(ExportFile {
                        name: row.get("name")?,
                        rows: count(row, "rows")?,
                        bytes: count(row, "bytes")?,
                        sha256: row.get("sha256")?,
                        contracts: count(row, "contracts")?,
                        first: row.get("first")?,
                        last: row.get("last")?,
                    })
                },
            )
        })
        .await
    }
}

fn export_of_row(row: &Row<'_>) -> Result<ExportRow> {
    Ok(ExportRow {
        id: row.get("id")?,
        wish: row.get("wish")?,
        status: parse_column(row, "status")?,
        rows_expected: count(row, "rows_expected")?,
        created_at: moment(row, "created_at")?,
        ended_at: moment_if_any(row, "ended_at")?,
        problem: row.get("problem")?,
    })
}
