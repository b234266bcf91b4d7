//! The estimate of the last step, and the button that starts the download.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use protocol::{CollectOrder, Estimate, Known};

use super::summary::BackLink;
use super::wizard::Wizard;
use super::words::{
    basis_words, bytes_words, candle_basis_words, candles_words, done_words, estimate_line,
    estimated_contracts, estimated_requests, strikes_words, warning,
};
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{ErrorNote, Show, WaitNote};
use crate::browser::live::read_again_when_due;
use crate::format;
use crate::rpc::{Problem, ProblemKind, collect};

#[component]
pub fn DownloadPanel() -> impl IntoView {
    let wizard = Wizard::of_context();
    let order = memo(move || wizard.choices.with(|choices| choices.order()));
    // Counted again when somebody has signed in.
    let estimate = Resource::new(
        move || (order.get(), wizard.is_signed_in.get()),
        |(order, _)| collect::estimate_order(order),
    );
    let retry = Callback::new(move |()| estimate.refetch());
    read_again_when_due(move || estimate.get()?.ok()?.waits, move || estimate.refetch());
    // What refuses the estimate refuses the order.
    let is_refused = RwSignal::new(false);
    effect(move || {
        let refused = matches!(
            estimate.get(),
            Some(Err(Problem { kind: ProblemKind::Refused | ProblemKind::NotFound, .. }))
        );
        is_refused.set(refused);
    });
    view! {
        <h3 class="mt-1 text-sm font-semibold max-lg:sr-only">"Estimate"</h3>
        // It would be of the number before.
        <Show when=move || wizard.has_invalid.get()>
            <p class="text-sm text-muted lg:min-h-44">"Nothing is counted before every number can be taken."</p>
        </Show>
        <div class:hidden=wizard.has_invalid>
            <Transition fallback=|| view! { <EstimateSkeleton/> }>
                {move || Suspend::new(async move {
                    match estimate.await {
                        Ok(Known { value: Some(estimate), .. }) => view! { <EstimateFigures estimate/> }.into_any(),
                        Ok(Known { value: None, waits }) => view! {
                            <div class="lg:min-h-44">
                                {waits.map(|wait| view! {
                                    <WaitNote what="The estimate is not known yet" wait
                                        outlook="It comes by itself. The download can be started now: it is kept, and begins as soon as that allows."/>
                                })}
                            </div>
                        }.into_any(),
                        Err(problem) if problem.kind == ProblemKind::SignIn => view! {
                            <p class="text-sm text-muted lg:min-h-44">"Counted as soon as somebody is signed in."</p>
                        }.into_any(),
                        Err(problem) => view! {
                            <ErrorNote what="The download could not be estimated" problem retry
                                kept="Your choices are kept in the address of this page."/>
                        }.into_any(),
                    }
                })}
            </Transition>
        </div>
        <StartButton order is_refused/>
    }
}

#[component]
fn EstimateSkeleton() -> impl IntoView {
    view! {
        <div class="min-h-14 lg:min-h-44" role="status">
            <p class="text-sm text-muted">"Listing the contracts of the chosen expiries…"</p>
            <div class="mt-3 grid gap-2 max-lg:hidden" aria-hidden="true">
                {(0..5).map(|_| view! { <div class="skeleton h-4"></div> }).collect_view()}
            </div>
        </div>
    }
}

#[component]
fn EstimateFigures(estimate: Estimate) -> impl IntoView {
    let free = estimate.disk_free_bytes.map(|free| format!(", {} free", format::bytes(free)));
    let warning = warning(&estimate);
    view! {
        <div class="lg:min-h-44" role="status">
            <p class="text-sm lg:hidden">{estimate_line(&estimate)}</p>
            <dl class="summary-list max-lg:hidden">
                <dt>"Contracts"</dt>
                <dd>{estimated_contracts(&estimate)}</dd>
                <dt>"Requests"</dt>
                <dd>{estimated_requests(&estimate)}</dd>
                <dt>"Candles"</dt>
                <dd>{candles_words(&estimate)}</dd>
                <dt>"Disk"</dt>
                <dd>{bytes_words(&estimate)}<span class="text-muted whitespace-nowrap">{free}</span></dd>
                <dt>"Time"</dt>
                <dd>{format::duration_in_minutes(estimate.seconds)}</dd>
                <dt>"Done about"</dt>
                <dd class="font-semibold">{done_words(&estimate)}</dd>
            </dl>
            <p class="mt-2 text-xs text-muted">{basis_words(&estimate)} " " {strikes_words(&estimate)} " " {candle_basis_words(&estimate)}</p>
            {warning.map(|warning| view! { <p class="notice notice-warning mt-2">{warning}</p> })}
        </div>
    }
}

#[component]
fn StartButton(order: Memo<CollectOrder>, is_refused: RwSignal<bool>) -> impl IntoView {
    let start = Action::new(|order: &CollectOrder| collect::start_order(order.clone()));
    let started = start.value();
    let navigate = use_navigate();
    effect(move || {
        if let Some(Ok(job)) = started.get() {
            navigate(&format!("/jobs/{job}"), leptos_router::NavigateOptions::default());
        }
    });
    // A value that was refused is not in the order: starting would do something else than the page shows.
    let has_invalid = Wizard::of_context().has_invalid;
    // Until the next page is there, a second click would only ask for the same job.
    let is_busy = move || start.pending().get() || matches!(started.get(), Some(Ok(_)));
    let problem = move || match started.get() {
        Some(Err(problem)) if !start.pending().get() => Some(problem),
        _ => None,
    };
    view! {
        {move || problem().map(|problem| view! {
            <ErrorNote what="The download was not started" problem kept="Your choices are kept in the address of this page."/>
        })}
        <div class="mt-1 flex gap-2">
            <BackLink/>
            <button type="button" class="btn btn-primary btn-sm flex-1"
                disabled=move || is_busy() || is_refused.get() || has_invalid.get() aria-busy=move || is_busy().to_string()
                on:click=move |_| { start.dispatch(order.get_untracked()); }>
                {move || if is_busy() { "Starting…" } else { "Start download" }}
            </button>
        </div>
    }
}
