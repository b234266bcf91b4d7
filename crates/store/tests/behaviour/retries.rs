//! Taking a job up again is one change; and a word that nobody knows is an error, wherever it stands.

use crate::common;
use market::{Day, EpochSeconds, Underlying};
use protocol::{JobCommand, JobId, JobStatus};
use rusqlite::Connection;
use store::{JobChange, Prunable, SourceKind, Store, StoreError, UnitEnd, UnitState, WantedBy};
use tempfile::TempDir;

const NOW: EpochSeconds = EpochSeconds(1_758_000_000);

/// A job that ended with one failed part, and a second connection to its database.
async fn failed_job() -> (TempDir, Store, i64, Connection) {
    let data = TempDir::new().unwrap();
    let store = Store::open(data.path(), SourceKind::Simulated).await.unwrap();
    store.put_underlyings(&Underlying::indices(), NOW).await.unwrap();
    let key = Underlying::indices().remove(0).key;
    let (underlying, _) = store.underlying(&key).await.unwrap().unwrap();
    let date: Day = "2025-08-28".parse().unwrap();
    common::keep_expiries(&store, underlying, &[date], NOW).await;
    let expiry = store.expiry(underlying, date).await.unwrap().unwrap().id;
    let job = store.create_job("Nifty 50", "{}", &[expiry], NOW).await.unwrap();
    let unit = store.pending_units(job).await.unwrap()[0].id;
    let end = UnitEnd { unit, state: UnitState::Failed, candles: 0, attempts: 1, error: Some("down".into()) };
    store.end_unit(end, Vec::new()).await.unwrap();
    let ended = change(&[JobStatus::Queued], JobStatus::CompletedWithFailures);
    assert!(store.change_job(job, ended).await.unwrap());
    let beside = Connection::open(data.path().join("expirytrack.db")).unwrap();
    (data, store, job, beside)
}

fn change(from: &[JobStatus], to: JobStatus) -> JobChange<'_> {
    JobChange { from, to, message: None, at: NOW, events: &[], notice: None, retry_at: None }
}

#[tokio::test]
async fn a_job_is_taken_up_with_all_that_failed_or_not_at_all() {
    let (_data, store, job, beside) = failed_job().await;
    let again = change(&[JobStatus::CompletedWithFailures], JobStatus::Queued);
    let state = async || {
        let row = store.job(job).await.unwrap().unwrap();
        (row.status, row.expiries.failed, store.pending_units(job).await.unwrap().len())
    };
    assert_eq!(state().await, (JobStatus::CompletedWithFailures, 1, 0));

    // What a crash between the two would do: the second change cannot be made.
    beside
        .execute_batch(
            "CREATE TRIGGER crash BEFORE UPDATE ON job_unit WHEN new.state = 'pending'
             BEGIN SELECT RAISE(ABORT, 'crash'); END;",
        )
        .unwrap();
    assert!(store.reopen_job(job, again).await.is_err());
    assert_eq!(state().await, (JobStatus::CompletedWithFailures, 1, 0));

    beside.execute_batch("DROP TRIGGER crash").unwrap();
    assert!(store.reopen_job(job, again).await.unwrap());
    assert_eq!(state().await, (JobStatus::Queued, 0, 1));
    assert!(!store.reopen_job(job, again).await.unwrap(), "it is queued already");
}

#[tokio::test]
async fn a_job_ends_with_the_time_of_its_next_try_or_not_at_all() {
    let (_data, store, job, beside) = failed_job().await;
    let at = EpochSeconds(NOW.0 + 600);
    let planned = async || {
        let row = store.job(job).await.unwrap().unwrap();
        (row.status, row.retries, row.retry_at)
    };
    let to = async |from: JobStatus, to| assert!(store.change_job(job, change(&[from], to)).await.unwrap());
    let end =
        JobChange { retry_at: Some(at), ..change(&[JobStatus::Running], JobStatus::CompletedWithFailures) };
    // Somebody cancelled it a moment before.
    to(JobStatus::CompletedWithFailures, JobStatus::Cancelled).await;
    assert!(!store.change_job(job, end).await.unwrap());
    assert_eq!(planned().await, (JobStatus::Cancelled, 0, None));
    to(JobStatus::Cancelled, JobStatus::Running).await;
    assert!(store.change_job(job, end).await.unwrap());
    assert_eq!(planned().await, (JobStatus::CompletedWithFailures, 1, Some(at)));

    // What will be tried again is not pruned; what an earlier version planned of a cancelled job holds nothing back.
    let (underlying, _) = store.underlying(&Underlying::indices().remove(0).key).await.unwrap().unwrap();
    let of = Prunable::Expiry(store.expiries(underlying).await.unwrap()[0].id);
    let wanted = Some(WantedBy { job: JobId(job), retry_at: Some(at) });
    assert_eq!(store.wanted_by(of).await.unwrap(), wanted);
    beside.execute_batch("UPDATE job SET status = 'cancelled'").unwrap();
    assert_eq!(store.wanted_by(of).await.unwrap(), None);
}

