//! Expired option and future contracts, as the broker lists them.
//!
//! [OBS] Rows carry `instrument_key` in the expired form already. [DOC] Numbers are doubles; every field but
//! key, expiry and type may be missing, unknown ones come and go. What stands in the list of a day belongs to
//! that day, whatever its own fields say; what names no contract is refused by itself, never dropped unsaid.

use std::collections::BTreeMap;

use market::{Contract, ContractKind, Day, ExpiredKey, InstrumentKey, Segment, Strike};
use serde::Deserialize;

use crate::RefusedRow;
use crate::loose::{Loose, without_noise};
use crate::refused::compact;
use crate::wire::parse_list;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedContract {
    pub contract: Contract,
    /// The broker's own row.
    pub raw: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    pub contracts: Vec<ListedContract>,
    /// Rows that name no contract, each with its reason.
    pub refused: Vec<RefusedRow>,
    /// What is odd about rows that were taken, each oddity once.
    pub notices: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireContract<'a> {
    #[serde(borrow)]
    instrument_key: Loose<'a>,
    #[serde(borrow)]
    expiry: Loose<'a>,
    #[serde(borrow)]
    instrument_type: Loose<'a>,
    #[serde(borrow)]
    segment: Loose<'a>,
    #[serde(borrow)]
    exchange_token: Loose<'a>,
    #[serde(borrow)]
    trading_symbol: Loose<'a>,
    #[serde(borrow)]
    strike_price: Loose<'a>,
    #[serde(borrow)]
    weekly: Loose<'a>,
    #[serde(borrow)]
    lot_size: Loose<'a>,
    #[serde(borrow)]
    minimum_lot: Loose<'a>,
    #[serde(borrow)]
    tick_size: Loose<'a>,
}

/// Reads a listing of `expiry`.
pub fn parse_contracts(body: &[u8], underlying: &InstrumentKey, expiry: Day) -> Result<Listing, String> {
    let mut listing = Listing::default();
    let mut notices = Notices::default();
    let mut places: BTreeMap<ExpiredKey, usize> = BTreeMap::new();
    for row in parse_list(body)? {
        let raw = row.get();
        let wire = match parse_row(raw) {
            Ok(wire) => wire,
            Err(reason) => {
                listing.refused.push(RefusedRow::new(raw, reason));
                continue;
            }
        };
        let read = read_contract(&wire, underlying, expiry).and_then(|contract| {
            let known = places.get(&contract.expired_key).and_then(|place| listing.contracts.get(*place));
            match known {
                Some(known) if known.contract != contract => {
                    Err("another row of the list has its key and says otherwise".to_owned())
                }
                known => Ok((contract, known.is_some())),
            }
        });
        match read {
            Ok((contract, true)) => notices.add(&contract.expired_key, "comes more than once".to_owned()),
            Ok((contract, false)) => {
                note_oddities(&wire, &contract, &mut notices);
                places.insert(contract.expired_key.clone(), listing.contracts.len());
                listing.contracts.push(ListedContract { contract, raw: compact(raw).collect() });
            }
            Err(reason) => {
                let key = wire.instrument_key.text().map(|key| key.into_owned());
                listing.refused.push(RefusedRow { key, ..RefusedRow::new(raw, reason) });
            }
        }
    }
    listing.notices = notices.into_sentences();
    Ok(listing)
}

fn parse_row(raw: &str) -> Result<WireContract<'_>, String> {
    // A list would be taken for the fields in their order.
    if !raw.trim_start().starts_with('{') {
        return Err("it is no object".to_owned());
    }
    serde_json::from_str(raw).map_err(|error| format!("it cannot be read: {error}"))
}

