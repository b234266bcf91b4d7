//! The loops that work by themselves, watched: one that panics, or ends though nobody asked it to, is told and
//! started again. One that does so again and again stays ended, and the status page says since when and why.
//!
//! It refuses to know what a loop does; each one ends by itself when it is asked to.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use market::EpochSeconds;
use protocol::LoopPicture;
use ratelimit::Clock;
use tokio::sync::watch;
use tracing::error;

use crate::error::EngineError;

/// How often within [`RESTARTS_WITHIN`] a loop is started again.
const RESTARTS_MAX: usize = 5;
const RESTARTS_WITHIN: Duration = Duration::from_secs(60 * 60);
const RESTART_AFTER: Duration = Duration::from_secs(5);

/// How long a loop has nothing to do before `next`: a second at least, and no longer than it goes without a look.
pub(crate) fn pause_until(next: EpochSeconds, now: EpochSeconds, longest: Duration) -> Duration {
    let seconds = next.0.saturating_sub(now.0).max(1).unsigned_abs();
    Duration::from_secs(seconds).min(longest)
}

/// Whoever looks at what is due and sleeps, in turns, until the engine closes.
pub(crate) trait Looks: Clone + Send + Sync + 'static {
    const LOOP: &'static str;

    fn clock(&self) -> &dyn Clock;

    fn closing(&self) -> watch::Receiver<bool>;

    /// Says how long there is nothing to do after it.
    fn look(&self) -> impl Future<Output = Duration> + Send;

    /// Ends when there is something to look at before that; asked for before each look, so that nothing is missed.
    fn woken(&self) -> impl Future<Output = ()> + Send;
}

async fn look_until_closing(whoever: impl Looks) {
    let mut closing = whoever.closing();
    loop {
        // Counted from before the look, so that a clock that is set meanwhile is not slept over.
        let (began, woken) = (whoever.clock().monotonic(), whoever.woken());
        let turn = async {
            let wait = whoever.look().await;
            tokio::select! {
                () = whoever.clock().sleep_until(began + wait) => {}
                () = woken => {}
            }
        };
        tokio::select! {
            biased;
            _ = closing.wait_for(|closing| *closing) => return,
            () = turn => {}
        }
    }
}

/// A handle; clones share everything.
#[derive(Clone)]
pub(crate) struct Loops {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Arc<dyn Clock>,
    pictures: Mutex<Vec<LoopPicture>>,
}

impl Loops {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { inner: Arc::new(Inner { clock, pictures: Mutex::default() }) }
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.clock
    }

    /// Those that were started, in that order.
    pub(crate) fn pictures(&self) -> Vec<LoopPicture> {
        self.lock().clone()
    }

    /// Runs a loop from now on: `work` makes it anew each time. After an end for which `is_asked_to_end` says
    /// yes it is not started again.
    pub(crate) fn start<W>(
        &self,
        name: &'static str,
        is_asked_to_end: impl Fn() -> bool + Send + Sync + 'static,
        work: impl Fn() -> W + Send + Sync + 'static,
    ) where
        W: Future<Output = ()> + Send,
    {
        self.note(name, true, 0, None);
        let loops = self.clone();
        tokio::spawn(async move { loops.watch(name, is_asked_to_end, work).await });
    }

    /// The same of what looks and sleeps.
    pub(crate) fn start_looking<L: Looks>(&self, whoever: L) {
        let closing = whoever.closing();
        self.start(L::LOOP, move || *closing.borrow(), move || look_until_closing(whoever.clone()));
    }

    async fn watch<W: Future<Output = ()> + Send>(
        &self,
        name: &'static str,
        is_asked_to_end: impl Fn() -> bool,
        work: impl Fn() -> W,
    ) {
        let mut restarts = VecDeque::new();
        loop {
            let end = AssertUnwindSafe(async { work().await }).catch_unwind().await;
            if is_asked_to_end() {
                return self.note(name, false, restarts.len(), None);
            }
            let words = match end {
                Ok(()) => "it came to an end that nobody had asked for".to_owned(),
                Err(panic) => EngineError::panicked(&*panic).to_string(),
            };
            let now = self.inner.clock.monotonic();
            restarts.retain(|at| now.saturating_sub(*at) < RESTARTS_WITHIN);
            let is_given_up = restarts.len() >= RESTARTS_MAX;
            error!(r#loop = name, is_given_up, "a loop has ended: {words}");
            self.note(name, false, restarts.len(), Some(words.clone()));
            if is_given_up {
                return;
            }
            restarts.push_back(now);
            self.inner.clock.sleep_until(now + RESTART_AFTER).await;
            if is_asked_to_end() {
                return;
            }
            self.note(name, true, restarts.len(), Some(words));
        }
    }

    fn note(&self, name: &str, running: bool, restarts: usize, why: Option<String>) {
        let since = EpochSeconds(self.inner.clock.wall().as_seconds());
        let restarts = restarts.try_into().unwrap_or(u32::MAX);
        let picture = LoopPicture { name: name.to_owned(), running, since, restarts, why };
        let mut pictures = self.lock();
        match pictures.iter_mut().find(|known| known.name == name) {
            Some(known) => *known = picture,
            None => pictures.push(picture),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<LoopPicture>> {
        self.inner.pictures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
