//! The heat map of an expiry: a picture that the server drew, and over it one cursor, which is a link to the day under it.
//! The pointer puts it anywhere, the arrow keys move it, and it says in words where it is.

use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::html::{A as Link, Div};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;
use market::{Day, InstrumentKey};

use super::again::Again;
use crate::address::encoded;
use crate::browser::compiled_once::effect;
use crate::browser::keys::{Binding, Chord, KeySection, Press, list_keys, meaning};
use crate::browser::pages::of_expiry::export_link;
use crate::drawn::MapDrawn;
use crate::format;
use crate::rpc::coverage::{AgainWish, CoverageWish};
use crate::site::MAP_CELL;

/// Cells of a page of the keyboard.
const PAGE: isize = 10;

/// Days to the right and contracts down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    By(isize, isize),
    FirstDay,
    LastDay,
}

const KEYS: [Binding<Step>; 8] = [
    Binding { chords: &[Chord::of("ArrowLeft")], words: "The day before", meaning: Step::By(-1, 0) },
    Binding { chords: &[Chord::of("ArrowRight")], words: "The next day", meaning: Step::By(1, 0) },
    Binding { chords: &[Chord::of("ArrowUp")], words: "The contract above", meaning: Step::By(0, -1) },
    Binding { chords: &[Chord::of("ArrowDown")], words: "The contract below", meaning: Step::By(0, 1) },
    Binding { chords: &[Chord::of("PageUp")], words: "Ten contracts up", meaning: Step::By(0, -PAGE) },
    Binding { chords: &[Chord::of("PageDown")], words: "Ten contracts down", meaning: Step::By(0, PAGE) },
    Binding { chords: &[Chord::of("Home")], words: "The first day", meaning: Step::FirstDay },
    Binding { chords: &[Chord::of("End")], words: "The last day", meaning: Step::LastDay },
];

#[component]
pub(super) fn Map(map: MapDrawn) -> impl IntoView {
    let wish: Memo<CoverageWish> = expect_context();
    let at = RwSignal::new(opened_at(&map, &wish.get_untracked()));
    let cursor = NodeRef::<Link>::new();
    list_keys(KeySection::of("On the map of an expiry", &KEYS));
    let MapDrawn { title, underlying, expiry, head, labels, cells, legend, tables, pages, missing, .. } =
        map.clone();
    let map = StoredValue::new(map);
    let words = move || map.with_value(|map| words_at(map, at.get()));
    let address = move || map.with_value(|map| address_at(map, at.get(), wish.with(|wish| wish.from)));
    let press = move |event: KeyboardEvent| {
        let Some(step) = Press::of(&event).and_then(|press| meaning(&KEYS, &press)) else { return };
        event.prevent_default();
        map.with_value(|map| at.update(|at| *at = moved(map, *at, step)));
        // The browser brings into view what takes the focus.
        if let Some(cursor) = cursor.get_untracked() {
            let _ = cursor.blur();
            let _ = cursor.focus();
        }
    };
    let point = move |event: MouseEvent| {
        let of = |offset: i32| usize::try_from(offset).unwrap_or(0) / MAP_CELL;
        let pointed = (of(event.offset_x()), of(event.offset_y()));
        at.set(map.with_value(|map| within(map, pointed)));
        if event.type_() == "click"
            && let Some(cursor) = cursor.get_untracked()
        {
            cursor.unchecked_ref::<HtmlElement>().click();
        }
    };
    let frame = NodeRef::<Div>::new();
    effect(move || {
        if let Some(frame) = frame.get() {
            show_cell(&frame, at.get_untracked());
        }
    });
    let order: Option<(InstrumentKey, Day)> = underlying.parse().ok().zip(expiry.parse().ok());
    let side = |cells: usize| format!("{}px", cells * MAP_CELL);
    view! {
        <section class="panel" aria-labelledby="cov-map">
            <div class="panel-head">
                <h2 id="cov-map" class="panel-title">{title}<span class="font-normal text-muted">" · contracts by day"</span></h2>
                <p class="cell-told" aria-hidden="true">{words}</p>
                {order.clone().map(|(underlying, expiry)| export_link(&underlying, expiry))}
            </div>
            <div inner_html=legend></div>
            <div class="map-frame" node_ref=frame role="group" aria-label="Map of contracts by day; arrow keys move through it, Enter opens a day"
                on:keydown=press>
                <div class="map-corner">"Contract"</div>
                <div class="map-head" inner_html=head></div>
                <div class="map-labels" aria-hidden="true" inner_html=labels></div>
                <div class="map-body">
                    <div inner_html=cells></div>
                    <div class="map-pad" on:mousemove=point on:click=point></div>
                    <a class="map-cursor" node_ref=cursor href=address data-noscroll="true"
                        style:left=move || side(at.get().0) style:top=move || side(at.get().1)>
                        <span class="sr-only">{words}</span>
                    </a>
                </div>
            </div>
            {(!pages.is_empty()).then(|| view! { <p class="mt-2 text-sm" inner_html=pages></p> })}
            {order.zip(missing).map(|((underlying, expiry), cost)| view! {
                <Again wish=AgainWish::Expiry(underlying, expiry) words="Fetch what is missing" cost is_refused=false/>
            })}
            <details class="mt-3 text-sm"><summary>"The same as tables"</summary><div inner_html=tables></div></details>
        </section>
    }
    .into_any()
}

