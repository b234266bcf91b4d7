//! The honest market under every script: the real lists of Nifty's expiries and contracts, the future's real day,
//! and simple candles for the rest, as a broker without a fault would send them.

use market::{Day, DayRange, TradingCalendar};
use serde_json::{Value, json};

use crate::broker::{Ask, Asked, Reply};

macro_rules! fixture {
    ($file:literal) => {
        include_str!(concat!("../../../crates/simulator/fixtures/", $file))
    };
}

const EXPIRIES: &str = fixture!("expiries_nifty50_real_2025-09.json");
const OPTIONS: &str = fixture!("option_contracts_nifty50_2025-08-28_real.json");
const FUTURES: &str = fixture!("future_contracts_nifty50_2025-08-28_real.json");
const PROVEN: &str = fixture!("nifty_expiries_proven.json");
const FUTURE_DAY: &str =
    fixture!("historical_candle_NSE_FO_64103_28-08-2025_1minute_real_day_2025-08-01.json");

pub const NIFTY_KEY: &str = "NSE_INDEX|Nifty 50";
/// The expiry of the captured lists.
pub const EXPIRY: &str = "2025-08-28";
pub const FUTURE_KEY: &str = "NSE_FO|64103|28-08-2025";
/// The day of the captured candles, all 375 minutes of it.
pub const CAPTURED_DAY: &str = "2025-08-01";

pub const OPEN: u16 = 9 * 60 + 15;
/// The last minute of a session before August 2026.
pub const LAST_MINUTE: u16 = 15 * 60 + 29;

pub fn honest(ask: &Ask) -> Reply {
    match &ask.about {
        Asked::Profile => Reply::data(json!({
            "email": "someone@example.com", "exchanges": ["NSE", "NFO", "BSE", "BFO"], "products": ["D"],
            "broker": "UPSTOX", "user_id": "AB1234", "user_name": "Somebody", "order_types": ["MARKET"],
            "user_type": "individual", "poa": false, "is_active": true
        })),
        Asked::Expiries { key } if key == NIFTY_KEY => Reply::data(expiries()),
        Asked::Options { key, expiry } if key == NIFTY_KEY => Reply::data(nifty_options(*expiry)),
        Asked::Futures { key, expiry } if key == NIFTY_KEY => Reply::data(nifty_futures(*expiry)),
        Asked::Candles { key, interval, days } if key == FUTURE_KEY && interval == "1minute" => {
            Reply::rows(nifty_future_life(*days))
        }
        Asked::Candles { interval, days, .. } => match interval.as_str() {
            "day" => Reply::rows(rows(*days, &[0])),
            _ => Reply::rows(quiet_life(*days)),
        },
        Asked::History { key, days } if key == NIFTY_KEY => Reply::rows(without_volume(quiet_life(*days))),
        Asked::Master | Asked::Other => Reply::error(404, "UDAPI100060", "Resource not Found."),
        _ => Reply::unknown_key(),
    }
}

pub fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn data(file: &str) -> Value {
    serde_json::from_str::<Value>(file).unwrap()["data"].take()
}

/// The 51 dates that were captured in September 2025.
pub fn expiries() -> Vec<Value> {
    data(EXPIRIES).as_array().unwrap().clone()
}

/// Every expiry of Nifty's that is proven, and whether it is a weekly one.
pub fn proven() -> Vec<(String, bool)> {
    let file: Value = serde_json::from_str(PROVEN).unwrap();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    file["NIFTY"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (text(row, "expiry"), text(row, "type") == "weekly"))
        .collect()
}

/// The 194 captured rows; those of another expiry are the same with that date.
pub fn nifty_options(expiry: Day) -> Vec<Value> {
    let rows = data(OPTIONS).as_array().unwrap().clone();
    let weekly = proven().contains(&(expiry.to_string(), true));
    rows.into_iter().map(|row| dated(row, expiry)).map(|row| with(row, "weekly", weekly)).collect()
}

/// The captured row on a monthly expiry, none on a weekly one.
pub fn nifty_futures(expiry: Day) -> Vec<Value> {
    if !proven().contains(&(expiry.to_string(), false)) {
        return Vec::new();
    }
    data(FUTURES).as_array().unwrap().iter().map(|row| dated(row.clone(), expiry)).collect()
}

/// A contract's row with the expiry, the key and the symbol of another date.
pub fn dated(row: Value, expiry: Day) -> Value {
    let key = row["instrument_key"].as_str().unwrap();
    let (token, _) = key.rsplit_once('|').unwrap();
    let key = format!("{token}|{}", expiry.to_key_text());
    let symbol = row["trading_symbol"].as_str().unwrap();
    let words: Vec<&str> = symbol.split(' ').collect();
    let symbol = format!("{} {}", words[..words.len() - 3].join(" "), symbol_date(expiry));
    let row = with(with(row, "instrument_key", key), "trading_symbol", symbol);
    with(row, "expiry", expiry.to_string())
}

fn symbol_date(expiry: Day) -> String {
    const MONTHS: [&str; 12] =
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    let text = expiry.to_string();
    let month: usize = text[5..7].parse().unwrap();
    format!("{} {} {}", &text[8..], MONTHS[month - 1], &text[2..4])
}

