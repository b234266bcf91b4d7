//! What the columns of a table mean, under it: a pointer that rests on a heading is not everybody's.

use leptos::prelude::*;

/// The headings, and what each means.
#[component]
pub fn ColumnWords(columns: Vec<(&'static str, &'static str)>) -> impl IntoView {
    let column = |(label, words)| view! { <div><dt>{label}</dt><dd>{words}</dd></div> };
    view! {
        <details class="column-words">
            <summary>"What the columns mean"</summary>
            <dl>{columns.into_iter().map(column).collect_view()}</dl>
        </details>
    }
    .into_any()
}
