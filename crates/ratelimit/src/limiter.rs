//! The limiter: who may send the next request, and when.
//!
//! Nothing runs in the background. The waiter at the head of the queue does the work: it has a block recorded
//! while it must wait anyway, sleeps until the windows open or its bell rings, takes its slot and wakes the
//! next head. A waiter that is dropped at any point leaves the queue and wakes the next head, so no wake-up is
//! lost. The mutex is held for computing only, never across an await.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;

use crate::{
    Clock, LimiterPicture, Limits, Priority, Receipt, Restraint, Slot, SlotLog, SlotLogError,
    UNANSWERED_GRACE, WindowPicture,
    accounting::{Opening, Share, Windows},
    forecast::{Run, forecast_from},
    ledger::Ledger,
    moment::Moment,
    parking::Parking,
    queue::Queue,
    slot::Ending,
    stamp::Stamp,
};

/// Hands out slots so that every window holds. Clones are the same limiter.
#[derive(Clone)]
pub struct Limiter {
    shared: Arc<Shared>,
}

struct Shared {
    limits: Limits,
    clock: Arc<dyn Clock>,
    log: Box<dyn SlotLog>,
    /// Held while a draft of the ledger is being written.
    writing: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

struct State {
    windows: Windows,
    parking: Parking,
    queue: Queue,
    ledger: Ledger,
    pages_connected: usize,
    closed: bool,
}

/// Why there is no slot.
#[derive(Debug, thiserror::Error)]
pub enum LimiterError {
    /// A request must not be sent unrecorded.
    #[error(transparent)]
    Log(#[from] SlotLogError),
    /// [`Limiter::close`] was called.
    #[error("the limiter is closed; no further request may be sent")]
    Closed,
}

/// What a waiter does next.
enum Step {
    Granted(Slot),
    RecordBlock,
    SleepUntil(Duration),
    AwaitBell,
}

impl Limiter {
    /// A limiter that continues where the log ends. Without limits the log is neither read nor written.
    pub async fn open(
        limits: Limits,
        clock: Arc<dyn Clock>,
        log: Box<dyn SlotLog>,
    ) -> Result<Self, LimiterError> {
        let mut windows = Windows::new(&limits);
        let smallest_max = limits.windows().iter().map(|window| window.max).min().unwrap_or(0);
        let longest = limits.windows().iter().map(|window| window.period).max().unwrap_or(Duration::ZERO);
        let mut ledger = Ledger::new(smallest_max, longest);
        if !limits.is_off() {
            let blocks = log.load().await?;
            let ends = ledger.restore(blocks, &Stamp::for_loading(&*clock), windows.largest_max());
            windows.restore(ends);
        }
        let state = State {
            windows,
            parking: Parking::default(),
            queue: Queue::default(),
            ledger,
            pages_connected: 0,
            closed: false,
        };
        let writing = tokio::sync::Mutex::new(());
        Ok(Self { shared: Arc::new(Shared { limits, clock, log, writing, state: Mutex::new(state) }) })
    }

    /// The limits that it was opened with; a restraint may hold beside them.
    pub fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// Waits until one request may be sent. May be dropped at any time without a trace.
    pub async fn slot(&self, priority: Priority) -> Result<Slot, LimiterError> {
        let place = Place::join(self, priority);
        loop {
            match self.step(&place)? {
                Step::Granted(slot) => return Ok(slot),
                Step::RecordBlock => self.record(true).await?,
                Step::AwaitBell => place.bell.notified().await,
                Step::SleepUntil(monotonic) => tokio::select! {
                    biased;
                    () = place.bell.notified() => {}
                    () = self.shared.clock.sleep_until(monotonic) => {}
                },
            }
        }
    }

    /// The broker refused this request with 429: everybody waits, for as long as it asks or up the
    /// [`PARK_LADDER`](crate::PARK_LADDER).
    pub fn refused(&self, receipt: Receipt, retry_after: Option<Duration>) {
        let mut state = self.lock();
        let now = self.now();
        state.parking.refused(receipt.epoch, retry_after, now);
    }

    /// The broker accepted this request: the ladder of waits starts again.
    pub fn succeeded(&self, receipt: Receipt) {
        self.lock().parking.succeeded(receipt.epoch);
    }

    /// How many pages are connected; while it is not zero, bulk work leaves a small reserve for people.
    pub fn set_pages_connected(&self, pages: usize) {
        let mut state = self.lock();
        state.pages_connected = pages;
        state.queue.wake_head();
    }

    /// Adds this to the limits from now on, in place of what was added before. Whoever waits feels it at once.
    pub fn restrain(&self, restraint: Restraint) {
        let mut state = self.lock();
        state.windows.restrain(&self.shared.limits, restraint);
        state.queue.wake_head();
    }

    /// The state for the gauges.
    pub fn picture(&self) -> LimiterPicture {
        let mut state = self.lock();
        let now = self.now();
        state.windows.advance(now);
        let next_in = |priority| match state.opening(priority, now) {
            Opening::Now => Some(Duration::ZERO),
            Opening::At(moment) => Some(moment.since(now)),
            Opening::AfterAnswer => None,
        };
        LimiterPicture {
            windows: state
                .windows
                .uses()
                .map(|(max, period, used)| WindowPicture { max, period, used })
                .collect(),
            in_flight: state.windows.in_flight(),
            parked_for: state.parking.until(now).map(|until| until.since(now)),
            waiting: state.queue.len(),
            next_slot_in: next_in(Priority::Bulk),
            next_for_person_in: next_in(Priority::Person),
        }
    }