#[tokio::test]
async fn nothing_comes_of_a_job_that_is_called_off_whether_it_ends_a_moment_before_or_after() {
    use JobStatus::{Cancelled, CompletedWithFailures, Queued, Running};
    let (_data, store, job, _beside) = failed_job().await;
    let at = EpochSeconds(NOW.0 + 600);
    let stands = async || {
        let row = store.job(job).await.unwrap().unwrap();
        (row.status, row.retry_at, row.message)
    };
    let why = Some("called off".to_owned());
    let cancel =
        JobChange { message: why.as_deref(), ..change(JobCommand::Cancel.allowed_from(), Cancelled) };
    let end = JobChange { retry_at: Some(at), ..change(&[Running], CompletedWithFailures) };
    let again = JobChange { at, ..change(&[CompletedWithFailures], Queued) };
    let runs =
        async |from: JobStatus| assert!(store.change_job(job, change(&[from], Running)).await.unwrap());

    // It has ended for good.
    assert!(!store.call_off_job(job, cancel).await.unwrap());
    assert_eq!(stands().await, (CompletedWithFailures, None, None));

    // A moment before, and its time comes in the next one.
    runs(CompletedWithFailures).await;
    assert!(store.change_job(job, end).await.unwrap());
    assert!(store.call_off_job(job, cancel).await.unwrap());
    assert!(!store.retry_job(job, again).await.unwrap());
    assert_eq!(stands().await, (CompletedWithFailures, None, why.clone()));

    // A moment after.
    runs(CompletedWithFailures).await;
    assert!(store.call_off_job(job, cancel).await.unwrap());
    assert!(!store.change_job(job, end).await.unwrap());
    assert_eq!(stands().await, (Cancelled, None, why.clone()));

    // Nobody calls it off: it is tried again when its time has come, and not before.
    runs(Cancelled).await;
    assert!(store.change_job(job, end).await.unwrap());
    assert!(!store.retry_job(job, JobChange { at: EpochSeconds(at.0 - 1), ..again }).await.unwrap());
    assert!(store.retry_job(job, again).await.unwrap());
    assert_eq!(stands().await, (Queued, None, None));
}

#[tokio::test]
async fn unfinished_jobs_are_counted_as_they_are_listed() {
    let (_data, store, job, _) = failed_job().await;
    let counts = async || {
        let listed = store.unfinished_jobs().await.unwrap().len();
        assert_eq!(store.unfinished_job_count().await.unwrap() as usize, listed);
        listed
    };
    let mut from = JobStatus::CompletedWithFailures;
    for to in JobStatus::ALL {
        assert!(store.change_job(job, change(&[from], to)).await.unwrap());
        assert_eq!(counts().await, usize::from(!to.is_ended()), "{to}");
        let row = store.job(job).await.unwrap().unwrap();
        assert_eq!((row.status, row.ended_at.is_some()), (to, to.is_ended()));
        from = to;
    }
}

#[tokio::test]
async fn a_word_that_nobody_knows_is_one_error_everywhere() {
    let (_data, store, job, beside) = failed_job().await;
    let schedule = store.create_schedule("weekly", "{}", NOW).await.unwrap();
    beside
        .execute_batch(&format!(
            "PRAGMA ignore_check_constraints = ON;
             UPDATE underlying SET kind = 'planet';
             UPDATE job SET status = 'dozing';
             UPDATE job_unit SET state = 'begun';
             INSERT INTO job_event (job_id, at, level, message) VALUES ({job}, 0, 'whisper', 'x');
             INSERT INTO notice (at, kind, title, message) VALUES (0, 'rumour', 'x', 'x');
             INSERT INTO notice_delivery (notice_id, channel, due_at)
                SELECT id, 'pigeon', 0 FROM notice;
             UPDATE schedule SET last_run_at = 0, last_outcome = 'maybe';"
        ))
        .unwrap();
    let unreadable = |result: Result<(), StoreError>, word: &str| match result {
        Err(StoreError::Unreadable(text)) => assert!(text.contains(word), "{text}"),
        other => panic!("{word}: {other:?}"),
    };
    let key = Underlying::indices().remove(0).key;
    unreadable(store.underlying(&key).await.map(drop), "planet");
    unreadable(store.job(job).await.map(drop), "dozing");
    unreadable(store.jobs(None, None, 9).await.map(drop), "dozing");
    unreadable(store.unfinished_jobs().await.map(drop), "dozing");
    let again = change(&[JobStatus::CompletedWithFailures], JobStatus::Queued);
    unreadable(store.change_job(job, again).await.map(drop), "dozing");
    unreadable(store.events_after(job, 0, 9).await.map(drop), "whisper");
    unreadable(store.notices(None, 9).await.map(drop), "rumour");
    unreadable(store.due_deliveries(NOW, 9).await.map(drop), "rumour");
    unreadable(store.expiry_units(job, 9).await.map(drop), "begun");
    unreadable(store.schedule(schedule).await.map(drop), "maybe");
    beside
        .execute_batch("PRAGMA ignore_check_constraints = ON; UPDATE notice SET kind = 'job_failed';")
        .unwrap();
    unreadable(store.due_deliveries(NOW, 9).await.map(drop), "pigeon");
}
