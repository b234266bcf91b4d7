//! Strategies against the stored rows themselves: what each leg found, what it was worth in every minute, what came of
//! it, and what is refused.

use std::collections::BTreeSet;

use engine::{Engine, EngineError, ErrorKind, RunWish, Stops, StrategyWish, WishedTerms};
use market::{ChartInterval, ContractKinds, EpochSeconds};
use protocol::{ExitReason, OpenedStrategy, StrategyDocument};

use crate::common::{Stage, day, nifty};
use crate::series::rows::{Minutes, Rows, traded};
use crate::series::{collect, silence};

const EXPIRY: &str = "2025-08-28";
const EARLIER: &str = "2025-08-21";

fn wish(legs: &str, entry: &str) -> StrategyWish {
    StrategyWish {
        underlying: nifty(),
        expiry: day(EXPIRY),
        plans: legs.parse().unwrap(),
        entry: entry.parse().unwrap(),
        exit: None,
        stops: Stops::default(),
        interval: ChartInterval::MINUTE_1,
        at: None,
        terms: WishedTerms::default(),
    }
}

fn run(legs: &str, entry: &str, exit: Option<&str>) -> RunWish {
    RunWish {
        underlying: nifty(),
        plan: legs.parse().unwrap(),
        entry: entry.parse().unwrap(),
        exit: exit.map(|exit| exit.parse().unwrap()),
        stops: Stops::default(),
        from: None,
        to: None,
        terms: WishedTerms::default(),
    }
}

async fn look(engine: &Engine, wish: &StrategyWish) -> StrategyDocument {
    engine.strategies().look(wish).await.unwrap()
}

fn opened(document: &StrategyDocument) -> &OpenedStrategy {
    document.strategies[0].opened.as_ref().unwrap()
}

async fn refused(engine: &Engine, wish: &StrategyWish) -> EngineError {
    engine.strategies().look(wish).await.map(|_| ()).unwrap_err()
}

fn moment(text: &str) -> EpochSeconds {
    EpochSeconds::parse_rfc3339(text).unwrap()
}

fn costs(brokerage: &str, charges: &str) -> WishedTerms {
    WishedTerms { rate: None, brokerage: brokerage.parse().ok(), charges: charges.parse().ok() }
}

fn assert_near(told: f64, expected: f64, what: &str) {
    assert!((told - expected).abs() < 1e-6, "{what}: {told} {expected}");
}

