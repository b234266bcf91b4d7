//! Keeping the grid, the failures and the pace true. They are read again when the counts of the job's frame have
//! moved, at most once a second; so a unit that ends without a word is seen too, and a server that was away is
//! asked as soon as it is back.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_query_map;
use protocol::{JobPicture, JobStatus};

use crate::browser::compiled_once::memo;
use crate::browser::live::{JobFeed, live};
use crate::drawn::PaceCharts;
use crate::rpc;
use crate::rpc::jobs::{EXPIRIES_A_PAGE, FAILURES_A_PAGE, WatchWish, Watched};

/// The pace is drawn in pieces, so it is read less often.
const PACE_EVERY_SECONDS: i64 = 5;

/// The expiry that is open, as the address says it.
pub(super) fn chosen() -> Memo<String> {
    let query = use_query_map();
    memo(move || query.with(|query| query.get("expiry").unwrap_or_default()))
}

/// The wish of a page that is being opened.
pub(super) fn first_wish() -> WatchWish {
    WatchWish::first(chosen().get_untracked())
}

/// What is watched of a job; copies share it.
#[derive(Clone, Copy)]
pub(super) struct Watch {
    pub watched: RwSignal<Watched>,
    /// None before they first came.
    pub charts: RwSignal<Option<PaceCharts>>,
    pub expiries_shown: RwSignal<u32>,
    pub failures_shown: RwSignal<u32>,
    chosen: Memo<String>,
    feed: JobFeed,
    busy: RwSignal<bool>,
}

impl Watch {
    pub(super) fn new(mut opening: Watched, feed: JobFeed) -> Self {
        let watch = Self {
            charts: RwSignal::new(opening.charts.take()),
            watched: RwSignal::new(opening),
            expiries_shown: RwSignal::new(EXPIRIES_A_PAGE),
            failures_shown: RwSignal::new(FAILURES_A_PAGE),
            chosen: chosen(),
            feed,
            busy: RwSignal::new(false),
        };
        watch.follow_counts();
        watch.follow_wishes();
        watch
    }

    /// The job itself.
    pub(super) fn job(self) -> ReadSignal<JobPicture> {
        self.feed.picture.read_only()
    }

    fn follow_counts(self) {
        let (now, pieces, reconnects) = (live().now(), live().ticks(PACE_EVERY_SECONDS), live().reconnects());
        Effect::new(move |read: Option<_>| {
            now.track();
            let counts = self
                .feed
                .picture
                .with_untracked(|job| (job.status, job.expiries, job.contracts, job.months, job.requests));
            // While it is held the counts stand, and the pace falls.
            let is_running = counts.0 == JobStatus::Running;
            let state = (counts, reconnects.get_untracked(), is_running.then(|| pieces.get_untracked()));
            // What the page was opened with is fresh.
            let Some(read) = read else { return state };
            if read == state || self.busy.get_untracked() {
                return read;
            }
            let is_new_piece = read.2 != state.2;
            self.read(is_new_piece || !is_running);
            state
        });
    }

    /// What a person opens is read at once.
    fn follow_wishes(self) {
        Effect::new(move |before: Option<(String, u32, u32)>| {
            let opened = (self.chosen.get(), self.expiries_shown.get(), self.failures_shown.get());
            if before.is_some_and(|before| before != opened) {
                self.read(false);
            }
            opened
        });
    }

    fn read(self, charts: bool) {
        let wish = WatchWish {
            open: self.chosen.get_untracked(),
            expiries: self.expiries_shown.get_untracked(),
            failures: self.failures_shown.get_untracked(),
            charts,
        };
        self.busy.set(true);
        spawn_local(async move {
            let open = wish.open.clone();
            let answer = rpc::jobs::watch(self.feed.id, wish).await;
            self.busy.try_set(false);
            // What could not be read again stays as it was; the frame says that the server is away. And meanwhile
            // something else may have been opened, whose answer comes after this one.
            let (Ok(mut answer), true) = (answer, self.chosen.try_get_untracked() == Some(open)) else {
                return;
            };
            if let Some(charts) = answer.charts.take() {
                self.charts.try_set(Some(charts));
            }
            self.watched.try_set(answer);
        });
    }
}
