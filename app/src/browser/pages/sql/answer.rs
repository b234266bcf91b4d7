//! What came of a query: a table in pages, charts, the plan; or a sentence.

use leptos::prelude::*;

use super::Desk;
use super::saving::{SaveMenu, SaveNote};
use crate::browser::components::ErrorNote;
use crate::browser::pages::analysis::plot;
use crate::drawn::sql::{SqlDrawn, SqlOutcome};
use crate::format;

/// Rows of a page of the table.
const PAGE: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Table,
    Chart,
    Plan,
}

#[component]
pub(super) fn Outcome() -> impl IntoView {
    let desk: Desk = expect_context();
    // A query that is changed keeps the form that was chosen.
    let form = RwSignal::new(Form::Table);
    let retry = Callback::new(move |()| desk.run(desk.asked.get_untracked(), false));
    move || {
        match desk.outcome.get() {
        None => ().into_any(),
        Some(Err(problem)) => view! { <div class="mt-3"><ErrorNote what="The query could not be run" problem retry/></div> }.into_any(),
        Some(Ok(SqlOutcome::Refused(sentence))) => {
            view! { <p class="sql-note sql-refused" role="alert">{sentence}</p> }.into_any()
        }
        Some(Ok(SqlOutcome::Asks(sentence))) => view! {
            <div class="sql-note" role="alert">
                <p>{sentence}</p>
                <button type="button" class="btn btn-sm mt-2" on:click=move |_| desk.run(desk.asked.get_untracked(), true)>"Run it all the same"</button>
            </div>
        }
        .into_any(),
        Some(Ok(SqlOutcome::Answer(drawn))) => answered(*drawn, form),
    }
    }
}

fn answered(drawn: SqlDrawn, form: RwSignal<Form>) -> AnyView {
    let (told, more) = (drawn.told.clone(), drawn.more.clone());
    let drawn = StoredValue::new(drawn);
    let choice = move |of: Form, words: &'static str| {
        view! {
            <button type="button" class="segment" class:chosen=move || form.get() == of aria-pressed=move || (form.get() == of).to_string()
                on:click=move |_| form.set(of)>{words}</button>
        }
    };
    view! {
        <section class="panel mt-3" aria-label="Answer">
            <div class="flex flex-wrap items-center gap-2">
                <p class="text-sm tabular-nums" role="status">{told}</p>
                <div class="segments ml-auto" role="group" aria-label="Shown as">
                    {choice(Form::Table, "Table")}{choice(Form::Chart, "Chart")}{choice(Form::Plan, "Plan")}
                </div>
                <SaveMenu/>
            </div>
            <SaveNote/>
            {more.map(|more| view! { <p class="mt-1 text-sm text-muted">{more}</p> })}
            {move || match form.get() {
                Form::Table => table(drawn),
                Form::Chart => charts(drawn),
                Form::Plan => plan(drawn),
            }}
        </section>
    }
    .into_any()
}

fn table(drawn: StoredValue<SqlDrawn>) -> AnyView {
    let (count, columns) = drawn.with_value(|drawn| (drawn.rows.len(), drawn.columns.clone()));
    if count == 0 {
        return view! { <p class="mt-3 text-sm text-muted">"No row fits what was asked. Its columns: "{names(&columns)}"."</p> }.into_any();
    }
    let page = RwSignal::new(0_usize);
    let pages = count.div_ceil(PAGE);
    let head = columns.iter().map(|(name, is_number)| {
        view! { <th scope="col" class:number=*is_number>{name.clone()}</th> }
    });
    let is_number: Vec<bool> = columns.iter().map(|(_, is_number)| *is_number).collect();
    let body = move || {
        let from = page.get() * PAGE;
        let rows = drawn.with_value(|drawn| drawn.rows[from..(from + PAGE).min(count)].to_vec());
        rows.into_iter().map(|row| table_row(row, &is_number)).collect_view()
    };
    let shown = move || {
        let from = page.get() * PAGE;
        format!("Rows {} to {} of {}", from + 1, (from + PAGE).min(count), format::grouped(count as u64))
    };
    view! {
        <div class="table-frame sql-answer mt-3" role="region" aria-label="Rows" tabindex="0">
            <table class="table table-sm">
                <thead><tr>{head.collect_view()}</tr></thead>
                <tbody>{body}</tbody>
            </table>
        </div>
        {(pages > 1).then(|| view! {
            <p class="mt-2 flex items-center gap-2 text-sm tabular-nums">
                <button type="button" class="btn btn-xs" disabled=move || page.get() == 0
                    on:click=move |_| page.update(|page| *page -= 1)>"Before"</button>
                <span role="status">{shown}</span>
                <button type="button" class="btn btn-xs" disabled=move || { page.get() + 1 >= pages }
                    on:click=move |_| page.update(|page| *page += 1)>"Next"</button>
            </p>
        })}
    }
    .into_any()
}

fn names(columns: &[(String, bool)]) -> String {
    columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
}

fn table_row(row: Vec<String>, is_number: &[bool]) -> AnyView {
    let cells = row.into_iter().enumerate().map(|(at, cell)| {
        view! { <td class:number=is_number.get(at).copied().unwrap_or_default()>{cell}</td> }
    });
    view! { <tr>{cells.collect_view()}</tr> }.into_any()
}

fn charts(drawn: StoredValue<SqlDrawn>) -> AnyView {
    let plots = drawn.with_value(|drawn| drawn.plots.clone());
    if plots.is_empty() {
        return view! { <p class="mt-3 text-sm text-muted">"A chart needs two rows and a column of numbers beside the first, which goes across."</p> }.into_any();
    }
    let chart = |of| view! { <div class="sql-chart">{plot::drawn(of)}</div> };
    plots.into_iter().map(chart).collect_view().into_any()
}

fn plan(drawn: StoredValue<SqlDrawn>) -> AnyView {
    let steps = drawn.with_value(|drawn| drawn.plan.clone());
    let step = |(depth, words): (u32, String)| {
        view! { <li style:padding-left=format!("{}rem", depth)>{words}</li> }
    };
    view! {
        <p class="mt-3 text-xs text-muted">"SEARCH finds rows by a key, SCAN goes through all of them. Each step is done for every row of those above it."</p>
        <ol class="sql-plan">{steps.into_iter().map(step).collect_view()}</ol>
    }
    .into_any()
}
