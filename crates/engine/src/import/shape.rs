//! What a table of a file is, by the names of its columns, and where in it each thing stands.

use market::{ChartInterval, ExpiredKey, Interval, Segment};

/// What a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Instruments,
    Contracts,
    Candles,
}

/// A column that we look for, by any of its names: the first of them that is there.
type Names = &'static [&'static str];

const KEY: Names = &["expired_instrument_key", "expired_key"];
const CANDLE: [Names; 8] = [
    KEY,
    &["timestamp", "datetime", "date_time", "time", "time_of_day"],
    &["open"],
    &["high"],
    &["low"],
    &["close"],
    &["volume"],
    &["open_interest", "oi", "openint", "openinterest"],
];
/// Where a candle's open interest stands.
const OPEN_INTEREST_PLACE: usize = CANDLE.len() - 1;
/// Behind what every candle has.
const BESIDE_CANDLE: [Names; 7] = [
    &["interval"],
    &["date"],
    &["trading_symbol", "tradingsymbol", "openalgo_symbol", "symbol", "ticker"],
    &["underlying"],
    &["expiry", "expiry_date"],
    &["strike", "strike_price"],
    &["side", "kind"],
];
pub(super) const INTERVAL_PLACE: usize = CANDLE.len();
/// Of the day alone, where the time stands in a column of its own.
pub(super) const DATE_PLACE: usize = INTERVAL_PLACE + 1;
pub(super) const SYMBOL_PLACE: usize = INTERVAL_PLACE + 2;
/// A symbol told in parts: underlying, expiry, strike and side.
pub(super) const PARTS_PLACES: [usize; 4] =
    [INTERVAL_PLACE + 3, INTERVAL_PLACE + 4, INTERVAL_PLACE + 5, INTERVAL_PLACE + 6];
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

/// What a file says of the interval of its candles, where no column does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum ToldInterval {
    #[default]
    Nothing,
    Of(ChartInterval),
    /// The word that stands where the name of a contract's file says it, and is none.
    Unknown(String),
}

/// What is known of a file besides its columns and its name.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub interval: Option<ChartInterval>,
    /// Of a file that is of one contract.
    pub key: Option<ExpiredKey>,
    /// Where neither this nor the name says it.
    pub interval_else: Option<ChartInterval>,
}

/// A table that we can read.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub kind: Kind,
    /// In a database, or the file within a zip.
    pub table: String,
    /// The columns to read, as they are called there.
    pub columns: Vec<String>,
    /// For each thing that we look for, which of the columns it is.
    places: Vec<Option<usize>>,
    /// Of a file that is of one contract.
    pub key: Option<ExpiredKey>,
    pub told: ToldInterval,
}

impl Shape {
    /// `file`: our own files of one contract say in their names whose and in which interval.
    pub fn of(table: &str, columns: &[String], file: &str, known: &Known) -> Option<Self> {
        let find = |names: Names| find(columns, names).cloned();
        let found = |wanted: &[Names]| wanted.iter().map(|names| find(names)).collect::<Vec<_>>();
        let (key, end) = key_in(file).unzip();
        let key = key.or_else(|| known.key.clone());
        let candle = found(&CANDLE);
        let has_key = candle[0].is_some() || key.is_some();
        // Whose they are, and open interest, may be said elsewhere or not at all.
        let is_candles =
            candle[1..OPEN_INTEREST_PLACE].iter().all(Option::is_some) && (has_key || has_symbol(columns));
        let contract = found(&CONTRACT);
        let is_contracts = contract[..CONTRACT_NEEDED].iter().all(Option::is_some);
        let instrument = found(&INSTRUMENT);
        let (kind, wanted) = if is_candles {
            (Kind::Candles, candle.into_iter().chain(found(&BESIDE_CANDLE)).collect())
        } else if is_contracts {
            (Kind::Contracts, contract)
        } else if instrument[..2].iter().all(Option::is_some) {
            (Kind::Instruments, instrument)
        } else {
            return None;
        };
        let mut columns = Vec::new();
        let place = |(at, column): (usize, Option<String>)| {
            // What tells a contract by its symbol is not read where its key does.
            let is_spare = is_candles && has_key && at >= SYMBOL_PLACE;
            column.filter(|_| !is_spare).map(|column| {
                columns.push(column);
                columns.len() - 1
            })
        };
        let places = wanted.into_iter().enumerate().map(place).collect();
        let key = key.filter(|_| kind == Kind::Candles);
        let named = match end {
            Some(end) => interval_at(end),
            None => match interval_at(file) {
                // Of a file that is not of one contract the last word may be any.
                ToldInterval::Unknown(_) => ToldInterval::Nothing,
                told => told,
            },
        };
        let told = match (known.interval, named) {
            (Some(interval), _) => ToldInterval::Of(interval),
            (None, ToldInterval::Nothing) => {
                known.interval_else.map_or(ToldInterval::Nothing, ToldInterval::Of)
            }
            (None, named) => named,
        };
        Some(Self { kind, table: table.to_owned(), columns, places, key, told })
    }

    /// What is told of the interval, where that is needed: candles without a column of it.
    pub fn told_if_needed(&self) -> Option<&ToldInterval> {
        let is_needed = self.kind == Kind::Candles && self.places[INTERVAL_PLACE].is_none();
        is_needed.then_some(&self.told)
    }

    /// What is kept under the interval that is told; `None` where nothing is told.
    pub fn interval(&self) -> Option<Interval> {
        match &self.told {
            ToldInterval::Of(interval) => interval.collected(),
            ToldInterval::Nothing | ToldInterval::Unknown(_) => None,
        }
    }

    /// Candles without a column of open interest.
    pub fn lacks_open_interest(&self) -> bool {
        self.kind == Kind::Candles && self.places[OPEN_INTEREST_PLACE].is_none()
    }

