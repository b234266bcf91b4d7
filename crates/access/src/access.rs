//! Who is let in, and everything that changes that: one method for all who ask, whether page, REST or command.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use market::EpochSeconds;
use protocol::{
    AccessPicture, AccessSession, ApiToken, MadeToken, NewToken, PasswordChange, SecretText, TokenName,
};
use ratelimit::Clock;
use tokio::sync::watch;

use crate::agent;
use crate::caller::{Caller, Presented};
use crate::error::AccessError;
use crate::kept::{FILE, Kept, Session, TOKENS_MAX, Token};
use crate::password::Hasher;
use crate::rate::StrangerRate;
use crate::secret::{Digest, new_id, new_secret};
use crate::throttle::Throttle;

/// What was seen is noted to the minute, so that not every request writes a file.
const SEEN_EVERY_SECONDS: i64 = 60;
/// Tells a token from the key of the commands, and a secret scanner what it has found.
const TOKEN_PREFIX: &str = "et_";

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

/// When a file was changed, and how long it is; nothing where there is none.
type Stamp = Option<(SystemTime, u64)>;

/// A session that has just begun.
pub struct NewSession {
    /// For the browser; kept as a hash alone.
    pub secret: SecretText,
}

impl Session {
    /// A session and what its browser keeps.
    fn begin(now: EpochSeconds, user_agent: &str) -> Result<(Self, NewSession), AccessError> {
        let secret = new_secret()?;
        let session = Self {
            id: new_id()?,
            digest: Digest::of(&secret),
            began: now,
            last_seen: now,
            agent: agent::in_short(user_agent),
        };
        Ok((session, NewSession { secret: SecretText(secret) }))
    }
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

    /// Reads again what is kept: another program may have changed it before this one owned the directory.
    pub fn read_again(&self) -> Result<(), AccessError> {
        if self.inner.read_of_another.is_some() {
            return self.look_again();
        }
        *self.inner.kept() = Kept::read(&self.inner.path)?;
        Ok(())
    }

    /// Reads what another process keeps, where it has changed. With another password all sessions end.
    pub fn look_again(&self) -> Result<(), AccessError> {
        let Some(seen) = &self.inner.read_of_another else { return Ok(()) };
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = stamp(&self.inner.path);
        if *seen == now {
            return Ok(());
        }
        let _changing = self.inner.changing();
        let mut fresh = Kept::read(&self.inner.path)?;
        let mut kept = self.inner.kept();
        let is_same = kept.password == fresh.password;
        fresh.sessions = if is_same { std::mem::take(&mut kept.sessions) } else { Vec::new() };
        *kept = fresh;
        drop(kept);
        *seen = now;
        self.inner.changes.send_replace(());
        Ok(())
    }

    /// Who it is that presents this: a token or the key of the commands, a session's secret.
    pub fn judge(&self, token: Option<&str>, session: Option<&str>) -> Caller {
        // Where it cannot be read what was read before holds; whoever looks again from time to time tells why.
        let _ = self.look_again();
        if let Some(token) = token {
            return self.judge_token(token);
        }
        let now = self.inner.now();
        let mut kept = self.inner.kept();
        if kept.password.is_none() {
            return Caller::Anybody;
        }
        let Some(secret) = session else { return Caller::Stranger(Presented::Nothing) };
        let digest = Digest::of(secret);
        let found = kept.sessions.iter_mut().find(|session| session.digest.is(&digest));
        let Some(session) = found.filter(|session| session.ends() > now) else {
            return Caller::Stranger(Presented::Session);
        };
        let caller = Caller::Person(session.id.clone());
        if now.0 - session.last_seen.0 >= SEEN_EVERY_SECONDS {
            session.last_seen = now;
            drop(kept);
            self.note_what_was_seen();
        }
        caller
    }

    fn judge_token(&self, token: &str) -> Caller {
        let digest = Digest::of(token);
        if digest.is(&Digest::of(&self.inner.command_key.0)) {
            return Caller::Command;
        }
        let now = self.inner.now();
        let mut kept = self.inner.kept();
        let Some(token) = kept.tokens.iter_mut().find(|token| token.digest.is(&digest)) else {
            return Caller::Stranger(Presented::Token);
        };
        let caller = Caller::Program { token: token.id.clone(), scope: token.scope };
        if token.last_used.is_none_or(|used| now.0 - used.0 >= SEEN_EVERY_SECONDS) {
            token.last_used = Some(now);
            drop(kept);
            self.note_what_was_seen();
        }
        caller
    }

    /// Whether somebody who was let in earlier would still be.
    pub fn still_knows(&self, caller: &Caller) -> bool {
        let (now, kept) = (self.inner.now(), self.inner.kept());
        match caller {
            Caller::Anybody => kept.password.is_none(),
            Caller::Command => true,
            Caller::Person(id) => {
                kept.sessions.iter().any(|session| session.id == *id && session.ends() > now)
            }
            Caller::Program { token: id, .. } => kept.tokens.iter().any(|token| token.id == *id),
            Caller::Stranger(_) => false,
        }
    }

