//! The rate windows in full: how much of what Upstox allows is used now.

use leptos::prelude::*;
use protocol::WindowPicture;

use super::Show;
use crate::browser::compiled_once::memo;
use crate::browser::frame::share_used;
use crate::browser::live::live;
use crate::format;
use crate::format::period;

/// A bar for each window.
#[component]
pub fn RateWindows() -> impl IntoView {
    let limits = live().limits();
    let count = memo(move || limits.with(|limits| limits.windows.len()));
    view! {
        <Show when=move || { count.get() > 0 } fallback=|| view! { <p class="mt-2 text-sm text-muted">"Requests are not limited here."</p> }>
            <ul class="windows">
                {move || (0..count.get()).map(|index| view! { <WindowRow index/> }).collect_view()}
            </ul>
        </Show>
    }
    .into_any()
}

#[component]
fn WindowRow(index: usize) -> impl IntoView {
    let limits = live().limits();
    let window = memo(move || {
        let none = WindowPicture { used: 0, max: 0, seconds: 0 };
        limits.with(|limits| limits.windows.get(index).cloned()).unwrap_or(none)
    });
    view! {
        <li>
            <span class="text-muted">{move || window.with(|window| period(window.seconds))}</span>
            <span class="window-bar" aria-hidden="true">
                <span style:width=move || format!("{:.1}%", window.with(share_used) * 100.0)></span>
            </span>
            <span class="number">{move || window.with(|window| format::grouped(window.used.into()))}
                <span class="text-muted">" / " {move || window.with(|window| format::grouped(window.max.into()))}</span>
            </span>
        </li>
    }
    .into_any()
}
