//! Moving candles into the lake and back, where the desk is: here or at the server that owns the data.

use market::UnderlyingName;
use protocol::{ArchiveOrder, ArchivePreview, StorageWork};

use super::Desk;
use crate::http::ArchiveDocument;

impl Desk {
    pub async fn archive_preview(
        &self,
        order: &ArchiveOrder<UnderlyingName>,
    ) -> anyhow::Result<ArchivePreview> {
        match self {
            Self::Here(engine) => {
                let key = engine.coverage().find(&order.underlying).await?;
                Ok(engine.storage().archive_preview(&order.clone().of(key)).await?)
            }
            Self::Owner(owner) => owner.post("lake/prune/preview", serde_json::to_value(order)?).await,
        }
    }

    pub async fn archive(
        &self,
        order: ArchiveOrder<UnderlyingName>,
        token: String,
    ) -> anyhow::Result<StorageWork> {
        match self {
            Self::Here(engine) => {
                let key = engine.coverage().find(&order.underlying).await?;
                Ok(engine.storage().archive(&order.of(key), &token).await?)
            }
            Self::Owner(owner) => {
                owner.post("lake/prune", serde_json::to_value(ArchiveDocument { order, token })?).await
            }
        }
    }

    pub async fn unarchive(&self, order: ArchiveOrder<UnderlyingName>) -> anyhow::Result<StorageWork> {
        match self {
            Self::Here(engine) => {
                let key = engine.coverage().find(&order.underlying).await?;
                Ok(engine.storage().unarchive(&order.of(key)).await?)
            }
            Self::Owner(owner) => owner.post("lake/unarchive", serde_json::to_value(order)?).await,
        }
    }
}
