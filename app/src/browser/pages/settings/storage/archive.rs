//! What leaves the database because a lake has it: a look that comes first, what lies in the lake alone, and its way back.

use leptos::prelude::*;
use market::InstrumentKey;
use protocol::{StorageDeed, StorageWork};

use super::Shown;
use super::lake::Underlyings;
use super::work::WorkNote;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{ErrorNote, Select, Show};
use crate::drawn::{ArchiveLook, ArchivedRow};
use crate::rpc;

#[component]
pub(super) fn Archive(shown: Shown) -> impl IntoView {
    let first =
        shown.page.with_untracked(|page| page.storage.shares.first().map(|of| of.underlying.key.clone()));
    let underlying = RwSignal::new(first);
    let lake = RwSignal::new(None);
    let look = Action::new(move |underlying: &InstrumentKey| {
        rpc::settled(rpc::archive::preview(underlying.clone(), lake.get_untracked()))
    });
    // What was looked at is of no more use once something else is chosen.
    effect(move || {
        let _ = (underlying.get(), lake.get());
        look.value().set(None);
    });
    let is_busy = memo(move || shown.page.with(|page| page.work.under_way.is_some()));
    let look_at = move || {
        if let Some(underlying) = underlying.get_untracked() {
            look.dispatch(underlying);
        }
    };
    let look_again = Callback::new(move |()| look_at());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        look_at();
    };
    view! {
        <section aria-labelledby="archive-title" id="archive">
            <div class="section-head"><h2 id="archive-title">"In the lake alone"</h2></div>
            <p class="mb-3 max-w-prose text-sm text-muted">
                "What is published as it is stored here can leave the database. Charts, chains, files and REST read it from the lake then, the same to the last digit, and nothing of it is asked of Upstox again."
            </p>
            <Show when=move || shown.page.with(|page| !page.storage.shares.is_empty())>
                <form class="panel" on:submit=submit autocomplete="off" novalidate>
                    <Underlyings shown underlying id="archive-underlying"/>
                    <Lakes shown lake/>
                    <button type="submit" class="btn btn-sm mt-3"
                        disabled=move || is_busy.get() || look.pending().get()>"Show what would leave"</button>
                </form>
            </Show>
            <div class="mt-3 empty:hidden" aria-live="polite">
                {move || look.value().get().map(|looked| match (looked, underlying.get_untracked()) {
                    (Ok(look_at), Some(underlying)) => view! {
                        <Look shown look=look_at underlying lake=lake.get_untracked() done=Callback::new(move |()| look.value().set(None))/>
                    }.into_any(),
                    (Err(problem), _) => view! { <ErrorNote what="Nothing can leave" problem retry=look_again/> }.into_any(),
                    (Ok(_), None) => ().into_any(),
                })}
            </div>
            <WorkNote shown deed=StorageDeed::Archive/>
            <Archived shown is_busy/>
            <WorkNote shown deed=StorageDeed::Unarchive/>
        </section>
    }
    .into_any()
}

/// Which lake, where something lies in several.
#[component]
fn Lakes(shown: Shown, lake: RwSignal<Option<String>>) -> impl IntoView {
    let places = memo(move || {
        shown.page.with(|page| page.lake.places.iter().map(|of| of.place.clone()).collect::<Vec<_>>())
    });
    let options = move || {
        let none = (String::new(), "The one that has each; of several that of the settings".to_owned());
        let places = places.get().into_iter().map(|place| (place.clone(), place));
        [none].into_iter().chain(places).collect::<Vec<_>>()
    };
    view! {
        <Show when=move || places.with(|places| places.len() > 1)>
            <div class="mt-3">
                <label class="field-label" for="archive-lake">"Lake that has them alone then"</label>
                <Select id="archive-lake" class="select select-sm w-full max-w-80" options=Signal::derive(options)
                    chosen=Signal::derive(move || lake.get().unwrap_or_default())
                    choose=Callback::new(move |chosen: String| lake.set((!chosen.is_empty()).then_some(chosen)))/>
            </div>
        </Show>
    }
    .into_any()
}

