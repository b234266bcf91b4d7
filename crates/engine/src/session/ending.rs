//! Tells an hour before, where a job that runs would lose its sign-in: so that nobody finds in the morning that it
//! has waited since half past three.

use std::sync::Arc;
use std::time::Duration;

use market::EpochSeconds;
use protocol::{JobPicture, NoticeKind};
use store::Store;
use tokio::sync::watch;
use tracing::error;

use super::held::Session;
use crate::error::EngineError;
use crate::jobs::JobService;
use crate::loops::Loops;
use crate::notices::NotificationService;

/// So long before its end a sign-in is told of.
const TOLD_BEFORE_SECONDS: i64 = 3_600;
/// It looks at least so often: a job may begin within the hour, a clock be set, a machine sleep.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// The end that was told of last, in epoch seconds, so that a restart does not tell it twice.
const TOLD: &str = "sign_in_end_told";

/// A handle; clones share everything.
#[derive(Clone)]
pub(crate) struct SignInWatch {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    session: Arc<Session>,
    jobs: JobService,
    notices: NotificationService,
    loops: Loops,
    closing: watch::Sender<bool>,
}

impl SignInWatch {
    pub(crate) fn new(
        store: Store,
        session: Arc<Session>,
        jobs: JobService,
        notices: NotificationService,
        loops: Loops,
    ) -> Self {
        let closing = watch::Sender::new(false);
        Self { inner: Arc::new(Inner { store, session, jobs, notices, loops, closing }) }
    }

    pub(crate) fn start_in_background(&self) {
        let (asked, watch) = (self.clone(), self.clone());
        self.inner.loops.start(
            "sign-in",
            move || *asked.inner.closing.borrow(),
            move || {
                let watch = watch.clone();
                async move { watch.watch_until_closing().await }
            },
        );
    }

    async fn watch_until_closing(&self) {
        let mut closing = self.inner.closing.subscribe();
        let clock = self.inner.loops.clock();
        while !*closing.borrow_and_update() {
            let looks_again = clock.monotonic() + LOOK_EVERY;
            if let Err(error) = self.look().await {
                error!(error = error.chain(), "whether a job will lose its sign-in cannot be told");
            }
            tokio::select! {
                // The sender lives as long as this.
                _ = closing.changed() => {}
                () = clock.sleep_until(looks_again) => {}
            }
        }
    }

    /// One look: tells what is to be told now.
    pub(crate) async fn look(&self) -> Result<(), EngineError> {
        let Inner { store, session, jobs, notices, .. } = &*self.inner;
        let Some(until) = session.until() else { return Ok(()) };
        if until.0 - session.now().0 > TOLD_BEFORE_SECONDS {
            return Ok(());
        }
        let Some(job) = jobs.running().await?.filter(|job| loses(job, until)) else { return Ok(()) };
        if store.setting(TOLD).await?.is_some_and(|told| told == until.0.to_string()) {
            return Ok(());
        }
        let (title, message) = words(&job, until);
        notices.raise_of_job(NoticeKind::SignInEndsSoon, job.id, title, message).await?;
        Ok(store.put_setting(TOLD, &until.0.to_string()).await?)
    }

    pub(crate) fn stop(&self) {
        self.inner.closing.send_replace(true);
    }
}

/// One that is likely to be done by then loses nothing.
fn loses(job: &JobPicture, until: EpochSeconds) -> bool {
    job.done_at.is_none_or(|done| done > until)
}

fn words(job: &JobPicture, until: EpochSeconds) -> (String, String) {
    let at = until.to_ist().format("%H:%M");
    let title = format!("The sign-in ends at {at} IST and job {} runs", job.id);
    let message = format!(
        "Upstox ends this sign-in at {at} IST. The job then waits, with all that it has stored, and goes on by itself after the next sign-in."
    );
    (title, message)
}
