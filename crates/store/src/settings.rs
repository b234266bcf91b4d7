//! Small facts that are neither data nor secrets.

use rusqlite::Connection;

use crate::Store;
use crate::error::Result;
use crate::queries::{change, first_row};

impl Store {
    pub async fn setting(&self, name: &str) -> Result<Option<String>> {
        let name = name.to_owned();
        self.read(move |connection| read_setting(connection, &name)).await
    }

    pub async fn put_setting(&self, name: &str, value: &str) -> Result<()> {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.write(move |transaction| put_setting(transaction, &name, &value)).await
    }
}

pub(crate) fn read_setting(connection: &Connection, name: &str) -> Result<Option<String>> {
    first_row(connection, "SELECT value FROM setting WHERE name = ?", [name], |row| Ok(row.get(0)?))
}

pub(crate) fn put_setting(connection: &Connection, name: &str, value: &str) -> Result<()> {
    change(
        connection,
        "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        [name, value],
    )?;
    Ok(())
}
