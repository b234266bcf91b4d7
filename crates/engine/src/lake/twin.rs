//! The volatility twin of a partition: its 1-minute candles with what the chain of each minute says of them. It is the very
//! walk of the charts, for many contracts at once, so the numbers are those that a page shows.

use export::table::Batch;
use export::{CandleRows, Subject};
use lake::VolatilityRule;
use market::{ChartInterval, ExpiredKey};

use super::PublishError;
use super::rows::volatility_table;
use super::service::LakeService;
use crate::chains::rate_of;
use crate::error::EngineError;
use crate::market_data::MarketDataService;
use crate::preferences::kept;

const RULE: &str = "Black-76 on the forward of the minute; the last price of each contract, at most so old as the chain takes it; missing where the chain has none";

pub(super) struct Twins {
    data: MarketDataService,
    pub rule: VolatilityRule,
}

impl LakeService {
    pub(super) async fn twins(&self) -> Result<Twins, EngineError> {
        let rate = rate_of(kept(&self.store).await?.reading).fraction() * 100.0;
        Ok(Twins { data: self.data.clone(), rule: VolatilityRule { rate, rule: RULE.to_owned() } })
    }
}

impl Twins {
    /// Of contracts of the expiry, in their order and without those that have no candle.
    pub(super) async fn batches(
        &self,
        contracts: &[(ExpiredKey, Subject)],
    ) -> Result<Vec<Batch>, EngineError> {
        let interval = ChartInterval::MINUTE_1;
        let keys: Vec<ExpiredKey> = contracts.iter().map(|(key, _)| key.clone()).collect();
        let twins = self.data.twins(&keys, interval, None).await?;
        let traded = contracts.iter().zip(&twins).filter(|(_, (bars, _))| !bars.is_empty());
        let batch = |((_, subject), (bars, twin)): (&(ExpiredKey, Subject), &(Vec<_>, _))| {
            let rows = CandleRows { subject, interval, bars, twin: Some(twin) };
            volatility_table().batch(rows).map_err(|error| PublishError::from(error).into())
        };
        traded.map(batch).collect()
    }
}
