//! Expired option and future contracts, as the broker lists them.
//!
//! [OBS] Rows carry `instrument_key` in the expired form already. [DOC] Numbers are doubles; every field but
//! key, expiry and type may be missing, unknown ones come and go.

use market::{Contract, ContractKind, Day, ExpiredKey, InstrumentKey, Segment, Strike};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::wire::{parse_data, whole_number};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedContract {
    pub contract: Contract,
    /// The broker's own row.
    pub raw: String,
}

/// A row that could not be taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefusedRow {
    pub raw: String,
    pub reason: String,
    /// Its instrument key, where it has one.
    pub key: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    pub contracts: Vec<ListedContract>,
    /// Rows that name no contract, each with its reason.
    pub refused: Vec<RefusedRow>,
    /// What is odd about rows that were taken.
    pub notices: Vec<String>,
}

#[derive(Deserialize)]
struct WireContract {
    instrument_key: Option<String>,
    expiry: Option<String>,
    instrument_type: Option<String>,
    segment: Option<String>,
    exchange_token: Option<String>,
    trading_symbol: Option<String>,
    strike_price: Option<f64>,
    weekly: Option<bool>,
    #[serde(default, deserialize_with = "whole_number")]
    lot_size: Option<i64>,
    #[serde(default, deserialize_with = "whole_number")]
    minimum_lot: Option<i64>,
    #[serde(default, deserialize_with = "whole_number")]
    tick_size: Option<i64>,
}

/// Reads a listing of `expiry`. A row that cannot be understood is refused by itself, never dropped unsaid.
pub fn parse_contracts(body: &[u8], underlying: &InstrumentKey, expiry: Day) -> Result<Listing, String> {
    let rows: Vec<&RawValue> = parse_data(body)?;
    let mut listing = Listing::default();
    for row in rows {
        match read_row(row.get(), underlying, expiry, &mut listing.notices) {
            Ok(contract) => listing.contracts.push(ListedContract { contract, raw: compact(row.get()) }),
            Err(reason) => {
                listing.refused.push(RefusedRow { raw: shorten(row.get()), reason, key: None });
            }
        }
    }
    Ok(listing)
}

fn read_row(
    row: &str,
    underlying: &InstrumentKey,
    expiry: Day,
    notices: &mut Vec<String>,
) -> Result<Contract, String> {
    let wire: WireContract = serde_json::from_str(row).map_err(|error| error.to_string())?;
    let kind: ContractKind = wire
        .instrument_type
        .as_deref()
        .ok_or("a contract without instrument_type")?
        .parse()
        .map_err(|error| format!("{error}"))?;
    let strike = match kind {
        ContractKind::Future => None,
        _ => Some(wire.strike_price.and_then(Strike::from_rupees).ok_or("an option without a strike")?),
    };
    let own_expiry = match &wire.expiry {
        Some(text) => text.parse().map_err(|error| format!("{error}"))?,
        None => expiry,
    };
    if own_expiry != expiry {
        return Err(format!("a contract of {own_expiry} in the list of {expiry}"));
    }
    let expired_key = expired_key(&wire, expiry, notices)?;
    Ok(Contract {
        trading_symbol: wire.trading_symbol.unwrap_or_else(|| expired_key.to_string()),
        expired_key,
        underlying_key: underlying.clone(),
        expiry,
        kind,
        strike,
        lot_size: wire.lot_size.or(wire.minimum_lot).unwrap_or(0),
        tick_size: wire.tick_size.unwrap_or(0),
        weekly: wire.weekly,
    })
}

