//! The lake: where it is, publishing what is complete, verifying what lies there, and what is published where. The table
//! and the lines of the last deed come drawn.

use leptos::prelude::*;
use market::InstrumentKey;
use protocol::{StorageDeed, StorageWork};

use super::Shown;
use super::lake_move::Moved;
use super::work::WorkNote;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{ErrorNote, Select, Show};
use crate::browser::left_texts::{follow, kept_text};
use crate::drawn::{LakeRow, LakeRows};
use crate::rpc;

#[component]
pub(super) fn Lake(shown: Shown) -> impl IntoView {
    let lake = memo(move || shown.page.with(|page| page.lake.clone()));
    let remembered = memo(move || lake.with(|lake| lake.place.clone()));
    let place = kept_text("lake-place", move || remembered.get_untracked());
    // A lake that was moved takes the settings along.
    follow(place, remembered);
    let first =
        shown.page.with_untracked(|page| page.storage.shares.first().map(|of| of.underlying.key.clone()));
    let underlying = RwSignal::new(first);
    let volatility = RwSignal::new(false);
    let publish = Action::new(move |(): &()| {
        let (place, volatility) = (place.get_untracked(), volatility.get_untracked());
        let underlying = underlying.get_untracked();
        async move {
            let Some(underlying) = underlying else { return Ok(StorageWork::default()) };
            rpc::settled(rpc::storage::publish(underlying, place, volatility)).await
        }
    });
    let verify = Action::new(move |(): &()| rpc::settled(rpc::storage::verify_lake(place.get_untracked())));
    let keep = Action::new(move |(): &()| rpc::settled(rpc::storage::put_lake(place.get_untracked())));
    for begun in [publish, verify] {
        effect(move || {
            if let Some(Ok(work)) = begun.value().get() {
                let has_ended = work.under_way.is_none();
                shown.begun(work);
                if has_ended {
                    shown.read_again();
                }
            }
        });
    }
    effect(move || {
        if let Some(Ok(())) = keep.value().get() {
            shown.read_again();
        }
    });
    let is_busy = memo(move || {
        let is_named = place.with(|place| !place.trim().is_empty());
        !is_named || shown.page.with(|page| page.work.under_way.is_some())
    });
    let has_candles = memo(move || shown.page.with(|page| !page.storage.shares.is_empty()));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        publish.dispatch(());
    };
    view! {
        <section aria-labelledby="lake-title" id="lake">
            <div class="section-head"><h2 id="lake-title">"Lake"</h2></div>
            <p class="mb-3 max-w-prose text-sm text-muted">
                "Complete expiries as Parquet, for DuckDB, Polars, pandas and Spark: in a folder, or in a bucket that speaks S3. What is published is read back first, and what changes later is restated, never replaced without a word."
            </p>
            <form class="panel grid gap-3" on:submit=submit autocomplete="off" novalidate>
                <div>
                    <label class="field-label" for="lake-place">"Folder or s3://BUCKET/PREFIX"</label>
                    <div class="flex flex-wrap gap-2">
                        <input id="lake-place" type="text" class="input input-sm w-full max-w-96" spellcheck="false"
                            prop:value=place on:input=move |event| place.set(event_target_value(&event))/>
                        <button type="button" class="btn btn-sm"
                            disabled=move || keep.pending().get() || lake.with(|lake| lake.place == place.get().trim())
                            on:click=move |_| { keep.dispatch(()); }>"Remember"</button>
                    </div>
                </div>
                <Show when=move || has_candles.get()>
                    <Underlyings shown underlying id="lake-underlying"/>
                    <label class="flex items-center gap-2 text-sm">
                        <input type="checkbox" class="checkbox checkbox-sm" prop:checked=volatility
                            on:change=move |event| volatility.set(event_target_checked(&event))/>
                        "Forward, volatility and greeks beside each candle"
                    </label>
                </Show>
                <div class="flex flex-wrap gap-2">
                    <Show when=move || has_candles.get()>
                        <button type="submit" class="btn btn-sm" disabled=move || is_busy.get() || publish.pending().get()>
                            "Publish what is complete"
                        </button>
                    </Show>
                    <button type="button" class="btn btn-sm" disabled=move || is_busy.get() || verify.pending().get()
                        on:click=move |_| { verify.dispatch(()); }>"Verify"</button>
                </div>
            </form>
            <WorkNote shown deed=StorageDeed::Publish/>
            <WorkNote shown deed=StorageDeed::VerifyLake/>
            <div class="mt-2 empty:hidden" aria-live="polite">
                {move || problem(publish.value().get().and_then(Result::err), "Nothing was published")}
                {move || problem(verify.value().get().and_then(Result::err), "Nothing was verified")}
                {move || problem(keep.value().get().and_then(Result::err), "This cannot be the lake")}
            </div>
            <Report lake/>
            <Partitions lake/>
            <Moved shown/>
        </section>
    }
    .into_any()
}

