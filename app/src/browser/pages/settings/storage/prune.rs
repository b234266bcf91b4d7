//! Pruning: what is chosen, the look at it that comes first, and what was pruned before.

use leptos::prelude::*;
use market::{Day, InstrumentKey};
use protocol::{ExpiryShare, PruneChoice, PruneOrder, PrunedLine, StorageDeed};

use super::Shown;
use super::lake::Underlyings;
use super::preview::Preview;
use super::work::WorkNote;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{ErrorNote, Show};
use crate::browser::left_texts::kept_text;
use crate::format;
use crate::rpc;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    All,
    Before,
    Chosen,
}

/// What is chosen.
#[derive(Clone, Copy)]
struct Chosen {
    underlying: RwSignal<Option<InstrumentKey>>,
    which: RwSignal<Which>,
    before: RwSignal<String>,
    dates: RwSignal<Vec<Day>>,
    own: RwSignal<bool>,
}

impl Chosen {
    /// `None` while something is missing.
    fn order(self) -> Option<PruneOrder> {
        let which = self.which.get();
        let expiries = match which {
            Which::All => PruneChoice::All,
            Which::Before => PruneChoice::Before(self.before.get().parse().ok()?),
            Which::Chosen => PruneChoice::Dates(Some(self.dates.get()).filter(|dates| !dates.is_empty())?),
        };
        let own_candles = which == Which::All && self.own.get();
        Some(PruneOrder { underlying: self.underlying.get()?, expiries, own_candles })
    }
}

#[component]
pub(super) fn Prune(shown: Shown) -> impl IntoView {
    let first =
        shown.page.with_untracked(|page| page.storage.shares.first().map(|of| of.underlying.key.clone()));
    let chosen = Chosen {
        underlying: RwSignal::new(first),
        which: RwSignal::new(Which::Before),
        before: kept_text("prune-before", String::new),
        dates: RwSignal::new(Vec::new()),
        own: RwSignal::new(false),
    };
    let order = memo(move || chosen.order());
    let look = Action::new(|order: &PruneOrder| rpc::settled(rpc::storage::preview(order.clone())));
    // What was looked at is of no more use once something else is chosen.
    effect(move || {
        let _ = order.get();
        look.value().set(None);
    });
    let pruned = memo(move || shown.page.with(|page| page.storage.pruned.first().map(|line| line.at)));
    // Expiries are an underlying's own.
    effect(move || {
        let _ = (pruned.get(), chosen.underlying.get());
        chosen.dates.set(Vec::new());
    });
    let is_busy = memo(move || shown.page.with(|page| page.work.under_way.is_some()));
    let look_at = move || {
        if let Some(order) = order.get_untracked() {
            look.dispatch(order);
        }
    };
    let look_again = Callback::new(move |()| look_at());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        look_at();
    };
    view! {
        <section aria-labelledby="prune-title">
            <div class="section-head"><h2 id="prune-title">"Prune"</h2></div>
            <p class="mb-3 max-w-prose text-sm text-muted">
                "Removes candles that you do not need any more. You see first what goes and whether it can be had again. Lists of contracts, the log of requests and the underlying's own candles stay."
            </p>
            <Show when=move || shown.page.with(|page| !page.storage.shares.is_empty()) fallback=|| view! {
                <p class="text-sm text-muted">"Nothing is stored yet."</p>
            }>
                <form class="panel" on:submit=submit autocomplete="off" novalidate>
                    <Choices shown chosen/>
                    <button type="submit" class="btn btn-sm mt-3"
                        disabled=move || order.with(Option::is_none) || is_busy.get() || look.pending().get()>
                        "Show what would go"
                    </button>
                </form>
            </Show>
            <div class="mt-3 empty:hidden" aria-live="polite">
                {move || look.value().get().map(|looked| match (looked, order.get_untracked()) {
                    (Ok(preview), Some(order)) => view! {
                        <Preview shown preview order done=Callback::new(move |()| look.value().set(None))/>
                    }.into_any(),
                    (Err(problem), _) => view! { <ErrorNote what="This cannot be pruned" problem retry=look_again/> }.into_any(),
                    (Ok(_), None) => ().into_any(),
                })}
            </div>
            <WorkNote shown deed=StorageDeed::Prune/>
            <Show when=move || shown.page.with(|page| !page.storage.pruned.is_empty())>
                <h3 class="mt-3 text-sm font-semibold">"Pruned before"</h3>
                <ul class="mt-1 grid gap-1 text-sm">
                    {move || shown.page.with(|page| page.storage.pruned.iter().map(line).collect::<Vec<_>>())}
                </ul>
            </Show>
        </section>
    }
    .into_any()
}