/// The broker's key where it gave one, beside the one that token and expiry make.
fn expired_key(wire: &WireContract, expiry: Day, notices: &mut Vec<String>) -> Result<ExpiredKey, String> {
    let computed = || -> Option<ExpiredKey> {
        let segment: Segment = wire.segment.as_deref()?.parse().ok()?;
        ExpiredKey::new(segment, wire.exchange_token.as_deref()?, expiry).ok()
    };
    let Some(given) = wire.instrument_key.as_deref() else {
        return computed().ok_or_else(|| "a contract without instrument_key".to_owned());
    };
    match (given.parse::<ExpiredKey>(), computed()) {
        (Ok(given), Some(computed)) => {
            if given != computed {
                notices.push(format!("Upstox names a contract {given} that would be {computed} by its token and expiry; its own name is used"));
            }
            Ok(given)
        }
        (Ok(given), None) => Ok(given),
        // The live form `NSE_FO|71706`, to which the expiry is still to be added.
        (Err(_), Some(computed)) => Ok(computed),
        (Err(error), None) => Err(error.to_string()),
    }
}

/// Without the white space that a formatter may have put between the values; their order and form stay.
fn compact(row: &str) -> String {
    let (mut in_text, mut escaped) = (false, false);
    row.chars()
        .filter(|character| {
            let keep = in_text || !character.is_ascii_whitespace();
            match character {
                '"' if !escaped => in_text = !in_text,
                _ => {}
            }
            escaped = in_text && *character == '\\' && !escaped;
            keep
        })
        .collect()
}

fn shorten(row: &str) -> String {
    const SHOWN_MAX: usize = 200;
    row.chars().take(SHOWN_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nifty() -> InstrumentKey {
        "NSE_INDEX|Nifty 50".parse().unwrap()
    }

    fn expiry() -> Day {
        "2025-08-28".parse().unwrap()
    }

    fn read(rows: &str) -> Listing {
        let body = format!(r#"{{"status":"success","data":[{rows}]}}"#);
        parse_contracts(body.as_bytes(), &nifty(), expiry()).unwrap()
    }

    #[test]
    fn numbers_with_and_without_a_point_are_the_same() {
        let plain = read(
            r#"{"instrument_key":"NSE_FO|1|28-08-2025","expiry":"2025-08-28","instrument_type":"CE","strike_price":22600,"lot_size":75,"tick_size":5}"#,
        );
        let pointed = read(
            r#"{"instrument_key":"NSE_FO|1|28-08-2025","expiry":"2025-08-28","instrument_type":"CE","strike_price":22600.0,"lot_size":75.0,"tick_size":5.0}"#,
        );
        assert_eq!(plain.contracts[0].contract, pointed.contracts[0].contract);
        assert_eq!(plain.contracts[0].contract.lot_size, 75);
    }

    #[test]
    fn a_row_that_is_no_contract_is_refused_with_its_reason_and_the_rest_is_kept() {
        let listing = read(
            r#"{"instrument_key":"NSE_FO|1|28-08-2025","instrument_type":"FUT"},{"instrument_type":"CE"},{"instrument_key":"x","instrument_type":"FUT"},{"instrument_key":"NSE_FO|2|28-08-2025","instrument_type":"FUT","expiry":"2025-09-30"}"#,
        );
        assert_eq!(listing.contracts.len(), 1);
        assert_eq!(listing.refused.len(), 3);
        assert!(listing.refused[0].reason.contains("strike"));
    }

    #[test]
    fn the_raw_row_keeps_its_order_and_its_texts() {
        let row = "{\n  \"name\": \"A \\\" B\",\n  \"lot\": 75.0\n}";
        assert_eq!(compact(row), "{\"name\":\"A \\\" B\",\"lot\":75.0}");
    }

    #[test]
    fn the_brokers_key_wins_over_the_computed_one_with_a_notice() {
        let listing = read(
            r#"{"instrument_key":"NSE_FO|1|27-08-2025","segment":"NSE_FO","exchange_token":"1","instrument_type":"FUT"}"#,
        );
        assert_eq!(listing.contracts[0].contract.expired_key.to_string(), "NSE_FO|1|27-08-2025");
        assert_eq!(listing.notices.len(), 1);
        let live = read(
            r#"{"instrument_key":"NSE_FO|1","segment":"NSE_FO","exchange_token":"1","instrument_type":"FUT"}"#,
        );
        assert_eq!(live.contracts[0].contract.expired_key.to_string(), "NSE_FO|1|28-08-2025");
    }
}
