//! P5: the broker's windows hold in every alignment, whatever happens.
//!
//! Arbitrary limits, latencies, cancellations, failing writes, crashes, restarts, clock jumps and restraints that
//! change in mid-flight, against a brute-force count of every window of a server. The server counts a request at an arbitrary moment between
//! sending and answer, or, when it was given up, until the end of the grace; its window includes both its
//! ends, and its clock runs up to 100 parts in a million faster or slower.

use std::{cell::RefCell, rc::Rc, time::Duration};

use crate::world::{Disk, Executor, MORNING, SlowLog};
use proptest::prelude::*;
use rand::{Rng, SeedableRng, rngs::SmallRng};
use ratelimit::{
    Clock, Limiter, Limits, MemoryLog, Priority, Restraint, UNANSWERED_GRACE, VirtualClock, WallTime, Window,
};

const CASES: u32 = 10_000;

/// What proptest chooses; everything else follows from the seed.
#[derive(Debug, Clone)]
struct Case {
    seed: u64,
    windows: Vec<(u32, u64)>,
    workers: usize,
    slowest_answer_ms: u64,
    slowest_write_ms: u64,
    lives: usize,
    wall: Wall,
}

/// What may happen to the wall clock and the machine. (A wall clock set forward over a restart of the machine
/// cannot be told from time passing; `log.rs` says so, and no case contains it.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wall {
    /// One boot with a name: jumps in both directions, at any time.
    JumpsBothWays,
    /// The machine restarts between lives, or does not name its boots: jumps back.
    JumpsBack { named: bool },
}

fn case() -> impl Strategy<Value = Case> {
    let windows = (
        proptest::option::of((1..=20_u32, 50..=2_000_u64)),
        (5..=40_u32, 2_000..=30_000_u64),
        proptest::option::of((30..=120_u32, 30_000..=300_000_u64)),
    )
        .prop_map(|(short, middle, long)| short.into_iter().chain([middle]).chain(long).collect());
    let wall = prop_oneof![
        Just(Wall::JumpsBothWays),
        Just(Wall::JumpsBack { named: true }),
        Just(Wall::JumpsBack { named: false }),
    ];
    (any::<u64>(), windows, 1..=24_usize, 0..=20_000_u64, 0..=40_u64, 1..=4_usize, wall).prop_map(
        |(seed, windows, workers, slowest_answer_ms, slowest_write_ms, lives, wall)| Case {
            seed,
            windows,
            workers,
            slowest_answer_ms,
            slowest_write_ms,
            lives,
            wall,
        },
    )
}

/// When the server counted each request, by the client's clock.
#[derive(Debug, Default)]
struct Server {
    arrivals: Vec<Duration>,
    /// Each restraint to so many a second, with the requests that were sent under it.
    restrained: Vec<(u32, Vec<usize>)>,
    /// When each request under a restraint was sent, with the most of a second then.
    sent_restrained: Vec<(Duration, u32)>,
    is_restrained: bool,
}

impl Server {
    /// From now on, until the next word.
    fn restrain(&mut self, per_second: Option<u32>) {
        self.is_restrained = per_second.is_some();
        self.restrained.extend(per_second.map(|max| (max, Vec::new())));
    }

    /// A request is sent, and arrives at its time.
    fn send(&mut self, now: Duration, arrival: Duration) -> usize {
        let number = self.arrivals.len();
        self.arrivals.push(arrival);
        if let Some((max, sent)) = self.restrained.last_mut().filter(|_| self.is_restrained) {
            sent.push(number);
            self.sent_restrained.push((now, *max));
        }
        number
    }
}

/// What the workers of a life share.
struct Shared {
    clock: VirtualClock,
    server: Rc<RefCell<Server>>,
    random: Rc<RefCell<SmallRng>>,
    slowest_answer: Duration,
}

impl Shared {
    /// Less than `sides`.
    fn dice(&self, sides: usize) -> usize {
        self.random.borrow_mut().random_range(0..sides)
    }