    /// Of a row, what stands at one of the places that its kind has.
    pub fn cell<'row, T>(&self, row: &'row [T], place: usize) -> Option<&'row T> {
        row.get((*self.places.get(place)?)?)
    }

    /// The columns by which a database hands out what belongs together together.
    pub fn order(&self) -> Vec<String> {
        let columns = |places: &[usize]| -> Vec<String> {
            let found = places.iter().filter_map(|place| self.columns.get((*self.places.get(*place)?)?));
            found.cloned().collect()
        };
        match self.kind {
            Kind::Candles => columns(&[0, SYMBOL_PLACE, DATE_PLACE, 1]),
            Kind::Instruments | Kind::Contracts => Vec::new(),
        }
    }
}

fn find(columns: &[String], names: Names) -> Option<&String> {
    names.iter().find_map(|name| columns.iter().find(|column| name.eq_ignore_ascii_case(column.trim())))
}

/// Whether the columns tell a contract by its symbol, in one or in parts. Beside the key of an underlying a symbol is that
/// of the underlying.
fn has_symbol(columns: &[String]) -> bool {
    let has = |place: usize| find(columns, BESIDE_CANDLE[place - INTERVAL_PLACE]).is_some();
    find(columns, INSTRUMENT[0]).is_none()
        && (has(SYMBOL_PLACE) || PARTS_PLACES.iter().all(|place| has(*place)))
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
    let has = |names: Names| find(columns, names).is_some();
    let are_candles = CANDLE[1..OPEN_INTEREST_PLACE].iter().all(|names| has(names)) && !has(KEY);
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

/// `1minute` of a name's end, and of `_1minute (1).csv`, as a browser calls a second copy.
fn interval_at(end: &str) -> ToldInterval {
    let stem = end.rsplit_once('.').map_or(end, |(stem, _)| stem);
    let stem = stem.split_once(" (").map_or(stem, |(stem, _)| stem);
    match stem.rsplit('_').next() {
        None | Some("") => ToldInterval::Nothing,
        Some(word) => word.parse().map_or_else(|_| ToldInterval::Unknown(word.to_owned()), ToldInterval::Of),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(columns: &str, file: &str) -> Option<(Kind, Vec<String>)> {
        let columns: Vec<String> = columns.split(' ').map(str::to_owned).collect();
        Shape::of("t", &columns, file, &Known::default()).map(|shape| (shape.kind, shape.columns))
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
        let shape = Shape::of("", &columns, named, &Known::default()).unwrap();
        assert_eq!(shape.interval(), Some(Interval::Minute5));
        assert_eq!(shape.key.unwrap().to_string(), "NSE_FO|71706|28-08-2025");
    }

    #[test]
    fn a_contract_is_told_by_its_symbol_unless_a_key_does_or_the_underlyings_stands_there() {
        let prices = "open high low close volume";
        for (columns, symbols) in [
            (format!("ticker date time {prices} openint"), Some(true)),
            (format!("symbol timestamp {prices} oi"), Some(true)),
            (format!("underlying expiry strike side timestamp {prices}"), Some(true)),
            (format!("expired_key trading_symbol timestamp {prices}"), Some(false)),
            (format!("instrument_key symbol interval timestamp {prices}"), None),
            (format!("underlying strike timestamp {prices}"), None),
        ] {
            let names: Vec<String> = columns.split(' ').map(str::to_owned).collect();
            let shape = Shape::of("", &names, "candles.csv", &Known::default());
            let candles = shape.filter(|shape| shape.kind == Kind::Candles);
            let by_symbol = candles.map(|shape| {
                let row: Vec<usize> = (0..shape.columns.len()).collect();
                let has = |place| shape.cell(&row, place).is_some();
                !has(0) && (has(SYMBOL_PLACE) || has(PARTS_PLACES[0]))
            });
            assert_eq!(by_symbol, symbols, "{columns}");
        }
    }

    #[test]
    fn the_name_of_a_contracts_file_says_its_interval_or_that_it_cannot_be_had() {
        let bare = "timestamp open high low close volume".split(' ').map(str::to_owned).collect::<Vec<_>>();
        let with_column = [&bare[..], &["interval".to_owned()]].concat();
        let of = |text: &str| ToldInterval::Of(text.parse().unwrap());
        let unknown = |word: &str| ToldInterval::Unknown(word.to_owned());
        for (end, told) in [
            ("_day.csv", of("day")),
            ("_5minute (1).csv", of("5minute")),
            (".csv", ToldInterval::Nothing),
            (" (2).csv", ToldInterval::Nothing),
            ("_1hour.csv", of("1hour")),
            ("_hourly.parquet", unknown("hourly")),
        ] {
            let file = format!("simulated_NIFTY_22600_PE_28_AUG_25_NSE_FO-71706-28-08-2025{end}");
            let shape = Shape::of("", &bare, &file, &Known::default()).unwrap();
            assert_eq!(shape.told_if_needed(), Some(&told), "{file}");
            let with_column = Shape::of("", &with_column, &file, &Known::default()).unwrap();
            assert_eq!(with_column.told_if_needed(), None, "{file}");
            // What lies beside a file knows better than its name, and its name better than the rest.
            let day: ChartInterval = "day".parse().unwrap();
            let beside = Known { interval: Some(day), ..Known::default() };
            assert_eq!(Shape::of("", &bare, &file, &beside).unwrap().told, of("day"), "{file}");
            let within = Known { interval_else: Some(day), ..Known::default() };
            let expected = if told == ToldInterval::Nothing { of("day") } else { told };
            assert_eq!(Shape::of("", &bare, &file, &within).unwrap().told, expected, "{file}");
        }
    }
}
