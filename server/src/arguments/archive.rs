//! Arguments of moving candles into the lake and back.

use clap::Args;
use market::{Day, UnderlyingName};

/// Expiries of an underlying.
#[derive(Debug, Args)]
pub struct Archived {
    /// A symbol, name or key, for example BANKNIFTY or "NSE_INDEX|Nifty 50"
    #[arg(long, value_name = "NAME")]
    pub underlying: UnderlyingName,
    /// Only expiries older than this day, YYYY-MM-DD [default: all of them]
    #[arg(long, value_name = "DATE", conflicts_with = "expiry")]
    pub before: Option<Day>,
    /// Only this expiry, YYYY-MM-DD; may be given several times
    #[arg(long, num_args = 1.., value_name = "DATE")]
    pub expiry: Vec<Day>,
}

#[derive(Debug, Args)]
pub struct LakePrune {
    #[command(flatten)]
    pub what: Archived,
    /// The lake that is to have them alone, where they lie in several [default: the one that has them; of several the lake of
    /// the settings]
    #[arg(long, value_name = "PLACE")]
    pub lake: Option<String>,
    /// Does not ask
    #[arg(long)]
    pub yes: bool,
}
