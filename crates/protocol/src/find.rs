//! What a search finds of all that is known here: underlyings, expiries, contracts and jobs, each with what is stored
//! of it and the page that shows it.

use std::str::FromStr;

use market::{Contract, Day, InstrumentKey};
use serde::{Deserialize, Serialize};

use crate::{JobId, address};

/// Findings of one search, without a wish and at most.
pub const FOUND: usize = 12;
pub const FOUND_MAX: usize = 50;

/// What is looked for, in any words: `nifty 24500 ce 28 aug`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FindText(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FindTextError {
    #[error(
        "there is nothing to look for: write an underlying, an expiry, a contract or a job, for example nifty 24500 ce 28 aug"
    )]
    Empty,
    #[error("what is looked for may have at most {} characters", FindText::LENGTH_MAX)]
    Long,
}

impl FindText {
    pub const LENGTH_MAX: usize = 120;

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FindText {
    type Err = FindTextError;

    fn from_str(text: &str) -> Result<Self, FindTextError> {
        match text.trim() {
            "" => Err(FindTextError::Empty),
            text if text.chars().count() > Self::LENGTH_MAX => Err(FindTextError::Long),
            text => Ok(Self(text.to_owned())),
        }
    }
}

impl TryFrom<String> for FindText {
    type Error = FindTextError;

    fn try_from(text: String) -> Result<Self, FindTextError> {
        text.parse()
    }
}

impl From<FindText> for String {
    fn from(text: FindText) -> Self {
        text.0
    }
}

#[cfg(feature = "openapi")]
market::schema_of!(
    FindText,
    market::schemas::text(
        "Words of an underlying, an expiry, a contract or a job, in any order; at most 120 characters.",
        "\\S",
        "nifty 24500 ce 28 aug"
    )
);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum FoundKind {
    Underlying,
    Expiry,
    Contract,
    Job,
}

impl FoundKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Underlying => "underlying",
            Self::Expiry => "expiry",
            Self::Contract => "contract",
            Self::Job => "job",
        }
    }
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Found {
    pub kind: FoundKind,
    /// `NIFTY 24500 CE 28 AUG 25`.
    pub title: String,
    /// What is stored of it, in words.
    pub detail: String,
    /// What other commands and addresses call it: a key, a date, a number.
    pub key: String,
    /// The page that shows it, or that begins a download of it.
    pub address: String,
    /// Whether there is anything of it to be seen.
    pub stored: bool,
}

impl Found {
    /// Without candles the way leads into a download.
    pub fn underlying(key: &InstrumentKey, title: &str, detail: String, stored: bool) -> Self {
        let address = if stored { address::underlying(key) } else { address::download(key) };
        let (kind, title, key) = (FoundKind::Underlying, title.to_owned(), key.to_string());
        Self { kind, title, detail, key, address, stored }
    }

    pub fn expiry(key: &InstrumentKey, date: Day, title: String, detail: String, stored: bool) -> Self {
        let address = address::expiry(key, date);
        Self { kind: FoundKind::Expiry, title, detail, key: date.to_string(), address, stored }
    }

    pub fn contract(contract: &Contract, title: String, detail: String, stored: bool) -> Self {
        let address = address::contract(&contract.underlying_key, contract.expiry, &contract.expired_key);
        let key = contract.expired_key.to_string();
        Self { kind: FoundKind::Contract, title, detail, key, address, stored }
    }

    pub fn job(id: JobId, detail: String) -> Self {
        let (title, key) = (format!("Job {id}"), id.to_string());
        Self { kind: FoundKind::Job, title, detail, key, address: address::job(id), stored: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_words_and_a_bound() {
        assert_eq!(" nifty ".parse::<FindText>().unwrap().as_str(), "nifty");
        for (text, words) in [("", "there is nothing to look for"), (" \t", "there is nothing to look for")] {
            assert!(text.parse::<FindText>().unwrap_err().to_string().starts_with(words), "{text:?}");
        }
        assert!("é".repeat(FindText::LENGTH_MAX).parse::<FindText>().is_ok());
        let long = "é".repeat(FindText::LENGTH_MAX + 1).parse::<FindText>();
        assert_eq!(long.unwrap_err().to_string(), "what is looked for may have at most 120 characters");
    }
}
