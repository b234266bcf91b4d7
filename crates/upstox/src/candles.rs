//! Candles as they come over the wire: `[start, open, high, low, close, volume, open interest]`, newest first
//! [OBS]. Read as they are; whether a row can be true is the engine's to judge.
//!
//! The form that was observed is read in one pass. Where some row has another form the answer is read row by
//! row, each as what it plainly is; a row that is none is kept as it was written, never dropped.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::loose::Loose;
use crate::wire::{Bounded, parse_data};
use crate::{Refusals, RefusedRow};

/// Rows of one answer: more than 1,000 days of minutes have, the longest range that is ever asked for.
const ROWS_MAX: usize = 500_000;

/// One row, as far as it could be read.
#[derive(Clone, Debug, PartialEq)]
pub struct RawCandle<'a> {
    pub start: Cow<'a, str>,
    pub open: f64,
    pub high: f64,
    pub low: f64,
    pub close: f64,
    pub volume: f64,
    pub open_interest: f64,
    /// The row as it came, where it had another form than the observed one.
    pub raw: Option<&'a str>,
}

/// As the broker wrote it, for the quarantine.
impl fmt::Display for RawCandle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, open, high, low, close, volume, open_interest, raw } = self;
        match raw {
            Some(raw) => f.write_str(raw),
            None => write!(f, "[\"{start}\",{open},{high},{low},{close},{volume},{open_interest}]"),
        }
    }
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct Data<T> {
    /// Not the same as missing: `null` is an answer, an object without candles is none.
    #[serde(deserialize_with = "Option::deserialize")]
    candles: Option<T>,
}

type Rows<T> = Data<Bounded<T, ROWS_MAX>>;

#[derive(Deserialize)]
struct Row<'a>(#[serde(borrow)] Cow<'a, str>, f64, f64, f64, f64, f64, f64);

/// The observed form and no other.
impl<'de: 'a, 'a> Deserialize<'de> for RawCandle<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Row(start, open, high, low, close, volume, open_interest) = Row::deserialize(deserializer)?;
        Ok(Self { start, open, high, low, close, volume, open_interest, raw: None })
    }
}

/// The rows of an answer, and those that are no rows at all.
pub fn parse_candles(body: &[u8]) -> Result<(Vec<RawCandle<'_>>, Refusals), String> {
    match parse_data::<Rows<RawCandle<'_>>>(body) {
        Ok(data) => Ok((data.candles.map_or_else(Vec::new, |Bounded(rows)| rows), Refusals::default())),
        Err(_) => parse_one_by_one(body),
    }
}

/// Slower, and only where some row has another form: each is read by itself.
fn parse_one_by_one(body: &[u8]) -> Result<(Vec<RawCandle<'_>>, Refusals), String> {
    let data: Rows<&RawValue> = parse_data(body)?;
    let (mut rows, mut refused) = (Vec::new(), Refusals::default());
    for row in data.candles.map_or_else(Vec::new, |Bounded(rows)| rows) {
        let raw = row.get();
        match serde_json::from_str(raw).or_else(|_| read_other(raw)) {
            Ok(row) => rows.push(row),
            Err(reason) => refused.push(|| RefusedRow::new(raw, reason)),
        }
    }
    Ok((rows, refused))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named<'a> {
    #[serde(borrow, alias = "time", alias = "start")]
    timestamp: Loose<'a>,
    #[serde(borrow)]
    open: Loose<'a>,
    #[serde(borrow)]
    high: Loose<'a>,
    #[serde(borrow)]
    low: Loose<'a>,
    #[serde(borrow)]
    close: Loose<'a>,
    #[serde(borrow)]
    volume: Loose<'a>,
    #[serde(borrow, alias = "oi", alias = "openInterest")]
    open_interest: Loose<'a>,
}

/// A row in another form than the observed one: shorter or longer, with text for numbers, with names.
fn read_other(raw: &str) -> Result<RawCandle<'_>, String> {
    let unreadable = |error: serde_json::Error| format!("it cannot be read: {error}");
    let named = if raw.starts_with('{') {
        serde_json::from_str(raw).map_err(unreadable)?
    } else if raw.starts_with('[') {
        let values: Vec<Loose<'_>> = serde_json::from_str(raw).map_err(unreadable)?;
        let count = values.len();
        let mut values = values.into_iter();
        let mut next = || values.next().unwrap_or_default();
        // Without open interest, as of an index or a stock, there are six; more than seven say nothing known.
        if count < 6 {
            return Err(format!("it has {count} of the seven values of a row"));
        }
        Named {
            timestamp: next(),
            open: next(),
            high: next(),
            low: next(),
            close: next(),
            volume: next(),
            open_interest: next(),
        }
    } else {
        return Err("it is no row of values".to_owned());
    };
    read_named(named, raw)
}

