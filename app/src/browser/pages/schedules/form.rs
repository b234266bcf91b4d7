//! The form of a schedule, a new one or one that is changed. What is missing is said beside the button instead of
//! letting a person run into it.

use leptos::html::H2;
use leptos::prelude::*;
use market::{ContractKinds, Interval};
use protocol::{ExpiryCycle, HistoricalDays, SCHEDULE_NAME_LENGTH_MAX, ScheduleOrder, SchedulePicture};

use super::draft::Draft;
use super::instruments::InstrumentChoice;
use super::when::WhenChoice;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{ErrorNote, Show, StrikesChoice, UnderlyingToggle, own_id};
use crate::browser::pages::interval_words;
use crate::format;
use crate::rpc;

#[component]
pub(super) fn ScheduleForm(
    schedules: RwSignal<Vec<SchedulePicture>>,
    /// The schedule that is changed; without one it is a new one.
    #[prop(optional)]
    changed: Option<SchedulePicture>,
    is_open: RwSignal<bool>,
) -> impl IntoView {
    let draft = changed.as_ref().map_or_else(Draft::new, Draft::of);
    let changed =
        changed.map(|SchedulePicture { id, name, rule, .. }| (id, ScheduleOrder { name: Some(name), rule }));
    let id = changed.as_ref().map(|(id, _)| *id);
    let (title, action, failure) = match id {
        None => ("New schedule", "Add schedule", "The schedule was not added"),
        Some(_) => ("Change the schedule", "Save changes", "The schedule was left as it is"),
    };
    let form_id = id.map_or_else(|| "new-schedule".to_owned(), |id| format!("change-schedule-{id}"));
    let labelled_by = form_id.clone();
    let save = Action::new(move |order: &ScheduleOrder| {
        let (changed, order) = (changed.clone(), order.clone());
        rpc::settled(async move {
            match changed {
                None => rpc::schedules::add(order).await,
                Some((id, seen)) => rpc::schedules::change(id, seen, order).await,
            }
        })
    });
    effect(move || {
        if let Some(Ok(saved)) = save.value().get() {
            schedules.update(|list| match list.iter_mut().find(|one| one.id == saved.id) {
                Some(held) => *held = saved,
                None => list.push(saved),
            });
            is_open.set(false);
        }
    });
    let order = memo(move || draft.order());
    let heading = NodeRef::<H2>::new();
    focus_when_shown(heading);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let Ok(order) = order.get_untracked() {
            save.dispatch(order);
        }
    };
    // The form of another schedule may be open beside it.
    let (days_id, name_id) = (own_id("schedule-days"), own_id("schedule-name"));
    view! {
        <form class="panel mb-4 grid gap-5" aria-labelledby=labelled_by on:submit=submit>
            <h2 id=form_id class="font-semibold outline-none" tabindex="-1" node_ref=heading>{title}</h2>
            <InstrumentChoice draft/>
            <div class="grid gap-5 md:grid-cols-2">
                <Segments legend="Expiries" name="expiries" held=draft.expiries
                    choices=ExpiryCycle::ALL.map(|cycle| (cycle, cycle_words(cycle).to_owned())).to_vec()/>
                <Segments legend="Contracts" name="kinds" held=draft.kinds
                    choices=[ContractKinds::Both, ContractKinds::Options, ContractKinds::Futures].map(|kinds| (kinds, kinds_words(kinds).to_owned())).to_vec()/>
                <Segments legend="Interval" name="interval" held=draft.interval
                    choices=Interval::ALL.map(|interval| (interval, interval_words(interval))).to_vec()/>
                <div>
                    <label class="field-label" for=days_id.clone()>"Days before expiry"</label>
                    <input id=days_id type="number" inputmode="numeric" class="input input-sm w-28"
                        min=HistoricalDays::MIN max=HistoricalDays::MAX
                        prop:value=draft.days on:input=move |event| draft.days.set(event_target_value(&event))/>
                </div>
            </div>
            <Show when=move || draft.kinds.get().options()>
                <StrikesChoice chosen=draft.strikes set=move |strikes| draft.strikes.set(strikes) refusal=draft.strikes_refusal/>
            </Show>
            <UnderlyingToggle is_on=draft.with_underlying set=move |chosen| draft.with_underlying.set(chosen)/>
            <label class="flex items-center gap-2">
                <input type="checkbox" class="toggle toggle-sm toggle-primary" prop:checked=draft.publish
                    on:change=move |event| draft.publish.set(event_target_checked(&event))/>
                "Publish what is complete into the lake"
            </label>
            <WhenChoice draft/>
            <div>
                <label class="field-label" for=name_id.clone()>"Name"</label>
                <input id=name_id type="text" class="input input-sm w-full max-w-80" autocomplete="off"
                    maxlength=SCHEDULE_NAME_LENGTH_MAX.to_string() placeholder="After what it collects"
                    prop:value=draft.name on:input=move |event| draft.name.set(event_target_value(&event))/>
            </div>
            {move || save.value().get().and_then(Result::err).map(|problem| view! {
                <ErrorNote what=failure problem/>
            })}
            <div class="flex flex-wrap items-center gap-2">
                <button type="submit" class="btn btn-primary btn-sm"
                    disabled=move || order.with(Result::is_err) || save.pending().get()>{action}</button>
                <button type="button" class="btn btn-sm" on:click=move |_| is_open.set(false)>"Close"</button>
                <p class="text-sm text-muted" role="status">
                    {move || order.with(|order| order.as_ref().err().map(|lacks| format::sentence(lacks)))}
                </p>
            </div>
        </form>
    }
    .into_any()
}

/// A row of choices of which one holds.
#[component]
fn Segments<T>(
    legend: &'static str,
    name: &'static str,
    held: RwSignal<T>,
    choices: Vec<(T, String)>,
) -> impl IntoView
where
    T: Copy + PartialEq + Send + Sync + 'static,
{
    let entry = move |(choice, words): (T, String)| {
        let is_chosen = memo(move || held.get() == choice);
        view! {
            <label class="segment" class:chosen=is_chosen>
                <input type="radio" name=name class="sr-only" checked=is_chosen prop:checked=is_chosen
                    on:change=move |_| held.set(choice)/>
                {words}
            </label>
        }
    };
    view! {
        <fieldset>
            <legend class="field-label">{legend}</legend>
            <div class="segments">{choices.into_iter().map(entry).collect_view()}</div>
        </fieldset>
    }
    .into_any()
}

fn cycle_words(cycle: ExpiryCycle) -> &'static str {
    match cycle {
        ExpiryCycle::Both => "Every",
        ExpiryCycle::Weekly => "Weekly",
        ExpiryCycle::Monthly => "Monthly",
    }
}

fn kinds_words(kinds: ContractKinds) -> &'static str {
    match kinds {
        ContractKinds::Both => "Options and futures",
        ContractKinds::Options => "Options",
        ContractKinds::Futures => "Futures",
    }
}

/// The button that opened the form is gone, so the focus goes to its heading.
fn focus_when_shown(heading: NodeRef<H2>) {
    effect(move || {
        if let Some(heading) = heading.get() {
            // Without the focus the form still works.
            let _ = heading.focus();
        }
    });
}
