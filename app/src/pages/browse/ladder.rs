//! The contracts of an expiry as a strike ladder: futures above, then one rung a strike.

use market::{ContractKind, Strike};
use protocol::ContractRow;

/// One strike. Where two contracts share strike and kind, the second one gets a rung of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    pub strike: Strike,
    pub call: Option<ContractRow>,
    pub put: Option<ContractRow>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ladder {
    pub futures: Vec<ContractRow>,
    /// Lowest strike first.
    pub rungs: Vec<Rung>,
    pub calls: Side,
    pub puts: Side,
    /// The scales of the bars. Futures and options may have been collected for different spans.
    pub open_interest_max: i64,
    pub future_days_max: u32,
    pub option_days_max: u32,
}

/// Sums of one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Side {
    pub candles: u64,
    pub volume: i64,
    pub open_interest: i64,
}

impl Ladder {
    pub fn of(rows: Vec<ContractRow>) -> Self {
        let mut ladder = Self::default();
        for row in &rows {
            if row.contract.kind.is_option() {
                ladder.option_days_max = ladder.option_days_max.max(row.traded_days);
                ladder.open_interest_max = ladder.open_interest_max.max(row.open_interest);
            } else {
                ladder.future_days_max = ladder.future_days_max.max(row.traded_days);
            }
        }
        for row in rows {
            ladder.add(row);
        }
        ladder.rungs.sort_by_key(|rung| rung.strike);
        ladder
    }

    fn add(&mut self, row: ContractRow) {
        let (ContractKind::Call | ContractKind::Put, Some(strike)) = (row.contract.kind, row.contract.strike)
        else {
            self.futures.push(row);
            return;
        };
        let is_call = row.contract.kind == ContractKind::Call;
        let side = if is_call { &mut self.calls } else { &mut self.puts };
        side.candles += row.candles;
        side.volume += row.volume;
        side.open_interest += row.open_interest;
        let is_free = |rung: &&mut Rung| {
            rung.strike == strike && if is_call { rung.call.is_none() } else { rung.put.is_none() }
        };
        match (self.rungs.iter_mut().find(is_free), is_call) {
            (Some(rung), true) => rung.call = Some(row),
            (Some(rung), false) => rung.put = Some(row),
            (None, true) => self.rungs.push(Rung { strike, call: Some(row), put: None }),
            (None, false) => self.rungs.push(Rung { strike, call: None, put: Some(row) }),
        }
    }

    /// The strike at which most was traded, calls and puts together.
    pub fn busiest(&self) -> Option<Strike> {
        let volume =
            |rung: &Rung| [&rung.call, &rung.put].into_iter().flatten().map(|row| row.volume).sum::<i64>();
        self.rungs
            .iter()
            .max_by_key(|rung| volume(rung))
            .filter(|rung| volume(rung) > 0)
            .map(|rung| rung.strike)
    }

    /// A share of the largest open interest, in percent.
    pub fn open_interest_share(&self, row: &ContractRow) -> f64 {
        share(row.open_interest as f64, self.open_interest_max as f64)
    }

    /// A share of the most days that any contract of its sort traded, in percent.
    pub fn days_share(&self, row: &ContractRow) -> f64 {
        let most = if row.contract.kind.is_option() { self.option_days_max } else { self.future_days_max };
        share(f64::from(row.traded_days), f64::from(most))
    }
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole * 1000.0).round() / 10.0 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::super::samples::row;
    use super::*;
    use ContractKind::{Call, Future, Put};

    #[test]
    fn calls_and_puts_of_a_strike_share_a_rung() {
        let ladder = Ladder::of(vec![
            row(Put, 24600),
            row(Future, 0),
            row(Call, 24500),
            row(Put, 24500),
            row(Call, 24600),
        ]);
        let strikes: Vec<String> = ladder.rungs.iter().map(|rung| rung.strike.to_string()).collect();
        assert_eq!(strikes, ["24500", "24600"]);
        assert!(ladder.rungs.iter().all(|rung| rung.call.is_some() && rung.put.is_some()));
        assert_eq!(ladder.futures.len(), 1);
        assert_eq!(ladder.busiest().map(|strike| strike.to_string()), Some("24600".to_owned()));
        assert_eq!(ladder.calls, Side { candles: 200, volume: 15_000, open_interest: 3000 });
    }

    #[test]
    fn a_second_contract_of_a_strike_is_not_lost() {
        let ladder = Ladder::of(vec![row(Call, 24500), row(Call, 24500)]);
        assert_eq!(ladder.rungs.len(), 2);
    }

    #[test]
    fn bars_are_shares_of_the_largest() {
        let mut small = row(Put, 24500);
        small.open_interest = 500;
        small.traded_days = 0;
        let ladder = Ladder::of(vec![row(Call, 24500), small.clone()]);
        assert_eq!(ladder.open_interest_share(&small), 33.3);
        assert_eq!(ladder.days_share(&small), 0.0);
        assert_eq!(Ladder::of(Vec::new()).days_share(&small), 0.0);
    }
}
