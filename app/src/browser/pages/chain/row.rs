//! What a row of the chain shows, worked out at once, and how it is drawn: its cells once, and at a step in time the texts
//! that changed and nothing else. An element that is drawn again loses all its attributes first, which costs more than
//! everything else together.

use leptos::prelude::*;
use protocol::{ChainPicture, ChainRow, ChainSide, Minute};

use super::columns::{Column, NOTHING, age_words};
use super::ticks::{Ticks, of_option};
use crate::browse_address::{self as addresses, View};
use crate::browser::compiled_once::memo;
use crate::browser::no_volatility::{Reason, mark, no_volatility};
use crate::format;

/// What every row needs of the chain beside itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Around {
    at: Option<Minute>,
    /// Of one side of a strike, at most.
    highest_interest: i64,
    money: Option<f64>,
    /// The first strike above the money has the line over it.
    line_over: Option<f64>,
    at_the_money: Option<f64>,
    max_pain: Option<f64>,
    highest_call: Option<f64>,
    highest_put: Option<f64>,
}

impl Around {
    pub fn of(chain: &ChainPicture) -> Self {
        let sides = chain.rows.iter().flat_map(|row| [&row.call, &row.put]).flatten();
        let money = chain.forward.as_ref().map(|forward| forward.price).or(chain.spot.map(|spot| spot.price));
        let above = |money: f64| chain.rows.iter().map(|row| row.strike).find(|strike| *strike > money);
        Self {
            at: chain.at.parse().ok(),
            highest_interest: sides.filter_map(|side| side.open_interest).max().unwrap_or(0),
            money,
            line_over: money.and_then(above),
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

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowPicture {
    marks: Vec<&'static str>,
    is_at_the_money: bool,
    has_line_over: bool,
    call: SidePicture,
    put: SidePicture,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct SidePicture {
    /// Of the contract's chart at this minute; none where it had not traded.
    address: Option<String>,
    is_in_the_money: bool,
    is_old: bool,
    age: Option<String>,
    /// Its open interest, of the highest of a side.
    share: String,
    /// Outwards from the strike.
    cells: Vec<CellPicture>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct CellPicture {
    text: String,
    /// Why there is no figure that depends on a volatility.
    missing: Option<Reason>,
}

impl RowPicture {
    pub fn of(chain: &ChainPicture, around: &Around, row: &ChainRow, columns: &[Column]) -> Self {
        let strike = row.strike;
        let side = |side: &Option<ChainSide>, is_call: bool| {
            // The time value of what lies in the money is the smaller part of its price.
            let is_in = |money: f64| if is_call { strike < money } else { strike > money };
            let is_in_the_money = around.money.is_some_and(is_in);
            SidePicture { is_in_the_money, ..SidePicture::of(chain, around, side.as_ref(), columns) }
        };
        Self {
            marks: around.marks(strike),
            is_at_the_money: around.at_the_money == Some(strike),
            has_line_over: around.line_over == Some(strike),
            call: side(&row.call, true),
            put: side(&row.put, false),
        }
    }
}

impl SidePicture {
    fn of(chain: &ChainPicture, around: &Around, side: Option<&ChainSide>, columns: &[Column]) -> Self {
        let address = side.map(|side| {
            let path = addresses::contract_of(&chain.underlying, chain.expiry, &side.expired_key);
            View { at: around.at, page: 1, ..View::default() }.address(&path)
        });
        let minutes_old = side.map_or(0, |side| side.age_s / 60);
        let interest = side.and_then(|side| side.open_interest).unwrap_or(0);
        Self {
            address,
            is_in_the_money: false,
            is_old: side.is_some_and(|side| side.age_s > 0),
            age: (minutes_old > 0).then(|| age_words(minutes_old)),
            share: format!("{:.1}%", interest as f64 * 100.0 / around.highest_interest.max(1) as f64),
            cells: columns.iter().map(|column| CellPicture::of(*column, side)).collect(),
        }
    }
}

impl CellPicture {
    fn of(column: Column, side: Option<&ChainSide>) -> Self {
        let text = side.map(|side| column.text(side)).unwrap_or_default();
        let why = side.and_then(|side| side.no_volatility_because.as_deref());
        let is_missing = column.is_of_volatility() && text == NOTHING;
        Self { missing: why.filter(|_| is_missing).map(no_volatility), text }
    }
}

/// A row whose picture changes.
#[derive(Clone, Copy)]
pub struct RowView {
    pub picture: Memo<RowPicture>,
    pub strike: f64,
    pub ticks: Ticks,
}

impl RowView {
    pub fn draw(self, columns: &[Column]) -> AnyView {
        let marks = self.memo(|row| row.marks.clone());
        let has_line_over = self.memo(|row| row.has_line_over);
        let is_at_the_money = self.memo(|row| row.is_at_the_money);
        let mut calls = SideView { row: self, is_call: true }.cells(columns);
        calls.reverse();
        view! {
            <tr class:money-over=has_line_over class:at-the-money=is_at_the_money>
                {calls}
                <th scope="row" class="chain-strike">
                    {format::strike(self.strike)}
                    {move || marks.get().into_iter().map(|words| view! { <span class="chain-marks">{words}</span> }).collect_view()}
                </th>
                {SideView { row: self, is_call: false }.cells(columns)}
            </tr>
        }
        .into_any()
    }

    fn memo<T: PartialEq + Send + Sync + 'static>(
        self,
        of: impl Fn(&RowPicture) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        memo(move || self.picture.with(&of))
    }
}

/// The call or the put of a row.
#[derive(Clone, Copy)]
struct SideView {
    row: RowView,
    is_call: bool,
}

impl SideView {
    fn memo<T: PartialEq + Send + Sync + 'static>(
        self,
        of: impl Fn(&SidePicture) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        self.row.memo(move |row| of(if self.is_call { &row.call } else { &row.put }))
    }

    /// Outwards from the strike.
    fn cells(self, columns: &[Column]) -> Vec<AnyView> {
        let is_in = self.memo(|side| side.is_in_the_money);
        let of_column = |(place, column): (usize, &Column)| {
            let cell = self.memo(move |side| side.cells.get(place).cloned().unwrap_or_default());
            match column {
                Column::Last => self.last(cell, is_in),
                Column::OpenInterest => self.open_interest(cell, is_in),
                _ => {
                    let text = move || cell.with(|cell| (cell.text.clone(), cell.missing.map(mark)));
                    view! { <td class="number" class:in-the-money=is_in>{text}</td> }.into_any()
                }
            }
        };
        columns.iter().enumerate().map(of_column).collect()
    }

    fn last(self, cell: Memo<CellPicture>, is_in: Memo<bool>) -> AnyView {
        let Self { row: RowView { strike, ticks, .. }, is_call } = self;
        let is_traded = self.memo(|side| side.address.is_some());
        let address = self.memo(|side| side.address.clone());
        let is_old = self.memo(|side| side.is_old);
        let age = self.memo(|side| side.age.clone());
        let text = move || cell.with(|cell| cell.text.clone());
        view! {
            <td class="number" class:in-the-money=is_in class:old-price=is_old>
                {move || (is_traded.get() && ticks.are_shown.get()).then(|| of_option(ticks, is_call, strike))}
                {move || is_traded.get().then(|| view! { <a href=move || address.get() class="link link-hover">{text}</a> })}
                {move || age.get().map(|age| view! { <span class="chain-age">{age}</span> })}
            </td>
        }
        .into_any()
    }

    fn open_interest(self, cell: Memo<CellPicture>, is_in: Memo<bool>) -> AnyView {
        let share = self.memo(|side| side.share.clone());
        view! {
            <td class="number chain-interest interest-bar" class:in-the-money=is_in
                data-side=if self.is_call { "call" } else { "put" } style=("--share", move || share.get())>
                {move || cell.with(|cell| cell.text.clone())}
            </td>
        }
        .into_any()
    }
}
