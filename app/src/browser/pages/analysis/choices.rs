//! Whose analysis: underlying and expiry, and whether the expiry itself or a series made of it. Each choice is an address.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use market::{Day, InstrumentKey};
use protocol::ChainDays;

use crate::address::encoded;
use crate::format;

#[component]
pub fn Choices(
    underlyings: Vec<(InstrumentKey, String)>,
    days: ChainDays,
    of_series: Memo<bool>,
) -> impl IntoView {
    let navigate = use_navigate();
    let ChainDays { underlying, expiry, expiries, .. } = days;
    let key = StoredValue::new(underlying.to_string());
    let part = move || if of_series.get_untracked() { "&part=series" } else { "" };
    let to_underlying = {
        let navigate = navigate.clone();
        move |event| {
            let chosen = address(&event_target_value(&event), None);
            navigate(&format!("{chosen}{}", part()), Default::default());
        }
    };
    let to_expiry = move |event| {
        let chosen = address(&key.get_value(), Some(&event_target_value(&event)));
        navigate(&format!("{chosen}{}", part()), Default::default());
    };
    let of_underlying = move |(key, name): (InstrumentKey, String)| {
        view! { <option value=key.to_string() selected=key == underlying>{name}</option> }
    };
    let of_expiry = move |day: Day| {
        view! { <option value=day.to_string() selected=day == expiry>{format::day(day)}</option> }
    };
    let here = move || address(&key.get_value(), Some(&expiry.to_string()));
    let current = move |is_it: bool| is_it.then_some("page");
    view! {
        <div class="flex flex-wrap items-center gap-2">
            <select class="select select-sm w-auto" aria-label="Underlying" on:change=to_underlying>
                {underlyings.into_iter().map(of_underlying).collect_view()}
            </select>
            <select class="select select-sm w-auto" aria-label="Expiry" on:change=to_expiry>
                {expiries.into_iter().map(of_expiry).collect_view()}
            </select>
            <nav class="segments" aria-label="Parts">
                <a class="segment" href=here aria-current=move || current(!of_series.get())>"Expiry"</a>
                <a class="segment" href=move || format!("{}&part=series", here()) aria-current=move || current(of_series.get())>"Series"</a>
            </nav>
        </div>
    }
    .into_any()
}

fn address(underlying: &str, expiry: Option<&str>) -> String {
    let expiry = expiry.map(|expiry| format!("&expiry={expiry}")).unwrap_or_default();
    format!("/analysis?underlying={}{expiry}", encoded(underlying))
}
