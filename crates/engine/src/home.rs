//! Home: everything at a glance, put together of what is stored. Asks the broker for nothing.

use std::cmp::Reverse;
use std::iter;

use market::{ContractKinds, Day};
use protocol::{
    AtRisk, ExpiryRow, ExpiryShade, ExpiryState, HomePicture, KindCounts, NextRun, StoredMonth,
    StoredUnderlying, UnderlyingStrip,
};
use store::Figures;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::names::counted;
use crate::promise::promised_until;

/// Jobs on the home page.
const JOBS_SHOWN: u32 = 5;
/// Expiries of one underlying's strip: more than a year of weekly ones.
const SHADES_MAX: usize = 64;
/// Months of expiries: two years.
const MONTHS_SHOWN: u32 = 24;
/// Runs to come, and expiries that may be lost.
const NEXT_RUNS_SHOWN: usize = 3;
const AT_RISK_SHOWN: usize = 6;

impl Engine {
    pub async fn home(&self) -> Result<HomePicture, EngineError> {
        // The simulated market lives on a day of its own.
        let today = self.source().simulated_day().unwrap_or_else(|| self.now().day());
        let (mut underlyings, mut at_risk) = (Vec::new(), Vec::new());
        let mut seen_back_to: Option<Day> = None;
        for stored in self.market_data().collected_underlyings().await? {
            let rows = self.expired().known_expiries(&stored.underlying.key).await?;
            let kinds = kinds_collected(&rows);
            at_risk.extend(losable(&stored, &rows, kinds, today));
            seen_back_to = listed(&rows).chain(seen_back_to).min();
            underlyings.push(strip(stored, rows, kinds));
        }
        at_risk.sort_by_key(|risk| (risk.until, risk.symbol.clone()));
        let at_risk_besides = at_risk.len().saturating_sub(AT_RISK_SHOWN) as u64;
        at_risk.truncate(AT_RISK_SHOWN);
        Ok(HomePicture {
            session: self.session().picture(),
            stored: self.market_data().figures().await?,
            months: months(&self.store().stored_months(MONTHS_SHOWN).await?),
            jobs: self.jobs().newest(JOBS_SHOWN).await?,
            underlyings,
            next_runs: self.next_runs().await?,
            at_risk,
            at_risk_besides,
            seen_back_to,
        })
    }

    async fn next_runs(&self) -> Result<Vec<NextRun>, EngineError> {
        let schedules = self.schedules().list().await?.into_iter();
        let next = schedules.filter_map(|schedule| {
            Some(NextRun { schedule: schedule.id, name: schedule.name, at: schedule.next_run? })
        });
        let mut next: Vec<_> = next.collect();
        next.sort_by_key(|run| run.at);
        next.truncate(NEXT_RUNS_SHOWN);
        Ok(next)
    }
}

/// The expiries whose contracts the broker has named. What was imported is no answer of its.
fn listed(rows: &[ExpiryRow]) -> impl Iterator<Item = Day> {
    rows.iter().filter(|row| row.contracts.is_some_and(|contracts| contracts > 0)).map(|row| row.date)
}

/// One month after the other up to the newest, those without anything too.
fn months(newest_first: &[(Day, Figures)]) -> Vec<StoredMonth> {
    let (Some((newest, _)), Some((oldest, _))) = (newest_first.first(), newest_first.last()) else {
        return Vec::new();
    };
    let of_month = |month: Day| {
        let stored = newest_first.iter().find(|(of, _)| *of == month);
        let Figures { underlyings, expiries, contracts, candles } =
            stored.map(|(_, figures)| *figures).unwrap_or_default();
        StoredMonth { month, underlyings, expiries, contracts, candles }
    };
    let before = |month: &Day| Some(month.plus_days(-1).first_of_month());
    let backwards = iter::successors(Some(*newest), before).take_while(|month| month >= oldest);
    let mut months: Vec<StoredMonth> = backwards.take(MONTHS_SHOWN as usize).map(of_month).collect();
    months.reverse();
    months
}

/// The kinds that anything was asked of: who collects options alone misses no future.
fn kinds_collected(rows: &[ExpiryRow]) -> ContractKinds {
    let any = |of: fn(&ExpiryRow) -> Option<protocol::KindCounts>| {
        rows.iter().filter_map(of).any(|counts| counts.asked + counts.pruned > 0)
    };
    match (any(|row| row.options), any(|row| row.futures)) {
        (true, false) => ContractKinds::Options,
        (false, true) => ContractKinds::Futures,
        _ => ContractKinds::Both,
    }
}

