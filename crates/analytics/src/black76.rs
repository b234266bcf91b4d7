//! Black-76: what an option on a forward is worth, the volatility that a price implies, and how the price moves. All
//! in rupees, discounted, as the market pays. The solver is `implied-vol`, which knows no interest: prices go to it
//! multiplied by e^(rT). Answers none where an input has no meaning; which reason that is, is `reason`'s to say.

use implied_vol::{DefaultSpecialFn, ImpliedBlackVolatility, PriceBlackScholes, SpecialFn};
use market::Strike;
use serde::{Deserialize, Serialize};

use crate::{Rate, Side, Volatility, YearFraction};

const DAYS_A_YEAR: f64 = 365.0;
/// A point of volatility, for which vega is told.
const VOLATILITY_POINT: f64 = 0.01;
/// Beyond these, in rupees, logarithms and squares would leave what a double holds.
const RUPEES_LEAST: f64 = 1e-6;
const RUPEES_MOST: f64 = 1e13;

/// How a price moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Greeks {
    /// Rupees for a rupee of the forward, discounted.
    pub delta: f64,
    /// Change of delta for a rupee of the forward.
    pub gamma: f64,
    /// Rupees for a point of volatility (0.01).
    pub vega: f64,
    /// Rupees for a calendar day that passes.
    pub theta: f64,
}

impl Greeks {
    /// Of so many units, short ones negative.
    pub fn times(self, units: f64) -> Self {
        Self {
            delta: self.delta * units,
            gamma: self.gamma * units,
            vega: self.vega * units,
            theta: self.theta * units,
        }
    }

    pub fn plus(self, other: Self) -> Self {
        Self {
            delta: self.delta + other.delta,
            gamma: self.gamma + other.gamma,
            vega: self.vega + other.vega,
            theta: self.theta + other.theta,
        }
    }
}

/// A forward with the time to its settlement and the rate: all that options of one expiry share at a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Black76 {
    forward: f64,
    years: f64,
    root_years: f64,
    rate: f64,
    discount: f64,
}

impl Black76 {
    /// The forward in rupees.
    pub fn new(forward: f64, years: YearFraction, rate: Rate) -> Option<Self> {
        let (years, rate) = (years.years(), rate.fraction());
        let discount = (-rate * years).exp();
        let new = Self { forward, years, root_years: years.sqrt(), rate, discount };
        (RUPEES_LEAST..=RUPEES_MOST).contains(&forward).then_some(new)
    }

    pub fn forward(&self) -> f64 {
        self.forward
    }

    /// What a price of now is worth at settlement: e^(rT).
    pub fn growth(&self) -> f64 {
        1.0 / self.discount
    }

    /// What is paid for being in the money, discounted; the least that an option can be worth.
    pub fn intrinsic(&self, strike: Strike, side: Side) -> f64 {
        let above = self.forward - strike.to_rupees();
        self.discount * (side.sign() * above).max(0.0)
    }

    /// The most that an option can be worth, at a volatility without end: a call the forward, a put the strike.
    pub fn most(&self, strike: Strike, side: Side) -> f64 {
        self.discount
            * match side {
                Side::Call => self.forward,
                Side::Put => strike.to_rupees(),
            }
    }

    pub fn price(&self, strike: Strike, side: Side, volatility: Volatility) -> Option<f64> {
        let undiscounted = PriceBlackScholes::builder()
            .forward(self.forward)
            .strike(strike_rupees(strike)?)
            .volatility(volatility.fraction())
            .expiry(self.years)
            .is_call(side == Side::Call)
            .build()?
            .calculate::<DefaultSpecialFn>();
        Some(self.discount * undiscounted).filter(|price| price.is_finite())
    }

    /// The volatility with which this model gives the price. None for a price without time value and for one that
    /// no volatility gives.
    pub fn volatility(&self, strike: Strike, side: Side, price: f64) -> Option<Volatility> {
        ImpliedBlackVolatility::builder()
            .option_price(price / self.discount)
            .forward(self.forward)
            .strike(strike_rupees(strike)?)
            .expiry(self.years)
            .is_call(side == Side::Call)
            .build()?
            .calculate::<DefaultSpecialFn>()
            .and_then(Volatility::new)
    }