fn read_contract(
    wire: &WireContract<'_>,
    underlying: &InstrumentKey,
    expiry: Day,
) -> Result<Contract, String> {
    let kind = read_kind(&wire.instrument_type)?;
    let strike = kind.is_option().then(|| read_strike(&wire.strike_price)).transpose()?;
    let expired_key = read_key(wire, expiry)?;
    let lot = count_above_zero(&wire.lot_size).or_else(|| count_above_zero(&wire.minimum_lot));
    Ok(Contract {
        trading_symbol: wire
            .trading_symbol
            .text()
            .map_or_else(|| expired_key.to_string(), |symbol| symbol.into_owned()),
        expired_key,
        underlying_key: underlying.clone(),
        expiry,
        kind,
        strike,
        lot_size: lot.unwrap_or(0),
        tick_size: count_above_zero(&wire.tick_size).unwrap_or(0),
        weekly: wire.weekly.flag(),
    })
}

/// The broker's words, in any case, and the usual ones that mean the same.
fn read_kind(value: &Loose<'_>) -> Result<ContractKind, String> {
    if value.is_blank() {
        return Err("a contract without instrument_type".to_owned());
    }
    match value.text().unwrap_or_default().to_ascii_uppercase().as_str() {
        "CE" | "CALL" => Ok(ContractKind::Call),
        "PE" | "PUT" => Ok(ContractKind::Put),
        "FUT" | "FUTURE" | "FUTURES" | "FUTIDX" | "FUTSTK" => Ok(ContractKind::Future),
        _ => Err(format!("its instrument_type {value} is no kind of contract: FUT, CE and PE are known")),
    }
}

fn read_strike(value: &Loose<'_>) -> Result<Strike, String> {
    if value.is_blank() {
        return Err("an option without a strike".to_owned());
    }
    let strike = value.number().map(without_noise).and_then(Strike::from_rupees);
    strike.ok_or_else(|| format!("its strike_price {value} is no strike: rupees above zero in whole paise"))
}

/// The broker's key as it gave it, else the one that token and day make.
fn read_key(wire: &WireContract<'_>, expiry: Day) -> Result<ExpiredKey, String> {
    let given = wire.instrument_key.text();
    let parsed = given.as_deref().and_then(parse_key);
    parsed.or_else(|| computed_key(wire, expiry)).ok_or_else(|| match given {
        Some(given) => format!("\"{given}\" names no expired contract, and there is no token beside it"),
        None => "a contract without instrument_key".to_owned(),
    })
}

