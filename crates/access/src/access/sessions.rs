//! Sessions: how one begins, and how it is ended before its time.

use market::EpochSeconds;
use protocol::SecretText;

use crate::access::Access;
use crate::agent;
use crate::caller::Caller;
use crate::error::AccessError;
use crate::kept::Session;
use crate::secret::{Digest, new_id, new_secret};

/// A session that has just begun.
pub struct NewSession {
    /// For the browser; kept as a hash alone.
    pub secret: SecretText,
}

impl Session {
    /// A session and what its browser keeps.
    pub(super) fn begin(now: EpochSeconds, user_agent: &str) -> Result<(Self, NewSession), AccessError> {
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
}
