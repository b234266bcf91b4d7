//! Which chain: underlying, expiry and day. Each choice is an address.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use market::{Day, InstrumentKey};
use protocol::ChainDays;

use super::player::Player;
use crate::address::encoded;
use crate::format;

#[component]
pub fn Choices(underlyings: Vec<(InstrumentKey, String)>, days: ChainDays, player: Player) -> impl IntoView {
    let navigate = use_navigate();
    let ChainDays { underlying, expiry, expiries, .. } = days;
    let to_underlying = {
        let navigate = navigate.clone();
        move |event| navigate(&address(&event_target_value(&event), None), Default::default())
    };
    let key = underlying.to_string();
    let to_expiry = move |event| {
        navigate(&address(&key, Some(&event_target_value(&event))), Default::default());
    };
    let of_underlying = move |(key, name): (InstrumentKey, String)| {
        view! { <option value=key.to_string() selected=key == underlying>{name}</option> }
    };
    let of_expiry = move |day: Day| {
        view! { <option value=day.to_string() selected=day == expiry>{format::day(day)}</option> }
    };
    let to_day = move |event| {
        let day = event_target_value(&event).parse::<Day>().ok();
        if let Some(day) = day.and_then(|day| player.day(day)) {
            player.go_to_day(day);
        }
    };
    let shown = untrack(|| player.minute().day());
    let beside = move |by: isize| move |_| player.move_by_days(by);
    view! {
        <div class="flex flex-wrap items-center gap-2">
            <select class="select select-sm w-auto" aria-label="Underlying" on:change=to_underlying>
                {underlyings.into_iter().map(of_underlying).collect_view()}
            </select>
            <select class="select select-sm w-auto" aria-label="Expiry" on:change=to_expiry>
                {expiries.into_iter().map(of_expiry).collect_view()}
            </select>
            <div class="flex items-center gap-1">
                <button type="button" class="btn btn-sm" aria-label="The day before" on:click=beside(-1)>"◂"</button>
                <select class="select select-sm w-auto" aria-label="Day" on:change=to_day
                    prop:value=move || player.minute().day().to_string()>
                    {player.days().into_iter().rev().map(|of| view! {
                        <option value=of.day.to_string() selected=of.day == shown>{format::day(of.day)}</option>
                    }).collect_view()}
                </select>
                <button type="button" class="btn btn-sm" aria-label="The day after" on:click=beside(1)>"▸"</button>
            </div>
        </div>
    }
    .into_any()
}

fn address(underlying: &str, expiry: Option<&str>) -> String {
    let expiry = expiry.map(|expiry| format!("&expiry={expiry}")).unwrap_or_default();
    format!("/chain?underlying={}{expiry}", encoded(underlying))
}
