//! Which endpoint a request is for, and whether its parameters have the documented shape. Nothing is looked
//! up here: an unknown key of the right form passes.
//!
//! `%7C` and a raw `|` are taken alike [OBS], `+` and `%20` in the query too.

use chrono::Months;
use http::Method;
use market::{Day, DayRange, ExpiredKey, InstrumentKey, Interval};

use crate::faults::Faults;
use crate::wire::errors::{self, ApiError};
use crate::world::history::HistoryUnit;

/// A routed request with its parameters as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    Profile,
    Logout,
    Expiries { key: Option<String> },
    Contracts { key: Option<String>, expiry: Option<String>, futures: bool },
    ExpiredCandles { key: String, interval: String, to: Option<String>, from: Option<String> },
    History { key: String, unit: String, interval: String, to: String, from: Option<String> },
}

/// The same with its parameters understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    Profile,
    Logout,
    Expiries {
        key: String,
    },
    Contracts {
        key: String,
        expiry: Day,
        futures: bool,
    },
    /// Without days when the range ran backwards and that is to be answered empty.
    ExpiredCandles {
        key: ExpiredKey,
        interval: Interval,
        days: Option<DayRange>,
    },
    History {
        key: String,
        unit: HistoryUnit,
        days: Option<DayRange>,
    },
}

impl Endpoint {
    /// `None`: not routed.
    pub fn of(method: &Method, path: &str, query: &str) -> Option<Self> {
        let segments: Vec<String> = path.split('/').skip(1).map(decode).collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        if method == Method::DELETE && segments == ["v2", "logout"] {
            return Some(Self::Logout);
        }
        if method != Method::GET {
            return None;
        }
        let parameter = |name: &str| query_parameter(query, name);
        let owned = |text: &&str| (*text).to_owned();
        match segments.as_slice() {
            ["v2", "user", "profile"] => Some(Self::Profile),
            ["v2", "expired-instruments", "expiries"] => {
                Some(Self::Expiries { key: parameter("instrument_key") })
            }
            ["v2", "expired-instruments", kind @ ("option" | "future"), "contract"] => {
                Some(Self::Contracts {
                    key: parameter("instrument_key"),
                    expiry: parameter("expiry_date"),
                    futures: *kind == "future",
                })
            }
            ["v2", "expired-instruments", "historical-candle", key, interval, dates @ ..]
                if dates.len() <= 2 =>
            {
                let (to, from) = (dates.first().map(owned), dates.get(1).map(owned));
                Some(Self::ExpiredCandles { key: owned(key), interval: owned(interval), to, from })
            }
            ["v3", "historical-candle", key, unit, interval, to, from @ ..] if from.len() <= 1 => {
                Some(Self::History {
                    key: owned(key),
                    unit: owned(unit),
                    interval: owned(interval),
                    to: owned(to),
                    from: from.first().map(owned),
                })
            }
            _ => None,
        }
    }

    /// For the referee's report.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Logout => "logout",
            Self::Expiries { .. } => "expiries",
            Self::Contracts { futures: false, .. } => "option_contracts",
            Self::Contracts { futures: true, .. } => "future_contracts",
            Self::ExpiredCandles { .. } => "expired_candles",
            Self::History { .. } => "history",
        }
    }

    /// Only the expired-instruments calls need the Plus plan [OBS S10].
    pub fn needs_plus(&self) -> bool {
        matches!(self, Self::Expiries { .. } | Self::Contracts { .. } | Self::ExpiredCandles { .. })
    }

    pub fn check_shape(&self, faults: &Faults) -> Result<Asked, ApiError> {
        match self {
            Self::Profile => Ok(Asked::Profile),
            Self::Logout => Ok(Asked::Logout),
            Self::Expiries { key } => Ok(Asked::Expiries { key: underlying_key(key.as_deref())? }),
            Self::Contracts { key, expiry, futures } => {
                let key = underlying_key(key.as_deref())?;
                let expiry = date(expiry.as_deref().unwrap_or(""), errors::INVALID_DATE)?;
                Ok(Asked::Contracts { key, expiry, futures: *futures })
            }
            Self::ExpiredCandles { key, interval, to, from } => {
                let key: ExpiredKey = key.parse().map_err(|_| errors::KEY_FORMAT)?;
                let interval: Interval = interval.parse().map_err(|_| errors::INTERVAL)?;
                let to = date(to.as_deref().ok_or(errors::TO_DATE_REQUIRED)?, errors::INVALID_DATE)?;
                // All four are required; what a missing one answers is UNCERTAIN.
                let from = date(from.as_deref().ok_or(errors::DATE_ORDER)?, errors::INVALID_DATE)?;
                Ok(Asked::ExpiredCandles { key, interval, days: range(from, to, faults)? })
            }
            Self::History { key, unit, interval, to, from } => {
                history(key, unit, interval, to, from.as_deref(), faults)
            }
        }
    }
}

/// The pattern allows a comma list; nothing is known by such a key.
fn underlying_key(key: Option<&str>) -> Result<String, ApiError> {
    let key = key.ok_or(errors::KEY_REQUIRED)?;
    let well_formed = key.split(',').all(|part| part.parse::<InstrumentKey>().is_ok());
    if well_formed { Ok(key.to_owned()) } else { Err(errors::KEY_FORMAT) }
}

