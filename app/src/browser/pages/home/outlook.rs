//! What comes next, and what is still to be had: runs of schedules, and expiries that Upstox promises for a time and that
//! are not complete here. Whoever wanted fewer days than usual misses nothing, so it is told without alarm.

use leptos::prelude::*;
use leptos_router::components::A;
use market::Day;
use protocol::{AtRisk, NextRun};

use crate::address;
use crate::browser::components::Show;
use crate::format;

#[component]
pub(super) fn Outlook(
    next_runs: RwSignal<Vec<NextRun>>,
    at_risk: RwSignal<Vec<AtRisk>>,
    besides: RwSignal<u64>,
    seen_back_to: RwSignal<Option<Day>>,
) -> impl IntoView {
    view! {
        <div class="mt-7 grid gap-7 lg:grid-cols-2">
            <section aria-labelledby="at-risk">
                <div class="section-head"><h2 id="at-risk">"Still at Upstox, for a time"</h2></div>
                <Show when=move || !at_risk.with(Vec::is_empty) fallback=|| view! {
                    <p class="text-sm text-muted">"Nothing: of the kinds that are collected, every known expiry that Upstox still promises is complete here, with the usual 90 days."</p>
                }>
                    <AtRiskTable at_risk besides/>
                </Show>
                <p class="mt-1.5 text-sm text-muted empty:hidden">{move || seen_back_to.get().map(seen_words)}</p>
            </section>
            <section aria-labelledby="next-runs">
                <div class="section-head">
                    <h2 id="next-runs">"Next"</h2>
                    <A href="/schedules" attr:class="link link-hover text-sm">"All schedules"</A>
                </div>
                <Show when=move || !next_runs.with(Vec::is_empty) fallback=|| view! {
                    <p class="text-sm text-muted">"No schedule runs by itself: "<A href="/schedules" attr:class="link">"add one"</A>", and new expiries come without a click."</p>
                }>
                    <ul class="grid gap-1.5">
                        {move || next_runs.get().into_iter().map(|run| view! {
                            <li class="flex flex-wrap justify-between gap-x-4">
                                <span class="font-medium">{run.name}</span>
                                <span class="text-muted tabular-nums">{format::moment(run.at)}" IST"</span>
                            </li>
                        }).collect_view()}
                    </ul>
                </Show>
            </section>
        </div>
    }
    .into_any()
}

/// It may answer further back than it promises; how far is known of what was asked alone.
fn seen_words(back_to: Day) -> String {
    format!("Seen so far: Upstox has listed contracts back to the expiry of {}.", back_to.to_long_text())
}

#[component]
fn AtRiskTable(at_risk: RwSignal<Vec<AtRisk>>, besides: RwSignal<u64>) -> impl IntoView {
    view! {
        <div class="table-frame">
            <table class="table table-sm">
                <caption class="sr-only">"Expiries that Upstox promises for a time only and that are not complete here, the first to be lost first"</caption>
                <thead>
                    <tr><th scope="col">"Expiry"</th><th scope="col">"Stored here"</th><th scope="col" class="number">"At Upstox until"</th></tr>
                </thead>
                <tbody>
                    {move || at_risk.get().into_iter().map(|risk| {
                        let ladder = format!("/browse/{}/{}", address::encoded(risk.underlying.as_str()), risk.expiry);
                        view! {
                            <tr>
                                <th scope="row"><A href=ladder attr:class="link link-hover font-medium">{risk.symbol}" · "{risk.expiry.to_long_text()}</A></th>
                                <td>{risk.state}</td>
                                <td class="number">{risk.until.to_long_text()}</td>
                            </tr>
                        }
                    }).collect_view()}
                </tbody>
            </table>
        </div>
        <p class="mt-1.5 text-sm text-muted">
            {move || match besides.get() {
                0 => String::new(),
                more => format!("And {} more. ", format::counted(more, "expiry", "expiries")),
            }}
            "Upstox promises expired contracts for six months; what is stored here stays. "<A href="/collect" attr:class="link">"Collect them"</A>
        </p>
    }
    .into_any()
}
