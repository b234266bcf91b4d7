//! The commands of schedules: add, list, hold, remove, run now.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use market::{Day, EpochSeconds, Underlying, has_weeklies};
use protocol::{
    ExpiryCycle, SCHEDULE_NAME_LENGTH_MAX, SCHEDULE_UNDERLYINGS_MAX, SCHEDULES_MAX, ScheduleId,
    ScheduleOrder, SchedulePicture, SchedulePreview, ScheduleRule, ScheduleTime,
};
use ratelimit::Clock;
use store::{ScheduleRow, Store};
use tokio::sync::{Notify, watch};

use super::run::name_of;
use super::when::Timing;
use crate::error::EngineError;
use crate::expired::ExpiredInstrumentService;
use crate::instruments::InstrumentService;
use crate::jobs::JobService;
use crate::loops::Loops;
use crate::notices::NotificationService;
use crate::session::Session;

/// How long whoever asks for a run waits to see it carried out; it is carried out without them, too.
const RUN_PATIENCE: Duration = Duration::from_secs(5);
/// How often they look whether it waits.
const RUN_LOOKS: Duration = Duration::from_millis(250);
/// Runs that a preview names.
const PREVIEW_RUNS: usize = 5;

#[derive(Clone)]
pub struct ScheduleService {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    instruments: InstrumentService,
    expired: ExpiredInstrumentService,
    jobs: JobService,
    notices: NotificationService,
    session: Arc<Session>,
    clock: Arc<dyn Clock>,
    loops: Loops,
    /// One run at a time, so that two that are due at once do not order the same twice.
    turn: tokio::sync::Mutex<()>,
    /// So that nobody changes a schedule between a look at it and its change.
    changing: tokio::sync::Mutex<()>,
    running: Mutex<Option<i64>>,
    wake: Notify,
    /// The task runs, and carries out what is asked for.
    is_served: AtomicBool,
    /// Ticks when a run has ended.
    ended: watch::Sender<()>,
    closing: watch::Sender<bool>,
}

