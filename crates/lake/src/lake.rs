//! A lake that is open: reading what lies in it, and the few ways in which something is put there. What is put never
//! shows by halves: it is written elsewhere and moved, or put as a whole by the store.

use std::io::{self, Seek, Write};
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use export::Sha256;
use futures_util::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{Error as StoreError, ObjectStore, ObjectStoreExt, PutMode, UpdateVersion};
use protocol::{LakeTable, is_disk_full};
use ring::digest::{Context, SHA256};

use crate::error::{LakeError, Result};
use crate::index::Found;
use crate::layout::{Partition, manifests_path};
use crate::manifest::{MANIFEST_BYTES_MAX, Manifest, ReadManifest};
use crate::place::{Place, is_of_machine_role};

/// Folders of a lake.
const OURS: [&str; 7] =
    ["candles", "contracts", "spot", "volatility", "manifest", "superseded", crate::layout::TEMPORARY];

/// A handle; clones share everything.
#[derive(Clone, Debug)]
pub struct Lake {
    place: Place,
    objects: Arc<dyn ObjectStore>,
    source: String,
}

/// A file of the lake, all of it on this machine.
#[derive(Debug)]
pub struct Fetched {
    pub file: std::fs::File,
    pub bytes: u64,
    pub sha256: Sha256,
}

impl Lake {
    /// Opens a place for data of one source. What holds something else, or data of another source, is refused; an empty
    /// one becomes a lake with the first thing that is published.
    pub async fn open(place: Place, source: &str) -> Result<Self> {
        let objects = place.open()?;
        Self::over(place, objects, source).await
    }

    /// The same, of a place where something must be already: a folder that is not there is not made.
    pub async fn open_existing(place: Place, source: &str) -> Result<Self> {
        match &place {
            Place::Folder(path) if !path.exists() => Err(LakeError::NotThere { path: path.clone() }),
            _ => Self::open(place, source).await,
        }
    }

    /// The same, over a store that is open.
    pub async fn over(place: Place, objects: Arc<dyn ObjectStore>, source: &str) -> Result<Self> {
        let lake = Self { place, objects, source: source.to_owned() };
        match lake.find_index().await? {
            Found::Read(index, _) if index.source != source => {
                return Err(LakeError::OtherSource {
                    place: lake.place.to_string(),
                    found: index.source,
                    wanted: source.to_owned(),
                });
            }
            Found::Read(..) => {}
            Found::Unreadable { .. } if lake.has_manifest().await? => {}
            Found::Unreadable { .. } | Found::Nothing => lake.check_free().await?,
        }
        Ok(lake)
    }