    /// What is noted here is a courtesy: a disk that is full keeps nobody out.
    fn note_what_was_seen(&self) {
        if self.inner.read_of_another.is_some() {
            return;
        }
        let inner = self.inner.clone();
        tokio::task::spawn_blocking(move || {
            let _changing = inner.changing();
            let kept = inner.kept().clone();
            if let Err(error) = kept.write(&inner.path) {
                tracing::warn!(%error, "when sessions and tokens were seen last is not kept");
            }
        });
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

    /// Begins a session with the password.
    pub async fn log_in(
        &self,
        password: SecretText,
        from: IpAddr,
        user_agent: &str,
    ) -> Result<NewSession, AccessError> {
        let Some(held) = self.inner.kept().password.clone() else { return Err(AccessError::NoPassword) };
        self.check_password(held.clone(), password, from).await?;
        let (session, new) = Session::begin(self.inner.now(), user_agent)?;
        self.change(move |kept| {
            if kept.password.as_ref() != Some(&held) {
                return Err(AccessError::Overtaken);
            }
            kept.add_session(session);
            Ok(new)
        })
        .await
    }

    /// Sets, changes or removes the password, which ends all sessions but the one that asks. Whoever sets the first one
    /// from a browser begins a session with it. A command needs no old one: it could as well take the file away.
    pub async fn change_password(
        &self,
        caller: &Caller,
        change: PasswordChange,
        from: IpAddr,
        user_agent: &str,
    ) -> Result<Option<NewSession>, AccessError> {
        self.refuse_of_another()?;
        if change.new.is_none() && self.inner.needs_password {
            return Err(AccessError::Needed);
        }
        let held = self.inner.kept().password.clone();
        if let (Some(held), false) = (&held, *caller == Caller::Command) {
            let current = change.current.ok_or(AccessError::CurrentMissing)?;
            self.check_password(held.clone(), current, from).await?;
        }
        let (fresh, begun) = match change.new {
            Some(new) => {
                let begins = *caller == Caller::Anybody;
                let session = begins.then(|| Session::begin(self.inner.now(), user_agent)).transpose()?;
                (Some(self.inner.hasher.hash(new).await?), session)
            }
            None => (None, None),
        };
        let kept_session = match caller {
            Caller::Person(id) if fresh.is_some() => Some(id.clone()),
            _ => None,
        };
        self.change(move |kept| {
            if kept.password != held {
                return Err(AccessError::Overtaken);
            }
            kept.password = fresh;
            kept.sessions.retain(|session| Some(&session.id) == kept_session.as_ref());
            Ok(begun.map(|(session, new)| {
                kept.add_session(session);
                new
            }))
        })
        .await
    }

    async fn check_password(&self, held: String, given: SecretText, from: IpAddr) -> Result<(), AccessError> {
        let paused =
            |pause| AccessError::Paused { pause, until: EpochSeconds(self.inner.now().0 + seconds(pause)) };
        let now = || self.inner.clock.monotonic();
        self.inner.throttle().begin(from, now()).map_err(paused)?;
        match self.inner.hasher.is(held, given).await {
            Ok(true) => {
                self.inner.throttle().was_right(from);
                Ok(())
            }
            Ok(false) => {
                tracing::warn!(%from, "a wrong password was typed");
                let pause = self.inner.throttle().pause(from, now());
                Err(pause.map_or(AccessError::Wrong, paused))
            }
            Err(error) => {
                self.inner.throttle().take_back(from);
                Err(error)
            }
        }
    }

    pub async fn end_session(&self, id: &str) -> Result<(), AccessError> {
        let id = id.to_owned();
        self.change(move |kept| {
            let place = kept.sessions.iter().position(|session| session.id == id);
            kept.sessions.remove(place.ok_or(AccessError::NoSession)?);
            Ok(())
        })
        .await
    }

    /// All but the one that asks.
    pub async fn end_other_sessions(&self, caller: &Caller) -> Result<(), AccessError> {
        let caller = caller.clone();
        self.change(move |kept| {
            kept.sessions.retain(|session| matches!(&caller, Caller::Person(id) if *id == session.id));
            Ok(())
        })
        .await
    }

    pub async fn add_token(&self, NewToken { name, scope }: NewToken) -> Result<MadeToken, AccessError> {
        self.refuse_of_another()?;
        let secret = format!("{TOKEN_PREFIX}{}", new_secret()?);
        let token = Token {
            id: new_id()?,
            name,
            digest: Digest::of(&secret),
            scope,
            made_at: self.inner.now(),
            last_used: None,
        };
        let made = MadeToken { token: picture_of_token(token.clone()), secret: SecretText(secret) };
        self.change(move |kept| {
            if kept.tokens.iter().any(|other| other.name == token.name) {
                return Err(AccessError::TokenExists(token.name));
            }
            if kept.tokens.len() >= TOKENS_MAX {
                return Err(AccessError::TooManyTokens);
            }
            kept.tokens.push(token);
            Ok(made)
        })
        .await
    }

    pub async fn revoke_token(&self, name: TokenName) -> Result<(), AccessError> {
        self.refuse_of_another()?;
        self.change(move |kept| {
            let place = kept.tokens.iter().position(|token| token.name == name);
            kept.tokens.remove(place.ok_or(AccessError::NoToken(name))?);
            Ok(())
        })
        .await
    }

    fn refuse_of_another(&self) -> Result<(), AccessError> {
        if self.inner.read_of_another.is_some() { Err(AccessError::ReadsOnly) } else { Ok(()) }
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

fn stamp(path: &Path) -> Stamp {
    let about = std::fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

fn picture_of_token(token: Token) -> ApiToken {
    let Token { name, scope, made_at, last_used, .. } = token;
    ApiToken { name, scope, made_at, last_used }
}

fn seconds(duration: std::time::Duration) -> i64 {
    duration.as_millis().div_ceil(1000).try_into().unwrap_or(i64::MAX)
}
