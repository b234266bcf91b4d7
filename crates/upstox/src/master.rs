//! The instrument master: which indices and stocks have futures and options, and when those will expire.
//!
//! [DOC] A gzipped JSON array of all live instruments, refreshed about 06:00 IST, without expired rows. Fields
//! that do not apply are omitted. Rows of expired contracts are never looked for here.
//!
//! It is read as a stream, row by row: a row that cannot be read never spoils the others, and what is kept is
//! a few texts an instrument.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Read};

use flate2::read::MultiGzDecoder;
use market::{ComingExpiry, Day, INDEX_UNDERLYINGS, InstrumentKey, Segment, Underlying};
use serde::Deserialize;

use crate::loose::Loose;
use crate::rows::{ELEMENT_BYTES_MAX, Element, Rows, RowsError};
use crate::{Refusals, RefusedRow};

/// Decompressed; the real one is about 60 MB.
const MASTER_TEXT_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Instruments and expiry dates that are kept; the real one has about 25,000.
const KEPT_MAX: usize = 200_000;
/// What a name or symbol may have; longer ones are cut.
const NAME_CHARS_MAX: usize = 100;
const READ_BUFFER_BYTES: usize = 64 * 1024;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

#[derive(Debug, thiserror::Error)]
pub enum MasterError {
    #[error("the instrument master cannot be decompressed")]
    Gzip(#[source] std::io::Error),
    #[error("the instrument master cannot be read: {0}")]
    Malformed(&'static str),
    #[error(
        "the instrument master is larger than the {} MB, decompressed, or the {KEPT_MAX} instruments that are read of one",
        MASTER_TEXT_BYTES_MAX >> 20
    )]
    TooLarge,
}

impl From<RowsError> for MasterError {
    fn from(error: RowsError) -> Self {
        match error {
            RowsError::Read(source) => Self::Gzip(source),
            RowsError::Malformed(problem) => Self::Malformed(problem),
            RowsError::TooLarge => Self::TooLarge,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Row<'a> {
    #[serde(borrow)]
    instrument_key: Loose<'a>,
    #[serde(borrow)]
    segment: Loose<'a>,
    #[serde(borrow)]
    instrument_type: Loose<'a>,
    #[serde(borrow)]
    name: Loose<'a>,
    #[serde(borrow)]
    short_name: Loose<'a>,
    #[serde(borrow)]
    trading_symbol: Loose<'a>,
    #[serde(borrow)]
    underlying_key: Loose<'a>,
    #[serde(borrow)]
    underlying_symbol: Loose<'a>,
    /// Epoch milliseconds, at 23:59:59 IST of the day [DOC].
    #[serde(borrow)]
    expiry: Loose<'a>,
    #[serde(borrow)]
    weekly: Loose<'a>,
}

/// What the master says of live contracts, as far as it concerns expired ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Master {
    /// Indices first, most traded first, then stocks by symbol.
    pub underlyings: Vec<Underlying>,
    /// Shares of which there is no live future or option, by symbol. Some had them once.
    pub shares: Vec<Underlying>,
    /// When the underlyings' live contracts will expire.
    pub expiries: Vec<ComingExpiry>,
    /// Rows of indices, shares and their derivatives that could not be read, or not wholly; the first of them.
    pub refused: Vec<RefusedRow>,
    /// All of them.
    pub refused_count: u64,
}

pub fn parse_master(body: &[u8]) -> Result<Master, MasterError> {
    // A proxy, or the way here, may have taken the gzip off already.
    if !body.starts_with(&GZIP_MAGIC) {
        return read_rows(body);
    }
    read_rows(MultiGzDecoder::new(body))
}

fn read_rows(text: impl Read) -> Result<Master, MasterError> {
    let mut rows = Rows::new(BufReader::with_capacity(READ_BUFFER_BYTES, text), MASTER_TEXT_BYTES_MAX);
    let mut reading = Reading::default();
    while let Some(element) = rows.next()? {
        reading.take(element);
        if reading.instruments.len() + reading.symbols.len() + reading.dates.len() > KEPT_MAX {
            return Err(MasterError::TooLarge);
        }
    }
    Ok(reading.finish())
}

/// An index or a share, which may turn out to be an underlying.
struct Instrument {
    trading_symbol: Option<String>,
    name: Option<String>,
    is_share: bool,
}

#[derive(Default)]
struct Reading {
    /// By their keys.
    instruments: BTreeMap<InstrumentKey, Instrument>,
    /// Of underlyings, as their derivatives name them.
    symbols: BTreeMap<InstrumentKey, Option<String>>,
    dates: BTreeMap<(InstrumentKey, Day), Option<bool>>,
    refused: Refusals,
}

impl Reading {
    fn take(&mut self, element: Element<'_>) {
        let (bytes, read) = match element {
            Element::Whole(bytes) => (bytes, parse_row(bytes)),
            Element::TooLong(bytes) => (bytes, Err(format!("it is longer than {ELEMENT_BYTES_MAX} bytes"))),
        };
        let refuse = |key: Option<String>, reason: String| RefusedRow {
            key,
            ..RefusedRow::new(&String::from_utf8_lossy(bytes), reason)
        };
        match read {
            Err(reason) => self.refused.push(|| refuse(None, reason)),
            Ok(row) => {
                if let Err(reason) = self.note(&row) {
                    let key = row.instrument_key.text().map(|key| key.into_owned());
                    self.refused.push(|| refuse(key, reason));
                }
            }
        }
    }

