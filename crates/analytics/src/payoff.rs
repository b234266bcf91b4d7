//! What a strategy brings by where the underlying goes: at the first of its expiries, and at any moment before.
//!
//! Where all legs settle together the payoff is straight lines between strikes, and exact. A leg that lives on is
//! priced by Black-76 with the volatility that it is given; forwards of later expiries move in proportion. Then the
//! extremes are those within half to twice the forward, and [`Payoff::within`] says so. Prices are of the
//! underlying's forward of the first expiry.

use std::fmt;

use market::{EpochSeconds, Price, Strike};
use serde::{Deserialize, Serialize};

use crate::curve::{self, Curve};
use crate::{Black76, Rate, Settlement, Side, Volatility};

/// Six legs make every strategy that has a name.
pub const LEGS_MAX: usize = 6;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Instrument {
    Option { strike: Strike, side: Side },
    Future,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Leg {
    pub instrument: Instrument,
    /// Bought above nought, sold below.
    pub lots: i32,
    /// Units in a lot of this contract.
    pub lot: i64,
    /// What it was bought or sold for.
    pub entry: Price,
    pub settlement: Settlement,
    /// Of its own expiry, in rupees, at the moment from which one looks ahead; of the underlying itself before the
    /// expiry its own price.
    pub forward: f64,
    /// With which it is priced before its expiry; a future needs none.
    pub volatility: Option<Volatility>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Strategy {
    legs: Vec<Leg>,
    /// Of the first expiry, to which prices of the underlying are told; a leg may stand elsewhere, as the underlying does.
    forward: f64,
    rate: Rate,
    /// Rupees, all together.
    costs: f64,
}

/// Rupees that a strategy can bring at most or at least.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extreme {
    Rupees(f64),
    Unbounded,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Payoff {
    /// Prices of the underlying at which nothing is won and nothing lost, upwards.
    pub break_even: Vec<f64>,
    pub max_profit: Extreme,
    /// The least profit: below nought where something can be lost.
    pub max_loss: Extreme,
    /// The prices that were looked at; `None` where all were, exactly.
    pub within: Option<(f64, f64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StrategyError {
    NoLegs,
    TooManyLegs,
    /// By its place.
    EmptyLeg(usize),
    NoForward(usize),
    /// The first expiry has none.
    NoFirstForward,
    /// A leg that lives on after the moment has no volatility to be priced with.
    NoVolatility(usize),
    /// A moment after the first expiry: what settled then is gone.
    AfterExpiry,
}

impl Strategy {
    /// `forward` is that of the first expiry, in rupees, at the moment from which one looks ahead.
    pub fn new(legs: Vec<Leg>, forward: f64, rate: Rate) -> Result<Self, StrategyError> {
        let is_forward = |forward: f64| forward.is_finite() && forward > 0.0;
        if legs.is_empty() {
            return Err(StrategyError::NoLegs);
        }
        if legs.len() > LEGS_MAX {
            return Err(StrategyError::TooManyLegs);
        }
        for (place, leg) in legs.iter().enumerate() {
            if leg.lots == 0 || leg.lot <= 0 {
                return Err(StrategyError::EmptyLeg(place));
            }
            if !is_forward(leg.forward) {
                return Err(StrategyError::NoForward(place));
            }
        }
        if !is_forward(forward) {
            return Err(StrategyError::NoFirstForward);
        }
        Ok(Self { legs, forward, rate, costs: 0.0 })
    }

    /// What brokerage and taxes take, in rupees.
    pub fn with_costs(self, costs: f64) -> Self {
        Self { costs, ..self }
    }

    pub fn legs(&self) -> &[Leg] {
        &self.legs
    }

    /// The first settlement, to which a payoff looks.
    pub fn first_settlement(&self) -> EpochSeconds {
        let mut first = self.legs[0].settlement.moment();
        for leg in &self.legs[1..] {
            first = first.min(leg.settlement.moment());
        }
        first
    }

    /// Rupees won at a moment with the first expiry's forward at `underlying`.
    pub fn profit(&self, moment: EpochSeconds, underlying: f64) -> Result<f64, StrategyError> {
        if moment > self.first_settlement() {
            return Err(StrategyError::AfterExpiry);
        }
        let profits = self.legs.iter().enumerate().map(|(place, leg)| {
            let worth = leg.worth(moment, underlying * leg.forward / self.forward, self.rate);
            let worth = worth.ok_or(StrategyError::NoVolatility(place))?;
            Ok(leg.units() * (worth - leg.entry.to_rupees()))
        });
        Ok(profits.sum::<Result<f64, StrategyError>>()? - self.costs)
    }

    /// The profit over prices from the lower to the higher, in so many steps: (underlying, rupees).
    pub fn curve(
        &self,
        moment: EpochSeconds,
        within: (f64, f64),
        steps: u16,
    ) -> Result<Vec<(f64, f64)>, StrategyError> {
        let steps = steps.max(1);
        let width = (within.1 - within.0) / f64::from(steps);
        (0..=steps)
            .map(|step| within.0 + width * f64::from(step))
            .map(|underlying| Ok((underlying, self.profit(moment, underlying)?)))
            .collect()
    }

    /// At the first expiry.
    pub fn payoff(&self) -> Result<Payoff, StrategyError> {
        let moment = self.first_settlement();
        let settle_together = self.legs.iter().all(|leg| leg.settlement.moment() == moment);
        if settle_together { self.exact(moment) } else { self.looked_at(moment) }
    }

    /// What a rupee more brings when the underlying is beyond all strikes.
    fn slope_above(&self) -> f64 {
        let gains = |leg: &&Leg| !matches!(leg.instrument, Instrument::Option { side: Side::Put, .. });
        self.legs.iter().filter(gains).map(Leg::units).sum()
    }

    fn strikes(&self) -> impl Iterator<Item = f64> + '_ {
        self.legs.iter().filter_map(|leg| match leg.instrument {
            Instrument::Option { strike, .. } => Some(strike.to_rupees()),
            Instrument::Future => None,
        })
    }

    /// Straight lines from nought over the strikes to wherever.
    fn exact(&self, moment: EpochSeconds) -> Result<Payoff, StrategyError> {
        let slope = self.slope_above();
        let curve = self.drawn(moment, std::iter::once(0.0).chain(self.strikes()), slope)?;
        let break_even = curve.crossings(curve::straight);
        Ok(Payoff { break_even, within: None, ..extremes(curve.most(), curve.least(), slope) })
    }

    fn looked_at(&self, moment: EpochSeconds) -> Result<Payoff, StrategyError> {
        let within = (self.forward / 2.0, self.forward * 2.0);
        let strikes = self.strikes().filter(|strike| (within.0..=within.1).contains(strike));
        let curve = self.drawn(moment, curve::grid(within).chain(strikes), 0.0)?;
        // The points of the curve were all priced, so those between them are.
        let profit = |underlying| self.profit(moment, underlying).unwrap_or(f64::NAN);
        let break_even = curve.crossings(|below, above| curve::halved(below, above, profit));
        let (most, least) = (curve.peak(profit), -curve.mirrored().peak(|underlying| -profit(underlying)));
        Ok(Payoff { break_even, within: Some(within), ..extremes(most, least, self.slope_above()) })
    }

    fn drawn(
        &self,
        moment: EpochSeconds,
        prices: impl Iterator<Item = f64>,
        slope_beyond: f64,
    ) -> Result<Curve, StrategyError> {
        let points = prices.map(|underlying| Ok((underlying, self.profit(moment, underlying)?)));
        Ok(Curve::new(points.collect::<Result<_, StrategyError>>()?, slope_beyond))
    }
}

/// Beyond the strikes a slope upwards knows no most, and one downwards no least.
fn extremes(most: f64, least: f64, slope: f64) -> Payoff {
    let bounded = |rupees, is_bounded| if is_bounded { Extreme::Rupees(rupees) } else { Extreme::Unbounded };
    Payoff {
        break_even: Vec::new(),
        max_profit: bounded(most, slope <= 0.0),
        max_loss: bounded(least, slope >= 0.0),
        within: None,
    }
}

impl Leg {
    /// Signed.
    pub fn units(&self) -> f64 {
        f64::from(self.lots) * self.lot as f64
    }

    /// A unit of it, with its own forward at a price.
    fn worth(&self, moment: EpochSeconds, forward: f64, rate: Rate) -> Option<f64> {
        let Instrument::Option { strike, side } = self.instrument else { return Some(forward) };
        match self.settlement.years_left(moment) {
            None => Some((side.sign() * (forward - strike.to_rupees())).max(0.0)),
            Some(years) => Black76::new(forward, years, rate)?.price(strike, side, self.volatility?),
        }
    }
}

impl fmt::Display for StrategyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLegs => f.write_str("a strategy has at least one leg"),
            Self::TooManyLegs => write!(f, "a strategy has at most {LEGS_MAX} legs"),
            Self::EmptyLeg(place) => {
                write!(f, "leg {} is of no lots: write how many, sold ones below zero", place + 1)
            }
            Self::NoForward(place) => {
                write!(f, "leg {} has no forward: nothing says where its expiry stood", place + 1)
            }
            Self::NoFirstForward => {
                f.write_str("the first expiry has no forward: nothing says where it stood")
            }
            Self::NoVolatility(place) => {
                write!(f, "leg {} has no volatility, so it has no price before its expiry", place + 1)
            }
            Self::AfterExpiry => f.write_str("the moment lies after the first expiry of the strategy"),
        }
    }
}

