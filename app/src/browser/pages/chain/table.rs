//! The chain as a table: calls, strike, puts, upwards by strike, with the money line at the forward. A step in time
//! changes the texts that changed and nothing else.

use std::collections::BTreeSet;

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;
use leptos_router::components::A;
use protocol::{ChainPicture, ChainRow, ChainSide};

use super::columns::{Column, Columns, NOTHING, age_words};
use super::ticks::{Ticks, of_option};
use crate::browse_address::{self as addresses, View};
use crate::browser::compiled_once::memo;
use crate::browser::components::ColumnWords;
use crate::browser::no_volatility::{MissingNotes, mark, no_volatility};
use crate::format;

/// What every row needs of the chain beside itself.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Around {
    /// Of one side of a strike, at most.
    highest_interest: i64,
    money: Option<f64>,
    at_the_money: Option<f64>,
    max_pain: Option<f64>,
    highest_call: Option<f64>,
    highest_put: Option<f64>,
}

impl Around {
    fn of(chain: &ChainPicture) -> Self {
        let sides = chain.rows.iter().flat_map(|row| [&row.call, &row.put]).flatten();
        Self {
            highest_interest: sides.filter_map(|side| side.open_interest).max().unwrap_or(0),
            money: chain.forward.as_ref().map(|forward| forward.price).or(chain.spot.map(|spot| spot.price)),
            at_the_money: chain.atm_strike,
            max_pain: chain.max_pain,
            highest_call: chain.highest_call_interest,
            highest_put: chain.highest_put_interest,
        }
    }

    /// What is said of a strike, a line each.
    fn marks(&self, strike: f64) -> Vec<&'static str> {
        let marks = [
            (self.at_the_money, "at the money"),
            (self.max_pain, "max pain"),
            (self.highest_call, "most calls open"),
            (self.highest_put, "most puts open"),
        ];
        marks.into_iter().filter(|(marked, _)| *marked == Some(strike)).map(|(_, words)| words).collect()
    }
}

/// Brings the strike at the money into view within the frame, and as much of the calls as of the puts. The page stays
/// where it is: at its top stands which chain this is.
fn open_at_the_money() {
    request_animation_frame(|| {
        let found = |selector: &str| document().query_selector(selector).ok().flatten();
        let Some(frame) = found(".chain-frame") else { return };
        frame.set_scroll_left((frame.scroll_width() - frame.client_width()) / 2);
        let row = found(".chain-table .at-the-money").and_then(|row| row.dyn_into::<HtmlElement>().ok());
        if let Some(row) = row {
            // The lower half of the frame may lie below the end of the screen.
            frame.set_scroll_top(row.offset_top() - frame.client_height() / 3);
        }
    });
}

#[component]
pub fn ChainTable(
    chain: ReadSignal<ChainPicture>,
    asking: ReadSignal<bool>,
    columns: Columns,
    ticks: Ticks,
) -> impl IntoView {
    let strikes = memo(move || {
        chain.with(|chain| chain.rows.iter().map(|row| row.strike.to_bits()).collect::<Vec<_>>())
    });
    let around = memo(move || chain.with(Around::of));
    open_at_the_money();
    // The first strike that lies above the money has the line over it.
    let line_over = memo(move || {
        let money = around.with(|around| around.money)?;
        chain
            .with(|chain| chain.rows.iter().map(|row| row.strike).find(|strike| *strike > money))
            .map(f64::to_bits)
    });
    let missing = memo(move || {
        let is_shown = columns.get().into_iter().any(Column::is_of_volatility);
        let words = |chain: &ChainPicture| {
            let sides = chain.rows.iter().flat_map(|row| [&row.call, &row.put]).flatten();
            sides.filter_map(|side| side.no_volatility_because.clone()).collect::<BTreeSet<_>>()
        };
        if is_shown { chain.with(words) } else { BTreeSet::new() }
    });
    let heads = move || {
        let of_side = |reversed: bool| {
            let mut shown = columns.get();
            if reversed {
                shown.reverse();
            }
            shown.into_iter().map(|column| view! { <th scope="col" class="number" title=column.title()>{column.label()}</th> }).collect_view()
        };
        view! {
            <tr>{of_side(true)}<th scope="col" class="chain-strike">"Strike"</th>{of_side(false)}</tr>
        }
    };
    let body = move || {
        let shown = StoredValue::new(columns.get());
        view! {
            <For each=move || strikes.get() key=|strike| *strike let:strike>
                <Row chain around line_over strike=f64::from_bits(strike) shown ticks/>
            </For>
        }
    };
    view! {
        <div class="table-frame chain-frame mt-2" role="group" aria-label="Chain" tabindex="0">
            <table class="table table-sm chain-table kept-figures" aria-busy=move || asking.get().to_string()>
                <caption class="sr-only">"Calls at the left, puts at the right, upwards by strike"</caption>
                <thead>
                    <tr>
                        <th scope="colgroup" colspan=move || columns.get().len() class="text-center">
                            <span class="chain-side" data-side="call">"Calls"</span>
                        </th>
                        <td class="chain-strike"></td>
                        <th scope="colgroup" colspan=move || columns.get().len() class="text-center">
                            <span class="chain-side" data-side="put">"Puts"</span>
                        </th>
                    </tr>
                    {heads}
                </thead>
                <tbody>{body}</tbody>
                <tfoot>{move || chain.with(|chain| totals(chain, &columns.get()))}</tfoot>
            </table>
        </div>
        <MissingNotes words=missing/>
        <ColumnWords columns=Column::ALL.map(|column| (column.label(), column.title())).to_vec()/>
    }
    .into_any()
}