impl ScheduleService {
    pub(crate) fn new(
        store: Store,
        instruments: InstrumentService,
        expired: ExpiredInstrumentService,
        jobs: JobService,
        notices: NotificationService,
        session: Arc<Session>,
        loops: Loops,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                instruments,
                expired,
                jobs,
                notices,
                session,
                clock: loops.clock().clone(),
                loops,
                turn: tokio::sync::Mutex::new(()),
                changing: tokio::sync::Mutex::default(),
                running: Mutex::new(None),
                wake: Notify::new(),
                is_served: AtomicBool::new(false),
                ended: watch::Sender::new(()),
                closing: watch::Sender::new(false),
            }),
        }
    }

    pub(super) fn store(&self) -> &Store {
        &self.inner.store
    }

    pub(super) fn instruments(&self) -> &InstrumentService {
        &self.inner.instruments
    }

    pub(super) fn expired(&self) -> &ExpiredInstrumentService {
        &self.inner.expired
    }

    pub(super) fn jobs(&self) -> &JobService {
        &self.inner.jobs
    }

    pub(super) fn notices(&self) -> &NotificationService {
        &self.inner.notices
    }

    pub(super) fn session(&self) -> &Session {
        &self.inner.session
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        &*self.inner.clock
    }

    pub(super) fn loops(&self) -> &Loops {
        &self.inner.loops
    }

    pub(super) fn turn(&self) -> &tokio::sync::Mutex<()> {
        &self.inner.turn
    }

    /// Ends once a schedule has changed.
    pub(super) async fn changed(&self) {
        self.inner.wake.notified().await;
    }

    pub(super) fn closing(&self) -> watch::Receiver<bool> {
        self.inner.closing.subscribe()
    }

    pub(super) fn now(&self) -> EpochSeconds {
        EpochSeconds(self.inner.clock.wall().as_seconds())
    }

    /// Makes a schedule. Its first run is at its next time.
    pub async fn add(&self, order: &ScheduleOrder) -> Result<SchedulePicture, EngineError> {
        if self.inner.store.schedules().await?.len() >= SCHEDULES_MAX {
            return Err(EngineError::TooManySchedules { max: SCHEDULES_MAX });
        }
        let (name, rule) = self.checked(order).await?;
        let id = self.inner.store.create_schedule(&name, &rule, self.now()).await?;
        self.inner.wake.notify_one();
        self.picture(ScheduleId(id)).await
    }

    /// Gives a schedule another rule. Jobs that the old one made go on, and it is held or not as before.
    pub async fn change(
        &self,
        id: ScheduleId,
        order: &ScheduleOrder,
    ) -> Result<SchedulePicture, EngineError> {
        self.change_if_as_seen(id, None, order).await
    }

    /// The same for a person who saw the schedule before: refused where its name or rule is another by now.
    pub async fn change_as_seen(
        &self,
        id: ScheduleId,
        seen: &ScheduleOrder,
        order: &ScheduleOrder,
    ) -> Result<SchedulePicture, EngineError> {
        self.change_if_as_seen(id, Some(seen), order).await
    }

    async fn change_if_as_seen(
        &self,
        id: ScheduleId,
        seen: Option<&ScheduleOrder>,
        order: &ScheduleOrder,
    ) -> Result<SchedulePicture, EngineError> {
        self.row(id).await?;
        let (name, rule) = self.checked(order).await?;
        let changing = self.inner.changing.lock().await;
        if let Some(seen) = seen {
            let before = self.row(id).await?;
            let kept = ScheduleOrder { rule: rule_of(&before)?, name: Some(before.name) };
            if *seen != kept {
                return Err(EngineError::ChangedMeanwhile { what: "the schedule" });
            }
        }
        if !self.inner.store.change_schedule(id.0, &name, &rule, self.now()).await? {
            return Err(EngineError::UnknownSchedule(id));
        }
        drop(changing);
        self.inner.wake.notify_one();
        self.picture(id).await
    }

    /// The name and the rule of an order as they are kept, or why it cannot be.
    async fn checked(&self, order: &ScheduleOrder) -> Result<(String, String), EngineError> {
        let mut rule = order.rule.clone();
        rule.underlyings.sort();
        rule.underlyings.dedup();
        let (given, max) = (rule.underlyings.len(), SCHEDULE_UNDERLYINGS_MAX);
        if given == 0 || given > max {
            return Err(EngineError::ScheduleUnderlyings { given, max });
        }
        self.preview(&rule.when)?;
        let mut underlyings = Vec::new();
        for key in &rule.underlyings {
            underlyings.push(self.inner.expired.confirmed(key).await?);
        }
        refuse_without_weeklies(&rule, &underlyings, self.now().day())?;
        let name = order.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        if name.is_some_and(|name| name.chars().count() > SCHEDULE_NAME_LENGTH_MAX) {
            return Err(EngineError::ScheduleName { max: SCHEDULE_NAME_LENGTH_MAX });
        }
        let name = name.map_or_else(|| name_of(&rule, &underlyings), str::to_owned);
        // Keys, words and numbers always serialise.
        let rule = serde_json::to_string(&rule).map_err(EngineError::UnreadableSchedule)?;
        Ok((name, rule))
    }

    /// What a time means: in words, and its next runs. After an expiry these depend on the underlyings, so
    /// none is named.
    pub fn preview(&self, when: &ScheduleTime) -> Result<SchedulePreview, EngineError> {
        let timing = Timing::parse(when)?;
        let mut next_runs = Vec::new();
        if let ScheduleTime::Cron(expression) = when {
            let mut from = self.now();
            while next_runs.len() < PREVIEW_RUNS {
                let Some(next) = timing.next_after(from, Default::default(), &[]) else { break };
                next_runs.push(next);
                from = next;
            }
            if next_runs.is_empty() {
                let (expression, reason) = (expression.clone(), "it never comes".to_owned());
                return Err(EngineError::Cron { expression, reason });
            }
        }
        Ok(SchedulePreview { words: timing.words(), next_runs, warning: timing.warning(self.now()) })
    }

    /// All schedules, oldest first.
    pub async fn list(&self) -> Result<Vec<SchedulePicture>, EngineError> {
        let mut pictures = Vec::new();
        for row in self.inner.store.schedules().await? {
            pictures.push(self.picture_of(row).await?);
        }
        Ok(pictures)
    }

    pub async fn picture(&self, id: ScheduleId) -> Result<SchedulePicture, EngineError> {
        self.picture_of(self.row(id).await?).await
    }

    pub async fn remove(&self, id: ScheduleId) -> Result<(), EngineError> {
        if !self.inner.store.remove_schedule(id.0).await? {
            return Err(EngineError::UnknownSchedule(id));
        }
        self.inner.wake.notify_one();
        Ok(())
    }

    /// Lets a schedule run, or holds it. Jobs that it made go on.
    pub async fn enable(&self, id: ScheduleId, enabled: bool) -> Result<SchedulePicture, EngineError> {
        if !self.inner.store.enable_schedule(id.0, enabled, self.now()).await? {
            return Err(EngineError::UnknownSchedule(id));
        }
        self.inner.wake.notify_one();
        self.picture(id).await
    }

    /// Runs a schedule now, a paused one too. Without a sign-in it is refused, not kept waiting.
    ///
    /// The command is kept at once. Where a server's task carries it out, the answer comes when that is done, or
    /// after a moment with `asked_at` set: the run goes on without whoever asked, and survives a restart. Without
    /// a task it is carried out here.
    pub async fn run_now(&self, id: ScheduleId) -> Result<SchedulePicture, EngineError> {
        self.session().token()?;
        let mut ended = self.inner.ended.subscribe();
        if !self.inner.store.ask_for_schedule_run(id.0, self.now()).await? {
            return Err(EngineError::UnknownSchedule(id));
        }
        if !self.inner.is_served.load(Ordering::Acquire) {
            let _turn = self.inner.turn.lock().await;
            let row = self.row(id).await?;
            let _running = self.running(&row);
            self.run_asked(&row, &rule_of(&row)?).await?;
            return self.picture(id).await;
        }
        self.inner.wake.notify_one();
        let clock = &self.inner.clock;
        let gives_up = clock.monotonic() + RUN_PATIENCE;
        loop {
            let picture = self.picture(id).await?;
            if picture.asked_at.is_none() || picture.waits.is_some() {
                return Ok(picture);
            }
            tokio::select! {
                // The sender lives as long as the service.
                _ = ended.changed() => {}
                () = clock.sleep_until((clock.monotonic() + RUN_LOOKS).min(gives_up)) => {}
            }
            if clock.monotonic() >= gives_up {
                return self.picture(id).await;
            }
        }
    }

    /// From now on the task carries out what is asked for.
    pub(super) fn served(&self) {
        self.inner.is_served.store(true, Ordering::Release);
    }

    pub(super) fn run_ended(&self) {
        self.inner.ended.send_replace(());
    }

    /// Marks a schedule as running, as long as the answer lives.
    pub(super) fn running(&self, row: &ScheduleRow) -> Running<'_> {
        *self.lock_running() = Some(row.id);
        Running(self)
    }

    pub(super) fn is_running(&self, row: &ScheduleRow) -> bool {
        *self.lock_running() == Some(row.id)
    }

    fn lock_running(&self) -> std::sync::MutexGuard<'_, Option<i64>> {
        self.inner.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn row(&self, id: ScheduleId) -> Result<ScheduleRow, EngineError> {
        self.inner.store.schedule(id.0).await?.ok_or(EngineError::UnknownSchedule(id))
    }

    /// Ends the task; a run that is under way begins anew at the next start.
    pub(crate) fn stop(&self) {
        self.inner.closing.send_replace(true);
    }
}

/// A rule for weekly expiries would never bring anything of an underlying that has none.
fn refuse_without_weeklies(
    rule: &ScheduleRule,
    underlyings: &[Underlying],
    today: Day,
) -> Result<(), EngineError> {
    if rule.expiries != ExpiryCycle::Weekly {
        return Ok(());
    }
    let without = underlyings.iter().filter(|of| has_weeklies(&of.key, today) == Some(false));
    let names: Vec<&str> = without.map(|underlying| underlying.symbol.as_str()).collect();
    if names.is_empty() {
        return Ok(());
    }
    Err(EngineError::NoWeeklies { underlyings: names.join(", ") })
}

/// See [`ScheduleService::running`].
pub(super) struct Running<'a>(&'a ScheduleService);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        *self.0.lock_running() = None;
    }
}

pub(crate) fn rule_of(row: &ScheduleRow) -> Result<ScheduleRule, EngineError> {
    serde_json::from_str(&row.rule).map_err(EngineError::UnreadableSchedule)
}
