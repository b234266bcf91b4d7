//! Arguments of what brings candles in: orders, jobs, schedules.

use clap::{ArgGroup, Args, Subcommand};
use market::{ContractKinds, Day, Interval, UnderlyingName};
use protocol::{HistoricalDays, RunTime, StrikesEachSide, Workers};

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("expiries").required(true).args(["expiry", "last", "all"])))]
pub struct Collect {
    /// A symbol, name or key, for example BANKNIFTY or "NSE_INDEX|Nifty 50"; may be given several times, or with commas between
    #[arg(long, required = true, num_args = 1.., value_delimiter = ',', value_name = "NAME")]
    pub underlying: Vec<UnderlyingName>,
    /// YYYY-MM-DD; may be given several times, or with commas between
    #[arg(long, num_args = 1.., value_delimiter = ',', value_name = "DATE")]
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
    /// A symbol, name or key, for example BANKNIFTY or "NSE_INDEX|Nifty 50"; may be given several times, or with commas between
    #[arg(long, required = true, num_args = 1.., value_delimiter = ',', value_name = "NAME")]
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
    /// Publishes what is complete into the lake of the settings once it is collected
    #[arg(long)]
    pub publish: bool,
}
