//! Cancelling a job, after a question: it cannot be undone.

use leptos::html::Dialog;
use leptos::prelude::*;
use protocol::JobPicture;

use crate::components::ErrorNote;
use crate::live::JobFeed;
use crate::rpc;
use crate::rpc::Answer;

#[component]
pub(super) fn CancelJob(feed: JobFeed) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    let cancel = Action::new(move |()| rpc::jobs::cancel(feed.id));
    let can_cancel = Memo::new(move |_| feed.picture.with(|job| !job.status.is_ended()));
    Effect::new(move || {
        if let Some(Ok(picture)) = cancel.value().get() {
            feed.picture.set(picture);
            close(dialog);
        }
    });
    view! {
        <Show when=move || can_cancel.get()>
            <button type="button" class="btn btn-sm" on:click=move |_| open(dialog)>"Cancel job"</button>
        </Show>
        <dialog class="modal" node_ref=dialog aria-labelledby="cancel-title">
            <div class="modal-box">
                <h2 id="cancel-title" class="text-base font-semibold">"Cancel this job?"</h2>
                <p class="mt-2">
                    "What it has brought stays stored. A cancelled job is not taken up again; collecting the same once more asks only for what is missing."
                </p>
                {move || failure(cancel.value().get()).map(|problem| view! {
                    <div class="mt-3"><ErrorNote what="The job could not be cancelled" problem/></div>
                })}
                <div class="modal-action">
                    // The harmless answer comes first and has the focus.
                    <button type="button" class="btn btn-sm" autofocus on:click=move |_| close(dialog)>"Keep it"</button>
                    <button type="button" class="btn btn-error btn-sm" disabled=move || cancel.pending().get()
                        on:click=move |_| { cancel.dispatch(()); }>
                        "Cancel the job"
                    </button>
                </div>
            </div>
        </dialog>
    }
    .into_any()
}

fn failure(answer: Option<Answer<JobPicture>>) -> Option<rpc::Problem> {
    answer.and_then(Result::err)
}

fn open(dialog: NodeRef<Dialog>) {
    if let Some(dialog) = dialog.get_untracked() {
        // It fails only where the dialog is open already.
        let _ = dialog.show_modal();
    }
}

fn close(dialog: NodeRef<Dialog>) {
    if let Some(dialog) = dialog.get_untracked() {
        dialog.close();
    }
}
