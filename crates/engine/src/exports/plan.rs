//! A wish laid out as files: which contracts each holds, in the order of their rows, and which are in none and why. Reads
//! totals, never candles.

use std::collections::{BTreeMap, BTreeSet};

use analytics::series::Series;
use export::{Format, Subject};
use market::{ChartInterval, Day, DayRange, InstrumentKey, Underlying};
use protocol::{ContractRow, ExportEstimate, ExportLeftOut, ExportOf, ExportSplit};
use store::{Store, UnderlyingId};

use super::chain::ChainAt;
use super::error::ExportRefusal;
use super::listed::{Listed, listed};
use super::own_days::OwnDays;
use super::wish::Wish;
use crate::error::EngineError;
use crate::market_data::MarketDataService;
use crate::names::counted;
use crate::series::SeriesWish;

/// Contracts that are named of those left out for one reason.
const EXAMPLES: usize = 5;
/// Days of a series, as long as none is made.
const SERIES_DAYS: u64 = 60;
/// Minutes of a session.
const SESSION_MINUTES: u64 = 375;
/// Sessions of a week and of a month, as most have them.
const WEEK_SESSIONS: u64 = 5;
const MONTH_SESSIONS: u64 = 21;

/// At least one.
pub(super) fn minutes_of_a_bar(interval: ChartInterval) -> u64 {
    match interval {
        ChartInterval::Minutes(minutes) => u64::from(minutes.get()),
        ChartInterval::Day => SESSION_MINUTES,
        ChartInterval::Week => WEEK_SESSIONS * SESSION_MINUTES,
        ChartInterval::Month => MONTH_SESSIONS * SESSION_MINUTES,
    }
}

pub(super) struct Plan {
    pub files: Vec<PlannedFile>,
    pub left_out: Vec<ExportLeftOut>,
}

pub(super) struct PlannedFile {
    /// Without its extension.
    pub stem: String,
    pub name: String,
    pub parts: Vec<Part>,
    /// About so many.
    pub rows: u64,
}

/// Whose rows follow one another in a file.
#[derive(Clone)]
pub(super) enum Part {
    Contract(Subject, ContractRow),
    /// With the days that it is of.
    Own(Subject, UnderlyingId, Underlying, DayRange),
    Chain(InstrumentKey, Day, ChainAt),
    Series(SeriesWish),
}

impl PlannedFile {
    pub fn is_own(&self) -> bool {
        matches!(self.parts.first(), Some(Part::Own(..)))
    }
}

impl Plan {
    pub async fn make(
        store: &Store,
        data: &MarketDataService,
        wish: &Wish,
        underlying: Option<&InstrumentKey>,
    ) -> Result<Self, EngineError> {
        let (files, names, whole, left_out) = (Vec::new(), BTreeSet::new(), BTreeMap::new(), BTreeMap::new());
        let mut planner = Planner { store, data, wish, files, names, whole, left_out };
        match underlying {
            Some(key) => planner.of_underlying(key).await?,
            None => planner.of_contracts().await?,
        }
        planner.finish()
    }

    pub fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }

    pub fn chains(&self) -> impl Iterator<Item = (&InstrumentKey, Day, ChainAt)> {
        self.files.iter().flat_map(|file| &file.parts).filter_map(|part| match part {
            Part::Chain(key, expiry, at) => Some((key, *expiry, *at)),
            _ => None,
        })
    }

    pub fn estimate(&self, wish: &Wish) -> ExportEstimate {
        let rows = self.rows();
        let is_contract = |part: &&Part| matches!(part, Part::Contract(..));
        let contracts = self.files.iter().map(|file| file.parts.iter().filter(is_contract).count() as u64);
        ExportEstimate {
            rows,
            bytes: rows * bytes_a_row(wish),
            files: self.files.len() as u64,
            contracts: contracts.sum(),
            left_out: self.left_out.clone(),
        }
    }
}

