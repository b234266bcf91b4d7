//! The instrument master: live instruments only, never an expired one. A JSON array whose rows omit what
//! they do not have [census S4]; `expiry` is epoch milliseconds at 23:59:59 IST [DOC]. Enough rows to find
//! every underlying of the simulated market, and a few that a client must pass over: MCX, currency, a stock
//! without F&O. Refuses to be complete: the real file has 117,344 rows.

use market::{ContractKind, Day};
use serde::Serialize;

use super::contracts::trading_symbol;
use super::number::WireNumber;
use super::odd_master;
use crate::faults::Faults;
use crate::world::catalogue::UnderlyingSpec;
use crate::world::chain::{Chain, Listed};
use crate::world::expiries::Expiry;
use crate::world::{FUTURE_TICK, OPTION_TICK, UnderlyingMarket, World};

/// Live expiries per underlying, and strikes on each side of the spot.
const EXPIRIES_MAX: usize = 4;
const STRIKES_EACH_SIDE: usize = 5;

/// Which file is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MasterFile {
    Complete,
    Of(&'static str),
}

#[derive(Serialize, Default)]
struct Row<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    weekly: Option<bool>,
    segment: &'a str,
    name: &'a str,
    exchange: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    isin: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiry: Option<i64>,
    instrument_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    underlying_symbol: Option<&'a str>,
    instrument_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    lot_size: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    freeze_quantity: Option<WireNumber>,
    exchange_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum_lot: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    underlying_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tick_size: Option<WireNumber>,
    #[serde(skip_serializing_if = "Option::is_none")]
    underlying_type: Option<&'a str>,
    trading_symbol: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    strike_price: Option<WireNumber>,
    #[serde(skip_serializing_if = "Option::is_none")]
    short_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    security_type: Option<&'a str>,
}

/// Whether faults change the file.
pub fn is_spoiled(faults: &Faults) -> bool {
    faults.odd_master_rows || faults.broken_master_rows || !faults.left_derivatives.is_empty()
}

/// The file's JSON, uncompressed.
pub fn body(world: &World, file: MasterFile, faults: &Faults) -> Vec<u8> {
    let mut rows: Vec<Row<'_>> = world.markets().iter().map(|market| underlying_row(market.spec)).collect();
    rows.extend(strangers(world.today()));
    for market in world.markets() {
        for expiry in world.live(market).take(EXPIRIES_MAX) {
            contract_rows(world, market, expiry, &mut rows);
        }
    }
    rows.retain(|row| match file {
        MasterFile::Complete => true,
        MasterFile::Of(exchange) => row.exchange == exchange,
    });
    if is_spoiled(faults) {
        let rows = rows.iter().map(serde_json::to_value).filter_map(Result::ok).collect();
        return serde_json::to_vec(&odd_master::spoil(rows, faults)).unwrap_or_default();
    }
    // Strings and numbers only: nothing here can fail to serialise.
    serde_json::to_vec(&rows).unwrap_or_default()
}

fn underlying_row(spec: &UnderlyingSpec) -> Row<'_> {
    let (segment, code) = spec.key.split_once('|').unwrap_or((spec.key, ""));
    let row = Row {
        segment,
        name: spec.name,
        exchange: spec.exchange,
        instrument_type: "INDEX",
        instrument_key: spec.key.to_owned(),
        exchange_token: spec.spot_exchange_token.to_owned(),
        trading_symbol: spec.symbol.to_owned(),
        ..Row::default()
    };
    if spec.is_index { row } else { equity(row, code) }
}

fn equity<'a>(row: Row<'a>, isin: &'a str) -> Row<'a> {
    Row {
        isin: Some(isin),
        instrument_type: "EQ",
        lot_size: Some(1),
        freeze_quantity: Some(WireNumber::whole(100_000, true)),
        tick_size: Some(WireNumber::whole(10, true)),
        short_name: Some(row.name),
        security_type: Some("NORMAL"),
        ..row
    }
}

