//! Numbers that a person sets, as they come in JSON: of whatever kind they are written, and in units that they are exact in.

use std::fmt;

use serde::Deserializer;
use serde::de::{Error, Visitor};

/// A number, and in the refusal of what is none what may stand in its place: `what` from one bound to the other. That it
/// lies within them is the reader's to look at.
pub(crate) fn read<'de, D: Deserializer<'de>>(
    from: D,
    what: &'static str,
    min: f64,
    max: f64,
) -> Result<f64, D::Error> {
    from.deserialize_f64(Number { what, min, max })
}

struct Number {
    what: &'static str,
    min: f64,
    max: f64,
}

impl Visitor<'_> for Number {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} from {} to {}", self.what, self.min, self.max)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<f64, E> {
        Ok(number)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<f64, E> {
        Ok(number as f64)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<f64, E> {
        Ok(number as f64)
    }
}

/// A number in units of its last decimal; `None` out of its bounds, and where so many decimals do not say it. The bounds
/// are small enough for every number between them to fit.
pub(crate) fn in_units(number: f64, min: i32, max: i32, decimals: u32) -> Option<i32> {
    const FINEST: f64 = 1e-6;
    let units = number * f64::from(10_i32.pow(decimals));
    let is_within = (f64::from(min)..=f64::from(max)).contains(&number);
    (is_within && (units - units.round()).abs() < FINEST).then_some(units.round() as i32)
}
