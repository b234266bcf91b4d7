//! Whose analysis: underlying and expiry, and whether the expiry itself or a series made of it. Each choice is an address.

use leptos::prelude::*;
use market::InstrumentKey;
use protocol::ChainDays;

use crate::browser::pages::of_expiry::{address, expiry_choice, export_link};

const PAGE: &str = "/analysis";
const OF_SERIES: &str = "&part=series";

#[component]
pub fn Choices(
    underlyings: Vec<(InstrumentKey, String)>,
    days: ChainDays,
    of_series: Memo<bool>,
) -> impl IntoView {
    let part = move || if of_series.get_untracked() { OF_SERIES } else { "" };
    let here = address(PAGE, days.underlying.as_str(), Some(&days.expiry.to_string()));
    let series = format!("{here}{OF_SERIES}");
    let current = move |is_it: bool| is_it.then_some("page");
    view! {
        <div class="flex flex-wrap items-center gap-2">
            {expiry_choice(PAGE, part, underlyings, &days)}
            {export_link(&days.underlying, days.expiry)}
            <nav class="segments" aria-label="Parts">
                <a class="segment" href=here aria-current=move || current(!of_series.get())>"Expiry"</a>
                <a class="segment" href=series aria-current=move || current(of_series.get())>"Series"</a>
            </nav>
        </div>
    }
    .into_any()
}
