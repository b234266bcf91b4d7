//! The envelope around every answer, and the list of expiries.
//!
//! Success [OBS]: `{"status":"success","data":…}`. Error [OBS]: `{"status":"error","errors":[{"errorCode":…,
//! "error_code":…,"message":…}]}`, without data; the docs show one casing and say that the other will go, so
//! either is read.

use market::Day;
use serde::{Deserialize, Deserializer};

#[derive(Deserialize)]
pub(crate) struct Envelope<T> {
    status: Option<String>,
    data: Option<T>,
}

#[derive(Deserialize)]
struct ErrorEnvelope {
    #[serde(default)]
    errors: Vec<WireError>,
}

#[derive(Deserialize)]
struct WireError {
    #[serde(rename = "errorCode")]
    camel_code: Option<String>,
    #[serde(rename = "error_code")]
    snake_code: Option<String>,
    message: Option<String>,
}

/// Code and message of an error envelope; neither where the body is none.
pub(crate) fn parse_error(body: &[u8]) -> (Option<String>, Option<String>) {
    let first = serde_json::from_slice::<ErrorEnvelope>(body).ok().and_then(|e| e.errors.into_iter().next());
    match first {
        Some(error) => (error.snake_code.or(error.camel_code), error.message),
        None => (None, None),
    }
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
            .is_ok_and(|envelope| envelope.status.as_deref() == Some("error"))
}

/// The data of a success.
pub(crate) fn parse_data<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, String> {
    let envelope: Envelope<T> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    match (envelope.status.as_deref(), envelope.data) {
        (Some("success"), Some(data)) => Ok(data),
        (status, _) => Err(format!("status {status:?} without data")),
    }
}

/// Expiry dates, in whatever order they came. [OBS] strings, ascending in every sample; no order is promised.
pub fn parse_expiries(body: &[u8]) -> Result<ExpiryList, String> {
    let mut days: Vec<Day> = parse_data(body)?;
    days.sort();
    days.dedup();
    Ok(ExpiryList { days, refused: Vec::new() })
}

/// The dates of a list, and what of it is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExpiryList {
    pub days: Vec<Day>,
    pub refused: Vec<crate::contracts::RefusedRow>,
}

/// Whole numbers come as `75` and as `75.0` [OBS on other Upstox JSON]: both are taken.
pub(crate) fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let number = Option::<f64>::deserialize(deserializer)?;
    Ok(number.and_then(to_whole))
}

/// `None` when it has a fraction or is beyond what a double counts exactly.
pub(crate) fn to_whole(number: f64) -> Option<i64> {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && number.abs() <= EXACT_MAX).then_some(number as i64)
}
