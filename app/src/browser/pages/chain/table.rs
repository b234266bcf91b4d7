//! The chain as a table: calls, strike, puts, upwards by strike, with the money line at the forward. A step in time
//! changes the texts that changed and nothing else.

use std::collections::BTreeSet;

use leptos::html::Div;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;
use protocol::ChainPicture;

use super::columns::{Column, Columns};
use super::in_view::{InView, Source, strikes};
use super::row::RowView;
use super::row_picture::RowPicture;
use super::ticks::Ticks;
use crate::browser::compiled_once::memo;
use crate::browser::components::ColumnWords;
use crate::browser::no_volatility::MissingNotes;
use crate::format;

/// Brings the strike at the money into view within the frame, and as much of the calls as of the puts. The page stays
/// where it is: at its top stands which chain this is.
fn open_at_the_money(then: impl FnOnce() + 'static) {
    request_animation_frame(move || {
        let found = |selector: &str| document().query_selector(selector).ok().flatten();
        let Some(frame) = found(".chain-frame") else { return };
        frame.set_scroll_left((frame.scroll_width() - frame.client_width()) / 2);
        let row = found(".chain-table .at-the-money").and_then(|row| row.dyn_into::<HtmlElement>().ok());
        if let Some(row) = row {
            // The lower half of the frame may lie below the end of the screen.
            frame.set_scroll_top(row.offset_top() - frame.client_height() / 3);
        }
        then();
    });
}

#[component]
pub fn ChainTable(
    chain: ReadSignal<ChainPicture>,
    asking: ReadSignal<bool>,
    columns: Columns,
    ticks: Ticks,
) -> impl IntoView {
    let strikes = memo(move || chain.with(|chain| strikes(chain).collect::<Vec<_>>()));
    let in_view = InView::of(chain);
    let frame = NodeRef::<Div>::new();
    let look = move || {
        if let Some(frame) = frame.try_get_untracked().flatten() {
            in_view.look(&frame);
        }
    };
    open_at_the_money(look);
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
                {row(f64::from_bits(strike), strikes, in_view, shown, ticks)}
            </For>
        }
    };
    view! {
        <div class="table-frame chain-frame mt-2" role="group" aria-label="Chain" tabindex="0" node_ref=frame on:scroll=move |_| look()>
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

/// Drawn once; what changes in it changes by itself.
fn row(
    strike: f64,
    strikes: Memo<Vec<u64>>,
    in_view: InView,
    shown: StoredValue<Vec<Column>>,
    ticks: Ticks,
) -> AnyView {
    let place = move || strikes.with(|all| all.iter().position(|bits| *bits == strike.to_bits()));
    let source = memo(move || place().map(|place| in_view.source(place)));
    let picture = memo(move || {
        let picture = source.get().and_then(|Source { chain, around }| {
            chain.with(|chain| {
                let place = chain.rows.binary_search_by(|row| row.strike.total_cmp(&strike)).ok()?;
                let row = chain.rows.get(place)?;
                Some(shown.with_value(|shown| RowPicture::of(chain, &around.get(), row, shown)))
            })
        });
        picture.unwrap_or_default()
    });
    shown.with_value(|shown| RowView { picture, strike, ticks }.draw(shown))
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
