//! What opens, what is refused and with which sentence

use protocol::{Market, SecretText};
use rusqlite::Connection;
use store::{OwnerLock, OwnerServer, SlotBlockRow, SourceKind, Store, StoreError};
use tempfile::TempDir;

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
    let owner_file = data.path().join("owner.json");
    std::fs::write(&owner_file, "left behind, and readable by all").unwrap();
    let server = OwnerServer {
        address: "http://127.0.0.1:5000".to_owned(),
        key: SecretText("planted".to_owned()),
        certificate: None,
    };
    lock.announce(Market::Simulated, Some(server.clone())).unwrap();
    let owner = OwnerLock::owner(data.path()).unwrap();
    assert_eq!((owner.market, owner.server.as_ref()), (Market::Simulated, Some(&server)));
    assert!(!format!("{owner:?}").contains("planted"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&owner_file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    match OwnerLock::take(data.path()).err().unwrap() {
        StoreError::Owned { pid, address, .. } => {
            assert_eq!(pid, std::process::id());
            assert_eq!(address.as_deref(), Some("http://127.0.0.1:5000"));
        }
        other => panic!("{other}"),
    }
    drop(lock);
    let lock = OwnerLock::take(data.path()).unwrap();
    assert_eq!(OwnerLock::owner(data.path()).unwrap().server, None, "a command is no server");
    drop(lock);
    let file = data.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert!(matches!(OwnerLock::take(&file), Err(StoreError::Directory { .. })));
}

#[test]
fn what_was_made_for_an_owner_goes_with_it_unless_it_stays() {
    let data = TempDir::new().unwrap();
    let deep = data.path().join("deep/data");
    let names = || {
        let entries = std::fs::read_dir(&deep).unwrap();
        let mut names: Vec<_> = entries.map(|of| of.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    drop(OwnerLock::take(&deep).unwrap());
    assert!(!data.path().join("deep").exists());

    let held = OwnerLock::take(&deep).unwrap();
    assert!(matches!(OwnerLock::take(&deep), Err(StoreError::Owned { .. })));
    assert_eq!(names(), ["lock", "owner.json"], "whoever is refused takes nothing of another's away");
    std::fs::write(deep.join("access.json"), "{}").unwrap();
    drop(held);
    assert_eq!(names(), ["access.json"]);
    drop(OwnerLock::take(&deep).unwrap().stays());
    assert_eq!(names(), ["access.json", "lock"]);
    drop(OwnerLock::take(&deep).unwrap());
    assert_eq!(names(), ["access.json", "lock"], "it was there before");
}

#[tokio::test]
async fn a_database_of_another_source_is_refused_before_its_layout_changes() {
    let data = TempDir::new().unwrap();
    Store::open(data.path(), SourceKind::Simulated).await.unwrap().close().await.unwrap();
    let path = data.path().join("expirytrack.db");
    let before = std::fs::read(&path).unwrap();
    let other = Store::open(data.path(), SourceKind::Upstox).await.err().unwrap();
    assert!(matches!(other, StoreError::OtherSource { .. }), "{other}");
    assert!(std::fs::read(&path).unwrap() == before, "nothing is written into it");
    assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 1, "and nothing beside it");
}

#[tokio::test]
async fn an_encrypted_file_is_refused_as_what_it_may_be() {
    let data = TempDir::new().unwrap();
    std::fs::write(data.path().join("expirytrack.db"), [0x5a; 2 * 8192]).unwrap();
    let refused = Store::open(data.path(), SourceKind::Upstox).await.err().unwrap();
    assert!(matches!(refused, StoreError::Encrypted { .. }), "{refused}");
    let refused = Store::open_for_reading(data.path()).await.err().unwrap();
    assert!(matches!(refused, StoreError::Encrypted { .. }), "{refused}");
    assert_eq!(std::fs::read(data.path().join("expirytrack.db")).unwrap(), [0x5a; 2 * 8192]);
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
