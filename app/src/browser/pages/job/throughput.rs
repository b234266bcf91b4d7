//! The pace of a job over its life: candles a second and requests a minute.

use leptos::prelude::*;

use super::watch::Watch;
use crate::browser::components::line_chart;

#[component]
pub(super) fn ThroughputPanel(watch: Watch) -> impl IntoView {
    let charts = move || {
        watch.charts.with(|charts| {
            charts
                .as_ref()
                .map(|charts| [line_chart(&charts.candles), line_chart(&charts.requests)].collect_view())
        })
    };
    view! {
        <section class="panel" aria-labelledby="throughput">
            <h2 id="throughput" class="panel-title">"Pace"<span class="font-normal text-muted">" · times in IST"</span></h2>
            <div class="throughput-charts">{charts}</div>
        </section>
    }
    .into_any()
}
