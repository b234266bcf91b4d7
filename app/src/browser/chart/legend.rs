//! The values of one candle in a line above the chart: of the one under the crosshair, else of the last.

use std::sync::Arc;

use leptos::prelude::*;
use protocol::CandleColumns;

use super::columns::{CandleWords, candle_words, last_traded};
use crate::browser::compiled_once::memo;

const PRICE_NAMES: [(&str, &str); 4] = [("O", "Open"), ("H", "High"), ("L", "Low"), ("C", "Close")];

#[component]
pub fn Legend(
    columns: Signal<Option<Arc<CandleColumns>>>,
    #[prop(into)] hovered: Signal<Option<usize>>,
    #[prop(into)] daily: Signal<bool>,
) -> impl IntoView {
    let words = memo(move || {
        columns.with(|columns| {
            let columns = columns.as_deref()?;
            let index = hovered.get().or_else(|| last_traded(columns))?;
            candle_words(columns, index, daily.get())
        })
    });
    let of = move |pick: fn(&CandleWords) -> String| {
        words.with(|words| words.as_ref().map_or_else(|| "–".to_owned(), pick))
    };
    let change = move || words.with(|words| words.as_ref().and_then(|words| words.change.clone()));
    view! {
        <dl class="candle-legend">
            <div class="legend-time">
                <dt class="sr-only">"Time, IST"</dt>
                <dd>{move || of(|words| words.time.clone())}</dd>
            </div>
            {PRICE_NAMES.into_iter().enumerate().map(|(at, (letter, name))| view! {
                <div>
                    <dt><abbr title=name>{letter}</abbr></dt>
                    <dd>{move || words.with(|words| words.as_ref().map_or_else(|| "–".to_owned(), |words| words.prices[at].clone()))}</dd>
                </div>
            }).collect_view()}
            <div class="legend-change">
                <dt class="sr-only">"Change"</dt>
                <dd class:text-down=move || change().is_some_and(|change| change.direction.is_lt())
                    class:text-up=move || change().is_some_and(|change| change.direction.is_gt())>
                    {move || change().map(|change| change.words)}
                </dd>
            </div>
            <div><dt><abbr title="Volume">"V"</abbr></dt><dd>{move || of(|words| words.volume.clone())}</dd></div>
            <div><dt><abbr title="Open interest">"OI"</abbr></dt><dd>{move || of(|words| words.open_interest.clone())}</dd></div>
        </dl>
    }
}
