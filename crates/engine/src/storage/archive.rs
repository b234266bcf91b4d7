//! Moving candles into the lake that has them already, and back: previewed, in short steps through the one writer, under
//! the turn that pruning takes too. Nothing goes before the whole file was read and is the one that was published, and
//! before each series of it was held against what is stored. Cut off anywhere the database is whole, and the same order
//! finishes it.

use std::collections::HashMap;

use export::Sha256;
use market::Underlying;
use protocol::{
    ArchivableExpiry, ArchiveOrder, ArchivePreview, ArchivedLine, LakeTable, NotArchivable, PruneChoice,
    StorageDeed, StorageWork,
};
use ring::digest::{Context, SHA256};
use store::{
    ArchiveError, ArchiveStep, ArchivedFile, ExpiryId, LakePartitionOf, LakePartitionRow, StoreError,
    StoredExpiry, UnderlyingId,
};

use super::service::StorageService;
use super::work::Undertaking;
use crate::error::EngineError;
use crate::lake::PublishError;

/// What an order means here and now.
struct Movable {
    expiries: Vec<(StoredExpiry, ArchivedFile)>,
    preview: ArchivePreview,
}

/// Which of the lakes that have an expiry will have it alone.
enum WantedLake {
    Named(String),
    /// That of the settings, where there are several; it may be none.
    Preferred(String),
}

impl WantedLake {
    fn choose(&self, published: Vec<LakePartitionRow>, stamp: [u8; 32]) -> Result<ArchivedFile, String> {
        let is_wanted = |of: &LakePartitionRow| match self {
            Self::Named(place) => of.published.place == *place,
            Self::Preferred(_) => true,
        };
        let (published, elsewhere): (Vec<_>, Vec<_>) = published.into_iter().partition(is_wanted);
        match (self, published.is_empty(), elsewhere.first()) {
            (Self::Named(place), true, Some(other)) => {
                return Err(format!("it is published into {}, and not into {place}", other.published.place));
            }
            (_, true, _) => return Err("it is not published into a lake: publish it first".to_owned()),
            _ => {}
        }
        let (doubted, whole): (Vec<_>, Vec<_>) =
            published.into_iter().filter(|of| of.published.stamp == stamp).partition(|of| of.is_doubted);
        let mut current: Vec<_> = whole.into_iter().map(|of| of.published).collect();
        if current.len() > 1
            && let Self::Preferred(place) = self
        {
            if !current.iter().any(|of| of.place == *place) {
                let places: Vec<&str> = current.iter().map(|of| of.place.as_str()).collect();
                return Err(format!(
                    "it lies in {}: name the lake that is to have it alone",
                    places.join(" and in ")
                ));
            }
            current.retain(|of| of.place == *place);
        }
        let file = current.into_iter().next().and_then(|published| {
            let file = published.files.into_iter().find(|file| file.table == LakeTable::Candles)?;
            let (place, path) = (published.place, file.path);
            Some(ArchivedFile { place, path, bytes: file.bytes, sha256: file.sha256 })
        });
        let why = match doubted.is_empty() {
            true => "something has come since it was published: publish it again",
            false => "what lies in the lake is not what was published: publish it again",
        };
        file.ok_or_else(|| why.to_owned())
    }
}

impl StorageService {
    /// What would be moved into the lake. Changes nothing.
    pub async fn archive_preview(&self, order: &ArchiveOrder) -> Result<ArchivePreview, EngineError> {
        Ok(self.movable(order).await?.preview)
    }

    /// Begins to move what a preview has counted, and answers how it stands.
    pub async fn archive(&self, order: &ArchiveOrder, token: &str) -> Result<StorageWork, EngineError> {
        let turn = self.take_turn()?;
        let Movable { expiries, preview } = self.movable(order).await?;
        if preview.token != token {
            return Err(EngineError::StalePreview);
        }
        let (service, total, underlying) = (self.clone(), preview.candles, preview.underlying.name);
        let work = async move { service.move_out(&underlying, expiries, total).await };
        Ok(self.carry_out(turn, Undertaking { deed: StorageDeed::Archive, total }, work).await)
    }

