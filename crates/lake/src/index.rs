//! The list of what is published: read by whoever wants to know what there is, without reading each manifest. It follows
//! from the manifests, which alone are believed; `verify` holds it against them, and mends it where it says something else.
//! One that is gone or cannot be read keeps nobody out: it is made anew from them.
//!
//! Several publishers change it. In a folder they take turns by a lock of the operating system; in a bucket a change is
//! put only where nobody was faster, and tried again else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::time::Duration;

use export::Sha256;
use market::Day;
use object_store::{PutMode, UpdateVersion};
use serde::{Deserialize, Serialize};

use crate::error::{LakeError, Result};
use crate::lake::Lake;
use crate::layout::{Partition, index_path, stored_path};
use crate::manifest::{LAYOUT, Manifest, ReadManifest, check_layout};

/// An index that is longer is none of ours: about 400 bytes a partition.
const INDEX_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// How often a change is tried when somebody else was faster.
const TRIES_MAX: u32 = 20;
/// Manifests that are read while nobody else may change the index.
const MENDED_AT_ONCE: usize = 50;
const LOCK_FILE: &str = "manifest/.index.lock";
/// Whoever has the turn has it for the length of a small file.
const LOCK_WAIT: Duration = Duration::from_secs(10);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Index {
    pub layout: u32,
    /// Whose data all partitions are.
    pub source: String,
    /// In the order of their manifests' paths.
    pub partitions: Vec<IndexEntry>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IndexEntry {
    pub manifest: String,
    pub manifest_sha256: Sha256,
    pub exchange: String,
    pub underlying: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry: Option<Day>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<String>,
    pub version: u32,
    pub rows: u64,
    pub contracts: u64,
    pub bytes: u64,
    pub owner: String,
    pub published_at: String,
}

impl IndexEntry {
    pub fn of(read: &ReadManifest, partition: &Partition) -> Self {
        let Manifest { exchange, underlying, expiry, month, version, rows, contracts, bytes, .. } =
            read.manifest.clone();
        Self {
            manifest: partition.manifest_path().to_string(),
            manifest_sha256: read.sha256,
            exchange,
            underlying,
            expiry,
            month,
            version,
            rows,
            contracts,
            bytes,
            owner: read.manifest.owner.id.clone(),
            published_at: read.manifest.published_at.clone(),
        }
    }
}

/// What lies where the index belongs.
pub(crate) enum Found {
    Nothing,
    Read(Index, UpdateVersion),
    Unreadable { why: String, version: UpdateVersion },
}

/// What the index is to say.
enum Change<'a> {
    Put(IndexEntry),
    /// Of these manifests what they say at that moment.
    LookAgain(&'a [&'a str]),
}

impl Index {
    pub(crate) fn new(source: &str) -> Self {
        Self { layout: LAYOUT, source: source.to_owned(), partitions: Vec::new() }
    }

    fn put(&mut self, entry: IndexEntry) {
        match self.partitions.binary_search_by(|known| known.manifest.cmp(&entry.manifest)) {
            Ok(place) => self.partitions[place] = entry,
            Err(place) => self.partitions.insert(place, entry),
        }
    }

