//! The settings of a person: kept, in force at once, and in force for a job that runs. On a clock that stands still while
//! anybody works, so that what a rate does to a job can be counted.

use std::time::Duration;

use crate::common::{Stage, day, nifty, order};
use crate::still_stage::{StillStage, until_changed};
use engine::{Clock, Engine, EngineConfig, RunEnd};
use market::ContractKinds;
use protocol::{CollectOrder, JobStatus, Preferences, SettingChanges, SettingName};

const EXPIRY: &str = "2025-08-28";

fn settings(changes: &[(SettingName, &str)]) -> Preferences {
    let mut settings = Preferences::default();
    changes.iter().for_each(|(name, text)| settings.set(*name, text).unwrap());
    settings
}

fn shown(engine: &Engine) -> Vec<u32> {
    engine.limits().windows.iter().map(|window| window.max).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_kept_and_hold_from_the_first_moment() {
    let stage = Stage::new().await;
    let config = || EngineConfig {
        limits: "upstox".parse().unwrap(),
        environment: vec![(SettingName::Workers, "the environment has a word".to_owned())],
        ..stage.config()
    };
    let engine = Engine::open(config()).await.unwrap();
    assert_eq!(engine.preferences().now(), Preferences::default());
    let new = settings(&[
        (SettingName::RequestsPerSecond, "7"),
        (SettingName::ReservePercent, "50"),
        (SettingName::Numbers, "international"),
    ]);
    let picture = engine.preferences().put(new).await.unwrap();
    assert_eq!((picture.settings, picture.rate_limits.as_str()), (new, "upstox"));
    let told = |name| picture.line(name).unwrap().environment.as_deref();
    assert_eq!(told(SettingName::Workers), Some("the environment has a word"));
    assert_eq!(told(SettingName::Numbers), None);
    assert_eq!(shown(&engine), [7, 500, 2000]);
    engine.close().await.unwrap();
    drop(engine);

    let engine = Engine::open(config()).await.unwrap();
    assert_eq!(engine.preferences().now(), new);
    assert_eq!(shown(&engine), [7, 500, 2000]);
    assert_eq!(engine.frame(None, 0).await.unwrap().settings, new);
    engine.preferences().put(Preferences::default()).await.unwrap();
    assert_eq!(shown(&engine), [50, 500, 2000]);
    engine.close().await.unwrap();
    drop(engine);

    // What another version wrote is nobody's setting, and no reason not to start.
    stage.change("UPDATE setting SET value = '{\"limits\":{\"workers\":99}}' WHERE name = 'preferences'");
    let engine = Engine::open(config()).await.unwrap();
    assert_eq!(engine.preferences().now(), Preferences::default());
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_one_setting_takes_back_no_other() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let change = async |name: SettingName, text: &str| {
        engine.preferences().change(&SettingChanges([(name, text.to_owned())].into())).await
    };
    change(SettingName::Workers, "3").await.unwrap();
    // Another page, which was opened before, changes something else.
    let picture = change(SettingName::VolatilityRate, "6.75").await.unwrap();
    let both = settings(&[(SettingName::Workers, "3"), (SettingName::VolatilityRate, "6.75")]);
    assert_eq!(picture.settings, both);
    let refused = change(SettingName::Workers, "11").await.unwrap_err();
    assert_eq!(refused.to_string(), "the number of workers must be a whole number from 1 to 10, not \"11\"");
    assert_eq!(engine.preferences().now(), both);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_names_no_workers_has_those_of_the_settings() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    engine.preferences().put(settings(&[(SettingName::Workers, "2")])).await.unwrap();
    let workers = async |workers: Option<u32>| {
        let workers = workers.map(|workers| workers.try_into().unwrap());
        let order = CollectOrder { workers, ..order(&[EXPIRY], ContractKinds::Futures) };
        let job = engine.jobs().create(&order).await.unwrap();
        engine.jobs().plan(job).await.unwrap().workers.get()
    };
    assert_eq!(workers(None).await, 2);
    assert_eq!(workers(Some(7)).await, 7);
    engine.preferences().put(Preferences::default()).await.unwrap();
    assert_eq!(workers(None).await, 5);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_runs_feels_a_change_at_once() {
    const AT_FIRST: u64 = 8;
    let still = StillStage::new();
    let engine = still.engine().await;
    let sent = || still.stage.all_candle_requests();
    let passed = |from: Duration| (still.clock.monotonic() - from).as_secs();
    engine.preferences().put(settings(&[(SettingName::RequestsPerSecond, "1")])).await.unwrap();
    let order = order(&[EXPIRY], ContractKinds::Both);
    let estimate = engine.jobs().estimate(&order).await.unwrap();
    assert!(estimate.seconds >= estimate.requests - 1, "{estimate:?}");
    let job = engine.jobs().create(&order).await.unwrap();
    let (runner, from) = (engine.clone(), still.clock.monotonic());
    let run = tokio::spawn(async move { runner.jobs().run(job).await });
    until_changed(&engine, async || sent() >= AT_FIRST).await;
    assert!(passed(from) >= AT_FIRST - 1, "{} s", passed(from));

    engine.preferences().put(Preferences::default()).await.unwrap();
    let (from, before) = (still.clock.monotonic(), sent());
    assert_eq!(run.await.unwrap().unwrap(), RunEnd::Ended(JobStatus::Completed));
    assert!(sent() - before > 15, "{} requests", sent() - before);
    assert!(passed(from) < sent() - before, "{} requests in {} s", sent() - before, passed(from));
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn volatility_is_reckoned_with_the_rate_and_the_settlement_of_the_settings() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let order = CollectOrder { days: 1.try_into().unwrap(), ..order(&[EXPIRY], ContractKinds::Both) };
    let job = engine.jobs().create(&order).await.unwrap();
    engine.jobs().run(job).await.unwrap();
    let chain = async || {
        let at = "2025-08-28T10:30".parse().unwrap();
        engine.chains().chain(&nifty(), day(EXPIRY), Some(at)).await.unwrap()
    };
    let before = chain().await;
    assert_eq!((before.rate, before.minutes_left), (0.065, 300));
    let new = settings(&[(SettingName::VolatilityRate, "12.25"), (SettingName::SettlementTime, "15:40")]);
    engine.preferences().put(new).await.unwrap();
    let after = chain().await;
    // What settled before the session came to end at 15:40 settled at 15:30, whatever is set.
    assert_eq!((after.rate, after.minutes_left), (0.1225, 300));
    assert_ne!(after.atm_volatility, before.atm_volatility);
    engine.close().await.unwrap();
}
