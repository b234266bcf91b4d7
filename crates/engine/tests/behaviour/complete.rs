//! What is called complete, and what never traded, is said of the days that were asked; what an order costs is
//! counted by days.

use std::sync::Arc;

use crate::common::{Stage, day, nifty, order};
use engine::{Engine, RunEnd, VirtualClock};
use market::{ContractKind, ContractKinds, EpochSeconds, Interval, Reach};
use protocol::{
    CandleBasis, CollectOrder, ContractRow, ContractState, ExpiryRow, ExpiryState, JobStatus, LifeAsked, Span,
};
use ratelimit::WallTime;
use simulator::SimulatorOptions;

const EXPIRY: &str = "2025-08-28";

async fn collect(engine: &Engine, order: &CollectOrder) {
    let job = engine.jobs().create(order).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
}

fn of_days(days: u32, kinds: ContractKinds) -> CollectOrder {
    CollectOrder { days: days.try_into().unwrap(), with_underlying: false, ..order(&[EXPIRY], kinds) }
}

async fn row(engine: &Engine, days: u32, interval: Interval) -> ExpiryRow {
    let span = Span { days: days.try_into().unwrap(), interval };
    let rows = engine.expired().expiries_over(&nifty(), span).await.unwrap();
    rows.into_iter().find(|row| row.date == day(EXPIRY)).unwrap()
}

async fn words(engine: &Engine, days: u32, interval: Interval) -> [String; 3] {
    let row = row(engine, days, interval).await;
    [ContractKinds::Options, ContractKinds::Futures, ContractKinds::Both]
        .map(|kinds| row.state_for(kinds).words())
}

async fn contracts(engine: &Engine, interval: Interval) -> Vec<ContractRow> {
    engine.market_data().contract_rows(&nifty(), day(EXPIRY), interval).await.unwrap()
}

fn is_fetched(stage: &Stage) -> bool {
    stage.sql(&format!("SELECT data_fetched FROM expiries WHERE expiry_date = '{EXPIRY}'"))
}

