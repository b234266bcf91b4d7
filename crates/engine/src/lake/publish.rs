//! Publishing one partition: what is there already with the same rows stays, somebody else's with others is refused, and
//! everything else is written, read back and made visible as a whole, then kept in one row of the database. What was
//! damaged since it was published is not there already: it is written anew.

use export::Sha256;
use lake::{Draft, Lake, LakeError, Manifest, Partition, ReadManifest};
use protocol::{LakeLine, LakeOrder, LakeOutcome, LakeTable};
use store::{LakePartitionOf, LakePartitionRow};

use super::PublishError;
use super::file::{self, Counted, NewTable, Sink};
use super::manifest::{Written, row_of};
use super::name::longer_name;
use super::replaced::Replaced;
use super::rows::{Extent, Rows, columns};
use super::service::LakeService;
use super::target::Target;
use super::verify::wrong_length;
use crate::error::EngineError;

/// How often it is begun anew because something came while it was written.
const TRIES_MAX: u32 = 3;

/// A publication of many partitions.
pub(super) struct Publishing<'a> {
    pub service: &'a LakeService,
    pub lake: &'a Lake,
    pub owner: String,
    pub order: &'a LakeOrder,
    pub place: String,
}

/// Where a partition lies or is to lie.
struct Settled {
    target: Target,
    current: Option<ReadManifest>,
    /// Why what lies there is not what was published.
    damage: Option<String>,
}

/// What is stored of a partition, as it would lie in the lake.
struct Stored {
    candles: Counted,
    listed: Option<Counted>,
}

