//! Keeping a list of jobs true while a page shows it: the job that works is followed frame by frame, and the
//! list is read again when a job came, ended, or the server was away.

use leptos::prelude::*;
use protocol::{JobPicture, JobStatus};

use super::{JobFeed, live};
use crate::browser::compiled_once::{effect, memo};
use crate::browser::job_log::JobLog;

/// Follows the job of the list that works now, and writes its newest picture into the list.
pub fn follow_working_job(jobs: RwSignal<Vec<JobPicture>>) {
    let working = memo(move || jobs.with(|jobs| working_job(jobs).map(|job| job.id)));
    effect(move || {
        let Some(id) = working.get() else { return };
        let held = jobs.with_untracked(|jobs| jobs.iter().find(|job| job.id == id).cloned());
        let Some(picture) = held else { return };
        let log = JobLog::new(picture.last_event, Vec::new());
        let feed = JobFeed::new(picture, log);
        live().follow(feed);
        effect(move || {
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

/// Runs `read`, which sets `jobs` anew, whenever the list has become wrong: the server counts other unfinished
/// jobs than the list, or was away.
pub fn read_again_with_jobs(jobs: RwSignal<Vec<JobPicture>>, read: impl Fn() + 'static) {
    let (served, reconnects) = (live().unfinished_jobs(), live().reconnects());
    let state = memo(move || Counts {
        served: served.get(),
        listed: jobs.with(|jobs| jobs.iter().filter(|job| !job.status.is_ended()).count()),
        reconnects: reconnects.get(),
    });
    Effect::new(move |before: Option<Counts>| {
        let now = state.get();
        let was_away = before.is_some_and(|before| before.reconnects != now.reconnects);
        if was_away || now.differs() {
            read();
        }
        now
    });
}

/// Like [`read_again_with_jobs`], and every few seconds while a job is unfinished.
pub fn read_again_while_jobs_run(jobs: RwSignal<Vec<JobPicture>>, read: impl Fn() + Clone + 'static) {
    const EVERY_SECONDS: i64 = 10;
    read_again_with_jobs(jobs, read.clone());
    let (unfinished, ticks) = (live().unfinished_jobs(), live().ticks(EVERY_SECONDS));
    let tick = memo(move || unfinished.get().filter(|count| *count > 0).map(|_| ticks.get()));
    Effect::new(move |before: Option<Option<i64>>| {
        let now = tick.get();
        // The first tick comes with the first frame, when what is shown is fresh.
        if before.flatten().is_some() && now.is_some() {
            read();
        }
        now
    });
}

#[derive(Clone, Copy, PartialEq)]
struct Counts {
    served: Option<u32>,
    listed: usize,
    reconnects: u32,
}

impl Counts {
    fn differs(self) -> bool {
        self.served.is_some_and(|served| usize::try_from(served).is_ok_and(|served| served != self.listed))
    }
}

/// One job runs at a time; without one, the oldest that waits is the next.
pub fn working_job(jobs: &[JobPicture]) -> Option<&JobPicture> {
    let running = jobs.iter().find(|job| job.status == JobStatus::Running);
    running.or_else(|| jobs.iter().rev().find(|job| job.status.is_unfinished()))
}
