//! Compacting: room that is free within the database goes back to the disk.

use leptos::prelude::*;
use protocol::StorageDeed;

use super::Shown;
use super::work::WorkNote;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::ErrorNote;
use crate::format;
use crate::rpc;

#[component]
pub(super) fn Compact(shown: Shown) -> impl IntoView {
    let compact = Action::new(|(): &()| rpc::settled(rpc::storage::compact()));
    effect(move || {
        if let Some(Ok(work)) = compact.value().get() {
            let has_ended = work.under_way.is_none();
            shown.begun(work);
            if has_ended {
                shown.read_again();
            }
        }
    });
    let free = memo(move || shown.page.with(|page| page.storage.free_bytes));
    let is_busy = memo(move || shown.page.with(|page| page.work.under_way.is_some()));
    view! {
        <section aria-labelledby="compact-title">
            <div class="section-head"><h2 id="compact-title">"Compact"</h2></div>
            <p class="mb-3 max-w-prose text-sm text-muted">
                {move || match free.get() {
                    0 => "Nothing is free within the database. After pruning, this gives the room back to the disk.".to_owned(),
                    bytes => format!(
                        "{} within the database hold nothing any more. What is collected next takes them; compacting gives them back to the disk. Jobs and pages go on meanwhile.",
                        format::bytes(bytes)
                    ),
                }}
            </p>
            <button type="button" class="btn btn-sm"
                disabled=move || free.get() == 0 || is_busy.get() || compact.pending().get()
                on:click=move |_| { compact.dispatch(()); }>"Compact now"</button>
            <WorkNote shown deed=StorageDeed::Compact/>
            <div class="mt-2 empty:hidden" aria-live="polite">
                {move || compact.value().get().and_then(Result::err).map(|problem| view! {
                    <ErrorNote what="Compacting did not begin" problem/>
                })}
            </div>
        </section>
    }
    .into_any()
}
