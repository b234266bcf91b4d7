//! The candles of a contract: a bar of choices, and below it the chart or its table.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use market::{ChartInterval, Day, Paise};
use protocol::{CandleColumns, ContractState, Minute};

use super::contract::Shown;
use crate::browse_address::View;
use crate::browser::chart::{CandleTable, Candles, ChartCanvas, Gesture, Legend, Span, Wanted};
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{ErrorNote, Show};
use crate::browser::pages::collect::{address_for_expiry, interval_words};
use crate::format;

/// Rupees, while the contract's own tick is not known.
const TICK: f64 = 0.05;

/// In minutes after midnight: the middle of a day's first hours.
const DAY_BEGINS: u16 = 11 * 60;

#[component]
pub fn ContractView(shown: Shown) -> impl IntoView {
    let interval = memo(move || shown.view.read().interval);
    let wanted = memo(move || {
        let key = shown.key.get().filter(|_| !shown.is_missing.get())?;
        Some(Wanted { key, interval: interval.get() })
    });
    let candles = Candles::of(wanted.into());
    let as_table = memo(move || shown.view.read().as_table);
    let retry = Callback::new(move |()| candles.fetch_again());
    let problem = move || candles.problem.get();
    view! {
        <Toolbar shown wanted as_table/>
        {move || problem().map(|problem| view! {
            <div class="my-2"><ErrorNote what="The candles could not be fetched" problem retry/></div>
        })}
        {move || if as_table.get() {
            view! { <Table shown candles/> }.into_any()
        } else {
            view! { <Picture shown candles/> }.into_any()
        }}
    }
}

#[component]
fn Toolbar(shown: Shown, wanted: Memo<Option<Wanted>>, as_table: Memo<bool>) -> impl IntoView {
    let address = move |change: fn(View) -> View| change(shown.view.get()).address(&shown.path.read());
    let csv = move || wanted.with(|wanted| wanted.as_ref().map(|wanted| wanted.address("csv")));
    view! {
        <div class="chart-toolbar">
            <nav class="segments" aria-label="Interval">
                {ChartInterval::ALL.map(|interval| view! { <IntervalLink shown interval/> })}
            </nav>
            <Show when=move || !as_table.get()><GestureButtons shown/><JumpToDay shown/></Show>
            <div class="flex flex-wrap items-center gap-1 sm:ml-auto">
                <a class="btn btn-sm" data-noscroll="true"
                    href=move || address(|view| View { as_table: !view.as_table, page: 1, ..view })>
                    {move || if as_table.get() { "View as chart" } else { "View as table" }}
                </a>
                <a class="btn btn-sm" href=csv download="">"Download CSV"</a>
            </div>
        </div>
    }
}

#[component]
fn IntervalLink(shown: Shown, interval: ChartInterval) -> impl IntoView {
    let href = move || View { interval, page: 1, ..shown.view.get() }.address(&shown.path.read());
    let current = move || (shown.view.read().interval == interval).then_some("true");
    let words = match interval.minutes() {
        Some(60) => "1 hour".to_owned(),
        Some(1) => "1 minute".to_owned(),
        Some(minutes) => format!("{minutes} minutes"),
        None => "1 day".to_owned(),
    };
    view! {
        <a class="segment" href=href data-noscroll="true" aria-current=current aria-label=words.clone() title=words>
            {interval.short_label()}
        </a>
    }
}

#[component]
fn GestureButtons(shown: Shown) -> impl IntoView {
    let button = move |gesture: Gesture, sign: &'static str, words: &'static str| {
        view! {
            <button type="button" class="segment" aria-label=words title=words on:click=move |_| shown.make(gesture)>{sign}</button>
        }
    };
    view! {
        <div class="segments max-sm:hidden" role="group" aria-label="Zoom and move">
            {button(Gesture::Earlier, "«", "Earlier (Shift ←)")}
            {button(Gesture::ZoomOut, "−", "Zoom out (-)")}
            {button(Gesture::ZoomIn, "+", "Zoom in (+)")}
            {button(Gesture::Later, "»", "Later (Shift →)")}
            {button(Gesture::ShowAll, "All", "Show all candles (0)")}
        </div>
    }
}

/// A day is looked at from its first minutes on; the address keeps it.
#[component]
fn JumpToDay(shown: Shown) -> impl IntoView {
    let navigate = use_navigate();
    let chosen = move || shown.view.read().at.map(|at| at.day().to_string()).unwrap_or_default();
    let jump = move |event| {
        let day = event_target_value(&event).parse::<Day>().ok();
        let at = day.map(|day| Minute::of(day.at_minute(DAY_BEGINS)));
        let address = View { at, ..shown.view.get_untracked() }.address(&shown.path.read_untracked());
        navigate(&address, NavigateOptions { scroll: false, replace: true, ..NavigateOptions::default() });
    };
    view! {
        <input type="date" class="input input-sm w-auto" aria-label="Jump to a day" title="Jump to a day"
            prop:value=chosen on:change=jump/>
    }
    .into_any()
}

