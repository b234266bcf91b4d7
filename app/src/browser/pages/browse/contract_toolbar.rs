//! The bar above a contract's chart: its interval, moving and jumping, what is added, measuring, and ways out of it.

use leptos::prelude::*;
use market::{ChartInterval, Day};
use protocol::Minute;

use super::contract::Shown;
use super::contract_added::AddedMenu;
use super::contract_chart::ContractChart;
use super::contract_compare::CompareMenu;
use crate::address::encoded;
use crate::browser::chart::Gesture;
use crate::browser::compiled_once::memo;
use crate::browser::components::Show;
use crate::chart_view::View;
use crate::interval_words::interval_words;

/// In minutes after midnight: the middle of a day's first hours.
const DAY_BEGINS: u16 = 11 * 60;

#[component]
pub fn Toolbar(shown: Shown, chart: ContractChart) -> impl IntoView {
    let as_table = memo(move || shown.view.read().as_table);
    let csv = move || chart.wanted.with(|wanted| wanted.as_ref().map(|wanted| wanted.file()));
    let export = move || {
        let contract = shown.key.get().map(|key| encoded(&key.to_string())).unwrap_or_default();
        format!("/export?contract={contract}&interval={}", shown.view.read().interval)
    };
    let uncommon = memo(move || {
        let interval = shown.view.read().interval;
        (!ChartInterval::COMMON.contains(&interval)).then_some(interval)
    });
    view! {
        <div class="chart-toolbar">
            <nav class="segments" aria-label="Interval">
                {ChartInterval::COMMON.map(|interval| interval_link(shown, interval)).collect_view()}
                {move || uncommon.get().map(|interval| interval_link(shown, interval))}
            </nav>
            <Show when=move || !as_table.get()>{gesture_buttons(chart)}<JumpToDay shown/></Show>
            <AddedMenu shown/>
            <CompareMenu shown chart/>
            <Show when=move || !as_table.get()><MeasureButton chart/></Show>
            <div class="flex flex-wrap items-center gap-1 sm:ml-auto">
                <a class="btn btn-sm" data-noscroll="true"
                    aria-label=move || if as_table.get() { "View as chart" } else { "View as table" }
                    href=move || shown.address(|view| View { as_table: !view.as_table, ..view.first_page() })>
                    {move || if as_table.get() { "Chart" } else { "Table" }}
                </a>
                <Show when=move || !as_table.get()>
                    <button type="button" class="btn btn-sm" aria-label="Save PNG" title="Save the chart as a picture (P)"
                        on:click=move |_| chart.save(shown)>"PNG"</button>
                </Show>
                <a class="btn btn-sm" href=csv download="" aria-label="Download CSV" title="Download the candles, with what stands beside them">"CSV"</a>
                <a class="btn btn-sm" href=export aria-label="Export this contract" title="In any format, as files with a manifest">"Export"</a>
            </div>
        </div>
    }
}

fn interval_link(shown: Shown, interval: ChartInterval) -> AnyView {
    let href = move || shown.address(|view| View { interval, ..view.first_page() });
    let current = move || (shown.view.read().interval == interval).then_some("true");
    let words = interval_words(interval);
    view! {
        <a class="segment" href=href data-noscroll="true" aria-current=current aria-label=words.clone() title=words>
            {interval.short_label()}
        </a>
    }
    .into_any()
}

fn gesture_buttons(chart: ContractChart) -> AnyView {
    let button = move |gesture: Gesture, sign: &'static str, words: &'static str| {
        let made = move |_| chart.handle.make(gesture.clone());
        view! {
            <button type="button" class="segment" aria-label=words title=words on:click=made>{sign}</button>
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
    .into_any()
}

/// A day is looked at from its first minutes on; the address keeps it.
#[component]
fn JumpToDay(shown: Shown) -> impl IntoView {
    let chosen = move || {
        let view = shown.view.read();
        view.at.or(view.range.map(|(from, _)| from)).map(|at| at.day().to_string()).unwrap_or_default()
    };
    let jump = move |event| {
        let day = event_target_value(&event).parse::<Day>().ok();
        let at = day.map(|day| Minute::of(day.at_minute(DAY_BEGINS)));
        shown.note(|view| View { at, range: None, ..view });
    };
    view! {
        <input type="date" class="input input-sm w-auto" aria-label="Jump to a day" title="Jump to a day"
            prop:value=chosen on:change=jump/>
    }
    .into_any()
}

/// While it is on, two clicks measure.
#[component]
fn MeasureButton(chart: ContractChart) -> impl IntoView {
    let is_measuring = chart.handle.is_measuring;
    let pressed = move || is_measuring.get().to_string();
    view! {
        <button type="button" class="btn btn-sm" class:btn-active=move || is_measuring.get() aria-pressed=pressed
            title="Measure between two clicks; M measures from and to the crosshair"
            on:click=move |_| is_measuring.update(|on| *on = !*on)>"Measure"</button>
    }
    .into_any()
}
