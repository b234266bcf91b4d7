//! The rate windows beside a job, now and in the last hour, and whether they hold it.

use leptos::prelude::*;
use protocol::JobPicture;

use super::watch::Watch;
use crate::browser::compiled_once::memo;
use crate::browser::components::{RateWindows, line_chart};
use crate::browser::job_pace::hold;
use crate::browser::live::live;

#[component]
pub(super) fn WindowsPanel(job: ReadSignal<JobPicture>, watch: Watch) -> impl IntoView {
    let limits = live().limits();
    let hold = memo(move || job.with(|job| limits.with(|limits| hold(job, limits))));
    view! {
        <section class="panel" aria-labelledby="rate-windows">
            <h2 id="rate-windows" class="panel-title">"Rate limits"</h2>
            <RateWindows/>
            {move || watch.charts.with(|charts| charts.as_ref().map(|charts| line_chart(&charts.windows)))}
            // Its space is kept, so that nothing moves when the limiter steps in.
            <p class="job-hold" class:is-held=move || hold.with(Option::is_some)>
                {move || hold.get().unwrap_or_else(|| "Used now and in the last hour, of what Upstox allows. Jobs keep to it by themselves.".to_owned())}
            </p>
        </section>
    }
    .into_any()
}