    /// How long until `requests` more requests of bulk work have been answered, by `workers` workers that wait
    /// for each answer, with `latency` from request to answer.
    ///
    /// Continues from the present state. What is in flight is taken to be answered within `latency`.
    pub fn forecast(&self, requests: u64, workers: u32, latency: Duration) -> Duration {
        let (windows, share, now, start) = {
            let mut state = self.lock();
            let now = self.now();
            state.windows.advance(now);
            let start = state.parking.until(now).unwrap_or(now);
            (state.windows.clone(), state.share(Priority::Bulk), now, start)
        };
        forecast_from(windows, Run { share, now, start, requests, workers, latency })
    }

    /// Ends the work in good order: nobody gets a slot any more, and what was used goes on record, so that the
    /// next start has nothing to assume. Best called when no request is in flight any more; one that is counts
    /// as given up at the next start.
    ///
    /// Waits for a write that a waiter has begun, so whoever waits for a slot must go on being polled.
    pub async fn close(&self) -> Result<(), LimiterError> {
        {
            let mut state = self.lock();
            state.closed = true;
            state.queue.wake_all();
        }
        if !self.shared.limits.is_off() {
            self.record(false).await?;
        }
        Ok(())
    }

    fn step(&self, place: &Place<'_>) -> Result<Step, LimiterError> {
        let mut state = self.lock();
        let now = self.now();
        if state.closed {
            return Err(LimiterError::Closed);
        }
        if !state.queue.is_head(place.number) {
            return Ok(Step::AwaitBell);
        }
        // Before any waiting for the windows, so that the write costs no time where there is some to spare.
        let recorded = !self.shared.limits.is_off();
        if recorded && !state.ledger.has_slot() {
            return Ok(Step::RecordBlock);
        }
        state.windows.advance(now);
        match state.opening(place.priority, now) {
            Opening::At(moment) => Ok(Step::SleepUntil(moment.to_monotonic())),
            Opening::AfterAnswer => Ok(Step::AwaitBell),
            Opening::Now => {
                let block = if recorded { state.ledger.grant() } else { None };
                state.windows.take();
                state.queue.leave(place.priority, place.number);
                Ok(Step::Granted(Slot::new(self.clone(), block, state.parking.epoch())))
            }
        }
    }

    /// Writes what has ended, and opens a block if none has a slot (`opening`) or ends them all.
    async fn record(&self, opening: bool) -> Result<(), SlotLogError> {
        let _writing = self.shared.writing.lock().await;
        let stamp = Stamp::for_recording(&*self.shared.clock);
        let draft = {
            let mut state = self.lock();
            if !opening {
                state.ledger.end_all();
            } else if state.closed || state.ledger.has_slot() {
                return Ok(());
            }
            state.ledger.draft(opening, &stamp)
        };
        self.shared.log.record(&draft.change).await?;
        self.lock().ledger.commit(draft);
        Ok(())
    }

    pub(crate) fn settle(&self, block: Option<i64>, ending: Ending) {
        let mut state = self.lock();
        let at = match ending {
            Ending::Answered => self.now(),
            Ending::GivenUp => self.now().plus(UNANSWERED_GRACE),
            Ending::Unused => {
                state.windows.give_back();
                block.into_iter().for_each(|id| state.ledger.given_back(id));
                state.queue.wake_head();
                return;
            }
        };
        state.windows.release(at);
        block.into_iter().for_each(|id| state.ledger.ended(id, at));
        // It may wait for an answer, not for a time.
        state.queue.wake_head();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Read under the lock, so that the time never goes back from one holder to the next.
    fn now(&self) -> Moment {
        Moment::from_monotonic(self.shared.clock.monotonic())
    }
}

impl std::fmt::Debug for Limiter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Limiter").field("limits", &self.shared.limits).finish_non_exhaustive()
    }
}

impl State {
    fn share(&self, priority: Priority) -> Share {
        match priority {
            Priority::Bulk if self.pages_connected > 0 => Share::WithoutReserve,
            _ => Share::Whole,
        }
    }

    /// When a request of this priority may go, as far as the windows and a parking decide.
    fn opening(&self, priority: Priority, now: Moment) -> Opening {
        let opening = self.windows.opening(self.share(priority));
        match (opening, self.parking.until(now)) {
            (Opening::Now, Some(until)) => Opening::At(until),
            (Opening::At(moment), Some(until)) => Opening::At(moment.max(until)),
            (opening, _) => opening,
        }
    }
}

/// A place in the queue; given up when dropped.
struct Place<'a> {
    limiter: &'a Limiter,
    priority: Priority,
    number: u64,
    bell: Arc<Notify>,
}

impl<'a> Place<'a> {
    fn join(limiter: &'a Limiter, priority: Priority) -> Self {
        let bell = Arc::new(Notify::new());
        let number = limiter.lock().queue.join(priority, Arc::clone(&bell));
        Self { limiter, priority, number, bell }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.limiter.lock().queue.leave(self.priority, self.number);
    }
}
