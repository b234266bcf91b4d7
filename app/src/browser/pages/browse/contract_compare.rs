//! Other contracts beside the one of the page, up to three: its neighbours at a click, any other by a search.

use leptos::prelude::*;
use market::ExpiredKey;
use protocol::{COMPARED_MAX, FindText, Found, FoundKind};

use super::contract::Shown;
use super::contract_chart::ContractChart;
use crate::browser::compiled_once::memo;
use crate::browser::components::{ErrorNote, Show, menu};
use crate::browser::looking::{Looked, Looking};
use crate::chart_view::View;
use crate::format;
use crate::rpc;

/// Contracts that a search offers.
const OFFERED_MAX: usize = 6;

/// A contract with its name.
type Offer = (ExpiredKey, String);

#[component]
pub fn CompareMenu(shown: Shown, chart: ContractChart) -> impl IntoView {
    let compared = memo(move || shown.view.read().compared.clone());
    let words = move || match compared.read().as_slice().len() {
        0 => "Compare".to_owned(),
        count => format!("Compare ({count})"),
    };
    let is_room = memo(move || compared.read().as_slice().len() < COMPARED_MAX);
    let is_indexed = move || shown.view.read().is_indexed;
    let chosen = move || {
        let row = |key: &ExpiredKey| chosen_row(shown, key.clone(), name_of(chart, key));
        compared.read().as_slice().iter().map(row).collect_view()
    };
    let button = view! { <summary class="btn btn-sm" title="Up to three other contracts">{words}</summary> };
    let panel = view! {
        <div class="chart-menu-panel">
            <Show when=move || !compared.read().is_empty()>
                <ul class="chart-menu-list" aria-label="Compared contracts">{chosen}</ul>
                <label>
                    <input type="checkbox" class="checkbox checkbox-xs" prop:checked=is_indexed
                        on:change=move |_| shown.look(|view| View { is_indexed: !view.is_indexed, ..view })/>
                    "Indexed to 100 at the first bar in view that all have"
                </label>
            </Show>
            <Show when=move || is_room.get()><Offers shown/></Show>
            <Show when=move || !is_room.get()>
                <p class="text-muted">"Three others are compared: take one away to add another."</p>
            </Show>
        </div>
    };
    menu(button.into_any(), panel.into_any())
}

/// As its column is called, else its key.
fn name_of(chart: ContractChart, key: &ExpiredKey) -> String {
    let name = key.to_string();
    let title = chart.columns.with(|columns| {
        let columns = &columns.as_ref()?.columns;
        columns.iter().find(|column| column.name == name).map(|column| column.title.clone())
    });
    title.unwrap_or(name)
}

fn chosen_row(shown: Shown, key: ExpiredKey, name: String) -> AnyView {
    let label = format!("Compare no longer with {name}");
    let remove = move |_| {
        let compared = shown.view.read_untracked().compared.without(&key);
        shown.look(|view| View { compared, ..view });
    };
    view! {
        <li>
            {name}
            <button type="button" class="btn btn-ghost btn-xs" aria-label=label on:click=remove>"×"</button>
        </li>
    }
    .into_any()
}

#[component]
fn Offers(shown: Shown) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let looking = Looking::of(text, |text| text.parse::<FindText>().ok().map(rpc::find::find));
    let again = Callback::new(move |()| looking.look_again());
    let is_searched = memo(move || !text.read().trim().is_empty());
    let offers = memo(move || match is_searched.get() {
        true => offers_of(looking.newest().unwrap_or_default()),
        false => neighbours(shown),
    });
    let note = move || match looking.looked() {
        Looked::Failed(problem) => {
            view! { <ErrorNote what="Contracts could not be looked for" problem retry=again/> }.into_any()
        }
        Looked::Looking if offers.read().is_empty() => {
            view! { <p class="text-muted" role="status">"Looking…"</p> }.into_any()
        }
        Looked::Found(_) if offers.read().is_empty() => {
            view! { <p class="text-muted" role="status">"No contract of such a name is known here."</p> }
                .into_any()
        }
        _ => ().into_any(),
    };
    view! {
        <input type="search" class="input input-sm w-full" aria-label="Find a contract to compare with"
            placeholder="nifty 24500 ce 28 aug" maxlength=FindText::LENGTH_MAX.to_string()
            prop:value=text on:input=move |event| text.set(event_target_value(&event))/>
        <ul class="chart-menu-list" aria-label="Contracts to compare with">
            {move || offers.get().into_iter().map(|offer| offer_row(shown, offer)).collect_view()}
        </ul>
        {note}
    }
    .into_any()
}

fn offers_of(found: Vec<Found>) -> Vec<Offer> {
    let contracts = found.into_iter().filter(|found| found.kind == FoundKind::Contract);
    let offers = contracts.filter_map(|found| Some((found.key.parse().ok()?, found.title)));
    offers.take(OFFERED_MAX).collect()
}

fn offer_row(shown: Shown, (key, name): Offer) -> AnyView {
    let is_taken =
        shown.view.read().compared.as_slice().contains(&key) || shown.key.read().as_ref() == Some(&key);
    let label = format!("Compare with {name}");
    let add = move |_| {
        let compared = shown.view.read_untracked().compared.with(&key);
        shown.look(|view| View { compared, ..view });
    };
    view! {
        <li>
            <button type="button" class="btn btn-ghost btn-xs" aria-label=label disabled=is_taken on:click=add>
                "+ "{name}
            </button>
        </li>
    }
    .into_any()
}

/// The other side of the strike, the next strikes, and the like in the expiries around.
fn neighbours(shown: Shown) -> Vec<Offer> {
    shown.picture.with(|picture| {
        let Some(picture) = picture else { return Vec::new() };
        let of = &picture.neighbours;
        let all = [&of.other_side, &of.lower, &of.higher, &of.newer, &of.older];
        let named = all.into_iter().flatten();
        named
            .map(|neighbour| {
                (neighbour.key.clone(), format!("{}, {}", neighbour.name, format::day(neighbour.expiry)))
            })
            .collect()
    })
}
