//! Days and moments in the spellings that an answer may have. Each that is taken has one meaning: day, month
//! and year in the order of the broker's own keys or of ISO, months by name, epoch seconds and milliseconds by
//! their number of digits, a time without an offset is India's. What could mean two days (`05/08/2025`,
//! `28 AUG 25`) is refused. What people type goes through the one form of [`Day`]'s own parser instead.

use crate::day::{MONTHS, parse_broker_form};
use crate::{Day, EpochSeconds, IST_OFFSET_SECONDS};

/// No spelling of a moment is longer.
const LENGTH_MAX: usize = 40;

impl Day {
    /// The day that a text plainly names: a date, or the day in India of a moment.
    pub fn from_spelling(text: &str) -> Option<Self> {
        let text = plain(text)?;
        date(text)
            .or_else(|| Some(EpochSeconds(epoch_millis(text)?.div_euclid(1000)).day()))
            .or_else(|| Some(moment(text)?.0.day()))
    }
}

impl EpochSeconds {
    /// The moment that a text plainly names. A fraction of a second must be zero, and a date alone is none.
    pub fn from_spelling(text: &str) -> Option<Self> {
        if let Some(moment) = parse_broker_form(text) {
            return Some(moment);
        }
        let text = plain(text)?;
        if let Some(millis) = epoch_millis(text) {
            return (millis % 1000 == 0).then_some(Self(millis / 1000));
        }
        moment(text).filter(|(_, has_fraction)| !has_fraction).map(|(moment, _)| moment)
    }
}

fn plain(text: &str) -> Option<&str> {
    let text = text.trim();
    (text.is_ascii() && text.len() <= LENGTH_MAX).then_some(text)
}