fn paise(rupees: f64) -> i64 {
    (rupees * 100.0).round() as i64
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_is_the_sum_of_stored_closes_less_costs_or_a_gap_that_says_why() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EXPIRY], "4", ContractKinds::Both).await;
    silence(&stage, "PE", moment("2025-08-26T11:00:00+05:30"), moment("2025-08-26T11:19:00+05:30"));
    let rows = Rows::of(&stage, EXPIRY);
    let lot = stage.sql::<i64>("SELECT DISTINCT lot_size FROM contract") as f64;

    let legs = "sell:1:call:atm,sell:1:put:atm-1,buy:2:call:atm+2,buy:1:future";
    let asked = StrategyWish {
        exit: "2025-08-28T11:00".parse().ok(),
        terms: costs("20", "0.05"),
        ..wish(legs, "2025-08-26T09:30")
    };
    let document = look(&engine, &asked).await;
    let told = opened(&document);
    let entry = asked.entry.start();
    let (money, _) = rows.at_the_money(entry).unwrap();
    let ladder = rows.ladder(entry);
    let place = ladder.iter().position(|strike| *strike == money).unwrap();
    let strikes = [ladder[place], ladder[place - 1], ladder[place + 2]];
    for (leg, strike) in told.legs.iter().zip(strikes) {
        assert_eq!(leg.strike.map(paise), Some(strike), "{}", leg.leg);
    }
    let steps: Vec<Option<i32>> = told.legs.iter().map(|leg| leg.steps).collect();
    assert_eq!(steps, [Some(0), Some(-1), Some(2), None]);

    let minutes: [(&Minutes, f64); 4] = [
        (&rows.options[&strikes[0]][0], -1.0),
        (&rows.options[&strikes[1]][1], -1.0),
        (&rows.options[&strikes[2]][0], 2.0),
        (&rows.future, 1.0),
    ];
    let prices =
        |at: EpochSeconds| minutes.iter().map(|(of, _)| traded(of, at, 2)).collect::<Option<Vec<f64>>>();
    let at_entry = prices(entry).unwrap();
    let orders = |prices: &[f64]| -> f64 {
        minutes.iter().zip(prices).map(|((_, lots), price)| 20.0 + 0.0005 * lots.abs() * lot * price).sum()
    };
    let options = minutes.iter().zip(&at_entry).take(3);
    let premium: f64 = options.map(|((_, lots), price)| lots * lot * price).sum();
    assert_near(told.premium, premium, "a premium is of options alone");
    let (mut priced, mut gaps, mut highest, mut peak, mut drawdown) = (0, 0, f64::MIN, 0.0_f64, 0.0_f64);
    for (at, values) in &told.points {
        let at = moment(at);
        let Some(now) = prices(at) else {
            assert!(values.iter().all(Option::is_none), "{at:?}");
            gaps += 1;
            continue;
        };
        let (mut price, mut profit) = (0.0, -orders(&at_entry) - orders(&now));
        for (((_, lots), entry), now) in minutes.iter().zip(&at_entry).zip(&now) {
            price += lots * now;
            profit += lots * lot * (now - entry);
        }
        assert_near(values[0].unwrap(), price, "price");
        assert_near(values[1].unwrap(), profit, "profit");
        let of_legs: Vec<f64> = values[6..].iter().map(|price| price.unwrap()).collect();
        assert_eq!(of_legs, now);
        highest = highest.max(profit);
        peak = peak.max(profit);
        drawdown = drawdown.max(peak - profit);
        priced += 1;
    }
    assert!(priced > 400 && gaps >= 17, "{priced} {gaps}");
    let reasons: BTreeSet<&str> = told.gaps.iter().map(|gap| gap.reason.as_str()).collect();
    assert!(reasons.contains("Leg 2 was not traded in the last 2 minutes."), "{reasons:?}");
    assert_eq!(told.gaps.iter().map(|gap| gap.points).sum::<u32>(), gaps);

    let outcome = told.outcome.as_ref().unwrap();
    assert_eq!((outcome.at.as_str(), outcome.reason), ("2025-08-28T11:00:00+05:30", ExitReason::Time));
    let last = told.points.last().unwrap();
    assert_eq!((last.0.as_str(), last.1[1]), (outcome.at.as_str(), Some(outcome.profit)));
    assert_near(outcome.highest, highest, "highest");
    assert_near(outcome.drawdown, drawdown, "drawdown");
    let of_legs: f64 = told.legs.iter().map(|leg| leg.profit.unwrap()).sum();
    assert_near(outcome.profit, of_legs - outcome.costs, "legs");

    // Greeks are those of the chain, by signed units.
    let chain = engine.chains().chain(&nifty(), day(EXPIRY), Some(asked.entry)).await.unwrap();
    let delta = |strike: i64, call: bool| {
        let row = chain.rows.iter().find(|row| paise(row.strike) == strike).unwrap();
        let side = if call { row.call.as_ref() } else { row.put.as_ref() };
        side.unwrap().delta.unwrap()
    };
    let [money, below, above] = strikes;
    let net = lot * (1.0 - delta(money, true) - delta(below, false) + 2.0 * delta(above, true));
    assert_near(told.points[0].1[2].unwrap(), net, "delta");
    for (leg, delta) in
        told.legs.iter().zip([delta(money, true), delta(below, false), delta(above, true), 1.0])
    {
        assert_near(leg.delta.unwrap(), delta, &leg.leg);
    }

    // The payoff at the expiry is exact, after the costs of opening.
    let payoff = told.payoff.as_ref().unwrap();
    for point in &payoff.curve {
        let worth = |(strike, side): (i64, f64)| ((point.underlying - strike as f64 / 100.0) * side).max(0.0);
        let worths = [worth((money, 1.0)), worth((below, -1.0)), worth((above, 1.0)), point.underlying];
        let profit: f64 = minutes
            .iter()
            .zip(&at_entry)
            .zip(worths)
            .map(|(((_, lots), entry), worth)| lots * lot * (worth - entry))
            .sum();
        assert_near(point.at_expiry, profit - orders(&at_entry), "payoff");
        assert!(point.at_moment.is_some());
    }
    assert_eq!(payoff.max_profit, None, "a bought future and call gain without end");

    // Coarser ones are the last priced points of their bars.
    let coarse = look(&engine, &StrategyWish { interval: ChartInterval::MINUTE_15, ..asked }).await;
    assert_eq!(opened(&coarse).outcome, told.outcome);
    assert!(opened(&coarse).points.len() * 14 < told.points.len());
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_had_traded_by_the_entry_is_chosen_and_stops_end_it() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EXPIRY], "3", ContractKinds::Both).await;
    let entry = "2025-08-26T10:00";
    let asked = wish("sell:1:call:atm,sell:1:put:atm", entry);
    let before = look(&engine, &asked).await;
    let money = opened(&before).legs[0].strike.unwrap();
    // The strike at the money trades from the next minute on only.
    stage.change(&format!(
        "UPDATE candle SET volume = 0 WHERE ts <= {} AND series_id IN
             (SELECT s.id FROM series s JOIN contract c ON c.id = s.contract_id WHERE c.strike = {})",
        asked.entry.start().0,
        paise(money)
    ));
    let after = look(&engine, &asked).await;
    let chosen = opened(&after).legs[0].strike.unwrap();
    assert!(chosen != money && (chosen - money).abs() <= 50.0, "{chosen} {money}");
    let fixed = refused(&engine, &wish(&format!("buy:1:call:{money}"), entry)).await;
    assert!(fixed.to_string().contains("had not been traded by then"), "{fixed}");
    let run_row = engine
        .strategies()
        .run_one(&run("sell:1:call:atm,sell:1:put:atm", "1@10:00", Some("1@15:00")), day(EXPIRY))
        .await
        .unwrap();
    // 27 Aug was a holiday, so this is the same day; a run chooses by the same rule.
    assert_eq!(run_row.priced.unwrap().strikes, [Some(chosen), Some(chosen)]);

    // One of several that cannot be opened leaves the others as they are.
    let both =
        look(&engine, &wish(&format!("buy:1:call:{money};sell:1:call:atm,sell:1:put:atm"), entry)).await;
    let first = both.strategies[0].refused.as_deref().unwrap();
    assert!(first.starts_with("Leg 1: ") && first.ends_with('.'), "{first}");
    assert_eq!(both.strategies[1].opened, after.strategies[0].opened);

    let held = opened(&after).outcome.clone().unwrap();
    assert_eq!(held.reason, ExitReason::Expiry);
    assert!(held.at.starts_with("2025-08-28T15:2"), "{}", held.at);
    let stop = |rupees: f64| format!("{rupees}").parse().ok();
    for (stops, reason) in [
        (Stops { profit: stop(1.0), loss: None }, ExitReason::Profit),
        (Stops { profit: None, loss: stop(1.0) }, ExitReason::Loss),
    ] {
        let ended = look(&engine, &StrategyWish { stops, ..asked.clone() }).await;
        let outcome = opened(&ended).outcome.clone().unwrap();
        assert_eq!(outcome.reason, reason);
        let reached = |profit: f64| if reason == ExitReason::Profit { profit >= 1.0 } else { profit <= -1.0 };
        let first = opened(&after).points.iter().find(|(_, values)| values[1].is_some_and(reached)).unwrap();
        assert_eq!((&outcome.at, Some(outcome.profit)), (&first.0, first.1[1]));
    }
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_each_expiry_by_itself_and_says_which_could_not_be_priced() {
    let stage = Stage::wide().await;
    let engine = stage.engine().await;
    collect(&engine, &[EARLIER, EXPIRY], "3", ContractKinds::Both).await;
    let terms = costs("20", "0.1");
    let legs = "sell:1:call:atm,sell:1:put:atm";
    let asked = RunWish { terms, ..run(legs, "1@09:30", Some("0@15:00")) };
    let mut told = Vec::new();
    let document = engine.strategies().run(&asked, |done, of| told.push((done, of))).await.unwrap();
    let count = document.runs.len();
    assert!((10..=60).contains(&count), "{count}");
    assert!(told.iter().copied().eq((1..=count).map(|done| (done, count))));
    assert!(document.runs.is_sorted_by_key(|row| row.expiry));

    for (expiry, entry, exit) in
        [(EARLIER, "2025-08-20T09:30", "2025-08-21T15:00"), (EXPIRY, "2025-08-26T09:30", "2025-08-28T15:00")]
    {
        let row = document.runs.iter().find(|row| row.expiry == day(expiry)).unwrap();
        let run = row.priced.as_ref().unwrap_or_else(|| panic!("{:?}", row.not_priced_because));
        let single =
            StrategyWish { expiry: day(expiry), exit: exit.parse().ok(), terms, ..wish(legs, entry) };
        let single = look(&engine, &single).await;
        let (single, outcome) = (opened(&single), opened(&single).outcome.as_ref().unwrap());
        assert_eq!((&run.exit, run.reason), (&outcome.at, outcome.reason));
        assert_near(run.profit, outcome.profit, expiry);
        assert_near(run.costs, outcome.costs, expiry);
        assert_near(run.drawdown, outcome.drawdown, expiry);
        let strikes: Vec<Option<f64>> = single.legs.iter().map(|leg| leg.strike).collect();
        assert_eq!((&run.strikes, run.lot_size), (&strikes, single.legs[0].lot_size));
    }
    let others = document.runs.iter().filter(|row| row.priced.is_none());
    assert_eq!(others.clone().count(), count - 2);
    for row in others {
        let why = row.not_priced_because.as_deref().unwrap();
        assert!(why.contains("is stored: collect it first") && why.ends_with('.'), "{why}");
        assert_eq!(row.to_collect, Some(row.expiry));
    }
    let summary = &document.summary;
    assert_eq!((summary.priced, summary.not_priced as usize), (2, count - 2));
    let profits: Vec<f64> =
        document.runs.iter().filter_map(|row| Some(row.priced.as_ref()?.profit)).collect();
    assert_near(summary.mean.unwrap(), (profits[0] + profits[1]) / 2.0, "mean");
    assert_eq!(summary.distribution.iter().map(|bin| bin.count).sum::<u32>(), 2);

    // A minute of the exit without a trade is not priced, and says so.
    silence(&stage, "CE", moment("2025-08-21T14:50:00+05:30"), moment("2025-08-21T15:00:00+05:30"));
    let row = engine.strategies().run_one(&asked, day(EARLIER)).await.unwrap();
    let why = row.not_priced_because.unwrap();
    assert_eq!(why, "Not priced at its exit 2025-08-21T15:00: Leg 1 was not traded in the last 2 minutes.");
    // Four days of trading before this one lies the hour of Diwali.
    let diwali = run("buy:1:call:atm", "5@10:00", Some("4@15:15"));
    let row = engine.strategies().run_one(&diwali, day("2025-10-28")).await.unwrap();
    assert_eq!(
        row.not_priced_because.unwrap(),
        "The exit at 15:15 lies after the market closed: on 21 Oct 2025 its last minute was 14:44."
    );
    // A calendar takes its second leg from the expiry after.
    let calendar = run("sell:1:call:atm,buy:1:call:same@next", "1@09:30", Some("1@10:00"));
    let row = engine.strategies().run_one(&calendar, day(EARLIER)).await.unwrap();
    let why = row.not_priced_because.unwrap_or_default();
    assert!(why.starts_with("Leg 2: "), "its minutes begin later: {why}");

    stage.change(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 61)
         INSERT INTO expiry (underlying_id, date, first_seen)
         SELECT (SELECT underlying_id FROM expiry LIMIT 1), date('2015-01-01', '+' || i || ' days'), 0 FROM n",
    );
    for (wish, sentence) in [
        (run("buy:1:call:atm@2025-08-28", "1@09:30", None), "leave its date out"),
        (run("buy:1:call:atm", "1@09:00", None), "the entry at 09:00 lies outside of the session"),
        (run("buy:1:call:atm", "0@10:00", Some("1@15:00")), "does not lie after the entry"),
        (run("buy:1:call:atm", "1@10:00", Some("1@10:00")), "does not lie after the entry"),
        (
            RunWish { from: Some(day("2015-01-01")), ..run("buy:1:call:atm", "1@10:00", None) },
            "a run takes at most 60 expiries",
        ),
        (
            RunWish {
                from: Some(day("2025-08-22")),
                to: Some(day("2025-08-24")),
                ..run("buy:1:call:atm", "1@10:00", None)
            },
            "no expiry of Nifty 50 from 22 Aug 2025 to 24 Aug 2025",
        ),
        (
            RunWish {
                from: Some(day("2025-08-24")),
                to: Some(day("2025-08-22")),
                ..run("buy:1:call:atm", "1@10:00", None)
            },
            "backwards",
        ),
    ] {
        let error = engine.strategies().run(&wish, |_, _| {}).await.map(|_| ()).unwrap_err();
        assert!(error.kind() == ErrorKind::Refused && error.to_string().contains(sentence), "{error}");
    }
    engine.close().await.unwrap();
}

