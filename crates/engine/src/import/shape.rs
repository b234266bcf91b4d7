//! What a table of a file is, by the names of its columns, and where in it each thing stands.

use market::{ExpiredKey, Interval, Segment};

/// What a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Instruments,
    Contracts,
    Candles,
}

/// A column that we look for, by any of its names.
type Names = &'static [&'static str];

const KEY: Names = &["expired_instrument_key", "expired_key"];
const CANDLE: [Names; 8] = [
    KEY,
    &["timestamp", "time", "datetime", "date_time"],
    &["open"],
    &["high"],
    &["low"],
    &["close"],
    &["volume"],
    &["open_interest", "oi", "openint"],
];
const INTERVAL: Names = &["interval"];
/// Behind what every candle has.
pub(super) const INTERVAL_PLACE: usize = CANDLE.len();
const CONTRACT: [Names; 9] = [
    KEY,
    &["instrument_key", "underlying_key"],
    &["expiry_date", "expiry"],
    &["contract_type", "instrument_type", "kind"],
    &["strike_price", "strike"],
    &["trading_symbol"],
    &["lot_size"],
    &["tick_size"],
    &["metadata"],
];
/// All that a contract must be described by; its tick and the rest may be missing.
const CONTRACT_NEEDED: usize = 6;
const INSTRUMENT: [Names; 4] = [&["instrument_key"], &["symbol"], &["name"], &["underlying_type", "type"]];

/// A table that we can read.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub kind: Kind,
    /// In a database.
    pub table: String,
    /// The columns to read, as they are called there.
    pub columns: Vec<String>,
    /// For each thing that we look for, which of the columns it is.
    places: Vec<Option<usize>>,
    /// Of a file that is of one contract.
    pub key: Option<ExpiredKey>,
    /// Where no column says it. `Err`: the word that stands where the name of a contract's file says it.
    pub interval: Result<Interval, String>,
}

impl Shape {
    /// `file`: our own files of one contract say in their names whose and in which interval.
    pub fn of(table: &str, columns: &[String], file: &str) -> Option<Self> {
        let find = |names: Names| {
            columns
                .iter()
                .find(|column| names.iter().any(|name| name.eq_ignore_ascii_case(column.trim())))
                .cloned()
        };
        let found = |wanted: &[Names]| wanted.iter().map(|names| find(names)).collect::<Vec<_>>();
        let (key, end) = key_in(file).unzip();
        let candle = found(&CANDLE);
        // Whose they are, and open interest, may be said elsewhere or not at all.
        let is_candles = candle[1..7].iter().all(Option::is_some) && (candle[0].is_some() || key.is_some());
        let contract = found(&CONTRACT);
        let is_contracts = contract[..CONTRACT_NEEDED].iter().all(Option::is_some);
        let instrument = found(&INSTRUMENT);
        let (kind, wanted) = if is_candles {
            (Kind::Candles, candle.into_iter().chain([find(INTERVAL)]).collect())
        } else if is_contracts {
            (Kind::Contracts, contract)
        } else if instrument[..2].iter().all(Option::is_some) {
            (Kind::Instruments, instrument)
        } else {
            return None;
        };
        let mut columns = Vec::new();
        let place = |column: Option<String>| {
            column.map(|column| {
                columns.push(column);
                columns.len() - 1
            })
        };
        let places = wanted.into_iter().map(place).collect();
        let key = key.filter(|_| kind == Kind::Candles);
        let interval = match end {
            Some(end) => interval_in(end),
            None => Ok(interval_in(file).unwrap_or_default()),
        };
        Some(Self { kind, table: table.to_owned(), columns, places, key, interval })
    }

    /// The word that is no interval, where one is needed: candles without a column of it.
    pub fn unknown_interval(&self) -> Option<&str> {
        let is_needed = self.kind == Kind::Candles && self.places[INTERVAL_PLACE].is_none();
        self.interval.as_ref().err().filter(|_| is_needed).map(String::as_str)
    }

    /// Of a row, what stands at one of the places that its kind has.
    pub fn cell<'row, T>(&self, row: &'row [T], place: usize) -> Option<&'row T> {
        row.get((*self.places.get(place)?)?)
    }

    /// The columns by which a database hands out what belongs together together.
    pub fn order(&self) -> Vec<String> {
        match self.kind {
            Kind::Candles => self.columns.iter().take(2).cloned().collect(),
            Kind::Instruments | Kind::Contracts => Vec::new(),
        }
    }
}

/// Candles of which nothing says what contract's they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyless {
    /// An underlying's own.
    OfUnderlying,
    OfNobody,
}