#[component]
fn Row(
    chain: ReadSignal<ChainPicture>,
    around: Memo<Around>,
    line_over: Memo<Option<u64>>,
    strike: f64,
    shown: StoredValue<Vec<Column>>,
    ticks: Ticks,
) -> impl IntoView {
    let row = memo(move || {
        chain.with(|chain| {
            let place = chain.rows.binary_search_by(|row| row.strike.total_cmp(&strike)).ok()?;
            chain.rows.get(place).cloned()
        })
    });
    let expiry = chain.with_untracked(|chain| (chain.underlying.clone(), chain.expiry));
    let expiry = StoredValue::new(expiry);
    let side = move |pick: fn(&ChainRow) -> &Option<ChainSide>| {
        memo(move || row.with(|row| row.as_ref().and_then(|row| pick(row).clone())))
    };
    let (call, put) = (side(|row| &row.call), side(|row| &row.put));
    let cells = move |side: Memo<Option<ChainSide>>, is_call: bool| {
        let mut columns = shown.get_value();
        if is_call {
            columns.reverse();
        }
        columns
            .into_iter()
            .map(move |column| cell(chain, side, column, (is_call, strike), around, (expiry, ticks)))
            .collect_view()
    };
    let is_money = move || around.with(|around| around.at_the_money == Some(strike));
    let marks = memo(move || around.with(|around| around.marks(strike)));
    view! {
        <tr class:money-over=move || line_over.get() == Some(strike.to_bits()) class:at-the-money=is_money>
            {cells(call, true)}
            <th scope="row" class="chain-strike">
                {format::rupees_short(strike)}
                {move || marks.get().into_iter().map(|words| view! { <span class="chain-marks">{words}</span> }).collect_view()}
            </th>
            {cells(put, false)}
        </tr>
    }
    .into_any()
}

type ExpiryOf = StoredValue<(market::InstrumentKey, market::Day)>;

fn cell(
    chain: ReadSignal<ChainPicture>,
    side: Memo<Option<ChainSide>>,
    column: Column,
    (is_call, strike): (bool, f64),
    around: Memo<Around>,
    (expiry, ticks): (ExpiryOf, Ticks),
) -> AnyView {
    // The time value of what lies in the money is the smaller part of its price.
    let is_in = move || {
        around.with(|around| {
            around.money.is_some_and(|money| if is_call { strike < money } else { strike > money })
        })
    };
    let text =
        memo(move || side.with(|side| side.as_ref().map(|side| column.text(side)).unwrap_or_default()));
    let is_old = move || side.with(|side| side.as_ref().is_some_and(|side| side.age_s > 0));
    match column {
        Column::Last => {
            let address = move || {
                let key = side.with(|side| side.as_ref().map(|side| side.expired_key.clone()))?;
                let path = expiry
                    .with_value(|(underlying, expiry)| addresses::contract_of(underlying, *expiry, &key));
                let at = chain.with(|chain| chain.at.parse().ok());
                Some(View { at, page: 1, ..View::default() }.address(&path))
            };
            let ticks_of = move || (ticks.are_shown.get() && side.with(Option::is_some)).then_some(());
            let age = move || {
                let minutes = side.with(|side| side.as_ref().map_or(0, |side| side.age_s / 60));
                (minutes > 0).then(|| age_words(minutes))
            };
            view! {
                <td class="number" class:in-the-money=is_in class:old-price=is_old>
                    {move || ticks_of().map(|()| of_option(ticks, is_call, strike))}
                    {move || address().map(|href| view! { <A href=href attr:class="link link-hover">{text}</A> })}
                    {move || age().map(|age| view! { <span class="chain-age">{age}</span> })}
                </td>
            }
            .into_any()
        }
        Column::OpenInterest => {
            let share = move || {
                let highest = around.with(|around| around.highest_interest).max(1);
                let interest =
                    side.with(|side| side.as_ref().and_then(|side| side.open_interest).unwrap_or(0));
                format!("{:.1}%", interest as f64 * 100.0 / highest as f64)
            };
            view! {
                <td class="number chain-interest" class:in-the-money=is_in data-side=if is_call { "call" } else { "put" }>
                    <span class="chain-bar" style:width=share aria-hidden="true"></span>
                    <span class="relative">{text}</span>
                </td>
            }
            .into_any()
        }
        _ if column.is_of_volatility() => {
            let why = memo(move || {
                let word = side.with(|side| side.as_ref()?.no_volatility_because.clone());
                word.filter(|_| text.with(|text| text == NOTHING)).map(|word| no_volatility(&word))
            });
            view! { <td class="number" class:in-the-money=is_in>{text}{move || why.get().map(mark)}</td> }
                .into_any()
        }
        _ => view! { <td class="number" class:in-the-money=is_in>{text}</td> }.into_any(),
    }
}

fn totals(chain: &ChainPicture, columns: &[Column]) -> AnyView {
    let cell = |of: &protocol::ChainTotals, column: Column| {
        let text = match column {
            Column::Volume => format::grouped_signed(of.volume),
            Column::OpenInterest => format::grouped_signed(of.open_interest),
            Column::OpenInterestChange => {
                of.open_interest_change.map_or_else(|| "–".to_owned(), format::grouped_signed)
            }
            _ => String::new(),
        };
        view! { <td class="number">{text}</td> }
    };
    let calls = columns.iter().rev().map(|column| cell(&chain.calls, *column)).collect_view();
    let puts = columns.iter().map(|column| cell(&chain.puts, *column)).collect_view();
    view! { <tr>{calls}<th scope="row" class="text-center">"Total"</th>{puts}</tr> }.into_any()
}