/// Prices are those of the expiry's forward, wherever the underlying itself stands among the legs.
#[tokio::test(flavor = "multi_thread")]
async fn a_payoff_in_its_minute_is_the_same_in_any_order_of_the_legs() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EXPIRY], "9", ContractKinds::Both).await;
    let legs = ["sell:1:call:atm,buy:1:underlying", "buy:1:underlying,sell:1:call:atm", "buy:1:underlying"];
    let asked = StrategyWish { terms: costs("0", "0"), ..wish(&legs.join(";"), "2025-08-21T10:00") };
    let document = look(&engine, &asked).await;
    let payoffs: Vec<_> =
        document.strategies.iter().map(|of| of.opened.as_ref().unwrap().payoff.clone().unwrap()).collect();
    let [one, other, alone] = payoffs.as_slice() else { panic!("{payoffs:?}") };
    assert_eq!(one.curve.len(), other.curve.len());
    for (one, other) in one.curve.iter().zip(&other.curve) {
        assert_eq!(one.underlying, other.underlying);
        assert_near(one.at_moment.unwrap(), other.at_moment.unwrap(), "in the minute");
        assert_near(one.at_expiry, other.at_expiry, "at the expiry");
    }
    let lot = opened(&document).legs[0].lot_size as f64;
    for (payoff, rupees) in [(one, 3.0), (alone, 0.0)] {
        let now = payoff.curve.iter().find(|point| Some(point.underlying) == payoff.forward).unwrap();
        let profit = now.at_moment.unwrap() / lot;
        assert!(profit.abs() <= rupees, "what was just opened has won nothing: {profit}");
    }
    let spot = opened(&document).legs[1].entry;
    let forward = one.forward.unwrap();
    assert!(forward - spot > 10.0, "they lie apart: {forward} {spot}");
    engine.close().await.unwrap();
}

