//! Puts against calls of an expiry: volume and open interest of both sides, and their ratios.

use serde::{Deserialize, Serialize};

use crate::Quote;

/// Units of one side over all strikes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideTotals {
    pub volume: i64,
    pub open_interest: i64,
    /// Of the options of which it is known; `None`: of none.
    pub open_interest_change: Option<i64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutCall {
    pub calls: SideTotals,
    pub puts: SideTotals,
}

impl SideTotals {
    pub(crate) fn add(&mut self, quote: &Quote) {
        self.volume = self.volume.saturating_add(quote.volume);
        self.open_interest = self.open_interest.saturating_add(quote.open_interest.unwrap_or(0));
        if let Some(change) = quote.open_interest_change() {
            self.open_interest_change = Some(self.open_interest_change.unwrap_or(0).saturating_add(change));
        }
    }
}

impl PutCall {
    pub fn by_open_interest(&self) -> Option<f64> {
        ratio(self.puts.open_interest, self.calls.open_interest)
    }

    pub fn by_volume(&self) -> Option<f64> {
        ratio(self.puts.volume, self.calls.volume)
    }
}

/// Puts a call; none where there is no call.
fn ratio(puts: i64, calls: i64) -> Option<f64> {
    (calls > 0).then(|| puts as f64 / calls as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quote(volume: i64, open_interest: Option<i64>, previous_open_interest: Option<i64>) -> Quote {
        let new = Quote::new(crate::samples::option(24_600, crate::Side::Call));
        Quote { volume, open_interest, previous_open_interest, ..new }
    }

    #[test]
    fn puts_a_call_and_nothing_where_there_is_no_call() {
        let mut of = PutCall::default();
        assert_eq!((of.by_open_interest(), of.by_volume()), (None, None));
        of.puts.add(&quote(150, Some(900), Some(825)));
        of.puts.add(&quote(150, None, Some(75)));
        of.calls.add(&quote(600, Some(1_000), Some(1_025)));
        assert_eq!((of.by_open_interest(), of.by_volume()), (Some(0.9), Some(0.5)));
        assert_eq!((of.puts.open_interest_change, of.calls.open_interest_change), (Some(75), Some(-25)));
        of.calls.add(&quote(0, Some(300), None));
        assert_eq!(of.calls.open_interest_change, Some(-25), "of what is not known nothing is added");
        let mut unknown = SideTotals::default();
        unknown.add(&quote(75, Some(300), None));
        assert_eq!(unknown.open_interest_change, None);
        of.calls.add(&quote(i64::MAX, Some(i64::MAX), Some(i64::MIN)));
        assert_eq!(of.calls.volume, i64::MAX, "what is too large stays the largest");
    }
}
