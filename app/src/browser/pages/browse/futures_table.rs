//! The futures of an expiry, above its ladder.

use leptos::prelude::*;
use market::Price;
use protocol::{ContractRow, TradedPrices};

use super::coverage_bar::CoverageBar;
use super::ladder::{Ladder, life_words};
use super::ladder_order::Figure;
use crate::browse_address as addresses;
use crate::format;

/// The columns, and from which width on each is shown.
const COLUMNS: [(Figure, &str); 7] = [
    (Figure::Last, "number"),
    (Figure::High, "number max-md:hidden"),
    (Figure::Low, "number max-md:hidden"),
    (Figure::Candles, "number max-md:hidden"),
    (Figure::Volume, "number max-sm:hidden"),
    (Figure::Interest, "number max-[359px]:hidden"),
    (Figure::Days, "max-lg:hidden"),
];

#[component]
pub fn Futures(rows: Vec<ContractRow>, ladder: StoredValue<Ladder>) -> impl IntoView {
    let told_apart = move |row: &ContractRow| {
        ladder.with_value(|ladder| {
            let distinction = ladder.distinction_of(&row.contract)?;
            let words = format!(" {distinction}, {}", life_words([row]));
            Some(view! { <span class="text-xs font-normal text-muted">{words}</span> })
        })
    };
    let cells = move |row: ContractRow| {
        COLUMNS.map(|(figure, class)| view! { <td class=class>{cell(figure, &row, ladder)}</td> })
    };
    view! {
        <div class="table-frame mt-4 max-w-5xl"><table class="table table-sm futures">
            <caption class="sr-only">"Futures"</caption>
            <thead>
                <tr>
                    <th scope="col">"Future"</th>
                    {COLUMNS.map(|(figure, class)| view! {
                        <th scope="col" class=class><abbr title=figure.title()>{figure.label()}</abbr></th>
                    })}
                </tr>
            </thead>
            <tbody>
                {rows.into_iter().map(|row| view! {
                    <tr class="row-link">
                        <th scope="row"><a class="row-label" href=addresses::contract(&row.contract)>{row.contract.trading_symbol.clone()}</a>{told_apart(&row)}</th>
                        {cells(row)}
                    </tr>
                }).collect_view()}
            </tbody>
        </table></div>
    }
}

fn cell(figure: Figure, row: &ContractRow, ladder: StoredValue<Ladder>) -> AnyView {
    let price = |of: fn(TradedPrices) -> Price| price_words(row.prices.map(of)).into_any();
    match figure {
        Figure::Last => price(|prices| prices.last),
        Figure::High => price(|prices| prices.high),
        Figure::Low => price(|prices| prices.low),
        Figure::Candles => format::grouped(row.candles).into_any(),
        Figure::Volume => format::grouped_signed(row.volume).into_any(),
        Figure::Interest => format::grouped_signed(row.open_interest).into_any(),
        Figure::Days => {
            let share = ladder.with_value(|ladder| ladder.days_share(row));
            view! { <CoverageBar share row=row.clone()/> }.into_any()
        }
    }
}

/// Where nothing was traded there is no price.
pub fn price_words(price: Option<Price>) -> String {
    price.map_or_else(|| "–".to_owned(), format::price)
}
