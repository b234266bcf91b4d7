//! The expiries of one instrument as a grid of months.

use std::collections::BTreeSet;

use leptos::prelude::*;
use market::InstrumentKey;
use protocol::{ExpiryRow, Known, Wait};

use super::months::{Month, by_month, short_words, stored_words, weekly_word, with_contracts};
use super::pick_bar::{Cycles, PickBar};
use super::picks::Pick;
use super::wizard::Wizard;
use super::words::span_words;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{ErrorNote, WaitNote};
use crate::browser::live::read_again_when_due;
use crate::format;
use crate::rpc::{ProblemKind, collect};

type Key = StoredValue<InstrumentKey>;

#[component]
pub fn ExpirySection(key: InstrumentKey) -> impl IntoView {
    let wizard = Wizard::of_context();
    let key: Key = StoredValue::new(key);
    // Asked again when somebody has signed in; complete is what the days and the interval of the order make it.
    let rows = Resource::new(
        move || (key.get_value(), wizard.span(), wizard.is_signed_in.get()),
        |(key, span, _)| collect::expiries(key, span),
    );
    let offered = move |rows: Vec<ExpiryRow>| {
        wizard.choices.with_untracked(|choices| {
            key.with_value(|key| with_contracts(rows, choices.kinds, |date| choices.has_expiry(key, date)))
        })
    };
    effect(move || {
        if let Some(Ok(Known { value: Some(rows), .. })) = rows.get() {
            wizard.expiries.update(|known| {
                known.insert(key.get_value(), offered(rows));
            });
        }
    });
    let name = move || key.with_value(|key| wizard.name_of(key));
    let own_name = key.with_value(|key| key.name().to_owned());
    let retry = Callback::new(move |()| rows.refetch());
    read_again_when_due(move || rows.get()?.ok()?.waits, move || rows.refetch());
    view! {
        <section class="panel p-0">
            <Transition fallback=move || view! { <SectionSkeleton name=own_name.clone()/> }>
                {move || Suspend::new(async move {
                    let name = { wizard.instruments.await.ok(); name() };
                    match rows.await {
                        Ok(Known { value: Some(rows), waits }) => view! {
                            {waits.map(|wait| view! {
                                <div class="p-3">
                                    <WaitNote what="These are the expiries that are known; newer ones may be missing" wait
                                        outlook="The list is asked for as soon as that allows, and shown here by itself."/>
                                </div>
                            })}
                            {if rows.is_empty() {
                                view! { <NoExpiries name/> }.into_any()
                            } else {
                                view! { <Expiries key name rows=offered(rows)/> }.into_any()
                            }}
                        }.into_any(),
                        Ok(Known { value: None, waits }) => view! { <NotListed name waits/> }.into_any(),
                        Err(problem) if problem.kind == ProblemKind::SignIn => view! { <AfterSigningIn name/> }.into_any(),
                        Err(problem) => view! {
                            <div class="p-3">
                                <ErrorNote what=format!("The expiries of {name} could not be read") problem retry
                                    kept="Your choices are kept in the address of this page."/>
                            </div>
                        }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
}

#[component]
fn SectionSkeleton(name: String) -> impl IntoView {
    view! {
        <div class="expiry-head"><h2 class="font-semibold">{name}</h2></div>
        <div class="h-64 p-3" aria-busy="true"><div class="skeleton h-full"></div></div>
    }
}

/// The list has to wait.
#[component]
fn NotListed(name: String, waits: Option<Wait>) -> impl IntoView {
    view! {
        <div class="expiry-head"><h2 class="font-semibold">{name.clone()}</h2></div>
        <div class="p-3">
            {waits.map(|wait| view! {
                <WaitNote what=format!("The expiries of {name} are not known yet") wait
                    outlook="They are asked for as soon as that allows, and shown here by themselves."/>
            })}
        </div>
    }
}

/// The page says once that nobody is signed in, with the way to do it.
#[component]
fn AfterSigningIn(name: String) -> impl IntoView {
    view! {
        <div class="expiry-head"><h2 class="font-semibold">{name}</h2></div>
        <p class="p-3 text-muted">"Its expiries are listed as soon as somebody is signed in."</p>
    }
}

#[component]
fn NoExpiries(name: String) -> impl IntoView {
    view! {
        <div class="expiry-head"><h2 class="font-semibold">{name.clone()}</h2></div>
        <p class="p-3 text-muted">{format!("Upstox lists no expired contracts of {name} yet.")}</p>
    }
}

#[component]
fn Expiries(key: Key, name: String, rows: Vec<ExpiryRow>) -> impl IntoView {
    let months = by_month(&rows);
    view! {
        <SectionHead key name rows/>
        <div class="month-grid">
            {months.into_iter().map(|month| view! { <MonthColumn key month/> }).collect_view()}
        </div>
    }
}

#[component]
fn SectionHead(key: Key, name: String, rows: Vec<ExpiryRow>) -> impl IntoView {
    let wizard = Wizard::of_context();
    let total = rows.len() as u64;
    let (kinds, span) = (wizard.choices.with_untracked(|choices| choices.kinds), wizard.span_untracked());
    let complete = rows.iter().filter(|row| row.is_complete_for(kinds)).count() as u64;
    let chosen = move || {
        wizard.choices.with(|choices| key.with_value(|key| choices.dates(key).map_or(0, BTreeSet::len)))
    };
    let all = Pick::Everything.of(&rows, kinds).len();
    let cycles = Cycles::of(&rows);
    let choose = move |pick: Pick| {
        let dates = pick.of(&rows, kinds);
        key.with_value(|key| wizard.change(|choices| choices.set_expiries(key, dates)));
    };
    view! {
        <div class="expiry-head">
            <h2 class="font-semibold">{name.clone()}</h2>
            <p class="text-sm text-muted">
                <span class="font-medium text-base-content">{move || format::grouped(chosen() as u64)}</span>
                {format!(" of {} chosen", format::counted(total, "expiry", "expiries"))}
                {(complete > 0).then(|| format!(", {} complete for {}", format::grouped(complete), span_words(span)))}
            </p>
            <PickBar label=format!("Choose expiries of {name}") cycles=Signal::stored(cycles) all choose/>
        </div>
    }
}

#[component]
fn MonthColumn(key: Key, month: Month) -> impl IntoView {
    let Month { title, expiries } = month;
    view! {
        <div role="group" aria-label=title.clone()>
            <h3 class="month-title">{title.clone()}</h3>
            <ul class="grid gap-1">
                {expiries.into_iter().map(|row| view! { <ExpiryEntry key row/> }).collect_view()}
            </ul>
        </div>
    }
}

#[component]
fn ExpiryEntry(key: Key, row: ExpiryRow) -> impl IntoView {
    let wizard = Wizard::of_context();
    let date = row.date;
    let is_chosen =
        memo(move || wizard.choices.with(|choices| key.with_value(|key| choices.has_expiry(key, date))));
    let (kinds, strikes) =
        wizard.choices.with_untracked(|choices| (choices.kinds, choices.strikes_of_options()));
    let (is_complete, state) = (row.is_complete_for(kinds), stored_words(&row, kinds));
    let short = short_words(&row, kinds, strikes);
    let label = {
        let words = [Some(format::day(date)), Some(weekly_word(row.weekly).to_owned()), state.clone()];
        words.into_iter().flatten().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", ")
    };
    let day = date.date().format("%-d").to_string();
    let weekday = date.date().format("%a").to_string();
    view! {
        <li>
            <label class="expiry-entry" class:chosen=is_chosen class:monthly={row.weekly == Some(false)}
                class:complete=is_complete title=label.clone()>
                <input type="checkbox" class="checkbox checkbox-xs checkbox-primary" aria-label=label.clone()
                    checked=is_chosen prop:checked=is_chosen
                    on:change=move |event| {
                        let chosen = event_target_checked(&event);
                        key.with_value(|key| wizard.change(|choices| choices.set_expiry(key, date, chosen)));
                    }/>
                <span class="expiry-day">{day}</span>
                <span class="text-muted">{weekday}</span>
                <span class="expiry-words">{short}</span>
                {is_complete.then(|| view! { <span class="expiry-complete" aria-hidden="true">"✓"</span> })}
            </label>
        </li>
    }
}
