//! A strategy through time: what its legs cost together, what it has won since a moment, and its net greeks. A minute
//! in which a leg has no price is a gap; one in which a leg has no volatility has no greeks.

use market::{EpochSeconds, without_noise};

use super::point::{Gap, Point};
use crate::chain_state::Traded;
use crate::{Greeks, LEG_AGE_MINUTES_MAX, Snapshot, Trade};

/// A leg in a minute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LegMinute {
    /// The last trade, whenever that was.
    pub last: Option<Trade>,
    /// Of one unit.
    pub greeks: Option<Greeks>,
    /// Units in a lot of this contract.
    pub lot: i64,
}

/// Fed with minutes, oldest first.
pub struct StrategyMaker {
    /// Signed lots, in the order of the legs.
    lots: Vec<i32>,
    since: Option<EpochSeconds>,
    /// What it was worth then, in rupees.
    entry: Option<f64>,
}

impl LegMinute {
    /// Of an option, by its place in the list that the snapshot's state was made of.
    pub fn of_option(snapshot: &Snapshot<'_>, option: usize) -> Option<Self> {
        let Traded { quote, last, .. } = snapshot.option(option)?;
        let greeks = snapshot.greeks(quote.option.strike, quote.option.side).ok();
        Some(Self { last: Some(last), greeks, lot: quote.option.lot })
    }

    /// Of a future: it moves with its forward, and nothing else moves it.
    pub fn of_future(last: Option<Trade>, lot: i64) -> Self {
        Self { last, greeks: Some(Greeks { delta: 1.0, ..Greeks::default() }), lot }
    }
}

impl StrategyMaker {
    pub fn new(lots: Vec<i32>, since: Option<EpochSeconds>) -> Self {
        Self { lots, since, entry: None }
    }

    /// The legs in their order; one that is missing has no price.
    pub fn minute(&mut self, at: EpochSeconds, legs: &[Option<LegMinute>]) -> Point {
        Point { at, values: self.values(at, legs) }
    }

    fn values(&mut self, at: EpochSeconds, legs: &[Option<LegMinute>]) -> Result<Vec<Option<f64>>, Gap> {
        let (mut price, mut worth) = (0.0, 0.0);
        let mut greeks = Some(Greeks::default());
        for (place, lots) in self.lots.iter().enumerate() {
            let leg = legs.get(place).copied().flatten().ok_or(Gap::LegUnpriced { leg: place })?;
            let last = leg.last.and_then(|last| last.within(LEG_AGE_MINUTES_MAX, at));
            let rupees = last.ok_or(Gap::LegUnpriced { leg: place })?.price.to_rupees();
            let units = f64::from(*lots) * leg.lot as f64;
            price += f64::from(*lots) * rupees;
            worth += units * rupees;
            greeks = greeks.zip(leg.greeks).map(|(net, of)| net.plus(of.times(units)));
        }
        if self.since == Some(at) {
            self.entry = Some(worth);
        }
        let profit = self.entry.map(|entry| without_noise(worth - entry));
        let [delta, gamma, vega, theta] = match greeks {
            Some(Greeks { delta, gamma, vega, theta }) => [delta, gamma, vega, theta].map(Some),
            None => [None; 4],
        };
        Ok(vec![Some(without_noise(price)), profit, delta, gamma, vega, theta])
    }
}
