//! A button whose deed is done after a question only, because it takes something away.

use leptos::html::Dialog;
use leptos::prelude::*;

#[component]
pub fn ConfirmedButton(
    /// On the button that asks.
    words: &'static str,
    #[prop(into)] disabled: Signal<bool>,
    /// Of the question's heading; no two on a page are alike.
    id: String,
    question: &'static str,
    /// What stays, and what does not.
    detail: &'static str,
    /// On the button that does it.
    deed: &'static str,
    confirmed: Callback<()>,
) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    let labelled_by = id.clone();
    let carry_out = move |_| {
        close(dialog);
        confirmed.run(());
    };
    view! {
        <button type="button" class="btn btn-sm" disabled=disabled on:click=move |_| open(dialog)>{words}</button>
        <dialog class="modal" node_ref=dialog aria-labelledby=labelled_by>
            <div class="modal-box">
                <h2 id=id class="text-base font-semibold">{question}</h2>
                <p class="mt-2">{detail}</p>
                <div class="modal-action">
                    // The harmless answer comes first: the dialog gives it the focus.
                    <button type="button" class="btn btn-sm" on:click=move |_| close(dialog)>"Keep it"</button>
                    <button type="button" class="btn btn-error btn-sm" on:click=carry_out>{deed}</button>
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
