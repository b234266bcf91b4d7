//! The address of the strategy page: what is looked at, as texts that the server reads. What is left out is chosen there.

use market::{Day, UnderlyingName};
use protocol::AddressReader;
use serde::{Deserialize, Serialize};

use crate::address::encoded;

/// Of `/strategy`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StrategyAddress {
    pub underlying: String,
    pub expiry: String,
    pub entry: String,
    pub exit: String,
    pub legs: String,
    pub profit: String,
    pub loss: String,
    /// The minute from which the payoff is seen.
    pub at: String,
    /// Which of the strategies is shown, from 1 on.
    pub show: String,
    /// The rules of a run over expiries.
    pub run_entry: String,
    pub run_exit: String,
}

impl StrategyAddress {
    pub fn of_texts(text: impl Fn(&str) -> String) -> Self {
        let mut address = Self::default();
        for (name, field) in address.fields_mut() {
            *field = text(name);
        }
        address
    }

    /// What is chosen where it cannot be read; of the rest the page itself says why it is refused.
    pub fn check(address: &mut AddressReader<'_>) {
        address.part::<UnderlyingName>("underlying");
        address.part::<Day>("expiry");
        address.part_as("show", "the number of a strategy", |text| text.parse::<usize>().ok());
    }

    /// With nothing in it that is left out.
    pub fn path(&self) -> String {
        let mut copy = self.clone();
        let fields = copy.fields_mut().into_iter().filter(|(_, text)| !text.is_empty());
        let pairs: Vec<String> = fields.map(|(name, text)| format!("{name}={}", encoded(text))).collect();
        if pairs.is_empty() { "/strategy".to_owned() } else { format!("/strategy?{}", pairs.join("&")) }
    }

    /// The place of the one that is shown.
    pub fn shown(&self) -> usize {
        self.show.parse::<usize>().unwrap_or(1).saturating_sub(1)
    }

    fn fields_mut(&mut self) -> [(&'static str, &mut String); 11] {
        [
            ("underlying", &mut self.underlying),
            ("expiry", &mut self.expiry),
            ("entry", &mut self.entry),
            ("exit", &mut self.exit),
            ("legs", &mut self.legs),
            ("profit", &mut self.profit),
            ("loss", &mut self.loss),
            ("at", &mut self.at),
            ("show", &mut self.show),
            ("run_entry", &mut self.run_entry),
            ("run_exit", &mut self.run_exit),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_it_is_written() {
        let texts =
            [("underlying", "NSE_INDEX|Nifty 50"), ("legs", "sell:1:call:atm+2;buy:1:future"), ("show", "2")];
        let text = |name: &str| texts.iter().find(|(of, _)| *of == name).map(|(_, text)| (*text).to_owned());
        let address = StrategyAddress::of_texts(|name| text(name).unwrap_or_default());
        assert_eq!(
            address.path(),
            "/strategy?underlying=NSE_INDEX%7CNifty%2050&legs=sell%3A1%3Acall%3Aatm%2B2%3Bbuy%3A1%3Afuture&show=2"
        );
        assert_eq!((address.shown(), StrategyAddress::default().shown()), (1, 0));
        assert_eq!(StrategyAddress::default().path(), "/strategy");
    }
}
