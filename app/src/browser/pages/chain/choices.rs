//! Which chain: underlying, expiry and day. Each choice is an address.

use leptos::prelude::*;
use market::InstrumentKey;
use protocol::ChainDays;

use super::player::Player;
use crate::address::encoded;
use crate::browser::pages::of_expiry::{expiry_choice, export_address, export_to};
use crate::browser::pages::timeline::DayChoice;

#[component]
pub fn Choices(underlyings: Vec<(InstrumentKey, String)>, days: ChainDays, player: Player) -> impl IntoView {
    // The form beside it takes the day, or the whole expiry.
    let whole = export_address(&days.underlying, days.expiry);
    let export = move || format!("{whole}&chain={}", encoded(&player.minute().get().to_string()));
    let beside = move |by: isize| move |_| player.move_by_days(by);
    view! {
        <div class="flex flex-wrap items-center gap-2">
            {expiry_choice("/chain", || "", underlyings, &days)}
            {export_to(export, " the chain of this minute")}
            <div class="flex items-center gap-1">
                <button type="button" class="btn btn-sm" aria-label="The day before" on:click=beside(-1)>"◂"</button>
                <DayChoice timeline=player.timeline name="Day" minute=player.minute()
                    go=Callback::new(move |day| player.go_to_day(day))/>
                <button type="button" class="btn btn-sm" aria-label="The day after" on:click=beside(1)>"▸"</button>
            </div>
        </div>
    }
    .into_any()
}
