//! Rows of files become candles of contracts: read, judged as an answer is, kept a contract at a time, and counted.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use market::{
    Candle, Contract, ContractKind, Day, DayRange, EpochSeconds, ExpiredKey, InstrumentKey, Interval, Strike,
    Underlying, UnderlyingKind,
};
use protocol::{IMPORT_REFUSALS_MAX, ImportRefusalLine, ImportedFile};
use ratelimit::Clock;
use store::{ForeignCell, ForeignRows, ImportId, Store};
use upstox::{RawCandle, Refusals};

use super::error::ImportError;
use super::shape::{INTERVAL_PLACE, Kind, Shape};
use crate::check::{Terms, check};
use crate::error::EngineError;

/// Rows that are held until they are kept.
const HELD_MAX: usize = 200_000;
/// Characters of a refused row that are kept.
const RAW_CHARS_MAX: usize = 300;
/// Nothing was traded electronically in futures and options before.
const FIRST_YEAR: i32 = 2000;
/// A tick below is said in rupees, else in paise.
const TICK_IN_PAISE: f64 = 1.0;

const NO_KEY: &str = "its key is not that of an expired contract";
const NO_INTERVAL: &str = "its interval is none that is known";
const NO_CONTRACT: &str =
    "no contract of its key is known here: list its expiry first, or bring the contracts along";
const NO_NUMBER: &str = "a price, a volume or an open interest is no number";
const NO_TIME: &str = "it has no time";
const LATE: &str = "it is of a day after its contract's expiry";
const EARLY: &str = "it is of a day before 2000";
const PLACEHOLDER: &str = "it has neither price nor volume: nothing was traded";
/// Whether a column or a name says the minute, or nothing does and it is taken for one.
const COARSER: &str = "they came as candles of one minute, and stand minutes apart as coarser candles do: write their interval \
     into a column `interval`";
const NOT_DESCRIBED: &str = "a contract is described so that it cannot be read";

/// So many candles of a contract tell whether they are of minutes: by chance all of them stand at every third minute
/// once in three thousand million times.
const TELLING_CANDLES: usize = 20;
/// The shortest interval above the minute.
const COARSER_MINUTES: u16 = 3;
/// When a session begins, from where candles are counted.
const FIRST_MINUTE: u16 = 9 * 60 + 15;

/// A row as it was read, owned.
struct Held {
    start: String,
    numbers: [f64; 6],
}

/// Names of an instrument, as a file has them.
type Names = (String, String);

pub(super) struct Keeping {
    store: Store,
    clock: Arc<dyn Clock>,
    is_dry_run: bool,
    import: Option<ImportId>,
    held: HashMap<(String, Interval), Vec<Held>>,
    held_rows: usize,
    instruments: HashMap<InstrumentKey, Names>,
    /// What files describe, in a dry run: nothing is kept then.
    described: HashMap<ExpiredKey, Contract>,
    file: ImportedFile,
    contracts: BTreeSet<String>,
    refusals: Vec<ImportRefusalLine>,
    refusals_kept: usize,
    noted_rows: u64,
    noted_refused: u64,
    /// Refused while contracts were described, before their file was begun.
    not_described: u64,
}

impl Keeping {
    pub(super) fn new(store: Store, clock: Arc<dyn Clock>, is_dry_run: bool) -> Self {
        Self {
            store,
            clock,
            is_dry_run,
            import: None,
            held: HashMap::new(),
            held_rows: 0,
            instruments: HashMap::new(),
            described: HashMap::new(),
            file: ImportedFile::default(),
            contracts: BTreeSet::new(),
            refusals: Vec::new(),
            refusals_kept: 0,
            noted_rows: 0,
            noted_refused: 0,
            not_described: 0,
        }
    }

    fn now(&self) -> EpochSeconds {
        EpochSeconds(self.clock.wall().as_seconds())
    }

    /// Rows of the file so far.
    pub(super) fn rows(&self) -> u64 {
        self.file.rows
    }

