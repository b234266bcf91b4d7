//! The lines of the log that pass its filter. Level is told by its word as well as by its colour.

use std::sync::Arc;

use leptos::prelude::*;
use protocol::{EventLevel, JobEvent};

use super::log::Filter;
use crate::browser::compiled_once::memo;
use crate::browser::components::Show;
use crate::browser::live::JobFeed;
use crate::format;

#[component]
pub(super) fn LogLines(feed: JobFeed, filter: Filter) -> impl IntoView {
    let shown = move || {
        let (level, find) = (filter.level(), filter.find());
        feed.log
            .with(|log| log.lines().filter(|line| is_shown(line, level, &find)).cloned().collect::<Vec<_>>())
    };
    let none_found = memo(move || {
        let (level, find) = (filter.level(), filter.find());
        feed.log.with(|log| !log.is_empty() && !log.lines().any(|line| is_shown(line, level, &find)))
    });
    view! {
        <Show when=move || none_found.get()>
            <p class="log-older">"No line here passes the filter."</p>
        </Show>
        <ol class="log-lines">
            <For each=shown key=|line| line.id let:line>
                <LogLine line/>
            </For>
        </ol>
    }
    .into_any()
}

#[component]
fn LogLine(line: Arc<JobEvent>) -> impl IntoView {
    view! {
        <li class="log-line" data-level=line.level.as_str()>
            <span class="log-time" title=format::moment(line.at)>{format::time_with_seconds(line.at)}</span>
            <span class="log-level">{line.level.as_str()}</span>
            <span class="log-message">{line.message.clone()}</span>
        </li>
    }
}

/// Whether a line has the level, where one is chosen, and contains `find`, which is in small letters.
pub(super) fn is_shown(line: &JobEvent, level: Option<EventLevel>, find: &str) -> bool {
    level.is_none_or(|level| line.level == level)
        && (find.is_empty() || line.message.to_ascii_lowercase().contains(find))
}

/// A line as it is copied: `2025-08-28 18:42:07 IST  error  …`.
pub(super) fn as_text(line: &JobEvent) -> String {
    format!("{} IST  {:<7}  {}\n", line.at.to_ist_text(), line.level.as_str(), line.message)
}
