//! Arguments of what keeps the database well: checks, the exchange's files, backups, pruning, the lake.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use market::{Day, TimeOfDay, UnderlyingName};
use protocol::{BackupDays, BackupsKept, BhavcopyExchange, HistoricalDays};

use super::{Archived, LakePrune};

#[derive(Debug, Args)]
pub struct Verify {
    /// Only this one and its contracts
    #[arg(long, value_name = "NAME")]
    pub underlying: Option<UnderlyingName>,
    /// Asks the broker again for so many stored answers, drawn at random, and compares
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=500))]
    pub refetch: Option<u32>,
    /// Opens again what earlier versions settled wrongly, so that the next order asks for it
    #[arg(long)]
    pub mend: bool,
}

#[derive(Debug, Args)]
pub struct Bhavcopy {
    #[arg(required_unless_present = "withdraw", num_args = 1.., value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Takes in files of days on which the market was closed as well: a special session was held
    #[arg(long)]
    pub special_session: bool,
    /// Takes back the file of this day, YYYY-MM-DD: what it proved counts no more
    #[arg(long, value_name = "DATE", conflicts_with_all = ["files", "special_session"])]
    pub withdraw: Option<Day>,
    /// Whose file is taken back, NSE or BSE; needed where there are files of both
    #[arg(long, value_name = "EXCHANGE", requires = "withdraw")]
    pub exchange: Option<BhavcopyExchange>,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").args(["file", "list", "every", "never"])))]
pub struct Backup {
    /// The file to write; none may be there [default: DIR/backups/expirytrack-YYYYMMDD-HHMMSS.db]
    pub file: Option<PathBuf>,
    /// Lists the backups in DIR/backups, and the rule
    #[arg(long)]
    pub list: bool,
    /// From now on one every so many days, 1 to 366, while `serve` runs
    #[arg(long, value_name = "DAYS")]
    pub every: Option<BackupDays>,
    /// The time of day in IST
    #[arg(long, value_name = "HH:MM", requires = "every", default_value = "06:30")]
    pub at: TimeOfDay,
    /// So many, the newest ones, stay in DIR/backups, 1 to 100
    #[arg(long, value_name = "N", requires = "every", default_value_t)]
    pub keep: BackupsKept,
    /// From now on none by themselves
    #[arg(long)]
    pub never: bool,
}

#[derive(Debug, Args)]
pub struct Import {
    /// A database of the first ExpiryTrack, a Parquet or a CSV file, or a directory of them [default: lists what was brought in]
    #[arg(value_name = "FILE|DIR")]
    pub path: Option<PathBuf>,
    /// Reads and judges everything, and keeps nothing
    #[arg(long, requires = "path")]
    pub dry_run: bool,
    /// Lists the rows of an import that could not be taken, with the reason of each; the list of imports has the numbers
    #[arg(long, value_name = "NUMBER", conflicts_with = "path")]
    pub refused: Option<i64>,
}

#[derive(Debug, Args)]
pub struct Prune {
    /// A symbol, name or key, for example BANKNIFTY or "NSE_INDEX|Nifty 50"
    pub underlying: UnderlyingName,
    /// Only expiries older than this day, YYYY-MM-DD [default: all of them]
    #[arg(long, value_name = "DATE", conflicts_with = "expiry")]
    pub before: Option<Day>,
    /// Only this expiry, YYYY-MM-DD; may be given several times
    #[arg(long, num_args = 1.., value_name = "DATE")]
    pub expiry: Vec<Day>,
    /// The candles of the underlying itself too; only with all of its expiries
    #[arg(long, conflicts_with_all = ["before", "expiry"])]
    pub with_underlying: bool,
    /// Does not ask
    #[arg(long)]
    pub yes: bool,
}

#[derive(Debug, Subcommand)]
pub enum LakeCommand {
    /// Publishes complete expiries as Parquet with a manifest, and restates those whose rows have changed
    Publish(LakePublish),
    /// Reads all that lies in a lake again and holds it against what was published
    Verify {
        /// A folder, or s3://BUCKET/PREFIX [default: the lake of the settings]
        place: Option<String>,
    },
    /// Moves the candles of published expiries out of the database, after showing what that means: the lake has them alone
    Prune(LakePrune),
    /// Brings candles back from the lake
    Unarchive(Archived),
    /// Reads a lake at the place where it lies now, once all that was published from here was found there, to the last
    /// byte. Copy it there first: nothing is copied, and nothing removed
    Move {
        /// Where it lies now: a folder, or s3://BUCKET/PREFIX
        to: String,
        /// Where it was [default: the one place into which something was published from here]
        #[arg(long, value_name = "PLACE")]
        from: Option<String>,
    },
    /// What is published where
    List,
    /// Shows the lake of the settings, or makes a folder or s3://BUCKET/PREFIX the one
    Place {
        place: Option<String>,
        /// From now on there is none; what lies there stays
        #[arg(long, conflicts_with = "place")]
        none: bool,
    },
}

#[derive(Debug, Args)]
pub struct LakePublish {
    /// A symbol, name or key, for example BANKNIFTY or "NSE_INDEX|Nifty 50"
    #[arg(long)]
    pub underlying: UnderlyingName,
    /// Only this expiry, YYYY-MM-DD; may be given several times
    #[arg(long, num_args = 1.., value_name = "DATE", required_unless_present = "all_complete")]
    pub expiry: Vec<Day>,
    /// Every expiry that is complete
    #[arg(long, conflicts_with = "expiry")]
    pub all_complete: bool,
    /// A folder, or s3://BUCKET/PREFIX with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, or AWS_ENDPOINT_URL,
    /// in the environment [default: the lake of the settings]
    #[arg(long, value_name = "PLACE")]
    pub to: Option<String>,
    /// What "complete" is said of: so many days before the expiry
    #[arg(long, default_value_t)]
    pub days: HistoricalDays,
    /// Forward, volatility and greeks beside each candle, in files of their own
    #[arg(long, value_enum)]
    pub with: Vec<LakeWith>,
    /// Why rows have changed, for the manifest [default: what is known of the change]
    #[arg(long, value_name = "TEXT")]
    pub why: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LakeWith {
    Volatility,
}

#[derive(Debug, Args)]
pub struct Restore {
    /// The backup
    pub file: PathBuf,
}
