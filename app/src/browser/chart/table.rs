//! The chart's twin for who cannot see it, or wants figures: the same candles as a table, a hundred at a time.

use std::sync::Arc;

use leptos::prelude::*;
use protocol::CandleColumns;

use super::columns::candle_words;
use super::pages::Pages;
use crate::browser::compiled_once::memo;

const HEADINGS: [&str; 6] = ["Open", "High", "Low", "Close", "Volume", "Open interest"];

#[component]
pub fn CandleTable(
    columns: Signal<Option<Arc<CandleColumns>>>,
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
    let pages = memo(move || {
        Pages::of(columns.with(|columns| columns.as_ref().map_or(0, |columns| columns.len())), page.get())
    });
    let rows = move || {
        columns.with(|columns| {
            let Some(columns) = columns.as_deref() else { return Vec::new() };
            let words = |index| candle_words(columns, index, daily.get());
            pages.get().rows().filter_map(words).collect()
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
                    </tr>
                </thead>
                <tbody>
                    {move || rows().into_iter().map(|words| view! {
                        <tr>
                            <th scope="row">{words.time}</th>
                            {words.prices.map(|price| view! { <td class="number">{price}</td> })}
                            <td class="number">{words.volume}</td>
                            <td class="number">{words.open_interest}</td>
                        </tr>
                    }).collect_view()}
                </tbody>
            </table>
        </div>
        <Pager pages address_of label="Pages, below the table"/>
    }
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
