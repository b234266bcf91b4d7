//! The life of a job: faults on the way, cancelling, restarts, the end of the sign-in.

use std::time::Duration;

use engine::{Engine, EngineError, RunEnd, SecretString};
use market::ContractKinds;
use protocol::{JobCommand, JobId, JobStatus};
use simulator::{Chance, Faults};

use crate::common::{Stage, day, nifty, order, until};
use crate::still_stage::{StillStage, until_changed};

const EXPIRY: &str = "2025-08-21";

async fn run(engine: &Engine) -> (JobId, RunEnd) {
    let job = engine.jobs().create(&order(&[EXPIRY], ContractKinds::Both)).await.unwrap();
    (job, engine.jobs().run(job).await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn passing_faults_cost_time_and_nothing_else() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    stage.set_faults(Faults {
        // Strikes follow from the seed and from what is asked, in whatever order: with this one no contract meets
        // six in a row, which would fail it, nor as many false empties as are believed.
        seed: 1,
        path_prefix: "/v2/expired-instruments/historical-candle".to_owned(),
        server_error: Chance::probability(0.05),
        connection_reset: Chance::probability(0.05),
        cut_off: Chance::probability(0.05),
        cut_off_in_transfer: Chance::probability(0.03),
        false_empty: Chance::probability(0.05),
        duplicate_rows: Chance::probability(0.1),
        unsorted_rows: Chance::probability(0.1),
        latency_ms: 5,
        ..Faults::default()
    });
    let (job, end) = run(&engine).await;
    let told = engine.jobs().events(job, 0).await.unwrap();
    assert_eq!(end, RunEnd::Ended(JobStatus::Completed), "{told:#?}");
    stage.assert_equals_broker(&nifty(), day(EXPIRY), ContractKinds::Both);
    let picture = engine.jobs().picture(job).await.unwrap();
    assert!(picture.errors > 0, "the faults are counted");
    let audited: i64 = stage.sql("SELECT count(*) FROM fetch_audit WHERE endpoint = 'historical-candle'");
    assert_eq!(audited as u64, stage.candle_requests(), "every attempt is in the audit");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_429_parks_everybody_and_loses_nothing() {
    let still = StillStage::new();
    let stage = &still.stage;
    let engine = still.engine().await;
    stage.set_faults(Faults {
        too_many_requests: Chance::first(3),
        retry_after_seconds: Some(1),
        ..Faults::default()
    });
    let (_, end) = run(&engine).await;
    assert_eq!(end, RunEnd::Ended(JobStatus::Completed));
    stage.assert_equals_broker(&nifty(), day(EXPIRY), ContractKinds::Both);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_cannot_be_true_stand_in_quarantine_and_not_in_the_data() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    stage.set_faults(Faults { impossible_rows: Chance::ALWAYS, ..Faults::default() });
    let (_, end) = run(&engine).await;
    assert_eq!(end, RunEnd::Ended(JobStatus::Completed));
    assert!(stage.sql::<i64>("SELECT count(*) FROM quarantine") > 0);
    assert_eq!(stage.sql::<i64>("SELECT count(*) FROM candle WHERE low > high"), 0);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_that_keeps_failing_is_counted_as_failed_and_never_as_empty() {
    let still = StillStage::new();
    let stage = &still.stage;
    let engine = still.engine().await;
    // The one future of the expiry answers 500 for ever.
    stage.set_faults(Faults {
        path_prefix: "/v2/expired-instruments/historical-candle/NSE_FO%7C64103".to_owned(),
        server_error: Chance::ALWAYS,
        ..Faults::default()
    });
    let job = engine.jobs().create(&order(&["2025-08-28"], ContractKinds::Futures)).await.unwrap();
    let end = engine.jobs().run(job).await.unwrap();
    assert_eq!(end, RunEnd::Ended(JobStatus::CompletedWithFailures));
    let picture = engine.jobs().picture(job).await.unwrap();
    assert_eq!((picture.contracts.failed, picture.contracts.empty), (1, 0));
    let answered =
        "SELECT count(*) FROM fetched_range f JOIN series s ON s.id = f.series_id WHERE s.contract_id > 0";
    assert_eq!(stage.sql::<i64>(answered), 0, "an error is never an answer");
    assert_eq!(stage.candle_requests(), 6, "once, and five retries");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_token_pauses_the_job_and_signing_in_resumes_it() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    stage.set_faults(Faults { token_death_after: 8, ..Faults::default() });
    engine.jobs().start_in_background();
    let job = engine.jobs().create(&order(&[EXPIRY], ContractKinds::Both)).await.unwrap();
    let status = async || engine.jobs().picture(job).await.unwrap().status;
    until(async || status().await == JobStatus::WaitingForLogin).await;
    assert!(matches!(engine.session().check(), Err(EngineError::SignInEnded(_))));

    stage.set_faults(Faults::default());
    let token = stage.simulator.issue_token();
    engine.session().sign_in(SecretString::from(token)).await.unwrap();
    until(async || status().await == JobStatus::Completed).await;
    stage.assert_equals_broker(&nifty(), day(EXPIRY), ContractKinds::Both);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_was_stopped_goes_on_at_the_next_start() {
    let still = StillStage::new();
    let stage = &still.stage;
    stage.set_faults(Faults { latency_ms: 30, ..Faults::default() });
    let engine = still.engine().await;
    let job = engine.jobs().create(&order(&[EXPIRY], ContractKinds::Both)).await.unwrap();
    let running = tokio::spawn({
        let engine = engine.clone();
        async move { engine.jobs().run(job).await.unwrap() }
    });
    until_changed(&engine, async || engine.jobs().picture(job).await.unwrap().contracts.done > 3).await;
    engine.close().await.unwrap();
    assert_eq!(running.await.unwrap(), RunEnd::Stopped);
    drop(engine);

    let done: String = stage.sql(
        "SELECT group_concat(c.expired_instrument_key, ';') FROM job_unit u
         JOIN contract k ON k.id = u.contract_id JOIN contracts c ON c.exchange_token = k.exchange_token
         WHERE u.state = 'done'",
    );
    let last_request: i64 = stage.sql("SELECT max(id) FROM fetch_audit");
    let engine = still.engine().await;
    let picture = engine.jobs().picture(job).await.unwrap();
    assert_eq!(picture.status, JobStatus::Queued);
    assert!(picture.contracts.left() > 0, "it was stopped half-way");
    engine.jobs().start_in_background();
    until_changed(&engine, async || engine.jobs().picture(job).await.unwrap().status == JobStatus::Completed)
        .await;
    stage.assert_equals_broker(&nifty(), day(EXPIRY), ContractKinds::Both);
    let asked: String =
        stage.sql(&format!("SELECT group_concat(key, ';') FROM fetch_audit WHERE id > {last_request}"));
    let asked_again = asked.split(';').filter(|key| done.split(';').any(|known| known == *key)).count();
    assert!(done.split(';').count() > 3 && asked_again == 0, "{asked_again} of {done} were asked again");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_acts_at_once_and_keeps_what_came() {
    let still = StillStage::new();
    let stage = &still.stage;
    stage.set_faults(Faults { latency_ms: 200, ..Faults::default() });
    let engine = still.engine().await;
    engine.jobs().start_in_background();
    let job = engine.jobs().create(&order(&[EXPIRY], ContractKinds::Both)).await.unwrap();
    until_changed(&engine, async || engine.jobs().picture(job).await.unwrap().contracts.done > 0).await;
    assert_eq!(engine.jobs().tell(job, JobCommand::Cancel).await.unwrap().status, JobStatus::Cancelled);
    let asked = stage.candle_requests();
    still.pass(Duration::from_secs(60)).await;
    assert!(stage.candle_requests() <= asked + 5, "no worker asks for another");
    assert!(stage.sql::<i64>("SELECT count(*) FROM candle") > 0);
    assert!(matches!(engine.jobs().tell(job, JobCommand::Cancel).await, Err(EngineError::JobState { .. })));
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_plus_plan_the_job_fails_with_the_remedy() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    engine.expired().contracts(&nifty(), day(EXPIRY), ContractKinds::Both).await.unwrap();
    stage.set_faults(Faults { no_plus_plan: true, ..Faults::default() });
    let (job, end) = run(&engine).await;
    assert_eq!(end, RunEnd::Ended(JobStatus::Failed));
    let message = engine.jobs().picture(job).await.unwrap().message.unwrap();
    assert!(message.contains("Plus"), "{message}");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_directory_has_one_owner_and_one_source() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let second = Engine::open(stage.config()).await.err().unwrap();
    assert!(second.to_string().contains("in use by process"), "{second}");
    engine.close().await.unwrap();
    drop(engine);
    let mut config = stage.config();
    config.source = engine::Source::Simulated { address: stage.address.clone(), today: day("2025-09-17") };
    let other = Engine::open(config).await.err().unwrap();
    assert!(other.to_string().contains("simulated market"), "{other}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_jobs_that_want_the_same_range_do_not_fetch_it_twice() {
    let still = StillStage::new();
    let stage = &still.stage;
    stage.set_faults(Faults { latency_ms: 30, ..Faults::default() });
    let engine = still.engine().await;
    engine.jobs().start_in_background();
    let first = engine.jobs().create(&order(&[EXPIRY], ContractKinds::Both)).await.unwrap();
    let second = engine.jobs().create(&order(&[EXPIRY, "2025-08-14"], ContractKinds::Both)).await.unwrap();
    let picture = async |job| engine.jobs().picture(job).await.unwrap();
    // The first is paused half-way, so that the second comes upon its leavings, and it upon the second's.
    until_changed(&engine, async || picture(first).await.contracts.done > 3).await;
    engine.jobs().tell(first, JobCommand::Pause).await.unwrap();
    until_changed(&engine, async || picture(second).await.status == JobStatus::Completed).await;
    engine.jobs().tell(first, JobCommand::Resume).await.unwrap();
    until_changed(&engine, async || picture(first).await.status == JobStatus::Completed).await;
    let twice: i64 = stage.sql(
        "SELECT count(*) FROM fetch_audit a JOIN fetch_audit b
            ON a.key = b.key AND a.endpoint = b.endpoint AND a.from_day IS b.from_day AND a.to_day IS b.to_day
         WHERE a.job_id = 1 AND b.job_id = 2 AND a.code IS NULL AND b.code IS NULL",
    );
    assert_eq!(twice, 0);
    for expiry in [EXPIRY, "2025-08-14"] {
        stage.assert_equals_broker(&nifty(), day(expiry), ContractKinds::Both);
    }
    engine.close().await.unwrap();
}