/// As measured on candles of the simulated market, a little more than they took.
fn bytes_a_row(wish: &Wish) -> u64 {
    let columns = wish.columns().len() as u64;
    let (fixed, a_column) = match wish.format {
        Format::Parquet => (13, if wish.has_volatility { 2 } else { 0 }),
        Format::CsvGzip | Format::CsvZip => (4, 1),
        Format::Csv => (10, 7),
        Format::Arrow => (20, 9),
        Format::Xlsx => (5, 4),
        Format::Json | Format::Columns => (4, 19),
    };
    fixed + a_column * columns
}

struct Planner<'p> {
    store: &'p Store,
    data: &'p MarketDataService,
    wish: &'p Wish,
    files: Vec<PlannedFile>,
    names: BTreeSet<String>,
    /// Which of the files has all expiries of an underlying.
    whole: BTreeMap<InstrumentKey, usize>,
    left_out: BTreeMap<&'static str, ExportLeftOut>,
}

impl Planner<'_> {
    async fn of_underlying(&mut self, key: &InstrumentKey) -> Result<(), EngineError> {
        let Some((id, underlying)) = self.store.underlying(key).await? else {
            return Err(EngineError::NothingStored { key: key.to_string() });
        };
        if let (Some(at), [expiry]) = (self.wish.chain, &self.wish.order.expiries[..]) {
            return self.put_chain(key, &underlying.symbol, *expiry, at).await;
        }
        let expiries = self.store.expiries(id).await?;
        let mut chosen: Vec<Day> =
            expiries.iter().map(|of| of.date).filter(|date| self.wish.takes_expiry(*date)).collect();
        chosen.sort_unstable();
        if let Some(missing) = self.wish.order.expiries.iter().find(|date| !chosen.contains(date)) {
            let known = expiries.iter().map(|of| of.date);
            return Err(EngineError::unknown_expiry(&underlying, *missing, known));
        }
        if let Some(series) = &self.wish.series {
            return self.put_series(key, &underlying.symbol, series, chosen);
        }
        let of = self.wish.order.of;
        let names_expiries = self.wish.names_expiries();
        let mut own_days = if names_expiries { OwnDays::Of(None) } else { OwnDays::All };
        if of != ExportOf::Underlying || names_expiries {
            for expiry in chosen {
                let all = self.listed(key, expiry).await?;
                let nobody = match all.is_empty() {
                    true => "no contract is listed here: collect the expiry first",
                    false => "no contract of these kinds and strikes is listed",
                };
                let taken = |of: &Listed| self.wish.takes(of.row.contract.kind, of.row.contract.strike);
                let listed: Vec<Listed> = all.into_iter().filter(taken).collect();
                own_days.take(&listed);
                if of == ExportOf::Underlying {
                    continue;
                }
                // Where nobody names expiries those are meant of which something is stored.
                if listed.is_empty() && names_expiries {
                    self.leave_out(nobody, 0, format!("{} {expiry}", underlying.symbol));
                }
                self.put_expiry(key, &underlying.symbol, expiry, listed);
            }
        }
        if of != ExportOf::Contracts {
            self.put_own(key, id, underlying, own_days).await?;
        }
        Ok(())
    }

    /// Of several underlyings and expiries, in files by those.
    async fn of_contracts(&mut self) -> Result<(), EngineError> {
        let mut expiries: BTreeMap<(InstrumentKey, Day), Vec<Listed>> = BTreeMap::new();
        let mut read: BTreeMap<(InstrumentKey, Day), Vec<Listed>> = BTreeMap::new();
        for key in &self.wish.order.contracts {
            let contract = self.data.contract(key).await?;
            let place = (contract.underlying_key.clone(), contract.expiry);
            if !read.contains_key(&place) {
                let listed = self.listed(&place.0, place.1).await?;
                read.insert(place.clone(), listed);
            }
            let is_it = |of: &&Listed| of.row.contract.expired_key == *key;
            let found = read[&place].iter().find(is_it);
            let found = found.ok_or_else(|| EngineError::UnknownContract(key.clone()))?.clone();
            let listed = expiries.entry(place).or_default();
            if !listed.iter().any(|other| is_it(&other)) {
                listed.push(found);
            }
        }
        let mut own: BTreeMap<InstrumentKey, (UnderlyingId, Underlying, OwnDays)> = BTreeMap::new();
        for ((key, expiry), listed) in expiries {
            let Some((id, underlying)) = self.store.underlying(&key).await? else {
                return Err(EngineError::NothingStored { key: key.to_string() });
            };
            let symbol = underlying.symbol.clone();
            let (.., days) = own.entry(key.clone()).or_insert((id, underlying, OwnDays::Of(None)));
            days.take(&listed);
            if self.wish.order.of != ExportOf::Underlying {
                self.put_expiry(&key, &symbol, expiry, listed);
            }
        }
        if self.wish.order.of != ExportOf::Contracts {
            for (key, (id, underlying, days)) in own {
                self.put_own(&key, id, underlying, days).await?;
            }
        }
        Ok(())
    }

    fn put_expiry(&mut self, key: &InstrumentKey, symbol: &str, expiry: Day, mut listed: Vec<Listed>) {
        listed.sort_by_cached_key(|Listed { row: ContractRow { contract, .. }, .. }| {
            (contract.kind, contract.strike, contract.expired_key.to_string())
        });
        let mut stored = Vec::new();
        for of in listed {
            match of.why_left_out() {
                Some(why) => self.leave_out(why, 1, of.row.contract.trading_symbol),
                None => stored.push(of),
            }
        }
        let part = |row: ContractRow| {
            let subject = Subject::Contract { contract: row.contract.clone(), underlying: symbol.to_owned() };
            Part::Contract(subject, row)
        };
        match self.wish.split {
            _ if stored.is_empty() => {}
            ExportSplit::Expiry => {
                let rows = stored.iter().map(|of| of.bars).sum();
                let parts = stored.into_iter().map(|of| part(of.row)).collect();
                self.put_file(key, format!("candles-{symbol}-{expiry}"), parts, rows);
            }
            ExportSplit::Underlying => {
                let rows: u64 = stored.iter().map(|of| of.bars).sum();
                let parts: Vec<Part> = stored.into_iter().map(|of| part(of.row)).collect();
                match self.whole.get(key).and_then(|place| self.files.get_mut(*place)) {
                    Some(file) => {
                        file.parts.extend(parts);
                        file.rows += rows;
                    }
                    None => {
                        self.whole.insert(key.clone(), self.files.len());
                        self.put_file(key, format!("candles-{symbol}"), parts, rows);
                    }
                }
            }
            ExportSplit::Contract => {
                for Listed { row, bars, .. } in stored {
                    let expired = row.contract.expired_key.to_string().replace('|', "-");
                    let stem = format!("candles-{}-{expired}", row.contract.trading_symbol);
                    self.put_file(key, stem, vec![part(row)], bars);
                }
            }
        }
    }

    async fn put_own(
        &mut self,
        key: &InstrumentKey,
        id: UnderlyingId,
        underlying: Underlying,
        of: OwnDays,
    ) -> Result<(), EngineError> {
        let days = match of.within(self.wish.days) {
            Some(wanted) => self.data.own_days(id, self.wish.order.interval, wanted).await?,
            None => None,
        };
        let Some(days) = days else {
            let why = "the underlying's own candles are not stored for these days and this interval";
            self.leave_out(why, 0, underlying.symbol);
            return Ok(());
        };
        // Five of seven days are open.
        let rows = self.bars_of((days.day_count().unsigned_abs() * 5).div_ceil(7));
        let subject = Subject::Underlying { key: key.to_string(), symbol: underlying.symbol.clone() };
        let stem = format!("underlying-{}", underlying.symbol);
        self.put_file(key, stem, vec![Part::Own(subject, id, underlying, days)], rows);
        Ok(())
    }

    async fn put_chain(
        &mut self,
        key: &InstrumentKey,
        symbol: &str,
        expiry: Day,
        at: ChainAt,
    ) -> Result<(), EngineError> {
        let rows = self.data.best_contract_rows(key, expiry, None).await?.rows;
        let options =
            rows.iter().filter(|row| row.contract.kind.is_option() && row.candles > 0).count() as u64;
        let minutes = if matches!(at, ChainAt::Day(_)) { SESSION_MINUTES } else { 1 };
        let stem = format!("chain-{symbol}-{expiry}-{}", at.name());
        self.put_file(key, stem, vec![Part::Chain(key.clone(), expiry, at)], options * minutes);
        Ok(())
    }

    /// A file each of the expiries that are named, else one.
    fn put_series(
        &mut self,
        key: &InstrumentKey,
        symbol: &str,
        series: &Series,
        expiries: Vec<Day>,
    ) -> Result<(), EngineError> {
        let of_expiries: Vec<Option<Day>> = match self.wish.names_expiries() {
            true => expiries.into_iter().map(Some).collect(),
            false => vec![None],
        };
        for expiry in of_expiries {
            let order = &self.wish.order;
            let mut wish = SeriesWish::new(series.clone(), key.clone());
            (wish.expiry, wish.from, wish.to, wish.interval) = (expiry, order.from, order.to, order.interval);
            wish.check()?;
            let days = self.wish.days.map_or(SERIES_DAYS, |days| days.day_count().unsigned_abs() * 5 / 7);
            let rows = self.bars_of(days.min(SERIES_DAYS));
            let expiry = expiry.map_or(String::new(), |expiry| format!("-{expiry}"));
            let stem = format!("series-{}-{symbol}{expiry}", series.name());
            self.put_file(key, stem, vec![Part::Series(wish)], rows.max(1));
        }
        Ok(())
    }

    /// Of the wished interval, of so many trading days.
    fn bars_of(&self, days: u64) -> u64 {
        (days * SESSION_MINUTES).div_ceil(minutes_of_a_bar(self.wish.order.interval))
    }

    /// Two underlyings may have one symbol: a name that is taken is told apart by the underlying's key.
    fn put_file(&mut self, key: &InstrumentKey, mut stem: String, parts: Vec<Part>, rows: u64) {
        let mut name = self.wish.format.safe_name(&stem);
        if !self.names.insert(name.clone()) {
            stem = format!("{stem}-{}", key.to_string().replace('|', "-"));
            name = self.wish.format.safe_name(&stem);
            self.names.insert(name.clone());
        }
        self.files.push(PlannedFile { stem, name, parts, rows });
    }

    async fn listed(&self, key: &InstrumentKey, expiry: Day) -> Result<Vec<Listed>, EngineError> {
        listed(self.store, self.data, self.wish, key, expiry).await
    }

    /// Without contracts an expiry or an underlying is.
    fn leave_out(&mut self, why: &'static str, contracts: u64, example: String) {
        let none = || ExportLeftOut { why: why.to_owned(), contracts: 0, examples: Vec::new() };
        let left = self.left_out.entry(why).or_insert_with(none);
        left.contracts += contracts;
        if left.examples.len() < EXAMPLES {
            left.examples.push(example);
        }
    }

    fn finish(self) -> Result<Plan, EngineError> {
        let left_out: Vec<ExportLeftOut> = self.left_out.into_values().collect();
        if self.files.is_empty() {
            let why: Vec<String> = left_out.iter().map(words).collect();
            let why = if why.is_empty() { "no contract is chosen".to_owned() } else { why.join(", ") };
            return Err(ExportRefusal::NothingStored(why).into());
        }
        Ok(Plan { files: self.files, left_out })
    }
}

/// `3 contracts not collected`
fn words(of: &ExportLeftOut) -> String {
    match of.contracts {
        0 => format!("{} ({})", of.why, of.examples.join(", ")),
        contracts => format!("{} {}", counted(contracts, "contract"), of.why),
    }
}
