//! Signing in and out from a page. A token travels one way: in.

use leptos::prelude::server;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::engine;
use super::{Answer, Json};

/// How a sign-in ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignInOutcome {
    SignedIn {
        /// What could not be made sure of.
        remark: Option<String>,
    },
    /// The token is none, or Upstox does not take it.
    Refused { sentence: String },
}

/// Keeps a bearer token after asking Upstox whose it is.
#[server(prefix = "/rpc", endpoint = "session/sign_in", input = Json, output = Json)]
pub async fn sign_in(token: String) -> Answer<SignInOutcome> {
    use crate::format::sentence;
    use engine::ErrorKind::{Refused, SignIn};

    match engine()?.session().sign_in(token.into()).await {
        Ok(remark) => Ok(SignInOutcome::SignedIn { remark: remark.as_deref().map(sentence) }),
        Err(error) if matches!(error.kind(), Refused | SignIn) => {
            Ok(SignInOutcome::Refused { sentence: sentence(&error.chain()) })
        }
        Err(error) => Err(error.into()),
    }
}

/// Forgets the token. Jobs wait for the next sign-in.
#[server(prefix = "/rpc", endpoint = "session/sign_out", input = Json, output = Json)]
pub async fn sign_out() -> Answer<()> {
    Ok(engine()?.session().sign_out().await?)
}
