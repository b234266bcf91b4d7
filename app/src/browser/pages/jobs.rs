//! Jobs: what is being collected, what was, and how each ended.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;
use protocol::JobPicture;

use crate::browser::answer::answer;
use crate::browser::components::{Empty, JobTable, Load, Show};
use crate::browser::frame::{Crumb, Page};
use crate::browser::live::{follow_working_job, read_again_with_jobs};
use crate::rpc;

/// All jobs, the newest first.
#[component]
pub fn Jobs() -> impl IntoView {
    let jobs = Resource::new(|| (), |()| answer(rpc::jobs::Jobs {}));
    view! {
        <Page crumbs=vec![Crumb::here("Jobs")]>
            <Load resource=jobs what="The jobs could not be read" skeleton view=|jobs| view! { <JobList opening=jobs/> }/>
        </Page>
    }
}

#[component]
fn JobList(opening: Vec<JobPicture>) -> impl IntoView {
    let jobs = RwSignal::new(opening);
    follow_working_job(jobs);
    read_again_with_jobs(jobs, move || {
        spawn_local(async move {
            // What could not be read again stays as it was; the frame says that the server is away.
            if let Ok(fresh) = rpc::jobs::jobs().await {
                jobs.try_set(fresh);
            }
        });
    });
    view! {
        <Show when=move || !jobs.with(Vec::is_empty) fallback=|| view! {
            <Empty
                title="No job yet"
                text="Every download is a job: its progress, its requests and its failures stay here, and a restart of the server takes it up where it was."
                address="/collect"
                action="Start a download"
            />
        }>
            <div class="section-head">
                <h1>"Jobs"</h1>
                <A href="/collect" attr:class="btn btn-primary btn-sm">"New download"</A>
            </div>
            <JobTable jobs/>
        </Show>
    }
    .into_any()
}

fn skeleton() -> AnyView {
    view! { <div class="skeleton-box mt-10 h-64" aria-hidden="true"></div> }.into_any()
}
