//! Volatility over expiries at one moment: the term structure, and the volatility of a constant time to expiry in a
//! straight line of total variance (volatility² × time) between the two expiries around it. Beyond the nearest and
//! the farthest expiry nothing is said.

use market::Day;
use serde::{Deserialize, Serialize};

use crate::{Forward, NoVolatility, Snapshot, TimeLeft, Volatility};

const MINUTES_A_DAY: i64 = 24 * 60;

/// The volatility at the money of one expiry.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TermPoint {
    pub expiry: Day,
    pub time_left: TimeLeft,
    pub forward: Forward,
    pub volatility: Volatility,
}

impl TermPoint {
    pub fn of(snapshot: &Snapshot<'_>) -> Result<Self, NoVolatility> {
        if snapshot.time_left().is_too_near() {
            return Err(NoVolatility::TooNear);
        }
        let forward = snapshot.forward().map_err(|_| NoVolatility::NoForward)?;
        let money = snapshot.at_the_money().ok_or(NoVolatility::NoStrike)?;
        Ok(Self {
            expiry: snapshot.terms().settlement.expiry(),
            time_left: snapshot.time_left(),
            forward,
            volatility: snapshot.volatility(money)?.volatility,
        })
    }

    fn variance(&self) -> f64 {
        self.volatility.fraction().powi(2) * self.time_left.minutes as f64
    }
}

/// A volatility and the expiries that it lies between.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConstantMaturity {
    pub volatility: Volatility,
    pub near: Day,
    pub far: Day,
}

/// At so many days from now. The points may come in any order.
pub fn constant_maturity(points: &[TermPoint], days: u16) -> Option<ConstantMaturity> {
    let minutes = i64::from(days) * MINUTES_A_DAY;
    let left = |point: &&TermPoint| point.time_left.minutes;
    let near = points.iter().filter(|point| left(point) <= minutes).max_by_key(left)?;
    let far = points.iter().filter(|point| left(point) >= minutes).min_by_key(left)?;
    let between = (left(&far) - left(&near)) as f64;
    let part = if between == 0.0 { 0.0 } else { (minutes - left(&near)) as f64 / between };
    let variance = near.variance() + part * (far.variance() - near.variance());
    let volatility = Volatility::new((variance / minutes as f64).sqrt())?;
    Some(ConstantMaturity { volatility, near: near.expiry, far: far.expiry })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ForwardSource;

    fn point(days: i64, volatility: f64) -> TermPoint {
        TermPoint {
            expiry: Day::from_days_since_1970(20_000 + days),
            time_left: TimeLeft { minutes: days * MINUTES_A_DAY, session_minutes: days * 375 },
            forward: Forward { price: 24_600.0, source: ForwardSource::Future, age_minutes: 0 },
            volatility: Volatility::new(volatility).unwrap(),
        }
    }

    #[test]
    fn a_straight_line_of_total_variance() {
        let points = [point(40, 0.14), point(20, 0.10), point(100, 0.2)];
        // 20 days hold 0.2, 40 days hold 0.784; half way is 0.492, over 30 days.
        let of = constant_maturity(&points, 30).unwrap();
        assert!((of.volatility.fraction() - (0.492f64 / 30.0).sqrt()).abs() < 1e-12, "{of:?}");
        assert_eq!((of.near, of.far), (points[1].expiry, points[0].expiry));
        assert!((constant_maturity(&points, 40).unwrap().volatility.fraction() - 0.14).abs() < 1e-12);
    }

    #[test]
    fn nothing_is_said_beyond_the_outermost_expiries() {
        let points = [point(20, 0.10), point(40, 0.14)];
        assert_eq!(constant_maturity(&points, 19), None);
        assert_eq!(constant_maturity(&points, 41), None);
        assert_eq!(constant_maturity(&[], 30), None);
        assert_eq!(constant_maturity(&points, 0), None);
        assert!(constant_maturity(&points[..1], 20).is_some(), "an expiry of just so many days");
    }
}
