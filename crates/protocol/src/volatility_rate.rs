//! The rate of interest with which volatility is reckoned, exact to the hundredth of a percent.

use std::fmt;
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::number;

/// Interest a year in percent, continuous, as `6.5`: to the hundredth of a percent, from -10 to 50.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "f64")]
pub struct VolatilityRate {
    basis_points: i32,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the rate for volatility must be a percentage from -10 to 50 with at most two decimals, for example 6.5, not {0}"
)]
pub struct VolatilityRateError(String);

impl VolatilityRate {
    pub const MIN_PERCENT: i32 = -10;
    pub const MAX_PERCENT: i32 = 50;
    const BASIS_POINTS_A_PERCENT: i32 = 100;

    fn of_percent(percent: f64) -> Option<Self> {
        let basis_points = number::in_units(percent, Self::MIN_PERCENT, Self::MAX_PERCENT, 2)?;
        Some(Self { basis_points })
    }

    pub fn basis_points(self) -> i32 {
        self.basis_points
    }

    pub fn percent(self) -> f64 {
        f64::from(self.basis_points) / f64::from(Self::BASIS_POINTS_A_PERCENT)
    }

    /// As it is reckoned with: 0.065 for 6.5 %.
    pub fn fraction(self) -> f64 {
        f64::from(self.basis_points) / f64::from(100 * Self::BASIS_POINTS_A_PERCENT)
    }
}

impl Default for VolatilityRate {
    fn default() -> Self {
        Self { basis_points: 650 }
    }
}

impl From<VolatilityRate> for f64 {
    fn from(rate: VolatilityRate) -> Self {
        rate.percent()
    }
}

impl TryFrom<f64> for VolatilityRate {
    type Error = VolatilityRateError;

    fn try_from(percent: f64) -> Result<Self, VolatilityRateError> {
        Self::of_percent(percent).ok_or_else(|| VolatilityRateError(percent.to_string()))
    }
}

/// `6.5`, `6.5%`, `6.5 %`.
impl FromStr for VolatilityRate {
    type Err = VolatilityRateError;

    fn from_str(text: &str) -> Result<Self, VolatilityRateError> {
        let number = text.trim().trim_end_matches('%').trim_end().parse().ok();
        number.and_then(Self::of_percent).ok_or_else(|| VolatilityRateError(format!("\"{text}\"")))
    }
}

/// In percent, as it is read again.
impl fmt::Display for VolatilityRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.percent().fmt(f)
    }
}

impl<'de> Deserialize<'de> for VolatilityRate {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (min, max) = (Self::MIN_PERCENT.into(), Self::MAX_PERCENT.into());
        number::read(from, "a percentage", min, max)?.try_into().map_err(D::Error::custom)
    }
}

#[cfg(feature = "openapi")]
market::schema_of!(
    VolatilityRate,
    market::schemas::number(
        "Interest a year in percent, continuous, to the hundredth of a percent.",
        VolatilityRate::MIN_PERCENT,
        VolatilityRate::MAX_PERCENT,
        VolatilityRate::default().percent()
    )
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_exact_to_the_hundredth_of_a_percent() {
        for (text, basis_points, told) in [
            ("6.5", 650, "6.5"),
            ("-10", -1000, "-10"),
            ("50 %", 5000, "50"),
            ("6.55%", 655, "6.55"),
            ("0.07", 7, "0.07"),
        ] {
            let rate: VolatilityRate = text.parse().unwrap();
            assert_eq!((rate.basis_points(), rate.to_string()), (basis_points, told.to_owned()));
            assert_eq!(serde_json::from_str::<VolatilityRate>(told).unwrap(), rate);
        }
        for bad in ["", "abc", "nan", "inf", "-10.01", "50.01", "6.555", "1e300"] {
            let error = bad.parse::<VolatilityRate>().unwrap_err().to_string();
            assert!(error.contains("from -10 to 50"), "{bad}: {error}");
        }
        assert!((VolatilityRate::default().fraction() - 0.065).abs() < f64::EPSILON);
        // Each of them is itself again after a page, REST and the database have written it.
        for basis_points in -1000..=5000 {
            let rate = VolatilityRate { basis_points };
            assert_eq!(rate.to_string().parse(), Ok(rate));
            assert_eq!(
                serde_json::from_str::<VolatilityRate>(&serde_json::to_string(&rate).unwrap()).unwrap(),
                rate
            );
        }
    }
}
