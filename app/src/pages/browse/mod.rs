//! Browse: from an underlying to an expiry to a contract to its candles. Shows what is stored; the broker is
//! never asked here.

mod addresses;
mod contract;
mod contract_head;
mod contract_keys;
mod contract_view;
mod contracts;
mod expiries;
mod ladder;
mod ladder_view;
mod neighbours;
mod pairing;
#[cfg(feature = "ssr")]
pub(crate) mod reading;
#[cfg(test)]
mod samples;
mod twins;
mod underlyings;
mod unread;

#[cfg(feature = "ssr")]
pub use addresses::{contract_of as contract_address, underlying as underlying_address};
pub use contract::BrowseContract;
pub use contracts::BrowseContracts;
pub use expiries::BrowseExpiries;
pub use neighbours::{Neighbours, short_name};
pub use twins::told_apart;
pub use underlyings::Browse;
