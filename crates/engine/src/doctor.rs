//! What a helper would ask about a data directory, without any secret: it reads what lies there, also beside a server,
//! and where the database cannot be opened it says why. Nothing is changed, brought forward or unsealed.

use std::path::{Path, PathBuf};

use market::EpochSeconds;
use protocol::{JobError, JobStatus, LastVerify};
use serde::Serialize;
use store::{
    CAN_ENCRYPT, DATABASE_FILE, DatabaseLook, OwnerLock, Unlock, chain, free_bytes,
    is_sealed_with_passphrase, look_at, place_for_reading,
};

use crate::backups::newest_backups;
use crate::names::token_end;
use crate::session::TOKEN_NAME;
use crate::verified::last_verify;

/// A file time so far ahead of the clock is no rounding.
const AHEAD_SECONDS: i64 = 60;
/// No release is older: a clock before it was never set.
const EARLIEST: EpochSeconds = EpochSeconds(1_735_669_800);

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct Examination {
    pub data_dir: PathBuf,
    pub free_bytes: Option<u64>,
    pub files: Vec<FileNote>,
    pub database: DatabaseNote,
    pub owner: Option<OwnerNote>,
    /// `None`: never, on this machine.
    pub last_verify: Option<LastVerify>,
    pub backups: usize,
    pub newest_backup: Option<EpochSeconds>,
    pub clock: ClockNote,
}

