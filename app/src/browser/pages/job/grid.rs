//! The grid of a job's contracts: a strip for each expiry, thin and with its counts, and the one that is worked
//! on open. A person may open another one; then the grid stays there until it is closed.
//!
//! In the open one every contract is a small cell, calls over puts, one column a strike, the future first. A
//! cell's state is told by its pattern as well as by its colour, and in words: to who points at it, to a screen
//! reader, and in a list to everybody. Every cell is a link; one stop of the Tab key leads in, the arrow keys on.
//! Cells are plain elements, drawn from what was read last; none listens to a signal of its own.

use leptos::ev::{FocusEvent, KeyboardEvent, MouseEvent};
use leptos::prelude::*;

use super::cell_keys::{KEYS, go_on, tell};
use super::watch::Watch;
use crate::browser::keys::{KeySection, list_keys};
use crate::drawn::{Cell, Column, Strip};
use crate::rpc::jobs::EXPIRIES_A_PAGE;

/// The parts of a strip's bar.
const PARTS: [&str; 4] = ["part-stored", "part-done", "part-empty", "part-failed"];

#[component]
pub(super) fn GridPanel(watch: Watch) -> impl IntoView {
    let (in_words, told) = (RwSignal::new(false), RwSignal::new(String::new()));
    list_keys(KeySection::of("On a contract of the grid", &KEYS));
    let total = watch.job().with_untracked(|job| job.plan.expiries);
    let has_more = move || watch.watched.with(|watched| (watched.strips.len() as u64) < u64::from(total));
    view! {
        <section class="panel grid-panel" class:in-words=in_words aria-labelledby="grid-title">
            <div class="panel-head">
                <h2 id="grid-title" class="panel-title">"Contracts"</h2>
                // A screen reader hears the same from the cell itself.
                <p class="cell-told" aria-hidden="true">{told}</p>
                <button type="button" class="btn btn-sm" aria-pressed=move || in_words.get().to_string()
                    on:click=move |_| in_words.update(|words| *words = !*words)>
                    "In words"
                </button>
            </div>
            <ul class="strips"
                on:mouseover=move |event: MouseEvent| tell(told, &event)
                on:focusin=move |event: FocusEvent| tell(told, &event)
                on:keydown=move |event: KeyboardEvent| go_on(&event)>
                {move || watch.watched.with(|watched| watched.strips.iter().map(strip).collect_view())}
            </ul>
            <button type="button" class="btn btn-sm mt-2" class:hidden=move || !has_more()
                on:click=move |_| watch.expiries_shown.update(|shown| *shown += EXPIRIES_A_PAGE)>
                "Show more expiries"
            </button>
        </section>
    }
    .into_any()
}

fn strip(strip: &Strip) -> AnyView {
    let is_open = strip.is_open();
    let part = |(class, share): (&'static str, &f64)| {
        view! { <span class=class style:width=format!("{share}%")></span> }
    };
    view! {
        <li class="strip" class:is-open=is_open>
            <a class="strip-head" href=strip.address.clone() data-noscroll="true" aria-expanded=is_open.to_string()>
                <span class="strip-name">{strip.name.clone()}</span>
                <span class="strip-bar" aria-hidden="true">
                    {PARTS.into_iter().zip(&strip.shares).map(part).collect_view()}
                </span>
                <span class="strip-counts" class:is-failed=strip.has_failed>{strip.counts.clone()}</span>
            </a>
            {is_open.then(|| open(strip))}
        </li>
    }
    .into_any()
}

fn open(strip: &Strip) -> AnyView {
    let entry = |of: &Cell| {
        view! {
            <li><span class="cell" data-outcome=of.outcome.clone() aria-hidden="true"></span> {of.words.clone()}</li>
        }
    };
    let column = |column: &Column, is_first: bool| {
        let cell = |of: &Cell| cell(of, is_first);
        view! {
            <div class="cell-column">
                <span class="cell-label" aria-hidden="true">{column.label.clone()}</span>
                {column.cells.iter().map(cell).collect_view()}
            </div>
        }
    };
    let group = |(place, columns): (usize, &[Column])| {
        let columns = columns.iter().enumerate().map(|(at, of)| column(of, place == 0 && at == 0));
        view! { <div class="cell-group">{columns.collect_view()}</div> }
    };
    // A line begins with a strike that is written.
    let groups = strip.columns.chunk_by(|_, next| next.label.is_empty());
    view! {
        <ul class="legend">{strip.legend.iter().map(entry).collect_view()}</ul>
        <div class="cells" role="group" aria-label="Contracts, calls over puts; arrow keys lead through them">
            {groups.enumerate().map(group).collect_view()}
        </div>
    }
    .into_any()
}

/// The Tab key stops at those of the first column.
fn cell(cell: &Cell, is_stop: bool) -> AnyView {
    view! {
        <a class="cell" href=cell.address.clone() tabindex=if is_stop { "0" } else { "-1" }
            data-outcome=cell.outcome.clone() data-kind=cell.kind.clone()>
            <span class="cell-words">{cell.words.clone()}</span>
        </a>
    }
    .into_any()
}
