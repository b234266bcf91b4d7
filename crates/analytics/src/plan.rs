//! A strategy as people write it, before anybody knows which contracts it means: the one text that addresses, REST and
//! the command line share. `sell:1:call:atm,buy:1:call:atm+4@next`: side, lots, kind and strike of each leg, and behind
//! `@` its expiry where that is another than the strategy's. Strategies stand behind one another with `;`.
//!
//! It knows no contracts and refuses only what no day could make right.

use std::fmt;
use std::str::FromStr;

use market::Day;
use serde::{Deserialize, Serialize};

use crate::reading::Refused;
use crate::{LEGS_MAX, Side, StrikeRule};

/// Strategies that are looked at side by side.
pub const STRATEGIES_MAX: usize = 6;
/// More of one contract nobody trades in a minute.
pub const LOTS_MAX: i32 = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegKind {
    Option { side: Side, strike: LegStrike },
    Future,
    Underlying,
}

/// Which strike an option of a strategy is of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegStrike {
    By(StrikeRule),
    /// That of the strategy's first option: each expiry has a money of its own, and a calendar has one strike.
    Same,
}

/// Which expiry a leg is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegExpiry {
    /// The strategy's.
    #[default]
    Own,
    /// The one after it.
    Next,
    On(Day),
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LegPlan {
    /// Bought above nought, sold below; never nought.
    pub lots: i32,
    pub kind: LegKind,
    pub expiry: LegExpiry,
}

/// One to six legs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StrategyPlan(Vec<LegPlan>);

/// One to six strategies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StrategyPlans(Vec<StrategyPlan>);

/// What is no strategy, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanError {
    NoLegs,
    TooManyLegs(usize),
    TooManyStrategies(usize),
    /// By its place, counted from one.
    Leg(usize, Box<PlanError>),
    Form(String),
    Side(String),
    NoLots,
    Lots(String),
    Kind(String),
    /// Only an option has one.
    NeedlessStrike(&'static str),
    Strike(Refused),
    /// The first option has none to take over.
    SameAsNothing,
    Expiry(String),
}

impl LegPlan {
    pub fn is_bought(&self) -> bool {
        self.lots > 0
    }

    pub fn is_same_strike(&self) -> bool {
        matches!(self.kind, LegKind::Option { strike: LegStrike::Same, .. })
    }
}

impl StrategyPlan {
    pub fn new(legs: Vec<LegPlan>) -> Result<Self, PlanError> {
        match legs.len() {
            0 => Err(PlanError::NoLegs),
            1..=LEGS_MAX => Ok(()),
            count => Err(PlanError::TooManyLegs(count)),
        }?;
        let first = legs.iter().position(|leg| matches!(leg.kind, LegKind::Option { .. }));
        match first {
            Some(place) if legs[place].is_same_strike() => {
                Err(PlanError::Leg(place + 1, Box::new(PlanError::SameAsNothing)))
            }
            _ => Ok(Self(legs)),
        }
    }

    pub fn legs(&self) -> &[LegPlan] {
        &self.0
    }
}

impl StrategyPlans {
    pub fn strategies(&self) -> &[StrategyPlan] {
        &self.0
    }
}

impl FromStr for LegPlan {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        let (leg, expiry) = match text.split_once('@') {
            Some((leg, expiry)) => (leg, expiry.parse()?),
            None => (text, LegExpiry::Own),
        };
        let parts: Vec<&str> = leg.split(':').map(str::trim).collect();
        let (side, lots, kind, strike) = match parts[..] {
            [side, lots, kind] => (side, lots, kind, None),
            [side, lots, kind, strike] => (side, lots, kind, Some(strike)),
            _ => return Err(PlanError::Form(text.trim().to_owned())),
        };
        let sign = match side.to_ascii_lowercase().as_str() {
            "buy" => 1,
            "sell" => -1,
            _ => return Err(PlanError::Side(side.to_owned())),
        };
        let count = match lots.parse::<i32>() {
            Ok(0) => return Err(PlanError::NoLots),
            Ok(count @ 1..=LOTS_MAX) => count,
            _ => return Err(PlanError::Lots(lots.to_owned())),
        };
        Ok(Self { lots: sign * count, kind: kind_of(kind, strike)?, expiry })
    }
}

