//! The summary beside every step: what is chosen so far, the estimate on the last step, and the way on.

use leptos::prelude::*;
use market::InstrumentKey;

use super::estimate::DownloadPanel;
use super::step::Step;
use super::wizard::Wizard;
use super::words::{contracts_words, interval_words, missing, one_line};
use crate::browser::compiled_once::memo;
use crate::browser::components::Show;
use crate::format;

#[component]
pub fn Summary() -> impl IntoView {
    let wizard = Wizard::of_context();
    view! {
        <aside class="wizard-summary" aria-labelledby="summary-title">
            <h2 id="summary-title" class="font-semibold max-lg:sr-only">"Summary"</h2>
            <p class="text-sm lg:hidden">{move || wizard.choices.with(one_line)}</p>
            <ChosenList/>
            {move || if wizard.step.get() == Step::Download {
                view! { <DownloadPanel/> }.into_any()
            } else {
                view! { <WayOn/> }.into_any()
            }}
        </aside>
    }
}

/// How many names of instruments the summary has room for.
const NAMES_SHOWN: usize = 4;

#[component]
fn ChosenList() -> impl IntoView {
    let wizard = Wizard::of_context();
    let count = move || wizard.choices.with(|choices| choices.instruments.len() as u64);
    let expiries = move || wizard.choices.with(|choices| choices.expiry_count() as u64);
    let with_settings = move || wizard.step.get() == Step::Download;
    view! {
        <dl class="summary-list max-lg:hidden">
            <dt>"Instruments"</dt>
            <dd>{move || format::grouped(count())}</dd>
            <dd class="col-span-2 min-h-5 text-xs text-muted"><Names/></dd>
            <dt>"Contracts"</dt>
            <dd>{move || wizard.choices.with(contracts_words)}</dd>
            <dt>"Expiries"</dt>
            <dd>{move || format::grouped(expiries())}</dd>
            <Show when=with_settings>
                <dt>"Interval"</dt>
                <dd>{move || wizard.choices.with(|choices| interval_words(choices.interval))}</dd>
            </Show>
        </dl>
    }
}

#[component]
fn Names() -> impl IntoView {
    let wizard = Wizard::of_context();
    let named = move |name: &dyn Fn(&InstrumentKey) -> String| {
        wizard.choices.with(|choices| {
            let mut names: Vec<String> = choices.instruments.iter().take(NAMES_SHOWN).map(name).collect();
            let more = choices.instruments.len().saturating_sub(NAMES_SHOWN);
            if more > 0 {
                names.push(format!("{more} more"));
            }
            names.join(", ")
        })
    };
    view! {
        <Suspense fallback=move || view! { {move || named(&|key| key.name().to_owned())} }>
            {move || Suspend::new(async move {
                wizard.instruments.await.ok();
                move || named(&|key| wizard.name_of(key))
            })}
        </Suspense>
    }
}

/// Back and on. Where something is missing, it is said instead of letting a person run into it.
#[component]
fn WayOn() -> impl IntoView {
    let wizard = Wizard::of_context();
    let lacks = memo(move || {
        let invalid = wizard.has_invalid.get().then_some("Write a number that can be taken.");
        invalid.or_else(|| wizard.choices.with(|choices| missing(wizard.step.get(), choices)))
    });
    let next = move || wizard.step.get().next().unwrap_or_default();
    view! {
        <p class="min-h-5 text-sm text-muted" role="status">{move || lacks.get()}</p>
        <div class="flex gap-2">
            <BackLink/>
            {move || if lacks.get().is_some() {
                view! { <button type="button" class="btn btn-primary btn-sm flex-1" disabled>"Continue"</button> }.into_any()
            } else {
                view! {
                    <a class="btn btn-primary btn-sm flex-1" href=move || wizard.address_of(next())>
                        "Continue"<span class="sr-only">{move || format!(" to {}", next().name())}</span>
                    </a>
                }.into_any()
            }}
        </div>
    }
}

#[component]
pub fn BackLink() -> impl IntoView {
    let wizard = Wizard::of_context();
    let previous = memo(move || wizard.step.get().previous());
    move || {
        previous.get().map(|step| {
            view! { <a class="btn btn-sm" href=move || wizard.address_of(step)>"Back"</a> }
        })
    }
}
