//! No slot is kept longer than it must be: the limiter against an ideal scheduler, and the forecast against
//! the limiter.
//!
//! The ideal scheduler has the same limits, workers and latencies, sees into the future, costs nothing and
//! writes nothing down. Two of them are computed here from scratch, without any code of the crate:
//! - *fair* knows what any correct client can know: a request counts from sending until one period after its
//!   answer, to the nanosecond.
//! - *all-knowing* knows that the server counts each request the moment it is sent. No correct client can know
//!   that, so it is a bound from above; it is compared under the broker's limits over 4 h.

use std::{
    cell::{Cell, RefCell},
    cmp::Reverse,
    collections::BinaryHeap,
    rc::Rc,
    time::Duration,
};

use crate::world::{Disk, Executor, MORNING, SlowLog, limits};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use ratelimit::{Clock, Limiter, Limits, MemoryLog, Priority, Restraint, VirtualClock, forecast};

const FOUR_HOURS: Duration = Duration::from_secs(4 * 3600);
const LEAST_RATIO: f64 = 0.99;

/// What a run is made of; the n-th request always takes equally long, whoever sends it.
#[derive(Debug, Clone)]
struct Setting {
    limits: Limits,
    workers: usize,
    fastest: Duration,
    slowest: Duration,
    seed: u64,
    horizon: Duration,
}

impl Setting {
    fn latencies(&self) -> impl FnMut() -> Duration + use<> {
        let (fastest, slowest) = (self.fastest, self.slowest);
        let mut random = SmallRng::seed_from_u64(self.seed);
        move || {
            // Most are fast, some are very slow.
            let part: f64 = random.random_range(0.0..1.0);
            fastest + (slowest - fastest).mul_f64(part.powi(4))
        }
    }
}

/// How many requests an ideal scheduler sends before the horizon.
fn ideal(setting: &Setting, all_knowing: bool) -> usize {
    let mut latency = setting.latencies();
    let mut free_workers: BinaryHeap<Reverse<Duration>> =
        (0..setting.workers).map(|_| Reverse(Duration::ZERO)).collect();
    // For each window, when its requests cease to count.
    let mut held: Vec<BinaryHeap<Reverse<Duration>>> =
        setting.limits.windows().iter().map(|_| BinaryHeap::new()).collect();
    let mut now = Duration::ZERO;
    let mut sent = 0;
    loop {
        if let Some(Reverse(free)) = free_workers.pop() {
            now = now.max(free);
        }
        for (window, held) in setting.limits.windows().iter().zip(&mut held) {
            while held.len() >= window.max as usize {
                let Some(Reverse(free)) = held.pop() else { break };
                now = now.max(free);
            }
        }
        if now >= setting.horizon {
            return sent;
        }
        sent += 1;
        let answered = now + latency();
        free_workers.push(Reverse(answered));
        for (window, held) in setting.limits.windows().iter().zip(&mut held) {
            held.push(Reverse(if all_knowing { now } else { answered } + window.period));
        }
    }
}

/// How many requests the limiter sends before the horizon, on a disk that takes up to 10 ms for a write.
fn real(setting: &Setting) -> usize {
    let clock = VirtualClock::new(MORNING);
    let mut executor = Executor::new(clock.clone());
    let disk = Disk { slowest: Duration::from_millis(10), failures_per_mille: 0 };
    let log = SlowLog::new(MemoryLog::new(), clock.clone(), disk, setting.seed);
    let limiter = executor.open(&setting.limits, log);
    let latency: Rc<RefCell<dyn FnMut() -> Duration>> = Rc::new(RefCell::new(setting.latencies()));
    let sent = Rc::new(Cell::new(0));
    for _ in 0..setting.workers {
        let (clock, limiter) = (clock.clone(), limiter.clone());
        let (latency, sent) = (Rc::clone(&latency), Rc::clone(&sent));
        executor.spawn(async move {
            while let Ok(slot) = limiter.slot(Priority::Bulk).await {
                sent.set(sent.get() + 1);
                let latency = (latency.borrow_mut())();
                clock.sleep_until(clock.monotonic() + latency).await;
                limiter.succeeded(slot.answered());
            }
        });
    }
    // A request sent at the horizon itself is one too many for the ideal scheduler, too.
    executor.run_until(setting.horizon - Duration::from_nanos(1));
    sent.get()
}

fn assert_ratio(name: &str, setting: &Setting, sent: usize, ideal: usize) {
    let ratio = sent as f64 / ideal as f64;
    eprintln!(
        "{name}: {sent} of {ideal} = {ratio:.4}, {} workers, up to {:?}",
        setting.workers, setting.slowest
    );
    assert!(ratio >= LEAST_RATIO, "{name}: {sent} of {ideal} = {ratio:.4} in {setting:?}");
}

