//! The smile of a minute: volatility by strike and by delta, and what each delta cost. Between two strikes volatility
//! goes in a straight line in delta; beyond the outermost nothing is said.

use market::Strike;
use serde::{Deserialize, Serialize};

use crate::snapshot::VolatilityOf;
use crate::{Side, Snapshot, Trade, Volatility};

/// An option of a delta that differs by more than this from the wanted one is another option.
pub(crate) const DELTA_OFF_MAX: f64 = 0.1;
/// Between strikes whose deltas lie farther apart a straight line would be a guess.
const DELTA_APART_MAX: f64 = 0.25;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SmilePoint {
    pub strike: Strike,
    /// ln(strike ÷ forward).
    pub log_moneyness: f64,
    pub volatility: Volatility,
    /// Which side's price it is of.
    pub of: VolatilityOf,
    pub call_delta: f64,
    /// Below nought.
    pub put_delta: f64,
}

/// Upwards by strike; strikes without a volatility have no point.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Smile(pub Vec<SmilePoint>);

/// The option of a side whose delta was nearest to a wanted one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeltaBucket {
    /// The size that was wanted.
    pub wanted: f64,
    pub strike: Strike,
    pub delta: f64,
    pub volatility: Volatility,
    pub last: Trade,
}

/// Volatility at the same delta of both sides, against that of the money.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Skew {
    /// The size of the delta, 0.25 by custom.
    pub delta: f64,
    pub put: Volatility,
    pub call: Volatility,
    pub at_the_money: Volatility,
}

impl Skew {
    pub const DELTA: f64 = 0.25;

    /// Put less call.
    pub fn skew(&self) -> f64 {
        self.put.fraction() - self.call.fraction()
    }

    /// The mean of both less the money.
    pub fn butterfly(&self) -> f64 {
        (self.put.fraction() + self.call.fraction()) / 2.0 - self.at_the_money.fraction()
    }
}

impl SmilePoint {
    /// The size of a side's delta.
    pub fn delta_size(&self, side: Side) -> f64 {
        match side {
            Side::Call => self.call_delta.abs(),
            Side::Put => self.put_delta.abs(),
        }
    }
}

impl Smile {
    pub(crate) fn of(snapshot: &Snapshot<'_>) -> Self {
        let Some(model) = snapshot.model() else { return Self::default() };
        let point = |strike: Strike| {
            let of_strike = snapshot.volatility(strike).ok()?;
            let delta = |side| Some(snapshot.greeks_with(strike, side, of_strike.volatility)?.delta);
            Some(SmilePoint {
                strike,
                log_moneyness: (strike.to_rupees() / model.forward()).ln(),
                volatility: of_strike.volatility,
                of: of_strike.of,
                call_delta: delta(Side::Call)?,
                put_delta: delta(Side::Put)?,
            })
        };
        Self(snapshot.strikes().filter_map(point).collect())
    }

    /// Of a side, at a size of delta, between the two strikes that lie around it; where noise makes more than one
    /// such pair, the one nearest the money.
    pub fn volatility_at(&self, side: Side, delta: f64) -> Option<Volatility> {
        let around = |pair: &&[SmilePoint]| {
            let [one, next] = [&pair[0], &pair[1]].map(|point| point.delta_size(side) - delta);
            one * next <= 0.0 && (one - next).abs() <= DELTA_APART_MAX
        };
        let from_the_money = |pair: &&[SmilePoint]| pair[0].log_moneyness.abs();
        let pair = self
            .0
            .windows(2)
            .filter(around)
            .min_by(|one, other| from_the_money(one).total_cmp(&from_the_money(other)))?;
        let [one, next] = [&pair[0], &pair[1]];
        let (from, to) = (one.delta_size(side), next.delta_size(side));
        let part = if from == to { 0.0 } else { (delta - from) / (to - from) };
        let [from, to] = [one, next].map(|point| point.volatility.fraction());
        Volatility::new(from + part * (to - from))
    }

    /// At 0.25, or another size of delta.
    pub fn skew(&self, delta: f64, at_the_money: Volatility) -> Option<Skew> {
        let [put, call] = [Side::Put, Side::Call].map(|side| self.volatility_at(side, delta));
        Some(Skew { delta, put: put?, call: call?, at_the_money })
    }
}

/// The strike whose option of a side had the nearest delta and had been traded by now, however far off that is.
pub(crate) fn nearest_delta<'s>(
    snapshot: &'s Snapshot<'_>,
    side: Side,
    delta: f64,
) -> Option<&'s SmilePoint> {
    let off = |point: &&SmilePoint| (point.delta_size(side) - delta).abs();
    let traded = snapshot.smile().0.iter().filter(|point| snapshot.traded(point.strike, side).is_some());
    traded.min_by(|one, other| off(one).total_cmp(&off(other)))
}

/// What options of the wanted sizes of delta cost; a delta that no strike had, or whose option has no fresh price, is
/// left out.
pub fn delta_buckets(snapshot: &Snapshot<'_>, side: Side, wanted: &[f64]) -> Vec<DeltaBucket> {
    let bucket = |wanted: &f64| {
        let is_near = |point: &&SmilePoint| (point.delta_size(side) - wanted).abs() <= DELTA_OFF_MAX;
        let point = nearest_delta(snapshot, side, *wanted).filter(is_near)?;
        let delta = match side {
            Side::Call => point.call_delta,
            Side::Put => point.put_delta,
        };
        let last = snapshot.fresh(point.strike, side)?;
        Some(DeltaBucket { wanted: *wanted, strike: point.strike, delta, volatility: point.volatility, last })
    };
    wanted.iter().filter_map(bucket).collect()
}
