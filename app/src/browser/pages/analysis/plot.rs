//! A chart that the server drew, in its card: its keys, the row under the pointer in words, its rule, the same as a
//! table, and as a file.

use leptos::html::Div;
use leptos::prelude::*;

use crate::browser::compiled_once::memo;
use crate::browser::components::file_menu;
use crate::drawn::analysis::{Key, Plot, Shape, Tick};

#[component]
pub fn PlotCard(
    plot: Signal<Option<Plot>>,
    /// Whether it is still of another minute.
    #[prop(into)]
    is_of_before: Signal<bool>,
) -> impl IntoView {
    let as_table = RwSignal::new(false);
    // The frame stays while the figures change, with the table open or closed.
    let is_there = memo(move || plot.with(Option::is_some));
    let of = move |text: fn(&Plot) -> &String| move || plot.with(|plot| plot.as_ref().map(text).cloned());
    let name = move || of(|plot| &plot.name)().unwrap_or_default();
    move || match is_there.get() {
        false => plot_skeleton(),
        true => view! {
            <article class="analysis-card kept-figures" data-name=name aria-label=of(|plot| &plot.title)
                aria-busy=move || is_of_before.get().to_string()>
                <header class="analysis-card-head">
                    <h2>{of(|plot| &plot.title)}</h2>
                    <button type="button" class="btn btn-xs" aria-pressed=move || as_table.get().to_string()
                        on:click=move |_| as_table.update(|is| *is = !*is)>"Table"</button>
                    {file_menu("The figures of this chart", of(|plot| &plot.csv))}
                </header>
                {move || plot.get().map(|plot| match as_table.get() {
                    true => table(plot),
                    false => drawn(plot),
                })}
                <footer class="analysis-rule">
                    <p>{of(|plot| &plot.rule)}</p>
                    {move || plot.with(|plot| plot.as_ref().map(|plot| plot.missing.clone())).map(missing)}
                </footer>
            </article>
        }
        .into_any(),
    }
}

pub(super) fn missing(sentences: Vec<String>) -> AnyView {
    sentences
        .into_iter()
        .map(|sentence| view! { <p class="analysis-missing">{sentence}</p> })
        .collect_view()
        .into_any()
}

pub(super) fn plot_skeleton() -> AnyView {
    view! { <div class="skeleton-box analysis-card-space" aria-hidden="true"></div> }.into_any()
}

/// Its keys, the row under the pointer, and the ground.
pub(in crate::browser::pages) fn drawn(plot: Plot) -> AnyView {
    let Plot { keys, shapes, marks, across, up, places, headings, rows, words, .. } = plot;
    if places.is_empty() {
        return view! { <p class="plot-nothing">"There is nothing to draw: what is missing stands below and in the table."</p> }.into_any();
    }
    let ground = NodeRef::<Div>::new();
    let hovered = RwSignal::new(None::<usize>);
    let (places, rows, headings) =
        (StoredValue::new(places), StoredValue::new(rows), StoredValue::new(headings));
    let hover = move |event: leptos::ev::PointerEvent| {
        let Some(ground) = ground.get_untracked() else { return };
        // Everything on the ground lets the pointer through to it.
        let at = 100.0 * f64::from(event.offset_x()) / f64::from(ground.offset_width().max(1));
        hovered.set(places.with_value(|places| nearest(places, at)));
    };
    let hair = move || {
        let at = places.with_value(|places| places.get(hovered.get()?).copied());
        at.map(|at| view! { <div class="plot-hair" style:left=format!("{at:.2}%")></div> })
    };
    let readout = move || {
        let row = rows.with_value(|rows| rows.get(hovered.get()?).cloned())?;
        Some(headings.with_value(|headings| readout(headings, &row)))
    };
    view! {
        <div class="plot-head">
            <ul class="plot-keys">{keys.into_iter().map(key).collect_view()}</ul>
            <p class="plot-readout" aria-hidden="true">{readout}</p>
        </div>
        <div class="plot">
            <div class="plot-up" aria-hidden="true">{up.iter().map(up_label).collect_view()}</div>
            <div class="plot-ground" node_ref=ground on:pointermove=hover on:pointerdown=hover
                on:pointerleave=move |_| hovered.set(None)>
                <svg viewBox="0 0 1000 400" preserveAspectRatio="none" role="img" aria-label=words>
                    <path class="plot-rules" d=rules(&up)/>
                    {shapes.into_iter().map(shape).collect_view()}
                </svg>
                {marks.into_iter().map(mark).collect_view()}
                {hair}
            </div>
            <div class="plot-across" aria-hidden="true">{across.iter().map(across_label).collect_view()}</div>
        </div>
    }
    .into_any()
}

