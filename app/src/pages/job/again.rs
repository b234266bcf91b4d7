//! Collecting an ended job's plan once more: what is stored is not asked again, so it brings what is missing.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use market::{Day, InstrumentKey};
use protocol::{CollectOrder, CollectPlan, ExpiryChoice, JobPicture, JobStatus};

use crate::components::ErrorNote;
use crate::rpc;

#[component]
pub(super) fn CollectAgain(job: ReadSignal<JobPicture>) -> impl IntoView {
    let collect =
        Action::new(move |()| rpc::collect::start_order(job.with_untracked(|job| order(&job.plan))));
    let offered = Memo::new(move |_| {
        let status = job.with(|job| job.status);
        matches!(status, JobStatus::CompletedWithFailures | JobStatus::Failed | JobStatus::Cancelled)
    });
    let navigate = use_navigate();
    Effect::new(move || {
        if let Some(Ok(id)) = collect.value().get() {
            navigate(&format!("/jobs/{id}"), Default::default());
        }
    });
    view! {
        <Show when=move || offered.get()>
            <button type="button" class="btn btn-primary btn-sm" disabled=move || collect.pending().get()
                on:click=move |_| { collect.dispatch(()); }>
                "Collect what is missing"
            </button>
        </Show>
        {move || collect.value().get().and_then(Result::err).map(|problem| view! {
            <ErrorNote what="The download could not be started" problem/>
        })}
    }
    .into_any()
}

/// The order that makes the same plan.
fn order(plan: &CollectPlan) -> CollectOrder {
    let mut dates: BTreeMap<InstrumentKey, Vec<Day>> = BTreeMap::new();
    for target in &plan.targets {
        dates.entry(target.underlying.clone()).or_default().push(target.expiry);
    }
    CollectOrder {
        underlyings: dates.keys().cloned().collect(),
        expiries: ExpiryChoice::Each(dates),
        kinds: plan.kinds,
        interval: plan.interval,
        days: plan.days,
        workers: plan.workers,
    }
}
