//! How a person names an underlying: by its key, or by a symbol, name or ISIN. Parsed at the edge; what cannot
//! have expired contracts (commodities, currencies, contracts) is refused here, before anything is asked.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{InstrumentKey, KeyError};

/// The longest name that is looked for.
const NAME_LENGTH_MAX: usize = 80;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum UnderlyingName {
    Key(InstrumentKey),
    /// Something with a letter or digit in it; whom it means is for whoever knows the instruments to say.
    Text(String),
}

impl FromStr for UnderlyingName {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        if text.contains('|') {
            let key: InstrumentKey = text.parse()?;
            key.check_underlying()?;
            return Ok(Self::Key(key));
        }
        let has_word = text.chars().any(char::is_alphanumeric);
        if !has_word || text.chars().count() > NAME_LENGTH_MAX || text.chars().any(char::is_control) {
            return Err(KeyError::Underlying(text.chars().take(NAME_LENGTH_MAX).collect()));
        }
        Ok(Self::Text(text.to_owned()))
    }
}

impl fmt::Display for UnderlyingName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => key.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl From<InstrumentKey> for UnderlyingName {
    fn from(key: InstrumentKey) -> Self {
        Self::Key(key)
    }
}

impl TryFrom<String> for UnderlyingName {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<UnderlyingName> for String {
    fn from(name: UnderlyingName) -> Self {
        name.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_key_and_anything_else_a_name() {
        let parse = |text: &str| text.parse::<UnderlyingName>();
        assert_eq!(
            parse("NSE_INDEX|Nifty 50"),
            Ok(UnderlyingName::Key("NSE_INDEX|Nifty 50".parse().unwrap()))
        );
        assert_eq!(parse(" bank nifty "), Ok(UnderlyingName::Text("bank nifty".to_owned())));
        assert_eq!(parse("M&M").unwrap().to_string(), "M&M");
        for bad in ["", "  ", "&&", "a\u{7}b", &"x".repeat(81)] {
            assert!(matches!(parse(bad), Err(KeyError::Underlying(_))), "{bad}");
        }
        assert!(matches!(parse("MCX_FO|428750"), Err(KeyError::Commodity(_))));
        assert!(matches!(parse("NCD_FO|USDINR"), Err(KeyError::Currency(_))));
        assert!(matches!(parse("NSE_FO|47983"), Err(KeyError::Derivative(_))));
        assert!(matches!(parse("NSE_FO|71706|28-08-2025"), Err(KeyError::Instrument(_))));
        assert!(matches!(parse("NSE|Nifty"), Err(KeyError::Instrument(_))));
    }
}
