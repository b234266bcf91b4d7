//! The rows of the simulated market obey the market's rules, and the captured day stands among them.

use std::collections::BTreeMap;

use crate::common::*;
use market::{Candle, Contract, ContractKind, ContractKinds, ExpiredKey, Interval, Prices};
use serde_json::Value;

/// Everything a row must obey, over the whole lives of many contracts, the captured one included.
#[test]
fn rows_are_consistent_and_open_interest_keeps_its_rules() {
    let simulator = simulator_on("2025-09-17");
    let oracle = simulator.oracle();
    let mut checked = 0;
    for (key, expiry) in [
        ("NSE_INDEX|Nifty 50", "2025-08-28"),
        ("NSE_INDEX|Nifty 50", "2025-09-09"),
        ("BSE_INDEX|SENSEX", "2025-03-04"),
        ("NSE_EQ|INE009A01021", "2025-08-28"),
        ("NSE_EQ|INE101A01026", "2025-01-30"),
    ] {
        let contracts = oracle.contracts(&key.parse().unwrap(), day(expiry), ContractKinds::Both);
        for contract in contracts.iter().step_by(7) {
            let rows = whole_life(&oracle, contract, Interval::Minute1);
            check_rows(contract, &rows);
            checked += rows.len();
        }
    }
    assert!(checked > 200_000, "{checked}");
}

fn check_rows(contract: &Contract, rows: &[Candle]) {
    assert!(rows.windows(2).all(|pair| pair[0].start < pair[1].start));
    let mut held: Option<i64> = None;
    let (mut traded, mut traded_since_step, mut step) = (0, 0, None);
    for row in rows {
        let name = || format!("{} {}", contract.trading_symbol, row.start.to_ist_text());
        let Prices { open, high, low, close } = row.prices;
        assert!(high >= open.max(close) && low <= open.min(close) && low.0 > 0, "{}", name());
        for price in [open, high, low, close] {
            assert_eq!(price.0 % contract.tick_size, 0, "{}", name());
        }
        assert_eq!(row.volume % contract.lot_size, 0, "{}", name());
        assert_eq!(row.open_interest % contract.lot_size, 0, "{}", name());
        let before = held.unwrap_or(0);
        let this_step = (row.start.day(), (row.start.minute_of_day() - 555) / 3);
        let change = row.open_interest - before;
        if row.volume == 0 {
            assert!(open == close && high == low && change == 0, "{}", name());
        }
        // The real day breaks both rules, by a lot or a minute here and there: it is served as it is.
        let is_real =
            contract.expired_key.exchange_token() == "64103" && row.start.day() == day("2025-08-01");
        if change != 0 && !is_real {
            assert_ne!(step, Some(this_step), "{}: only at a new three minutes", name());
            assert!(change.abs() <= traded_since_step, "{}: {change} of {traded_since_step}", name());
        }
        if step != Some(this_step) && row.volume > 0 {
            (step, traded_since_step) = (Some(this_step), 0);
        }
        assert!((0..=traded).contains(&row.open_interest), "{}", name());
        traded += row.volume;
        traded_since_step += row.volume;
        held = Some(row.open_interest);
    }
    assert!(rows.first().is_none_or(|first| first.open_interest == 0), "open interest starts at nothing");
}

#[test]
fn the_captured_day_stands_verbatim_among_its_neighbours() {
    let simulator = simulator_on("2025-09-17");
    let oracle = simulator.oracle();
    let rows = whole_life(&oracle, &future(&oracle, "2025-08-28"), Interval::Minute1);
    let captured: Value = serde_json::from_str(CANDLES).unwrap();
    let captured = captured["data"]["candles"].as_array().unwrap();
    let of_day: Vec<&Candle> = rows.iter().filter(|row| row.start.day() == day("2025-08-01")).rev().collect();
    assert_eq!(of_day.len(), captured.len());
    for (row, wire) in of_day.iter().zip(captured) {
        let Prices { open, high, low, close } = row.prices;
        let numbers = [open, high, low, close].map(|price| price.to_rupees());
        for (place, number) in numbers.into_iter().enumerate() {
            assert_eq!(wire[place + 1].as_f64(), Some(number));
        }
        assert_eq!((wire[5].as_i64(), wire[6].as_i64()), (Some(row.volume), Some(row.open_interest)));
    }
    // No jump before or after, in price or in open interest.
    let first = rows.iter().position(|row| row.start.day() == day("2025-08-01")).unwrap();
    for place in [first, first + 375] {
        let (before, after) = (&rows[place - 1], &rows[place]);
        let jump = after.prices.open.to_rupees() / before.prices.close.to_rupees() - 1.0;
        assert!(jump.abs() < 0.01, "{jump}");
        let change = (after.open_interest - before.open_interest).abs();
        assert!(change < before.open_interest / 50, "{change}");
    }
    // The spot stands below the future by its carry.
    let spot = oracle.underlying_minutes(&nifty(), day("2025-08-01"), day("2025-08-01"));
    let basis = captured[374][1].as_f64().unwrap() / spot[0].prices.open.to_rupees() - 1.0;
    assert!((0.001..0.005).contains(&basis), "{basis}");
}

