//! The simulated market looks like the real one, obeys its own rules, and is the same every time.

use std::collections::BTreeMap;

use crate::common::*;
use market::{Candle, ContractKind, ContractKinds, Day, Interval, Price, Prices};
use serde_json::Value;
use simulator::{Simulator, SimulatorOptions};

#[test]
fn the_generated_expiries_of_nifty_are_the_captured_ones() {
    let simulator = simulator_on("2025-09-17");
    let generated: Vec<String> = simulator.oracle().expiries(&nifty()).iter().map(Day::to_string).collect();
    let captured: Value = serde_json::from_str(EXPIRIES).unwrap();
    assert_eq!(Value::from(generated), captured["data"]);
}

#[test]
fn ladders_are_as_wide_as_the_exchanges() {
    let simulator = simulator_on("2026-07-20");
    let oracle = simulator.oracle();
    let (mut weekly, mut monthly) = (Vec::new(), Vec::new());
    for expiry in oracle.expiries(&nifty()) {
        let options = oracle.contracts(&nifty(), expiry, ContractKinds::Options);
        let strikes: Vec<i64> = options.iter().map(|option| option.strike.unwrap().0.0).collect();
        assert!(strikes.is_sorted() && strikes.iter().all(|strike| strike % 5_000 == 0));
        assert!(
            options
                .chunks(2)
                .all(|pair| pair[0].kind == ContractKind::Put && pair[1].kind == ContractKind::Call)
        );
        let is_weekly = options[0].weekly.unwrap();
        let futures = oracle.contracts(&nifty(), expiry, ContractKinds::Futures);
        assert_eq!(futures.len(), usize::from(!is_weekly), "{expiry}");
        if is_weekly { weekly.push(options.len()) } else { monthly.push(options.len()) }
    }
    // The exchange's files: weeklies 160 to 284 with median 196, monthlies 194 to 328 with median 232.
    weekly.sort_unstable();
    monthly.sort_unstable();
    assert!((190..=204).contains(&weekly[weekly.len() / 2]), "{weekly:?}");
    assert!(weekly[0] >= 150 && *weekly.last().unwrap() <= 290, "{weekly:?}");
    assert!((215..=250).contains(&monthly[monthly.len() / 2]), "{monthly:?}");
    assert!(monthly[0] >= 185 && *monthly.last().unwrap() <= 335, "{monthly:?}");
}

#[test]
fn tokens_are_unique_within_an_expiry_and_contracts_are_born_part_way() {
    let simulator = simulator_on("2025-09-17");
    let oracle = simulator.oracle();
    let mut keys = std::collections::BTreeSet::new();
    for underlying in oracle.underlyings() {
        for contract in oracle.contracts(&underlying.key, day("2025-08-28"), ContractKinds::Both) {
            assert!(keys.insert(contract.expired_key.clone()), "{}", contract.expired_key);
        }
    }
    assert!(keys.len() > 900, "{}", keys.len());
    let expiry = day("2025-06-26");
    let options = oracle.contracts(&nifty(), expiry, ContractKinds::Options);
    let births: std::collections::BTreeSet<Day> = options
        .iter()
        .filter_map(|option| whole_life(&oracle, option, Interval::Day).first().map(|row| row.start.day()))
        .collect();
    assert!(births.len() >= 3, "{births:?}");
    let listed_days_before = expiry.days_since_1970() - births.first().unwrap().days_since_1970();
    assert!((85..=97).contains(&listed_days_before), "{listed_days_before}");
}

/// Share of minutes with volume at the money, by sessions left.
#[test]
fn at_the_money_the_last_days_are_full_and_the_first_are_thin() {
    let simulator = simulator_on("2025-09-17");
    let oracle = simulator.oracle();
    let mut shares: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for expiry in ["2025-06-19", "2025-07-17", "2025-08-14", "2025-08-21"].map(day) {
        let calls = oracle.contracts(&nifty(), expiry, ContractKinds::Options);
        let spot = oracle.underlying_minutes(&nifty(), expiry.plus_days(-42), expiry);
        let mut closes: Vec<(Day, i64)> = Vec::new();
        for row in &spot {
            match closes.last_mut() {
                Some(last) if last.0 == row.start.day() => last.1 = paise(row.prices.close),
                _ => closes.push((row.start.day(), paise(row.prices.close))),
            }
        }
        for (place, pair) in closes.windows(2).enumerate() {
            let at_the_money = calls
                .iter()
                .filter(|call| call.kind == ContractKind::Call)
                .min_by_key(|call| (call.strike.unwrap().0.0 - pair[0].1).abs())
                .unwrap();
            let rows = oracle.candles(&at_the_money.expired_key, Interval::Minute1, pair[1].0, pair[1].0);
            let traded = rows.iter().filter(|row| row.volume > 0).count();
            if !rows.is_empty() {
                shares.entry(closes.len() - 2 - place).or_default().push(traded as f64 / 375.0);
            }
        }
    }
    let mean = |from: usize, to: usize| {
        let shares: Vec<f64> = shares.range(from..=to).flat_map(|(_, shares)| shares.clone()).collect();
        shares.iter().sum::<f64>() / shares.len() as f64
    };
    for (from, to, expected) in [(0, 1, 1.0), (2, 4, 0.95), (5, 9, 0.60), (10, 14, 0.30), (15, 22, 0.12)] {
        let share = mean(from, to);
        assert!((share / expected - 1.0).abs() < 0.12, "{from} to {to} sessions left: {share}");
    }
}