fn date(text: &str) -> Option<Day> {
    let Some(separator) = text.chars().find(|c| !c.is_ascii_alphanumeric()) else {
        return compact_date(text);
    };
    let mut parts = text.split(separator);
    let (Some(first), Some(month), Some(last), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let by_name = month_by_name(month);
    match (first.len(), last.len(), separator) {
        (4, 1..=2, '-' | '/') => {
            Day::new(number(first)? as i32, by_name.or_else(|| number(month))?, number(last)?)
        }
        // With digits alone only the hyphen says that the day comes first: so it stands in the broker's keys.
        (1..=2, 4, '-' | '/' | ' ') if by_name.is_some() || separator == '-' => {
            Day::new(number(last)? as i32, by_name.or_else(|| number(month))?, number(first)?)
        }
        _ => None,
    }
}

/// `20250828` and `28AUG2025`.
fn compact_date(text: &str) -> Option<Day> {
    match text.len() {
        8 => Day::new(number(&text[..4])? as i32, number(&text[4..6])?, number(&text[6..])?),
        9 => Day::new(number(&text[5..])? as i32, month_by_name(&text[2..5])?, number(&text[..2])?),
        _ => None,
    }
}

/// A whole name, or its first three letters.
fn month_by_name(text: &str) -> Option<u32> {
    let lower = text.to_ascii_lowercase();
    let place = MONTHS.iter().position(|month| *month == lower || month[..3] == lower)?;
    u32::try_from(place + 1).ok()
}

fn number(digits: &str) -> Option<u32> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// Ten digits are seconds (2001 to 2286), thirteen milliseconds. A point with nothing but zeros after it may
/// follow, as numbers that went through a double have it.
fn epoch_millis(text: &str) -> Option<i64> {
    let (digits, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !fraction.bytes().all(|byte| byte == b'0') || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match digits.len() {
        10 => digits.parse::<i64>().ok().map(|seconds| seconds * 1000),
        13 => digits.parse().ok(),
        _ => None,
    }
}

/// Date and time, with `T` or a space between; beside it whether a part of a second was cut off.
fn moment(text: &str) -> Option<(EpochSeconds, bool)> {
    let between = |(_, c): &(usize, char)| matches!(c, 'T' | 't' | ' ');
    text.char_indices().filter(between).find_map(|(at, _)| {
        let day = date(&text[..at])?;
        let (seconds, has_fraction) = time(&text[at + 1..])?;
        Some((EpochSeconds(day.start().0 + seconds), has_fraction))
    })
}

/// `15:29`, `15:29:00`, `15:29:00.000`, with or without an offset, as seconds since midnight in India.
fn time(text: &str) -> Option<(i64, bool)> {
    let text = text.trim_start();
    let end = text.find(|c: char| !matches!(c, '0'..='9' | ':' | '.')).unwrap_or(text.len());
    let (clock, offset) = text.split_at(end);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut parts = clock.split(':');
    let mut two = || parts.next().map(|part| (part.len() == 2).then(|| number(part)).flatten());
    let (hour, minute, second) = (two()??, two()??, two().unwrap_or(Some(0))?);
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 || fraction.contains(':') {
        return None;
    }
    let local = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    let has_fraction = fraction.bytes().any(|byte| byte != b'0');
    Some((local - offset_seconds(offset.trim())? + IST_OFFSET_SECONDS, has_fraction))
}

/// `+05:30`, `+0530`, `+05`, `Z`; none is India's.
fn offset_seconds(text: &str) -> Option<i64> {
    let sign = match text.as_bytes().first() {
        None => return Some(IST_OFFSET_SECONDS),
        Some(b'+') => 1,
        Some(b'-') => -1,
        Some(_) => {
            return match text.to_ascii_uppercase().as_str() {
                "IST" => Some(IST_OFFSET_SECONDS),
                "Z" | "UTC" | "GMT" => Some(0),
                _ => None,
            };
        }
    };
    let digits = &text[1..];
    let (hours, minutes) = match digits.len() {
        2 => (digits, "00"),
        4 => digits.split_at(2),
        5 => digits.split_once(':').filter(|(hours, _)| hours.len() == 2)?,
        _ => return None,
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours <= 14 && minutes < 60).then(|| sign * (i64::from(hours) * 3600 + i64::from(minutes) * 60))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_day_has_these_spellings_and_no_other() {
        for (text, day) in [
            ("2025-08-28", "2025-08-28"),
            (" 2025-08-28 ", "2025-08-28"),
            ("2025-8-5", "2025-08-05"),
            ("2025/08/28", "2025-08-28"),
            ("28-08-2025", "2025-08-28"),
            ("05-08-2025", "2025-08-05"),
            ("28-Aug-2025", "2025-08-28"),
            ("28 AUG 2025", "2025-08-28"),
            ("28/august/2025", "2025-08-28"),
            ("28AUG2025", "2025-08-28"),
            ("20250828", "2025-08-28"),
            ("2025-08-28T00:00:00+05:30", "2025-08-28"),
            ("2025-08-28 00:00:00", "2025-08-28"),
            ("2025-08-28T00:00:00.000", "2025-08-28"),
            ("28-08-2025 15:30", "2025-08-28"),
            // Midnight in India, as a program that thinks in UTC writes it.
            ("2025-08-27T18:30:00Z", "2025-08-28"),
            ("2025-08-28T23:59:59.999+05:30", "2025-08-28"),
            ("1706207399000", "2024-01-25"),
            ("1706207399999", "2024-01-25"),
            ("1706207399000.0", "2024-01-25"),
            ("1706207399", "2024-01-25"),
        ] {
            assert_eq!(Day::from_spelling(text).map(|day| day.to_string()).as_deref(), Some(day), "{text}");
        }
        for text in [
            "",
            " ",
            "null",
            "soon",
            "0",
            "28",
            "2025",
            "2025-08",
            "05/08/2025",
            "28/08/2025",
            "28 AUG 25",
            "28-08-25",
            "08-28-2025",
            "2025-02-30",
            "2025-13-01",
            "28082025",
            "170620739900",
            "1.5",
            "-1",
            "2025-08-28x",
            "2025-08-28T",
            "2025-08-28T25:00",
            "28.08.2025",
            "2025-08-28 bis",
            "２025-08-28",
        ] {
            assert_eq!(Day::from_spelling(text), None, "{text}");
        }
    }

    #[test]
    fn a_moment_has_these_spellings_and_no_other() {
        let moment = EpochSeconds(1_754_042_340);
        for text in [
            "2025-08-01T15:29:00+05:30",
            "2025-08-01T15:29:00+0530",
            "2025-08-01T15:29:00 +05:30",
            "2025-08-01T15:29:00",
            "2025-08-01T15:29",
            "2025-08-01 15:29:00",
            "2025-08-01 15:29:00 IST",
            "2025-08-01t15:29:00",
            "2025-08-01T09:59:00Z",
            "2025-08-01T09:59:00.000Z",
            "2025-08-01T09:59:00+00:00",
            "2025-08-01T09:59:00 UTC",
            "2025-08-01T04:59:00-05",
            "2025-08-01T15:29:00.000000+05:30",
            "01-08-2025 15:29:00",
            "01-Aug-2025 15:29:00",
            "1 Aug 2025 15:29",
            "20250801T15:29:00",
            "1754042340",
            "1754042340000",
            "1754042340.0",
            " 1754042340000 ",
        ] {
            assert_eq!(EpochSeconds::from_spelling(text), Some(moment), "{text}");
        }
        for text in [
            "",
            "yesterday",
            "2025-08-01",
            "20250801",
            "2025-08-01T15:29:00.5+05:30",
            "2025-08-01T24:00:00",
            "2025-08-01T15:60:00",
            "2025-08-01T15:29:60",
            "2025-08-01T15:29:00+05:3",
            "2025-08-01T15:29:00+5:30",
            "2025-08-01T15:29:00 PM",
            "2025-08-01T3:29:00",
            "01/08/2025 15:29:00",
            "1754042340500",
            "17540423",
            "1754042340.5",
            "2025-08-01T15:29:00+99:00",
            "2025-08-01T15:29:00:00",
            "15:29:00",
        ] {
            assert_eq!(EpochSeconds::from_spelling(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_the_readers(text in "\\PC{0,45}", near in "[0-9TZ :.+-]{0,30}") {
            for text in [&text, &near] {
                let _ = Day::from_spelling(text);
                let _ = EpochSeconds::from_spelling(text);
            }
        }

        #[test]
        fn a_moment_reads_alike_in_all_its_spellings(seconds in 1_000_000_000i64..4_000_000_000) {
            let moment = EpochSeconds(seconds);
            for text in [moment.to_ist_text(), seconds.to_string(), (seconds * 1000).to_string()] {
                prop_assert_eq!(EpochSeconds::from_spelling(&text), Some(moment));
                prop_assert_eq!(Day::from_spelling(&text), Some(moment.day()));
            }
        }
    }
}
