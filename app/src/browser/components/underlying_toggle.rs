//! Whether the underlying's own candles come along: the same question of a download and of a schedule.

use leptos::prelude::*;

use super::own_id;

/// A switch that shows `is_on` and tells what it was set to.
#[component]
pub fn UnderlyingToggle(
    #[prop(into)] is_on: Signal<bool>,
    #[prop(into)] set: Callback<bool>,
) -> impl IntoView {
    let hint = own_id("underlying-hint");
    let described_by = hint.clone();
    view! {
        <div>
            <label class="flex items-center gap-2">
                <input type="checkbox" class="toggle toggle-sm toggle-primary" aria-describedby=described_by
                    checked=is_on prop:checked=is_on on:change=move |event| set.run(event_target_checked(&event))/>
                "With the underlying itself"
            </label>
            <p id=hint class="field-hint">
                "Its own 1-minute candles of the same months, one request a month: what the contracts are measured against."
            </p>
        </div>
    }
    .into_any()
}
