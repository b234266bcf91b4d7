//! Verifying a lake: everything in it is read again and held against what its manifest says, each manifest against the
//! index and against what is kept here of what was published from here. The index follows from the manifests, so where it
//! alone is wrong, or cannot be read, it is written anew. Nothing else is changed there: what is wrong is written anew by
//! the next publication, if its rows are stored here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::time::Duration;

use lake::{DataFile, IndexEntry, Lake, Manifest, Partition, ReadManifest};
use protocol::{LakeLine, LakeOutcome, LakeState, LakeTable, StorageDeed};
use store::LakePartitionRow;

use super::PublishError;
use super::file::rows_of;
use super::name::partition_of;
use super::rows::columns;
use super::service::LakeService;
use crate::blocking::on_blocking_thread;
use crate::error::EngineError;

/// How often a partition is looked at that somebody publishes meanwhile.
const LOOKS_MAX: u32 = 3;
/// Between its files and its manifest, which comes last.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// As a person names it.
const INDEX: &str = "the index";

/// The manifest of a partition as it lies there, or why it cannot be read.
type Told = Result<Option<ReadManifest>, String>;

impl LakeService {
    pub(super) async fn verify_all(&self, lake: Lake) -> Result<(), EngineError> {
        self.begin_report(StorageDeed::VerifyLake, &lake);
        let mut wrong: Vec<String> = Vec::new();
        let place = lake.place().to_string();
        let known = self.store.lake_partitions(Some(&place)).await?;
        let mut known: BTreeMap<String, LakePartitionRow> =
            known.into_iter().map(|row| (row.published.manifest_path.clone(), row)).collect();
        let partitions = lake.partitions().await.map_err(PublishError::from)?;
        if partitions.is_empty() && known.is_empty() {
            return Err(PublishError::NothingThere { place }.into());
        }
        let here = self.owner().await?;
        let (mut told, mut entries) = (BTreeSet::new(), Vec::new());
        for partition in &partitions {
            let path = partition.manifest_path().to_string();
            let row = known.remove(&path);
            let faults =
                self.verify_partition(&lake, partition, row.as_ref(), &mut told, &mut entries).await?;
            let is_whole = faults.is_empty();
            match &row {
                Some(row) if is_whole => self.store.put_lake_verified(row.id, self.now()).await?,
                Some(row) => self.store.doubt_lake_partition(row.id).await?,
                None => {}
            }
            wrong.extend(faults.iter().map(|fault| format!("{partition}: {fault}")));
            self.tell(match is_whole {
                true => line(partition, LakeOutcome::Whole, "read again, as it was published".to_owned()),
                false => {
                    let owner = entries.last().filter(|of: &&IndexEntry| of.manifest == path);
                    let owner = owner.map(|of| of.owner.as_str());
                    let words = faults.join("; ") + &remedy(row.as_ref(), owner, &here);
                    line(partition, LakeOutcome::Wrong, words)
                }
            });
        }
        wrong.extend(self.vanished(known).await?);
        for path in lake.data_files().await.map_err(PublishError::from)? {
            if told.contains(&path) {
                continue;
            }
            if let Some(words) = self.verify_stray(&lake, &path).await? {
                wrong.push(format!("{path}: {words}"));
                self.tell(LakeLine { of: path, outcome: LakeOutcome::Wrong, words });
            }
        }
        wrong.extend(self.verify_index(&lake, &entries).await?);
        let count = wrong.len();
        match wrong.into_iter().next() {
            Some(first) => Err(PublishError::SomeWrong { count, first }.into()),
            None => Ok(()),
        }
    }

    /// What was published from here, and has no manifest any more, a sentence each.
    async fn vanished(&self, known: BTreeMap<String, LakePartitionRow>) -> Result<Vec<String>, EngineError> {
        let mut wrong = Vec::new();
        for (manifest, row) in known {
            self.store.doubt_lake_partition(row.id).await?;
            let words = format!("it was published from here, and {manifest} is not there any more");
            let of = match partition_of(&manifest) {
                Some(partition) => partition.to_string(),
                None => row.published.place.clone(),
            };
            wrong.push(format!("{of}: {words}"));
            // What is nobody's any more anybody may publish.
            let words = words + remedy_of_own(row.state);
            self.tell(LakeLine { of, outcome: LakeOutcome::Wrong, words });
        }
        Ok(wrong)
    }

