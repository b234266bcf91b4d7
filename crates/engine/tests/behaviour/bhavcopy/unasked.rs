//! What a file proves to be empty is known of a contract that nobody ever asked for, wherever it is told what is known of a
//! day; and whoever keeps a day hears of it.

use super::{EXPIRY, assert_sound, busy_call, collected, file, leave_out, letter, map, run, take};
use crate::common::{Stage, day, nifty, order};
use engine::{CandlesWish, ErrorKind};
use market::{ChartInterval, ContractKinds, Interval};
use protocol::{ContractState, KindCounts, MapCell, MarkKind, Minute};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_proven_empty_is_known_though_nobody_asked_for_it() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let (listed, _) = engine.expired().contracts(&nifty(), day(EXPIRY), ContractKinds::Both).await.unwrap();
    let listed = listed.len() as u64;
    let one = busy_call(&stage);
    let at: Minute = format!("{EXPIRY}T11:00").parse().unwrap();
    let chain = async || engine.chains().chain(&nifty(), day(EXPIRY), Some(at)).await;
    let counts = async || {
        let span = protocol::Span { days: "1".parse().unwrap(), ..Default::default() };
        let rows = engine.expired().known_expiries_over(&nifty(), span).await.unwrap();
        let row = rows.into_iter().find(|row| row.date == day(EXPIRY)).unwrap();
        let KindCounts { asked, collected, .. } = row.options.unwrap();
        (asked, collected)
    };
    let states = async || {
        let rows =
            engine.market_data().contract_rows(&nifty(), day(EXPIRY), Interval::Minute1).await.unwrap();
        let is_unasked = |row: &&protocol::ContractRow| row.state == ContractState::NotAsked;
        rows.iter().filter(is_unasked).count() as u64
    };
    let options = listed - u64::from(stage.sql::<u32>("SELECT count(*) FROM contract WHERE kind = 'FUT'"));
    assert_eq!(chain().await.unwrap_err().kind(), ErrorKind::NotFound, "nobody knows what they did");
    assert_eq!((counts().await, states().await), ((0, 0), listed));

    // A day in the middle is known by itself, and says nothing of how far back from the expiry anything is.
    let untraded = |of: &market::Contract, _: i64| if of.expired_key == one.expired_key { 750 } else { 0 };
    take(&engine, "2025-08-13", file(&stage, day("2025-08-13"), untraded)).await;
    assert_eq!((counts().await, states().await), ((0, 0), listed));
    assert_eq!(
        letter(&map(&engine).await, &one.trading_symbol, "2025-08-13"),
        'n',
        "traded, and not asked for"
    );
    assert_eq!(map(&engine).await.counts.get(&MapCell::ProvenEmpty), Some(&(listed - 1)));

    for on in ["2025-08-20", EXPIRY] {
        let report = take(&engine, on, file(&stage, day(on), untraded)).await;
        assert_eq!((report.proven_empties, report.not_asked), (listed - 1, 1), "{report:#?}");
    }
    let told = chain().await.unwrap();
    assert_eq!(told.options_not_collected, 1, "the one that was traded: {told:?}");
    assert!(told.untraded_strikes > 0 && told.rows.is_empty(), "{told:?}");
    assert_eq!((counts().await, states().await), ((options - 1, options - 1), 1));
    assert_eq!(map(&engine).await.counts.get(&MapCell::ProvenEmpty), Some(&(3 * (listed - 1))));
    assert_sound(&stage).await;
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_withdrawn_file_proved_of_the_unasked_is_unknown_again() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    engine.expired().contracts(&nifty(), day(EXPIRY), ContractKinds::Both).await.unwrap();
    let at: Minute = format!("{EXPIRY}T11:00").parse().unwrap();
    take(&engine, EXPIRY, file(&stage, day(EXPIRY), |_, _| 0)).await;
    let told = engine.chains().chain(&nifty(), day(EXPIRY), Some(at)).await.unwrap();
    assert_eq!(told.options_not_collected, 0);
    engine.bhavcopy().withdraw(day(EXPIRY), None).await.unwrap();
    let unknown = engine.chains().chain(&nifty(), day(EXPIRY), Some(at)).await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound, "{unknown}");
    let known =
        "SELECT count(*) FROM expiry_series WHERE reach <> -2 AND series > 0 AND interval = '1minute'";
    assert_eq!(stage.sql::<i64>(known), 0);
    assert_sound(&stage).await;
    engine.close().await.unwrap();
}

