//! How far a job is: one bar of what is done, empty, failed and to do, told apart by pattern and not by
//! colour alone.

use leptos::prelude::*;
use protocol::{JobPicture, JobStatus};

use crate::browser::compiled_once::memo;
use crate::format;

/// The widths of a bar's parts, each 0 to 1; the rest is to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shares {
    pub done: f64,
    pub empty: f64,
    pub failed: f64,
}

impl Shares {
    /// The bar is as long as the job is far, which never goes back while contracts are being listed; its
    /// parts are the shares of what was finished.
    pub fn of(job: &JobPicture) -> Self {
        let length = job.fraction().clamp(0.0, 1.0);
        let tally = job.contracts;
        if tally.finished() == 0 {
            return Self { done: length, empty: 0.0, failed: 0.0 };
        }
        let part = |count: u64| length * count as f64 / tally.finished() as f64;
        Self { done: part(tally.done), empty: part(tally.empty), failed: part(tally.failed) }
    }
}

/// The bar of a job.
#[component]
pub fn JobProgress(
    #[prop(into)] job: Signal<JobPicture>,
    /// A thin one, for tables.
    #[prop(optional)]
    thin: bool,
) -> impl IntoView {
    let shares = memo(move || job.with(Shares::of));
    let width = move |part: fn(Shares) -> f64| move || format!("{:.2}%", part(shares.get()) * 100.0);
    let percent = move || (job.with(JobPicture::fraction) * 100.0).floor().to_string();
    let words = move || job.with(in_words);
    view! {
        <div class="job-progress" class:job-progress-thin=thin role="progressbar" aria-label="Progress"
            aria-valuemin="0" aria-valuemax="100" aria-valuenow=percent aria-valuetext=words
            class:is-ended=move || job.with(|job| job.status.is_ended())>
            <span class="part-done" style:width=width(|shares| shares.done)></span>
            <span class="part-empty" style:width=width(|shares| shares.empty)></span>
            <span class="part-failed" style:width=width(|shares| shares.failed)></span>
        </div>
    }
    .into_any()
}

fn in_words(job: &JobPicture) -> String {
    let tally = job.contracts;
    if tally.total == 0 {
        let share = format::percent(job.fraction());
        return if job.status == JobStatus::Completed { "100 %".to_owned() } else { share };
    }
    format!(
        "{}: {} of {} contracts done, {} empty, {} failed",
        format::percent(job.fraction()),
        format::grouped(tally.done),
        format::grouped(tally.total),
        format::grouped(tally.empty),
        format::grouped(tally.failed),
    )
}
