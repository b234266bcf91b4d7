//! The settings of a download: interval, days before expiry, workers, the underlying itself. A value out of bounds is refused in
//! words and changes nothing.

use leptos::prelude::*;
use market::Interval;
use protocol::{HistoricalDays, Workers};

use super::wizard::Wizard;
use super::words::interval_words;
use crate::browser::compiled_once::memo;
use crate::browser::components::UnderlyingToggle;
use crate::browser::live::live;

#[component]
pub fn Settings() -> impl IntoView {
    view! {
        <h2 class="mt-6 font-semibold">"Settings"</h2>
        <div class="mt-3 grid gap-5">
            <IntervalChoice/>
            <div class="grid gap-5 sm:grid-cols-2">
                <DaysField/>
                <WorkersField/>
            </div>
            <UnderlyingField/>
        </div>
    }
}

#[component]
fn IntervalChoice() -> impl IntoView {
    let wizard = Wizard::of_context();
    let entry = move |interval: Interval| {
        let is_chosen = memo(move || wizard.choices.with(|choices| choices.interval == interval));
        view! {
            <label class="segment" class:chosen=is_chosen>
                <input type="radio" name="interval" class="sr-only" value=interval.as_str()
                    checked=is_chosen prop:checked=is_chosen
                    on:change=move |_| wizard.change(|choices| choices.interval = interval)/>
                {interval_words(interval)}
            </label>
        }
    };
    view! {
        <fieldset>
            <legend class="field-label">"Interval"</legend>
            <div class="segments">{Interval::ALL.map(entry)}</div>
            <p class="field-hint">
                "From 1-minute candles every longer chart is made. Other intervals are stored as series of their own."
            </p>
        </fieldset>
    }
}

#[component]
fn DaysField() -> impl IntoView {
    let wizard = Wizard::of_context();
    let refusal = RwSignal::new(None::<String>);
    let judge = move |typed: &str| {
        let days = typed.parse::<HistoricalDays>();
        refusal.set(days.as_ref().err().map(|error| crate::format::sentence(&error.to_string())));
        wizard.has_invalid.set(days.is_err());
        days.ok()
    };
    // The refusal stands as soon as it is typed, so that no button is pressed before it.
    let input = move |event| {
        judge(&event_target_value(&event));
    };
    let change = move |event| {
        if let Some(days) = judge(&event_target_value(&event)) {
            wizard.change(|choices| choices.days = days);
        }
    };
    // The field comes back with what is chosen.
    on_cleanup(move || {
        wizard.has_invalid.try_set(false);
    });
    view! {
        <div>
            <label class="field-label" for="days">"Days before expiry"</label>
            <input id="days" type="number" inputmode="numeric" class="input input-sm w-28" aria-describedby="days-hint"
                min=HistoricalDays::MIN max=HistoricalDays::MAX
                value=move || wizard.choices.with(|choices| choices.days.to_string())
                prop:value=move || wizard.choices.with(|choices| choices.days.to_string())
                aria-invalid=move || refusal.read().is_some().to_string()
                on:input=input on:change=change/>
            <p id="days-hint" class="field-hint" class:text-error=move || refusal.read().is_some() role="status">
                {move || refusal.get().unwrap_or_else(|| "How far back each contract is asked; 90 days are three months.".to_owned())}
            </p>
        </div>
    }
}

#[component]
fn WorkersField() -> impl IntoView {
    let wizard = Wizard::of_context();
    // What the handle shows while it is moved; the choice is made when it is let go.
    let moved = RwSignal::new(None::<String>);
    let settings = live().settings();
    let usual = memo(move || settings.with(|settings| settings.limits.workers));
    let chosen =
        move || wizard.choices.with(|choices| choices.workers).unwrap_or_else(|| usual.get()).to_string();
    let change = move |event| {
        moved.set(None);
        if let Ok(workers) = event_target_value(&event).parse::<Workers>() {
            let is_usual = workers == usual.get_untracked();
            wizard.change(|choices| choices.workers = (!is_usual).then_some(workers));
        }
    };
    view! {
        <div>
            <label class="field-label" for="workers">
                "Workers: " <output for="workers" class="font-semibold">{move || moved.get().unwrap_or_else(chosen)}</output>
            </label>
            <input id="workers" type="range" class="range range-xs range-primary block w-full max-w-64" step="1"
                min=Workers::MIN max=Workers::MAX aria-describedby="workers-hint"
                value=chosen prop:value=chosen
                on:input=move |event| moved.set(Some(event_target_value(&event))) on:change=change/>
            <p id="workers-hint" class="field-hint">
                "Requests under way at once. Upstox's limits hold for all of them together."
            </p>
        </div>
    }
}

#[component]
fn UnderlyingField() -> impl IntoView {
    let wizard = Wizard::of_context();
    let is_on = memo(move || wizard.choices.with(|choices| !choices.contracts_only));
    let set = move |chosen: bool| wizard.change(|choices| choices.contracts_only = !chosen);
    view! { <UnderlyingToggle is_on set/> }
}
