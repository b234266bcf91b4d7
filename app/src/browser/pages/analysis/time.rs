//! Charts over one time, each in its card: the values at the crosshair, else at the minute that is marked, the rule, gaps
//! with their reasons, the same as a table, and as a file. A click names a minute.

use std::sync::Arc;

use leptos::html::Div;
use leptos::prelude::*;
use market::EpochSeconds;
use protocol::Minute;

use super::plot::missing;
use super::time_table::TimeTable;
use crate::browser::chart::Lines;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::file_menu;
use crate::drawn::analysis::{GapLine, TimeChart, TimeCharts, TimeLine};
use crate::format;

/// The minutes that are marked.
#[derive(Clone, Copy)]
pub struct TimeMarks {
    pub since: RwSignal<Minute>,
    pub at: RwSignal<Minute>,
}

#[component]
pub fn TimeView(
    charts: TimeCharts,
    /// Gets the moment that was clicked, and whether Shift was held.
    #[prop(optional, into)]
    go: Option<Callback<(EpochSeconds, bool)>>,
    #[prop(optional, into)] marks: Option<TimeMarks>,
    /// What is being read meanwhile, to take the place of these.
    #[prop(optional, into)]
    reading: Option<Signal<Option<String>>>,
) -> impl IntoView {
    let charts = Arc::new(charts);
    let hovered = RwSignal::new(None::<usize>);
    let of_marks = charts.clone();
    // The point that legends tell of.
    let told = memo(move || {
        hovered.get().or_else(|| marks.and_then(|marks| point_of(&of_marks.time, marks.at.get())))
    });
    let places: Vec<NodeRef<Div>> = charts.charts.iter().map(|_| NodeRef::new()).collect();
    let failed = RwSignal::new(false);
    mount(charts.clone(), places.clone(), hovered, failed, go, marks);
    let hint = go.map_or("", |_| " A click sets At, with Shift From.");
    let span = format!("{}.{hint}", charts.span);
    let span = move || reading.and_then(|reading| reading.get()).unwrap_or_else(|| span.clone());
    view! {
        <p class="analysis-span" role="status">{span}</p>
        <div class="analysis-grid">
            {places.into_iter().enumerate().map(|(place, node)| view! {
                <TimeCard charts=charts.clone() place node told failed/>
            }).collect_view()}
        </div>
    }
    .into_any()
}

fn mount(
    charts: Arc<TimeCharts>,
    places: Vec<NodeRef<Div>>,
    hovered: RwSignal<Option<usize>>,
    failed: RwSignal<bool>,
    go: Option<Callback<(EpochSeconds, bool)>>,
    marks: Option<TimeMarks>,
) {
    let lines = RwSignal::new_local(None::<Lines>);
    let drawn = charts.clone();
    effect(move || {
        let elements: Option<Vec<web_sys::HtmlElement>> =
            places.iter().map(|place| place.get().map(|element| (*element).clone())).collect();
        let Some((elements, address)) = elements.zip(crate::browser::document::chart_library()) else {
            return;
        };
        let (charts, time) = (drawn.clone(), drawn.clone());
        leptos::task::spawn_local(async move {
            // The signals are gone when the page was left meanwhile; then nothing is to be done.
            let hover = move |index| {
                let _ = hovered.try_set(index);
            };
            let click = move |index: usize, shift| {
                if let (Some(go), Some(at)) = (go, time.time.get(index)) {
                    go.try_run((EpochSeconds(*at), shift));
                }
            };
            match Lines::open(elements, address, &charts, hover, click).await {
                Ok(opened) => drop(lines.try_set(Some(opened))),
                Err(_) => {
                    let _ = failed.try_set(true);
                }
            }
        });
    });
    if let Some(TimeMarks { since, at }) = marks {
        effect(move || {
            let [since, at] = [since.get(), at.get()].map(|minute| point_of(&charts.time, minute));
            lines.with(|lines| {
                if let Some(lines) = lines {
                    lines.mark(since, at);
                }
            });
        });
    }
    // Dropped before the elements are, so that the library can take its parts out of them.
    on_cleanup(move || drop(lines.try_set(None)));
}

/// The point that holds a minute; none of another day.
fn point_of(time: &[i64], minute: Minute) -> Option<usize> {
    let moment = minute.start();
    let index = time.partition_point(|start| *start <= moment.0).checked_sub(1)?;
    (EpochSeconds(time[index]).day() == moment.day()).then_some(index)
}

