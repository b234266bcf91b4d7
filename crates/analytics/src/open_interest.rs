//! Open interest by strike, and how it changed between two moments of an expiry. Where no row tells what stood open at
//! the earlier one, the change is not known: a strike that was traded later for the first time may have had some.

use market::Strike;
use serde::{Deserialize, Serialize};

use crate::{Chain, ChainState, Row, Side};

/// Units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterestBetween {
    pub strike: Strike,
    pub calls: i64,
    pub calls_change: Option<i64>,
    pub puts: i64,
    pub puts_change: Option<i64>,
}

/// What stands at the later moment, and what has changed since the earlier one.
pub fn interest_between(earlier: &ChainState, later: &Chain) -> Vec<InterestBetween> {
    let between = |row: &Row| {
        let [calls, puts] = Side::BOTH.map(|side| row.interest(side));
        let change = |side, now: i64| {
            row.side(side)?;
            Some(now.saturating_sub(earlier.told_interest(row.strike, side)?))
        };
        InterestBetween {
            strike: row.strike,
            calls,
            calls_change: change(Side::Call, calls),
            puts,
            puts_change: change(Side::Put, puts),
        }
    };
    later.rows.iter().map(between).collect()
}
