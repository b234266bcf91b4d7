//! Who it is that asks: by a token, by a session, or by nothing; and whether somebody who was let in would still be.

use crate::access::Access;
use crate::caller::{Caller, Presented};
use crate::secret::Digest;

/// What was seen is noted to the minute, so that not every request writes a file.
const SEEN_EVERY_SECONDS: i64 = 60;

impl Access {
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
}
