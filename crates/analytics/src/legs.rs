//! The rules by which a leg finds its strike in a minute. Only strikes that had been traded by then can be chosen, and
//! a rule that none of them fits chooses none: what is far from what was asked for is not taken in its place.

use std::fmt;
use std::str::FromStr;

use market::{Paise, Price, Strike};
use serde::{Deserialize, Serialize};

use crate::reading::Refused;
use crate::smile::{DELTA_OFF_MAX, nearest_delta};
use crate::{NoForward, Side, Snapshot};

/// A premium that differs by more than this part of the wanted one is another option's.
const PREMIUM_OFF_MAX: f64 = 0.5;
/// No ladder has more strikes to one side of its money.
const OFFSET_MAX: i32 = 500;

/// The size of a delta, from 0.01 to 0.99; a put's is meant without its sign.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct DeltaSize(f64);

impl DeltaSize {
    const WORDS: &str = "no size of a delta: write one from 0.01 to 0.99, for example 0.25";

    pub fn new(size: f64) -> Option<Self> {
        (0.01..=0.99).contains(&size).then_some(Self(size))
    }

    pub fn size(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for DeltaSize {
    type Error = Refused;

    fn try_from(size: f64) -> Result<Self, Refused> {
        Self::new(size).ok_or_else(|| Refused::new(&size.to_string(), Self::WORDS))
    }
}

impl From<DeltaSize> for f64 {
    fn from(delta: DeltaSize) -> Self {
        delta.0
    }
}

impl FromStr for DeltaSize {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        text.trim().parse().ok().and_then(Self::new).ok_or_else(|| Refused::new(text, Self::WORDS))
    }
}

impl fmt::Display for DeltaSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Steps up the ladder of traded strikes from the money, or down it below nought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
pub struct Offset(i32);

impl Offset {
    pub const AT_THE_MONEY: Self = Self(0);
    const WORDS: &str = "no number of strikes: write a whole one from -500 to 500, for example 2";

    pub fn new(strikes: i32) -> Option<Self> {
        (-OFFSET_MAX..=OFFSET_MAX).contains(&strikes).then_some(Self(strikes))
    }

    pub fn strikes(self) -> i32 {
        self.0
    }

    pub(crate) fn down(self) -> Self {
        Self(-self.0)
    }
}

impl TryFrom<i32> for Offset {
    type Error = Refused;

