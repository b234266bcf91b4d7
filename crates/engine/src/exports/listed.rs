//! The contracts of an expiry, each with what the wished bars can be made of. Stored in another interval or on other days is
//! as good as not stored.

use std::collections::HashMap;

use market::{ChartInterval, Day, ExpiredKey, InstrumentKey};
use protocol::{ContractRow, ContractState, EXPORT_NEVER_TRADED, EXPORT_NOT_ASKED};
use store::Store;

use super::plan::SESSION_MINUTES;
use super::wish::Wish;
use crate::error::EngineError;
use crate::market_data::MarketDataService;

#[derive(Clone)]
pub(super) struct Listed {
    pub row: ContractRow,
    /// About so many; without a candle none.
    pub bars: u64,
}

impl Listed {
    /// Why it is in no file, where it is in none.
    pub fn why_left_out(&self) -> Option<&'static str> {
        match self.row.state {
            _ if self.bars > 0 => None,
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
    let bars = bars(store, wish, key, expiry).await?;
    let listed = |row: ContractRow| {
        let bars = bars.get(&row.contract.expired_key).copied().unwrap_or(0);
        Listed { row, bars }
    };
    Ok(rows.into_iter().map(listed).collect())
}

/// As many as the series that gives most.
async fn bars(
    store: &Store,
    wish: &Wish,
    key: &InstrumentKey,
    expiry: Day,
) -> Result<HashMap<ExpiredKey, u64>, EngineError> {
    let mut bars: HashMap<ExpiredKey, u64> = HashMap::new();
    let Some((underlying, _)) = store.underlying(key).await? else { return Ok(bars) };
    let Some(expiry) = store.expiry(underlying, expiry).await? else { return Ok(bars) };
    let wanted = wish.order.interval;
    let minutes = |of: ChartInterval| of.minutes().map_or(SESSION_MINUTES, u64::from);
    for source in wanted.sources() {
        for (key, candles) in store.candles_of_days(expiry.id, source, wish.days).await? {
            let made = candles * minutes(source.into()) / minutes(wanted).max(1);
            let most = bars.entry(key).or_default();
            *most = made.max(*most).max(1);
        }
    }
    Ok(bars)
}
