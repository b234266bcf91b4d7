//! Candles as REST, files and charts have them: bars, what was asked for beside them, and what the days of their axis
//! are. Prices are rupees, volatility is a fraction, greeks are of one unit. What is not known is null, and never
//! guessed.

use std::fmt;
use std::str::FromStr;

use market::{Bar, Bars, ChartInterval, Contract, EpochSeconds, ExpiredKey, Prices};
use serde::{Deserialize, Serialize};

/// Contracts that a chart compares with its own.
pub const COMPARED_MAX: usize = 3;
/// Closes in a moving average.
pub const AVERAGE_CLOSES_MIN: u16 = 2;
pub const AVERAGE_CLOSES_MAX: u16 = 1_000;

/// What can stand beside candles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CandlesWith {
    /// Forward, time value, volatility and greeks of an option in the minute of each close, with the reason where there is none.
    Volatility,
    /// The day's volume-weighted average price up to the end of each bar, of its minutes.
    Vwap,
    /// The mean of so many closes.
    Simple(u16),
    /// The same with newer ones weighing more.
    Exponential(u16),
    /// The underlying's own closes.
    Underlying,
    /// The closes of the future of the same expiry.
    Future,
    /// Every bar of the sessions, also those without a row, and what the days are.
    Sessions,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CandlesWithError {
    #[error(
        "\"{0}\" is nothing that candles come with: choose volatility, vwap, sma-20, ema-20, underlying, future or sessions"
    )]
    Unknown(String),
    #[error(
        "\"{0}\" averages too few or too many closes: choose from {AVERAGE_CLOSES_MIN} to {AVERAGE_CLOSES_MAX}, for example sma-20"
    )]
    Closes(String),
    #[error("candles come with at most {max} things at once, and these are {0}", max = CandlesBeside::MAX)]
    TooMany(usize),
    #[error("{0}")]
    Key(String),
    #[error("at most {COMPARED_MAX} contracts are compared with another, and these are {0}")]
    TooManyKeys(usize),
}

impl FromStr for CandlesWith {
    type Err = CandlesWithError;

    fn from_str(text: &str) -> Result<Self, CandlesWithError> {
        let closes = |count: &str| {
            let count = count.parse().map_err(|_| CandlesWithError::Unknown(text.to_owned()))?;
            if (AVERAGE_CLOSES_MIN..=AVERAGE_CLOSES_MAX).contains(&count) {
                Ok(count)
            } else {
                Err(CandlesWithError::Closes(text.to_owned()))
            }
        };
        match (text, text.split_once('-')) {
            ("volatility", _) => Ok(Self::Volatility),
            ("vwap", _) => Ok(Self::Vwap),
            ("underlying", _) => Ok(Self::Underlying),
            ("future", _) => Ok(Self::Future),
            ("sessions", _) => Ok(Self::Sessions),
            (_, Some(("sma", count))) => Ok(Self::Simple(closes(count)?)),
            (_, Some(("ema", count))) => Ok(Self::Exponential(closes(count)?)),
            _ => Err(CandlesWithError::Unknown(text.to_owned())),
        }
    }
}

impl fmt::Display for CandlesWith {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Volatility => f.write_str("volatility"),
            Self::Vwap => f.write_str("vwap"),
            Self::Simple(closes) => write!(f, "sma-{closes}"),
            Self::Exponential(closes) => write!(f, "ema-{closes}"),
            Self::Underlying => f.write_str("underlying"),
            Self::Future => f.write_str("future"),
            Self::Sessions => f.write_str("sessions"),
        }
    }
}

/// What is asked for beside candles, each once: `volatility,vwap,sma-20`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CandlesBeside(Vec<CandlesWith>);

impl CandlesBeside {
    pub const MAX: usize = 12;

    pub fn has(&self, with: CandlesWith) -> bool {
        self.0.contains(&with)
    }

    pub fn iter(&self) -> impl Iterator<Item = CandlesWith> + '_ {
        self.0.iter().copied()
    }
}

impl FromIterator<CandlesWith> for CandlesBeside {
    /// The first ones, where they are too many.
    fn from_iter<I: IntoIterator<Item = CandlesWith>>(all: I) -> Self {
        let mut kept = Vec::new();
        for with in all {
            if kept.len() < Self::MAX && !kept.contains(&with) {
                kept.push(with);
            }
        }
        Self(kept)
    }
}

impl FromStr for CandlesBeside {
    type Err = CandlesWithError;

    fn from_str(text: &str) -> Result<Self, CandlesWithError> {
        let mut all = Vec::new();
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let with = word.parse()?;
            if !all.contains(&with) {
                all.push(with);
            }
        }
        if all.len() > Self::MAX { Err(CandlesWithError::TooMany(all.len())) } else { Ok(Self(all)) }
    }
}

impl fmt::Display for CandlesBeside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
    }
}