fn shade(row: &ExpiryRow, kinds: ContractKinds) -> ExpiryShade {
    match row.state_for(kinds) {
        _ if row.is_complete_for(kinds) => ExpiryShade::Complete,
        ExpiryState::NotListed | ExpiryState::NotAsked => ExpiryShade::Missing,
        ExpiryState::Pruned(_) => ExpiryShade::Pruned,
        _ => ExpiryShade::Partly,
    }
}

fn strip(stored: StoredUnderlying, mut rows: Vec<ExpiryRow>, kinds: ContractKinds) -> UnderlyingStrip {
    rows.sort_by_key(|row| Reverse(row.date));
    let with_candles = || rows.iter().filter(|row| row.candles > 0).map(|row| row.date);
    let shades: Vec<ExpiryShade> = rows.iter().map(|row| shade(row, kinds)).collect();
    UnderlyingStrip {
        stored,
        first: with_candles().min(),
        last: with_candles().max(),
        complete: shades.iter().filter(|shade| **shade == ExpiryShade::Complete).count() as u64,
        known: rows.len() as u64,
        shades: shades.into_iter().take(SHADES_MAX).rev().collect(),
    }
}

fn losable<'a>(
    stored: &'a StoredUnderlying,
    rows: &'a [ExpiryRow],
    kinds: ContractKinds,
    today: Day,
) -> impl Iterator<Item = AtRisk> + 'a {
    // What a person has removed is no loss.
    let is_wanted = move |row: &&ExpiryRow| row.counts_for(kinds).pruned == 0;
    let incomplete = rows.iter().filter(move |row| !row.is_complete_for(kinds)).filter(is_wanted);
    incomplete.map(move |row| (row, promised_until(row.date))).filter(move |(_, until)| *until >= today).map(
        move |(row, until)| AtRisk {
            underlying: stored.underlying.key.clone(),
            symbol: stored.underlying.symbol.clone(),
            expiry: row.date,
            state: stored_words(row.state_for(kinds)),
            until,
        },
    )
}

/// How much is here. How many days were wanted is known to the jobs alone, which are not read for this: so many days of
/// every contract are told as what they are, and not as a part of the usual ones.
fn stored_words(state: ExpiryState) -> String {
    match state {
        ExpiryState::Partly { counts: KindCounts { collected: 0, days: Some(known), .. }, days } => {
            format!("{} of every contract; the usual are {days}", counted(known.into(), "day"))
        }
        state => state.words(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_follow_each_other_without_a_gap_and_end_with_the_newest() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        let of = |candles| Figures { candles, ..Figures::default() };
        let told = |stored: &[(Day, Figures)]| {
            let months = months(stored).into_iter();
            months.map(|month| (month.month.to_string(), month.candles)).collect::<Vec<_>>()
        };
        let across = told(&[(day("2025-02-01"), of(7)), (day("2024-11-01"), of(3))]);
        let expected = [("2024-11-01", 3), ("2024-12-01", 0), ("2025-01-01", 0), ("2025-02-01", 7)];
        assert_eq!(across, expected.map(|(month, candles)| (month.to_owned(), candles)));
        let long = told(&[(day("2025-09-01"), of(1)), (day("2020-01-01"), of(1))]);
        assert_eq!((long.len(), long[0].0.as_str(), long[23].0.as_str()), (24, "2023-10-01", "2025-09-01"));
        assert!(told(&[]).is_empty());
    }

    #[test]
    fn a_job_of_fewer_days_than_usual_is_told_as_what_it_brought() {
        let partly = |collected, known| {
            let counts =
                KindCounts { contracts: 8, collected, asked: 8, days: known, ..KindCounts::default() };
            stored_words(ExpiryState::Partly { counts, days: "90".parse().unwrap() })
        };
        assert_eq!(partly(0, Some(60)), "60 days of every contract; the usual are 90");
        assert_eq!(partly(0, Some(1)), "1 day of every contract; the usual are 90");
        assert_eq!(partly(5, Some(60)), "5 of 8 contracts");
    }
}
