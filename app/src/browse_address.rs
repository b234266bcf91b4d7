//! The addresses of the browse pages, keys percent-encoded, and what the query of a chart page says.

use market::{ChartInterval, Contract, Day, InstrumentKey, Interval, UnderlyingName};

use crate::address::encoded;
use protocol::Minute;
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

/// How a contract is looked at: part of its address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct View {
    pub interval: ChartInterval,
    /// The table instead of the picture.
    pub as_table: bool,
    /// Of the table, counted from one.
    pub page: usize,
    /// The minute that the chart is opened at.
    pub at: Option<Minute>,
}

impl View {
    /// What cannot be read takes its default.
    pub fn read(value: impl Fn(&str) -> Option<String>) -> Self {
        let text = |name: &str| value(name).unwrap_or_default();
        Self {
            interval: text("interval").parse().unwrap_or_default(),
            as_table: text("view") == "table",
            page: text("page").parse().unwrap_or(1).max(1),
            at: text("at").parse().ok(),
        }
    }

    /// `path` with this view; defaults are left out.
    pub fn address(self, path: &str) -> String {
        let mut parts = Vec::new();
        if self.interval != ChartInterval::default() {
            parts.push(format!("interval={}", self.interval));
        }
        if self.as_table {
            parts.push("view=table".to_owned());
            if self.page > 1 {
                parts.push(format!("page={}", self.page));
            }
        }
        if let Some(at) = self.at {
            parts.push(format!("at={at}"));
        }
        if parts.is_empty() { path.to_owned() } else { format!("{path}?{}", parts.join("&")) }
    }
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

    #[test]
    fn a_view_is_its_address() {
        let at = "2025-08-01T10:30".parse().ok();
        let view = View { interval: ChartInterval::Hour1, as_table: true, page: 3, at };
        assert_eq!(view.address("/x"), "/x?interval=1hour&view=table&page=3&at=2025-08-01T10:30");
        let read = View::read(|name| {
            Some(
                match name {
                    "interval" => "1hour",
                    "view" => "table",
                    "at" => "2025-08-01T10:30",
                    _ => "3",
                }
                .to_owned(),
            )
        });
        assert_eq!(read, view);
        let default = View::read(|_| None);
        assert_eq!((default.address("/x"), default.page), ("/x".to_owned(), 1));
        assert_eq!(View::read(|_| Some("nonsense".to_owned())), default);
    }
}
