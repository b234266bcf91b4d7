//! The whole road: from an underlying to candles that equal what the broker sent.

use crate::common::{Stage, day, nifty, order};
use engine::{EngineError, RunEnd};
use export::Format;
use market::{ChartInterval, ContractKinds, DayRange};
use protocol::{CollectOrder, ExpiryChoice, JobStatus};

const WEEKLY: &str = "2025-08-21";
const CAPTURED: &str = "2025-08-28";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_equals_what_the_broker_holds_and_a_second_run_asks_nothing() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let order = order(&[WEEKLY], ContractKinds::Both);
    let job = engine.jobs().create(&order).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
    let rows = stage.assert_equals_broker(&nifty(), day(WEEKLY), ContractKinds::Both);
    assert!(rows > 10_000, "only {rows} rows");
    let picture = engine.jobs().picture(job).await.unwrap();
    assert_eq!(picture.candles as usize, rows);
    assert_eq!(picture.contracts.left(), 0);
    assert_eq!(stage.sql::<i64>("SELECT count(*) FROM quarantine"), 0);
    let underlying_rows = stage.assert_underlying_equals_broker(&nifty());
    assert_eq!(picture.underlying_candles as usize, underlying_rows);
    assert_eq!((picture.months.done, picture.months.total), (4, 4), "May to August");
    assert_eq!(stage.history_requests(), 4, "one a month");
    assert_eq!(stage.sql::<i64>("SELECT sum(candles) FROM series_day"), (rows + underlying_rows) as i64);

    let before = stage.simulator.referee().requests;
    let again = engine.jobs().create(&order).await.unwrap();
    assert_eq!(engine.jobs().run(again).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
    assert_eq!(stage.simulator.referee().requests, before, "the same job again asks nothing");
    assert_eq!(engine.jobs().picture(again).await.unwrap().requests, 0);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_captured_day_goes_through_the_pipe_and_out_as_csv_value_for_value() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let job = engine.jobs().create(&order(&[CAPTURED], ContractKinds::Futures)).await.unwrap();
    engine.jobs().run(job).await.unwrap();

    let key = "NSE_FO|64103|28-08-2025".parse().unwrap();
    let range = DayRange::single(day("2025-08-01"));
    let data = engine.market_data();
    let bars = data.bars(&key, ChartInterval::MINUTE_1, Some(range)).await.unwrap();
    let mut text = Vec::new();
    Format::Csv.write(bars, &export::Origin::default(), &mut text).unwrap();

    let capture = std::fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../simulator/fixtures/historical_candle_NSE_FO_64103_28-08-2025_1minute_real_day_2025-08-01.json"
    ));
    let capture: serde_json::Value = serde_json::from_slice(&capture.unwrap()).unwrap();
    let sent = capture["data"]["candles"].as_array().unwrap();
    let text = String::from_utf8(text).unwrap();
    let lines: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!((lines.len(), sent.len()), (375, 375));
    for (line, row) in lines.iter().rev().zip(sent) {
        let fields: Vec<&str> = line.split(',').collect();
        let time = row[0].as_str().unwrap().replace('T', " ").replace("+05:30", "");
        assert_eq!(fields[0], time);
        for at in 1..7 {
            assert_eq!(fields[at].parse::<f64>().unwrap(), row[at].as_f64().unwrap(), "{line} against {row}");
        }
    }
    // 375 minutes make these many bars, anchored at 09:15.
    for (interval, count) in [
        (ChartInterval::MINUTE_3, 125),
        (ChartInterval::MINUTE_5, 75),
        (ChartInterval::MINUTE_15, 25),
        (ChartInterval::MINUTE_30, 13),
        ("45minute".parse().unwrap(), 9),
        (ChartInterval::HOUR_1, 7),
        ("75minute".parse().unwrap(), 5),
        (ChartInterval::Day, 1),
        (ChartInterval::Week, 1),
        (ChartInterval::Month, 1),
    ] {
        let bars = data.bars(&key, interval, Some(range)).await.unwrap().bars;
        assert_eq!(bars.len(), count, "{interval}");
    }
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_interval_is_a_series_of_its_own() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    for interval in market::Interval::ALL {
        let order = CollectOrder { interval, ..order(&[CAPTURED], ContractKinds::Futures) };
        let job = engine.jobs().create(&order).await.unwrap();
        assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed), "{interval}");
    }
    assert_eq!(stage.sql::<i64>("SELECT count(*) FROM series WHERE contract_id IS NOT NULL"), 6);
    // The minutes are untouched by the five minutes.
    stage.assert_equals_broker(&nifty(), day(CAPTURED), ContractKinds::Futures);
    // The exchange's close of a day is an average, so the collected day comes first.
    let key = "NSE_FO|64103|28-08-2025".parse().unwrap();
    let bars = engine.market_data().bars(&key, ChartInterval::Day, None).await.unwrap().bars;
    let collected: i64 = stage.sql(
        "SELECT c.close FROM candle c JOIN series s ON s.id = c.series_id WHERE s.interval = 'day' ORDER BY ts LIMIT 1",
    );
    assert_eq!(bars[0].prices.unwrap().close, market::Paise(collected).into());
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_that_cannot_be_are_refused_in_words_before_any_candle() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let refusal = async |key: &str, expiry: &str, kinds| {
        let order = CollectOrder {
            underlyings: vec![key.parse().unwrap()],
            expiries: ExpiryChoice::Dates(vec![day(expiry)]),
            ..order(&[], kinds)
        };
        engine.jobs().create(&order).await.unwrap_err()
    };
    let both = ContractKinds::Both;
    assert!(matches!(refusal("MCX_FO|428750", WEEKLY, both).await, EngineError::Key(_)));
    assert!(matches!(refusal("NCD_FO|USDINR", WEEKLY, both).await, EngineError::Key(_)));
    let unknown = refusal("NSE_EQ|INE000000000", WEEKLY, both).await;
    assert!(matches!(unknown, EngineError::UnknownUnderlying { .. }), "{unknown}");
    let wrong_day = refusal("NSE_INDEX|Nifty 50", "2025-08-20", both).await;
    assert!(wrong_day.to_string().contains("21 Aug 2025"), "the nearest dates are named: {wrong_day}");
    let nothing = refusal("NSE_INDEX|Nifty 50", WEEKLY, ContractKinds::Futures).await;
    assert!(matches!(nothing, EngineError::NothingToCollect(_)), "a weekly has no future: {nothing}");
    assert_eq!(stage.candle_requests(), 0);
    assert!(engine.jobs().list().await.unwrap().is_empty());
    engine.close().await.unwrap();
}
