//! Reading the exchange's daily file (UDiFF, since 8 July 2024; NSE and BSE have the same columns). It is taken whole or
//! not at all: one row that cannot be read refuses the file.
//!
//! `TtlTradgVol` is in lots (contracts), `OpnIntrst` in units, in NSE's real file of 1 August 2025
//! (`fixtures/`): 8 lots of 75 of NIFTY 24950 CE at 279 have a `TtlTrfVal` of ₹1.51 crore, which is
//! 8 × 75 × (24950 + 279). No file of BSE's was seen, so the unit is read from the turnover of each file, and where that
//! says nothing the volume is taken for lots. What is compared and kept is in units, as the broker's candles are.

use std::collections::{HashMap, HashSet};

use csv::{ByteRecord, ReaderBuilder};
use market::{ContractKind, Day, Paise, Strike};
use protocol::BhavcopyExchange;

use super::error::BhavcopyError;
use super::name::check_name;
use super::text::in_utf8;
use super::unpack::unpack;

/// Ten times a busy day.
const ROWS_MAX: u64 = 400_000;
/// How far the turnover of a row may lie from what its volume makes at its closing price.
const TURNOVER_TOLERANCE: f64 = 0.2;

/// Columns that are read.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Column {
    Day,
    Segment,
    Exchange,
    Kind,
    Token,
    Symbol,
    Expiry,
    Strike,
    Side,
    Close,
    Settlement,
    OpenInterest,
    Volume,
    Turnover,
    Lot,
}

const COLUMNS: [(Column, &str); 15] = [
    (Column::Day, "TradDt"),
    (Column::Segment, "Sgmt"),
    (Column::Exchange, "Src"),
    (Column::Kind, "FinInstrmTp"),
    (Column::Token, "FinInstrmId"),
    (Column::Symbol, "TckrSymb"),
    (Column::Expiry, "XpryDt"),
    (Column::Strike, "StrkPric"),
    (Column::Side, "OptnTp"),
    (Column::Close, "ClsPric"),
    (Column::Settlement, "SttlmPric"),
    (Column::OpenInterest, "OpnIntrst"),
    (Column::Volume, "TtlTradgVol"),
    (Column::Turnover, "TtlTrfVal"),
    (Column::Lot, "NewBrdLotQty"),
];
/// Columns of the form that are not needed.
const OTHERS: [&str; 19] = [
    "BizDt",
    "ISIN",
    "SctySrs",
    "FininstrmActlXpryDt",
    "FinInstrmNm",
    "OpnPric",
    "HghPric",
    "LwPric",
    "LastPric",
    "PrvsClsgPric",
    "UndrlygPric",
    "ChngInOpnIntrst",
    "TtlNbOfTxsExctd",
    "SsnId",
    "Rmks",
    "Rsvd1",
    "Rsvd2",
    "Rsvd3",
    "Rsvd4",
];

/// A file that can be read from its first row to its last.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bhavcopy {
    pub exchange: BhavcopyExchange,
    pub day: Day,
    pub rows: Vec<BhavcopyRow>,
    /// What else is to be said of it.
    pub notes: Vec<String>,
}

/// A contract's day.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BhavcopyRow {
    pub symbol: String,
    pub expiry: Day,
    pub kind: ContractKind,
    pub strike: Option<Strike>,
    pub token: String,
    /// Units.
    pub volume: i64,
    /// Units.
    pub open_interest: i64,
    pub settlement: Paise,
}

/// A row before it is known in what its volume is told.
struct Told {
    row: BhavcopyRow,
    lot: i64,
    /// How many units of it the turnover makes; nothing where that says nothing.
    units_a_volume: Option<f64>,
}

/// `name` is what the file is called; nothing is made of one that is called otherwise than the exchange's.
pub(crate) fn read(name: &str, bytes: Vec<u8>) -> Result<Bhavcopy, BhavcopyError> {
    let unpacked = unpack(bytes)?;
    let mut file = read_text(&unpacked.text)?;
    check_name(name, &file)?;
    if let Some(inner) = &unpacked.inner_name {
        check_name(inner, &file)?;
    }
    file.rows.shrink_to_fit();
    Ok(file)
}

