//! Money as whole numbers. Strikes and ticks are whole paise and refuse anything finer. Prices of candles may be
//! finer, because the broker divides the prices of a share from before a split or a bonus: 1964.55 becomes
//! 982.275. They are whole millionths of a rupee; what a double adds beyond those is noise.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Hundredths of a rupee.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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

/// Millionths of a rupee: a price of a candle or a bar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Price(pub i64);

impl Price {
    pub const PER_RUPEE: i64 = 1_000_000;
    pub const PER_PAISA: i64 = Self::PER_RUPEE / 100;

    /// The nearest millionth to rupees as JSON delivers them: `24618.899999999998` is 24618.90. `None` beyond
    /// what a double holds to the millionth, and for what is no number.
    pub fn from_rupees(rupees: f64) -> Option<Self> {
        /// A double's noise is below half a millionth up to here, and no price comes near.
        const RUPEES_MAX: f64 = 1e9;
        (rupees.abs() <= RUPEES_MAX).then(|| Self((rupees * Self::PER_RUPEE as f64).round() as i64))
    }

    pub fn to_rupees(self) -> f64 {
        self.0 as f64 / Self::PER_RUPEE as f64
    }

    /// `None` where it is finer than a paisa.
    pub fn whole_paise(self) -> Option<Paise> {
        (self.0 % Self::PER_PAISA == 0).then_some(Paise(self.0 / Self::PER_PAISA))
    }

    /// Whether it is a whole number of steps; every price is where there is no step.
    pub fn is_on(self, step: Paise) -> bool {
        // The broker's tick may be any number.
        step.0 <= 0 || step.0.checked_mul(Self::PER_PAISA).is_some_and(|step| self.0 % step == 0)
    }
}

impl From<Paise> for Price {
    fn from(paise: Paise) -> Self {
        Self(paise.0 * Self::PER_PAISA)
    }
}

/// Rupees with two decimals, and with up to six where there is something finer: `24618.90`, `982.275`.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (rupees, decimals) = self.rupees_and_decimals();
        write!(f, "{sign}{rupees}.{decimals}")
    }
}

impl Price {
    /// Without the sign: whole rupees, and the two to six decimals that are written after the point.
    pub fn rupees_and_decimals(self) -> (u64, String) {
        let millionths = self.0.unsigned_abs();
        let (rupees, part) =
            (millionths / Self::PER_RUPEE.unsigned_abs(), millionths % Self::PER_RUPEE.unsigned_abs());
        let paisa = Self::PER_PAISA.unsigned_abs();
        if part % paisa == 0 {
            return (rupees, format!("{:02}", part / paisa));
        }
        (rupees, format!("{part:06}").trim_end_matches('0').to_owned())
    }
}

/// What arithmetic with rupees gave, to the millionth: sums and products of doubles carry noise beyond it, by which
/// 3519.9999999999995 would miss a target of 3520.
pub fn without_noise(rupees: f64) -> f64 {
    Price::from_rupees(rupees).map_or(rupees, Price::to_rupees)
}

/// A price in a document for people and their programs: rupees, where [`Price`] by itself is millionths.
pub mod rupees {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use super::Price;

    pub fn serialize<S: Serializer>(price: &Price, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(price.to_rupees())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Price, D::Error> {
        let rupees = f64::deserialize(deserializer)?;
        Price::from_rupees(rupees).ok_or_else(|| de::Error::custom(format!("{rupees} is no price")))
    }
}

/// An option's strike price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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

    #[test]
    fn a_price_drops_noise_and_keeps_what_is_finer_than_a_paisa() {
        for (rupees, text) in [
            (24_618.899_999_999_998, "24618.90"),
            (24_618.900_000_001, "24618.90"),
            (982.275, "982.275"),
            (654.85, "654.85"),
            (333.333_333_333, "333.333333"),
            (0.05, "0.05"),
            (0.000_001, "0.000001"),
            (100.0, "100.00"),
            (-0.05, "-0.05"),
            (-982.275, "-982.275"),
            (1_234.500_1, "1234.5001"),
        ] {
            let price = Price::from_rupees(rupees).unwrap();
            assert_eq!(price.to_string(), text);
            assert_eq!(price.to_rupees().to_string(), text.parse::<f64>().unwrap().to_string());
        }
        for rupees in [f64::NAN, f64::INFINITY, 1e300, -2e9] {
            assert_eq!(Price::from_rupees(rupees), None, "{rupees}");
        }
        assert_eq!(Price::from(Paise(2_461_890)).to_string(), "24618.90");
        assert_eq!(Price::from(Paise(98_225)).whole_paise(), Some(Paise(98_225)));
        assert_eq!(Price::from_rupees(982.275).unwrap().whole_paise(), None);
        assert!(Price::from_rupees(982.25).unwrap().is_on(Paise(5)));
        assert!(!Price::from_rupees(982.275).unwrap().is_on(Paise(5)));
        assert!(Price::from_rupees(982.275).unwrap().is_on(Paise(0)));
        assert!(!Price::from(Paise(5)).is_on(Paise(i64::MAX)));
    }

    proptest! {
        #[test]
        fn a_price_survives_json_and_text(millionths in -1_000_000_000_000_000i64..1_000_000_000_000_000) {
            let price = Price(millionths);
            prop_assert_eq!(Price::from_rupees(price.to_string().parse().unwrap()), Some(price));
            let through_json: f64 = serde_json::from_str(&serde_json::to_string(&price.to_rupees()).unwrap()).unwrap();
            prop_assert_eq!(Price::from_rupees(through_json), Some(price));
        }

        #[test]
        fn whole_paise_are_written_as_paise_are(paise in -100_000_000_000i64..100_000_000_000) {
            prop_assert_eq!(Price::from(Paise(paise)).to_string(), Paise(paise).to_string());
            prop_assert_eq!(Price::from(Paise(paise)).to_rupees(), Paise(paise).to_rupees());
        }

        #[test]
        fn every_whole_number_of_paise_survives_json(paise in -1_000_000_000_000i64..1_000_000_000_000) {
            let text = Paise(paise).to_string();
            prop_assert_eq!(Paise::from_rupees(text.parse().unwrap()), Some(Paise(paise)));
            let through_json: f64 = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(Paise::from_rupees(through_json), Some(Paise(paise)));
        }
    }
}
