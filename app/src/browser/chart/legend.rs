//! The values of one candle in a line above the chart: of the one under the crosshair, else of the last.

use std::sync::Arc;

use leptos::prelude::*;
use protocol::CandleColumns;

use super::beside::added_parts;
use super::columns::{CandleWords, candle_words, last_traded, lots_words, no_volatility_words, value_words};
use super::picture::ChartPicture;
use crate::browser::compiled_once::memo;
use crate::format;

const PRICE_NAMES: [(&str, &str); 4] = [("O", "Open"), ("H", "High"), ("L", "Low"), ("C", "Close")];

#[component]
pub fn Legend(
    columns: Signal<Option<Arc<CandleColumns>>>,
    picture: Signal<Option<Arc<ChartPicture>>>,
    #[prop(into)] hovered: Signal<Option<usize>>,
    #[prop(into)] daily: Signal<bool>,
    /// Units in a lot at expiry, where that is known.
    #[prop(into)]
    lot: Signal<Option<i64>>,
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
    let lots = memo(move || {
        columns.with(|columns| {
            let columns = columns.as_deref()?;
            let index = hovered.get().or_else(|| last_traded(columns))?;
            let of = |units: &[Option<i64>]| lots_words(units.get(index).copied().flatten(), lot.get());
            Some([of(&columns.volume), of(&columns.open_interest)])
        })
    });
    let in_lots = move |place: usize| {
        let words = lots.with(|lots| lots.as_ref().and_then(|lots| lots[place].clone()))?;
        let lot = format::grouped_signed(lot.get()?);
        Some(view! { <span class="legend-why" title=format!("The lot at expiry is {lot}")>{words}</span> })
    };
    let has_lots = move || lot.get().is_some().then_some("yes");
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
            <div class="legend-units" data-lots=has_lots>
                <dt><abbr title="Volume">"V"</abbr></dt>
                <dd>{move || of(|words| words.volume.clone())}" "{move || in_lots(0)}</dd>
            </div>
            <div class="legend-units" data-lots=has_lots>
                <dt><abbr title="Open interest">"OI"</abbr></dt>
                <dd>{move || of(|words| words.open_interest.clone())}" "{move || in_lots(1)}</dd>
            </div>
            {move || added(columns, picture, hovered)}
        </dl>
    }
}

/// What is drawn besides, each with its colour.
fn added(
    columns: Signal<Option<Arc<CandleColumns>>>,
    picture: Signal<Option<Arc<ChartPicture>>>,
    hovered: Signal<Option<usize>>,
) -> AnyView {
    let hovered = hovered.get();
    let lines = picture.with(|picture| {
        columns.with(|columns| {
            let (picture, columns) = (picture.as_deref()?, columns.as_deref()?);
            let at = hovered.or_else(|| last_traded(columns))?;
            let line = |(shade, part): (usize, &super::picture::ChartPart)| {
                let value = part.values.get(at).copied().flatten();
                let is_of_option = part.unit == "fraction" || part.unit == "greek";
                let why = no_volatility_words(columns, at).filter(|_| value.is_none() && is_of_option);
                (shade + 1, part.title.clone(), value_words(value, part.unit), why)
            };
            Some(added_parts(picture).map(line).collect::<Vec<_>>())
        })
    });
    let line = |(shade, title, value, why): (usize, String, String, Option<&'static str>)| {
        view! {
            <div>
                <dt><span class="line-swatch" data-shade=shade.to_string() aria-hidden="true"></span>{title}</dt>
                <dd>{value}{why.map(|why| view! { <span class="legend-why">{why}</span> })}</dd>
            </div>
        }
        .into_any()
    };
    lines.unwrap_or_default().into_iter().map(line).collect_view().into_any()
}
