//! The day on which the contracts of an expiry were renewed. After a demerger, a bonus or a split of a share the exchange
//! lists new contracts, beside old ones of the same strike or with another lot, and the old ones end. The broker says
//! neither the day nor why: the lives of the contracts do, where none of the old ones was traded on a day of the new
//! ones. Where they overlap nothing is said.

use std::collections::{BTreeMap, BTreeSet};

use market::{Contract, ContractKind, ContractKinds, Day, EpochSeconds, Strike, UnderlyingKind};
use store::StoredContract;

use super::lines::Lines;
use crate::error::EngineError;

pub(super) struct Renewal {
    /// The first day of the new contracts.
    day: Day,
    /// Of the old ones and of the new ones, where they are not the same.
    lots: Option<(i64, i64)>,
    /// The last day of the contract that is looked at.
    own_last: Day,
}

/// A contract from its first stored day to its last.
struct Life<'c> {
    contract: &'c Contract,
    first: Day,
    last: Day,
}

/// Of the expiry of a contract.
pub(super) async fn renewal(lines: &Lines<'_>) -> Result<Option<Renewal>, EngineError> {
    // Of an index nothing is demerged or split, and its many contracts need not be read.
    if UnderlyingKind::of(lines.stored.contract.underlying_key.segment()) == UnderlyingKind::Index {
        return Ok(None);
    }
    let (store, expiry) = (&lines.data.store, lines.stored.expiry_id);
    let listed = store.contracts(expiry, ContractKinds::Both).await?;
    // Mostly it ends here: nearly every expiry has one lot, and each strike once.
    if !may_be_renewed(listed.iter().map(|stored| &stored.contract)) {
        return Ok(None);
    }
    let mut spans: BTreeMap<_, (Day, Day)> = BTreeMap::new();
    for interval in lines.bars.interval.sources() {
        for stats in store.contract_stats(expiry, interval).await? {
            let (Some(first), Some(last)) = (stats.first, stats.last) else { continue };
            let (first, last) = (first.day(), last.day());
            let span = spans.entry(stats.stored.id).or_insert((first, last));
            *span = (span.0.min(first), span.1.max(last));
        }
    }
    let life = |stored: &StoredContract| spans.get(&stored.id).copied();
    let lives: Vec<Life<'_>> = listed
        .iter()
        .filter_map(|stored| {
            life(stored).map(|(first, last)| Life { contract: &stored.contract, first, last })
        })
        .collect();
    let own_last = life(lines.stored).map_or(lines.days.to(), |(_, last)| last);
    Ok(of_lives(&lives).map(|(day, lots)| Renewal { day, lots, own_last }))
}

fn may_be_renewed<'c>(contracts: impl Iterator<Item = &'c Contract>) -> bool {
    let (mut names, mut lots) = (BTreeSet::new(), BTreeSet::new());
    let mut has_twins = false;
    for contract in contracts {
        has_twins |= !names.insert((contract.kind, contract.strike));
        lots.insert(contract.lot_size);
    }
    has_twins || lots.len() > 1
}

/// The first day of the new ones, and both lots.
fn of_lives(lives: &[Life<'_>]) -> Option<(Day, Option<(i64, i64)>)> {
    let (old, new) = generations(lives);
    let ended = old.iter().map(|life| life.last).max()?;
    let begun = new.iter().map(|life| life.first).min()?;
    let lots = one_lot(&old).zip(one_lot(&new)).filter(|(before, since)| before != since);
    (ended < begun).then_some((begun, lots))
}

/// By twins, which share kind and strike; without any by the lot of the contract that began first.
fn generations<'l, 'c>(lives: &'l [Life<'c>]) -> (Vec<&'l Life<'c>>, Vec<&'l Life<'c>>) {
    let mut by_name: BTreeMap<(ContractKind, Option<Strike>), Vec<&Life<'c>>> = BTreeMap::new();
    for life in lives {
        by_name.entry((life.contract.kind, life.contract.strike)).or_default().push(life);
    }
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for mut alike in by_name.into_values() {
        alike.sort_by_key(|life| life.first);
        if let [first, .., last] = alike.as_slice() {
            old.push(*first);
            new.push(*last);
        }
    }
    match lives.iter().min_by_key(|life| life.first) {
        Some(first) if old.is_empty() => {
            lives.iter().partition(|life| life.contract.lot_size == first.contract.lot_size)
        }
        _ => (old, new),
    }
}

