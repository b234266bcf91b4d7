//! What a publication says of a partition: the metadata of its files, its manifest with what it rests on and what it restates,
//! and the row that the database keeps of it.

use lake::{
    Changed, Coverage, DataFile, Draft, LAYOUT, Manifest, Owner, ReadManifest, Restatement, VolatilityRule,
};
use market::EpochSeconds;
use protocol::LakeTable;
use store::{LakeFileRow, LakePartitionOf, NewLakePartition};

use super::PublishError;
use super::file::{Counted, WrittenFile};
use super::publish::{Publishing, main_table};
use super::replaced::Replaced;
use super::restated;
use super::rows::{Extent, columns};
use super::target::Target;
use crate::blocking::on_blocking_thread;
use crate::error::EngineError;
use crate::final_days::wanted_range;

/// What was written of a partition.
pub(super) struct Written {
    pub files: Vec<WrittenFile>,
    pub candles: Counted,
    pub contracts: u64,
    pub extent: Extent,
    pub volatility: Option<VolatilityRule>,
}

impl Publishing<'_> {
    /// Said in each file of itself.
    pub(super) fn metadata(&self, target: &Target) -> Vec<(String, String)> {
        [
            ("source", self.service.source.kind().as_str().to_owned()),
            ("partition", target.partition.to_string()),
            ("instrument_key", target.underlying.key.to_string()),
            ("layout", LAYOUT.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    pub(super) async fn restatement(
        &self,
        draft: &Draft,
        target: &Target,
        before: &Replaced<'_>,
        contracts: u64,
    ) -> Result<Restatement, EngineError> {
        let table = main_table(target);
        let changed = match before.has(table) {
            true => self.changed(draft, target, table).await?,
            false => None,
        };
        let remarks = self.service.store.lake_remarks(target.of).await?;
        let asked = self.order.why.clone();
        let why = match before.read {
            Some(read) => asked.unwrap_or_else(|| {
                let revised_since = remarks.revised.saturating_sub(read.manifest.revised_rows);
                restated::why(changed, revised_since, (before.contracts, contracts))
            }),
            // Whatever else somebody says.
            None => {
                let lost = restated::lost(before.version);
                asked.map_or_else(|| lost.clone(), |asked| format!("{lost}; {asked}"))
            }
        };
        Ok(Restatement {
            version: before.version + 1,
            at: self.service.now().to_rfc3339(),
            why,
            changed,
            rows_before: before.rows,
            contracts_before: before.contracts,
            row_sha256_before: before.row_sha256,
            superseded: self.superseded(target, before).await?,
        })
    }

    /// Where each file of it that is there will lie: what somebody took away lies nowhere.
    async fn superseded(&self, target: &Target, before: &Replaced<'_>) -> Result<Vec<String>, EngineError> {
        let partition = &target.partition;
        let tables = before.tables().map(|table| (partition.data_path(table), format!("{table}.parquet")));
        let manifest = (partition.manifest_path(), "manifest.json".to_owned());
        let files: Vec<_> = tables.chain([manifest]).collect();
        let mut superseded = Vec::new();
        for (path, file) in files {
            if self.lake.length(&path).await.map_err(PublishError::from)?.is_some() {
                let kept = partition.superseded_path(before.version, &before.manifest_sha256, &file);
                superseded.push(kept.to_string());
            }
        }
        Ok(superseded)
    }

    /// `None`: what lies there cannot be read any more.
    async fn changed(
        &self,
        draft: &Draft,
        target: &Target,
        table: LakeTable,
    ) -> Result<Option<Changed>, EngineError> {
        let spool = self.service.spool();
        let before = self.lake.fetch(&target.partition.data_path(table), spool).await;
        let after = self.lake.fetch(&draft.path(table), spool).await.map_err(PublishError::from)?;
        let (Ok(Some(before)), Some(after)) = (before, after) else { return Ok(None) };
        let read = on_blocking_thread(move || restated::changed(before.file, after.file, &columns(table)));
        Ok(read.await?.ok())
    }

    pub(super) async fn manifest(
        &self,
        target: &Target,
        before: Option<&Replaced<'_>>,
        restated: Option<Restatement>,
        Written { files, candles, contracts, extent, volatility }: Written,
    ) -> Result<Manifest, EngineError> {
        let remarks = self.service.store.lake_remarks(target.of).await?;
        let (expiry, month) = (
            target.expiry,
            match target.partition.span {
                lake::Span::Month(month) => Some(month.to_string()),
                lake::Span::Expiry(_) => None,
            },
        );
        let version = match (&restated, before) {
            (Some(restated), _) => restated.version,
            (None, before) => before.map_or(1, |before| before.version),
        };
        let mut restatements = before.map(|before| before.restatements()).unwrap_or_default();
        restatements.extend(restated);
        let utc = |at: EpochSeconds| at.to_rfc3339();
        Ok(Manifest {
            layout: LAYOUT,
            program: concat!("ExpiryTrack ", env!("CARGO_PKG_VERSION")).to_owned(),
            source: self.service.source.kind().as_str().to_owned(),
            owner: Owner { id: self.owner.clone() },
            exchange: target.partition.exchange.clone(),
            underlying: target.partition.underlying.clone(),
            instrument_key: target.underlying.key.clone(),
            expiry,
            month,
            version,
            published_at: self.service.now().to_rfc3339(),
            rows: candles.rows,
            contracts,
            first_time: extent.first.map(utc),
            last_time: extent.last.map(utc),
            bytes: files.iter().map(|file| file.bytes).sum(),
            row_sha256: candles.row_sha256,
            files: files.iter().map(|file| data_file(target, file)).collect(),
            coverage: self.coverage(target).await?,
            quarantined_rows: remarks.quarantined,
            revised_rows: remarks.revised,
            volatility,
            restatements,
        })
    }

    async fn coverage(&self, target: &Target) -> Result<Coverage, EngineError> {
        let Some(expiry) = target.expiry else {
            let LakePartitionOf::Month(_, month) = target.of else { return Ok(Coverage::default()) };
            let days =
                u64::from(month.last_of_month().date().format("%d").to_string().parse().unwrap_or(0_u32));
            let days = [("answered".to_owned(), days)].into();
            return Ok(Coverage { first_day: Some(month), last_day: Some(month.last_of_month()), days });
        };
        let (key, days) = (&target.underlying.key, self.order.days);
        let told = self.service.coverage.of_expiry(key, expiry, market::Interval::Minute1, days).await?;
        let mut all = protocol::DayCounts::default();
        told.contracts.iter().for_each(|contract| all.join(&contract.days));
        let word = |state: protocol::DayState| match serde_json::to_value(state) {
            Ok(serde_json::Value::String(word)) => word,
            // Its words are texts.
            _ => state.words().to_owned(),
        };
        let range = wanted_range(expiry, days);
        Ok(Coverage {
            first_day: Some(range.from()),
            last_day: Some(range.to()),
            days: all.0.into_iter().map(|(state, days)| (word(state), days)).collect(),
        })
    }
}

/// A partition as the database keeps it.
pub(super) fn row_of(
    place: &str,
    of: LakePartitionOf,
    manifest_path: &str,
    there: &ReadManifest,
    stamp: [u8; 32],
    now: EpochSeconds,
) -> NewLakePartition {
    let Manifest { version, owner, rows, contracts, row_sha256, files, published_at, .. } = &there.manifest;
    NewLakePartition {
        place: place.to_owned(),
        of,
        manifest_path: manifest_path.to_owned(),
        manifest_sha256: there.sha256.bytes(),
        owner: Some(owner.id.clone()),
        version: *version,
        rows: *rows,
        contracts: *contracts,
        row_hash: row_sha256.bytes(),
        published_at: EpochSeconds::parse_rfc3339(published_at).unwrap_or(now),
        stamp,
        files: files
            .iter()
            .map(|file| LakeFileRow {
                path: file.path.clone(),
                table: file.table,
                rows: file.rows,
                bytes: file.bytes,
                sha256: file.sha256.bytes(),
                row_hash: file.row_sha256.bytes(),
            })
            .collect(),
    }
}

fn data_file(target: &Target, file: &WrittenFile) -> DataFile {
    DataFile {
        table: file.table,
        path: target.partition.data_path(file.table).to_string(),
        rows: file.counted.rows,
        bytes: file.bytes,
        sha256: file.sha256,
        row_sha256: file.counted.row_sha256,
    }
}
