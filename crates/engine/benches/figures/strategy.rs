//! How long a strategy over many expiries takes: opened by delta at each, so that every strike of the ladder has a say,
//! and followed by the minutes of its four legs to the next day. The way through HTTP is not in it.

use std::time::Duration;

use engine::{Clock, Engine, Limits, RunWish, Stops, SystemClock, WishedTerms};
use protocol::CollectOrder;
use simulator::{Simulator, SimulatorOptions};

use crate::Failure;
use crate::in_memory::InMemory;
use crate::stage::{complete, open, order};
use crate::table::{Goal, row};

const EXPIRIES: u32 = 50;
const RUNS: usize = 5;
const LEGS: &str = "sell:1:call:delta0.3,buy:1:call:delta0.15,sell:1:put:delta0.3,buy:1:put:delta0.15";

pub async fn run() -> Result<(), Failure> {
    let simulator = Simulator::new(SimulatorOptions { limits: None, ..SimulatorOptions::default() })?;
    let data = tempfile::tempdir()?;
    let transport = InMemory::new(&simulator);
    let engine = open(data.path(), Limits::off(), SystemClock::new(), transport).await?;
    let order = CollectOrder { days: "3".parse()?, strikes: Some("30".parse()?), ..order(EXPIRIES)? };
    let job = engine.jobs().create(&order).await?;
    complete(&engine, job).await?;
    let wish = RunWish {
        underlying: order.underlyings[0].clone(),
        plan: LEGS.parse()?,
        entry: "1@09:20".parse()?,
        exit: Some("0@15:15".parse()?),
        stops: Stops::default(),
        from: None,
        to: None,
        terms: WishedTerms::default(),
    };
    let clock = SystemClock::new();
    let mut slowest = Duration::ZERO;
    let mut priced = 0;
    for _ in 0..RUNS {
        let began = clock.monotonic();
        priced = priced_of(&engine, &wish).await?;
        slowest = slowest.max(clock.monotonic() - began);
    }
    let what = format!("a strategy of four legs over {EXPIRIES} expiries ({priced} priced), slowest");
    row(&what, slowest.as_secs_f64(), 2, " s", Goal::AtMost(2.0));
    Ok(engine.close().await?)
}

async fn priced_of(engine: &Engine, wish: &RunWish) -> Result<usize, Failure> {
    let mut priced = 0;
    let expiries = engine.strategies().expiries(wish).await?;
    for expiry in expiries.iter().rev().take(EXPIRIES as usize) {
        priced += usize::from(engine.strategies().run_one(wish, *expiry).await?.priced.is_some());
    }
    Ok(priced)
}
