//! Instrument keys and expired keys, as Upstox writes them. An expired instrument is never an
//! instrument: the two are different types, and only a live underlying can be asked for its expiries.
//!
//! Patterns: Field Pattern appendix of the official documentation, 2026-02.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Day;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    NseEquity,
    NseDerivatives,
    NseCurrency,
    BseEquity,
    BseDerivatives,
    BseCurrency,
    McxDerivatives,
    NseIndex,
    BseIndex,
    McxIndex,
    NseCommodity,
}

impl Segment {
    pub const ALL: [Self; 11] = [
        Self::NseEquity,
        Self::NseDerivatives,
        Self::NseCurrency,
        Self::BseEquity,
        Self::BseDerivatives,
        Self::BseCurrency,
        Self::McxDerivatives,
        Self::NseIndex,
        Self::BseIndex,
        Self::McxIndex,
        Self::NseCommodity,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::NseEquity => "NSE_EQ",
            Self::NseDerivatives => "NSE_FO",
            Self::NseCurrency => "NCD_FO",
            Self::BseEquity => "BSE_EQ",
            Self::BseDerivatives => "BSE_FO",
            Self::BseCurrency => "BCD_FO",
            Self::McxDerivatives => "MCX_FO",
            Self::NseIndex => "NSE_INDEX",
            Self::BseIndex => "BSE_INDEX",
            Self::McxIndex => "MCX_INDEX",
            Self::NseCommodity => "NSE_COM",
        }
    }

    /// `NSE`, `BSE` or `MCX`.
    pub fn exchange(self) -> &'static str {
        &self.as_str_exchange()[..3]
    }

    fn as_str_exchange(self) -> &'static str {
        match self {
            Self::NseCurrency => "NSE",
            Self::BseCurrency => "BSE",
            other => other.as_str(),
        }
    }
}

impl FromStr for Segment {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|segment| segment.as_str() == text).ok_or(())
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a key was refused, with what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("\"{0}\" is not an instrument key: write SEGMENT|NAME, for example \"NSE_INDEX|Nifty 50\"")]
    Instrument(String),
    #[error(
        "\"{0}\" is not an expired instrument key: write SEGMENT|TOKEN|DD-MM-YYYY, for example \"NSE_FO|71706|28-08-2025\""
    )]
    Expired(String),
    #[error(
        "{0} is a commodity key: Upstox has no expired contracts of MCX, choose an index or stock of NSE or BSE"
    )]
    Commodity(String),
    #[error(
        "{0} is a currency key: Upstox has no expired currency contracts, choose an index or stock of NSE or BSE"
    )]
    Currency(String),
    #[error(
        "{0} is a contract, not an underlying: give the index or stock itself, for example \"NSE_INDEX|Nifty 50\""
    )]
    Derivative(String),
    #[error(
        "\"{0}\" names no index and no stock: write a symbol or a name, for example BANKNIFTY, or a key, for example \"NSE_INDEX|Nifty 50\""
    )]
    Underlying(String),
}

/// `NSE_INDEX|Nifty 50`, `NSE_EQ|INE002A01018`: a live instrument.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InstrumentKey {
    text: String,
    segment: Segment,
}

/// The longest key that is taken; the longest known has 31 characters.
const KEY_LENGTH_MAX: usize = 64;

impl InstrumentKey {
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn segment(&self) -> Segment {
        self.segment
    }

    /// What follows the segment: a name for an index, an ISIN for a stock.
    pub fn name(&self) -> &str {
        &self.text[self.segment.as_str().len() + 1..]
    }

    /// Refuses what cannot have expired contracts at Upstox, before any request is spent on it.
    pub fn check_underlying(&self) -> Result<(), KeyError> {
        let text = self.text.clone();
        match self.segment {
            Segment::NseIndex | Segment::BseIndex | Segment::NseEquity | Segment::BseEquity => Ok(()),
            Segment::McxDerivatives | Segment::McxIndex | Segment::NseCommodity => {
                Err(KeyError::Commodity(text))
            }
            Segment::NseCurrency | Segment::BseCurrency => Err(KeyError::Currency(text)),
            Segment::NseDerivatives | Segment::BseDerivatives => Err(KeyError::Derivative(text)),
        }
    }
}

impl FromStr for InstrumentKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let refuse = || KeyError::Instrument(text.to_owned());
        let (segment, name) = text.split_once('|').ok_or_else(refuse)?;
        let segment = segment.parse().map_err(|()| refuse())?;
        // The pattern's `\w`, the space, and `^`, which the served OpenAPI adds.
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ' ' | '^');
        if name.trim().is_empty() || text.len() > KEY_LENGTH_MAX || !name.chars().all(allowed) {
            return Err(refuse());
        }
        Ok(Self { text: text.to_owned(), segment })
    }
}

