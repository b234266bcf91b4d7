//! Cancelling a job, after a question: it ends a download that may have waited for hours.

use leptos::html::Dialog;
use leptos::prelude::*;
use protocol::JobCommand;

use super::controls::Commands;

#[component]
pub(super) fn CancelJob(commands: Commands) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    let cancel = move |_| {
        close(dialog);
        commands.tell(JobCommand::Cancel);
    };
    view! {
        <button type="button" class="btn btn-sm" disabled=move || commands.is_busy() on:click=move |_| open(dialog)>
            "Cancel job"
        </button>
        <dialog class="modal" node_ref=dialog aria-labelledby="cancel-title">
            <div class="modal-box">
                <h2 id="cancel-title" class="text-base font-semibold">"Cancel this job?"</h2>
                <p class="mt-2">
                    "What it has brought stays stored. Nothing more is asked for until you take the job up again."
                </p>
                <div class="modal-action">
                    // The harmless answer comes first: the dialog gives it the focus.
                    <button type="button" class="btn btn-sm" on:click=move |_| close(dialog)>"Keep it"</button>
                    <button type="button" class="btn btn-error btn-sm" on:click=cancel>"Cancel the job"</button>
                </div>
            </div>
        </dialog>
    }
    .into_any()
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
