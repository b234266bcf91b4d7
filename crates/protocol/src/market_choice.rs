//! The two markets that one server can show. They never share a database; which one is meant is said with each
//! request, so that looking into one stops nothing in the other.

use serde::{Deserialize, Serialize};

use crate::words::reads_its_words;

/// The header by which a program says which market it means; without it, the one that the server was started on.
pub const MARKET_HEADER: &str = "x-expirytrack-market";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Market {
    /// The broker's own data.
    #[default]
    Upstox,
    /// The built-in simulated market: every page says so.
    Simulated,
}

impl Market {
    pub const ALL: [Self; 2] = [Self::Upstox, Self::Simulated];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upstox => "upstox",
            Self::Simulated => "simulated",
        }
    }

    pub fn other(self) -> Self {
        match self {
            Self::Upstox => Self::Simulated,
            Self::Simulated => Self::Upstox,
        }
    }
}

reads_its_words!(Market, "market");
