//! Kind B: nothing is dropped without a word. What plainly means one thing is read as that, what cannot be read is
//! counted, kept and told, and never taken for "no trade".

mod candles;
mod contracts;
mod strange;

use crate::listed::{self, EXPIRY, NIFTY_KEY, day};
use crate::program::{Case, Ran};

/// The future alone, over the captured day.
const FUTURE_ONLY: [&str; 5] = ["--kind", "futures", "--days", "30", "--without-underlying"];

fn collect_future(case: &Case) -> Ran {
    case.collect(NIFTY_KEY, EXPIRY, &FUTURE_ONLY)
}

fn whole() -> usize {
    let days = market::DayRange::new(day(EXPIRY).plus_days(-30), day(EXPIRY)).unwrap();
    listed::nifty_future_life(days).len()
}
