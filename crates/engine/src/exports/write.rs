//! Writing the files of an export, a piece after the other: while one is written the next is read, and no more than these
//! two are in memory. A piece is a contract, a month of an underlying, or, with volatility, the contracts that one walk
//! through the days of their expiry is made for. A made series is one piece: it is in memory as a whole, as everywhere.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use export::table::{TableOptions, TableWriter};
use export::{CandleRows, CandleTable, ExportError, Subject, Twin, series_table};
use market::{Bar, DayRange, EpochSeconds, ExpiredKey};
use protocol::{ContractRow, ExportEstimate, ExportFile, ExportManifest, ExportOrder};
use store::{Place, Store};

use super::chain::ChainAt;
use super::error::ExportRefusal;
use super::manifest;
use super::partial::PartialFile;
use super::plan::{Part, Plan, PlannedFile, within};
use super::wish::Wish;
use crate::archive::open_for_reading;
use crate::blocking::on_blocking_thread;
use crate::browse::BrowseService;
use crate::candles::together;
use crate::chains::ChainService;
use crate::error::EngineError;
use crate::market_data::MarketDataService;
use crate::preferences::kept;
use crate::series::{SeriesService, has_rate};

/// How far an export is, for whoever watches it; clones share it.
#[derive(Clone, Debug, Default)]
pub struct ExportProgress {
    rows: Arc<AtomicU64>,
    rows_expected: Arc<AtomicU64>,
}

impl ExportProgress {
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// About so many in all.
    pub fn rows_expected(&self) -> u64 {
        self.rows_expected.load(Ordering::Relaxed)
    }

    pub(super) fn put_rows(&self, rows: u64) {
        self.rows.store(rows, Ordering::Relaxed);
    }

    fn add(&self, rows: usize) {
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }
}

/// Reads what is stored and writes it to files; beside whoever owns the data directory, too.
#[derive(Clone)]
pub struct ExportReader {
    store: Store,
    data: MarketDataService,
    browse: BrowseService,
    chains: ChainService,
    series: SeriesService,
    /// Whose data it is: `upstox`, `simulated` or `other`.
    source: String,
}

/// What a file had of each part while it was written.
#[derive(Default)]
struct Told {
    first: Option<i64>,
    last: Option<i64>,
    contracts: u64,
}

/// The rows of a part, or of some of its days.
struct Rows {
    subject: Subject,
    bars: Vec<Bar>,
    twin: Option<Twin>,
    /// Whether the part ends with them.
    ends: bool,
}

impl ExportReader {
    pub(crate) fn new(store: Store, browse: BrowseService, source: String) -> Self {
        let data = MarketDataService::new(store.clone());
        let chains = ChainService::new(store.clone());
        let series = SeriesService::new(store.clone());
        Self { store, data, browse, chains, series, source }
    }

    /// Opens an existing data directory for reading, beside whoever owns it.
    pub async fn open_for_reading(place: impl Into<Place>) -> Result<Self, EngineError> {
        let place = place.into();
        let browse = BrowseService::open_for_reading(place.clone()).await?;
        let store = open_for_reading(place).await?;
        let source = store.setting("source").await?.unwrap_or_default();
        Ok(Self::new(store, browse, source))
    }

    pub async fn estimate(&self, order: ExportOrder) -> Result<ExportEstimate, EngineError> {
        let (wish, plan) = self.plan(order).await?;
        Ok(plan.estimate(&wish))
    }

    /// Writes all files and the manifest into a folder that is empty, not there, or holds this very export.
    pub async fn write_to(
        &self,
        order: ExportOrder,
        folder: &Path,
        progress: &ExportProgress,
        now: EpochSeconds,
    ) -> Result<ExportManifest, EngineError> {
        manifest::make_ready(folder, &order)?;
        self.write(order, folder, None, progress, now).await
    }

