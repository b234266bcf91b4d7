//! The ladder as it is drawn: futures above, then calls, strike, puts. Each side of a rung leads to its chart.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{query_signal_with_options, use_navigate};
use protocol::{ContractRow, ContractState, HistoricalDays, LifeAsked};

use super::ladder::life_words;
use super::ladder::{Ladder, Rung, Side};
use super::ladder_order::{Column, Figure, Order};
use crate::browse_address as addresses;
use crate::browser::compiled_once::memo;
use crate::format;

#[component]
pub fn LadderView(
    ladder: Ladder,
    /// Which series the figures are of.
    series: String,
) -> impl IntoView {
    let ladder = StoredValue::new(ladder);
    let futures = ladder.with_value(|ladder| ladder.futures.clone());
    let has_rungs = ladder.with_value(|ladder| !ladder.rungs.is_empty());
    let sorted = move |order: Order| {
        let mut rungs = ladder.with_value(|ladder| ladder.rungs.clone());
        order.sort(&mut rungs);
        rungs
    };
    let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
    let (order_text, set_order) = query_signal_with_options::<String>("sort", options);
    let order = memo(move || Order::of_text(&order_text.get().unwrap_or_default()));
    let press = Callback::new(move |column: Column| {
        set_order.set(order.get_untracked().pressed(column).to_text());
        show_first_rungs();
    });
    let (calls, puts) = ladder.with_value(|ladder| (ladder.calls, ladder.puts));
    let busiest =
        ladder.with_value(|ladder| ladder.busiest().map(|rung| (rung.strike.to_string(), rung.id())));
    let opening =
        busiest.as_ref().map(|(_, id)| id.clone()).filter(|_| order.get_untracked() == Order::default());
    open_at(opening);
    view! {
        {(!futures.is_empty()).then(|| view! { <Futures rows=futures ladder/> })}
        {busiest.map(|(strike, id)| view! {
            <p class="mt-3 text-sm text-muted">
                "Most traded at " <a class="link" href=format!("#{id}")>{strike}</a>
            </p>
        })}
        {has_rungs.then(|| view! {
            <div class="table-frame ladder-frame mt-4"><table class="table table-sm ladder">
                <caption class="sr-only">{format!("Options by strike, figures of {series}")}</caption>
                <thead>
                    <Heads order press/>
                </thead>
                <tbody>
                    {move || sorted(order.get()).into_iter().map(|rung| view! { <RungRow rung ladder/> }).collect_view()}
                </tbody>
                <Totals calls puts/>
            </table></div>
        })}
    }
}

/// Brings a rung into view, where the page was opened at its top and its address names no other.
fn open_at(rung: Option<String>) {
    let Some(rung) = rung else { return };
    request_animation_frame(move || {
        let is_at_top = window().scroll_y().is_ok_and(|y| y < 1.0);
        let names_none = window().location().hash().is_ok_and(|hash| hash.is_empty());
        if let Some(row) = document().get_element_by_id(&rung).filter(|_| is_at_top && names_none) {
            row.scroll_into_view();
        }
    });
}

/// Another order begins at its first rungs: goes back to them, where they were scrolled away.
fn show_first_rungs() {
    let frame = document().query_selector(".ladder-frame").ok().flatten();
    let Some(frame) = frame.and_then(|frame| frame.dyn_into::<web_sys::HtmlElement>().ok()) else { return };
    if window().scroll_y().is_ok_and(|y| y > f64::from(frame.offset_top())) {
        frame.scroll_into_view();
    }
}

type Shared = StoredValue<Ladder>;

