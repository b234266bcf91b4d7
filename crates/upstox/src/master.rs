//! The instrument master: which indices and stocks have futures and options, and when those will expire.
//!
//! [DOC] A gzipped JSON array of all live instruments, refreshed about 06:00 IST, without expired rows. Fields
//! that do not apply are omitted. Rows of expired contracts are never looked for here.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use market::{ComingExpiry, Day, EpochSeconds, INDEX_UNDERLYINGS, InstrumentKey, Underlying};
use serde::Deserialize;

/// Decompressed; the real one is about 60 MB.
const MASTER_BYTES_MAX: u64 = 512 * 1024 * 1024;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

#[derive(Debug, thiserror::Error)]
pub enum MasterError {
    #[error("the instrument master cannot be decompressed")]
    Gzip(#[source] std::io::Error),
    #[error("the instrument master cannot be read")]
    Json(#[source] serde_json::Error),
}

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    instrument_key: Option<Cow<'a, str>>,
    #[serde(borrow)]
    segment: Option<Cow<'a, str>>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    short_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    trading_symbol: Option<Cow<'a, str>>,
    #[serde(borrow)]
    underlying_key: Option<Cow<'a, str>>,
    #[serde(borrow)]
    underlying_symbol: Option<Cow<'a, str>>,
    /// Epoch milliseconds, at 23:59:59 IST of the day [DOC].
    expiry: Option<i64>,
    weekly: Option<bool>,
}

/// What the master says of live contracts, as far as it concerns expired ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Master {
    /// Indices first, most traded first, then stocks by symbol.
    pub underlyings: Vec<Underlying>,
    /// Shares of which there is no live future or option, by symbol. Some had them once.
    pub shares: Vec<Underlying>,
    /// When their live contracts will expire.
    pub expiries: Vec<ComingExpiry>,
}

pub fn parse_master(body: &[u8]) -> Result<Master, MasterError> {
    let text = decompress(body)?;
    let rows: Vec<Row<'_>> = serde_json::from_slice(&text).map_err(MasterError::Json)?;
    let mut symbols: BTreeMap<&str, &str> = BTreeMap::new();
    let mut dates: BTreeMap<(&str, Day), Option<bool>> = BTreeMap::new();
    for row in &rows {
        let is_derivative = matches!(row.segment.as_deref(), Some("NSE_FO" | "BSE_FO"));
        let (true, Some(key)) = (is_derivative, row.underlying_key.as_deref()) else { continue };
        symbols.insert(key, row.underlying_symbol.as_deref().unwrap_or(""));
        if let Some(millis) = row.expiry {
            let weekly = dates.entry((key, EpochSeconds(millis.div_euclid(1000)).day())).or_default();
            *weekly = weekly.or(row.weekly);
        }
    }
    let is_share = |row: &&Row<'_>| matches!(row.segment.as_deref(), Some("NSE_EQ" | "BSE_EQ"));
    let without_derivatives = rows.iter().filter(is_share).filter_map(|row| {
        let key = row.instrument_key.as_deref().filter(|key| !symbols.contains_key(key))?;
        underlying_of(row, key, "")
    });
    let mut shares: Vec<Underlying> = without_derivatives.collect();
    shares.sort_by(|one, other| one.symbol.cmp(&other.symbol));
    let mut underlyings: Vec<Underlying> = rows
        .iter()
        .filter_map(|row| {
            let key = row.instrument_key.as_deref()?;
            underlying_of(row, key, symbols.remove(key)?)
        })
        .collect();
    underlyings.sort_by_cached_key(|underlying| (index_rank(&underlying.key), underlying.symbol.clone()));
    let known: BTreeMap<&str, &InstrumentKey> =
        underlyings.iter().map(|underlying| (underlying.key.as_str(), &underlying.key)).collect();
    let expiries = dates
        .into_iter()
        .filter_map(|((key, date), weekly)| {
            Some(ComingExpiry { underlying: (*known.get(key)?).clone(), date, weekly })
        })
        .collect();
    Ok(Master { underlyings, shares, expiries })
}

