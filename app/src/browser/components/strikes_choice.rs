//! Of which strikes options are wanted: the same question of a download and of a schedule. A number out of bounds is
//! refused in words and changes nothing.

use leptos::prelude::*;
use protocol::StrikesEachSide;

use crate::browser::compiled_once::memo;
use crate::browser::components::{Show, own_id};
use crate::format;

/// Shows `chosen`, nothing for all strikes, and tells what it was set to. `refusal` says what is wrong with what is
/// typed.
#[component]
pub fn StrikesChoice(
    #[prop(into)] chosen: Signal<Option<StrikesEachSide>>,
    #[prop(into)] set: Callback<Option<StrikesEachSide>>,
    refusal: RwSignal<Option<String>>,
) -> impl IntoView {
    // What was chosen last is offered again.
    let offered = StoredValue::new(chosen.get_untracked().unwrap_or(StrikesEachSide::OFFERED));
    let is_near = memo(move || chosen.get().is_some());
    let judge = move |typed: &str| {
        let strikes = typed.parse::<StrikesEachSide>();
        refusal.set(strikes.as_ref().err().map(|error| format::sentence(&error.to_string())));
        strikes.ok()
    };
    let choose = move |near: bool| {
        refusal.set(None);
        set.run(near.then(|| offered.get_value()));
    };
    let input = move |event| {
        judge(&event_target_value(&event));
    };
    let change = move |event| {
        if let Some(strikes) = judge(&event_target_value(&event)) {
            offered.set_value(strikes);
            set.run(Some(strikes));
        }
    };
    let number = move || chosen.get().map(|strikes| strikes.to_string());
    // The field comes back with what is chosen.
    on_cleanup(move || {
        refusal.try_set(None);
    });
    let entry = move |near: bool, words: &'static str| {
        let is_chosen = memo(move || is_near.get() == near);
        view! {
            <label class="segment" class:chosen=is_chosen>
                <input type="radio" name="strikes" class="sr-only" checked=is_chosen prop:checked=is_chosen
                    on:change=move |_| choose(near)/>
                {words}
            </label>
        }
    };
    let hint_id = own_id("strikes-hint");
    let described_by = hint_id.clone();
    view! {
        <fieldset>
            <legend class="field-label">"Strikes"</legend>
            <div class="flex flex-wrap items-center gap-x-4 gap-y-2">
                <div class="segments">{entry(false, "All")}{entry(true, "Near the money")}</div>
                <Show when=move || is_near.get()>
                    <label class="flex items-center gap-2 text-sm whitespace-nowrap">
                        "ATM ±"<span class="sr-only">" strikes each side"</span>
                        <input type="number" inputmode="numeric" class="input input-sm w-20" aria-describedby=described_by.clone()
                            min=StrikesEachSide::MIN max=StrikesEachSide::MAX
                            value=number prop:value=number aria-invalid=move || refusal.read().is_some().to_string()
                            on:input=input on:change=change/>
                    </label>
                </Show>
            </div>
            <p id=hint_id class="field-hint" class:text-error=move || refusal.read().is_some() role="status">
                {move || refusal.get().unwrap_or_else(|| hint(chosen.get()))}
            </p>
        </fieldset>
    }
    .into_any()
}

/// What the choice means.
fn hint(chosen: Option<StrikesEachSide>) -> String {
    let Some(strikes) = chosen else {
        return "Options of every strike that was listed.".to_owned();
    };
    let strikes = format::counted(strikes.get().into(), "listed strike", "listed strikes");
    format!(
        "Options whose strike lies within {strikes} of where the underlying went on the days asked, from its lowest to its highest price. \
         The others are left out and counted, and the expiry is not complete; a later download of all strikes brings them. \
         Where it is not known where the underlying went, all are collected. Futures always come."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_is_said_in_words() {
        assert_eq!(hint(None), "Options of every strike that was listed.");
        let near = hint(Some(1.try_into().unwrap()));
        assert!(near.starts_with("Options whose strike lies within 1 listed strike of where"), "{near}");
    }
}
