//! Rows of files become candles of contracts: read, judged as an answer is, kept a contract at a time, and counted.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use market::{
    Candle, ChartInterval, Contract, Day, DayRange, EpochSeconds, ExpiredKey, InstrumentKey, Interval,
    Underlying, UnderlyingKind,
};
use protocol::{IMPORT_REFUSALS_MAX, ImportRefusalLine, ImportedFile};
use ratelimit::Clock;
use store::{ForeignRows, ImportId, Store, StoredContract};
use upstox::{RawCandle, Refusals};

use super::error::{ImportError, not_kept};
use super::minutes::{Spacing, are_coarser, may_be_traded, spacing};
use super::rows::{Held, PLACEHOLDER, contract_of, text, told};
use super::shape::{INTERVAL_PLACE, Kind, Shape};
use super::symbols::{Named, Symbols, Whose};
use crate::check::{Checked, Terms, check};
use crate::error::EngineError;

/// Rows that are held until they are kept.
const HELD_MAX: usize = 200_000;
/// Characters of a refused row that are kept.
const RAW_CHARS_MAX: usize = 300;
/// Nothing was traded electronically in futures and options before.
const FIRST_YEAR: i32 = 2000;

const NO_KEY: &str = "its key is not that of an expired contract";
const NO_INTERVAL: &str = "its interval is none that is known";
const NO_CONTRACT: &str =
    "no contract of its key is known here: list its expiry first, or bring the contracts along";
const NO_SYMBOL: &str =
    "no contract of its symbol is listed here: list its expiry first, or bring the contracts along";
const SEVERAL: &str =
    "several contracts have its symbol: write their keys into a column `expired_instrument_key`";
const OF_UNDERLYING: &str = "it is of an underlying itself, and only candles of contracts are brought in";
const LATE: &str = "it is of a day after its contract's expiry";
const EARLY: &str = "it is of a day before 2000";
/// Whether a column or a name says the minute, or nothing does and it is taken for one.
const COARSER: &str = "they came as candles of one minute, and stand minutes apart as coarser candles do: write their interval \
     into a column `interval`";
const UNTOLD: &str = "nothing says of which interval they are, and they are too few to show it: write it into a column `interval` \
     or at the end of the file's name, as in _1minute.csv";
const NOT_TRADED_THEN: &str = "nothing says of which interval it is, and no minute is traded then: write it into a column `interval` or \
     at the end of the file's name, as in _day.csv";
const NOT_DESCRIBED: &str = "a contract is described so that it cannot be read";
const NO_OPEN_INTEREST: &str = "no open interest in the file: it counts as 0";

/// Rows that are kept together. `None`: nothing says the interval.
type Together = (Whose, Option<Interval>);

/// Names of an instrument, as a file has them.
type Names = (String, String);

pub(super) struct Keeping {
    store: Store,
    clock: Arc<dyn Clock>,
    is_dry_run: bool,
    import: Option<ImportId>,
    held: HashMap<Together, Vec<Held>>,
    held_rows: usize,
    /// Of the table at hand: whether other rows of it have shown that it is of minutes, where nothing says so.
    shows_minutes: bool,
    /// Rows of it that are kept if others show that.
    doubtful: Vec<(Whose, Vec<Held>)>,
    symbols: Symbols,
    instruments: HashMap<InstrumentKey, Names>,
    /// What files describe, in a dry run: nothing is kept then.
    described: HashMap<ExpiredKey, Contract>,
    file: ImportedFile,
    contracts: BTreeSet<String>,
    refusals: Vec<ImportRefusalLine>,
    refusals_kept: usize,
    noted_rows: u64,
    noted_refused: u64,
}

