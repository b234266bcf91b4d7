//! The expiries of an underlying at a glance: a bar each, oldest first; its height says how much is there, and so does
//! its colour. In words it is how many are stored, and beside it how many are complete for the usual days: whoever wanted
//! fewer days has none of these and lacks nothing.

use leptos::prelude::*;
use protocol::{ExpiryShade, HistoricalDays, UnderlyingStrip};

use crate::format;

const STEP: usize = 5;
const WIDTH: usize = 4;
const HEIGHT: usize = 16;

#[component]
pub(super) fn Strip(row: UnderlyingStrip) -> impl IntoView {
    let known = format::counted(row.known, "expiry", "expiries");
    let stored = format!("{} of {known} stored", format::grouped(row.stored.expiries));
    let days = format::counted(HistoricalDays::default().get().into(), "day", "days");
    let complete =
        (row.complete > 0).then(|| format!("{} complete for {days}", format::grouped(row.complete)));
    let some = |wanted: ExpiryShade, words: &str| {
        let count = row.shades.iter().filter(|shade| **shade == wanted).count() as u64;
        (count > 0).then(|| format!("{} {words}", format::grouped(count)))
    };
    let told = [
        Some(stored.clone()),
        complete.clone(),
        some(ExpiryShade::Partly, "in part"),
        some(ExpiryShade::Pruned, "pruned"),
    ];
    let label = told.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let view_box = format!("0 0 {} {HEIGHT}", STEP * row.shades.len().max(1));
    let width = STEP * row.shades.len().max(1);
    let bars = row.shades.iter().enumerate().map(|(index, shade)| {
        let (class, height) = match shade {
            ExpiryShade::Complete => ("is-complete", HEIGHT),
            ExpiryShade::Partly => ("is-partly", HEIGHT / 2),
            ExpiryShade::Missing => ("is-missing", 2),
            ExpiryShade::Pruned => ("is-pruned", HEIGHT / 4),
        };
        view! { <rect class=class x=STEP * index y=HEIGHT - height width=WIDTH height=height></rect> }
    });
    view! {
        <svg class="expiry-strip" role="img" aria-label=label viewBox=view_box width=width height=HEIGHT preserveAspectRatio="xMinYMid meet">
            {bars.collect_view()}
        </svg>
        <span class="text-xs whitespace-nowrap">{stored}</span>
        {complete.map(|words| view! { <span class="text-xs whitespace-nowrap text-muted">{words}</span> })}
    }
    .into_any()
}
