//! Secrets at rest, the key that seals them, and its change from a file to a passphrase and back, cut off where it can be.

use std::path::{Path, PathBuf};

use market::EpochSeconds;
use rusqlite::Connection;
use secrecy::{ExposeSecret, SecretString};
use store::{
    Passphrase, SourceKind, Store, Unlock, Vault, VaultError, VaultKey, move_to_key_file, move_to_passphrase,
};
use tempfile::TempDir;

const NOW: EpochSeconds = EpochSeconds(1_758_000_000);
const SECRET: &str = "a token that must not be readable on the disk";
const SOURCE: SourceKind = SourceKind::Upstox;

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(&SecretString::from(text)).unwrap()
}

fn right() -> Passphrase {
    passphrase("correct horse battery")
}

async fn open(data: &Path, unlock: &Unlock) -> Result<(Store, Vault), VaultError> {
    let key = VaultKey::find(data, unlock).await?;
    let store = Store::open(data, SOURCE).await?;
    let vault = Vault::open(&store, &key, SOURCE).await?;
    Ok((store, vault))
}

/// A directory with a secret in it.
async fn shelf(unlock: &Unlock) -> TempDir {
    let data = TempDir::new().unwrap();
    let (store, vault) = open(data.path(), unlock).await.unwrap();
    vault.put("session", &SecretString::from(SECRET), NOW).await.unwrap();
    store.close().await.unwrap();
    data
}

async fn assert_opens(data: &Path, unlock: &Unlock) {
    let (store, vault) = open(data, unlock).await.unwrap();
    let (secret, stored_at) = vault.get("session").await.unwrap().unwrap();
    assert_eq!((secret.expose_secret(), stored_at), (SECRET, NOW));
    store.close().await.unwrap();
}

async fn refusal(data: &Path, unlock: &Unlock) -> VaultError {
    open(data, unlock).await.err().unwrap()
}

fn assert_nowhere(data: &Path, text: &str) {
    for entry in std::fs::read_dir(data).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(text.len()).any(|part| part == text.as_bytes()));
    }
}

