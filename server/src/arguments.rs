//! The command line. Names here are promises: scripts outside the project use them.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgGroup, Args, Parser, Subcommand};
use engine::{Limits, Rate, StrategyPlan, StrategyPlans};
use export::Format;
use market::{ChartInterval, ContractKinds, Day, ExpiredKey, Interval, TimeOfDay, UnderlyingName};
use protocol::{
    BackupDays, BackupsKept, Brokerage, CandlesBeside, Charges, ComparedKeys, DaysBefore, HistoricalDays,
    Market, Minute, RunTime, StopAt, StrikesEachSide, TokenName, Workers,
};

use crate::commands::settings::SettingChange;
use crate::exposure::AllowedHost;
use crate::unlock::Asked;

use crate::logging::LogLevel;

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
    /// Where the database, its key and the lock live [default: ./data, with --simulated ./data-simulated]
    #[arg(long, global = true, env = "EXPIRYTRACK_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// An address that speaks like Upstox [default: https://api.upstox.com]
    #[arg(long, global = true, env = "EXPIRYTRACK_UPSTOX_URL", value_name = "URL")]
    pub upstox_url: Option<String>,
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
    /// Brings the candles of expired contracts into the database
    Collect(Collect),
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
    /// Takes in the exchange's daily files of futures and options (UDiFF, NSE or BSE, zipped or not): what was traded there
    /// and is missing here is asked for again, what was not traded never
    Bhavcopy {
        #[arg(required = true, num_args = 1.., value_name = "FILE")]
        files: Vec<PathBuf>,
    },
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
    /// Prints what a helper would ask for, without secrets
    Doctor,
}

#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:5000")]
    pub addr: SocketAddr,
    /// The built-in simulated market instead of Upstox
    #[arg(long)]
    pub simulated: bool,
    /// Opens the browser
    #[arg(long)]
    pub open: bool,
    /// A certificate in PEM, with those that it rests on after it: speaks TLS
    #[arg(long, requires = "tls_key", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// The private key of that certificate, in PEM
    #[arg(long, requires = "tls_cert", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// A reverse proxy speaks TLS for this server, and says in X-Forwarded-For who comes
    #[arg(long, conflicts_with = "tls_cert")]
    pub behind_proxy: bool,
    /// Another name that browsers address this server by; may be given several times
    #[arg(long, value_name = "NAME")]
    pub allowed_host: Vec<AllowedHost>,
    /// The day on which the simulated market lives
    #[arg(long, requires = "simulated", value_name = "DATE")]
    pub today: Option<Day>,
    /// Faults of the simulated market, as JSON; read again when it changes
    #[arg(long, requires = "simulated", value_name = "FILE")]
    pub faults: Option<PathBuf>,
}

impl Serve {
    /// What a bare `expirytrack` does.
    pub fn bare() -> Self {
        Self {
            addr: SocketAddr::from(([127, 0, 0, 1], 5000)),
            simulated: false,
            open: true,
            tls_cert: None,
            tls_key: None,
            behind_proxy: false,
            allowed_host: Vec::new(),
            today: None,
            faults: None,
        }
    }

    /// The market that it is started on.
    pub fn market(&self) -> Market {
        if self.simulated { Market::Simulated } else { Market::Upstox }
    }
}

