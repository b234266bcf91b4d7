//! A partition on its way into the lake.
//!
//! Its files are written where no engine looks, under the name of whoever writes them, and are read back there. Then a
//! `pending.json` is put beside them, the manifest that is to be: from that moment on the publication happens, and if it is
//! cut off its owner finishes it at the next start. Before it, whatever lies there is thrown away. Files that are replaced
//! are kept under `superseded` first; then each new one takes its place, contracts before candles, the manifest last.

use bytes::Bytes;
use export::Sha256;
use object_store::path::Path;
use object_store::{ObjectStoreExt, PutPayload, WriteMultipart};
use protocol::LakeTable;

use crate::error::{LakeError, Result};
use crate::index::IndexEntry;
use crate::lake::Lake;
use crate::layout::{Partition, stored_path, temporary_of};
use crate::manifest::{MANIFEST_BYTES_MAX, Manifest, ReadManifest};

/// Of an upload, the least that S3 takes: what is in memory at once are a few of these.
const PART_BYTES: usize = 5 * 1024 * 1024;
const PARTS_UNDER_WAY_MAX: usize = 3;
/// A file up to this length is put with one request: it is there as a whole or not at all, and a program that is killed
/// leaves no parts behind, which are in no list. No more than is under way of a longer one.
const PUT_AT_ONCE_BYTES_MAX: usize = PARTS_UNDER_WAY_MAX * PART_BYTES;
/// Folders over one partition's: `_temporary`, the owner, the exchange, the underlying.
const PARENTS: usize = 4;
/// How often a claim is tried that was there, and is gone when it is looked at.
const CLAIM_TRIES_MAX: u32 = 3;
const MANIFEST: &str = "manifest.json";
const PENDING: &str = "pending.json";

/// A partition that is being written.
#[derive(Debug)]
pub struct Draft {
    lake: Lake,
    owner: String,
    partition: Partition,
}

/// A file that is being written, and that nobody sees until it is whole.
#[derive(Debug)]
pub struct Upload {
    lake: Lake,
    path: Path,
    begun: Begun,
}

#[derive(Debug)]
enum Begun {
    /// Nothing of it is in the store yet.
    Held(Vec<Bytes>),
    /// It is too long to be put at once.
    Parts(WriteMultipart),
}

/// What became of a publication that was cut off.
#[derive(Debug)]
pub enum Recovered {
    /// It is all there now.
    Finished(Partition),
    /// Nobody can finish it, and nothing of it is left where it was written.
    Removed(Partition),
    /// It could be neither finished nor removed, and the others could.
    Failed(Partition, LakeError),
}

impl Draft {
    /// Begins anew: what lies there of an earlier try is finished, or goes.
    pub async fn begin(lake: &Lake, owner: &str, partition: &Partition) -> Result<Self> {
        let draft = Self { lake: lake.clone(), owner: owner.to_owned(), partition: partition.clone() };
        draft.recover().await?;
        Ok(draft)
    }

    /// Where a file of it lies until it is published.
    pub fn path(&self, table: LakeTable) -> Path {
        self.temporary(&format!("{table}.parquet"))
    }

    fn temporary(&self, file: &str) -> Path {
        self.partition.temporary_path(&self.owner, file)
    }

    pub fn upload(&self, table: LakeTable) -> Upload {
        Upload { lake: self.lake.clone(), path: self.path(table), begun: Begun::Held(Vec::new()) }
    }

    /// Makes it visible, in the place of `previous`; refused where something else is there by now. `None`: in the place of
    /// nothing, or of a manifest that cannot be read. The manifest as it lies there then.
    pub async fn publish(
        &self,
        manifest: &Manifest,
        previous: Option<&ReadManifest>,
    ) -> Result<ReadManifest> {
        self.claim().await?;
        let current = match self.lake.manifest(&self.partition).await {
            Err(LakeError::Unreadable { .. }) if previous.is_none() => None,
            read => read?,
        };
        if current.as_ref().map(|read| read.sha256) != previous.map(|read| read.sha256) {
            self.release().await?;
            let owner = current.map_or_else(|| "nobody".to_owned(), |read| read.manifest.owner.id);
            return Err(LakeError::Overtaken { partition: self.partition.clone(), owner });
        }
        let bytes = manifest.to_bytes()?;
        self.put(MANIFEST, bytes.clone()).await?;
        self.put(PENDING, bytes).await?;
        self.finish(manifest).await
    }

    /// From `pending.json` on; begun again after a crash it goes on where it was. What can never be finished goes, so that
    /// it can be published again.
    async fn finish(&self, manifest: &Manifest) -> Result<ReadManifest> {
        let finished = self.put_in_place(manifest).await;
        if let Err(LakeError::HalfDone { .. }) = finished {
            self.throw_away().await?;
        }
        finished
    }

