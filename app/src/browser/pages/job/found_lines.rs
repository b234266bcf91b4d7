//! What a filter finds in the part of the log that the page has not loaded: the database is asked for it.

use std::sync::Arc;

use leptos::prelude::*;
use protocol::{FoundEvents, JobEvent};

use super::log::Filter;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{ErrorNote, Show};
use crate::browser::live::JobFeed;
use crate::format;
use crate::rpc;

/// Copies share everything.
#[derive(Clone, Copy)]
pub(super) struct Found {
    feed: JobFeed,
    is_wanted: Memo<bool>,
    answer: RwSignal<FoundEvents>,
    resource: Resource<rpc::Answer<FoundEvents>>,
}

impl Found {
    /// Asks whenever the filter changes and there are lines before the loaded ones.
    pub(super) fn of(feed: JobFeed, filter: Filter, first_event: i64) -> Self {
        let has_older = memo(move || feed.log.with(|log| !log.is_empty() && log.first() > first_event));
        let is_wanted =
            memo(move || has_older.get() && (filter.level().is_some() || !filter.find().is_empty()));
        let resource = Resource::new(
            move || is_wanted.get().then(|| (filter.level(), filter.find())),
            move |wanted| async move {
                let Some((level, find)) = wanted else { return Ok(FoundEvents::default()) };
                let before = feed.log.with_untracked(|log| log.first());
                rpc::jobs::find_events(feed.id, before, level, find).await
            },
        );
        let answer = RwSignal::new(FoundEvents::default());
        effect(move || {
            if let Some(found) = resource.get() {
                answer.set(found.unwrap_or_default());
            }
        });
        Self { feed, is_wanted, answer, resource }
    }

    /// Oldest first, without what is loaded meanwhile.
    pub(super) fn lines(self) -> Vec<Arc<JobEvent>> {
        let loaded = self.feed.log.with(|log| log.first());
        self.answer.with(|found| {
            found
                .events
                .iter()
                .filter(|event| event.id < loaded)
                .map(|event| Arc::new(event.clone()))
                .collect()
        })
    }
}

/// How the search of older lines went.
#[component]
pub(super) fn FoundNote(found: Found) -> impl IntoView {
    let words = move || match found.resource.get() {
        None => "Searching older lines…".to_owned(),
        Some(Ok(FoundEvents { events, has_more: true })) => {
            format!(
                "The newest {} of the older lines that pass the filter",
                format::grouped(events.len() as u64)
            )
        }
        Some(Err(_)) => String::new(),
        Some(Ok(_)) => {
            let count = found.lines().len() as u64;
            format!("{} older, found in all of the log", format::counted(count, "line", "lines"))
        }
    };
    let retry = Callback::new(move |()| found.resource.refetch());
    let problem = move || found.resource.get().and_then(Result::err);
    view! {
        <Show when=move || found.is_wanted.get()>
            <p class="log-older" role="status">{words}</p>
        </Show>
        {move || problem().map(|problem| view! { <ErrorNote what="Older lines could not be searched" problem retry/> })}
    }
    .into_any()
}