fn problem(problem: Option<rpc::Problem>, what: &'static str) -> AnyView {
    problem.map(|problem| view! { <ErrorNote what problem/> }).into_any()
}

/// Those with candles, to choose one of.
#[component]
pub(super) fn Underlyings(
    shown: Shown,
    underlying: RwSignal<Option<InstrumentKey>>,
    /// Of the field.
    id: &'static str,
) -> impl IntoView {
    let options = move || {
        shown.page.with(|page| {
            let shares = page.storage.shares.iter().map(|share| &share.underlying);
            shares.map(|of| (of.key.to_string(), of.name.clone())).collect::<Vec<_>>()
        })
    };
    let chosen = move || underlying.with(|key| key.as_ref().map(ToString::to_string).unwrap_or_default());
    view! {
        <div>
            <label class="field-label" for=id>"Underlying"</label>
            <Select id class="select select-sm w-full max-w-80" options=Signal::derive(options)
                chosen=Signal::derive(chosen) choose=Callback::new(move |key: String| underlying.set(key.parse().ok()))/>
        </div>
    }
    .into_any()
}

/// How the last deed went, a line a partition.
#[component]
fn Report(lake: Memo<crate::drawn::Lake>) -> impl IntoView {
    let line = |words: &String| view! { <li class="wrap-anywhere">{words.clone()}</li> };
    view! {
        <Show when=move || lake.with(|lake| !lake.report.is_empty())>
            <h3 class="mt-3 text-sm font-semibold">{move || lake.with(|lake| lake.report_title.clone())}</h3>
            <ul class="mt-1 grid gap-1 text-sm">
                {move || lake.with(|lake| lake.report.iter().map(line).collect::<Vec<_>>())}
            </ul>
        </Show>
    }
    .into_any()
}

#[component]
fn Partitions(lake: Memo<crate::drawn::Lake>) -> impl IntoView {
    view! {
        <Show when=move || lake.with(|lake| !lake.places.is_empty()) fallback=|| view! {
            <p class="mt-3 text-sm text-muted">"Nothing is published from here yet."</p>
        }>
            <div class="table-frame mt-3">
                <table class="table table-sm">
                    <caption class="sr-only">"What is published where; times in IST"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Partition"</th>
                            <th scope="col" class="number">"Candles"</th>
                            <th scope="col" class="number max-sm:hidden">"Size"</th>
                            <th scope="col" class="max-sm:hidden">"Published (IST)"</th>
                            <th scope="col" class="max-md:hidden">"Verified (IST)"</th>
                            <th scope="col">"State"</th>
                        </tr>
                    </thead>
                    {move || lake.with(|lake| lake.places.iter().map(of_place).collect::<Vec<_>>())}
                </table>
            </div>
            <p class="mt-1 text-sm text-muted empty:hidden">{move || lake.with(|lake| lake.more.clone())}</p>
        </Show>
    }
    .into_any()
}

fn of_place(of: &LakeRows) -> AnyView {
    view! {
        <tbody>
            <tr><th scope="rowgroup" colspan="6" class="wrap-anywhere">{of.place.clone()}</th></tr>
            {of.rows.iter().map(row).collect::<Vec<_>>()}
        </tbody>
    }
    .into_any()
}

fn row(row: &LakeRow) -> AnyView {
    view! {
        <tr>
            <th scope="row" class="font-normal sm:whitespace-nowrap">{row.name.clone()}</th>
            <td class="number">{row.candles.clone()}</td>
            <td class="number whitespace-nowrap max-sm:hidden">{row.bytes.clone()}</td>
            <td class="whitespace-nowrap max-sm:hidden">{row.published.clone()}</td>
            <td class="whitespace-nowrap max-md:hidden">{row.verified.clone()}</td>
            <td>{row.state.clone()}</td>
        </tr>
    }
    .into_any()
}
