//! Series that are made of one expiry, minute by minute: each takes the minute as it stands and looks neither back,
//! but for a strike that is kept, nor ahead.

use market::{Strike, without_noise};

use super::day_choice::DayChoice;
use super::point::{Gap, Point};
use super::{ExpirySeries, Held, Width};
use crate::legs::{DeltaSize, StrikeRule, at_the_money};
use crate::{Forward, LEG_AGE_MINUTES_MAX, Side, SideTotals, Snapshot};

/// By the series' columns.
type Values = Result<Vec<Option<f64>>, Gap>;

/// Fed with minutes, oldest first.
#[derive(Clone, Debug)]
pub struct ExpirySeriesMaker {
    series: ExpirySeries,
    choice: DayChoice,
}

impl ExpirySeriesMaker {
    pub fn new(series: ExpirySeries) -> Self {
        Self { series, choice: DayChoice::default() }
    }

    /// `None` for a minute that is not of the series: before a strike is chosen, and after it was held.
    pub fn minute(&mut self, snapshot: &Snapshot<'_>) -> Option<Point> {
        let values = match self.series {
            ExpirySeries::AtmStraddle { fixed: None } => {
                money(snapshot).and_then(|at| straddle(snapshot, at))
            }
            ExpirySeries::AtmStraddle { fixed: Some(time) } => {
                let strike = self.choice.strike(snapshot, time, || money(snapshot))?;
                strike.and_then(|at| straddle(snapshot, at))
            }
            ExpirySeries::Strangle { width } => strangle(snapshot, width),
            ExpirySeries::AtmOption { side, offset } => {
                option(snapshot, side, StrikeRule::AtTheMoney(offset))
            }
            ExpirySeries::ByPremium { side, premium, held } => {
                self.held(snapshot, side, StrikeRule::Premium(premium), held)?
            }
            ExpirySeries::ByDelta { side, delta, held } => {
                self.held(snapshot, side, StrikeRule::Delta(delta), held)?
            }
            ExpirySeries::SyntheticFuture => synthetic_future(snapshot),
            ExpirySeries::ForwardBasis => forward_basis(snapshot),
            ExpirySeries::AtmVolatility => atm_volatility(snapshot),
            ExpirySeries::Skew { delta } => skew(snapshot, delta),
            ExpirySeries::PutCallRatio => put_call_ratio(snapshot),
            ExpirySeries::MaxPain => max_pain(snapshot),
            ExpirySeries::OpenInterest { strike } => open_interest(snapshot, strike),
        };
        Some(Point { at: snapshot.at(), values })
    }

    fn held(&mut self, snapshot: &Snapshot<'_>, side: Side, rule: StrikeRule, held: Held) -> Option<Values> {
        if snapshot.at().minute_of_day() > held.until.minute_of_day() {
            return None;
        }
        let strike = self.choice.strike(snapshot, held.from, || Ok(rule.choose(snapshot, side)?))?;
        Some(strike.and_then(|strike| option_at(snapshot, side, strike)))
    }
}

fn money(snapshot: &Snapshot<'_>) -> Result<Strike, Gap> {
    Ok(at_the_money(snapshot)?)
}

fn forward(snapshot: &Snapshot<'_>) -> Option<f64> {
    snapshot.forward().ok().map(|Forward { price, .. }| price)
}

/// The price of a leg, in rupees.
fn priced(snapshot: &Snapshot<'_>, strike: Strike, side: Side) -> Result<f64, Gap> {
    let fresh = snapshot.fresh(strike, side).ok_or(Gap::Unpriced { strike, side })?;
    Ok(fresh.price.to_rupees())
}

fn straddle(snapshot: &Snapshot<'_>, strike: Strike) -> Values {
    let (call, put) = (priced(snapshot, strike, Side::Call)?, priced(snapshot, strike, Side::Put)?);
    Ok(vec![
        Some(without_noise(call + put)),
        Some(strike.to_rupees()),
        Some(call),
        Some(put),
        forward(snapshot),
    ])
}