/// Brings a cell into the middle of the frame, beside the names of contracts and below the days. Of a map that was opened
/// without a day that is its newest end, for it ends there.
fn show_cell(frame: &HtmlElement, (column, line): (usize, usize)) {
    let part = |selector: &str| frame.query_selector(selector).ok().flatten();
    let names = part(".map-labels").map_or(0, |names| names.client_width());
    let days = part(".map-head").map_or(0, |days| days.client_height());
    frame.set_scroll_left(scrolled_to(column, frame.client_width() - names));
    frame.set_scroll_top(scrolled_to(line, frame.client_height() - days));
}

/// So far that a cell stands in the middle of the room.
fn scrolled_to(cell: usize, room: i32) -> i32 {
    let middle = i32::try_from(cell * MAP_CELL + MAP_CELL / 2).unwrap_or(i32::MAX);
    middle - room / 2
}

/// The day that the address names, else the newest one of the first contract.
fn opened_at(map: &MapDrawn, wish: &CoverageWish) -> (usize, usize) {
    let key = wish.contract.as_ref().map(|key| encoded(&key.to_string()));
    let day = wish.day.map(|day| day.to_string());
    let line = key.and_then(|key| map.rows.iter().position(|row| row.key == key));
    let column = day.and_then(|day| map.days.iter().position(|known| *known == day));
    (column.unwrap_or(map.days.len().saturating_sub(1)), line.unwrap_or(0))
}

fn within(map: &MapDrawn, (column, line): (usize, usize)) -> (usize, usize) {
    (column.min(map.days.len().saturating_sub(1)), line.min(map.rows.len().saturating_sub(1)))
}

fn moved(map: &MapDrawn, (column, line): (usize, usize), step: Step) -> (usize, usize) {
    let (column, line) = match step {
        Step::By(days, contracts) => {
            (column.saturating_add_signed(days), line.saturating_add_signed(contracts))
        }
        Step::FirstDay => (0, line),
        Step::LastDay => (usize::MAX, line),
    };
    within(map, (column, line))
}

/// `24500 CE, 19 Aug 2025: proven hole`.
fn words_at(map: &MapDrawn, (column, line): (usize, usize)) -> String {
    let (Some(row), Some(day)) = (map.rows.get(line), map.days.get(column)) else { return String::new() };
    let letter = row.cells.chars().nth(column);
    let words = map.words.iter().find(|(of, _)| Some(*of) == letter).map_or("", |(_, words)| words.as_str());
    let day = day.parse().map_or_else(|_| day.clone(), format::day);
    format!("{}, {day}: {words}", row.name)
}

fn address_at(map: &MapDrawn, (column, line): (usize, usize), from: u32) -> String {
    let (key, day) = (map.rows.get(line).map_or("", |row| row.key.as_str()), map.days.get(column));
    let from = if from > 0 { format!("&from={from}") } else { String::new() };
    format!(
        "/coverage?underlying={}&expiry={}{from}&contract={key}&day={}",
        encoded(&map.underlying),
        map.expiry,
        day.map_or("", String::as_str)
    )
}
