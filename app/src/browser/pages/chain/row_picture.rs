//! What a row of the chain shows, worked out at once from the chain: so that a row in which nothing changed is known
//! by one comparison.

use protocol::{ChainPicture, ChainRow, ChainSide, Minute};

use super::columns::{Column, NOTHING, age_words};
use crate::browse_address::{self as addresses, View};
use crate::browser::no_volatility::{Reason, no_volatility};

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
        let money = chain.forward.as_ref().map(|forward| forward.price).or(chain.spot);
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
    pub marks: Vec<&'static str>,
    pub is_at_the_money: bool,
    pub has_line_over: bool,
    pub call: SidePicture,
    pub put: SidePicture,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SidePicture {
    /// Of the contract's chart at this minute; none where it had not traded.
    pub address: Option<String>,
    pub is_in_the_money: bool,
    pub is_old: bool,
    pub age: Option<String>,
    /// Its open interest, of the highest of a side.
    pub share: String,
    /// Outwards from the strike.
    pub cells: Vec<CellPicture>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CellPicture {
    pub text: String,
    /// Why there is no figure that depends on a volatility.
    pub missing: Option<Reason>,
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
