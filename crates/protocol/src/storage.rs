//! The room that the database takes, and what a person does about it: giving free room back, and removing what is not
//! needed any more.

use market::{Day, EpochSeconds, InstrumentKey, Underlying};
use serde::{Deserialize, Serialize};

use crate::{BackupRule, LastVerify, ScheduleId};

/// What takes how much room. Of the shares it is said "about": no candle is looked at, they are what candles take on
/// average here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StoragePicture {
    /// On the server's machine.
    pub data_dir: String,
    pub database_bytes: u64,
    /// Of the write-ahead log, which is folded into the database by itself.
    pub log_bytes: u64,
    /// Free on the disk; `None` where the system does not say.
    pub free_disk_bytes: Option<u64>,
    /// Free within the database: compacting gives it back, and what is collected next takes it else.
    pub free_bytes: u64,
    pub candles: u64,
    /// Candles that the lake has alone.
    #[serde(default)]
    pub archived_candles: u64,
    /// Underlyings with candles, those of most first.
    pub shares: Vec<StorageShare>,
    /// What the candles do not take: lists, requests, jobs. Nothing where these are few beside the candles: then the
    /// shares have it in them.
    pub other_bytes: u64,
    /// The expiries of the underlying that was asked for, newest first; else none.
    #[serde(default)]
    pub expiries: Vec<ExpiryShare>,
    pub last_backup: Option<EpochSeconds>,
    pub backup_rule: Option<BackupRule>,
    pub next_backup: Option<EpochSeconds>,
    pub last_verify: Option<LastVerify>,
    /// What was pruned, newest first, the last few times.
    pub pruned: Vec<PrunedLine>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StorageShare {
    pub underlying: Underlying,
    /// Candles of its contracts.
    pub contract_candles: u64,
    /// Its own candles.
    pub own_candles: u64,
    /// Candles of its contracts that the lake has alone.
    #[serde(default)]
    pub archived_candles: u64,
    /// About.
    pub bytes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExpiryShare {
    pub expiry: Day,
    pub candles: u64,
    /// Candles that the lake has alone.
    #[serde(default)]
    pub archived_candles: u64,
    /// About.
    pub bytes: u64,
}

/// What was pruned together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PrunedLine {
    pub at: EpochSeconds,
    pub underlying: Underlying,
    pub expiries: u64,
    /// The candles of the underlying itself too.
    pub own: bool,
    pub candles: u64,
}

/// Which expiries are pruned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum PruneChoice {
    #[default]
    All,
    /// Those older than this day.
    Before(Day),
    /// These. One that is not known is refused.
    Dates(Vec<Day>),
}

/// What a person wants removed. `K` is how the underlying is named: by its key, or as a person writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PruneOrder<K = InstrumentKey> {
    pub underlying: K,
    #[serde(default)]
    pub expiries: PruneChoice,
    /// The candles of the underlying itself too; only with all of its expiries, because each of them needs these.
    #[serde(default)]
    pub own_candles: bool,
}

impl<K> PruneOrder<K> {
    /// The same order with another name for its underlying.
    pub fn of<L>(self, underlying: L) -> PruneOrder<L> {
        PruneOrder { underlying, expiries: self.expiries, own_candles: self.own_candles }
    }
}

/// Candles that have something in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PruneSum {
    pub expiries: u64,
    pub candles: u64,
}

/// A schedule that would collect again what is pruned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CollectsAgain {
    pub schedule: ScheduleId,
    pub name: String,
    pub expiries: Vec<Day>,
}

/// What pruning would remove, and what that means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PrunePreview {
    pub underlying: Underlying,
    /// Those of which anything is stored, newest first.
    pub expiries: Vec<PrunedExpiry>,
    pub contracts: u64,
    /// With the underlying's own.
    pub candles: u64,
    /// The underlying's own; `None`: they stay.
    pub own_candles: Option<u64>,
    /// Days with a candle.
    pub days: u64,
    /// The first of these, and the last.
    pub first_day: Option<Day>,
    pub last_day: Option<Day>,
    /// About what comes back, once the database is compacted.
    pub bytes: u64,
    /// Upstox promises these still: they can be collected again.
    pub served: PruneSum,
    /// The first day on which one of them may be gone.
    pub served_until: Option<Day>,
    /// Upstox promises these no more: they are gone for ever unless a backup has them.
    pub lost: PruneSum,
    /// When the newest backup was made, and whether that was after the last of this was collected.
    pub backup_at: Option<EpochSeconds>,
    pub backup_has_all: bool,
    pub again: Vec<CollectsAgain>,
    /// Says what was counted: pruning takes it, and refuses where what is stored has changed since.
    pub token: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PrunedExpiry {
    pub expiry: Day,
    pub contracts: u64,
    pub candles: u64,
    /// The last day until which Upstox promises it.
    pub promised_until: Day,
    pub is_promised: bool,
}