fn read_named<'a>(row: Named<'a>, raw: &'a str) -> Result<RawCandle<'a>, String> {
    let start = row.timestamp.text().ok_or("it has no time")?.into_owned();
    let count = |name: &str, value: &Loose<'_>| match value.number() {
        _ if value.is_blank() => Ok(0.0),
        Some(number) => Ok(number),
        None => Err(format!("its {name}, {value}, is no number")),
    };
    let [open, high, low, close] = read_prices([&row.open, &row.high, &row.low, &row.close])?;
    Ok(RawCandle {
        start: start.into(),
        open,
        high,
        low,
        close,
        volume: count("volume", &row.volume)?,
        open_interest: count("open interest", &row.open_interest)?,
        raw: Some(raw),
    })
}

/// No price at all is how some say that nothing traded: it is read as four zeros. A single one may not lack.
fn read_prices(prices: [&Loose<'_>; 4]) -> Result<[f64; 4], String> {
    if prices.iter().all(|price| price.is_blank()) {
        return Ok([0.0; 4]);
    }
    let mut read = [0.0; 4];
    for ((place, price), name) in read.iter_mut().zip(prices).zip(["open", "high", "low", "close"]) {
        *place = price.number().ok_or_else(|| format!("its {name}, {price}, is no price"))?;
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::REFUSED_KEPT_MAX;

    fn read(rows: &str) -> (Vec<RawCandle<'static>>, Refusals) {
        let body = format!(r#"{{"status":"success","data":{{"candles":[{rows}]}}}}"#);
        let body: &'static str = Box::leak(body.into_boxed_str());
        parse_candles(body.as_bytes()).unwrap()
    }

    const PLAIN: &str = r#"["2025-08-01T15:29:00+05:30",1,2,0.5,1.5,75,150]"#;

    #[test]
    fn each_other_form_is_the_same_row() {
        let start = "2025-08-01T15:29:00+05:30";
        for (row, start, open_interest) in [
            (r#"["2025-08-01T15:29:00+05:30",1,2,0.5,1.5,75,null]"#, start, 0.0),
            (r#"["2025-08-01T15:29:00+05:30",1,2,0.5,1.5,75]"#, start, 0.0),
            (r#"["2025-08-01T15:29:00+05:30",1,2,0.5,1.5,75,""]"#, start, 0.0),
            (r#"["2025-08-01T15:29:00+05:30",1,2,0.5,1.5,75,150,9,"x",null]"#, start, 150.0),
            (r#"["2025-08-01T15:29:00+05:30","1","2.00"," 0.5 ","1.5","75","150.0"]"#, start, 150.0),
            (r#"["2025-08-01T15:29:00+0530",1,2,0.5,1.5,75,150]"#, "2025-08-01T15:29:00+0530", 150.0),
            ("[1754042340,1,2,0.5,1.5,75,150]", "1754042340", 150.0),
            ("[1754042340000.0,1,2,0.5,1.5,75,150]", "1754042340000", 150.0),
            (
                r#"{"timestamp":"2025-08-01T15:29:00+05:30","open":1,"high":2,"low":"0.5","close":1.5,"volume":75,"oi":150}"#,
                start,
                150.0,
            ),
            (r#"{"time":1754042340,"open":1,"high":2,"low":0.5,"close":1.5,"volume":75}"#, "1754042340", 0.0),
        ] {
            let (rows, refused) = read(row);
            assert_eq!((rows.len(), refused.count), (1, 0), "{row}: {refused:?}");
            let RawCandle { open, high, low, close, volume, .. } = rows[0];
            assert_eq!([open, high, low, close, volume], [1.0, 2.0, 0.5, 1.5, 75.0], "{row}");
            assert_eq!((rows[0].start.as_ref(), rows[0].open_interest), (start, open_interest), "{row}");
            assert_eq!(
                rows[0].to_string(),
                if row == PLAIN { PLAIN } else { row }.replace(", ", ","),
                "{row}"
            );
        }
        for row in [
            r#"["2025-08-01T15:29:00+05:30",null,null,null,null,null,null]"#,
            r#"["2025-08-01T15:29:00+05:30",null,null,null,null,0,150]"#,
            r#"["2025-08-01T15:29:00+05:30",0,0,0,0,null]"#,
            r#"["2025-08-01T15:29:00+05:30","0","0.0",0,0,"0"]"#,
        ] {
            let (rows, refused) = read(row);
            assert_eq!((rows.len(), refused.count), (1, 0), "{row}");
            let RawCandle { open, high, low, close, volume, .. } = rows[0];
            assert_eq!([open, high, low, close, volume], [0.0; 5], "{row}");
        }
    }

    #[test]
    fn what_is_no_row_is_kept_as_it_came_and_does_not_spoil_the_others() {
        for (row, reason) in [
            ("[]", "0 of the seven"),
            (r#"["2025-08-01T15:29:00+05:30",1,2,0.5,1.5]"#, "5 of the seven"),
            (r#"["2025-08-01T15:29:00+05:30",null,2,1,1,75,150]"#, "its open, null, is no price"),
            (r#"["2025-08-01T15:29:00+05:30",1,2,1,"n/a",75,150]"#, r#"its close, "n/a", is no price"#),
            (r#"["2025-08-01T15:29:00+05:30",1,"NaN",1,1,75,150]"#, r#"its high, "NaN", is no price"#),
            (r#"["2025-08-01T15:29:00+05:30",1,2,1,1,"many",150]"#, r#"its volume, "many", is no number"#),
            (r#"["2025-08-01T15:29:00+05:30",1,2,1,1,75,[150]]"#, "its open interest"),
            (r#"["2025-08-01T15:29:00+05:30",1e999,2,1,1,75,150]"#, "cannot be read"),
            ("[null,1,2,1,1,75,150]", "no time"),
            (r#"["",1,2,"1",1,75,150]"#, "no time"),
            (r#"{"open":1}"#, "no time"),
            ("null", "no row of values"),
            ("7", "no row of values"),
            (r#""2025-08-01""#, "no row of values"),
        ] {
            let (rows, refused) = read(&format!("{PLAIN},{row}"));
            assert_eq!((rows.len(), refused.count), (1, 1), "{row}");
            assert_eq!(refused.kept[0].raw, row);
            assert!(refused.kept[0].reason.contains(reason), "{row}: {}", refused.kept[0].reason);
            assert_eq!(rows[0].to_string(), PLAIN);
        }
    }

    #[test]
    fn rows_beyond_the_bounds_are_counted_or_an_error() {
        let (rows, refused) = read(&vec!["[]"; REFUSED_KEPT_MAX + 7].join(","));
        assert_eq!((rows.len(), refused.kept.len(), refused.count), (0, REFUSED_KEPT_MAX, 1_007));
        let body = format!(r#"{{"status":"success","data":{{"candles":[{}0]}}}}"#, "0,".repeat(ROWS_MAX));
        assert!(parse_candles(body.as_bytes()).unwrap_err().contains("more than 500000"));
    }

    #[test]
    fn no_candles_are_an_empty_answer_only_where_the_broker_says_so() {
        for data in [r#"{"candles":[]}"#, r#"{"candles":null}"#] {
            let body = format!(r#"{{"status":"success","data":{data}}}"#);
            assert_eq!(parse_candles(body.as_bytes()), Ok((Vec::new(), Refusals::default())), "{data}");
        }
        for body in [
            "",
            "{",
            "<html>",
            r#"{"status":"success"}"#,
            r#"{"status":"success","data":null}"#,
            r#"{"status":"success","data":[]}"#,
            r#"{"status":"success","data":{}}"#,
            r#"{"status":"success","data":{"candles":{}}}"#,
            r#"{"status":"success","data":{"candles":""}}"#,
            r#"{"status":"success","data":{"candles":[["#,
            r#"{"status":"success","data":{"candles":[]}"#,
            r#"{"data":{"candles":[]}}"#,
        ] {
            assert!(parse_candles(body.as_bytes()).is_err(), "{body}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic_the_parsers(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse_candles(&body);
            let _ = crate::parse_expiries(&body);
            let _ = crate::parse_master(&body);
            let _ = crate::wire::parse_error(&body);
        }

        #[test]
        fn no_row_panics_the_reader_and_none_vanishes(row in "\\[[\\[\\]{}\",:0-9a-zT+. -]{0,60}\\]") {
            let body = format!(r#"{{"status":"success","data":{{"candles":[{row}]}}}}"#);
            if let Ok((rows, refused)) = parse_candles(body.as_bytes()) {
                let sent: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
                let sent = sent["data"]["candles"].as_array().map_or(0, Vec::len);
                prop_assert!(sent == 0 || rows.len() + refused.kept.len() == sent);
            }
        }
    }
}