/// A day that was looked at is kept, and looked at again after an answer without a row, after a proof, and after the proof is
/// taken back.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_is_kept_hears_of_empty_answers_and_of_proofs() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let order =
        protocol::CollectOrder { days: "1".parse().unwrap(), ..order(&[EXPIRY], ContractKinds::Both) };
    run(&engine, engine.jobs().create(&order).await.unwrap()).await;
    let on = "2025-08-13";
    let at: Minute = format!("{on}T11:00").parse().unwrap();
    let not_collected =
        async || engine.chains().chain(&nifty(), day(EXPIRY), Some(at)).await.unwrap().options_not_collected;
    let is_empty = |place: u32| {
        stage.change(&format!(
            "INSERT INTO fetched_range (series_id, from_day, to_day, outcome, provisional, empties, request_id)
             SELECT s.id, '{on}', '{on}', 'empty', 0, 2, (SELECT min(id) FROM fetch_audit)
             FROM contract c JOIN series s ON s.contract_id = c.id AND s.interval = '1minute'
             WHERE c.strike IS NOT NULL ORDER BY s.id LIMIT 1 OFFSET {place}"
        ));
    };
    let options: u32 = stage.sql("SELECT count(*) FROM contract WHERE kind <> 'FUT'");
    for answered in 1..=2 {
        is_empty(answered - 1);
        assert_eq!(not_collected().await, options - answered);
    }
    take(&engine, on, file(&stage, day(on), |_, _| 0)).await;
    assert_eq!(not_collected().await, 0);
    engine.bhavcopy().withdraw(day(on), None).await.unwrap();
    assert_eq!(not_collected().await, options - 2);

    // What the exchange says was traded is not told as a day without a trade, though it was answered without a row.
    take(&engine, on, file(&stage, day(on), |_, _| 750)).await;
    let unknown = engine.chains().chain(&nifty(), day(EXPIRY), Some(at)).await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound, "{unknown}");
    engine.close().await.unwrap();
}

/// On a chart a day that is proven empty is one without a trade.
#[tokio::test(flavor = "multi_thread")]
async fn a_chart_tells_a_proven_empty_day_from_one_that_was_not_collected() {
    let (stage, engine) = collected().await;
    let (call, on) = (busy_call(&stage), "2025-08-19");
    leave_out(&stage, &call.trading_symbol, on);
    stage.change(&format!(
        "DELETE FROM fetched_range WHERE series_id IN (
             SELECT s.id FROM contract c JOIN series s ON s.contract_id = c.id
             WHERE c.trading_symbol = '{}')",
        call.trading_symbol
    ));
    let marks = async || {
        let wish = CandlesWish::new(call.expired_key.clone(), ChartInterval::MINUTE_1);
        let wish = CandlesWish { beside: "sessions".parse().unwrap(), ..wish };
        let marks = engine.market_data().candles(&wish).await.unwrap().marks;
        let of_day = marks.into_iter().find(|mark| mark.text.ends_with(": 19 Aug"));
        of_day.map(|mark| mark.kind)
    };
    assert_eq!(marks().await, Some(MarkKind::NotCollected));
    let untraded =
        |of: &market::Contract, volume: i64| if of.expired_key == call.expired_key { 0 } else { volume };
    take(&engine, on, file(&stage, day(on), untraded)).await;
    assert_eq!(marks().await, Some(MarkKind::NoTrade));
    engine.close().await.unwrap();
}
