//! A schedule as it is drawn, and when it runs next.

use market::{Day, EpochSeconds, InstrumentKey, Underlying, is_weekly};
use protocol::{ScheduleId, SchedulePicture, ScheduleRule, ScheduleState, Wait};
use ratelimit::Priority;
use store::{ExpectedExpiry, ScheduleRow, UnderlyingId};

use super::service::{ScheduleService, rule_of};
use super::when::{LISTED_LATE_DAYS, Timing};
use crate::error::EngineError;
use crate::lake::unpublished_of;

impl ScheduleService {
    pub(super) async fn picture_of(&self, row: ScheduleRow) -> Result<SchedulePicture, EngineError> {
        let rule = rule_of(&row)?;
        let state = match (self.is_running(&row), row.enabled, row.waits_since) {
            (true, _, _) => ScheduleState::Running,
            (_, false, _) => ScheduleState::Paused,
            (_, true, Some(_)) => ScheduleState::WaitingForLogin,
            (_, true, None) => ScheduleState::Planned,
        };
        let waiting = match state {
            ScheduleState::WaitingForLogin => Some(self.loss(&row, &rule).await?),
            _ => None,
        };
        let next_run = match state {
            ScheduleState::Planned => self.due_at(&row, &rule).await?,
            _ => None,
        };
        let waits = self.wait_of(&row);
        let timing = Timing::parse(&rule.when)?;
        Ok(SchedulePicture {
            asked_at: row.asked_at,
            waits,
            unpublished: unpublished_of(self.store(), row.id).await?,
            id: ScheduleId(row.id),
            when_words: timing.words(),
            warning: timing.warning(self.now()),
            state,
            created_at: row.created_at,
            next_run,
            last_run: row.last_run,
            waiting,
            symbols: self.symbols(&rule.underlyings).await?,
            name: row.name,
            rule,
        })
    }

    async fn symbols(&self, keys: &[InstrumentKey]) -> Result<Vec<String>, EngineError> {
        let mut symbols = Vec::new();
        for key in keys {
            let known = self.store().underlying(key).await?.map(|(_, underlying)| underlying);
            symbols.push(known.unwrap_or_else(|| Underlying::from_key(key.clone())).symbol);
        }
        Ok(symbols)
    }

    /// What keeps a run that is asked for or under way, and that the next one would find nobody signed in.
    fn wait_of(&self, row: &ScheduleRow) -> Option<Wait> {
        let broker = self.jobs().broker();
        let needs_sign_in = row.enabled || row.asked_at.is_some();
        if let Some(wait) = broker.wait_for_sign_in().filter(|_| needs_sign_in) {
            let sentence = "nobody is signed in: no run can begin without a sign-in".to_owned();
            return Some(Wait { sentence, ..wait });
        }
        let is_under_way = row.asked_at.is_some() || self.is_running(row);
        is_under_way.then(|| broker.wait(Priority::Bulk)).flatten()
    }

    /// When the next run is due; one that was missed is due in the past, and only once.
    pub(super) async fn due_at(
        &self,
        row: &ScheduleRow,
        rule: &ScheduleRule,
    ) -> Result<Option<EpochSeconds>, EngineError> {
        if row.retry_at.is_some() {
            return Ok(row.retry_at);
        }
        // A clock that was set back must not make a schedule wait until it has caught up.
        let from = row.looked_at.min(self.now());
        let mut expected: Vec<Vec<ExpectedExpiry>> = Vec::new();
        for key in &rule.underlyings {
            if let Some((id, _)) = self.store().underlying(key).await? {
                let since = from.day().plus_days(-LISTED_LATE_DAYS);
                expected.push(self.expected(key, id, since).await?);
            }
        }
        Ok(Timing::parse(&rule.when)?.next_after(from, rule.expiries, &expected))
    }

    /// Expiries to come, weekly or monthly by the rule where the instrument master does not say.
    pub(super) async fn expected(
        &self,
        key: &InstrumentKey,
        id: UnderlyingId,
        since: Day,
    ) -> Result<Vec<ExpectedExpiry>, EngineError> {
        let mut expected = self.store().expected_expiries(id, since).await?;
        let dates: Vec<Day> = expected.iter().map(|expiry| expiry.date).collect();
        for expiry in &mut expected {
            expiry.weekly = expiry.weekly.or_else(|| is_weekly(key, expiry.date, &dates));
        }
        Ok(expected)
    }
}
