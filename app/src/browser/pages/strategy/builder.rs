//! What is looked at: underlying, expiry, entry, exit and stops; templates; and the strategies side by side.

use leptos::prelude::*;

use super::legs::legs;
use super::state::{MOST, State};
use crate::browser::compiled_once::memo;
use crate::browser::components::Select;
use crate::strategy_address::StrategyAddress;

/// Names and legs.
const TEMPLATES: [(&str, &str); 7] = [
    ("Straddle", "sell:1:call:atm,sell:1:put:atm"),
    ("Strangle", "sell:1:call:atm+4,sell:1:put:atm-4"),
    ("Iron condor", "sell:1:call:atm+3,buy:1:call:atm+6,sell:1:put:atm-3,buy:1:put:atm-6"),
    ("Butterfly", "buy:1:call:atm-3,sell:2:call:atm,buy:1:call:atm+3"),
    ("Calendar", "sell:1:call:atm,buy:1:call:same@next"),
    ("Ratio", "buy:1:call:atm,sell:2:call:atm+4"),
    ("Covered call", "buy:1:future,sell:1:call:atm+3"),
];

pub(super) fn builder(state: State) -> AnyView {
    let template = move |(name, legs): (&'static str, &'static str)| {
        view! { <button type="button" class="btn btn-xs" on:click=move |_| state.write_shown(legs)>{name}</button> }
    };
    view! {
        {market(state)}
        {when(state)}
        <div class="mt-3 flex flex-wrap gap-1" role="group" aria-label="Templates">{TEMPLATES.map(template)}</div>
        {strategies(state)}
        {legs(state)}
    }
    .into_any()
}

/// A list to choose from, by a field of the address.
fn chooser(
    state: State,
    name: &'static str,
    values: Signal<Vec<(String, String)>>,
    chosen: fn(&StrategyAddress) -> String,
    choose: fn(&mut StrategyAddress, String),
) -> AnyView {
    let chosen = memo(move || state.wanted.with(chosen));
    view! {
        <label class="strategy-field">
            <span class="field-label">{name}</span>
            <Select class="select select-sm w-full" options=values chosen
                choose=Callback::new(move |value| state.change(|address| choose(address, value)))/>
        </label>
    }
    .into_any()
}

fn market(state: State) -> AnyView {
    let underlyings = memo(move || state.page.with(|page| page.underlyings.clone()));
    let expiries = memo(move || state.page.with(|page| page.expiries.clone()));
    // Days of another expiry are others.
    fn forget_days(address: &mut StrategyAddress) {
        address.entry.clear();
        address.exit.clear();
        address.at.clear();
    }
    let underlying = chooser(
        state,
        "Underlying",
        underlyings.into(),
        |address| address.underlying.clone(),
        |address, key| {
            address.underlying = key;
            address.expiry.clear();
            forget_days(address);
        },
    );
    let expiry = chooser(
        state,
        "Expiry",
        expiries.into(),
        |address| address.expiry.clone(),
        |address, expiry| {
            address.expiry = expiry;
            forget_days(address);
        },
    );
    view! { <div class="grid grid-cols-2 gap-2">{underlying}{expiry}</div> }.into_any()
}

fn day_of(minute: &str) -> String {
    minute.split_once('T').map_or(String::new(), |(day, _)| day.to_owned())
}

fn time_of(minute: &str) -> String {
    minute.split_once('T').map_or(String::new(), |(_, time)| time.to_owned())
}

/// A line of text of the address, taken when it is left.
fn entry(
    state: State,
    name: &'static str,
    kind: &'static str,
    placeholder: &'static str,
    text: fn(&StrategyAddress) -> String,
    set: fn(&mut StrategyAddress, String),
) -> AnyView {
    let held = memo(move || state.wanted.with(text));
    let inputmode = if kind == "text" { "decimal" } else { "" };
    view! {
        <label class="strategy-field">
            <span class="field-label">{name}</span>
            <input type=kind inputmode=inputmode class="input input-sm w-full" placeholder=placeholder autocomplete="off"
                value=held.get_untracked() prop:value=held
                on:change=move |event| state.change(|address| set(address, event_target_value(&event).trim().to_owned()))/>
        </label>
    }
    .into_any()
}