impl std::error::Error for StrategyError {}

#[cfg(test)]
mod tests {
    use super::*;
    use Extreme::{Rupees, Unbounded};

    fn leg(text: &str, lots: i32, entry: f64, expiry: &str) -> Leg {
        let instrument = match text.split_once(' ') {
            Some((strike, side)) => {
                Instrument::Option { strike: strike.parse().unwrap(), side: side.parse().unwrap() }
            }
            None => Instrument::Future,
        };
        Leg {
            instrument,
            lots,
            lot: 75,
            entry: Price::from_rupees(entry).unwrap(),
            settlement: Settlement::of(expiry.parse().unwrap()),
            forward: 24_600.0,
            volatility: Volatility::new(0.12),
        }
    }

    const EXPIRY: &str = "2025-08-28";

    fn strategy(legs: &[(&str, i32, f64)]) -> Strategy {
        let legs = legs.iter().map(|(text, lots, entry)| leg(text, *lots, *entry, EXPIRY)).collect();
        Strategy::new(legs, 24_600.0, Rate::DEFAULT).unwrap()
    }

    fn payoff(legs: &[(&str, i32, f64)]) -> (Vec<f64>, Extreme, Extreme) {
        let Payoff { break_even, max_profit, max_loss, within } = strategy(legs).payoff().unwrap();
        assert_eq!(within, None);
        (break_even, max_profit, max_loss)
    }

