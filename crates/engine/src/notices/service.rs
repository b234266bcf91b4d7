//! Raising, listing and settings; and the task that sends what is due while this process owns the data.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use market::EpochSeconds;
use protocol::{
    ChannelPicture, JobId, NewNoticeSettings, Notice, NoticeChannel, NoticeCount, NoticeKind, NoticePage,
    NoticeSettings, NoticeSettingsPicture, ScheduleId, TestOutcome,
};
use ratelimit::Clock;
use store::{NewNotice, Store, Vault};
use tokio::sync::{Mutex, Notify, watch};
use tracing::error;

use super::settings::SettingsBook;
use crate::error::EngineError;
use crate::loops::Loops;

/// Notices of one piece of the list.
const NOTICES_A_PAGE: u32 = 50;
/// The task looks at least so often, so that it notices a clock that was set and a machine that slept.
const LOOK_EVERY: Duration = Duration::from_secs(60);

#[derive(Clone)]
pub struct NotificationService {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    book: SettingsBook,
    clock: Arc<dyn Clock>,
    loops: Loops,
    simulated: bool,
    /// One sender at a time, so that nothing is sent twice at once.
    turn: Mutex<()>,
    wake: Notify,
    closing: watch::Sender<bool>,
}

impl NotificationService {
    pub(crate) fn new(store: Store, vault: Vault, loops: Loops, simulated: bool) -> Self {
        let book = SettingsBook::new(store.clone(), vault);
        let (turn, wake, closing) = (Mutex::new(()), Notify::new(), watch::Sender::new(false));
        let clock = loops.clock().clone();
        Self { inner: Arc::new(Inner { store, book, clock, loops, simulated, turn, wake, closing }) }
    }

    pub(super) fn store(&self) -> &Store {
        &self.inner.store
    }

    pub(super) fn book(&self) -> &SettingsBook {
        &self.inner.book
    }

    pub(super) fn turn(&self) -> &Mutex<()> {
        &self.inner.turn
    }

    pub(super) fn is_simulated(&self) -> bool {
        self.inner.simulated
    }

    pub(super) fn now(&self) -> EpochSeconds {
        EpochSeconds(self.inner.clock.wall().as_seconds())
    }

    /// A notice of a job, to be written with what it tells of; [`wake`](Self::wake) after that.
    pub(crate) async fn of_job(
        &self,
        kind: NoticeKind,
        job: JobId,
        title: String,
        message: String,
    ) -> Result<NewNotice, EngineError> {
        let channels = self.inner.book.channels(kind).await?;
        Ok(NewNotice { at: self.now(), kind, title, message, job: Some(job), schedule: None, channels })
    }

    pub(crate) async fn raise_of_schedule(
        &self,
        kind: NoticeKind,
        schedule: ScheduleId,
        title: String,
        message: String,
    ) -> Result<(), EngineError> {
        self.raise(kind, Some(schedule), title, message).await
    }

    /// A notice of something that is neither a job's nor a schedule's.
    pub(crate) async fn raise_of_program(
        &self,
        kind: NoticeKind,
        title: String,
        message: String,
    ) -> Result<(), EngineError> {
        self.raise(kind, None, title, message).await
    }

    async fn raise(
        &self,
        kind: NoticeKind,
        schedule: Option<ScheduleId>,
        title: String,
        message: String,
    ) -> Result<(), EngineError> {
        let channels = self.inner.book.channels(kind).await?;
        let notice = NewNotice { at: self.now(), kind, title, message, job: None, schedule, channels };
        self.inner.store.add_notice(&notice).await?;
        self.wake();
        Ok(())
    }

    /// A notice of a job that tells of no change of it.
    pub(crate) async fn raise_of_job(
        &self,
        kind: NoticeKind,
        job: JobId,
        title: String,
        message: String,
    ) -> Result<(), EngineError> {
        let notice = self.of_job(kind, job, title, message).await?;
        self.inner.store.add_notice(&notice).await?;
        self.wake();
        Ok(())
    }

    /// Something new is to be sent.
    pub(crate) fn wake(&self) {
        self.inner.wake.notify_one();
    }

    /// The newest first; `before` is the cursor of an earlier piece.
    pub async fn list(&self, before: Option<i64>) -> Result<NoticePage, EngineError> {
        self.page(before, NOTICES_A_PAGE).await
    }

    /// The same, at most so many.
    pub async fn page(&self, before: Option<i64>, most: u32) -> Result<NoticePage, EngineError> {
        let notices = self.inner.store.notices(before, most).await?;
        let is_full = notices.len() as u64 >= u64::from(most);
        let cursor = notices.last().filter(|_| is_full).map(|notice| notice.id);
        Ok(NoticePage { notices, unread: self.count().await?.unread, cursor })
    }