impl Publishing<'_> {
    pub(super) async fn publish(&self, target: &Target) -> Result<LakeLine, EngineError> {
        for _ in 0..TRIES_MAX {
            if let Some(line) = self.try_to_publish(target).await? {
                return Ok(line);
            }
        }
        Err(PublishError::Changing { partition: target.partition.to_string() }.into())
    }

    /// `None`: something came meanwhile, and nothing is published.
    async fn try_to_publish(&self, target: &Target) -> Result<Option<LakeLine>, EngineError> {
        let store = &self.service.store;
        let stamp = store.lake_stamp(target.of).await?;
        let known = store.lake_partition(&self.place, target.of).await?;
        let Settled { target, current, mut damage } = self.settled(target, known.as_ref()).await?;
        let path = target.partition.manifest_path();
        let known = known.filter(|known| known.published.manifest_path == path.as_ref());
        if let (Some(known), Some(current)) = (&known, &current)
            && known.published.stamp == stamp
            && !known.is_doubted
            && known.published.manifest_sha256 == current.sha256.bytes()
            && self.has_all(current)
            && self.missing_file(current).await?.is_none()
        {
            return Ok(Some(line(&target, LakeOutcome::Unchanged, same_words(current))));
        }
        let replaced = match (&current, &known) {
            (Some(current), _) => Some(Replaced::told(current)),
            (None, Some(known)) if self.is_own(known, &target.partition) => Some(Replaced::lost(known)),
            (None, _) => None,
        };
        if let Some(current) = &current {
            let stored = self.count(&target).await?;
            let is_ours = current.manifest.owner.id == self.owner;
            if is_same(current, &stored) {
                damage = self.service.damage_of(self.lake, current).await?;
                match &damage {
                    Some(damage) if !is_ours => {
                        return Err(self.others_damage(&target, current, damage).into());
                    }
                    None if !is_ours || self.has_all(current) => {
                        return self.adopt(&target, known, current, stamp).await.map(Some);
                    }
                    _ => {}
                }
            } else if !is_ours {
                return Err(self.other_rows(&target, current).into());
            }
        }
        let written = self.write(&target, replaced.as_ref(), stamp).await?;
        Ok(written.map(|line| match damage {
            Some(damage) => LakeLine { words: format!("{}, because {damage}", line.words), ..line },
            None => line,
        }))
    }

    /// Where it lies or is to lie, with what is there: what another key has at a path stays that key's.
    async fn settled(
        &self,
        target: &Target,
        known: Option<&LakePartitionRow>,
    ) -> Result<Settled, EngineError> {
        let (symbol, key) = (&target.underlying.symbol, &target.underlying.key);
        let longer = Partition { underlying: longer_name(symbol, key), ..target.partition.clone() };
        for partition in [&target.partition, &longer] {
            let target = Target { partition: partition.clone(), ..target.clone() };
            let is_own = known.is_some_and(|known| self.is_own(known, partition));
            match self.lake.manifest(partition).await {
                // What was published from here, and cannot be read any more, is nobody else's.
                Err(error @ LakeError::Unreadable { .. }) if is_own => {
                    return Ok(Settled { target, current: None, damage: Some(error.to_string()) });
                }
                Err(error) => return Err(PublishError::from(error).into()),
                Ok(Some(there)) if there.manifest.instrument_key != *key => {}
                Ok(current) => return Ok(Settled { target, current, damage: None }),
            }
        }
        Err(PublishError::OtherKey { partition: longer.to_string(), key: key.to_string() }.into())
    }

    /// Whether it is known that a partition was published from here, and not only found to be the same: a row that an earlier
    /// version kept does not say it.
    fn is_own(&self, known: &LakePartitionRow, partition: &Partition) -> bool {
        let path = partition.manifest_path();
        known.published.manifest_path == path.as_ref() && known.published.owner.as_ref() == Some(&self.owner)
    }

    /// A file that is not there, or not as long as it was. Cheap enough for what is published again and again: that every
    /// byte is as it was is for `verify` to say, after which nothing counts as unchanged that was not.
    async fn missing_file(&self, current: &ReadManifest) -> Result<Option<String>, EngineError> {
        for file in &current.manifest.files {
            let path = lake::stored_path(&file.path).map_err(PublishError::from)?;
            let there = self.lake.length(&path).await.map_err(PublishError::from)?;
            if let Some(fault) = wrong_length(&path, file, there) {
                return Ok(Some(fault));
            }
        }
        Ok(None)
    }

    /// Whether all files that are wished for are there.
    fn has_all(&self, current: &ReadManifest) -> bool {
        let wants_twin = self.order.volatility && current.manifest.expiry.is_some();
        !wants_twin || current.manifest.file(LakeTable::Volatility).is_some()
    }

    async fn count(&self, target: &Target) -> Result<Stored, EngineError> {
        let rows = Rows::read(&self.service.store, target).await?;
        let table = main_table(target);
        let mut extent = Extent::default();
        let candles = file::count(columns(table), async |sink: Sink| {
            rows.candles(&sink, &mut extent, |_| self.service.go_on(0)).await
        })
        .await?;
        let listed = match target.of {
            LakePartitionOf::Expiry(_) => Some(
                file::count(columns(LakeTable::Contracts), async |sink: Sink| rows.listed(&sink).await)
                    .await?,
            ),
            LakePartitionOf::Month(..) => None,
        };
        Ok(Stored { candles, listed })
    }

    /// What lies there has these rows: it is kept here that it does.
    async fn adopt(
        &self,
        target: &Target,
        known: Option<LakePartitionRow>,
        current: &ReadManifest,
        stamp: [u8; 32],
    ) -> Result<LakeLine, EngineError> {
        self.service.go_on(target.candles)?;
        let is_kept = |known: &LakePartitionRow| {
            known.published.manifest_sha256 == current.sha256.bytes() && known.published.owner.is_some()
        };
        match known.filter(is_kept) {
            Some(known) => self.service.store.put_lake_stamp(known.id, stamp).await?,
            None => self.keep(target, current, stamp).await?,
        }
        let words = if current.manifest.owner.id == self.owner {
            same_words(current)
        } else {
            format!("{}, published by {}", same_words(current), current.manifest.owner.id)
        };
        Ok(line(target, LakeOutcome::Unchanged, words))
    }

    fn others_damage(&self, target: &Target, current: &ReadManifest, damage: &str) -> PublishError {
        PublishError::OthersDamage {
            partition: target.partition.to_string(),
            owner: current.manifest.owner.id.clone(),
            damage: damage.to_owned(),
        }
    }

    fn other_rows(&self, target: &Target, current: &ReadManifest) -> PublishError {
        let manifest = format!("{}/{}", self.place, target.partition.manifest_path());
        PublishError::OtherRows {
            partition: target.partition.to_string(),
            owner: current.manifest.owner.id.clone(),
            theirs: format!("{manifest} (SHA-256 {})", current.sha256),
            ours: format!("the one of {}", self.owner),
        }
    }

    async fn write(
        &self,
        target: &Target,
        replaced: Option<&Replaced<'_>>,
        stamp: [u8; 32],
    ) -> Result<Option<LakeLine>, EngineError> {
        let draft =
            Draft::begin(self.lake, &self.owner, &target.partition).await.map_err(PublishError::from)?;
        let written = self.write_into(&draft, target, replaced, stamp).await;
        // What cannot be removed now is removed by the next publication, or at the next start.
        if !matches!(written, Ok(Some(_))) {
            let _ = draft.give_up().await;
        }
        written
    }

    async fn write_into(
        &self,
        draft: &Draft,
        target: &Target,
        replaced: Option<&Replaced<'_>>,
        stamp: [u8; 32],
    ) -> Result<Option<LakeLine>, EngineError> {
        let store = &self.service.store;
        let rows = Rows::read(store, target).await?;
        let spool = self.service.spool();
        let table = main_table(target);
        let mut extent = Extent::default();
        let metadata = self.metadata(target);
        let mut files = vec![
            file::write(
                self.lake,
                draft,
                NewTable::of(table, metadata.clone()),
                spool,
                async |sink: Sink| {
                    rows.candles(&sink, &mut extent, |candles| self.service.go_on(candles)).await
                },
            )
            .await?,
        ];
        let candles = files[0].counted;
        if let LakePartitionOf::Expiry(_) = target.of {
            let table = NewTable::of(LakeTable::Contracts, metadata.clone());
            let written =
                file::write(self.lake, draft, table, spool, async |sink: Sink| rows.listed(&sink).await);
            files.push(written.await?);
        }
        let had_twin = replaced.is_some_and(|replaced| replaced.has(LakeTable::Volatility));
        let mut volatility = None;
        if target.expiry.is_some() && (self.order.volatility || had_twin) {
            let twin = self.service.twins().await?;
            let mut metadata = metadata;
            metadata.extend([
                ("volatility_rate".to_owned(), twin.rule.rate.to_string()),
                ("volatility_rule".to_owned(), twin.rule.rule.clone()),
            ]);
            let table = NewTable::of(LakeTable::Volatility, metadata);
            let written = file::write(self.lake, draft, table, spool, async |sink: Sink| {
                rows.candles_with(&twin, &sink, || self.service.go_on(0)).await
            });
            files.push(written.await?);
            volatility = Some(twin.rule);
        }
        if store.lake_stamp(target.of).await? != stamp {
            return Ok(None);
        }
        let restated = match replaced {
            Some(replaced) if !replaced.is_kept_by(&files) => {
                Some(self.restatement(draft, target, replaced, rows.contracts()).await?)
            }
            _ => None,
        };
        let outcome = if restated.is_some() { LakeOutcome::Restated } else { LakeOutcome::Published };
        let written = Written { files, candles, contracts: rows.contracts(), extent, volatility };
        let manifest = self.manifest(target, replaced, restated, written).await?;
        let current = replaced.and_then(|replaced| replaced.read);
        let there = draft.publish(&manifest, current).await.map_err(PublishError::from)?;
        self.keep(target, &there, stamp).await?;
        Ok(Some(line(target, outcome, published_words(&there.manifest))))
    }

    async fn keep(&self, target: &Target, there: &ReadManifest, stamp: [u8; 32]) -> Result<(), EngineError> {
        let new = row_of(
            &self.place,
            target.of,
            target.partition.manifest_path().as_ref(),
            there,
            stamp,
            self.service.now(),
        );
        self.service.store.keep_publication(new).await?;
        Ok(())
    }
}