#[component]
fn TimeCard(
    charts: Arc<TimeCharts>,
    place: usize,
    node: NodeRef<Div>,
    /// The point that its legend tells of.
    told: Memo<Option<usize>>,
    failed: RwSignal<bool>,
) -> impl IntoView {
    let TimeChart { name, title, rule, csv, lines, gaps, missing: without, .. } =
        charts.charts[place].clone();
    let as_table = RwSignal::new(false);
    let (label, heading) = (format!("{title}: {}", charts.span), title.clone());
    let has_file = !csv.is_empty();
    let (of_table, of_legend) = (charts.clone(), charts.clone());
    let time = charts.clone();
    // Without a point each line tells its own last value.
    let moment = move || match told.get().and_then(|index| time.time.get(index).copied()) {
        Some(at) => format::moment(EpochSeconds(at)),
        None => "last values".to_owned(),
    };
    view! {
        <article class="analysis-card" data-name=name aria-label=title>
            <header class="analysis-card-head">
                <h2>{heading}</h2>
                <button type="button" class="btn btn-xs" aria-pressed=move || as_table.get().to_string()
                    on:click=move |_| as_table.update(|is| *is = !*is)>"Table"</button>
                {has_file.then(|| file_menu("The figures of this chart", move || Some(csv.clone())))}
            </header>
            <div class="plot-head">
                <ul class="plot-keys">
                    {lines.into_iter().enumerate().map(|(line, of)| legend(of, line, place, of_legend.clone(), told)).collect_view()}
                    <li class="time-moment">{moment}</li>
                </ul>
            </div>
            <div class="time-canvas" class:hidden=move || as_table.get() role="group" aria-label=label node_ref=node></div>
            {move || as_table.get().then(|| view! { <TimeTable charts=of_table.clone() place/> })}
            {move || failed.get().then(|| view! {
                <p class="analysis-missing">"The chart library could not be loaded: the table has everything."</p>
            })}
            <footer class="analysis-rule">
                <p>{rule}</p>
                {missing(without)}
                {gap_list(gaps)}
            </footer>
        </article>
    }
    .into_any()
}

/// The value at a point, else the last one that there is.
fn legend(
    line: TimeLine,
    at: usize,
    place: usize,
    charts: Arc<TimeCharts>,
    told: Memo<Option<usize>>,
) -> AnyView {
    let TimeLine { name, tone, unit, values } = line;
    let width = format!("{}ch", widest(&values, &unit));
    let value = move || {
        let values = &charts.charts[place].lines[at].values;
        let value = match told.get() {
            Some(index) => values.get(index).copied().flatten(),
            None => values.iter().rev().copied().flatten().next(),
        };
        format::in_unit(value, &unit)
    };
    view! {
        <li><span class="plot-key plot-key-line" data-tone=tone></span>{name}" "<span class="time-value" style:min-width=width>{value}</span></li>
    }
    .into_any()
}

/// Letters of the longest value, so that a legend keeps its lines whatever it tells.
fn widest(values: &[Option<f64>], unit: &str) -> usize {
    let known = || values.iter().copied().flatten();
    let ends = [known().reduce(f64::min), known().reduce(f64::max)];
    ends.into_iter().map(|value| format::in_unit(value, unit).chars().count()).max().unwrap_or_default()
}

fn gap_list(gaps: Vec<GapLine>) -> AnyView {
    if gaps.is_empty() {
        return ().into_any();
    }
    let count = format::counted(gaps.len() as u64, "gap", "gaps");
    view! {
        <details class="analysis-gaps">
            <summary>{count}" and why"</summary>
            <dl>{gaps.into_iter().map(|gap| view! { <div><dt>{gap.when}</dt><dd>{gap.reason}</dd></div> }).collect_view()}</dl>
        </details>
    }
    .into_any()
}

/// `reading` says what is waited for.
pub(super) fn time_skeleton(reading: String) -> AnyView {
    view! {
        <p class="analysis-span" role="status">{reading}</p>
        <div class="analysis-grid" aria-hidden="true">
            {(0..6).map(|_| view! { <div class="skeleton-box analysis-card-space"></div> }).collect_view()}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_stands_at_the_point_that_holds_it() {
        let minute = |text: &str| -> Minute { text.parse().unwrap() };
        let time = ["2025-08-28T09:15", "2025-08-28T09:30"].map(|text| minute(text).start().0);
        assert_eq!(point_of(&time, minute("2025-08-28T09:20")), Some(0));
        assert_eq!(point_of(&time, minute("2025-08-28T09:30")), Some(1));
        assert_eq!(point_of(&time, minute("2025-08-29T09:30")), None);
        assert_eq!(point_of(&time, minute("2025-08-28T09:00")), None);
    }

    #[test]
    fn a_legend_has_room_for_the_longest_value() {
        assert_eq!(widest(&[Some(3.5), None, Some(-1234.5)], "rupees"), "-1,234.50".len());
        assert_eq!(widest(&[None], "fraction"), 1);
    }
}
