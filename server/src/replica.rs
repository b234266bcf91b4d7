//! A server that reads only. It serves a copy: of a data directory, whoever owns it, of a backup, or of what a lake says of
//! itself. The copy is made at the start in a folder of its own, which goes with the process; nothing is locked or written
//! elsewhere, nothing is asked of Upstox by itself, and whatever would change something is refused. What the lake has alone
//! is read from the lake.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use engine::{CAN_ENCRYPT, Place, replica_of_lake, restore};
use tempfile::TempDir;

use crate::arguments::{Global, Serve};
use crate::output::{counted, tell};

/// As in every data directory.
const DATABASE_FILE: &str = "expirytrack.db";

pub struct Replica {
    /// Goes with it.
    folder: TempDir,
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
        let of = serve.of.clone().unwrap_or_else(|| global.data_dir().join(DATABASE_FILE));
        let folder = tempfile::Builder::new().prefix("expirytrack-replica-").tempdir();
        let folder = folder.context("no folder can be made for the copy: set TMPDIR to one with room")?;
        let what = match lake_of(&of) {
            Some(lake) => {
                let made = replica_of_lake(lake, folder.path(), global.source_kind()?).await?;
                tell(format!(
                    "{} and {} candles are in {}",
                    counted(made.partitions as u64, "partition", "partitions"),
                    made.candles,
                    made.place
                ));
                format!("the lake {}", made.place)
            }
            None => {
                let place = Place { data_dir: folder.path().to_owned(), key: None };
                restore(&place, &of, global.source_kind()?).await?;
                format!("a copy of {}", of.display())
            }
        };
        Ok(Some(Self { folder, what }))
    }

    /// For people: what is served.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// The same, over the copy.
    pub fn global(&self, global: &Global) -> Global {
        let data_dir: Option<PathBuf> = Some(self.folder.path().to_owned());
        Global { data_dir, key_file: None, passphrase_file: None, passphrase: false, ..global.clone() }
    }
}

/// A lake is a folder or a bucket, and a database is a file.
fn lake_of(of: &Path) -> Option<&str> {
    let text = of.to_str()?;
    (text.starts_with("s3://") || of.is_dir()).then_some(text)
}
