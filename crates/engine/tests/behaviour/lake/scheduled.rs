//! What a schedule has collected is published by itself, and what fails is told until it is made good.

use std::sync::Arc;
use std::time::Duration;

use engine::{Clock, Engine, RunEnd, SystemClock, VirtualClock};
use market::{ContractKinds, InstrumentKey};
use protocol::{
    ExpiryCycle, JobStatus, LakeOutcome, LakePlace, NoticeKind, ScheduleOrder, ScheduleRule, ScheduleTime,
    StorageDeed,
};
use rusqlite::Connection;
use tempfile::TempDir;

use super::{
    DAYS, INDEX, MANIFEST, collected, ended, manifest, publish, publish_into, stage, stored_rows, verify,
};
use crate::common::{nifty, order, until};

fn publishing_rule() -> ScheduleRule {
    ScheduleRule {
        underlyings: vec![nifty()],
        expiries: ExpiryCycle::Both,
        kinds: ContractKinds::Both,
        strikes: None,
        interval: Default::default(),
        days: DAYS.try_into().unwrap(),
        with_underlying: true,
        publish: true,
        when: ScheduleTime::Cron("30 7 1 1 *".to_owned()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_schedule_has_collected_goes_into_the_lake_where_its_rule_says_so() {
    let (stage, folder) = (stage().await, TempDir::new().unwrap());
    let (engine, lake) = (collected(&stage).await, folder.path());
    let place = LakePlace { place: Some(lake.to_str().unwrap().to_owned()) };
    engine.lake().put_place(place).await.unwrap();
    engine.schedules().add(&ScheduleOrder { name: None, rule: publishing_rule() }).await.unwrap();
    engine.start_in_background();
    until(async || lake.join(MANIFEST).exists() && lake.join(INDEX).exists()).await;
    let (end, report) = ended(&engine).await;
    assert_eq!((end.problem, report.lines[0].outcome), (None, LakeOutcome::Published));
    assert_eq!(manifest(lake).rows, stored_rows(stage.data.path()).len() as u64);
    engine.close().await.unwrap();
}

/// Nothing has come since.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_verification_did_not_find_any_more_is_published_again_by_its_schedule() {
    let (stage, folder) = (stage().await, TempDir::new().unwrap());
    let (engine, lake) = (collected(&stage).await, folder.path());
    publish(&engine, publish_into(lake)).await;
    std::fs::remove_file(lake.join(MANIFEST)).unwrap();
    let (_, report) = verify(&engine, lake).await;
    assert!(report.lines.iter().any(|line| line.words.contains("Publish it again")), "{report:#?}");
    let place = LakePlace { place: Some(lake.to_str().unwrap().to_owned()) };
    engine.lake().put_place(place).await.unwrap();
    engine.schedules().add(&ScheduleOrder { name: None, rule: publishing_rule() }).await.unwrap();
    engine.start_in_background();
    until(async || lake.join(MANIFEST).exists()).await;
    assert_eq!(ended(&engine).await.0.problem, None);
    engine.close().await.unwrap();
}

/// The first is claimed by somebody.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_of_one_underlying_keeps_no_other_of_its_schedule_out_of_the_lake() {
    let (stage, folder) = (stage().await, TempDir::new().unwrap());
    let (engine, lake) = (collected(&stage).await, folder.path());
    let first: InstrumentKey = "NSE_EQ|INE002A01018".parse().unwrap();
    let mut order = order(&["2025-07-31"], ContractKinds::Both);
    (order.underlyings, order.days) = (vec![first.clone()], DAYS.try_into().unwrap());
    let job = engine.jobs().create(&order).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
    let claim = lake.join("manifest/exchange=NSE/underlying=RELIANCE/expiry=2025-07-31.claim");
    std::fs::create_dir_all(claim.parent().unwrap()).unwrap();
    std::fs::write(&claim, "somebody").unwrap();
    let place = LakePlace { place: Some(lake.to_str().unwrap().to_owned()) };
    engine.lake().put_place(place).await.unwrap();
    let rule = ScheduleRule { underlyings: vec![first, nifty()], ..publishing_rule() };
    engine.schedules().add(&ScheduleOrder { name: None, rule }).await.unwrap();
    engine.start_in_background();
    let unpublished = async || engine.schedules().list().await.unwrap()[0].unpublished.clone();
    until(async || unpublished().await.is_some()).await;
    let problem = unpublished().await.unwrap().problem;
    assert!(problem.contains("RELIANCE 2025-07-31 is being published by somebody"), "{problem}");
    assert!(lake.join(MANIFEST).exists());
    engine.close().await.unwrap();
}

/// A file where the lake is to be; later the place is free.
#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_publication_that_fails_is_a_notice_and_stands_at_its_schedule_until_it_is_made_good() {
    let (stage, folder) = (stage().await, TempDir::new().unwrap());
    let (engine, lake) = (collected(&stage).await, folder.path().join("lake"));
    let place = LakePlace { place: Some(lake.to_str().unwrap().to_owned()) };
    engine.lake().put_place(place).await.unwrap();
    std::fs::write(&lake, "no lake").unwrap();
    let new = engine.schedules().add(&ScheduleOrder { name: None, rule: publishing_rule() }).await.unwrap();
    engine.start_in_background();
    let unpublished = async |engine: &Engine| engine.schedules().list().await.unwrap()[0].unpublished.clone();
    until(async || unpublished(&engine).await.is_some()).await;
    let told = unpublished(&engine).await.unwrap();
    assert!(told.problem.contains("cannot be a lake: it is a file"), "{}", told.problem);
    let failed = async |engine: &Engine| {
        let notices = engine.notices().list(None).await.unwrap().notices;
        notices.into_iter().filter(|notice| notice.kind == NoticeKind::PublishFailed).collect::<Vec<_>>()
    };
    let notices = failed(&engine).await;
    assert_eq!((notices.len(), notices[0].schedule), (1, Some(new.id)));
    assert!(notices[0].message.contains("it is a file"), "{}", notices[0].message);
    engine.close().await.unwrap();
    drop(engine);

    // A restart forgets nothing and tells it no second time.
    let engine = stage.engine().await;
    assert_eq!(unpublished(&engine).await, Some(told));
    engine.start_in_background();
    std::fs::remove_file(&lake).unwrap();
    until(async || unpublished(&engine).await.is_none()).await;
    assert!(lake.join(MANIFEST).exists());
    assert_eq!(failed(&engine).await.len(), 1);
    engine.close().await.unwrap();
}