    /// The same of an export that a server keeps: files that are whole already stay, and each that becomes whole is noted.
    pub(super) async fn write(
        &self,
        order: ExportOrder,
        folder: &Path,
        kept_as: Option<i64>,
        progress: &ExportProgress,
        now: EpochSeconds,
    ) -> Result<ExportManifest, EngineError> {
        let (wish, plan) = self.plan(order).await?;
        let done = match kept_as {
            Some(id) => {
                manifest::remove_halves(folder)?;
                self.store.export_files(id).await?
            }
            None => Vec::new(),
        };
        let rests_on_a_rate = wish.order.volatility || wish.series.as_ref().is_some_and(has_rate);
        let rate = match rests_on_a_rate {
            true => Some(crate::chains::rate_of(kept(&self.store).await?.reading).fraction()),
            false => None,
        };
        progress.rows_expected.store(plan.rows(), Ordering::Relaxed);
        let mut files = Vec::with_capacity(plan.files.len());
        let mut ahead = Ahead::default();
        for (place, file) in plan.files.iter().enumerate() {
            let known = done.iter().find(|done| done.name == file.name && is_there(folder, done));
            let written = match known {
                Some(known) => known.clone(),
                None => {
                    let ready = match wish.order.volatility {
                        true => self.ahead(&wish, &plan.files[place..], &mut ahead).await?,
                        false => None,
                    };
                    let written = self.write_file(&wish, file, ready, folder, rate, progress).await?;
                    if let Some(id) = kept_as {
                        self.store.keep_export_file(id, &written).await?;
                    }
                    written
                }
            };
            files.push(written);
            // What was estimated of the files so far is replaced by what they had.
            progress.put_rows(files.iter().map(|file| file.rows).sum());
        }
        if let Some((name, text)) = wish.preset.and_then(|preset| preset.facts().beside) {
            manifest::put(&folder.join(name), text.as_bytes())?;
        }
        let manifest = manifest::of(&wish, &plan, files, &self.source, rate, now);
        manifest::keep(folder, &manifest)?;
        Ok(manifest)
    }

    async fn plan(&self, order: ExportOrder) -> Result<(Wish, Plan), EngineError> {
        let wish = Wish::read(order)?;
        let underlying = match &wish.order.underlying {
            Some(name) => Some(self.browse.find(name).await?),
            None => None,
        };
        let plan = Plan::make(&self.store, &self.data, &wish, underlying.as_ref()).await?;
        Ok((wish, plan))
    }