fn decompress(body: &[u8]) -> Result<Cow<'_, [u8]>, MasterError> {
    // A proxy may have taken the gzip off already.
    if !body.starts_with(&GZIP_MAGIC) {
        return Ok(Cow::Borrowed(body));
    }
    let mut text = Vec::new();
    MultiGzDecoder::new(body).take(MASTER_BYTES_MAX).read_to_end(&mut text).map_err(MasterError::Gzip)?;
    Ok(Cow::Owned(text))
}

fn underlying_of(row: &Row<'_>, key: &str, symbol: &str) -> Option<Underlying> {
    let key: InstrumentKey = key.parse().ok()?;
    key.check_underlying().ok()?;
    let known = Underlying::from_key(key);
    if index_rank(&known.key) < INDEX_UNDERLYINGS.len() {
        // Our names for the eight are what people know them by.
        return Some(known);
    }
    let text =
        |field: &Option<Cow<'_, str>>| field.as_deref().filter(|text| !text.is_empty()).map(str::to_owned);
    let symbol = Some(symbol.to_owned()).filter(|symbol| !symbol.is_empty());
    Some(Underlying {
        symbol: symbol.or_else(|| text(&row.trading_symbol)).unwrap_or(known.symbol),
        name: text(&row.short_name).or_else(|| text(&row.name)).unwrap_or(known.name),
        key: known.key,
        kind: known.kind,
    })
}

fn index_rank(key: &InstrumentKey) -> usize {
    INDEX_UNDERLYINGS
        .iter()
        .position(|(known, _, _)| *known == key.as_str())
        .unwrap_or(INDEX_UNDERLYINGS.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_futures_or_options_is_an_underlying() {
        let body = br#"[
            {"segment":"NSE_EQ","name":"RELIANCE INDUSTRIES LTD","instrument_key":"NSE_EQ|INE002A01018","trading_symbol":"RELIANCE","short_name":"Reliance Industries"},
            {"segment":"NSE_EQ","name":"JOCIL","instrument_key":"NSE_EQ|INE839G01010","trading_symbol":"JOCIL"},
            {"segment":"NSE_INDEX","name":"Nifty 50","instrument_key":"NSE_INDEX|Nifty 50","trading_symbol":"NIFTY"},
            {"segment":"NSE_FO","instrument_key":"NSE_FO|1","underlying_key":"NSE_EQ|INE002A01018","underlying_symbol":"RELIANCE","strike_price":0.0},
            {"segment":"NSE_FO","instrument_key":"NSE_FO|2","underlying_key":"NSE_INDEX|Nifty 50","underlying_symbol":"NIFTY","expiry":1706207399000,"weekly":false},
            {"segment":"NSE_FO","instrument_key":"NSE_FO|4","underlying_key":"NSE_INDEX|Nifty 50","underlying_symbol":"NIFTY","expiry":1706207399000,"weekly":false},
            {"segment":"MCX_FO","instrument_key":"MCX_FO|3","underlying_key":"MCX_INDEX|CRUDE","underlying_symbol":"CRUDEOIL"},
            {"segment":"MCX_INDEX","instrument_key":"MCX_INDEX|CRUDE","name":"Crude"}
        ]"#;
        let master = parse_master(body).unwrap();
        assert_eq!(master.shares.iter().map(|share| share.symbol.as_str()).collect::<Vec<_>>(), ["JOCIL"]);
        let names: Vec<_> = master.underlyings.into_iter().map(|u| (u.symbol, u.name)).collect();
        assert_eq!(
            names,
            [
                ("NIFTY".to_owned(), "Nifty 50".to_owned()),
                ("RELIANCE".to_owned(), "Reliance Industries".to_owned())
            ]
        );
        let dates: Vec<_> = master.expiries.iter().map(|e| (e.underlying.name(), e.date, e.weekly)).collect();
        assert_eq!(dates, [("Nifty 50", "2024-01-25".parse().unwrap(), Some(false))]);
        assert!(parse_master(b"\x1f\x8bnonsense").is_err());
        assert!(parse_master(b"<html>").is_err());
    }
}
