//! An existing database encrypted, and back, through a copy beside it: the copy is read again and compared with what it
//! was made of, row by row, and only then takes its place. Cut off anywhere, the old file is whole and in place, or the
//! new one is.
//!
//! The caller holds the directory's [`OwnerLock`](crate::OwnerLock).

use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use zeroize::Zeroizing;

use crate::connections::connect;
use crate::database_key::DatabaseKey;
use crate::error::{Result, StoreError};
use crate::open::{DATABASE_FILE, PAGE_SIZE, is_encrypted};
use crate::private_file;
use crate::queries::{one_row, rows};
use crate::vault::VaultError;
use crate::vault_key::{VaultKey, on_blocking_thread};

/// What the copy is called until it takes over.
const COPY: &str = "expirytrack.copy";
/// Written into the file beside the schema; an export leaves them out.
const MARKS: [&str; 2] = ["application_id", "user_version"];

/// Encrypts the database with the directory's key.
pub async fn encrypt(key: &VaultKey) -> std::result::Result<(), VaultError> {
    change(key, Way::Encrypt).await
}

/// Makes a plain file of it again.
pub async fn decrypt(key: &VaultKey) -> std::result::Result<(), VaultError> {
    change(key, Way::Decrypt).await
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Encrypt,
    Decrypt,
}

async fn change(key: &VaultKey, way: Way) -> std::result::Result<(), VaultError> {
    let place = key.place();
    on_blocking_thread(move || {
        // A build with encryption has a key for every place.
        let key = place.key.as_ref().ok_or(StoreError::NoEncryption)?;
        Ok(change_file(&place.data_dir.join(DATABASE_FILE), key, way)?)
    })
    .await
}

fn change_file(path: &Path, key: &DatabaseKey, way: Way) -> Result<()> {
    match (is_encrypted(path), way) {
        (None, _) => return Err(StoreError::Missing { path: path.to_owned() }),
        (Some(true), Way::Encrypt) => return Err(StoreError::EncryptedAlready { path: path.to_owned() }),
        (Some(false), Way::Decrypt) => return Err(StoreError::PlainAlready { path: path.to_owned() }),
        (Some(_), _) => {}
    }
    let (old_key, new_key) = match way {
        Way::Encrypt => (None, Some(key)),
        Way::Decrypt => (Some(key), None),
    };
    let copy = path.with_file_name(COPY);
    let unusable = |source| StoreError::Directory { path: path.to_owned(), source };
    let remove_copy = || private_file::remove(&copy).map_err(unusable);
    remove_copy()?;
    let proven = private_file::create(&copy, b"").map_err(unusable).and_then(|()| {
        make_copy(path, old_key, &copy, new_key)?;
        compare(path, old_key, &copy, new_key)
    });
    if let Err(error) = proven {
        remove_copy()?;
        return Err(error);
    }
    // The old write-ahead log is empty, and must not meet the new file.
    for ending in ["-wal", "-shm"] {
        private_file::remove(&beside(path, ending)).map_err(unusable)?;
        private_file::remove(&beside(&copy, ending)).map_err(unusable)?;
    }
    // Windows flushes only what is open for writing.
    let synced = std::fs::File::options().write(true).open(&copy).and_then(|file| file.sync_all());
    synced.and_then(|()| private_file::put_in_place(&copy, path)).map_err(unusable)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn open(path: &Path, key: Option<&DatabaseKey>) -> Result<Connection> {
    // Whatever is read first is where a wrong key shows.
    let opened = connect(path, key, OpenFlags::SQLITE_OPEN_READ_WRITE).and_then(|connection| {
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(connection)
    });
    opened.map_err(|error| match StoreError::from(error) {
        StoreError::Database(_) if key.is_some() => StoreError::OtherKey { path: path.to_owned() },
        other => other,
    })
}

fn make_copy(path: &Path, old: Option<&DatabaseKey>, copy: &Path, new: Option<&DatabaseKey>) -> Result<()> {
    let connection = open(path, old)?;
    // Everything is in the file itself from here on, and nobody else has it.
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    let key = new.map_or_else(|| Zeroizing::new("''".to_owned()), DatabaseKey::literal);
    let attach = Zeroizing::new(format!("ATTACH DATABASE ? AS copy KEY {}", *key));
    connection.execute(&attach, [copy.to_string_lossy()])?;
    if new.is_some() {
        connection.execute_batch(&format!("PRAGMA copy.cipher_page_size = {PAGE_SIZE}"))?;
    } else {
        connection.execute_batch(&format!("PRAGMA copy.page_size = {PAGE_SIZE}"))?;
    }
    connection.execute_batch("PRAGMA copy.auto_vacuum = INCREMENTAL")?;
    connection.query_row("SELECT sqlcipher_export('copy')", [], |_| Ok(()))?;
    for mark in MARKS {
        let value: i64 = one_row(&connection, &format!("PRAGMA main.{mark}"), [], |row| Ok(row.get(0)?))?;
        connection.execute_batch(&format!("PRAGMA copy.{mark} = {value}"))?;
    }
    connection.execute_batch("DETACH DATABASE copy")?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(())
}

/// The copy, opened as it will be, is sound and holds what the old one holds.
fn compare(path: &Path, old: Option<&DatabaseKey>, copy: &Path, new: Option<&DatabaseKey>) -> Result<()> {
    let (old, new) = (open(path, old)?, open(copy, new)?);
    let is_sound: String = one_row(&new, "PRAGMA integrity_check(1)", [], |row| Ok(row.get(0)?))?;
    let differs = |what: &str| StoreError::CopyDiffers { what: what.to_owned() };
    if is_sound != "ok" {
        return Err(differs(&is_sound));
    }
    for mark in MARKS {
        let read = |connection: &Connection| -> Result<i64> {
            one_row(connection, &format!("PRAGMA {mark}"), [], |row| Ok(row.get(0)?))
        };
        if read(&old)? != read(&new)? {
            return Err(differs(mark));
        }
    }
    let schema = "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema ORDER BY type, name";
    if digest(&old, schema)? != digest(&new, schema)? {
        return Err(differs("the schema"));
    }
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    for table in rows(&old, tables, [], |row| Ok(row.get::<_, String>(0)?))? {
        // In the order in which they lie there, which is that of the primary key.
        let all = format!("SELECT * FROM \"{table}\" NOT INDEXED");
        if digest(&old, &all)? != digest(&new, &all)? {
            return Err(differs(&table));
        }
    }
    for connection in [old, new] {
        connection.close().map_err(|(_, error)| error)?;
    }
    Ok(())
}

/// Of every value of every row, with its type and its length.
fn digest(connection: &Connection, sql: &str) -> Result<Vec<u8>> {
    let mut statement = connection.prepare(sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query([])?;
    let mut digest = Context::new(&SHA256);
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            let (kind, bytes): (u8, &[u8]) = match row.get_ref(column)? {
                ValueRef::Null => (0, &[]),
                ValueRef::Integer(number) => (1, &number.to_le_bytes()),
                ValueRef::Real(number) => (2, &number.to_bits().to_le_bytes()),
                ValueRef::Text(text) => (3, text),
                ValueRef::Blob(blob) => (4, blob),
            };
            digest.update(&[kind]);
            digest.update(&(bytes.len() as u64).to_le_bytes());
            digest.update(bytes);
        }
    }
    Ok(digest.finish().as_ref().to_vec())
}
