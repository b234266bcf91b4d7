//! Which chain: underlying, expiry and day. Each choice is an address.

use leptos::prelude::*;
use market::{Day, InstrumentKey};
use protocol::ChainDays;

use super::player::Player;
use crate::address::encoded;
use crate::browser::pages::of_expiry::{expiry_choice, export_address, export_to};
use crate::format;

#[component]
pub fn Choices(underlyings: Vec<(InstrumentKey, String)>, days: ChainDays, player: Player) -> impl IntoView {
    let to_day = move |event| {
        let day = event_target_value(&event).parse::<Day>().ok();
        if let Some(day) = day.and_then(|day| player.day(day)) {
            player.go_to_day(day);
        }
    };
    let shown = untrack(|| player.minute().day());
    // The form beside it takes the day, or the whole expiry.
    let whole = export_address(&days.underlying, days.expiry);
    let export = move || format!("{whole}&chain={}", encoded(&player.minute().to_string()));
    let beside = move |by: isize| move |_| player.move_by_days(by);
    view! {
        <div class="flex flex-wrap items-center gap-2">
            {expiry_choice("/chain", || "", underlyings, &days)}
            {export_to(export, " the chain of this minute")}
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