    async fn write_file(
        &self,
        wish: &Wish,
        file: &PlannedFile,
        ready: Option<Rows>,
        folder: &Path,
        rate: Option<f64>,
        progress: &ExportProgress,
    ) -> Result<ExportFile, EngineError> {
        let path = folder.join(&file.name);
        let unwritable = |source| ExportRefusal::io(path.clone(), source);
        let partial = PartialFile::create(path.clone()).map_err(unwritable)?;
        let table = if file.is_own() { &wish.own_table } else { &wish.table };
        // Its rule stands in the file, so it is made before that is begun.
        let series = match &file.parts[..] {
            [Part::Series(wish)] => Some(self.series.make(wish).await?),
            _ => None,
        };
        let options = TableOptions {
            times: wish.times,
            metadata: manifest::metadata(
                wish,
                &self.source,
                rate,
                series.as_ref().map(|made| made.head.rule.as_str()),
            ),
            name: file.stem.clone(),
        };
        let output = partial.writer().map_err(unwritable)?;
        let failed = |error| EngineError::from(ExportRefusal::writing(path.clone(), error));
        let columns = if file.is_own() { wish.own_table.columns() } else { wish.columns() };
        let mut writer = wish.format.table(columns, &options, output).map_err(failed)?;
        let (table, interval) = (Arc::new(table.clone()), wish.order.interval);
        let mut told = Told::default();
        if let [Part::Chain(key, expiry, at)] = &file.parts[..] {
            let minute = if let ChainAt::Minute(minute) = at { Some(*minute) } else { None };
            let day = self.chains.whole_day(key, *expiry, at.day(), minute).await?;
            let (at, counted) = (*at, progress.clone());
            let written = on_blocking_thread(move || {
                let minutes = super::chain::write(&day, at, &mut *writer, |rows| counted.add(rows))?;
                Ok::<_, ExportError>((writer, minutes))
            });
            let minutes;
            (writer, minutes) = written.await?.map_err(failed)?;
            (told.first, told.last) = minutes.map(|(first, last)| (first.0, last.0)).unzip();
        }
        if let Some(series) = series {
            let moment = |point: Option<&protocol::SeriesRow>| {
                point.and_then(|(at, _)| EpochSeconds::parse_rfc3339(at)).map(|at| at.0)
            };
            (told.first, told.last) = (moment(series.points.first()), moment(series.points.last()));
            progress.add(series.points.len());
            let written = on_blocking_thread(move || {
                writer.write(&series_table(&series)?.1)?;
                Ok::<_, ExportError>(writer)
            });
            writer = written.await?.map_err(failed)?;
        }
        let mut pieces = match ready {
            Some(rows) => vec![Piece::Ready(rows)],
            None => pieces(wish, file, self).await?,
        }
        .into_iter();
        let mut next = match pieces.next() {
            Some(piece) => Some(self.read(wish, piece).await?),
            None => None,
        };
        while let Some(piece) = next {
            piece.iter().for_each(|rows| told.take(rows));
            let count = piece.iter().map(|rows| rows.bars.len()).sum();
            let table = Arc::clone(&table);
            let written = on_blocking_thread(move || write_rows(writer, &table, interval, &piece));
            let read = async {
                match pieces.next() {
                    Some(piece) => self.read(wish, piece).await.map(Some),
                    None => Ok(None),
                }
            };
            let (written, read) = tokio::join!(written, read);
            writer = written?.map_err(failed)?;
            progress.add(count);
            next = read?;
        }
        let finished = on_blocking_thread(move || {
            let written = writer.finish()?;
            partial.finish()?;
            Ok::<_, ExportError>(written)
        });
        let written = finished.await?.map_err(failed)?;
        let Told { first, last, contracts } = told;
        Ok(ExportFile {
            name: file.name.clone(),
            rows: written.rows,
            bytes: written.bytes,
            sha256: written.sha256.to_string(),
            contracts,
            first,
            last,
        })
    }

    /// The rows of the first file, where it is of one contract: read together with those of the files after it.
    async fn ahead(
        &self,
        wish: &Wish,
        files: &[PlannedFile],
        ahead: &mut Ahead,
    ) -> Result<Option<Rows>, EngineError> {
        let of_one = |file: &PlannedFile| match &file.parts[..] {
            [Part::Contract(subject, row)] => Some((subject.clone(), row.clone())),
            _ => None,
        };
        let contracts: Vec<_> = files.iter().map_while(of_one).collect();
        let Some((_, first)) = contracts.first() else { return Ok(None) };
        if !ahead.contains_key(&first.contract.expired_key) {
            let place = |row: &ContractRow| (row.contract.underlying_key.clone(), row.contract.expiry);
            let of = place(first);
            let together_with: Vec<_> =
                contracts.iter().filter(|(_, row)| place(row) == of).cloned().collect();
            let group = together(together_with, |(_, row)| row.candles).into_iter().next();
            let group = group.unwrap_or_default().into_iter();
            let group = group.map(|(subject, row)| (subject, row.contract.expired_key)).collect::<Vec<_>>();
            let keys: Vec<ExpiredKey> = group.iter().map(|(_, key)| key.clone()).collect();
            let rows = self.read(wish, Piece::WithVolatility(group)).await?;
            *ahead = keys.into_iter().zip(rows).collect();
        }
        Ok(ahead.remove(&first.contract.expired_key))
    }

