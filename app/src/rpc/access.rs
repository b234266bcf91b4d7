//! What the page of who may use this server reads and commands. Passwords travel one way: in; the secret of a new token
//! comes out once.

use leptos::prelude::server;
use protocol::{AccessPicture, MadeToken, NewToken, PasswordChange, TokenName};

#[cfg(feature = "ssr")]
use super::access_desk;
use super::{Answer, Json, Judged};

/// Whether a password is set, which browsers are signed in, which tokens programs have.
#[server(prefix = "/rpc", endpoint = "access", input = Json, output = Json)]
pub async fn access() -> Answer<AccessPicture> {
    Ok(access_desk()?.picture())
}

/// Sets, changes or removes the password.
#[server(prefix = "/rpc", endpoint = "access/password", input = Json, output = Json)]
pub async fn change_password(change: PasswordChange) -> Judged<()> {
    access_desk()?.change_password(change).await
}

/// Ends a session.
#[server(prefix = "/rpc", endpoint = "access/end_session", input = Json, output = Json)]
pub async fn end_session(id: String) -> Judged<()> {
    access_desk()?.end_session(id).await
}

/// Ends all sessions but this one.
#[server(prefix = "/rpc", endpoint = "access/end_others", input = Json, output = Json)]
pub async fn end_other_sessions() -> Judged<()> {
    access_desk()?.end_other_sessions().await
}

/// Makes a token for a program.
#[server(prefix = "/rpc", endpoint = "access/add_token", input = Json, output = Json)]
pub async fn add_token(new: NewToken) -> Judged<MadeToken> {
    access_desk()?.add_token(new).await
}

#[server(prefix = "/rpc", endpoint = "access/revoke_token", input = Json, output = Json)]
pub async fn revoke_token(name: TokenName) -> Judged<()> {
    access_desk()?.revoke_token(name).await
}
