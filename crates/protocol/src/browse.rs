//! What is stored, as it is walked through: an underlying's expiries, an expiry's contracts, a contract beside its
//! neighbours.

use market::{Day, ExpiredKey, Interval, Underlying};
use serde::{Deserialize, Serialize};

use crate::{ContractRow, ExpiryRow, Spot, told_apart};

/// The expiries of an underlying.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExpiriesPicture {
    pub underlying: Underlying,
    /// Newest first, also the ones of which nothing is stored.
    pub expiries: Vec<ExpiryRow>,
}

/// The contracts of an expiry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContractsPicture {
    pub underlying: Underlying,
    pub expiry: Day,
    pub weekly: Option<bool>,
    /// The series that the figures should be of; without one, each contract's best.
    pub chosen: Option<Interval>,
    /// The series that any of the contracts has.
    pub stored: Vec<Interval>,
    pub contracts: Vec<ContractRow>,
    /// Where the underlying stood at the close of the expiry's day.
    pub spot: Spot,
    /// The next expiries with contracts, for going through them.
    pub newer: Option<Day>,
    pub older: Option<Day>,
}

/// One contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContractPicture {
    pub underlying: Underlying,
    /// What tells it from others of its kind and strike, where there are some.
    pub distinction: Option<String>,
    pub row: ContractRow,
    pub neighbours: Neighbours,
}

impl ContractPicture {
    /// `NIFTY 24500 CE 28 AUG 25`; no two contracts have the same.
    pub fn name(&self) -> String {
        told_apart(&self.row.contract.trading_symbol, self.distinction.as_deref())
    }

    /// `24500 CE`, as different within its expiry.
    pub fn short_name(&self) -> String {
        told_apart(&self.row.contract.short_name(), self.distinction.as_deref())
    }
}

/// A contract that can be gone to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Neighbour {
    pub key: ExpiredKey,
    pub expiry: Day,
    /// `24500 CE`, `FUT`; with its token where there are several of these.
    pub name: String,
}

/// The strikes below and above, the other side of the strike, and the like of a contract in the expiries around it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Neighbours {
    pub lower: Option<Neighbour>,
    pub higher: Option<Neighbour>,
    pub newer: Option<Neighbour>,
    pub older: Option<Neighbour>,
    /// The put of a call and the call of a put.
    pub other_side: Option<Neighbour>,
}
