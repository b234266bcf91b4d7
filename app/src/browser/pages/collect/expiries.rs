//! Step 3: the expiries of every chosen instrument, and one bar that chooses for all of them.

use leptos::prelude::*;

use super::expiry_section::ExpirySection;
use super::pick_bar::{Cycles, PickBar};
use super::picks::Pick;
use super::wizard::Wizard;
use super::words::span_words;
use crate::browser::compiled_once::memo;
use crate::browser::components::Show;
use crate::format;

#[component]
pub fn ExpiriesStep() -> impl IntoView {
    let wizard = Wizard::of_context();
    let instruments = memo(move || wizard.choices.with(|choices| choices.instruments.clone()));
    view! {
        <p class="mt-1 text-sm text-muted">
            <strong class="font-semibold text-base-content">"Monthly"</strong>
            " expiries are bold with a bar, weekly ones are plain. What is complete (✓) for "
            {move || span_words(wizard.span())}
            " is left out until you tick it yourself."
        </p>
        <Show when=move || { instruments.read().len() > 1 }><AllBar/></Show>
        <div class="mt-4 grid gap-4">
            <For each=move || instruments.get() key=Clone::clone let:key>
                <ExpirySection key/>
            </For>
        </div>
    }
}

/// Chooses in every instrument whose expiries have come in.
#[component]
fn AllBar() -> impl IntoView {
    let wizard = Wizard::of_context();
    let choose = move |pick: Pick| {
        wizard.expiries.with_untracked(|known| {
            wizard.change(|choices| {
                for key in choices.instruments.clone() {
                    if let Some(rows) = known.get(&key) {
                        choices.set_expiries(&key, pick.of(rows, choices.kinds));
                    }
                }
            });
        });
    };
    let cycles = memo(move || wizard.expiries.with(|known| Cycles::of(known.values().flatten())));
    let count = move || wizard.choices.with(|choices| choices.instruments.len());
    view! {
        <div class="mt-3 flex flex-wrap items-center gap-2">
            <span class="text-sm text-muted">
                {move || format!("In all {}:", format::counted(count() as u64, "instrument", "instruments"))}
            </span>
            <PickBar label="Choose for every instrument" cycles=cycles.into() choose/>
        </div>
    }
}
