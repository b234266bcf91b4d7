//! A lake that lies at another place now: it is read there once all of it was found there.

use leptos::prelude::*;
use protocol::StorageDeed;

use super::Shown;
use super::work::WorkNote;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{ErrorNote, Select, Show};
use crate::browser::left_texts::kept_text;
use crate::rpc;

#[component]
pub(super) fn Moved(shown: Shown) -> impl IntoView {
    let places = memo(move || {
        shown.page.with(|page| page.lake.places.iter().map(|of| of.place.clone()).collect::<Vec<_>>())
    });
    view! {
        <Show when=move || places.with(|places| !places.is_empty())>
            <Form shown places/>
        </Show>
        <WorkNote shown deed=StorageDeed::MoveLake/>
    }
    .into_any()
}

#[component]
fn Form(shown: Shown, places: Memo<Vec<String>>) -> impl IntoView {
    let chosen = RwSignal::new(None::<String>);
    let from = move || chosen.get().or_else(|| places.with(|places| places.first().cloned()));
    let to = kept_text("lake-to", String::new);
    let move_lake = Action::new(move |(): &()| {
        let from = untrack(from).unwrap_or_default();
        rpc::settled(rpc::storage::move_lake(from, to.get_untracked()))
    });
    effect(move || {
        if let Some(Ok(work)) = move_lake.value().get() {
            let has_ended = work.under_way.is_none();
            let is_done = has_ended && work.last.as_ref().is_some_and(|last| last.problem.is_none());
            shown.begun(work);
            if is_done {
                chosen.set(None);
                to.set(String::new());
            }
            if has_ended {
                shown.read_again();
            }
        }
    });
    let is_busy = memo(move || {
        to.with(|to| to.trim().is_empty()) || shown.page.with(|page| page.work.under_way.is_some())
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        move_lake.dispatch(());
    };
    let options = move || places.get().into_iter().map(|place| (place.clone(), place)).collect::<Vec<_>>();
    view! {
        <details class="mt-3 text-sm">
            <summary class="cursor-pointer">"The lake lies elsewhere now"</summary>
            <form class="panel mt-2 grid gap-3" on:submit=submit autocomplete="off" novalidate>
                <p class="max-w-prose text-muted">
                    "Copy it there first. Everything that was published from here is read there, to the last byte, and only then is it read from there; nothing is copied and nothing removed."
                </p>
                <div>
                    <label class="field-label" for="lake-from">"It was"</label>
                    <Select id="lake-from" class="select select-sm w-full max-w-96" options=Signal::derive(options)
                        chosen=Signal::derive(move || from().unwrap_or_default())
                        choose=Callback::new(move |place| chosen.set(Some(place)))/>
                </div>
                <div>
                    <label class="field-label" for="lake-to">"It lies now in this folder, or s3://BUCKET/PREFIX"</label>
                    <input id="lake-to" type="text" class="input input-sm w-full max-w-96" spellcheck="false"
                        prop:value=to on:input=move |event| to.set(event_target_value(&event))/>
                </div>
                <div>
                    <button type="submit" class="btn btn-sm"
                        disabled=move || is_busy.get() || move_lake.pending().get()>"Read it there"</button>
                </div>
            </form>
        </details>
        <div class="mt-2 empty:hidden" aria-live="polite">
            {move || move_lake.value().get().and_then(Result::err).map(|problem| view! {
                <ErrorNote what="It is read where it was" problem/>
            })}
        </div>
    }
    .into_any()
}
