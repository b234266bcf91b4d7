//! The same strategy over every expiry of the last year: asked for some expiries at a time, so that it shows how far it
//! is and can be stopped.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use super::results::{collect_link, facts, tone_class};
use super::state::State;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{ErrorNote, file_menu};
use crate::browser::latest::Latest;
use crate::drawn_strategy::{Refusal, RunBar, RunLine, RunPart};
use crate::format;
use crate::rpc::Problem;
use crate::rpc::strategy::run_strategy;
use crate::strategy_address::StrategyAddress;

const HEADS: [&str; 7] = ["Entry", "Exit", "Strikes", "Lot", "Premium", "Drawdown", "Ended"];

/// Copies share everything.
#[derive(Clone, Copy)]
struct Run {
    rows: RwSignal<Vec<RunLine>>,
    part: RwSignal<Option<RunPart>>,
    problem: RwSignal<Option<Problem>>,
    is_running: RwSignal<bool>,
    /// An older run ends by itself.
    runs: Latest,
}

impl Run {
    fn new() -> Self {
        Self {
            rows: RwSignal::new(Vec::new()),
            part: RwSignal::new(None),
            problem: RwSignal::new(None),
            is_running: RwSignal::new(false),
            runs: Latest::new(),
        }
    }

    fn stop(self) {
        self.runs.next();
        self.is_running.set(false);
    }

    /// What was run of other legs is not of these.
    fn clear(self) {
        self.stop();
        self.rows.set(Vec::new());
        self.part.set(None);
        self.problem.set(None);
    }

    fn start(self, address: StrategyAddress) {
        self.clear();
        self.go_on(address);
    }

    /// Runs the expiries that are not here yet.
    fn go_on(self, address: StrategyAddress) {
        self.problem.set(None);
        self.is_running.set(true);
        let run = self.runs.next();
        spawn_local(async move {
            loop {
                let Some(profits) =
                    self.part.try_with_untracked(|part| part.as_ref().map(|part| part.profits.clone()))
                else {
                    return;
                };
                let answer =
                    crate::rpc::settled(run_strategy(address.clone(), profits.unwrap_or_default())).await;
                // The page may be gone, and so may this run.
                if !run.is_latest() {
                    return;
                }
                match answer {
                    Ok(part) => {
                        let is_done = part.profits.len() >= part.total || part.rows.is_empty();
                        self.rows.update(|rows| rows.extend(part.rows.iter().cloned()));
                        self.part.set(Some(part));
                        if is_done {
                            break;
                        }
                    }
                    Err(problem) => {
                        self.problem.set(Some(problem));
                        break;
                    }
                }
            }
            self.is_running.set(false);
        });
    }
}

pub(super) fn run(state: State) -> AnyView {
    let run = Run::new();
    let of = memo(move || {
        state.wanted.with(|address| StrategyAddress {
            at: String::new(),
            entry: String::new(),
            exit: String::new(),
            expiry: String::new(),
            ..address.clone()
        })
    });
    let known = StoredValue::new(of.get_untracked());
    effect(move || {
        let now = of.get();
        if known.get_value() != now {
            known.set_value(now);
            run.clear();
        }
    });
    let start = move |_| run.start(state.wanted.get_untracked());
    let retry = Callback::new(move |()| run.go_on(state.wanted.get_untracked()));
    let progress = move || {
        run.part.with(|part| {
            let part = part.as_ref()?;
            let (done, total) = (part.profits.len(), part.total);
            Some(if done >= total {
                format!("{total} expiries")
            } else {
                format!("{done} of {total} expiries")
            })
        })
    };
    view! {
        <section class="mt-6" aria-labelledby="run-title">
            <h2 id="run-title" class="text-sm font-semibold">"Run over every expiry of the last year"</h2>
            <p class="text-xs text-muted">"Strikes are chosen anew at each entry, among what had been traded by then. The stops of the builder hold here too. Days are those of trading. What is held to the expiry is closed at the last trades, not settled."</p>
            <div class="mt-2 flex flex-wrap items-end gap-2">
                {moment(state, "Entry: days before expiry", "Entry time of a run", |address| &mut address.run_entry, |address| &address.run_entry)}
                {moment(state, "Exit: days before expiry", "Exit time of a run", |address| &mut address.run_exit, |address| &address.run_exit)}
                <button type="button" class="btn btn-sm btn-primary" disabled=move || run.is_running.get() on:click=start>"Run"</button>
                {move || run.is_running.get().then(|| view! { <button type="button" class="btn btn-sm" on:click=move |_| run.stop()>"Stop"</button> })}
                <p class="text-sm text-muted tabular-nums" role="status">{progress}</p>
            </div>
            {move || run.problem.get().map(|problem| view! { <div class="mt-2"><ErrorNote what="The run has ended" problem retry/></div> })}
            {move || run.part.get().map(summary)}
            {move || run.rows.with(|rows| (!rows.is_empty()).then(|| table(state, rows.clone())))}
        </section>
    }
    .into_any()
}

