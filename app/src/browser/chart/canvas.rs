//! The place where the chart is drawn. On the server it is an empty box of the same size; in the browser an
//! effect mounts the chart into it and takes it away with the page.

use std::sync::Arc;

use leptos::html::Div;
use leptos::prelude::*;
use market::EpochSeconds;
use protocol::CandleColumns;

use crate::browser::compiled_once::effect;

/// What is shown, apart from the candles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Span {
    /// Charts of one name look at the same time, so the visible range is kept between them.
    pub name: String,
    pub daily: bool,
    /// Rupees.
    pub tick: f64,
}

/// What a person can do to the chart with a key or a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gesture {
    ZoomIn,
    ZoomOut,
    Earlier,
    Later,
    ShowAll,
}

/// Draws candles, volume and open interest.
#[component]
pub fn ChartCanvas(
    /// What it shows, for who cannot see it.
    #[prop(into)]
    label: Signal<String>,
    span: Signal<Span>,
    columns: Signal<Option<Arc<CandleColumns>>>,
    /// Gets the index of the candle under the crosshair.
    hovered: RwSignal<Option<usize>>,
    /// The last gesture, counted so that the same one can come twice.
    gesture: RwSignal<Option<(u32, Gesture)>>,
    /// A moment that is to be looked at.
    focus: Memo<Option<EpochSeconds>>,
    /// Set when the library could not be loaded.
    failed: RwSignal<bool>,
) -> impl IntoView {
    let place = NodeRef::<Div>::new();
    mount(place, span, columns, hovered, gesture, focus, failed);
    view! { <div class="chart-canvas" role="group" aria-label=label node_ref=place></div> }
}

fn mount(
    place: NodeRef<Div>,
    span: Signal<Span>,
    columns: Signal<Option<Arc<CandleColumns>>>,
    hovered: RwSignal<Option<usize>>,
    gesture: RwSignal<Option<(u32, Gesture)>>,
    focus: Memo<Option<EpochSeconds>>,
    failed: RwSignal<bool>,
) {
    use super::library::Chart;

    let chart = RwSignal::new_local(None::<Chart>);
    effect(move || {
        let Some(element) = place.get() else { return };
        let Some(address) = crate::browser::document::chart_library() else { return };
        leptos::task::spawn_local(async move {
            // The signals are gone when the page was left meanwhile; then nothing is to be done.
            let hover = move |index| {
                let _ = hovered.try_set(index);
            };
            match Chart::open(&element, &address, hover).await {
                Ok(opened) => drop(chart.try_set(Some(opened))),
                Err(_) => {
                    let _ = failed.try_set(true);
                }
            }
        });
    });
    effect(move || {
        let focus = focus.get();
        chart.with(|chart| {
            if let Some((chart, moment)) = chart.as_ref().zip(focus) {
                chart.look_at(moment);
            }
        });
    });
    effect(move || {
        let columns = columns.get().unwrap_or_default();
        let span = span.get_untracked();
        chart.with(|chart| {
            if let Some(chart) = chart {
                chart.show(&span, &columns);
            }
        });
    });
    effect(move || {
        let Some((_, gesture)) = gesture.get() else { return };
        chart.with_untracked(|chart| {
            let Some(chart) = chart else { return };
            match gesture {
                Gesture::ZoomIn => chart.zoom(0.7),
                Gesture::ZoomOut => chart.zoom(1.0 / 0.7),
                Gesture::Earlier => chart.pan(-0.25),
                Gesture::Later => chart.pan(0.25),
                Gesture::ShowAll => chart.show_all(),
            }
        });
    });
    // Dropped before the element is, so that the library can take its parts out of it.
    on_cleanup(move || drop(chart.try_set(None)));
}