impl Keeping {
    pub(super) fn new(store: Store, clock: Arc<dyn Clock>, is_dry_run: bool) -> Self {
        Self {
            symbols: Symbols::new(store.clone()),
            store,
            clock,
            is_dry_run,
            import: None,
            held: HashMap::new(),
            held_rows: 0,
            shows_minutes: false,
            doubtful: Vec::new(),
            instruments: HashMap::new(),
            described: HashMap::new(),
            file: ImportedFile::default(),
            contracts: BTreeSet::new(),
            refusals: Vec::new(),
            refusals_kept: 0,
            noted_rows: 0,
            noted_refused: 0,
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
        Ok(())
    }

    /// Contracts of the file that could not be read.
    pub(super) fn could_not_describe(&mut self, contracts: u64) {
        self.count_refused(NOT_DESCRIBED, contracts);
    }

    /// What whoever reads the report is to know, though no row is refused for it.
    pub(super) fn remark(&mut self, what: &str) {
        if !self.file.remarks.iter().any(|known| known == what) {
            self.file.remarks.push(what.to_owned());
        }
    }

    /// The file could be read no farther.
    pub(super) fn broke_off(&mut self, error: &ImportError) {
        let reason = error.to_string();
        *self.file.refused.entry(reason.clone()).or_default() += 1;
        self.refusals.push(ImportRefusalLine { raw: "all that follows".to_owned(), reason });
    }

    pub(super) async fn end(&mut self, name: &str) -> Result<ImportedFile, EngineError> {
        self.note().await?;
        self.file.contracts = self.contracts.len() as u64;
        self.file.name = name.to_owned();
        Ok(std::mem::take(&mut self.file))
    }

    /// Rows of contracts or of instruments. How many of them could not be read.
    pub(super) async fn describe(&mut self, shape: &Shape, rows: ForeignRows) -> Result<u64, EngineError> {
        let mut not_described = 0;
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
                    let underlying = self.underlying_of(&contract);
                    self.symbols.describe(&contract, &underlying.symbol);
                    self.described.insert(contract.expired_key.clone(), contract);
                }
                Some(contract) => {
                    let underlying = self.underlying_of(&contract);
                    let raw = text(8).filter(|raw| raw.starts_with('{')).unwrap_or(Cow::Borrowed("{}"));
                    self.store.keep_described(underlying, contract, raw.into_owned(), self.now()).await?;
                }
                None => not_described += 1,
            }
        }
        Ok(not_described)
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
            let Some(whose) = Whose::of(shape, &row) else {
                self.refuse(NO_KEY, || told(&row));
                continue;
            };
            let word = shape.cell(&row, INTERVAL_PLACE).and_then(text);
            let interval = match word.map(|word| interval_of(&word)) {
                Some(Ok(interval)) => Some(interval),
                Some(Err(reason)) => {
                    self.refuse(&reason, || told(&row));
                    continue;
                }
                None => shape.interval(),
            };
            match Held::read(shape, &row) {
                Ok(held) => self.held.entry((whose, interval)).or_default().push(held),
                Err(reason) => self.refuse(reason, || told(&row)),
            }
            self.held_rows += 1;
            if self.held_rows >= HELD_MAX {
                self.flush().await?;
            }
        }
        Ok(())
    }

    /// A table of candles has been read: keeps what is held of it, and what the rest of it has shown to be minutes.
    pub(super) async fn end_table(&mut self, shape: &Shape) -> Result<(), EngineError> {
        self.flush().await?;
        for (whose, rows) in std::mem::take(&mut self.doubtful) {
            match self.shows_minutes {
                true => self.keep(&whose, None, rows).await?,
                false => self.refuse_all(UNTOLD, whose.as_str(), &rows),
            }
        }
        self.shows_minutes = false;
        if shape.lacks_open_interest() && self.file.rows > 0 {
            self.remark(NO_OPEN_INTEREST);
        }
        self.note().await
    }

    /// Keeps what is held, a contract after the other.
    async fn flush(&mut self) -> Result<(), EngineError> {
        self.held_rows = 0;
        let mut held: Vec<_> = std::mem::take(&mut self.held).into_iter().collect();
        held.sort_by(|((one, _), _), ((other, _), _)| one.cmp(other));
        for ((whose, interval), rows) in held {
            self.keep(&whose, interval, rows).await?;
        }
        self.note().await
    }

    async fn note(&mut self) -> Result<(), EngineError> {
        let Some(import) = self.import else { return Ok(()) };
        let refused = self.file.refused();
        let (new_rows, new_refused) = (self.file.rows - self.noted_rows, refused - self.noted_refused);
        (self.noted_rows, self.noted_refused) = (self.file.rows, refused);
        let refusals = std::mem::take(&mut self.refusals);
        Ok(self.store.note_import(import, new_rows, new_refused, refusals).await?)
    }

    /// The contract that rows are of, and where it is stored; else why there is none.
    async fn contract(
        &mut self,
        whose: &Whose,
    ) -> Result<Result<(Contract, Option<StoredContract>), &'static str>, EngineError> {
        let key = match whose {
            Whose::Key(text) => text.parse::<ExpiredKey>().map_err(|_| NO_KEY),
            Whose::Symbol(symbol) => match self.symbols.find(symbol).await? {
                Named::Contract(key) => Ok(key),
                Named::Several => Err(SEVERAL),
                Named::Underlying => Err(OF_UNDERLYING),
                Named::Nobody => Err(NO_SYMBOL),
            },
        };
        let key = match key {
            Ok(key) => key,
            Err(reason) => return Ok(Err(reason)),
        };
        let stored = self.store.contract(&key).await?;
        let known = stored.as_ref().map(|stored| &stored.contract).or_else(|| self.described.get(&key));
        Ok(known.cloned().map(|contract| (contract, stored)).ok_or(NO_CONTRACT))
    }

    async fn keep(
        &mut self,
        whose: &Whose,
        told: Option<Interval>,
        rows: Vec<Held>,
    ) -> Result<(), EngineError> {
        let (contract, stored) = match self.contract(whose).await? {
            Ok(found) => found,
            Err(reason) => {
                self.refuse_all(reason, whose.as_str(), &rows);
                return Ok(());
            }
        };
        let raw: Vec<RawCandle<'_>> = rows.iter().map(Held::raw).collect();
        let range = DayRange::new(first_day(), contract.expiry)?;
        let interval = told.unwrap_or_default();
        let mut checked = check(&raw, &Refusals::default(), Terms::of(&contract), interval, range);
        drop(raw);
        let mut not_traded_then = Vec::new();
        let spacing = match told {
            Some(Interval::Minute1) if are_coarser(&checked.candles) => Spacing::Coarser,
            Some(_) => Spacing::Minutes,
            None => {
                (checked.candles, not_traded_then) =
                    checked.candles.into_iter().partition(|candle: &Candle| may_be_traded(candle.start));
                spacing(&checked.candles)
            }
        };
        match spacing {
            Spacing::Coarser => {
                self.refuse_all(COARSER, whose.as_str(), &rows);
                return Ok(());
            }
            Spacing::Unknown if !self.shows_minutes && !checked.candles.is_empty() => {
                self.doubtful.push((whose.clone(), rows));
                return Ok(());
            }
            Spacing::Minutes if told.is_none() => self.shows_minutes = true,
            Spacing::Minutes | Spacing::Unknown => {}
        }
        self.count_checked(whose, &checked);
        for candle in &not_traded_then {
            self.refuse(NOT_TRADED_THEN, || format!("{} {}", whose.as_str(), candle.start.to_ist_text()));
        }
        if checked.candles.is_empty() {
            return Ok(());
        }
        self.contracts.insert(contract.expired_key.to_string());
        self.put(stored, interval, checked.candles).await
    }

    /// What became of the rows of a contract that are no candles.
    fn count_checked(&mut self, whose: &Whose, checked: &Checked) {
        for refused in &checked.quarantined {
            self.refuse(&refused.reason, || format!("{} {}", whose.as_str(), refused.raw));
        }
        let rest = checked.refused - checked.quarantined.len() as u64;
        if let Some(last) = checked.quarantined.last() {
            self.count_refused(&last.reason, rest);
        }
        for (reason, count) in [
            (LATE, checked.strays.later),
            (EARLY, checked.strays.earlier),
            (PLACEHOLDER, checked.placeholders),
        ] {
            self.count_refused(reason, count);
        }
        self.file.same += checked.repeated;
    }

    async fn put(
        &mut self,
        stored: Option<StoredContract>,
        interval: Interval,
        candles: Vec<Candle>,
    ) -> Result<(), EngineError> {
        let Some(stored) = stored else {
            self.file.inserted += candles.len() as u64;
            return Ok(());
        };
        let kept = self.store.keep_imported(self.import, stored.id.into(), interval, candles).await?;
        self.file.inserted += kept.inserted;
        self.file.same += kept.same;
        self.file.differ_from_fetched += kept.differ_from_fetched;
        self.file.differ_from_imported += kept.differ_from_imported;
        Ok(())
    }

    /// Rows that are not kept one by one.
    fn count_refused(&mut self, reason: &str, count: u64) {
        if count > 0 {
            *self.file.refused.entry(reason.to_owned()).or_default() += count;
        }
    }

    fn refuse_all(&mut self, reason: &str, whose: &str, rows: &[Held]) {
        for row in rows {
            self.refuse(reason, || format!("{whose} {}", row.raw()));
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

/// What a column says of the interval, or why a row of it is not taken.
fn interval_of(word: &str) -> Result<Interval, Cow<'static, str>> {
    let interval: ChartInterval = word.parse().map_err(|_| Cow::Borrowed(NO_INTERVAL))?;
    interval.collected().ok_or_else(|| Cow::Owned(not_kept(interval)))
}

fn first_day() -> Day {
    // 10,957 days after 1 January 1970.
    Day::new(FIRST_YEAR, 1, 1).unwrap_or_else(|| Day::from_days_since_1970(10_957))
}