#[tokio::test(flavor = "multi_thread")]
async fn one_day_is_one_of_ninety_and_an_order_for_more_brings_the_rest() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &of_days(1, ContractKinds::Both)).await;

    assert_eq!(words(&engine, 1, Interval::Minute1).await, ["complete", "complete", "complete"]);
    assert_eq!(words(&engine, 90, Interval::Minute1).await, ["1 of 90 days"; 3]);
    assert_eq!(words(&engine, 2, Interval::Minute1).await, ["1 of 2 days"; 3]);
    let default = engine.expired().known_expiries(&nifty()).await.unwrap();
    assert!(default.iter().all(|row| !row.is_complete_for(ContractKinds::Both) && row.collected == 0));
    assert!(!is_fetched(&stage));
    for row in contracts(&engine, Interval::Minute1).await {
        assert_eq!(row.reach, Reach::Back(1));
        assert!(!row.never_traded(), "{}", row.contract.trading_symbol);
        let (is_empty, words) = (row.candles == 0, row.words());
        assert_eq!(row.state == ContractState::Empty, is_empty);
        assert_eq!(words.starts_with("no trade in the 1 day asked (since 27 Aug 2025)"), is_empty, "{words}");
        // 27 August was a holiday: the first day asked on which it can have traded is the last one.
        assert_eq!(row.life == LifeAsked::Longer, !is_empty, "{words}");
    }

    let rest = of_days(90, ContractKinds::Both);
    let listed = contracts(&engine, Interval::Minute1).await.len() as u64;
    assert!(engine.jobs().estimate(&rest).await.unwrap().requests >= listed);
    collect(&engine, &rest).await;
    assert_eq!(words(&engine, 90, Interval::Minute1).await, ["complete", "complete", "complete"]);
    assert_eq!(words(&engine, 365, Interval::Minute1).await, ["90 of 365 days"; 3]);
    assert!(is_fetched(&stage));
    stage.assert_equals_broker(&nifty(), day(EXPIRY), ContractKinds::Both);
    assert_eq!(engine.jobs().estimate(&rest).await.unwrap().candles_high, 0, "nothing is left");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn days_on_which_the_market_was_closed_are_asked_for_once() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &of_days(3, ContractKinds::Both)).await;
    let contracts = contracts(&engine, Interval::Minute1).await.len() as i64;
    // The Saturday and the Sunday before, of every contract.
    collect(&engine, &of_days(5, ContractKinds::Both)).await;
    let asked = || stage.sql::<i64>("SELECT count(*) FROM fetch_audit WHERE to_day = '2025-08-24'");
    assert_eq!(asked(), contracts);
    assert_eq!(words(&engine, 5, Interval::Minute1).await, ["complete"; 3]);
    collect(&engine, &of_days(5, ContractKinds::Both)).await;
    assert_eq!(asked(), contracts);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_interval_or_kind_says_nothing() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let futures = of_days(90, ContractKinds::Futures);
    collect(&engine, &CollectOrder { interval: Interval::Minute5, ..futures.clone() }).await;
    let by_minutes = row(&engine, 90, Interval::Minute1).await;
    assert_eq!(by_minutes.intervals, [Interval::Minute5]);
    assert_eq!(by_minutes.state_for(ContractKinds::Futures), ExpiryState::NotAsked);
    let [options, futures_words, both] = words(&engine, 90, Interval::Minute5).await;
    assert_eq!((options.as_str(), futures_words.as_str()), ("not listed", "complete"));
    assert_eq!(both, "futures complete, options not asked");
    assert_eq!(contracts(&engine, Interval::Minute1).await[0].state, ContractState::NotAsked);

    collect(&engine, &futures).await;
    assert_eq!(words(&engine, 90, Interval::Minute1).await[1], "complete");
    assert!(!is_fetched(&stage), "options were never listed");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_before_it_was_final_is_not_complete() {
    let stage = Stage::new().await;
    // An hour before the last day is final.
    let early = EpochSeconds::parse_rfc3339("2025-08-29T05:00:00+05:30").unwrap();
    let engine = stage.engine_at(Arc::new(VirtualClock::new(WallTime::from_millis(early.0 * 1000)))).await;
    collect(&engine, &of_days(1, ContractKinds::Futures)).await;
    let [_, futures, _] = words(&engine, 1, Interval::Minute1).await;
    assert_eq!(futures, "asked, and not answered for good yet");
    let future = contracts(&engine, Interval::Minute1).await.remove(0);
    assert_eq!((future.state, future.reach), (ContractState::Partial, Reach::Open));
    assert!(future.candles > 0);
    engine.close().await.unwrap();
    drop(engine);

    let engine = stage.engine().await;
    assert_eq!(words(&engine, 1, Interval::Minute1).await[1], "asked, and not answered for good yet");
    collect(&engine, &of_days(1, ContractKinds::Futures)).await;
    assert_eq!(words(&engine, 1, Interval::Minute1).await[1], "complete");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn never_traded_is_said_only_of_a_whole_life() {
    let stage = Stage::with(SimulatorOptions { limits: None, ..SimulatorOptions::default() }).await;
    let engine = stage.engine().await;
    // A weekly expiry: ninety days are more than its options can have lived.
    let weekly = CollectOrder {
        expiries: protocol::ExpiryChoice::Dates(vec![day("2025-08-21")]),
        ..of_days(90, ContractKinds::Options)
    };
    collect(&engine, &weekly).await;
    let rows =
        engine.market_data().contract_rows(&nifty(), day("2025-08-21"), Interval::Minute1).await.unwrap();
    let never: Vec<_> = rows.iter().filter(|row| row.candles == 0).collect();
    assert!(!never.is_empty() && never.iter().all(|row| row.never_traded()), "{}", never.len());
    assert!(never[0].words().starts_with("never traded"));
    let traded = rows.iter().find(|row| row.candles > 0).unwrap();
    assert_eq!((traded.words().as_str(), traded.life), ("collected, its whole life", LifeAsked::Whole));
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_estimate_counts_days_and_intervals_and_one_day_does_not_spoil_it() {
    let stage = Stage::with(SimulatorOptions { limits: None, ..SimulatorOptions::default() }).await;
    let engine = stage.engine().await;
    let truth = |days: i64, interval, kinds| {
        let oracle = stage.simulator.oracle();
        let of = |contract: &market::Contract| {
            let first = day(EXPIRY).plus_days(-days);
            oracle.candles(&contract.expired_key, interval, first, day(EXPIRY)).len()
        };
        oracle.contracts(&nifty(), day(EXPIRY), kinds).iter().map(of).sum::<usize>() as f64
    };
    let check = async |days: u32, interval, kinds, factor: f64| {
        let order = CollectOrder { interval, ..of_days(days, kinds) };
        let estimate = engine.jobs().estimate(&order).await.unwrap();
        let truth = truth(days.into(), interval, kinds);
        let told = format!("{days} days at {interval} of {kinds}: {truth}, said {estimate:?}");
        assert!((estimate.candles_low as f64..=estimate.candles_high as f64).contains(&truth), "{told}");
        assert!(
            estimate.candles as f64 <= truth * factor && estimate.candles as f64 >= truth / factor,
            "{told}"
        );
        estimate
    };
    use ContractKinds::{Both, Futures};
    for (days, interval, kinds) in [
        (1, Interval::Minute1, Both),
        (90, Interval::Minute1, Both),
        (90, Interval::Minute1, Futures),
        (90, Interval::Minute5, Both),
        (90, Interval::Day, Both),
        (7, Interval::Day, Futures),
    ] {
        let estimate = check(days, interval, kinds, 1.5).await;
        assert_eq!(estimate.candle_basis, CandleBasis::Typical);
    }
    collect(&engine, &of_days(1, Both)).await;
    for (days, interval, kinds) in
        [(90, Interval::Minute1, Futures), (90, Interval::Minute5, Both), (90, Interval::Day, Both)]
    {
        check(days, interval, kinds, 1.3).await;
    }
    let order = of_days(90, Both);
    let rest = engine.jobs().estimate(&order).await.unwrap();
    let missing = truth(90, Interval::Minute1, Both) - truth(1, Interval::Minute1, Both);
    assert!((missing / 1.3..=missing * 1.3).contains(&(rest.candles as f64)), "{missing}: {rest:?}");
    assert_eq!(rest.candle_basis, CandleBasis::SameExpiries);
    assert!(rest.requests > rest.contracts && rest.requests < rest.contracts * 11 / 10, "{rest:?}");
    let futures = contracts(&engine, Interval::Minute1).await;
    assert_eq!(futures.iter().filter(|row| row.contract.kind == ContractKind::Future).count(), 1);
    engine.close().await.unwrap();
}
