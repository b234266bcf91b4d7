//! What a filter finds in the part of the log that the page has not loaded: the database is asked for it, a part of the
//! log at a time, and goes on with the next when a person wants it.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::{EVENTS_LOOKED_AT_MAX, EventLevel, JobEvent, SearchedEvents};

use super::log::Filter;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{ErrorNote, Show};
use crate::browser::latest::Latest;
use crate::browser::live::JobFeed;
use crate::format;
use crate::rpc::{self, Problem};

/// What all parts together found so far.
#[derive(Clone, Debug, Default, PartialEq)]
struct Searched {
    parts: u64,
    /// Oldest first.
    events: Vec<JobEvent>,
    /// The event before which the search goes on; none where it came to the beginning of the log.
    to: Option<i64>,
}

/// Copies share everything.
#[derive(Clone, Copy)]
pub(super) struct Found {
    feed: JobFeed,
    /// Level and words of the filter, where there are older lines that it may let pass.
    wanted: Memo<Option<(Option<EventLevel>, String)>>,
    searched: RwSignal<Searched>,
    is_searching: RwSignal<bool>,
    problem: RwSignal<Option<Problem>>,
    /// The answer of an older filter is nobody's.
    searches: Latest,
}

impl Found {
    /// Asks whenever the filter changes and there are lines before the loaded ones.
    pub(super) fn of(feed: JobFeed, filter: Filter, first_event: i64) -> Self {
        let has_older = memo(move || feed.log.with(|log| !log.is_empty() && log.first() > first_event));
        let wanted = memo(move || {
            let (level, find) = (filter.level(), filter.find());
            (has_older.get() && (level.is_some() || !find.is_empty())).then_some((level, find))
        });
        let found = Self {
            feed,
            wanted,
            searched: RwSignal::new(Searched::default()),
            is_searching: RwSignal::new(false),
            problem: RwSignal::new(None),
            searches: Latest::new(),
        };
        effect(move || found.begin(wanted.with(Option::is_some)));
        found
    }

    /// Anew, before the lines that are loaded, where anything is wanted.
    fn begin(self, is_wanted: bool) {
        self.searches.next();
        self.is_searching.set(false);
        self.problem.set(None);
        let to = self.feed.log.with_untracked(|log| log.first());
        self.searched.set(Searched { to: is_wanted.then_some(to), ..Searched::default() });
        self.go_on();
    }

    /// The next part, before what was searched so far.
    fn go_on(self) {
        let to = self.searched.with_untracked(|searched| searched.to);
        let (Some(before), Some((level, find))) = (to, self.wanted.get_untracked()) else { return };
        self.problem.set(None);
        self.is_searching.set(true);
        let search = self.searches.next();
        spawn_local(async move {
            let answer = rpc::jobs::search_events(self.feed.id, before, level, find).await;
            // The page may be gone, and the filter another one.
            if !search.is_latest() {
                return;
            }
            match answer {
                Ok(part) => self.searched.update(|searched| searched.take(part)),
                Err(problem) => self.problem.set(Some(problem)),
            }
            self.is_searching.set(false);
        });
    }

    /// Whether nothing is left to be searched.
    pub(super) fn has_ended(self) -> bool {
        self.searched.with(|searched| searched.to.is_none())
    }

    /// Oldest first, without what is loaded meanwhile.
    pub(super) fn lines(self) -> Vec<Arc<JobEvent>> {
        let loaded = self.feed.log.with(|log| log.first());
        self.searched.with(|searched| {
            let events = searched.events.iter().filter(|event| event.id < loaded);
            events.map(|event| Arc::new(event.clone())).collect()
        })
    }

    /// How the search went, in words.
    fn words(self) -> String {
        if self.is_searching.get() {
            return "Searching older lines…".to_owned();
        }
        if self.problem.with(Option::is_some) {
            return String::new();
        }
        let (parts, count, has_ended) = self
            .searched
            .with(|searched| (searched.parts, searched.events.len() as u64, searched.to.is_none()));
        match count {
            _ if has_ended => {
                let count = self.lines().len() as u64;
                format!("{} older, found in all of the log", format::counted(count, "line", "lines"))
            }
            0 => {
                let looked_at = format::grouped(parts * EVENTS_LOOKED_AT_MAX as u64);
                format!("Nothing in the newest {looked_at} of the older lines:")
            }
            count => {
                format!("The newest {} of the older lines that pass the filter:", format::grouped(count))
            }
        }
    }

    /// Whether a part was searched and another one is left.
    fn has_next_part(self) -> bool {
        self.searched.with(|searched| searched.parts > 0 && searched.to.is_some())
            && self.problem.with(Option::is_none)
    }
}

impl Searched {
    /// The part before.
    fn take(&mut self, SearchedEvents { mut events, searched_to }: SearchedEvents) {
        events.append(&mut self.events);
        *self = Self { parts: self.parts + 1, events, to: searched_to };
    }
}

/// How the search of older lines went, and its next part.
#[component]
pub(super) fn FoundNote(found: Found) -> impl IntoView {
    let go_on = Callback::new(move |()| found.go_on());
    view! {
        <Show when=move || found.wanted.with(Option::is_some)>
            <p class="log-older">
                <span role="status">{move || found.words()}</span>
                <Show when=move || found.has_next_part()>
                    " "
                    <button type="button" class="link" disabled=move || found.is_searching.get() on:click=move |_| found.go_on()>
                        "Search further back"
                    </button>
                </Show>
            </p>
        </Show>
        {move || found.problem.get().map(|problem| view! {
            <ErrorNote what="Older lines could not be searched" problem retry=go_on/>
        })}
    }
    .into_any()
}
