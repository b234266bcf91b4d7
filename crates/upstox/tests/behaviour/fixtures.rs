//! Every captured or documented answer is read without a panic, and the real ones value for value.

use market::{Day, InstrumentKey};
use std::path::PathBuf;
use upstox::{parse_candles, parse_contracts, parse_expiries, parse_master};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../simulator/fixtures")
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

fn nifty() -> InstrumentKey {
    "NSE_INDEX|Nifty 50".parse().unwrap()
}

fn expiry() -> Day {
    "2025-08-28".parse().unwrap()
}

#[test]
fn every_fixture_is_read_by_every_parser_without_a_panic() {
    let mut files = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let body = std::fs::read(entry.unwrap().path()).unwrap();
        let _ = parse_expiries(&body);
        let _ = parse_contracts(&body, &nifty(), expiry());
        let _ = parse_candles(&body);
        let _ = parse_master(&body);
        files += 1;
    }
    assert!(files >= 4, "only {files} fixtures found");
}

#[test]
fn the_captured_expiries() {
    let list = parse_expiries(&read("expiries_nifty50_real_2025-09.json")).unwrap();
    assert!(list.refused.is_empty());
    let days = list.days;
    assert_eq!(days.len(), 51);
    assert_eq!(
        (days[0].to_string(), days[50].to_string()),
        ("2024-10-03".to_owned(), "2025-09-16".to_owned())
    );
}

#[test]
fn the_captured_contracts() {
    let options =
        parse_contracts(&read("option_contracts_nifty50_2025-08-28_real.json"), &nifty(), expiry()).unwrap();
    assert_eq!((options.contracts.len(), options.refused.len(), options.notices.len()), (194, 0, 0));
    let first = &options.contracts[0].contract;
    assert_eq!(first.expired_key.to_string(), "NSE_FO|71706|28-08-2025");
    assert_eq!((first.strike.unwrap().to_rupees(), first.lot_size, first.tick_size), (22600.0, 75, 5));
    assert_eq!(first.weekly, Some(false));
    let futures =
        parse_contracts(&read("future_contracts_nifty50_2025-08-28_real.json"), &nifty(), expiry()).unwrap();
    assert_eq!(futures.contracts[0].contract.trading_symbol, "NIFTY FUT 28 AUG 25");
    assert_eq!(futures.contracts[0].contract.tick_size, 10);
}

#[test]
fn the_captured_day() {
    let body = read("historical_candle_NSE_FO_64103_28-08-2025_1minute_real_day_2025-08-01.json");
    let (rows, broken) = parse_candles(&body).unwrap();
    assert_eq!((rows.len(), broken.count), (375, 0));
    assert_eq!(rows[0].start, "2025-08-01T15:29:00+05:30");
    assert_eq!((rows[0].open, rows[0].volume, rows[0].open_interest), (24618.9, 31125.0, 17_059_500.0));
}