/// Nothing comes meanwhile that would ask for it. It is stopped while the first thing that it keeps waits for its turn.
#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_publication_that_failed_or_was_stopped_is_tried_again_without_anything_coming() {
    let (stage, folder) = (stage().await, TempDir::new().unwrap());
    collected(&stage).await.close().await.unwrap();
    let lake = folder.path().join("lake");
    let clock = VirtualClock::new(SystemClock::new().wall());
    let engine = stage.engine_at(Arc::new(clock.clone())).await;
    let place = LakePlace { place: Some(lake.to_str().unwrap().to_owned()) };
    engine.lake().put_place(place).await.unwrap();
    std::fs::write(&lake, "no lake").unwrap();
    engine.schedules().add(&ScheduleOrder { name: None, rule: publishing_rule() }).await.unwrap();
    engine.start_in_background();
    let is_unpublished = async || engine.schedules().list().await.unwrap()[0].unpublished.is_some();
    until(is_unpublished).await;
    std::fs::remove_file(&lake).unwrap();

    let in_a_minute = async |holds: &dyn Fn(protocol::StorageWork) -> bool| {
        until(async || {
            clock.advance(Duration::from_secs(60));
            holds(engine.storage().work().await.unwrap())
        })
        .await;
    };
    let writer = Connection::open(stage.data.path().join("expirytrack.db")).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    in_a_minute(&|work| work.under_way.is_some_and(|of| of.deed == StorageDeed::Publish)).await;
    engine.storage().stop().await.unwrap();
    writer.execute_batch("ROLLBACK").unwrap();
    let (end, _) = ended(&engine).await;
    assert_eq!((end.deed, end.is_stopped, end.problem), (StorageDeed::Publish, true, None));
    assert!(!lake.join(MANIFEST).exists() && is_unpublished().await);

    in_a_minute(&|work| work.under_way.is_none() && work.last.is_some_and(|end| !end.is_stopped)).await;
    until(async || !is_unpublished().await).await;
    assert!(lake.join(MANIFEST).exists());
    engine.close().await.unwrap();
}
