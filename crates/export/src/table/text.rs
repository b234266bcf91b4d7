//! Values as text, straight into a buffer: a table has millions of cells, and none of them is worth an allocation.

use std::io::Write;

use market::{Day, EpochSeconds, Price};

use super::Cell;

/// How moments are written where they are text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Times {
    /// `2025-08-28 09:15:00`, wall time in India.
    #[default]
    Ist,
    /// `2025-08-28T09:15:00+05:30`
    IstOffset,
    /// Seconds since 1970 in UTC.
    Epoch,
}

impl Times {
    pub const ALL: [Self; 3] = [Self::Ist, Self::IstOffset, Self::Epoch];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ist => "ist",
            Self::IstOffset => "ist-offset",
            Self::Epoch => "epoch",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no way to write times: choose ist, ist-offset or epoch")]
pub struct UnknownTimes(String);

impl std::str::FromStr for Times {
    type Err = UnknownTimes;

    fn from_str(text: &str) -> Result<Self, UnknownTimes> {
        let found = Self::ALL.into_iter().find(|times| times.as_str() == text);
        found.ok_or_else(|| UnknownTimes(text.to_owned()))
    }
}

/// Writes cells, but texts: what must be quoted there is each format's own.
pub(super) struct CellText {
    times: Times,
    /// The day of the row before, most often that of the next one, as it is written.
    day: (Day, [u8; 10]),
}

impl CellText {
    pub fn new(times: Times) -> Self {
        let day = Day::from_days_since_1970(0);
        Self { times, day: (day, day_text(day)) }
    }

    /// Whether a moment is a number.
    pub fn has_epochs(&self) -> bool {
        self.times == Times::Epoch
    }

    /// Nothing for what is missing or no number.
    pub fn put(&mut self, buffer: &mut Vec<u8>, cell: Cell<'_>) {
        match cell {
            Cell::Missing => {}
            Cell::Text(text) => buffer.extend_from_slice(text.as_bytes()),
            Cell::Whole(whole) => put_whole(buffer, whole),
            Cell::Price(price) => put_price(buffer, price),
            Cell::Number(number) => put_number(buffer, number),
            Cell::Time(time) => self.put_time(buffer, time),
            Cell::Day(day) => self.put_day(buffer, day),
            Cell::TimeOfDay(time) => put_clock(buffer, i64::from(time.minute_of_day()) * 60),
        }
    }

    fn put_time(&mut self, buffer: &mut Vec<u8>, time: EpochSeconds) {
        if self.times == Times::Epoch {
            return put_whole(buffer, time.0);
        }
        let day = time.day();
        self.put_day(buffer, day);
        buffer.push(if self.times == Times::Ist { b' ' } else { b'T' });
        put_clock(buffer, time.0 - day.start().0);
        if self.times == Times::IstOffset {
            buffer.extend_from_slice(b"+05:30");
        }
    }

    fn put_day(&mut self, buffer: &mut Vec<u8>, day: Day) {
        if self.day.0 != day {
            self.day = (day, day_text(day));
        }
        buffer.extend_from_slice(&self.day.1);
    }
}

fn day_text(day: Day) -> [u8; 10] {
    let mut text = *b"0000-00-00";
    // A year of more than four digits is no day of a market.
    for (to, from) in text.iter_mut().zip(day.to_string().bytes()) {
        *to = from;
    }
    text
}

fn put_clock(buffer: &mut Vec<u8>, seconds: i64) {
    let pair = |of: i64| [b'0' + (of / 10 % 10) as u8, b'0' + (of % 10) as u8];
    let ([h1, h2], [m1, m2], [s1, s2]) = (pair(seconds / 3600), pair(seconds / 60 % 60), pair(seconds % 60));
    buffer.extend_from_slice(&[h1, h2, b':', m1, m2, b':', s1, s2]);
}

pub(super) fn put_whole(buffer: &mut Vec<u8>, whole: i64) {
    buffer.extend_from_slice(itoa::Buffer::new().format(whole).as_bytes());
}

/// As `Price` is displayed: two decimals, and up to six where there is something finer.
fn put_price(buffer: &mut Vec<u8>, price: Price) {
    if price.0 < 0 {
        buffer.push(b'-');
    }
    let millionths = price.0.unsigned_abs();
    let per_rupee = Price::PER_RUPEE.unsigned_abs();
    buffer.extend_from_slice(itoa::Buffer::new().format(millionths / per_rupee).as_bytes());
    let mut part = millionths % per_rupee;
    let mut decimals = *b".000000";
    for digit in decimals.iter_mut().skip(1).rev() {
        *digit = b'0' + (part % 10) as u8;
        part /= 10;
    }
    let last = decimals.iter().rposition(|digit| *digit != b'0').unwrap_or(0);
    buffer.extend_from_slice(&decimals[..=last.max(2)]);
}

/// The digits that tell it from every other, without an exponent.
pub(super) fn put_number(buffer: &mut Vec<u8>, number: f64) {
    if number.is_finite() {
        // Nothing fails that writes to memory.
        let _ = write!(buffer, "{number}");
    }
}
