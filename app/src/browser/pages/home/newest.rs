//! The job that matters now: the one that works, else the newest. Its place is kept, so nothing moves when a
//! job ends or the next begins.

use leptos::prelude::*;
use leptos_router::components::A;
use protocol::JobPicture;

use crate::browser::compiled_once::memo;
use crate::browser::components::{JobProgress, JobStatusBadge};
use crate::browser::job_pace::{hold, pace};
use crate::browser::live::{live, working_job};
use crate::format;

#[component]
pub(super) fn NewestJob(jobs: RwSignal<Vec<JobPicture>>) -> impl IntoView {
    let chosen = memo(move || jobs.with(|jobs| working_job(jobs).or_else(|| jobs.first()).cloned()));
    view! {
        {move || chosen.with(Option::is_some).then(|| {
            let first = chosen.get_untracked()?;
            // It is there once and for all: a list of jobs only grows.
            let job = Signal::derive(move || chosen.get().unwrap_or_else(|| first.clone()));
            Some(view! { <Shown job/> })
        })}
    }
    .into_any()
}

#[component]
fn Shown(job: Signal<JobPicture>) -> impl IntoView {
    let (now, limits) = (live().now(), live().limits());
    let status = memo(move || job.with(|job| job.status));
    let title = memo(move || job.with(|job| job.title.clone()));
    let percent = memo(move || job.with(|job| format::percent(job.fraction())));
    let line = memo(move || {
        job.with(|job| limits.with(|limits| hold(job, limits)).unwrap_or_else(|| pace(job, now.get())))
    });
    view! {
        <div class="panel newest-job">
            <div class="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
                <A href=move || job.with(|job| format!("/jobs/{}", job.id)) attr:class="link link-hover font-semibold">{title}</A>
                <JobStatusBadge status/>
            </div>
            <div class="mt-2 flex items-center gap-3">
                <JobProgress job/>
                <span class="w-13 shrink-0 text-right font-semibold whitespace-nowrap tabular-nums">{percent}</span>
            </div>
            <p class="job-pace mt-1.5 mb-0 text-left">{line}</p>
        </div>
    }
    .into_any()
}
