//! What a publication takes the place of: as its manifest tells it, and where that is lost as it is known here.

use export::Sha256;
use lake::{ReadManifest, Restatement};
use protocol::LakeTable;
use store::LakePartitionRow;

use super::file::WrittenFile;

pub(super) struct Replaced<'a> {
    /// `None`: it is lost, and with it what it told of earlier versions.
    pub read: Option<&'a ReadManifest>,
    pub version: u32,
    pub rows: u64,
    pub contracts: u64,
    pub row_sha256: Sha256,
    pub manifest_sha256: Sha256,
    /// Each with the hash over its rows.
    files: Vec<(LakeTable, Sha256)>,
}

impl<'a> Replaced<'a> {
    pub(super) fn told(read: &'a ReadManifest) -> Self {
        let of = &read.manifest;
        Self {
            read: Some(read),
            version: of.version,
            rows: of.rows,
            contracts: of.contracts,
            row_sha256: of.row_sha256,
            manifest_sha256: read.sha256,
            files: of.files.iter().map(|file| (file.table, file.row_sha256)).collect(),
        }
    }

    /// As it was when it was published from here.
    pub(super) fn lost(known: &LakePartitionRow) -> Self {
        let of = &known.published;
        Self {
            read: None,
            version: of.version,
            rows: of.rows,
            contracts: of.contracts,
            row_sha256: Sha256::from_bytes(of.row_hash),
            manifest_sha256: Sha256::from_bytes(of.manifest_sha256),
            files: of.files.iter().map(|file| (file.table, Sha256::from_bytes(file.row_hash))).collect(),
        }
    }

    pub(super) fn tables(&self) -> impl Iterator<Item = LakeTable> {
        self.files.iter().map(|(table, _)| *table)
    }

    pub(super) fn has(&self, table: LakeTable) -> bool {
        self.tables().any(|of| of == table)
    }

    /// Oldest first, as far as they are known.
    pub(super) fn restatements(&self) -> Vec<Restatement> {
        self.read.map(|read| read.manifest.restatements.clone()).unwrap_or_default()
    }

    /// Whether nothing is restated by these: they have the same rows, whatever file comes to them. Where the manifest of a
    /// later version is lost, that what it told is lost too is restated.
    pub(super) fn is_kept_by(&self, files: &[WrittenFile]) -> bool {
        let is_kept = |table: LakeTable| {
            let before = self.files.iter().find(|(of, _)| *of == table).map(|(_, row_sha256)| *row_sha256);
            let written = files.iter().find(|file| file.table == table).map(|file| file.counted.row_sha256);
            before == written
        };
        let tells_all = self.read.is_some() || self.version == 1;
        tells_all && [LakeTable::Candles, LakeTable::Contracts, LakeTable::Spot].into_iter().all(is_kept)
    }
}
