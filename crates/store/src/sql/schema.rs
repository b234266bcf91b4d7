//! What can be asked for, in words. A test holds each table and column against the database.

use protocol::{SqlTable, SqlTableColumn};

/// Name, meaning, and the columns with theirs.
type Table = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const KEY: (&str, &str) =
    ("expired_instrument_key", "the contract's key, as NSE_FO|71706|28-08-2025; finds its rows");
const SYMBOL: (&str, &str) = ("trading_symbol", "as NIFTY 22600 PE 28 AUG 25; finds its rows");
const UNDERLYING: (&str, &str) = ("instrument_key", "the underlying's key, as NSE_INDEX|Nifty 50");
const INTERVAL: (&str, &str) = ("interval", "1minute, 3minute, 5minute, 15minute, 30minute or day");
const TIMESTAMP: (&str, &str) =
    ("timestamp", "start of the candle in IST, as text; a condition on it reads every row");
const EPOCH: (&str, &str) =
    ("epoch", "the same in seconds since 1970; finds rows: epoch >= unixepoch('2025-08-01 09:15+05:30')");
const DATE: (&str, &str) = ("expiry_date", "as 2025-08-28");
const KIND: (&str, &str) = ("contract_type", "FUT, CE or PE");
const STRIKE: (&str, &str) = ("strike_price", "rupees; nothing for a future");
const OPEN: (&str, &str) = ("open", "rupees");
const HIGH: (&str, &str) = ("high", "rupees");
const LOW: (&str, &str) = ("low", "rupees");
const CLOSE: (&str, &str) = ("close", "rupees");
const VOLUME: (&str, &str) = ("volume", "units, not lots");
const OPEN_INTEREST: (&str, &str) = ("open_interest", "units, not lots");
const DAY: (&str, &str) = ("day", "as 2025-08-28");
const FIRST: (&str, &str) = ("first_epoch", "the first candle, in seconds since 1970");
const LAST: (&str, &str) = ("last_epoch", "the last candle, in seconds since 1970");

