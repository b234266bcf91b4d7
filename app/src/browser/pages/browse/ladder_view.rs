//! The ladder as it is drawn: futures above, then calls, strike, puts, with the money line between the strikes. Each
//! side of a rung leads to its chart. It opens at the money; where that is not known, at the strike most traded.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlElement, MouseEvent};
use leptos_router::NavigateOptions;
use leptos_router::hooks::query_signal_with_options;
use protocol::{ContractRow, Spot, SpotPrice};

use super::coverage_bar::CoverageBar;
use super::futures_table::{Futures, price_words};
use super::ladder::{Ladder, Rung, Side};
use super::ladder_order::{Column, Figure, Order};
use super::money_line;
use crate::browse_address as addresses;
use crate::browser::compiled_once::memo;
use crate::browser::components::{ColumnWords, Show};
use crate::format;

/// Seven figures and a link on each side, and the strike.
const COLUMNS: usize = 2 * (Figure::ALL.len() + 1) + 1;

#[component]
pub fn LadderView(
    ladder: Ladder,
    spot: Spot,
    /// Which series the figures are of.
    series: String,
) -> impl IntoView {
    let ladder = StoredValue::new(ladder);
    let futures = ladder.with_value(|ladder| ladder.futures.clone());
    let has_rungs = ladder.with_value(|ladder| !ladder.rungs.is_empty());
    let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
    let (order_text, set_order) = query_signal_with_options::<String>("sort", options);
    let order = memo(move || Order::of_text(&order_text.get().unwrap_or_default()));
    let press = Callback::new(move |column: Column| {
        set_order.set(order.get_untracked().pressed(column).to_text());
        show_first_rungs();
    });
    let (calls, puts) = ladder.with_value(|ladder| (ladder.calls, ladder.puts));
    let busiest = ladder.with_value(|ladder| ladder.busiest().map(|rung| (rung.strike_words(), rung.id())));
    if order.get_untracked() == Order::default() {
        let at_the_money = ladder.with_value(|ladder| ladder.spot.map(|_| money_line::ID.to_owned()));
        open_at(at_the_money.or_else(|| busiest.as_ref().map(|(_, id)| id.clone())));
    }
    view! {
        {(!futures.is_empty()).then(|| view! { <Futures rows=futures ladder/> })}
        {has_rungs.then(|| view! {
            <div class="mt-3 flex flex-wrap items-baseline gap-x-5 gap-y-1 text-sm text-muted">
                {busiest.map(|(strike, id)| view! {
                    <p>"Most traded at " <a class="link" href=format!("#{id}")>{strike}</a></p>
                })}
                <Money spot order/>
                <p>{format!("Figures of {series}")}</p>
            </div>
            <div class="table-frame ladder-frame mt-3"><table class="table table-sm ladder">
                <caption class="sr-only">{format!("Options by strike, figures of {series}")}</caption>
                <thead>
                    <Heads order press/>
                </thead>
                <tbody on:click=|click| follow_side(&click)>
                    {move || rows(ladder, order.get())}
                </tbody>
                <Totals calls puts/>
            </table></div>
        })}
        <ColumnWords columns=Figure::explained()/>
    }
}

/// Brings a row into view, where the page was opened at its top and its address names no other.
fn open_at(row: Option<String>) {
    let Some(row) = row else { return };
    request_animation_frame(move || {
        let is_at_top = window().scroll_y().is_ok_and(|y| y < 1.0);
        let names_none = window().location().hash().is_ok_and(|hash| hash.is_empty());
        if let Some(row) = document().get_element_by_id(&row).filter(|_| is_at_top && names_none) {
            row.scroll_into_view();
        }
    });
}

/// Another order begins at its first rungs: goes back to them, where they were scrolled away.
fn show_first_rungs() {
    let frame = document().query_selector(".ladder-frame").ok().flatten();
    let Some(frame) = frame.and_then(|frame| frame.dyn_into::<HtmlElement>().ok()) else { return };
    if window().scroll_y().is_ok_and(|y| y > f64::from(frame.offset_top())) {
        frame.scroll_into_view();
    }
}