/// `NSE_FO|71706|28-08-2025`, also where its parts are spelled otherwise.
fn parse_key(text: &str) -> Option<ExpiredKey> {
    if let Ok(key) = text.parse() {
        return Some(key);
    }
    let mut parts = text.split('|').map(str::trim);
    let (Some(segment), Some(token), Some(date), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    ExpiredKey::new(parse_segment(segment)?, token, Day::from_spelling(date)?).ok()
}

/// Also where the key has the live form `NSE_FO|71706`, to which the day is still to be added.
fn computed_key(wire: &WireContract<'_>, expiry: Day) -> Option<ExpiredKey> {
    let given = wire.instrument_key.text();
    let live = given.as_deref().and_then(|key| key.split_once('|'));
    let segment = wire.segment.text().and_then(|segment| parse_segment(&segment));
    let segment = segment.or_else(|| parse_segment(live?.0.trim()))?;
    let token = wire.exchange_token.text().or_else(|| Some(live?.1.trim().into()))?;
    ExpiredKey::new(segment, &token, expiry).ok()
}

fn parse_segment(text: &str) -> Option<Segment> {
    text.to_ascii_uppercase().parse().ok()
}

fn count_above_zero(value: &Loose<'_>) -> Option<i64> {
    value.whole().filter(|count| *count > 0)
}

/// What a row that was taken says and was not followed in, or what of it could not be read.
fn note_oddities(wire: &WireContract<'_>, contract: &Contract, notices: &mut Notices) {
    let Contract { expired_key: key, expiry, .. } = contract;
    match wire.expiry.day() {
        _ if wire.expiry.is_blank() => {}
        Some(own) if own == *expiry => {}
        Some(own) => {
            notices.add(key, format!("says that it expires on {own} and is taken into the list of {expiry}"))
        }
        None => notices.add(
            key,
            format!("has an expiry, {}, that is no date and is taken into the list of {expiry}", wire.expiry),
        ),
    }
    if key.date() != *expiry {
        notices.add(
            key,
            format!(
                "has another date in its key, {}, than the list of {expiry}: its key is used",
                key.date()
            ),
        );
    }
    let token = wire.exchange_token.text();
    if token.as_deref().is_some_and(|token| token != key.exchange_token()) {
        notices.add(key, "has another exchange_token than its key: its key is used".to_owned());
    }
    let unread = |value: &Loose<'_>, is_read: bool| !value.is_blank() && !is_read;
    for (name, value, is_read) in [
        // Zero is how the broker says that it does not know.
        ("lot_size", &wire.lot_size, wire.lot_size.whole().is_some_and(|lot| lot >= 0)),
        ("tick_size", &wire.tick_size, wire.tick_size.whole().is_some_and(|tick| tick >= 0)),
        ("weekly", &wire.weekly, contract.weekly.is_some()),
    ] {
        if unread(value, is_read) {
            notices.add(key, format!("has a {name}, {value}, that cannot be read: it is left out"));
        }
    }
}

/// Oddities with the contracts that have them: a list of two hundred rows that share one is told in one
/// sentence.
#[derive(Default)]
struct Notices(BTreeMap<String, (String, usize)>);

impl Notices {
    fn add(&mut self, key: &ExpiredKey, oddity: String) {
        self.0.entry(oddity).or_insert_with(|| (key.to_string(), 0)).1 += 1;
    }

    fn into_sentences(self) -> Vec<String> {
        /// Distinct oddities that are told of one list.
        const TOLD_MAX: usize = 20;
        let more = self.0.len().saturating_sub(TOLD_MAX);
        let sentence = |(oddity, (key, rows)): (String, (String, usize))| match rows {
            1 => format!("a contract that Upstox lists, {key}, {oddity}"),
            _ => format!("{rows} contracts that Upstox lists, the first {key}: each {oddity}"),
        };
        let told = self.0.into_iter().take(TOLD_MAX).map(sentence);
        told.chain(
            (more > 0).then(|| format!("{more} other oddities of the same list are not told one by one")),
        )
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::RAW_CHARS_MAX;

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

    const PLAIN: &str = r#"{"instrument_key":"NSE_FO|1|28-08-2025","segment":"NSE_FO","exchange_token":"1","expiry":"2025-08-28","instrument_type":"CE","strike_price":287.5,"lot_size":75,"tick_size":5,"weekly":false,"trading_symbol":"A"}"#;

    /// The plain row with one piece of it written otherwise.
    fn with(piece: &str, other: &str) -> String {
        assert!(PLAIN.contains(piece), "{piece}");
        PLAIN.replace(piece, other)
    }

    #[test]
    fn each_other_spelling_is_the_same_contract() {
        let plain = read(PLAIN);
        assert_eq!((plain.refused.len(), plain.notices.len()), (0, 0));
        for (piece, other) in [
            (r#""strike_price":287.5"#, r#""strike_price":"287.5""#),
            (r#""strike_price":287.5"#, r#""strike_price":" 287.50 ""#),
            (r#""strike_price":287.5"#, r#""strike_price":287.50000000000006"#),
            (r#""strike_price":287.5"#, r#""strike_price":"287.49999999999994""#),
            (r#""lot_size":75"#, r#""lot_size":"75""#),
            (r#""lot_size":75"#, r#""lot_size":75.0"#),
            (r#""lot_size":75"#, r#""lot_size":" 75 ""#),
            (r#""lot_size":75"#, r#""lot_size":null,"minimum_lot":"75.0""#),
            (r#""lot_size":75"#, r#""minimum_lot":75"#),
            (r#""tick_size":5"#, r#""tick_size":"5.0""#),
            (r#""exchange_token":"1""#, r#""exchange_token":1"#),
            (r#""exchange_token":"1""#, r#""exchange_token":1.0"#),
            (r#""exchange_token":"1""#, r#""exchange_token":null"#),
            (r#""weekly":false"#, r#""weekly":"false""#),
            (r#""weekly":false"#, r#""weekly":"N""#),
            (r#""weekly":false"#, r#""weekly":0"#),
            (r#""instrument_type":"CE""#, r#""instrument_type":"ce""#),
            (r#""instrument_type":"CE""#, r#""instrument_type":" Call ""#),
            (r#""expiry":"2025-08-28""#, r#""expiry":null"#),
            (r#""expiry":"2025-08-28""#, r#""expiry":"""#),
            (r#""expiry":"2025-08-28""#, r#""expiry":"28-08-2025""#),
            (r#""expiry":"2025-08-28""#, r#""expiry":"28-Aug-2025""#),
            (r#""expiry":"2025-08-28""#, r#""expiry":"2025-08-28T00:00:00+05:30""#),
            (r#""expiry":"2025-08-28""#, r#""expiry":"2025-08-28 00:00:00""#),
            (r#""expiry":"2025-08-28""#, r#""expiry":1756405799000"#),
            (r#""expiry":"2025-08-28""#, r#""expiry":"1756405799000.0""#),
            (r#""instrument_key":"NSE_FO|1|28-08-2025""#, r#""instrument_key":null"#),
            (r#""instrument_key":"NSE_FO|1|28-08-2025""#, r#""instrument_key":"NSE_FO|1""#),
            (r#""instrument_key":"NSE_FO|1|28-08-2025""#, r#""instrument_key":" NSE_FO|1|28-08-2025 ""#),
            (r#""instrument_key":"NSE_FO|1|28-08-2025""#, r#""instrument_key":"nse_fo|1|2025-08-28""#),
            (r#""segment":"NSE_FO""#, r#""segment":null"#),
            (r#""segment":"NSE_FO""#, r#""segment":["x"],"unknown":{}"#),
        ] {
            let listing = read(&with(piece, other));
            assert_eq!((listing.refused.len(), listing.notices.len()), (0, 0), "{other}: {listing:?}");
            assert_eq!(listing.contracts[0].contract, plain.contracts[0].contract, "{other}");
        }
        for (spelling, kind) in [
            ("PE", ContractKind::Put),
            ("put", ContractKind::Put),
            ("FUT", ContractKind::Future),
            ("Future", ContractKind::Future),
            ("FUTIDX", ContractKind::Future),
        ] {
            let listing = read(&with(r#""CE""#, &format!("\"{spelling}\"")));
            assert_eq!(listing.contracts[0].contract.kind, kind, "{spelling}");
        }
    }

    #[test]
    fn what_names_no_contract_is_refused_with_its_reason_and_the_rest_is_kept() {
        for (row, reason, key) in [
            (with("287.5", "null"), "without a strike", true),
            (with("287.5", r#""""#), "without a strike", true),
            (with("287.5", "0"), "strike_price 0 is no strike", true),
            (with("287.5", "-5"), "strike_price -5 is no strike", true),
            (with("287.5", "287.505"), "strike_price 287.505 is no strike", true),
            (with("287.5", r#""24,500""#), r#"strike_price "24,500" is no strike"#, true),
            (with("287.5", r#""NaN""#), r#"strike_price "NaN" is no strike"#, true),
            (with("287.5", "[287.5]"), "strike_price a list or an object is no strike", true),
            (with("287.5", "1e999"), "cannot be read", false),
            (with(r#""CE""#, r#""CA""#), r#"instrument_type "CA" is no kind"#, true),
            (with(r#""CE""#, r#""OPTIDX""#), "is no kind", true),
            (with(r#""CE""#, "null"), "without instrument_type", true),
            (with(r#""CE""#, "7"), "instrument_type 7 is no kind", true),
            (r#"{"instrument_type":"FUT"}"#.to_owned(), "without instrument_key", false),
            (r#"{"instrument_key":"x","instrument_type":"FUT"}"#.to_owned(), r#""x" names no expired"#, true),
            ("null".to_owned(), "no object", false),
            (r#"["NSE_FO|1|28-08-2025"]"#.to_owned(), "no object", false),
            (r#""NSE_FO|1|28-08-2025""#.to_owned(), "no object", false),
        ] {
            let good = with("|1|", "|2|").replace(r#""exchange_token":"1""#, r#""exchange_token":"2""#);
            let listing = read(&format!("{row},{good}"));
            assert_eq!((listing.contracts.len(), listing.refused.len()), (1, 1), "{row}");
            let refused = &listing.refused[0];
            assert!(refused.reason.contains(reason), "{row}: {}", refused.reason);
            assert_eq!((refused.raw.as_str(), refused.key.is_some()), (row.as_str(), key));
        }
        let long = read(&with(r#""CE""#, &format!("\"{}\"", "x".repeat(2 * RAW_CHARS_MAX))));
        assert_eq!(long.refused[0].raw.len(), RAW_CHARS_MAX);
    }

    #[test]
    fn what_stands_in_the_list_of_a_day_belongs_to_that_day() {
        for (piece, other, key, notice) in [
            (r#""2025-08-28""#, r#""2025-08-26""#, "NSE_FO|1|28-08-2025", "expires on 2025-08-26"),
            (r#""2025-08-28""#, r#""soon""#, "NSE_FO|1|28-08-2025", "no date"),
            ("28-08-2025", "26-08-2025", "NSE_FO|1|26-08-2025", "another date in its key, 2025-08-26"),
        ] {
            let listing = read(&with(piece, other));
            let contract = &listing.contracts[0].contract;
            assert_eq!(
                (contract.expired_key.to_string().as_str(), contract.expiry),
                (key, expiry()),
                "{other}"
            );
            assert_eq!(listing.notices.len(), 1, "{:?}", listing.notices);
            assert!(listing.notices[0].contains(notice), "{:?}", listing.notices);
        }
    }

    #[test]
    fn what_cannot_be_read_beside_a_contract_is_left_out_with_a_notice() {
        for (piece, other) in [
            (r#""lot_size":75"#, r#""lot_size":"many""#),
            (r#""lot_size":75"#, r#""lot_size":-75"#),
            (r#""tick_size":5"#, r#""tick_size":0.05"#),
            (r#""weekly":false"#, r#""weekly":"maybe""#),
            (r#""exchange_token":"1""#, r#""exchange_token":"2""#),
        ] {
            let listing = read(&with(piece, other));
            assert_eq!((listing.contracts.len(), listing.notices.len()), (1, 1), "{other}: {listing:?}");
        }
    }

    #[test]
    fn rows_that_share_an_oddity_are_told_in_one_sentence() {
        let rows: Vec<String> = (1..=194)
            .map(|token| format!(r#"{{"instrument_key":"NSE_FO|{token}|28-08-2025","instrument_type":"FUT","expiry":"2025-08-27"}}"#))
            .collect();
        let listing = read(&rows.join(","));
        assert_eq!((listing.contracts.len(), listing.notices.len()), (194, 1));
        assert!(listing.notices[0].starts_with("194 contracts"), "{}", listing.notices[0]);
    }

    #[test]
    fn a_row_that_comes_twice_is_one_contract_and_one_that_contradicts_is_refused() {
        let listing = read(&format!("{PLAIN},{PLAIN}"));
        assert_eq!((listing.contracts.len(), listing.refused.len(), listing.notices.len()), (1, 0, 1));
        let listing = read(&format!("{PLAIN},{}", with("287.5", "300")));
        assert_eq!((listing.contracts.len(), listing.refused.len()), (1, 1));
        assert!(listing.refused[0].reason.contains("says otherwise"));
    }

    proptest! {
        #[test]
        fn no_row_panics_the_reader(row in "\\PC{0,60}", value in "\\PC{0,20}") {
            let _ = parse_contracts(row.as_bytes(), &nifty(), expiry());
            let text = serde_json::to_string(&value).unwrap();
            for field in ["287.5", "75", "false", r#""CE""#, r#""2025-08-28""#, r#""NSE_FO|1|28-08-2025""#] {
                let _ = read(&with(field, &text));
            }
        }
    }
}