#[component]
fn Picture(shown: Shown, candles: Candles) -> impl IntoView {
    let hovered = RwSignal::new(None);
    let focus = memo(move || shown.view.read().at.map(Minute::start));
    let failed = RwSignal::new(false);
    let daily = is_daily(candles);
    let columns: Signal<Option<Arc<CandleColumns>>> = candles.columns.into();
    let span = Signal::derive(move || {
        let key = candles.shown.get().map(|wanted| wanted.key);
        let tick =
            shown.picture.with(|picture| picture.as_ref().map(|picture| picture.row.contract.tick_size));
        Span {
            name: key.map(|key| format!("{} {}", key.segment(), key.date())).unwrap_or_default(),
            daily: daily.get(),
            tick: tick.filter(|tick| *tick > 0).map_or(TICK, |tick| Paise(tick).to_rupees()),
        }
    });
    // What was under the crosshair is another candle now.
    effect(move || {
        columns.track();
        hovered.set(None);
    });
    let label = Signal::derive(move || {
        format!(
            "Chart of {}: candles, volume and open interest. The same figures are in the table.",
            shown.title()
        )
    });
    view! {
        <div class="chart-frame" aria-busy=move || candles.loading.get().to_string()>
            <Legend columns hovered daily/>
            <div class="chart-stage">
                <ChartCanvas label span columns hovered gesture=shown.gesture focus failed/>
                <Overlay shown candles failed/>
            </div>
            <p class="chart-foot">
                "Times in IST. Hollow candles rose, filled ones fell."
                <span class="max-sm:hidden">{move || keys_words(shown)}</span>
            </p>
        </div>
    }
}

fn keys_words(shown: Shown) -> String {
    let is_option = shown
        .picture
        .with(|picture| picture.as_ref().is_none_or(|picture| picture.row.contract.kind.is_option()));
    let strikes = if is_option { "← → next strike, " } else { "" };
    format!(" Keys: {strikes}↑ ↓ next expiry, + − zoom, Shift ← → move, 0 all.")
}

fn is_daily(candles: Candles) -> Signal<bool> {
    Signal::derive(move || {
        candles
            .shown
            .with(|wanted| wanted.as_ref().is_some_and(|wanted| wanted.interval == ChartInterval::Day))
    })
}

/// What stands over the empty picture: that candles are coming, or that there are none.
#[component]
fn Overlay(shown: Shown, candles: Candles, failed: RwSignal<bool>) -> impl IntoView {
    let is_empty = memo(move || {
        candles.columns.with(|columns| columns.as_ref().is_some_and(|columns| columns.is_empty()))
    });
    let is_first = move || candles.columns.with(Option::is_none) && candles.problem.with(Option::is_none);
    view! {
        <Show when=is_first><div class="chart-overlay skeleton" aria-hidden="true"></div></Show>
        <Show when=move || is_empty.get() && !candles.loading.get()><NoCandles shown/></Show>
        <Show when=move || failed.get()>
            <div class="chart-overlay" role="alert">
                <p class="font-semibold">"The chart could not be loaded"</p>
                <p class="text-muted">"The table has the same figures. Reload the page to try again."</p>
            </div>
        </Show>
    }
}

#[component]
fn NoCandles(shown: Shown) -> impl IntoView {
    let collect = move || {
        shown.picture.with(|picture| {
            let contract = &picture.as_ref()?.row.contract;
            Some(address_for_expiry(&contract.underlying_key, contract.expiry))
        })
    };
    let row = move || shown.picture.with(|picture| picture.as_ref().map(|picture| picture.row.clone()));
    let never_traded = memo(move || row().is_some_and(|row| row.never_traded()));
    let title = move || match row() {
        Some(row) if row.never_traded() => "This contract never traded",
        Some(row) if row.state == ContractState::Empty => "No trade in the days that were asked",
        _ => "No candle is stored",
    };
    let text = move || match row() {
        Some(row) if row.state == ContractState::Empty => format::sentence(&row.words()),
        _ => "Its candles, volume and open interest are drawn here once its expiry was collected.".to_owned(),
    };
    // Candles are stored, and none of this interval can be made of them.
    let stored_as = memo(move || {
        shown.picture.with(|picture| {
            picture.as_ref().map(|picture| &picture.row).filter(|row| row.candles > 0).map(|row| row.interval)
        })
    });
    let stored_view = move |interval| {
        View { interval: ChartInterval::from(interval), page: 1, ..shown.view.get() }
            .address(&shown.path.read())
    };
    view! {
        <div class="chart-overlay">
            <p class="font-semibold">
                {move || match stored_as.get() {
                    Some(interval) => format!("Its candles are stored at {}", interval_words(interval)),
                    None => title().to_owned(),
                }}
            </p>
            <p class="max-w-prose text-muted">
                {move || match stored_as.get() {
                    Some(_) => "Shorter ones cannot be made of them.".to_owned(),
                    None => text(),
                }}
            </p>
            {move || stored_as.get().map(|interval| view! {
                <a class="btn btn-primary btn-sm" href=stored_view(interval) data-noscroll="true">
                    {format!("View at {}", interval_words(interval))}
                </a>
            })}
            <Show when=move || !never_traded.get() && stored_as.get().is_none()><a class="btn btn-primary btn-sm" href=collect>"Collect this expiry"</a></Show>
        </div>
    }
}

#[component]
fn Table(shown: Shown, candles: Candles) -> impl IntoView {
    let page = Signal::derive(move || shown.view.read().page);
    let address_of = Callback::new(move |page: usize| {
        View { page, ..shown.view.get_untracked() }.address(&shown.path.read_untracked())
    });
    let count =
        memo(move || candles.columns.with(|columns| columns.as_ref().map(|columns| columns.len().min(1))));
    let caption = Signal::derive(move || format!("Candles of {}", shown.title()));
    view! {
        {move || match count.get() {
            None => view! { <div class="skeleton mt-2 h-96" aria-hidden="true"></div> }.into_any(),
            Some(0) => view! { <div class="chart-frame"><div class="chart-stage"><NoCandles shown/></div></div> }.into_any(),
            Some(_) => view! {
                <CandleTable columns=candles.columns.into() daily=is_daily(candles) caption page address_of/>
            }.into_any(),
        }}
    }
}
