//! What opens, what is refused and with which sentence; secrets at rest.

use market::EpochSeconds;
use protocol::Market;
use rusqlite::Connection;
use secrecy::{ExposeSecret, SecretString};
use store::{OwnerLock, SlotBlockRow, SourceKind, Store, StoreError, Vault, VaultError};
use tempfile::TempDir;

const NOW: EpochSeconds = EpochSeconds(1_758_000_000);

#[tokio::test]
async fn a_new_file_carries_its_marks_and_opens_again() {
    let data = TempDir::new().unwrap();
    Store::open(data.path(), SourceKind::Upstox).await.unwrap().close().await.unwrap();
    let connection = Connection::open(data.path().join("expirytrack.db")).unwrap();
    let pragma = |name: &str| -> i64 {
        connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0)).unwrap()
    };
    assert_eq!(pragma("application_id"), 0x4558_5452);
    assert_eq!(pragma("page_size"), 8192);
    assert_eq!(pragma("auto_vacuum"), 2, "incremental");
    let journal: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(journal, "wal");
    Store::open(data.path(), SourceKind::Upstox).await.unwrap();
    Store::open_for_reading(data.path()).await.unwrap();
}

#[tokio::test]
async fn a_creation_that_was_cut_short_is_taken_up_and_anothers_file_is_not() {
    let data = TempDir::new().unwrap();
    let path = data.path().join("expirytrack.db");
    std::fs::write(&path, "").unwrap();
    Store::open(data.path(), SourceKind::Upstox).await.unwrap().close().await.unwrap();

    std::fs::remove_file(&path).unwrap();
    Connection::open(&path).unwrap().execute_batch("PRAGMA application_id = 1").unwrap();
    let foreign = Store::open(data.path(), SourceKind::Upstox).await.err().unwrap();
    assert!(matches!(foreign, StoreError::Foreign { .. }), "{foreign}");
}

#[tokio::test]
async fn what_is_not_ours_is_refused_in_words() {
    let data = TempDir::new().unwrap();
    let missing = Store::open_for_reading(data.path()).await.err().unwrap();
    assert!(matches!(missing, StoreError::Missing { .. }), "{missing}");

    Store::open(data.path(), SourceKind::Simulated).await.unwrap().close().await.unwrap();
    let other = Store::open(data.path(), SourceKind::Upstox).await.err().unwrap();
    assert!(matches!(other, StoreError::OtherSource { .. }), "{other}");

    let path = data.path().join("expirytrack.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute("INSERT INTO _sqlx_migrations VALUES (999, 'future', 0, 1, x'00', 0)", []).unwrap();
    drop(connection);
    let newer = Store::open(data.path(), SourceKind::Simulated).await.err().unwrap();
    assert!(matches!(newer, StoreError::Newer { .. }), "{newer}");
    let newer = Store::open_for_reading(data.path()).await.err().unwrap();
    assert!(matches!(newer, StoreError::Newer { .. }), "{newer}");

    std::fs::write(&path, "this is not a database, and it is longer than a header of one hundred bytes, is it not? Yes, it is by now.").unwrap();
    let foreign = Store::open(data.path(), SourceKind::Simulated).await.err().unwrap();
    assert!(matches!(foreign, StoreError::Foreign { .. } | StoreError::Database(_)), "{foreign}");
}

#[test]
fn a_directory_has_one_owner_at_a_time() {
    let data = TempDir::new().unwrap();
    let lock = OwnerLock::take(data.path()).unwrap();
    lock.announce(Some("http://127.0.0.1:5000".to_owned()), Market::Simulated).unwrap();
    match OwnerLock::take(data.path()).err().unwrap() {
        StoreError::Owned { pid, address, .. } => {
            assert_eq!(pid, std::process::id());
            assert_eq!(address.as_deref(), Some("http://127.0.0.1:5000"));
        }
        other => panic!("{other}"),
    }
    drop(lock);
    OwnerLock::take(data.path()).unwrap();
    let file = data.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert!(matches!(OwnerLock::take(&file), Err(StoreError::Directory { .. })));
}

#[tokio::test]
async fn a_secret_is_sealed_to_its_key_its_name_and_its_source() {
    let data = TempDir::new().unwrap();
    let store = Store::open(data.path(), SourceKind::Upstox).await.unwrap();
    let vault = Vault::open(&store, data.path(), None, SourceKind::Upstox).unwrap();
    let secret = "a token that must not be readable on the disk";
    vault.put("session", &SecretString::from(secret), NOW).await.unwrap();
    let (opened, stored_at) = vault.get("session").await.unwrap().unwrap();
    assert_eq!((opened.expose_secret(), stored_at), (secret, NOW));

    store.close().await.unwrap();
    for entry in std::fs::read_dir(data.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()));
    }
    let store = Store::open(data.path(), SourceKind::Upstox).await.unwrap();
    let elsewhere = Vault::open(&store, data.path(), None, SourceKind::Other).unwrap();
    assert!(matches!(elsewhere.get("session").await, Err(VaultError::Sealed)));
    let other_key = data.path().join("other");
    std::fs::write(&other_key, [1; 32]).unwrap();
    let other = Vault::open(&store, data.path(), Some(&other_key), SourceKind::Upstox).unwrap();
    assert!(matches!(other.get("session").await, Err(VaultError::Sealed)));
    std::fs::write(&other_key, [1; 31]).unwrap();
    let short = Vault::open(&store, data.path(), Some(&other_key), SourceKind::Upstox);
    assert!(matches!(short, Err(VaultError::KeyLength { .. })));

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(data.path().join("key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test]
async fn slot_blocks_are_put_replaced_and_forgotten() {
    let data = TempDir::new().unwrap();
    let store = Store::open(data.path(), SourceKind::Upstox).await.unwrap();
    let open = SlotBlockRow {
        id: 1,
        size: 10,
        used: None,
        opened_wall_ms: 1,
        closed_wall_ms: None,
        boot_id: Some("b".to_owned()),
        opened_uptime_ms: Some(2),
        closed_uptime_ms: None,
    };
    store.change_slot_blocks(std::slice::from_ref(&open), &[]).await.unwrap();
    assert_eq!(store.slot_blocks().await.unwrap(), std::slice::from_ref(&open));
    let closed = SlotBlockRow { used: Some(7), closed_wall_ms: Some(3), closed_uptime_ms: Some(4), ..open };
    store.change_slot_blocks(std::slice::from_ref(&closed), &[99]).await.unwrap();
    assert_eq!(store.slot_blocks().await.unwrap(), [closed]);
    store.change_slot_blocks(&[], &[1]).await.unwrap();
    assert!(store.slot_blocks().await.unwrap().is_empty());
}
