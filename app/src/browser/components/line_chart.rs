//! A small chart over time: one line or a few, with its highest value, its two ends, and its words for who
//! cannot see it. SVG, so it needs no script and follows the theme.
//!
//! Not for candles: those have a library.

use leptos::prelude::*;

use crate::drawn::{Chart, Line};

/// Lines are told apart by dashes as well as by colour.
const CLASSES: [&str; 3] = ["line line-first", "line line-second", "line line-third"];

/// The chart as it is drawn now; call it where it is to be drawn again.
pub fn line_chart(chart: &Chart) -> AnyView {
    let lines = || chart.lines.iter().zip(CLASSES.into_iter().cycle());
    let name = |(line, class): (&Line, &'static str)| {
        view! {
            <li>
                <svg class="line-sample" viewBox="0 0 20 4" aria-hidden="true"><path class=class d="M0 2H20"/></svg>
                {line.name.clone()} " " <span class="line-now">{line.now.clone()}</span>
            </li>
        }
    };
    let path = |(line, class): (&Line, &'static str)| view! { <path class=class d=line.path.clone()/> };
    let [start, end] = chart.ends.clone();
    view! {
        <div class="line-chart">
            <ul class="line-names">{lines().map(name).collect_view()}</ul>
            <div class="line-plot">
                <span class="line-top" aria-hidden="true">{chart.top.clone()}</span>
                <span class="line-zero" aria-hidden="true">"0"</span>
                <svg viewBox="0 0 240 60" preserveAspectRatio="none" role="img" aria-label=chart.words.clone()>
                    <path class="line-rule" d="M0 0H240M0 30H240M0 60H240"/>
                    {lines().map(path).collect_view()}
                </svg>
            </div>
            <p class="line-ends" aria-hidden="true"><span>{start}</span><span>{end}</span></p>
        </div>
    }
    .into_any()
}