#[test]
fn four_hours_under_the_brokers_limits() {
    let mut random = SmallRng::seed_from_u64(2_025);
    for workers in [1, 2, 5, 10, 20, 50] {
        for slowest_ms in [100, 1_000, 5_000] {
            let setting = Setting {
                limits: Limits::upstox(),
                workers,
                fastest: Duration::from_millis(40),
                slowest: Duration::from_millis(slowest_ms),
                seed: random.random(),
                horizon: FOUR_HOURS,
            };
            let sent = real(&setting);
            assert_ratio("fair", &setting, sent, ideal(&setting, false));
            assert_ratio("all-knowing", &setting, sent, ideal(&setting, true));
        }
    }
}

#[test]
fn half_an_hour_under_other_limits() {
    let mut random = SmallRng::seed_from_u64(9_15);
    for text in ["50/1s", "10/1s,300/60s", "7/2s", "100/10s,110/15s,900/300s", "off"] {
        for workers in [3, 12, 60] {
            let setting = Setting {
                limits: limits(text),
                workers,
                fastest: Duration::from_millis(50),
                slowest: Duration::from_millis(800),
                seed: random.random(),
                horizon: Duration::from_secs(1800),
            };
            assert_ratio(text, &setting, real(&setting), ideal(&setting, false));
        }
    }
}

/// Sends `requests` by `workers` workers and returns when the last was answered, counted from now.
fn send(
    executor: &mut Executor,
    limiter: &Limiter,
    requests: u64,
    workers: u32,
    latency: Duration,
) -> Duration {
    let begun = executor.clock.monotonic();
    let left = Rc::new(Cell::new(requests));
    let last = Rc::new(Cell::new(begun));
    for _ in 0..workers {
        let (clock, limiter) = (executor.clock.clone(), limiter.clone());
        let (left, last) = (Rc::clone(&left), Rc::clone(&last));
        executor.spawn(async move {
            while left.get() > 0 {
                left.set(left.get() - 1);
                let Ok(slot) = limiter.slot(Priority::Bulk).await else { return };
                clock.sleep_until(clock.monotonic() + latency).await;
                let _ = slot.answered();
                last.set(clock.monotonic());
            }
        });
    }
    executor.run_for(Duration::from_secs(10_000_000));
    last.get() - begun
}

fn assert_near(forecast: Duration, truth: Duration, what: &str) {
    let difference = forecast.as_secs_f64() / truth.as_secs_f64() - 1.0;
    eprintln!("{what}: forecast {forecast:?}, truth {truth:?}, {:+.3} %", difference * 100.0);
    assert!(difference.abs() <= 0.02, "{what}: forecast {forecast:?}, truth {truth:?}");
}

#[test]
fn the_forecast_is_what_happens() {
    for (text, requests, workers, latency_ms) in [
        ("upstox", 300, 5, 200),
        ("upstox", 3_000, 5, 200),
        ("upstox", 9_999, 40, 1_500),
        ("upstox", 2_500, 1, 3_000),
        ("10/1s", 1_000, 30, 700),
        ("3/1s,100/60s", 777, 2, 50),
        ("off", 1_000, 7, 300),
    ] {
        let mut executor = Executor::new(VirtualClock::new(MORNING));
        let limits = limits(text);
        let limiter = executor.open(&limits, MemoryLog::new());
        let latency = Duration::from_millis(latency_ms);
        let from_nothing = forecast(&limits, requests, workers, latency);
        assert_eq!(limiter.forecast(requests, workers, latency), from_nothing);
        let truth = send(&mut executor, &limiter, requests, workers, latency);
        assert_near(from_nothing, truth, text);
    }
}

#[test]
fn the_forecast_knows_a_restraint() {
    let mut executor = Executor::new(VirtualClock::new(MORNING));
    let limiter = executor.open(&Limits::upstox(), MemoryLog::new());
    limiter.restrain(Restraint { per_second: 4.try_into().ok(), ..Restraint::default() });
    let latency = Duration::from_millis(100);
    let expected = limiter.forecast(300, 8, latency);
    assert_eq!(expected, forecast(&limits("4/1s,500/60s,2000/1800s"), 300, 8, latency));
    let truth = send(&mut executor, &limiter, 300, 8, latency);
    assert_near(expected, truth, "4 a second");
}

#[test]
fn the_forecast_continues_from_the_present() {
    let mut executor = Executor::new(VirtualClock::new(MORNING));
    let limiter = executor.open(&Limits::upstox(), MemoryLog::new());
    let latency = Duration::from_millis(100);
    let workers: Vec<usize> = (0..20)
        .map(|_| {
            let (clock, limiter) = (executor.clock.clone(), limiter.clone());
            executor.spawn(async move {
                while let Ok(slot) = limiter.slot(Priority::Bulk).await {
                    clock.sleep_until(clock.monotonic() + latency).await;
                    let _ = slot.answered();
                }
            })
        })
        .collect();
    executor.run_for(Duration::from_secs(120));
    workers.into_iter().for_each(|worker| executor.kill(worker));
    limiter.set_pages_connected(1);
    let expected = limiter.forecast(1_500, 5, latency);
    assert!(expected > Duration::from_secs(1600), "the half hour is full: {expected:?}");
    let truth = send(&mut executor, &limiter, 1_500, 5, latency);
    assert_near(expected, truth, "after two busy minutes, with a reserve");
}
