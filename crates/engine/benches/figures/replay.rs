//! What a past day costs while it is played: the processor time that its minutes take, as a share of one core, from the
//! player to the text of each document. The way through HTTP is not in it.

use std::time::Duration;

use engine::{Clock, Limits, Played, SystemClock};
use protocol::{CollectOrder, ExpiryChoice};
use simulator::{Simulator, SimulatorOptions};

use crate::Failure;
use crate::in_memory::InMemory;
use crate::process::processor_time;
use crate::stage::{complete, open, order};
use crate::table::{Goal, row};

const MONTHLY: &str = "2025-08-28";
/// What the goal is set for; a day has more or fewer.
const CONTRACTS: u32 = 200;
/// A minute of then is a second.
const SPEED: &str = "60";
const PLAYED_FOR: Duration = Duration::from_secs(10);

pub async fn run() -> Result<(), Failure> {
    let simulator = Simulator::new(SimulatorOptions { limits: None, ..SimulatorOptions::default() })?;
    let data = tempfile::tempdir()?;
    let transport = InMemory::new(&simulator);
    let engine = open(data.path(), Limits::off(), SystemClock::new(), transport).await?;
    let expiry = MONTHLY.parse()?;
    let dates = ExpiryChoice::Dates(vec![expiry]);
    let order = CollectOrder { expiries: dates, days: "3".parse()?, ..order(1)? };
    let job = engine.jobs().create(&order).await?;
    complete(&engine, job).await?;
    let day = engine.replay().day(&order.underlyings[0], expiry, expiry).await?;
    let contracts = day.head().contracts;
    let clock = SystemClock::new();
    let mut player = engine.replay().play(&day, None, SPEED.parse()?)?;
    let (began, worked) = (clock.monotonic(), processor_time()?);
    let mut minutes: u32 = 0;
    while clock.monotonic() - began < PLAYED_FOR {
        let played = player.next().await;
        minutes += u32::from(matches!(played, Played::Minute(_)));
        std::hint::black_box(serde_json::to_vec(&day.told(played))?);
    }
    let worked = (processor_time()? - worked).as_secs_f64();
    let took = (clock.monotonic() - began).as_secs_f64();
    let share = worked / took * f64::from(CONTRACTS) / f64::from(contracts.max(1));
    let what = format!("replay of {CONTRACTS} contracts at {SPEED}×, of one core");
    row(&what, share, 3, "", Goal::AtMost(1.0));
    row("  contracts of the day that was played", f64::from(contracts), 0, "", Goal::None);
    row("  its minutes that were told", f64::from(minutes), 0, "", Goal::None);
    Ok(engine.close().await?)
}
