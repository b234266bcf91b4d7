//! What earlier versions settled wrongly is found, and asked again by the next order: lists settled by one empty
//! answer, "no trade" made of refused rows, contracts under another date.

use crate::common::{Stage, day, nifty, order};
use engine::{CoverageService, Engine, RunEnd};
use market::ContractKinds;
use protocol::{JobStatus, VerifyReport};
use rusqlite::Connection;

const EXPIRY: &str = "2025-08-21";
const LATER: &str = "2025-09-09";

async fn collect(engine: &Engine, expiry: &str) -> RunEnd {
    let job = engine.jobs().create(&order(&[expiry], ContractKinds::Both)).await.unwrap();
    engine.jobs().run(job).await.unwrap()
}

fn spoil(stage: &Stage, sql: &str) {
    let connection = Connection::open(stage.data.path().join("expirytrack.db")).unwrap();
    connection.execute_batch(sql).unwrap();
}

async fn verify(stage: &Stage) -> VerifyReport {
    let coverage = CoverageService::open_for_reading(stage.data.path()).await.unwrap();
    coverage.verify(None, |_, _| {}).await.unwrap()
}

fn problems(report: &VerifyReport, check: &str) -> u64 {
    report.checks.iter().find(|known| known.name.contains(check)).unwrap().problems
}

#[tokio::test(flavor = "multi_thread")]
async fn no_trade_made_of_refused_rows_is_found_and_asked_again() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    assert_eq!(collect(&engine, EXPIRY).await, RunEnd::Ended(JobStatus::Completed));
    assert!(verify(&stage).await.is_sound());
    // As it was: all rows of one contract refused, the answer called empty.
    spoil(
        &stage,
        "CREATE TEMP TABLE one AS SELECT s.id FROM series s JOIN series_day d ON d.series_id = s.id
             WHERE s.contract_id IS NOT NULL ORDER BY s.id LIMIT 1;
         DELETE FROM candle WHERE series_id IN one;
         DELETE FROM series_day WHERE series_id IN one;
         UPDATE fetched_range SET outcome = 'empty', empties = 4 WHERE series_id IN one;
         UPDATE fetch_audit SET rows = 0 WHERE id IN (SELECT request_id FROM fetched_range WHERE series_id IN one);
         INSERT INTO quarantine (kind, series_id, raw, reason, request_id, last_request_id)
             SELECT 'candle', series_id, '[' || id || ']', 'a price is no whole number of paise', request_id, request_id
             FROM fetched_range WHERE series_id IN one;",
    );
    let report = verify(&stage).await;
    assert!(problems(&report, "no trade is said") > 0, "{report:?}");
    assert!(!report.is_sound());
    // The same rows came in an earlier answer, and again in a later one: between them it is as wrong.
    spoil(
        &stage,
        "UPDATE quarantine SET request_id = (SELECT min(id) FROM fetch_audit),
                               last_request_id = (SELECT max(id) FROM fetch_audit)",
    );
    let report = verify(&stage).await;
    assert!(problems(&report, "no trade is said") > 0, "{report:?}");
    let before = stage.candle_requests();
    assert_eq!(collect(&engine, EXPIRY).await, RunEnd::Ended(JobStatus::Completed));
    assert!(stage.candle_requests() > before, "the next order asks again");
    stage.assert_equals_broker(&nifty(), day(EXPIRY), ContractKinds::Both);
    assert!(verify(&stage).await.is_sound());
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_settled_by_one_empty_answer_is_found_and_asked_again() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    assert_eq!(collect(&engine, LATER).await, RunEnd::Ended(JobStatus::Completed));
    spoil(
        &stage,
        "INSERT INTO contract_list SELECT id, 'options', first_seen, 0, 1, first_seen, '' FROM expiry WHERE date = '2025-08-21';
         UPDATE expiry SET options_listed = first_seen WHERE date = '2025-08-21';",
    );
    let report = verify(&stage).await;
    assert_eq!(problems(&report, "lists of contracts"), 1, "{report:?}");
    assert_eq!(collect(&engine, EXPIRY).await, RunEnd::Ended(JobStatus::Completed));
    stage.assert_equals_broker(&nifty(), day(EXPIRY), ContractKinds::Both);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_under_another_date_is_found_and_moved() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    assert_eq!(collect(&engine, EXPIRY).await, RunEnd::Ended(JobStatus::Completed));
    spoil(
        &stage,
        "UPDATE contract SET expiry_id = (SELECT id FROM expiry WHERE date = '2025-09-09') WHERE kind = 'PE'",
    );
    let moved = stage.sql::<i64>("SELECT count(*) FROM contract WHERE kind = 'PE'") as u64;
    assert_eq!(problems(&verify(&stage).await, "under the date"), moved);
    assert_eq!(engine.reopen_wrongly_settled(None).await.unwrap().contracts, moved);
    assert_eq!(problems(&verify(&stage).await, "under the date"), 0);
    stage.assert_equals_broker(&nifty(), day(EXPIRY), ContractKinds::Both);
    engine.close().await.unwrap();
}
