//! The chart's twin for who cannot see it, or wants figures: the same candles as a table, a hundred at a time.

use std::sync::Arc;

use leptos::prelude::*;
use protocol::CandleColumns;

use super::beside::added_parts;
use super::columns::{candle_words, known_bars, value_words};
use super::pages::Pages;
use super::picture::ChartPicture;
use crate::browser::compiled_once::memo;

const HEADINGS: [&str; 6] = ["Open", "High", "Low", "Close", "Volume", "Open interest"];

#[component]
pub fn CandleTable(
    columns: Signal<Option<Arc<CandleColumns>>>,
    /// What stands beside them.
    picture: Signal<Option<Arc<ChartPicture>>>,
    #[prop(into)] daily: Signal<bool>,
    /// Of which contract, for the caption.
    #[prop(into)]
    caption: Signal<String>,
    /// Counted from one; any number is taken and moved into the range.
    #[prop(into)]
    page: Signal<usize>,
    /// The address of a page.
    #[prop(into)]
    address_of: Callback<usize, String>,
) -> impl IntoView {
    let known = memo(move || columns.with(|columns| columns.as_deref().map(known_bars).unwrap_or_default()));
    let pages = memo(move || Pages::of(known.read().len(), page.get()));
    let rows = move || {
        columns.with(|columns| {
            let Some(columns) = columns.as_deref() else { return Vec::new() };
            let row = |place| {
                let at = *known.read().get(place)?;
                Some((
                    candle_words(columns, at, daily.get())?,
                    picture.with(|picture| added_cells(picture.as_deref(), at)),
                ))
            };
            pages.get().rows().filter_map(row).collect()
        })
    };
    let titles = move || {
        picture.with(|picture| {
            let parts = picture.as_deref().into_iter().flat_map(added_parts);
            parts.map(|(_, part)| part.title.clone()).collect::<Vec<_>>()
        })
    };
    view! {
        <Pager pages address_of label="Pages, above the table"/>
        <div class="table-frame" role="region" aria-label="Candles" tabindex="0">
            <table class="table table-sm candle-table">
                <caption class="sr-only">{move || caption.get()}</caption>
                <thead>
                    <tr>
                        <th scope="col">{move || if daily.get() { "Day" } else { "Time, IST" }}</th>
                        {HEADINGS.map(|heading| view! { <th scope="col" class="number">{heading}</th> })}
                        {move || titles().into_iter().map(|title| view! { <th scope="col" class="number">{title}</th> }).collect_view()}
                    </tr>
                </thead>
                <tbody>
                    {move || rows().into_iter().map(|(words, added)| view! {
                        <tr>
                            <th scope="row">{words.time}</th>
                            {words.prices.map(|price| view! { <td class="number">{price}</td> })}
                            <td class="number">{words.volume}</td>
                            <td class="number">{words.open_interest}</td>
                            {added.into_iter().map(|value| view! { <td class="number">{value}</td> }).collect_view()}
                        </tr>
                    }).collect_view()}
                </tbody>
            </table>
        </div>
        <Pager pages address_of label="Pages, below the table"/>
    }
}

fn added_cells(picture: Option<&ChartPicture>, at: usize) -> Vec<String> {
    let parts = picture.into_iter().flat_map(added_parts);
    parts.map(|(_, part)| value_words(part.values.get(at).copied().flatten(), part.unit)).collect()
}

#[component]
fn Pager(pages: Memo<Pages>, address_of: Callback<usize, String>, label: &'static str) -> impl IntoView {
    let link = move |number: Option<usize>, words: &'static str| match number {
        Some(number) => {
            view! { <a class="btn btn-xs" href=address_of.run(number) data-noscroll="true">{words}</a> }
                .into_any()
        }
        None => {
            view! { <span class="btn btn-xs btn-disabled" aria-disabled="true">{words}</span> }.into_any()
        }
    };
    view! {
        <nav class="flex flex-wrap items-center gap-2 py-2 text-sm" aria-label=label>
            {move || {
                let pages = pages.get();
                view! {
                    {link(pages.first(), "First")}
                    {link(pages.previous(), "Previous")}
                    <span class="text-muted">{pages.words()}</span>
                    {link(pages.next(), "Next")}
                    {link(pages.last(), "Last")}
                }
            }}
        </nav>
    }
}
