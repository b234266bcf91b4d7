//! Whose analysis: underlying and expiry, and whether the expiry itself or a series made of it. Each choice is an address.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use market::InstrumentKey;
use protocol::ChainDays;

use crate::address::encoded;
use crate::browser::pages::of_expiry::{address, expiry_choice, export_link};

const PAGE: &str = "/analysis";
pub(super) const OF_SERIES: &str = "&part=series";

#[component]
pub fn Choices(
    underlyings: Vec<(InstrumentKey, String)>,
    days: ChainDays,
    of_series: Memo<bool>,
) -> impl IntoView {
    let part = move || if of_series.get_untracked() { OF_SERIES } else { "" };
    let query = use_query_map();
    let here = StoredValue::new(address_of(&days));
    // Each part has what the address says of the other, so that it is found again as it was left.
    let expiry = move || here.with_value(|here| with_rest(here, query.get(), &[]));
    let series = move || format!("{}{OF_SERIES}", expiry());
    let current = move |is_it: bool| is_it.then_some("page");
    view! {
        <div class="flex flex-wrap items-center gap-2">
            {expiry_choice(PAGE, part, underlyings, &days)}
            {export_link(&days.underlying, days.expiry)}
            <nav class="segments" aria-label="Parts">
                <a class="segment" href=expiry aria-current=move || current(!of_series.get())>"Expiry"</a>
                <a class="segment" href=series aria-current=move || current(of_series.get())>"Series"</a>
            </nav>
        </div>
    }
    .into_any()
}

pub(super) fn address_of(days: &ChainDays) -> String {
    address(PAGE, days.underlying.as_str(), Some(&days.expiry.to_string()))
}

/// `here`, and of the address that is shown what is neither in it nor replaced. The part is left to whoever asks.
pub(super) fn with_rest<N: AsRef<str>>(
    here: &str,
    shown: impl IntoIterator<Item = (N, String)>,
    replaced: &[&str],
) -> String {
    let is_rest = |name: &str| !["underlying", "expiry", "part"].contains(&name) && !replaced.contains(&name);
    let rest = shown.into_iter().filter(|(name, _)| is_rest(name.as_ref()));
    let rest = rest.map(|(name, text)| format!("&{}={}", encoded(name.as_ref()), encoded(&text)));
    let rest: String = rest.collect();
    format!("{here}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_part_is_found_as_it_was_left() {
        let pairs =
            [("expiry", "2025-08-21"), ("part", "series"), ("at", "2025-08-28T11:01"), ("series", "a b")];
        let shown = pairs.map(|(name, text)| (name, text.to_owned()));
        let here = "/analysis?underlying=X&expiry=2025-08-28";
        assert_eq!(with_rest(here, shown.clone(), &[]), format!("{here}&at=2025-08-28T11%3A01&series=a%20b"));
        assert_eq!(with_rest(here, shown, &["series"]), format!("{here}&at=2025-08-28T11%3A01"));
    }
}