    /// What is wrong with a partition, a sentence each. Nothing is called wrong while somebody publishes it: then file and
    /// manifest are looked at anew.
    pub(super) async fn verify_partition(
        &self,
        lake: &Lake,
        partition: &Partition,
        row: Option<&LakePartitionRow>,
        told: &mut BTreeSet<String>,
        entries: &mut Vec<IndexEntry>,
    ) -> Result<Vec<String>, EngineError> {
        let mut manifest = told_of(lake, partition).await?;
        let mut faults = self.faults_of(lake, &manifest, row).await?;
        for _ in 1..LOOKS_MAX {
            if faults.is_empty() {
                break;
            }
            let claim = lake.claimed_by(partition).await.map_err(PublishError::from)?;
            if claim.is_some() {
                self.wait(LOOK_AGAIN_AFTER).await;
            }
            let now = told_of(lake, partition).await?;
            if claim.is_none() && now == manifest {
                break;
            }
            manifest = now;
            faults = self.faults_of(lake, &manifest, row).await?;
        }
        if let Some(last) = faults.last_mut()
            && let Some(owner) = lake.claimed_by(partition).await.map_err(PublishError::from)?
        {
            last.push_str(&format!(". {}", is_published_by(&owner)));
        }
        match &manifest {
            Ok(Some(read)) => {
                entries.push(IndexEntry::of(read, partition));
                told.extend(read.manifest.files.iter().map(|file| file.path.clone()));
            }
            Ok(None) => {}
            // So that its files are not called nobody's.
            Err(_) => {
                told.extend(partition.tables().iter().map(|table| partition.data_path(*table).to_string()));
            }
        }
        Ok(faults)
    }

    async fn faults_of(
        &self,
        lake: &Lake,
        manifest: &Told,
        row: Option<&LakePartitionRow>,
    ) -> Result<Vec<String>, EngineError> {
        let read = match manifest {
            Ok(Some(read)) => read,
            Ok(None) => return Ok(vec!["its manifest is not there any more".to_owned()]),
            Err(why) => return Ok(vec![why.clone()]),
        };
        let mut faults = Vec::new();
        if row.is_some_and(|row| row.published.manifest_sha256 != read.sha256.bytes()) {
            faults.push(
                "its manifest is not the one that is known here: somebody changed it, or published it anew"
                    .to_owned(),
            );
        }
        faults.extend(contradictions(read));
        for file in &read.manifest.files {
            faults.extend(self.verify_file(lake, file).await?);
        }
        Ok(faults)
    }

    /// The first thing that is wrong with what a manifest tells of, every byte of it read.
    pub(super) async fn damage_of(
        &self,
        lake: &Lake,
        read: &ReadManifest,
    ) -> Result<Option<String>, EngineError> {
        if let Some(fault) = contradictions(read).into_iter().next() {
            return Ok(Some(fault));
        }
        for file in &read.manifest.files {
            if let Some(fault) = self.fault_of(lake, file).await? {
                return Ok(Some(fault));
            }
        }
        Ok(None)
    }

    /// What is wrong with a file that no manifest told of. `None`: one does by now.
    async fn verify_stray(&self, lake: &Lake, path: &str) -> Result<Option<String>, EngineError> {
        let words =
            "it lies where engines read, and no manifest tells of it: its rows count beside the others";
        let mut published = String::new();
        for _ in 0..LOOKS_MAX {
            // Before the manifest, because a claim goes after it has come.
            let claim = match Partition::of_data_file(path) {
                Some(partition) => lake.claimed_by(&partition).await.map_err(PublishError::from)?,
                None => None,
            };
            if lake.is_told_of(path).await.map_err(PublishError::from)? {
                return Ok(None);
            }
            let Some(owner) = claim else { return Ok(Some(words.to_owned())) };
            published = is_published_by(&owner);
            self.wait(LOOK_AGAIN_AFTER).await;
        }
        Ok(Some(format!("{words}. {published}")))
    }

    async fn verify_file(&self, lake: &Lake, file: &DataFile) -> Result<Option<String>, EngineError> {
        let fault = self.fault_of(lake, file).await?;
        self.go_on(if is_main(file.table) { file.rows } else { 0 })?;
        Ok(fault)
    }

    async fn fault_of(&self, lake: &Lake, file: &DataFile) -> Result<Option<String>, EngineError> {
        self.go_on(0)?;
        let path = lake::stored_path(&file.path).map_err(PublishError::from)?;
        let fetched = lake.fetch(&path, self.spool()).await.map_err(PublishError::from)?;
        let fault = wrong_length(&path, file, fetched.as_ref().map(|fetched| fetched.bytes));
        let (Some(fetched), None) = (fetched, &fault) else { return Ok(fault) };
        if fetched.sha256 != file.sha256 {
            return Ok(Some(format!("{path} holds other bytes than were published")));
        }
        let columns = columns(file.table);
        Ok(match on_blocking_thread(move || rows_of(fetched.file, columns)).await? {
            Err(error) => Some(format!("{path} cannot be read: {error}")),
            Ok(read) if read.rows != file.rows => {
                Some(format!("{path} has {} rows, and its manifest says {}", read.rows, file.rows))
            }
            Ok(read) if read.row_sha256 != file.row_sha256 => {
                Some(format!("{path} has other rows than its manifest says"))
            }
            Ok(_) => None,
        })
    }

