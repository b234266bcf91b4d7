//! The four steps across the top: where the wizard is, and links to every step that can be opened.

use leptos::prelude::*;

use super::step::Step;
use super::wizard::Wizard;
use crate::browser::compiled_once::memo;

#[component]
pub fn StepBar() -> impl IntoView {
    view! {
        <nav aria-label="Steps" class="mb-4">
            <ol class="step-bar">
                {Step::ALL.into_iter().map(|step| view! { <StepEntry step/> }).collect_view()}
            </ol>
        </nav>
    }
}

#[component]
fn StepEntry(step: Step) -> impl IntoView {
    let wizard = Wizard::of_context();
    let is_open = memo(move || step <= wizard.choices.with(|choices| choices.furthest()));
    let current = move || (wizard.step.get() == step).then_some("step");
    let is_done = move || step < wizard.step.get();
    view! {
        <li class="step-entry" class:done=is_done aria-current=current>
            {move || {
                let label = view! {
                    <span class="step-entry-number">{step.number()}</span>
                    <span class="step-entry-name">{step.name()}</span>
                };
                if is_open.get() {
                    view! { <a class="step-link" href=move || wizard.address_of(step)>{label}</a> }.into_any()
                } else {
                    view! { <span class="step-link">{label}</span> }.into_any()
                }
            }}
        </li>
    }
}
