//! Signing in, and the settings of a person.

use engine::{ExposeSecret, SecretString};
use protocol::{AppPicture, NewApp, SettingChanges, SettingsPicture, SignInPicture};
use serde_json::{Value, json};

use super::Desk;
use crate::commands::waiting::telling;
use crate::http::DialogDocument;

impl Desk {
    pub async fn session(&self) -> anyhow::Result<Value> {
        match self {
            Self::Here(engine) => Ok(serde_json::to_value(engine.session().picture())?),
            Self::Owner(owner) => owner.get("session", &[]).await,
        }
    }

    /// Keeps a token. What could not be made sure of.
    pub async fn sign_in(&self, token: &str) -> anyhow::Result<Option<String>> {
        match self {
            Self::Here(engine) => {
                Ok(telling(engine, engine.session().sign_in(SecretString::from(token))).await?)
            }
            Self::Owner(owner) => {
                let answer: Value = owner.post("session", json!({ "token": token.trim() })).await?;
                Ok(answer["remark"].as_str().map(str::to_owned))
            }
        }
    }

    pub async fn put_app(&self, new: &NewApp) -> anyhow::Result<AppPicture> {
        match self {
            Self::Here(engine) => Ok(engine.session().put_app(new.clone()).await?),
            Self::Owner(owner) => owner.put("session/app", serde_json::to_value(new)?).await,
        }
    }

    pub async fn sign_in_picture(&self) -> anyhow::Result<SignInPicture> {
        match self {
            Self::Here(engine) => Ok(engine.session().sign_in_picture().await?),
            Self::Owner(owner) => owner.get("session/dialog", &[]).await,
        }
    }

    /// Why the sign-in of this `state` was not finished, and how often somebody has signed in.
    pub async fn sign_in_of(&self, state: &str) -> anyhow::Result<(Option<String>, u64)> {
        let picture: SignInPicture = match self {
            Self::Here(engine) => {
                let picture = engine.session().sign_in_picture().await?;
                SignInPicture { refused: engine.session().refusal_of(state), ..picture }
            }
            Self::Owner(owner) => owner.get("session/dialog", &[("of", state)]).await?,
        };
        Ok((picture.refused, picture.sign_ins))
    }

    /// The address of the dialog of Upstox.
    pub async fn begin_sign_in(&self) -> anyhow::Result<String> {
        match self {
            Self::Here(engine) => Ok(engine.session().begin("", "/").await?),
            Self::Owner(owner) => {
                let dialog: DialogDocument = owner.post("session/dialog", json!({})).await?;
                Ok(dialog.address)
            }
        }
    }

    pub async fn come_back_at(&self, address: SecretString) -> anyhow::Result<()> {
        match self {
            Self::Here(engine) => Ok(engine.session().come_back_at(&address).await?),
            Self::Owner(owner) => {
                let body = json!({ "address": address.expose_secret() });
                owner.post::<Value>("session/dialog/return", body).await?;
                Ok(())
            }
        }
    }

    pub async fn settings(&self) -> anyhow::Result<SettingsPicture> {
        match self {
            Self::Here(engine) => Ok(engine.preferences().picture()),
            Self::Owner(owner) => owner.get("settings", &[]).await,
        }
    }

    pub async fn change_settings(&self, changes: SettingChanges) -> anyhow::Result<SettingsPicture> {
        match self {
            Self::Here(engine) => Ok(engine.preferences().change(&changes).await?),
            Self::Owner(owner) => owner.patch("settings", serde_json::to_value(changes)?).await,
        }
    }
}
