//! Candles of the contracts of an expiry, one contract behind the other, in pieces of so many rows: no more than a piece
//! and one contract is ever in memory.

use std::fmt;
use std::str::FromStr;

use market::{
    ChartInterval, ContractKind, ContractKinds, Day, DayRange, EpochSeconds, ExpiredKey, InstrumentKey,
    Strike,
};
use protocol::Candles;
use store::StoredContract;

use crate::chains::KnownExpiry;
use crate::error::EngineError;
use crate::market_data::MarketDataService;

/// Which contracts of an expiry, and which of their candles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpiryCandlesWish {
    pub underlying: InstrumentKey,
    pub expiry: Day,
    pub kinds: ContractKinds,
    /// The lowest and the highest; a future has none and is left out where one is given.
    pub strikes: (Option<Strike>, Option<Strike>),
    pub interval: ChartInterval,
    /// All days without it.
    pub range: Option<DayRange>,
}

/// A candle by whose and when: where a piece ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CandlePlace {
    pub key: ExpiredKey,
    pub start: EpochSeconds,
}

impl fmt::Display for CandlePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.start.0, self.key)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no place of a candle")]
pub struct CandlePlaceError(String);

impl FromStr for CandlePlace {
    type Err = CandlePlaceError;

    fn from_str(text: &str) -> Result<Self, CandlePlaceError> {
        let read = || {
            let (start, key) = text.split_once('@')?;
            Some(Self { key: key.parse().ok()?, start: EpochSeconds(start.parse().ok()?) })
        };
        read().ok_or_else(|| CandlePlaceError(text.to_owned()))
    }
}

impl ExpiryCandlesWish {
    pub(super) fn includes(&self, stored: &StoredContract) -> bool {
        self.concerns(stored.contract.kind, stored.contract.strike)
    }

    pub(super) fn concerns(&self, kind: ContractKind, strike: Option<Strike>) -> bool {
        let (from, to) = self.strikes;
        self.kinds.includes(kind)
            && match strike {
                Some(strike) => from.is_none_or(|from| strike >= from) && to.is_none_or(|to| strike <= to),
                None => from.is_none() && to.is_none(),
            }
    }
}

impl MarketDataService {
    /// A piece of at most so many rows behind a place, contracts by strike, calls before puts, the oldest candle first;
    /// and where it ended, if there is more. Contracts without a candle are left out.
    pub async fn candles_of_expiry(
        &self,
        wish: &ExpiryCandlesWish,
        behind: Option<&CandlePlace>,
        most: usize,
    ) -> Result<(Vec<Candles>, Option<CandlePlace>), EngineError> {
        let known = KnownExpiry::find(&self.store, &wish.underlying, wish.expiry).await?;
        let mut contracts = self.store.contracts(known.expiry.id, wish.kinds).await?;
        contracts.retain(|stored| wish.includes(stored));
        if let Some(place) = behind {
            let at = contracts.iter().position(|stored| stored.contract.expired_key == place.key);
            let at = at.ok_or_else(|| EngineError::UnknownContract(place.key.clone()))?;
            contracts.drain(..at);
        }
        let (mut piece, mut room) = (Vec::new(), most);
        let mut end: Option<CandlePlace> = None;
        for stored in contracts {
            let after =
                behind.filter(|place| place.key == stored.contract.expired_key).map(|place| place.start);
            let Some(range) = days_behind(wish.range, after, wish.expiry) else { continue };
            let (mut bars, _) = self.bars_of(&stored, wish.interval, range).await?;
            bars.bars.retain(|bar| after.is_none_or(|after| bar.start > after));
            if bars.bars.is_empty() {
                continue;
            }
            if room == 0 {
                return Ok((piece, end));
            }
            let is_cut = bars.bars.len() > room;
            bars.bars.truncate(room);
            room -= bars.bars.len();
            let key = stored.contract.expired_key;
            end = bars.bars.last().map(|last| CandlePlace { key, start: last.start });
            piece.push(bars.into());
            if is_cut {
                return Ok((piece, end));
            }
        }
        Ok((piece, None))
    }
}

/// The days of a wish from that of a candle on. `None`: there are none; `Some(None)`: all.
fn days_behind(
    range: Option<DayRange>,
    after: Option<EpochSeconds>,
    expiry: Day,
) -> Option<Option<DayRange>> {
    let Some(after) = after else { return Some(range) };
    let (from, to) = match range {
        Some(range) => (range.from().max(after.day()), range.to()),
        None => (after.day(), expiry),
    };
    DayRange::new(from, to).ok().map(Some)
}