    async fn read(&self, wish: &Wish, piece: Piece) -> Result<Vec<Rows>, EngineError> {
        let interval = wish.order.interval;
        match piece {
            Piece::Ready(rows) => Ok(vec![rows]),
            Piece::Contract(subject, key) => {
                let bars = self.data.bars(&key, interval, wish.days).await?.bars;
                Ok(vec![Rows { subject, bars, twin: None, ends: true }])
            }
            Piece::WithVolatility(contracts) => {
                let (subjects, keys): (Vec<_>, Vec<_>) = contracts.into_iter().unzip();
                let twins = self.data.twins(&keys, interval, wish.days).await?;
                let rows = subjects.into_iter().zip(twins);
                let rows =
                    rows.map(|(subject, (bars, twin))| Rows { subject, bars, twin: Some(twin), ends: true });
                Ok(rows.collect())
            }
            Piece::Own(subject, id, underlying, days, ends) => {
                let bars = self.data.own_bars(id, &underlying, interval, days).await?;
                Ok(vec![Rows { subject, bars, twin: None, ends }])
            }
        }
    }
}

/// Rows of contracts whose files come next.
type Ahead = HashMap<ExpiredKey, Rows>;

/// What is read at once.
enum Piece {
    /// It was read already.
    Ready(Rows),
    Contract(Subject, ExpiredKey),
    /// Of one expiry.
    WithVolatility(Vec<(Subject, ExpiredKey)>),
    /// A month of an underlying.
    Own(Subject, store::UnderlyingId, market::Underlying, DayRange, bool),
}

async fn pieces(wish: &Wish, file: &PlannedFile, of: &ExportReader) -> Result<Vec<Piece>, EngineError> {
    let mut pieces = Vec::new();
    let mut with_volatility = Vec::new();
    for part in file.parts.clone() {
        match part {
            Part::Chain(..) | Part::Series(_) => {}
            Part::Contract(subject, row) if wish.order.volatility => {
                with_volatility.push((subject, row.contract.expired_key, row.candles));
            }
            Part::Contract(subject, row) => pieces.push(Piece::Contract(subject, row.contract.expired_key)),
            Part::Own(subject, id, underlying) => {
                let days = of.data.own_days(id, wish.order.interval).await?;
                let Some(days) = days.and_then(|days| within(days, wish.days)) else { continue };
                let months = days.months();
                let last = months.len().saturating_sub(1);
                pieces.extend(months.into_iter().enumerate().map(|(place, month)| {
                    Piece::Own(subject.clone(), id, underlying.clone(), month, place == last)
                }));
            }
        }
    }
    let groups = together(with_volatility, |(_, _, candles)| *candles).into_iter().map(|group| {
        Piece::WithVolatility(group.into_iter().map(|(subject, key, _)| (subject, key)).collect())
    });
    pieces.extend(groups);
    Ok(pieces)
}

type Writer = Box<dyn TableWriter + Send>;

fn write_rows(
    mut writer: Writer,
    table: &CandleTable,
    interval: market::ChartInterval,
    piece: &[Rows],
) -> Result<Writer, ExportError> {
    for Rows { subject, bars, twin, ends } in piece {
        writer.write(&table.batch(CandleRows { subject, interval, bars, twin: twin.as_ref() })?)?;
        if *ends {
            writer.part_ends()?;
        }
    }
    Ok(writer)
}

impl Told {
    fn take(&mut self, rows: &Rows) {
        let is_contract = matches!(rows.subject, Subject::Contract { .. });
        self.contracts += u64::from(is_contract && !rows.bars.is_empty());
        if let (Some(first), Some(last)) = (rows.bars.first(), rows.bars.last()) {
            let (first, last) = (first.start.0, last.start.0);
            self.first = Some(self.first.map_or(first, |before| before.min(first)));
            self.last = Some(self.last.map_or(last, |before| before.max(last)));
        }
    }
}

/// A file of an earlier run that is as it was left.
fn is_there(folder: &Path, file: &ExportFile) -> bool {
    let path: PathBuf = folder.join(&file.name);
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() == file.bytes)
}
