//! What the market took the underlying to be worth at the expiry, in a minute: the expiry's own future where it was
//! traded, else what calls and puts of the same strikes say together, else nothing. Never the spot with a guessed
//! carry.

use std::fmt;

use market::{EpochSeconds, Strike};
use serde::{Deserialize, Serialize};

use crate::Trade;

/// A future's price counts so long.
pub const FUTURE_AGE_MINUTES_MAX: i64 = 3;
/// Both sides of a strike were traded so lately, for it to have a say.
pub const PARITY_AGE_MINUTES_MAX: i64 = 2;
/// The strikes that have a say, nearest the money, at least and at most.
const STRIKES_MIN: usize = 3;
const STRIKES_MAX: usize = 7;
/// The largest forward that a strike says less the smallest is at most this part of their median.
const SPREAD_MAX: f64 = 0.001;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forward {
    /// Rupees.
    pub price: f64,
    pub source: ForwardSource,
    /// Of the oldest price in it.
    pub age_minutes: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForwardSource {
    /// The future of the same expiry.
    Future,
    /// The median of strike + e^(rT) (call − put).
    Parity {
        strikes: usize,
        /// The largest of them less the smallest, in rupees.
        spread: f64,
    },
}

impl ForwardSource {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Future => "future",
            Self::Parity { .. } => "parity",
        }
    }
}

/// Why there is none; in each case the future had not traded lately either.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoForward {
    TooFewStrikes { strikes: usize },
    TooFarApart { spread: f64 },
}

impl NoForward {
    /// A sentence with what is known of the future: `the expiry's future was not collected for this day`.
    pub fn words(self, future: &str) -> String {
        let of_options = match self {
            Self::TooFewStrikes { strikes } => {
                format!(
                    "only {strikes} strikes were traded on both sides in the last two minutes; it takes {STRIKES_MIN}"
                )
            }
            Self::TooFarApart { spread } => {
                format!(
                    "what calls and puts say of it lies {spread:.2} rupees apart, more than a tenth of a per cent"
                )
            }
        };
        format!("No forward: {future}, and {of_options}.")
    }
}

/// A sentence for people, where no more is known of the future.
impl fmt::Display for NoForward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            &self.words("the expiry's future was not traded in the last three minutes or none is stored"),
        )
    }
}

/// The last trades of both sides of a strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BothSides {
    pub strike: Strike,
    pub call: Trade,
    pub put: Trade,
}

/// What one strike says.
struct Said {
    strike: Strike,
    /// How far from the money, in rupees.
    distance: f64,
    forward: f64,
    age_minutes: i64,
}

/// In the minute `at`; `growth` is e^(rT). The strikes may come in any order.
pub fn forward(
    at: EpochSeconds,
    future: Option<Trade>,
    strikes: impl Iterator<Item = BothSides>,
    growth: f64,
) -> Result<Forward, NoForward> {
    if let Some(future) = future.and_then(|trade| trade.within(FUTURE_AGE_MINUTES_MAX, at)) {
        let age_minutes = future.age_minutes(at).unwrap_or(0);
        return Ok(Forward { price: future.price.to_rupees(), source: ForwardSource::Future, age_minutes });
    }
    let mut said: Vec<Said> = strikes.filter_map(|strike| said(at, strike, growth)).collect();
    if said.len() < STRIKES_MIN {
        return Err(NoForward::TooFewStrikes { strikes: said.len() });
    }
    if said.len() > STRIKES_MAX {
        said.select_nth_unstable_by(STRIKES_MAX - 1, |one, other| {
            one.distance.total_cmp(&other.distance).then(one.strike.cmp(&other.strike))
        });
        said.truncate(STRIKES_MAX);
    }
    agreed(said)
}

fn said(at: EpochSeconds, of: BothSides, growth: f64) -> Option<Said> {
    let age = |trade: Trade| trade.age_minutes(at).filter(|age| *age <= PARITY_AGE_MINUTES_MAX);
    let age_minutes = age(of.call)?.max(age(of.put)?);
    let difference = of.call.price.to_rupees() - of.put.price.to_rupees();
    let forward = of.strike.to_rupees() + growth * difference;
    Some(Said { strike: of.strike, distance: difference.abs(), forward, age_minutes })
}

