//! One job: how far it is, what holds it, what it wrote. It begins with the picture that a server function
//! brings and goes on with live frames, so a reload, a second tab and a restarted server show the same.

mod cancel;
mod cell_keys;
mod controls;
mod failures;
mod found_lines;
mod grid;
mod log;
mod log_lines;
mod notice;
mod onward;
mod progress;
mod throughput;
mod watch;
mod windows;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use protocol::JobId;

use crate::browser::answer::answer;
use crate::browser::compiled_once::memo;
use crate::browser::components::{Empty, JobStatusBadge, Load, RefusedPanel};
use crate::browser::frame::{Crumb, Page};
use crate::browser::job_log::JobLog;
use crate::browser::live::{JobFeed, live};
use crate::browser::pages::collect::interval_words;
use crate::format;
use crate::rpc;
use crate::rpc::jobs::JobOpening;

/// The job that the address names.
#[component]
pub fn Job() -> impl IntoView {
    let params = use_params_map();
    let id = memo(move || params.with(|params| params.get("id")?.parse().ok().map(JobId)));
    let crumbs = Signal::derive(move || {
        let name = id.get().map_or_else(|| "No such job".to_owned(), |id| format!("Job {id}"));
        vec![Crumb::link("Jobs", "/jobs"), Crumb::here(name)]
    });
    view! {
        <Page crumbs>
            {move || match id.get() {
                Some(id) => view! { <ExistingJob id/> }.into_any(),
                None => view! { <NoSuchJob/> }.into_any(),
            }}
        </Page>
    }
}

#[component]
fn ExistingJob(id: JobId) -> impl IntoView {
    let wish = watch::first_wish();
    let job = Resource::new(move || id, move |id| answer(rpc::jobs::Job { id, wish: wish.clone() }));
    view! { <Load resource=job what="This job cannot be shown" skeleton view=|opening| view! { <JobView opening/> }/> }
}

/// The address names no job and never will.
#[component]
fn NoSuchJob() -> impl IntoView {
    view! {
        <Empty title="There is no job at this address" text="Jobs are numbered. Nothing was lost: the list has them all."
            address="/jobs" action="All jobs"/>
    }
}

#[component]
fn JobView(opening: JobOpening) -> impl IntoView {
    let JobOpening { picture, events, first_event, watched } = opening;
    let (id, title, created_at) = (picture.id, picture.title.clone(), picture.created_at);
    let plan = plan_in_words(&picture.plan);
    let feed = JobFeed::new(picture, JobLog::new(0, events));
    live().follow(feed);
    let watch = watch::Watch::new(watched, feed);
    let commands = controls::Commands::new(feed);
    let job = feed.picture.read_only();
    let status = memo(move || job.with(|job| job.status));
    view! {
        <div class="job-head">
            <div class="min-w-0">
                <h1>{title}</h1>
                <p class="mt-1 text-sm text-muted">{plan} " · created " {format::moment(created_at)} " IST"</p>
            </div>
            <div class="flex items-center gap-3">
                <JobStatusBadge status/>
                <controls::JobControls status commands/>
            </div>
        </div>
        <controls::CommandProblem commands/>
        <notice::JobNotice job/>
        <onward::Onward job/>
        <div class="job-grid">
            <div class="job-course">
                <progress::ProgressPanel job/>
                <throughput::ThroughputPanel watch/>
            </div>
            <windows::WindowsPanel job watch/>
        </div>
        <failures::FailuresPanel watch status commands/>
        <RefusedPanel job=Some(id) count=Signal::derive(move || job.with(|job| job.refused))/>
        <grid::GridPanel watch/>
        <log::LogPanel feed first_event/>
    }
    .into_any()
}

/// `candles of 1 minute · 90 days before expiry · options within ATM ± 10 of where the underlying went · 5 workers`.
fn plan_in_words(plan: &protocol::PlanSummary) -> String {
    let days = format::counted(plan.days.get().into(), "day", "days");
    let workers = format::counted(plan.workers.get().into(), "worker", "workers");
    if let Some(parts) = plan.again {
        let parts = format::counted(parts.into(), "day of a contract", "days of contracts");
        return format!("asks again for {parts} · {workers}");
    }
    let strikes = plan.strikes.map(|strikes| {
        format!(" · options within {} of where the underlying went on these days", strikes.words())
    });
    let strikes = strikes.unwrap_or_default();
    format!("candles of {} · {days} before expiry{strikes} · {workers}", interval_words(plan.interval))
}

fn skeleton() -> AnyView {
    view! {
        <div aria-hidden="true">
            <div class="skeleton-box h-12 max-w-xl"></div>
            <div class="job-grid mt-4">
                <div class="skeleton-box h-56"></div>
                <div class="skeleton-box h-56"></div>
            </div>
            <div class="skeleton-box mt-4 h-80"></div>
        </div>
    }
    .into_any()
}
