//! The days on which the simulated market trades, and the minutes of each: the calendar of `market`, laid
//! out as a list so that a session has a number. Refuses days without known hours: they have no bars.

use market::{Day, SessionWindow, TradingCalendar};

/// A place in the list of sessions.
pub type SessionIndex = usize;

pub struct Session {
    pub day: Day,
    windows: Vec<SessionWindow>,
}

impl Session {
    /// One-minute bars of derivatives.
    pub fn minutes(&self) -> usize {
        self.windows.iter().map(|window| usize::from(window.minutes())).sum()
    }

    /// Minute of the day of the `index`-th bar.
    pub fn minute_of_day(&self, index: usize) -> u16 {
        let mut left = index;
        for window in &self.windows {
            let length = usize::from(window.minutes());
            if left < length {
                // Below the length of a window, so it fits.
                return window.open + left as u16;
            }
            left -= length;
        }
        self.windows.last().map_or(0, |window| window.close)
    }
    /// Minute of the day at which the bucket of the `index`-th bar begins; buckets count from the first
    /// minute of each window.
    pub fn bucket_start(&self, index: usize, length: usize) -> u16 {
        let minute = self.minute_of_day(index);
        let window = self.windows.iter().rev().find(|window| window.open <= minute);
        let open = window.map_or(minute, |window| window.open);
        let length = u16::try_from(length).unwrap_or(u16::MAX).max(1);
        open + (minute - open) / length * length
    }
}

pub struct Sessions {
    list: Vec<Session>,
}

impl Sessions {
    /// All sessions from `first` to `last`, both included.
    pub fn between(first: Day, last: Day) -> Self {
        let calendar = TradingCalendar::bundled();
        let list = (first.days_since_1970()..=last.days_since_1970())
            .map(Day::from_days_since_1970)
            .map(|day| Session { day, windows: calendar.day(day).windows().to_vec() })
            .filter(|session| session.minutes() > 0)
            .collect();
        Self { list }
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn get(&self, index: SessionIndex) -> &Session {
        &self.list[index]
    }

    /// The first session on or after the day; the number of sessions when there is none.
    pub fn on_or_after(&self, day: Day) -> SessionIndex {
        self.list.partition_point(|session| session.day < day)
    }

    /// Sessions within two days, both included.
    pub fn range(&self, from: Day, to: Day) -> std::ops::Range<SessionIndex> {
        let start = self.on_or_after(from);
        start..self.list.partition_point(|session| session.day <= to).max(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Minutes that were traded on days that people remember, written down here by hand from the circulars: the
    /// market of this crate stands on the calendar of `market`, and a mistake in it would be in both.
    const PINNED: [(&str, usize, &str); 20] = [
        ("2024-05-18", 105, "a Saturday, two short sessions from the recovery site"),
        ("2024-10-31", 375, "Diwali's Thursday, an expiry"),
        ("2024-11-01", 60, "Muhurat, 18:00 to 19:00"),
        ("2024-11-20", 0, "the election of Maharashtra"),
        ("2024-12-25", 0, "Christmas"),
        ("2025-02-01", 375, "the budget, a Saturday"),
        ("2025-02-26", 0, "Mahashivratri"),
        ("2025-04-10", 0, "Mahavir Jayanti: the expiry went to the 9th"),
        ("2025-04-18", 0, "Good Friday"),
        ("2025-05-01", 0, "Maharashtra Day: the expiry went to 30 April"),
        ("2025-08-01", 375, "the captured day"),
        ("2025-08-02", 0, "an ordinary Saturday"),
        ("2025-08-15", 0, "Independence Day"),
        ("2025-08-27", 0, "Ganesh Chaturthi"),
        ("2025-08-28", 375, "the captured expiry"),
        ("2025-10-21", 60, "Muhurat, 13:45 to 14:45"),
        ("2025-10-22", 0, "the day after it"),
        ("2026-02-01", 375, "the budget, a Sunday"),
        ("2026-07-31", 375, "the last Friday until 15:30"),
        ("2026-08-03", 385, "the first Monday until 15:40"),
    ];

    #[test]
    fn the_days_that_people_remember_are_as_they_were() {
        let sessions = Sessions::between("2024-01-01".parse().unwrap(), "2026-12-31".parse().unwrap());
        for (date, minutes, why) in PINNED {
            let day: Day = date.parse().unwrap();
            let found =
                sessions.range(day, day).map(|session| sessions.get(session).minutes()).sum::<usize>();
            assert_eq!(found, minutes, "{date}, {why}");
        }
        let at = |date: &str| sessions.get(sessions.on_or_after(date.parse().unwrap())).minute_of_day(0);
        assert_eq!(
            (at("2024-11-01"), at("2025-10-21"), at("2025-08-28")),
            (18 * 60, 13 * 60 + 45, 9 * 60 + 15)
        );
    }
}
