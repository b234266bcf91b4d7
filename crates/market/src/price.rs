//! Money as whole paise. Refuses what is not a whole number of paise: a price that had to be rounded
//! would no longer be what the broker said.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Hundredths of a rupee.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Paise(pub i64);

/// Beyond this a rupee value no longer has exact paise as a double.
const RUPEES_MAX: f64 = 1e13;

impl Paise {
    /// Rupees as JSON delivers them. `None` when they are no whole number of paise.
    ///
    /// The nearest double of `n / 100` is what both a JSON parser and this division give, so whole paise
    /// compare equal and nothing else does.
    pub fn from_rupees(rupees: f64) -> Option<Self> {
        if !rupees.is_finite() || rupees.abs() > RUPEES_MAX {
            return None;
        }
        let paise = (rupees * 100.0).round();
        (paise / 100.0 == rupees).then_some(Self(paise as i64))
    }

    pub fn to_rupees(self) -> f64 {
        self.0 as f64 / 100.0
    }
}

/// Rupees with two decimals: `24618.90`.
impl fmt::Display for Paise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{:02}", self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100)
    }
}

/// An option's strike price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Strike(pub Paise);

impl Strike {
    pub fn from_rupees(rupees: f64) -> Option<Self> {
        Paise::from_rupees(rupees).filter(|paise| paise.0 > 0).map(Self)
    }

    pub fn to_rupees(self) -> f64 {
        self.0.to_rupees()
    }
}

/// As traders write it: `24500`, and `22.5` where there are paise.
impl fmt::Display for Strike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_rupees())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no strike price: write rupees above zero with at most two decimals, for example 24500")]
pub struct PriceError(String);

impl FromStr for Strike {
    type Err = PriceError;

    fn from_str(text: &str) -> Result<Self, PriceError> {
        text.trim().parse().ok().and_then(Self::from_rupees).ok_or_else(|| PriceError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn part_paise_are_refused() {
        assert_eq!(Paise::from_rupees(24618.9), Some(Paise(2_461_890)));
        assert_eq!(Paise::from_rupees(0.05), Some(Paise(5)));
        for rupees in [24618.905, 0.001, f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(Paise::from_rupees(rupees), None, "{rupees}");
        }
    }

    proptest! {
        #[test]
        fn every_whole_number_of_paise_survives_json(paise in -1_000_000_000_000i64..1_000_000_000_000) {
            let text = Paise(paise).to_string();
            prop_assert_eq!(Paise::from_rupees(text.parse().unwrap()), Some(Paise(paise)));
            let through_json: f64 = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(Paise::from_rupees(through_json), Some(Paise(paise)));
        }
    }
}