/// Rows that a collector of expired F&O must not offer.
fn strangers(today: Day) -> Vec<Row<'static>> {
    let stock_without_derivatives = Row {
        segment: "NSE_EQ",
        name: "JOCIL LIMITED",
        exchange: "NSE",
        instrument_key: "NSE_EQ|INE839G01010".to_owned(),
        exchange_token: "16927".to_owned(),
        trading_symbol: "JOCIL".to_owned(),
        ..Row::default()
    };
    let other_exchange = Row {
        segment: "BSE_EQ",
        name: "RELIANCE INDUSTRIES LTD.",
        exchange: "BSE",
        instrument_key: "BSE_EQ|INE002A01018".to_owned(),
        exchange_token: "500325".to_owned(),
        trading_symbol: "RELIANCE".to_owned(),
        ..Row::default()
    };
    let index_without_derivatives = Row {
        segment: "BSE_INDEX",
        name: "AUTO",
        exchange: "BSE",
        instrument_type: "INDEX",
        instrument_key: "BSE_INDEX|AUTO".to_owned(),
        exchange_token: "13".to_owned(),
        trading_symbol: "AUTO".to_owned(),
        ..Row::default()
    };
    let expiry = Some(end_of_day_ms(today.plus_days(20)));
    let foreign_future = |segment, exchange, symbol, token: &str, underlying_key, kind| Row {
        weekly: Some(false),
        segment,
        name: symbol,
        exchange,
        expiry,
        instrument_type: "FUT",
        underlying_symbol: Some(symbol),
        instrument_key: format!("{segment}|{token}"),
        lot_size: Some(100),
        freeze_quantity: Some(WireNumber::whole(10_000, true)),
        exchange_token: token.to_owned(),
        minimum_lot: Some(100),
        underlying_key: Some(underlying_key),
        tick_size: Some(WireNumber::whole(100, true)),
        underlying_type: Some(kind),
        trading_symbol: format!("{symbol} FUT"),
        ..Row::default()
    };
    vec![
        equity(stock_without_derivatives, "INE839G01010"),
        equity(other_exchange, "INE002A01018"),
        index_without_derivatives,
        foreign_future("MCX_FO", "MCX", "CRUDEOIL", "428750", "MCX_FO|294", "COM"),
        foreign_future("NCD_FO", "NSE", "USDINR", "1234", "NCD_FO|USDINR", "CUR"),
    ]
}

fn contract_rows<'a>(world: &World, market: &UnderlyingMarket, expiry: Expiry, rows: &mut Vec<Row<'a>>) {
    let spec = market.spec;
    let chain = world.chain(market, expiry);
    rows.extend(
        chain
            .future
            .iter()
            .filter(|listed| world.is_listed_today(listed))
            .map(|listed| contract(spec, &chain, listed)),
    );
    let spot_paise = (world.spot_before_today(market) * 100.0) as i64;
    let mut near: Vec<&Listed> =
        chain.options.iter().filter(|listed| world.is_listed_today(listed)).collect();
    near.sort_by_key(|listed| (listed.strike_paise - spot_paise).abs());
    near.truncate(2 * (2 * STRIKES_EACH_SIDE + 1));
    rows.extend(near.into_iter().map(|listed| contract(spec, &chain, listed)));
}

fn contract(spec: &'static UnderlyingSpec, chain: &Chain, listed: &Listed) -> Row<'static> {
    let is_future = listed.kind == ContractKind::Future;
    let lot_size = Some(spec.lot_size(chain.expiry.day));
    Row {
        weekly: Some(chain.expiry.weekly),
        segment: spec.derivatives,
        name: spec.contract_name,
        exchange: spec.exchange,
        expiry: Some(end_of_day_ms(chain.expiry.day)),
        instrument_type: listed.kind.as_str(),
        underlying_symbol: Some(spec.symbol),
        instrument_key: format!("{}|{}", spec.derivatives, listed.token),
        lot_size,
        freeze_quantity: Some(WireNumber::whole(spec.freeze_quantity, true)),
        exchange_token: listed.token.to_string(),
        minimum_lot: lot_size,
        underlying_key: Some(spec.key),
        tick_size: Some(WireNumber::whole(if is_future { FUTURE_TICK } else { OPTION_TICK }, true)),
        underlying_type: Some(if spec.is_index { "INDEX" } else { "EQUITY" }),
        trading_symbol: trading_symbol(spec, listed, chain.expiry.day),
        strike_price: Some(WireNumber { hundredths: listed.strike_paise, decimal: true }),
        ..Row::default()
    }
}

/// 23:59:59 IST.
fn end_of_day_ms(day: Day) -> i64 {
    (day.next().start().0 - 1) * 1000
}
