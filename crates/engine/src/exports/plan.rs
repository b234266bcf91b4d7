//! A wish laid out as files: which contracts each holds, in the order of their rows, and which are in none and why. Reads
//! totals, never candles.

use std::collections::BTreeMap;

use analytics::series::Series;
use export::{Format, Subject};
use market::{ChartInterval, Day, DayRange, InstrumentKey, Underlying};
use protocol::{ContractRow, ContractState, ExportEstimate, ExportLeftOut, ExportOf, ExportSplit};
use store::{Store, UnderlyingId};

use super::chain::ChainAt;
use super::error::ExportRefusal;
use super::wish::Wish;
use crate::error::EngineError;
use crate::market_data::MarketDataService;
use crate::series::SeriesWish;

/// Contracts that are named of those left out for one reason.
const EXAMPLES: usize = 5;
/// Days of a series, as long as none is made.
const SERIES_DAYS: u64 = 60;
/// Minutes of a session.
const SESSION_MINUTES: u64 = 375;

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
    Own(Subject, UnderlyingId, Underlying),
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
        let mut planner = Planner { store, data, wish, files: Vec::new(), left_out: BTreeMap::new() };
        match underlying {
            Some(key) => planner.of_underlying(key).await?,
            None => planner.of_contracts().await?,
        }
        planner.finish()
    }

    pub fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
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
        Format::Parquet => (13, if wish.order.volatility { 2 } else { 0 }),
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
            return Err(EngineError::UnknownExpiry {
                underlying: underlying.name,
                date: *missing,
                nearest: nearest(expiries.iter().map(|of| of.date), *missing),
            });
        }
        if let Some(series) = &self.wish.series {
            return self.put_series(key, &underlying.symbol, series, chosen);
        }
        let of = self.wish.order.of;
        if of != ExportOf::Underlying {
            for expiry in chosen {
                let rows = self.data.best_contract_rows(key, expiry, None).await?.rows;
                let taken = |row: &ContractRow| self.wish.takes(row.contract.kind, row.contract.strike);
                let rows = rows.into_iter().filter(taken).collect();
                self.put_expiry(&underlying.symbol, expiry, rows);
            }
        }
        if of != ExportOf::Contracts {
            self.put_own(key, id, underlying).await?;
        }
        Ok(())
    }

    /// Of several underlyings and expiries, in files by those.
    async fn of_contracts(&mut self) -> Result<(), EngineError> {
        let mut expiries: BTreeMap<(InstrumentKey, Day), Vec<ContractRow>> = BTreeMap::new();
        let mut read: BTreeMap<(InstrumentKey, Day), Vec<ContractRow>> = BTreeMap::new();
        for key in &self.wish.order.contracts {
            let contract = self.data.contract(key).await?;
            let place = (contract.underlying_key.clone(), contract.expiry);
            if !read.contains_key(&place) {
                let rows = self.data.best_contract_rows(&place.0, place.1, None).await?.rows;
                read.insert(place.clone(), rows);
            }
            let row = read[&place].iter().find(|row| row.contract.expired_key == *key);
            let row = row.ok_or_else(|| EngineError::UnknownContract(key.clone()))?.clone();
            let rows = expiries.entry(place).or_default();
            if !rows.iter().any(|other| other.contract.expired_key == *key) {
                rows.push(row);
            }
        }
        let mut own: BTreeMap<InstrumentKey, (UnderlyingId, Underlying)> = BTreeMap::new();
        for ((key, expiry), rows) in expiries {
            let Some((id, underlying)) = self.store.underlying(&key).await? else {
                return Err(EngineError::NothingStored { key: key.to_string() });
            };
            if self.wish.order.of != ExportOf::Underlying {
                self.put_expiry(&underlying.symbol, expiry, rows);
            }
            own.insert(key, (id, underlying));
        }
        if self.wish.order.of != ExportOf::Contracts {
            for (key, (id, underlying)) in own {
                self.put_own(&key, id, underlying).await?;
            }
        }
        Ok(())
    }

    fn put_expiry(&mut self, symbol: &str, expiry: Day, mut rows: Vec<ContractRow>) {
        rows.sort_by(|one, other| {
            let order = |row: &ContractRow| {
                (row.contract.kind, row.contract.strike, row.contract.expired_key.to_string())
            };
            order(one).cmp(&order(other))
        });
        let (stored, missing): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.candles > 0);
        for row in missing {
            self.leave_out(&row);
        }
        let part = |row: ContractRow| {
            let subject = Subject::Contract { contract: row.contract.clone(), underlying: symbol.to_owned() };
            Part::Contract(subject, row)
        };
        match self.wish.split {
            _ if stored.is_empty() => {}
            ExportSplit::Expiry => {
                let rows = stored.iter().map(|row| self.rows_of(row)).sum();
                let parts = stored.into_iter().map(part).collect();
                self.put_file(format!("candles-{symbol}-{expiry}"), parts, rows);
            }
            ExportSplit::Contract => {
                for row in stored {
                    let key = row.contract.expired_key.to_string().replace('|', "-");
                    let stem = format!("candles-{}-{key}", row.contract.trading_symbol);
                    let rows = self.rows_of(&row);
                    self.put_file(stem, vec![part(row)], rows);
                }
            }
        }
    }

    async fn put_own(
        &mut self,
        key: &InstrumentKey,
        id: UnderlyingId,
        underlying: Underlying,
    ) -> Result<(), EngineError> {
        let days = self.data.own_days(id, self.wish.order.interval).await?;
        let days = days.and_then(|days| within(days, self.wish.days));
        let Some(days) = days else {
            let why = "the underlying's own candles are not stored for these days";
            let left = self.left_out.entry(why).or_insert_with(|| left_out(why));
            left.examples.push(underlying.symbol);
            return Ok(());
        };
        // Five of seven days are open.
        let rows = days.day_count().unsigned_abs() * 5 / 7 * self.bars_a_day();
        let subject = Subject::Underlying { key: key.to_string(), symbol: underlying.symbol.clone() };
        let stem = format!("underlying-{}", underlying.symbol);
        self.put_file(stem, vec![Part::Own(subject, id, underlying)], rows);
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
        self.put_file(stem, vec![Part::Chain(key.clone(), expiry, at)], options * minutes);
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
            let rows = days.min(SERIES_DAYS) * self.bars_a_day();
            let expiry = expiry.map_or(String::new(), |expiry| format!("-{expiry}"));
            let stem = format!("series-{}-{symbol}{expiry}", series.name());
            self.put_file(stem, vec![Part::Series(wish)], rows.max(1));
        }
        Ok(())
    }

    /// Of the wished interval.
    fn bars_a_day(&self) -> u64 {
        let minutes = self.wish.order.interval.minutes();
        minutes.map_or(1, |step| SESSION_MINUTES / u64::from(step).max(1)).max(1)
    }

    fn put_file(&mut self, stem: String, parts: Vec<Part>, rows: u64) {
        let name = self.wish.format.safe_name(&stem);
        self.files.push(PlannedFile { stem, name, parts, rows });
    }

    /// Of the interval that is wanted, made of the series that holds most.
    fn rows_of(&self, row: &ContractRow) -> u64 {
        let minutes = |interval: ChartInterval| u64::from(interval.minutes().unwrap_or(375));
        let (stored, wanted) = (minutes(row.interval.into()), minutes(self.wish.order.interval));
        (row.candles * stored / wanted.max(1)).max(1)
    }

    fn leave_out(&mut self, row: &ContractRow) {
        let why = match row.state {
            ContractState::NotAsked => "not collected",
            ContractState::Pruned => "pruned: collect it again, or unarchive its expiry",
            ContractState::Partial => "not collected to its end, and without a candle so far",
            ContractState::Empty | ContractState::Collected => "never traded in the days that were asked for",
        };
        let left = self.left_out.entry(why).or_insert_with(|| left_out(why));
        left.contracts += 1;
        if left.examples.len() < EXAMPLES {
            left.examples.push(row.contract.trading_symbol.clone());
        }
    }

    fn finish(self) -> Result<Plan, EngineError> {
        let left_out: Vec<ExportLeftOut> = self.left_out.into_values().collect();
        if self.files.is_empty() {
            let why: Vec<String> =
                left_out.iter().map(|of| format!("{} contracts {}", of.contracts, of.why)).collect();
            let why = if why.is_empty() { "no contract is chosen".to_owned() } else { why.join(", ") };
            return Err(ExportRefusal::NothingStored(why).into());
        }
        Ok(Plan { files: self.files, left_out })
    }
}

/// The three next to a day, in words.
fn nearest(dates: impl Iterator<Item = Day>, to: Day) -> String {
    const NAMED: usize = 3;
    let mut dates: Vec<Day> = dates.collect();
    dates.sort_by_key(|date| (date.days_since_1970() - to.days_since_1970()).abs());
    dates.truncate(NAMED);
    dates.sort_unstable();
    let words: Vec<String> = dates.into_iter().map(Day::to_long_text).collect();
    words.join(", ")
}

fn left_out(why: &str) -> ExportLeftOut {
    ExportLeftOut { why: why.to_owned(), contracts: 0, examples: Vec::new() }
}

/// Of days those that are wanted.
pub(super) fn within(days: DayRange, wanted: Option<DayRange>) -> Option<DayRange> {
    let Some(wanted) = wanted else { return Some(days) };
    DayRange::new(days.from().max(wanted.from()), days.to().min(wanted.to())).ok()
}
