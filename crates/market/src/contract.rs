//! An expired contract and its kinds.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Day, ExpiredKey, InstrumentKey, Strike};

/// What a contract is. The text forms are the broker's `instrument_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ContractKind {
    #[serde(rename = "FUT")]
    Future,
    #[serde(rename = "CE")]
    Call,
    #[serde(rename = "PE")]
    Put,
}

impl ContractKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Future => "FUT",
            Self::Call => "CE",
            Self::Put => "PE",
        }
    }

    pub fn is_option(self) -> bool {
        self != Self::Future
    }
}

impl fmt::Display for ContractKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no kind of contract: use {1}")]
pub struct KindError(String, &'static str);

impl FromStr for ContractKind {
    type Err = KindError;

    fn from_str(text: &str) -> Result<Self, KindError> {
        [Self::Future, Self::Call, Self::Put]
            .into_iter()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| KindError(text.to_owned(), "FUT, CE or PE"))
    }
}

/// Which contracts of an expiry are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ContractKinds {
    Options,
    Futures,
    #[default]
    Both,
}

impl ContractKinds {
    pub const ALL: [Self; 3] = [Self::Options, Self::Futures, Self::Both];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Options => "options",
            Self::Futures => "futures",
            Self::Both => "both",
        }
    }

    pub fn options(self) -> bool {
        self != Self::Futures
    }

    pub fn futures(self) -> bool {
        self != Self::Options
    }

    pub fn includes(self, kind: ContractKind) -> bool {
        if kind.is_option() { self.options() } else { self.futures() }
    }
}

impl fmt::Display for ContractKinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ContractKinds {
    type Err = KindError;

    fn from_str(text: &str) -> Result<Self, KindError> {
        Self::ALL
            .into_iter()
            .find(|kinds| kinds.as_str() == text)
            .ok_or_else(|| KindError(text.to_owned(), "options, futures or both"))
    }
}

/// A contract as the broker listed it. Its expired key is its identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Contract {
    pub expired_key: ExpiredKey,
    pub underlying_key: InstrumentKey,
    pub expiry: Day,
    pub kind: ContractKind,
    /// `None` for a future.
    pub strike: Option<Strike>,
    pub trading_symbol: String,
    /// Units in one lot at expiry; it may have been another earlier in the contract's life.
    pub lot_size: i64,
    /// Paise; the last one in force.
    pub tick_size: i64,
    /// As the broker says; futures and old rows do not say.
    pub weekly: Option<bool>,
}

impl Contract {
    /// As different within its expiry: `24500 CE`; a future has no strike.
    pub fn short_name(&self) -> String {
        match self.strike {
            Some(strike) => format!("{strike} {}", self.kind),
            None => self.kind.to_string(),
        }
    }
}
