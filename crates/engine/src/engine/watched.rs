//! What a page follows of an engine: frames, limits, waits, the tick of a change, and how many pages are there.

use std::sync::atomic::Ordering;
use std::time::Duration;

use protocol::{JobId, LimitsPicture, ServerFrame, Wait, WindowPicture};
use ratelimit::Priority;
use tokio::sync::watch;

use super::Engine;
use crate::error::EngineError;

impl Engine {
    /// The frame of a page that follows `job` and has seen its events up to `after`.
    pub async fn frame(&self, job: Option<JobId>, after: i64) -> Result<ServerFrame, EngineError> {
        let unfinished_jobs = self.jobs().unfinished_count().await?;
        let (job, events) = match job {
            Some(id) => match self.jobs().picture(id).await {
                Ok(picture) => (Some(picture), self.jobs().events(id, after).await?),
                Err(EngineError::UnknownJob(_)) => (None, Vec::new()),
                Err(error) => return Err(error),
            },
            None => (None, Vec::new()),
        };
        Ok(ServerFrame {
            at: self.now(),
            session: self.session().picture(),
            settings: self.preferences().now(),
            limits: self.limits(),
            waits: self.waits(),
            unfinished_jobs,
            notices: self.notices().count().await?,
            job,
            events,
        })
    }

    pub fn limits(&self) -> LimitsPicture {
        let picture = self.inner.limiter.picture();
        let millis = |wait: Duration| wait.as_millis().try_into().unwrap_or(u64::MAX);
        LimitsPicture {
            windows: picture
                .windows
                .iter()
                .map(|window| WindowPicture {
                    used: window.used,
                    max: window.max,
                    seconds: window.period.as_secs().try_into().unwrap_or(u32::MAX),
                })
                .collect(),
            parked_ms: picture.parked_for.map(millis),
            next_slot_ms: picture.next_slot_in.map(millis),
        }
    }

    /// What a request for a person waits for now, where that takes more than a moment. Being signed out is the
    /// session's to tell.
    pub fn waits(&self) -> Option<Wait> {
        self.inner.broker.wait_signed_in(Priority::Person)
    }

    /// Ticks whenever a job's picture may have changed.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.jobs.changes()
    }

    /// While it lives a page is connected, for which the limiter keeps a small reserve.
    pub fn page_connected(&self) -> PageGuard {
        let pages = self.inner.pages.fetch_add(1, Ordering::Relaxed) + 1;
        self.inner.limiter.set_pages_connected(pages);
        PageGuard { engine: self.clone() }
    }

    pub(crate) fn pages(&self) -> usize {
        self.inner.pages.load(Ordering::Relaxed)
    }
}

/// See [`Engine::page_connected`].
pub struct PageGuard {
    engine: Engine,
}

impl Drop for PageGuard {
    fn drop(&mut self) {
        let pages = self.engine.inner.pages.fetch_sub(1, Ordering::Relaxed) - 1;
        self.engine.inner.limiter.set_pages_connected(pages);
    }
}
