//! Where the commands about passwords and tokens are carried out: at the server that owns the data directory, else on
//! the file itself, with the directory taken meanwhile. No database is opened for it.

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use access::{Access, Caller};
use engine::{EngineError, OwnerLock, SystemClock};
use protocol::{AccessPicture, MadeToken, NewToken, PasswordChange, TokenName};

use super::owner_of;
use crate::owner_client::OwnerClient;

pub enum AccessDesk {
    /// Nobody else writes the file while the lock is held.
    Here(Access, OwnerLock),
    Owner(OwnerClient),
}

impl AccessDesk {
    pub fn open(data_dir: &Path) -> anyhow::Result<Self> {
        match OwnerLock::take(data_dir).map_err(EngineError::from) {
            Ok(lock) => Ok(Self::Here(Access::open(data_dir, Arc::new(SystemClock::new()), false)?, lock)),
            Err(error) => match owner_of(&error, data_dir) {
                Some((server, market)) => Ok(Self::Owner(OwnerClient::new(server, market)?)),
                None => Err(error.into()),
            },
        }
    }

    pub async fn picture(self) -> anyhow::Result<AccessPicture> {
        match self {
            Self::Here(access, _lock) => Ok(access.picture(&Caller::Command)),
            Self::Owner(owner) => owner.get("access", &[]).await,
        }
    }

    pub async fn change_password(self, change: PasswordChange) -> anyhow::Result<AccessPicture> {
        match self {
            Self::Here(access, _lock) => {
                let here = Ipv4Addr::LOCALHOST.into();
                access.change_password(&Caller::Command, change, here, "").await?;
                Ok(access.picture(&Caller::Command))
            }
            Self::Owner(owner) => owner.put("access/password", serde_json::to_value(change)?).await,
        }
    }

    pub async fn add_token(self, new: NewToken) -> anyhow::Result<MadeToken> {
        match self {
            Self::Here(access, _lock) => Ok(access.add_token(new).await?),
            Self::Owner(owner) => owner.post("access/tokens", serde_json::to_value(new)?).await,
        }
    }

    pub async fn revoke_token(self, name: &TokenName) -> anyhow::Result<()> {
        match self {
            Self::Here(access, _lock) => Ok(access.revoke_token(name.clone()).await?),
            Self::Owner(owner) => owner.delete(&format!("access/tokens/{name}")).await,
        }
    }
}
