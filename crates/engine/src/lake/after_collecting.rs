//! The loop that publishes what schedules have collected, where their rule says so: once nothing is under way any more,
//! what is complete and has changed since goes into the lake of the settings. What cannot be published now is tried again
//! an hour later; it is a notice, and told on the schedule's page until it is published.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use market::EpochSeconds;
use protocol::{LakeChoice, LakeOrder, NoticeKind, ScheduleId, ScheduleRule};
use ratelimit::Clock;
use tokio::sync::watch;
use tracing::warn;

use super::PublishError;
use super::service::LakeService;
use super::target::{Target, targets};
use super::unpublished;
use crate::error::EngineError;
use crate::jobs::JobService;
use crate::loops::{Looks, Loops};
use crate::notices::NotificationService;
use crate::schedules::rule_of;
use store::ScheduleRow;

const LOOK_EVERY: Duration = Duration::from_secs(60);
const RETRY_AFTER_SECONDS: i64 = 60 * 60;

/// A handle; clones share everything.
#[derive(Clone)]
pub(crate) struct AfterCollecting {
    lake: LakeService,
    jobs: JobService,
    notices: NotificationService,
    loops: Loops,
    state: std::sync::Arc<State>,
    closing: std::sync::Arc<watch::Sender<bool>>,
}

#[derive(Debug, Default)]
struct State {
    /// What jobs had ticked when all was published.
    seen: AtomicU64,
    has_looked: AtomicBool,
    retry_at: Mutex<Option<EpochSeconds>>,
}

impl AfterCollecting {
    pub(crate) fn new(
        lake: LakeService,
        jobs: JobService,
        notices: NotificationService,
        loops: Loops,
    ) -> Self {
        let (state, closing) = (Default::default(), std::sync::Arc::new(watch::Sender::new(false)));
        Self { lake, jobs, notices, loops, state, closing }
    }

    pub(crate) fn start_in_background(&self) {
        self.loops.start_looking(self.clone());
    }

    pub(crate) fn stop(&self) {
        self.closing.send_replace(true);
    }

    /// Publishes what the schedules want published, where anything may have come since the last time.
    pub(crate) async fn publish_if_due(&self) -> Result<(), EngineError> {
        let now = self.lake.now();
        let tick = *self.jobs.changes().borrow();
        let is_seen =
            self.state.has_looked.load(Ordering::Relaxed) && self.state.seen.load(Ordering::Relaxed) == tick;
        let retry_at = *self.state.retry_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let is_due = retry_at.map_or(!is_seen, |at| at <= now);
        if !is_due || self.jobs.unfinished_count().await? > 0 || self.lake.place().await?.place.is_none() {
            return Ok(());
        }
        let published = self.publish_all().await;
        let retry = (!matches!(published, Ok(true))).then(|| EpochSeconds(now.0 + RETRY_AFTER_SECONDS));
        *self.state.retry_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = retry;
        self.state.seen.store(tick, Ordering::Relaxed);
        self.state.has_looked.store(true, Ordering::Relaxed);
        published.map(drop)
    }

    /// Says whether all of it is in the lake. What one schedule collected does not wait for another's.
    async fn publish_all(&self) -> Result<bool, EngineError> {
        let mut waiting = Vec::new();
        for row in self.lake.store.schedules().await?.into_iter().filter(|row| row.enabled) {
            let rule = rule_of(&row)?;
            if !rule.publish {
                continue;
            }
            match self.publish_of(rule).await {
                Ok(()) => {}
                Err(error) if is_not_now(&error) => return Err(error),
                Err(error) => {
                    self.tell_failure(&row, error.chain()).await?;
                    waiting.push(row.id);
                }
            }
        }
        unpublished::only(&self.lake.store, &waiting).await?;
        Ok(waiting.is_empty())
    }

    /// What of one underlying is refused keeps no other out of the lake; the first that was is told.
    async fn publish_of(&self, rule: ScheduleRule) -> Result<(), EngineError> {
        let mut published = Ok(());
        for underlying in rule.underlyings {
            let order = LakeOrder {
                underlying,
                expiries: LakeChoice::Complete,
                to: None,
                days: rule.days,
                volatility: false,
                why: None,
            };
            match self.lake.publish_changed(order).await {
                Ok(()) => {}
                Err(error) if is_not_now(&error) => return Err(error),
                Err(error) => published = published.and(Err(error)),
            }
        }
        published
    }

    /// Once for a row of failures.
    async fn tell_failure(&self, row: &ScheduleRow, problem: String) -> Result<(), EngineError> {
        warn!(schedule = row.id, problem, "what a schedule has collected is not published yet");
        let message = format!("{problem}. It is tried again every hour");
        if unpublished::failed(&self.lake.store, row.id, problem, self.lake.now()).await? {
            let title = format!("{}: what it collected is not in the lake", row.name);
            let schedule = ScheduleId(row.id);
            self.notices.raise_of_schedule(NoticeKind::PublishFailed, schedule, title, message).await?;
        }
        Ok(())
    }
}

/// Somebody else has the turn, a person has stopped it, or the program ends: nothing has failed, and nothing is done.
fn is_not_now(error: &EngineError) -> bool {
    matches!(error, EngineError::StorageBusy | EngineError::Stopped | EngineError::ShuttingDown)
}

impl LakeService {
    /// The same as [`LakeService::publish`], to its end, of what is not known to be the same.
    async fn publish_changed(&self, order: LakeOrder) -> Result<(), EngineError> {
        let place = self.place_of(None).await?;
        let all = match targets(&self.store, &place.to_string(), self.today(), &order).await {
            // Nothing of it is complete yet, or known.
            Err(
                EngineError::Publish(PublishError::NothingComplete { .. })
                | EngineError::NothingStored { .. },
            ) => {
                return Ok(());
            }
            all => all?,
        };
        let mut changed: Vec<Target> = Vec::new();
        for target in all {
            let known = self.store.lake_partition(&place.to_string(), target.of).await?;
            let stamp = self.store.lake_stamp(target.of).await?;
            if known.is_none_or(|known| known.is_doubted || known.published.stamp != stamp) {
                changed.push(target);
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        self.publish_targets(place, changed, order).await
    }
}

impl Looks for AfterCollecting {
    const LOOP: &'static str = "lake";

    fn clock(&self) -> &dyn Clock {
        &**self.loops.clock()
    }

    fn closing(&self) -> watch::Receiver<bool> {
        self.closing.subscribe()
    }

    async fn look(&self) -> Duration {
        match self.publish_if_due().await {
            // Somebody else has the turn.
            Ok(()) | Err(EngineError::StorageBusy) => {}
            Err(error) => warn!(error = error.chain(), "what schedules have collected is not published yet"),
        }
        LOOK_EVERY
    }

    fn woken(&self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }
}
