//! The folder of backups in the data directory. What lies in it under other names than ours is nobody's business here.

use std::path::{Path, PathBuf};

use chrono::NaiveDateTime;
use market::{EpochSeconds, IST_OFFSET_SECONDS};
use protocol::BackupFile;
use store::create_private_dir;

const FOLDER: &str = "backups";
const PREFIX: &str = "expirytrack-";
/// In IST.
const MOMENT: &str = "%Y%m%d-%H%M%S";
const SUFFIX: &str = ".db";
const PARTIAL_SUFFIX: &str = ".db.partial";
/// What SQLite writes beside it.
const JOURNAL_SUFFIX: &str = ".db.partial-journal";
/// Seconds for which a name that is taken is looked for further.
const NAMES_TRIED_MAX: i64 = 60;

pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(super) fn of(data_dir: &Path) -> Self {
        Self { path: data_dir.join(FOLDER) }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The file of a backup that is made now. What was cut short before is removed: only the owner of the data
    /// directory writes here, one backup at a time.
    pub(super) fn make_ready(&self, now: EpochSeconds) -> std::io::Result<PathBuf> {
        create_private_dir(&self.path)?;
        for (name, _) in self.files() {
            if [PARTIAL_SUFFIX, JOURNAL_SUFFIX].iter().any(|suffix| moment_of(&name, suffix).is_some()) {
                std::fs::remove_file(self.path.join(name))?;
            }
        }
        let names = (0..NAMES_TRIED_MAX).map(|later| self.path.join(name_at(EpochSeconds(now.0 + later))));
        let is_free = |path: &PathBuf| path.symlink_metadata().is_err();
        Ok(names.into_iter().find(is_free).unwrap_or_else(|| self.path.join(name_at(now))))
    }

    /// Newest first.
    pub(super) fn list(&self) -> Vec<BackupFile> {
        let backup = |(name, bytes): (String, u64)| {
            let made_at = moment_of(&name, SUFFIX)?;
            Some(BackupFile { name, bytes, made_at })
        };
        let mut backups: Vec<_> = self.files().filter_map(backup).collect();
        backups.sort_by(|one, other| other.name.cmp(&one.name));
        backups
    }

    /// The backup that is being made, or was cut short: when it was begun, and its bytes.
    pub(super) fn partial(&self) -> Option<(EpochSeconds, u64)> {
        let partial = |(name, bytes): (String, u64)| Some((moment_of(&name, PARTIAL_SUFFIX)?, bytes));
        self.files().filter_map(partial).max()
    }

    /// Leaves the newest so many. Says what was removed.
    pub(super) fn prune(&self, keep: usize) -> std::io::Result<Vec<String>> {
        let old: Vec<String> = self.list().into_iter().skip(keep).map(|backup| backup.name).collect();
        for name in &old {
            std::fs::remove_file(self.path.join(name))?;
        }
        Ok(old)
    }

    /// Plain files, with their lengths. A folder that is not there has none.
    fn files(&self) -> impl Iterator<Item = (String, u64)> {
        let entries = std::fs::read_dir(&self.path).into_iter().flatten().flatten();
        entries.filter_map(|entry| {
            // Of a link itself, not of what it leads to.
            let metadata = entry.metadata().ok().filter(|metadata| metadata.is_file())?;
            Some((entry.file_name().into_string().ok()?, metadata.len()))
        })
    }
}

/// How many backups lie in the folder of a data directory, and when the newest was made.
pub(crate) fn newest_backups(data_dir: &Path) -> (usize, Option<EpochSeconds>) {
    let backups = Folder::of(data_dir).list();
    (backups.len(), backups.first().map(|newest| newest.made_at))
}

fn name_at(moment: EpochSeconds) -> String {
    format!("{PREFIX}{}{SUFFIX}", moment.to_ist().format(MOMENT))
}

/// When a file of this name was made; `None` where the name is none of ours.
fn moment_of(name: &str, suffix: &str) -> Option<EpochSeconds> {
    let text = name.strip_prefix(PREFIX)?.strip_suffix(suffix)?;
    let moment = NaiveDateTime::parse_from_str(text, MOMENT).ok()?;
    let moment = EpochSeconds(moment.and_utc().timestamp() - IST_OFFSET_SECONDS);
    // Numbers without their noughts are read too.
    (name_at(moment).strip_suffix(SUFFIX) == name.strip_suffix(suffix)).then_some(moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: EpochSeconds = EpochSeconds(1_758_000_000);

    #[test]
    fn a_name_says_when_and_no_other_name_is_touched() {
        let data = tempfile::TempDir::new().unwrap();
        let folder = Folder::of(data.path());
        assert_eq!(folder.list(), []);
        let first = folder.make_ready(NOW).unwrap();
        assert_eq!(first.file_name().unwrap(), "expirytrack-20250916-105000.db");
        std::fs::write(&first, "1").unwrap();
        let second = folder.make_ready(NOW).unwrap();
        assert_eq!(second.file_name().unwrap(), "expirytrack-20250916-105001.db");
        std::fs::write(&second, "22").unwrap();
        let others = [
            "expirytrack-2025916-105000.db",
            "expirytrack-20250916-105000.db.bak",
            "expirytrack-20250231-000000.db",
            "mine.db",
            "mine.db.partial",
        ];
        for other in others {
            std::fs::write(folder.path().join(other), "x").unwrap();
        }
        std::fs::create_dir(folder.path().join("expirytrack-20240101-000000.db")).unwrap();
        let cut_short =
            ["expirytrack-20250101-000000.db.partial", "expirytrack-20250101-000000.db.partial-journal"];
        let cut_short = cut_short.map(|name| folder.path().join(name));
        cut_short.iter().for_each(|path| std::fs::write(path, "cut short").unwrap());
        let listed = folder.list();
        let told: Vec<_> = listed.iter().map(|of| (of.bytes, of.made_at.0 - NOW.0)).collect();
        assert_eq!(told, [(2, 1), (1, 0)]);
        folder.make_ready(NOW).unwrap();
        assert!(cut_short.iter().all(|path| !path.exists()));
        assert_eq!(folder.prune(1).unwrap(), ["expirytrack-20250916-105000.db"]);
        assert_eq!(folder.prune(1).unwrap(), Vec::<String>::new());
        assert!(second.exists() && others.iter().all(|other| folder.path().join(other).exists()));
    }
}
