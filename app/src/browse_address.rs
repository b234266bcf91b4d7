//! The addresses of the browse pages, keys percent-encoded.

use market::{Contract, Day, InstrumentKey, Interval, UnderlyingName};

use crate::address::encoded;
pub use crate::chart_view::View;
pub use protocol::address::{contract as contract_of, expiry, underlying};

/// Of an underlying as an address names it: by key, or by symbol or name.
pub fn named(name: &UnderlyingName) -> String {
    format!("/browse/{}", encoded(&name.to_string()))
}

/// For people, before its full name is known.
pub fn words_of(name: &UnderlyingName) -> String {
    match name {
        UnderlyingName::Key(key) => key.name().to_owned(),
        UnderlyingName::Text(text) => text.clone(),
    }
}

pub fn contract(contract: &Contract) -> String {
    contract_of(&contract.underlying_key, contract.expiry, &contract.expired_key)
}

/// The ladder with the figures of one interval.
pub fn expiry_with(key: &InstrumentKey, date: Day, interval: Interval) -> String {
    format!("{}?interval={interval}", expiry(key, date))
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::samples::option;

    #[test]
    fn keys_are_percent_encoded() {
        assert_eq!(
            contract(&option(market::ContractKind::Put, 24500)),
            "/browse/NSE_INDEX%7CNifty%2050/2025-08-28/NSE_FO%7C8024500%7C28-08-2025"
        );
    }
}