/// A calendar at the money: the second leg has the strike of the first, not its own expiry's strike at the money.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_strike_is_that_of_the_first_leg_in_another_expiry() {
    let stage = Stage::wide().await;
    let engine = stage.engine().await;
    collect(&engine, &[EARLIER, EXPIRY], "9", ContractKinds::Both).await;
    let (entry, exit) = ("2025-08-20T09:30", "2025-08-21T15:00");
    let asked =
        |legs: &str| StrategyWish { expiry: day(EARLIER), exit: exit.parse().ok(), ..wish(legs, entry) };
    let document = look(&engine, &asked("sell:1:call:atm+4,buy:1:call:same@next")).await;
    let told = opened(&document);
    let [near, far] = told.legs.as_slice() else { panic!("{:?}", told.legs) };
    assert_eq!((near.expiry, far.expiry), (day(EARLIER), day(EXPIRY)));
    assert_eq!((near.strike, far.strike), (near.strike, near.strike), "the same strike");
    assert_ne!(near.expired_key, far.expired_key);
    let own = look(&engine, &asked("buy:1:call:atm@next")).await;
    assert_ne!(opened(&own).legs[0].strike, far.strike, "and not that at the money, which would be another");

    // What it came to is what the rows of both say.
    let strike = paise(near.strike.unwrap());
    let mut profit = 0.0;
    for (expiry, leg, lots) in [(EARLIER, near, -1.0), (EXPIRY, far, 1.0)] {
        let rows = Rows::of(&stage, expiry);
        let price =
            |at: &str| traded(&rows.options[&strike][0], moment(&format!("{at}:00+05:30")), 2).unwrap();
        assert_near(leg.entry, price(entry), expiry);
        assert_near(leg.exit.unwrap(), price(exit), expiry);
        profit += lots * leg.lot_size as f64 * (price(exit) - price(entry));
    }
    assert!(profit != 0.0);
    assert_near(told.outcome.as_ref().unwrap().profit, profit, "the calendar");

    // A run chooses by the same rule.
    let run_row = engine
        .strategies()
        .run_one(&run("sell:1:call:atm+4,buy:1:call:same@next", "1@09:30", Some("0@15:00")), day(EARLIER))
        .await
        .unwrap();
    let priced = run_row.priced.unwrap_or_else(|| panic!("{:?}", run_row.not_priced_because));
    assert_eq!(priced.strikes, [near.strike, near.strike]);
    assert_near(priced.profit, profit, "a run");

    // A strike that the other expiry has not traded is refused, and no other taken in its place.
    let entry_moment = asked("buy:1:call:atm").entry.start().0;
    stage.change(&format!(
        "UPDATE candle SET volume = 0 WHERE ts <= {entry_moment} AND series_id IN
             (SELECT s.id FROM series s JOIN contract c ON c.id = s.contract_id JOIN expiry e ON e.id = c.expiry_id
              WHERE e.date = '{EXPIRY}' AND c.strike = {strike})"
    ));
    let error = refused(&engine, &asked("sell:1:call:atm+4,buy:1:call:same@next")).await.to_string();
    assert!(error.contains("leg 2: ") && error.contains("had not been traded by then"), "{error}");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_was_not_collected_is_to_be_collected_and_not_untraded() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EXPIRY], "2", ContractKinds::Both).await;
    for (legs, what) in [("buy:1:call:atm", "any option"), ("buy:1:future", "the future")] {
        let error = refused(&engine, &wish(legs, "2025-08-08T10:00")).await;
        assert_eq!((error.kind(), error.to_collect()), (ErrorKind::NotFound, Some(day(EXPIRY))), "{error}");
        let part = format!("leg 1: no minute of 8 Aug 2025 is stored of {what} of the expiry of Nifty 50 on");
        assert!(error.to_string().contains(&part), "{error}");
    }
    let row =
        engine.strategies().run_one(&run("buy:1:call:atm", "5@10:00", None), day(EXPIRY)).await.unwrap();
    assert_eq!(row.to_collect, Some(day(EXPIRY)), "{:?}", row.not_priced_because);
    engine.close().await.unwrap();
}