    /// Takes what a row says, or says what of it could not be read.
    fn note(&mut self, row: &Row<'_>) -> Result<(), String> {
        match segment_of(row)?.as_str() {
            "NSE_FO" | "BSE_FO" => self.note_derivative(row),
            "NSE_EQ" | "BSE_EQ" | "NSE_INDEX" | "BSE_INDEX" => self.note_instrument(row),
            _ => Ok(()),
        }
    }

    fn note_derivative(&mut self, row: &Row<'_>) -> Result<(), String> {
        let key = row.underlying_key.text().ok_or("a derivative without underlying_key")?;
        let key: InstrumentKey = key.parse().map_err(|error| format!("its underlying_key: {error}"))?;
        let symbol = self.symbols.entry(key.clone()).or_default();
        *symbol = name_of(&row.underlying_symbol).or(symbol.take());
        if row.expiry.is_blank() {
            return Ok(());
        }
        let date = row.expiry.day().ok_or_else(|| format!("its expiry, {}, is no date", row.expiry))?;
        let weekly = self.dates.entry((key, date)).or_default();
        *weekly = weekly.or(row.weekly.flag());
        if row.weekly.is_blank() || row.weekly.flag().is_some() {
            return Ok(());
        }
        Err(format!("its weekly, {}, is neither yes nor no", row.weekly))
    }

    fn note_instrument(&mut self, row: &Row<'_>) -> Result<(), String> {
        let key = row.instrument_key.text().ok_or("an instrument without instrument_key")?;
        // A few names have characters that no key to ask for may have; nothing is derived from those.
        let Ok(key) = key.parse::<InstrumentKey>() else { return Ok(()) };
        let is_equity = matches!(key.segment(), Segment::NseEquity | Segment::BseEquity);
        let is_plain = row.instrument_type.is_blank()
            || row.instrument_type.text().is_some_and(|kind| kind.eq_ignore_ascii_case("EQ"));
        let known = self.instruments.entry(key).or_insert_with(|| Instrument {
            trading_symbol: name_of(&row.trading_symbol),
            name: name_of(&row.short_name).or_else(|| name_of(&row.name)),
            is_share: false,
        });
        known.is_share |= is_equity && is_plain;
        Ok(())
    }

    fn finish(mut self) -> Master {
        let mut master = Master::default();
        for (key, instrument) in self.instruments {
            if key.check_underlying().is_err() {
                continue;
            }
            match self.symbols.remove(&key) {
                Some(symbol) => master.underlyings.push(named(key, symbol, instrument)),
                None if instrument.is_share => master.shares.push(named(key, None, instrument)),
                None => {}
            }
        }
        master.underlyings.sort_by_cached_key(|known| (index_rank(&known.key), known.symbol.clone()));
        master.shares.sort_by(|one, other| one.symbol.cmp(&other.symbol));
        let known: BTreeSet<&InstrumentKey> = master.underlyings.iter().map(|known| &known.key).collect();
        master.expiries = self
            .dates
            .into_iter()
            .filter(|((key, _), _)| known.contains(key))
            .map(|((underlying, date), weekly)| ComingExpiry { underlying, date, weekly })
            .collect();
        (master.refused, master.refused_count) = (self.refused.kept, self.refused.count);
        master
    }
}

fn parse_row(bytes: &[u8]) -> Result<Row<'_>, String> {
    // A list would be taken for the fields in their order.
    if !bytes.starts_with(b"{") {
        return Err("it is no object".to_owned());
    }
    serde_json::from_slice(bytes).map_err(|error| format!("it cannot be read: {error}"))
}

/// The field, else what the key begins with.
fn segment_of(row: &Row<'_>) -> Result<String, String> {
    let key = row.instrument_key.text();
    let of_key = || key.as_deref().and_then(|key| key.split_once('|')).map(|(segment, _)| segment.into());
    let segment = row.segment.text().or_else(of_key).ok_or("it has no segment")?;
    Ok(segment.to_ascii_uppercase())
}

fn name_of(value: &Loose<'_>) -> Option<String> {
    value.text().map(|text| text.chars().take(NAME_CHARS_MAX).collect())
}

