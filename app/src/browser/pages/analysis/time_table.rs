//! A chart over time as a table, a hundred points at a time.

use std::sync::Arc;

use leptos::prelude::*;
use market::EpochSeconds;

use crate::browser::chart::Pages;
use crate::browser::compiled_once::memo;
use crate::drawn::analysis::{TimeChart, TimeCharts};
use crate::format;

#[component]
pub fn TimeTable(charts: Arc<TimeCharts>, place: usize) -> impl IntoView {
    let page = RwSignal::new(1_usize);
    let total = charts.time.len();
    let pages = memo(move || Pages::of(total, page.get()));
    let TimeChart { title, lines, .. } = charts.charts[place].clone();
    let headings: Vec<String> = lines.into_iter().map(|line| line.name).collect();
    let rows = move || pages.get().rows().map(|index| row(&charts, place, index)).collect_view();
    let turn = move |words: &'static str, to: fn(Pages) -> Option<usize>| {
        view! {
            <button type="button" class="btn btn-xs" disabled=move || to(pages.get()).is_none()
                on:click=move |_| if let Some(to) = to(pages.get_untracked()) { page.set(to) }>{words}</button>
        }
    };
    view! {
        <div class="table-frame analysis-table" role="region" aria-label=format!("{title}, as a table") tabindex="0">
            <table class="table table-sm">
                <caption class="sr-only">{title.clone()}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Time, IST"</th>
                        {headings.into_iter().map(|heading| view! { <th scope="col" class="number">{heading}</th> }).collect_view()}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <p class="flex flex-wrap items-center gap-2 px-3 py-1 text-xs">
            {turn("Previous", Pages::previous)}
            <span class="text-muted">{move || pages.get().words()}</span>
            {turn("Next", Pages::next)}
        </p>
    }
    .into_any()
}

fn row(charts: &TimeCharts, place: usize, index: usize) -> AnyView {
    let at = format::moment(EpochSeconds(charts.time[index]));
    let lines = &charts.charts[place].lines;
    let cell = |line: &crate::drawn::analysis::TimeLine| {
        format::in_unit(line.values.get(index).copied().flatten(), &line.unit)
    };
    view! {
        <tr>
            <th scope="row">{at}</th>
            {lines.iter().map(cell).map(|cell| view! { <td class="number">{cell}</td> }).collect_view()}
        </tr>
    }
    .into_any()
}