/// A deed that has begun, or has ended already.
fn began(shown: Shown, work: StorageWork) {
    let has_ended = work.under_way.is_none();
    shown.begun(work);
    if has_ended {
        shown.read_again();
    }
}

#[component]
fn Look(
    shown: Shown,
    look: ArchiveLook,
    underlying: InstrumentKey,
    lake: Option<String>,
    done: Callback<()>,
) -> impl IntoView {
    let ArchiveLook { title, what, lines, expiries, deed, token } = look;
    let archive = Action::new(move |(): &()| {
        rpc::settled(rpc::archive::archive(underlying.clone(), lake.clone(), token.clone()))
    });
    effect(move || {
        if let Some(Ok(work)) = archive.value().get() {
            began(shown, work);
            done.run(());
        }
    });
    // The keyboard goes on where the answer is.
    let heading = NodeRef::<leptos::html::H3>::new();
    effect(move || {
        if let Some(heading) = heading.get() {
            // It fails only where the heading is not shown any more.
            let _ = heading.focus();
        }
    });
    let items = |of: Vec<String>| {
        of.into_iter().map(|line| view! { <li class="wrap-anywhere">{line}</li> }).collect::<Vec<_>>()
    };
    view! {
        <div class="notice notice-warning">
            <div class="min-w-0">
                <h3 node_ref=heading tabindex="-1" class="text-sm font-semibold">{title}</h3>
                <p class="mt-1">{what}</p>
                <ul class="mt-2 grid list-disc gap-1 pl-5">{items(lines)}</ul>
                <details class="mt-2">
                    <summary class="cursor-pointer">"Expiries and their files"</summary>
                    <ul class="mt-1 grid gap-1">{items(expiries)}</ul>
                </details>
            </div>
            <div class="flex flex-wrap gap-2">
                // The harmless answer comes first.
                <button type="button" class="btn btn-sm" on:click=move |_| done.run(())>"Keep them here"</button>
                <button type="button" class="btn btn-primary btn-sm" disabled=archive.pending()
                    on:click=move |_| { archive.dispatch(()); }>{deed}</button>
            </div>
            <div class="basis-full empty:hidden" aria-live="polite">
                {move || archive.value().get().and_then(Result::err).map(|problem| view! {
                    <ErrorNote what="Nothing was moved" problem/>
                })}
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn Archived(shown: Shown, is_busy: Memo<bool>) -> impl IntoView {
    let back = Action::new(|of: &ArchivedRow| {
        rpc::settled(rpc::archive::unarchive(of.underlying.clone(), of.expiry))
    });
    effect(move || {
        if let Some(Ok(work)) = back.value().get() {
            began(shown, work);
        }
    });
    let row = move |of: &ArchivedRow| {
        let of = of.clone();
        let label = format!("Bring {} back", of.name);
        view! {
            <li class="flex flex-wrap items-center gap-x-3 gap-y-1">
                <span class="whitespace-nowrap font-medium">{of.name.clone()}</span>
                <span class="whitespace-nowrap text-muted">{of.candles.clone()}</span>
                <button type="button" class="btn btn-xs ml-auto" aria-label=label
                    disabled=move || is_busy.get() || back.pending().get()
                    on:click={let of = of.clone(); move |_| { back.dispatch(of.clone()); }}>"Bring back"</button>
                <span class="basis-full wrap-anywhere text-xs text-muted">{of.file.clone()}</span>
            </li>
        }
        .into_any()
    };
    view! {
        <ul class="mt-3 grid gap-3 text-sm empty:hidden">
            {move || shown.page.with(|page| page.archived.iter().map(row).collect::<Vec<_>>())}
        </ul>
        <div class="empty:hidden" aria-live="polite">
            {move || back.value().get().and_then(Result::err).map(|problem| view! {
                <ErrorNote what="It could not be brought back" problem/>
            })}
        </div>
    }
    .into_any()
}