    fn try_from(strikes: i32) -> Result<Self, Refused> {
        Self::new(strikes).ok_or_else(|| Refused::new(&strikes.to_string(), Self::WORDS))
    }
}

impl From<Offset> for i32 {
    fn from(offset: Offset) -> Self {
        offset.0
    }
}

impl FromStr for Offset {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        text.trim().parse().ok().and_then(Self::new).ok_or_else(|| Refused::new(text, Self::WORDS))
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StrikeRule {
    Fixed(Strike),
    AtTheMoney(Offset),
    /// So far above the strike at the money, or below it.
    Points(Paise),
    /// The option whose delta is nearest.
    Delta(DeltaSize),
    /// The option whose price is nearest, none older than two minutes.
    Premium(Price),
}

/// Why a rule chose no strike.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotChosen {
    NoForward(NoForward),
    NotTraded {
        strike: Strike,
        side: Side,
    },
    /// The ladder of traded strikes ends before it.
    BeyondLadder,
    /// A distance so small that the strike nearest to it is the one at the money.
    AtTheMoney {
        points: Paise,
    },
    NoSuchDelta {
        wanted: f64,
        nearest: Option<f64>,
    },
    NoSuchPremium {
        wanted: Price,
        nearest: Option<Price>,
    },
}

impl StrikeRule {
    /// In the minute of the snapshot.
    pub fn choose(self, snapshot: &Snapshot<'_>, side: Side) -> Result<Strike, NotChosen> {
        let strike = match self {
            Self::Fixed(strike) => strike,
            Self::AtTheMoney(offset) => stepped(snapshot, offset)?,
            Self::Points(points) => at_points(snapshot, points)?,
            Self::Delta(delta) => by_delta(snapshot, side, delta)?,
            Self::Premium(premium) => by_premium(snapshot, side, premium)?,
        };
        match snapshot.traded(strike, side) {
            Some(_) => Ok(strike),
            None => Err(NotChosen::NotTraded { strike, side }),
        }
    }
}

pub(crate) fn at_the_money(snapshot: &Snapshot<'_>) -> Result<Strike, NotChosen> {
    snapshot.forward().map_err(NotChosen::NoForward)?;
    // A forward without a strike is that of an expiry whose listed strikes end too far from it, or that has none.
    snapshot.at_the_money().ok_or(NotChosen::BeyondLadder)
}

fn stepped(snapshot: &Snapshot<'_>, offset: Offset) -> Result<Strike, NotChosen> {
    let money = at_the_money(snapshot)?;
    // The one at the money need not be among them.
    let (below, above): (Vec<Strike>, Vec<Strike>) =
        snapshot.strikes().filter(|strike| *strike != money).partition(|strike| *strike < money);
    let steps = offset.0.unsigned_abs() as usize;
    let stepped = match offset.0.signum() {
        0 => Some(&money),
        1 => above.get(steps - 1),
        _ => below.iter().rev().nth(steps - 1),
    };
    stepped.copied().ok_or(NotChosen::BeyondLadder)
}

/// The strike nearest to the money and so many points, the lower one of two. A distance that comes back to the money is
/// none: a strangle would be a straddle under another name.
fn at_points(snapshot: &Snapshot<'_>, points: Paise) -> Result<Strike, NotChosen> {
    let money = at_the_money(snapshot)?;
    if points.0 == 0 {
        return Ok(money);
    }
    let wanted = i128::from(money.0.0) + i128::from(points.0);
    let off = |strike: &Strike| (i128::from(strike.0.0) - wanted).abs();
    let strikes: Vec<Strike> = snapshot.strikes().collect();
    let [lowest, highest] =
        [strikes.first(), strikes.last()].map(|end| end.map(|strike| i128::from(strike.0.0)));
    let has_it =
        lowest.is_some_and(|lowest| lowest <= wanted) && highest.is_some_and(|highest| wanted <= highest);
    let nearest = strikes.into_iter().filter(|_| has_it).min_by_key(off).ok_or(NotChosen::BeyondLadder)?;
    if nearest == money { Err(NotChosen::AtTheMoney { points }) } else { Ok(nearest) }
}

fn by_delta(snapshot: &Snapshot<'_>, side: Side, delta: DeltaSize) -> Result<Strike, NotChosen> {
    snapshot.forward().map_err(NotChosen::NoForward)?;
    let nearest = nearest_delta(snapshot, side, delta.0);
    let found = nearest.map(|point| point.delta_size(side));
    nearest
        .filter(|point| (point.delta_size(side) - delta.0).abs() <= DELTA_OFF_MAX)
        .map(|point| point.strike)
        .ok_or(NotChosen::NoSuchDelta { wanted: delta.0, nearest: found })
}

fn by_premium(snapshot: &Snapshot<'_>, side: Side, premium: Price) -> Result<Strike, NotChosen> {
    let fresh = snapshot.strikes().filter_map(|strike| Some((strike, snapshot.fresh(strike, side)?.price)));
    let off = |price: Price| (i128::from(price.0) - i128::from(premium.0)).abs();
    let nearest = fresh.min_by_key(|(_, price)| off(*price));
    nearest
        .filter(|(_, price)| off(*price) as f64 <= PREMIUM_OFF_MAX * premium.0 as f64)
        .map(|(strike, _)| strike)
        .ok_or(NotChosen::NoSuchPremium { wanted: premium, nearest: nearest.map(|(_, price)| price) })
}

/// `24500`, `atm`, `atm+2`, `points=-200`, `delta=0.25`, `premium=120`, and the last three without the sign of equality.
impl FromStr for StrikeRule {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let refused = || {
            Refused::new(
                text,
                "no rule for a strike: write one of 24500, atm, atm+2, atm-2, points=200, delta=0.25, premium=120",
            )
        };
        let lower = text.trim().to_ascii_lowercase();
        if let Some(offset) = lower.strip_prefix("atm") {
            let is_signed = offset.is_empty() || offset.starts_with(['+', '-']);
            let offset = if offset.is_empty() { Ok(Offset::AT_THE_MONEY) } else { offset.parse() };
            return offset.ok().filter(|_| is_signed).map(Self::AtTheMoney).ok_or_else(refused);
        }
        let behind = |name: &str| lower.strip_prefix(name).map(|rest| rest.strip_prefix('=').unwrap_or(rest));
        if let Some(points) = behind("points") {
            return points_of(points).map(Self::Points).ok_or_else(refused);
        }
        if let Some(delta) = behind("delta") {
            return delta.parse().map(Self::Delta);
        }
        if let Some(premium) = behind("premium") {
            return premium_of(premium).map(Self::Premium).ok_or_else(refused);
        }
        lower.parse().map(Self::Fixed).map_err(|_| refused())
    }
}

