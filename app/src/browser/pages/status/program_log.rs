//! The newest lines of the program's own log, by level and by words. Nothing moves under a reader by itself: the newest
//! are asked for, and a new filter asks by itself.

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::LogQuery;

use super::filter::{Choice, Entry, Filter};
use crate::browser::compiled_once::memo;
use crate::browser::components::ErrorNote;
use crate::drawn::{ProgramLine, ProgramLines};
use crate::rpc;
use crate::rpc::Problem;

/// What can be chosen, and its words.
const LEVELS: [(&str, &str); 4] = [
    ("error", "errors"),
    ("warn", "warnings and errors"),
    ("info", "and what happened"),
    ("debug", "and details"),
];

#[component]
pub(super) fn ProgramLog(opening: ProgramLines) -> impl IntoView {
    let filter = Filter::of_address();
    let query = memo(move || filter.log_query());
    let lines = RwSignal::new(opening);
    let (busy, problem) = (RwSignal::new(false), RwSignal::new(None::<Problem>));
    let read = move || {
        let asked = query.get_untracked();
        busy.set(true);
        spawn_local(async move {
            let answer = rpc::status::log(asked.clone()).await;
            busy.try_set(false);
            // The filter may be another one by now, or the page gone.
            if query.try_get_untracked() != Some(asked) {
                return;
            }
            match answer {
                Ok(fresh) => {
                    problem.try_set(None);
                    lines.try_set(fresh);
                }
                // What is shown stays.
                Err(new) => {
                    problem.try_set(Some(new));
                }
            }
        });
    };
    Effect::new(move |before: Option<LogQuery>| {
        let query = query.get();
        if before.is_some_and(|before| before != query) {
            read();
        }
        query
    });
    let retry = Callback::new(move |()| read());
    let levels = || LEVELS.map(|(level, words)| (level.to_owned(), words.to_owned())).to_vec();
    view! {
        <section class="panel log-panel" aria-labelledby="program-log-title">
            <div class="log-tools">
                <h2 id="program-log-title" class="panel-title">"ExpiryTrack's own log"<span class="font-normal text-muted">" · newest first, times in IST"</span></h2>
                <Choice name="Level" field=filter.level all="Everything" options=levels()/>
                <Entry name="Search the log" field=filter.log class="input input-sm log-find" placeholder="Words or ids"/>
                <button type="button" class="btn btn-sm" disabled=busy on:click=move |_| read()>"Newest"</button>
            </div>
            {move || problem.get().map(|problem| view! {
                <div class="p-4"><ErrorNote what="The log could not be read" problem retry kept="What is shown was read before."/></div>
            })}
            <Lines lines/>
        </section>
    }
    .into_any()
}

#[component]
fn Lines(lines: RwSignal<ProgramLines>) -> impl IntoView {
    let is_empty = memo(move || lines.with(|lines| lines.rows.is_empty()));
    let rows = move || lines.with(|lines| lines.rows.iter().map(row).collect_view());
    let end = move || {
        lines.with(|lines| match lines.has_more {
            true => format!("Older lines are in {}.", lines.folder),
            false => format!("All of it is in {}.", lines.folder),
        })
    };
    view! {
        {move || is_empty.get().then(|| view! { <p class="px-4 py-6 text-sm text-muted">"No line fits."</p> })}
        <div class="log-scroll" role="log" aria-live="off" aria-labelledby="program-log-title" tabindex="0">{rows}</div>
        <p class="px-4 py-2 text-xs break-all text-muted">{end}</p>
    }
    .into_any()
}

fn row(line: &ProgramLine) -> AnyView {
    let ProgramLine { at, level, is_fault, text } = line.clone();
    view! {
        <p class="program-line" class:text-error=is_fault>
            <span class="text-muted">{at}</span>
            <span class="program-level">{level}</span>
            <span class="break-all">{text}</span>
        </p>
    }
    .into_any()
}
