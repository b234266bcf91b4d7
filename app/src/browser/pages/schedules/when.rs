//! When a schedule runs: the morning after an expiry, or a cron expression with what it means.

use leptos::prelude::*;
use protocol::SchedulePreview;

use super::draft::{Draft, TimeKind};
use crate::browser::compiled_once::memo;
use crate::browser::components::own_id;
use crate::browser::live::live;
use crate::format;
use crate::rpc;

#[component]
pub(super) fn WhenChoice(draft: Draft) -> impl IntoView {
    let entry = move |kind: TimeKind, words: &'static str| {
        let is_chosen = memo(move || draft.time_kind.get() == kind);
        view! {
            <label class="segment" class:chosen=is_chosen>
                <input type="radio" name="when" class="sr-only" checked=is_chosen prop:checked=is_chosen
                    on:change=move |_| draft.time_kind.set(kind)/>
                {words}
            </label>
        }
    };
    let (field, preview) = (own_id("schedule-when"), own_id("schedule-preview"));
    let meaning = preview.clone();
    view! {
        <fieldset>
            <legend class="field-label">"When"</legend>
            <div class="segments">
                {entry(TimeKind::AfterExpiry, "The trading day after an expiry")}
                {entry(TimeKind::Cron, "Cron expression")}
            </div>
            <div class="mt-3">
                {move || match draft.time_kind.get() {
                    TimeKind::AfterExpiry => view! {
                        <label class="field-label" for=field.clone()>"Time (IST)"</label>
                        <input id=field.clone() type="time" class="input input-sm w-32" min="06:00" required
                            prop:value=draft.run_time on:input=move |event| draft.run_time.set(event_target_value(&event))/>
                    }.into_any(),
                    TimeKind::Cron => view! {
                        <label class="field-label" for=field.clone()>"Minute, hour, day, month, weekday (IST)"</label>
                        <input id=field.clone() type="text" class="input input-sm w-full max-w-80 font-mono" autocomplete="off"
                            spellcheck="false" maxlength="100" aria-describedby=meaning.clone()
                            prop:value=draft.cron on:input=move |event| draft.cron.set(event_target_value(&event))/>
                    }.into_any(),
                }}
            </div>
            <Preview draft id=preview/>
        </fieldset>
    }
    .into_any()
}

/// What the time means, asked of the server with every change.
#[component]
fn Preview(draft: Draft, id: String) -> impl IntoView {
    let when = memo(move || draft.when());
    // What the server could not be asked is asked again when it is back.
    let reconnects = live().reconnects();
    let preview = LocalResource::new(move || {
        let when = when.get();
        reconnects.track();
        async move {
            match when {
                Ok(when) => {
                    rpc::settled(rpc::schedules::preview(when)).await.map_err(|problem| problem.sentence)
                }
                Err(refusal) => Err(format::sentence(&refusal)),
            }
        }
    });
    crate::browser::compiled_once::effect(move || {
        draft.time_refusal.set(preview.get().and_then(Result::err));
    });
    view! {
        <div id=id class="schedule-preview mt-2 min-h-10 text-sm" role="status">
            <Transition fallback=|| ()>
                {move || Suspend::new(async move {
                    match preview.await {
                        Ok(preview) => view! { <Meaning preview/> }.into_any(),
                        Err(refusal) => view! { <p class="text-error">{refusal}</p> }.into_any(),
                    }
                })}
            </Transition>
        </div>
    }
    .into_any()
}

#[component]
fn Meaning(preview: SchedulePreview) -> impl IntoView {
    let SchedulePreview { words, next_runs, warning } = preview;
    view! {
        <p class="font-medium">{format::sentence(&words)}</p>
        {warning.map(|warning| view! { <p class="notice notice-warning mt-1">{format::sentence(&warning)}</p> })}
        {if next_runs.is_empty() {
            view! {
                <p class="text-muted">"The instrument master says when contracts expire; holidays and weekends are passed over."</p>
            }.into_any()
        } else {
            let runs = next_runs.into_iter().map(|run| view! { <li>{format::moment_with_weekday(run)}</li> });
            view! {
                <p class="mt-1 text-muted">"Next runs:"</p>
                <ol class="list-decimal pl-5 text-muted">{runs.collect_view()}</ol>
            }.into_any()
        }}
    }
}
