//! Gamma exposure by strike: the rupees of the underlying by which the deltas of all open options change when the
//! forward moves by one per cent: gamma × open interest × forward² × 0.01.
//!
//! Sign: calls positive, puts negative, as if those who hedge had bought the calls and sold the puts. That is a
//! convention and no knowledge of who holds what; [`SIGN_WORDS`] says so to people wherever the numbers are shown.

use market::Strike;
use serde::{Deserialize, Serialize};

use crate::chain::{Cell, Chain};

pub const SIGN_WORDS: &str = "Calls count as positive and puts as negative, as if those who hedge had bought the \
    calls and sold the puts. Who holds which is not known.";
const ONE_PER_CENT: f64 = 0.01;

/// Rupees for a move of one per cent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StrikeExposure {
    pub strike: Strike,
    pub calls: f64,
    /// Nought or below.
    pub puts: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GammaExposure {
    /// Strikes that have a volatility.
    pub strikes: Vec<StrikeExposure>,
    pub net: f64,
    /// Strikes with open interest and without a volatility: what the sum leaves out.
    pub left_out: usize,
}

/// `None` without a forward.
pub fn gamma_exposure(chain: &Chain) -> Option<GammaExposure> {
    let forward = chain.head.forward.ok()?.price;
    let of = |cell: Option<&Cell>| {
        let Some(cell) = cell else { return Some(0.0) };
        let interest = cell.open_interest.unwrap_or(0);
        if interest == 0 {
            return Some(0.0);
        }
        Some(cell.greeks?.gamma * interest as f64 * forward * forward * ONE_PER_CENT)
    };
    let mut exposure = GammaExposure { strikes: Vec::new(), net: 0.0, left_out: 0 };
    for row in &chain.rows {
        match (of(row.call.as_ref()), of(row.put.as_ref())) {
            (Some(calls), Some(puts)) => {
                exposure.net += calls - puts;
                exposure.strikes.push(StrikeExposure { strike: row.strike, calls, puts: -puts });
            }
            _ => exposure.left_out += 1,
        }
    }
    Some(exposure)
}

impl StrikeExposure {
    pub fn net(&self) -> f64 {
        self.calls + self.puts
    }
}
