//! Home: on the first run the three steps to the first candle, later what is stored and what runs.

mod first_run;
mod newest;
mod outlook;
mod sparkline;
mod stored;
mod strip;

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::HomePicture;

use crate::browser::answer::answer;
use crate::browser::compiled_once::memo;
use crate::browser::components::{Load, Show};
use crate::browser::frame::{Crumb, Page};
use crate::browser::live::{follow_working_job, read_again_while_jobs_run};
use crate::rpc;

/// Where everybody begins.
#[component]
pub fn Home() -> impl IntoView {
    let home = Resource::new(|| (), |()| answer(rpc::home::Home {}));
    view! {
        <Page crumbs=vec![Crumb::here("Home")]>
            <Load resource=home what="What is stored could not be read" skeleton view=|picture| view! { <HomeView picture/> }/>
        </Page>
    }
}

#[component]
fn HomeView(picture: HomePicture) -> impl IntoView {
    let stored = RwSignal::new(picture.stored);
    let months = RwSignal::new(picture.months);
    let jobs = RwSignal::new(picture.jobs);
    let underlyings = RwSignal::new(picture.underlyings);
    let next_runs = RwSignal::new(picture.next_runs);
    let at_risk = RwSignal::new(picture.at_risk);
    let besides = RwSignal::new(picture.at_risk_besides);
    let seen_back_to = RwSignal::new(picture.seen_back_to);
    follow_working_job(jobs);
    read_again_while_jobs_run(jobs, move || {
        spawn_local(async move {
            // What could not be read again stays as it was; the frame says that the server is away.
            let Ok(fresh) = rpc::home::home().await else { return };
            stored.try_set(fresh.stored);
            months.try_set(fresh.months);
            jobs.try_set(fresh.jobs);
            underlyings.try_set(fresh.underlyings);
            next_runs.try_set(fresh.next_runs);
            at_risk.try_set(fresh.at_risk);
            besides.try_set(fresh.at_risk_besides);
            seen_back_to.try_set(fresh.seen_back_to);
        });
    });
    let is_new = memo(move || stored.with(|stored| stored.candles == 0) && jobs.with(Vec::is_empty));
    view! {
        <Show when=move || is_new.get() fallback=move || view! {
            <stored::Stored stored months jobs underlyings>
                <outlook::Outlook next_runs at_risk besides seen_back_to/>
            </stored::Stored>
        }>
            <first_run::FirstRun/>
        </Show>
    }
    .into_any()
}

fn skeleton() -> AnyView {
    view! {
        <div aria-hidden="true">
            <div class="figures">
                {(0..4).map(|_| view! { <div class="figure skeleton-box h-24"></div> }).collect_view()}
            </div>
            <div class="skeleton-box mt-6 h-48"></div>
        </div>
    }
    .into_any()
}
