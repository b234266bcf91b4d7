//! The volatility twin of a partition: its 1-minute candles with what the chain of each minute says of them. It is the very
//! walk of the charts, a contract after the other, so the numbers are those that a page shows.

use export::table::Batch;
use export::{CandleRows, Subject};
use lake::VolatilityRule;
use market::{Bar, ChartInterval, Contract};
use protocol::CandlesWith;

use super::PublishError;
use super::rows::volatility_table;
use super::service::LakeService;
use crate::candles::{CandlesWish, twin};
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
    /// `None`: there is no candle of it.
    pub(super) async fn batch(
        &self,
        contract: &Contract,
        subject: &Subject,
    ) -> Result<Option<Batch>, EngineError> {
        let mut wish = CandlesWish::new(contract.expired_key.clone(), ChartInterval::Minute1);
        wish.beside = [CandlesWith::Volatility].into_iter().collect();
        let candles = self.data.candles(&wish).await?;
        let bars: Vec<Bar> = candles.rows.iter().filter_map(|row| row.bar).collect();
        if bars.is_empty() {
            return Ok(None);
        }
        let twin = twin(&bars, &candles.columns);
        let rows = CandleRows { subject, interval: ChartInterval::Minute1, bars: &bars, twin: Some(&twin) };
        Ok(Some(volatility_table().batch(rows).map_err(PublishError::from)?))
    }
}
