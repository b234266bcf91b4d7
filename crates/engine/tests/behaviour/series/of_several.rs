//! Series of several expiries, and of the underlying alone.

use std::collections::BTreeSet;

use engine::SeriesWish;
use market::{ContractKinds, Day, EpochSeconds, TradingCalendar};

use super::rows::{Minutes, Rows, traded};
use super::{EARLIER, EXPIRY, assert_near, collect, made, moment, points, wish};
use crate::common::{Stage, day};

const JULY: &str = "2025-07-31";
/// Nothing is collected of its future, which was the nearest one through this day all the same.
const JUNE: &str = "2025-06-26";

fn days_of(minutes: &Minutes) -> BTreeSet<Day> {
    minutes.keys().map(|ts| EpochSeconds(*ts).day()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_continuous_future_is_held_to_each_expiry_and_tells_its_rolls() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[JULY, EXPIRY], "35", ContractKinds::Futures).await;
    let (july, august) = (Rows::of(&stage, JULY).future, Rows::of(&stage, EXPIRY).future);
    let both: BTreeSet<Day> = days_of(&july).intersection(&days_of(&august)).copied().collect();
    assert!(both.len() > 3, "{both:?}");

    let document = made(&engine, &wish("continuous-future")).await;
    let told = points(&document);
    let held = |at: EpochSeconds| if at.day() <= day(JULY) { &july } else { &august };
    let [after_june, after_july] = [JUNE, JULY].map(|expiry| day(expiry).next().start().0);
    assert!(july.keys().any(|ts| *ts < after_june), "there are rows that are left out");
    let expected = july.range(after_june..after_july).chain(august.range(after_july..));
    assert_eq!(document.head.from, told[0].0.day());
    let missing = "The days of the future of 26 Jun 2025 are missing: nothing is stored of it.";
    assert!(document.head.rule.ends_with(missing), "{}", document.head.rule);
    assert_eq!(told.len(), expected.clone().count());
    for ((at, values), (ts, row)) in told.iter().zip(expected) {
        assert_eq!(at.0, *ts);
        assert_near(values[3], (row.1 > 0).then_some(row.0), *at);
        assert_near(values[3], traded(held(*at), *at, 0), *at);
    }
    let common = july.iter().rev().find(|(ts, row)| {
        EpochSeconds(**ts).day() == day(JULY) && row.1 > 0 && august.get(ts).is_some_and(|row| row.1 > 0)
    });
    let (ts, row) = common.unwrap();
    let difference = august[ts].0 - row.0;
    let [roll] = &document.head.rolls[..] else { panic!("{:?}", document.head.rolls) };
    assert_eq!((roll.after, roll.from, roll.to), (day(JULY), day(JULY), day(EXPIRY)));
    assert_near(roll.difference, Some(difference), EpochSeconds(*ts));

    let adjusted = points(&made(&engine, &wish("continuous-future adjusted=difference")).await);
    assert_eq!(adjusted.len(), told.len());
    for ((at, moved), (_, values)) in adjusted.iter().zip(&told) {
        let by = if at.day() <= day(JULY) { difference } else { 0.0 };
        assert_near(moved[3], values[3].map(|close| close + by), *at);
    }
    // The second month ends with the nearest one: what lies behind the last expiry is not known.
    let second = points(&made(&engine, &wish("continuous-future month=2")).await);
    let of_august = second.iter().filter(|(at, _)| at.0 >= after_june);
    assert!(of_august.clone().all(|(at, values)| values[3] == traded(&august, *at, 0)));
    assert!(of_august.clone().all(|(at, _)| at.0 < after_july) && of_august.count() > 300);
    engine.close().await.unwrap();
}

