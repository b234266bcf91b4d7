//! Who is let in, and everything that changes that: one service for all who ask, whether page, REST or command.

mod judging;
mod of_another;
mod passwords;
mod sessions;
mod tokens;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use market::EpochSeconds;
use protocol::{AccessPicture, AccessSession, SecretText};
use ratelimit::Clock;
use tokio::sync::watch;

use self::of_another::Stamp;
pub use self::sessions::NewSession;
use self::tokens::picture_of_token;
use crate::caller::Caller;
use crate::error::AccessError;
use crate::kept::{FILE, Kept, Session};
use crate::password::Hasher;
use crate::rate::StrangerRate;
use crate::secret::new_secret;
use crate::throttle::Throttle;

/// A handle; clones share everything.
#[derive(Clone)]
pub struct Access {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    /// Where another process keeps the file, how it was when it was read.
    read_of_another: Option<Mutex<Stamp>>,
    clock: Arc<dyn Clock>,
    needs_password: bool,
    command_key: SecretText,
    hasher: Hasher,
    throttle: Mutex<Throttle>,
    strangers: StrangerRate,
    kept: Mutex<Kept>,
    /// Held by whoever changes what is kept, until the file has it.
    changing: Mutex<()>,
    changes: watch::Sender<()>,
}

impl Access {
    /// Reads what is kept in a data directory. `needs_password`: other machines can reach this server.
    pub fn open(data_dir: &Path, clock: Arc<dyn Clock>, needs_password: bool) -> Result<Self, AccessError> {
        Self::of(data_dir, clock, needs_password, None)
    }

    /// The same of a directory that another process may have: its password and its tokens hold here as they are changed
    /// there, and nothing is written. Sessions begin and end here alone.
    pub fn open_beside(data_dir: &Path, clock: Arc<dyn Clock>) -> Result<Self, AccessError> {
        let access = Self::of(data_dir, clock, false, Some(Mutex::default()))?;
        access.inner.kept().sessions.clear();
        Ok(access)
    }

    fn of(
        data_dir: &Path,
        clock: Arc<dyn Clock>,
        needs_password: bool,
        read_of_another: Option<Mutex<Stamp>>,
    ) -> Result<Self, AccessError> {
        let path = data_dir.join(FILE);
        let kept = Mutex::new(Kept::read(&path)?);
        Ok(Self {
            inner: Arc::new(Inner {
                path,
                read_of_another,
                clock,
                needs_password,
                command_key: SecretText(new_secret()?),
                hasher: Hasher::new(),
                throttle: Mutex::default(),
                strangers: StrangerRate::default(),
                kept,
                changing: Mutex::default(),
                changes: watch::Sender::new(()),
            }),
        })
    }

    pub fn has_password(&self) -> bool {
        self.inner.kept().password.is_some()
    }

    /// What the commands of this machine present. It is another in each run.
    pub fn command_key(&self) -> &SecretText {
        &self.inner.command_key
    }

    /// Ticks whenever somebody who was let in may be a stranger now.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.inner.changes.subscribe()
    }

    /// Whether one more request of a stranger is let through in this second.
    pub fn lets_stranger_ask(&self, from: IpAddr) -> bool {
        self.inner.strangers.admits(from, self.inner.clock.monotonic())
    }

    /// How it stands, told to this caller.
    pub fn picture(&self, caller: &Caller) -> AccessPicture {
        let mut kept = self.inner.kept().clone();
        kept.forget_ended(self.inner.now());
        kept.sessions.sort_by_key(|session| std::cmp::Reverse(session.last_seen));
        kept.tokens.sort_by(|one, other| one.name.cmp(&other.name));
        let session = |session: Session| AccessSession {
            is_this: matches!(caller, Caller::Person(id) if *id == session.id),
            ends: session.ends(),
            id: session.id,
            began: session.began,
            last_seen: session.last_seen,
            agent: session.agent,
        };
        AccessPicture {
            has_password: kept.password.is_some(),
            needs_password: self.inner.needs_password,
            sessions: kept.sessions.into_iter().map(session).collect(),
            tokens: kept.tokens.into_iter().map(picture_of_token).collect(),
        }
    }

    /// Changes what is kept, in the file first: what is refused or cannot be written has changed nothing. It comes to
    /// its end also where whoever asked has gone.
    async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Kept) -> Result<T, AccessError> + Send + 'static,
    ) -> Result<T, AccessError> {
        let inner = self.inner.clone();
        let changed = tokio::task::spawn_blocking(move || {
            let _changing = inner.changing();
            let mut kept = inner.kept().clone();
            kept.forget_ended(inner.now());
            let done = change(&mut kept)?;
            if inner.read_of_another.is_none() {
                kept.write(&inner.path)?;
            }
            *inner.kept() = kept;
            inner.changes.send_replace(());
            Ok(done)
        });
        changed.await.map_err(|_| AccessError::Interrupted)?
    }
}

impl Inner {
    fn now(&self) -> EpochSeconds {
        EpochSeconds(self.clock.wall().as_seconds())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn throttle(&self) -> MutexGuard<'_, Throttle> {
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