    fn roll(&self, per_cent: usize) -> bool {
        self.dice(100) < per_cent
    }

    fn up_to(&self, most: Duration) -> Duration {
        most.mul_f64(self.random.borrow_mut().random_range(0.0..=1.0))
    }

    /// A moment of a stretch, often one of its ends.
    fn moment_in(&self, begin: Duration, end: Duration) -> Duration {
        match self.dice(4) {
            0 => begin,
            1 => end,
            _ => begin + self.up_to(end.saturating_sub(begin)),
        }
    }

    async fn pause(&self, duration: Duration) {
        self.clock.sleep_until(self.clock.monotonic() + duration).await;
    }
}

/// A request in the air. Given up, it arrives by the end of the grace, if it has not arrived already.
struct Flight<'a> {
    shared: &'a Shared,
    number: usize,
    answered: bool,
}

impl<'a> Flight<'a> {
    fn send(shared: &'a Shared, latency: Duration) -> Self {
        let now = shared.clock.monotonic();
        let arrival = shared.moment_in(now, now + latency);
        Self { shared, number: shared.server.borrow_mut().send(now, arrival), answered: false }
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let now = self.shared.clock.monotonic();
        let arrival = &mut self.shared.server.borrow_mut().arrivals[self.number];
        if !self.answered && *arrival > now {
            *arrival = self.shared.moment_in(now, now + UNANSWERED_GRACE);
        }
    }
}

async fn work(shared: Rc<Shared>, limiter: Limiter, priority: Priority) {
    loop {
        let slot = if shared.roll(10) {
            let patience = shared.clock.monotonic() + shared.up_to(Duration::from_millis(300));
            tokio::select! {
                biased;
                slot = limiter.slot(priority) => slot,
                () = shared.clock.sleep_until(patience) => continue,
            }
        } else {
            limiter.slot(priority).await
        };
        let slot = match slot {
            Ok(slot) => slot,
            Err(ratelimit::LimiterError::Closed) => return,
            Err(ratelimit::LimiterError::Log(_)) => {
                shared.pause(Duration::from_millis(5)).await;
                continue;
            }
        };
        if shared.roll(4) {
            slot.unused();
            // Somebody who gives back what was just given must not spin.
            shared.pause(Duration::from_millis(1)).await;
            continue;
        }
        let latency = if shared.roll(20) {
            shared.slowest_answer
        } else {
            shared.up_to(shared.slowest_answer.min(Duration::from_millis(400)))
        };
        let mut flight = Flight::send(&shared, latency);
        if shared.roll(4) {
            // Cancelled: slot and flight are dropped unanswered.
            shared.pause(shared.up_to(latency)).await;
            continue;
        }
        shared.pause(latency).await;
        flight.answered = true;
        let receipt = slot.answered();
        match shared.dice(200) {
            0 => limiter.refused(receipt, None),
            1 => limiter.refused(receipt, Some(Duration::from_secs(2))),
            _ => limiter.succeeded(receipt),
        }
    }
}

fn run(case: &Case) -> (Limits, Server) {
    let windows = case.windows.iter().map(|&(max, ms)| Window { max, period: Duration::from_millis(ms) });
    let limits = Limits::new(windows).unwrap_or_else(|error| panic!("{error}"));
    let clock = VirtualClock::new(MORNING);
    let named = case.wall != Wall::JumpsBack { named: false };
    if named {
        clock.reboot("boot 0");
    }
    let mut executor = Executor::new(clock.clone());
    let random = Rc::new(RefCell::new(SmallRng::seed_from_u64(case.seed)));
    let slowest_answer = Duration::from_millis(case.slowest_answer_ms);
    let shared = Rc::new(Shared { clock: clock.clone(), server: Rc::default(), random, slowest_answer });
    let memory = MemoryLog::new();
    for life in 0..case.lives {
        let disk = Disk { slowest: Duration::from_millis(case.slowest_write_ms), failures_per_mille: 20 };
        let log = SlowLog::new(memory.clone(), clock.clone(), disk, case.seed ^ life as u64);
        let limiter = executor.open(&limits, log);
        shared.server.borrow_mut().restrain(None);
        live(case, &limits, &mut executor, &shared, &limiter);
        die(&mut executor, &shared, limiter);
        if shared.roll(50) {
            clock.advance(shared.up_to(Duration::from_secs(20)));
        }
        if named && case.wall != Wall::JumpsBothWays && shared.roll(50) {
            clock.reboot(&format!("boot {}", life + 1));
        }
        jump(case, &shared);
    }
    drop(executor);
    let server = shared.server.take();
    (limits, server)
}