/// What is done about the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum StorageDeed {
    Backup,
    Compact,
    Prune,
    /// Into a lake.
    Publish,
    /// Reading again what lies in a lake.
    VerifyLake,
    /// Reading what was published into a lake at the place where the lake lies now, and from then on there.
    MoveLake,
    /// Out of the database: the lake has them alone then.
    Archive,
    /// Back from the lake.
    Unarchive,
}

/// What is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StorageProgress {
    pub deed: StorageDeed,
    pub began_at: EpochSeconds,
    /// Of a backup the bytes that are written, of compacting those that came back, of pruning, publishing and verifying the
    /// candles.
    pub done: u64,
    /// Of a backup about so much.
    pub total: u64,
    /// Somebody has stopped it.
    pub is_stopping: bool,
}

/// How the last compacting or pruning of this run of the program ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StorageEnd {
    pub deed: StorageDeed,
    pub at: EpochSeconds,
    /// Bytes that came back, or candles that were removed, published or read again.
    pub done: u64,
    pub is_stopped: bool,
    /// Why it ended before its end, as a sentence.
    pub problem: Option<String>,
}

impl StorageDeed {
    /// What is left of it when somebody has stopped it.
    pub fn words_once_stopped(self) -> &'static str {
        match self {
            Self::VerifyLake => "what was not read yet is not verified: the same again reads all of it",
            Self::MoveLake => "nothing is moved, everything is read where it was: the same again begins anew",
            _ => "the same again does the rest",
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StorageWork {
    pub under_way: Option<StorageProgress>,
    pub last: Option<StorageEnd>,
}

impl PrunePreview {
    /// What it means, a sentence a line.
    pub fn consequences(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let expiries =
            |count: u64| if count == 1 { "1 expiry".to_owned() } else { format!("{count} expiries") };
        if self.served.expiries > 0 {
            let until = self.served_until.map(|day| format!(", the first until {}", day.to_long_text()));
            lines.push(format!(
                "Upstox still promises {}{}: collect again what you miss.",
                expiries(self.served.expiries),
                until.unwrap_or_default()
            ));
        }
        if self.lost.expiries > 0 {
            lines.push(format!(
                "Upstox promises {} no more (six months): gone for ever, unless a backup has them.",
                expiries(self.lost.expiries)
            ));
        }
        lines.push(match (self.backup_at, self.backup_has_all) {
            (None, _) => "There is no backup in the backups folder.".to_owned(),
            (Some(at), true) => format!("The backup of {} has all of it.", moment(at)),
            (Some(at), false) => format!("The newest backup, of {}, does not have all of it.", moment(at)),
        });
        lines.extend(self.again.iter().map(|again| {
            let days: Vec<String> = again.expiries.iter().map(|day| day.to_long_text()).collect();
            format!(
                "Schedule \"{}\" collects {} again by itself: pause or change it first if that is not wanted.",
                again.name,
                days.join(", ")
            )
        }));
        lines
    }
}

fn moment(at: EpochSeconds) -> String {
    at.to_ist().format("%-d %b %Y, %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_reads_as_people_write_it() {
        let read = |text: &str| serde_json::from_str::<PruneOrder<String>>(text);
        let all = read(r#"{"underlying":"NIFTY"}"#).unwrap();
        assert_eq!((all.expiries, all.own_candles), (PruneChoice::All, false));
        let before = read(r#"{"underlying":"NIFTY","expiries":{"before":"2025-08-28"}}"#).unwrap();
        assert_eq!(before.expiries, PruneChoice::Before("2025-08-28".parse().unwrap()));
        for bad in [r#"{}"#, r#"{"underlying":"NIFTY","expiries":{"dates":"2025-08-28"}}"#] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
