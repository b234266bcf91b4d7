//! What stands above a chart: the contract's name, the ways to its neighbours, and its facts.

use leptos::prelude::*;
use market::{InstrumentKey, Paise};
use protocol::{ContractPicture, ContractRow, Neighbour, Neighbours};

use crate::browse_address as addresses;
use crate::browser::pages::collect::interval_words;
use crate::chart_view::View;
use crate::format;

#[component]
pub fn ContractHead(picture: ContractPicture, view_of: Memo<View>) -> impl IntoView {
    let name = picture.name();
    let ContractPicture { underlying, row, neighbours, .. } = picture;
    view! {
        <div class="contract-head">
            <div class="flex flex-wrap items-center justify-between gap-2">
                <h1 class="text-lg font-semibold">{name}</h1>
                <NeighbourLinks key=underlying.key neighbours view_of/>
            </div>
            <Facts row/>
        </div>
    }
}

/// Links to the neighbours, with the keys that do the same.
#[component]
fn NeighbourLinks(key: InstrumentKey, neighbours: Neighbours, view_of: Memo<View>) -> impl IntoView {
    let Neighbours { lower, higher, newer, older, other_side } = neighbours;
    // A future has no strike, and no place for one.
    let has_strikes = lower.is_some() || higher.is_some();
    let key = StoredValue::new(key);
    let link = move |neighbour, arrow, word, none, is_expiry| {
        view! { <NeighbourLink key neighbour arrow word none is_expiry view_of/> }
    };
    let has_sides = other_side.is_some();
    view! {
        <nav class="grid w-full grid-cols-2 gap-1 sm:flex sm:w-auto sm:flex-wrap" aria-label="Neighbouring contracts">
            {has_strikes.then(|| view! {
                {link(lower, "←", "Next strike below", "none below", false)}
                {link(higher, "→", "Next strike above", "none above", false)}
            })}
            {has_sides.then(|| link(other_side, "T", "The other side of the strike", "none", false))}
            {link(newer, "↑", "Newer expiry", "none newer", true)}
            {link(older, "↓", "Older expiry", "none older", true)}
        </nav>
    }
}

/// Where there is no neighbour, its place is kept and says so.
#[component]
fn NeighbourLink(
    key: StoredValue<InstrumentKey>,
    neighbour: Option<Neighbour>,
    arrow: &'static str,
    word: &'static str,
    /// In its place, where there is none.
    none: &'static str,
    /// Named by its expiry, else by its strike.
    is_expiry: bool,
    view_of: Memo<View>,
) -> impl IntoView {
    let Some(neighbour) = neighbour else {
        return view! {
            <span class="neighbour btn btn-sm btn-disabled" aria-disabled="true">
                <span aria-hidden="true">{arrow}" "{none}</span><span class="sr-only">{format!("{word}: none")}</span>
            </span>
        }
        .into_any();
    };
    let path = key.with_value(|key| addresses::contract_of(key, neighbour.expiry, &neighbour.key));
    let name = if is_expiry { format::day(neighbour.expiry) } else { neighbour.name.clone() };
    let title = format!("{word}: {}, {} (key {arrow})", neighbour.name, format::day(neighbour.expiry));
    view! {
        <a class="neighbour btn btn-sm" title=title data-noscroll="true"
            href=move || view_of.get().first_page().address(&path)>
            <span aria-hidden="true">{arrow}</span><span class="sr-only">{format!("{word}: ")}</span>{name}
        </a>
    }
    .into_any()
}

/// The facts of a contract in one line that wraps.
#[component]
fn Facts(row: ContractRow) -> impl IntoView {
    let state = row.words();
    let contract = row.contract;
    let moment = |at: Option<market::EpochSeconds>| at.map_or_else(|| "–".to_owned(), format::moment);
    let candles = format!("{} at {}", format::grouped(row.candles), interval_words(row.interval));
    let facts: [(&str, String); 8] = [
        ("Key", contract.expired_key.to_string()),
        ("State", state),
        ("Lot", format::grouped_signed(contract.lot_size)),
        ("Tick", format!("₹{}", format::price(Paise(contract.tick_size)))),
        ("Days traded", format::grouped(row.traded_days.into())),
        ("Candles", candles),
        ("First", moment(row.first)),
        ("Last", moment(row.last)),
    ];
    view! {
        <dl class="facts">
            {facts.map(|(name, fact)| view! { <div><dt>{name}</dt><dd>{fact}</dd></div> })}
        </dl>
    }
}
