//! The bars of one contract, with what they are of: what a chart draws and a file holds.

use crate::{Bar, ChartInterval, Contract};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bars {
    pub contract: Contract,
    pub interval: ChartInterval,
    /// Oldest first.
    pub bars: Vec<Bar>,
}