/// The median of at least one.
fn agreed(mut said: Vec<Said>) -> Result<Forward, NoForward> {
    said.sort_by(|one, other| one.forward.total_cmp(&other.forward));
    let median = (said[(said.len() - 1) / 2].forward + said[said.len() / 2].forward) / 2.0;
    let spread = said[said.len() - 1].forward - said[0].forward;
    if spread.is_nan() || spread > SPREAD_MAX * median {
        return Err(NoForward::TooFarApart { spread });
    }
    let age_minutes = said.iter().map(|one| one.age_minutes).max().unwrap_or(0);
    let source = ForwardSource::Parity { strikes: said.len(), spread };
    Ok(Forward { price: median, source, age_minutes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::{Day, Price};

    fn minute(age: u16) -> EpochSeconds {
        let day: Day = "2025-08-01".parse().unwrap();
        day.at_minute(600 - age)
    }

    fn trade(rupees: f64, age: u16) -> Trade {
        Trade { price: Price::from_rupees(rupees).unwrap(), at: minute(age) }
    }

    /// Strike, call, its age, put, its age.
    type Rung = (f64, f64, u16, f64, u16);

    fn of(future: Option<(f64, u16)>, rungs: &[Rung]) -> Result<Forward, NoForward> {
        let both = rungs.iter().map(|(strike, call, call_age, put, put_age)| BothSides {
            strike: Strike::from_rupees(*strike).unwrap(),
            call: trade(*call, *call_age),
            put: trade(*put, *put_age),
        });
        forward(minute(0), future.map(|(rupees, age)| trade(rupees, age)), both, 1.01)
    }

    const RUNGS: [Rung; 4] = [
        (24_500.0, 150.0, 0, 40.0, 1),
        (24_550.0, 120.0, 2, 60.0, 0),
        (24_600.0, 92.0, 0, 81.0, 0),
        (24_650.0, 60.0, 0, 100.0, 0),
    ];

    #[test]
    fn the_future_comes_first_as_long_as_it_is_fresh() {
        let forward = of(Some((24_700.0, 3)), &RUNGS).unwrap();
        assert_eq!((forward.price, forward.age_minutes), (24_700.0, 3));
        assert_eq!(forward.source.as_str(), "future");
        assert_eq!(of(Some((24_700.0, 4)), &RUNGS).unwrap().source.as_str(), "parity");
    }

    #[test]
    fn parity_is_the_median_of_what_strikes_say() {
        // 24,611.10, 24,610.60, 24,611.11, 24,609.60.
        let forward = of(None, &RUNGS).unwrap();
        assert!((forward.price - (24_610.60 + 24_611.10) / 2.0).abs() < 1e-9, "{forward:?}");
        let ForwardSource::Parity { strikes, spread } = forward.source else { panic!("{forward:?}") };
        assert_eq!((strikes, forward.age_minutes), (4, 2));
        assert!((spread - 1.51).abs() < 1e-9, "{spread}");
    }

    #[test]
    fn strikes_have_a_say_whose_both_sides_are_fresh() {
        let mut rungs = RUNGS;
        rungs[1].2 = 3;
        let forward = of(None, &rungs).unwrap();
        assert!(matches!(forward.source, ForwardSource::Parity { strikes: 3, .. }), "{forward:?}");
        rungs[0].4 = 3;
        assert_eq!(of(None, &rungs), Err(NoForward::TooFewStrikes { strikes: 2 }));
        assert_eq!(of(None, &[]), Err(NoForward::TooFewStrikes { strikes: 0 }));
    }

    #[test]
    fn seven_strikes_nearest_the_money_at_most() {
        let rung = |step: i32| {
            let strike = 24_600.0 + 50.0 * f64::from(step);
            (strike, 100.0 - 25.0 * f64::from(step) + 12.5, 0, 100.0 + 25.0 * f64::from(step), 0)
        };
        let mut rungs: Vec<Rung> = (-3..=3).map(rung).collect();
        let near = of(None, &rungs).unwrap();
        rungs.insert(0, (20_000.0, 4_700.0, 0, 0.05, 0));
        rungs.push((29_000.0, 0.05, 0, 4_500.0, 0));
        assert_eq!(of(None, &rungs).unwrap(), near, "wrong prices far from the money have no say");
        assert!(matches!(near.source, ForwardSource::Parity { strikes: 7, .. }));
    }

    #[test]
    fn strikes_that_disagree_say_nothing() {
        let mut rungs = RUNGS;
        rungs[3].1 += 30.0;
        let none = of(None, &rungs).unwrap_err();
        assert!(matches!(none, NoForward::TooFarApart { spread } if spread > 24.6), "{none:?}");
        assert!(none.to_string().contains("a tenth of a per cent"), "{none}");
        // A little less than a tenth of a per cent is not too far.
        rungs[3].1 -= 30.0 - 22.0;
        assert!(of(None, &rungs).is_ok());
    }

    #[test]
    fn a_price_of_later_is_not_known_yet() {
        let later = Trade { at: EpochSeconds(minute(0).0 + 60), ..trade(24_700.0, 0) };
        let none = forward(minute(0), Some(later), std::iter::empty(), 1.0);
        assert_eq!(none, Err(NoForward::TooFewStrikes { strikes: 0 }));
    }
}
