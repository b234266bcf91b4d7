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