    /// Whether there is a manifest that can be read, and so a lake. One of another source is refused.
    async fn has_manifest(&self) -> Result<bool> {
        for partition in self.partitions().await? {
            match self.manifest(&partition).await {
                Ok(Some(_)) => return Ok(true),
                Ok(None) | Err(LakeError::Unreadable { .. } | LakeError::BadPath { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// Without an index there may be what a publication has begun, and nothing of others.
    async fn check_free(&self) -> Result<()> {
        let listed = self.objects.list_with_delimiter(None).await;
        let listed = listed.map_err(|error| self.lost("read", &Path::default(), error))?;
        let folders = listed.common_prefixes.iter().map(Path::to_string);
        let files = listed.objects.iter().map(|object| object.location.to_string());
        let found = folders.chain(files).find(|name| !OURS.contains(&name.as_str()));
        match found {
            Some(found) => Err(LakeError::Foreign { place: self.place.to_string(), found }),
            None => Ok(()),
        }
    }

    pub fn place(&self) -> &Place {
        &self.place
    }

    pub(crate) fn objects(&self) -> &dyn ObjectStore {
        &*self.objects
    }

    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// Where it is a folder.
    pub(crate) fn folder(&self) -> Option<&FilePath> {
        match &self.place {
            Place::Folder(path) => Some(path),
            Place::Bucket { .. } => None,
        }
    }

    /// The manifest of a partition; `None`: it is not published.
    pub async fn manifest(&self, partition: &Partition) -> Result<Option<ReadManifest>> {
        let path = partition.manifest_path();
        let Some((bytes, _)) = self.read_small(&path, MANIFEST_BYTES_MAX).await? else { return Ok(None) };
        let read = Manifest::read(&bytes, path.as_ref(), partition)?;
        if read.manifest.source != self.source {
            return Err(LakeError::OtherSource {
                place: format!("{}/{path}", self.place),
                found: read.manifest.source,
                wanted: self.source.clone(),
            });
        }
        Ok(Some(read))
    }

    /// Who publishes a partition just now, or was cut off in it. `None`: nobody.
    pub async fn claimed_by(&self, partition: &Partition) -> Result<Option<String>> {
        let claim = self.read_small(&partition.claim_path(), MANIFEST_BYTES_MAX).await?;
        Ok(claim.map(|(owner, _)| String::from_utf8_lossy(&owner).trim().to_owned()))
    }

    /// Whether a manifest that lies here now tells of a file.
    pub async fn is_told_of(&self, file: &str) -> Result<bool> {
        let Some(partition) = Partition::of_data_file(file) else { return Ok(false) };
        match self.manifest(&partition).await {
            Ok(read) => Ok(read.is_some_and(|read| read.manifest.files.iter().any(|of| of.path == file))),
            Err(error) if error.is_of_store() => Err(error),
            Err(_) => Ok(false),
        }
    }

    /// The partitions with a manifest, as the store lists them.
    pub async fn partitions(&self) -> Result<Vec<Partition>> {
        let mut found = self.objects.list(Some(&manifests_path()));
        let mut all = Vec::new();
        while let Some(object) = found.next().await {
            let object = object.map_err(|error| self.lost("read", &manifests_path(), error))?;
            all.extend(Partition::of_path(&object.location));
        }
        all.sort();
        Ok(all)
    }

    /// All that lies where engines look for rows.
    pub async fn data_files(&self) -> Result<Vec<String>> {
        let mut all = Vec::new();
        for table in LakeTable::ALL {
            let folder = Path::parse(table.as_str()).unwrap_or_default();
            all.extend(self.list(&folder).await?.iter().map(Path::to_string));
        }
        Ok(all)
    }

    /// Whether there is something at a path, and how long it is.
    pub async fn length(&self, path: &Path) -> Result<Option<u64>> {
        match self.objects.head(path).await {
            Ok(object) => Ok(Some(object.size)),
            Err(StoreError::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.lost("read", path, error)),
        }
    }

    /// Which version of what lies at a path it is, for whoever replaces it.
    pub(crate) async fn version(&self, path: &Path) -> Result<UpdateVersion> {
        let object = self.objects.head(path).await.map_err(|error| self.lost("read", path, error))?;
        Ok(UpdateVersion { e_tag: object.e_tag, version: object.version })
    }

    /// The hash of what lies at a path. `None`: nothing does.
    pub(crate) async fn sha256(&self, path: &Path) -> Result<Option<Sha256>> {
        let got = match self.objects.get(path).await {
            Ok(got) => got,
            Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(self.lost("read", path, error)),
        };
        let (mut digest, mut chunks) = (Context::new(&SHA256), got.into_stream());
        while let Some(chunk) = chunks.try_next().await.map_err(|error| self.lost("read", path, error))? {
            digest.update(&chunk);
        }
        Ok(Some(Sha256::of(digest)))
    }

    /// Brings a file here, or opens it where it lies. `None`: there is none. `spool` is where room for it may be taken:
    /// what is taken is freed when the file is closed, whatever happens.
    pub async fn fetch(&self, path: &Path, spool: &FilePath) -> Result<Option<Fetched>> {
        let got = match self.objects.get(path).await {
            Ok(got) => got,
            Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(self.lost("read", path, error)),
        };
        let failed = |source| match is_disk_full(&source) {
            true => LakeError::DiskFull { path: spool.display().to_string() },
            false => LakeError::Spool { path: path.to_string(), source },
        };
        let mut spooled = match self.local(path) {
            Some(_) => None,
            None => Some(tempfile::tempfile_in(spool).map_err(failed)?),
        };
        let (mut digest, mut bytes) = (Context::new(&SHA256), 0);
        let mut chunks = got.into_stream();
        while let Some(chunk) = chunks.try_next().await.map_err(|error| self.lost("read", path, error))? {
            digest.update(&chunk);
            bytes += chunk.len() as u64;
            if let Some(file) = &mut spooled {
                file.write_all(&chunk).map_err(failed)?;
            }
        }
        let mut file = match (spooled, self.local(path)) {
            (Some(file), _) => file,
            (None, Some(here)) => std::fs::File::open(here).map_err(failed)?,
            (None, None) => return Err(failed(io::ErrorKind::NotFound.into())),
        };
        file.rewind().map_err(failed)?;
        Ok(Some(Fetched { file, bytes, sha256: Sha256::of(digest) }))
    }

    /// The whole of something short.
    pub(crate) async fn read_small(&self, path: &Path, most: u64) -> Result<Option<(Bytes, UpdateVersion)>> {
        let got = match self.objects.get(path).await {
            Ok(got) => got,
            Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(self.lost("read", path, error)),
        };
        if got.meta.size > most {
            return Err(LakeError::unreadable(path.as_ref(), format!("it is {} bytes long", got.meta.size)));
        }
        let version = UpdateVersion { e_tag: got.meta.e_tag.clone(), version: got.meta.version.clone() };
        let bytes = got.bytes().await.map_err(|error| self.lost("read", path, error))?;
        Ok(Some((bytes, version)))
    }

    /// Puts something short in the place of what is there, if anything.
    pub(crate) async fn replace(&self, owner: &str, path: &Path, bytes: Vec<u8>) -> Result<()> {
        let failed = |error| self.lost("written", path, error);
        if self.folder().is_none() {
            return self.objects.put(path, bytes.into()).await.map(drop).map_err(failed);
        }
        // What a crash leaves half written lies where it is found.
        let beside =
            Path::parse(format!("{}/{owner}/replacing", crate::layout::TEMPORARY)).unwrap_or_default();
        self.objects.put(&beside, bytes.into()).await.map_err(failed)?;
        self.objects.rename(&beside, path).await.map_err(failed)
    }

    /// Puts something short where nothing is; says whether nothing was.
    pub(crate) async fn create(&self, path: &Path, bytes: Vec<u8>) -> Result<bool> {
        match self.objects.put_opts(path, bytes.into(), PutMode::Create.into()).await {
            Ok(_) => Ok(true),
            Err(StoreError::AlreadyExists { .. } | StoreError::Precondition { .. }) => Ok(false),
            Err(error) => Err(self.lost("written", path, error)),
        }
    }

    /// What is not there is gone.
    pub(crate) async fn delete(&self, path: &Path) -> Result<()> {
        match self.objects.delete(path).await {
            Ok(()) | Err(StoreError::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.lost("written", path, error)),
        }
    }

    /// Keeps what lies at a path under a second one too, if anything does. It is never written over.
    pub(crate) async fn keep_copy(&self, from: &Path, to: &Path) -> Result<()> {
        let copied = if self.folder().is_some() {
            self.objects.copy_if_not_exists(from, to).await
        } else if self.length(to).await?.is_some() {
            return Ok(());
        } else {
            self.objects.copy(from, to).await
        };
        match copied {
            Ok(()) | Err(StoreError::AlreadyExists { .. } | StoreError::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.lost("written", to, error)),
        }
    }

    pub(crate) async fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        self.objects.rename(from, to).await.map_err(|error| self.lost("written", to, error))
    }

    pub(crate) async fn list(&self, under: &Path) -> Result<Vec<Path>> {
        let listed = self.objects.list(Some(under)).map_ok(|object| object.location);
        listed.try_collect().await.map_err(|error| self.lost("read", under, error))
    }

    /// A folder of this machine within the lake.
    pub(crate) fn local(&self, path: &Path) -> Option<PathBuf> {
        self.folder().map(|folder| folder.join(path.as_ref()))
    }

    pub(crate) fn lost(&self, deed: &'static str, path: &Path, source: StoreError) -> LakeError {
        let (place, path, source) = (self.place.to_string(), path.to_string(), Box::new(source));
        match *source {
            StoreError::PermissionDenied { .. } | StoreError::Unauthenticated { .. } => {
                LakeError::Refused { place, source }
            }
            StoreError::NotFound { .. } => LakeError::Missing { place, path, source },
            _ if is_of_machine_role(&*source) => LakeError::NoKeys { place },
            _ if is_disk_full(&*source) => LakeError::DiskFull { path: format!("{place}/{path}") },
            _ => LakeError::Lost { place, deed, path, source },
        }
    }
}
