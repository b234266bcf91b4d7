//! What changes whenever candles of an expiry may have changed, so that whoever has them need not be sent them again; and
//! whether they can change at all.

use market::{ChartInterval, ContractKinds, DayRange, EpochSeconds, ExpiredKey, Interval};
use protocol::LifeAsked;

use super::ExpiryCandlesWish;
use crate::chains::KnownExpiry;
use crate::error::EngineError;
use crate::final_days::data_floor;
use crate::market_data::MarketDataService;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CandlesStamp {
    /// Equal for equal candles, contracts and terms.
    pub text: String,
    /// Every day that was asked for is answered for good.
    pub is_final: bool,
}

impl MarketDataService {
    /// Of the candles of a contract.
    pub async fn stamp_of_contract(
        &self,
        key: &ExpiredKey,
        interval: ChartInterval,
        range: Option<DayRange>,
        now: EpochSeconds,
    ) -> Result<CandlesStamp, EngineError> {
        let contract = self.stored_contract(key).await?.contract;
        let wish = ExpiryCandlesWish {
            underlying: contract.underlying_key,
            expiry: contract.expiry,
            kinds: if contract.kind.is_option() { ContractKinds::Options } else { ContractKinds::Futures },
            strikes: (contract.strike, contract.strike),
            interval,
            range,
        };
        self.stamp_of_expiry(&wish, now).await
    }

    /// Of the candles of several.
    pub async fn stamp_of_expiry(
        &self,
        wish: &ExpiryCandlesWish,
        now: EpochSeconds,
    ) -> Result<CandlesStamp, EngineError> {
        let known = KnownExpiry::find(&self.store, &wish.underlying, wish.expiry).await?;
        let mut contracts = self.store.contracts(known.expiry.id, wish.kinds).await?;
        contracts.retain(|stored| wish.includes(stored));
        let contracts: Vec<_> = contracts.into_iter().map(|stored| stored.contract).collect();
        let minutes = self.store.minutes_stamp(known.expiry.id, known.id).await?;
        let is_final = wish.expiry < now.day() && self.is_answered_for_good(wish, &known).await?;
        Ok(CandlesStamp { text: format!("{minutes:?} {contracts:?}"), is_final })
    }

    /// Whether no later answer can differ, of the series that such bars are made of first.
    async fn is_answered_for_good(
        &self,
        wish: &ExpiryCandlesWish,
        known: &KnownExpiry,
    ) -> Result<bool, EngineError> {
        let interval = wish.interval.sources().first().copied().unwrap_or_default();
        // Without a first day it is all that there is.
        let Some(range) = wish.range.filter(|range| range.from() >= data_floor()) else {
            return self.is_whole_life_asked(wish, interval).await;
        };
        let to = range.to().min(wish.expiry);
        // Days behind the expiry need no answer.
        let range = DayRange::new(range.from(), to).ok();
        let answered = self.store.answered_of_expiry(known.expiry.id, interval).await?;
        let concerned = answered.iter().filter(|of| wish.concerns(of.kind, of.strike));
        Ok(all_of_some(concerned, |of| {
            of.pruned_at.is_none() && range.is_none_or(|range| of.gaps(range).is_empty())
        }))
    }

    async fn is_whole_life_asked(
        &self,
        wish: &ExpiryCandlesWish,
        interval: Interval,
    ) -> Result<bool, EngineError> {
        let rows = self.contract_rows(&wish.underlying, wish.expiry, interval).await?;
        let concerned = rows.iter().filter(|row| wish.concerns(row.contract.kind, row.contract.strike));
        Ok(all_of_some(concerned, |row| row.pruned_at.is_none() && row.life == LifeAsked::Whole))
    }
}

/// Of no contracts nothing is known for good: they may not be listed yet.
fn all_of_some<T>(contracts: impl Iterator<Item = T>, is_final: impl Fn(T) -> bool) -> bool {
    let mut contracts = contracts.map(is_final).peekable();
    contracts.peek().is_some() && contracts.all(|is_final| is_final)
}
