//! The password: a session begins with it, and whoever types it wrong too often has to pause. Setting, changing and removing
//! it ends the sessions of everybody else.

use std::net::IpAddr;

use market::EpochSeconds;
use protocol::{PasswordChange, SecretText};

use crate::access::{Access, NewSession};
use crate::caller::Caller;
use crate::error::AccessError;
use crate::kept::Session;

impl Access {
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
}

fn seconds(duration: std::time::Duration) -> i64 {
    duration.as_millis().div_ceil(1000).try_into().unwrap_or(i64::MAX)
}
