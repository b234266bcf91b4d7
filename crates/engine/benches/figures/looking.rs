//! What a past minute costs, with a hundred million candles in the file: a chain, the next minute of it, a day of them,
//! series and volatilities. Each is the engine's method behind the page, without the way through HTTP.

use std::time::Duration;

use analytics::{Black76, Rate, Side, YearFraction};
use engine::{Clock, Engine, SeriesWish, SystemClock};
use market::{Day, InstrumentKey, Strike};
use protocol::{ChainDays, CollectOrder, ExpiryChoice, Minute};

use crate::Failure;
use crate::scale;
use crate::stage::{complete, order};
use crate::table::{Goal, row};

const COPIES: u32 = 99;
const RUNS: usize = 60;
const VOLATILITIES: u32 = 1_000_000;
/// Three months of sessions, of an expiry that has them.
const SESSIONS: usize = 62;
const MONTHLY: &str = "2025-08-28";

pub async fn run() -> Result<(), Failure> {
    let data = tempfile::tempdir()?;
    scale::collect(data.path()).await?;
    scale::grow(&data.path().join("expirytrack.db"), 1..=COPIES)?;
    let engine = scale::engine(data.path()).await?;
    let candles = engine.home().await?.stored.candles;
    row("candles in the file", candles as f64 / 1e6, 0, " million", Goal::None);
    let asked = scale::asked(&engine).await?;
    let days = engine.chains().days(&asked.key, asked.expiry).await?;
    chains(&engine, &asked.key, &days).await?;
    straddle(&engine, &asked.key).await?;
    volatilities()?;
    Ok(engine.close().await?)
}

async fn chains(engine: &Engine, key: &InstrumentKey, days: &ChainDays) -> Result<(), Failure> {
    let last = days.days.last().ok_or("no day has minutes")?.day;
    let chain = async |day: Day, minute: u16| -> Result<usize, Failure> {
        let at = Minute::of(day.at_minute(minute));
        let told = engine.chains().chain(key, days.expiry, Some(at)).await?;
        Ok(told.rows.iter().map(|row| usize::from(row.call.is_some()) + usize::from(row.put.is_some())).sum())
    };
    let noon = 12 * 60;
    let sides = chain(last, noon).await?;
    let (mut warm, mut next) = (Times::default(), Times::default());
    for run in 0..RUNS {
        // A minute that is far from the one before: the walk through the day begins anew.
        chain(last, if run % 2 == 0 { 15 * 60 } else { 10 * 60 }).await?;
        warm.time(chain(last, noon)).await?;
    }
    for minute in noon..noon + RUNS as u16 {
        next.time(chain(last, minute)).await?;
    }
    row(&format!("chain of {sides} contracts, warm, p95"), warm.p95_ms(), 1, " ms", Goal::AtMost(20.0));
    row("  the next minute of play, p95", next.p95_ms(), 1, " ms", Goal::AtMost(10.0));

    let mut whole = Times::default();
    // Each of them is read for the first time.
    for of in days.days.iter().rev().skip(1).take(5) {
        let minutes = of.first_minute..=of.last_minute;
        whole
            .time(async {
                for minute in minutes {
                    chain(of.day, minute).await?;
                }
                Ok(0)
            })
            .await?;
    }
    row("  all minutes of a day, cold, the middle of 5", whole.middle_ms(), 0, " ms", Goal::AtMost(300.0));
    Ok(())
}

async fn straddle(engine: &Engine, key: &InstrumentKey) -> Result<(), Failure> {
    let expiry = MONTHLY.parse()?;
    let order = CollectOrder { expiries: ExpiryChoice::Dates(vec![expiry]), ..order(1)? };
    let job = engine.jobs().create(&order).await?;
    complete(engine, job).await?;
    let days = engine.chains().days(key, expiry).await?;
    let mut times = Times::default();
    let from = days.days.len().saturating_sub(SESSIONS);
    let mut points = 0;
    for _ in 0..5 {
        let wish = SeriesWish {
            expiry: Some(days.expiry),
            from: days.days.get(from).map(|of| of.day),
            ..SeriesWish::new("atm-straddle".parse()?, key.clone())
        };
        points = times.time(async { Ok(engine.series().make(&wish).await?.points.len()) }).await?;
    }
    let sessions = days.days.len() - from;
    let what = format!("straddle at the money of {sessions} days, {points} points, the middle of 5");
    row(&what, times.middle_ms(), 0, " ms", Goal::AtMost(300.0));
    Ok(())
}

fn volatilities() -> Result<(), Failure> {
    let strike = Strike(market::Paise(2_450_000));
    let clock = SystemClock::new();
    let began = clock.monotonic();
    let mut found = 0_u32;
    for number in 0..VOLATILITIES {
        let years = YearFraction::new(0.000_1 + f64::from(number % 10_000) * 1e-5).ok_or("no time")?;
        let forward = 24_000.0 + f64::from(number % 1000);
        let model = Black76::new(forward, years, Rate::DEFAULT).ok_or("no model")?;
        let price = model.intrinsic(strike, Side::Call) + 5.0 + f64::from(number % 97);
        let volatility = model.volatility(strike, Side::Call, price);
        let greeks = volatility.and_then(|volatility| model.greeks(strike, Side::Call, volatility));
        found += u32::from(std::hint::black_box(greeks).is_some());
    }
    let took = (clock.monotonic() - began).as_secs_f64();
    let what = format!("volatility and greeks of a million minutes, {found} found");
    row(&what, took, 2, " s", Goal::AtMost(1.0));
    Ok(())
}

#[derive(Default)]
struct Times(Vec<Duration>);

impl Times {
    async fn time(&mut self, work: impl Future<Output = Result<usize, Failure>>) -> Result<usize, Failure> {
        let clock = SystemClock::new();
        let began = clock.monotonic();
        let came = work.await?;
        self.0.push(clock.monotonic() - began);
        Ok(came)
    }

    fn p95_ms(&mut self) -> f64 {
        self.at(95)
    }

    fn middle_ms(&mut self) -> f64 {
        self.at(50)
    }

    fn at(&mut self, percent: usize) -> f64 {
        self.0.sort();
        let place = self.0.len() * percent / 100;
        self.0.get(place.min(self.0.len().saturating_sub(1))).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    }
}
