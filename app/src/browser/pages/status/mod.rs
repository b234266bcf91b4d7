//! Status: how the program and its database are, how Upstox was used, what went wrong, every request to the broker as
//! a log that can be searched, and the program's own log.

mod api_use;
mod filter;
mod program_log;
mod request_log;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;
use protocol::{AuditQuery, JobPicture, LogQuery, SessionState};

use crate::browser::answer::answer;
use crate::browser::compiled_once::memo;
use crate::browser::components::{Figure, JobTable, Load, RateWindows, RefusedPanel, line_chart};
use crate::browser::frame::{Crumb, Page};
use crate::browser::left_out::left_out;
use crate::browser::live::{follow_working_job, live};
use crate::drawn::{ErrorLine, LoopLine, ProgramLines, RequestLines, StatusFigure};
use crate::format;
use crate::rpc;
use crate::rpc::status::StatusDrawn;

/// How often what moves by itself is read again.
const READ_EVERY_SECONDS: i64 = 10;

/// How the program is.
#[component]
pub fn Status() -> impl IntoView {
    // Where the address changes later, the log itself follows.
    let (query, of_log) = untrack(|| {
        let filter = filter::Filter::of_address();
        (filter.query(), filter.log_query())
    });
    let left_out = left_out(|address| {
        AuditQuery::read(address);
        LogQuery::read(address);
    });
    let opening = Resource::new(
        || (),
        move |()| {
            let (query, of_log) = (query.clone(), of_log.clone());
            async move {
                let status = answer(rpc::status::Status {}).await?;
                let requests = answer(rpc::status::Requests { query }).await?;
                Ok((status, requests, answer(rpc::status::Log { query: of_log }).await?))
            }
        },
    );
    view! {
        <Page crumbs=vec![Crumb::here("Status")] left_out>
            <h1 class="sr-only">"Status"</h1>
            <Load resource=opening what="The status could not be read" skeleton view=|opening| view! { <StatusView opening/> }/>
        </Page>
    }
}

#[component]
fn StatusView(opening: (StatusDrawn, RequestLines, ProgramLines)) -> impl IntoView {
    let (status, requests, log) = opening;
    let endpoints = status.endpoints.clone();
    let jobs = RwSignal::new(status.jobs.clone());
    let status = RwSignal::new(status);
    follow_working_job(jobs);
    read_again(status, jobs);
    let figures = move || {
        status.with(|status| {
            let figure = |figure: &StatusFigure| {
                let StatusFigure { name, number, detail, is_wrong } = figure.clone();
                view! {
                    <div class="figure">
                        <dt class="figure-name">{name}</dt>
                        <dd class="figure-number" class:text-error=is_wrong>{number}</dd>
                        <dd class="figure-detail break-words">{detail}</dd>
                    </div>
                }
            };
            status.figures.iter().map(figure).collect_view()
        })
    };
    let loops = move || status.with(|status| status.loops.iter().map(loop_line).collect_view());
    view! {
        <dl class="figures">
            <Figure name="Sign-in" number=session_words()/>
            {figures}
        </dl>
        <section class="panel mt-4" aria-labelledby="rate-windows">
            <h2 id="rate-windows" class="panel-title">"Rate limits"
                <span class="font-normal text-muted">" · now and in the last hour, times in IST"</span></h2>
            <RateWindows/>
            {move || status.with(|status| line_chart(&status.windows))}
        </section>
        <section class="panel mt-4" aria-labelledby="api-use">
            <h2 id="api-use" class="panel-title">"Requests to Upstox in the last 24 hours"
                <span class="font-normal text-muted">" · by half hour, times in IST"</span></h2>
            {move || status.with(|status| api_use::api_use(&status.api_use))}
        </section>
        <NewestJobs jobs/>
        {move || status.with(|status| errors(&status.errors))}
        <RefusedPanel job=None count=Signal::derive(move || status.with(|status| status.refused))/>
        <section class="panel mt-4" aria-labelledby="loops">
            <h2 id="loops" class="panel-title">"Works by itself"</h2>
            <dl class="mt-2 text-sm">{loops}</dl>
        </section>
        <request_log::RequestLog endpoints opening=requests/>
        <program_log::ProgramLog opening=log/>
    }
    .into_any()
}

#[component]
fn NewestJobs(jobs: RwSignal<Vec<JobPicture>>) -> impl IntoView {
    let is_empty = memo(move || jobs.with(Vec::is_empty));
    view! {
        {move || (!is_empty.get()).then(|| view! {
            <section class="mt-6" aria-labelledby="newest-jobs">
                <div class="section-head"><h2 id="newest-jobs">"Newest jobs"</h2></div>
                <JobTable jobs/>
            </section>
        })}
    }
    .into_any()
}

/// Nothing where nothing went wrong.
fn errors(lines: &[ErrorLine]) -> AnyView {
    if lines.is_empty() {
        return ().into_any();
    }
    let line = |line: &ErrorLine| {
        let ErrorLine { at, job, message } = line.clone();
        view! {
            <li class="flex flex-wrap gap-x-3">
                <span class="text-muted">{at}</span>
                <A href=format!("/jobs/{job}") attr:class="link">{format!("Job {job}")}</A>
                <span class="min-w-0 break-words">{message}</span>
            </li>
        }
    };
    view! {
        <section class="panel mt-4" aria-labelledby="newest-errors">
            <h2 id="newest-errors" class="panel-title">"Newest errors of jobs"
                <span class="font-normal text-muted">" · times in IST"</span></h2>
            <ul class="mt-2 grid gap-1 text-sm">{lines.iter().map(line).collect_view()}</ul>
        </section>
    }
    .into_any()
}

fn loop_line(of: &LoopLine) -> AnyView {
    view! {
        <div class="flex gap-2" class:text-error=!of.is_running>
            <dt class="font-medium">{of.name.clone()}</dt>
            <dd>{of.words.clone()}</dd>
        </div>
    }
    .into_any()
}

/// The rate windows and the size move while somebody works; what could not be read again stays as it was.
fn read_again(status: RwSignal<StatusDrawn>, jobs: RwSignal<Vec<JobPicture>>) {
    let tick = live().ticks(READ_EVERY_SECONDS);
    Effect::new(move |before: Option<i64>| {
        let tick = tick.get();
        if before.is_some_and(|before| before != tick) {
            spawn_local(async move {
                if let Ok(fresh) = rpc::status::status().await {
                    jobs.try_set(fresh.jobs.clone());
                    status.try_set(fresh);
                }
            });
        }
        tick
    });
}

/// `6 h 12 m left`, `signed out`.
fn session_words() -> Signal<String> {
    let (session, now) = (live().session(), live().now());
    Signal::derive(move || {
        session.with(|session| match session.state {
            SessionState::SignedIn { until, checked, .. } => {
                let left = format::duration_in_minutes(format::seconds_between(now.get(), until));
                format!("{left} left{}", if checked { "" } else { ", not checked" })
            }
            SessionState::SignedOut => "signed out".to_owned(),
            SessionState::Ended => "ended".to_owned(),
        })
    })
}

fn skeleton() -> AnyView {
    view! {
        <div aria-hidden="true">
            <div class="skeleton-box h-20"></div>
            <div class="skeleton-box mt-4 h-56"></div>
            <div class="skeleton-box mt-4 h-96"></div>
        </div>
    }
    .into_any()
}
