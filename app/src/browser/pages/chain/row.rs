//! A row of the chain as it is drawn: its cells once, and at a step in time the texts that changed and nothing else. An
//! element that is drawn again loses all its attributes first, which costs more than everything else together.

use leptos::prelude::*;

use super::columns::Column;
use super::row_picture::{CellPicture, RowPicture, SidePicture};
use super::ticks::{Ticks, of_option};
use crate::browser::compiled_once::memo;
use crate::browser::no_volatility::mark;
use crate::format;

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