fn strangle(snapshot: &Snapshot<'_>, width: Width) -> Values {
    let rule = |side| match (width, side) {
        (Width::Strikes(offset), Side::Call) => StrikeRule::AtTheMoney(offset),
        (Width::Strikes(offset), Side::Put) => StrikeRule::AtTheMoney(offset.down()),
        (Width::Points(points), Side::Call) => StrikeRule::Points(points),
        (Width::Points(points), Side::Put) => StrikeRule::Points(market::Paise(points.0.saturating_neg())),
        (Width::Delta(delta), _) => StrikeRule::Delta(delta),
    };
    let leg = |side| -> Result<(f64, f64), Gap> {
        let strike = rule(side).choose(snapshot, side)?;
        Ok((strike.to_rupees(), priced(snapshot, strike, side)?))
    };
    let ((call_strike, call), (put_strike, put)) = (leg(Side::Call)?, leg(Side::Put)?);
    let sum = without_noise(call + put);
    let of = [Some(sum), Some(call_strike), Some(call), Some(put_strike), Some(put), forward(snapshot)];
    Ok(of.to_vec())
}

fn option(snapshot: &Snapshot<'_>, side: Side, rule: StrikeRule) -> Values {
    option_at(snapshot, side, rule.choose(snapshot, side)?)
}

fn option_at(snapshot: &Snapshot<'_>, side: Side, strike: Strike) -> Values {
    let price = priced(snapshot, strike, side)?;
    let delta = snapshot.greeks(strike, side).ok().map(|greeks| greeks.delta);
    Ok(vec![Some(price), Some(strike.to_rupees()), delta, forward(snapshot)])
}

fn synthetic_future(snapshot: &Snapshot<'_>) -> Values {
    let strike = money(snapshot)?;
    let (call, put) = (priced(snapshot, strike, Side::Call)?, priced(snapshot, strike, Side::Put)?);
    let rupees = strike.to_rupees();
    Ok(vec![Some(without_noise(rupees + call - put)), Some(rupees), Some(call), Some(put)])
}

fn forward_basis(snapshot: &Snapshot<'_>) -> Values {
    let forward = snapshot.forward()?.price;
    let spot = snapshot.told_spot()?.within(LEG_AGE_MINUTES_MAX, snapshot.at());
    let spot = spot.ok_or(Gap::NoSpot)?.price.to_rupees();
    let rate = snapshot.time_left().years().map(|years| (forward / spot).ln() / years.years());
    let basis = without_noise(forward - spot);
    Ok(vec![Some(basis), rate.filter(|rate| rate.is_finite()), Some(forward), Some(spot)])
}

fn atm_volatility(snapshot: &Snapshot<'_>) -> Values {
    let strike = money(snapshot)?;
    let volatility = snapshot.volatility(strike)?.volatility;
    let on_sessions = snapshot.on_session_time(volatility).map(|of| of.fraction());
    Ok(vec![Some(volatility.fraction()), on_sessions, Some(strike.to_rupees()), forward(snapshot)])
}

fn skew(snapshot: &Snapshot<'_>, delta: DeltaSize) -> Values {
    let at_the_money = snapshot.volatility(money(snapshot)?)?.volatility;
    let delta = delta.size();
    let skew = snapshot.smile().skew(delta, at_the_money).ok_or(Gap::NoSuchDelta { delta })?;
    let of =
        [skew.skew(), skew.butterfly(), skew.put.fraction(), skew.call.fraction(), at_the_money.fraction()];
    Ok(of.map(Some).to_vec())
}

fn put_call_ratio(snapshot: &Snapshot<'_>) -> Values {
    let totals = snapshot.totals(None);
    match (totals.by_open_interest(), totals.by_volume()) {
        (None, None) => Err(Gap::NoOpenInterest),
        (by_open_interest, by_volume) => Ok(vec![by_open_interest, by_volume]),
    }
}

fn max_pain(snapshot: &Snapshot<'_>) -> Values {
    let strike = snapshot.max_pain().ok_or(Gap::NoOpenInterest)?;
    let spot = snapshot.spot().map(|spot| spot.price.to_rupees());
    Ok(vec![Some(strike.to_rupees()), forward(snapshot), spot])
}

fn open_interest(snapshot: &Snapshot<'_>, strike: Option<Strike>) -> Values {
    let totals = snapshot.totals(strike);
    let units =
        |of: SideTotals| [Some(of.open_interest as f64), of.open_interest_change.map(|units| units as f64)];
    let values = [units(totals.calls), units(totals.puts)].concat();
    let is_known = totals.calls != SideTotals::default() || totals.puts != SideTotals::default();
    is_known.then_some(values).ok_or(Gap::NoOpenInterest)
}
