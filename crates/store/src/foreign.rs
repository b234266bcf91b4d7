//! Reading a database of another program, table by table, in batches. Nothing is written into it, and nothing is taken
//! for granted: its columns are asked for by name, and each cell comes as what it is.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use crate::open::{APPLICATION_ID, BUSY_TIMEOUT};

/// Rows of a batch.
const BATCH: usize = 5_000;

/// One value, as it is stored there.
#[derive(Clone, Debug, PartialEq)]
pub enum ForeignCell {
    Nothing,
    Integer(i64),
    Real(f64),
    Text(String),
}

/// Rows of the columns that were asked for, in their order.
pub type ForeignRows = Vec<Vec<ForeignCell>>;

#[derive(Debug, thiserror::Error)]
pub enum ForeignError {
    #[error("{path} cannot be read: check that it exists and is a database of SQLite")]
    Unreadable { path: String },
    #[error("{path} is a database of ExpiryTrack's own: `expirytrack restore` brings it back")]
    Own { path: String },
    #[error("{path} could not be read to its end: {reason}")]
    Broken { path: String, reason: String },
}

pub struct ForeignDatabase {
    connection: Connection,
    path: String,
}

impl ForeignDatabase {
    pub fn open(path: &Path) -> Result<Self, ForeignError> {
        let name = path.display().to_string();
        let unreadable = |_| ForeignError::Unreadable { path: name.clone() };
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(unreadable)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(unreadable)?;
        let own = connection.query_row("PRAGMA application_id", [], |row| row.get::<_, i64>(0));
        if own.map_err(unreadable)? == APPLICATION_ID {
            return Err(ForeignError::Own { path: name });
        }
        // A file that is no database fails here for the first time.
        let first =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
        first.map_err(unreadable)?;
        Ok(Self { connection, path: name })
    }

    /// Tables and views with their columns.
    pub fn tables(&self) -> Result<Vec<(String, Vec<String>)>, ForeignError> {
        let read = || -> rusqlite::Result<_> {
            let mut tables: Vec<(String, Vec<String>)> = Vec::new();
            let mut statement = self.connection.prepare(
                "SELECT m.name, p.name FROM sqlite_schema m JOIN pragma_table_info(m.name) p
                 WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
                 ORDER BY m.rowid, p.cid",
            )?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let (table, column): (String, String) = (row.get(0)?, row.get(1)?);
                match tables.last_mut() {
                    Some((last, columns)) if *last == table => columns.push(column),
                    _ => tables.push((table, vec![column])),
                }
            }
            Ok(tables)
        };
        read().map_err(|error| self.broken(&error))
    }

    /// Hands on the rows of a table in batches, by the order of some columns, until `take` says that it is enough.
    pub fn read(
        &self,
        table: &str,
        columns: &[String],
        order: &[String],
        mut take: impl FnMut(ForeignRows) -> bool,
    ) -> Result<(), ForeignError> {
        let mut read = || -> rusqlite::Result<()> {
            let list =
                |names: &[String]| names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
            let order = if order.is_empty() { String::new() } else { format!(" ORDER BY {}", list(order)) };
            let sql = format!("SELECT {} FROM {}{order}", list(columns), quoted(table));
            let mut statement = self.connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            let mut batch = Vec::with_capacity(BATCH);
            while let Some(row) = rows.next()? {
                let cells = (0..columns.len()).map(|at| Ok(cell(row.get_ref(at)?)));
                batch.push(cells.collect::<rusqlite::Result<_>>()?);
                if batch.len() == BATCH && !take(std::mem::replace(&mut batch, Vec::with_capacity(BATCH))) {
                    return Ok(());
                }
            }
            take(batch);
            Ok(())
        };
        read().map_err(|error| self.broken(&error))
    }

    fn broken(&self, error: &rusqlite::Error) -> ForeignError {
        ForeignError::Broken { path: self.path.clone(), reason: error.to_string() }
    }
}

/// As SQL writes a name, whatever is in it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn cell(value: ValueRef<'_>) -> ForeignCell {
    match value {
        ValueRef::Null => ForeignCell::Nothing,
        ValueRef::Integer(number) => ForeignCell::Integer(number),
        ValueRef::Real(number) => ForeignCell::Real(number),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            ForeignCell::Text(String::from_utf8_lossy(bytes).into_owned())
        }
    }
}
