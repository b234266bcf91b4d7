//! An expiry: charts over time above, charts by strike at the two minutes below. One question of the charts by strike is
//! under way at a time, and what is wanted meanwhile is asked next; what reads whole days comes after the rest.

use leptos::prelude::*;
use market::Day;
use protocol::{ChainDays, Minute};

use super::keys;
use super::moments::{MomentBar, Moments, Which};
use super::plot::{PlotCard, plot_skeleton};
use super::time::{TimeMarks, TimeView, time_skeleton};
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::ErrorNote;
use crate::browser::latest::Latest;
use crate::browser::pages::timeline::{minute_of, time_of};
use crate::drawn::analysis::{Plot, TimeCharts};
use crate::format;
use crate::rpc::Answer;
use crate::rpc::analysis::{analysis_by_strike, analysis_over_time, analysis_surface, analysis_term};

/// Charts by strike.
const STRIKE_CHARTS: usize = 5;

#[component]
pub fn ExpiryPart(days: ChainDays, at: Minute) -> impl IntoView {
    let moments = Moments::new(&days, at);
    keys::follow(moments);
    let span = memo(move || (!moments.life.get()).then(|| moments.at.get().day()));
    let OverTime { told: over_time, retry: time_again } = over_time(moments, span);
    let is_of_before =
        memo(move || over_time.with(|of| of.as_ref().is_some_and(|(day, _)| *day != span.get())));
    let reading = Signal::derive(move || is_of_before.get().then(|| reading_words(span.get())));
    let strikes = strikes(moments);
    // When the charts above are there.
    let is_turn = memo(move || over_time.with(Option::is_some));
    let later = memo(move || is_turn.get().then(|| moments.calm_at.get()));
    let term = Resource::new(
        move || later.get(),
        move |at| async move {
            let (underlying, _) = moments.of();
            match at {
                Some(at) => Some((at, analysis_term(underlying, at).await)),
                None => None,
            }
        },
    );
    let surface = Resource::new(
        move || later.get().map(time_of),
        move |time| async move {
            let (underlying, expiry) = moments.of();
            match time {
                Some(time) => {
                    // Of the surface only the time counts.
                    let day = moments.calm_at.get_untracked().day();
                    Some((time, analysis_surface(underlying, expiry, minute_of(day, time)).await))
                }
                None => None,
            }
        },
    );
    let is_term_of_before = memo(move || {
        let of = term.with(|term| term.as_ref()?.as_ref().map(|(at, _)| *at));
        of.is_some_and(|of| of != moments.at.get())
    });
    let is_surface_of_before = memo(move || {
        let of = surface.with(|surface| surface.as_ref()?.as_ref().map(|(time, _)| *time));
        of.is_some_and(|of| of != time_of(moments.at.get()))
    });
    let go = Callback::new(move |(moment, shift): (market::EpochSeconds, bool)| {
        let which = if shift { Which::Since } else { Which::At };
        moments.go(which, Minute::of(moment));
    });
    let term_again = Callback::new(move |()| term.refetch());
    let surface_again = Callback::new(move |()| surface.refetch());
    let marks = TimeMarks { since: moments.since, at: moments.at };
    view! {
        <MomentBar moments/>
        <section class="kept-figures" aria-label="Over time" aria-busy=move || is_of_before.get().to_string()>
            {move || match over_time.get().map(|(_, charts)| charts) {
                None => time_skeleton(reading_words(span.get())),
                Some(Ok(charts)) => view! { <TimeView charts go=go marks=marks reading=reading/> }.into_any(),
                Some(Err(problem)) => {
                    failed("What is told over time could not be read", problem, time_again)
                }
            }}
        </section>
        <section class="analysis-grid mt-3" aria-label="By strike">
            <div class="col-span-full">
                {move || strikes.problem.get().map(|problem| failed("That minute could not be read", problem, strikes.retry))}
            </div>
            {(0..STRIKE_CHARTS).map(|place| view! {
                <PlotCard plot=Signal::derive(move || strikes.plots.with(|plots| plots.get(place).cloned())) is_of_before=strikes.asking/>
            }).collect_view()}
            <div>{move || {
                let plot = term.get().flatten().map(|(_, plot)| plot);
                answered(plot, is_term_of_before, "The term structure could not be read", term_again)
            }}</div>
            <div class="col-span-full">{move || {
                let plot = surface.get().flatten().map(|(_, plot)| plot);
                answered(plot, is_surface_of_before, "The surface could not be read", surface_again)
            }}</div>
        </section>
    }
    .into_any()
}

/// Of a day, or of the whole life, which takes its time.
fn reading_words(day: Option<Day>) -> String {
    match day {
        Some(day) => format!("Reading the minutes of {} …", format::day(day)),
        None => "Reading all days of this expiry, which takes some seconds …".to_owned(),
    }
}

fn failed(what: &'static str, problem: crate::rpc::Problem, retry: Callback<()>) -> AnyView {
    view! { <div class="my-3"><ErrorNote what problem retry/></div> }.into_any()
}

fn answered(
    answer: Option<Answer<Plot>>,
    is_of_before: Memo<bool>,
    what: &'static str,
    retry: Callback<()>,
) -> AnyView {
    match answer {
        None => plot_skeleton(),
        Some(Ok(plot)) => view! { <PlotCard plot=Signal::stored(Some(plot)) is_of_before/> }.into_any(),
        Some(Err(problem)) => failed(what, problem, retry),
    }
}

/// What is told of a day, or of the whole life.
#[derive(Clone, Copy)]
struct OverTime {
    told: RwSignal<Option<(Option<Day>, Answer<TimeCharts>)>>,
    retry: Callback<()>,
}

/// Follows the day that is wanted.
fn over_time(moments: Moments, span: Memo<Option<Day>>) -> OverTime {
    let (told, again, questions) = (RwSignal::new(None), RwSignal::new(()), Latest::new());
    effect(move || {
        again.track();
        let (day, question) = (span.get(), questions.next());
        let (underlying, expiry) = moments.of();
        leptos::task::spawn_local(async move {
            let answer = analysis_over_time(underlying, expiry, day).await;
            if question.is_latest() {
                told.set(Some((day, answer)));
            }
        });
    });
    OverTime { told, retry: Callback::new(move |()| again.set(())) }
}

#[derive(Clone, Copy)]
struct Strikes {
    plots: RwSignal<Vec<Plot>>,
    /// Whether they are still of other minutes.
    asking: RwSignal<bool>,
    problem: RwSignal<Option<crate::rpc::Problem>>,
    retry: Callback<()>,
}

/// Follows the two minutes.
fn strikes(moments: Moments) -> Strikes {
    let asking = RwSignal::new(false);
    let asked = StoredValue::new(None::<(Minute, Minute)>);
    let again = RwSignal::new(());
    let retry = Callback::new(move |()| {
        asked.set_value(None);
        again.set(());
    });
    let of = Strikes { plots: RwSignal::new(Vec::new()), asking, problem: RwSignal::new(None), retry };
    effect(move || {
        again.track();
        let wanted = (moments.since.get(), moments.at.get());
        if asking.get() || asked.get_value() == Some(wanted) {
            return;
        }
        asked.set_value(Some(wanted));
        asking.set(true);
        let (underlying, expiry) = moments.of();
        leptos::task::spawn_local(async move {
            let answer = analysis_by_strike(underlying, expiry, wanted.0, wanted.1).await;
            // The page may be gone.
            if asking.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(plots) => {
                    of.problem.set(None);
                    of.plots.set(plots);
                }
                Err(problem) => of.problem.set(Some(problem)),
            }
        });
    });
    of
}
