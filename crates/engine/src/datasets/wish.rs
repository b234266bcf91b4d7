//! What somebody wants of a training set, and what is refused before anything is read.

use std::fmt;
use std::str::FromStr;

use analytics::{DeltaSize, Offset, Rate, Side, StrikeRule};
use market::{Day, InstrumentKey};

/// Strikes on either side of the money.
const STRIKES_MAX: i32 = 50;
const DELTAS_MAX: usize = 20;

/// Which options a minute has a row of.
#[derive(Clone, Debug, PartialEq)]
pub enum Slots {
    /// Calls and puts of so many traded strikes on either side of the money.
    Money(i32),
    /// The call and the put whose deltas are nearest to these.
    Deltas(Vec<DeltaSize>),
}

/// A row of every minute.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    /// `call+2`, `put0.25`.
    pub name: String,
    pub side: Side,
    pub rule: StrikeRule,
}

impl Slots {
    /// In the order of their rows.
    pub(super) fn list(&self) -> Vec<Slot> {
        let both = |rule: StrikeRule, mark: String| {
            Side::BOTH.map(|side| {
                let word = if side == Side::Call { "call" } else { "put" };
                Slot { name: format!("{word}{mark}"), side, rule }
            })
        };
        match self {
            Self::Money(strikes) => (-strikes..=*strikes)
                .filter_map(Offset::new)
                .flat_map(|offset| both(StrikeRule::AtTheMoney(offset), format!("{:+}", offset.strikes())))
                .collect(),
            Self::Deltas(deltas) => {
                deltas.iter().flat_map(|delta| both(StrikeRule::Delta(*delta), delta.to_string())).collect()
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SlotsError {
    #[error(
        "\"{0}\" are no slots: write atm and so many strikes on either side (atm5, at most {STRIKES_MAX}), or up to \
         {DELTAS_MAX} deltas (delta0.1,0.25,0.5)"
    )]
    NoSlots(String),
    #[error("\"{text}\" are no slots: delta {delta} is named twice, and each would be written twice")]
    Twice { text: String, delta: String },
}

/// `atm5`, `delta0.1,0.25,0.5`.
impl FromStr for Slots {
    type Err = SlotsError;

    fn from_str(text: &str) -> Result<Self, SlotsError> {
        let refused = || SlotsError::NoSlots(text.to_owned());
        if let Some(strikes) = text.trim().strip_prefix("atm") {
            let strikes = strikes.parse().ok().filter(|strikes| (0..=STRIKES_MAX).contains(strikes));
            return strikes.map(Self::Money).ok_or_else(refused);
        }
        let deltas = text.trim().strip_prefix("delta").ok_or_else(refused)?;
        let deltas: Vec<DeltaSize> =
            deltas.split(',').map(|delta| delta.parse().map_err(|_| refused())).collect::<Result<_, _>>()?;
        if deltas.len() > DELTAS_MAX {
            return Err(refused());
        }
        let is_twice = |(place, delta): &(usize, &DeltaSize)| deltas[..*place].contains(*delta);
        let twice = deltas.iter().enumerate().find(is_twice).map(|(_, delta)| delta.to_string());
        match twice {
            Some(delta) => Err(SlotsError::Twice { text: text.to_owned(), delta }),
            None => Ok(Self::Deltas(deltas)),
        }
    }
}

/// Where the later file begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Split {
    /// Behind so large a part of the days.
    Part(f64),
    On(Day),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no split: write the part of the days to train on (0.8), or the first day to test on (2025-08-01)"
)]
pub struct SplitError(String);

impl FromStr for Split {
    type Err = SplitError;

    fn from_str(text: &str) -> Result<Self, SplitError> {
        let part = text.parse().ok().filter(|part: &f64| *part > 0.0 && *part < 1.0).map(Self::Part);
        part.or_else(|| text.parse().ok().map(Self::On)).ok_or_else(|| SplitError(text.to_owned()))
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Part(part) => part.fmt(f),
            Self::On(day) => day.fmt(f),
        }
    }
}

/// What is left out is all that is stored, by the settings.
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetWish {
    pub underlying: InstrumentKey,
    pub from: Option<Day>,
    pub to: Option<Day>,
    /// Also the days whose nearest listed expiry has no minute here: they are told of the nearest that has.
    pub farther: bool,
    pub slots: Slots,
    /// Minutes that the label looks ahead.
    pub label: Option<u16>,
    pub split: Split,
    pub rate: Option<Rate>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_and_splits_are_read_and_refused() {
        let names = |text: &str| -> Vec<String> {
            text.parse::<Slots>().unwrap().list().into_iter().map(|slot| slot.name).collect()
        };
        assert_eq!(names("atm1"), ["call-1", "put-1", "call+0", "put+0", "call+1", "put+1"]);
        assert_eq!(names("delta0.25,0.5"), ["call0.25", "put0.25", "call0.5", "put0.5"]);
        for text in ["", "atm", "atm51", "atm-1", "delta", "delta0", "delta0.1,2", "5"] {
            assert!(text.parse::<Slots>().unwrap_err().to_string().contains("are no slots"), "{text}");
        }
        for text in ["delta0.3,0.3", "delta0.1,0.30,0.25,0.3"] {
            let refusal = text.parse::<Slots>().unwrap_err().to_string();
            assert!(refusal.contains("are no slots: delta 0.3 is named twice"), "{refusal}");
        }
        assert_eq!("0.8".parse(), Ok(Split::Part(0.8)));
        assert_eq!("2025-08-01".parse(), Ok(Split::On("2025-08-01".parse().unwrap())));
        for text in ["0", "1", "80", "-0.5", "nan", "soon"] {
            assert!(text.parse::<Split>().is_err(), "{text}");
        }
    }
}
