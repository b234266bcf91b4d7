//! The three rate windows in full, and whether they hold the job now.

use leptos::prelude::*;
use protocol::{JobPicture, WindowPicture};

use crate::format;
use crate::frame::{period, share_used};
use crate::job_pace::hold;
use crate::live::live;

#[component]
pub(super) fn RateWindows(job: ReadSignal<JobPicture>) -> impl IntoView {
    let limits = live().limits();
    let count = Memo::new(move |_| limits.with(|limits| limits.windows.len()));
    let hold = Memo::new(move |_| job.with(|job| limits.with(|limits| hold(job, limits))));
    view! {
        <section class="panel" aria-labelledby="rate-windows">
            <h2 id="rate-windows" class="panel-title">"Rate limits"</h2>
            <Show when=move || { count.get() > 0 } fallback=|| view! { <p class="mt-2 text-sm text-muted">"Requests are not limited here."</p> }>
                <ul class="windows">
                    {move || (0..count.get()).map(|index| view! { <WindowRow index/> }).collect_view()}
                </ul>
            </Show>
            // Its space is kept, so that nothing moves when the limiter steps in.
            <p class="job-hold" class:is-held=move || hold.with(Option::is_some)>
                {move || hold.get().unwrap_or_else(|| "Used now, of what Upstox allows. Jobs keep to it by themselves.".to_owned())}
            </p>
        </section>
    }
    .into_any()
}

#[component]
fn WindowRow(index: usize) -> impl IntoView {
    let limits = live().limits();
    let window = Memo::new(move |_| {
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
