//! One schedule: what it collects and when, its last run, what it waits for, and what it can be told.

use leptos::html::Button;
use leptos::prelude::*;
use leptos_router::components::A;
use protocol::{RunOutcome, ScheduleId, SchedulePicture, ScheduleRun, ScheduleState, WaitFor};

use super::form::ScheduleForm;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{ConfirmedButton, ErrorNote, Show};
use crate::browser::frame::SignInLink;
use crate::format;
use crate::rpc::schedules::ScheduleCommand;
use crate::rpc::{self, Answer};

/// Sends commands and takes their answers.
type Commands = Action<ScheduleCommand, Answer<Vec<SchedulePicture>>>;

#[component]
pub(super) fn ScheduleEntry(schedules: RwSignal<Vec<SchedulePicture>>, id: ScheduleId) -> impl IntoView {
    let held = schedules.with_untracked(|list| list.iter().find(|one| one.id == id).cloned());
    // The ids come from the same list, so the schedule is there; if it went meanwhile the entry goes with it.
    let held = held?;
    let schedule = Memo::new(move |last: Option<&SchedulePicture>| {
        let found = schedules.with(|list| list.iter().find(|one| one.id == id).cloned());
        found.or_else(|| last.cloned()).unwrap_or_else(|| held.clone())
    });
    let commands: Commands = Action::new(move |command| rpc::settled(rpc::schedules::command(id, *command)));
    effect(move || {
        if let Some(Ok(fresh)) = commands.value().get() {
            schedules.set(fresh);
        }
    });
    let is_changing = RwSignal::new(false);
    let title = format!("schedule-{id}");
    let labelled_by = title.clone();
    let entry = view! {
        <li class="panel" aria-labelledby=labelled_by>
            <div class="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
                <h2 id=title class="font-semibold">{move || schedule.with(|one| one.name.clone())}</h2>
                <span class="job-status text-sm" data-status=move || status_word(schedule.with(|one| one.state))>
                    {move || schedule.with(|one| one.state.words())}
                </span>
            </div>
            <p class="mt-0.5 text-sm text-muted">{move || schedule.with(what)}</p>
            <dl class="schedule-facts">
                <dt>"Runs"</dt>
                <dd>{move || schedule.with(|one| one.when_words.clone())}</dd>
                <dt>"Next run"</dt>
                <dd>{move || schedule.with(|one| one.next_run.map_or_else(|| "–".to_owned(), format::moment_with_weekday))}</dd>
                <dt>"Last run"</dt>
                <dd>{move || match schedule.with(|one| one.last_run.clone()) {
                    Some(run) => view! { <LastRun run/> }.into_any(),
                    None => "never".into_any(),
                }}</dd>
            </dl>
            {move || schedule.with(|one| one.warning.clone()).map(|warning| view! {
                <p class="notice notice-warning mt-3">{format::sentence(&warning)}</p>
            })}
            {move || schedule.with(|one| one.waiting.clone()).map(|waiting| view! {
                <div class="notice notice-warning mt-3" role="status">
                    <p>"It waits for a sign-in and runs by itself after it. "{format::sentence(&waiting)}</p>
                    <SignInLink/>
                </div>
            })}
            {move || schedule.with(waits_words).map(|(words, needs_sign_in)| view! {
                <div class="notice notice-warning mt-3" role="status">
                    <p>{words}</p>
                    {needs_sign_in.then(|| view! { <SignInLink/> })}
                </div>
            })}
            {move || schedule.with(|one| one.unpublished.clone()).map(|of| view! {
                <div class="notice notice-warning mt-3" role="status">
                    <p>{format!("What it collected is not in the lake since {}. ", format::moment(of.since))}{format::sentence(&of.problem)}" It is tried again every hour."</p>
                </div>
            })}
            {move || commands.value().get().and_then(Result::err).map(|problem| view! {
                <div class="mt-3"><ErrorNote what="The schedule was left as it is" problem/></div>
            })}
            <Controls schedule commands is_changing/>
            <Show when=move || is_changing.get()>
                <div class="mt-3">
                    <ScheduleForm schedules changed=schedule.get_untracked() is_open=is_changing/>
                </div>
            </Show>
        </li>
    };
    Some(entry.into_any())
}

