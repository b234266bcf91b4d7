//! Backups as a service of whoever owns the data directory: made on asking, listed, and the rule.

use std::path::Path;
use std::sync::Arc;

use market::EpochSeconds;
use protocol::{BackupPicture, BackupRule, BackupsPicture};
use ratelimit::Clock;
use store::{CopyError, Store};
use tokio::sync::{Mutex, MutexGuard, Notify, watch};
use tracing::info;

use super::folder::Folder;
use super::make::picture;
use super::rule::{KeptRule, keep, read};
use crate::error::EngineError;
use crate::loops::Loops;
use crate::notices::NotificationService;

/// A handle; clones share everything.
#[derive(Clone)]
pub struct BackupService {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    notices: NotificationService,
    loops: Loops,
    folder: Folder,
    /// One backup at a time, and none while the database is compacted or pruned.
    turn: Arc<Mutex<()>>,
    /// So that rule and state change as one.
    changing: Mutex<()>,
    wake: Notify,
    closing: watch::Sender<bool>,
}

impl BackupService {
    pub(crate) fn new(store: Store, notices: NotificationService, loops: Loops) -> Self {
        let folder = Folder::of(store.path().parent().unwrap_or(Path::new(".")));
        let (turn, changing) = (Arc::default(), Mutex::default());
        let (wake, closing) = (Notify::new(), watch::Sender::new(false));
        Self { inner: Arc::new(Inner { store, notices, loops, folder, turn, changing, wake, closing }) }
    }

    pub(super) fn store(&self) -> &Store {
        &self.inner.store
    }

    pub(super) fn notices(&self) -> &NotificationService {
        &self.inner.notices
    }

    pub(super) fn loops(&self) -> &Loops {
        &self.inner.loops
    }

    pub(super) fn folder(&self) -> &Folder {
        &self.inner.folder
    }

    pub(super) fn turn(&self) -> &Mutex<()> {
        &self.inner.turn
    }

    pub(crate) fn shared_turn(&self) -> Arc<Mutex<()>> {
        self.inner.turn.clone()
    }

    /// When the backup that is being made was begun, and the bytes of it that are written.
    pub(crate) fn being_written(&self) -> Option<(EpochSeconds, u64)> {
        match self.inner.turn.try_lock() {
            // What lies there was cut short.
            Ok(_) => None,
            Err(_) => self.folder().partial(),
        }
    }

    pub(super) fn changing(&self) -> &Mutex<()> {
        &self.inner.changing
    }

    /// Ends once the rule has changed.
    pub(super) async fn rule_changed(&self) {
        self.inner.wake.notified().await;
    }

    pub(super) fn closing(&self) -> watch::Receiver<bool> {
        self.inner.closing.subscribe()
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        &**self.inner.loops.clock()
    }

    pub(super) fn now(&self) -> EpochSeconds {
        EpochSeconds(self.clock().wall().as_seconds())
    }

    /// Makes a backup in the folder, named after the moment. It is made to its end also where whoever asked for it
    /// goes away, unless the program ends.
    pub async fn make(&self) -> Result<BackupPicture, EngineError> {
        self.inner.store.refuse_frozen()?;
        let turn = self.inner.turn.clone().try_lock_owned().map_err(|_| EngineError::StorageBusy)?;
        let service = self.clone();
        let work = tokio::spawn(async move {
            let _turn = turn;
            let mut closing = service.closing();
            tokio::select! {
                biased;
                _ = closing.wait_for(|closing| *closing) => Err(EngineError::ShuttingDown),
                made = service.make_in_turn() => made,
            }
        });
        match work.await {
            Ok(made) => made,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(EngineError::ShuttingDown),
            },
        }
    }

    /// For whoever has the turn.
    pub(super) async fn make_in_turn(&self) -> Result<BackupPicture, EngineError> {
        let folder = self.folder();
        let target = folder.make_ready(self.now()).map_err(|source| {
            EngineError::from(CopyError::Unwritable { path: folder.path().to_owned(), source })
        })?;
        let copied = self.inner.store.copy_to(&target).await?;
        let path = target.display();
        info!(%path, bytes = copied.bytes, candles = copied.contents.candles, "a backup was made");
        Ok(picture(&target, &copied))
    }

    /// What lies in the folder, newest first, and when more is made.
    pub async fn list(&self) -> Result<BackupsPicture, EngineError> {
        let kept = read(&self.inner.store).await?;
        let path = self.folder().path();
        let folder = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        Ok(BackupsPicture {
            folder: folder.display().to_string(),
            backups: self.folder().list(),
            rule: kept.as_ref().map(|kept| kept.rule),
            next_run: kept.as_ref().map(KeptRule::next_run),
            last_run: kept.and_then(|kept| kept.last_run),
        })
    }

    /// Backups are made by this rule from now on, or by none.
    pub async fn put_rule(&self, rule: Option<BackupRule>) -> Result<BackupsPicture, EngineError> {
        let changing = self.inner.changing.lock().await;
        self.keep_rule(changing, rule).await
    }

    /// The same for a person who saw a rule or none before: refused where it is another by now.
    pub async fn change_rule(
        &self,
        seen: Option<BackupRule>,
        rule: Option<BackupRule>,
    ) -> Result<BackupsPicture, EngineError> {
        let changing = self.inner.changing.lock().await;
        if read(&self.inner.store).await?.map(|kept| kept.rule) != seen {
            return Err(EngineError::ChangedMeanwhile { what: "the rule of backups" });
        }
        self.keep_rule(changing, rule).await
    }

    async fn keep_rule(
        &self,
        changing: MutexGuard<'_, ()>,
        rule: Option<BackupRule>,
    ) -> Result<BackupsPicture, EngineError> {
        let kept = rule.map(|rule| KeptRule::new(rule, self.now()));
        keep(&self.inner.store, kept.as_ref()).await?;
        drop(changing);
        self.inner.wake.notify_one();
        self.list().await
    }

    /// When the newest backup of the folder was made, and how many runs of the rule have failed since the last that
    /// did not.
    pub(crate) async fn how_it_goes(&self) -> Result<(Option<EpochSeconds>, u32), EngineError> {
        let newest = self.folder().list().first().map(|newest| newest.made_at);
        Ok((newest, read(&self.inner.store).await?.map_or(0, |kept| kept.failures)))
    }

    /// Ends the task, and a backup that is being made: nothing of it stays.
    pub(crate) fn stop(&self) {
        self.inner.closing.send_replace(true);
    }
}