    async fn put_in_place(&self, manifest: &Manifest) -> Result<ReadManifest> {
        let (lake, partition) = (&self.lake, &self.partition);
        if let Some(restated) = manifest.restatements.last().filter(|last| last.version == manifest.version) {
            self.supersede(&restated.superseded).await?;
        }
        let mut files: Vec<_> = manifest.files.iter().collect();
        files.sort_by_key(|file| file.table == LakeTable::Candles);
        for file in files {
            let (from, to) = (self.path(file.table), partition.data_path(file.table));
            self.move_into_place(&from, &to, Some(file.sha256)).await?;
        }
        self.move_into_place(&self.temporary(MANIFEST), &partition.manifest_path(), None).await?;
        let there = match lake.manifest(partition).await {
            // Somebody changed it where it was written.
            Err(LakeError::Unreadable { .. } | LakeError::BadPath { .. }) => None,
            read => read?,
        };
        let there =
            there.filter(|there| there.manifest == *manifest).ok_or_else(|| self.half_done(MANIFEST))?;
        lake.put_into_index(&self.owner, IndexEntry::of(&there, partition)).await?;
        self.throw_away().await?;
        Ok(there)
    }

    /// What is replaced stays, all of it before any of it is replaced. What somebody took away cannot stay.
    async fn supersede(&self, kept: &[String]) -> Result<()> {
        for kept in kept {
            let kept = stored_path(kept)?;
            let of_table = |table: &LakeTable| kept.filename() == Some(&format!("{table}.parquet"));
            let from = match LakeTable::ALL.into_iter().find(of_table) {
                Some(table) => self.partition.data_path(table),
                None => self.partition.manifest_path(),
            };
            self.lake.keep_copy(&from, &kept).await?;
        }
        Ok(())
    }

    /// Where nothing is to be moved it has been moved before the crash, or it is gone: by its hash, because another file
    /// may be as long. `None`: whoever asked looks at it anyway.
    async fn move_into_place(&self, from: &Path, to: &Path, sha256: Option<Sha256>) -> Result<()> {
        if self.lake.length(from).await?.is_some() {
            return self.lake.rename(from, to).await;
        }
        let there = self.lake.sha256(to).await?;
        let is_there = there.is_some_and(|there| sha256.is_none_or(|sha256| sha256 == there));
        if is_there { Ok(()) } else { Err(self.half_done(to.as_ref())) }
    }

    fn half_done(&self, path: &str) -> LakeError {
        LakeError::HalfDone { partition: self.partition.clone(), path: path.to_owned() }
    }

    async fn put(&self, file: &str, bytes: Vec<u8>) -> Result<()> {
        let path = self.temporary(file);
        let put = self.lake.objects().put(&path, bytes.into()).await;
        put.map(drop).map_err(|error| self.lake.lost("written", &path, error))
    }

    /// Nobody else publishes this partition until it is released.
    async fn claim(&self) -> Result<()> {
        let path = self.partition.claim_path();
        for _ in 0..CLAIM_TRIES_MAX {
            if self.lake.create(&path, self.owner.clone().into_bytes()).await? {
                return Ok(());
            }
            // One that is gone again was somebody's whose publication is seen next: by whoever has a claim.
            let Some(owner) = self.lake.claimed_by(&self.partition).await? else { continue };
            if owner == self.owner {
                return Ok(());
            }
            let claim = format!("{}/{path}", self.lake.place());
            return Err(LakeError::Claimed { partition: self.partition.clone(), owner, claim });
        }
        Err(LakeError::Crowded { place: self.lake.place().to_string() })
    }

    async fn release(&self) -> Result<()> {
        match self.lake.claimed_by(&self.partition).await? {
            Some(owner) if owner == self.owner => self.lake.delete(&self.partition.claim_path()).await,
            _ => Ok(()),
        }
    }

    /// Nothing of it is left, unless it is past `pending.json`: then all of it stays, for its owner to finish.
    pub async fn give_up(&self) -> Result<()> {
        match self.lake.length(&self.temporary(PENDING)).await? {
            Some(_) => Ok(()),
            None => self.throw_away().await,
        }
    }

    async fn throw_away(&self) -> Result<()> {
        self.release().await?;
        self.remove().await
    }

