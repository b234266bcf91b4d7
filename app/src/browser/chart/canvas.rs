//! The place where a chart is drawn: an effect mounts it and takes it away with the page. It draws whatever picture it
//! is given, and knows no contract.

use std::sync::Arc;

use leptos::html::Div;
use leptos::prelude::*;
use market::EpochSeconds;

use super::library::{Chart, SavedPicture, Told};
use super::measure::Points;
use super::picture::ChartPicture;
use crate::browser::compiled_once::effect;

/// What a person can do to the chart with a key or a button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gesture {
    ZoomIn,
    ZoomOut,
    Earlier,
    Later,
    ShowAll,
    /// The crosshair to the bar before, or to the next one.
    Before,
    Next,
    /// The crosshair's place is a point that is measured from, or to.
    Measure,
    Save(SavedPicture),
}

/// What is to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    Moment(EpochSeconds),
    Range(EpochSeconds, EpochSeconds),
}

/// What a page shares with its chart.
#[derive(Clone, Copy)]
pub struct ChartHandle {
    pub picture: Signal<Option<Arc<ChartPicture>>>,
    /// The bar under the crosshair.
    pub hovered: RwSignal<Option<usize>>,
    /// The last gesture, counted so that the same one can come twice.
    pub gesture: RwSignal<Option<(u32, Gesture)>>,
    pub focus: Signal<Option<Focus>>,
    /// Whether clicks measure.
    pub is_measuring: RwSignal<bool>,
    /// The two points that are measured.
    pub measured: RwSignal<Option<Points>>,
    /// What is seen.
    pub seen: RwSignal<Option<(EpochSeconds, EpochSeconds)>>,
    /// The same, where a person has moved it there.
    pub moved: RwSignal<Option<(EpochSeconds, EpochSeconds)>>,
    /// Set when the library could not be loaded.
    pub failed: RwSignal<bool>,
}

impl ChartHandle {
    pub fn of(picture: Signal<Option<Arc<ChartPicture>>>, focus: Signal<Option<Focus>>) -> Self {
        Self {
            picture,
            hovered: RwSignal::new(None),
            gesture: RwSignal::new(None),
            focus,
            is_measuring: RwSignal::new(false),
            measured: RwSignal::new(None),
            seen: RwSignal::new(None),
            moved: RwSignal::new(None),
            failed: RwSignal::new(false),
        }
    }

    pub fn make(self, gesture: Gesture) {
        self.gesture.update(|last| {
            let count = last.as_ref().map_or(0, |(count, _)| *count);
            *last = Some((count.wrapping_add(1), gesture));
        });
    }

    // The signals are gone when the page was left meanwhile; then nothing is to be done.
    fn take(self, told: Told) {
        match told {
            Told::Hover(at) => drop(self.hovered.try_set(at)),
            Told::Seen(from, to) => drop(self.seen.try_set(Some((from, to)))),
            Told::Moved(from, to) => {
                let _ = self.seen.try_set(Some((from, to)));
                let _ = self.moved.try_set(Some((from, to)));
            }
            Told::Measure(points) => drop(self.measured.try_set(points)),
        }
    }
}

#[component]
pub fn ChartCanvas(
    /// What it shows, for who cannot see it.
    #[prop(into)]
    label: Signal<String>,
    handle: ChartHandle,
) -> impl IntoView {
    let place = NodeRef::<Div>::new();
    mount(place, handle);
    view! { <div class="chart-canvas" role="group" aria-label=label node_ref=place></div> }
}

fn mount(place: NodeRef<Div>, handle: ChartHandle) {
    let chart = RwSignal::new_local(None::<Chart>);
    effect(move || {
        let Some(element) = place.get() else { return };
        let Some(address) = crate::browser::document::chart_library() else { return };
        leptos::task::spawn_local(async move {
            match Chart::open(&element, &address, move |told| handle.take(told)).await {
                Ok(opened) => drop(chart.try_set(Some(opened))),
                Err(_) => drop(handle.failed.try_set(true)),
            }
        });
    });
    effect(move || {
        let focus = handle.focus.get();
        let moved = handle.moved.get_untracked();
        chart.with(|chart| match (chart, focus) {
            (Some(chart), Some(Focus::Moment(at))) => chart.look_at(&[at]),
            // Else it is what the chart itself has said.
            (Some(chart), Some(Focus::Range(from, to))) if moved != Some((from, to)) => {
                chart.look_at(&[from, to]);
            }
            _ => {}
        });
    });
    effect(move || {
        let picture = handle.picture.get().unwrap_or_default();
        chart.with(|chart| {
            if let Some(chart) = chart {
                chart.show(&picture);
            }
        });
    });
    effect(move || {
        let is_measuring = handle.is_measuring.get();
        chart.with(|chart| {
            if let Some(chart) = chart {
                chart.measure_mode(is_measuring);
            }
        });
    });
    effect(move || {
        let Some((_, gesture)) = handle.gesture.get() else { return };
        chart.with_untracked(|chart| {
            if let Some(chart) = chart {
                act(chart, &gesture);
            }
        });
    });
    // Dropped before the element is, so that the library can take its parts out of it.
    on_cleanup(move || drop(chart.try_set(None)));
}

fn act(chart: &Chart, gesture: &Gesture) {
    match gesture {
        Gesture::ZoomIn => chart.zoom(0.7),
        Gesture::ZoomOut => chart.zoom(1.0 / 0.7),
        Gesture::Earlier => chart.pan(-0.25),
        Gesture::Later => chart.pan(0.25),
        Gesture::ShowAll => chart.show_all(),
        Gesture::Before => chart.step(-1),
        Gesture::Next => chart.step(1),
        Gesture::Measure => chart.measure_here(),
        Gesture::Save(picture) => chart.save(picture),
    }
}
