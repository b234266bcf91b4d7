//! A clock that stands still until it is told to move, for seeded simulations and tests.
//!
//! It decides nothing about when to move: whoever runs the simulation calls [`VirtualClock::advance_to`],
//! usually with [`VirtualClock::next_deadline`] once no task has anything left to do.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use crate::{BootTime, Clock, WallTime};

/// A clock that only moves when told to. Clones are the same clock.
#[derive(Debug, Clone)]
pub struct VirtualClock {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    now: Duration,
    /// The wall clock at monotonic zero, in milliseconds since 1970 UTC.
    wall_origin_millis: i64,
    /// The boot's name and its monotonic moment.
    boot: Option<(String, Duration)>,
    /// Who sleeps, by deadline and then by arrival, so that a run is the same every time.
    sleepers: BTreeMap<(Duration, u64), Waker>,
    next_sleeper: u64,
}

impl VirtualClock {
    /// A clock at monotonic zero whose wall shows `wall`, on a machine that does not name its boots.
    pub fn new(wall: WallTime) -> Self {
        let state = State {
            now: Duration::ZERO,
            wall_origin_millis: wall.as_millis(),
            boot: None,
            sleepers: BTreeMap::new(),
            next_sleeper: 0,
        };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Moves time forward to `monotonic` and wakes every sleeper whose deadline has come. Never moves back.
    pub fn advance_to(&self, monotonic: Duration) {
        let due = {
            let mut state = self.lock();
            state.now = state.now.max(monotonic);
            let now = state.now;
            let later = state.sleepers.split_off(&(now, u64::MAX));
            std::mem::replace(&mut state.sleepers, later)
        };
        // Outside the lock: a woken task may ask for the time at once.
        for waker in due.into_values() {
            waker.wake();
        }
    }

    /// Moves time forward by `duration`.
    pub fn advance(&self, duration: Duration) {
        let until = self.lock().now.saturating_add(duration);
        self.advance_to(until);
    }

    /// The earliest deadline that somebody sleeps for, or `None` when nobody sleeps.
    pub fn next_deadline(&self) -> Option<Duration> {
        self.lock().sleepers.keys().next().map(|(deadline, _)| *deadline)
    }

    /// Sets the wall clock, forward or back; monotonic time and sleepers do not notice.
    pub fn set_wall(&self, wall: WallTime) {
        let mut state = self.lock();
        state.wall_origin_millis = wall.as_millis() - millis(state.now);
    }

    /// From now on this is the boot called `id`, begun at this moment.
    pub fn reboot(&self, id: &str) {
        let mut state = self.lock();
        state.boot = Some((id.to_owned(), state.now));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for VirtualClock {
    fn monotonic(&self) -> Duration {
        self.lock().now
    }

    fn wall(&self) -> WallTime {
        let state = self.lock();
        WallTime::from_millis(state.wall_origin_millis + millis(state.now))
    }

    fn boot(&self) -> Option<BootTime> {
        let state = self.lock();
        let (id, begun) = state.boot.as_ref()?;
        // In hundredths of a second, rounded down, as Linux tells it.
        let hundredths = millis(state.now.saturating_sub(*begun)).unsigned_abs() / 10;
        Some(BootTime { id: id.clone(), uptime: Duration::from_millis(hundredths * 10) })
    }

    fn sleep_until(&self, monotonic: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(Sleep { clock: self, deadline: monotonic, place: None })
    }
}

/// A sleep; it leaves the list of sleepers when it is dropped.
struct Sleep<'a> {
    clock: &'a VirtualClock,
    deadline: Duration,
    place: Option<u64>,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.clock.lock();
        if state.now >= self.deadline {
            return Poll::Ready(());
        }
        let place = self.place.unwrap_or(state.next_sleeper);
        if self.place.is_none() {
            state.next_sleeper += 1;
        }
        state.sleepers.insert((self.deadline, place), context.waker().clone());
        drop(state);
        self.place = Some(place);
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.clock.lock().sleepers.remove(&(self.deadline, place));
        }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll(sleep: &mut Pin<Box<dyn Future<Output = ()> + Send + '_>>) -> bool {
        sleep.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn sleepers_end_at_their_deadline() {
        let clock = VirtualClock::new(WallTime::from_millis(1_000));
        let mut early = clock.sleep_until(Duration::from_secs(1));
        let mut late = clock.sleep_until(Duration::from_secs(2));
        assert!(!poll(&mut early) && !poll(&mut late));
        assert_eq!(clock.next_deadline(), Some(Duration::from_secs(1)));
        clock.advance_to(Duration::from_secs(1));
        assert!(poll(&mut early) && !poll(&mut late));
        drop(late);
        assert_eq!(clock.next_deadline(), None);
        assert_eq!(clock.wall(), WallTime::from_millis(2_000));
    }

    #[test]
    fn setting_the_wall_moves_nothing_else() {
        let clock = VirtualClock::new(WallTime::from_millis(0));
        clock.reboot("first");
        clock.advance(Duration::from_secs(5));
        clock.set_wall(WallTime::from_millis(-7));
        assert_eq!(clock.wall(), WallTime::from_millis(-7));
        assert_eq!(clock.monotonic(), Duration::from_secs(5));
        assert_eq!(clock.boot(), Some(BootTime { id: "first".to_owned(), uptime: Duration::from_secs(5) }));
    }
}