    /// Begins to bring back what lies in the lake, and answers how it stands.
    pub async fn unarchive(&self, order: &ArchiveOrder) -> Result<StorageWork, EngineError> {
        let turn = self.take_turn()?;
        let (id, underlying) = self.known(order).await?;
        let mut archived = Vec::new();
        for expiry in self.chosen(id, &underlying, &order.expiries).await? {
            archived.extend(self.store.archived_expiry(expiry.id).await?);
        }
        if archived.is_empty() {
            return Err(EngineError::NothingArchived { underlying: underlying.name });
        }
        let total = archived.iter().map(|expiry| expiry.candles).sum();
        let expiries = archived.into_iter().map(|expiry| expiry.id).collect();
        let service = self.clone();
        let work = async move { service.move_back(expiries, total).await };
        Ok(self.carry_out(turn, Undertaking { deed: StorageDeed::Unarchive, total }, work).await)
    }

    /// The expiries that lie in the lake, newest first.
    pub async fn archived(&self) -> Result<Vec<ArchivedLine>, EngineError> {
        let mut names: HashMap<UnderlyingId, Underlying> = HashMap::new();
        let mut lines = Vec::new();
        for expiry in self.store.archived(None).await? {
            let underlying = match names.get(&expiry.underlying) {
                Some(known) => known.clone(),
                None => self.store.underlying_by_id(expiry.underlying).await?.1,
            };
            names.insert(expiry.underlying, underlying.clone());
            lines.push(ArchivedLine {
                underlying,
                expiry: expiry.date,
                at: expiry.at,
                candles: expiry.candles,
                candles_here: self.store.candles_here(expiry.id).await?,
                file: expiry.file.to_string(),
                file_bytes: expiry.file.bytes,
            });
        }
        Ok(lines)
    }

    async fn known(&self, order: &ArchiveOrder) -> Result<(UnderlyingId, Underlying), EngineError> {
        let known = self.store.underlying(&order.underlying).await?;
        known.ok_or_else(|| EngineError::NothingStored { key: order.underlying.to_string() })
    }