#[test]
fn futures_stand_above_spot_and_options_keep_parity() {
    let simulator = simulator_on("2025-09-17");
    let oracle = simulator.oracle();
    let expiry = day("2025-08-28");
    let traded_on = day("2025-08-25");
    let at = |key: &ExpiredKey| {
        let mut rows = oracle.candles(key, Interval::Minute1, traded_on, traded_on);
        rows.retain(|row| row.volume > 0);
        rows
    };
    let spot = oracle.underlying_minutes(&nifty(), traded_on, traded_on);
    let future = at(&future(&oracle, "2025-08-28").expired_key);
    for (spot, future) in spot.iter().zip(&future) {
        let carry = future.prices.close.to_rupees() / spot.prices.close.to_rupees() - 1.0;
        let yearly = carry * 365.0 / 3.0;
        assert!((0.0..0.09).contains(&yearly), "{yearly}");
    }
    let options = oracle.contracts(&nifty(), expiry, ContractKinds::Options);
    let near = |kind| {
        let close = spot[200].prices.close.to_rupees();
        let of_kind = options.iter().filter(move |option| option.kind == kind);
        of_kind.min_by_key(|option| (option.strike.unwrap().to_rupees() - close).abs() as i64).unwrap()
    };
    let (call, put) = (near(ContractKind::Call), near(ContractKind::Put));
    let strike = call.strike.unwrap().to_rupees();
    let puts: BTreeMap<_, _> = at(&put.expired_key).into_iter().map(|row| (row.start, row)).collect();
    let futures: BTreeMap<_, _> = future.iter().map(|row| (row.start, row)).collect();
    let mut compared = 0;
    for call in at(&call.expired_key) {
        if let (Some(put), Some(future)) = (puts.get(&call.start), futures.get(&call.start)) {
            let difference = call.prices.close.to_rupees() - put.prices.close.to_rupees();
            let forward = future.prices.close.to_rupees() - strike;
            assert!((difference - forward).abs() < 6.0, "{difference} {forward}");
            compared += 1;
        }
    }
    assert!(compared > 200, "{compared}");
}

#[test]
fn special_sessions_and_longer_days_have_their_bars() {
    let simulator = simulator_on("2026-11-20");
    let oracle = simulator.oracle();
    let bars = |expiry: &str, on: &str| {
        let key = future(&oracle, expiry).expired_key;
        let rows = oracle.candles(&key, Interval::Minute1, day(on), day(on));
        let minute = |row: Option<&Candle>| row.map(|row| row.start.to_ist_text()[11..16].to_owned());
        (rows.len(), minute(rows.first()).unwrap_or_default(), minute(rows.last()).unwrap_or_default())
    };
    let expected = |count: usize, first: &str, last: &str| (count, first.to_owned(), last.to_owned());
    assert_eq!(bars("2024-11-28", "2024-11-01"), expected(60, "18:00", "18:59"));
    assert_eq!(bars("2025-02-27", "2025-02-01"), expected(375, "09:15", "15:29"));
    assert_eq!(bars("2025-10-28", "2025-10-21"), expected(60, "13:45", "14:44"));
    assert_eq!(bars("2026-02-24", "2026-02-01"), expected(375, "09:15", "15:29"));
    assert_eq!(bars("2026-08-25", "2026-07-31"), expected(375, "09:15", "15:29"));
    assert_eq!(bars("2026-08-25", "2026-08-03"), expected(385, "09:15", "15:39"));
    assert_eq!(bars("2025-08-28", "2025-08-15").0, 0, "a holiday");
    let spot = |on| oracle.underlying_minutes(&nifty(), day(on), day(on)).len();
    assert_eq!((spot("2026-07-31"), spot("2026-08-03")), (375, 360), "the cash market stops at 15:15");
}

#[test]
fn nothing_is_older_than_the_brokers_floor() {
    let simulator = simulator_on("2025-09-17");
    let oracle = simulator.oracle();
    let rows = whole_life(&oracle, &future(&oracle, "2024-10-31"), Interval::Minute1);
    assert_eq!(rows[0].start.day(), day("2024-10-01"));
    assert!(rows[0].open_interest > 0, "the contract is older than the data");
}

#[test]
fn longer_intervals_are_made_of_the_minutes() {
    let simulator = simulator_on("2025-09-17");
    let oracle = simulator.oracle();
    let key = future(&oracle, "2025-08-28").expired_key;
    let on = day("2025-08-01");
    let rows = |interval| oracle.candles(&key, interval, on, on);
    let minutes = rows(Interval::Minute1);
    let volume: i64 = minutes.iter().map(|row| row.volume).sum();
    use Interval::{Day, Minute3, Minute5, Minute15, Minute30};
    for (interval, count) in [(Minute3, 125), (Minute5, 75), (Minute15, 25), (Minute30, 13), (Day, 1)] {
        let bars = rows(interval);
        assert_eq!(bars.len(), count);
        assert_eq!(bars.iter().map(|bar| bar.volume).sum::<i64>(), volume);
        assert_eq!(bars.last().unwrap().open_interest, minutes[374].open_interest);
    }
    let of_day = rows(Day)[0];
    assert_eq!(of_day.start, on.start(), "midnight");
    // The weighted average of the last half hour, to the tick, not the last price.
    let last = &minutes[345..];
    let value: f64 = last.iter().map(|row| row.prices.close.to_rupees() * row.volume as f64).sum();
    let average = value / last.iter().map(|row| row.volume as f64).sum::<f64>();
    assert!((of_day.prices.close.to_rupees() - average).abs() <= 0.05);
    assert_ne!(of_day.prices.close, minutes[374].prices.close);
    assert!(of_day.prices.close.is_on(market::Paise(10)));
}