fn when(state: State) -> AnyView {
    let days = memo(move || state.page.with(|page| page.days.clone()));
    let exits = memo(move || {
        let held = vec![(String::new(), "Held to expiry".to_owned())];
        state.page.with(|page| held.into_iter().chain(page.days.iter().cloned()).collect::<Vec<_>>())
    });
    let entry_day = chooser(
        state,
        "Entry day",
        days.into(),
        |address| day_of(&address.entry),
        |address, day| {
            address.entry = format!("{day}T{}", time_of(&address.entry));
            address.at.clear();
        },
    );
    let entry_time = entry(
        state,
        "Entry time",
        "time",
        "",
        |address| time_of(&address.entry),
        |address, time| {
            address.entry = format!("{}T{time}", day_of(&address.entry));
            address.at.clear();
        },
    );
    let exit_day = chooser(
        state,
        "Exit day",
        exits.into(),
        |address| day_of(&address.exit),
        |address, day| {
            let time = Some(time_of(&address.exit)).filter(|time| !time.is_empty());
            let time = time.unwrap_or_else(|| "15:15".to_owned());
            address.exit = if day.is_empty() { day } else { format!("{day}T{time}") };
        },
    );
    let exit_time = entry(
        state,
        "Exit time",
        "time",
        "",
        |address| time_of(&address.exit),
        |address, time| {
            let day = Some(day_of(&address.exit)).filter(|day| !day.is_empty());
            let day = day.unwrap_or_else(|| address.expiry.clone());
            address.exit = if time.is_empty() { time } else { format!("{day}T{time}") };
        },
    );
    let profit = entry(
        state,
        "Or profit of ₹",
        "text",
        "none",
        |address| address.profit.clone(),
        |address, text| address.profit = text,
    );
    let loss = entry(
        state,
        "Or loss of ₹",
        "text",
        "none",
        |address| address.loss.clone(),
        |address, text| {
            address.loss = text;
        },
    );
    view! {
        <div class="mt-2 grid grid-cols-2 gap-2">{entry_day}{entry_time}{exit_day}{exit_time}{profit}{loss}</div>
    }
    .into_any()
}

/// The strategies side by side: which is shown, one more, one less.
fn strategies(state: State) -> AnyView {
    let count = memo(move || state.form.with(Vec::len).max(1));
    let shown = memo(move || state.shown());
    let is_full = memo(move || count.get() >= MOST);
    let tab = move |place: usize| {
        let is_shown = move || shown.get() == place;
        let show = move |_| state.change(|address| address.show = number(place));
        view! {
            <button type="button" class="btn btn-xs" class:btn-primary=is_shown aria-pressed=move || is_shown().to_string()
                aria-label=format!("Strategy {}", place + 1) on:click=show>{place + 1}</button>
        }
    };
    let add = move |_| {
        let copy = state.legs();
        state.form.update(|form| form.push(copy));
        let last = state.form.with_untracked(Vec::len) - 1;
        state.wanted.update(|address| address.show = number(last));
        state.edit(|_| {});
    };
    let remove = move |_| {
        let place = shown.get_untracked();
        state.wanted.update(|address| address.show = number(place.saturating_sub(1)));
        state.edit(|form| {
            form.remove(place);
        });
    };
    view! {
        <div class="mt-4 flex flex-wrap items-center gap-1" role="group" aria-label="Strategies side by side">
            <h2 class="mr-auto text-sm font-semibold">{move || format!("Strategy {}", shown.get() + 1)}</h2>
            {move || (count.get() > 1).then(|| (0..count.get()).map(tab).collect_view())}
            <button type="button" class="btn btn-xs" disabled=is_full on:click=add>"Add beside"</button>
            {move || (count.get() > 1).then(|| view! {
                <button type="button" class="btn btn-xs" on:click=remove>"Remove"</button>
            })}
        </div>
    }
    .into_any()
}

/// The first one needs no word in the address.
fn number(place: usize) -> String {
    if place == 0 { String::new() } else { (place + 1).to_string() }
}
