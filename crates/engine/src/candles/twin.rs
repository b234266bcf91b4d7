//! Contracts as a file has them with volatility beside each row: their bars, and what stands beside those.

use export::Twin;
use market::{Bar, Bars, ChartInterval, DayRange, ExpiredKey, SessionAnchors};
use protocol::CandleColumn;
use store::StoredContract;

use super::volatility::{Minutes, make_together};
use super::{days_of, laid, lines};
use crate::error::EngineError;
use crate::market_data::MarketDataService;
use crate::preferences::kept;

/// Candles of the contracts that are read together: what one walk through the days of an expiry brings, and what of it is
/// in memory at once.
const TOGETHER_CANDLES: u64 = 64 * 1024;

/// Contracts in their order, in groups of about so many candles; `candles` says how many one has.
pub(crate) fn together<T>(contracts: Vec<T>, candles: impl Fn(&T) -> u64) -> Vec<Vec<T>> {
    let mut groups: Vec<Vec<T>> = Vec::new();
    let mut room = 0;
    for contract in contracts {
        let candles = candles(&contract);
        match groups.last_mut() {
            Some(last) if candles <= room => {
                room -= candles;
                last.push(contract);
            }
            _ => {
                room = TOGETHER_CANDLES.saturating_sub(candles);
                groups.push(vec![contract]);
            }
        }
    }
    groups
}

impl MarketDataService {
    /// The bars of contracts of one expiry with what the chain says beside them, in their order.
    pub(crate) async fn twins(
        &self,
        keys: &[ExpiredKey],
        interval: ChartInterval,
        range: Option<DayRange>,
    ) -> Result<Vec<(Vec<Bar>, Twin)>, EngineError> {
        let mut read: Vec<(StoredContract, Bars, SessionAnchors<'static>)> = Vec::with_capacity(keys.len());
        for key in keys {
            let stored = self.stored_contract(key).await?;
            let (bars, anchors) = self.bars_of(&stored, interval, range).await?;
            read.push((stored, bars, anchors));
        }
        let traded = read.iter().filter_map(|(stored, bars, anchors)| {
            Some(lines::Lines { data: self, stored, bars, days: days_of(bars, range)?, anchors })
        });
        let traded: Vec<lines::Lines<'_>> = traded.collect();
        let reading = kept(&self.store).await?.reading;
        let mut made = make_together(&traded, reading, Minutes::OfBars).await?.into_iter();
        let mut twins = Vec::with_capacity(read.len());
        for (_, Bars { bars, .. }, _) in &read {
            let made = if bars.is_empty() { None } else { made.next() };
            let starts: Vec<_> = bars.iter().map(|bar| bar.start).collect();
            let columns = made.into_iter().flat_map(|made| made.columns);
            let columns: Vec<CandleColumn> = columns.map(|column| laid(column, &starts)).collect();
            twins.push((bars.clone(), twin(bars, &columns)));
        }
        Ok(twins)
    }
}

/// A price is as old as the last bar that traded; before the first trade it has no age.
fn twin(bars: &[Bar], columns: &[CandleColumn]) -> Twin {
    let column = |name: &str| {
        let found = columns.iter().find(|column| column.name == name);
        found.map_or_else(|| vec![None; bars.len()], |column| column.values.clone())
    };
    let mut traded = None;
    let age = |bar: &Bar| {
        if bar.volume > 0 {
            traded = Some(bar.start);
        }
        traded.map(|traded| bar.start.0 - traded.0)
    };
    Twin {
        price_age_s: bars.iter().map(age).collect(),
        forward: column("forward"),
        volatility: column("volatility"),
        delta: column("delta"),
        gamma: column("gamma"),
        vega: column("vega"),
        theta: column("theta"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contracts_stand_together_as_far_as_there_is_room() {
        let of = |candles: &[u64]| together(candles.to_vec(), |candles| *candles);
        let (half, most) = (TOGETHER_CANDLES / 2, TOGETHER_CANDLES);
        assert_eq!(of(&[]), Vec::<Vec<u64>>::new());
        assert_eq!(of(&[half, half, 1, 0]), [vec![half, half], vec![1, 0]]);
        // One that is too large for any group has its own.
        assert_eq!(of(&[1, most + 1, 1]), [vec![1], vec![most + 1], vec![1]]);
    }
}
