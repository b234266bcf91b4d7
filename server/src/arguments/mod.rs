//! The command line: what is said of all commands, and which there are; the arguments of each stand with their kin.
//! Names here are promises: scripts outside the project use them.

mod archive;
mod collecting;
mod keeping;
mod looking;
mod reading;
mod serving;
mod variables;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use engine::{BrokerAddress, Limits};
use market::{ContractKinds, Day, ExpiredKey, Interval, UnderlyingName};
use protocol::{HistoricalDays, QualityExpiries};

use crate::logging::LogLevel;
use crate::unlock::Asked;

pub use self::archive::{Archived, LakePrune};
pub use self::collecting::{AddSchedule, Collect, JobsCommand, ScheduleCommand};
pub use self::keeping::{Backup, Bhavcopy, Import, LakeCommand, LakePublish, Prune, Restore, Verify};
pub use self::looking::{
    AnalysisOf, Candles, Chain, Dataset, Export, Replay, Requests, SeriesOf, Sql, Strategy, StrategyRun,
    StrategyTerms,
};
pub use self::reading::read;
pub use self::serving::{Login, Password, Serve, SettingsCommand, Simulate, TokenCommand, VaultCommand};
pub use self::variables::arguments_by_variable;

/// Collects, keeps and shows the history of expired Indian futures and options.
#[derive(Debug, Parser)]
#[command(name = "expirytrack", version, about, long_about = None)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    /// Without one: `serve --open`.
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The built-in simulated market instead of Upstox, with data of its own
    #[arg(long, global = true)]
    pub simulated: bool,
    /// Where the database, its key and the lock live [default: ./data, with --simulated ./data-simulated]
    #[arg(long, global = true, env = "EXPIRYTRACK_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// An address that speaks like Upstox [default: https://api.upstox.com]
    #[arg(long, global = true, env = "EXPIRYTRACK_UPSTOX_URL", hide_env_values = true, value_name = "URL",
          value_parser = reading::broker_address)]
    pub upstox_url: Option<BrokerAddress>,
    /// The key that seals the sign-in [default: DIR/key]
    #[arg(long, global = true, env = "EXPIRYTRACK_KEY_FILE", value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// A file with the passphrase that takes the place of the key file, on its first line
    #[arg(long, global = true, env = "EXPIRYTRACK_PASSPHRASE_FILE", value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Asks for the passphrase on the terminal, where it is not shown
    #[arg(long, global = true)]
    pub passphrase: bool,
    /// The passphrase that was asked for.
    #[arg(skip)]
    pub asked: Asked,
    /// One JSON document on standard output, everything else on standard error
    #[arg(long, global = true, env = "EXPIRYTRACK_JSON", value_parser = clap::builder::BoolishValueParser::new(),
          num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true")]
    pub json: bool,
    /// How much is logged; RUST_LOG counts where this is not given [default: warn, in a server's file info; of other commands error]
    #[arg(long, global = true, env = "EXPIRYTRACK_LOG", value_name = "LEVEL", ignore_case = true)]
    pub log_level: Option<LogLevel>,
    /// Limits to keep: upstox, off, or 50/1s,500/60s,2000/1800s
    #[arg(long, global = true, env = "EXPIRYTRACK_RATE_LIMITS", default_value = "upstox", hide = true)]
    pub rate_limits: Limits,
    /// Brings a database of an older version to this one without a copy of what it was
    #[arg(long, global = true, env = "EXPIRYTRACK_UPGRADE_WITHOUT_BACKUP",
          value_parser = clap::builder::BoolishValueParser::new(), num_args = 0..=1, require_equals = true,
          default_value = "false", default_missing_value = "true", hide = true)]
    pub upgrade_without_backup: bool,
    /// Lowers the one-second limit
    #[arg(long, global = true, env = "EXPIRYTRACK_MAX_REQUESTS_PER_SECOND", hide = true)]
    pub max_requests_per_second: Option<std::num::NonZeroU32>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Starts the app in the browser
    Serve(Serve),
    /// Starts a look-alike of Upstox to try things on
    Simulate(Simulate),
    /// Keeps a sign-in for the other commands
    Login(Login),
    /// Sets the password that the server is unlocked with, here and from other machines
    Password(Password),
    /// Lists, makes and revokes the tokens by which programs use the server
    Token {
        #[command(subcommand)]
        command: Option<TokenCommand>,
    },
    /// Lists and searches the indices and stocks that have, or had, futures and options
    Instruments {
        /// Only those that this finds: words of symbol, name or key, in any order
        #[arg(long, default_value = "", value_name = "TEXT")]
        search: String,
    },
    /// Lists the expiries of an underlying
    Expiries {
        /// A symbol, name or key, for example BANKNIFTY or "NSE_INDEX|Nifty 50"
        underlying: UnderlyingName,
        /// Days before each expiry of which it is told whether they are complete
        #[arg(long, default_value_t)]
        days: HistoricalDays,
        /// The series of which it is told
        #[arg(long, default_value_t)]
        interval: Interval,
    },
    /// Lists the contracts of an expiry, with what was paid for each
    Contracts {
        /// A symbol, name or key, for example BANKNIFTY or "NSE_INDEX|Nifty 50"
        underlying: UnderlyingName,
        /// YYYY-MM-DD
        expiry: Day,
        /// options, futures or both
        #[arg(long, default_value_t)]
        kind: ContractKinds,
    },
    /// Tells what is stored of a contract, and which ones lie beside it; never asks the broker
    Contract {
        /// For example "NSE_FO|71706|28-08-2025"
        expired_key: ExpiredKey,
    },
    /// Shows the option chain of an expiry at a past minute, from what is stored; never asks the broker
    Chain(Chain),
    /// Plays a past day of an expiry as if it were live: a line of JSON a minute; never asks the broker
    Replay(Replay),
    /// Writes a training set for models: a row a minute and option near the money, in two Parquet files by time; never asks the broker
    Dataset(Dataset),
    /// Makes a series of stored minutes (a straddle, a volatility, a continuous future); without a name lists what there is
    Series(SeriesOf),
    /// Tells what stored minutes say of an expiry as a whole (open interest by strike, smile, gamma exposure); without a name lists what there is
    Analysis(AnalysisOf),
    /// Shows strategies of one expiry from a past minute on: what they won, their payoff, their legs; never asks the broker
    Strategy(Strategy),
    /// Shows one strategy over every expiry of the last year, with what they come to; never asks the broker
    StrategyRun(StrategyRun),
    /// Finds underlyings, expiries, contracts and jobs by what people type; never asks the broker
    Find {
        /// Words in any order, for example nifty 24500 ce 28 aug, bn 52000 pe, reliance fut aug, job 12
        #[arg(required = true, num_args = 1.., value_name = "TEXT")]
        text: Vec<String>,
        /// At most so many, 1 to 50
        #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u8).range(1..=50))]
        limit: u8,
    },
    /// Asks what is stored with one SELECT; without one tells the tables, their columns and twenty queries to begin with
    Sql(Sql),
    /// Brings the candles of expired contracts into the database
    Collect(Collect),
    /// Lists the requests to Upstox, newest first
    Requests(Requests),
    /// Lists, shows and steers jobs
    Jobs {
        #[command(subcommand)]
        command: Option<JobsCommand>,
    },
    /// Lists, adds and steers schedules; a running `serve` carries them out
    Schedule {
        #[command(subcommand)]
        command: Option<ScheduleCommand>,
    },
    /// Writes the candles of a contract; never asks the broker
    Candles(Candles),
    /// Writes what is stored as files with a manifest: an expiry, many, chosen contracts, an underlying's own candles, in any
    /// format and interval; never asks the broker
    Export(Box<Export>),
    /// Takes in the exchange's daily files of futures and options (UDiFF, NSE or BSE, zipped or not): what was traded there
    /// and is missing here is asked for again, what was not traded never
    Bhavcopy(Bhavcopy),
    /// Tells how far what is stored is whole: all expiries, or one contract by contract and day by day; never asks the broker
    Coverage {
        /// A symbol, name or key, for example BANKNIFTY or "NSE_INDEX|Nifty 50"
        underlying: Option<UnderlyingName>,
        /// YYYY-MM-DD
        #[arg(requires = "underlying")]
        expiry: Option<Day>,
        /// Days before the expiry
        #[arg(long, default_value_t)]
        days: HistoricalDays,
    },
    /// Tells what is odd about the candles of an underlying: holes, copies, revisions, what was refused, what the exchange says
    Quality {
        /// A symbol, name or key, for example BANKNIFTY or "NSE_INDEX|Nifty 50"
        underlying: UnderlyingName,
        /// The newest listed expiries whose days are looked at one by one, 1 to 60
        #[arg(long, value_name = "N", default_value_t)]
        expiries: QualityExpiries,
    },
    /// Changes what the secrets of a data directory are sealed with
    Vault {
        #[command(subcommand)]
        command: VaultCommand,
    },
    /// Encrypts the database, in a build with encryption
    Encrypt,
    /// Makes a plain file of an encrypted database again, in a build with encryption
    Decrypt,
    /// Checks the database: the file, every candle, coverage and what it rests on
    Verify(Verify),
    /// Copies the database into one file, whole and checked; now, or by a rule
    Backup(Backup),
    /// Makes a backup the database of an empty data directory
    Restore(Restore),
    /// Brings in candles that other programs have collected; what the broker answered always stays
    Import(Import),
    /// Prints the settings for all work, with where each comes from; or changes some
    Settings {
        #[command(subcommand)]
        command: Option<SettingsCommand>,
    },
    /// Tells what takes how much room: the files, what is free in them, about how much each underlying takes
    Storage {
        /// A symbol, name or key: its expiries are told, too
        #[arg(long, value_name = "NAME")]
        underlying: Option<UnderlyingName>,
    },
    /// Gives the room that is free within the database back to the disk
    Compact,
    /// Removes candles that are not needed any more, after showing what that means; lists of contracts stay
    Prune(Prune),
    /// Publishes complete expiries into a lake of Parquet, on disk or in S3, and verifies it
    #[command(subcommand)]
    Lake(LakeCommand),
    /// Prints what a helper would ask for, without secrets
    Doctor,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
