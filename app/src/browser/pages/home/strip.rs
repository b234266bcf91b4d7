//! The expiries of an underlying at a glance: a bar each, oldest first; its height says how much is there, and so does
//! its colour.

use leptos::prelude::*;
use protocol::{ExpiryShade, UnderlyingStrip};

use crate::format;

const STEP: usize = 5;
const WIDTH: usize = 4;
const HEIGHT: usize = 16;

#[component]
pub(super) fn Strip(row: UnderlyingStrip) -> impl IntoView {
    let partly = row.shades.iter().filter(|shade| **shade == ExpiryShade::Partly).count() as u64;
    let words = format!(
        "{} of {} complete",
        format::grouped(row.complete),
        format::counted(row.known, "expiry", "expiries")
    );
    let pruned = row.shades.iter().filter(|shade| **shade == ExpiryShade::Pruned).count() as u64;
    let pruned = if pruned > 0 { format!(", {} pruned", format::grouped(pruned)) } else { String::new() };
    let label = format!("{words}, {} partly{pruned}", format::grouped(partly));
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
        <span class="text-xs whitespace-nowrap text-muted">{words}</span>
    }
    .into_any()
}
