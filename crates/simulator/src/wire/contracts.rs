//! Contracts on the wire, keys in the captured order [OBS S3]; a future has neither `weekly` nor
//! `strike_price`, and there is no field named `expired_instrument_key`.

use market::{ContractKind, Day, Strike};
use serde::Serialize;
use serde_json::Value;

use super::number::WireNumber;
use crate::world::catalogue::UnderlyingSpec;
use crate::world::chain::{Chain, Listed};
use crate::world::{FUTURE_TICK, OPTION_TICK};

#[derive(Serialize)]
struct Envelope<'a> {
    status: &'a str,
    data: Vec<ContractRow<'a>>,
}

#[derive(Serialize)]
struct ContractRow<'a> {
    name: &'a str,
    segment: &'a str,
    exchange: &'a str,
    expiry: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    weekly: Option<bool>,
    instrument_key: String,
    exchange_token: String,
    trading_symbol: String,
    /// Paise.
    tick_size: WireNumber,
    lot_size: WireNumber,
    instrument_type: &'a str,
    freeze_quantity: WireNumber,
    underlying_key: &'a str,
    underlying_type: &'a str,
    underlying_symbol: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    strike_price: Option<WireNumber>,
    minimum_lot: WireNumber,
}

pub fn body(spec: &UnderlyingSpec, chain: &Chain, contracts: &[Listed], decimal: bool) -> Vec<u8> {
    let rows = contracts.iter().map(|listed| row(spec, chain, listed, decimal)).collect();
    // Strings and numbers only: nothing here can fail to serialise.
    serde_json::to_vec(&Envelope { status: "success", data: rows }).unwrap_or_default()
}

/// The same rows one by one, for faults to change.
pub fn values(spec: &UnderlyingSpec, chain: &Chain, contracts: &[Listed], decimal: bool) -> Vec<Value> {
    let rows = contracts.iter().map(|listed| serde_json::to_value(row(spec, chain, listed, decimal)));
    rows.filter_map(Result::ok).collect()
}

fn row<'a>(spec: &'a UnderlyingSpec, chain: &Chain, listed: &Listed, decimal: bool) -> ContractRow<'a> {
    let expiry = chain.expiry.day;
    let is_future = listed.kind == ContractKind::Future;
    let whole = |number| WireNumber::whole(number, decimal);
    let lot_size = whole(spec.lot_size(expiry));
    ContractRow {
        name: spec.contract_name,
        segment: spec.derivatives,
        exchange: spec.exchange,
        expiry: expiry.to_string(),
        weekly: (!is_future).then_some(chain.expiry.weekly),
        instrument_key: expired_key(spec, listed, expiry),
        exchange_token: listed.token.to_string(),
        trading_symbol: trading_symbol(spec, listed, expiry),
        tick_size: whole(if is_future { FUTURE_TICK } else { OPTION_TICK }),
        lot_size,
        instrument_type: listed.kind.as_str(),
        freeze_quantity: whole(spec.freeze_quantity),
        underlying_key: spec.key,
        underlying_type: if spec.is_index { "INDEX" } else { "EQUITY" },
        underlying_symbol: spec.symbol,
        strike_price: (!is_future).then_some(WireNumber { hundredths: listed.strike_paise, decimal }),
        minimum_lot: lot_size,
    }
}

pub fn expired_key(spec: &UnderlyingSpec, listed: &Listed, expiry: Day) -> String {
    format!("{}|{}|{}", spec.derivatives, listed.token, expiry.to_key_text())
}

/// `NIFTY 22600 PE 28 AUG 25`, `NIFTY FUT 28 AUG 25` [OBS S3].
pub fn trading_symbol(spec: &UnderlyingSpec, listed: &Listed, expiry: Day) -> String {
    let date = expiry.date().format("%d %b %y").to_string().to_uppercase();
    if listed.kind == ContractKind::Future {
        return format!("{} FUT {date}", spec.symbol);
    }
    let strike = Strike(market::Paise(listed.strike_paise));
    format!("{} {strike} {} {date}", spec.symbol, listed.kind)
}
