//! The legs of the strategy that is shown, each a few fields. A row stays where it is while its answer comes, so that
//! the focus stays too.

use leptos::prelude::*;

use super::state::{MOST, State};
use crate::browser::compiled_once::memo;
use crate::browser::components::Select;
use crate::drawn_strategy::LegFields;

const SIDES: [(&str, &str); 2] = [("buy", "Buy"), ("sell", "Sell")];
const KINDS: [(&str, &str); 4] =
    [("call", "Call"), ("put", "Put"), ("future", "Future"), ("underlying", "Underlying")];
/// Rules, and what is first written behind each.
const RULES: [(&str, &str, &str); 6] = [
    ("atm", "ATM ±", "0"),
    ("strike", "Strike", ""),
    ("delta", "Delta", "0.25"),
    ("premium", "Premium ₹", "100"),
    ("points", "Points ±", "200"),
    ("same", "Same", ""),
];

pub(super) fn legs(state: State) -> AnyView {
    let places = memo(move || (0..state.legs().len()).collect::<Vec<usize>>());
    let is_full = memo(move || places.with(Vec::len) >= MOST);
    let add = move |_| {
        let fresh = state.legs().last().cloned().unwrap_or_else(first_leg);
        state.edit_shown(|legs| legs.push(fresh));
    };
    view! {
        <div class="mt-2 grid gap-2">
            <For each=move || places.get() key=|place| *place let:place>{row(state, place)}</For>
        </div>
        <button type="button" class="btn btn-sm mt-2" disabled=is_full on:click=add>"Add a leg"</button>
    }
    .into_any()
}

fn first_leg() -> LegFields {
    let [side, lots, kind, rule, value] = ["sell", "1", "call", "atm", "0"].map(str::to_owned);
    LegFields { side, lots, kind, rule, value, expiry: String::new() }
}

fn row(state: State, place: usize) -> AnyView {
    let leg = memo(move || state.legs().get(place).cloned().unwrap_or_default());
    let is_sold = move || leg.with(|leg| leg.side == "sell");
    let remove = move |_| {
        state.edit_shown(|legs| {
            if place < legs.len() {
                legs.remove(place);
            }
        });
    };
    let expiries = move || {
        let own = [(String::new(), "This expiry"), ("next".to_owned(), "Next")];
        let named = own.map(|(value, words)| (value, words.to_owned())).into_iter();
        state.page.with(|page| named.chain(page.expiries.iter().cloned()).collect::<Vec<_>>())
    };
    let fixed = |all: &[(&str, &str)]| {
        all.iter().map(|(value, words)| ((*value).to_owned(), (*words).to_owned())).collect::<Vec<_>>()
    };
    let rules: Vec<(String, String)> =
        RULES.iter().map(|(value, words, _)| ((*value).to_owned(), (*words).to_owned())).collect();
    let has_value = memo(move || leg.with(LegFields::has_value));
    let has_strike = memo(move || leg.with(LegFields::has_strike));
    let (sides, kinds) = (fixed(&SIDES), fixed(&KINDS));
    let strike = move || {
        has_strike.get().then(|| {
            let rules = rules.clone();
            view! {
                {select(state, place, leg, "Strike rule", Signal::derive(move || rules.clone()), |leg| leg.rule.clone(), set_rule)}
                {move || has_value.get().then(|| text(state, place, leg, "Strike value", |leg| leg.value.clone(), |leg, value| leg.value = value))}
            }
        })
    };
    view! {
        <div class="strategy-leg" class:is-sold=is_sold role="group" aria-label=format!("Leg {}", place + 1)>
            {select(state, place, leg, "Side", Signal::derive(move || sides.clone()), |leg| leg.side.clone(), |leg, side| leg.side = side)}
            {text(state, place, leg, "Lots", |leg| leg.lots.clone(), |leg, lots| leg.lots = lots)}
            {select(state, place, leg, "Kind", Signal::derive(move || kinds.clone()), |leg| leg.kind.clone(), set_kind)}
            <button type="button" class="btn btn-ghost btn-xs" aria-label=format!("Remove leg {}", place + 1) on:click=remove>"✕"</button>
            {strike}
            {select(state, place, leg, "Leg expiry", Signal::derive(expiries), |leg| leg.expiry.clone(), |leg, expiry| leg.expiry = expiry)}
        </div>
    }
    .into_any()
}

/// Another rule begins with a value of its own.
fn set_rule(leg: &mut LegFields, rule: String) {
    let first = RULES.iter().find(|(value, ..)| *value == rule).map(|(.., first)| *first);
    leg.value = first.unwrap_or_default().to_owned();
    leg.rule = rule;
    if leg.rule == "strike" {
        leg.value = "24500".to_owned();
    }
}

fn set_kind(leg: &mut LegFields, kind: String) {
    leg.kind = kind;
    if leg.rule.is_empty() {
        (leg.rule, leg.value) = ("atm".to_owned(), "0".to_owned());
    }
}

fn set(state: State, place: usize, value: String, set: fn(&mut LegFields, String)) {
    state.edit_shown(|legs| {
        if let Some(leg) = legs.get_mut(place) {
            set(leg, value);
        }
    });
}

fn select(
    state: State,
    place: usize,
    leg: Memo<LegFields>,
    name: &'static str,
    values: Signal<Vec<(String, String)>>,
    chosen: fn(&LegFields) -> String,
    choose: fn(&mut LegFields, String),
) -> AnyView {
    let chosen = memo(move || leg.with(chosen));
    view! {
        <Select class="select select-xs" name options=values chosen
            choose=Callback::new(move |value| set(state, place, value, choose))/>
    }
    .into_any()
}

fn text(
    state: State,
    place: usize,
    leg: Memo<LegFields>,
    name: &'static str,
    held: fn(&LegFields) -> String,
    keep: fn(&mut LegFields, String),
) -> AnyView {
    let held = memo(move || leg.with(held));
    view! {
        <input type="text" inputmode="decimal" class="input input-xs" aria-label=name autocomplete="off" spellcheck="false"
            value=held.get_untracked() prop:value=held
            on:change=move |event| set(state, place, event_target_value(&event).trim().to_owned(), keep)/>
    }
    .into_any()
}
