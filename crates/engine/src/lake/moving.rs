//! A lake that lies at another place now, wherever it was and whoever has brought it there. All that was published from
//! here is read at the new place, to the last byte, before the database names it; then it names it for everything in one
//! transaction. So whoever is killed half way reads from the old place or from the new one. Nothing is copied and nothing
//! removed: that is done better by what everybody has for it.

use std::collections::{BTreeMap, BTreeSet};

use lake::{Lake, Partition, Place};
use protocol::{LakeLine, LakeMove, LakeOutcome, LakeTable, StorageDeed, StorageWork};
use store::{ArchivedFile, ExpiryId, LakePartitionOf, LakePartitionRow};

use super::PublishError;
use super::service::{LakeService, PLACE};
use crate::error::EngineError;
use crate::storage::Undertaking;

impl LakeService {
    /// Begins to read at a new place what lay at the old one, and answers how it stands.
    pub async fn move_to(&self, order: LakeMove) -> Result<StorageWork, EngineError> {
        let turn = self.storage.take_turn()?;
        let to = self.usable(&order.to)?;
        let from = self.moved_from(order.from.as_deref(), &to).await?;
        let lake = self.open_existing(to).await?;
        let known = self.store.lake_partitions(Some(&from)).await?;
        let total = known.iter().map(|row| row.published.rows).sum();
        let service = self.clone();
        let work = async move { service.read_and_move(lake, from, known).await };
        self.begin(total);
        Ok(self.storage.carry_out(turn, Undertaking { deed: StorageDeed::MoveLake, total }, work).await)
    }

    /// As it is kept. A place that nothing was published into cannot have been moved.
    async fn moved_from(&self, named: Option<&str>, to: &Place) -> Result<String, EngineError> {
        let rows = self.store.lake_partitions(None).await?;
        let known: BTreeSet<String> = rows.into_iter().map(|row| row.published.place).collect();
        let to = to.to_string();
        let from = match named {
            Some(text) => text.parse::<Place>().map_err(PublishError::from)?.to_string(),
            None => {
                let mut others = known.iter().filter(|place| **place != to);
                match (others.next(), others.next()) {
                    (Some(only), None) => only.clone(),
                    (None, _) => return Err(PublishError::NothingMoved { places: listed(&known) }.into()),
                    _ => return Err(PublishError::SeveralPlaces { places: listed(&known) }.into()),
                }
            }
        };
        if from == to {
            return Err(PublishError::SamePlace { place: to }.into());
        }
        if !known.contains(&from) {
            return Err(PublishError::NothingFrom { place: from, places: listed(&known) }.into());
        }
        Ok(from)
    }

    async fn read_and_move(
        &self,
        lake: Lake,
        from: String,
        known: Vec<LakePartitionRow>,
    ) -> Result<(), EngineError> {
        self.begin_report(StorageDeed::MoveLake, &lake);
        let to = lake.place().to_string();
        self.finish_what_was_cut_off(&lake, &from).await?;
        let there = self.store.lake_partitions(Some(&to)).await?;
        let there: BTreeMap<LakePartitionOf, LakePartitionRow> =
            there.into_iter().map(|row| (row.published.of, row)).collect();
        let archived = self.store.archived(None).await?.into_iter().filter(|of| of.file.place == from);
        let archived: BTreeMap<ExpiryId, ArchivedFile> = archived.map(|of| (of.id, of.file)).collect();
        let mut wrong = Vec::new();
        for row in known {
            // What was published at both is what is known of the new one.
            let row = there.get(&row.published.of).unwrap_or(&row);
            let (of, faults) = self.found_at(&lake, row, &archived).await?;
            wrong.extend(faults.iter().map(|fault| format!("{of}: {fault}")));
            self.tell(match faults.is_empty() {
                true => line(of, LakeOutcome::Whole, "read there, as it was published".to_owned()),
                false => line(of, LakeOutcome::Wrong, faults.join("; ")),
            });
        }
        let count = wrong.len();
        if let Some(first) = wrong.into_iter().next() {
            return Err(PublishError::NotMoved { from, to, count, first }.into());
        }
        self.store.move_lake(&from, &to, self.now(), PLACE).await?;
        Ok(())
    }

    /// What a publication had left at the old place lies at the new one.
    async fn finish_what_was_cut_off(&self, lake: &Lake, from: &str) -> Result<(), EngineError> {
        if !self.under_way().await?.contains(from) {
            return Ok(());
        }
        let owner = self.owner().await?;
        if let Some(first) = self.recover_in(lake, &owner).await?.into_iter().next() {
            return Err(PublishError::Told(first).into());
        }
        self.note_under_way(from, false).await
    }

    /// The name of a partition, and what is wrong with it at this place.
    async fn found_at(
        &self,
        lake: &Lake,
        row: &LakePartitionRow,
        archived: &BTreeMap<ExpiryId, ArchivedFile>,
    ) -> Result<(String, Vec<String>), EngineError> {
        let path = lake::stored_path(&row.published.manifest_path).map_err(PublishError::from)?;
        let Some(partition) = Partition::of_path(&path) else {
            return Ok((path.to_string(), vec!["this is no path of a manifest".to_owned()]));
        };
        let (mut told, mut entries) = (BTreeSet::new(), Vec::new());
        let mut faults = self.verify_partition(lake, &partition, Some(row), &mut told, &mut entries).await?;
        if faults.is_empty()
            && let LakePartitionOf::Expiry(expiry) = row.published.of
            && let Some(file) = archived.get(&expiry)
        {
            let candles = row.published.files.iter().find(|file| file.table == LakeTable::Candles);
            let is_that = candles.is_some_and(|of| (of.bytes, of.sha256) == (file.bytes, file.sha256));
            if !is_that {
                faults.push("its file is another one than the candles were moved into".to_owned());
            }
        }
        Ok((partition.to_string(), faults))
    }
}

fn line(of: String, outcome: LakeOutcome, words: String) -> LakeLine {
    LakeLine { of, outcome, words }
}

fn listed(places: &BTreeSet<String>) -> String {
    if places.is_empty() {
        return "nothing is published from here at all".to_owned();
    }
    let all: Vec<&str> = places.iter().map(String::as_str).collect();
    format!("what is published from here lies in {}", all.join(" and in "))
}