fn line(line: &PrunedLine) -> AnyView {
    let own = if line.own { ", its own candles too" } else { "" };
    let words = format!(
        "{} · {} · {}{own} · {} candles",
        format::moment(line.at),
        line.underlying.name,
        format::counted(line.expiries, "expiry", "expiries"),
        format::grouped(line.candles)
    );
    view! { <li>{words}</li> }.into_any()
}

#[component]
fn Choices(shown: Shown, chosen: Chosen) -> impl IntoView {
    let which = move |which: Which, words: &'static str| {
        let is_chosen = memo(move || chosen.which.get() == which);
        view! {
            <label class="choice-chip" class:chosen=is_chosen>
                <input type="radio" name="prune-which" class="radio radio-xs radio-primary" checked=is_chosen
                    prop:checked=is_chosen on:change=move |_| chosen.which.set(which)/>
                {words}
            </label>
        }
        .into_any()
    };
    view! {
        <div class="grid gap-3">
            <Underlyings shown underlying=chosen.underlying id="prune-underlying"/>
            <fieldset>
                <legend class="field-label">"Expiries"</legend>
                <div class="flex flex-wrap gap-2">
                    {which(Which::Before, "Older than a date")}
                    {which(Which::Chosen, "Chosen ones")}
                    {which(Which::All, "All of them")}
                </div>
            </fieldset>
            {move || match chosen.which.get() {
                Which::Before => view! {
                    <div>
                        <label class="field-label" for="prune-before">"Older than"</label>
                        <input id="prune-before" type="date" class="input input-sm w-44" prop:value=chosen.before
                            on:input=move |event| chosen.before.set(event_target_value(&event))/>
                    </div>
                }.into_any(),
                Which::Chosen => view! { <Dates shown chosen/> }.into_any(),
                Which::All => view! {
                    <label class="flex items-center gap-2 text-sm">
                        <input type="checkbox" class="checkbox checkbox-sm" prop:checked=chosen.own
                            on:change=move |event| chosen.own.set(event_target_checked(&event))/>
                        "The underlying's own candles too"
                    </label>
                }.into_any(),
            }}
        </div>
    }
    .into_any()
}

/// The expiries of the underlying with candles, asked for when they are to be chosen.
#[component]
fn Dates(shown: Shown, chosen: Chosen) -> impl IntoView {
    let stored = memo(move || shown.page.with(|page| page.storage.candles));
    let expiries = LocalResource::new(move || {
        // What is stored has changed: so have they.
        let _ = stored.get();
        let underlying = chosen.underlying.get();
        async move { rpc::storage::storage(underlying).await.map(|page| page.storage.expiries) }
    });
    let retry = Callback::new(move |()| expiries.refetch());
    view! {
        <fieldset>
            <legend class="sr-only">"Chosen expiries"</legend>
            {move || match expiries.get() {
                None => view! { <div class="skeleton-box h-24" aria-hidden="true"></div> }.into_any(),
                Some(Err(problem)) => view! { <ErrorNote what="The expiries could not be read" problem retry/> }.into_any(),
                Some(Ok(expiries)) => view! {
                    <ul class="room-dates">{expiries.into_iter().map(|of| date(chosen, of)).collect::<Vec<_>>()}</ul>
                }.into_any(),
            }}
        </fieldset>
    }
    .into_any()
}

fn date(chosen: Chosen, of: ExpiryShare) -> AnyView {
    let is_chosen = move || chosen.dates.with(|dates| dates.contains(&of.expiry));
    let choose = move |event| {
        let wanted = event_target_checked(&event);
        chosen.dates.update(|dates| {
            dates.retain(|date| *date != of.expiry);
            if wanted {
                dates.push(of.expiry);
            }
        });
    };
    view! {
        <li>
            <label class="flex items-center gap-2 text-sm">
                <input type="checkbox" class="checkbox checkbox-sm" prop:checked=is_chosen on:change=choose/>
                <span class="whitespace-nowrap">{format::day(of.expiry)}</span>
                <span class="ml-auto whitespace-nowrap text-muted">{format!("about {}", format::bytes(of.bytes))}</span>
            </label>
        </li>
    }
    .into_any()
}
