//! What a schedule has collected is published by itself, and what fails is told until it is made good.

use engine::Engine;
use market::ContractKinds;
use protocol::{ExpiryCycle, LakeOutcome, LakePlace, NoticeKind, ScheduleOrder, ScheduleRule, ScheduleTime};
use tempfile::TempDir;

use super::{DAYS, INDEX, MANIFEST, collected, ended, manifest, stage, stored_rows};
use crate::common::{nifty, until};

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

/// A file where the lake is to be; later the place is free.
#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_publication_that_fails_is_a_notice_and_stands_at_its_schedule_until_it_is_made_good() {
    let (stage, folder) = (stage().await, TempDir::new().unwrap());
    let (engine, lake) = (collected(&stage).await, folder.path().join("lake"));
    std::fs::write(&lake, "no lake").unwrap();
    let place = LakePlace { place: Some(lake.to_str().unwrap().to_owned()) };
    engine.lake().put_place(place).await.unwrap();
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
