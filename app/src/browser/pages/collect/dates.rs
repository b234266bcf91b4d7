//! Expiry dates as an address carries them: `2508-28211407_2507-3124` is four expiries of August 2025 and two
//! of July, newest first. Short enough for years of weeklies, and still readable.
//!
//! Refuses to guess: text that is not exactly of this form is an error that quotes it.

use std::collections::BTreeSet;

use chrono::Datelike;
use market::Day;

/// The addresses of this program start with this century.
const CENTURY: i32 = 2000;
/// Between months; a month and its days are apart by a hyphen.
const BETWEEN_MONTHS: char = '_';

/// Nothing for no dates.
pub fn to_text(dates: &BTreeSet<Day>) -> String {
    let mut text = String::new();
    let mut month_before: Option<Day> = None;
    for day in dates.iter().rev() {
        let date = day.date();
        if month_before.is_none_or(|before| !before.is_same_month(*day)) {
            if month_before.is_some() {
                text.push(BETWEEN_MONTHS);
            }
            text.push_str(&format!("{:02}{:02}-", date.year() - CENTURY, date.month()));
        }
        text.push_str(&format!("{:02}", date.day()));
        month_before = Some(*day);
    }
    text
}

/// The dates, or the sentence that says which part is none.
pub fn from_text(text: &str) -> Result<BTreeSet<Day>, String> {
    let mut dates = BTreeSet::new();
    for month in text.split(BETWEEN_MONTHS).filter(|month| !month.is_empty()) {
        let days = month_of_text(month)
            .ok_or_else(|| {
                format!(
                    "\"{month}\" names no expiry dates: write year and month, a hyphen, and two digits for each day, so 2508-2821 is 28 and 21 Aug 2025"
                )
            })?;
        dates.extend(days);
    }
    Ok(dates)
}

fn month_of_text(text: &str) -> Option<Vec<Day>> {
    let (month, days) = text.split_once('-')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if month.len() != 4 || days.is_empty() || !days.len().is_multiple_of(2) || !digits(month) || !digits(days)
    {
        return None;
    }
    let year = CENTURY + month[..2].parse::<i32>().ok()?;
    let month = month[2..].parse().ok()?;
    (0..days.len()).step_by(2).map(|at| Day::new(year, month, days[at..at + 2].parse().ok()?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(texts: &[&str]) -> BTreeSet<Day> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn dates_go_into_the_address_by_month_newest_first() {
        let dates = days(&["2025-07-24", "2025-07-31", "2025-08-07", "2025-08-28"]);
        assert_eq!(to_text(&dates), "2508-2807_2507-3124");
        assert_eq!(from_text("2508-2807_2507-3124"), Ok(dates));
        assert_eq!(to_text(&BTreeSet::new()), "");
        assert_eq!(from_text(""), Ok(BTreeSet::new()));
    }

    #[test]
    fn what_names_no_dates_is_refused_with_the_part_that_does_not() {
        for bad in ["2508", "2508-", "2508-2", "2508-32", "2513-01", "2508-２８", "x508-28", "2508-28-07"] {
            let error = from_text(&format!("2507-24_{bad}")).unwrap_err();
            assert!(error.contains(bad), "{error}");
        }
        // It says how to write a date for whoever wrote it as dates are written elsewhere.
        let error = from_text("2025-07-31").unwrap_err();
        for part in ["\"2025-07-31\"", "year and month, a hyphen", "2508-2821 is 28 and 21 Aug 2025"] {
            assert!(error.contains(part), "{error}");
        }
    }
}
