//! How the last check of the whole database ended. It lies beside the database and not in it: whoever checks may read
//! beside the owner, the database may be the very thing that is broken, and a backup was not checked by it.

use std::path::Path;

use market::EpochSeconds;
use protocol::{LastVerify, VerifyReport};

const FILE: &str = "verified.json";

/// Keeps what a check of everything found.
pub fn keep_verified(data_dir: &Path, report: &VerifyReport, at: EpochSeconds) -> std::io::Result<()> {
    let problems = report.checks.iter().filter(|check| check.problems > 0);
    let last = LastVerify {
        at,
        sound: report.is_sound(),
        problems: problems
            .map(|check| format!("not so: {} ({} wrong)", check.name, check.problems))
            .collect(),
    };
    let (path, partial) = (data_dir.join(FILE), data_dir.join(format!("{FILE}.partial")));
    std::fs::write(&partial, serde_json::to_vec(&last).map_err(std::io::Error::other)?)?;
    std::fs::rename(partial, path)
}

/// `None`: it was never checked, or another version wrote it.
pub fn last_verify(data_dir: &Path) -> Option<LastVerify> {
    serde_json::from_slice(&std::fs::read(data_dir.join(FILE)).ok()?).ok()
}

/// Of a database that is not there any more.
pub(crate) fn forget_verified(data_dir: &Path) {
    // One that stays is told with its date.
    let _ = std::fs::remove_file(data_dir.join(FILE));
}
