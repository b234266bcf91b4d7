//! Contracts for the tests of all crates. Not behind a feature: with one, every crate above this would be compiled a
//! second time for the tests.

#![expect(clippy::unwrap_used, reason = "texts that are known to be right")]

use market::{Contract, ContractKind, Day, Interval, Reach, Strike};

use crate::{ContractRow, ContractState, LifeAsked};

/// Of Nifty, expiring on 28 August 2025.
pub fn option(kind: ContractKind, strike: u32) -> Contract {
    let token = u32::from(kind.as_str().as_bytes()[0]) * 100_000 + strike;
    Contract {
        expired_key: format!("NSE_FO|{token}|28-08-2025").parse().unwrap(),
        underlying_key: "NSE_INDEX|Nifty 50".parse().unwrap(),
        expiry: "2025-08-28".parse().unwrap(),
        kind,
        strike: Strike::from_rupees(f64::from(strike)),
        trading_symbol: format!("NIFTY {strike} {kind} 28 AUG 25"),
        lot_size: 75,
        tick_size: 5,
        weekly: Some(false),
    }
}

pub fn row(kind: ContractKind, strike: u32) -> ContractRow {
    ContractRow {
        contract: option(kind, strike),
        interval: Interval::Minute1,
        state: ContractState::Collected,
        reach: Reach::Back(90),
        life: LifeAsked::MayBeLonger,
        candles: 100,
        traded_days: 10,
        first: None,
        last: None,
        volume: 7500,
        open_interest: 1500,
        prices: None,
        pruned_at: None,
    }
}

/// One of several of a strike, which lived from one day to another.
pub fn twin(kind: ContractKind, strike: u32, token: &str, first: &str, last: &str) -> ContractRow {
    let at = |text: &str, minute| text.parse::<Day>().ok().map(|day| day.at_minute(minute));
    let mut row = row(kind, strike);
    row.contract.expired_key = format!("NSE_FO|{token}|28-08-2025").parse().unwrap();
    ContractRow { first: at(first, 600), last: at(last, 929), ..row }
}