fn read_text(text: &[u8]) -> Result<Bhavcopy, BhavcopyError> {
    let text = in_utf8(text)?;
    let mut reader = ReaderBuilder::new().has_headers(true).flexible(true).from_reader(&*text);
    let header = reader.byte_headers().map_err(|_| BhavcopyError::NoBhavcopy)?.clone();
    let (places, unknown) = columns(&header)?;
    let width = filled(&header);
    let mut record = ByteRecord::new();
    let (mut head, mut told) = (None, Vec::new());
    while reader.read_byte_record(&mut record).map_err(|_| BhavcopyError::NoBhavcopy)? {
        // A spreadsheet ends a file with lines of commas.
        if filled(&record) == 0 {
            continue;
        }
        if told.len() as u64 >= ROWS_MAX {
            return Err(BhavcopyError::TooManyRows(ROWS_MAX));
        }
        let fields = Fields { record: &record, places: &places };
        fields.check_width(width)?;
        head = Some(fields.head(head)?);
        told.push(fields.contract()?);
    }
    let Some((exchange, day)) = head else { return Err(BhavcopyError::NoRows) };
    let are_lots = are_lots(&told);
    let mut notes = Vec::new();
    if !unknown.is_empty() {
        notes.push(format!(
            "The file has columns that are not known here and were not read: {}.",
            unknown.join(", ")
        ));
    }
    if are_lots == Some(false) {
        notes.push("Its volumes are in units, as its turnover shows.".to_owned());
    }
    let rows = told.into_iter().map(|told| in_units(told, are_lots.unwrap_or(true)));
    Ok(Bhavcopy { exchange, day, rows: rows.collect(), notes })
}

/// How many fields there are up to the last one with something in it: a spreadsheet writes commas behind them.
fn filled(record: &ByteRecord) -> usize {
    record.iter().rposition(|field| !field.trim_ascii().is_empty()).map_or(0, |last| last + 1)
}

/// Without spaces and in small letters, as a column is looked for.
fn plain(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_whitespace()).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Where the columns stand, and which are not known.
fn columns(header: &ByteRecord) -> Result<(HashMap<Column, usize>, Vec<String>), BhavcopyError> {
    const NAMES_MAX: usize = 5;
    let names: Vec<String> =
        header.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
    let plain_names: Vec<String> = names.iter().map(|name| plain(name)).collect();
    if plain_names.first().is_some_and(|first| first == "instrument") {
        return Err(BhavcopyError::OldForm);
    }
    let place = |name: &str| {
        let wanted = plain(name);
        plain_names.iter().position(|known| *known == wanted)
    };
    let found: HashMap<Column, usize> =
        COLUMNS.iter().filter_map(|(column, name)| Some((*column, place(name)?))).collect();
    if found.len() < COLUMNS.len() / 2 {
        return Err(BhavcopyError::NoBhavcopy);
    }
    let missing = COLUMNS.iter().filter(|(column, _)| !found.contains_key(column));
    let missing: Vec<String> = missing.map(|(_, name)| (*name).to_owned()).collect();
    if !missing.is_empty() {
        return Err(BhavcopyError::MissingColumns(missing));
    }
    let of_the_form: HashSet<String> =
        COLUMNS.iter().map(|(_, name)| *name).chain(OTHERS).map(plain).collect();
    let unknown = names.iter().filter(|name| !name.is_empty() && !of_the_form.contains(&plain(name)));
    Ok((found, unknown.take(NAMES_MAX).map(|name| name.chars().take(40).collect()).collect()))
}

struct Fields<'a> {
    record: &'a ByteRecord,
    places: &'a HashMap<Column, usize>,
}

