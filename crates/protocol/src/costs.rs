//! What trading costs, as a person sets it: brokerage an order, and charges as a part of the turnover. Nothing is built
//! in: every broker has its own, and taxes change. Exact decimals, so that each is itself again however it travels.

use std::fmt;
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::number;

/// Of every strategy that is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct CostPreferences {
    /// Rupees an order: a leg that is opened and closed is two.
    pub brokerage: Brokerage,
    /// Taxes, exchange and stamp together, in percent of what is bought and sold.
    pub charges: Charges,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} from 0 to {max} with at most {decimals} decimals, not {given}")]
pub struct CostError {
    what: &'static str,
    max: i32,
    decimals: u32,
    given: String,
}

macro_rules! decimal {
    ($(#[$doc:meta])* $name:ident, $what:literal, $schema:literal, to $max:literal, $decimals:literal decimals) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(into = "f64")]
        pub struct $name(i32);

        impl $name {
            pub const MAX: i32 = $max;

            pub fn get(self) -> f64 {
                f64::from(self.0) / f64::from(10_i32.pow($decimals))
            }

            fn exactly(number: f64) -> Option<Self> {
                number::in_units(number, 0, $max, $decimals).map(Self)
            }

            fn refused(given: String) -> CostError {
                CostError { what: $what, max: $max, decimals: $decimals, given }
            }
        }

        impl From<$name> for f64 {
            fn from(amount: $name) -> Self {
                amount.get()
            }
        }

        impl TryFrom<f64> for $name {
            type Error = CostError;

            fn try_from(number: f64) -> Result<Self, CostError> {
                Self::exactly(number).ok_or_else(|| Self::refused(number.to_string()))
            }
        }

        /// `20`, `0.05`; a sign of per cent or of the rupee may stand beside it.
        impl FromStr for $name {
            type Err = CostError;

            fn from_str(text: &str) -> Result<Self, CostError> {
                let bare = text.trim().trim_start_matches('₹').trim_end_matches('%').trim();
                bare.parse().ok().and_then(Self::exactly).ok_or_else(|| Self::refused(format!("\"{text}\"")))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.get().fmt(f)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let number = number::read(from, "a number", 0.0, $max.into())?;
                number.try_into().map_err(D::Error::custom)
            }
        }

        #[cfg(feature = "openapi")]
        market::schema_of!($name, market::schemas::number($schema, 0, $max, 0.0));
    };
}

decimal!(
    /// Rupees an order, to the paisa.
    Brokerage, "the brokerage an order must be rupees", "Rupees an order, to the paisa.", to 1000, 2 decimals
);
decimal!(
    /// Percent of the turnover.
    Charges, "charges must be a percentage of the turnover", "Percent of the turnover.", to 5, 4 decimals
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_exact_decimals_within_their_bounds() {
        for (text, told) in [("20", "20"), (" ₹15.5 ", "15.5"), ("0", "0"), ("1000", "1000")] {
            let brokerage: Brokerage = text.parse().unwrap();
            assert_eq!(brokerage.to_string(), told);
            assert_eq!(serde_json::from_str::<Brokerage>(told).unwrap(), brokerage);
        }
        for (text, told) in [("0.0625%", "0.0625"), ("5 %", "5")] {
            assert_eq!(text.parse::<Charges>().unwrap().to_string(), told);
        }
        for text in ["", "-1", "1000.01", "0.001", "nan", "inf", "twenty"] {
            let refused = text.parse::<Brokerage>().unwrap_err().to_string();
            assert!(refused.contains("rupees from 0 to 1000 with at most 2 decimals"), "{text}: {refused}");
        }
        let refused = "5.1".parse::<Charges>().unwrap_err().to_string();
        assert!(refused.contains("from 0 to 5"), "{refused}");
        // Each is itself again after a page, REST and the database have written it.
        for units in 0..=50_000 {
            let charges = Charges(units);
            assert_eq!(charges.to_string().parse(), Ok(charges));
        }
    }
}
