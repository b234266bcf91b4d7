//! The three rate windows as small gauges: how much of what the broker allows is used now.
//!
//! A full gauge is no fault: working at the limit is what the limiter is for.

use leptos::prelude::*;
use protocol::{LimitsPicture, WindowPicture};

use crate::browser::live::live;
use crate::format;

#[component]
pub(super) fn RateGauges() -> impl IntoView {
    let limits = live().limits();
    let bars = move || {
        limits.with(|limits| {
            limits.windows.iter().map(|window| view! { <Bar window=window.clone()/> }).collect_view()
        })
    };
    view! {
        <div class="gauges" role="img" aria-label=move || limits.with(in_words) title=move || limits.with(in_words)>
            <span class="gauge-bars">{bars}</span>
            <span class="gauge-figures">{move || limits.with(in_figures)}</span>
        </div>
    }
    .into_any()
}

#[component]
fn Bar(window: WindowPicture) -> impl IntoView {
    view! {
        <span class="gauge"><span style:height=format!("{:.0}%", share_used(&window) * 100.0)></span></span>
    }
}

/// 0 to 1, for drawing.
pub(crate) fn share_used(window: &WindowPicture) -> f64 {
    (f64::from(window.used) / f64::from(window.max.max(1))).min(1.0)
}

fn in_figures(limits: &LimitsPicture) -> String {
    if limits.windows.is_empty() {
        return "no rate limit".to_owned();
    }
    let window = |window: &WindowPicture| {
        format!("{}/{}", format::grouped(window.used.into()), format::grouped(window.max.into()))
    };
    limits.windows.iter().map(window).collect::<Vec<_>>().join(" · ")
}

fn in_words(limits: &LimitsPicture) -> String {
    if limits.windows.is_empty() {
        return "Requests to the broker are not limited".to_owned();
    }
    let window = |window: &WindowPicture| {
        let (used, max) = (format::grouped(window.used.into()), format::grouped(window.max.into()));
        format!("{used} of {max} in {}", format::period(window.seconds))
    };
    format!("Requests used: {}", limits.windows.iter().map(window).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_windows_are_told_in_figures_and_in_words() {
        let window = |used, max, seconds| WindowPicture { used, max, seconds };
        let limits = LimitsPicture {
            windows: vec![window(37, 50, 1), window(412, 500, 60), window(1612, 2000, 1800)],
            ..LimitsPicture::default()
        };
        assert_eq!(in_figures(&limits), "37/50 · 412/500 · 1,612/2,000");
        assert_eq!(
            in_words(&limits),
            "Requests used: 37 of 50 in 1 second, 412 of 500 in 1 minute, 1,612 of 2,000 in 30 minutes"
        );
        assert_eq!(in_figures(&LimitsPicture::default()), "no rate limit");
        assert_eq!(share_used(&window(60, 50, 1)), 1.0);
    }
}
