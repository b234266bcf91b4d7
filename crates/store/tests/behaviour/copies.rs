//! Copies of a database: what is in one, what is refused and in which words, and that nothing half done stays.

use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::Poll;

use crate::common;
use market::EpochSeconds;
use rusqlite::Connection;
use secrecy::SecretString;
use store::{CopyError, Demands, SourceKind, Store, Unlock, Vault, VaultKey, copy_database};
use tempfile::TempDir;

const NOW: EpochSeconds = EpochSeconds(1_758_000_000);
const ANY: Demands = Demands { source: None, intact: true, encrypted_as_told: false };

fn database(data: &TempDir) -> PathBuf {
    data.path().join("expirytrack.db")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|of| of.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn pragma(connection: &Connection, name: &str) -> i64 {
    connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0)).unwrap()
}

async fn requests(store: &Store, many: u32) {
    for _ in 0..many {
        store.record_request(common::audit("expiries", NOW), Vec::new()).await.unwrap();
    }
}

#[tokio::test]
async fn a_copy_is_whole_while_somebody_writes_and_is_its_owners_alone() {
    let (data, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let store = Store::open(data.path(), SourceKind::Upstox).await.unwrap();
    let deleted = "sealed or not, what was deleted does not come along";
    store.put_setting("planted", deleted).await.unwrap();
    store.put_setting("planted", "another text").await.unwrap();
    let key = VaultKey::find(data.path(), &Unlock::default()).await.unwrap();
    let vault = Vault::open(&store, &key, SourceKind::Upstox).await.unwrap();
    vault.put("session", &SecretString::from("planted-token"), NOW).await.unwrap();
    requests(&store, 20).await;

    let writer = store.clone();
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let writing = tokio::spawn(async move {
        let mut stopped = pin!(stopped);
        loop {
            tokio::select! {
                biased;
                _ = &mut stopped => return,
                () = requests(&writer, 1) => {}
            }
        }
    });
    let mut copies = Vec::new();
    for number in 0..5 {
        let target = elsewhere.path().join(format!("copy-{number}.db"));
        copies.push((copy_database(&database(&data), None, &target, ANY).await.unwrap(), target));
    }
    stop.send(()).unwrap();
    writing.await.unwrap();

    for (copied, target) in &copies {
        let connection = Connection::open(target).unwrap();
        let marks = ["application_id", "page_size", "auto_vacuum"].map(|name| pragma(&connection, name));
        assert_eq!(marks, [0x4558_5452, 8192, 2]);
        let requests: i64 =
            connection.query_row("SELECT count(*) FROM fetch_audit", [], |row| row.get(0)).unwrap();
        assert!(requests >= 20 && requests.unsigned_abs() == copied.contents.requests);
        let bytes = std::fs::read(target).unwrap();
        assert_eq!(bytes.len() as u64, copied.bytes);
        let hash = ring::digest::digest(&ring::digest::SHA256, &bytes);
        assert_eq!(hash.as_ref(), copied.sha256);
        for planted in [deleted, "planted-token"] {
            assert!(!bytes.windows(planted.len()).any(|part| part == planted.as_bytes()), "{planted}");
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(target).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
    assert!(copies[4].0.contents.requests > copies[0].0.contents.requests, "nobody wrote meanwhile");
    assert_eq!(names(elsewhere.path()), ["copy-0.db", "copy-1.db", "copy-2.db", "copy-3.db", "copy-4.db"]);
}

#[tokio::test]
async fn a_target_that_cannot_be_is_refused_and_nothing_is_touched() {
    let (data, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    Store::open(data.path(), SourceKind::Upstox).await.unwrap().close().await.unwrap();
    let there = elsewhere.path().join("there.db");
    std::fs::write(&there, "somebody's").unwrap();
    let refused = copy_database(&database(&data), None, &there, ANY).await.unwrap_err();
    assert!(matches!(refused, CopyError::Exists { .. }), "{refused}");
    assert_eq!(std::fs::read(&there).unwrap(), b"somebody's");

    let nowhere = elsewhere.path().join("no/such/folder.db");
    let refused = copy_database(&database(&data), None, &nowhere, ANY).await.unwrap_err();
    assert!(refused.to_string().contains("check that its folder is there"), "{refused}");

    // SQLite holds its lock on what it writes.
    let (new, partial) = (elsewhere.path().join("new.db"), elsewhere.path().join("new.db.partial"));
    let writing = Connection::open(&partial).unwrap();
    writing.execute_batch("BEGIN IMMEDIATE; CREATE TABLE half (a)").unwrap();
    let refused = copy_database(&database(&data), None, &new, ANY).await.unwrap_err().to_string();
    let told = format!("{} is being written: another copy of that name is made", partial.display());
    assert!(refused.contains(&told), "{refused}");
    assert!(partial.exists() && !new.exists());
    drop(writing);

    #[cfg(unix)]
    {
        let link = elsewhere.path().join("link.db");
        std::os::unix::fs::symlink("/nowhere/at/all", &link).unwrap();
        let refused = copy_database(&database(&data), None, &link, ANY).await.unwrap_err();
        assert!(matches!(refused, CopyError::Exists { .. }), "{refused}");
    }
}

/// Whatever it had come to, and whatever lies beside it.
#[tokio::test]
async fn what_a_killed_copy_left_half_written_gives_way_to_the_next() {
    let (data, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    Store::open(data.path(), SourceKind::Upstox).await.unwrap().close().await.unwrap();
    let target = elsewhere.path().join("new.db");
    let whole = std::fs::read(database(&data)).unwrap();
    for half in [&b""[..], b"no database at all", &whole[..whole.len() / 2], &whole] {
        std::fs::write(elsewhere.path().join("new.db.partial"), half).unwrap();
        std::fs::write(elsewhere.path().join("new.db.partial-journal"), half).unwrap();
        copy_database(&database(&data), None, &target, ANY).await.unwrap();
        assert_eq!(names(elsewhere.path()), ["new.db"]);
        std::fs::remove_file(&target).unwrap();
    }
    // A link that leads elsewhere is replaced, and not what it leads to.
    #[cfg(unix)]
    {
        let other = data.path().join("other.db");
        std::fs::write(&other, "somebody's").unwrap();
        std::os::unix::fs::symlink(&other, elsewhere.path().join("new.db.partial")).unwrap();
        copy_database(&database(&data), None, &target, ANY).await.unwrap();
        assert_eq!(names(elsewhere.path()), ["new.db"]);
        assert_eq!(std::fs::read(&other).unwrap(), b"somebody's");
    }
}

#[tokio::test]
async fn a_source_that_is_not_ours_not_this_ones_or_not_whole_is_refused_in_words() {
    let (data, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let store = Store::open(data.path(), SourceKind::Simulated).await.unwrap();
    requests(&store, 300).await;
    store.close().await.unwrap();
    let target = elsewhere.path().join("copy.db");
    let refuse = async |source: &Path, demands: Demands, words: &str| {
        let refused = copy_database(source, None, &target, demands).await.unwrap_err();
        assert!(store::chain(&refused).contains(words), "{refused}");
        assert_eq!(names(elsewhere.path()), Vec::<String>::new(), "{words}");
    };
    let upstox = Demands { source: Some(SourceKind::Upstox), ..ANY };
    refuse(&database(&data), upstox, "holds data of the simulated market, and here belong data of Upstox")
        .await;
    refuse(&data.path().join("missing"), ANY, "missing cannot be read").await;
    refuse(data.path(), ANY, "is no database of ExpiryTrack").await;

    let other = data.path().join("other.db");
    std::fs::write(&other, "").unwrap();
    refuse(&other, ANY, "is no database of ExpiryTrack").await;
    std::fs::write(&other, [b'x'; 10_000]).unwrap();
    refuse(&other, ANY, "is no database of ExpiryTrack").await;
    std::fs::remove_file(&other).unwrap();
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    refuse(&other, ANY, "is no database of ExpiryTrack").await;

    let newer = data.path().join("newer.db");
    copy_database(&database(&data), None, &newer, ANY).await.unwrap();
    let sound = std::fs::read(&newer).unwrap();
    let connection = Connection::open(&newer).unwrap();
    connection.execute("INSERT INTO _sqlx_migrations VALUES (999, 'future', 0, 1, x'00', 0)", []).unwrap();
    drop(connection);
    refuse(&newer, ANY, "was written by a newer version of ExpiryTrack").await;

    let damaged = data.path().join("damaged.db");
    let mut refused_pages = 0;
    // Every page in turn is overwritten: what a check finds is refused, and most of it is found.
    for page in 0..sound.len() / 8192 {
        let mut bytes = sound.clone();
        bytes[page * 8192..][..8192].fill(0xa5);
        std::fs::write(&damaged, bytes).unwrap();
        match copy_database(&damaged, None, &target, ANY).await {
            Ok(_) => std::fs::remove_file(&target).unwrap(),
            Err(error @ (CopyError::Damaged { .. } | CopyError::Foreign { .. })) => {
                assert!(error.to_string().contains("damaged.db"), "{error}");
                refused_pages += 1;
            }
            Err(error) => panic!("page {page}: {error:?}"),
        }
        assert_eq!(names(elsewhere.path()), Vec::<String>::new(), "page {page}");
    }
    assert!(refused_pages > sound.len() / 8192 / 2, "{refused_pages} of {}", sound.len() / 8192);
    std::fs::write(&damaged, &sound[..sound.len() / 2]).unwrap();
    refuse(&damaged, ANY, "damaged.db is damaged").await;
}

#[test]
fn a_copy_that_nobody_waits_for_any_more_leaves_nothing() {
    let (data, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let target = elsewhere.path().join("copy.db");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(data.path(), SourceKind::Upstox).await.unwrap();
        requests(&store, 300).await;
        store.close().await.unwrap();
        let path = database(&data);
        let mut copy = pin!(copy_database(&path, None, &target, ANY));
        let begun = poll_fn(|context| Poll::Ready(copy.as_mut().poll(context))).await;
        assert!(begun.is_pending());
    });
    // Waits for the thread that works on it.
    drop(runtime);
    assert_eq!(names(elsewhere.path()), Vec::<String>::new());
}

/// What a backup is restored from may be named by mistake: opening a pipe would wait for ever.
#[cfg(unix)]
#[tokio::test]
async fn a_pipe_is_no_database_and_is_not_waited_for() {
    let elsewhere = TempDir::new().unwrap();
    let pipe = elsewhere.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let demands = Demands { encrypted_as_told: true, ..ANY };
    let refused = copy_database(&pipe, None, &elsewhere.path().join("copy.db"), demands).await.err().unwrap();
    assert!(matches!(refused, CopyError::Foreign { .. }), "{refused}");
    assert_eq!(names(elsewhere.path()), ["pipe"]);
}