/// One process from its start to just before its end.
fn live(case: &Case, limits: &Limits, executor: &mut Executor, shared: &Rc<Shared>, limiter: &Limiter) {
    let spawn = |executor: &mut Executor| {
        let priority = if shared.roll(20) { Priority::Person } else { Priority::Bulk };
        executor.spawn(work(Rc::clone(shared), limiter.clone(), priority))
    };
    let mut workers: Vec<usize> = (0..case.workers).map(|_| spawn(executor)).collect();
    let longest = limits.windows().iter().map(|window| window.period).max().unwrap_or_default();
    let rounds = 1 + shared.dice(5);
    for _ in 0..rounds {
        executor.run_for(shared.up_to(longest / 2));
        if shared.roll(30) {
            let victim = shared.dice(workers.len());
            executor.kill(workers[victim]);
            workers[victim] = spawn(executor);
        }
        if shared.roll(20) {
            limiter.set_pages_connected(shared.dice(2));
        }
        if shared.roll(40) {
            restrain(shared, limiter);
        }
        jump(case, shared);
        let shown: Vec<u32> = limiter.picture().windows.iter().map(|window| window.max).collect();
        assert!(shown.len() >= limits.windows().len());
    }
}

/// Stricter or looser than before, or as the limits alone are.
fn restrain(shared: &Shared, limiter: &Limiter) {
    let per_second = if shared.roll(70) { u32::try_from(1 + shared.dice(20)).ok() } else { None };
    let reserve_percent = if shared.roll(50) { u32::try_from(shared.dice(51)).ok() } else { None };
    let cap = per_second.and_then(|max| max.try_into().ok());
    limiter.restrain(Restraint { per_second: cap, reserve_percent });
    shared.server.borrow_mut().restrain(per_second);
}

/// The end of a process: a crash, or in good order with requests still in the air.
fn die(executor: &mut Executor, shared: &Rc<Shared>, limiter: Limiter) {
    if shared.roll(50) {
        if shared.roll(50) {
            executor.run_for(shared.up_to(Duration::from_millis(500)));
        }
        let closing = limiter.clone();
        // A failed write leaves the careful record of a crash.
        let _ = executor.block_on(async move { closing.close().await });
    }
    executor.kill_all();
    drop(limiter);
}

fn jump(case: &Case, shared: &Shared) {
    if !shared.roll(40) {
        return;
    }
    let most: i64 = 7_200_000;
    let least = -most;
    let by = match case.wall {
        Wall::JumpsBothWays => shared.random.borrow_mut().random_range(least..=most),
        Wall::JumpsBack { .. } => shared.random.borrow_mut().random_range(least..=0),
    };
    shared.clock.set_wall(WallTime::from_millis(shared.clock.wall().as_millis() + by));
}

/// Counts every window of the server that ends with an arrival; every fullest window is one of these.
fn violations(limits: &Limits, server: &Server, drift_ppm: i128) -> usize {
    overflows(limits, &server.arrivals, drift_ppm)
}

/// The same of each restraint, among what was sent under it.
fn violated_restraints(server: &Server, drift_ppm: i128) -> usize {
    let of_one = |(max, sent): &(u32, Vec<usize>)| {
        let second = Limits::new([Window { max: *max, period: Duration::from_secs(1) }]);
        let arrivals: Vec<Duration> = sent.iter().map(|number| server.arrivals[*number]).collect();
        second.map_or(usize::MAX, |second| overflows(&second, &arrivals, drift_ppm))
    };
    server.restrained.iter().map(of_one).sum()
}

