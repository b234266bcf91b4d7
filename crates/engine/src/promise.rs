//! How long the broker promises expired contracts.

use chrono::{Datelike, Months};
use market::Day;

/// \[DOC\] "Up to six months"; more has been seen, and is not promised.
const PROMISED_MONTHS: Months = Months::new(6);

/// Six months after an expiry; the last day of the month where it has no such day.
pub(crate) fn promised_until(expiry: Day) -> Day {
    let date = expiry.date().checked_add_months(PROMISED_MONTHS);
    date.and_then(|date| Day::new(date.year(), date.month(), date.day())).unwrap_or(expiry)
}
