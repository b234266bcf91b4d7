//! A figure by month of expiry: a bar a month, so that it is seen where most of it lies and where nothing is.

use leptos::prelude::*;
use protocol::StoredMonth;

use crate::format;

const STEP: usize = 5;
const WIDTH: usize = 4;
const HEIGHT: f64 = 16.0;
/// What is little is seen all the same.
const HEIGHT_MIN: f64 = 1.0;

#[component]
pub(super) fn Sparkline(
    months: RwSignal<Vec<StoredMonth>>,
    name: &'static str,
    of: fn(&StoredMonth) -> u64,
) -> impl IntoView {
    view! { {move || months.with(|months| drawn(months, name, of))} }.into_any()
}

/// `By month of expiry, Oct 2024 – Sep 2025`; nothing where one month is all there is.
pub(super) fn span_words(months: &[StoredMonth]) -> Option<String> {
    let [first, .., last] = months else { return None };
    Some(format!("By month of expiry, {} – {}", format::month(first.month), format::month(last.month)))
}

fn drawn(months: &[StoredMonth], name: &'static str, of: fn(&StoredMonth) -> u64) -> AnyView {
    let [first, .., last] = months else { return ().into_any() };
    let values: Vec<u64> = months.iter().map(of).collect();
    let most = values.iter().copied().max().unwrap_or(0);
    let label = format!(
        "{name} by month of expiry, from {} to {}: at most {}, in the last {}",
        format::month(first.month),
        format::month(last.month),
        format::grouped(most),
        format::grouped(of(last)),
    );
    let bars = values.iter().enumerate().map(|(index, value)| {
        let height = height(*value, most);
        view! { <rect x=STEP * index y=HEIGHT - height width=WIDTH height=height></rect> }
    });
    let width = STEP * values.len();
    view! {
        <svg class="sparkline" role="img" aria-label=label viewBox=format!("0 0 {width} {HEIGHT}") width=width height=HEIGHT preserveAspectRatio="xMinYMax meet">
            {bars.collect_view()}
        </svg>
    }
    .into_any()
}

fn height(value: u64, most: u64) -> f64 {
    match value {
        0 => 0.0,
        value => (value as f64 / most.max(1) as f64 * HEIGHT).max(HEIGHT_MIN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(first_day: &str) -> StoredMonth {
        let month = first_day.parse().unwrap();
        StoredMonth { month, underlyings: 1, expiries: 4, contracts: 800, candles: 2_000_000 }
    }

    #[test]
    fn a_bar_is_as_high_as_its_share_of_the_most_and_nothing_is_no_bar() {
        assert_eq!([0, 1, 50, 100].map(|value| height(value, 100)), [0.0, 1.0, 8.0, 16.0]);
        assert_eq!(height(0, 0), 0.0);
    }

    #[test]
    fn one_month_has_no_course() {
        assert_eq!(span_words(&[]), None);
        assert_eq!(span_words(&[month("2025-08-01")]), None);
        let words = span_words(&[month("2025-08-01"), month("2025-09-01")]);
        assert_eq!(words.as_deref(), Some("By month of expiry, Aug 2025 – Sep 2025"));
    }
}
