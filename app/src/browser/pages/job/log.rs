//! The log of a job: its newest lines, a filter by level, a search, following, copying. Older lines come
//! from the database on request.

use leptos::html::Div;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::query_signal_with_options;
use protocol::EventLevel;

use super::found_lines::{Found, FoundNote};
use super::log_lines::{LogLines, as_text, passing};
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{CopyButton, ErrorNote, Show};
use crate::browser::live::JobFeed;
use crate::format;
use crate::rpc;

const LEVELS: [(&str, &str); 5] =
    [("", "All"), ("info", "Info"), ("success", "Success"), ("warning", "Warnings"), ("error", "Errors")];

/// Which lines are shown: part of the address, so that a view can be reloaded and sent.
#[derive(Clone, Copy)]
pub(super) struct Filter {
    level: Memo<Option<String>>,
    find: Memo<Option<String>>,
}

impl Filter {
    pub(super) fn level(self) -> Option<EventLevel> {
        let level = self.level.get()?;
        level.parse().ok()
    }

    pub(super) fn find(self) -> String {
        self.find.get().unwrap_or_default().trim().to_ascii_lowercase()
    }
}

#[component]
pub(super) fn LogPanel(feed: JobFeed, first_event: i64) -> impl IntoView {
    let options = || NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
    let (level, set_level) = query_signal_with_options::<String>("level", options());
    let (find, set_find) = query_signal_with_options::<String>("find", options());
    let filter = Filter { level, find };
    let found = Found::of(feed, filter, first_event);
    let follow = RwSignal::new(true);
    let window = NodeRef::<Div>::new();
    let as_it_is_shown = move |()| {
        untrack(|| passing(feed, filter, found)).iter().map(|line| as_text(line)).collect::<String>()
    };
    view! {
        <section class="panel log-panel" aria-labelledby="log-title">
            <div class="log-tools">
                <h2 id="log-title" class="panel-title">"Log" <span class="font-normal text-muted">" · times in IST"</span></h2>
                <LevelChoice level set_level/>
                <label class="input input-sm log-find">
                    <span class="sr-only">"Search the log"</span>
                    <input type="search" placeholder="Search" autocomplete="off" spellcheck="false"
                        value=find.get_untracked() prop:value=move || find.get().unwrap_or_default()
                        on:input=move |event| set_find.set(Some(event_target_value(&event)).filter(|text| !text.is_empty()))/>
                </label>
                <FollowButton follow window/>
                <CopyButton text=as_it_is_shown said="The lines are copied"/>
            </div>
            <div class="log" tabindex="0" role="log" aria-live="off" aria-labelledby="log-title" node_ref=window
                on:scroll=move |_| follow.set(is_at_end(window))>
                <div>
                    <OlderLines feed first_event/>
                    <FoundNote found/>
                    <LogLines feed filter found/>
                </div>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn LevelChoice(level: Memo<Option<String>>, set_level: SignalSetter<Option<String>>) -> impl IntoView {
    let radio = move |word: &'static str, name: &'static str| {
        let is_chosen = move || level.with(|level| level.as_deref().unwrap_or_default() == word);
        let choose = move |_| set_level.set(Some(word.to_owned()).filter(|word| !word.is_empty()));
        view! {
            <input type="radio" name="log-level" class="join-item btn btn-sm" aria-label=name value=word
                checked=is_chosen prop:checked=is_chosen on:change=choose/>
        }
    };
    view! {
        <div class="join" role="radiogroup" aria-label="Lines to show">
            {LEVELS.into_iter().map(|(word, name)| radio(word, name)).collect_view()}
        </div>
    }
    .into_any()
}

/// The end of the log stays in view while this is on. Scrolling away turns it off, back to the end on.
#[component]
fn FollowButton(follow: RwSignal<bool>, window: NodeRef<Div>) -> impl IntoView {
    let toggle = move |_| {
        let Some(window) = window.get_untracked() else { return };
        // The log grows from its end upwards: nought is the end, and one line back is no longer following.
        window.set_scroll_top(if follow.get_untracked() { -24 } else { 0 });
        follow.update(|follow| *follow = !*follow);
    };
    view! {
        <button type="button" class="btn btn-sm" aria-pressed=move || follow.get().to_string() on:click=toggle>
            {move || if follow.get() { "Following" } else { "Follow" }}
        </button>
    }
    .into_any()
}

fn is_at_end(window: NodeRef<Div>) -> bool {
    const CLOSE_ENOUGH: i32 = 4;
    window.get_untracked().is_none_or(|window| window.scroll_top().abs() <= CLOSE_ENOUGH)
}

/// What came before the first line: more from the database, or the beginning.
#[component]
fn OlderLines(feed: JobFeed, first_event: i64) -> impl IntoView {
    let load =
        Action::new(move |()| rpc::jobs::older_events(feed.id, feed.log.with_untracked(|log| log.first())));
    effect(move || {
        if let Some(Ok(events)) = load.value().get() {
            feed.log.update(|log| log.prepend(events));
        }
    });
    let has_older = memo(move || feed.log.with(|log| !log.is_empty() && log.first() > first_event));
    let retry = Callback::new(move |()| drop(load.dispatch(())));
    view! {
        <Show when=move || has_older.get()>
            <p class="log-older">
                "Older lines are in the database. "
                <button type="button" class="link" disabled=move || load.pending().get() on:click=move |_| { load.dispatch(()); }>
                    {move || if load.pending().get() { "Reading…" } else { "Show older lines" }}
                </button>
            </p>
        </Show>
        {move || load.value().get().and_then(Result::err).map(|problem| view! {
            <ErrorNote what="Older lines could not be read" problem retry/>
        })}
        <Show when=move || feed.log.with(|log| log.is_empty())>
            <p class="log-older">"Nothing has happened yet."</p>
        </Show>
        <Show when=move || !has_older.get() && feed.log.with(|log| log.len() > 1)>
            <p class="log-older">{move || format::counted(feed.log.with(|log| log.len()) as u64, "line", "lines")} " from the beginning"</p>
        </Show>
    }
    .into_any()
}
