//! Whose a row of the exchange's file is, and what it says beside what is stored. Pure.
//!
//! A row is a contract's by underlying, expiry, kind and strike. Where several are the same in all of these, as after a
//! demerger, the exchange's token tells them apart, or nothing does and the row stays nobody's.

use std::collections::{BTreeMap, HashMap, HashSet};

use market::{ContractKind, Day, InstrumentKey, Strike, Underlying};
use protocol::{BHAVCOPY_DIFFERING_MAX, BHAVCOPY_EXAMPLES, BhavcopyExchange, Compared, DifferingContract};
use store::{ContractId, ContractOnDay, ExchangeDay, UnderlyingId};

use super::read::{Bhavcopy, BhavcopyRow};

/// What a file says of contracts that are known here.
#[derive(Default)]
pub(super) struct Matched<'a> {
    pub days: Vec<(ContractId, ExchangeDay)>,
    pub holes: Vec<&'a ContractOnDay>,
    /// Of expiries that lie in the lake.
    pub holes_in_the_lake: u64,
    pub unknown_underlyings: u64,
    pub unknown_contracts: u64,
    pub unmatched: u64,
    pub unmatched_examples: Vec<String>,
    /// With trades of the day here and no row in the file.
    pub without_row: Vec<&'a ContractOnDay>,
    pub proven_empties: u64,
    pub requests_saved: u64,
    pub not_asked: u64,
    pub volume: Compared,
    pub open_interest: Compared,
    pub differing: Vec<DifferingContract>,
}

/// Underlyings of an exchange by what it calls them now or called them before.
pub(super) struct Symbols(HashMap<String, Vec<UnderlyingId>>);

impl Symbols {
    pub(super) fn of(
        exchange: BhavcopyExchange,
        underlyings: &[(UnderlyingId, Underlying)],
        former: &BTreeMap<InstrumentKey, Vec<String>>,
    ) -> Self {
        let mut symbols: HashMap<String, Vec<UnderlyingId>> = HashMap::new();
        let is_there = |key: &InstrumentKey| key.as_str().starts_with(exchange.as_str());
        for (id, underlying) in underlyings.iter().filter(|(_, underlying)| is_there(&underlying.key)) {
            let before = former.get(&underlying.key).into_iter().flatten();
            for name in std::iter::once(&underlying.symbol).chain(before) {
                let ids = symbols.entry(name.to_uppercase()).or_default();
                if !ids.contains(id) {
                    ids.push(*id);
                }
            }
        }
        Self(symbols)
    }

    fn named(&self, symbol: &str) -> Option<&Vec<UnderlyingId>> {
        self.0.get(symbol).or_else(|| self.0.get(&symbol.to_uppercase()))
    }
}

/// By what a row names a contract.
type Name<U> = (U, Day, ContractKind, Option<Strike>);

/// The contracts that a row may be of.
struct Known<'a> {
    by_name: HashMap<Name<UnderlyingId>, Vec<&'a ContractOnDay>>,
    by_token: HashMap<&'a str, &'a ContractOnDay>,
}

enum Found<'a> {
    Contract(&'a ContractOnDay),
    Unknown,
    /// Why it is nobody's for sure.
    Odd(String),
}

impl<'a> Known<'a> {
    fn new(contracts: &'a [ContractOnDay]) -> Self {
        let mut by_name: HashMap<_, Vec<_>> = HashMap::with_capacity(contracts.len());
        for contract in contracts {
            let name = (contract.underlying, contract.expiry, contract.kind, contract.strike);
            by_name.entry(name).or_default().push(contract);
        }
        let by_token = contracts.iter().map(|contract| (contract.key.exchange_token(), contract)).collect();
        Self { by_name, by_token }
    }

    /// `rows_alike`: rows of the file that are the same in everything but the token.
    fn find(&self, row: &BhavcopyRow, underlyings: &[UnderlyingId], rows_alike: u32) -> Found<'a> {
        let named = |id: &UnderlyingId| self.by_name.get(&(*id, row.expiry, row.kind, row.strike));
        let alike: Vec<&'a ContractOnDay> = underlyings.iter().filter_map(named).flatten().copied().collect();
        if let [only] = alike.as_slice()
            && rows_alike == 1
        {
            return Found::Contract(only);
        }
        if let Some(own) = alike.iter().find(|contract| contract.key.exchange_token() == row.token) {
            return Found::Contract(own);
        }
        if !alike.is_empty() {
            return Found::Odd("several contracts are alike, and none has its token".to_owned());
        }
        let with_token = self.by_token.get(row.token.as_str()).filter(|contract| {
            underlyings.contains(&contract.underlying)
                && contract.expiry == row.expiry
                && contract.kind == row.kind
        });
        match with_token {
            Some(other) => Found::Odd(format!("its token is {}'s, with another strike", other.symbol)),
            None => Found::Unknown,
        }
    }
}

