//! The lines of a job's log that a page keeps: the newest ones, in the order of their ids, a bounded number.
//!
//! It refuses duplicates and stragglers, so that a reconnected socket may send what is already here. What it
//! lets go is still in the database.

use std::collections::VecDeque;
use std::sync::Arc;

use protocol::JobEvent;

/// Lines that a page keeps by itself.
pub const LINES_KEPT: usize = 2000;

/// Oldest first.
#[derive(Clone, Debug)]
pub struct JobLog {
    lines: VecDeque<Arc<JobEvent>>,
    /// Grows with the older lines that a person asked for, so that they stay.
    kept_max: usize,
    /// The cursor before the first line ever came.
    opened_after: i64,
}

impl JobLog {
    /// `after` is the cursor that `events` were asked with.
    pub fn new(after: i64, events: Vec<JobEvent>) -> Self {
        let mut log = Self { lines: VecDeque::new(), kept_max: LINES_KEPT, opened_after: after };
        log.append(events);
        log
    }

    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &Arc<JobEvent>> {
        self.lines.iter()
    }

    pub fn len(&self) -> usize {
        self.lines.len()
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The last event seen: what the socket asks to be continued from.
    pub fn cursor(&self) -> i64 {
        self.lines.back().map_or(self.opened_after, |line| line.id)
    }

    /// The first event kept; older ones may be in the database.
    pub fn first(&self) -> i64 {
        self.lines.front().map_or(self.opened_after + 1, |line| line.id)
    }

    /// Takes newer lines. Says whether there were any.
    pub fn append(&mut self, events: Vec<JobEvent>) -> bool {
        let before = self.cursor();
        for event in events {
            if event.id > self.cursor() {
                self.lines.push_back(Arc::new(event));
            }
        }
        while self.lines.len() > self.kept_max {
            self.lines.pop_front();
        }
        self.cursor() > before
    }

    /// Takes older lines that a person asked for; they stay.
    pub fn prepend(&mut self, events: Vec<JobEvent>) {
        for event in events.into_iter().rev() {
            if event.id < self.first() {
                self.lines.push_front(Arc::new(event));
                self.kept_max += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use market::EpochSeconds;
    use protocol::{EventLevel, JobId};

    use super::*;

    fn events(ids: impl IntoIterator<Item = i64>) -> Vec<JobEvent> {
        ids.into_iter()
            .map(|id| JobEvent {
                id,
                job: JobId(1),
                at: EpochSeconds(id),
                level: EventLevel::Info,
                message: String::new(),
                expired_key: None,
            })
            .collect()
    }

    fn ids(log: &JobLog) -> Vec<i64> {
        log.lines().map(|line| line.id).collect()
    }

    #[test]
    fn what_comes_twice_is_kept_once() {
        let mut log = JobLog::new(4, events(5..8));
        assert!(log.append(events(6..10)));
        assert!(!log.append(events(5..10)));
        assert_eq!(ids(&log), [5, 6, 7, 8, 9]);
        assert_eq!((log.first(), log.cursor()), (5, 9));
    }

    #[test]
    fn an_empty_log_goes_on_from_where_it_was_opened() {
        let log = JobLog::new(41, Vec::new());
        assert_eq!((log.first(), log.cursor(), log.is_empty()), (42, 41, true));
    }

    #[test]
    fn the_oldest_lines_go_first_but_not_those_that_were_asked_for() {
        let mut log = JobLog::new(100, events(101..=100 + LINES_KEPT as i64));
        log.prepend(events(51..=100));
        assert_eq!((log.len(), log.first()), (LINES_KEPT + 50, 51));
        log.append(events([9000, 9001]));
        assert_eq!((log.len(), log.first()), (LINES_KEPT + 50, 53));
    }
}