#[derive(Debug, Args)]
pub struct Simulate {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:5900")]
    pub addr: SocketAddr,
    /// The day on which the market lives [default: 2025-09-17]
    #[arg(long, value_name = "DATE")]
    pub today: Option<Day>,
    /// Limits that are enforced: upstox, off, or 50/1s,500/60s,2000/1800s
    #[arg(long, default_value = "upstox")]
    pub limits: Limits,
    /// Faults, as JSON; read again when the file changes
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Login {
    /// Reads a bearer token from standard input, instead of asking for a sign-in in the browser
    #[arg(long, conflicts_with = "app_stdin")]
    pub token_stdin: bool,
    /// Reads the API key and the API secret of your Upstox app from standard input, a line each, and keeps them; on a
    /// terminal they are asked for, the first time without it
    #[arg(long)]
    pub app_stdin: bool,
    /// The redirect address that the app was registered with [default: as it was given before, else http://127.0.0.1:5000/callback]
    #[arg(long, value_name = "URL", conflicts_with = "token_stdin")]
    pub redirect_uri: Option<String>,
}

#[derive(Debug, Args)]
pub struct Password {
    /// Reads it from standard input, a line
    #[arg(long)]
    pub stdin: bool,
    /// Removes it: then whoever reaches the server may use it
    #[arg(long, conflicts_with = "stdin")]
    pub remove: bool,
}

#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// All tokens, with when they were used last
    List,
    /// Makes a token and shows it, this once
    Add {
        name: TokenName,
        /// It looks and changes nothing
        #[arg(long)]
        read_only: bool,
    },
    /// Revokes a token: from now on it opens nothing
    Revoke { name: TokenName },
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("expiries").required(true).args(["expiry", "last", "all"])))]
pub struct Collect {
    /// A symbol, name or key, for example BANKNIFTY or "NSE_INDEX|Nifty 50"; may be given several times
    #[arg(long, required = true, num_args = 1.., value_name = "NAME")]
    pub underlying: Vec<UnderlyingName>,
    /// YYYY-MM-DD; may be given several times
    #[arg(long, num_args = 1.., value_name = "DATE")]
    pub expiry: Vec<Day>,
    /// The newest N expiries of each underlying
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub last: Option<u32>,
    /// Every expiry
    #[arg(long)]
    pub all: bool,
    /// options, futures or both
    #[arg(long, default_value_t)]
    pub kind: ContractKinds,
    /// Options within N listed strikes (1 to 50) of where the underlying went on the days asked, from its lowest to
    /// its highest price [default: all strikes]
    #[arg(long, value_name = "N")]
    pub strikes: Option<StrikesEachSide>,
    /// 1minute, 3minute, 5minute, 15minute, 30minute or day
    #[arg(long, default_value_t)]
    pub interval: Interval,
    /// Days before each expiry, 1 to 1000
    #[arg(long, env = "EXPIRYTRACK_HISTORICAL_DAYS", default_value_t)]
    pub days: HistoricalDays,
    /// Requests under way at once, 1 to 10 [default: as `expirytrack settings` says]
    #[arg(long, env = "EXPIRYTRACK_MAX_WORKERS", value_name = "N")]
    pub workers: Option<Workers>,
    /// Leaves out the 1-minute candles of the underlying itself
    #[arg(long)]
    pub without_underlying: bool,
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub enum VaultCommand {
    /// From the key file to the passphrase of --passphrase-file, or one that is asked for
    ToPassphrase,
    /// From the passphrase back to a key file, DIR/key or the one of --key-file
    ToKeyFile,
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub enum JobsCommand {
    /// All jobs, newest first
    List,
    /// One job
    Show { id: i64 },
    /// Holds a job until it is resumed
    Pause { id: i64 },
    /// Queues a paused job again
    Resume { id: i64 },
    /// Ends a job for good; what it brought stays
    Cancel { id: i64 },
    /// Tries what failed again
    Retry { id: i64 },
}

#[derive(Debug, Subcommand)]
pub enum ScheduleCommand {
    /// All schedules, with their next and last runs
    List,
    /// Adds a rule by which new expiries are collected
    Add(AddSchedule),
    /// Gives a schedule another rule, as `add` writes it; jobs that the old one made go on
    Change {
        id: i64,
        #[command(flatten)]
        rule: AddSchedule,
    },
    /// Forgets a schedule; its jobs and what they brought stay
    Remove { id: i64 },
    /// Runs a schedule now
    Run { id: i64 },
    /// Holds a schedule until it is resumed
    Pause { id: i64 },
    /// Lets a paused schedule run again
    Resume { id: i64 },
}

#[derive(Debug, Args)]
pub struct AddSchedule {
    /// A symbol, name or key, for example BANKNIFTY or "NSE_INDEX|Nifty 50"; may be given several times
    #[arg(long, required = true, num_args = 1.., value_name = "NAME")]
    pub underlying: Vec<UnderlyingName>,
    /// Weekly expiries [default: weekly and monthly ones]
    #[arg(long)]
    pub weekly: bool,
    /// Monthly expiries [default: weekly and monthly ones]
    #[arg(long)]
    pub monthly: bool,
    /// options, futures or both
    #[arg(long, default_value_t)]
    pub kind: ContractKinds,
    /// Options within N listed strikes (1 to 50) of where the underlying went on the days asked, from its lowest to
    /// its highest price [default: all strikes]
    #[arg(long, value_name = "N")]
    pub strikes: Option<StrikesEachSide>,
    /// 1minute, 3minute, 5minute, 15minute, 30minute or day
    #[arg(long, default_value_t)]
    pub interval: Interval,
    /// The time in IST, on the next trading day after an expiry
    #[arg(long, value_name = "HH:MM", default_value_t)]
    pub at: RunTime,
    /// A cron expression in IST instead, for example "30 7 * * 2-6"
    #[arg(long, value_name = "EXPR", conflicts_with = "at")]
    pub cron: Option<String>,
    /// What it is called [default: what it collects]
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
    /// Days before each expiry, 1 to 1000
    #[arg(long, env = "EXPIRYTRACK_HISTORICAL_DAYS", default_value_t)]
    pub days: HistoricalDays,
    /// Leaves out the 1-minute candles of the underlying itself
    #[arg(long)]
    pub without_underlying: bool,
}

#[derive(Debug, Subcommand)]
pub enum SettingsCommand {
    /// Changes settings, for example `workers=3 numbers=international`; `NAME=default` takes one back
    Set {
        #[arg(required = true, num_args = 1.., value_name = "NAME=VALUE")]
        changes: Vec<SettingChange>,
    },
}

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

#[derive(Debug, Args)]
pub struct Restore {
    /// The backup
    pub file: PathBuf,
    /// Into the data directory of the simulated market
    #[arg(long)]
    pub simulated: bool,
}

#[derive(Debug, Args)]
pub struct Chain {
    /// A symbol, name or key, for example BANKNIFTY or "NSE_INDEX|Nifty 50"
    pub underlying: UnderlyingName,
    /// YYYY-MM-DD
    pub expiry: Day,
    /// The minute in IST, for example 2025-08-01T10:30 [default: the last that is stored]
    #[arg(long, value_name = "MINUTE")]
    pub at: Option<Minute>,
}

#[derive(Debug, Args)]
pub struct AnalysisOf {
    /// For example gamma-exposure [default: all are listed, with their rules]
    #[arg(requires = "underlying")]
    pub name: Option<String>,
    /// A symbol, name or key, for example BANKNIFTY or "NSE_INDEX|Nifty 50"
    pub underlying: Option<UnderlyingName>,
    /// YYYY-MM-DD [default: the newest with minutes]
    #[arg(long, value_name = "DATE")]
    pub expiry: Option<Day>,
    /// The minute in IST, for example 2025-08-01T10:30 [default: the last that is stored]
    #[arg(long, value_name = "MINUTE")]
    pub at: Option<Minute>,
    /// The minute to compare with [default: the first of the same day]
    #[arg(long, value_name = "MINUTE")]
    pub since: Option<Minute>,
    /// The first day, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub from: Option<Day>,
    /// The last day, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub to: Option<Day>,
    /// 1minute, 3minute, 5minute, 15minute, 30minute, 1hour or day [default: by the number of days]
    #[arg(long)]
    pub interval: Option<ChartInterval>,
    /// Interest a year, continuous, for forwards and volatilities [default: 6.5%]
    #[arg(long, allow_hyphen_values = true)]
    pub rate: Option<Rate>,
    #[arg(long, value_name = "FORMAT", value_parser = formats(), default_value = Format::Csv.as_str())]
    pub format: Format,
    /// A file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct SeriesOf {
    /// For example atm-straddle [default: all are listed, with their rules]
    #[arg(requires = "underlying")]
    pub name: Option<String>,
    /// A symbol, name or key, for example BANKNIFTY or "NSE_INDEX|Nifty 50"
    pub underlying: Option<UnderlyingName>,
    /// The expiry that it is made of, YYYY-MM-DD [default: the newest with minutes]
    #[arg(long, value_name = "DATE")]
    pub expiry: Option<Day>,
    /// The first day, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub from: Option<Day>,
    /// The last day, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub to: Option<Day>,
    /// 1minute, 3minute, 5minute, 15minute, 30minute, 1hour or day
    #[arg(long, default_value_t)]
    pub interval: ChartInterval,
    /// Interest a year, continuous, for forwards and volatilities [default: 6.5%]
    #[arg(long, allow_hyphen_values = true)]
    pub rate: Option<Rate>,
    /// A parameter of the series, for example fixed=09:20; may be given again
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub parameters: Vec<String>,
    #[arg(long, value_name = "FORMAT", value_parser = formats(), default_value = Format::Csv.as_str())]
    pub format: Format,
    /// A file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Strategy {
    /// A symbol, name or key, for example BANKNIFTY or "NSE_INDEX|Nifty 50"
    pub underlying: UnderlyingName,
    /// YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub expiry: Day,
    /// Up to six legs, for example sell:1:call:atm+2,buy:1:call:same@next,buy:1:put:24300,buy:1:future; strategies side by side with ;
    #[arg(long, value_name = "LEGS")]
    pub legs: StrategyPlans,
    /// The minute in IST in which the legs are chosen, for example 2025-08-25T09:20
    #[arg(long, value_name = "MINUTE")]
    pub entry: Minute,
    /// The minute in which it ends [default: held to the first expiry]
    #[arg(long, value_name = "MINUTE")]
    pub exit: Option<Minute>,
    /// 1minute, 3minute, 5minute, 15minute, 30minute, 1hour or day
    #[arg(long, default_value_t)]
    pub interval: ChartInterval,
    /// The minute from which the payoff is seen [default: the entry]
    #[arg(long, value_name = "MINUTE")]
    pub at: Option<Minute>,
    #[command(flatten)]
    pub terms: StrategyTerms,
}

#[derive(Debug, Args)]
pub struct StrategyRun {
    /// A symbol, name or key, for example BANKNIFTY or "NSE_INDEX|Nifty 50"
    pub underlying: UnderlyingName,
    /// Up to six legs, for example sell:1:call:delta0.25,sell:1:put:delta0.25
    #[arg(long, value_name = "LEGS")]
    pub legs: StrategyPlan,
    /// Trading days before each expiry and a time, for example 1@09:20
    #[arg(long, value_name = "DAYS@HH:MM")]
    pub entry: DaysBefore,
    /// The same, at which it ends [default: held to expiry]
    #[arg(long, value_name = "DAYS@HH:MM")]
    pub exit: Option<DaysBefore>,
    /// The first expiry, YYYY-MM-DD [default: a year before the last]
    #[arg(long, value_name = "DATE")]
    pub from: Option<Day>,
    /// The last expiry, YYYY-MM-DD [default: the newest with minutes]
    #[arg(long, value_name = "DATE")]
    pub to: Option<Day>,
    #[command(flatten)]
    pub terms: StrategyTerms,
}

/// What both take.
#[derive(Debug, Args)]
pub struct StrategyTerms {
    /// Rupees won after costs at which it ends before
    #[arg(long, value_name = "RUPEES", allow_hyphen_values = true)]
    pub profit: Option<StopAt>,
    /// Rupees lost after costs at which it ends before
    #[arg(long, value_name = "RUPEES", allow_hyphen_values = true)]
    pub loss: Option<StopAt>,
    /// Interest a year, continuous [default: as the settings say]
    #[arg(long, allow_hyphen_values = true)]
    pub rate: Option<Rate>,
    /// Rupees an order [default: as the settings say]
    #[arg(long, value_name = "RUPEES", allow_hyphen_values = true)]
    pub brokerage: Option<Brokerage>,
    /// Percent of the turnover [default: as the settings say]
    #[arg(long, value_name = "PERCENT", allow_hyphen_values = true)]
    pub charges: Option<Charges>,
    /// csv or json [default: words; csv with --out]
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    pub format: Option<Format>,
    /// A file to write
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Candles {
    /// For example "NSE_FO|71706|28-08-2025"
    pub expired_key: ExpiredKey,
    /// 1minute, 3minute, 5minute, 15minute, 30minute, 1hour or day
    #[arg(long, default_value_t)]
    pub interval: ChartInterval,
    /// The first day, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub from: Option<Day>,
    /// The last day, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub to: Option<Day>,
    /// What stands beside the candles: volatility (with forward and greeks), vwap, sma-20, ema-20, underlying, future,
    /// sessions; several with commas between
    #[arg(long, value_name = "WITH", default_value_t, hide_default_value = true)]
    pub with: CandlesBeside,
    /// Up to three other contracts whose closes stand beside the candles, with commas between
    #[arg(long, value_name = "EXPIRED_KEYS", default_value_t, hide_default_value = true)]
    pub compare: ComparedKeys,
    #[arg(long, value_name = "FORMAT", value_parser = formats(), default_value = Format::Csv.as_str())]
    pub format: Format,
    /// A file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

fn formats() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::as_str)).try_map(|name| name.parse::<Format>())
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
