//! Panes over one axis of time, drawn by the server. A pointer or the arrow keys read the numbers of a minute, and a
//! click or the enter key sees the payoff from there.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::Element;

use super::results::table_twin;
use super::state::State;
use crate::drawn_strategy::{Pane, PaneLine, TimeChart};

pub(super) fn time_chart(state: State, chart: TimeChart) -> AnyView {
    let TimeChart { panes, ticks, head, rows, minutes, words } = chart;
    let pointed = RwSignal::new(None::<usize>);
    let count = rows.len();
    let share = move |place: usize| place as f64 * 100.0 / count.saturating_sub(1).max(1) as f64;
    let (kept_head, kept_rows) = (StoredValue::new(head.clone()), StoredValue::new(rows.clone()));
    let minutes = StoredValue::new(minutes);
    let see = move |place: Option<usize>| {
        let minute = place.and_then(|place| minutes.with_value(|minutes| minutes.get(place).cloned()));
        if let Some(minute) = minute {
            state.change(|address| address.at = minute);
        }
    };
    let move_to = move |event: PointerEvent| {
        let plot = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
        let Some(width) = plot.map(|plot| plot.client_width()) else { return };
        // Nothing within it takes the pointer.
        let share = f64::from(event.offset_x()) / f64::from(width.max(1));
        let last = count.saturating_sub(1) as f64;
        pointed.set(Some((share.clamp(0.0, 1.0) * last).round() as usize));
    };
    let press = move |event: KeyboardEvent| {
        let last = count.saturating_sub(1);
        let now = pointed.get_untracked();
        let next = match event.key().as_str() {
            "ArrowLeft" => now.map_or(last, |now| now.saturating_sub(1)),
            "ArrowRight" => now.map_or(0, |now| (now + 1).min(last)),
            "Home" => 0,
            "End" => last,
            "Enter" => return see(now),
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        pointed.set(Some(next));
    };
    let readout = move || {
        let place = pointed.get()?;
        let row = kept_rows.with_value(|rows| rows.get(place).cloned())?;
        let pairs = kept_head.get_value().into_iter().zip(row);
        let pair = |(name, value): (String, String)| {
            view! { <span><span class="text-muted">{name}</span>" "<b>{value}</b></span> }
        };
        Some(pairs.map(pair).collect_view())
    };
    let line = move || pointed.get().map(|place| format!("{:.2}%", share(place)));
    let tick =
        |(place, words): (f64, String)| view! { <span style:left=format!("{place:.2}%")>{words}</span> };
    view! {
        <div class="strategy-chart" role="group" aria-label=words>
            <p class="strategy-readout" aria-hidden="true">
                {move || readout().map_or_else(|| view! { <span class="text-muted">"Point at a minute to read it; click to see the payoff from there"</span> }.into_any(), IntoAny::into_any)}
            </p>
            <div class="strategy-panes">
                {panes.into_iter().map(pane).collect_view()}
                <div class="strategy-pointer" tabindex="0" role="slider" aria-label="Minute that is read"
                    aria-valuemin="0" aria-valuemax=count.saturating_sub(1).to_string()
                    aria-valuenow=move || pointed.get().unwrap_or(0).to_string()
                    aria-valuetext=move || pointed.get().and_then(|place| kept_rows.with_value(|rows| Some(rows.get(place)?.join(", ")))).unwrap_or_default()
                    on:pointermove=move_to on:pointerdown=move_to on:pointerleave=move |_| pointed.set(None)
                    on:click=move |_| see(pointed.get_untracked()) on:keydown=press>
                    {move || line().map(|left| view! { <span class="strategy-crosshair" style:left=left></span> })}
                </div>
            </div>
            <p class="strategy-ticks" aria-hidden="true">{ticks.into_iter().map(tick).collect_view()}</p>
        </div>
        {table_twin("The same as a table", head, rows)}
    }
    .into_any()
}

fn pane(of: Pane) -> AnyView {
    let Pane { name, unit, is_tall, lines, top, bottom, zero } = of;
    let has_names = lines.len() > 1;
    let drawn =
        |tone: String, path: String| view! { <path class="line strategy-line" data-tone=tone d=path/> };
    let name_of = |PaneLine { name, tone, .. }: &PaneLine| {
        let sample = drawn(tone.clone(), "M0 2H20".to_owned());
        view! {
            <span class="inline-flex items-center gap-1">
                <svg class="line-sample" viewBox="0 0 20 4" aria-hidden="true">{sample}</svg>{name.clone()}
            </span>
        }
    };
    let names = has_names.then(|| lines.iter().map(name_of).collect_view());
    let paths = lines.into_iter().map(|line| drawn(line.tone, line.path)).collect_view();
    let rule = zero.map(|zero| view! { <path class="line-rule" d=format!("M0 {zero:.1}H1000")/> });
    view! {
        <div class="strategy-pane" class:is-tall=is_tall>
            <p class="strategy-pane-name"><span><b>{name}</b>" "{unit}</span>{names}</p>
            <span class="strategy-top">{top}</span>
            <span class="strategy-bottom">{bottom}</span>
            <svg viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">{rule}{paths}</svg>
        </div>
    }
    .into_any()
}