/// A row with one of its fields changed.
pub fn with(mut row: Value, name: &str, value: impl Into<Value>) -> Value {
    row[name] = value.into();
    row
}

/// Another underlying, for tests that need its contracts.
pub struct Underlying {
    pub key: &'static str,
    pub symbol: &'static str,
    pub segment: &'static str,
    pub kind: &'static str,
    pub lot: u32,
}

pub const BANKNIFTY: Underlying = Underlying {
    key: "NSE_INDEX|Nifty Bank",
    symbol: "BANKNIFTY",
    segment: "NSE_FO",
    kind: "INDEX",
    lot: 30,
};
pub const SENSEX: Underlying =
    Underlying { key: "BSE_INDEX|SENSEX", symbol: "SENSEX", segment: "BSE_FO", kind: "INDEX", lot: 20 };
pub const RELIANCE: Underlying = Underlying {
    key: "NSE_EQ|INE002A01018",
    symbol: "RELIANCE",
    segment: "NSE_FO",
    kind: "EQUITY",
    lot: 500,
};

impl Underlying {
    pub fn contract(&self, expiry: Day, kind: &str, strike: Option<f64>, token: u32) -> Value {
        let exchange = &self.segment[..3];
        let middle = strike.map_or("FUT".to_owned(), |strike| format!("{strike} {kind}"));
        let mut row = json!({
            "name": self.symbol, "segment": self.segment, "exchange": exchange, "expiry": expiry.to_string(),
            "instrument_key": format!("{}|{token}|{}", self.segment, expiry.to_key_text()),
            "exchange_token": token.to_string(),
            "trading_symbol": format!("{} {middle} {}", self.symbol, symbol_date(expiry)),
            "tick_size": 5, "lot_size": self.lot, "instrument_type": kind, "freeze_quantity": 1800,
            "underlying_key": self.key, "underlying_type": self.kind, "underlying_symbol": self.symbol,
            "minimum_lot": self.lot,
        });
        if let Some(strike) = strike {
            row["weekly"] = json!(false);
            row["strike_price"] = json!(strike);
        }
        row
    }

    pub fn future(&self, expiry: Day, token: u32) -> Value {
        self.contract(expiry, "FUT", None, token)
    }

    /// `strikes` rungs, put before call, tokens counted on from the first.
    pub fn ladder(&self, expiry: Day, first: f64, step: f64, strikes: u32, token: u32) -> Vec<Value> {
        let rung = |rung: u32| {
            let strike = Some(first + step * f64::from(rung));
            let put = self.contract(expiry, "PE", strike, token + 2 * rung);
            [put, self.contract(expiry, "CE", strike, token + 2 * rung + 1)]
        };
        (0..strikes).flat_map(rung).collect()
    }
}

/// Days of the range on which the market was open, oldest first.
pub fn trading_days(days: DayRange) -> Vec<Day> {
    let calendar = TradingCalendar::bundled();
    days.days().filter(|day| calendar.day(*day).minutes() > 300).collect()
}

/// One row; time and prices follow from the minute, so that equal minutes have equal rows.
pub fn row(day: Day, minute: u16) -> Value {
    // Whole paise on the tick, another level each day.
    let base = 20_000 + 100 * (day.days_since_1970() % 50) + 5 * i64::from(minute % 7);
    let rupees = |paise: i64| paise as f64 / 100.0;
    let time = format!("{day}T{:02}:{:02}:00+05:30", minute / 60, minute % 60);
    json!([time, rupees(base), rupees(base + 200), rupees(base - 105), rupees(base + 50), 75, 75])
}

/// These minutes of each trading day, newest first.
pub fn rows(days: DayRange, minutes: &[u16]) -> Vec<Value> {
    let newest_first = trading_days(days).into_iter().rev();
    newest_first.flat_map(|day| minutes.iter().rev().map(move |minute| row(day, *minute))).collect()
}

/// A few rows a day, from the opening to the last minute; open interest never above what was traded.
pub fn quiet_life(days: DayRange) -> Vec<Value> {
    rows(days, &[OPEN, 12 * 60, LAST_MINUTE])
}

/// Every minute of each day.
pub fn busy_life(days: DayRange) -> Vec<Value> {
    rows(days, &(OPEN..=LAST_MINUTE).collect::<Vec<_>>())
}

/// A quiet life, with the captured day in full.
pub fn nifty_future_life(days: DayRange) -> Vec<Value> {
    let captured = data(FUTURE_DAY)["candles"].as_array().unwrap().clone();
    let mut rows = quiet_life(days);
    if days.contains(day(CAPTURED_DAY)) {
        rows.retain(|row| !time(row).starts_with(CAPTURED_DAY));
        let place = rows.partition_point(|row| time(row) > CAPTURED_DAY);
        rows.splice(place..place, captured);
    }
    rows
}

pub fn time(row: &Value) -> &str {
    row[0].as_str().unwrap()
}

/// Indices have neither volume nor open interest.
pub fn without_volume(rows: Vec<Value>) -> Vec<Value> {
    let silent = |mut row: Value| {
        (row[5], row[6]) = (json!(0), json!(0));
        row
    };
    rows.into_iter().map(silent).collect()
}