    fn remove(&mut self, manifest: &str) {
        self.partitions.retain(|known| known.manifest != manifest);
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes =
            serde_json::to_vec_pretty(self).map_err(|error| LakeError::unreadable("the index", error))?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

impl Lake {
    /// What is published here; `None`: nothing yet, or nobody can read what was said of it.
    pub async fn index(&self) -> Result<Option<Index>> {
        Ok(match self.find_index().await? {
            Found::Read(index, _) => Some(index),
            Found::Nothing | Found::Unreadable { .. } => None,
        })
    }

    pub(crate) async fn find_index(&self) -> Result<Found> {
        let path = index_path();
        let (bytes, version) = match self.read_small(&path, INDEX_BYTES_MAX).await {
            Ok(Some(read)) => read,
            Ok(None) => return Ok(Found::Nothing),
            Err(LakeError::Unreadable { why, .. }) => {
                return Ok(Found::Unreadable { why, version: self.version(&path).await? });
            }
            Err(error) => return Err(error),
        };
        check_layout(&bytes, &self.place().to_string())?;
        Ok(match serde_json::from_slice::<Index>(&bytes) {
            Ok(mut index) => {
                // Whoever wrote it.
                index.partitions.sort_by(|one, other| one.manifest.cmp(&other.manifest));
                Found::Read(index, version)
            }
            Err(error) => Found::Unreadable { why: error.to_string(), version },
        })
    }

    /// Makes an index that cannot be read anew from the manifests, and says why it could not be read.
    pub async fn renew_index(&self, owner: &str) -> Result<Option<String>> {
        let Found::Unreadable { why, .. } = self.find_index().await? else { return Ok(None) };
        self.change_index(owner, &Change::LookAgain(&[])).await?;
        Ok(Some(why))
    }

    /// Makes the entry of a partition what its manifest is.
    pub(crate) async fn put_into_index(&self, owner: &str, entry: IndexEntry) -> Result<()> {
        self.change_index(owner, &Change::Put(entry)).await.map(drop)
    }

    /// Holds the index against what manifests were found to say, and mends it where it says something else. Whether it had
    /// to be. Others publish meanwhile, so what differs is looked for again while nobody else changes the index.
    pub async fn mend_index(&self, owner: &str, found: &[IndexEntry]) -> Result<bool> {
        let index = self.index().await?.unwrap_or_else(|| Index::new(self.source()));
        let (found, there) = (by_manifest(found), by_manifest(&index.partitions));
        let doubtful = found.keys().chain(there.keys()).filter(|path| found.get(*path) != there.get(*path));
        let doubtful: Vec<&str> = doubtful.copied().collect::<BTreeSet<_>>().into_iter().collect();
        let mut is_mended = false;
        for some in doubtful.chunks(MENDED_AT_ONCE) {
            is_mended |= self.change_index(owner, &Change::LookAgain(some)).await?;
        }
        Ok(is_mended)
    }

    /// `None`: it is like that already.
    async fn changed(&self, before: Option<Index>, change: &Change<'_>) -> Result<Option<Index>> {
        let mut index = match &before {
            Some(before) => before.clone(),
            None => self.index_of_manifests().await?,
        };
        match change {
            Change::Put(entry) => index.put(entry.clone()),
            Change::LookAgain(manifests) => self.look_again(&mut index, manifests).await?,
        }
        Ok((before.as_ref() != Some(&index)).then_some(index))
    }

    /// All of it in one turn, however long that takes: it happens once in the life of a lake, or never.
    async fn index_of_manifests(&self) -> Result<Index> {
        let mut index = Index::new(self.source());
        let partitions = self.partitions().await?;
        let paths: Vec<_> = partitions.iter().map(|of| of.manifest_path().to_string()).collect();
        let paths: Vec<_> = paths.iter().map(String::as_str).collect();
        self.look_again(&mut index, &paths).await?;
        Ok(index)
    }

    async fn look_again(&self, index: &mut Index, manifests: &[&str]) -> Result<()> {
        for path in manifests {
            let Some(partition) = stored_path(path).ok().and_then(|path| Partition::of_path(&path)) else {
                index.remove(path);
                continue;
            };
            match self.manifest(&partition).await {
                Ok(Some(read)) => index.put(IndexEntry::of(&read, &partition)),
                Ok(None) => index.remove(path),
                Err(error) if error.is_of_store() => return Err(error),
                // What it says nobody knows, so what was said of it stays. Whoever verifies has told of it.
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Changes the index as it is now, while nobody else does. Whether there was anything to change.
    async fn change_index(&self, owner: &str, change: &Change<'_>) -> Result<bool> {
        let _turn = match self.folder() {
            Some(folder) => Some(turn(folder).await?),
            None => None,
        };
        for _ in 0..TRIES_MAX {
            let (before, mode) = match self.find_index().await? {
                Found::Read(index, version) => (Some(index), PutMode::Update(version)),
                Found::Unreadable { version, .. } => (None, PutMode::Update(version)),
                Found::Nothing => (None, PutMode::Create),
            };
            let Some(index) = self.changed(before, change).await? else { return Ok(false) };
            if self.folder().is_some() {
                self.replace(owner, &index_path(), index.to_bytes()?).await?;
                return Ok(true);
            }
            let put = self.objects().put_opts(&index_path(), index.to_bytes()?.into(), mode.into()).await;
            match put {
                Ok(_) => return Ok(true),
                Err(object_store::Error::Precondition { .. } | object_store::Error::AlreadyExists { .. }) => {
                }
                Err(error) => return Err(self.lost("written", &index_path(), error)),
            }
        }
        Err(LakeError::Crowded { place: self.place().to_string() })
    }
}

fn by_manifest(entries: &[IndexEntry]) -> BTreeMap<&str, &IndexEntry> {
    entries.iter().map(|entry| (entry.manifest.as_str(), entry)).collect()
}

/// Held until it is dropped, and by nobody who has ended.
async fn turn(folder: &std::path::Path) -> Result<File> {
    let path = folder.join(LOCK_FILE);
    let failed = |source| LakeError::Folder { path: path.clone(), source };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    let crowded = || LakeError::Crowded { place: folder.display().to_string() };
    let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file));
    match tokio::time::timeout(LOCK_WAIT, locked).await {
        Ok(Ok(locked)) => locked.map_err(failed),
        // The thread lets go of it as soon as it has it.
        Ok(Err(_)) | Err(_) => Err(crowded()),
    }
}