fn date(text: &str, refusal: ApiError) -> Result<Day, ApiError> {
    text.parse().map_err(|_| refusal)
}

fn range(from: Day, to: Day, faults: &Faults) -> Result<Option<DayRange>, ApiError> {
    match DayRange::new(from, to) {
        Ok(days) => Ok(Some(days)),
        Err(_) if faults.reversed_dates_empty => Ok(None),
        Err(_) => Err(errors::DATE_ORDER),
    }
}

fn history(
    key: &str,
    unit: &str,
    interval: &str,
    to: &str,
    from: Option<&str>,
    faults: &Faults,
) -> Result<Asked, ApiError> {
    // An expired key fails the pattern here [OBS S11].
    let key = underlying_key(Some(key))?;
    let count: u16 = interval.parse().map_err(|_| errors::UNIT_INTERVAL)?;
    let (unit, counts) = match unit {
        "minutes" => (HistoryUnit::Minutes(count), 1..=300),
        "hours" => (HistoryUnit::Hours(count), 1..=5),
        "days" => (HistoryUnit::Days, 1..=1),
        "weeks" => (HistoryUnit::Weeks, 1..=1),
        "months" => (HistoryUnit::Months, 1..=1),
        _ => return Err(errors::UNIT),
    };
    if !counts.contains(&count) {
        return Err(errors::UNIT_INTERVAL);
    }
    let to = date(to, errors::DATE_ORDER)?;
    // What is meant without it is UNCERTAIN: the one day here.
    let from = from.map_or(Ok(to), |from| date(from, errors::DATE_ORDER))?;
    let days = range(from, to, faults)?;
    if longest_range(unit).is_some_and(|months| to.date().checked_sub_months(months) > Some(from.date())) {
        return Err(errors::DATE_RANGE);
    }
    Ok(Asked::History { key, unit, days })
}

/// A month for minutes 1 to 15, a quarter above and for hours, ten years for days [OBS].
fn longest_range(unit: HistoryUnit) -> Option<Months> {
    match unit {
        HistoryUnit::Minutes(1..=15) => Some(Months::new(1)),
        HistoryUnit::Minutes(_) | HistoryUnit::Hours(_) => Some(Months::new(3)),
        HistoryUnit::Days => Some(Months::new(120)),
        HistoryUnit::Weeks | HistoryUnit::Months => None,
    }
}

/// A parameter of a query or a form, decoded; the first of its name.
pub fn query_parameter(query: &str, name: &str) -> Option<String> {
    query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| decode(&value.replace('+', " ")))
}

/// Percent-decoding; what is no valid escape stays as it is.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let hex = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], hex(at + 1), hex(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                // Two hexadecimal digits make a byte.
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_a_key_are_one() {
        for path in ["NSE_FO%7C71706%7C28-08-2025", "NSE_FO|71706|28-08-2025", "NSE_FO%7c71706|28-08-2025"] {
            let path = format!("/v2/expired-instruments/historical-candle/{path}/day/2025-08-28/2025-08-01");
            let endpoint = Endpoint::of(&Method::GET, &path, "").unwrap();
            assert!(
                matches!(&endpoint, Endpoint::ExpiredCandles { key, .. } if key == "NSE_FO|71706|28-08-2025")
            );
        }
        for query in ["instrument_key=NSE_INDEX%7CNifty%2050", "a=b&instrument_key=NSE_INDEX|Nifty+50"] {
            assert_eq!(query_parameter(query, "instrument_key").unwrap(), "NSE_INDEX|Nifty 50");
        }
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz%7C"), "%zz|");
    }

    #[test]
    fn ranges_of_history_end_where_the_broker_says() {
        let asked = |unit: &str, interval: &str, to: &str, from: &str| {
            let path = format!("/v3/historical-candle/NSE_INDEX%7CNifty%2050/{unit}/{interval}/{to}/{from}");
            Endpoint::of(&Method::GET, &path, "").unwrap().check_shape(&Faults::default())
        };
        let refusal = |result: Result<Asked, ApiError>| result.err().map(|error| error.code);
        assert_eq!(refusal(asked("minutes", "1", "2025-08-31", "2025-07-31")), None);
        assert_eq!(refusal(asked("minutes", "15", "2025-08-31", "2025-07-30")), Some("UDAPI1148"));
        assert_eq!(refusal(asked("minutes", "30", "2025-08-31", "2025-05-31")), None);
        assert_eq!(refusal(asked("hours", "1", "2025-08-31", "2025-05-30")), Some("UDAPI1148"));
        assert_eq!(refusal(asked("days", "1", "2025-08-31", "2022-01-01")), None);
        assert_eq!(refusal(asked("days", "2", "2025-08-31", "2025-08-01")), Some("UDAPI1147"));
        assert_eq!(refusal(asked("ticks", "1", "2025-08-31", "2025-08-01")), Some("UDAPI1146"));
        assert_eq!(refusal(asked("days", "1", "2025-08-01", "2025-08-31")), Some("UDAPI1015"));
    }
}