impl fmt::Display for InstrumentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for InstrumentKey {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<InstrumentKey> for String {
    fn from(key: InstrumentKey) -> Self {
        key.text
    }
}

/// `NSE_FO|71706|28-08-2025`: the name of an expired contract, good for reading history and nothing else.
/// The identity of a contract: exchange tokens are used again after expiry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ExpiredKey {
    segment: Segment,
    exchange_token: String,
    date: Day,
}

impl ExpiredKey {
    pub fn new(segment: Segment, exchange_token: &str, date: Day) -> Result<Self, KeyError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if exchange_token.is_empty()
            || exchange_token.len() > KEY_LENGTH_MAX
            || !exchange_token.chars().all(allowed)
        {
            return Err(KeyError::Expired(format!("{segment}|{exchange_token}|{}", date.to_key_text())));
        }
        Ok(Self { segment, exchange_token: exchange_token.to_owned(), date })
    }

    pub fn segment(&self) -> Segment {
        self.segment
    }

    pub fn exchange_token(&self) -> &str {
        &self.exchange_token
    }

    /// The date in the key. It is the expiry as far as anybody has seen, but the contract's own field decides.
    pub fn date(&self) -> Day {
        self.date
    }
}

impl FromStr for ExpiredKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let refuse = || KeyError::Expired(text.to_owned());
        let mut parts = text.split('|');
        let (Some(segment), Some(token), Some(date), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(refuse());
        };
        let segment = segment.parse().map_err(|()| refuse())?;
        let date = parse_key_date(date).ok_or_else(refuse)?;
        Self::new(segment, token, date).map_err(|_| refuse())
    }
}

fn parse_key_date(text: &str) -> Option<Day> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || !text.is_ascii() {
        return None;
    }
    format!("{}-{}-{}", &text[6..], &text[3..5], &text[..2])
        .parse()
        .ok()
        .filter(|_| bytes[2] == b'-' && bytes[5] == b'-')
}

impl fmt::Display for ExpiredKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}|{}|{}", self.segment, self.exchange_token, self.date.to_key_text())
    }
}

impl TryFrom<String> for ExpiredKey {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<ExpiredKey> for String {
    fn from(key: ExpiredKey) -> Self {
        key.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_are_taken_or_refused_by_the_documented_patterns() {
        for good in ["NSE_INDEX|Nifty 50", "BSE_INDEX|SENSEX", "NSE_EQ|INE002A01018"] {
            let key: InstrumentKey = good.parse().unwrap();
            assert_eq!(key.to_string(), good);
            assert_eq!(key.check_underlying(), Ok(()));
        }
        for bad in
            ["", "Nifty 50", "NSE_INDEX|", "NSE_INDEX| ", "NSE|Nifty", "NSE_EQ|M&M", "NSE_FO|1|28-08-2025"]
        {
            assert!(matches!(bad.parse::<InstrumentKey>(), Err(KeyError::Instrument(_))), "{bad}");
        }
    }

    #[test]
    fn commodity_and_currency_are_refused_by_name() {
        let refusal = |text: &str| text.parse::<InstrumentKey>().unwrap().check_underlying().unwrap_err();
        assert!(matches!(refusal("MCX_FO|428750"), KeyError::Commodity(_)));
        assert!(matches!(refusal("NCD_FO|USDINR"), KeyError::Currency(_)));
        assert!(matches!(refusal("NSE_FO|47983"), KeyError::Derivative(_)));
        assert_eq!(Segment::NseCurrency.exchange(), "NSE");
        assert_eq!(Segment::BseIndex.exchange(), "BSE");
    }

    #[test]
    fn expired_keys_round_trip() {
        let key: ExpiredKey = "NSE_FO|71706|28-08-2025".parse().unwrap();
        assert_eq!(key.date().to_string(), "2025-08-28");
        assert_eq!(key.to_string(), "NSE_FO|71706|28-08-2025");
        for bad in [
            "NSE_FO|71706",
            "NSE_FO|71706|2025-08-28",
            "NSE_FO||28-08-2025",
            "NSE_FO|7|31-02-2025",
            "NSE_FO|7|28-08-2025|x",
            "NSE_FO|7|28.08.2025",
        ] {
            assert!(bad.parse::<ExpiredKey>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_the_parsers(text in "\\PC{0,40}") {
            let _ = text.parse::<InstrumentKey>();
            let _ = text.parse::<ExpiredKey>();
            let _ = format!("NSE_FO|1|{text}").parse::<ExpiredKey>();
        }
    }
}
