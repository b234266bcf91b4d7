//! Open interest by strike, and how it changed between two moments of an expiry. A strike that one of the two had not
//! traded yet stood at nought then.

use std::collections::BTreeMap;

use market::Strike;
use serde::{Deserialize, Serialize};

use crate::{Chain, Side};

/// Units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterestBetween {
    pub strike: Strike,
    pub calls: i64,
    pub calls_change: i64,
    pub puts: i64,
    pub puts_change: i64,
}

/// What stood at the later moment, and what had changed since the earlier one.
pub fn interest_between(earlier: &Chain, later: &Chain) -> Vec<InterestBetween> {
    // Calls and puts, earlier and later.
    let mut strikes: BTreeMap<Strike, [[i64; 2]; 2]> = BTreeMap::new();
    for (moment, chain) in [earlier, later].into_iter().enumerate() {
        for row in &chain.rows {
            strikes.entry(row.strike).or_default()[moment] = Side::BOTH.map(|side| row.interest(side));
        }
    }
    let between =
        |(strike, [[calls_before, puts_before], [calls, puts]]): (Strike, [[i64; 2]; 2])| InterestBetween {
            strike,
            calls,
            calls_change: calls.saturating_sub(calls_before),
            puts,
            puts_change: puts.saturating_sub(puts_before),
        };
    strikes.into_iter().map(between).collect()
}
