//! The simulated market looks like the real one, obeys its own rules, and is the same every time.

mod common;

use std::collections::BTreeMap;

use common::{CANDLES, EXPIRIES, day, nifty, simulator_on};
use market::{Candle, Contract, ContractKind, ContractKinds, Day, ExpiredKey, Interval, Prices};
use serde_json::Value;
use simulator::{Oracle, Simulator, SimulatorOptions};

fn whole_life(oracle: &Oracle<'_>, contract: &Contract, interval: Interval) -> Vec<Candle> {
    oracle.candles(&contract.expired_key, interval, contract.expiry.plus_days(-120), contract.expiry)
}

fn future(oracle: &Oracle<'_>, expiry: &str) -> Contract {
    let futures = oracle.contracts(&nifty(), day(expiry), ContractKinds::Futures);
    futures.into_iter().next().unwrap()
}

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
                Some(last) if last.0 == row.start.day() => last.1 = row.prices.close.0,
                _ => closes.push((row.start.day(), row.prices.close.0)),
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
        if change != 0 {
            assert_ne!(step, Some(this_step), "{}: only at a new three minutes", name());
            // The real day breaks this once, by three lots: it is served as it is.
            let is_real = row.start.day() == day("2025-08-01");
            assert!(change.abs() <= traded_since_step || is_real, "{}: {change}", name());
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
    assert_eq!(of_day.prices.close.0 % 10, 0);
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

const SNAPSHOT: (&str, u64) = ("SENSEX 80200 CE 04 SEP 25", 5_635_624_357_316_907_153);

/// FNV-1a over all numbers.
fn fingerprint(rows: &[Candle]) -> u64 {
    let numbers = rows.iter().flat_map(|row| {
        let Prices { open, high, low, close } = row.prices;
        [row.start.0, open.0, high.0, low.0, close.0, row.volume, row.open_interest]
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
