//! What the tests of the limiter share: an executor on the virtual clock, and a log on a slow disk.
//!
//! One thread, no real time: tasks run in the order in which they were woken, so a seed always gives one run.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Wake, Waker},
    time::Duration,
};

use rand::{Rng, SeedableRng, rngs::SmallRng};
use ratelimit::{
    BoxFuture, Clock, Limiter, Limits, LogChange, MemoryLog, SlotBlock, SlotLog, SlotLogError, VirtualClock,
    WallTime,
};

/// 2025-09-17 09:15 IST.
pub const MORNING: WallTime = WallTime::from_millis(1_758_080_700_000);

pub fn limits(text: &str) -> Limits {
    match text.parse() {
        Ok(limits) => limits,
        Err(error) => panic!("{error}"),
    }
}

type Ready = Arc<Mutex<VecDeque<usize>>>;

struct TaskWaker {
    task: usize,
    queued: AtomicBool,
    ready: Ready,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        if !self.queued.swap(true, Ordering::Relaxed)
            && let Ok(mut ready) = self.ready.lock()
        {
            ready.push_back(self.task);
        }
    }
}

struct Task {
    future: Pin<Box<dyn Future<Output = ()>>>,
    waker: Arc<TaskWaker>,
}

/// Runs tasks on a virtual clock.
pub struct Executor {
    pub clock: VirtualClock,
    tasks: Vec<Option<Task>>,
    ready: Ready,
}

impl Executor {
    pub fn new(clock: VirtualClock) -> Self {
        Self { clock, tasks: Vec::new(), ready: Ready::default() }
    }

    /// Adds a task; it first runs at the next call of a `run` method.
    pub fn spawn(&mut self, future: impl Future<Output = ()> + 'static) -> usize {
        let task = self.tasks.len();
        let waker = Arc::new(TaskWaker { task, queued: AtomicBool::new(false), ready: self.ready.clone() });
        Arc::clone(&waker).wake();
        self.tasks.push(Some(Task { future: Box::pin(future), waker }));
        task
    }

    /// Drops a task where it stands.
    pub fn kill(&mut self, task: usize) {
        self.tasks[task] = None;
    }

    pub fn kill_all(&mut self) {
        for task in &mut self.tasks {
            *task = None;
        }
    }

    pub fn is_done(&self, task: usize) -> bool {
        self.tasks[task].is_none()
    }

    /// Runs whoever can run, without moving the clock.
    pub fn settle(&mut self) {
        while let Some(number) = self.ready.lock().ok().and_then(|mut ready| ready.pop_front()) {
            let Some(task) = &mut self.tasks[number] else { continue };
            task.waker.queued.store(false, Ordering::Relaxed);
            let waker = Waker::from(Arc::clone(&task.waker));
            if task.future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                self.tasks[number] = None;
            }
        }
    }

    /// Runs until the clock shows `until`. Panics when tasks wait that nobody will ever wake.
    pub fn run_until(&mut self, until: Duration) {
        loop {
            self.settle();
            match self.clock.next_deadline() {
                Some(deadline) if deadline <= until => self.clock.advance_to(deadline),
                Some(_) => break,
                None => {
                    let waiting = self.tasks.iter().filter(|task| task.is_some()).count();
                    assert_eq!(waiting, 0, "a wake-up was lost: {waiting} tasks wait for ever");
                    break;
                }
            }
        }
        self.clock.advance_to(until);
        self.settle();
    }

    pub fn run_for(&mut self, duration: Duration) {
        self.run_until(self.clock.monotonic() + duration);
    }

    /// Runs until this future has ended, and returns what it ended with.
    pub fn block_on<T: 'static>(&mut self, future: impl Future<Output = T> + 'static) -> T {
        let result = std::rc::Rc::new(std::cell::RefCell::new(None));
        let place = std::rc::Rc::clone(&result);
        let task = self.spawn(async move {
            let value = future.await;
            *place.borrow_mut() = Some(value);
        });
        loop {
            self.settle();
            if self.is_done(task) {
                break;
            }
            match self.clock.next_deadline() {
                Some(deadline) => self.clock.advance_to(deadline),
                None => panic!("it waits for ever"),
            }
        }
        match result.take() {
            Some(value) => value,
            None => panic!("a finished task has a result"),
        }
    }

    /// Opens a limiter on this clock.
    pub fn open(&mut self, limits: &Limits, log: impl SlotLog + 'static) -> Limiter {
        let (limits, clock) = (limits.clone(), Arc::new(self.clock.clone()));
        match self.block_on(async move { Limiter::open(limits, clock, Box::new(log)).await }) {
            Ok(limiter) => limiter,
            Err(error) => panic!("{error}"),
        }
    }
}

/// How a slow disk behaves.
#[derive(Debug, Clone, Copy)]
pub struct Disk {
    /// A write takes up to this long.
    pub slowest: Duration,
    /// So many writes in a thousand fail.
    pub failures_per_mille: u32,
}

/// A log whose writes take time, and may fail before or after they have taken effect.
pub struct SlowLog {
    memory: MemoryLog,
    clock: VirtualClock,
    disk: Disk,
    random: Mutex<SmallRng>,
}

impl SlowLog {
    pub fn new(memory: MemoryLog, clock: VirtualClock, disk: Disk, seed: u64) -> Self {
        Self { memory, clock, disk, random: Mutex::new(SmallRng::seed_from_u64(seed)) }
    }

    fn draw(&self) -> (Duration, Duration, u32) {
        let Ok(mut random) = self.random.lock() else { return (Duration::ZERO, Duration::ZERO, 1000) };
        let half = self.disk.slowest / 2;
        let mut part = || half.mul_f64(random.random_range(0.0..=1.0));
        let (before, after) = (part(), part());
        (before, after, random.random_range(0..1000))
    }

    async fn pause(&self, duration: Duration) {
        if !duration.is_zero() {
            self.clock.sleep_until(self.clock.monotonic() + duration).await;
        }
    }
}

impl SlotLog for SlowLog {
    fn load(&self) -> BoxFuture<'_, Result<Vec<SlotBlock>, SlotLogError>> {
        self.memory.load()
    }

    fn record<'a>(&'a self, change: &'a LogChange) -> BoxFuture<'a, Result<(), SlotLogError>> {
        Box::pin(async move {
            let (before, after, dice) = self.draw();
            let fails = dice < self.disk.failures_per_mille;
            self.pause(before).await;
            if fails && dice % 2 == 0 {
                return Err(SlotLogError::written("the disk failed before writing"));
            }
            self.memory.record(change).await?;
            self.pause(after).await;
            if fails { Err(SlotLogError::written("the disk failed after writing")) } else { Ok(()) }
        })
    }
}