    pub async fn count(&self) -> Result<NoticeCount, EngineError> {
        let (unread, newest) = self.inner.store.notice_count().await?;
        Ok(NoticeCount { unread, newest })
    }

    /// Marks every notice up to one as read.
    pub async fn read(&self, up_to: i64) -> Result<NoticeCount, EngineError> {
        self.inner.store.read_notices(up_to).await?;
        self.count().await
    }

    pub async fn settings(&self) -> Result<NoticeSettingsPicture, EngineError> {
        let mut states = BTreeMap::new();
        for channel in NoticeChannel::ALL {
            states.insert(channel, self.channel(channel).await?);
        }
        Ok(NoticeSettingsPicture { settings: self.inner.book.read().await?, states })
    }

    async fn channel(&self, channel: NoticeChannel) -> Result<ChannelPicture, EngineError> {
        let stats = self.inner.store.channel_stats(channel).await?;
        Ok(ChannelPicture {
            has_secret: self.inner.book.secret(channel).await?.is_some(),
            pending: stats.pending,
            delivered_at: stats.delivered_at,
            trouble: stats.trouble.map(|(_, error)| error),
        })
    }

    /// Keeps the settings, checked. What waits to be sent is tried with them at its next time.
    pub async fn put_settings(&self, new: NewNoticeSettings) -> Result<NoticeSettingsPicture, EngineError> {
        self.inner.book.put(None, new, self.now()).await?;
        self.settings().await
    }

    /// The same for a person who saw the settings before: refused where they are others by now.
    pub async fn change_settings(
        &self,
        seen: &NoticeSettings,
        new: NewNoticeSettings,
    ) -> Result<NoticeSettingsPicture, EngineError> {
        self.inner.book.put(Some(seen), new, self.now()).await?;
        self.settings().await
    }

    /// Sends a notice that tells of nothing, at once, with the settings as they are kept.
    pub async fn test(&self, channel: NoticeChannel) -> Result<TestOutcome, EngineError> {
        let notice = Notice {
            id: 0,
            at: self.now(),
            kind: NoticeKind::JobCompleted,
            title: "This is a test".to_owned(),
            message: "ExpiryTrack can send its notices here.".to_owned(),
            job: None,
            schedule: None,
            read: true,
        };
        let sent = self.send(channel, &notice).await;
        Ok(TestOutcome {
            delivered: sent.is_ok(),
            message: match sent {
                Ok(to) => format!("the test was delivered to {to}"),
                Err(error) => format!("the test was not delivered: {error}"),
            },
        })
    }

    /// Sends what is due until the engine closes. A failure waits in the table for its next time.
    pub fn start_in_background(&self) {
        let (asked, service) = (self.clone(), self.clone());
        self.inner.loops.start(
            "deliveries",
            move || *asked.inner.closing.borrow(),
            move || {
                let service = service.clone();
                async move { service.deliver_until_closing().await }
            },
        );
    }

    async fn deliver_until_closing(&self) {
        let mut closing = self.inner.closing.subscribe();
        loop {
            tokio::select! {
                biased;
                _ = closing.wait_for(|closing| *closing) => return,
                () = self.deliver_and_wait() => {}
            }
        }
    }

    async fn deliver_and_wait(&self) {
        // Counted from before the look, so that a clock that is set meanwhile is not slept over.
        let began = self.inner.clock.monotonic();
        let next = match self.deliver_due().await {
            Ok(()) => self.inner.store.next_delivery_at().await.map_err(EngineError::from),
            Err(error) => Err(error),
        };
        let wait = match next {
            Ok(next) => next.map_or(LOOK_EVERY, |at| {
                let seconds = at.0.saturating_sub(self.now().0).max(0).unsigned_abs();
                Duration::from_secs(seconds).min(LOOK_EVERY)
            }),
            Err(error) => {
                error!(error = error.chain(), "the notices that are due cannot be read");
                LOOK_EVERY
            }
        };
        tokio::select! {
            () = self.inner.clock.sleep_until(began + wait) => {}
            () = self.inner.wake.notified() => {}
        }
    }

    /// For a command that ends: sends what is due, within `patience`. The rest waits for the next owner of
    /// the data directory.
    pub async fn deliver_for(&self, patience: Duration) {
        let until = self.inner.clock.monotonic() + patience;
        tokio::select! {
            delivered = self.deliver_due() => {
                if let Err(error) = delivered {
                    error!(error = error.chain(), "the notices that are due cannot be read");
                }
            }
            () = self.inner.clock.sleep_until(until) => {}
        }
    }

    /// Ends the task.
    pub(crate) fn stop(&self) {
        self.inner.closing.send_replace(true);
    }
}
