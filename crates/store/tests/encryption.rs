//! A database that is encrypted: what lies on the disk, who opens it, and the way there and back. Only in a build with
//! encryption: `cargo test -p store --features encrypted --test encryption`.

#![cfg(feature = "encrypted")]
#![expect(clippy::unwrap_used, reason = "a test says what broke by panicking")]

use std::path::Path;

use store::{
    CopyError, Demands, Passphrase, SourceKind, Store, StoreError, Unlock, VaultError, VaultKey,
    copy_database, decrypt, encrypt, move_to_passphrase,
};
use tempfile::TempDir;

const SOURCE: SourceKind = SourceKind::Upstox;
const PLANTED: &str = "a setting that must not be readable on the disk";

async fn key(data: &Path) -> VaultKey {
    VaultKey::find(data, &Unlock::default()).await.unwrap()
}

fn bytes(data: &Path, name: &str) -> Vec<u8> {
    std::fs::read(data.join(name)).unwrap()
}

fn is_readable(bytes: &[u8]) -> bool {
    bytes.windows(PLANTED.len()).any(|part| part == PLANTED.as_bytes())
}

/// A directory with a setting in its database.
async fn shelf(is_encrypted: bool) -> TempDir {
    let data = TempDir::new().unwrap();
    let key = key(data.path()).await;
    let store = if is_encrypted {
        Store::open(key.place(), SOURCE).await.unwrap()
    } else {
        Store::open(data.path(), SOURCE).await.unwrap()
    };
    store.put_setting("planted", PLANTED).await.unwrap();
    if is_encrypted {
        assert!(!is_readable(&bytes(data.path(), "expirytrack.db-wal")));
    }
    store.close().await.unwrap();
    data
}

async fn assert_holds(place: impl Into<store::Place>) {
    let store = Store::open(place, SOURCE).await.unwrap();
    assert_eq!(store.setting("planted").await.unwrap().as_deref(), Some(PLANTED));
    store.put_setting("more", "is kept").await.unwrap();
    store.close().await.unwrap();
}

