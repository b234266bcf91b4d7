//! Days and moments of the Indian market. India has one offset, +05:30, and no daylight saving, so a
//! moment is epoch seconds and a day is a date in IST. Refuses anything but `YYYY-MM-DD`; the spellings that
//! answers may have are read by `spelling.rs`.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Weekday};
use serde::{Deserialize, Serialize};

/// IST is UTC+05:30.
pub const IST_OFFSET_SECONDS: i64 = 19_800;
const SECONDS_A_DAY: i64 = 86_400;
/// As people write them; the first three letters stand for each, too.
pub(crate) const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// A moment: whole seconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct EpochSeconds(pub i64);

impl EpochSeconds {
    /// The IST date that this moment falls on.
    pub fn day(self) -> Day {
        Day::from_days_since_1970(self.0.saturating_add(IST_OFFSET_SECONDS).div_euclid(SECONDS_A_DAY))
    }

    /// Minutes since midnight IST, 0 to 1439.
    pub fn minute_of_day(self) -> u16 {
        let seconds = self.0.saturating_add(IST_OFFSET_SECONDS).rem_euclid(SECONDS_A_DAY);
        // Below 1440 by the modulus.
        (seconds / 60) as u16
    }

    pub fn is_on_the_minute(self) -> bool {
        self.0.rem_euclid(60) == 0
    }

    /// `YYYY-MM-DD HH:MM:SS` in IST without an offset, the form of the `historical_data` view.
    pub fn to_ist_text(self) -> String {
        self.to_ist().format("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// `2025-08-01T15:29:00+05:30`, as the broker and our own documents write it.
    pub fn to_rfc3339(self) -> String {
        self.to_ist().format("%Y-%m-%dT%H:%M:%S+05:30").to_string()
    }

    /// Wall time in India.
    pub fn to_ist(self) -> NaiveDateTime {
        DateTime::from_timestamp(self.0.saturating_add(IST_OFFSET_SECONDS), 0).unwrap_or_default().naive_utc()
    }

    /// Parses the broker's `2025-08-01T15:29:00+05:30`. Any offset is honoured; fractions are refused.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        parse_broker_form(text).or_else(|| {
            let moment = DateTime::parse_from_rfc3339(text).ok()?;
            (moment.timestamp_subsec_nanos() == 0).then(|| Self(moment.timestamp()))
        })
    }
}

