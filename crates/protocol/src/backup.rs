//! Backups: what one holds, which lie in their folder, and the rule by which they are made.

use std::fmt;

use market::EpochSeconds;
use serde::{Deserialize, Serialize};

use crate::{BackupDays, BackupsKept, TimeOfDay};

/// When backups are made by themselves, and how many of them stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BackupRule {
    #[serde(default)]
    pub every_days: BackupDays,
    pub at: TimeOfDay,
    #[serde(default)]
    pub keep: BackupsKept,
}

impl fmt::Display for BackupRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.every_days.get() {
            1 => write!(f, "every day at {} IST", self.at)?,
            days => write!(f, "every {days} days at {} IST", self.at)?,
        }
        match self.keep.get() {
            1 => f.write_str(", the newest one is kept"),
            keep => write!(f, ", the newest {keep} are kept"),
        }
    }
}

/// Rows of a database, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DatabaseContents {
    pub underlyings: u64,
    pub expiries: u64,
    pub contracts: u64,
    /// Of contracts and of underlyings.
    pub candles: u64,
    /// Requests to the broker.
    pub requests: u64,
    pub jobs: u64,
}

impl DatabaseContents {
    pub fn named(&self) -> [(&'static str, u64); 6] {
        [
            ("underlyings", self.underlyings),
            ("expiries", self.expiries),
            ("contracts", self.contracts),
            ("candles", self.candles),
            ("requests", self.requests),
            ("jobs", self.jobs),
        ]
    }
}

/// A backup that was just made and checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BackupPicture {
    /// On the machine where it was made.
    pub path: String,
    pub bytes: u64,
    /// Of the file, in hexadecimal digits.
    pub sha256: String,
    /// The layout of its database.
    pub schema: i64,
    pub contents: DatabaseContents,
}

/// A backup in the folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BackupFile {
    pub name: String,
    pub bytes: u64,
    pub made_at: EpochSeconds,
}

/// How the rule was carried out the last time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BackupRun {
    pub at: EpochSeconds,
    /// The file that it made.
    pub name: Option<String>,
    /// Why it made none.
    pub problem: Option<String>,
}

/// The backups that lie in their folder, and when more are made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BackupsPicture {
    /// Where they lie, on the server's machine.
    pub folder: String,
    /// Newest first.
    pub backups: Vec<BackupFile>,
    /// `None`: none are made by themselves.
    pub rule: Option<BackupRule>,
    pub next_run: Option<EpochSeconds>,
    pub last_run: Option<BackupRun>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_reads_as_people_write_it_and_says_itself() {
        let rule: BackupRule = serde_json::from_str(r#"{"at":"06:30"}"#).unwrap();
        assert_eq!(rule.to_string(), "every day at 06:30 IST, the newest 7 are kept");
        let rule: BackupRule = serde_json::from_str(r#"{"every_days":3,"at":"23:00","keep":1}"#).unwrap();
        assert_eq!(rule.to_string(), "every 3 days at 23:00 IST, the newest one is kept");
        for bad in [r#"{"at":"25:00"}"#, r#"{"at":"06:30","keep":0}"#, r#"{"at":"06:30","every_days":367}"#] {
            assert!(serde_json::from_str::<BackupRule>(bad).is_err(), "{bad}");
        }
    }
}
