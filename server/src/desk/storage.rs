//! Backups, and the room that the data take.

use market::UnderlyingName;
use protocol::{
    BackupPicture, BackupRule, BackupsPicture, PruneOrder, PrunePreview, StoragePicture, StorageWork,
};
use serde_json::json;

use super::{Desk, here};
use crate::http::PruneDocument;

impl Desk {
    pub async fn backups(self) -> anyhow::Result<BackupsPicture> {
        match self {
            Self::Here(engine) => here(&engine, engine.backups().list()).await,
            Self::Owner(owner) => owner.get("backups", &[]).await,
        }
    }

    /// Makes a backup in the data directory.
    pub async fn make_backup(self) -> anyhow::Result<BackupPicture> {
        match self {
            Self::Here(engine) => here(&engine, engine.backups().make()).await,
            Self::Owner(owner) => owner.post_and_wait("backups", json!({})).await,
        }
    }

    /// Backups are made by this rule from now on, or by none.
    pub async fn put_backup_rule(self, rule: Option<BackupRule>) -> anyhow::Result<BackupsPicture> {
        match (self, rule) {
            (Self::Here(engine), rule) => here(&engine, engine.backups().put_rule(rule)).await,
            (Self::Owner(owner), Some(rule)) => owner.put("backups/rule", serde_json::to_value(rule)?).await,
            (Self::Owner(owner), None) => owner.delete("backups/rule").await,
        }
    }

    pub async fn storage(self, underlying: Option<&UnderlyingName>) -> anyhow::Result<StoragePicture> {
        match self {
            Self::Here(engine) => {
                let picture = async {
                    let key = match underlying {
                        Some(name) => Some(engine.coverage().find(name).await?),
                        None => None,
                    };
                    engine.storage().picture(key.as_ref()).await
                };
                here(&engine, picture).await
            }
            Self::Owner(owner) => {
                let name = underlying.map(ToString::to_string);
                let query: Vec<_> = name.iter().map(|name| ("underlying", name.as_str())).collect();
                owner.get("storage", &query).await
            }
        }
    }

    /// What is under way in the storage.
    pub async fn storage_work(&self) -> anyhow::Result<StorageWork> {
        match self {
            Self::Here(engine) => Ok(engine.storage().work().await?),
            Self::Owner(owner) => owner.get("storage/work", &[]).await,
        }
    }

    pub async fn stop_storage(&self) -> anyhow::Result<StorageWork> {
        match self {
            Self::Here(engine) => Ok(engine.storage().stop().await?),
            Self::Owner(owner) => owner.delete("storage/work").await,
        }
    }

    pub async fn compact(&self) -> anyhow::Result<StorageWork> {
        match self {
            Self::Here(engine) => Ok(engine.storage().compact().await?),
            Self::Owner(owner) => owner.post("storage/compact", json!({})).await,
        }
    }

    pub async fn prune_preview(&self, order: &PruneOrder<UnderlyingName>) -> anyhow::Result<PrunePreview> {
        match self {
            Self::Here(engine) => {
                let key = engine.coverage().find(&order.underlying).await?;
                Ok(engine.storage().prune_preview(&order.clone().of(key)).await?)
            }
            Self::Owner(owner) => owner.post("storage/prune/preview", serde_json::to_value(order)?).await,
        }
    }

    pub async fn prune(
        &self,
        order: PruneOrder<UnderlyingName>,
        token: String,
    ) -> anyhow::Result<StorageWork> {
        match self {
            Self::Here(engine) => {
                let key = engine.coverage().find(&order.underlying).await?;
                Ok(engine.storage().prune(&order.of(key), &token).await?)
            }
            Self::Owner(owner) => {
                owner.post("storage/prune", serde_json::to_value(PruneDocument { order, token })?).await
            }
        }
    }
}
