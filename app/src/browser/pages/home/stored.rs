//! Home after the first download: what is stored, what runs and ran, and the way into the data.

use leptos::prelude::*;
use leptos_router::components::A;
use protocol::{JobPicture, StoredFigures, StoredMonth, StoredUnderlying, UnderlyingStrip};

use super::newest::NewestJob;
use super::sparkline::{Sparkline, span_words};
use super::strip::Strip;
use crate::address;
use crate::browser::components::{Figure, JobTable, Show};
use crate::format;

#[component]
pub(super) fn Stored(
    stored: RwSignal<StoredFigures>,
    months: RwSignal<Vec<StoredMonth>>,
    jobs: RwSignal<Vec<JobPicture>>,
    underlyings: RwSignal<Vec<UnderlyingStrip>>,
    /// What stands between the jobs and the underlyings.
    children: Children,
) -> impl IntoView {
    let number =
        move |of: fn(StoredFigures) -> u64| Signal::derive(move || format::grouped(of(stored.get())));
    let size = Signal::derive(move || format!("in {}", format::bytes(stored.get().database_bytes)));
    view! {
        <h1 class="sr-only">"Home"</h1>
        <section aria-labelledby="stored">
            <div class="section-head">
                <h2 id="stored">"Stored"</h2>
                <A href="/collect" attr:class="btn btn-primary btn-sm">"Collect more"</A>
            </div>
            <dl class="figures">
                <Figure name="Underlyings" number=number(|stored| stored.underlyings)>
                    <Sparkline months name="Underlyings" of=|month| month.underlyings/>
                </Figure>
                <Figure name="Expiries" number=number(|stored| stored.expiries)>
                    <Sparkline months name="Expiries" of=|month| month.expiries/>
                </Figure>
                <Figure name="Contracts" number=number(|stored| stored.contracts)>
                    <Sparkline months name="Contracts" of=|month| month.contracts/>
                </Figure>
                <Figure name="Candles" number=number(|stored| stored.candles) of=size>
                    <Sparkline months name="Candles" of=|month| month.candles/>
                </Figure>
            </dl>
            <p class="mt-1.5 text-xs text-muted empty:hidden">{move || months.with(|months| span_words(months))}</p>
        </section>
        <section class="mt-7" aria-labelledby="last-jobs">
            <div class="section-head">
                <h2 id="last-jobs">"Jobs"</h2>
                <A href="/jobs" attr:class="link link-hover text-sm">"All jobs"</A>
            </div>
            <Show when=move || !jobs.with(Vec::is_empty) fallback=|| view! {
                <p class="text-muted">"No job in this data directory yet."</p>
            }>
                <NewestJob jobs/>
                // One job alone is shown above.
                <Show when=move || { jobs.with(Vec::len) > 1 }>
                    <div class="mt-3"><JobTable jobs/></div>
                </Show>
            </Show>
        </section>
        {children()}
        <section class="mt-7" aria-labelledby="underlyings">
            <div class="section-head">
                <h2 id="underlyings">"Underlyings"</h2>
                <A href="/browse" attr:class="link link-hover text-sm">"Browse everything"</A>
            </div>
            <Show when=move || !underlyings.with(Vec::is_empty) fallback=|| view! {
                <p class="text-muted">"The first candles appear here as soon as they arrive."</p>
            }>
                <UnderlyingTable underlyings/>
            </Show>
        </section>
    }
    .into_any()
}

#[component]
fn UnderlyingTable(underlyings: RwSignal<Vec<UnderlyingStrip>>) -> impl IntoView {
    let rows =
        move || underlyings.get().into_iter().map(|row| view! { <UnderlyingEntry row/> }).collect_view();
    view! {
        <div class="table-frame">
            <table class="table table-sm">
                <caption class="sr-only">"Underlyings with stored candles"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Underlying"</th>
                        <th scope="col">"Coverage by expiry"</th>
                        <th scope="col" class="max-md:hidden">"Span"</th>
                        <th scope="col" class="number max-sm:hidden">"Contracts"</th>
                        <th scope="col" class="number">"Candles"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn UnderlyingEntry(row: UnderlyingStrip) -> impl IntoView {
    let StoredUnderlying { underlying, contracts, candles, .. } = row.stored.clone();
    let span = match (row.first, row.last) {
        (Some(first), Some(last)) if first < last => {
            format!("{} – {}", first.to_long_text(), last.to_long_text())
        }
        (Some(only), _) => only.to_long_text(),
        _ => String::new(),
    };
    let browse = format!("/browse/{}", address::encoded(underlying.key.as_str()));
    view! {
        <tr>
            <th scope="row">
                <A href=browse attr:class="link link-hover font-medium">{underlying.name}</A>
                <span class="ml-2 font-normal text-muted max-sm:hidden">{underlying.symbol}</span>
            </th>
            <td><div class="flex flex-wrap items-center gap-x-3 gap-y-1"><Strip row/></div></td>
            <td class="whitespace-nowrap max-md:hidden">{span}</td>
            <td class="number max-sm:hidden">{format::grouped(contracts)}</td>
            <td class="number">{format::grouped(candles)}</td>
        </tr>
    }
    .into_any()
}
