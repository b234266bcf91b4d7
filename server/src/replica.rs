//! A server that reads only. It serves a copy: of a data directory, whoever owns it, of a backup, or of what a lake says of
//! itself. The copy is made at the start in a folder of its own, which goes with the process; nothing is locked or written
//! elsewhere, nothing is asked of Upstox by itself, and whatever would change something is refused. What the lake has alone
//! is read from the lake. Who may read the copy of a data directory's database is who may use that directory's server.

use std::fs::{self, DirEntry, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use access::Access;
use anyhow::{Context, bail};
use engine::{CAN_ENCRYPT, Place, replica_of_lake, restore};
use tempfile::TempDir;
use tracing::{info, warn};

use crate::arguments::{Global, Serve};
use crate::exposure::Exposure;
use crate::output::{counted, tell};

/// As in every data directory.
const DATABASE_FILE: &str = "expirytrack.db";
/// What a copy's folder is called, among what else is temporary.
const FOLDER_PREFIX: &str = "expirytrack-replica-";
/// In that folder: whoever serves the copy holds it. It is the operating system's, so it ends with the process.
const LOCK_FILE: &str = "replica.lock";
/// Beside it.
const DATA_FOLDER: &str = "data";
/// How often it is looked at whether password or tokens have changed.
const LOOK_EVERY: Duration = Duration::from_secs(2);

pub struct Replica {
    _lock: File,
    /// Goes with it.
    folder: TempDir,
    guarded_by: PathBuf,
    what: String,
}

impl Replica {
    /// The copy that is to be served, where one is.
    pub async fn of(global: &Global, serve: &Serve) -> anyhow::Result<Option<Self>> {
        if !serve.read_only {
            return Ok(None);
        }
        if CAN_ENCRYPT {
            bail!(
                "a build with encryption serves no copy: restore a backup into another directory, and serve that"
            );
        }
        Exposure::of(serve).check_of_copy()?;
        let of = serve.of.clone().unwrap_or_else(|| global.data_dir().join(DATABASE_FILE));
        let folder = tempfile::Builder::new().prefix(FOLDER_PREFIX).tempdir();
        let begun = folder.and_then(|folder| Ok((begin(folder.path())?, folder)));
        let (lock, folder) =
            begun.context("no folder can be made for the copy: set TMPDIR to one with room")?;
        let data_dir = folder.path().join(DATA_FOLDER);
        let guarded_by = match lake_of(&of) {
            // There is no password where there is no data directory.
            Some(_) => data_dir.clone(),
            None => of.parent().unwrap_or(Path::new("")).to_owned(),
        };
        let what = match lake_of(&of) {
            Some(lake) => {
                let made = replica_of_lake(lake, &data_dir, global.source_kind()).await?;
                tell(format!(
                    "{} and {} candles are in {}",
                    counted(made.partitions as u64, "partition", "partitions"),
                    made.candles,
                    made.place
                ));
                format!("the lake {}", made.place)
            }
            None => {
                let place = Place { data_dir, key: None };
                restore(&place, &of, global.source_kind()).await?;
                format!("a copy of {}", of.display())
            }
        };
        Ok(Some(Self { _lock: lock, folder, guarded_by, what }))
    }

    /// Where the password and the tokens lie that hold for the copy too: beside the database that it is of.
    pub fn guarded_by(&self) -> &Path {
        &self.guarded_by
    }

    /// For people: what is served.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// The same, over the copy.
    pub fn global(&self, global: &Global) -> Global {
        let data_dir: Option<PathBuf> = Some(self.folder.path().join(DATA_FOLDER));
        Global { data_dir, key_file: None, passphrase_file: None, passphrase: false, ..global.clone() }
    }
}

/// A lake is a folder or a bucket, and a database is a file.
fn lake_of(of: &Path) -> Option<&str> {
    let text = of.to_str()?;
    (text.starts_with("s3://") || of.is_dir()).then_some(text)
}

/// Makes a new folder that of a copy. The lock is held before it has its name, so that one that is not held was left.
fn begin(folder: &Path) -> io::Result<File> {
    fs::create_dir(folder.join(DATA_FOLDER))?;
    let fresh = folder.join(LOCK_FILE).with_extension("new");
    let lock = File::create_new(&fresh)?;
    lock.try_lock()?;
    fs::rename(&fresh, folder.join(LOCK_FILE))?;
    Ok(lock)
}

/// Removes copies whose servers were killed and could not do it themselves. One that is being served stays.
pub fn remove_left_behind() {
    // Where they cannot be listed none can be made either, and that is told then.
    let entries = fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten();
    for folder in entries.filter(is_left_behind).map(|entry| entry.path()) {
        match fs::remove_dir_all(&folder) {
            Ok(()) => info!(folder = %folder.display(), "the copy of a server that was killed is removed"),
            Err(error) => {
                warn!(folder = %folder.display(), %error, "the copy of a server that was killed cannot be removed")
            }
        }
    }
}

fn is_left_behind(entry: &DirEntry) -> bool {
    let is_copy = entry.file_name().to_string_lossy().starts_with(FOLDER_PREFIX)
        // A link is nobody's copy.
        && entry.file_type().is_ok_and(|kind| kind.is_dir());
    let lock = || OpenOptions::new().write(true).open(entry.path().join(LOCK_FILE));
    is_copy && lock().is_ok_and(|lock| lock.try_lock().is_ok())
}

/// Runs as long as the server does: who was let in by a password or a token that is gone hears no more.
pub async fn follow(access: Access) {
    loop {
        pause().await;
        if let Err(error) = access.look_again() {
            warn!(%error, "who may use the data directory cannot be read: what was read before holds");
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "files change in real time")]
async fn pause() {
    tokio::time::sleep(LOOK_EVERY).await;
}
