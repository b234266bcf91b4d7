//! Arguments of what shows and takes out what is stored.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use engine::{Rate, Series, Slots, Split, StrategyPlan, StrategyPlans};
use export::table::Times;
use export::{Format, Preset};
use market::{ChartInterval, ContractKind, Day, ExpiredKey, UnderlyingName};
use protocol::{
    AUDIT_LINES, AUDIT_LINES_MAX, AuditOutcome, AuditQuery, Brokerage, CandlesBeside, Charges, ComparedKeys,
    DaysBefore, ExportSplit, ExportSymbol, JobId, Minute, ReplaySpeed, SQL_ROWS, SQL_ROWS_MAX, SQL_SECONDS,
    SQL_SECONDS_MAX, StopAt, TimeOfDay,
};

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
pub struct Replay {
    /// A symbol, name or key, for example BANKNIFTY or "NSE_INDEX|Nifty 50"
    pub underlying: UnderlyingName,
    /// YYYY-MM-DD
    pub expiry: Day,
    /// The day that is played, YYYY-MM-DD
    pub day: Day,
    /// Minutes of then that pass in one: 1 is as it was, 60 a minute a second, 100000 at once
    #[arg(long, value_name = "N", default_value_t, allow_hyphen_values = true)]
    pub speed: ReplaySpeed,
    /// The time in IST from which it plays, for example 09:30 [default: the first minute]
    #[arg(long, value_name = "HH:MM")]
    pub from: Option<TimeOfDay>,
}

#[derive(Debug, Args)]
pub struct Dataset {
    /// A symbol, name or key, for example BANKNIFTY or "NSE_INDEX|Nifty 50"
    pub underlying: UnderlyingName,
    /// The first day, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub from: Option<Day>,
    /// The last day, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub to: Option<Day>,
    /// Also the days whose nearest listed expiry has no minute here, told of the nearest that has; else they are left out
    #[arg(long)]
    pub farther: bool,
    /// The options of each minute: atm5 (calls and puts of 5 strikes on either side of the money) or delta0.1,0.25,0.5
    #[arg(long, default_value = "atm5")]
    pub slots: Slots,
    /// Adds the move of the forward over so many minutes ahead, within the day
    #[arg(long, value_name = "MINUTES")]
    pub label: Option<u16>,
    /// The part of the days to train on, or the first day to test on, for example 2025-08-01
    #[arg(long, default_value = "0.8")]
    pub split: Split,
    /// Interest a year, continuous, for forwards and volatilities [default: as the settings say]
    #[arg(long, allow_hyphen_values = true)]
    pub rate: Option<Rate>,
    /// A folder that is not there yet, or is empty
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
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
    /// Whole minutes from 1minute to 375minute, 1hour, day, week or month [default: by the number of days]
    #[arg(long)]
    pub interval: Option<ChartInterval>,
    /// Interest a year, continuous, for forwards and volatilities [default: 6.5%]
    #[arg(long, allow_hyphen_values = true)]
    pub rate: Option<Rate>,
    /// What it is written in [default: as the name of --out ends, else csv]
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    pub format: Option<Format>,
    /// A file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Requests {
    /// A part of the key or of the broker's code, or the whole name of a contract or an underlying
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    /// For example expiries or historical-candle
    #[arg(long)]
    pub endpoint: Option<String>,
    /// Only those that failed
    #[arg(long)]
    pub faults: bool,
    /// Only those of this job
    #[arg(long, value_name = "JOB")]
    pub job: Option<i64>,
    /// The first day of requests in IST, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub from: Option<Day>,
    /// The last day
    #[arg(long, value_name = "DATE")]
    pub to: Option<Day>,
    /// Only requests before this one
    #[arg(long, value_name = "NUMBER")]
    pub before: Option<i64>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = AUDIT_LINES,
          value_parser = clap::value_parser!(u32).range(1..=i64::from(AUDIT_LINES_MAX)))]
    pub limit: u32,
}

impl Requests {
    pub fn query(&self) -> AuditQuery {
        AuditQuery {
            search: self.search.clone(),
            endpoint: self.endpoint.clone(),
            outcome: self.faults.then_some(AuditOutcome::Fault),
            job: self.job.map(JobId),
            from: self.from,
            to: self.to,
            before: self.before,
            limit: Some(self.limit),
        }
    }
}