fn named(key: InstrumentKey, symbol: Option<String>, instrument: Instrument) -> Underlying {
    let known = Underlying::from_key(key);
    if index_rank(&known.key) < INDEX_UNDERLYINGS.len() {
        // Our names for the eight are what people know them by.
        return known;
    }
    Underlying {
        symbol: symbol.or(instrument.trading_symbol).unwrap_or(known.symbol),
        name: instrument.name.unwrap_or(known.name),
        key: known.key,
        kind: known.kind,
    }
}

fn index_rank(key: &InstrumentKey) -> usize {
    INDEX_UNDERLYINGS
        .iter()
        .position(|(known, _, _)| *known == key.as_str())
        .unwrap_or(INDEX_UNDERLYINGS.len())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::REFUSED_KEPT_MAX;

    const NIFTY: &str = r#"{"segment":"NSE_INDEX","name":"Nifty 50","instrument_key":"NSE_INDEX|Nifty 50","trading_symbol":"NIFTY"}"#;
    const RELIANCE: &str = r#"{"segment":"NSE_EQ","name":"RELIANCE INDUSTRIES LTD","instrument_type":"EQ","instrument_key":"NSE_EQ|INE002A01018","trading_symbol":"RELIANCE","short_name":"Reliance Industries"}"#;
    const FUTURE: &str = r#"{"segment":"NSE_FO","instrument_key":"NSE_FO|2","underlying_key":"NSE_INDEX|Nifty 50","underlying_symbol":"NIFTY","expiry":1706207399000,"weekly":false}"#;

    fn read(rows: &[&str]) -> Master {
        parse_master(format!("[{}]", rows.join(",\n")).as_bytes()).unwrap()
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn only_what_has_futures_or_options_is_an_underlying() {
        let master = read(&[
            RELIANCE,
            r#"{"segment":"NSE_EQ","name":"JOCIL","instrument_type":"BE","instrument_key":"NSE_EQ|INE839G01010","trading_symbol":"JOCIL"}"#,
            r#"{"segment":"NSE_EQ","name":"ZEE ENTERTAINMENT","instrument_type":"EQ","instrument_key":"NSE_EQ|INE256A01028","trading_symbol":"ZEEL"}"#,
            r#"{"segment":"BSE_EQ","name":"Abc Ltd","instrument_key":"BSE_EQ|INE000A01010","trading_symbol":"ABC"}"#,
            r#"{"segment":"NSE_EQ","name":"6.1% BOND","instrument_type":"N1","instrument_key":"NSE_EQ|INE00BOND001","trading_symbol":"BOND"}"#,
            NIFTY,
            r#"{"segment":"NSE_FO","instrument_key":"NSE_FO|1","underlying_key":"NSE_EQ|INE002A01018","underlying_symbol":"RELIANCE","strike_price":0.0}"#,
            FUTURE,
            FUTURE,
            r#"{"segment":"MCX_FO","instrument_key":"MCX_FO|3","underlying_key":"MCX_INDEX|CRUDE","underlying_symbol":"CRUDEOIL"}"#,
            r#"{"segment":"MCX_INDEX","instrument_key":"MCX_INDEX|CRUDE","name":"Crude"}"#,
            r#"{"segment":"NSE_INDEX","instrument_key":"NSE_INDEX|HangSeng BeES-NAV"}"#,
        ]);
        let names = |list: &[Underlying]| {
            list.iter().map(|known| format!("{} {}", known.symbol, known.name)).collect::<Vec<_>>()
        };
        assert_eq!(names(&master.underlyings), ["NIFTY Nifty 50", "RELIANCE Reliance Industries"]);
        assert_eq!(names(&master.shares), ["ABC Abc Ltd", "ZEEL ZEE ENTERTAINMENT"]);
        let dates: Vec<_> = master.expiries.iter().map(|e| (e.underlying.name(), e.date, e.weekly)).collect();
        assert_eq!(dates, [("Nifty 50", "2024-01-25".parse().unwrap(), Some(false))]);
        assert_eq!((master.refused.len(), master.refused_count), (0, 0));
    }

    #[test]
    fn each_other_spelling_is_the_same_row() {
        let plain = read(&[NIFTY, FUTURE]);
        assert_eq!(plain.expiries.len(), 1);
        for (piece, other) in [
            ("1706207399000", "1706207399000.0"),
            ("1706207399000", r#""1706207399000""#),
            ("1706207399000", "1706207399"),
            ("1706207399000", r#""2024-01-25""#),
            ("1706207399000", r#""2024-01-25T23:59:59+05:30""#),
            (r#""weekly":false"#, r#""weekly":"false""#),
            (r#""weekly":false"#, r#""weekly":"N""#),
            (r#""weekly":false"#, r#""weekly":0"#),
            (r#""underlying_symbol":"NIFTY""#, r#""underlying_symbol":null"#),
            (r#""underlying_symbol":"NIFTY""#, r#""underlying_symbol":["x"]"#),
            (r#""segment":"NSE_FO""#, r#""segment":"nse_fo ""#),
            (r#""segment":"NSE_FO""#, r#""segment":null"#),
            (r#""instrument_key":"NSE_FO|2""#, r#""instrument_key":2"#),
            (r#""instrument_key":"NSE_FO|2""#, r#""strike_price":"none","lot_size":null"#),
        ] {
            assert!(FUTURE.contains(piece), "{piece}");
            assert_eq!(read(&[NIFTY, &FUTURE.replace(piece, other)]), plain, "{other}");
        }
        let numbered = RELIANCE.replace(r#""RELIANCE""#, "360");
        let option = r#"{"segment":"NSE_FO","underlying_key":"NSE_EQ|INE002A01018","underlying_symbol":360.0,"instrument_key":"NSE_FO|1"}"#;
        assert_eq!(read(&[&numbered, option]).underlyings[0].symbol, "360");
        assert_eq!(read(&[&numbered]).shares[0].symbol, "360");
    }

    #[test]
    fn a_row_that_cannot_be_read_is_counted_and_never_spoils_the_others() {
        for (row, reason) in [
            (FUTURE.replace("1706207399000", r#""soon""#), r#"its expiry, "soon", is no date"#),
            (FUTURE.replace("1706207399000", "[]"), "its expiry, a list or an object, is no date"),
            (FUTURE.replace("false", r#""maybe""#), r#"its weekly, "maybe", is neither yes nor no"#),
            (FUTURE.replace("underlying_key", "no_key"), "without underlying_key"),
            (FUTURE.replace("NSE_INDEX|Nifty 50", "Nifty 50"), "its underlying_key"),
            (FUTURE.replace("1706207399000", "NaN"), "cannot be read"),
            (FUTURE.replace("1706207399000", "1e999"), "cannot be read"),
            (FUTURE.replace("\"weekly\":false", "\"weekly\":false,"), "cannot be read"),
            (RELIANCE.replace(r#""NSE_EQ|INE002A01018""#, "null"), "without instrument_key"),
            (r#"{"name":"x"}"#.to_owned(), "no segment"),
            ("null".to_owned(), "no object"),
            ("7".to_owned(), "no object"),
            (r#"["NSE_FO"]"#.to_owned(), "no object"),
            (format!(r#"{{"name":"{}"}}"#, "x".repeat(ELEMENT_BYTES_MAX)), "longer than"),
        ] {
            let master = read(&[&row, NIFTY, FUTURE]);
            assert_eq!((master.underlyings.len(), master.expiries.len()), (1, 1), "{row}");
            assert_eq!((master.refused.len(), master.refused_count), (1, 1), "{row}");
            assert!(master.refused[0].reason.contains(reason), "{}", master.refused[0].reason);
        }
        for ignored in [
            r#"{"segment":"MCX_FO","expiry":"soon","underlying_key":[]}"#,
            r#"{"segment":"NCD_FO","weekly":{}}"#,
            r#"{"instrument_key":"MCX_FO|7"}"#,
        ] {
            assert_eq!(read(&[ignored, NIFTY, FUTURE]).refused_count, 0, "{ignored}");
        }
        let many = read(&vec!["null"; REFUSED_KEPT_MAX + 3]);
        assert_eq!((many.refused.len(), many.refused_count), (REFUSED_KEPT_MAX, 1_003));
    }

    #[test]
    fn half_a_master_and_one_that_is_too_large_are_errors() {
        let whole = gzip(format!("[{NIFTY},{FUTURE}]").as_bytes());
        assert_eq!(parse_master(&whole).unwrap().underlyings.len(), 1);
        for body in [&whole[..whole.len() - 4], &whole[..20], b"\x1f\x8bnonsense", b"\x1f\x8b"] {
            assert!(matches!(parse_master(body), Err(MasterError::Gzip(_))), "{body:?}");
        }
        for body in ["<html>", "", "{}", "[", &format!("[{NIFTY}"), &format!("[{NIFTY}] x")] {
            assert!(matches!(parse_master(body.as_bytes()), Err(MasterError::Malformed(_))), "{body}");
        }
        let keys: Vec<String> = (0..=KEPT_MAX)
            .map(|number| format!(r#"{{"segment":"NSE_EQ","instrument_key":"NSE_EQ|{number}"}}"#))
            .collect();
        assert!(matches!(
            parse_master(format!("[{}]", keys.join(",")).as_bytes()),
            Err(MasterError::TooLarge)
        ));
        let error = MasterError::TooLarge.to_string();
        assert!(error.contains("512 MB"), "{error}");
    }
}
