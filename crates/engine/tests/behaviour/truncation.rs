//! Answers that are cut, by an error or silently: nothing is lost, and no request is wasted where nothing is.

use crate::common::{Stage, day, nifty, order};
use engine::RunEnd;
use market::ContractKinds;
use protocol::JobStatus;
use simulator::{CapBehaviour, Chance, Faults};

/// A monthly expiry: three months of a future and options that were born on the way.
const MONTHLY: &str = "2025-07-31";
const WEEKLY: &str = "2025-08-21";

/// Collects under the faults and compares with the broker. Says how many candle requests it took, and how many
/// contracts there are.
async fn collect(expiry: &str, faults: Faults) -> (u64, u64) {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    stage.set_faults(faults);
    let job = engine.jobs().create(&order(&[expiry], ContractKinds::Both)).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
    stage.assert_equals_broker(&nifty(), day(expiry), ContractKinds::Both);
    let contracts = engine.jobs().picture(job).await.unwrap().contracts.total;
    let requests = stage.candle_requests();
    let again = engine.jobs().create(&order(&[expiry], ContractKinds::Both)).await.unwrap();
    engine.jobs().run(again).await.unwrap();
    assert_eq!(stage.candle_requests(), requests, "all of it is accounted for");
    engine.close().await.unwrap();
    (requests, contracts)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_cap_one_request_a_contract_is_enough() {
    for expiry in [MONTHLY, WEEKLY] {
        let (requests, contracts) = collect(expiry, Faults::default()).await;
        assert!(
            requests <= contracts + contracts / 2,
            "{requests} requests for {contracts} contracts of {expiry}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cap_on_days_that_is_an_error_is_met_with_shorter_ranges() {
    let faults = Faults { range_days_max: 30, range_cap: CapBehaviour::Refuse, ..Faults::default() };
    collect(MONTHLY, faults).await;
}

/// 91 days are 46 and 45, and these are 23, 23, 23 and 22: the last one is not the longest.
#[tokio::test(flavor = "multi_thread")]
async fn the_longest_range_that_was_answered_is_asked_for_from_then_on() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    stage.set_faults(Faults { range_days_max: 30, range_cap: CapBehaviour::Refuse, ..Faults::default() });
    let job = engine.jobs().create(&order(&[MONTHLY], ContractKinds::Futures)).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
    let answered: i64 = stage.sql(
        "SELECT max(CAST(julianday(to_day) - julianday(from_day) AS INTEGER) + 1) FROM fetch_audit
         WHERE code IS NULL AND endpoint = 'historical-candle' AND key LIKE 'NSE_FO|%'",
    );
    let known: i64 = stage
        .sql("SELECT json_extract(value, '$.range_days_max') FROM setting WHERE name = 'evidence_1minute'");
    assert_eq!((answered, known), (23, 23));
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_cap_on_days_is_found_and_paged_through() {
    let faults = Faults { range_days_max: 30, range_cap: CapBehaviour::Truncate, ..Faults::default() };
    collect(MONTHLY, faults).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_cap_on_rows_is_found_and_paged_through() {
    collect(MONTHLY, Faults { rows_max: 5_000, ..Faults::default() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cap_on_rows_below_a_day_cuts_inside_a_day_and_is_paged_through() {
    collect(WEEKLY, Faults { rows_max: 400, ..Faults::default() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_contradict_each_other_are_asked_once_more() {
    let faults = Faults { conflicting_rows: Chance::first(5), ..Faults::default() };
    collect(WEEKLY, faults).await;
}