    #[test]
    fn strategies_reckoned_by_hand() {
        assert_eq!(
            payoff(&[("24600 CE", 1, 200.0), ("24600 PE", 1, 180.0)]),
            (vec![24_220.0, 24_980.0], Unbounded, Rupees(-380.0 * 75.0)),
            "a bought straddle"
        );
        assert_eq!(
            payoff(&[("24600 CE", -1, 200.0), ("24600 PE", -1, 180.0)]),
            (vec![24_220.0, 24_980.0], Rupees(380.0 * 75.0), Unbounded),
            "a sold straddle"
        );
        assert_eq!(
            payoff(&[
                ("24400 PE", 1, 40.0),
                ("24500 PE", -1, 70.0),
                ("24700 CE", -1, 80.0),
                ("24800 CE", 1, 45.0)
            ]),
            (vec![24_435.0, 24_765.0], Rupees(65.0 * 75.0), Rupees(-35.0 * 75.0)),
            "an iron condor"
        );
        assert_eq!(
            payoff(&[("FUT", 1, 24_600.0), ("24800 CE", -1, 50.0)]),
            (vec![24_550.0], Rupees(250.0 * 75.0), Rupees(-24_550.0 * 75.0)),
            "a covered call"
        );
        assert_eq!(
            payoff(&[("24600 PE", -2, 100.0)]),
            (vec![24_500.0], Rupees(200.0 * 75.0), Rupees((200.0 - 49_200.0) * 75.0)),
            "a sold put loses its strike at most"
        );
        assert_eq!(
            payoff(&[("24600 CE", 1, 200.0), ("24800 CE", -2, 100.0)]),
            (vec![24_600.0, 25_000.0], Rupees(200.0 * 75.0), Unbounded),
            "a ratio that costs nothing: even up to its first strike"
        );
    }

    #[test]
    fn costs_move_everything() {
        let sold = strategy(&[("24600 CE", -1, 200.0), ("24600 PE", -1, 180.0)]).with_costs(750.0);
        let payoff = sold.payoff().unwrap();
        assert_eq!(payoff.break_even, [24_230.0, 24_970.0]);
        assert_eq!(payoff.max_profit, Rupees(370.0 * 75.0));
    }

