//! What failed in a job, with its reason, and the way to try it again. Parts of one reason stand together under
//! it; a long list is shown piece by piece.

use leptos::prelude::*;
use protocol::{JobCommand, JobPicture, JobStatus};

use super::controls::Commands;
use super::watch::Watch;
use crate::browser::compiled_once::memo;
use crate::drawn::{FailureGroup, FailureRow};
use crate::format;
use crate::rpc::jobs::FAILURES_A_PAGE;

#[component]
pub(super) fn FailuresPanel(watch: Watch, status: Memo<JobStatus>, commands: Commands) -> impl IntoView {
    let shown = move || {
        watch.watched.with(|watched| watched.failures.iter().map(|group| group.rows.len()).sum::<usize>())
    };
    let total = move || watch.job().with(JobPicture::failed);
    let any = memo(move || shown() > 0);
    let all_shown = move || shown() as u64 >= total();
    view! {
        <section class="panel mt-4" class:hidden=move || !any.get() aria-labelledby="failures-title">
            <div class="panel-head">
                <h2 id="failures-title" class="panel-title">
                    {move || format!("{} failed", format::grouped(total()))}
                    <span class="font-normal text-muted">" · times in IST"</span>
                </h2>
                // While the job runs they wait for its end.
                <button type="button" class="btn btn-sm" disabled=move || commands.is_busy() || !status.get().is_ended()
                    on:click=move |_| commands.tell(JobCommand::Retry)>
                    "Try these again"
                </button>
            </div>
            <div class="table-frame failures" role="region" aria-labelledby="failures-title" tabindex="0">
                <table class="table table-sm">
                    <thead>
                        <tr><th scope="col">"What"</th><th scope="col" class="number">"Tries"</th><th scope="col" class="number">"When"</th></tr>
                    </thead>
                    {move || watch.watched.with(|watched| watched.failures.iter().map(group).collect_view())}
                </table>
            </div>
            <button type="button" class="btn btn-sm mt-2" class:hidden=all_shown
                on:click=move |_| watch.failures_shown.update(|shown| *shown += FAILURES_A_PAGE)>
                "Show more"
            </button>
        </section>
    }
    .into_any()
}

/// One body of the table for each reason.
fn group(group: &FailureGroup) -> AnyView {
    let row = |row: &FailureRow| {
        let FailureRow { what, address, tries, at } = row.clone();
        view! {
            <tr><td><a class="link" href=address>{what}</a></td><td class="number">{tries}</td><td class="number">{at}</td></tr>
        }
    };
    view! {
        <tbody>
            <tr class="group-row"><th scope="rowgroup" colspan="3">{group.title.clone()}</th></tr>
            {group.rows.iter().map(row).collect_view()}
        </tbody>
    }
    .into_any()
}