    pub(super) async fn begin(&mut self, name: &str, sha256: [u8; 32]) -> Result<(), EngineError> {
        self.file = ImportedFile { name: name.to_owned(), ..ImportedFile::default() };
        self.contracts.clear();
        (self.refusals_kept, self.noted_rows, self.noted_refused) = (0, 0, 0);
        if !self.is_dry_run {
            self.import = Some(self.store.begin_import(name.to_owned(), sha256, self.now()).await?);
        }
        if self.not_described > 0 {
            *self.file.refused.entry(NOT_DESCRIBED.to_owned()).or_default() += self.not_described;
            self.not_described = 0;
        }
        Ok(())
    }

    /// The file could be read no farther.
    pub(super) fn broke_off(&mut self, error: &ImportError) {
        let reason = error.to_string();
        *self.file.refused.entry(reason.clone()).or_default() += 1;
        self.refusals.push(ImportRefusalLine { raw: "all that follows".to_owned(), reason });
    }

    pub(super) async fn end(&mut self, name: &str) -> Result<ImportedFile, EngineError> {
        self.flush().await?;
        self.file.contracts = self.contracts.len() as u64;
        self.file.name = name.to_owned();
        Ok(std::mem::take(&mut self.file))
    }

    /// Rows of contracts or of instruments.
    pub(super) async fn describe(&mut self, shape: &Shape, rows: ForeignRows) -> Result<(), EngineError> {
        for row in rows {
            let text = |place| shape.cell(&row, place).and_then(text);
            if shape.kind == Kind::Instruments {
                if let (Some(Ok(key)), Some(symbol)) = (text(0).map(|key| key.parse()), text(1)) {
                    let name = text(2).unwrap_or_else(|| symbol.clone());
                    self.instruments.insert(key, (symbol.into_owned(), name.into_owned()));
                }
                continue;
            }
            match contract_of(shape, &row) {
                Some(contract) if self.is_dry_run => {
                    self.described.insert(contract.expired_key.clone(), contract);
                }
                Some(contract) => {
                    let underlying = self.underlying_of(&contract);
                    let raw = text(8).filter(|raw| raw.starts_with('{')).unwrap_or(Cow::Borrowed("{}"));
                    self.store.keep_described(underlying, contract, raw.into_owned(), self.now()).await?;
                }
                None => self.not_described += 1,
            }
        }
        Ok(())
    }

    /// By the names that the file has for it, else by those of its contracts and its key.
    fn underlying_of(&self, contract: &Contract) -> Underlying {
        let key = contract.underlying_key.clone();
        let is_index = key.as_str().contains("_INDEX");
        let kind = if is_index { UnderlyingKind::Index } else { UnderlyingKind::Stock };
        let by_contract = || {
            let symbol = contract.trading_symbol.split(' ').next().unwrap_or_default();
            (symbol.to_owned(), if is_index { key.name().to_owned() } else { symbol.to_owned() })
        };
        let (symbol, name) = self.instruments.get(&key).cloned().unwrap_or_else(by_contract);
        Underlying { key, symbol, name, kind }
    }

    /// Rows of candles.
    pub(super) async fn take(&mut self, shape: &Shape, rows: ForeignRows) -> Result<(), EngineError> {
        for row in rows {
            self.file.rows += 1;
            let key = match (&shape.key, shape.cell(&row, 0).and_then(text)) {
                (_, Some(key)) => key.into_owned(),
                (Some(key), None) => key.to_string(),
                (None, None) => {
                    self.refuse(NO_KEY, || told(&row));
                    continue;
                }
            };
            let said = shape.cell(&row, INTERVAL_PLACE).and_then(text).map(|word| word.parse().ok());
            let interval = match said.unwrap_or_else(|| shape.interval.clone().ok()) {
                Some(interval) => interval,
                None => {
                    self.refuse(NO_INTERVAL, || told(&row));
                    continue;
                }
            };
            match held(shape, &row) {
                Ok(held) => self.held.entry((key, interval)).or_default().push(held),
                Err(reason) => self.refuse(reason, || told(&row)),
            }
            self.held_rows += 1;
            if self.held_rows >= HELD_MAX {
                self.flush().await?;
            }
        }
        Ok(())
    }