pub(super) fn main_table(target: &Target) -> LakeTable {
    if target.expiry.is_some() { LakeTable::Candles } else { LakeTable::Spot }
}

fn hash_in(current: &ReadManifest, table: LakeTable) -> Option<Sha256> {
    current.manifest.file(table).map(|file| file.row_sha256)
}

fn is_same(current: &ReadManifest, stored: &Stored) -> bool {
    let listed = stored.listed.map(|listed| listed.row_sha256);
    current.manifest.row_sha256 == stored.candles.row_sha256
        && hash_in(current, LakeTable::Contracts) == listed
}

fn line(target: &Target, outcome: LakeOutcome, words: String) -> LakeLine {
    LakeLine { of: target.partition.to_string(), outcome, words }
}

fn same_words(current: &ReadManifest) -> String {
    // In IST, to the minute.
    let at: String = current.manifest.published_at.replacen('T', " ", 1).chars().take(16).collect();
    format!("{} candles, as published {at}", current.manifest.rows)
}

fn published_words(manifest: &Manifest) -> String {
    let Manifest { rows, contracts, bytes, version, .. } = manifest;
    let each = if *rows > 0 { *bytes as f64 / *rows as f64 } else { 0.0 };
    let restated = manifest.restatements.last().filter(|last| last.version == *version);
    let restated = restated.map_or_else(String::new, |last| format!("; version {version}: {}", last.why));
    format!(
        "{rows} candles of {contracts} contracts, {:.1} MB ({each:.1} bytes a candle){restated}",
        *bytes as f64 / 1e6
    )
}