fn names(data: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(data)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_new_database_is_encrypted_from_its_first_byte() {
    let data = shelf(true).await;
    let file = bytes(data.path(), "expirytrack.db");
    assert!(!file.starts_with(b"SQLite format 3") && !is_readable(&file));
    assert_holds(key(data.path()).await.place()).await;
    let reading = Store::open_for_reading(key(data.path()).await.place()).await.unwrap();
    assert_eq!(reading.setting("planted").await.unwrap().as_deref(), Some(PLANTED));

    let refused = Store::open(data.path(), SOURCE).await.err().unwrap();
    assert!(matches!(refused, StoreError::Encrypted { .. }), "{refused}");
    let other = TempDir::new().unwrap();
    let wrong = store::Place { data_dir: data.path().to_owned(), key: key(other.path()).await.place().key };
    let refused = Store::open(wrong.clone(), SOURCE).await.err().unwrap();
    assert!(matches!(refused, StoreError::OtherKey { .. }), "{refused}");
    let refused = Store::open_for_reading(wrong).await.err().unwrap();
    assert!(matches!(refused, StoreError::OtherKey { .. }), "{refused}");
    assert_eq!(bytes(data.path(), "expirytrack.db").len(), file.len());
}

#[tokio::test]
async fn a_plain_database_is_encrypted_and_decrypted_again() {
    let data = shelf(false).await;
    let key = key(data.path()).await;
    assert!(is_readable(&bytes(data.path(), "expirytrack.db")));
    let refused = Store::open(key.place(), SOURCE).await.err().unwrap();
    assert!(matches!(refused, StoreError::NotEncrypted { .. }), "{refused}");
    let refused = decrypt(&key).await.err().unwrap();
    assert!(matches!(refused, VaultError::Store(StoreError::PlainAlready { .. })), "{refused}");

    // What an encryption that was cut off left behind is in nobody's way.
    std::fs::write(data.path().join("expirytrack.copy"), "half").unwrap();
    encrypt(&key).await.unwrap();
    assert!(!is_readable(&bytes(data.path(), "expirytrack.db")));
    assert_eq!(names(data.path()), ["expirytrack.db", "key"]);
    assert_holds(key.place()).await;
    let refused = encrypt(&key).await.err().unwrap();
    assert!(matches!(refused, VaultError::Store(StoreError::EncryptedAlready { .. })), "{refused}");
    let passphrase = Passphrase::new(&"correct horse battery".to_owned().into()).unwrap();
    let refused = move_to_passphrase(data.path(), None, &passphrase).await.err().unwrap();
    assert!(matches!(refused, VaultError::MoveOfEncrypted), "{refused}");

    let other = TempDir::new().unwrap();
    std::fs::copy(data.path().join("expirytrack.db"), other.path().join("expirytrack.db")).unwrap();
    let refused = VaultKey::find(other.path(), &Unlock::default()).await.err().unwrap();
    assert!(matches!(refused, VaultError::KeyMissing { .. }), "{refused}");
    assert_eq!(names(other.path()), ["expirytrack.db"]);
    std::fs::write(other.path().join("key"), [7; 32]).unwrap();
    let wrong = VaultKey::find(other.path(), &Unlock::default()).await.unwrap();
    let refused = decrypt(&wrong).await.err().unwrap();
    assert!(matches!(refused, VaultError::Store(StoreError::OtherKey { .. })), "{refused}");
    assert_eq!(names(other.path()), ["expirytrack.db", "key"]);

    decrypt(&key).await.unwrap();
    assert!(is_readable(&bytes(data.path(), "expirytrack.db")));
    assert_holds(data.path()).await;
    let connection = rusqlite::Connection::open(data.path().join("expirytrack.db")).unwrap();
    for (mark, value) in [("application_id", 0x4558_5452), ("page_size", 8192), ("auto_vacuum", 2)] {
        let found: i64 = connection.query_row(&format!("PRAGMA {mark}"), [], |row| row.get(0)).unwrap();
        assert_eq!(found, value, "{mark}");
    }
}

#[tokio::test]
async fn nothing_is_encrypted_where_there_is_no_database() {
    let data = TempDir::new().unwrap();
    let refused = encrypt(&key(data.path()).await).await.err().unwrap();
    assert!(matches!(refused, VaultError::Store(StoreError::Missing { .. })), "{refused}");
}

#[tokio::test]
async fn a_copy_is_encrypted_with_the_same_key_and_with_no_other_it_is_copied() {
    let (data, elsewhere) = (shelf(true).await, TempDir::new().unwrap());
    let (path, copy) = (data.path().join("expirytrack.db"), elsewhere.path().join("expirytrack.db"));
    let place = key(data.path()).await.place();
    let demands = Demands { source: Some(SOURCE), intact: true, encrypted_as_told: true };
    let copied = copy_database(&path, place.key.as_ref(), &copy, demands).await.unwrap();
    let file = bytes(elsewhere.path(), "expirytrack.db");
    assert!(
        !file.starts_with(b"SQLite format 3") && !is_readable(&file) && copied.bytes == file.len() as u64
    );
    let from_copy = elsewhere.path().join("again.db");
    copy_database(&copy, place.key.as_ref(), &from_copy, demands).await.unwrap();
    let there = store::Place { data_dir: elsewhere.path().to_owned(), key: place.key };
    assert_holds(there).await;

    let other = key(TempDir::new().unwrap().path()).await.place().key;
    let target = elsewhere.path().join("refused.db");
    for (key, expected) in [(None, "only a build with encryption opens it"), (other.as_ref(), "another key")]
    {
        let refused = copy_database(&from_copy, key, &target, demands).await.unwrap_err();
        assert!(
            matches!(refused, CopyError::Store(_)) && refused.to_string().contains(expected),
            "{refused}"
        );
    }
    assert_eq!(names(elsewhere.path()), ["again.db", "expirytrack.db"]);
}