/// The contracts that another is compared with, each once: their keys with commas between.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ComparedKeys(Vec<ExpiredKey>);

impl ComparedKeys {
    pub fn as_slice(&self) -> &[ExpiredKey] {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// With another one, where there is room and it is not among them.
    pub fn with(&self, key: &ExpiredKey) -> Self {
        let is_room = self.0.len() < COMPARED_MAX && !self.0.contains(key);
        Self(self.0.iter().chain(is_room.then_some(key)).cloned().collect())
    }

    pub fn without(&self, key: &ExpiredKey) -> Self {
        Self(self.0.iter().filter(|other| *other != key).cloned().collect())
    }
}

impl FromStr for ComparedKeys {
    type Err = CandlesWithError;

    fn from_str(text: &str) -> Result<Self, CandlesWithError> {
        let mut all: Vec<ExpiredKey> = Vec::new();
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let key = word.parse::<ExpiredKey>().map_err(|error| CandlesWithError::Key(error.to_string()))?;
            if !all.contains(&key) {
                all.push(key);
            }
        }
        if all.len() > COMPARED_MAX { Err(CandlesWithError::TooManyKeys(all.len())) } else { Ok(Self(all)) }
    }
}

impl fmt::Display for ComparedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
    }
}

macro_rules! shipped_as_text {
    ($name:ty) => {
        impl TryFrom<String> for $name {
            type Error = CandlesWithError;

            fn try_from(text: String) -> Result<Self, CandlesWithError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    };
}

shipped_as_text!(CandlesBeside);
shipped_as_text!(ComparedKeys);

#[cfg(feature = "openapi")]
market::schema_of!(
    CandlesBeside,
    market::schemas::text(
        "What stands beside candles, with commas between: volatility (forward, time value, volatility and greeks of \
         an option, with the reason where there is none), vwap, sma-N and ema-N (averages of N closes), underlying, \
         future (of the same expiry), sessions (every bar of the sessions, also those without a row, and what the \
         days are).",
        "^[a-z0-9,-]*$",
        "volatility,vwap,sma-20"
    )
);
#[cfg(feature = "openapi")]
market::schema_of!(
    ComparedKeys,
    market::schemas::text(
        "Keys of up to three contracts whose closes stand beside the candles, with commas between.",
        "^[^ ]*$",
        "NSE_FO|71706|28-08-2025"
    )
);

/// A value a bar, beside its candle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CandleColumn {
    /// `volatility`, `sma-20`, or the key of a compared contract.
    pub name: String,
    /// For people.
    pub title: String,
    /// `rupees`, `fraction` or `greek`.
    pub unit: String,
    pub values: Vec<Option<f64>>,
}

/// A word a bar: where a forward came from, or why there is no volatility.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CandleWords {
    /// `forward_source` or `no_volatility_because`.
    pub name: String,
    pub values: Vec<Option<String>>,
}

/// What a mark on the axis of time says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    /// A holiday lies before the bar.
    Closed,
    /// The bar begins a session that is not an ordinary one.
    Special,
    /// The bar begins the expiry's day.
    Expiry,
    /// New contracts were traded in place of old ones of the expiry: from the bar on, or after it where it is the last.
    Renewed,
    /// Days that were not asked for, or not answered for good.
    NotCollected,
    /// Days that were asked for and had no trade, or that the exchange's files prove to have had none.
    NoTrade,
}

impl MarkKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Special => "special",
            Self::Expiry => "expiry",
            Self::Renewed => "renewed",
            Self::NotCollected => "not_collected",
            Self::NoTrade => "no_trade",
        }
    }
}

/// Days of the axis that are not like others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AxisMark {
    pub kind: MarkKind,
    /// The first and the last bar that it is about, in epoch seconds.
    pub from: i64,
    pub to: i64,
    /// For people.
    pub text: String,
}

/// A bar of the axis: with a row, or without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CandleRow {
    pub start: EpochSeconds,
    pub bar: Option<Bar>,
}

impl CandleRow {
    pub fn prices(&self) -> Option<Prices> {
        self.bar?.prices
    }
}

/// Bars with what was asked for beside them; all columns are as long as the rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Candles {
    pub contract: Contract,
    pub interval: ChartInterval,
    /// Oldest first.
    pub rows: Vec<CandleRow>,
    pub columns: Vec<CandleColumn>,
    pub words: Vec<CandleWords>,
    /// A year, continuous, as a fraction, where volatilities rest on it.
    pub rate: Option<f64>,
    /// Oldest first.
    pub marks: Vec<AxisMark>,
}

