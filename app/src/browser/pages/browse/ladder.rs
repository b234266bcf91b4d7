//! The contracts of an expiry as a strike ladder: futures above, then one rung a strike.

use std::collections::BTreeMap;

use market::{Contract, ContractKind, ExpiredKey, Strike};
use protocol::{ContractRow, SpotPrice, distinction, told_apart};

use super::pairing::pairs;
use crate::format;

/// One strike. Where contracts share strike and kind, each generation of them has a rung of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    pub strike: Strike,
    pub call: Option<ContractRow>,
    pub put: Option<ContractRow>,
    /// Which one of its strike's it is, counted from one.
    pub place: usize,
    /// When its contracts lived, where the strike has several rungs.
    pub life: Option<String>,
}

impl Rung {
    /// Where the page can be opened at it.
    pub fn id(&self) -> String {
        match self.place {
            1 => format!("strike-{}", self.strike),
            place => format!("strike-{}-{place}", self.strike),
        }
    }

    pub fn strike_words(&self) -> String {
        format::strike(self.strike.to_rupees())
    }

    fn volume(&self) -> i64 {
        [&self.call, &self.put].into_iter().flatten().map(|row| row.volume).sum()
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ladder {
    pub futures: Vec<ContractRow>,
    /// Lowest strike first.
    pub rungs: Vec<Rung>,
    pub calls: Side,
    pub puts: Side,
    /// Where the underlying stood, where that is known.
    pub spot: Option<SpotPrice>,
    /// What tells contracts of one kind and strike apart.
    distinctions: Vec<(ExpiredKey, String)>,
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

impl Side {
    fn add(&mut self, row: &ContractRow) {
        self.candles += row.candles;
        self.volume += row.volume;
        self.open_interest += row.open_interest;
    }
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
        let told =
            |row: &ContractRow| Some((row.contract.expired_key.clone(), distinction(&row.contract, &rows)?));
        ladder.distinctions = rows.iter().filter_map(told).collect();
        let mut strikes: BTreeMap<Strike, (Vec<ContractRow>, Vec<ContractRow>)> = BTreeMap::new();
        for row in rows {
            match (row.contract.kind, row.contract.strike) {
                (ContractKind::Call, Some(strike)) => {
                    ladder.calls.add(&row);
                    strikes.entry(strike).or_default().0.push(row);
                }
                (ContractKind::Put, Some(strike)) => {
                    ladder.puts.add(&row);
                    strikes.entry(strike).or_default().1.push(row);
                }
                _ => ladder.futures.push(row),
            }
        }
        ladder.futures.sort_by_key(|row| (row.first.is_none(), row.first, row.contract.expired_key.clone()));
        for (strike, (calls, puts)) in strikes {
            ladder.add_rungs(strike, calls, puts);
        }
        ladder
    }

    fn add_rungs(&mut self, strike: Strike, calls: Vec<ContractRow>, puts: Vec<ContractRow>) {
        let pairs = pairs(calls, puts);
        let are_several = pairs.len() > 1;
        for (at, (call, put)) in pairs.into_iter().enumerate() {
            let both = [&call, &put];
            let life = are_several.then(|| life_words(both.into_iter().flatten()));
            self.rungs.push(Rung { strike, call, put, place: at + 1, life });
        }
    }

    /// `24500 CE`, with what is its own where there are several.
    pub fn name_of(&self, contract: &Contract) -> String {
        told_apart(&contract.short_name(), self.distinction_of(contract))
    }

    pub fn distinction_of(&self, contract: &Contract) -> Option<&str> {
        let mut told = self.distinctions.iter();
        told.find(|(key, _)| *key == contract.expired_key).map(|(_, words)| words.as_str())
    }

    /// The rung at which most was traded, calls and puts together.
    pub fn busiest(&self) -> Option<&Rung> {
        self.rungs.iter().max_by_key(|rung| rung.volume()).filter(|rung| rung.volume() > 0)
    }

    pub fn is_in_the_money(&self, contract: &Contract) -> bool {
        self.spot.is_some_and(|spot| spot.pays(contract))
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

/// From the first candle of these to the last: `1 Oct 2025 to 13 Oct 2025`.
pub fn life_words<'a>(rows: impl IntoIterator<Item = &'a ContractRow> + Clone) -> String {
    let first = rows.clone().into_iter().filter_map(|row| row.first).min();
    let last = rows.into_iter().filter_map(|row| row.last).max();
    match (first.map(|at| at.day()), last.map(|at| at.day())) {
        (Some(first), Some(last)) if first == last => format::day(first),
        (Some(first), Some(last)) => format!("{} to {}", format::day(first), format::day(last)),
        _ => "no candle".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ContractKind::{Call, Future, Put};
    use protocol::samples::{option, row, twin};

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
        assert_eq!(ladder.rungs[0].strike_words(), "24,500");
        assert!(ladder.rungs.iter().all(|rung| rung.call.is_some() && rung.put.is_some()));
        assert_eq!(ladder.futures.len(), 1);
        assert_eq!(ladder.busiest().map(|rung| rung.strike.to_string()), Some("24600".to_owned()));
        assert!(ladder.rungs.iter().all(|rung| rung.life.is_none() && rung.place == 1));
        assert_eq!(ladder.name_of(&option(Call, 24500)), "24500 CE");
        assert_eq!(ladder.calls, Side { candles: 200, volume: 15_000, open_interest: 3000 });
    }

    #[test]
    fn a_second_contract_of_a_strike_is_not_lost() {
        let second = twin(Call, 24500, "7", "2025-08-01", "2025-08-28");
        let ladder = Ladder::of(vec![row(Call, 24500), second]);
        assert_eq!(ladder.rungs.len(), 2);
    }

    /// The demerger of Tata Motors, in the order in which the broker lists its contracts.
    #[test]
    fn twins_stand_on_rungs_of_their_own_with_who_lived_when_they_did() {
        let new_put = twin(Put, 700, "1", "2025-10-14", "2025-10-28");
        let old_put = twin(Put, 700, "2", "2025-08-01", "2025-10-13");
        let old_call = twin(Call, 700, "3", "2025-08-01", "2025-10-13");
        let new_call = twin(Call, 700, "4", "2025-10-14", "2025-10-28");
        let old_future = twin(Future, 0, "5", "2025-08-01", "2025-10-13");
        let new_future = twin(Future, 0, "6", "2025-10-14", "2025-10-28");
        let ladder = Ladder::of(vec![
            new_future.clone(),
            old_future.clone(),
            new_put.clone(),
            old_put.clone(),
            old_call.clone(),
            new_call.clone(),
            row(Call, 720),
        ]);
        let [old, new, other] = &ladder.rungs[..] else { panic!("{:?}", ladder.rungs) };
        assert_eq!((&old.call, &old.put), (&Some(old_call), &Some(old_put)));
        assert_eq!((&new.call, &new.put), (&Some(new_call), &Some(new_put.clone())));
        assert_eq!(old.life.as_deref(), Some("1 Aug 2025 to 13 Oct 2025"));
        assert_eq!(new.life.as_deref(), Some("14 Oct 2025 to 28 Oct 2025"));
        assert_eq!(other.life, None);
        let ids: Vec<String> = ladder.rungs.iter().map(Rung::id).collect();
        assert_eq!(ids, ["strike-700", "strike-700-2", "strike-720"]);
        assert_eq!(ladder.name_of(&new_put.contract), "700 PE (token 1)");
        assert_eq!(ladder.futures, [old_future, new_future]);
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