/// The heads of the columns, outwards from the strike; each is a button that orders by it.
#[component]
fn Heads(order: Memo<Order>, press: Callback<Column>) -> impl IntoView {
    const FIGURES: [(Figure, &str, &str); 4] = [
        (Figure::Days, "Days traded", "max-xl:hidden"),
        (Figure::Candles, "Candles", ""),
        (Figure::Volume, "Volume", "max-md:hidden"),
        (Figure::Interest, "OI", ""),
    ];
    let head = move |column: Column, side: &'static str, label: &'static str, class: &'static str| {
        let title = if label == "OI" { "Open interest at the last candle" } else { label };
        view! {
            <th scope="col" class=class class:text-right={matches!(column, Column::Call(_))}
                aria-sort=move || order.get().aria_sort(column)>
                <button type="button" class="sort" title=title on:click=move |_| press.run(column)>
                    <span class="sr-only">{side}</span>{label}
                </button>
            </th>
        }
    };
    view! {
        <tr>
            {FIGURES.map(|(figure, label, class)| head(Column::Call(figure), "Call ", label, class))}
            <th scope="col" class="text-right">"Calls"</th>
            {head(Column::Strike, "", "Strike", "text-center")}
            <th scope="col">"Puts"</th>
            {FIGURES.into_iter().rev().map(|(figure, label, class)| head(Column::Put(figure), "Put ", label, class)).collect_view()}
        </tr>
    }
    .into_any()
}

#[component]
fn Futures(rows: Vec<ContractRow>, ladder: Shared) -> impl IntoView {
    let told_apart = move |row: &ContractRow| {
        ladder.with_value(|ladder| {
            let distinction = ladder.distinction_of(&row.contract)?;
            let words = format!(" {distinction}, {}", life_words([row]));
            Some(view! { <span class="text-xs font-normal text-muted">{words}</span> })
        })
    };
    view! {
        <div class="table-frame mt-4 max-w-4xl"><table class="table table-sm">
            <caption class="sr-only">"Futures"</caption>
            <thead>
                <tr>
                    <th scope="col">"Future"</th>
                    <th scope="col" class="number">"Candles"</th>
                    <th scope="col" class="number max-sm:hidden">"Volume"</th>
                    <th scope="col" class="number"><abbr title="Open interest at the last candle">"OI"</abbr></th>
                    <th scope="col" class="max-sm:hidden">"Days traded"</th>
                </tr>
            </thead>
            <tbody>
                {rows.into_iter().map(|row| view! {
                    <tr class="row-link">
                        <th scope="row"><a class="row-label" href=addresses::contract(&row.contract)>{row.contract.trading_symbol.clone()}</a>{told_apart(&row)}</th>
                        <td class="number">{format::grouped(row.candles)}</td>
                        <td class="number max-sm:hidden">{format::grouped_signed(row.volume)}</td>
                        <td class="number">{format::grouped_signed(row.open_interest)}</td>
                        <td class="max-sm:hidden"><Coverage share=ladder.with_value(|ladder| ladder.days_share(&row)) row/></td>
                    </tr>
                }).collect_view()}
            </tbody>
        </table></div>
    }
}

#[component]
fn RungRow(rung: Rung, ladder: Shared) -> impl IntoView {
    let id = rung.id();
    let Rung { strike, call, put, life, .. } = rung;
    let strike = strike.to_string();
    view! {
        <tr id=id>
            <Figures row=call.clone() ladder is_call=true/>
            <SideLink row=call ladder is_call=true/>
            <th scope="row" class="ladder-strike">
                {strike}
                {life.map(|life| view! { <span class="block text-xs font-normal text-muted">{life}</span> })}
            </th>
            <SideLink row=put.clone() ladder is_call=false/>
            <Figures row=put ladder is_call=false/>
        </tr>
    }
}

/// The link that the keyboard and a screen reader use; a mouse may take any figure of the side.
#[component]
fn SideLink(row: Option<ContractRow>, ladder: Shared, is_call: bool) -> impl IntoView {
    view! {
        <td class:text-right=is_call>
            {row.map(|row| view! {
                <a class="ladder-link" href=addresses::contract(&row.contract) aria-label=ladder.with_value(|ladder| ladder.name_of(&row.contract))>
                    {row.contract.kind.as_str()}
                </a>
            })}
        </td>
    }
}

