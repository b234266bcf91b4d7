//! Open interest by strike, and how it changed between two moments of an expiry. A strike that one of the two had not
//! traded yet stood at nought then.

use std::collections::BTreeMap;

use market::Strike;
use serde::{Deserialize, Serialize};

use crate::chain::{Chain, Row};
use crate::{Side, StrikeInterest};

/// Units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterestBetween {
    pub strike: Strike,
    pub calls: i64,
    pub calls_change: i64,
    pub puts: i64,
    pub puts_change: i64,
}

/// Upwards by strike.
pub fn interest_by_strike(rows: &[Row]) -> Vec<StrikeInterest> {
    rows.iter()
        .map(|row| {
            let [calls, puts] = Side::BOTH.map(|side| row.interest(side));
            StrikeInterest { strike: row.strike, calls, puts }
        })
        .collect()
}

/// What stood at the later moment, and what had changed since the earlier one.
pub fn interest_between(earlier: &Chain, later: &Chain) -> Vec<InterestBetween> {
    let mut strikes: BTreeMap<Strike, [StrikeInterest; 2]> = BTreeMap::new();
    for (moment, chain) in [earlier, later].into_iter().enumerate() {
        for of in interest_by_strike(&chain.rows) {
            let nothing = StrikeInterest { strike: of.strike, calls: 0, puts: 0 };
            strikes.entry(of.strike).or_insert([nothing; 2])[moment] = of;
        }
    }
    let between = |(strike, [before, now]): (Strike, [StrikeInterest; 2])| InterestBetween {
        strike,
        calls: now.calls,
        calls_change: now.calls.saturating_sub(before.calls),
        puts: now.puts,
        puts_change: now.puts.saturating_sub(before.puts),
    };
    strikes.into_iter().map(between).collect()
}
