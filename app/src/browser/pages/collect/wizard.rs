//! The wizard as its parts see it: where it is, what is chosen, and how to change both.
//!
//! The address holds everything. A change on a step replaces the address, a step is one entry of the
//! browser's history; so Back undoes a step and not every tick.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use litemap::LiteMap;
use market::{InstrumentKey, UnderlyingName};
use protocol::{ExpiryRow, InstrumentList, Span, UnderlyingRow};

use super::choices::{Choices, Place, Recalled};
use super::step::Step;
use crate::browser::answer::answer;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::live::live;
use crate::rpc::{Answer, collect, settled};

/// Shared by all parts of the wizard, from context.
#[derive(Clone, Copy)]
pub struct Wizard {
    pub step: Memo<Step>,
    pub choices: Memo<Choices>,
    /// Sentences about what the address holds and nobody understands.
    pub left_out: Memo<Vec<String>>,
    /// Everything that can be chosen. Read it inside a suspense.
    pub instruments: Resource<Answer<InstrumentList>>,
    /// Shares beyond those that searches have found since.
    pub found: RwSignal<Vec<UnderlyingRow>>,
    /// The expiries that have come in, of the instruments that are shown.
    pub expiries: RwSignal<LiteMap<InstrumentKey, Vec<ExpiryRow>>>,
    pub is_signed_in: Memo<bool>,
    /// A field of the settings holds what was refused.
    pub has_invalid: RwSignal<bool>,
    replace: Callback<String>,
}

impl Wizard {
    /// Reads the address and asks for the instruments; called once, by the page.
    pub fn provide() -> Self {
        let query = use_query_map();
        let place = memo(move || query.with(|query| Place::read(|name| query.get(name))));
        let recalled = StoredValue::new(Recalled::default());
        let choices = memo(move || {
            place.with(|place| {
                recalled.try_update_value(|recalled| recalled.complete(place)).unwrap_or_default()
            })
        });
        let find = Action::new(|names: &Vec<UnderlyingName>| settled(collect::find(names.clone())));
        let navigate = use_navigate();
        let session = live().session();
        let wizard = Self {
            step: memo(move || place.with(|place| place.step)),
            choices,
            left_out: memo(move || {
                let mut left_out = place.with(|place| place.left_out.clone());
                left_out.extend(find.value().get().and_then(Result::err).map(|problem| problem.sentence));
                left_out
            }),
            instruments: Resource::new(|| (), |()| answer(collect::Instruments {})),
            found: RwSignal::new(Vec::new()),
            expiries: RwSignal::new(LiteMap::new()),
            has_invalid: RwSignal::new(false),
            is_signed_in: memo(move || session.with(|session| session.is_signed_in())),
            replace: Callback::new(move |address: String| {
                let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
                navigate(&address, options);
            }),
        };
        effect(move || {
            let names = place.with(|place| place.names.clone());
            if !names.is_empty() {
                find.dispatch(names);
            }
        });
        effect(move || {
            if let Some(Ok(keys)) = find.value().get() {
                wizard.change(|choices| keys.iter().for_each(|key| choices.set_instrument(key, true)));
            }
        });
        provide_context(wizard);
        wizard
    }

    /// From a part of the wizard.
    pub fn of_context() -> Self {
        expect_context()
    }

    /// Changes the choices, and with them the address.
    pub fn change(self, change: impl FnOnce(&mut Choices)) {
        let mut choices = self.choices.get_untracked();
        change(&mut choices);
        self.replace.run(choices.address(self.step.get_untracked()));
    }

    /// The days and the interval that are chosen: what is complete for others may not be for these.
    pub fn span(self) -> Span {
        self.choices.with(span_of)
    }

    pub fn span_untracked(self) -> Span {
        self.choices.with_untracked(span_of)
    }

    /// The address of a step with everything that is chosen now.
    pub fn address_of(self, step: Step) -> String {
        self.choices.with(|choices| choices.address(step))
    }

    /// The name of an instrument, as people know it. Read it inside a suspense.
    pub fn name_of(self, key: &InstrumentKey) -> String {
        let name_in = |rows: &[UnderlyingRow]| {
            let row = rows.iter().find(|row| row.underlying.key == *key)?;
            Some(row.underlying.name.clone())
        };
        self.instruments
            .with(|list| name_in(&list.as_ref()?.as_ref().ok()?.rows))
            .or_else(|| self.found.with(|found| name_in(found)))
            .unwrap_or_else(|| key.name().to_owned())
    }
}

fn span_of(choices: &Choices) -> Span {
    Span { days: choices.days, interval: choices.interval }
}
