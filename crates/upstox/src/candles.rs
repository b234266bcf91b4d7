//! Candles as they come over the wire: `[start, open, high, low, close, volume, open interest]`, newest first
//! [OBS]. Read as they are; whether a row can be true is the engine's to judge.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::wire::parse_data;

/// One row. A field that is missing or of another type is `None` or not a number.
#[derive(Clone, Debug, PartialEq)]
pub struct RawCandle<'a> {
    pub start: Cow<'a, str>,
    pub open: f64,
    pub high: f64,
    pub low: f64,
    pub close: f64,
    pub volume: f64,
    pub open_interest: f64,
}

/// As the broker wrote it, for the quarantine.
impl fmt::Display for RawCandle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, open, high, low, close, volume, open_interest } = self;
        write!(f, "[\"{start}\",{open},{high},{low},{close},{volume},{open_interest}]")
    }
}

#[derive(Deserialize)]
struct Data<T> {
    candles: Vec<T>,
}

#[derive(Deserialize)]
struct Row<'a>(#[serde(borrow)] Cow<'a, str>, f64, f64, f64, f64, f64, f64);

impl<'a> From<Row<'a>> for RawCandle<'a> {
    fn from(Row(start, open, high, low, close, volume, open_interest): Row<'a>) -> Self {
        Self { start, open, high, low, close, volume, open_interest }
    }
}

/// The rows of an answer, and those that are no rows at all as text.
pub fn parse_candles(body: &[u8]) -> Result<(Vec<RawCandle<'_>>, Vec<String>), String> {
    match parse_data::<Data<Row<'_>>>(body) {
        Ok(data) => Ok((data.candles.into_iter().map(RawCandle::from).collect(), Vec::new())),
        Err(_) => parse_one_by_one(body),
    }
}

/// Slower, and only where some row has another shape: the good ones are still read.
fn parse_one_by_one(body: &[u8]) -> Result<(Vec<RawCandle<'_>>, Vec<String>), String> {
    let data: Data<&RawValue> = parse_data(body)?;
    let (mut rows, mut broken) = (Vec::new(), Vec::new());
    for row in data.candles {
        match serde_json::from_str::<Row<'_>>(row.get()) {
            Ok(row) => rows.push(row.into()),
            Err(_) => broken.push(row.get().to_owned()),
        }
    }
    Ok((rows, broken))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_broken_row_does_not_spoil_the_others() {
        let body = br#"{"status":"success","data":{"candles":[["2025-08-01T15:29:00+05:30",1,2,0.5,1.5,75,150],["2025-08-01T15:28:00+05:30",null,2,1,1,75,150],[]]}}"#;
        let (rows, broken) = parse_candles(body).unwrap();
        assert_eq!((rows.len(), broken.len()), (1, 2));
        assert_eq!(rows[0].to_string(), r#"["2025-08-01T15:29:00+05:30",1,2,0.5,1.5,75,150]"#);
    }

    #[test]
    fn half_an_answer_is_an_error() {
        for body in
            ["", "{", r#"{"status":"success","data":{"candles":[["#, r#"{"status":"success"}"#, "<html>"]
        {
            assert!(parse_candles(body.as_bytes()).is_err(), "{body}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic_the_parsers(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse_candles(&body);
            let _ = crate::parse_expiries(&body);
            let _ = crate::wire::parse_error(&body);
        }
    }
}