fn kind_of(kind: &str, strike: Option<&str>) -> Result<LegKind, PlanError> {
    let without = |of, words| strike.map_or(Ok(of), |_| Err(PlanError::NeedlessStrike(words)));
    match kind.to_ascii_lowercase().as_str() {
        "future" | "fut" => without(LegKind::Future, "a future"),
        "underlying" => without(LegKind::Underlying, "the underlying"),
        _ => {
            let side = kind.parse().map_err(|_| PlanError::Kind(kind.to_owned()))?;
            // A plus in an address stands for a space.
            let strike = strike.unwrap_or("atm").replace(' ', "+");
            let strike = match strike.trim().to_ascii_lowercase().as_str() {
                "same" => LegStrike::Same,
                rule => LegStrike::By(rule.parse().map_err(PlanError::Strike)?),
            };
            Ok(LegKind::Option { side, strike })
        }
    }
}

impl FromStr for LegExpiry {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        match text.trim() {
            "next" => Ok(Self::Next),
            date => date.parse().map(Self::On).map_err(|_| PlanError::Expiry(date.to_owned())),
        }
    }
}

impl FromStr for StrategyPlan {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        let written: Vec<&str> = text.split(',').filter(|leg| !leg.trim().is_empty()).collect();
        if written.len() > LEGS_MAX {
            return Err(PlanError::TooManyLegs(written.len()));
        }
        let leg = |(place, leg): (usize, &&str)| {
            leg.parse().map_err(|error| PlanError::Leg(place + 1, Box::new(error)))
        };
        Self::new(written.iter().enumerate().map(leg).collect::<Result<_, _>>()?)
    }
}

impl FromStr for StrategyPlans {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        let written: Vec<&str> = text.split(';').filter(|plan| !plan.trim().is_empty()).collect();
        match written.len() {
            0 => Err(PlanError::NoLegs),
            1..=STRATEGIES_MAX => Ok(Self(written.into_iter().map(str::parse).collect::<Result<_, _>>()?)),
            count => Err(PlanError::TooManyStrategies(count)),
        }
    }
}

impl fmt::Display for LegPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = if self.is_bought() { "buy" } else { "sell" };
        write!(f, "{side}:{}:", self.lots.unsigned_abs())?;
        match self.kind {
            LegKind::Option { side, strike: LegStrike::By(rule) } => {
                write!(f, "{side}:{}", rule.to_string().replace('=', ""))?;
            }
            LegKind::Option { side, strike: LegStrike::Same } => write!(f, "{side}:same")?,
            LegKind::Future => f.write_str("future")?,
            LegKind::Underlying => f.write_str("underlying")?,
        }
        match self.expiry {
            LegExpiry::Own => Ok(()),
            LegExpiry::Next => f.write_str("@next"),
            LegExpiry::On(day) => write!(f, "@{day}"),
        }
    }
}

fn joined<T: fmt::Display>(f: &mut fmt::Formatter<'_>, parts: &[T], between: &str) -> fmt::Result {
    for (place, part) in parts.iter().enumerate() {
        write!(f, "{}{part}", if place == 0 { "" } else { between })?;
    }
    Ok(())
}

impl fmt::Display for StrategyPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        joined(f, &self.0, ",")
    }
}

impl fmt::Display for StrategyPlans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        joined(f, &self.0, ";")
    }
}

macro_rules! shipped_as_text {
    ($($name:ident)*) => {$(
        impl TryFrom<String> for $name {
            type Error = PlanError;

            fn try_from(text: String) -> Result<Self, PlanError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(plan: $name) -> Self {
                plan.to_string()
            }
        }
    )*};
}

