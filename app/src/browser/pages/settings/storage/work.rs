//! What is under way and how the last thing ended, in words; and its end before its end.

use leptos::prelude::*;
use protocol::{StorageDeed, StorageEnd, StorageProgress};

use super::Shown;
use crate::browser::compiled_once::memo;
use crate::browser::components::{ErrorNote, Show};
use crate::browser::live::live;
use crate::format;
use crate::rpc::{self, Problem};

/// Of one deed.
#[component]
pub(super) fn WorkNote(shown: Shown, deed: StorageDeed) -> impl IntoView {
    let under_way =
        memo(move || shown.page.with(|page| page.work.under_way.filter(|under_way| under_way.deed == deed)));
    let last = memo(move || shown.page.with(|page| page.work.last.clone().filter(|last| last.deed == deed)));
    let stop = Action::new(move |(): &()| async move {
        let work = rpc::storage::stop().await?;
        shown.begun(work);
        Ok::<(), Problem>(())
    });
    let may_be_stopped = memo(move || {
        deed != StorageDeed::Backup && under_way.get().is_some_and(|under_way| !under_way.is_stopping)
    });
    view! {
        <Show when=move || under_way.with(Option::is_some)>
            <div class="mt-3 flex flex-wrap items-center gap-3">
                <progress class="progress progress-primary w-48" aria-label="How far it is"
                    max=move || under_way.get().map_or(1, |of| of.total.max(1))
                    prop:value=move || under_way.get().map_or(0.0, |of| of.done as f64)></progress>
                <Show when=move || may_be_stopped.get()>
                    <button type="button" class="btn btn-sm" on:click=move |_| { stop.dispatch(()); }>"Stop"</button>
                </Show>
            </div>
        </Show>
        // What changes every second is told by the bar to who asks it, its end to everybody.
        <p class="text-sm text-muted not-empty:mt-2">
            {move || under_way.get().map(|under_way| progress_words(&under_way))}
        </p>
        <p class="text-sm text-muted not-empty:mt-2" role="status">
            {move || last.get().filter(|_| under_way.with(Option::is_none)).map(|last| end_words(&last))}
        </p>
        {move || stop.value().get().and_then(Result::err).map(|problem| view! {
            <ErrorNote what="It was not told to stop" problem/>
        })}
    }
    .into_any()
}

fn progress_words(of: &StorageProgress) -> String {
    let words = match of.deed {
        StorageDeed::Backup => {
            format!(
                "A backup is being made: {} of about {} written.",
                format::bytes(of.done),
                format::bytes(of.total)
            )
        }
        StorageDeed::Compact => {
            format!("{} of {} came back so far.", format::bytes(of.done), format::bytes(of.total))
        }
        StorageDeed::Prune => format!(
            "{} of {} candles are removed so far.",
            format::grouped(of.done),
            format::grouped(of.total)
        ),
        StorageDeed::Archive => format!(
            "{} of {} candles are moved into the lake so far.",
            format::grouped(of.done),
            format::grouped(of.total)
        ),
        StorageDeed::Unarchive => {
            format!("{} of {} candles are back so far.", format::grouped(of.done), format::grouped(of.total))
        }
        StorageDeed::Publish => format!(
            "{} of about {} candles are published so far.",
            format::grouped(of.done),
            format::grouped(of.total)
        ),
        StorageDeed::VerifyLake | StorageDeed::MoveLake => format!(
            "{} of {} candles are read again so far.",
            format::grouped(of.done),
            format::grouped(of.total)
        ),
    };
    if of.is_stopping { format!("{words} Stopping …") } else { words }
}

fn end_words(of: &StorageEnd) -> String {
    let at = format::moment_seen_from(of.at, live().now().get_untracked());
    let what = match (of.deed, of.done) {
        (StorageDeed::Backup, _) => String::new(),
        (StorageDeed::Compact, 0) => "nothing was free to come back".to_owned(),
        (StorageDeed::Compact, bytes) => format!("{} came back", format::bytes(bytes)),
        (StorageDeed::Prune, candles) => format!("{} candles were removed", format::grouped(candles)),
        (StorageDeed::Archive, candles) => {
            format!("{} candles were moved into the lake", format::grouped(candles))
        }
        (StorageDeed::Unarchive, candles) => format!("{} candles came back", format::grouped(candles)),
        (StorageDeed::Publish, candles) => format!("{} candles were looked at", format::grouped(candles)),
        (StorageDeed::VerifyLake, candles) => format!("{} candles were read again", format::grouped(candles)),
        (StorageDeed::MoveLake, candles) => format!("{} candles were read there", format::grouped(candles)),
    };
    match (&of.problem, of.is_stopped) {
        (Some(problem), _) => format!("{at}: ended before its end, {what}. {}", format::sentence(problem)),
        (None, true) => {
            format!("{at}: stopped, {what}. {}", format::sentence(of.deed.words_once_stopped()))
        }
        (None, false) => format!("{at}: {what}."),
    }
}
