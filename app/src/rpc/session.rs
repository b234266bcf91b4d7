//! Signing in and out from a page. A token travels one way: in.

use leptos::prelude::server;
use protocol::{AppPicture, AppTest, NewApp, SignInPicture};
use serde::{Deserialize, Serialize};

use super::{Answer, Json, Judged};
#[cfg(feature = "ssr")]
use super::{engine, judged};

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

/// Forgets the token, here and at Upstox. What comes back says that Upstox could not be told.
#[server(prefix = "/rpc", endpoint = "session/sign_out", input = Json, output = Json)]
pub async fn sign_out() -> Answer<Option<String>> {
    let remark = engine()?.session().sign_out().await?;
    Ok(remark.as_deref().map(crate::format::sentence))
}

/// The app at Upstox, and why the last sign-in through the dialog was not finished.
#[server(prefix = "/rpc", endpoint = "session/sign_in_page", input = Json, output = Json)]
pub async fn sign_in_page() -> Answer<SignInPicture> {
    Ok(engine()?.session().sign_in_picture().await?)
}

#[server(prefix = "/rpc", endpoint = "session/put_app", input = Json, output = Json)]
pub async fn put_app(new: NewApp) -> Judged<AppPicture> {
    judged(engine()?.session().put_app(new).await)
}

#[server(prefix = "/rpc", endpoint = "session/forget_app", input = Json, output = Json)]
pub async fn forget_app() -> Answer<AppPicture> {
    Ok(engine()?.session().forget_app().await?)
}

/// Tests the app as far as it can be without a person.
#[server(prefix = "/rpc", endpoint = "session/test_app", input = Json, output = Json)]
pub async fn test_app() -> Judged<AppTest> {
    judged(engine()?.session().test_app().await)
}

/// Ends a sign-in by the address that a browser ended at.
#[server(prefix = "/rpc", endpoint = "session/come_back", input = Json, output = Json)]
pub async fn come_back(address: String) -> Judged<()> {
    judged(engine()?.session().come_back_at(&address.into()).await)
}