fn nearest(places: &[f64], at: f64) -> Option<usize> {
    let off = |place: &usize| (places[*place] - at).abs();
    (0..places.len()).min_by(|one, other| off(one).total_cmp(&off(other)))
}

/// `24,500 · Calls 1,200 · Puts 900`; what there is nothing of is left out.
fn readout(headings: &[String], row: &[String]) -> String {
    let cells = headings.iter().zip(row).skip(1).filter(|(_, cell)| !cell.is_empty() && *cell != "–");
    let words = cells.map(|(heading, cell)| format!("{heading} {cell}"));
    row.first().cloned().into_iter().chain(words).collect::<Vec<_>>().join(" · ")
}

fn key(Key { tone, name }: Key) -> impl IntoView {
    view! { <li><span class="plot-key" data-tone=tone></span>{name}</li> }
}

fn shape(Shape { form, tone, path }: Shape) -> impl IntoView {
    view! { <path class="plot-shape" data-form=form data-tone=tone d=path/> }
}

fn mark(Tick { at, words }: Tick) -> impl IntoView {
    let side = if at > 60.0 { "plot-mark plot-mark-left" } else { "plot-mark" };
    view! { <div class=side style:left=format!("{at:.2}%")><span>{words}</span></div> }
}

fn up_label(tick: &Tick) -> impl IntoView + use<> {
    view! { <span style:bottom=format!("{:.2}%", tick.at)>{tick.words.clone()}</span> }
}

fn across_label(tick: &Tick) -> impl IntoView + use<> {
    view! { <span style:left=format!("{:.2}%", tick.at)>{tick.words.clone()}</span> }
}

/// A line at each label.
fn rules(up: &[Tick]) -> String {
    up.iter().map(|tick| format!("M0 {:.1}H1000", 400.0 - 4.0 * tick.at)).collect()
}

fn table(plot: Plot) -> AnyView {
    let Plot { title, headings, rows, .. } = plot;
    let row = |cells: Vec<String>| {
        let mut cells = cells.into_iter();
        let first = cells.next().unwrap_or_default();
        view! {
            <tr>
                <th scope="row" class="number">{first}</th>
                {cells.map(|cell| view! { <td class="number">{cell}</td> }).collect_view()}
            </tr>
        }
    };
    view! {
        <div class="table-frame analysis-table" role="region" aria-label=format!("{title}, as a table") tabindex="0">
            <table class="table table-sm">
                <caption class="sr-only">{title.clone()}</caption>
                <thead><tr>{headings.into_iter().map(|heading| view! { <th scope="col" class="number">{heading}</th> }).collect_view()}</tr></thead>
                <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_under_the_pointer_is_the_nearest_one_in_words() {
        assert_eq!(nearest(&[10.0, 50.0, 90.0], 65.0), Some(1));
        assert_eq!(nearest(&[], 65.0), None);
        let [headings, row] = [["Strike", "Calls", "Why not"], ["24,500", "–", "No volatility."]]
            .map(|texts| texts.map(str::to_owned).to_vec());
        assert_eq!(readout(&headings, &row), "24,500 · Why not No volatility.");
    }
}
