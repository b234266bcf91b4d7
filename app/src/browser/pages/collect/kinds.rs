//! Step 2: options, futures or both, and of which strikes.

use leptos::prelude::*;
use market::ContractKinds;

use super::wizard::Wizard;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{Show, StrikesChoice};

struct Card {
    kinds: ContractKinds,
    title: &'static str,
    text: &'static str,
}

const CARDS: [Card; 3] = [
    Card {
        kinds: ContractKinds::Both,
        title: "Both options and futures",
        text: "Everything that expired on the day: calls, puts, and the future.",
    },
    Card {
        kinds: ContractKinds::Options,
        title: "Options",
        text: "Calls and puts. An index expiry has about 160 to 330 of them.",
    },
    Card {
        kinds: ContractKinds::Futures,
        title: "Futures",
        text: "One contract for each monthly expiry; weekly expiries have no future.",
    },
];

#[component]
pub fn KindsStep() -> impl IntoView {
    view! {
        <fieldset class="mt-4 grid gap-2">
            <legend class="sr-only">"Contract types"</legend>
            {CARDS.into_iter().map(|card| view! { <KindCard card/> }).collect_view()}
        </fieldset>
        <Strikes/>
    }
}

#[component]
fn Strikes() -> impl IntoView {
    let wizard = Wizard::of_context();
    let has_options = memo(move || wizard.choices.with(|choices| choices.kinds.options()));
    let chosen = memo(move || wizard.choices.with(|choices| choices.strikes));
    let refusal = RwSignal::new(None);
    effect(move || wizard.has_invalid.set(refusal.read().is_some()));
    on_cleanup(move || {
        wizard.has_invalid.try_set(false);
    });
    view! {
        <Show when=move || has_options.get()>
            <div class="mt-6">
                <StrikesChoice chosen set=move |strikes| wizard.change(|choices| choices.strikes = strikes) refusal/>
            </div>
        </Show>
    }
}

#[component]
fn KindCard(card: Card) -> impl IntoView {
    let wizard = Wizard::of_context();
    let Card { kinds, title, text } = card;
    let is_chosen = memo(move || wizard.choices.with(|choices| choices.kinds == kinds));
    view! {
        <label class="choice-card" class:chosen=is_chosen>
            <input type="radio" name="kinds" value=kinds.as_str() class="radio radio-sm radio-primary mt-0.5"
                checked=is_chosen prop:checked=is_chosen
                on:change=move |_| wizard.change(|choices| choices.kinds = kinds)/>
            <span>
                <span class="block font-medium">{title}</span>
                <span class="block text-sm text-muted">{text}</span>
            </span>
        </label>
    }
}
