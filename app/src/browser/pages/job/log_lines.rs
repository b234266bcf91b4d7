//! The lines of the log that pass its filter, below the day of which they are. Level is told by its word as well as by its
//! colour.

use std::sync::Arc;

use leptos::prelude::*;
use protocol::JobEvent;

use super::found_lines::Found;
use super::log::Filter;
use crate::browser::compiled_once::memo;
use crate::browser::components::Show;
use crate::browser::live::JobFeed;
use crate::format;

/// The lines that pass: older ones that were found, then those that are loaded.
pub(super) fn passing(feed: JobFeed, filter: Filter, found: Found) -> Vec<Arc<JobEvent>> {
    let (level, find) = (filter.level(), filter.find());
    let mut lines = found.lines();
    feed.log.with(|log| lines.extend(log.lines().filter(|line| line.passes(level, &find)).cloned()));
    lines
}

#[component]
pub(super) fn LogLines(feed: JobFeed, filter: Filter, found: Found) -> impl IntoView {
    let shown = move || passing(feed, filter, found);
    let none_found =
        memo(move || feed.log.with(|log| !log.is_empty()) && found.has_ended() && shown().is_empty());
    view! {
        <Show when=move || none_found.get()>
            <p class="log-older">"No line passes the filter."</p>
        </Show>
        <ol class="log-lines">
            <For each=move || with_days(shown()) key=|(line, begins)| (line.id, *begins) let((line, begins))>
                <LogLine line begins/>
            </For>
        </ol>
    }
    .into_any()
}

/// Each line, and whether it is the first of its day.
fn with_days(lines: Vec<Arc<JobEvent>>) -> Vec<(Arc<JobEvent>, bool)> {
    let mut before = None;
    let begins = |line: Arc<JobEvent>| {
        let begins = before.replace(line.at.day()) != Some(line.at.day());
        (line, begins)
    };
    lines.into_iter().map(begins).collect()
}

#[component]
fn LogLine(line: Arc<JobEvent>, begins: bool) -> impl IntoView {
    view! {
        {begins.then(|| view! { <li class="log-older">{format::day(line.at.day())}</li> })}
        <li class="log-line" data-level=line.level.as_str()>
            <span class="log-time">{format::time_with_seconds(line.at)}</span>
            <span class="log-level">{line.level.as_str()}</span>
            <span class="log-message">{line.message.clone()}</span>
        </li>
    }
}

/// A line as it is copied: `2025-08-28 18:42:07 IST  error  …`.
pub(super) fn as_text(line: &JobEvent) -> String {
    format!("{} IST  {:<7}  {}\n", line.at.to_ist_text(), line.level.as_str(), line.message)
}