/// A file or a directory that matters.
#[derive(Clone, Debug, Serialize)]
pub struct FileNote {
    pub path: PathBuf,
    /// `None`: it is not there.
    pub bytes: Option<u64>,
    /// Its permissions in octal digits, where the system has them.
    pub mode: Option<String>,
    pub remark: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct DatabaseNote {
    /// Why it could not be read.
    pub problem: Option<String>,
    pub schema: Option<i64>,
    pub newest_schema: Option<i64>,
    /// Whose data it holds.
    pub source: Option<String>,
    pub jobs: Vec<JobsNote>,
    pub errors: Vec<JobError>,
    pub last_request_at: Option<EpochSeconds>,
    pub sign_in: Option<SignInNote>,
}

#[derive(Clone, Debug, Serialize)]
pub struct JobsNote {
    pub status: JobStatus,
    pub count: u64,
}

/// A sign-in that is kept. Whether it still lives only its token says, and that is not looked at.
#[derive(Clone, Debug, Serialize)]
pub struct SignInNote {
    pub kept_at: EpochSeconds,
    /// When the broker ends one that is for a day.
    pub daily_end: EpochSeconds,
}

/// Who holds the data directory.
#[derive(Clone, Debug, Serialize)]
pub struct OwnerNote {
    pub pid: u32,
    /// Of a server.
    pub address: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ClockNote {
    pub now: EpochSeconds,
    /// When a file of the data directory was written last.
    pub newest_file: Option<EpochSeconds>,
    /// What is odd about it.
    pub remark: Option<String>,
}

/// Examines a data directory, in a process that has its database not open.
pub async fn examine(data_dir: &Path, unlock: &Unlock, now: EpochSeconds) -> Examination {
    // A helper does not know the working directory.
    let data_dir = &std::path::absolute(data_dir).unwrap_or_else(|_| data_dir.to_owned());
    let database = data_dir.join(DATABASE_FILE);
    let key = key_of(data_dir, unlock);
    let database_note = match look(data_dir, &key, unlock).await {
        Ok(look) => note_of(look),
        Err(_) if !database.exists() => {
            DatabaseNote { problem: Some("there is none yet".to_owned()), ..DatabaseNote::default() }
        }
        Err(problem) => DatabaseNote { problem: Some(problem), ..DatabaseNote::default() },
    };
    let (backups, newest_backup) = newest_backups(data_dir);
    Examination {
        free_bytes: free_bytes(data_dir),
        files: vec![
            file_note(data_dir, Secrecy::Private),
            file_note(&key, Secrecy::Private),
            file_note(&database, Secrecy::WithinDirectory),
            file_note(&database.with_extension("db-wal"), Secrecy::WithinDirectory),
        ],
        owner: owner_of(data_dir),
        last_verify: last_verify(data_dir),
        backups,
        newest_backup,
        clock: clock_note(data_dir, now, database_note.last_request_at),
        database: database_note,
        data_dir: data_dir.clone(),
    }
}

/// The file that the key of the directory is made of.
fn key_of(data_dir: &Path, unlock: &Unlock) -> PathBuf {
    match unlock {
        Unlock::KeyFile(Some(file)) => file.clone(),
        Unlock::KeyFile(None) if !is_sealed_with_passphrase(data_dir) => data_dir.join("key"),
        Unlock::KeyFile(None) | Unlock::Passphrase(_) => data_dir.join("passphrase.json"),
    }
}

/// A key that is looked for and not there would be made.
async fn look(data_dir: &Path, key: &Path, unlock: &Unlock) -> Result<DatabaseLook, String> {
    if CAN_ENCRYPT && !key.exists() {
        return Err("the key that opens it is not there".to_owned());
    }
    let place = place_for_reading(data_dir, unlock).await.map_err(|error| chain(&error))?;
    look_at(&place, TOKEN_NAME).await.map_err(|error| chain(&error))
}

fn note_of(look: DatabaseLook) -> DatabaseNote {
    DatabaseNote {
        problem: None,
        schema: Some(look.schema),
        newest_schema: Some(look.newest_schema),
        source: look.source.map(|source| source.to_string()),
        jobs: look.jobs.into_iter().map(|(status, count)| JobsNote { status, count }).collect(),
        errors: look.errors,
        last_request_at: look.last_request_at,
        sign_in: look.sign_in_kept_at.map(|kept_at| SignInNote { kept_at, daily_end: token_end(kept_at) }),
    }
}

/// A process that was killed leaves its name behind, and no lock.
fn owner_of(data_dir: &Path) -> Option<OwnerNote> {
    if !OwnerLock::is_held(data_dir) {
        return None;
    }
    let owner = OwnerLock::owner(data_dir)?;
    Some(OwnerNote { pid: owner.pid, address: owner.server.map(|server| server.address) })
}

/// Who may read a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Secrecy {
    /// Its owner alone.
    Private,
    /// Whoever may look into its directory.
    WithinDirectory,
}

fn file_note(path: &Path, secrecy: Secrecy) -> FileNote {
    let metadata = std::fs::metadata(path).ok();
    let mode = metadata.as_ref().and_then(mode_of);
    let is_open = secrecy == Secrecy::Private && mode.is_some_and(|mode| mode & 0o077 != 0);
    FileNote {
        path: path.to_owned(),
        bytes: metadata.map(|metadata| metadata.len()),
        mode: mode.map(|mode| format!("{mode:04o}")),
        remark: is_open
            .then(|| "others than its owner may look into it: take that away with chmod go=".to_owned()),
    }
}

#[cfg(unix)]
fn mode_of(metadata: &std::fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    Some(metadata.permissions().mode() & 0o7777)
}

#[cfg(not(unix))]
fn mode_of(_metadata: &std::fs::Metadata) -> Option<u32> {
    None
}

fn clock_note(data_dir: &Path, now: EpochSeconds, last_request_at: Option<EpochSeconds>) -> ClockNote {
    let entries = std::fs::read_dir(data_dir).into_iter().flatten().flatten();
    let written = entries.filter_map(|entry| {
        let modified = entry.metadata().ok()?.modified().ok()?;
        let since = modified.duration_since(std::time::UNIX_EPOCH).ok()?;
        i64::try_from(since.as_secs()).ok().map(EpochSeconds)
    });
    let newest_file = written.max();
    let ahead = |of: Option<EpochSeconds>| of.map_or(0, |of| of.0 - now.0);
    let remark = if now < EARLIEST {
        Some("the clock of this machine was never set".to_owned())
    } else if ahead(newest_file) > AHEAD_SECONDS {
        Some(format!("the clock is behind: a file was written {} s in its future", ahead(newest_file)))
    } else if ahead(last_request_at) > AHEAD_SECONDS {
        Some(format!("the clock is behind: a request was sent {} s in its future", ahead(last_request_at)))
    } else {
        None
    };
    ClockNote { now, newest_file, remark }
}