/// Requests that were sent under a restraint although the second before was full, with what came before the restraint
/// and before a restart.
fn hurried(server: &Server) -> usize {
    let mut arrivals = server.arrivals.clone();
    arrivals.sort_unstable();
    let until = |moment: Duration| arrivals.partition_point(|arrival| *arrival < moment);
    let is_hurried = |(sent, max): &&(Duration, u32)| {
        let before = sent.checked_sub(Duration::from_secs(1)).map_or(0, until);
        until(*sent) - before >= *max as usize
    };
    server.sent_restrained.iter().filter(is_hurried).count()
}

fn overflows(limits: &Limits, arrivals: &[Duration], drift_ppm: i128) -> usize {
    let mut arrivals: Vec<i128> = arrivals
        .iter()
        .map(|arrival| arrival.as_nanos() as i128 * (1_000_000 + drift_ppm) / 1_000_000)
        .collect();
    arrivals.sort_unstable();
    let mut violations = 0;
    for window in limits.windows() {
        let period = window.period.as_nanos() as i128;
        let mut first = 0;
        for (last, arrival) in arrivals.iter().enumerate() {
            while arrivals[first] < arrival - period {
                first += 1;
            }
            violations += usize::from(last - first + 1 > window.max as usize);
        }
    }
    violations
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]

    #[test]
    fn no_window_of_the_server_overflows(case in case()) {
        let (limits, server) = run(&case);
        for drift_ppm in [-100, 0, 100] {
            prop_assert_eq!(violations(&limits, &server, drift_ppm), 0, "seed {}", case.seed);
            prop_assert_eq!(violated_restraints(&server, drift_ppm), 0, "seed {}", case.seed);
        }
        prop_assert_eq!(hurried(&server), 0, "seed {}", case.seed);
    }
}

#[test]
fn the_count_finds_what_it_looks_for() {
    let limits = crate::world::limits("2/1s");
    let at = |millis: &[u64]| {
        let mut server = Server::default();
        server.restrain(Some(2));
        for ms in millis {
            let at = Duration::from_millis(*ms);
            server.send(at, at);
        }
        server
    };
    assert_eq!(violations(&limits, &at(&[1000, 500, 2001]), 0), 0);
    assert_eq!(violations(&limits, &at(&[1000, 500, 1500]), 0), 1);
    assert_eq!(violations(&limits, &at(&[1000, 500, 1500]), 100), 0);
    assert_eq!(violations(&limits, &at(&[0, 999, 1001, 1500]), 0), 2 - 1);
    assert_eq!(violated_restraints(&at(&[1000, 500, 2001]), 0), 0);
    assert_eq!(violated_restraints(&at(&[1000, 500, 1500]), 0), 1);
    assert_eq!((hurried(&at(&[500, 1000, 1501])), hurried(&at(&[500, 1000, 1500]))), (0, 1));
}

#[test]
fn the_cases_fill_the_windows() {
    // A property about overflowing says nothing if the windows stay empty.
    let case = Case {
        seed: 7,
        windows: vec![(10, 1_000), (40, 10_000), (100, 60_000)],
        workers: 8,
        slowest_answer_ms: 200,
        slowest_write_ms: 5,
        lives: 4,
        wall: Wall::JumpsBothWays,
    };
    let (_, server) = run(&case);
    let tighter = crate::world::limits("9/1s,39/10s,99/60s");
    assert!(violations(&tighter, &server, 0) > 0);
    assert!(server.arrivals.len() > 150, "{}", server.arrivals.len());
    let under_restraint: usize = server.restrained.iter().map(|(_, sent)| sent.len()).sum();
    assert!(under_restraint > 20, "{:?}", server.restrained);
}
