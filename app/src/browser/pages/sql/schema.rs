//! The tables that can be read, with what their columns mean. A click puts a name into the query.

use leptos::prelude::*;
use protocol::{SqlTable, SqlTableColumn};

#[component]
pub(super) fn Tables(tables: Vec<SqlTable>, insert: RwSignal<Option<String>>) -> impl IntoView {
    view! {
        <aside class="panel sql-tables" aria-labelledby="sql-tables">
            <h2 id="sql-tables" class="panel-title">"Tables"</h2>
            <p class="text-xs text-muted">
                "A key or a trading symbol, and a range of "<code>"epoch"</code>", find rows at once. A condition on "
                <code>"timestamp"</code>", which is text, reads every row; how much that is, is told before it runs."
            </p>
            {tables.into_iter().map(|of| table(of, insert)).collect_view()}
        </aside>
    }
    .into_any()
}

fn name(name: String, insert: RwSignal<Option<String>>) -> AnyView {
    let (label, inserted) = (format!("Insert {name}"), name.clone());
    view! {
        <button type="button" class="sql-name" aria-label=label on:click=move |_| insert.set(Some(inserted.clone()))>{name}</button>
    }
    .into_any()
}

fn table(SqlTable { name: of, meaning, columns }: SqlTable, insert: RwSignal<Option<String>>) -> AnyView {
    let column = move |SqlTableColumn { name: of, meaning }: SqlTableColumn| {
        view! { <div><dt>{name(of, insert)}</dt><dd>{meaning}</dd></div> }
    };
    view! {
        <details class="sql-table">
            <summary><strong>{of.clone()}</strong><span>{meaning}</span></summary>
            <p class="text-xs">{name(of, insert)}</p>
            <dl>{columns.into_iter().map(column).collect_view()}</dl>
        </details>
    }
    .into_any()
}
