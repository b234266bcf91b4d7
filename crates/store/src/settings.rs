//! Small facts that are neither data nor secrets.

use crate::Store;
use crate::error::Result;
use crate::queries::{change, first_row};

impl Store {
    pub async fn setting(&self, name: &str) -> Result<Option<String>> {
        let name = name.to_owned();
        self.read(move |connection| {
            first_row(connection, "SELECT value FROM setting WHERE name = ?", [name], |row| Ok(row.get(0)?))
        })
        .await
    }

    pub async fn put_setting(&self, name: &str, value: &str) -> Result<()> {
        let setting = [name.to_owned(), value.to_owned()];
        self.write(move |transaction| {
            change(
                transaction,
                "INSERT INTO setting (name, value) VALUES (?, ?)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                setting,
            )?;
            Ok(())
        })
        .await
    }
}
