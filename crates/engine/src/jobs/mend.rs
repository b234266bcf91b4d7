//! Holes that neighbours betray. A contract whose rows stop before its expiry although most strikes around it
//! traded on that day is asked once for the rest; a day without rows inside a liquid contract whose neighbours
//! are full is asked once by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use market::{ContractKind, Day, DayRange, Strike, TradingCalendar};
use store::{ContractId, ExpiryId, SeriesDay, StoredContract};

use crate::jobs::run::{Halt, Run};
use crate::jobs::subject::Subject;
use crate::jobs::workers::in_parallel;

/// Strikes on each side whose word counts.
const NEIGHBOURS_EACH_SIDE: usize = 2;
/// Rows of a day from which a contract is liquid on it: four minutes in five of an ordinary session.
const LIQUID_ROWS_A_DAY: u32 = 300;
/// Single days asked for one contract.
const DAYS_MAX: usize = 20;

/// Contracts of one side of one expiry by strike, with the rows of each of their days.
type Side = BTreeMap<Option<Strike>, (ContractId, BTreeMap<Day, u32>)>;

impl Run {
    pub(crate) async fn mend_phase(&self, contracts: &[Arc<StoredContract>]) -> Result<(), Halt> {
        let expiries: BTreeSet<ExpiryId> = contracts.iter().map(|stored| stored.expiry_id).collect();
        let mut doubtful = Vec::new();
        for expiry in expiries {
            let sides = self.sides(expiry).await?;
            let fetched = contracts.iter().filter(|stored| stored.expiry_id == expiry);
            for stored in fetched {
                let Some(side) = sides.get(&stored.contract.kind) else { continue };
                let ranges = suspicious(stored, side);
                doubtful.extend(ranges.into_iter().map(|range| (stored.clone(), range)));
            }
        }
        let interval = self.plan.interval;
        let ask = move |run: Self, (stored, range)| async move {
            // The days are accounted for already; only what came is added.
            run.look_again(&Subject::Contract(stored, interval), range).await
        };
        in_parallel(self, doubtful, ask).await.map(drop)
    }

    async fn sides(&self, expiry: ExpiryId) -> Result<BTreeMap<ContractKind, Side>, Halt> {
        let store = self.service.store();
        let mut sides: BTreeMap<ContractKind, Side> = BTreeMap::new();
        for stored in store.contracts(expiry, self.plan.kinds).await? {
            let side = sides.entry(stored.contract.kind).or_default();
            side.insert(stored.contract.strike, (stored.id, BTreeMap::new()));
        }
        for SeriesDay { contract, kind, strike, day, candles } in
            store.series_days(expiry, self.plan.interval).await?
        {
            if let Some((id, days)) = sides.get_mut(&kind).and_then(|side| side.get_mut(&strike))
                && *id == contract
            {
                days.insert(day, candles);
            }
        }
        Ok(sides)
    }
}

/// Ranges of a contract that its neighbours make doubtful.
fn suspicious(stored: &StoredContract, side: &Side) -> Vec<DayRange> {
    let (expiry, strike) = (stored.contract.expiry, stored.contract.strike);
    let Some((_, days)) = side.get(&strike) else { return Vec::new() };
    let (Some(first), Some(last)) = (days.keys().next(), days.keys().next_back()) else {
        return Vec::new();
    };
    let neighbours = neighbours(strike, side);
    let mut ranges = Vec::new();
    let traded_at_end = neighbours.iter().filter(|days| days.contains_key(&expiry)).count();
    if *last < expiry && !neighbours.is_empty() && traded_at_end * 2 > neighbours.len() {
        ranges.extend(DayRange::new(*last, expiry));
    }
    let is_liquid = |days: &BTreeMap<Day, u32>| {
        let rows: u32 = days.values().sum();
        rows / u32::try_from(days.len().max(1)).unwrap_or(u32::MAX) >= LIQUID_ROWS_A_DAY
    };
    // A future has no strikes beside it: it trades in every session.
    let is_future = !stored.contract.kind.is_option();
    if is_liquid(days) && (is_future || !neighbours.is_empty()) {
        let is_full = |day: Day| {
            (!is_future || TradingCalendar::bundled().day(day).is_open())
                && neighbours.iter().all(|days| days.get(&day).is_some_and(|rows| *rows >= LIQUID_ROWS_A_DAY))
        };
        let inside = DayRange::new(*first, *last).into_iter().flat_map(DayRange::days);
        let missing = inside.filter(|day| !days.contains_key(day) && is_full(*day));
        ranges.extend(missing.take(DAYS_MAX).map(DayRange::single));
    }
    ranges
}

fn neighbours(strike: Option<Strike>, side: &Side) -> Vec<&BTreeMap<Day, u32>> {
    let below = side.range(..strike).rev().take(NEIGHBOURS_EACH_SIDE);
    let above = side.range(strike..).skip(1).take(NEIGHBOURS_EACH_SIDE);
    below.chain(above).map(|(_, (_, days))| days).collect()
}
