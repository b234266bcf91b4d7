//! Jobs as a table: what each collects, how far it is, what it brought. Every row leads to its job.

use leptos::prelude::*;
use leptos_router::components::A;
use protocol::{JobId, JobPicture, JobStatus};

use super::{JobProgress, JobStatusBadge};
use crate::browser::compiled_once::memo;
use crate::browser::live::live;
use crate::format;

/// The table; rows in the order of `jobs`, which may change.
#[component]
pub fn JobTable(jobs: RwSignal<Vec<JobPicture>>) -> impl IntoView {
    let ids = memo(move || jobs.with(|jobs| jobs.iter().map(|job| job.id).collect::<Vec<_>>()));
    view! {
        <div class="table-frame">
            <table class="table table-sm job-table">
                <caption class="sr-only">"Jobs, the newest first; times in IST"</caption>
                <thead>
                    <tr>
                        <th scope="col" class="max-sm:hidden">"No."</th>
                        <th scope="col">"Job"</th>
                        <th scope="col" class="max-md:hidden">"State"</th>
                        <th scope="col" class="job-table-progress">"Progress"</th>
                        <th scope="col" class="number max-lg:hidden">"Contracts"</th>
                        <th scope="col" class="number max-sm:hidden">"Candles"</th>
                        <th scope="col" class="number max-lg:hidden">"Errors"</th>
                        <th scope="col" class="number max-lg:hidden">"Created (IST)"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || ids.get() key=|id| *id let:id>
                        <JobRow jobs id/>
                    </For>
                </tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn JobRow(jobs: RwSignal<Vec<JobPicture>>, id: JobId) -> impl IntoView {
    let held = jobs.with_untracked(|jobs| jobs.iter().find(|job| job.id == id).cloned());
    // The ids come from the same list, so the job is there; if it went meanwhile the row goes with it.
    let held = held?;
    let job = Memo::new(move |last: Option<&JobPicture>| {
        let found = jobs.with(|jobs| jobs.iter().find(|job| job.id == id).cloned());
        found.or_else(|| last.cloned()).unwrap_or_else(|| held.clone())
    });
    let now = live().now();
    let created = move || job.with(|job| format::moment_seen_from(job.created_at, now.get()));
    let status = Signal::derive(move || job.with(|job| job.status));
    let number = move |of: fn(&JobPicture) -> u64| move || format::grouped(job.with(of));
    // Its place in the queue.
    let place = memo(move || {
        job.with(|job| {
            job.waits.as_ref().filter(|_| job.status == JobStatus::Queued).map(|wait| wait.sentence.clone())
        })
    });
    let row = view! {
        <tr>
            <td class="text-muted max-sm:hidden">{id.0}</td>
            <td class="job-table-title">
                <A href=format!("/jobs/{id}") attr:class="link link-hover font-medium">{move || job.with(|job| job.title.clone())}</A>
                <div class="mt-0.5 md:hidden"><JobStatusBadge status/></div>
                {move || place.get().map(|place| view! { <div class="text-xs text-muted">{place}</div> })}
            </td>
            <td class="max-md:hidden"><JobStatusBadge status/></td>
            <td class="job-table-progress">
                <div class="flex items-center gap-2">
                    <JobProgress job thin=true/>
                    <span class="job-table-percent">{move || format::percent(job.with(JobPicture::fraction))}</span>
                </div>
            </td>
            <td class="number max-lg:hidden">{number(|job| job.contracts.total)}</td>
            <td class="number max-sm:hidden">{number(|job| job.candles)}</td>
            <td class="number max-lg:hidden">{number(|job| job.errors)}</td>
            <td class="number text-muted max-lg:hidden">{created}</td>
        </tr>
    };
    Some(row.into_any())
}
