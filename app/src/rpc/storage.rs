//! What the page of the storage reads and commands: figures, backups, compacting, pruning, the lake.

use leptos::prelude::server;
use market::InstrumentKey;
use protocol::{
    BackupPicture, BackupRule, BackupsPicture, PruneOrder, PrunePreview, StoragePicture, StorageWork,
};
use serde::{Deserialize, Serialize};

use super::{Answer, Json, Judged};
#[cfg(feature = "ssr")]
use super::{engine, judged};
use crate::drawn::Lake;

/// All that the page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoragePage {
    pub storage: StoragePicture,
    pub backups: BackupsPicture,
    pub work: StorageWork,
    /// What the lake has alone.
    pub archived: Vec<crate::drawn::ArchivedRow>,
    pub lake: Lake,
}

/// With the expiries of an underlying where one is named.
#[server(prefix = "/rpc", endpoint = "storage", input = Json, output = Json)]
pub async fn storage(underlying: Option<InstrumentKey>) -> Answer<StoragePage> {
    let engine = engine()?;
    Ok(StoragePage {
        storage: engine.storage().picture(underlying.as_ref()).await?,
        backups: engine.backups().list().await?,
        work: engine.storage().work().await?,
        archived: crate::server::drawing::archive::rows(engine.storage().archived().await?),
        lake: crate::server::drawing::lake(engine.lake().picture().await?),
    })
}

/// What is under way.
#[server(prefix = "/rpc", endpoint = "storage/work", input = Json, output = Json)]
pub async fn work() -> Answer<StorageWork> {
    Ok(engine()?.storage().work().await?)
}

/// Makes a backup, and answers when it is whole.
#[server(prefix = "/rpc", endpoint = "storage/back_up", input = Json, output = Json)]
pub async fn back_up() -> Judged<BackupPicture> {
    judged(engine()?.backups().make().await)
}

#[server(prefix = "/rpc", endpoint = "storage/change_rule", input = Json, output = Json)]
pub async fn change_rule(seen: Option<BackupRule>, rule: Option<BackupRule>) -> Judged<BackupsPicture> {
    judged(engine()?.backups().change_rule(seen, rule).await)
}

#[server(prefix = "/rpc", endpoint = "storage/compact", input = Json, output = Json)]
pub async fn compact() -> Judged<StorageWork> {
    judged(engine()?.storage().compact().await)
}

#[server(prefix = "/rpc", endpoint = "storage/preview", input = Json, output = Json)]
pub async fn preview(order: PruneOrder) -> Judged<PrunePreview> {
    judged(engine()?.storage().prune_preview(&order).await)
}

#[server(prefix = "/rpc", endpoint = "storage/prune", input = Json, output = Json)]
pub async fn prune(order: PruneOrder, token: String) -> Judged<StorageWork> {
    judged(engine()?.storage().prune(&order, &token).await)
}

/// Stops compacting or pruning after its present step.
#[server(prefix = "/rpc", endpoint = "storage/stop", input = Json, output = Json)]
pub async fn stop() -> Answer<StorageWork> {
    Ok(engine()?.storage().stop().await?)
}

/// Publishes all complete expiries of an underlying into a lake.
#[server(prefix = "/rpc", endpoint = "storage/publish", input = Json, output = Json)]
pub async fn publish(underlying: InstrumentKey, place: String, volatility: bool) -> Judged<StorageWork> {
    let order = protocol::LakeOrder {
        underlying,
        expiries: protocol::LakeChoice::Complete,
        to: Some(place),
        days: protocol::HistoricalDays::default(),
        volatility,
        why: None,
    };
    judged(engine()?.lake().publish(order).await)
}

/// Reads again what lies in a lake.
#[server(prefix = "/rpc", endpoint = "storage/verify_lake", input = Json, output = Json)]
pub async fn verify_lake(place: String) -> Judged<StorageWork> {
    judged(engine()?.lake().verify(Some(place)).await)
}

/// Reads at a new place what was published into a lake, and from then on there.
#[server(prefix = "/rpc", endpoint = "storage/move_lake", input = Json, output = Json)]
pub async fn move_lake(from: String, to: String) -> Judged<StorageWork> {
    judged(engine()?.lake().move_to(protocol::LakeMove { from: Some(from), to }).await)
}

/// Makes this the lake of the settings; nothing: none.
#[server(prefix = "/rpc", endpoint = "storage/put_lake", input = Json, output = Json)]
pub async fn put_lake(place: String) -> Judged<()> {
    let place = Some(place).filter(|place| !place.trim().is_empty());
    judged(engine()?.lake().put_place(protocol::LakePlace { place }).await.map(drop))
}
