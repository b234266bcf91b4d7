//! Underlyings: the indices and stocks that have futures and options.

use serde::{Deserialize, Serialize};

use crate::{Day, InstrumentKey, Segment};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum UnderlyingKind {
    Index,
    Stock,
}

impl UnderlyingKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Stock => "stock",
        }
    }

    /// An index when its segment is one of indices.
    pub fn of(segment: Segment) -> Self {
        match segment {
            Segment::NseIndex | Segment::BseIndex | Segment::McxIndex => Self::Index,
            _ => Self::Stock,
        }
    }
}

/// A live instrument whose expired contracts can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Underlying {
    pub key: InstrumentKey,
    /// `NIFTY`, as contracts name it.
    pub symbol: String,
    /// `Nifty 50`, as people know it.
    pub name: String,
    pub kind: UnderlyingKind,
}

/// How an underlying stands with futures and options today, as far as the instrument master tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It has some, or there is no word against it.
    #[default]
    Live,
    /// It had some and has none any more.
    Left,
    /// It has none, and nobody here knows whether it ever had.
    Unknown,
}

impl Standing {
    /// For people, where there is something to say.
    pub fn words(self) -> Option<&'static str> {
        match self {
            Self::Live => None,
            Self::Left => Some("left F&O"),
            Self::Unknown => Some("no live F&O: Upstox is asked whether it had any"),
        }
    }
}

/// When live contracts of an underlying will expire, as the instrument master tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComingExpiry {
    pub underlying: InstrumentKey,
    pub date: Day,
    /// `None`: the master does not say.
    pub weekly: Option<bool>,
}

/// Key, symbol and name of the eight indices with F&O, most traded first. They are known even where the
/// broker's instrument master cannot be had.
pub const INDEX_UNDERLYINGS: [(&str, &str, &str); 8] = [
    ("NSE_INDEX|Nifty 50", "NIFTY", "Nifty 50"),
    ("NSE_INDEX|Nifty Bank", "BANKNIFTY", "Nifty Bank"),
    ("BSE_INDEX|SENSEX", "SENSEX", "Sensex"),
    ("NSE_INDEX|Nifty Fin Service", "FINNIFTY", "Nifty Financial Services"),
    ("NSE_INDEX|NIFTY MID SELECT", "MIDCPNIFTY", "Nifty Midcap Select"),
    ("NSE_INDEX|Nifty Next 50", "NIFTYNXT50", "Nifty Next 50"),
    ("BSE_INDEX|BANKEX", "BANKEX", "Bankex"),
    ("BSE_INDEX|SENSEX 50", "SENSEX50", "Sensex 50"),
];

impl Underlying {
    /// The built-in indices.
    pub fn indices() -> Vec<Self> {
        INDEX_UNDERLYINGS
            .iter()
            .filter_map(|(key, symbol, name)| {
                let key = key.parse().ok()?;
                Some(Self {
                    key,
                    symbol: (*symbol).to_owned(),
                    name: (*name).to_owned(),
                    kind: UnderlyingKind::Index,
                })
            })
            .collect()
    }

    /// An underlying of which nothing but its key is known.
    pub fn from_key(key: InstrumentKey) -> Self {
        Self::indices().into_iter().find(|index| index.key == key).unwrap_or_else(|| {
            let name = key.name().to_owned();
            Self { kind: UnderlyingKind::of(key.segment()), symbol: name.clone(), name, key }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_built_in_indices_have_valid_keys() {
        let indices = Underlying::indices();
        assert_eq!(indices.len(), INDEX_UNDERLYINGS.len());
        assert!(indices.iter().all(|index| index.key.check_underlying().is_ok()));
    }
}