#[derive(Debug, Args)]
pub struct Sql {
    /// One SELECT, or - to read it from standard input
    #[arg(value_name = "SELECT", conflicts_with = "named")]
    pub sql: Option<String>,
    /// One of the queries to begin with, for example straddle
    #[arg(long = "query", value_name = "NAME")]
    pub named: Option<String>,
    /// At most so many rows
    #[arg(long, value_name = "N", default_value_t = SQL_ROWS,
          value_parser = clap::value_parser!(u32).range(1..=i64::from(SQL_ROWS_MAX)))]
    pub rows: u32,
    /// Stops it after so long
    #[arg(long, value_name = "N", default_value_t = SQL_SECONDS,
          value_parser = clap::value_parser!(u32).range(1..=i64::from(SQL_SECONDS_MAX)))]
    pub seconds: u32,
    /// Runs it however many candles it reads
    #[arg(long)]
    pub read_all: bool,
    /// Tells how SQLite goes about it
    #[arg(long)]
    pub plan: bool,
    /// Writes rows in place of a table
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    pub format: Option<Format>,
    /// The same as --format csv
    #[arg(long, conflicts_with = "format")]
    pub csv: bool,
    /// A file to write, in --format, else as its name ends; as CSV where it has no ending [default: standard output]
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
    /// Whole minutes from 1minute to 375minute, 1hour, day, week or month
    #[arg(long, default_value_t)]
    pub interval: ChartInterval,
    /// Interest a year, continuous, for forwards and volatilities [default: 6.5%]
    #[arg(long, allow_hyphen_values = true)]
    pub rate: Option<Rate>,
    /// A parameter of the series, for example fixed=09:20; may be given again
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub parameters: Vec<String>,
    /// What it is written in [default: as the name of --out ends, else csv]
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    pub format: Option<Format>,
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
    /// Whole minutes from 1minute to 375minute, 1hour, day, week or month
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
    /// What it is written in [default: words; with --out as its name ends, else csv]
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
    /// Whole minutes from 1minute to 375minute, 1hour, day, week or month
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
    /// What it is written in [default: as the name of --out ends, else csv]
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    pub format: Option<Format>,
    /// A file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

fn formats() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::as_str)).try_map(|name| name.parse::<Format>())
}

/// What `export` takes out, and how.
#[derive(Debug, Args)]
pub struct Export {
    /// A symbol, name or key, for example BANKNIFTY or "NSE_INDEX|Nifty 50" [default: see --contract]
    pub underlying: Option<UnderlyingName>,
    /// These contracts, for example "NSE_FO|71706|28-08-2025"; several with commas between
    #[arg(long, value_name = "EXPIRED_KEYS", value_delimiter = ',', conflicts_with = "underlying")]
    pub contract: Vec<ExpiredKey>,
    /// These expiries, YYYY-MM-DD, with commas between [default: all]
    #[arg(long, value_name = "DATES", value_delimiter = ',', requires = "underlying")]
    pub expiry: Vec<Day>,
    /// Expiries from this one on
    #[arg(long, value_name = "DATE", requires = "underlying")]
    pub expiry_from: Option<Day>,
    /// Expiries up to this one
    #[arg(long, value_name = "DATE", requires = "underlying")]
    pub expiry_to: Option<Day>,
    /// FUT, CE, PE, with commas between [default: all]
    #[arg(long, value_name = "KINDS", value_delimiter = ',')]
    pub kind: Vec<ContractKind>,
    /// Options from this strike on, in rupees
    #[arg(long, value_name = "RUPEES")]
    pub strike_from: Option<f64>,
    /// Options up to this strike
    #[arg(long, value_name = "RUPEES")]
    pub strike_to: Option<f64>,
    /// Of the underlying itself alone; with --expiry of the days of that
    #[arg(long, conflicts_with = "with")]
    pub own: bool,
    /// underlying (its own candles, in files of their own; with --expiry or --contract of the days of those), volatility
    /// (forward, volatility and greeks beside each row); both with a comma between
    #[arg(long, value_name = "WITH", value_delimiter = ',', value_parser = ["underlying", "volatility"])]
    pub with: Vec<String>,
    /// In place of candles the option chain of one expiry: of a minute (2025-08-01T10:30) or each minute of a day
    #[arg(long, value_name = "DAY|MINUTE", requires = "expiry")]
    pub chain: Option<String>,
    /// In place of candles a series made of them, as `expirytrack series` lists them, for example "strangle offset=2"; a
    /// file each of the expiries that are named
    #[arg(long, value_name = "SERIES", requires = "underlying")]
    pub series: Option<Series>,
    /// Whole minutes from 1minute to 375minute, 1hour, day, week or month
    #[arg(long, default_value_t)]
    pub interval: ChartInterval,
    /// Candles from this day on, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub from: Option<Day>,
    /// Candles up to this day
    #[arg(long, value_name = "DATE")]
    pub to: Option<Day>,
    /// What a program reads: pandas, polars, amibroker, excel, openalgo, vectorbt, backtrader or nautilus_trader; without
    /// anything else it tells where the snippet lies that reads it
    #[arg(long, value_name = "NAME")]
    pub preset: Option<Preset>,
    /// csv, csv.gz, csv.zip, json, parquet, arrow or xlsx [default: parquet]
    #[arg(long, value_name = "FORMAT", value_parser = files())]
    pub format: Option<Format>,
    /// How text says a moment: ist, ist-offset or epoch [default: ist]
    #[arg(long)]
    pub times: Option<Times>,
    /// Columns in their order, with commas between [default: those of the lake]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Names beside the key: broker, openalgo or parts (underlying, expiry, strike, side), with commas between
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub symbols: Vec<ExportSymbol>,
    /// What is one file: expiry, contract or underlying [default: expiry; of xlsx underlying, with a sheet an expiry]
    #[arg(long)]
    pub split: Option<ExportSplit>,
    /// A folder that is empty or not there [default: what it would come to is told]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

fn files() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::FILES.map(Format::as_str)).try_map(|name| name.parse::<Format>())
}
