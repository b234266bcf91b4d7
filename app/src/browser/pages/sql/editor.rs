//! The editor, with queries to begin with. What is written and not run is kept while other pages are shown.

use leptos::ev::KeyboardEvent;
use leptos::html::Textarea;
use leptos::prelude::*;
use protocol::UsefulQuery;

use super::{Desk, address_of};
use crate::browser::compiled_once::{effect, memo};
use crate::browser::keys::{Binding, Chord, KeySection, Press, list_keys, meaning};
use crate::browser::left_texts::{LeftTexts, follow};
use crate::browser::live::live;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Run,
    Stop,
}

const KEYS: [Binding<Meaning>; 2] = [
    Binding { chords: &[Chord::command("Enter")], words: "Run the query", meaning: Meaning::Run },
    Binding { chords: &[Chord::of("Escape")], words: "Stop the query", meaning: Meaning::Stop },
];

#[component]
pub(super) fn Editor(insert: RwSignal<Option<String>>, queries: Vec<UsefulQuery>) -> impl IntoView {
    let desk: Desk = expect_context();
    let area = NodeRef::<Textarea>::new();
    list_keys(KeySection::of("SQL", &KEYS));
    let is_running = memo(move || desk.running.with(Option::is_some));
    let written = written(desk.asked);
    let is_blank = memo(move || written.with(|sql| sql.trim().is_empty()));
    let run = move || {
        if !is_blank.get_untracked() {
            desk.go.run(written.get_untracked());
        }
    };
    let press = move |event: KeyboardEvent| {
        let Some(meaning) = Press::of(&event).and_then(|press| meaning(&KEYS, &press)) else { return };
        match meaning {
            Meaning::Run => run(),
            Meaning::Stop if is_running.get_untracked() => desk.stop(),
            Meaning::Stop => return,
        }
        event.prevent_default();
    };
    // What is chosen beside the editor goes where the caret stands.
    effect(move || {
        let Some(text) = insert.get() else { return };
        if let Some(area) = area.get_untracked() {
            let start = area.selection_start().ok().flatten().unwrap_or(0);
            let _ = area.set_range_text(&text);
            let end = start + u32::try_from(text.encode_utf16().count()).unwrap_or(0);
            let _ = area.set_selection_range(end, end);
            let _ = area.focus();
            written.set(area.value());
        }
        insert.set(None);
    });
    let rows = move || desk.asked.with(|sql| sql.lines().count()).clamp(6, 16).to_string();
    let elapsed = move || {
        let began = desk.running.with(|running| running.as_ref().map(|(_, began)| *began))?;
        Some(format!("Running for {} s", (live().now().get().0 - began).max(0)))
    };
    view! {
        <section class="panel sql-editor" aria-label="Query">
            <textarea node_ref=area class="sql-text" rows=rows wrap="off" spellcheck="false" autocapitalize="off" autocomplete="off"
                aria-label="SQL" placeholder="SELECT …" prop:value=written
                on:input=move |event| written.set(event_target_value(&event)) on:keydown=press></textarea>
            <div class="mt-2 flex flex-wrap items-center gap-2">
                <button type="button" class="btn btn-primary btn-sm" disabled=move || is_running.get() || is_blank.get() on:click=move |_| run()>"Run"</button>
                {move || is_running.get().then(|| view! {
                    <button type="button" class="btn btn-sm" on:click=move |_| desk.stop()>"Stop"</button>
                })}
                {move || (is_blank.get() && !is_running.get()).then(|| view! {
                    <p class="text-sm text-muted">"Write a query, or choose one below."</p>
                })}
                // Told once to who hears it, and counted for who sees it.
                <p class="text-sm text-muted" aria-hidden="true">{elapsed}</p>
                <p class="sr-only" role="status">{move || is_running.get().then_some("The query is running")}</p>
                <p class="ml-auto text-xs text-muted">"Read only · 30 s · 10,000 rows"</p>
            </div>
        </section>
        <details class="sql-queries" open=move || desk.asked.with(|sql| sql.is_empty())>
            <summary>"Queries to begin with"</summary>
            <ul>{queries.into_iter().map(query).collect_view()}</ul>
        </details>
    }
    .into_any()
}

/// The field of the editor among what is left behind.
const FIELD: &str = "sql";

/// What stands in the editor: the query of the address; where that has none, what was left here.
fn written(asked: Memo<String>) -> RwSignal<String> {
    let left = LeftTexts::of_document();
    let opening = asked.get_untracked();
    let unfinished = left.take(FIELD).unwrap_or_default();
    let written = RwSignal::new(if opening.is_empty() { unfinished } else { opening });
    follow(written, asked);
    on_cleanup(move || {
        let text = written.get_untracked();
        if !text.trim().is_empty() && text != asked.get_untracked() {
            left.leave(FIELD, text);
        }
    });
    written
}

fn query(UsefulQuery { title, sentence, sql, .. }: UsefulQuery) -> AnyView {
    view! { <li><a href=address_of(&sql) data-noscroll="true">{title}</a><span>{sentence}</span></li> }
        .into_any()
}