    /// Where the index is not what the manifests say it is mended.
    async fn verify_index(&self, lake: &Lake, entries: &[IndexEntry]) -> Result<Vec<String>, EngineError> {
        let owner = self.owner().await?;
        let renewed = self.renew_index(lake, &owner, LakeOutcome::Wrong).await?;
        let is_mended = lake.mend_index(&owner, entries).await.map_err(PublishError::from)?;
        if renewed.is_some() || !is_mended {
            return Ok(renewed.into_iter().collect());
        }
        let words = "it did not say what the manifests say, and is written anew".to_owned();
        let wrong = format!("{INDEX}: {words}");
        self.tell(LakeLine { of: INDEX.to_owned(), outcome: LakeOutcome::Wrong, words });
        Ok(vec![wrong])
    }

    /// An index that cannot be read is made anew from the manifests, and that is told: here, and in the sentence that comes
    /// back.
    pub(super) async fn renew_index(
        &self,
        lake: &Lake,
        owner: &str,
        outcome: LakeOutcome,
    ) -> Result<Option<String>, EngineError> {
        let Some(why) = lake.renew_index(owner).await.map_err(PublishError::from)? else { return Ok(None) };
        let words = format!("it could not be read ({why}), and is made anew from the manifests");
        let told = format!("{INDEX}: {words}");
        self.tell(LakeLine { of: INDEX.to_owned(), outcome, words });
        Ok(Some(told))
    }
}

async fn told_of(lake: &Lake, partition: &Partition) -> Result<Told, EngineError> {
    match lake.manifest(partition).await {
        Ok(read) => Ok(Ok(read)),
        Err(error) if error.is_of_store() => Err(PublishError::from(error).into()),
        Err(error) => Ok(Err(error.to_string())),
    }
}

/// What is wrong with a file as far as its length tells, which is `None` where there is none.
pub(super) fn wrong_length(path: &impl Display, file: &DataFile, there: Option<u64>) -> Option<String> {
    match there {
        None => Some(format!("{path} is not there any more")),
        Some(bytes) if bytes != file.bytes => {
            Some(format!("{path} is {bytes} bytes long, and was {}", file.bytes))
        }
        Some(_) => None,
    }
}

/// What mends a partition, which somebody else has to do where it is theirs, or nothing is known of it here. `told` is its
/// owner by a manifest that can be read.
fn remedy(row: Option<&LakePartitionRow>, told: Option<&str>, here: &str) -> String {
    let Some(row) = row else { return String::new() };
    match told.or(row.published.owner.as_deref()) {
        Some(owner) if owner != here && row.state == LakeState::Published => {
            format!(". {owner} publishes it: it is mended by publishing there")
        }
        None if row.state == LakeState::Published => {
            ". Whose it is cannot be read any more: where it is nobody else's, remove its manifest and publish it again"
                .to_owned()
        }
        _ => remedy_of_own(row.state).to_owned(),
    }
}

fn remedy_of_own(state: LakeState) -> &'static str {
    match state {
        LakeState::Published => ". Publish it again: its rows are here, and it is written anew",
        LakeState::Archived => ". Its candles lie there alone: put back what was published",
    }
}

fn is_published_by(owner: &str) -> String {
    format!(
        "{owner} publishes it just now, or was cut off in it and finishes it at its next start: verify it again then"
    )
}

fn is_main(table: LakeTable) -> bool {
    matches!(table, LakeTable::Candles | LakeTable::Spot)
}

/// What a manifest says of the whole must be what it says of its files.
fn contradictions(read: &ReadManifest) -> Vec<String> {
    let Manifest { rows, bytes, row_sha256, files, version, restatements, .. } = &read.manifest;
    let mut found = Vec::new();
    let main = files.iter().find(|file| is_main(file.table));
    if main.is_none_or(|main| main.rows != *rows || main.row_sha256 != *row_sha256) {
        found.push("its manifest contradicts itself in the rows".to_owned());
    }
    if files.iter().map(|file| file.bytes).sum::<u64>() != *bytes {
        found.push("its manifest contradicts itself in the bytes".to_owned());
    }
    // Where a manifest was lost they begin with the one that says so; from there on none is missing.
    let is_count_right = restatements.is_empty() == (*version == 1) && restatements.len() < *version as usize;
    let mut newest_first = restatements.iter().rev().zip((2..=*version).rev());
    if !is_count_right || newest_first.any(|(restated, version)| restated.version != version) {
        found.push("its manifest contradicts itself in the restatements".to_owned());
    }
    found
}

fn line(partition: &Partition, outcome: LakeOutcome, words: String) -> LakeLine {
    LakeLine { of: partition.to_string(), outcome, words }
}
