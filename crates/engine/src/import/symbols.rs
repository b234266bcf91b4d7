//! Whose candles they are: by the key, and where there is none by a symbol, the broker's (`NIFTY 24800 CE 28 AUG 25`) and that
//! of our own files (`NIFTY28AUG2524800CE`). Both hold the expiry, so the contracts of that day are looked through, of
//! those that are listed here and those that files describe. A symbol of several contracts is nobody's.

use std::borrow::Cow;
use std::collections::HashMap;

use export::Subject;
use market::{Contract, ContractKind, ContractKinds, Day, ExpiredKey, Strike, Underlying};
use store::{ForeignCell, Store, UnderlyingId};

use super::rows::text;
use super::shape::{PARTS_PLACES, SYMBOL_PLACE, Shape};
use crate::error::EngineError;

/// Expiries whose symbols are remembered at once.
const EXPIRIES_MAX: usize = 24;
/// As `28AUG25`.
const DATE_CHARS: usize = 7;

/// Whose rows they are, as the file says it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Whose {
    Key(String),
    Symbol(String),
}

impl Whose {
    /// A key tells more than a symbol.
    pub fn of(shape: &Shape, row: &[ForeignCell]) -> Option<Self> {
        let in_row = shape.cell(row, 0).and_then(text).map(Cow::into_owned);
        let key = in_row.or_else(|| shape.key.as_ref().map(ToString::to_string));
        key.map(Self::Key).or_else(|| symbol_of(shape, row).map(Self::Symbol))
    }

    pub fn as_str(&self) -> &str {
        match self {
            Self::Key(text) | Self::Symbol(text) => text,
        }
    }
}

/// Whom a symbol names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Contract(ExpiredKey),
    Several,
    Underlying,
    Nobody,
}

/// Keys by symbols, as [`spelled`] has them.
type BySymbol = HashMap<String, Vec<ExpiredKey>>;

pub(super) struct Symbols {
    store: Store,
    underlyings: Option<Vec<(UnderlyingId, Underlying)>>,
    listed: HashMap<Day, BySymbol>,
    described: BySymbol,
}

impl Symbols {
    pub fn new(store: Store) -> Self {
        Self { store, underlyings: None, listed: HashMap::new(), described: HashMap::new() }
    }

    /// A contract that a file describes, of an underlying of this symbol.
    pub fn describe(&mut self, contract: &Contract, underlying: &str) {
        put(&mut self.described, contract, underlying);
    }

    pub async fn find(&mut self, symbol: &str) -> Result<Named, EngineError> {
        if let Ok(key) = symbol.parse::<ExpiredKey>() {
            return Ok(Named::Contract(key));
        }
        let sought = spelled(symbol);
        let underlyings = match self.underlyings.take() {
            Some(underlyings) => underlyings,
            None => self.store.underlyings().await?,
        };
        let is_underlying = underlyings.iter().any(|(_, of)| spelled(&of.symbol) == sought);
        let expiry = expiry_in(&sought);
        if let Some(expiry) = expiry.filter(|expiry| !self.listed.contains_key(expiry)) {
            let listed = self.listed_of(&underlyings, expiry).await?;
            if self.listed.len() >= EXPIRIES_MAX {
                self.listed.clear();
            }
            self.listed.insert(expiry, listed);
        }
        self.underlyings = Some(underlyings);
        let listed = expiry.and_then(|expiry| self.listed.get(&expiry)?.get(&sought));
        Ok(match listed.or_else(|| self.described.get(&sought)).map(Vec::as_slice) {
            Some([only]) => Named::Contract(only.clone()),
            Some([_, ..]) => Named::Several,
            _ if is_underlying => Named::Underlying,
            _ => Named::Nobody,
        })
    }

    async fn listed_of(
        &self,
        underlyings: &[(UnderlyingId, Underlying)],
        expiry: Day,
    ) -> Result<BySymbol, EngineError> {
        let mut listed = BySymbol::new();
        for (id, underlying) in underlyings {
            let Some(stored) = self.store.expiry(*id, expiry).await? else { continue };
            for of in self.store.contracts(stored.id, ContractKinds::Both).await? {
                put(&mut listed, &of.contract, &underlying.symbol);
            }
        }
        Ok(listed)
    }
}

fn put(by_symbol: &mut BySymbol, contract: &Contract, underlying: &str) {
    let ours = Subject::Contract { contract: contract.clone(), underlying: underlying.to_owned() };
    for symbol in [&contract.trading_symbol, &ours.openalgo_symbol()] {
        let keys = by_symbol.entry(spelled(symbol)).or_default();
        if !keys.contains(&contract.expired_key) {
            keys.push(contract.expired_key.clone());
        }
    }
}

/// The symbol of a row, in one column or put together of its parts.
fn symbol_of(shape: &Shape, row: &[ForeignCell]) -> Option<String> {
    let cell = |place| shape.cell(row, place).and_then(text);
    if let Some(symbol) = cell(SYMBOL_PLACE) {
        return Some(symbol.into_owned());
    }
    let [underlying, expiry, strike, side] = PARTS_PLACES.map(cell);
    let (underlying, side) = (underlying?, side?);
    let expiry = Day::from_spelling(&expiry?)?.date().format("%d%b%y");
    let kind: ContractKind = side.parse().ok()?;
    let strike = match kind {
        ContractKind::Future => String::new(),
        ContractKind::Call | ContractKind::Put => strike?.parse::<Strike>().ok()?.to_string(),
    };
    Some(format!("{underlying}{expiry}{strike}{kind}"))
}

/// In capitals and without spaces, so that one symbol has one spelling.
fn spelled(symbol: &str) -> String {
    symbol.chars().filter(|of| !of.is_whitespace()).map(|of| of.to_ascii_uppercase()).collect()
}

/// The day that a symbol holds: two digits, a month, two digits.
fn expiry_in(symbol: &str) -> Option<Day> {
    let windows = (0..symbol.len()).filter_map(|from| symbol.get(from..from + DATE_CHARS));
    windows.filter(|window| window.is_ascii()).find_map(|window| {
        let (start, year) = window.split_at(DATE_CHARS - 2);
        Day::from_spelling(&format!("{start}20{year}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_symbol_of_ours_says_its_expiry() {
        for (symbol, expiry) in [
            ("NIFTY 24800 CE 28 AUG 25", Some("2025-08-28")),
            ("NIFTY28AUG2524800CE", Some("2025-08-28")),
            ("360ONE 1040 PE 30 DEC 25", Some("2025-12-30")),
            ("M&M FUT 28 OCT 25", Some("2025-10-28")),
            ("BAJAJ-AUTO28OCT259000.5PE", Some("2025-10-28")),
            ("MARICO30JUN26FUT", Some("2026-06-30")),
            ("NIFTY", None),
            ("NIFTY25AUGFUT", None),
            ("28", None),
            ("₹₹₹28AUG2", None),
        ] {
            assert_eq!(expiry_in(&spelled(symbol)).map(|day| day.to_string()).as_deref(), expiry, "{symbol}");
        }
    }
}
