//! The state of a job in a word, with a mark whose shape tells it apart without colour.

use leptos::prelude::*;
use protocol::JobStatus;

/// The badge of a state.
#[component]
pub fn JobStatusBadge(#[prop(into)] status: Signal<JobStatus>) -> impl IntoView {
    view! {
        <span class="job-status" data-status=move || status.get().as_str()>
            <svg class="job-status-mark" viewBox="0 0 12 12" aria-hidden="true" focusable="false">
                <path d=move || mark(status.get())/>
            </svg>
            {move || status.get().words()}
        </span>
    }
    .into_any()
}

/// Going on, standing still, waiting, whole, broken or crossed out.
fn mark(status: JobStatus) -> &'static str {
    match status {
        JobStatus::Running => "M3.500 2.500v7l6-3.500Z",
        JobStatus::Paused => "M3.500 2.500h1.500v7h-1.500ZM7 2.500h1.500v7h-1.500Z",
        JobStatus::Queued | JobStatus::WaitingForLogin | JobStatus::WaitingForBroker => {
            "M6 1.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9ZM6 3.250v2.750l1.750 1.250"
        }
        JobStatus::Completed => "M2.250 6.500 4.750 9l5-6",
        JobStatus::CompletedWithFailures => "M6 1.750 11 10.250H1ZM6 4.750v2.500m0 1.250v.500",
        JobStatus::Failed => "M2.750 2.750l6.500 6.500m0-6.500-6.500 6.500",
        JobStatus::Cancelled => "M6 1.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9ZM3 9l6-6",
    }
}
