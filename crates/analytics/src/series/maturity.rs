//! A minute of the volatility of a constant time to expiry, made of the same minute of several expiries.

use market::EpochSeconds;

use super::ConstantMaturityOf;
use super::point::{Gap, Point};
use crate::{Snapshot, TermPoint, constant_maturity};

const MINUTES_A_DAY: f64 = 1_440.0;

/// Expiries in any order; one without a volatility at the money has no say.
pub fn constant_maturity_point(of: ConstantMaturityOf, at: EpochSeconds, expiries: &[Snapshot<'_>]) -> Point {
    let same_minute = expiries.iter().filter(|expiry| expiry.at() == at);
    let points: Vec<TermPoint> = same_minute.filter_map(|expiry| TermPoint::of(expiry).ok()).collect();
    let values = constant_maturity(&points, of.days)
        .map(|found| {
            let days = [found.near, found.far].map(|expiry| {
                let left =
                    points.iter().find(|point| point.expiry == expiry).map(|point| point.time_left.minutes);
                left.map(|minutes| minutes as f64 / MINUTES_A_DAY)
            });
            vec![Some(found.volatility.fraction()), days[0], days[1]]
        })
        .ok_or(Gap::NotAround { days: of.days });
    Point { at, values }
}
