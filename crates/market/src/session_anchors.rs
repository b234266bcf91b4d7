//! From where the buckets of a day are counted: from the sessions that the circulars describe, and on other days
//! (a Muhurat whose hours are not announced yet, rows on a day that should be closed) from the minute that the
//! session is known to have begun with. Pure: whoever reads the store says which minute that is.

use std::collections::BTreeMap;

use crate::{Day, DayRange, SessionWindow, TradingCalendar, TradingDay};

const MINUTES_A_DAY: u16 = 24 * 60;

#[derive(Clone, Debug)]
pub struct SessionAnchors<'c> {
    calendar: &'c TradingCalendar,
    begun: BTreeMap<Day, u16>,
}

impl<'c> SessionAnchors<'c> {
    pub fn of(calendar: &'c TradingCalendar) -> Self {
        Self { calendar, begun: BTreeMap::new() }
    }

    /// Whether no circular describes the session of rows that begin at this minute. Assumed hours describe it
    /// unless it began after their end.
    pub fn is_undescribed(&self, day: Day, first_minute: u16) -> bool {
        match self.calendar.day(day) {
            TradingDay::Closed => true,
            TradingDay::Open(windows) => windows.is_empty(),
            TradingDay::AssumedOpen(windows) => windows.iter().all(|window| window.close <= first_minute),
        }
    }

    /// The session of a day that no circular describes began with this minute, for every contract alike.
    pub fn begin(&mut self, day: Day, first_minute: u16) {
        self.begun.insert(day, first_minute);
    }

    /// By the calendar.
    pub(crate) fn first_trading_day(&self, of: DayRange) -> Option<Day> {
        of.days().find(|day| self.calendar.day(*day).is_open())
    }

    /// Never empty. Where nothing is known of an undescribed session, it begins with the rows themselves.
    pub(crate) fn windows(&self, day: Day, first_row: u16) -> Vec<SessionWindow> {
        let begun = self.begun.get(&day).copied().unwrap_or(first_row);
        if self.is_undescribed(day, begun) {
            vec![SessionWindow { open: begun, close: MINUTES_A_DAY }]
        } else {
            self.calendar.day(day).windows().to_vec()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_sessions_no_circular_describes() {
        let anchors = SessionAnchors::of(TradingCalendar::bundled());
        for (day, minute, undescribed) in [
            // Announced without hours, a Sunday, a holiday.
            ("2026-11-08", 1080, true),
            ("2025-08-03", 555, true),
            ("2025-08-15", 555, true),
            // Described, also for rows outside its hours.
            ("2025-08-01", 1080, false),
            ("2024-11-01", 1082, false),
            // Beyond the calendar: assumed hours, or the evening after them.
            ("2027-03-01", 700, false),
            ("2027-03-01", 540, false),
            ("2027-03-01", 1080, true),
        ] {
            assert_eq!(anchors.is_undescribed(day.parse().unwrap(), minute), undescribed, "{day} {minute}");
        }
    }

    #[test]
    fn a_begun_minute_counts_only_where_no_circular_does() {
        let mut anchors = SessionAnchors::of(TradingCalendar::bundled());
        let open =
            |anchors: &SessionAnchors<'_>, day: &str, row| anchors.windows(day.parse().unwrap(), row)[0].open;
        assert_eq!(open(&anchors, "2026-11-08", 1082), 1082);
        for day in ["2026-11-08", "2025-08-01", "2027-03-01"] {
            anchors.begin(day.parse().unwrap(), 1080);
        }
        assert_eq!(open(&anchors, "2026-11-08", 1082), 1080);
        assert_eq!(open(&anchors, "2025-08-01", 1082), 555);
        assert_eq!(open(&anchors, "2027-03-01", 1082), 1080);
        anchors.begin("2027-03-02".parse().unwrap(), 556);
        assert_eq!(open(&anchors, "2027-03-02", 600), 555, "assumed hours hold");
    }
}
