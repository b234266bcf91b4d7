//! How far the job is: the bar with its legend, the line of requests and time, and the four figures.

use leptos::prelude::*;
use protocol::{JobPicture, StrikesEachSide, Tally};

use crate::browser::compiled_once::memo;
use crate::browser::components::{Figure, JobProgress};
use crate::browser::job_pace::pace;
use crate::browser::live::live;
use crate::format;

#[component]
pub(super) fn ProgressPanel(job: ReadSignal<JobPicture>) -> impl IntoView {
    let now = live().now();
    let percent = memo(move || job.with(|job| format::percent(job.fraction())));
    let line = memo(move || job.with(|job| pace(job, now.get())));
    view! {
        <section class="panel" aria-label="Progress">
            <div class="flex items-baseline justify-between gap-4">
                <p class="job-percent">{percent}</p>
                <p class="job-pace">{line}</p>
            </div>
            <JobProgress job/>
            <ul class="legend">
                <LegendEntry class="swatch part-done" name="done" count=Signal::derive(move || job.with(|job| job.contracts.done))/>
                <LegendEntry class="swatch part-empty" name="empty" count=Signal::derive(move || job.with(|job| job.contracts.empty))/>
                <LegendEntry class="swatch part-failed" name="failed" count=Signal::derive(move || job.with(|job| job.contracts.failed))/>
                <LegendEntry class="swatch" name="to do" count=Signal::derive(move || job.with(|job| job.contracts.left()))/>
            </ul>
            <Figures job/>
        </section>
    }
    .into_any()
}

#[component]
fn LegendEntry(class: &'static str, name: &'static str, count: Signal<u64>) -> impl IntoView {
    view! {
        <li>
            <span class=class aria-hidden="true"></span>
            <span class="font-medium tabular-nums">{move || format::grouped(count.get())}</span>
            " " {name}
        </li>
    }
    .into_any()
}

#[component]
fn Figures(job: ReadSignal<JobPicture>) -> impl IntoView {
    let finished =
        move |of: fn(&JobPicture) -> Tally| Signal::derive(move || format::grouped(job.with(of).finished()));
    let total = move |of: fn(&JobPicture) -> Tally| {
        Signal::derive(move || format!("of {}", format::grouped(job.with(of).total)))
    };
    let number = move |of: fn(&JobPicture) -> u64| Signal::derive(move || format::grouped(job.with(of)));
    let underlying = Signal::derive(move || job.with(underlying_words));
    // The plan never changes.
    let strikes = job.with_untracked(|job| job.plan.strikes);
    let (finished_contracts, all_contracts) = (finished(|job| job.contracts), total(|job| job.contracts));
    let contracts = match strikes {
        Some(strikes) => {
            let left_out = Signal::derive(move || job.with(|job| left_out_words(job.left_out, strikes)));
            view! { <Figure name="Contracts" number=finished_contracts of=all_contracts detail=left_out/> }
                .into_any()
        }
        None => view! { <Figure name="Contracts" number=finished_contracts of=all_contracts/> }.into_any(),
    };
    view! {
        <dl class="figures figures-flat">
            <Figure name="Expiries" number=finished(|job| job.expiries) of=total(|job| job.expiries)/>
            {contracts}
            <Figure name="Candles" number=number(|job| job.candles) detail=underlying/>
            <Figure name="Errors met" number=number(|job| job.errors)/>
        </dl>
    }
    .into_any()
}

/// `146 beyond ATM ± 3 left out`.
fn left_out_words(left_out: u64, strikes: StrikesEachSide) -> String {
    format!("{} beyond {} left out", format::grouped(left_out), strikes.words())
}

/// What of the underlying itself came beside the contracts.
fn underlying_words(job: &JobPicture) -> String {
    if !job.plan.with_underlying {
        return "without the underlying itself".to_owned();
    }
    if job.months.total == 0 {
        return "and the underlying itself".to_owned();
    }
    format!(
        "and {} of the underlying itself, {} of {}",
        format::compact(job.underlying_candles),
        format::grouped(job.months.finished()),
        format::counted(job.months.total, "month", "months")
    )
}