type Shared = StoredValue<Ladder>;

/// Where the underlying stood, with the way to the line where it is drawn; or why it is not known.
#[component]
fn Money(spot: Spot, order: Memo<Order>) -> impl IntoView {
    let origin = spot.origin().map(|origin| format!(", {origin}")).unwrap_or_default();
    match spot.known() {
        Err(reason) => view! { <p>{reason.to_owned()}</p> }.into_any(),
        Ok(SpotPrice { price, at }) => view! {
            <p>
                "Spot " <span class="font-medium text-base-content">{format::price(price)}</span>
                {format!(" at {}{origin} ", format::time(at))}
                <Show when=move || order.get().column == Column::Strike>
                    <a class="link whitespace-nowrap" href=format!("#{}", money_line::ID)>"Money line"</a>
                </Show>
            </p>
        }
        .into_any(),
    }
}

/// The heads of the columns, outwards from the strike; each is a button that orders by it.
#[component]
fn Heads(order: Memo<Order>, press: Callback<Column>) -> impl IntoView {
    let head = move |column: Column, words: [&'static str; 3], class: &'static str| {
        let [side, label, title] = words;
        view! {
            <th scope="col" class=class aria-sort=move || order.get().aria_sort(column)>
                <button type="button" class="sort" title=title on:click=move |_| press.run(column)>
                    <span class="sr-only">{side}</span>{label}
                </button>
            </th>
        }
    };
    let of_side = move |side: &'static str, is_call: bool| {
        Figure::ALL.map(|figure| {
            let column = if is_call { Column::Call(figure) } else { Column::Put(figure) };
            head(column, [side, figure.label(), figure.title()], figure.class(is_call))
        })
    };
    let mut puts = of_side("Put ", false);
    puts.reverse();
    view! {
        <tr>
            {of_side("Call ", true)}
            <th scope="col" class="text-right">"Calls"</th>
            {head(Column::Strike, ["", "Strike", "Strike"], "text-center")}
            <th scope="col">"Puts"</th>
            {puts}
        </tr>
    }
    .into_any()
}

/// The rungs in an order, and the money line among them.
fn rows(ladder: Shared, order: Order) -> Vec<AnyView> {
    let (mut rungs, spot) = ladder.with_value(|ladder| (ladder.rungs.clone(), ladder.spot));
    order.sort(&mut rungs);
    let above = money_line::rungs_above(&rungs, order, spot);
    let mut rows: Vec<AnyView> =
        rungs.into_iter().map(|rung| view! { <RungRow rung ladder/> }.into_any()).collect();
    if let Some((above, spot)) = above.zip(spot) {
        rows.insert(above, view! { <MoneyLine spot/> }.into_any());
    }
    rows
}

#[component]
fn MoneyLine(spot: SpotPrice) -> impl IntoView {
    view! {
        <tr id=money_line::ID class="money-line">
            <td colspan=COLUMNS><span>"Spot " {format::price(spot.price)}</span></td>
        </tr>
    }
}

#[component]
fn RungRow(rung: Rung, ladder: Shared) -> impl IntoView {
    let (id, strike) = (rung.id(), rung.strike_words());
    let Rung { call, put, life, .. } = rung;
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
    let mut class = if is_call { "text-right" } else { "" }.to_owned();
    class.push_str(tint(row.as_ref().is_some_and(|row| pays(ladder, row))));
    view! {
        <td class=class>
            {row.map(|row| view! {
                <a class="ladder-link" data-side=side_word(is_call) href=addresses::contract(&row.contract)
                    aria-label=ladder.with_value(|ladder| ladder.name_of(&row.contract))>
                    {row.contract.kind.as_str()}
                </a>
            })}
        </td>
    }
}