/// Whether candles stand under these columns, and no column for their contract.
pub(super) fn lacks_key(columns: &[String]) -> Option<Keyless> {
    let has = |names: Names| {
        columns.iter().any(|column| names.iter().any(|name| name.eq_ignore_ascii_case(column.trim())))
    };
    let are_candles = CANDLE[1..7].iter().all(|names| has(names)) && !has(KEY);
    let of = if has(INSTRUMENT[0]) { Keyless::OfUnderlying } else { Keyless::OfNobody };
    are_candles.then_some(of)
}

/// `…_NSE_FO-71706-28-08-2025_1minute.csv`, and what follows the key.
fn key_in(file: &str) -> Option<(ExpiredKey, &str)> {
    [Segment::NseDerivatives, Segment::BseDerivatives].into_iter().find_map(|segment| {
        let start = file.find(&format!("{}-", segment.as_str()))?;
        let rest = &file[start + segment.as_str().len() + 1..];
        let (token, rest) = rest.split_once('-')?;
        let (date, rest) = rest.split_at_checked(10)?;
        Some((format!("{}|{token}|{date}", segment.as_str()).parse().ok()?, rest))
    })
}

/// `1minute` of a name's end, and of `_1minute (1).csv`, as a browser calls a second copy. Where nothing is said it is the
/// minute, in which the first ExpiryTrack collected everything. `Err`: the word that is none.
fn interval_in(end: &str) -> Result<Interval, String> {
    let stem = end.rsplit_once('.').map_or(end, |(stem, _)| stem);
    let stem = stem.split_once(" (").map_or(stem, |(stem, _)| stem);
    match stem.rsplit('_').next() {
        None | Some("") => Ok(Interval::Minute1),
        Some(word) => word.parse().map_err(|_| word.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(columns: &str, file: &str) -> Option<(Kind, Vec<String>)> {
        let columns: Vec<String> = columns.split(' ').map(str::to_owned).collect();
        Shape::of("t", &columns, file).map(|shape| (shape.kind, shape.columns))
    }

    #[test]
    fn a_table_is_known_by_its_columns_whatever_their_order() {
        let candles =
            "id Expired_Instrument_Key timestamp open high low close volume open_interest created_at";
        let (kind, columns) = shape(candles, "data.db").unwrap();
        assert_eq!(kind, Kind::Candles);
        assert_eq!(columns[..2], ["Expired_Instrument_Key", "timestamp"]);
        let lake = "expired_key kind strike lot_size interval time open high low close volume open_interest";
        assert_eq!(shape(lake, "part-0.parquet").unwrap().0, Kind::Candles);
        let contracts = "expired_instrument_key instrument_key expiry_date contract_type strike_price trading_symbol lot_size";
        assert_eq!(shape(contracts, "contracts.parquet").unwrap().0, Kind::Contracts);
        assert_eq!(shape("instrument_key symbol name", "data.db").unwrap().0, Kind::Instruments);
        assert_eq!(shape("name email", "data.db"), None);
        let bare = "timestamp open high low close volume open_interest";
        assert_eq!(shape(bare, "candles.csv"), None, "it says not whose they are");
        let named = "NIFTY_22600_PE_28_AUG_25_NSE_FO-71706-28-08-2025_5minute.csv";
        let columns: Vec<String> = bare.split(' ').map(str::to_owned).collect();
        let shape = Shape::of("", &columns, named).unwrap();
        assert_eq!(shape.key.unwrap().to_string(), "NSE_FO|71706|28-08-2025");
        assert_eq!(shape.interval, Ok(Interval::Minute5));
    }

    #[test]
    fn the_name_of_a_contracts_file_says_its_interval_or_that_it_cannot_be_had() {
        let bare = "timestamp open high low close volume".split(' ').map(str::to_owned).collect::<Vec<_>>();
        let with_column = [&bare[..], &["interval".to_owned()]].concat();
        for (end, interval) in [
            ("_day.csv", Ok(Interval::Day)),
            ("_5minute (1).csv", Ok(Interval::Minute5)),
            (".csv", Ok(Interval::Minute1)),
            (" (2).csv", Ok(Interval::Minute1)),
            ("_1hour.csv", Err("1hour")),
            ("_hourly.parquet", Err("hourly")),
        ] {
            let file = format!("simulated_NIFTY_22600_PE_28_AUG_25_NSE_FO-71706-28-08-2025{end}");
            let shape = Shape::of("", &bare, &file).unwrap();
            assert_eq!(shape.unknown_interval(), interval.err(), "{file}");
            assert_eq!(shape.interval, interval.map_err(str::to_owned), "{file}");
            assert_eq!(Shape::of("", &with_column, &file).unwrap().unknown_interval(), None, "{file}");
        }
    }
}
