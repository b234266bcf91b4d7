//! Jobs: what is being collected, what was, and how each ended.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;
use protocol::{JobId, JobPicture};

use crate::browser::answer::answer;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{Empty, ErrorNote, JobTable, Load, Show};
use crate::browser::frame::{Crumb, Page};
use crate::browser::live::{follow_working_job, read_again_with_jobs};
use crate::browser::newest_first::put_piece;
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
                jobs.try_update(|jobs| put_piece(jobs, fresh, |job| job.id.0));
            }
        });
    });
    let older = Action::new(|before: &JobId| rpc::jobs::older_jobs(*before));
    effect(move || {
        if let Some(Ok(piece)) = older.value().get() {
            jobs.update(|jobs| {
                put_piece(jobs, piece, |job| job.id.0);
            });
        }
    });
    // They are numbered from one on, and none goes.
    let oldest = memo(move || jobs.with(|jobs| jobs.last().map(|job| job.id)).filter(|JobId(id)| *id > 1));
    let retry = Callback::new(move |()| {
        if let Some(oldest) = oldest.get_untracked() {
            older.dispatch(oldest);
        }
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
            {move || oldest.get().map(|oldest| view! {
                <button type="button" class="btn btn-sm mt-3" disabled=move || older.pending().get()
                    on:click=move |_| { older.dispatch(oldest); }>"Show older jobs"</button>
            })}
            {move || older.value().get().and_then(Result::err).map(|problem| view! {
                <div class="mt-3"><ErrorNote what="The older jobs could not be read" problem retry/></div>
            })}
        </Show>
    }
    .into_any()
}

fn skeleton() -> AnyView {
    view! { <div class="skeleton-box mt-10 h-64" aria-hidden="true"></div> }.into_any()
}