/// The one form that the broker sends, without the general parser: millions of these are read.
pub(crate) fn parse_broker_form(text: &str) -> Option<EpochSeconds> {
    let bytes = text.as_bytes();
    if bytes.len() != 25 || bytes[10] != b'T' || &bytes[19..] != b"+05:30" {
        return None;
    }
    if bytes[13] != b':' || bytes[16] != b':' {
        return None;
    }
    let two = |at: usize| -> Option<i64> {
        let (tens, ones) = (bytes[at].wrapping_sub(b'0'), bytes[at + 1].wrapping_sub(b'0'));
        (tens < 10 && ones < 10).then(|| i64::from(tens) * 10 + i64::from(ones))
    };
    let (hour, minute, second) = (two(11)?, two(14)?, two(17)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let day = Day::parse_digits(&bytes[..10])?;
    Some(EpochSeconds(day.start().0 + hour * 3600 + minute * 60 + second))
}

/// A calendar date in IST.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(NaiveDate);

impl Day {
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day).map(Self)
    }

    pub fn date(self) -> NaiveDate {
        self.0
    }

    /// Midnight IST at which the day starts.
    pub fn start(self) -> EpochSeconds {
        EpochSeconds(self.days_since_1970() * SECONDS_A_DAY - IST_OFFSET_SECONDS)
    }

    /// Whether the moment falls on this day; cheaper than asking for the moment's day.
    pub fn holds(self, moment: EpochSeconds) -> bool {
        (0..SECONDS_A_DAY).contains(&moment.0.saturating_sub(self.start().0))
    }

    /// The moment `minute` minutes after midnight IST.
    pub fn at_minute(self, minute: u16) -> EpochSeconds {
        EpochSeconds(self.start().0 + i64::from(minute) * 60)
    }

    pub fn days_since_1970(self) -> i64 {
        i64::from(self.0.num_days_from_ce()) - i64::from(NaiveDate::default().num_days_from_ce())
    }

    pub fn from_days_since_1970(days: i64) -> Self {
        Self(DateTime::from_timestamp(days.saturating_mul(SECONDS_A_DAY), 0).unwrap_or_default().date_naive())
    }

    pub fn plus_days(self, days: i64) -> Self {
        Self::from_days_since_1970(self.days_since_1970() + days)
    }

    pub fn next(self) -> Self {
        self.plus_days(1)
    }

    pub fn previous(self) -> Self {
        self.plus_days(-1)
    }

    pub fn weekday(self) -> Weekday {
        self.0.weekday()
    }

    pub fn is_weekend(self) -> bool {
        matches!(self.weekday(), Weekday::Sat | Weekday::Sun)
    }

    pub fn is_same_month(self, other: Self) -> bool {
        (self.0.year(), self.0.month()) == (other.0.year(), other.0.month())
    }

    pub fn first_of_month(self) -> Self {
        self.plus_days(1 - i64::from(self.0.day()))
    }

    pub fn last_of_month(self) -> Self {
        // No month is longer than 31 days, and the shortest is longer than 27.
        let next_month = self.first_of_month().plus_days(31).first_of_month();
        next_month.previous()
    }

    /// `28 Aug 2025`, as people read it.
    pub fn to_long_text(self) -> String {
        self.0.format("%-d %b %Y").to_string()
    }

    /// `28-08-2025`, as it stands in an expired key.
    pub fn to_key_text(self) -> String {
        self.0.format("%d-%m-%Y").to_string()
    }

    fn parse_digits(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let number = |from: usize, to: usize| {
            bytes[from..to]
                .iter()
                .try_fold(0u32, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
        };
        Self::new(number(0, 4)? as i32, number(5, 7)?, number(8, 10)?)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DayError {
    #[error("\"{0}\" is not a date: write year, month and day, for example 2025-08-28")]
    Malformed(String),
    #[error("the range {from} to {to} runs backwards: the first day must not be after the last")]
    Backwards { from: Day, to: Day },
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        Self::parse_digits(text.as_bytes()).ok_or_else(|| DayError::Malformed(text.to_owned()))
    }
}

impl TryFrom<String> for Day {
    type Error = DayError;

    fn try_from(text: String) -> Result<Self, DayError> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Days from `from` to `to`, both included, never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DayRange {
    from: Day,
    to: Day,
}

impl DayRange {
    /// `28 Aug 2025`, `1 Aug 2025 to 28 Aug 2025`, as people read it.
    pub fn to_long_text(self) -> String {
        let [from, to] = [self.from, self.to].map(Day::to_long_text);
        if self.from == self.to { from } else { format!("{from} to {to}") }
    }

    pub fn new(from: Day, to: Day) -> Result<Self, DayError> {
        if from > to { Err(DayError::Backwards { from, to }) } else { Ok(Self { from, to }) }
    }

    /// An end that is not given is open; without one all days are meant, and that is no range.
    pub fn between(from: Option<Day>, to: Option<Day>) -> Result<Option<Self>, DayError> {
        const FAR_DAYS: i64 = 100 * 366;
        if from.is_none() && to.is_none() {
            return Ok(None);
        }
        let from = from.unwrap_or_else(|| Day::from_days_since_1970(0));
        Self::new(from, to.unwrap_or_else(|| Day::from_days_since_1970(FAR_DAYS))).map(Some)
    }

    pub fn single(day: Day) -> Self {
        Self { from: day, to: day }
    }

    pub fn from(self) -> Day {
        self.from
    }

    pub fn to(self) -> Day {
        self.to
    }

    pub fn contains(self, day: Day) -> bool {
        self.from <= day && day <= self.to
    }

    /// From the first midnight up to, and without, the one after the last day.
    pub fn moments(self) -> Range<EpochSeconds> {
        self.from.start()..self.to.next().start()
    }

    pub fn day_count(self) -> i64 {
        self.to.days_since_1970() - self.from.days_since_1970() + 1
    }

    pub fn days(self) -> impl DoubleEndedIterator<Item = Day> {
        (self.from.days_since_1970()..=self.to.days_since_1970()).map(Day::from_days_since_1970)
    }

    /// The calendar months that it touches, whole, oldest first.
    pub fn months(self) -> Vec<Self> {
        let mut months = Vec::new();
        let mut first = self.from.first_of_month();
        while first <= self.to {
            let month = Self { from: first, to: first.last_of_month() };
            first = month.to.next();
            months.push(month);
        }
        months
    }

    /// What is left of this range when the `covered` days are taken out, oldest first.
    pub fn without(self, covered: impl Fn(Day) -> bool) -> Vec<Self> {
        let mut gaps: Vec<Self> = Vec::new();
        for day in self.days().filter(|day| !covered(*day)) {
            match gaps.last_mut() {
                Some(gap) if gap.to.next() == day => gap.to = day,
                _ => gaps.push(Self::single(day)),
            }
        }
        gaps
    }
}

impl fmt::Display for DayRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from == self.to {
            write!(f, "{}", self.from)
        } else {
            write!(f, "{} to {}", self.from, self.to)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_brokers_timestamp_is_the_start_of_the_bar_in_ist() {
        let moment = EpochSeconds::parse_rfc3339("2025-08-01T15:29:00+05:30").unwrap();
        assert_eq!(moment, EpochSeconds(1_754_042_340));
        assert_eq!(moment.day().to_string(), "2025-08-01");
        assert_eq!(moment.minute_of_day(), 15 * 60 + 29);
        assert_eq!(moment.to_ist_text(), "2025-08-01 15:29:00");
        assert_eq!(EpochSeconds::parse_rfc3339("2025-08-01T09:59:00Z"), Some(moment));
    }

    #[test]
    fn an_end_that_is_not_given_is_open() {
        let day: Day = "2025-08-01".parse().unwrap();
        let far = [Day::new(1990, 1, 1).unwrap(), Day::new(2060, 1, 1).unwrap()];
        assert_eq!(DayRange::between(None, None), Ok(None));
        for (from, to, holds) in [
            (Some(day), None, [false, true]),
            (None, Some(day), [true, false]),
            (Some(day), Some(day), [false, false]),
        ] {
            let range = DayRange::between(from, to).unwrap().unwrap();
            assert!(range.contains(day));
            assert_eq!(far.map(|day| range.contains(day)), holds);
        }
        assert!(DayRange::between(Some(day), Some(day.previous())).is_err());
    }

    #[test]
    fn no_moment_is_too_far_away_to_be_asked_for_its_day() {
        for moment in [i64::MIN, i64::MAX].map(EpochSeconds) {
            let _ = (moment.day(), moment.minute_of_day(), moment.to_ist_text());
            assert!(!Day::new(2025, 8, 1).unwrap().holds(moment));
        }
    }

    #[test]
    fn what_is_no_date_is_refused_with_the_form_to_use() {
        for text in ["", "2025-8-1", "01-08-2025", "2025-02-30", "2025-13-01", "2025-08-01x", "２025-08-01"]
        {
            let error = text.parse::<Day>().unwrap_err();
            assert!(error.to_string().contains("year, month and day"), "{error}");
        }
    }

    #[test]
    fn a_range_without_its_covered_days_is_its_gaps() {
        let day = |d| Day::new(2025, 8, d).unwrap();
        let range = DayRange::new(day(1), day(10)).unwrap();
        let gaps = range.without(|d| (day(3)..=day(5)).contains(&d) || d == day(10));
        assert_eq!(gaps, [DayRange::new(day(1), day(2)).unwrap(), DayRange::new(day(6), day(9)).unwrap()]);
        assert_eq!(range.day_count(), 10);
    }

    #[test]
    fn the_months_of_a_range_are_whole() {
        let day = |text: &str| text.parse().unwrap();
        let months = |from: &str, to: &str| {
            let months = DayRange::new(day(from), day(to)).unwrap().months();
            months.iter().map(DayRange::to_string).collect::<Vec<_>>()
        };
        assert_eq!(
            months("2023-12-31", "2024-02-01"),
            ["2023-12-01 to 2023-12-31", "2024-01-01 to 2024-01-31", "2024-02-01 to 2024-02-29"]
        );
        assert_eq!(months("2025-02-28", "2025-02-28"), ["2025-02-01 to 2025-02-28"]);
    }

    proptest! {
        #[test]
        fn the_quick_parser_agrees_with_the_general_one(seconds in 0i64..4_000_000_000) {
            let moment = EpochSeconds(seconds);
            let text = moment.to_rfc3339();
            prop_assert_eq!(parse_broker_form(&text), Some(moment));
            prop_assert_eq!(DateTime::parse_from_rfc3339(&text).unwrap().timestamp(), seconds);
        }

        #[test]
        fn no_text_panics_the_parsers(text in "\\PC{0,30}") {
            let _ = EpochSeconds::parse_rfc3339(&text);
            let _ = text.parse::<Day>();
        }
    }
}