#[component]
fn Figures(row: Option<ContractRow>, ladder: Shared, is_call: bool) -> impl IntoView {
    let Some(row) = row else {
        return view! { <NotListed is_call/> }.into_any();
    };
    let (days, interest) =
        ladder.with_value(|ladder| (ladder.days_share(&row), ladder.open_interest_share(&row)));
    let address = StoredValue::new(addresses::contract(&row.contract));
    let navigate = StoredValue::new_local(use_navigate());
    let go = move |_| {
        navigate.with_value(|navigate| address.with_value(|address| navigate(address, Default::default())));
    };
    let candles = view! {
        <td class="ladder-cell" class:text-right=is_call on:click=go>{figure(row.candles)}</td>
    };
    let volume = view! {
        <td class="ladder-cell max-md:hidden" class:text-right=is_call on:click=go>{figure(row.volume.unsigned_abs())}</td>
    };
    let open_interest = view! {
        <td class="ladder-cell ladder-interest" class:text-right=is_call class:call=is_call class:put=!is_call
            style=format!("--share:{interest}%") on:click=go>
            {figure(row.open_interest.unsigned_abs())}
        </td>
    };
    let coverage = view! {
        <td class="ladder-cell max-xl:hidden" on:click=go><Coverage share=days row/></td>
    };
    if is_call {
        view! { {coverage} {candles} {volume} {open_interest} }.into_any()
    } else {
        view! { {open_interest} {volume} {candles} {coverage} }.into_any()
    }
}

/// As many cells as a contract would have at every width.
#[component]
fn NotListed(is_call: bool) -> impl IntoView {
    let days = view! { <td class="max-xl:hidden"></td> };
    let candles = view! { <td class="text-xs text-muted" class:text-right=is_call>"not listed"</td> };
    let volume = view! { <td class="max-md:hidden"></td> };
    let interest = view! { <td></td> };
    if is_call {
        view! { {days} {candles} {volume} {interest} }.into_any()
    } else {
        view! { {interest} {volume} {candles} {days} }.into_any()
    }
}

/// Nothing is quieter than a nought.
fn figure(count: u64) -> String {
    if count == 0 { "–".to_owned() } else { format::compact(count) }
}

/// How far a contract is collected: a bar of the days on which it traded, and a word where there is no bar.
#[component]
fn Coverage(row: ContractRow, share: f64) -> impl IntoView {
    let title = row.words();
    let asked = row.reach.days().filter(|days| *days < HistoricalDays::default().get());
    let word = match row.state {
        // Fewer days than usual were asked, and there may be more.
        ContractState::Collected if row.life != LifeAsked::Whole => {
            asked.map(|days| format!("asked {} back", format::counted(days.into(), "day", "days")))
        }
        ContractState::Collected => None,
        ContractState::Partial => Some("part".to_owned()),
        ContractState::Empty if row.never_traded() => Some("never traded".to_owned()),
        ContractState::Empty => Some("no trade".to_owned()),
        ContractState::NotAsked => Some("not asked".to_owned()),
    };
    let days = format::counted(row.traded_days.into(), "day", "days");
    view! {
        <span class="flex items-center gap-2" title=format!("{title}; traded on {days}")>
            {(row.traded_days > 0).then(|| view! {
                <span class="meter" class:partial={row.state == ContractState::Partial} aria-hidden="true">
                    <span style=format!("width:{share}%")></span>
                </span>
                <span>{row.traded_days}</span>
            })}
            {word.map(|word| view! { <span class="text-xs text-muted">{word}</span> })}
        </span>
    }
}

#[component]
fn Totals(calls: Side, puts: Side) -> impl IntoView {
    let volume = |side: Side| figure(side.volume.unsigned_abs());
    let interest = |side: Side| figure(side.open_interest.unsigned_abs());
    view! {
        <tfoot>
            <tr>
                <td class="max-xl:hidden"></td>
                <td class="number">{figure(calls.candles)}</td>
                <td class="number max-md:hidden">{volume(calls)}</td>
                <td class="number">{interest(calls)}</td>
                <td></td>
                <th scope="row" class="text-center">"All"</th>
                <td></td>
                <td>{interest(puts)}</td>
                <td class="max-md:hidden">{volume(puts)}</td>
                <td>{figure(puts.candles)}</td>
                <td class="max-xl:hidden"></td>
            </tr>
        </tfoot>
    }
}