/// Days before an expiry and a time; without a time it is held to the expiry.
fn moment(
    state: State,
    name: &'static str,
    time_name: &'static str,
    field: fn(&mut StrategyAddress) -> &mut String,
    read: fn(&StrategyAddress) -> &String,
) -> AnyView {
    fn parts(text: &str) -> (String, String) {
        let (days, time) = text.split_once('@').unwrap_or(("0", text));
        (days.to_owned(), time.to_owned())
    }
    let held = memo(move || parts(&state.wanted.with(|address| read(address).clone())));
    let set = move |days: String, time: String| {
        let text = if time.is_empty() { String::new() } else { format!("{days}@{time}") };
        state.change(|address| *field(address) = text);
    };
    let set_days = move |event| {
        let (_, time) = held.get_untracked();
        let time = if time.is_empty() { "15:15".to_owned() } else { time };
        set(event_target_value(&event).trim().to_owned(), time);
    };
    let set_time = move |event| set(held.get_untracked().0, event_target_value(&event));
    view! {
        <label class="strategy-field">
            <span class="field-label">{name}</span>
            <input type="number" min="0" max="90" class="input input-sm w-full" prop:value=move || held.get().0 on:change=set_days/>
        </label>
        <label class="strategy-field">
            <span class="field-label">"at"</span>
            <input type="time" class="input input-sm w-28" aria-label=time_name prop:value=move || held.get().1 on:change=set_time/>
        </label>
    }
    .into_any()
}

fn summary(part: RunPart) -> AnyView {
    let RunPart { facts: figures, bars, ends, words, csv, .. } = part;
    let bar = |RunBar { left, width, height, tone, words }: RunBar| {
        let [left, width, height] = [left, width, height].map(|share| format!("{share:.2}%"));
        view! { <span class=format!("run-bar {}", tone_class(tone)) style:left=left style:width=width style:height=height title=words></span> }
    };
    let has_bars = !bars.is_empty();
    let [low, high] = ends;
    view! {
        {facts(figures)}
        {has_bars.then(|| view! {
            <div class="run-distribution" role="img" aria-label=words>{bars.into_iter().map(bar).collect_view()}</div>
            <p class="line-ends pl-0!" aria-hidden="true"><span>{low}</span><span>"Distribution of profits"</span><span>{high}</span></p>
        })}
        <div class="mt-2 flex justify-end">{file_menu("All expiries of the run", move || Some(csv.clone()))}</div>
    }
    .into_any()
}

/// The newest expiry first; what could not be priced is folded below.
fn table(state: State, rows: Vec<RunLine>) -> AnyView {
    let (priced, others): (Vec<RunLine>, Vec<RunLine>) =
        rows.into_iter().rev().partition(|row| row.not_priced.is_none());
    view! {
        {(!priced.is_empty()).then(|| priced_table(priced))}
        {(!others.is_empty()).then(|| not_priced(state, others))}
    }
    .into_any()
}

fn not_priced(state: State, rows: Vec<RunLine>) -> AnyView {
    let count = format::counted(rows.len() as u64, "expiry", "expiries");
    let line = |RunLine { expiry, not_priced, .. }: RunLine| {
        let Refusal { why, to_collect } = not_priced.unwrap_or_default();
        view! { <li>{expiry}": "{why}{collect_link(state, to_collect)}</li> }
    };
    view! {
        <details class="strategy-gaps">
            <summary>{count}" not priced, and why"</summary>
            <ul aria-label="Not priced">{rows.into_iter().map(line).collect_view()}</ul>
        </details>
    }
    .into_any()
}

fn priced_table(rows: Vec<RunLine>) -> AnyView {
    let row = |RunLine { expiry, address, cells, profit, tone, .. }: RunLine| {
        let cells = cells.into_iter().map(|cell| view! { <td class="number">{cell}</td> }).collect_view();
        view! {
            <tr><th scope="row" class="whitespace-nowrap"><A href=address attr:class="link link-hover">{expiry}</A></th>
                <td class=format!("number font-semibold {}", tone_class(tone))>{profit}</td>{cells}</tr>
        }
    };
    let heads = HEADS.map(|head| view! { <th scope="col" class="number">{head}</th> });
    view! {
        <div class="table-frame mt-3" role="group" aria-label="Expiries of the run" tabindex="0">
            <table class="table table-sm">
                <thead><tr><th scope="col">"Expiry"</th><th scope="col" class="number">"Profit"</th>{heads}</tr></thead>
                <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
