//! Inserting many rows with one statement. The lengths of batches are powers of two: a handful of statements
//! serves every number of rows, and each of them stays prepared.

use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, Sqlite, SqliteConnection};

use crate::error::Result;

/// Rows of the longest statement; eight values each stay well below SQLite's 32,766 parameters.
const ROWS_MAX: usize = 512;

pub(crate) type Query<'q> = sqlx::query::Query<'q, Sqlite, SqliteArguments>;

/// Inserts rows; `head` is the statement up to its VALUES, and `bind` binds the `columns` values of one row.
pub(crate) async fn insert<T>(
    connection: &mut SqliteConnection,
    head: &str,
    columns: usize,
    rows: &[T],
    bind: impl for<'q> Fn(Query<'q>, &'q T) -> Query<'q>,
) -> Result<()> {
    for batch in batches(rows) {
        let query = sqlx::query(AssertSqlSafe(sql(head, columns, batch.len())));
        batch.iter().fold(query, &bind).execute(&mut *connection).await?;
    }
    Ok(())
}

fn batches<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let length = ROWS_MAX.min(1 << rows.len().checked_ilog2()?);
        let (batch, rest) = rows.split_at(length);
        rows = rest;
        Some(batch)
    })
}

fn sql(head: &str, columns: usize, rows: usize) -> String {
    let row = format!("({})", vec!["?"; columns].join(","));
    format!("{head} VALUES {}", vec![row; rows].join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_powers_of_two_and_leave_no_row_out() {
        for count in [0, 1, 2, 3, 511, 512, 513, 2_000] {
            let rows: Vec<usize> = (0..count).collect();
            assert_eq!(batches(&rows).flatten().copied().collect::<Vec<_>>(), rows);
            assert!(batches(&rows).all(|batch| batch.len().is_power_of_two() && batch.len() <= ROWS_MAX));
        }
        assert_eq!(sql("INSERT INTO t", 2, 3), "INSERT INTO t VALUES (?,?),(?,?),(?,?)");
    }
}