#[rustfmt::skip]
const TABLES: [Table; 15] = [
    ("historical_data", "1-minute candles of contracts",
     &[KEY, TIMESTAMP, OPEN, HIGH, LOW, CLOSE, VOLUME, OPEN_INTEREST, EPOCH, SYMBOL]),
    ("historical_data_all", "candles of contracts in every interval that was collected",
     &[KEY, INTERVAL, TIMESTAMP, OPEN, HIGH, LOW, CLOSE, VOLUME, OPEN_INTEREST, EPOCH, SYMBOL]),
    ("underlying_data", "candles of indices and shares themselves",
     &[UNDERLYING, INTERVAL, TIMESTAMP, OPEN, HIGH, LOW, CLOSE, VOLUME, OPEN_INTEREST, EPOCH, ("symbol", "as NIFTY")]),
    ("contract_days", "a row a day of a contract: reads no candle, so it is the way to look at many of them",
     &[UNDERLYING, DATE, KIND, STRIKE, KEY, SYMBOL, INTERVAL, DAY, ("high", "highest trade, rupees"),
       ("low", "lowest trade, rupees"), ("close", "last trade, rupees"), VOLUME,
       ("open_interest", "units, at the last candle"), ("candles", "rows of the day"),
       ("candles_without_trade", "those with volume 0"), FIRST, LAST]),
    ("underlying_days", "a row a day of an index or a share",
     &[UNDERLYING, ("symbol", "as NIFTY"), INTERVAL, DAY, HIGH, LOW, ("close", "of the last candle, rupees"), VOLUME,
       ("candles", "rows of the day"), FIRST, LAST]),
    ("contracts", "expired contracts as they were listed",
     &[KEY, UNDERLYING, DATE, KIND, STRIKE, SYMBOL, ("lot_size", "units"), ("tick_size", "rupees"),
       ("exchange_token", "the exchange's number; numbers are used again"), ("metadata", "the broker's row, as JSON")]),
    ("expiries", "expiries and how much of each is here",
     &[("id", "its number here"), UNDERLYING, DATE, ("is_weekly", "1, 0, or nothing where nothing says it"),
       ("contracts_fetched", "1: its contracts were listed"),
       ("data_fetched", "1: each day that can be asked for is answered for good, for every contract"),
       ("created_at", "when it was first seen, IST"), ("contracts", "how many are listed"),
       ("candles", "1-minute candles of all of them")]),
    ("instruments", "indices and shares",
     &[UNDERLYING, ("symbol", "as NIFTY"), ("name", "in full"), ("exchange", "NSE or BSE"), ("segment", "as NSE_INDEX"),
       ("underlying_type", "INDEX or STOCK"), ("created_at", "when it was first seen, IST")]),
    ("job_status", "each expiry of each job",
     &[("id", "its number here"), ("job_type", "collect"), UNDERLYING, DATE,
       ("status", "pending, running, completed or failed"), ("started_at", "IST"), ("completed_at", "IST"),
       ("error_message", "why it failed"), ("retry_count", "requests that were made again")]),
    ("requests", "what the broker was asked",
     &[("id", "its number here"), ("timestamp", "IST"), ("job_id", "for which job"), ("endpoint", "what was asked"),
       ("key", "of what"), ("interval", "of candles"), ("from_day", "the first day"), ("to_day", "the last day"),
       ("status", "HTTP's; nothing: no answer came"), ("code", "the broker's, or the kind of fault"),
       ("rows", "of the answer"), ("bytes", "of the answer"), ("duration_ms", "milliseconds"),
       ("attempt", "1, 2 … of the same question"), ("epoch", "seconds since 1970")]),
    ("revised_data", "candles as they were before a later answer changed them",
     &[KEY, INTERVAL, TIMESTAMP, OPEN, HIGH, LOW, CLOSE, VOLUME, OPEN_INTEREST, EPOCH, SYMBOL,
       ("request_id", "the request that changed it")]),
    ("exchange_days", "what the exchange's daily files say of contracts",
     &[KEY, DAY, VOLUME, ("open_interest", "units, at the close"), ("settlement_price", "rupees"),
       ("file", "that it comes from")]),
    ("candle", "the table of all candles, as it is",
     &[("series_id", "of series"), ("ts", "start in seconds since 1970; with series_id it finds rows"),
       ("open", "whole numbers: series.price_scale to the rupee"), ("high", "the same"), ("low", "the same"),
       ("close", "the same"), VOLUME, OPEN_INTEREST]),
    ("series", "the candles of one contract or underlying in one interval",
     &[("id", "in candle.series_id"), ("contract_id", "of contract"), ("underlying_id", "of underlying"), INTERVAL,
       ("price_scale", "stored prices to the rupee: 100, or more"), ("candles", "how many there are"),
       ("reach", "days before the expiry that are answered for good; -1 open, -2 not asked, -3 pruned"),
       ("pruned_at", "when its candles were removed, in seconds since 1970")]),
    ("quarantine", "what the broker sent and could not be taken",
     &[("id", "its number here"), ("kind", "candle, contract, expiry or instrument"), ("series_id", "of a candle"),
       ("expiry_id", "of a contract"), ("part", "options or futures"), ("underlying_id", "of an expiry"),
       ("expired_key", "of a contract"), ("ts", "of a candle, where it can be read"), ("raw", "as it came"),
       ("reason", "why it was refused"), ("request_id", "the first request that it came with"),
       ("last_request_id", "the last one"), ("times", "how often it came"),
       ("settled_at", "when something readable came in its place")]),
];

pub(super) fn tables() -> Vec<SqlTable> {
    let column = |(name, meaning): &(&str, &str)| SqlTableColumn {
        name: (*name).to_owned(),
        meaning: (*meaning).to_owned(),
    };
    let table = |(name, meaning, columns): Table| SqlTable {
        name: name.to_owned(),
        meaning: meaning.to_owned(),
        columns: columns.iter().map(column).collect(),
    };
    TABLES.into_iter().map(table).collect()
}
