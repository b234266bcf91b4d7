//! What both ways out share: which kinds go there, how the way does, and the test.

use leptos::prelude::*;
use protocol::{ChannelPicture, NoticeChannel, NoticeKind};

use crate::browser::chosen::set_chosen;
use crate::browser::compiled_once::memo;
use crate::browser::components::ErrorNote;
use crate::format;
use crate::rpc;

/// Which kinds go this way.
#[component]
pub(super) fn Kinds(held: RwSignal<Vec<NoticeKind>>) -> impl IntoView {
    let entry = move |kind: NoticeKind| {
        let is_chosen = memo(move || held.with(|kinds| kinds.contains(&kind)));
        let choose = move |event| {
            let chosen = event_target_checked(&event);
            held.update(|kinds| set_chosen(kinds, kind, chosen));
        };
        view! {
            <label class="choice-chip" class:chosen=is_chosen>
                <input type="checkbox" class="checkbox checkbox-xs checkbox-primary" checked=is_chosen prop:checked=is_chosen on:change=choose/>
                {kind.words()}
            </label>
        }
    };
    view! {
        <fieldset>
            <legend class="field-label">"Tell when"</legend>
            <div class="flex flex-wrap gap-2">{NoticeKind::ALL.map(entry)}</div>
        </fieldset>
    }
    .into_any()
}

/// How the way does, and a test of it with what is saved.
#[component]
pub(super) fn StateAndTest(
    channel: NoticeChannel,
    #[prop(into)] state: Signal<ChannelPicture>,
    /// Something is not saved: a test would not be of what is shown.
    changed: Memo<bool>,
) -> impl IntoView {
    let test = Action::new(move |(): &()| rpc::notices::test(channel));
    view! {
        <div class="flex flex-wrap items-center gap-3">
            <button type="button" class="btn btn-sm" disabled=move || changed.get() || test.pending().get()
                on:click=move |_| { test.dispatch(()); }>
                {move || if test.pending().get() { "Sending…" } else { "Send a test" }}
            </button>
            <p class="text-sm text-muted">
                {move || if changed.get() { "Save first: a test is of what is saved. " } else { "" }}
                {move || state.with(state_words)}
            </p>
        </div>
        <div role="status">
            {move || match test.value().get() {
                Some(Ok(outcome)) => Some(view! {
                    <div class=if outcome.delivered { "notice" } else { "notice notice-error" }>
                        <p>{format::sentence(&outcome.message)}</p>
                    </div>
                }.into_any()),
                Some(Err(problem)) => Some(view! { <ErrorNote what="The test was not sent" problem/> }.into_any()),
                None => None,
            }}
            {move || state.with(|state| state.trouble.clone()).map(|trouble| view! {
                <div class="notice notice-warning mt-2">
                    <p>"The last notice could not be delivered: "{format::sentence(&trouble)}" No job waits for it."</p>
                </div>
            })}
        </div>
    }
    .into_any()
}

fn state_words(state: &ChannelPicture) -> String {
    let delivered = match state.delivered_at {
        Some(at) => format!("Last delivered {} IST.", format::moment(at)),
        None => "Nothing delivered yet.".to_owned(),
    };
    match state.pending {
        0 => delivered,
        count => format!("{delivered} {} on the way.", format::counted(count.into(), "notice", "notices")),
    }
}
