//! Status: what runs here and what it keeps, the rate windows, and every request to the broker as a log that can
//! be searched.

mod filter;
mod request_log;

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::SessionState;

use crate::browser::answer::answer;
use crate::browser::components::{Figure, Load, RateWindows, RefusedPanel, line_chart};
use crate::browser::frame::{Crumb, Page};
use crate::browser::live::live;
use crate::drawn::{LoopLine, RequestLines, StatusFigure};
use crate::format;
use crate::rpc;
use crate::rpc::status::StatusDrawn;

/// How often what moves by itself is read again.
const READ_EVERY_SECONDS: i64 = 10;

/// How the program is.
#[component]
pub fn Status() -> impl IntoView {
    // Where the address changes later, the log itself follows.
    let query = untrack(|| filter::Filter::of_address().query());
    let opening = Resource::new(
        || (),
        move |()| {
            let query = query.clone();
            async move {
                let status = answer(rpc::status::Status {}).await?;
                Ok((status, answer(rpc::status::Requests { query }).await?))
            }
        },
    );
    view! {
        <Page crumbs=vec![Crumb::here("Status")]>
            <h1 class="sr-only">"Status"</h1>
            <Load resource=opening what="The status could not be read" skeleton view=|opening| view! { <StatusView opening/> }/>
        </Page>
    }
}

#[component]
fn StatusView(opening: (StatusDrawn, RequestLines)) -> impl IntoView {
    let (status, requests) = opening;
    let endpoints = status.endpoints.clone();
    let status = RwSignal::new(status);
    read_again(status);
    let figures = move || {
        status.with(|status| {
            let figure = |figure: &StatusFigure| {
                let StatusFigure { name, number, detail } = figure.clone();
                view! {
                    <div class="figure">
                        <dt class="figure-name">{name}</dt>
                        <dd class="figure-number">{number}</dd>
                        <dd class="figure-detail">{detail}</dd>
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
        <RefusedPanel job=None count=Signal::derive(move || status.with(|status| status.refused))/>
        <section class="panel mt-4" aria-labelledby="loops">
            <h2 id="loops" class="panel-title">"Works by itself"</h2>
            <dl class="mt-2 text-sm">{loops}</dl>
        </section>
        <request_log::RequestLog endpoints opening=requests/>
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
fn read_again(status: RwSignal<StatusDrawn>) {
    let tick = live().ticks(READ_EVERY_SECONDS);
    Effect::new(move |before: Option<i64>| {
        let tick = tick.get();
        if before.is_some_and(|before| before != tick) {
            spawn_local(async move {
                if let Ok(fresh) = rpc::status::status().await {
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