/// Rupees with paise, of either sign.
pub(crate) fn points_of(text: &str) -> Option<Paise> {
    Paise::from_rupees(text.trim().parse().ok()?)
}

/// Rupees above nought.
pub(crate) fn premium_of(text: &str) -> Option<Price> {
    Price::from_rupees(text.trim().parse().ok()?).filter(|price| price.0 > 0)
}

impl fmt::Display for StrikeRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(strike) => strike.fmt(f),
            Self::AtTheMoney(Offset(0)) => f.write_str("atm"),
            Self::AtTheMoney(Offset(strikes)) => write!(f, "atm{strikes:+}"),
            Self::Points(points) => write!(f, "points={}", points.to_rupees()),
            Self::Delta(delta) => write!(f, "delta={delta}"),
            Self::Premium(premium) => write!(f, "premium={}", premium.to_rupees()),
        }
    }
}

/// A sentence for people.
impl fmt::Display for NotChosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoForward(reason) => reason.fmt(f),
            Self::NotTraded { strike, side } => {
                write!(f, "The {side} at {strike} had not been traded by then.")
            }
            Self::BeyondLadder => {
                f.write_str("The strikes that had been traded by then do not reach so far.")
            }
            Self::AtTheMoney { points } => write!(
                f,
                "The strike nearest to {} points from the money is the one at the money itself: choose more points.",
                points.to_rupees().abs()
            ),
            Self::NoSuchDelta { wanted, nearest: Some(nearest) } => {
                write!(f, "No strike had a delta near {wanted}; the nearest was {nearest:.2}.")
            }
            Self::NoSuchDelta { wanted, nearest: None } => {
                write!(f, "No strike had a volatility, so none had a delta of {wanted}.")
            }
            Self::NoSuchPremium { wanted, nearest: Some(nearest) } => {
                write!(f, "No option cost near {wanted}; the nearest cost {nearest}.")
            }
            Self::NoSuchPremium { wanted, nearest: None } => {
                write!(f, "No option of that side was traded in the last two minutes, so none cost {wanted}.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_read_as_it_is_written() {
        for text in [
            "24500",
            "22.5",
            "atm",
            "atm+2",
            "atm-3",
            "points=200",
            "points=-50.5",
            "delta=0.25",
            "premium=120",
        ] {
            assert_eq!(text.parse::<StrikeRule>().unwrap().to_string(), text);
        }
        assert_eq!(" ATM+1 ".parse::<StrikeRule>().unwrap().to_string(), "atm+1");
        for text in [
            "",
            "atm2",
            "atm+",
            "atm+x",
            "atm+501",
            "0",
            "-5",
            "points=",
            "points=0.001",
            "premium=0",
            "premium=nan",
            "gamma=1",
        ] {
            let error = text.parse::<StrikeRule>().unwrap_err().to_string();
            assert!(error.contains("no rule for a strike"), "{text}: {error}");
        }
        for text in ["delta=0", "delta=1", "delta=x", "delta=NaN"] {
            let error = text.parse::<StrikeRule>().unwrap_err().to_string();
            assert!(error.contains("from 0.01 to 0.99"), "{text}: {error}");
        }
    }
}