/// Follows the link of the side whose figure was clicked. One listener for the table: a ladder has more than a thousand
/// figures, and it is drawn while somebody waits.
fn follow_side(click: &MouseEvent) {
    let clicked = click.target().and_then(|target| target.dyn_into::<Element>().ok());
    let Some(cell) = clicked.and_then(|clicked| clicked.closest("td[data-side]").ok().flatten()) else {
        return;
    };
    let side = cell.get_attribute("data-side").unwrap_or_default();
    let link = cell
        .parent_element()
        .and_then(|row| row.query_selector(&format!("a.ladder-link[data-side={side}]")).ok().flatten());
    if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) {
        link.click();
    }
}

fn pays(ladder: Shared, row: &ContractRow) -> bool {
    ladder.with_value(|ladder| ladder.is_in_the_money(&row.contract))
}

fn side_word(is_call: bool) -> &'static str {
    if is_call { "call" } else { "put" }
}

fn tint(is_in_the_money: bool) -> &'static str {
    if is_in_the_money { " in-the-money" } else { "" }
}

/// One side of a rung. Where no contract is listed it has as many cells at every width.
#[component]
fn Figures(row: Option<ContractRow>, ladder: Shared, is_call: bool) -> impl IntoView {
    let mut cells = match row {
        Some(row) => figures(&row, ladder, is_call),
        None => not_listed(is_call),
    };
    if !is_call {
        cells.reverse();
    }
    cells
}

fn figures(row: &ContractRow, ladder: Shared, is_call: bool) -> Vec<AnyView> {
    let (side, tint) = (side_word(is_call), tint(pays(ladder, row)));
    let cell = |figure: Figure| {
        let class = figure.class(is_call);
        let text = figure_view(figure, row, ladder);
        if figure != Figure::Interest {
            return view! { <td class=format!("ladder-cell {class}{tint}") data-side=side>{text}</td> }
                .into_any();
        }
        let share = ladder.with_value(|ladder| ladder.open_interest_share(row));
        view! {
            <td class=format!("ladder-cell interest-bar {class}{tint}") data-side=side style=("--share", format!("{share}%"))>
                {text}
            </td>
        }
        .into_any()
    };
    Figure::ALL.map(cell).into()
}

fn figure_view(of: Figure, row: &ContractRow, ladder: Shared) -> AnyView {
    let text = match of {
        Figure::Days => {
            let share = ladder.with_value(|ladder| ladder.days_share(row));
            return view! { <CoverageBar share row=row.clone()/> }.into_any();
        }
        Figure::Candles => figure(row.candles),
        Figure::Volume => figure(row.volume.unsigned_abs()),
        Figure::Interest => figure(row.open_interest.unsigned_abs()),
        Figure::Low => price_words(row.prices.map(|prices| prices.low)),
        Figure::High => price_words(row.prices.map(|prices| prices.high)),
        Figure::Last => price_words(row.prices.map(|prices| prices.last)),
    };
    text.into_any()
}

fn not_listed(is_call: bool) -> Vec<AnyView> {
    let cell = |figure: Figure| {
        let words =
            (figure == Figure::Last).then(|| view! { <span class="text-xs text-muted">"not listed"</span> });
        view! { <td class=figure.class(is_call)>{words}</td> }.into_any()
    };
    Figure::ALL.map(cell).into()
}

/// Nothing is quieter than a nought.
fn figure(count: u64) -> String {
    if count == 0 { "–".to_owned() } else { format::compact(count) }
}

/// Of what can be added up.
#[component]
fn Totals(calls: Side, puts: Side) -> impl IntoView {
    let cells = |side: Side, is_call: bool| {
        Figure::ALL.map(|of| {
            let sum = match of {
                Figure::Candles => figure(side.candles),
                Figure::Volume => figure(side.volume.unsigned_abs()),
                Figure::Interest => figure(side.open_interest.unsigned_abs()),
                Figure::Days | Figure::Low | Figure::High | Figure::Last => String::new(),
            };
            view! { <td class=of.class(is_call)>{sum}</td> }
        })
    };
    let mut of_puts = cells(puts, false);
    of_puts.reverse();
    view! {
        <tfoot>
            <tr>
                {cells(calls, true)}
                <td></td>
                <th scope="row" class="text-center">"All"</th>
                <td></td>
                {of_puts}
            </tr>
        </tfoot>
    }
}