    /// Keeps what is held, a contract after the other.
    pub(super) async fn flush(&mut self) -> Result<(), EngineError> {
        self.held_rows = 0;
        let mut held: Vec<_> = std::mem::take(&mut self.held).into_iter().collect();
        held.sort_by(|((one, _), _), ((other, _), _)| one.cmp(other));
        for ((key, interval), rows) in held {
            self.keep(&key, interval, rows).await?;
        }
        let Some(import) = self.import else { return Ok(()) };
        let refused = self.file.refused();
        let (new_rows, new_refused) = (self.file.rows - self.noted_rows, refused - self.noted_refused);
        (self.noted_rows, self.noted_refused) = (self.file.rows, refused);
        let refusals = std::mem::take(&mut self.refusals);
        Ok(self.store.note_import(import, new_rows, new_refused, refusals).await?)
    }

    async fn keep(&mut self, key: &str, interval: Interval, rows: Vec<Held>) -> Result<(), EngineError> {
        let Ok(expired_key) = key.parse::<ExpiredKey>() else {
            self.refuse_all(NO_KEY, key, &rows);
            return Ok(());
        };
        let stored = self.store.contract(&expired_key).await?;
        let described = self.described.get(&expired_key);
        let Some(contract) = stored.as_ref().map(|stored| &stored.contract).or(described) else {
            self.refuse_all(NO_CONTRACT, key, &rows);
            return Ok(());
        };
        let raw: Vec<RawCandle<'_>> = rows.iter().map(raw_of).collect();
        let range = DayRange::new(first_day(), contract.expiry)?;
        let checked = check(&raw, &Refusals::default(), Terms::of(contract), interval, range);
        for refused in &checked.quarantined {
            self.refuse(&refused.reason, || format!("{key} {}", refused.raw));
        }
        let rest = checked.refused - checked.quarantined.len() as u64;
        if let (Some(last), 1..) = (checked.quarantined.last(), rest) {
            *self.file.refused.entry(last.reason.clone()).or_default() += rest;
        }
        for (reason, count) in [
            (LATE, checked.strays.later),
            (EARLY, checked.strays.earlier),
            (PLACEHOLDER, checked.placeholders),
        ] {
            if count > 0 {
                *self.file.refused.entry(reason.to_owned()).or_default() += count;
            }
        }
        if interval == Interval::Minute1 && are_coarser(&checked.candles) {
            self.refuse_all(COARSER, key, &rows);
            return Ok(());
        }
        self.file.same += checked.repeated;
        if checked.candles.is_empty() {
            return Ok(());
        }
        self.contracts.insert(key.to_owned());
        let Some(stored) = stored else {
            self.file.inserted += checked.candles.len() as u64;
            return Ok(());
        };
        let kept = self.store.keep_imported(self.import, stored.id.into(), interval, checked.candles).await?;
        self.file.inserted += kept.inserted;
        self.file.same += kept.same;
        self.file.differ_from_fetched += kept.differ_from_fetched;
        self.file.differ_from_imported += kept.differ_from_imported;
        Ok(())
    }

    fn refuse_all(&mut self, reason: &str, key: &str, rows: &[Held]) {
        for row in rows {
            self.refuse(reason, || format!("{key} {}", raw_of(row)));
        }
    }

    fn refuse(&mut self, reason: &str, raw: impl FnOnce() -> String) {
        *self.file.refused.entry(reason.to_owned()).or_default() += 1;
        if self.refusals_kept < IMPORT_REFUSALS_MAX {
            self.refusals_kept += 1;
            let raw = raw().chars().take(RAW_CHARS_MAX).collect();
            self.refusals.push(ImportRefusalLine { raw, reason: reason.to_owned() });
        }
    }
}