/// At the settlement all that counts is where the underlying is, not where it was taken to go.
#[tokio::test(flavor = "multi_thread")]
async fn a_payoff_at_the_expiry_asks_for_no_forward() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EXPIRY], "4", ContractKinds::Both).await;
    for kind in ["CE", "PE", "FUT"] {
        silence(&stage, kind, moment("2025-08-26T11:00:00+05:30"), moment("2025-08-26T11:19:00+05:30"));
    }
    let asked = wish("sell:1:call:atm,sell:1:put:atm", "2025-08-26T09:30");
    let seen = StrategyWish { at: "2025-08-26T11:15".parse().ok(), ..asked.clone() };
    let [then, entry] = [look(&engine, &seen).await, look(&engine, &asked).await];
    let [then, entry] = [&then, &entry].map(|document| opened(document).payoff.clone().unwrap());
    assert_eq!((then.forward, entry.forward.is_some()), (None, true));
    assert!(then.no_moment_because.unwrap().starts_with("No forward: "));
    assert!(!then.curve.is_empty() && then.curve.iter().all(|point| point.at_moment.is_none()));
    assert_eq!((then.break_even.len(), then.max_loss), (entry.break_even.len(), entry.max_loss));
    assert_near(then.max_profit.unwrap(), entry.max_profit.unwrap(), "the most");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_opened_is_refused_in_a_sentence() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EXPIRY], "7", ContractKinds::Both).await;
    collect(&engine, &[EARLIER], "2", ContractKinds::Both).await;
    let at = "2025-08-22T10:00";
    let weekly = |legs: &str| StrategyWish { expiry: day(EARLIER), ..wish(legs, "2025-08-20T09:30") };
    for (wish, sentence) in [
        (wish("buy:1:call:99000", at), "the call at 99000 had not been traded by then"),
        (weekly("buy:1:put:delta0.01"), "leg 1: no strike had a delta near 0.01; the nearest was"),
        (wish("buy:1:put:premium90000", at), "leg 1: no option cost near 90000"),
        (wish("buy:1:call:atm+400", at), "do not reach so far"),
        (wish("buy:1:call:atm", "2025-08-22T09:14"), "lies before the market opened"),
        (wish("buy:1:call:atm", "2025-08-22T15:30"), "lies after the market closed"),
        (wish("buy:1:call:atm", "2025-08-27T10:00"), "the market was closed on 27 Aug 2025 ("),
        (wish("buy:1:call:atm", "2025-08-29T10:00"), "lies after the expiry on 28 Aug 2025"),
        (
            StrategyWish { exit: "2025-08-22T10:00".parse().ok(), ..wish("buy:1:call:atm", at) },
            "does not lie after the entry",
        ),
        (
            StrategyWish { exit: "2025-08-29T10:00".parse().ok(), ..wish("buy:1:call:atm", at) },
            "lies after the first expiry of its legs",
        ),
        (wish("buy:1:call:atm@2025-08-21", at), "lies after its expiry on 21 Aug 2025"),
        (wish("buy:1:call:atm@2025-08-23", at), "no expiry of Nifty 50 on 23 Aug 2025 is known here"),
        (weekly("sell:1:call:atm"), "leg 1: the strikes that had been traded by then do not reach so far"),
        (weekly("buy:1:future"), "no future of the expiry of Nifty 50 on 21 Aug 2025 is stored"),
    ] {
        let error = refused(&engine, &wish).await;
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        assert!(error.to_string().contains(sentence), "{error}");
    }
    // Without a future the forward is by parity, and the underlying itself can stand in for one.
    let lowest: i64 = stage.sql(&format!(
        "SELECT min(c.strike) / 100 FROM contract c JOIN expiry e ON e.id = c.expiry_id WHERE e.date = '{EARLIER}'"
    ));
    let covered = look(&engine, &weekly(&format!("buy:1:underlying,sell:1:call:{lowest}"))).await;
    let covered = opened(&covered);
    assert_eq!((covered.legs[0].kind.as_str(), covered.legs[0].expired_key.is_none()), ("underlying", true));
    assert!(covered.payoff.as_ref().unwrap().max_profit.is_some());
    let call = &covered.legs[1];
    assert_near(covered.premium, -call.entry * call.lot_size as f64, "the call's premium is received");
    assert_eq!(covered.legs[0].delta, Some(1.0));
    let none = StrategyWish { expiry: day("2025-08-26"), ..wish("buy:1:call:atm", at) };
    assert_eq!(refused(&engine, &none).await.kind(), ErrorKind::NotFound);
    // An expiry without a contract here is to be collected first, and the others beside it stand as they are.
    let calendar = wish("buy:1:call:atm;sell:1:call:atm,buy:1:call:same@2025-09-02", at);
    let calendar = look(&engine, &calendar).await;
    let to_collect: Vec<_> = calendar.strategies.iter().map(|strategy| strategy.to_collect).collect();
    assert_eq!(to_collect, [None, Some(day("2025-09-02"))]);
    // A payoff is seen from a minute of the strategy's life.
    for (from, sentence) in [
        ("2025-08-22T09:30", "from the entry at"),
        ("2025-08-29T09:30", "up to the expiry on 28 Aug 2025"),
        ("2025-08-27T10:00", "the market was closed on 27 Aug 2025"),
        ("2025-08-26T20:00", "the payoff at 20:00 lies after the market closed"),
    ] {
        let seen = StrategyWish { at: from.parse().ok(), ..wish("buy:1:call:atm", at) };
        let error = refused(&engine, &seen).await.to_string();
        assert!(error.contains(sentence), "{error}");
    }
    engine.close().await.unwrap();
}