    #[test]
    fn before_its_expiry_an_option_is_worth_its_time_too() {
        let bought = strategy(&[("24600 CE", 1, 200.0)]);
        let moment = EpochSeconds(bought.first_settlement().0 - 7 * 86_400);
        let (now, at_expiry) = (
            bought.profit(moment, 24_600.0).unwrap(),
            bought.profit(bought.first_settlement(), 24_600.0).unwrap(),
        );
        assert_eq!(at_expiry, -200.0 * 75.0);
        let years = crate::YearFraction::of_calendar_minutes(7 * 1440).unwrap();
        let model = Black76::new(24_600.0, years, Rate::DEFAULT).unwrap();
        let price =
            model.price("24600".parse().unwrap(), Side::Call, Volatility::new(0.12).unwrap()).unwrap();
        assert!((now - (price - 200.0) * 75.0).abs() < 1e-9, "{now}");
        let curve = bought.curve(moment, (24_000.0, 25_000.0), 10).unwrap();
        assert_eq!((curve.len(), curve[6]), (11, (24_600.0, now)));
        let later = EpochSeconds(bought.first_settlement().0 + 60);
        assert_eq!(bought.profit(later, 24_600.0), Err(StrategyError::AfterExpiry));
    }

    /// Until the expiry the underlying stands at its own price, a hundred below the forward.
    #[test]
    fn prices_are_of_the_forward_whichever_leg_comes_first() {
        let call = Leg { forward: 24_700.0, ..leg("24700 CE", -1, 160.0, EXPIRY) };
        let underlying = leg("FUT", 1, 24_600.0, EXPIRY);
        let of = |legs: &[Leg]| Strategy::new(legs.to_vec(), 24_700.0, Rate::DEFAULT).unwrap();
        let (call_first, underlying_first) = (of(&[call, underlying]), of(&[underlying, call]));
        let moment = EpochSeconds(call_first.first_settlement().0 - 7 * 86_400);
        for (price, profit) in call_first.curve(moment, (24_000.0, 25_400.0), 28).unwrap() {
            let other = underlying_first.profit(moment, price).unwrap();
            assert!((profit - other).abs() < 1e-6, "{price}: {profit} {other}");
        }
        let alone = of(&[underlying]);
        assert!(alone.profit(moment, 24_700.0).unwrap().abs() < 1e-6, "it stands where it was bought");
        let risen = alone.profit(moment, 24_700.0 * 1.01).unwrap();
        assert!((risen - 246.0 * 75.0).abs() < 1e-6, "{risen}");
    }

    #[test]
    fn a_calendar_is_priced_at_its_first_expiry() {
        let mut legs =
            vec![leg("24600 CE", -1, 150.0, "2025-08-21"), leg("24600 CE", 1, 250.0, "2025-08-28")];
        let payoff = Strategy::new(legs.clone(), 24_600.0, Rate::DEFAULT).unwrap().payoff().unwrap();
        assert_eq!(payoff.within, Some((12_300.0, 49_200.0)));
        let [below, above] = payoff.break_even[..] else { panic!("{payoff:?}") };
        assert!(below < 24_600.0 && 24_600.0 < above, "{payoff:?}");
        let (Rupees(most), Rupees(least)) = (payoff.max_profit, payoff.max_loss) else {
            panic!("{payoff:?}")
        };
        let calendar = Strategy::new(legs.clone(), 24_600.0, Rate::DEFAULT).unwrap();
        let at = |underlying| calendar.profit(calendar.first_settlement(), underlying).unwrap();
        assert!(at(below).abs() < 0.01 && at(above).abs() < 0.01);
        // The most is won at the strike, and no price that one tries gives more.
        assert!((most - at(24_600.0)).abs() < 1.0, "{most}");
        assert!(
            (0..400).map(|step| at(13_000.0 + 90.0 * f64::from(step))).all(|rupees| rupees <= most + 0.01)
        );
        assert!(least < -99.0 * 75.0, "{least}");
        legs[1].volatility = None;
        let error = Strategy::new(legs, 24_600.0, Rate::DEFAULT).unwrap().payoff().unwrap_err();
        assert_eq!(error.to_string(), "leg 2 has no volatility, so it has no price before its expiry");
    }

    #[test]
    fn what_is_no_strategy_is_refused() {
        let of = |legs: Vec<Leg>| Strategy::new(legs, 24_600.0, Rate::DEFAULT).unwrap_err();
        assert_eq!(of(vec![]), StrategyError::NoLegs);
        assert_eq!(of(vec![leg("FUT", 1, 1.0, EXPIRY); 7]), StrategyError::TooManyLegs);
        assert_eq!(of(vec![leg("FUT", 0, 1.0, EXPIRY)]), StrategyError::EmptyLeg(0));
        let nowhere = Leg { forward: f64::NAN, ..leg("FUT", 1, 1.0, EXPIRY) };
        assert_eq!(of(vec![leg("FUT", 1, 1.0, EXPIRY), nowhere]), StrategyError::NoForward(1));
        let without = Strategy::new(vec![leg("FUT", 1, 1.0, EXPIRY)], 0.0, Rate::DEFAULT).unwrap_err();
        assert_eq!(without, StrategyError::NoFirstForward);
    }
}
