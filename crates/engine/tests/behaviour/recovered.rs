//! The volatility that is recovered of stored prices beside the one that the simulated market priced with, over the
//! whole life of an expiry.

use market::ContractKinds;
use protocol::{ChainPicture, ChainRow, ChainSide, CollectOrder, Minute};
use simulator::Priced;

use crate::common::{Stage, day, nifty};

const EXPIRY: &str = "2025-08-28";
/// How the simulated market prints: on a tick, beside the fair price by a normal draw of this part of it.
const OPTION_TICK: f64 = 0.05;
const OPTION_BOUNCE: f64 = 0.002;
const FUTURE_TICK: f64 = 0.10;
const FUTURE_BOUNCE: f64 = 0.000_02;

/// How far a recovered volatility may lie from the true one, as a fraction: what the printing of both prices, and
/// another rate on another clock for discounting, can make of it. Five deviations of each draw.
fn tolerance(side: &ChainSide, forward: f64, priced: &Priced, discounting: f64) -> Option<f64> {
    let of_option = OPTION_TICK / 2.0 + 5.0 * OPTION_BOUNCE * priced.price + priced.price * discounting;
    let of_forward = FUTURE_TICK / 2.0 + 5.0 * FUTURE_BOUNCE * forward;
    let vega = side.vega? * 100.0;
    Some((of_option + of_forward * priced.delta.abs()) / vega)
}

struct Compared {
    /// Recovered less true, as a part of the true one.
    off: f64,
    /// The same beside what it may be.
    share: f64,
}

fn compare(stage: &Stage, told: &ChainPicture, side: &ChainSide) -> Option<Compared> {
    let recovered = side.own_volatility?;
    let forward = told.forward.as_ref().filter(|forward| forward.age_s == 0 && side.age_s == 0)?;
    let minute: Minute = told.at.parse().unwrap();
    let priced = stage.simulator.oracle().priced(&side.expired_key, minute.start()).unwrap();
    let years = told.years?;
    // The simulated market counts sessions, a chain calendar minutes: what both mean is the deviation.
    let true_one = priced.volatility * (priced.years / years).sqrt();
    let discounting = (told.rate * years - 0.06 * priced.years).abs();
    let tolerance = tolerance(side, forward.price, &priced, discounting)?;
    // A price of a few ticks says little, and a tick more or less is no small change of it.
    let is_told = priced.price > 10.0 * OPTION_TICK && tolerance < 0.1 * true_one;
    is_told.then(|| Compared {
        off: recovered / true_one - 1.0,
        share: (recovered - true_one).abs() / tolerance,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_volatility_of_a_whole_life_is_what_the_market_priced_with() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let order =
        CollectOrder { days: "100".parse().unwrap(), ..crate::common::order(&[EXPIRY], ContractKinds::Both) };
    let job = engine.jobs().create(&order).await.unwrap();
    engine.jobs().run(job).await.unwrap();

    let days = engine.chains().days(&nifty(), day(EXPIRY)).await.unwrap();
    let (mut compared, mut at_the_money) = (Vec::new(), Vec::new());
    for of in &days.days {
        for time in ["09:31", "11:00", "13:29", "15:05"] {
            let at = format!("{}T{time}", of.day).parse().unwrap();
            let Ok(told) = engine.chains().chain(&nifty(), day(EXPIRY), Some(at)).await else { continue };
            let sides = told.rows.iter().flat_map(|row| [&row.call, &row.put]).flatten();
            compared.extend(sides.filter_map(|side| compare(&stage, &told, side)));
            at_the_money.extend(told.atm_volatility.filter(|_| of.day != day(EXPIRY)));
        }
    }
    let sides = compared.len();
    assert!(sides > 300, "{sides} sides of {} days", days.days.len());
    let beyond = compared.iter().filter(|one| one.share > 1.0).count();
    assert_eq!(beyond, 0, "of {sides}, the worst {}", worst(&compared));
    let mean = compared.iter().map(|one| one.off).sum::<f64>() / sides as f64;
    assert!(mean.abs() < 0.005, "no leaning to one side: {mean} over {sides}");
    // The market moves, and what is recovered with it.
    let (low, high) = at_the_money.iter().fold((f64::MAX, 0.0_f64), |(l, h), v| (l.min(*v), h.max(*v)));
    assert!(high / low > 1.2, "{low} to {high}");
    engine.close().await.unwrap();
}

fn worst(compared: &[Compared]) -> f64 {
    compared.iter().map(|one| one.share).fold(0.0, f64::max)
}

/// Puts below are dearer than calls above, and open interest stands where numbers are round.
#[tokio::test(flavor = "multi_thread")]
async fn the_simulated_market_is_good_enough_to_look_at() {
    let stage = Stage::with(simulator::SimulatorOptions {
        limits: None,
        strikes_each_side_max: Some(30),
        ..Default::default()
    })
    .await;
    let engine = stage.engine().await;
    let order =
        CollectOrder { days: "3".parse().unwrap(), ..crate::common::order(&[EXPIRY], ContractKinds::Both) };
    let job = engine.jobs().create(&order).await.unwrap();
    engine.jobs().run(job).await.unwrap();
    let at = "2025-08-26T14:00".parse().unwrap();
    let told = engine.chains().chain(&nifty(), day(EXPIRY), Some(at)).await.unwrap();

    let middle = told.atm_strike.unwrap();
    let volatility = |strike: f64| {
        let row = told.rows.iter().find(|row| row.strike == strike).unwrap();
        row.put.as_ref().and_then(|side| side.volatility)
    };
    let below = volatility(middle - 600.0).unwrap();
    let above = volatility(middle + 600.0).unwrap();
    assert!(below > above && above > told.atm_volatility.unwrap() * 0.9, "{below} {above}");

    let held = |row: &ChainRow| {
        [&row.call, &row.put].into_iter().flatten().filter_map(|side| side.open_interest).sum::<i64>()
    };
    let of = |is_round: bool| {
        let near = told.rows.iter().filter(|row| (row.strike - middle).abs() <= 600.0);
        let chosen = near.filter(|row| (row.strike % 500.0 == 0.0) == is_round);
        let held: Vec<i64> = chosen.map(held).collect();
        held.iter().sum::<i64>() as f64 / held.len() as f64
    };
    assert!(of(true) > 1.5 * of(false), "{} {}", of(true), of(false));
    engine.close().await.unwrap();
}