fn one_lot(lives: &[&Life<'_>]) -> Option<i64> {
    let lot = lives.first()?.contract.lot_size;
    lives.iter().all(|life| life.contract.lot_size == lot).then_some(lot)
}

impl Renewal {
    /// The bar that is marked: the first one from its day on, or the last one of a contract that had ended before.
    pub fn bar(&self, starts: &[EpochSeconds]) -> Option<EpochSeconds> {
        let (first, last) = (starts.first()?, starts.last()?);
        if first.day() > self.day {
            return None;
        }
        let since = starts.iter().find(|start| start.day() >= self.day).copied();
        since.or_else(|| (last.day() == self.own_last).then_some(*last))
    }

    /// `14 Oct: new contracts, as after a demerger or a split`.
    pub fn words(&self) -> String {
        let day = super::sessions::short(self.day);
        match self.lots {
            Some((before, since)) => {
                format!("{day}: new contracts of lot {since}, before {before}, as after a bonus or a split")
            }
            None => format!("{day}: new contracts, as after a demerger or a split"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn contract(token: u32, strike: u32, lot_size: i64) -> Contract {
        Contract {
            expired_key: format!("NSE_FO|{token}|28-10-2025").parse().unwrap(),
            underlying_key: "NSE_EQ|INE155A01022".parse().unwrap(),
            expiry: day("2025-10-28"),
            kind: ContractKind::Call,
            strike: Strike::from_rupees(f64::from(strike)),
            trading_symbol: format!("TATAMOTORS {strike} CE 28 OCT 25"),
            lot_size,
            tick_size: 5,
            weekly: Some(false),
        }
    }

    /// Contracts with the first and the last day of each.
    fn told(of: &[(Contract, &str, &str)]) -> Option<(Day, Option<(i64, i64)>)> {
        let life =
            |(contract, first, last): &(Contract, &str, &str)| (contract.clone(), day(first), day(last));
        let owned: Vec<(Contract, Day, Day)> = of.iter().map(life).collect();
        let lives: Vec<Life<'_>> = owned
            .iter()
            .map(|(contract, first, last)| Life { contract, first: *first, last: *last })
            .collect();
        of_lives(&lives).filter(|_| may_be_renewed(owned.iter().map(|(contract, ..)| contract)))
    }

    #[test]
    fn contracts_that_follow_others_of_their_name_or_with_another_lot_tell_the_day() {
        let (old, new) = ((1, 700), (2, 700));
        let twins = |lot: i64, begun: &'static str| {
            [
                (contract(old.0, old.1, 800), "2025-10-01", "2025-10-13"),
                (contract(new.0, new.1, lot), begun, "2025-10-28"),
                // It goes on as it was, and has no twin.
                (contract(3, 900, 800), "2025-10-06", "2025-10-28"),
            ]
        };
        assert_eq!(told(&twins(800, "2025-10-14")), Some((day("2025-10-14"), None)));
        assert_eq!(told(&twins(550, "2025-10-14")), Some((day("2025-10-14"), Some((800, 550)))));
        assert_eq!(told(&twins(800, "2025-10-13")), None, "both were traded on that day");

        let lots = |last: &'static str| {
            [
                (contract(1, 2_000, 550), "2025-08-01", last),
                (contract(2, 2_020, 550), "2025-08-04", "2025-08-22"),
                (contract(3, 1_000, 1_100), "2025-08-26", "2025-08-28"),
            ]
        };
        assert_eq!(told(&lots("2025-08-25")), Some((day("2025-08-26"), Some((550, 1_100)))));
        assert_eq!(told(&lots("2025-08-28")), None, "some go on with the lot of before");
        assert_eq!(told(&lots("2025-08-25")[..2]), None, "one lot, and no twins");
    }

    #[test]
    fn its_day_is_marked_where_it_begins_or_where_the_old_contract_ends() {
        let of = |own_last: &str| Renewal { day: day("2025-10-14"), lots: None, own_last: day(own_last) };
        let starts = |days: &[&str]| -> Vec<EpochSeconds> {
            days.iter().map(|text| day(text).at_minute(600)).collect()
        };
        let bar = |own_last: &str, days: &[&str]| of(own_last).bar(&starts(days)).map(|start| start.day());
        assert_eq!(bar("2025-10-28", &["2025-10-13", "2025-10-15"]), Some(day("2025-10-15")));
        assert_eq!(bar("2025-10-28", &["2025-10-14", "2025-10-15"]), Some(day("2025-10-14")));
        assert_eq!(bar("2025-10-13", &["2025-10-10", "2025-10-13"]), Some(day("2025-10-13")));
        assert_eq!(
            bar("2025-10-28", &["2025-10-10", "2025-10-13"]),
            None,
            "it lies behind what is looked at"
        );
        assert_eq!(bar("2025-10-28", &["2025-10-16"]), None, "and before it");
        let words = Renewal { lots: Some((800, 550)), ..of("2025-10-28") }.words();
        assert_eq!(words, "14 Oct: new contracts of lot 550, before 800, as after a bonus or a split");
    }
}
