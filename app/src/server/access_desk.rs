//! Who asks, and what may be asked about who may use this server. Provided as context for each call and each document.

use std::net::IpAddr;
use std::sync::Arc;

use access::{Access, AccessError, AccessErrorKind, Caller, NewSession};
use leptos::prelude::use_context;
use protocol::{AccessPicture, MadeToken, NewToken, PasswordChange, TokenName};

use super::call_failed;
use crate::rpc::{Answer, Judged, Problem, ProblemKind};

#[derive(Clone)]
pub struct AccessDesk {
    pub access: Access,
    pub caller: Caller,
    pub address: IpAddr,
    pub user_agent: String,
    /// Lets the browser that asks keep a session that began with its answer.
    pub keep: Arc<dyn Fn(NewSession) + Send + Sync>,
}

/// It is missing only where the executable was wired wrongly.
pub(crate) fn access_desk() -> Answer<AccessDesk> {
    use_context().ok_or_else(|| Problem {
        kind: ProblemKind::Failed,
        sentence: "This server does not know who asks.".to_owned(),
    })
}

impl AccessDesk {
    pub(crate) fn picture(&self) -> AccessPicture {
        self.access.picture(&self.caller)
    }

    pub(crate) async fn change_password(&self, change: PasswordChange) -> Judged<()> {
        let changing = self.access.change_password(&self.caller, change, self.address, &self.user_agent);
        judged(changing.await.map(|begun| begun.into_iter().for_each(|session| (self.keep)(session))))
    }

    pub(crate) async fn end_session(&self, id: String) -> Judged<()> {
        judged(self.access.end_session(&id).await)
    }

    pub(crate) async fn end_other_sessions(&self) -> Judged<()> {
        judged(self.access.end_other_sessions(&self.caller).await)
    }

    pub(crate) async fn add_token(&self, new: NewToken) -> Judged<MadeToken> {
        judged(self.access.add_token(new).await)
    }

    pub(crate) async fn revoke_token(&self, name: TokenName) -> Judged<()> {
        judged(self.access.revoke_token(name).await)
    }
}

/// What a person can put right is an answer.
fn judged<T>(done: Result<T, AccessError>) -> Judged<T> {
    let error = match done {
        Ok(value) => return Ok(Ok(value)),
        Err(error) => error,
    };
    let sentence = crate::format::sentence(&error.to_string());
    if error.kind() == AccessErrorKind::Failed {
        call_failed(500);
        return Err(Problem { kind: ProblemKind::Failed, sentence });
    }
    Ok(Err(Problem { kind: ProblemKind::Refused, sentence }))
}
