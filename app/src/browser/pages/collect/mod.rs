//! Collect: the wizard from instruments to a running download, four steps and a summary always in view.

mod choices;
mod dates;
mod download;
mod estimate;
mod expiries;
mod expiry_section;
mod instrument_rows;
mod instruments;
mod kinds;
mod months;
mod pick_bar;
mod picks;
mod settings;
mod step;
mod step_bar;
mod summary;
mod wizard;
mod words;

use leptos::html::H1;
use leptos::prelude::*;
use market::{Day, InstrumentKey};

use self::choices::Choices;
use self::download::DownloadStep;
use self::expiries::ExpiriesStep;
use self::instruments::InstrumentsStep;
use self::kinds::KindsStep;
use self::step::Step;
use self::step_bar::StepBar;
use self::summary::Summary;
use self::wizard::Wizard;
use crate::browser::components::Show;
use crate::browser::frame::{Crumb, Page, SignInLink};

pub use self::choices::address_with;
pub use self::instrument_rows::matching as matching_instruments;
pub use self::months::weekly_word;
pub use self::words::interval_words;

/// Where one expiry is collected: the last step with that expiry chosen.
pub fn address_for_expiry(key: &InstrumentKey, date: Day) -> String {
    let mut choices = Choices::default();
    choices.set_instrument(key, true);
    choices.set_expiry(key, date, true);
    choices.address(Step::Download)
}

/// Where the expiries of an instrument are listed, to choose of them.
pub fn address_for_expiries(key: &InstrumentKey) -> String {
    let mut choices = Choices::default();
    choices.set_instrument(key, true);
    choices.address(Step::Expiries)
}

/// Choose what to collect.
#[component]
pub fn Collect() -> impl IntoView {
    let wizard = Wizard::provide();
    let heading = NodeRef::<H1>::new();
    focus_later_steps(wizard, heading);
    view! {
        <Page crumbs=vec![Crumb::here("Collect")] left_out=wizard.left_out>
            <StepBar/>
            <SignInFirst/>
            <div class="wizard">
                <section class="min-w-0" aria-labelledby="wizard-question">
                    <h1 id="wizard-question" tabindex="-1" node_ref=heading class="text-lg font-semibold outline-none">
                        {move || wizard.step.get().question()}
                    </h1>
                    {move || match wizard.step.get() {
                        Step::Instruments => view! { <InstrumentsStep/> }.into_any(),
                        Step::Kinds => view! { <KindsStep/> }.into_any(),
                        Step::Expiries => view! { <ExpiriesStep/> }.into_any(),
                        Step::Download => view! { <DownloadStep/> }.into_any(),
                    }}
                </section>
                <Summary/>
            </div>
        </Page>
    }
}

/// Instruments can be chosen by anybody; the broker is asked for the rest.
#[component]
fn SignInFirst() -> impl IntoView {
    let is_signed_in = Wizard::of_context().is_signed_in;
    view! {
        <Show when=move || !is_signed_in.get()>
            <div class="notice notice-warning mb-4" role="status">
                <p>"Nobody is signed in. Expiries and the download need it; what you choose is kept in the address of this page."</p>
                <SignInLink/>
            </div>
        </Show>
    }
}

/// A new step is a new page to a screen reader: its question gets the focus.
fn focus_later_steps(wizard: Wizard, heading: NodeRef<H1>) {
    Effect::new(move |before: Option<Step>| {
        let step = wizard.step.get();
        if let (Some(true), Some(heading)) = (before.map(|before| before != step), heading.get_untracked()) {
            // Without the focus the step still works.
            let _ = heading.focus();
        }
        step
    });
}