pub(super) fn match_rows<'a>(
    file: &Bhavcopy,
    quiet_from: Day,
    symbols: &Symbols,
    contracts: &'a [ContractOnDay],
) -> Matched<'a> {
    let known = Known::new(contracts);
    let mut rows_alike: HashMap<Name<&str>, u32> = HashMap::with_capacity(file.rows.len());
    for row in &file.rows {
        *rows_alike.entry((&row.symbol, row.expiry, row.kind, row.strike)).or_default() += 1;
    }
    let (mut matched, mut taken) = (Matched::default(), HashSet::new());
    for row in &file.rows {
        let Some(underlyings) = symbols.named(&row.symbol) else {
            matched.unknown_underlyings += 1;
            continue;
        };
        let alike = rows_alike.get(&(row.symbol.as_str(), row.expiry, row.kind, row.strike));
        match known.find(row, underlyings, alike.copied().unwrap_or(1)) {
            Found::Contract(contract) if taken.insert(contract.id) => matched.add(row, quiet_from, contract),
            Found::Contract(contract) => matched.odd(row, &format!("{} has a row already", contract.symbol)),
            Found::Unknown => matched.unknown_contracts += 1,
            Found::Odd(reason) => matched.odd(row, &reason),
        }
    }
    let has_trades = |of: &&ContractOnDay| of.stored.is_some_and(|(_, volume, _)| volume > 0);
    let is_named = |of: &ContractOnDay| taken.contains(&of.id);
    matched.without_row = contracts.iter().filter(has_trades).filter(|of| !is_named(of)).collect();
    let by =
        |of: &DifferingContract| std::cmp::Reverse((of.stored_volume - of.exchange_volume).unsigned_abs());
    matched.differing.sort_by_key(by);
    matched.differing.truncate(BHAVCOPY_DIFFERING_MAX);
    matched
}

impl<'a> Matched<'a> {
    fn odd(&mut self, row: &BhavcopyRow, reason: &str) {
        self.unmatched += 1;
        if self.unmatched_examples.len() < BHAVCOPY_EXAMPLES {
            let strike = row.strike.map_or_else(String::new, |strike| format!(" {strike}"));
            let (symbol, kind) = (&row.symbol, row.kind);
            self.unmatched_examples.push(format!("{symbol} {}{strike} {kind}: {reason}", row.expiry));
        }
    }

    fn add(&mut self, row: &BhavcopyRow, quiet_from: Day, contract: &'a ContractOnDay) {
        let told = ExchangeDay {
            volume: row.volume,
            open_interest: row.open_interest,
            settlement: row.settlement,
            quiet_from,
        };
        self.days.push((contract.id, told));
        match (contract.stored, told.is_traded()) {
            (Some((_, volume, open_interest)), _) => {
                compare(&mut self.volume, volume, told.volume);
                compare(&mut self.open_interest, open_interest, told.open_interest);
                if volume != told.volume || open_interest != told.open_interest {
                    self.differing.push(DifferingContract {
                        expired_key: contract.key.clone(),
                        symbol: contract.symbol.clone(),
                        stored_volume: volume,
                        exchange_volume: told.volume,
                        stored_open_interest: open_interest,
                        exchange_open_interest: told.open_interest,
                    });
                }
            }
            (None, false) => {
                self.proven_empties += 1;
                self.requests_saved += u64::from(!contract.is_answered);
            }
            (None, true) if contract.is_asked => self.holes.push(contract),
            (None, true) => self.not_asked += 1,
        }
    }
}

fn compare(compared: &mut Compared, stored: i64, exchange: i64) {
    let counter = if stored == exchange { &mut compared.same } else { &mut compared.differ };
    *counter += 1;
    compared.stored = compared.stored.saturating_add(stored);
    compared.exchange = compared.exchange.saturating_add(exchange);
}
