//! Browse: from an underlying to an expiry to a contract to its candles. Shows what is stored; the broker is
//! never asked here.

mod contract;
mod contract_added;
mod contract_chart;
mod contract_compare;
mod contract_head;
mod contract_keys;
mod contract_toolbar;
mod contract_view;
mod contracts;
mod coverage_bar;
mod expiries;
mod full_name;
mod futures_table;
mod ladder;
mod ladder_columns;
mod ladder_order;
mod ladder_view;
mod money_line;
mod pairing;
mod underlyings;
mod unread;

pub use contract::BrowseContract;
pub use contracts::BrowseContracts;
pub use expiries::BrowseExpiries;
pub use underlyings::Browse;