    /// Nothing of it is left where it was written; `pending.json` last, because it says that there is something.
    async fn remove(&self) -> Result<()> {
        let folder = self.temporary("").as_ref().trim_end_matches('/').to_owned();
        let folder = Path::parse(folder).unwrap_or_default();
        let mut files = self.lake.list(&folder).await?;
        files.sort_by_key(|path| path.filename() == Some(PENDING));
        for path in files {
            self.lake.delete(&path).await?;
        }
        if let Some(folder) = self.lake.local(&folder) {
            // With what the system's own half-written files are called, which no list shows.
            let _ = std::fs::remove_dir_all(&folder);
            // Folders that hold something stay.
            for parent in folder.ancestors().skip(1).take(PARENTS) {
                let _ = std::fs::remove_dir(parent);
            }
        }
        Ok(())
    }

    async fn recover(&self) -> Result<Recovered> {
        match self.pending().await? {
            Some(manifest) => {
                self.finish(&manifest).await?;
                Ok(Recovered::Finished(self.partition.clone()))
            }
            None => {
                self.throw_away().await?;
                Ok(Recovered::Removed(self.partition.clone()))
            }
        }
    }

    /// The manifest that is to be; nothing where it cannot be read, because then nobody knows what is to be finished.
    async fn pending(&self) -> Result<Option<Manifest>> {
        let path = self.temporary(PENDING);
        let read = match self.lake.read_small(&path, MANIFEST_BYTES_MAX).await {
            Ok(Some((bytes, _))) => Manifest::read(&bytes, path.as_ref(), &self.partition),
            Ok(None) => return Ok(None),
            Err(error) => Err(error),
        };
        match read {
            Ok(read) => Ok(Some(read.manifest)),
            Err(LakeError::Unreadable { .. } | LakeError::BadPath { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Lake {
    /// Finishes or removes what an owner has half done: nobody else may. What fails with one keeps no other, unless the store
    /// does not answer.
    pub async fn recover(&self, owner: &str) -> Result<Vec<Recovered>> {
        let mut found: Vec<Partition> =
            self.list(&temporary_of(owner)).await?.iter().filter_map(Partition::of_path).collect();
        found.sort();
        found.dedup();
        let mut recovered = Vec::new();
        for partition in found {
            let draft = Draft { lake: self.clone(), owner: owner.to_owned(), partition };
            let of_this = draft.recover().await;
            recovered.push(match of_this {
                Err(error) if error.is_of_store() => return Err(error),
                Err(error) => Recovered::Failed(draft.partition, error),
                Ok(recovered) => recovered,
            });
        }
        let is_left = recovered.iter().any(|of| matches!(of, Recovered::Failed(..)));
        if let Some(folder) = self.local(&temporary_of(owner)).filter(|_| !is_left) {
            let _ = std::fs::remove_dir_all(folder);
        }
        Ok(recovered)
    }
}

impl Upload {
    /// Waits where the store is slower than we are. What fails is thrown away, as far as the store can be reached: its parts
    /// would be in no list, and take room for ever.
    pub async fn write(self, bytes: Bytes) -> Result<Self> {
        let Self { lake, path, begun } = self;
        let lost = |error| lake.lost("written", &path, error);
        let mut parts = match begun {
            Begun::Parts(parts) => parts,
            Begun::Held(mut held) => {
                held.push(bytes);
                if held.iter().map(Bytes::len).sum::<usize>() <= PUT_AT_ONCE_BYTES_MAX {
                    return Ok(Self { lake, path, begun: Begun::Held(held) });
                }
                let upload = lake.objects().put_multipart(&path).await.map_err(lost)?;
                let mut parts = WriteMultipart::new_with_chunk_size(upload, PART_BYTES);
                held.into_iter().for_each(|bytes| parts.put(bytes));
                return Ok(Self { lake, path, begun: Begun::Parts(parts) });
            }
        };
        if let Err(error) = parts.wait_for_capacity(PARTS_UNDER_WAY_MAX).await {
            let lost = lost(error);
            // Why it was lost is what is told.
            let _ = parts.abort().await;
            return Err(lost);
        }
        parts.put(bytes);
        Ok(Self { lake, path, begun: Begun::Parts(parts) })
    }

    /// It is whole, and lies at its path; else it is thrown away.
    pub async fn finish(self) -> Result<()> {
        let Self { lake, path, begun } = self;
        let finished = match begun {
            Begun::Held(held) => lake.objects().put(&path, PutPayload::from_iter(held)).await,
            Begun::Parts(parts) => parts.finish().await,
        };
        finished.map(drop).map_err(|error| lake.lost("written", &path, error))
    }

    /// Nothing of it stays.
    pub async fn abort(self) -> Result<()> {
        match self.begun {
            Begun::Held(_) => Ok(()),
            Begun::Parts(parts) => {
                parts.abort().await.map_err(|error| self.lake.lost("written", &self.path, error))
            }
        }
    }
}