    pub fn greeks(&self, strike: Strike, side: Side, volatility: Volatility) -> Option<Greeks> {
        let (strike, volatility) = (strike_rupees(strike)?, volatility.fraction());
        let deviation = volatility * self.root_years;
        let d1 = (self.forward / strike).ln() / deviation + 0.5 * deviation;
        let d2 = d1 - deviation;
        let density = density(d1);
        let sign = side.sign();
        let [first, second] = [d1, d2].map(|d| DefaultSpecialFn::norm_cdf(sign * d));
        let price = self.discount * sign * (self.forward * first - strike * second);
        let decay = self.discount * self.forward * density * volatility / (2.0 * self.root_years);
        let greeks = Greeks {
            delta: self.discount * sign * first,
            gamma: self.discount * density / (self.forward * deviation),
            vega: self.discount * self.forward * density * self.root_years * VOLATILITY_POINT,
            theta: (self.rate * price - decay) / DAYS_A_YEAR,
        };
        let Greeks { delta, gamma, vega, theta } = greeks;
        [delta, gamma, vega, theta].iter().all(|number| number.is_finite()).then_some(greeks)
    }
}

fn strike_rupees(strike: Strike) -> Option<f64> {
    Some(strike.to_rupees()).filter(|rupees| (RUPEES_LEAST..=RUPEES_MOST).contains(rupees))
}

/// Of the standard normal distribution.
fn density(x: f64) -> f64 {
    const ROOT_OF_TWO_PI: f64 = 2.506_628_274_631_000_2;
    (-0.5 * x * x).exp() / ROOT_OF_TWO_PI
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strike(rupees: f64) -> Strike {
        Strike::from_rupees(rupees).unwrap()
    }

    fn model(forward: f64) -> Black76 {
        Black76::new(forward, YearFraction::new(0.02).unwrap(), Rate::DEFAULT).unwrap()
    }

    #[test]
    fn what_has_no_meaning_has_no_answer() {
        let years = YearFraction::new(0.02).unwrap();
        for forward in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(Black76::new(forward, years, Rate::DEFAULT), None, "{forward}");
        }
        let model = model(24_600.0);
        let of = |price| model.volatility(strike(24_600.0), Side::Call, price);
        assert_eq!(of(0.0), None, "no time value");
        assert_eq!(of(-5.0), None);
        assert_eq!(of(24_600.0), None, "dearer than the forward, discounted");
        assert_eq!(of(f64::NAN), None);
        assert_eq!(model.volatility(strike(24_500.0), Side::Call, 99.0), None, "below intrinsic");
        let naught = Strike(market::Paise(0));
        assert_eq!(model.volatility(naught, Side::Call, 10.0), None);
        assert_eq!(model.greeks(naught, Side::Put, Volatility::new(0.1).unwrap()), None);
    }

    #[test]
    fn what_is_in_the_money_is_discounted() {
        let model = model(24_600.0);
        let discount = (-0.065f64 * 0.02).exp();
        assert_eq!(model.intrinsic(strike(24_500.0), Side::Call), discount * 100.0);
        assert_eq!(model.intrinsic(strike(24_500.0), Side::Put), 0.0);
        assert_eq!(model.intrinsic(strike(24_650.0), Side::Put), discount * 50.0);
    }

    #[test]
    fn a_volatility_beyond_all_bounds_gives_the_forward_and_no_panic() {
        let model = model(100.0);
        for volatility in [1e-300, 1e-9, 1e3, 1e300, f64::MAX] {
            let volatility = Volatility::new(volatility).unwrap();
            for side in Side::BOTH {
                let price = model.price(strike(100.0), side, volatility).unwrap();
                assert!((0.0..=100.0).contains(&price), "{price}");
                let _ = model.greeks(strike(100.0), side, volatility);
            }
        }
    }
}