/// All that is sealed, as it lies there.
fn sealed(data: &Path) -> Vec<(String, Vec<u8>)> {
    let connection = Connection::open(data.join("expirytrack.db")).unwrap();
    let mut statement = connection.prepare("SELECT name, sealed FROM vault ORDER BY name").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

fn put_sealed(data: &Path, all: &[(String, Vec<u8>)]) {
    let connection = Connection::open(data.join("expirytrack.db")).unwrap();
    for (name, sealed) in all {
        connection.execute("UPDATE vault SET sealed = ? WHERE name = ?", (sealed, name)).unwrap();
    }
}

fn key_file(data: &Path) -> PathBuf {
    data.join("key")
}

fn record(data: &Path) -> PathBuf {
    data.join("passphrase.json")
}

#[cfg(unix)]
fn assert_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_secret_is_sealed_to_its_key_its_name_and_its_source() {
    let data = shelf(&Unlock::default()).await;
    assert_nowhere(data.path(), SECRET);
    assert_opens(data.path(), &Unlock::default()).await;
    #[cfg(unix)]
    assert_private(&key_file(data.path()));

    let store = Store::open(data.path(), SOURCE).await.unwrap();
    let key = VaultKey::find(data.path(), &Unlock::default()).await.unwrap();
    let elsewhere = Vault::open(&store, &key, SourceKind::Other).await.unwrap();
    assert!(matches!(elsewhere.get("session").await, Err(VaultError::Sealed)));
    let other = data.path().join("other");
    std::fs::write(&other, [1; 32]).unwrap();
    let (_, vault) = open(data.path(), &Unlock::KeyFile(Some(other.clone()))).await.unwrap();
    assert!(matches!(vault.get("session").await, Err(VaultError::Sealed)));
    for length in [0, 31, 33] {
        std::fs::write(&other, vec![1; length]).unwrap();
        let refused = refusal(data.path(), &Unlock::KeyFile(Some(other.clone()))).await;
        assert!(matches!(refused, VaultError::KeyLength { .. }), "{refused}");
    }
}

#[tokio::test]
async fn a_passphrase_opens_what_it_sealed_and_no_other_does() {
    let unlock = Unlock::Passphrase(right());
    let data = shelf(&unlock).await;
    assert!(!key_file(data.path()).exists());
    assert_nowhere(data.path(), SECRET);
    assert_nowhere(data.path(), "correct horse battery");
    assert_opens(data.path(), &unlock).await;
    #[cfg(unix)]
    assert_private(&record(data.path()));

    let before = (sealed(data.path()), std::fs::read(record(data.path())).unwrap());
    let wrong = refusal(data.path(), &Unlock::Passphrase(passphrase("correct horse batterz"))).await;
    assert!(matches!(wrong, VaultError::WrongPassphrase), "{wrong}");
    let none = refusal(data.path(), &Unlock::default()).await;
    assert!(matches!(none, VaultError::PassphraseNeeded { .. }), "{none}");
    // A key file of somebody else's takes nothing over.
    let other = data.path().join("other");
    std::fs::write(&other, [1; 32]).unwrap();
    let none = refusal(data.path(), &Unlock::KeyFile(Some(other))).await;
    assert!(matches!(none, VaultError::PassphraseNeeded { .. }), "{none}");
    assert_eq!((sealed(data.path()), std::fs::read(record(data.path())).unwrap()), before);
    assert!(!key_file(data.path()).exists());
    assert_opens(data.path(), &unlock).await;
}

#[tokio::test]
async fn a_short_passphrase_and_a_file_that_holds_none_are_refused() {
    for text in ["", "eleven char"] {
        let refused = Passphrase::new(&SecretString::from(text)).err().unwrap();
        assert!(matches!(refused, VaultError::ShortPassphrase), "{refused}");
    }
    let data = TempDir::new().unwrap();
    let file = data.path().join("passphrase");
    let refusal = |bytes: &[u8]| {
        std::fs::write(&file, bytes).unwrap();
        Passphrase::read(&file).err().unwrap()
    };
    assert!(matches!(refusal(b""), VaultError::ShortPassphrase));
    assert!(matches!(refusal(b"\nthe second line is none"), VaultError::ShortPassphrase));
    assert!(matches!(refusal(&[0xff; 20]), VaultError::PassphraseFile { .. }));
    assert!(matches!(refusal(&[b'a'; 5000]), VaultError::PassphraseFile { .. }));
    std::fs::write(&file, "correct horse battery\r\n").unwrap();
    assert!(Passphrase::read(&file).unwrap().is(&SecretString::from("correct horse battery")));
    let missing = Passphrase::read(&data.path().join("none")).err().unwrap();
    assert!(matches!(missing, VaultError::PassphraseFile { .. }), "{missing}");
}

#[tokio::test]
async fn a_record_that_was_spoilt_is_named_and_nothing_is_tried() {
    let unlock = Unlock::Passphrase(right());
    let data = shelf(&unlock).await;
    let good = std::fs::read_to_string(record(data.path())).unwrap();
    for spoilt in [
        String::new(),
        good.replace("argon2id", "md5"),
        good.replace("65536", "4000000000"),
        good.replace("\"version\": 1", "\"version\": 2"),
        good.replace("\"salt\": \"", "\"salt\": \"zz"),
    ] {
        assert_ne!(spoilt, good);
        std::fs::write(record(data.path()), spoilt).unwrap();
        let refused = refusal(data.path(), &unlock).await;
        assert!(matches!(refused, VaultError::Record { .. }), "{refused}");
    }
    std::fs::write(record(data.path()), good).unwrap();
    assert_opens(data.path(), &unlock).await;
}

#[tokio::test]
async fn from_the_key_file_to_a_passphrase_and_back() {
    let data = shelf(&Unlock::default()).await;
    let refused = refusal(data.path(), &Unlock::Passphrase(right())).await;
    assert!(matches!(refused, VaultError::KeyFileInUse { .. }), "{refused}");
    let first = sealed(data.path());
    let old_key = std::fs::read(key_file(data.path())).unwrap();

    move_to_passphrase(data.path(), None, &right()).await.unwrap();
    assert!(!key_file(data.path()).exists());
    assert_opens(data.path(), &Unlock::Passphrase(right())).await;
    let again = move_to_passphrase(data.path(), None, &right()).await.err().unwrap();
    assert!(matches!(again, VaultError::HasPassphrase { .. }), "{again}");
    // A copy of the key file that somebody kept opens nothing any more.
    std::fs::write(key_file(data.path()), &old_key).unwrap();
    let refused = refusal(data.path(), &Unlock::default()).await;
    assert!(matches!(refused, VaultError::PassphraseNeeded { .. }), "{refused}");

    let wrong = passphrase("correct horse batterz");
    let refused = move_to_key_file(data.path(), &wrong, None).await.err().unwrap();
    assert!(matches!(refused, VaultError::WrongPassphrase), "{refused}");
    std::fs::remove_file(key_file(data.path())).unwrap();
    move_to_key_file(data.path(), &right(), None).await.unwrap();
    assert!(!record(data.path()).exists());
    assert_opens(data.path(), &Unlock::default()).await;
    assert_ne!(std::fs::read(key_file(data.path())).unwrap(), old_key);
    assert_ne!(sealed(data.path()), first);
    let refused = move_to_key_file(data.path(), &right(), None).await.err().unwrap();
    assert!(matches!(refused, VaultError::NoPassphrase { .. }), "{refused}");
}

#[tokio::test]
async fn a_key_file_elsewhere_is_left_where_it_is() {
    let elsewhere = TempDir::new().unwrap();
    let file = elsewhere.path().join("shared");
    let unlock = Unlock::KeyFile(Some(file.clone()));
    let data = shelf(&unlock).await;
    move_to_passphrase(data.path(), Some(file.clone()), &right()).await.unwrap();
    assert!(file.exists());
    assert_opens(data.path(), &Unlock::Passphrase(right())).await;
    move_to_key_file(data.path(), &right(), Some(file.clone())).await.unwrap();
    assert_opens(data.path(), &unlock).await;
}

#[tokio::test]
async fn a_change_that_was_cut_off_before_it_took_over_leaves_what_was() {
    let data = shelf(&Unlock::default()).await;
    let (before, old_key) = (sealed(data.path()), std::fs::read(key_file(data.path())).unwrap());
    move_to_passphrase(data.path(), None, &right()).await.unwrap();
    // The record is written; the transaction never was.
    put_sealed(data.path(), &before);
    std::fs::write(key_file(data.path()), &old_key).unwrap();
    let refused = refusal(data.path(), &Unlock::Passphrase(right())).await;
    assert!(matches!(refused, VaultError::MoveCutOff { .. }), "{refused}");
    assert_opens(data.path(), &Unlock::default()).await;
    assert!(!record(data.path()).exists(), "what the change left behind");
    move_to_passphrase(data.path(), None, &right()).await.unwrap();
    assert_opens(data.path(), &Unlock::Passphrase(right())).await;
}

#[tokio::test]
async fn a_change_that_was_cut_off_after_it_took_over_is_ended() {
    let data = shelf(&Unlock::default()).await;
    let old_key = std::fs::read(key_file(data.path())).unwrap();
    move_to_passphrase(data.path(), None, &right()).await.unwrap();
    std::fs::write(key_file(data.path()), &old_key).unwrap();
    assert_opens(data.path(), &Unlock::Passphrase(right())).await;
    assert!(!key_file(data.path()).exists(), "what the change left behind");

    let old_record = std::fs::read(record(data.path())).unwrap();
    move_to_key_file(data.path(), &right(), None).await.unwrap();
    std::fs::write(record(data.path()), &old_record).unwrap();
    assert_opens(data.path(), &Unlock::default()).await;
    assert!(!record(data.path()).exists());
}

#[tokio::test]
async fn a_directory_without_a_database_has_nothing_to_change() {
    let data = TempDir::new().unwrap();
    for refused in [
        move_to_passphrase(data.path(), None, &right()).await.err().unwrap(),
        move_to_key_file(data.path(), &right(), None).await.err().unwrap(),
    ] {
        assert!(matches!(refused, VaultError::Store(store::StoreError::Missing { .. })), "{refused}");
    }
    assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 0);
}