    async fn movable(&self, order: &ArchiveOrder) -> Result<Movable, EngineError> {
        let (id, underlying) = self.known(order).await?;
        let (mut expiries, mut told, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
        let mut all = Context::new(&SHA256);
        let wanted = self.wanted_lake(order).await?;
        for expiry in self.chosen(id, &underlying, &order.expiries).await? {
            let candles = self.store.candles_here(expiry.id).await?;
            if candles == 0 {
                continue;
            }
            match self.file_of(&expiry, &wanted).await? {
                Ok(file) => {
                    all.update(&expiry.id.number().to_le_bytes());
                    all.update(&candles.to_le_bytes());
                    all.update(&file.sha256);
                    all.update(file.place.as_bytes());
                    let (date, file_bytes) = (expiry.date, file.bytes);
                    told.push(ArchivableExpiry { expiry: date, candles, file: file.to_string(), file_bytes });
                    expiries.push((expiry, file));
                }
                Err(why) => left_out.push(NotArchivable { expiry: expiry.date, why }),
            }
        }
        // Whoever names an expiry wants that one.
        let is_named = matches!(order.expiries, PruneChoice::Dates(_));
        if let Some(left) = left_out.first().filter(|_| is_named || expiries.is_empty()) {
            let (date, why) = (left.expiry, left.why.clone());
            return Err(EngineError::NotArchivable { underlying: underlying.name, date, why });
        }
        if expiries.is_empty() {
            return Err(EngineError::NothingToArchive { underlying: underlying.name });
        }
        let candles = told.iter().map(|expiry| expiry.candles).sum();
        let bytes = self.rate().await?.bytes(candles);
        let token = Sha256::of(all).to_string();
        let preview = ArchivePreview { underlying, expiries: told, candles, bytes, left_out, token };
        Ok(Movable { expiries, preview })
    }

    /// Of several lakes that have an expiry.
    async fn wanted_lake(&self, order: &ArchiveOrder) -> Result<WantedLake, EngineError> {
        if let Some(text) = &order.lake {
            let place: lake::Place = text.parse().map_err(PublishError::from)?;
            return Ok(WantedLake::Named(place.to_string()));
        }
        let place = self.store.setting(crate::lake::PLACE).await?.unwrap_or_default();
        Ok(WantedLake::Preferred(place))
    }

    /// The file of the lake that has an expiry as it is stored; else why there is none.
    async fn file_of(
        &self,
        expiry: &StoredExpiry,
        wanted: &WantedLake,
    ) -> Result<Result<ArchivedFile, String>, EngineError> {
        if let Some(archived) = self.store.archived_expiry(expiry.id).await? {
            // Begun, and not ended: into the same file.
            let ArchivedFile { place, .. } = &archived.file;
            return Ok(match wanted {
                WantedLake::Named(other) if other != place => Err(format!(
                    "some of it was moved into {place} already: move the rest there, or bring it back"
                )),
                _ => Ok(archived.file),
            });
        }
        let stamp = self.store.lake_stamp(LakePartitionOf::Expiry(expiry.id)).await?;
        let partitions = self.store.lake_partitions_of_expiry(expiry.id).await?;
        Ok(wanted.choose(partitions, stamp))
    }

    async fn move_out(
        &self,
        underlying: &str,
        expiries: Vec<(StoredExpiry, ArchivedFile)>,
        total: u64,
    ) -> Result<(), EngineError> {
        let moved = self.move_each_out(underlying, expiries, total).await;
        if let Ok(()) | Err(EngineError::Stopped) = moved {
            // It is why they were moved. Who stops that has not stopped the moving.
            match self.give_room_back(|_| {}).await {
                Ok(()) | Err(EngineError::Stopped) => {}
                Err(error) => return Err(error),
            }
        }
        moved
    }

    async fn move_each_out(
        &self,
        underlying: &str,
        expiries: Vec<(StoredExpiry, ArchivedFile)>,
        total: u64,
    ) -> Result<(), EngineError> {
        let (at, mut moved) = (self.now(), 0);
        for (expiry, file) in expiries {
            self.work.go_on()?;
            self.check_file(underlying, &expiry, &file).await?;
            loop {
                self.work.go_on()?;
                match self.store.archive_step(expiry.id, &file, at).await? {
                    ArchiveStep::Moved { candles } => moved += candles,
                    ArchiveStep::Done => break,
                    ArchiveStep::Wanted(wanted) => {
                        return Err(self.wanted(StorageDeed::Archive, wanted).await?);
                    }
                }
                self.work.stands_at(moved, total);
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }

    /// Nothing is moved into a file that is not what was published. Until some of an expiry was moved all of it is here, and
    /// can be published again.
    async fn check_file(
        &self,
        underlying: &str,
        expiry: &StoredExpiry,
        file: &ArchivedFile,
    ) -> Result<(), EngineError> {
        let error = match self.store.check_lake_file(file).await {
            Err(StoreError::Archive(error)) if !self.store.is_archived(expiry.id).await? => error,
            checked => return Ok(checked?),
        };
        let what_to_do = match error {
            ArchiveError::Missing { .. } | ArchiveError::Changed { .. } => {
                "publish it again, and then move it"
            }
            ArchiveError::Unreachable { .. } => "try again",
            // It may be what was published: nobody could look.
            ArchiveError::Unreadable { .. } | ArchiveError::NoLake { .. } => {
                "make it readable from here, and then move it"
            }
        };
        if let ArchiveError::Missing { .. } | ArchiveError::Changed { .. } = error {
            for of in self.store.lake_partitions_of_expiry(expiry.id).await? {
                if of.published.place == file.place {
                    self.store.doubt_lake_partition(of.id).await?;
                }
            }
        }
        Err(EngineError::NotArchivable {
            underlying: underlying.to_owned(),
            date: expiry.date,
            why: format!("{}: {what_to_do}", error.of_file()),
        })
    }

    async fn move_back(&self, expiries: Vec<ExpiryId>, total: u64) -> Result<(), EngineError> {
        let mut moved = 0;
        for expiry in expiries {
            loop {
                self.work.go_on()?;
                match self.store.unarchive_step(expiry).await? {
                    ArchiveStep::Moved { candles } => moved += candles,
                    ArchiveStep::Done => break,
                    ArchiveStep::Wanted(wanted) => {
                        return Err(self.wanted(StorageDeed::Unarchive, wanted).await?);
                    }
                }
                self.work.stands_at(moved, total);
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }
}
