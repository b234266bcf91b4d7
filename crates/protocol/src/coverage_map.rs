//! Coverage as it is looked at: a calendar of all expiries, the map of one expiry contract by day, the minutes of a day.

use std::collections::BTreeMap;

use market::{ContractKind, Day, ExpiredKey, InstrumentKey, Interval, Strike};
use serde::{Deserialize, Serialize};

use crate::{AgainCost, DayState};

/// Contracts of one map: more are paged. The longest expiry of an index has about 700.
pub const MAP_CONTRACTS_MAX: usize = 400;

/// What is known of a contract's day, as a map shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MapCell {
    /// Answered for good, with minutes, and nothing says that one is missing.
    Complete,
    /// There are minutes, and something of the day is missing.
    Partly,
    /// Answered without a row, and that was confirmed.
    ConfirmedEmpty,
    /// The exchange's file says that nothing was traded.
    ProvenEmpty,
    /// The exchange's file says that it was traded, and no minute came.
    ProvenHole,
    Failed,
    Provisional,
    /// Not answered, and a file of a person's brought rows of it.
    Imported,
    NotAsked,
    Pruned,
    /// The market was closed.
    Closed,
}

impl MapCell {
    pub const ALL: [Self; 11] = [
        Self::Complete,
        Self::Partly,
        Self::ConfirmedEmpty,
        Self::ProvenEmpty,
        Self::ProvenHole,
        Self::Failed,
        Self::Provisional,
        Self::Imported,
        Self::NotAsked,
        Self::Pruned,
        Self::Closed,
    ];

    /// A row of a map has one a day.
    pub fn letter(self) -> char {
        match self {
            Self::Complete => 'c',
            Self::Partly => 'p',
            Self::ConfirmedEmpty => 'e',
            Self::ProvenEmpty => 'x',
            Self::ProvenHole => 'h',
            Self::Failed => 'f',
            Self::Provisional => 'v',
            Self::Imported => 'i',
            Self::NotAsked => 'n',
            Self::Pruned => 'r',
            Self::Closed => '.',
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partly => "partly",
            Self::ConfirmedEmpty => "confirmed empty",
            Self::ProvenEmpty => "proven empty",
            Self::ProvenHole => "proven hole",
            Self::Failed => "failed",
            Self::Provisional => "provisional",
            Self::Imported => "imported",
            Self::NotAsked => "not asked",
            Self::Pruned => "pruned",
            Self::Closed => "market closed",
        }
    }
}

/// The contracts of an expiry, day by day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CoverageMap {
    pub underlying: InstrumentKey,
    pub symbol: String,
    pub expiry: Day,
    pub interval: Interval,
    /// The days of a row, oldest first: sessions, and closed days on which a row came.
    pub days: Vec<Day>,
    pub rows: Vec<MapRow>,
    /// Contracts before the first row, and of the whole expiry.
    pub from: u64,
    pub contracts: u64,
    /// Days of all rows by what they are.
    pub counts: BTreeMap<MapCell, u64>,
    /// Requests that an order of the expiry would send for its contracts; a second look at what comes back empty is not
    /// counted.
    pub requests: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MapRow {
    pub expired_key: ExpiredKey,
    pub symbol: String,
    pub kind: ContractKind,
    pub strike: Option<Strike>,
    /// A letter a day: c complete, p partly, e confirmed empty, x proven empty, h proven hole, f failed, v provisional,
    /// n not asked, r pruned, . market closed.
    pub cells: String,
    /// A digit a day: tenths of the session's minutes that have a candle.
    pub fill: String,
    pub counts: BTreeMap<MapCell, u64>,
}

/// One day of one contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CoverageDay {
    pub underlying: InstrumentKey,
    pub expiry: Day,
    pub expired_key: ExpiredKey,
    pub symbol: String,
    pub day: Day,
    pub cell: MapCell,
    pub state: DayState,
    /// What is known of it, a sentence each.
    pub sentences: Vec<String>,
    /// Minutes of the session, from its first one on: `#` with a candle, `-` with a candle and no trade, `!` refused,
    /// `.` without. Where there are two windows a space stands between them.
    pub minutes: String,
    /// The first minute, after midnight IST.
    pub opens_at: Option<u16>,
    /// Runs of minutes without a candle, as `09:15–09:47`; a minute without a trade has none.
    pub missing: Vec<String>,
    pub exchange: Option<ExchangeFigures>,
    /// Of the stored minutes.
    pub volume: i64,
    pub open_interest: i64,
    /// What asking again costs.
    pub again: AgainCost,
}

/// What the exchange's file says of a contract's day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExchangeFigures {
    /// Units.
    pub volume: i64,
    /// At the close, units.
    pub open_interest: i64,
    /// Rupees.
    pub settlement_price: Rupees,
}

/// Rupees of whole paise, as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "f64", into = "f64")]
pub struct Rupees(pub market::Paise);

impl From<f64> for Rupees {
    fn from(rupees: f64) -> Self {
        Self(market::Paise((rupees * 100.0).round() as i64))
    }
}

impl From<Rupees> for f64 {
    fn from(Rupees(paise): Rupees) -> Self {
        paise.to_rupees()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Rupees {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        f64::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Rupees {}

/// All there is: an underlying a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CoverageCalendar {
    pub underlyings: Vec<CalendarRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CalendarRow {
    pub underlying: InstrumentKey,
    pub symbol: String,
    pub name: String,
    /// Oldest first.
    pub expiries: Vec<CalendarExpiry>,
}

/// How far an expiry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExpiryOutcome {
    Complete,
    Partly,
    Failed,
    ProvenHole,
    NotAsked,
    Pruned,
}

impl ExpiryOutcome {
    pub const ALL: [Self; 6] =
        [Self::Complete, Self::Partly, Self::ProvenHole, Self::Failed, Self::NotAsked, Self::Pruned];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partly => "partly",
            Self::Failed => "failed",
            Self::ProvenHole => "proven_hole",
            Self::NotAsked => "not_asked",
            Self::Pruned => "pruned",
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partly => "partly",
            Self::Failed => "with failed parts",
            Self::ProvenHole => "with proven holes",
            Self::NotAsked => "not asked",
            Self::Pruned => "pruned",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CalendarExpiry {
    pub expiry: Day,
    pub outcome: ExpiryOutcome,
    /// Of its contracts and days, in words.
    pub words: String,
    pub candles: u64,
    /// Contracts whose newest asking failed.
    pub failed: u64,
    /// Days that an exchange's file showed to be holes, and that still have no minute.
    pub holes: u64,
}
