//! What became of the strategies: figures, the way through time, the legs, the payoff, and what is missing.

use leptos::prelude::*;
use leptos_router::components::A;
use market::Day;

use super::payoff::payoff;
use super::state::State;
use super::time_chart::time_chart;
use crate::browser::compiled_once::memo;
use crate::browser::components::file_menu;
use crate::browser::pages::collect;
use crate::drawn_strategy::{DrawnFact, LegLine, Refusal, StrategyDrawn, Tab, Tone};

const LEG_HEADS: [&str; 7] = ["Expiry", "Lot", "Entry", "Exit", "Profit", "IV", "Delta"];

pub(super) fn results(state: State) -> AnyView {
    let refused = memo(move || state.page.with(|page| page.refused.clone()));
    let drawn = memo(move || state.page.with(|page| page.drawn.clone()));
    view! {
        <div class="strategy-results" class:is-asking=move || state.is_asking.get() aria-live="off">
            <div role="status">{move || refused.get().map(|refusal| note(state, refusal))}</div>
            {move || drawn.get().map(|drawn| shown(state, drawn))}
        </div>
    }
    .into_any()
}

fn note(state: State, Refusal { why, to_collect }: Refusal) -> AnyView {
    view! { <p class="strategy-note">{why}{collect_link(state, to_collect)}</p> }.into_any()
}

/// To the wizard with the expiry chosen that is to be collected first.
pub(super) fn collect_link(state: State, to_collect: Option<Day>) -> Option<AnyView> {
    let key = state.wanted.with_untracked(|address| address.underlying.parse().ok())?;
    let href = collect::address_with(&key, to_collect?);
    Some(view! { " "<A href=href attr:class="link font-medium">"Collect this expiry"</A> }.into_any())
}

pub(super) fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "",
        Tone::Gain => "text-success",
        Tone::Loss => "text-error",
    }
}

pub(super) fn facts(facts: Vec<DrawnFact>) -> AnyView {
    let fact = |DrawnFact { name, number, detail, tone }: DrawnFact| {
        view! {
            <div class="chain-fact">
                <dt>{name}</dt>
                <dd class=format!("font-semibold tabular-nums {}", tone_class(tone))>{number}</dd>
                <dd class="chain-fact-detail">{detail}</dd>
            </div>
        }
    };
    view! { <dl class="strategy-facts">{facts.into_iter().map(fact).collect_view()}</dl> }.into_any()
}

fn shown(state: State, drawn: StrategyDrawn) -> AnyView {
    let StrategyDrawn {
        tabs,
        refused,
        facts: figures,
        legs,
        relative,
        chart,
        gaps,
        payoff: at_expiry,
        no_payoff_because,
        remark,
        csv,
    } = drawn;
    let has_chart = !chart.rows.is_empty();
    view! {
        {(tabs.len() > 1).then(|| tab_list(state, tabs))}
        {refused.map(|refusal| note(state, refusal))}
        {has_chart.then(|| view! {
            {facts(figures)}
            <div class="mt-2 flex flex-wrap items-start gap-x-4 gap-y-2">
                <p class="strategy-remark">{remark}</p>
                <div class="ml-auto">{file_menu("Every minute of the strategy", move || Some(csv.clone()))}</div>
            </div>
            {time_chart(state, chart)}
            {gap_list(gaps)}
            {leg_table(state, legs, relative)}
            {match at_expiry {
                Some(drawn) => payoff(state, drawn),
                None => view! { <p class="strategy-note">{no_payoff_because.unwrap_or_default()}</p> }.into_any(),
            }}
        })}
    }
    .into_any()
}

fn tab_list(state: State, tabs: Vec<Tab>) -> AnyView {
    let tab = move |(place, Tab { profit, tone, words }): (usize, Tab)| {
        let is_shown = move || state.shown() == place;
        let show = move |_| {
            state.change(|address| {
                address.show = if place == 0 { String::new() } else { (place + 1).to_string() };
            });
        };
        view! {
            <button type="button" class="strategy-tab" class:is-shown=is_shown aria-pressed=move || is_shown().to_string() on:click=show>
                <span class="text-xs text-muted">{format!("Strategy {}", place + 1)}</span>
                <span class=format!("font-semibold tabular-nums {}", tone_class(tone))>{profit}</span>
                <span class="strategy-tab-words">{words}</span>
            </button>
        }
    };
    view! {
        <div class="strategy-tabs" role="group" aria-label="Side by side">
            {tabs.into_iter().enumerate().map(tab).collect_view()}
        </div>
    }
    .into_any()
}

fn gap_list(gaps: Vec<String>) -> AnyView {
    let count = gaps.len();
    (count > 0)
        .then(|| {
            view! {
                <details class="strategy-gaps">
                    <summary>"Gaps: minutes in which a leg has no price of the last two minutes"</summary>
                    <ul>{gaps.into_iter().map(|gap| view! { <li>{gap}</li> }).collect_view()}</ul>
                </details>
            }
        })
        .into_any()
}

fn leg_table(state: State, legs: Vec<LegLine>, relative: String) -> AnyView {
    let row = |LegLine { words, address, cells, tone }: LegLine| {
        let name = if address.is_empty() {
            view! { {words} }.into_any()
        } else {
            view! { <A href=address attr:class="link link-hover">{words}</A> }.into_any()
        };
        let cell = move |(place, text): (usize, String)| {
            let class = if LEG_HEADS[place] == "Profit" { tone_class(tone) } else { "" };
            view! { <td class=format!("number {class}")>{text}</td> }
        };
        view! { <tr><th scope="row" class="whitespace-nowrap">{name}</th>{cells.into_iter().enumerate().map(cell).collect_view()}</tr> }
    };
    let heads = LEG_HEADS.map(|head| view! { <th scope="col" class="number">{head}</th> });
    let write = (!relative.is_empty()).then(|| {
        view! {
            <button type="button" class="btn btn-xs" on:click=move |_| state.write_shown(&relative)>
                "Write strikes as steps from the money"
            </button>
        }
    });
    view! {
        <div class="mt-4 flex items-center gap-2"><h2 class="mr-auto text-sm font-semibold">"Legs"</h2>{write}</div>
        <div class="table-frame mt-1" role="group" aria-label="Legs" tabindex="0">
            <table class="table table-sm strategy-legs">
                <thead><tr><th scope="col">"Leg"</th>{heads}</tr></thead>
                <tbody>{legs.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// Numbers of a chart as a table.
pub(super) fn table_twin(name: &'static str, head: Vec<String>, rows: Vec<Vec<String>>) -> AnyView {
    let is_open = RwSignal::new(false);
    let rows = StoredValue::new(rows);
    let head = StoredValue::new(head);
    let body = move || {
        is_open.get().then(|| {
            let cells = |row: Vec<String>| {
                view! { <tr>{row.into_iter().map(|cell| view! { <td class="number">{cell}</td> }).collect_view()}</tr> }
            };
            let heads = head.get_value().into_iter();
            view! {
                <div class="table-frame max-h-96" role="group" aria-label=name tabindex="0">
                    <table class="table table-xs">
                        <thead><tr>{heads.map(|head| view! { <th scope="col" class="number">{head}</th> }).collect_view()}</tr></thead>
                        <tbody>{rows.get_value().into_iter().map(cells).collect_view()}</tbody>
                    </table>
                </div>
            }
        })
    };
    view! {
        <details class="strategy-twin" on:toggle=move |_| is_open.set(true)>
            <summary>{name}</summary>
            {body}
        </details>
    }
    .into_any()
}
