//! What somebody wants of a contract's candles.

use market::{ChartInterval, DayRange, ExpiredKey};
use protocol::{CandlesBeside, ComparedKeys};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CandlesWish {
    pub key: ExpiredKey,
    pub interval: ChartInterval,
    /// All days without it.
    pub range: Option<DayRange>,
    pub beside: CandlesBeside,
    pub compared: ComparedKeys,
}

impl CandlesWish {
    /// All candles of a contract, and nothing beside them.
    pub fn new(key: ExpiredKey, interval: ChartInterval) -> Self {
        Self {
            key,
            interval,
            range: None,
            beside: CandlesBeside::default(),
            compared: ComparedKeys::default(),
        }
    }
}
