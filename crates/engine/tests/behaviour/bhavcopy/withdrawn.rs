//! A file that is taken back: what it proved is unproved, and what was asked because of it is asked no more.

use std::time::Duration;

use super::{EXPIRY, busy_call, collected, file, leave_out, map, quiet_day, run, take};
use crate::common::{day, order};
use engine::ErrorKind;
use market::ContractKinds;
use protocol::{AgainOrder, BhavcopyExchange, JobStatus};

/// What a file proved is unproved with it, and what was asked because of it is asked no more.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_withdrawn_leaves_everything_as_it_was() {
    let (stage, engine) = collected().await;
    let on = &quiet_day(&stage).1.to_string();
    let reaches = "SELECT group_concat(reach) FROM (SELECT reach FROM series ORDER BY id)";
    let told = async || (format!("{:?}", map(&engine).await), stage.sql::<String>(reaches));
    let before = told().await;
    let traded_all = file(&stage, day(on), |_, volume| volume.max(750));
    let report = take(&engine, on, traded_all.clone()).await;
    assert!(report.proven_holes > 0, "{report:#?}");
    assert_ne!(told().await, before);
    for (day, exchange) in [(day(on).next(), None), (day(on), Some(BhavcopyExchange::Bse))] {
        let none = engine.bhavcopy().withdraw(day, exchange).await.unwrap_err();
        assert_eq!(none.kind(), ErrorKind::NotFound, "{none}");
    }
    let withdrawn = engine.bhavcopy().withdraw(day(on), None).await.unwrap();
    assert_eq!((withdrawn.contracts, withdrawn.cancelled_job), (report.matched, report.job));
    let job = engine.jobs().picture(report.job.unwrap()).await.unwrap();
    assert_eq!((job.status, told().await), (JobStatus::Cancelled, before.clone()));
    assert!(engine.bhavcopy().list().await.unwrap().files.is_empty());
    super::assert_sound(&stage).await;
    let requests = stage.candle_requests();
    run(&engine, engine.jobs().create(&order(&[EXPIRY], ContractKinds::Both)).await.unwrap()).await;
    assert_eq!(stage.candle_requests(), requests, "nothing is open because of it");

    // A right file of the same day takes the place of a wrong one in the same way.
    take(&engine, on, traded_all).await;
    let right = take(&engine, on, file(&stage, day(on), |_, volume| volume)).await;
    assert_eq!((right.proven_holes, right.replaced), (0, true));
    engine.bhavcopy().withdraw(day(on), None).await.unwrap();
    assert_eq!(told().await, before);
    engine.close().await.unwrap();
}

/// The withdrawal has read that the job is to come, and while it waits to write the job ends and is to be tried again.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_ends_while_its_file_is_withdrawn_is_not_tried_again() {
    let (stage, engine) = collected().await;
    let (call, on) = (busy_call(&stage), "2025-08-19");
    leave_out(&stage, &call.trading_symbol, on);
    let job = take(&engine, on, file(&stage, day(on), |_, volume| volume)).await.job.unwrap();
    let writer = rusqlite::Connection::open(stage.data.path().join("expirytrack.db")).unwrap();
    let ends = format!(
        "BEGIN IMMEDIATE;
         UPDATE job SET status = 'completed_with_failures', ended_at = 1, retries = 1, retry_at = 1 WHERE id = {job}"
    );
    writer.execute_batch(&ends).unwrap();
    let bhavcopy = engine.bhavcopy().clone();
    let mut withdrawing = tokio::spawn(async move { bhavcopy.withdraw(day(on), None).await });
    let waits = tokio::time::timeout(Duration::from_millis(500), &mut withdrawing).await;
    assert!(waits.is_err(), "nothing can be written yet: {waits:?}");
    writer.execute_batch("COMMIT").unwrap();
    let withdrawn = withdrawing.await.unwrap().unwrap();
    assert_eq!(withdrawn.cancelled_job, Some(job));
    let ended = engine.jobs().picture(job).await.unwrap();
    assert_eq!((ended.status, ended.retry_at), (JobStatus::CompletedWithFailures, None));
    assert!(ended.message.unwrap().starts_with("called off"));
    engine.close().await.unwrap();
}

/// Somebody's own job for the same day is not the file's.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_a_person_has_ordered_outlives_the_file() {
    let (stage, engine) = collected().await;
    let (call, on) = (busy_call(&stage), "2025-08-19");
    leave_out(&stage, &call.trading_symbol, on);
    let own = AgainOrder { expired_key: call.expired_key.clone(), day: day(on) };
    let own = engine.jobs().ask_again(&own).await.unwrap();
    let report = take(&engine, on, file(&stage, day(on), |_, volume| volume)).await;
    assert_eq!(report.job, Some(own), "the same is asked for once");
    let withdrawn = engine.bhavcopy().withdraw(day(on), None).await.unwrap();
    assert_eq!(withdrawn.cancelled_job, None);
    assert_eq!(engine.jobs().picture(own).await.unwrap().status, JobStatus::Queued);
    engine.close().await.unwrap();
}
