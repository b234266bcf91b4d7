//! Keeping a list of jobs true while a page shows it: the job that works is followed frame by frame, and the
//! list is read again when a job came, ended, or the server was away.

use leptos::prelude::*;
use protocol::{JobPicture, JobStatus};

use super::{JobFeed, live};
use crate::job_log::JobLog;

/// Follows the job of the list that works now, and writes its newest picture into the list.
pub fn follow_working_job(jobs: RwSignal<Vec<JobPicture>>) {
    let working = Memo::new(move |_| jobs.with(|jobs| working_job(jobs).map(|job| job.id)));
    Effect::new(move || {
        let Some(id) = working.get() else { return };
        let held = jobs.with_untracked(|jobs| jobs.iter().find(|job| job.id == id).cloned());
        let Some(picture) = held else { return };
        let log = JobLog::new(picture.last_event, Vec::new());
        let feed = JobFeed::new(picture, log);
        live().follow(feed);
        Effect::new(move || {
            let picture = feed.picture.get();
            jobs.try_maybe_update(|jobs| match jobs.iter_mut().find(|job| job.id == id) {
                Some(job) if *job != picture => {
                    *job = picture;
                    (true, ())
                }
                _ => (false, ()),
            });
        });
    });
}

/// Runs `read` whenever a list of jobs that was read before may be wrong.
pub fn when_jobs_changed(read: impl Fn() + 'static) {
    let changed = live().jobs_changed();
    Effect::new(move |before: Option<(u32, u32)>| {
        let now = changed.get();
        if before.is_some_and(|before| before != now) {
            read();
        }
        now
    });
}

/// Like [`when_jobs_changed`], and every few seconds while a job is unfinished.
pub fn while_jobs_run(read: impl Fn() + 'static) {
    const EVERY_SECONDS: i64 = 10;
    let (changed, unfinished, now) = (live().jobs_changed(), live().unfinished_jobs(), live().now());
    let tick = Memo::new(move |_| if unfinished.get() > 0 { now.get().0 / EVERY_SECONDS } else { 0 });
    Effect::new(move |before: Option<((u32, u32), i64)>| {
        let now = (changed.get(), tick.get());
        if before.is_some_and(|before| before != now) {
            read();
        }
        now
    });
}

/// One job runs at a time; without one, the oldest that waits is the next.
pub fn working_job(jobs: &[JobPicture]) -> Option<&JobPicture> {
    let running = jobs.iter().find(|job| job.status == JobStatus::Running);
    running.or_else(|| jobs.iter().rev().find(|job| job.status.is_unfinished()))
}