impl Candles {
    /// The rows behind a moment, at most so many, with what stands beside them, and the start of the last one where there
    /// are more.
    pub fn piece(mut self, behind: Option<EpochSeconds>, most: usize) -> (Self, Option<EpochSeconds>) {
        let from = behind.map_or(0, |behind| self.rows.partition_point(|row| row.start <= behind));
        let to = from.saturating_add(most).min(self.rows.len());
        if (from, to) == (0, self.rows.len()) {
            return (self, None);
        }
        let end = (to < self.rows.len()).then(|| self.rows.get(to - 1).map(|row| row.start)).flatten();
        self.rows = self.rows.drain(from..to).collect();
        for column in &mut self.columns {
            column.values = column.values.drain(from..to).collect();
        }
        for words in &mut self.words {
            words.values = words.values.drain(from..to).collect();
        }
        let (first, last) =
            (self.rows.first().map(|row| row.start.0), self.rows.last().map(|row| row.start.0));
        self.marks.retain(|mark| Some(mark.to) >= first && last.is_some_and(|last| mark.from <= last));
        (self, end)
    }
}

impl From<Bars> for Candles {
    fn from(Bars { contract, interval, bars }: Bars) -> Self {
        let rows = bars.into_iter().map(|bar| CandleRow { start: bar.start, bar: Some(bar) }).collect();
        let (columns, words, marks) = (Vec::new(), Vec::new(), Vec::new());
        Self { contract, interval, rows, columns, words, rate: None, marks }
    }
}

/// The same, one array a column; a gap has `null` prices, and a bar without a row has nothing at all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CandleColumns {
    /// Epoch seconds UTC of each bar's start.
    pub time: Vec<i64>,
    pub open: Vec<Option<f64>>,
    pub high: Vec<Option<f64>>,
    pub low: Vec<Option<f64>>,
    pub close: Vec<Option<f64>>,
    pub volume: Vec<Option<i64>>,
    pub open_interest: Vec<Option<i64>>,
    /// What was asked for beside them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<CandleColumn>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<CandleWords>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<AxisMark>,
}

impl CandleColumns {
    pub fn len(&self) -> usize {
        self.time.len()
    }

    pub fn is_empty(&self) -> bool {
        self.time.is_empty()
    }

    /// With nothing beside them.
    pub fn of_rows(rows: &[CandleRow]) -> Self {
        let price = |pick: fn(&Prices) -> market::Price| {
            rows.iter().map(|row| row.prices().map(|prices| pick(&prices).to_rupees())).collect()
        };
        Self {
            time: rows.iter().map(|row| row.start.0).collect(),
            open: price(|prices| prices.open),
            high: price(|prices| prices.high),
            low: price(|prices| prices.low),
            close: price(|prices| prices.close),
            volume: rows.iter().map(|row| row.bar.map(|bar| bar.volume)).collect(),
            open_interest: rows.iter().map(|row| row.bar.map(|bar| bar.open_interest)).collect(),
            ..Self::default()
        }
    }
}

impl From<Candles> for CandleColumns {
    fn from(candles: Candles) -> Self {
        let Candles { rows, columns, words, rate, marks, .. } = candles;
        Self { columns, words, rate, marks, ..Self::of_rows(&rows) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_beside_candles_is_written_as_it_is_read() {
        for text in ["", "volatility", "vwap,sma-20,ema-9,underlying,future,sessions"] {
            assert_eq!(text.parse::<CandlesBeside>().unwrap().to_string(), text);
        }
        let twice: CandlesBeside = " vwap, vwap,".parse().unwrap();
        assert_eq!(twice.to_string(), "vwap");
        let many = (2..=14).map(|closes| format!("sma-{closes}")).collect::<Vec<_>>().join(",");
        for (text, words) in [
            ("iv", "\"iv\" is nothing that candles come with: choose volatility"),
            ("sma-x", "\"sma-x\" is nothing that candles come with"),
            ("sma-1", "choose from 2 to 1000"),
            ("ema-1001", "choose from 2 to 1000"),
            (&many, "at most 12 things at once, and these are 13"),
        ] {
            let error = text.parse::<CandlesBeside>().unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn three_other_contracts_are_compared() {
        let key = |token: u32| -> ExpiredKey { format!("NSE_FO|{token}|28-08-2025").parse().unwrap() };
        let two: ComparedKeys = format!("{},{},{}", key(1), key(2), key(1)).parse().unwrap();
        assert_eq!(two.as_slice(), [key(1), key(2)]);
        assert_eq!(two.to_string().parse(), Ok(two.clone()));
        let three = two.with(&key(2)).with(&key(3));
        assert_eq!((three.as_slice().len(), three.with(&key(4))), (3, three.clone()));
        assert_eq!(three.without(&key(3)), two);
        let four = format!("{three},{}", key(4)).parse::<ComparedKeys>().unwrap_err().to_string();
        assert!(four.contains("at most 3 contracts") && four.ends_with("these are 4"), "{four}");
        assert!("NIFTY".parse::<ComparedKeys>().unwrap_err().to_string().contains("NIFTY"));
    }
}
