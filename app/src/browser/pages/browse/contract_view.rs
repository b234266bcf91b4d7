//! The candles of a contract: the chart with what is told around it, or its table.

use leptos::prelude::*;
use market::ChartInterval;
use protocol::ContractState;

use super::contract::Shown;
use super::contract_chart::ContractChart;
use super::contract_toolbar::Toolbar;
use crate::browser::chart::{CandleTable, ChartCanvas, Legend, measure_words};
use crate::browser::compiled_once::memo;
use crate::browser::components::{ErrorNote, Show};
use crate::browser::pages::collect::{address_for_expiry, interval_words};
use crate::chart_view::{Added, View};
use crate::format;
use crate::rpc::Problem;

#[component]
pub fn ContractView(shown: Shown, chart: ContractChart) -> impl IntoView {
    let candles = chart.candles;
    let as_table = memo(move || shown.view.read().as_table);
    let retry = Callback::new(move |()| candles.fetch_again());
    let problem = move || candles.problem.get();
    let note = move |problem: Problem| {
        let what = "The candles could not be fetched";
        match candles.columns.with_untracked(Option::is_some) {
            true => {
                view! { <ErrorNote what problem retry kept="What is shown is what came last."/> }.into_any()
            }
            false => view! { <ErrorNote what problem retry/> }.into_any(),
        }
    };
    view! {
        <Toolbar shown chart/>
        {move || problem().map(|problem| view! {
            <div class="my-2">{note(problem)}</div>
        })}
        {move || if as_table.get() {
            view! { <Table shown chart/> }.into_any()
        } else {
            view! { <Picture shown chart/> }.into_any()
        }}
    }
}

#[component]
fn Picture(shown: Shown, chart: ContractChart) -> impl IntoView {
    let ContractChart { columns, daily, handle, candles, .. } = chart;
    let panes = memo(move || {
        let view = shown.view.read();
        view.added.iter().filter(|added| Added::PANES.contains(added)).count()
    });
    let lot = Signal::derive(move || {
        // Of the contract whose candles these are.
        let key = candles.shown.with(|wanted| wanted.as_ref().map(|wanted| wanted.key.clone()))?;
        shown.lot_of(&key)
    });
    let label = Signal::derive(move || {
        format!(
            "Chart of {}: candles, volume and open interest. The same figures are in the table.",
            shown.title()
        )
    });
    view! {
        <div class="chart-frame" aria-busy=move || candles.loading.get().to_string()>
            <Legend columns picture=handle.picture hovered=handle.hovered daily lot/>
            <div class="chart-stage" data-panes=move || panes.get().to_string()>
                <ChartCanvas label handle/>
                <Overlay shown chart/>
            </div>
            <p class="chart-measure" role="status">{move || measured(chart)}</p>
            <p class="chart-foot">
                "Times in IST. Hollow candles rose, filled ones fell."
                <span class="max-sm:hidden">{move || keys_words(shown)}</span>
            </p>
            {move || days_list(chart)}
        </div>
    }
}

/// What lies between the two points that are measured, or how to set them.
fn measured(chart: ContractChart) -> String {
    let handle = chart.handle;
    match handle.measured.get() {
        Some(points) => handle
            .picture
            .with(|picture| picture.as_ref().and_then(|picture| measure_words(picture, points)))
            .unwrap_or_default(),
        None if handle.is_measuring.get() => {
            "Click a point of the prices to measure from, then another.".to_owned()
        }
        None => String::new(),
    }
}

/// What the days of the axis are, for who cannot see their marks.
fn days_list(chart: ContractChart) -> AnyView {
    let texts = chart.columns.with(|columns| {
        let marks = columns.as_ref().map(|columns| columns.marks.as_slice()).unwrap_or_default();
        marks.iter().map(|mark| mark.text.clone()).collect::<Vec<_>>()
    });
    view! {
        <ul class="sr-only" aria-label="Days of this chart that are not like others">
            {texts.into_iter().map(|text| view! { <li>{text}</li> }).collect_view()}
        </ul>
    }
    .into_any()
}

fn keys_words(shown: Shown) -> String {
    let strikes = if shown.is_option() { "← → next strike, " } else { "" };
    format!(
        " Keys: {strikes}↑ ↓ next expiry, + − zoom, Shift ← → move, 0 all, comma and dot crosshair, M measure; ? shows all."
    )
}

/// What stands over the empty picture: that candles are coming, or that there are none.
#[component]
fn Overlay(shown: Shown, chart: ContractChart) -> impl IntoView {
    let ContractChart { candles, handle, .. } = chart;
    let is_empty = memo(move || {
        candles.columns.with(|columns| columns.as_ref().is_some_and(|columns| columns.is_empty()))
    });
    let is_first = move || candles.columns.with(Option::is_none) && candles.problem.with(Option::is_none);
    view! {
        <Show when=is_first><div class="chart-overlay skeleton" aria-hidden="true"></div></Show>
        <Show when=move || is_empty.get() && !candles.loading.get()><NoCandles shown/></Show>
        <Show when=move || handle.failed.get()>
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
        shown.address(|view| View { interval: ChartInterval::from(interval), ..view.first_page() })
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
fn Table(shown: Shown, chart: ContractChart) -> impl IntoView {
    let ContractChart { columns, daily, handle, .. } = chart;
    let page = Signal::derive(move || shown.view.read().page);
    let address_of = Callback::new(move |page: usize| {
        let view = View { page, ..shown.view.get_untracked() };
        view.address(&shown.path.read_untracked())
    });
    let count = memo(move || columns.with(|columns| columns.as_ref().map(|columns| columns.len().min(1))));
    let caption = Signal::derive(move || format!("Candles of {}", shown.title()));
    view! {
        {move || match count.get() {
            None => view! { <div class="skeleton mt-2 h-96" aria-hidden="true"></div> }.into_any(),
            Some(0) => view! { <div class="chart-frame"><div class="chart-stage"><NoCandles shown/></div></div> }.into_any(),
            Some(_) => view! {
                <CandleTable columns picture=handle.picture daily caption page address_of/>
            }.into_any(),
        }}
    }
}