/// A key that is made for a database which is refused would be taken for the right one later.
#[cfg(not(feature = "encrypted"))]
#[tokio::test]
async fn no_key_is_made_beside_a_database_that_is_refused() {
    let noise: Vec<u8> = (0..16_384_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for (bytes, sentence) in
        [(&noise[..], "is encrypted"), (&noise[..10_000], "is not a database of ExpiryTrack")]
    {
        let data = TempDir::new().unwrap();
        std::fs::write(data.path().join("expirytrack.db"), bytes).unwrap();
        let refused = VaultKey::find(data.path(), &Unlock::default()).await.err().unwrap();
        assert!(refused.to_string().contains(sentence), "{refused}");
        assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 1, "{sentence}");
    }
    let data = TempDir::new().unwrap();
    let foreign = Connection::open(data.path().join("expirytrack.db")).unwrap();
    foreign.execute_batch("CREATE TABLE photo (id INTEGER PRIMARY KEY)").unwrap();
    drop(foreign);
    let refused = VaultKey::find(data.path(), &Unlock::default()).await.err().unwrap();
    assert!(refused.to_string().contains("is not a database of ExpiryTrack"), "{refused}");
    assert!(!data.path().join("key").exists());
}

/// Opening a pipe waits for whoever writes into it: what was named by mistake would hold the command for ever.
#[cfg(unix)]
#[tokio::test]
async fn a_pipe_in_place_of_a_key_or_a_passphrase_is_refused_at_once() {
    let data = TempDir::new().unwrap();
    let pipe = data.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let unlock = Unlock::KeyFile(Some(pipe.clone()));
    let refused = VaultKey::find(data.path(), &unlock).await.err().unwrap();
    assert!(matches!(refused, VaultError::KeyFile { .. }), "{refused}");
    let refused = Passphrase::read(&pipe).unwrap_err();
    assert!(matches!(refused, VaultError::PassphraseFile { .. }), "{refused}");
}