#[test]
fn far_out_of_the_money_is_busy_and_deep_in_the_money_is_dead() {
    let simulator = simulator_on("2025-09-17");
    let oracle = simulator.oracle();
    let (expiry, traded_on) = (day("2025-08-14"), day("2025-08-13"));
    let spot = oracle.underlying_minutes(&nifty(), traded_on, traded_on);
    let spot = spot[0].prices.open.to_rupees();
    let calls = oracle.contracts(&nifty(), expiry, ContractKinds::Options);
    let share = |above: f64| {
        let call = calls
            .iter()
            .filter(|call| call.kind == ContractKind::Call)
            .min_by_key(|call| ((call.strike.unwrap().to_rupees() - spot - above).abs() * 100.0) as i64)
            .unwrap();
        let rows = oracle.candles(&call.expired_key, Interval::Minute1, traded_on, traded_on);
        rows.iter().filter(|row| row.volume > 0).count() as f64 / 375.0
    };
    assert!(share(0.0) > 0.9);
    assert!(share(400.0) > 0.75, "about one deviation out: {}", share(400.0));
    assert!((0.2..0.6).contains(&share(1_500.0)), "about four out: {}", share(1_500.0));
    assert!(share(-800.0) < 0.15, "about two in: {}", share(-800.0));
}

#[test]
fn a_few_contracts_never_trade() {
    let simulator = simulator_on("2025-09-17");
    let oracle = simulator.oracle();
    let expiry = day("2025-07-31");
    for (key, least, most) in [("NSE_INDEX|Nifty 50", 0.01, 0.035), ("NSE_EQ|INE002A01018", 0.09, 0.21)] {
        let options = oracle.contracts(&key.parse().unwrap(), expiry, ContractKinds::Options);
        let dead =
            options.iter().filter(|option| whole_life(&oracle, option, Interval::Day).is_empty()).count()
                as f64;
        let share = dead / options.len() as f64;
        assert!((least..=most).contains(&share), "{key}: {share}");
    }
}

#[test]
fn an_answer_does_not_depend_on_the_range_or_on_what_was_asked_before() {
    let simulator = simulator_on("2025-09-17");
    let oracle = simulator.oracle();
    let options = oracle.contracts(&nifty(), day("2025-06-19"), ContractKinds::Options);
    let option = &options[options.len() / 2];
    let whole = whole_life(&oracle, option, Interval::Minute1);
    let (from, to) = (day("2025-06-05"), day("2025-06-11"));
    let expected: Vec<Candle> =
        whole.into_iter().filter(|row| (from..=to).contains(&row.start.day())).collect();
    assert!(!expected.is_empty());
    let afresh = simulator_on("2026-01-05");
    for oracle in [oracle, afresh.oracle()] {
        assert_eq!(oracle.candles(&option.expired_key, Interval::Minute1, from, to), expected);
    }
}

#[test]
fn the_market_is_the_same_on_every_machine() {
    let (one, other) = (simulator_on("2025-09-17"), simulator_on("2025-09-17"));
    let sensex = "BSE_INDEX|SENSEX".parse().unwrap();
    let contracts = one.oracle().contracts(&sensex, day("2025-09-04"), ContractKinds::Both);
    assert_eq!(contracts, other.oracle().contracts(&sensex, day("2025-09-04"), ContractKinds::Both));
    let middle = &contracts[contracts.len() / 2];
    let rows = whole_life(&one.oracle(), middle, Interval::Minute1);
    assert_eq!(rows, whole_life(&other.oracle(), middle, Interval::Minute1));
    // A change of this number is a change of the market: let it be one that was meant.
    assert_eq!((middle.trading_symbol.as_str(), fingerprint(&rows)), SNAPSHOT);

    let seeded = SimulatorOptions { seed: 2, limits: None, ..SimulatorOptions::default() };
    let seeded = Simulator::new(seeded).unwrap();
    let elsewhere = seeded.oracle().contracts(&sensex, day("2025-09-04"), ContractKinds::Both);
    assert_ne!(contracts, elsewhere, "another seed is another market");
}

const SNAPSHOT: (&str, u64) = ("SENSEX 80200 CE 04 SEP 25", 9_899_460_795_432_108_794);

/// FNV-1a over all numbers.
/// Derivatives and indices are never finer.
fn paise(price: Price) -> i64 {
    price.whole_paise().unwrap().0
}

fn fingerprint(rows: &[Candle]) -> u64 {
    let numbers = rows.iter().flat_map(|row| {
        let Prices { open, high, low, close } = row.prices;
        [row.start.0, paise(open), paise(high), paise(low), paise(close), row.volume, row.open_interest]
    });
    numbers
        .flat_map(i64::to_le_bytes)
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn a_small_market_keeps_its_shape() {
    let options = SimulatorOptions { strikes_each_side_max: Some(3), ..SimulatorOptions::default() };
    let simulator = Simulator::new(options).unwrap();
    let contracts = simulator.oracle().contracts(&nifty(), day("2025-09-09"), ContractKinds::Both);
    assert_eq!(contracts.len(), 14, "seven strikes, two sides, no future on a weekly expiry");
}
