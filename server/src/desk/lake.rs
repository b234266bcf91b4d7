//! Publishing into the lake, and verifying what is published.

use market::UnderlyingName;
use protocol::{LakeMove, LakeOrder, LakePicture, LakePlace, StorageWork};

use super::Desk;

impl Desk {
    /// What is published where.
    pub async fn lake(&self) -> anyhow::Result<LakePicture> {
        match self {
            Self::Here(engine) => Ok(engine.lake().picture().await?),
            Self::Owner(owner) => owner.get("lake", &[]).await,
        }
    }

    /// The lake of the settings.
    pub async fn lake_place(&self) -> anyhow::Result<LakePlace> {
        match self {
            Self::Here(engine) => Ok(engine.lake().place().await?),
            Self::Owner(owner) => owner.get("lake/place", &[]).await,
        }
    }

    pub async fn put_lake_place(&self, place: LakePlace) -> anyhow::Result<LakePlace> {
        match self {
            Self::Here(engine) => Ok(engine.lake().put_place(place).await?),
            Self::Owner(owner) => owner.put("lake/place", serde_json::to_value(place)?).await,
        }
    }

    pub async fn lake_publish(&self, order: LakeOrder<UnderlyingName>) -> anyhow::Result<StorageWork> {
        match self {
            Self::Here(engine) => {
                let key = engine.coverage().find(&order.underlying).await?;
                Ok(engine.lake().publish(order.of(key)).await?)
            }
            Self::Owner(owner) => owner.post("lake/publish", serde_json::to_value(order)?).await,
        }
    }

    pub async fn lake_verify(&self, place: LakePlace) -> anyhow::Result<StorageWork> {
        match self {
            Self::Here(engine) => Ok(engine.lake().verify(place.place).await?),
            Self::Owner(owner) => owner.post("lake/verify", serde_json::to_value(place)?).await,
        }
    }

    pub async fn lake_move(&self, order: LakeMove) -> anyhow::Result<StorageWork> {
        match self {
            Self::Here(engine) => Ok(engine.lake().move_to(order).await?),
            Self::Owner(owner) => owner.post("lake/move", serde_json::to_value(order)?).await,
        }
    }
}