impl Fields<'_> {
    fn line(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line)
    }

    fn problem(&self, problem: impl Into<String>) -> BhavcopyError {
        BhavcopyError::Line { line: self.line(), problem: problem.into() }
    }

    /// As many fields as the first line has, and behind them none with something in it.
    fn check_width(&self, columns: usize) -> Result<(), BhavcopyError> {
        // A quote that is never closed would take the lines behind it into its field.
        if self.record.as_slice().iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
            return Err(self.problem("a field with a quote runs on into the next line"));
        }
        if self.record.len() < columns || filled(self.record) > columns {
            return Err(BhavcopyError::Cut {
                line: self.line(),
                fields: self.record.len() as u64,
                columns: columns as u64,
            });
        }
        Ok(())
    }

    fn text(&self, column: Column) -> Result<&str, BhavcopyError> {
        let bytes = self.places.get(&column).and_then(|place| self.record.get(*place)).unwrap_or_default();
        let text = std::str::from_utf8(bytes)
            .map_err(|_| self.problem("it is not written in UTF-8, save the file as UTF-8"))?;
        Ok(text.trim())
    }

    fn wrong(&self, column: Column, what: &str) -> BhavcopyError {
        let name = COLUMNS.iter().find(|(known, _)| *known == column).map_or("", |(_, name)| name);
        let text: String = self.text(column).unwrap_or_default().chars().take(40).collect();
        self.problem(format!("\"{text}\" in {name} is no {what}"))
    }

    fn day(&self, column: Column) -> Result<Day, BhavcopyError> {
        self.text(column)?.parse().map_err(|_| self.wrong(column, "day"))
    }

    fn count(&self, column: Column) -> Result<i64, BhavcopyError> {
        // Some files write whole numbers as 100.00.
        let text = self.text(column)?;
        let whole = text.split_once('.').filter(|(_, rest)| rest.bytes().all(|digit| digit == b'0'));
        let count = whole.map_or(text, |(whole, _)| whole).parse::<i64>().ok();
        count.filter(|count| *count >= 0).ok_or_else(|| self.wrong(column, "number"))
    }

    fn rupees(&self, column: Column) -> Result<f64, BhavcopyError> {
        match self.text(column)? {
            "" => Ok(0.0),
            text => {
                text.parse::<f64>().ok().filter(|n| n.is_finite()).ok_or_else(|| self.wrong(column, "number"))
            }
        }
    }

    /// Exchange and day, which are the same in all rows.
    fn head(
        &self,
        before: Option<(BhavcopyExchange, Day)>,
    ) -> Result<(BhavcopyExchange, Day), BhavcopyError> {
        let segment = self.text(Column::Segment)?;
        if segment != "FO" {
            return Err(BhavcopyError::OtherSegment(segment.chars().take(20).collect()));
        }
        let source = self.text(Column::Exchange)?;
        let exchange =
            source.parse().map_err(|_| BhavcopyError::OtherExchange(source.chars().take(20).collect()))?;
        let day = self.day(Column::Day)?;
        match before {
            Some((_, known)) if known != day => {
                Err(BhavcopyError::SeveralDays { line: self.line(), day: known, other: day })
            }
            Some((known, _)) if known != exchange => Err(self.problem("it is of another exchange")),
            _ => Ok((exchange, day)),
        }
    }

    fn contract(&self) -> Result<Told, BhavcopyError> {
        let kind = match (self.text(Column::Kind)?, self.text(Column::Side)?) {
            ("IDF" | "STF", _) => ContractKind::Future,
            ("IDO" | "STO", "CE") => ContractKind::Call,
            ("IDO" | "STO", "PE") => ContractKind::Put,
            ("IDO" | "STO", _) => return Err(self.wrong(Column::Side, "side of an option (CE or PE)")),
            _ => return Err(self.wrong(Column::Kind, "kind of contract (IDF, IDO, STF or STO)")),
        };
        let strike = match kind.is_option() {
            false => None,
            true => {
                let strike = Strike::from_rupees(self.rupees(Column::Strike)?);
                Some(strike.ok_or_else(|| self.wrong(Column::Strike, "strike price"))?)
            }
        };
        let (volume, lot) = (self.count(Column::Volume)?, self.count(Column::Lot)?);
        let settlement = (self.rupees(Column::Settlement)? * 100.0).round() as i64;
        let at = strike.map_or(0.0, Strike::to_rupees) + self.rupees(Column::Close)?;
        let turnover = self.rupees(Column::Turnover)?;
        let says_something = volume > 0 && lot > 1 && at > 0.0 && turnover > 0.0;
        Ok(Told {
            lot,
            units_a_volume: says_something.then(|| turnover / (volume as f64 * at)),
            row: BhavcopyRow {
                symbol: self.text(Column::Symbol)?.to_owned(),
                expiry: self.day(Column::Expiry)?,
                kind,
                strike,
                token: self.text(Column::Token)?.to_owned(),
                volume,
                open_interest: self.count(Column::OpenInterest)?,
                settlement: Paise(settlement),
            },
        })
    }
}

/// Whether volumes are in lots, as most rows with a turnover have it; nothing where none says it.
fn are_lots(told: &[Told]) -> Option<bool> {
    let is_near = |value: f64, of: f64| (value / of - 1.0).abs() <= TURNOVER_TOLERANCE;
    let votes = |in_lots: bool| {
        let holds = |told: &&Told| {
            let one = if in_lots { told.lot as f64 } else { 1.0 };
            told.units_a_volume.is_some_and(|units| is_near(units, one))
        };
        told.iter().filter(holds).count()
    };
    let (lots, units) = (votes(true), votes(false));
    (lots != units).then_some(lots > units)
}

fn in_units(told: Told, are_lots: bool) -> BhavcopyRow {
    let Told { mut row, lot, .. } = told;
    if are_lots {
        row.volume = row.volume.saturating_mul(lot.max(1));
    }
    row
}
