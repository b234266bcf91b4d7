//! The two sides of a strike. A future has none, so it is no value of this type.

use std::fmt;
use std::str::FromStr;

use market::ContractKind;
use serde::{Deserialize, Serialize};

use crate::reading::Refused;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    Call,
    Put,
}

impl Side {
    pub const BOTH: [Self; 2] = [Self::Call, Self::Put];

    /// `None` for a future.
    pub fn of(kind: ContractKind) -> Option<Self> {
        match kind {
            ContractKind::Call => Some(Self::Call),
            ContractKind::Put => Some(Self::Put),
            ContractKind::Future => None,
        }
    }

    pub fn kind(self) -> ContractKind {
        match self {
            Self::Call => ContractKind::Call,
            Self::Put => ContractKind::Put,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Put => "put",
        }
    }

    pub fn other(self) -> Self {
        match self {
            Self::Call => Self::Put,
            Self::Put => Self::Call,
        }
    }

    /// The way in which the side gains when the forward rises.
    pub(crate) fn sign(self) -> f64 {
        match self {
            Self::Call => 1.0,
            Self::Put => -1.0,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `call` or `put`, and the exchange's `CE` and `PE`.
impl FromStr for Side {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let lower = text.trim().to_ascii_lowercase();
        match lower.as_str() {
            "call" | "ce" => Ok(Self::Call),
            "put" | "pe" => Ok(Self::Put),
            _ => Err(Refused::new(text, "no side of a strike: write call or put")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_a_call_or_a_put() {
        for side in Side::BOTH {
            assert_eq!(side.to_string().parse(), Ok(side));
            assert_eq!(side.kind().as_str().parse(), Ok(side));
            assert_eq!(Side::of(side.kind()), Some(side));
            assert_eq!(side.other().other(), side);
        }
        assert_eq!(Side::of(ContractKind::Future), None);
        for text in ["", "FUT", "calls", "c"] {
            assert!(text.parse::<Side>().unwrap_err().to_string().contains("call or put"), "{text}");
        }
    }
}
