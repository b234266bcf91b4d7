//! The ladder as it is drawn: futures above, then calls, strike, puts. Each side of a rung leads to its chart.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use protocol::{ContractRow, ContractState, HistoricalDays, LifeAsked};

use super::ladder::life_words;
use super::ladder::{Ladder, Rung, Side};
use crate::browse_address as addresses;
use crate::format;

#[component]
pub fn LadderView(
    ladder: Ladder,
    /// Which series the figures are of.
    series: String,
) -> impl IntoView {
    let ladder = StoredValue::new(ladder);
    let futures = ladder.with_value(|ladder| ladder.futures.clone());
    let rungs = ladder.with_value(|ladder| ladder.rungs.clone());
    let (calls, puts) = ladder.with_value(|ladder| (ladder.calls, ladder.puts));
    let busiest =
        ladder.with_value(|ladder| ladder.busiest().map(|rung| (rung.strike.to_string(), rung.id())));
    view! {
        {(!futures.is_empty()).then(|| view! { <Futures rows=futures ladder/> })}
        {busiest.map(|(strike, id)| view! {
            <p class="mt-3 text-sm text-muted">
                "Most traded at " <a class="link" href=format!("#{id}")>{strike}</a>
            </p>
        })}
        {(!rungs.is_empty()).then(|| view! {
            <div class="table-frame ladder-frame mt-4"><table class="table table-sm ladder">
                <caption class="sr-only">{format!("Options by strike, figures of {series}")}</caption>
                <thead>
                    <tr>
                        <th scope="colgroup" colspan="5" class="text-center">"Calls"</th>
                        <td></td>
                        <th scope="colgroup" colspan="5" class="text-center">"Puts"</th>
                    </tr>
                    <tr>
                        <th scope="col" class="max-xl:hidden">"Days traded"</th>
                        <th scope="col" class="number">"Candles"</th>
                        <th scope="col" class="number max-md:hidden">"Volume"</th>
                        <th scope="col" class="number"><abbr title="Open interest at the last candle">"OI"</abbr></th>
                        <th scope="col" class="number">"Call"</th>
                        <th scope="col" class="text-center">"Strike"</th>
                        <th scope="col">"Put"</th>
                        <th scope="col"><abbr title="Open interest at the last candle">"OI"</abbr></th>
                        <th scope="col" class="max-md:hidden">"Volume"</th>
                        <th scope="col">"Candles"</th>
                        <th scope="col" class="max-xl:hidden">"Days traded"</th>
                    </tr>
                </thead>
                <tbody>
                    {rungs.into_iter().map(|rung| view! { <RungRow rung ladder/> }).collect_view()}
                </tbody>
                <Totals calls puts/>
            </table></div>
        })}
    }
}

type Shared = StoredValue<Ladder>;

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
        return view! { <td colspan="4" class="text-center text-muted max-md:hidden">"not listed"</td> <td colspan="2" class="md:hidden"></td> }
            .into_any();
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