/// Whether candles stand at every third, fifth, … minute of their sessions alone.
fn are_coarser(candles: &[Candle]) -> bool {
    let from_first = |candle: &Candle| candle.start.minute_of_day().abs_diff(FIRST_MINUTE);
    candles.len() >= TELLING_CANDLES
        && candles.iter().map(from_first).fold(0, common_divisor) >= COARSER_MINUTES
}

fn common_divisor(one: u16, other: u16) -> u16 {
    if other == 0 { one } else { common_divisor(other, one % other) }
}

fn first_day() -> Day {
    // 10,957 days after 1 January 1970.
    Day::new(FIRST_YEAR, 1, 1).unwrap_or_else(|| Day::from_days_since_1970(10_957))
}

fn raw_of(row: &Held) -> RawCandle<'_> {
    let [open, high, low, close, volume, open_interest] = row.numbers;
    RawCandle { start: Cow::Borrowed(&row.start), open, high, low, close, volume, open_interest, raw: None }
}

fn held(shape: &Shape, row: &[ForeignCell]) -> Result<Held, &'static str> {
    let start = shape.cell(row, 1).and_then(text).ok_or(NO_TIME)?.into_owned();
    let mut numbers = [0.0; 6];
    for (at, number) in numbers.iter_mut().enumerate() {
        *number = match shape.cell(row, at + 2).map(number_of) {
            Some(Ok(number)) => number,
            // Open interest may not be told.
            None | Some(Err(true)) if at == 5 => 0.0,
            _ => return Err(NO_NUMBER),
        };
    }
    Ok(Held { start, numbers })
}

/// What is wrong says whether there is nothing.
fn number_of(cell: &ForeignCell) -> Result<f64, bool> {
    match cell {
        ForeignCell::Integer(number) => Ok(*number as f64),
        ForeignCell::Real(number) => Ok(*number),
        ForeignCell::Text(text) => {
            text.trim().parse().ok().filter(|number: &f64| number.is_finite()).ok_or(false)
        }
        ForeignCell::Nothing => Err(true),
    }
}

fn text(cell: &ForeignCell) -> Option<Cow<'_, str>> {
    match cell {
        ForeignCell::Nothing => None,
        ForeignCell::Integer(number) => Some(Cow::Owned(number.to_string())),
        ForeignCell::Real(number) => Some(Cow::Owned(number.to_string())),
        ForeignCell::Text(text) if text.trim().is_empty() => None,
        ForeignCell::Text(text) => Some(Cow::Borrowed(text.trim())),
    }
}

fn told(row: &[ForeignCell]) -> String {
    row.iter().map(|cell| text(cell).unwrap_or_default()).collect::<Vec<_>>().join(",")
}

fn contract_of(shape: &Shape, row: &[ForeignCell]) -> Option<Contract> {
    let text = |place| shape.cell(row, place).and_then(text);
    let number = |place| shape.cell(row, place).and_then(|cell| number_of(cell).ok());
    let expired_key: ExpiredKey = text(0)?.parse().ok()?;
    let underlying_key: InstrumentKey = text(1)?.parse().ok()?;
    underlying_key.check_underlying().ok()?;
    let kind = match text(3)?.to_ascii_uppercase().as_str() {
        "CE" => ContractKind::Call,
        "PE" => ContractKind::Put,
        word if word.starts_with('F') => ContractKind::Future,
        _ => return None,
    };
    let strike = match kind {
        ContractKind::Future => None,
        ContractKind::Call | ContractKind::Put => Some(Strike::from_rupees(number(4)?)?),
    };
    let tick = number(7).unwrap_or(TICK_IN_PAISE);
    let tick_size = if tick < TICK_IN_PAISE { tick * 100.0 } else { tick };
    Some(Contract {
        expiry: Day::from_spelling(&text(2)?)?,
        trading_symbol: text(5)?.into_owned(),
        lot_size: number(6).filter(|lot| *lot >= 1.0).unwrap_or(1.0).round() as i64,
        tick_size: tick_size.round().max(1.0) as i64,
        weekly: None,
        expired_key,
        underlying_key,
        kind,
        strike,
    })
}