shipped_as_text!(LegPlan StrategyPlan StrategyPlans);

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLegs => f.write_str("a strategy has at least one leg: write for example sell:1:call:atm"),
            Self::TooManyLegs(count) => {
                write!(f, "a strategy has at most {LEGS_MAX} legs, and these are {count}")
            }
            Self::TooManyStrategies(count) => {
                write!(f, "at most {STRATEGIES_MAX} strategies stand side by side, and these are {count}")
            }
            Self::Leg(place, why) => write!(f, "leg {place}: {why}"),
            Self::Form(text) => write!(
                f,
                "\"{text}\" is no leg: write side, lots, kind and strike, for example sell:1:call:atm+2 or buy:1:future"
            ),
            Self::Side(text) => write!(f, "\"{text}\" is no side of a trade: write buy or sell"),
            Self::NoLots => f.write_str("0 lots are no leg: write how many, from 1 on"),
            Self::Lots(text) => {
                write!(f, "\"{text}\" is no number of lots: write a whole one from 1 to {LOTS_MAX}")
            }
            Self::Kind(text) => {
                write!(f, "\"{text}\" is no kind of leg: write call, put, future or underlying")
            }
            Self::NeedlessStrike(what) => write!(f, "{what} has no strike: leave it out"),
            Self::Strike(refused) => refused.fmt(f),
            Self::SameAsNothing => {
                f.write_str("\"same\" is the strike of the first option: give that one a strike of its own")
            }
            Self::Expiry(text) => write!(
                f,
                "\"{text}\" is no expiry: write next, or a date as year, month and day, for example 2025-08-28"
            ),
        }
    }
}

impl std::error::Error for PlanError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strategy_is_read_as_it_is_written() {
        for text in [
            "sell:1:call:atm",
            "buy:1:put:atm-4,sell:2:put:atm+2",
            "sell:1:call:delta0.25,buy:1:put:premium120@next",
            "buy:1:call:24500@2025-08-28,sell:1000:put:points-200",
            "buy:1:future,sell:1:call:atm+4",
            "sell:1:call:atm,buy:1:call:same@next",
            "buy:1:underlying;sell:1:call:atm,sell:1:put:atm",
        ] {
            assert_eq!(text.parse::<StrategyPlans>().unwrap().to_string(), text);
        }
        for (loose, exact) in [
            (" SELL : 1 : CE : ATM 2 ,", "sell:1:call:atm+2"),
            ("buy:2:pe:delta=0.3", "buy:2:put:delta0.3"),
            ("buy:1:fut", "buy:1:future"),
            ("buy:1:call", "buy:1:call:atm"),
        ] {
            assert_eq!(loose.parse::<StrategyPlan>().unwrap().to_string(), exact);
        }
        let legs: StrategyPlan = serde_json::from_str("\"sell:3:put:atm\"").unwrap();
        assert_eq!((legs.legs()[0].lots, legs.legs()[0].is_bought()), (-3, false));
    }

    #[test]
    fn what_is_no_strategy_is_refused_in_a_sentence() {
        let seven = ["buy:1:call:atm"; 7];
        for (text, sentence) in [
            (String::new(), "at least one leg"),
            (" ; ,".to_owned(), "at least one leg"),
            (seven.join(","), "at most 6 legs, and these are 7"),
            (seven.join(";"), "at most 6 strategies stand side by side, and these are 7"),
            ("buy:1:call:atm,buy:0:call:atm".to_owned(), "leg 2: 0 lots are no leg"),
            ("buy:-1:call:atm".to_owned(), "\"-1\" is no number of lots"),
            ("buy:1001:call:atm".to_owned(), "from 1 to 1000"),
            ("buy:1.5:call:atm".to_owned(), "\"1.5\" is no number of lots"),
            ("hold:1:call:atm".to_owned(), "write buy or sell"),
            ("buy:1".to_owned(), "\"buy:1\" is no leg"),
            ("buy:1:call:atm:2".to_owned(), "is no leg"),
            ("buy:1:swap:atm".to_owned(), "\"swap\" is no kind of leg"),
            ("buy:1:future:24500".to_owned(), "a future has no strike"),
            ("buy:1:call:delta2".to_owned(), "from 0.01 to 0.99"),
            ("buy:1:call:near".to_owned(), "no rule for a strike"),
            ("buy:1:future,buy:1:call:same".to_owned(), "leg 2: \"same\" is the strike of the first option"),
            ("buy:1:call:atm@soon".to_owned(), "\"soon\" is no expiry"),
        ] {
            let refused = text.parse::<StrategyPlans>().unwrap_err().to_string();
            assert!(refused.contains(sentence), "{text}: {refused}");
        }
    }
}
