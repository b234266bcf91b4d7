//! The contracts of an expiry, each with what the wished bars can be made of. Stored in another interval or on other days is
//! as good as not stored; days that were answered for good without a row are nothing missed.

use std::collections::{HashMap, HashSet};

use market::{
    ContractKinds, Day, DayRange, ExpiredKey, InstrumentKey, TradingCalendar, UnderlyingKind, life_days_max,
};
use protocol::{ContractRow, ContractState, EXPORT_NEVER_TRADED, EXPORT_NOT_ASKED};
use store::{AnsweredContract, ContractId, ExpiryId, Store, StoredContract};

use super::plan::minutes_of_a_bar;
use super::wish::Wish;
use crate::error::EngineError;
use crate::final_days::data_floor;
use crate::market_data::MarketDataService;

#[derive(Clone)]
pub(super) struct Listed {
    pub row: ContractRow,
    /// About so many; without a candle none.
    pub bars: u64,
    /// Each of the wished days is answered for good, and none has a row.
    is_silent: bool,
}

impl Listed {
    /// Why it is in no file, where it is in none.
    pub fn why_left_out(&self) -> Option<&'static str> {
        match self.row.state {
            _ if self.bars > 0 => None,
            _ if self.is_silent => Some(EXPORT_NEVER_TRADED),
            _ if self.row.candles > 0 => Some("stored, but not for these days and this interval"),
            ContractState::NotAsked => Some(EXPORT_NOT_ASKED),
            ContractState::Pruned => Some("pruned: collect it again"),
            ContractState::Partial => Some("not collected to its end, and without a candle so far"),
            ContractState::Empty | ContractState::Collected => Some(EXPORT_NEVER_TRADED),
        }
    }
}

/// All that are listed.
pub(super) async fn listed(
    store: &Store,
    data: &MarketDataService,
    wish: &Wish,
    key: &InstrumentKey,
    expiry: Day,
) -> Result<Vec<Listed>, EngineError> {
    let rows = data.best_contract_rows(key, expiry, None).await?.rows;
    let Some((underlying, _)) = store.underlying(key).await? else { return Ok(Vec::new()) };
    let Some(stored) = store.expiry(underlying, expiry).await? else { return Ok(Vec::new()) };
    let bars = bars(store, wish, stored.id).await?;
    let silent = match rows.iter().all(|row| bars.contains_key(&row.contract.expired_key)) {
        true => HashSet::new(),
        false => silent(store, wish, stored.id).await?,
    };
    let listed = |row: ContractRow| {
        let bars = bars.get(&row.contract.expired_key).copied().unwrap_or(0);
        let is_silent = bars == 0 && silent.contains(&row.contract.expired_key);
        Listed { row, bars, is_silent }
    };
    Ok(rows.into_iter().map(listed).collect())
}

/// As many as the series that gives most.
async fn bars(store: &Store, wish: &Wish, expiry: ExpiryId) -> Result<HashMap<ExpiredKey, u64>, EngineError> {
    let mut bars: HashMap<ExpiredKey, u64> = HashMap::new();
    let wanted = wish.order.interval;
    for source in wanted.sources() {
        for (key, candles) in store.candles_of_days(expiry, source, wish.days).await? {
            let made = candles * minutes_of_a_bar(source.into()) / minutes_of_a_bar(wanted);
            let most = bars.entry(key).or_default();
            *most = made.max(*most).max(1);
        }
    }
    Ok(bars)
}

/// Those of which some interval that the wished one is made of is answered for good on each of the wished days.
async fn silent(store: &Store, wish: &Wish, expiry: ExpiryId) -> Result<HashSet<ExpiredKey>, EngineError> {
    let contracts = store.contracts(expiry, ContractKinds::Both).await?;
    let contracts: HashMap<ContractId, StoredContract> =
        contracts.into_iter().map(|stored| (stored.id, stored)).collect();
    let mut silent = HashSet::new();
    for source in wish.order.interval.sources() {
        // A minute that came and was refused is no silence.
        let refused = store.refused_of_expiry(expiry, source).await?;
        for answered in store.answered_of_expiry(expiry, source).await? {
            let Some(stored) = contracts.get(&answered.id) else { continue };
            let Some(days) = days_of_life(stored, wish.days) else { continue };
            let is_refused =
                refused.get(&answered.id).is_some_and(|of| of.keys().any(|day| days.contains(*day)));
            if !is_refused && is_answered(&answered, days) {
                silent.insert(stored.contract.expired_key.clone());
            }
        }
    }
    Ok(silent)
}

/// The wished days on which a contract can have been listed, as far back as the broker has data.
fn days_of_life(stored: &StoredContract, wished: Option<DayRange>) -> Option<DayRange> {
    let contract = &stored.contract;
    let kind = UnderlyingKind::of(contract.underlying_key.segment());
    let life = life_days_max(kind, contract.weekly, contract.expiry);
    let born = contract.expiry.plus_days(-i64::from(life)).max(data_floor());
    let (from, to) = match wished {
        Some(days) => (days.from().max(born), days.to().min(contract.expiry)),
        None => (born, contract.expiry),
    };
    DayRange::new(from, to).ok()
}

/// Whether there are trading days among these, and nothing is open of any.
fn is_answered(of: &AnsweredContract, days: DayRange) -> bool {
    let calendar = TradingCalendar::bundled();
    let is_for_good = |day: Day| of.for_good.iter().chain(&of.proved).any(|range| range.contains(day));
    let mut trading = days.days().filter(|day| calendar.day(*day).is_open()).peekable();
    trading.peek().is_some() && trading.all(is_for_good)
}