/// `NIFTY, SENSEX · weekly expiries · options and futures, ATM ± 10 · 90 days`.
fn what(schedule: &SchedulePicture) -> String {
    const NAMED_MAX: usize = 4;
    let rule = &schedule.rule;
    let mut names: Vec<&str> = schedule.symbols.iter().take(NAMED_MAX).map(String::as_str).collect();
    let more = format!("{} more", rule.underlyings.len().saturating_sub(NAMED_MAX));
    if rule.underlyings.len() > NAMED_MAX {
        names.push(&more);
    }
    let kinds = match rule.kinds {
        market::ContractKinds::Both => "options and futures",
        other => other.as_str(),
    };
    let strikes = rule.strikes.filter(|_| rule.kinds.options());
    let strikes = strikes.map(|strikes| format!(", {}", strikes.words())).unwrap_or_default();
    let days = format::counted(rule.days.get().into(), "day", "days");
    let alone = if rule.with_underlying { "" } else { " · without the underlying" };
    let lake = if rule.publish { " · into the lake" } else { "" };
    format!("{} · {} · {kinds}{strikes} · {days}{alone}{lake}", names.join(", "), rule.expiries.words())
}

/// What keeps a run, and whether a sign-in would help. A run that is due and waits for one says so itself.
fn waits_words(schedule: &SchedulePicture) -> Option<(String, bool)> {
    let wait = schedule.waits.as_ref();
    let needs_sign_in = wait.is_some_and(|wait| wait.what == WaitFor::SignIn);
    let why = wait.map(|wait| format::sentence(&wait.sentence));
    match (schedule.asked_at, why) {
        (Some(at), Some(why)) => Some((
            format!("A run was asked for at {} and comes by itself. {why}", format::time(at)),
            needs_sign_in,
        )),
        (Some(at), None) => {
            Some((format!("A run was asked for at {} and comes by itself.", format::time(at)), false))
        }
        (None, Some(_)) if schedule.waiting.is_some() => None,
        (None, Some(why)) => Some((why, needs_sign_in)),
        (None, None) => None,
    }
}

/// The colours of a schedule's states are those of a job's.
fn status_word(state: ScheduleState) -> &'static str {
    match state {
        ScheduleState::Planned => "queued",
        ScheduleState::Running => "running",
        ScheduleState::WaitingForLogin => "waiting_for_login",
        ScheduleState::Paused => "paused",
    }
}

#[component]
fn LastRun(run: ScheduleRun) -> impl IntoView {
    let ScheduleRun { at, outcome, job, message } = run;
    let outcome = match (outcome, job) {
        (RunOutcome::Job, Some(job)) => {
            view! { <A href=format!("/jobs/{job}") attr:class="link">{format!("job {job}")}</A> }.into_any()
        }
        (RunOutcome::Job, None) => "a job".into_any(),
        (RunOutcome::NothingNew, _) => "nothing new".into_any(),
        (RunOutcome::Failed, _) => "failed".into_any(),
    };
    view! {
        {format::moment_with_weekday(at)}" · "{outcome}
        {message.map(|message| view! { <span class="block text-muted">{format::sentence(&message)}</span> })}
    }
}

#[component]
fn Controls(
    schedule: Memo<SchedulePicture>,
    commands: Commands,
    is_changing: RwSignal<bool>,
) -> impl IntoView {
    let is_busy = move || commands.pending().get();
    let is_paused = memo(move || schedule.with(|one| one.state == ScheduleState::Paused));
    let hold = move |_| {
        let paused = is_paused.get_untracked();
        commands.dispatch(if paused { ScheduleCommand::Resume } else { ScheduleCommand::Pause });
    };
    let change = NodeRef::<Button>::new();
    // Where the form was that is closed, nothing has the focus.
    Effect::new(move |was_open: Option<bool>| {
        let is_open = is_changing.get();
        if let (Some(true), false, Some(change)) = (was_open, is_open, change.get_untracked()) {
            let _ = change.focus();
        }
        is_open
    });
    view! {
        <div class="mt-3 flex flex-wrap gap-2">
            <button type="button" class="btn btn-sm" disabled=is_busy
                on:click=move |_| { commands.dispatch(ScheduleCommand::Run); }>"Run now"</button>
            <button type="button" class="btn btn-sm" disabled=is_busy on:click=hold>
                {move || if is_paused.get() { "Resume" } else { "Pause" }}
            </button>
            <button type="button" class="btn btn-sm" node_ref=change aria-expanded=move || is_changing.get().to_string()
                on:click=move |_| is_changing.update(|open| *open = !*open)>"Change"</button>
            <Remove schedule commands/>
        </div>
    }
    .into_any()
}

/// After a question: what would have been collected is lost in half a year.
#[component]
fn Remove(schedule: Memo<SchedulePicture>, commands: Commands) -> impl IntoView {
    let id = format!("remove-{}", schedule.with_untracked(|one| one.id));
    let remove = Callback::new(move |()| {
        commands.dispatch(ScheduleCommand::Remove);
    });
    view! {
        <ConfirmedButton words="Remove" disabled=Signal::derive(move || commands.pending().get()) id
            question="Remove this schedule?"
            detail="Its jobs and what they have brought stay. New expiries are not collected by it any more."
            deed="Remove the schedule" confirmed=remove/>
    }
}
