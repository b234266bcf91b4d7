//! What was published from here, told for pages, REST and command line.

use std::collections::HashMap;

use export::Sha256;
use market::Underlying;
use protocol::{LakeFile, LakePartition};
use store::{LakePartitionOf, LakePartitionRow, Store, UnderlyingId};

use crate::error::EngineError;

pub(super) async fn partitions(store: &Store) -> Result<Vec<LakePartition>, EngineError> {
    let mut underlyings: HashMap<UnderlyingId, Underlying> = HashMap::new();
    let mut all = Vec::new();
    for row in store.lake_partitions(None).await? {
        if let std::collections::hash_map::Entry::Vacant(place) = underlyings.entry(row.underlying) {
            place.insert(store.underlying_by_id(row.underlying).await?.1);
        }
        let Some(underlying) = underlyings.get(&row.underlying) else { continue };
        all.push(partition(store, underlying.clone(), row).await?);
    }
    Ok(all)
}

async fn partition(
    store: &Store,
    underlying: Underlying,
    row: LakePartitionRow,
) -> Result<LakePartition, EngineError> {
    let LakePartitionRow { state, verified_at, is_doubted, published: of, .. } = row;
    let (expiry, month) = match of.of {
        LakePartitionOf::Expiry(id) => (Some(store.expiry_by_id(id).await?.1.date), None),
        LakePartitionOf::Month(_, month) => (None, Some(month)),
    };
    let is_outdated = state == protocol::LakeState::Published && store.lake_stamp(of.of).await? != of.stamp;
    let text = |hash: [u8; 32]| Sha256::from_bytes(hash).to_string();
    Ok(LakePartition {
        place: of.place,
        underlying,
        expiry,
        month,
        state,
        version: of.version,
        rows: of.rows,
        contracts: of.contracts,
        bytes: of.files.iter().map(|file| file.bytes).sum(),
        manifest: of.manifest_path,
        manifest_sha256: text(of.manifest_sha256),
        row_sha256: text(of.row_hash),
        published_at: of.published_at,
        verified_at,
        is_outdated,
        is_doubted,
        files: of
            .files
            .into_iter()
            .map(|file| LakeFile {
                table: file.table,
                path: file.path,
                rows: file.rows,
                bytes: file.bytes,
                sha256: text(file.sha256),
            })
            .collect(),
    })
}