/// The later future's days begin after the roll: nothing measures it, and some days are of no future.
#[tokio::test(flavor = "multi_thread")]
async fn a_continuous_future_tells_the_days_that_it_is_without() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[JULY, EXPIRY], "20", ContractKinds::Futures).await;
    let (july, august) = (Rows::of(&stage, JULY).future, Rows::of(&stage, EXPIRY).future);
    let stored = days_of(&august);
    let first_stored = *stored.first().unwrap();
    assert!(first_stored > day("2025-08-04"), "{first_stored}");
    let is_open = |day: &Day| TradingCalendar::bundled().day(*day).is_open();
    let mut absent: Vec<Day> = (1..=28).map(|of| Day::new(2025, 8, of).unwrap()).collect();
    absent.retain(|day| is_open(day) && !stored.contains(day));
    let holes = format!(
        "Of the future of 28 Aug 2025 nothing is stored on {} trading days on which it is held, from {} to {}.",
        absent.len(),
        absent[0].to_long_text(),
        absent[absent.len() - 1].to_long_text()
    );

    let plain = made(&engine, &wish("continuous-future")).await;
    assert!(plain.head.rule.ends_with(&holes), "{}", plain.head.rule);
    assert_eq!(plain.points.len(), july.len() + august.len());
    assert_eq!(plain.head.rolls[0].difference, None);

    let adjusted = made(&engine, &wish("continuous-future adjusted=difference")).await;
    let left_out = "What came up to 31 Jul 2025 is left out: no minute of that day is stored in which the futures of \
                    31 Jul 2025 and of 28 Aug 2025 were both traded, so nothing tells the difference by which to adjust it.";
    assert!(adjusted.head.rule.ends_with(&format!("{holes} {left_out}")), "{}", adjusted.head.rule);
    assert_eq!((adjusted.points.len(), adjusted.head.from), (august.len(), first_stored));
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn realised_volatility_looks_back_over_the_window_also_before_the_first_day() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EXPIRY], "4", ContractKinds::Futures).await;
    let rows = Rows::of(&stage, EXPIRY);
    for (series, window, of_future) in [
        ("realised-volatility window=60", 60, false),
        ("realised-volatility window=500", 500, false),
        ("realised-volatility window=60", 60, true),
    ] {
        let from = days_of(&rows.index).into_iter().rev().nth(1).unwrap();
        let expiry = of_future.then(|| day(EXPIRY));
        let document = made(&engine, &SeriesWish { expiry, from: Some(from), ..wish(series) }).await;
        let closes: Vec<(i64, f64)> = if of_future {
            rows.future.iter().filter(|(_, row)| row.1 > 0).map(|(ts, row)| (*ts, row.0)).collect()
        } else {
            rows.index.iter().map(|(ts, row)| (*ts, row.0)).collect()
        };
        let told = points(&document);
        assert_eq!(document.head.from, from);
        assert_eq!(told[0].0.day(), from);
        assert!(told[0].1[0].is_some(), "the days before fill the window: {:?}", document.head.gaps);
        for (at, values) in &told {
            let upto = closes.partition_point(|(ts, _)| *ts <= at.0);
            let (mut squares, mut minutes) = (0.0, 0);
            for pair in closes[..upto].windows(2).rev() {
                let [(before, low), (after, high)] = pair else { unreachable!() };
                if EpochSeconds(*before).day() != EpochSeconds(*after).day() {
                    continue;
                }
                squares += (high / low).ln().powi(2);
                minutes += (after - before) / 60;
                if minutes >= window {
                    break;
                }
            }
            let expected = (minutes >= window).then(|| (squares / minutes as f64 * 94_500.0).sqrt());
            assert_near(values[0], expected, *at);
        }
        let words =
            if of_future { "the future of the expiry of Nifty 50 on 28 Aug 2025" } else { "Nifty 50 itself" };
        let unknown = "What was implied is not known: no option at the money has a volatility on these days.";
        assert!(
            document.head.rule.ends_with(&format!("Closes are those of {words}. {unknown}")),
            "{}",
            document.head.rule
        );
    }
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_implied_at_the_money_stands_beside_what_was_realised() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EARLIER, EXPIRY], "12", ContractKinds::Both).await;
    let nearest = "What was implied is, on each day, of the nearest expiry with minutes of it, from that on 21 Aug 2025 to \
                   that on 28 Aug 2025";
    for (expiry, interval, words) in [
        (None, "1minute", nearest),
        (None, "15minute", nearest),
        (Some(EXPIRY), "1minute", "What was implied is of the expiry on 28 Aug 2025"),
    ] {
        let of = |expiry: Option<&str>, series: &str| SeriesWish {
            expiry: expiry.map(day),
            from: Some(day("2025-08-20")),
            to: Some(day("2025-08-22")),
            interval: interval.parse().unwrap(),
            ..wish(series)
        };
        let document = made(&engine, &of(expiry, "realised-volatility window=60")).await;
        let columns: Vec<&str> = document.head.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(columns, ["volatility", "implied", "implied_calendar", "implied_days"]);
        assert!(document.head.rule.contains(words), "{}", document.head.rule);
        assert_eq!(document.head.rate, Some(0.065));
        let [earlier, later] = [
            points(&made(&engine, &of(Some(EARLIER), "atm-volatility")).await),
            points(&made(&engine, &of(Some(EXPIRY), "atm-volatility")).await),
        ];
        let mut beside = 0;
        for (at, values) in points(&document) {
            let is_earlier = expiry.is_none() && at.day() <= day(EARLIER);
            let (points, expiry) = if is_earlier { (&earlier, EARLIER) } else { (&later, EXPIRY) };
            let implied = points.iter().find(|(moment, values)| *moment == at && values[1].is_some());
            let implied = implied.filter(|_| values[0].is_some());
            let left = (day(expiry).at_minute(930).0 - at.0) as f64 / 86_400.0;
            assert_near(values[1], implied.and_then(|(_, values)| values[1]), at);
            assert_near(values[2], implied.and_then(|(_, values)| values[0]), at);
            assert_near(values[3], implied.map(|_| left), at);
            beside += usize::from(implied.is_some());
        }
        let least = if interval == "1minute" { 300 } else { 20 };
        assert!(beside > least, "{interval}: {beside}");
    }
    let other = SeriesWish { rate: "5%".parse().ok(), ..wish("realised-volatility") };
    assert_eq!(made(&engine, &other).await.head.rate, Some(0.05));
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_constant_maturity_lies_in_total_variance_between_two_expiries() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EARLIER, EXPIRY], "12", ContractKinds::Both).await;
    let one_day = |expiry: Option<&str>, series: &str| SeriesWish {
        expiry: expiry.map(day),
        from: Some(day("2025-08-19")),
        to: Some(day("2025-08-19")),
        ..wish(series)
    };
    let document = made(&engine, &one_day(None, "constant-maturity-volatility days=6")).await;
    let near = points(&made(&engine, &one_day(Some(EARLIER), "atm-volatility")).await);
    let far = points(&made(&engine, &one_day(Some(EXPIRY), "atm-volatility")).await);
    let volatility = |points: &[(EpochSeconds, Vec<Option<f64>>)], at: EpochSeconds| {
        points.iter().find(|(moment, _)| *moment == at).and_then(|(_, values)| values[0])
    };
    let mut compared = 0;
    for (at, values) in points(&document) {
        let (Some(near), Some(far)) = (volatility(&near, at), volatility(&far, at)) else {
            assert_eq!(values, [None; 3]);
            continue;
        };
        let minutes = |expiry: &str| (day(expiry).at_minute(930).0 - at.0) as f64 / 60.0;
        let (from, to, wanted) = (minutes(EARLIER), minutes(EXPIRY), 6.0 * 1440.0);
        let part = (wanted - from) / (to - from);
        let variance = near * near * from * (1.0 - part) + far * far * to * part;
        assert_near(values[0], Some((variance / wanted).sqrt()), at);
        assert_near(values[1], Some(from / 1440.0), at);
        compared += 1;
    }
    assert!(compared > 100, "{compared}");
    let beyond = made(&engine, &one_day(None, "constant-maturity-volatility days=30")).await;
    let gaps = &beyond.head.gaps;
    assert_eq!((gaps.len(), gaps[0].points as usize), (1, beyond.points.len()));
    assert_eq!(gaps[0].reason, "There is no volatility of an expiry on both sides of 30 days.");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strategy_over_two_expiries_is_the_sum_of_its_legs() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EARLIER, EXPIRY], "12", ContractKinds::Both).await;
    let (near, far) = (Rows::of(&stage, EARLIER), Rows::of(&stage, EXPIRY));
    let noon = moment("2025-08-19T12:00:00+05:30");
    let (money, _) = far.at_the_money(noon).unwrap();
    let common = near.options.keys().filter(|strike| far.options.contains_key(*strike));
    let strike = *common.min_by_key(|strike| (*strike - money).abs()).unwrap();
    let key = |expiry: &str, kind: &str| {
        stage.sql::<String>(&format!(
            "SELECT c.segment || '|' || c.exchange_token || '|' || strftime('%d-%m-%Y', c.key_date) FROM contract c
             JOIN expiry e ON e.id = c.expiry_id WHERE e.date = '{expiry}' AND c.kind = '{kind}'
             AND (c.strike = {strike} OR c.kind = 'FUT')"
        ))
    };
    let lot: i64 = stage.sql("SELECT DISTINCT lot_size FROM contract");
    let traded_legs =
        [(&near.options[&strike][0], -1.0), (&far.options[&strike][0], 1.0), (&far.future, -2.0)];
    let worth = |at: EpochSeconds| {
        let of = traded_legs.iter().map(|(minutes, lots)| Some(traded(minutes, at, 2)? * lots));
        of.sum::<Option<f64>>()
    };
    let entry = far.minutes().into_iter().find(|at| *at >= noon && worth(*at).is_some()).unwrap();
    let legs = [(EARLIER, "CE", -1), (EXPIRY, "CE", 1), (EXPIRY, "FUT", -2)];
    let written: Vec<String> =
        legs.iter().map(|(expiry, kind, lots)| format!("{}:{lots}", key(expiry, kind))).collect();
    let since = protocol::Minute::of(entry);
    let document = made(&engine, &wish(&format!("strategy legs={} since={since}", written.join(",")))).await;
    assert_eq!(document.head.to, day(EARLIER), "after it a leg has no price any more");

    let mut priced = 0;
    for (at, values) in points(&document) {
        assert_near(values[0], worth(at), at);
        let profit = worth(at).filter(|_| at >= entry).map(|now| (now - worth(entry).unwrap()) * lot as f64);
        let is_near = match (values[1], profit) {
            (Some(told), Some(profit)) => (told - profit).abs() < 1e-6,
            (told, profit) => told == profit,
        };
        assert!(is_near, "{at:?}: {:?} {profit:?}", values[1]);
        priced += usize::from(values[0].is_some());
    }
    assert!(priced > 100, "{priced}");
    // Greeks are those of the chains, by signed units.
    let at_entry = document.points.iter().find(|(at, _)| moment(at) == entry).unwrap();
    let mut delta = -2.0;
    for (expiry, lots) in [(EARLIER, -1.0), (EXPIRY, 1.0)] {
        let minute = Some(since);
        let chain = engine.chains().chain(&crate::common::nifty(), day(expiry), minute).await.unwrap();
        let row = chain.rows.into_iter().find(|row| row.strike == strike as f64 / 100.0).unwrap();
        delta += lots * row.call.unwrap().delta.unwrap();
    }
    assert_near(at_entry.1[2], Some(delta * lot as f64), entry);
    engine.close().await.unwrap();
}
