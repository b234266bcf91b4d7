//! Coverage of what a real job brought, and `verify` on a sound database and on ones that somebody spoiled.

use crate::common::{Stage, day, nifty, order};
use engine::{CoverageService, Engine, RunEnd};
use market::{ContractKinds, Interval};
use protocol::{
    CoveragePage, DayState, HistoricalDays, JobStatus, QualityExample, QualityExpiries, QualityKind,
};
use rusqlite::Connection;
use simulator::{Chance, Faults};
use tempfile::TempDir;

use crate::still_stage::StillStage;

const EXPIRY: &str = "2025-08-21";

async fn collected() -> (Stage, Engine) {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let job = engine.jobs().create(&order(&[EXPIRY], ContractKinds::Both)).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
    (stage, engine)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_day_of_every_contract_is_accounted_for() {
    let (stage, engine) = collected().await;
    let (minutes, days) = (Interval::Minute1, HistoricalDays::default());
    let coverage =
        engine.coverage().of_underlying(&nifty(), minutes, days, CoveragePage::default()).await.unwrap();
    let expiry = &coverage.expiries[0];
    assert_eq!((expiry.expiry, expiry.settled), (day(EXPIRY), expiry.contracts));
    assert_eq!(expiry.days.0.values().sum::<u64>(), expiry.contracts * 91);
    assert_eq!(expiry.days.unsettled(), 0);
    // 23 May to 21 August 2025: 26 days of weekends and the holiday of 15 August.
    assert_eq!(expiry.days.of(DayState::Closed), expiry.contracts * 27);
    let stored =
        "SELECT count(*) FROM series_day d JOIN series s ON s.id = d.series_id WHERE s.contract_id > 0";
    assert_eq!(expiry.days.of(DayState::Traded) as i64, stage.sql::<i64>(stored));
    assert!(expiry.days.of(DayState::BeforeFirst) > 0);
    assert_eq!(
        expiry.candles as usize,
        stage.assert_equals_broker(&nifty(), day(EXPIRY), ContractKinds::Both)
    );
    assert!(expiry.expected >= expiry.candles, "{} of {}", expiry.candles, expiry.expected);
    let own = coverage.own.unwrap();
    assert_eq!((own.candles, own.holes.len()), (own.expected, 0), "an index has every minute");
    assert_eq!(coverage.calendar, [], "circulars and candles agree");

    let detail = engine.coverage().of_expiry(&nifty(), day(EXPIRY), minutes, days).await.unwrap();
    assert_eq!(detail.contracts.len() as u64, expiry.contracts);
    assert_eq!(detail.contracts.iter().map(|contract| contract.candles).sum::<u64>(), expiry.candles);
    engine.close().await.unwrap();
}

/// Of the weekly expiry, which has no future: what a busy option is without is told, and of others nothing.
#[tokio::test(flavor = "multi_thread")]
async fn an_option_that_was_traded_in_every_minute_and_ends_early_stands_in_the_quality_report() {
    let (stage, engine) = collected().await;
    let told = async || -> Vec<QualityExample> {
        let report = engine.coverage().quality(&nifty(), QualityExpiries::default()).await.unwrap();
        let remark = report.remarks.into_iter().find(|remark| remark.kind == QualityKind::EndsEarly);
        remark.map(|remark| remark.examples).unwrap_or_default()
    };
    assert_eq!(told().await, [], "options that rest are no remark");

    let busiest: i64 = stage.sql(
        "SELECT s.id FROM series s JOIN contract c ON c.id = s.contract_id JOIN series_day d ON d.series_id = s.id
         WHERE c.strike > 0 AND d.day IN ('2025-08-20', '2025-08-21')
         GROUP BY s.id HAVING count(*) = 2 ORDER BY sum(d.candles) DESC LIMIT 1",
    );
    let busy = |minutes: i64| {
        let first = day("2025-08-20").at_minute(555).0;
        let last = first + 60 * (minutes - 1);
        stage.change(&format!(
            "UPDATE series_day SET candles = {minutes}, first_ts = {first}, last_ts = {last}
             WHERE series_id = {busiest} AND day = '2025-08-20'"
        ));
    };
    busy(300);
    let examples = told().await;
    let words = "its last minute is 14:14, with a row in 300 of the 300 until then";
    assert_eq!(examples.len(), 1, "{examples:?}");
    assert_eq!((examples[0].day, examples[0].words.as_str()), (day("2025-08-20"), words));

    busy(375);
    assert_eq!(told().await, [], "it was traded to the end, and on the next day");
    stage.change(&format!("DELETE FROM series_day WHERE series_id = {busiest} AND day = '2025-08-21'"));
    let examples = told().await;
    assert_eq!(examples.len(), 1, "{examples:?}");
    assert_eq!(examples[0].day, day("2025-08-20"));
    let (begin, end) =
        ("no row after it, though it had one in 375 of 375 minutes; ", "traded on 21 Aug 2025");
    assert!(examples[0].words.starts_with(begin) && examples[0].words.ends_with(end), "{examples:?}");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_asked_and_what_failed_is_told_apart() {
    let still = StillStage::new();
    let stage = &still.stage;
    let engine = still.engine().await;
    let states = async || {
        let (minutes, days) = (Interval::Minute1, HistoricalDays::default());
        engine
            .coverage()
            .of_underlying(&nifty(), minutes, days, CoveragePage::default())
            .await
            .unwrap()
            .expiries[0]
            .days
            .clone()
    };
    engine.expired().contracts(&nifty(), day("2025-08-28"), ContractKinds::Futures).await.unwrap();
    assert_eq!(states().await.of(DayState::NotAsked), 91);
    stage.set_faults(Faults {
        path_prefix: "/v2/expired-instruments/historical-candle".to_owned(),
        server_error: Chance::ALWAYS,
        ..Faults::default()
    });
    let job = engine.jobs().create(&order(&["2025-08-28"], ContractKinds::Futures)).await.unwrap();
    engine.jobs().run(job).await.unwrap();
    assert_eq!(states().await.of(DayState::Failed), 91);
    engine.close().await.unwrap();
}

/// Rows that a broker may have sent: before the session, on a closed day, and some that were refused.
#[tokio::test(flavor = "multi_thread")]
async fn rows_beside_the_session_fill_no_hole_and_refused_minutes_are_known() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let job = engine.jobs().create(&order(&["2025-08-28"], ContractKinds::Futures)).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
    let future = async || {
        let (minutes, days) = (Interval::Minute1, HistoricalDays::default());
        let detail = engine.coverage().of_expiry(&nifty(), day("2025-08-28"), minutes, days).await.unwrap();
        detail.contracts[0].clone()
    };
    let before = future().await;
    assert_eq!((before.outside, before.refused.len(), before.holes.len()), (0, 0, 0));

    let connection = Connection::open(stage.data.path().join("expirytrack.db")).unwrap();
    let change = |sql: &str| connection.execute_batch(sql).unwrap();
    let series = "(SELECT s.id FROM series s JOIN contract c ON c.id = s.contract_id)";
    // 09:07 on Wednesday 20 August 2025, and a Saturday.
    let (pre_open, saturday) = (day("2025-08-20").at_minute(547).0, day("2025-08-23").at_minute(600).0);
    change(&format!(
        "INSERT INTO candle SELECT {series}, {pre_open}, 1, 1, 1, 1, 75, 0;
         UPDATE series_day SET candles = candles + 1, first_ts = {pre_open} WHERE series_id = {series} AND day = '2025-08-20';
         INSERT INTO candle SELECT {series}, {saturday}, 1, 1, 1, 1, 75, 0;
         INSERT INTO series_day SELECT {series}, '2025-08-23', 1, {saturday}, {saturday}, 0, 75, 0, 1, 1, 1;"
    ));
    let odd = future().await;
    assert_eq!((odd.outside, odd.candles, odd.expected), (2, before.candles, before.expected));
    assert_eq!((before.days.of(DayState::TradedWhenClosed), odd.days.of(DayState::TradedWhenClosed)), (0, 1));
    assert_eq!(odd.days.of(DayState::Traded), before.days.of(DayState::Traded));

    // A hundred minutes of the 20th are gone: a hole. That they were refused is no hole, and told.
    let (from, to) = (day("2025-08-20").at_minute(600).0, day("2025-08-20").at_minute(699).0);
    change(&format!(
        "DELETE FROM candle WHERE series_id = {series} AND ts BETWEEN {from} AND {to};
         UPDATE series_day SET candles = candles - 100 WHERE series_id = {series} AND day = '2025-08-20';"
    ));
    let hole = future().await.holes[0].clone();
    assert_eq!((hole.day, hole.candles, hole.refused, hole.expected), (day("2025-08-20"), 275, 0, 375));
    for minute in 600..700_u16 {
        let start = day("2025-08-20").at_minute(minute).to_ist().format("%Y-%m-%dT%H:%M:%S+05:30");
        for volume in [75, 150] {
            let raw = format!(r#"["{start}",0,0,0,0,{volume},0]"#);
            change(&format!(
                "INSERT INTO quarantine (kind, series_id, raw, reason, request_id, last_request_id)
                 SELECT 'candle', {series}, '{raw}', 'no price', 1, 1;"
            ));
        }
    }
    let known = future().await;
    assert_eq!(known.holes, []);
    assert_eq!(known.refused, [(day("2025-08-20"), 100)].into());
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_database_passes_and_each_fault_is_found() {
    let (stage, engine) = collected().await;
    let sound = engine.coverage().verify(None, |_, _| {}).await.unwrap();
    assert!(sound.is_sound(), "{:?}", sound.checks);
    assert!(sound.checks.iter().all(|check| check.examined > 0), "{:?}", sound.checks);
    let sample = engine.verify_sample(None, 10).await.unwrap();
    assert_eq!((sample.examined, sample.problems), (10, 0), "{:?}", sample.examples);

    engine.close().await.unwrap();

    for (spoiling, example) in [
        ("DELETE FROM candle WHERE ts IN (SELECT ts FROM candle LIMIT 1)", "candles are stored of"),
        ("DELETE FROM series_day WHERE day = (SELECT max(day) FROM series_day)", "0 are noted"),
        ("UPDATE candle SET low = high + 5 WHERE ts = (SELECT min(ts) FROM candle)", "impossible candles"),
        ("UPDATE fetch_audit SET sha256 = NULL WHERE endpoint = 'historical-candle'", "is no answer"),
        ("UPDATE series_day SET traded_high = traded_high + 5", "is not what its candles say"),
        ("UPDATE job SET contracts_done = contracts_done + 1", "job 1 counts otherwise"),
        ("DELETE FROM fetch_audit WHERE endpoint = 'historical-candle'", "names a fetch_audit"),
        ("UPDATE expiry_series SET candles = candles + 1", "candles counted"),
        ("UPDATE expiry_contracts SET contracts = contracts + 1", "contracts, "),
        ("UPDATE series SET reach = 7 WHERE contract_id IS NOT NULL", "Back(7) noted"),
        // Days that are gone from both: the rows that came for them are missed.
        (
            "DELETE FROM candle WHERE ts > 1755000000; DELETE FROM series_day WHERE last_ts > 1755000000",
            "candles came for",
        ),
    ] {
        let spoiled = TempDir::new().unwrap();
        let path = spoiled.path().join("expirytrack.db");
        std::fs::copy(stage.data.path().join("expirytrack.db"), &path).unwrap();
        let connection = Connection::open(path).unwrap();
        connection.execute_batch(&format!("PRAGMA foreign_keys = OFF; {spoiling}")).unwrap();
        let coverage = CoverageService::open_for_reading(spoiled.path()).await.unwrap();
        let report = coverage.verify(None, |_, _| {}).await.unwrap();
        let examples: Vec<String> = report.checks.iter().flat_map(|check| check.examples.clone()).collect();
        let is_found = examples.iter().any(|told| told.contains(example));
        assert!(!report.is_sound() && is_found, "{spoiling}: {examples:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_finds_rows_that_differ_from_the_brokers() {
    let (stage, engine) = collected().await;
    let connection = Connection::open(stage.data.path().join("expirytrack.db")).unwrap();
    connection.execute("UPDATE candle SET volume = volume + 75", []).unwrap();
    let sample = engine.verify_sample(Some(&nifty()), 5).await.unwrap();
    assert_eq!((sample.examined, sample.problems), (5, 5));
    assert!(sample.examples[0].contains("stored otherwise"), "{:?}", sample.examples);
    engine.close().await.unwrap();
}
