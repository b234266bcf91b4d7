//! The rule by which backups are made, and how far it is carried out. Pure but for keeping both.

use market::EpochSeconds;
use protocol::{BackupRule, BackupRun};
use serde::{Deserialize, Serialize};
use store::Store;
use tracing::warn;

use crate::error::EngineError;

const RULE: &str = "backup_rule";
/// How soon a backup that failed is tried again.
const RETRY_AFTER_SECONDS: i64 = 60 * 60;

/// The rule and its state, as one setting, so that one is never without the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeptRule {
    pub rule: BackupRule,
    /// When it was given; runs due before it are none of its own.
    pub since: EpochSeconds,
    /// The last moment at which a run was due and made.
    pub done: Option<EpochSeconds>,
    pub last_run: Option<BackupRun>,
    /// Runs in a row that failed.
    pub failures: u32,
    pub retry_at: Option<EpochSeconds>,
}

impl KeptRule {
    pub(super) fn new(rule: BackupRule, since: EpochSeconds) -> Self {
        Self { rule, since, done: None, last_run: None, failures: 0, retry_at: None }
    }

    /// When the next run is due by the rule.
    fn due_after(&self, done: Option<EpochSeconds>) -> EpochSeconds {
        let minute = self.rule.at.minute_of_day();
        match done {
            Some(done) => done.day().plus_days(self.rule.every_days.get().into()).at_minute(minute),
            None => {
                let today = self.since.day().at_minute(minute);
                if today > self.since { today } else { self.since.day().next().at_minute(minute) }
            }
        }
    }

    /// When the next run is, one that is tried again too.
    pub(super) fn next_run(&self) -> EpochSeconds {
        self.retry_at.unwrap_or_else(|| self.due_after(self.done))
    }

    /// After a run: what was missed meanwhile is done with it.
    pub(super) fn succeeded(&mut self, name: String, now: EpochSeconds) {
        let mut due = self.due_after(self.done);
        while due <= now {
            self.done = Some(due);
            due = self.due_after(self.done);
        }
        self.last_run = Some(BackupRun { at: now, name: Some(name), problem: None });
        (self.failures, self.retry_at) = (0, None);
    }

    pub(super) fn failed(&mut self, problem: String, now: EpochSeconds) {
        self.last_run = Some(BackupRun { at: now, name: None, problem: Some(problem) });
        self.failures = self.failures.saturating_add(1);
        self.retry_at = Some(EpochSeconds(now.0 + RETRY_AFTER_SECONDS));
    }
}

/// A rule of another version is no rule: it is given anew.
pub(super) async fn read(store: &Store) -> Result<Option<KeptRule>, EngineError> {
    let Some(text) = store.setting(RULE).await? else { return Ok(None) };
    Ok(serde_json::from_str(&text).unwrap_or_else(|error| {
        warn!(%error, "the rule of backups cannot be read: give it again");
        None
    }))
}

pub(super) async fn keep(store: &Store, rule: Option<&KeptRule>) -> Result<(), EngineError> {
    // Numbers and texts always serialise.
    let text = serde_json::to_string(&rule).map_err(EngineError::UnreadableSettings)?;
    Ok(store.put_setting(RULE, &text).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> EpochSeconds {
        EpochSeconds::parse_rfc3339(&format!("{text}:00+05:30")).unwrap()
    }

    fn text(moment: EpochSeconds) -> String {
        moment.to_ist().format("%d %H:%M").to_string()
    }

    fn rule(every_days: u32, since: &str) -> KeptRule {
        let rule = serde_json::from_value(serde_json::json!({ "every_days": every_days, "at": "06:30" }));
        KeptRule::new(rule.unwrap(), at(since))
    }

    #[test]
    fn the_first_run_is_at_the_next_time_and_others_keep_their_distance() {
        let mut every_third = rule(3, "2025-09-01T06:30");
        assert_eq!(text(every_third.next_run()), "02 06:30");
        assert_eq!(text(rule(3, "2025-09-01T06:29").next_run()), "01 06:30");
        every_third.succeeded("a".to_owned(), at("2025-09-02T06:31"));
        assert_eq!(text(every_third.next_run()), "05 06:30");
        // Late by more than a day: what was missed is made once, and the days stay the same.
        every_third.succeeded("b".to_owned(), at("2025-09-12T23:59"));
        assert_eq!(text(every_third.next_run()), "14 06:30");
    }

    #[test]
    fn what_failed_is_tried_again_every_hour_until_it_succeeds() {
        let mut daily = rule(1, "2025-09-01T00:00");
        daily.failed("full".to_owned(), at("2025-09-01T06:30"));
        assert_eq!((text(daily.next_run()), daily.failures), ("01 07:30".to_owned(), 1));
        daily.failed("full".to_owned(), at("2025-09-01T07:30"));
        assert_eq!((text(daily.next_run()), daily.failures), ("01 08:30".to_owned(), 2));
        daily.succeeded("a".to_owned(), at("2025-09-01T08:30"));
        assert_eq!((text(daily.next_run()), daily.failures), ("02 06:30".to_owned(), 0));
    }
}
