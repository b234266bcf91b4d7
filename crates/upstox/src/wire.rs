//! The envelope around every answer, and the list of expiries.
//!
//! Success [OBS]: `{"status":"success","data":…}`. Error [OBS]: `{"status":"error","errors":[{"errorCode":…,
//! "error_code":…,"message":…}]}`, without data; the docs show one casing and say that the other will go, so
//! either is read.

use std::fmt;
use std::marker::PhantomData;

use market::Day;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::RefusedRow;
use crate::loose::Loose;

#[derive(Deserialize)]
pub(crate) struct Envelope<T> {
    status: Option<String>,
    data: Option<T>,
}

#[derive(Deserialize)]
struct ErrorEnvelope<'a> {
    #[serde(borrow)]
    errors: Vec<WireError<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireError<'a> {
    #[serde(borrow, rename = "errorCode")]
    camel_code: Loose<'a>,
    #[serde(borrow, rename = "error_code")]
    snake_code: Loose<'a>,
    #[serde(borrow)]
    message: Loose<'a>,
}

/// Code and message of an error envelope; neither where the body is none.
pub(crate) fn parse_error(body: &[u8]) -> (Option<String>, Option<String>) {
    let envelope = serde_json::from_slice::<ErrorEnvelope<'_>>(body).ok();
    let first = envelope.and_then(|envelope| envelope.errors.into_iter().next()).unwrap_or_default();
    let text = |value: &Loose<'_>| value.text().map(|text| text.into_owned());
    (text(&first.snake_code).or_else(|| text(&first.camel_code)), text(&first.message))
}

/// Whether a body says itself that it is an error, whatever the status above it.
pub(crate) fn says_error(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Status {
        status: Option<String>,
    }
    // Only a short body can be an error; a megabyte of candles is not read twice.
    const ERROR_BODY_MAX: usize = 16 * 1024;
    body.len() <= ERROR_BODY_MAX
        && serde_json::from_slice::<Status>(body)
            .is_ok_and(|envelope| envelope.status.is_some_and(|status| status.eq_ignore_ascii_case("error")))
}

/// The data of a success.
pub(crate) fn parse_data<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, String> {
    let envelope: Envelope<T> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    match (envelope.status.as_deref(), envelope.data) {
        (Some(status), Some(data)) if status.eq_ignore_ascii_case("success") => Ok(data),
        (status, _) => Err(format!("status {status:?} without data")),
    }
}

/// A list of at most so many elements: an answer within its bytes may still hold millions of tiny ones.
pub(crate) struct Bounded<T, const MAX: usize>(pub Vec<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for Bounded<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(BoundedVisitor(PhantomData))
    }
}

struct BoundedVisitor<T, const MAX: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for BoundedVisitor<T, MAX> {
    type Value = Bounded<T, MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {MAX} elements")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element()? {
            if list.len() == MAX {
                return Err(A::Error::custom(format!("a list of more than {MAX} elements")));
            }
            list.push(element);
        }
        Ok(Bounded(list))
    }
}

/// Rows of a list of expiries or contracts; the longest known has a few hundred.
pub(crate) const LIST_ROWS_MAX: usize = 20_000;

/// The rows of a list, each still to be read by itself.
pub(crate) fn parse_list(body: &[u8]) -> Result<Vec<&RawValue>, String> {
    parse_data::<Bounded<&RawValue, LIST_ROWS_MAX>>(body).map(|Bounded(rows)| rows)
}

/// The dates of an answer that can be read as such, and what else stood among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExpiryList {
    /// Ascending, each once.
    pub days: Vec<Day>,
    pub refused: Vec<RefusedRow>,
}

/// Expiry dates, in whatever order they came. [OBS] strings, ascending in every sample; no order is promised.
pub fn parse_expiries(body: &[u8]) -> Result<ExpiryList, String> {
    let mut list = ExpiryList::default();
    for element in parse_list(body)? {
        let value: Loose<'_> = serde_json::from_str(element.get()).unwrap_or(Loose::Composed);
        match value.day() {
            Some(day) => list.days.push(day),
            None => list.refused.push(RefusedRow::new(element.get(), format!("{value} is no date"))),
        }
    }
    list.days.sort();
    list.days.dedup();
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_good_dates_of_a_list_are_used_and_the_rest_is_refused_by_name() {
        for (elements, days, reasons) in [
            (r#""2025-08-28","2025-08-21","2025-08-28""#, "2025-08-21 2025-08-28", ""),
            (r#"null,"2025-08-28","""#, "2025-08-28", r#"null is no date; "" is no date"#),
            (r#""28-08-2025"," 2025-08-21 ""#, "2025-08-21 2025-08-28", ""),
            (r#""2025-08-28T00:00:00+05:30",1756387799000"#, "2025-08-28", ""),
            (r#""2099-12-31""#, "2099-12-31", ""),
            (r#"7,true,"soon""#, "", r#"7 is no date; true is no date; "soon" is no date"#),
            (r#""28/08/2025""#, "", r#""28/08/2025" is no date"#),
            (r#"["2025-08-28"],{}"#, "", "a list or an object is no date; a list or an object is no date"),
            ("1e999", "", "a list or an object is no date"),
            ("", "", ""),
        ] {
            let list =
                parse_expiries(format!(r#"{{"status":"success","data":[{elements}]}}"#).as_bytes()).unwrap();
            let read: Vec<_> = list.days.iter().map(Day::to_string).collect();
            let refused: Vec<_> = list.refused.iter().map(|row| row.reason.clone()).collect();
            assert_eq!((read.join(" ").as_str(), refused.join("; ").as_str()), (days, reasons), "{elements}");
        }
    }

    #[test]
    fn what_is_no_list_is_an_error_and_so_is_one_without_an_end() {
        for body in [
            r#"{"status":"success"}"#,
            r#"{"status":"success","data":null}"#,
            r#"{"status":"success","data":{}}"#,
            r#"{"status":"success","data":["2025-08-28""#,
            r#"{"data":[]}"#,
            "[]",
        ] {
            assert!(parse_expiries(body.as_bytes()).is_err(), "{body}");
        }
        let endless = format!(r#"{{"status":"success","data":[{}0]}}"#, "0,".repeat(LIST_ROWS_MAX));
        assert!(parse_expiries(endless.as_bytes()).unwrap_err().contains("more than 20000"));
    }
}
