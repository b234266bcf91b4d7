//! What a change may rely on, whoever makes it: it is there as a whole or not at all.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use market::EpochSeconds;
use protocol::EventLevel;
use store::{NewEvent, SourceKind, Store, StoreError};
use tempfile::TempDir;

const NOW: EpochSeconds = EpochSeconds(1_758_000_000);

fn event(job: i64) -> NewEvent {
    NewEvent { job, at: NOW, level: EventLevel::Info, message: "something".to_owned(), expired_key: None }
}

#[tokio::test]
async fn a_write_that_nobody_waits_for_ends_and_the_next_one_waits_for_it() {
    let data = TempDir::new().unwrap();
    let store = Store::open(data.path(), SourceKind::Upstox).await.unwrap();
    {
        let mut begun = pin!(store.put_setting("a", "begun"));
        poll_fn(|context| Poll::Ready(begun.as_mut().poll(context).is_ready())).await;
    }
    store.put_setting("b", "after it").await.unwrap();
    assert_eq!(store.setting("a").await.unwrap().as_deref(), Some("begun"));
}

#[tokio::test]
async fn a_write_that_fails_leaves_nothing_and_the_next_one_succeeds() {
    let data = TempDir::new().unwrap();
    let store = Store::open(data.path(), SourceKind::Upstox).await.unwrap();
    let job = store.create_job("job", "{}", &[], NOW).await.unwrap();
    // The second event is of a job that there is not.
    let failed = store.add_events(&[event(job), event(job + 1)]).await;
    assert!(matches!(failed, Err(StoreError::Database(_))), "{failed:?}");
    assert!(store.events_after(job, 0, 10).await.unwrap().is_empty());
    store.add_events(&[event(job)]).await.unwrap();
    assert_eq!(store.events_after(job, 0, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn who_opened_for_reading_cannot_write() {
    let data = TempDir::new().unwrap();
    Store::open(data.path(), SourceKind::Upstox).await.unwrap().close().await.unwrap();
    let store = Store::open_for_reading(data.path()).await.unwrap();
    let refused = store.put_setting("a", "b").await;
    assert!(matches!(refused, Err(StoreError::Unreadable(_))), "{refused:?}");
    assert_eq!(store.setting("a").await.unwrap(), None);
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_closed_database_is_one_file() {
    let data = TempDir::new().unwrap();
    let store = Store::open(data.path(), SourceKind::Upstox).await.unwrap();
    store.put_setting("a", "b").await.unwrap();
    assert!(data.path().join("expirytrack.db-wal").exists());
    store.close().await.unwrap();
    assert!(!data.path().join("expirytrack.db-wal").exists());
}
