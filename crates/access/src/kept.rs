//! What is kept, and the file that it is kept in: `access.json` in the data directory, readable by its owner alone. Of
//! everything secret it holds a hash. It is written anew as a whole beside the old one and then takes its place, so
//! there is always one that is whole.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use market::EpochSeconds;
use protocol::{TokenName, TokenScope};
use serde::{Deserialize, Serialize};

use crate::error::AccessError;
use crate::secret::Digest;

pub(crate) const FILE: &str = "access.json";
const VERSION: u32 = 1;
const DAY_SECONDS: i64 = 24 * 3600;
/// A session ends so long after it began,
pub const SESSION_SECONDS_MAX: i64 = 30 * DAY_SECONDS;
/// and so long after it was seen last.
pub const SESSION_IDLE_SECONDS_MAX: i64 = 7 * DAY_SECONDS;
/// Browsers that are signed in at once; the one that was not seen for longest makes room.
pub const SESSIONS_MAX: usize = 32;
pub const TOKENS_MAX: usize = 64;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    version: u32,
    /// As argon2 writes it, with its salt and parameters.
    pub password: Option<String>,
    pub sessions: Vec<Session>,
    pub tokens: Vec<Token>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    pub id: String,
    pub digest: Digest,
    pub began: EpochSeconds,
    pub last_seen: EpochSeconds,
    pub agent: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Token {
    pub id: String,
    pub name: TokenName,
    pub digest: Digest,
    pub scope: TokenScope,
    pub made_at: EpochSeconds,
    pub last_used: Option<EpochSeconds>,
}

impl Session {
    pub(crate) fn ends(&self) -> EpochSeconds {
        EpochSeconds((self.began.0 + SESSION_SECONDS_MAX).min(self.last_seen.0 + SESSION_IDLE_SECONDS_MAX))
    }
}

impl Default for Kept {
    fn default() -> Self {
        Self { version: VERSION, password: None, sessions: Vec::new(), tokens: Vec::new() }
    }
}

impl Kept {
    pub(crate) fn forget_ended(&mut self, now: EpochSeconds) {
        self.sessions.retain(|session| session.ends() > now);
    }

    /// The one that was not seen for longest makes room.
    pub(crate) fn add_session(&mut self, session: Session) {
        self.sessions.sort_by_key(|session| session.last_seen);
        let too_many = (self.sessions.len() + 1).saturating_sub(SESSIONS_MAX);
        self.sessions.drain(..too_many);
        self.sessions.push(session);
    }

    /// Nothing where there is no file; never nothing where there is one.
    pub(crate) fn read(path: &Path) -> Result<Self, AccessError> {
        let text = match std::fs::read(path) {
            Ok(text) => text,
            // Whoever needs the directory says that it is none.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(Self::default());
            }
            Err(source) => return Err(AccessError::Unreadable { path: path.to_owned(), source }),
        };
        match serde_json::from_slice::<Self>(&text) {
            Ok(kept) if kept.version == VERSION => Ok(kept),
            _ => Err(AccessError::NotUnderstood { path: path.to_owned() }),
        }
    }

    pub(crate) fn write(&self, path: &Path) -> Result<(), AccessError> {
        self.replace(path).map_err(|source| AccessError::Unwritable { path: path.to_owned(), source })
    }

    fn replace(&self, path: &Path) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        let fresh = path.with_extension("json.new");
        // One that a crash left behind could have been opened by others.
        match std::fs::remove_file(&fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = create_private(&fresh)?;
        file.write_all(&text)?;
        file.sync_all()?;
        std::fs::rename(&fresh, path)?;
        // Without this a power cut could bring back the old one; not every system can do it to a directory.
        if let Some(directory) = path.parent().and_then(|parent| File::open(parent).ok()) {
            let _ = directory.sync_all();
        }
        Ok(())
    }
}

fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_understood_is_no_open_door() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE);
        assert!(Kept::read(&path).unwrap().password.is_none());
        for text in ["", "{}", "{\"version\":2,\"password\":null,\"sessions\":[],\"tokens\":[]}"] {
            std::fs::write(&path, text).unwrap();
            assert!(matches!(Kept::read(&path), Err(AccessError::NotUnderstood { .. })), "{text}");
        }
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(matches!(Kept::read(&path), Err(AccessError::Unreadable { .. })));
    }

    #[test]
    fn the_session_that_was_not_seen_for_longest_makes_room() {
        let mut kept = Kept::default();
        for second in 0..=2 * i64::try_from(SESSIONS_MAX).unwrap() {
            let (id, digest) = (second.to_string(), Digest::of("x"));
            let (began, agent) = (EpochSeconds(second), String::new());
            // The first one is looked at again and again.
            kept.sessions.iter_mut().filter(|session| session.id == "0").for_each(|of| of.last_seen = began);
            kept.add_session(Session { id, digest, began, last_seen: began, agent });
        }
        assert_eq!(kept.sessions.len(), SESSIONS_MAX);
        assert!(kept.sessions.iter().any(|session| session.id == "0"));
        assert!(!kept.sessions.iter().any(|session| session.id == "1"));
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_its_owners_alone_also_where_others_left_one() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE);
        let left_behind = path.with_extension("json.new");
        for path in [&path, &left_behind] {
            std::fs::write(path, "").unwrap();
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666)).unwrap();
        }
        Kept::default().write(&path).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!((mode & 0o777, left_behind.exists()), (0o600, false));
    }
}
