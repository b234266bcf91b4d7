//! A database made of a lake alone, for a server that reads only: what the manifests, the contracts and the candles say,
//! kept by the same doors as what a broker answers, and the candles of each expiry left where they lie. Nobody is asked
//! but the lake, and every file is the one that its manifest tells of, or it is an error.
//!
//! It knows what was published and no more: of the days before a manifest's first nothing, no revisions, no refused rows.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use export::CandleTable;
use export::table::{Batch, Column, ParquetRows};
use lake::{DataFile, Lake, Manifest, Partition, Place, ReadManifest, RowGroups, Span};
use market::{
    Candle, ContractKind, ContractKinds, Day, DayRange, EpochSeconds, Interval, Segment, Underlying,
    UnderlyingKind,
};
use protocol::{LIST_WITNESSES, LakeTable};
use store::{
    AnsweredRange, ArchiveStep, ArchivedFile, AuditEntry, ContractId, ExpiryId, LakePartitionOf, ListPart,
    NewAnswer, NewContract, NewExpiries, NewListing, Outcome, SeriesOwner, SourceKind, Store, UnderlyingId,
};
use tokio::runtime::Handle;
use tracing::info;

use super::PublishError;
use super::manifest::row_of;
use super::name::symbol_of;
use super::reading::{Reading, contract_at, spot_at, unreadable};
use super::rows::columns;
use crate::archive::read_lakes;
use crate::blocking::on_blocking_thread;
use crate::error::EngineError;

/// What a replica was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaOfLake {
    /// As the place says itself.
    pub place: String,
    pub partitions: usize,
    pub candles: u64,
}

/// Makes the database of a new data directory what a lake holds.
pub async fn replica_of_lake(
    place: &str,
    data_dir: &Path,
    source: SourceKind,
) -> Result<ReplicaOfLake, EngineError> {
    let place: Place = place.parse().map_err(PublishError::from)?;
    let told = place.to_string();
    let lake = Lake::open(place, source.as_str()).await.map_err(PublishError::from)?;
    let partitions = lake.partitions().await.map_err(PublishError::from)?;
    if partitions.is_empty() {
        return Err(PublishError::NothingThere { place: told }.into());
    }
    let store = Store::open(data_dir, source).await?;
    read_lakes(&store);
    let groups = Arc::new(RowGroups::new(Handle::current()));
    let filling = Filling { store, lake, groups, place: told, spool: data_dir };
    let mut candles = 0;
    for partition in &partitions {
        candles += filling.take(partition).await?;
    }
    filling.store.close().await?;
    Ok(ReplicaOfLake { place: filling.place, partitions: partitions.len(), candles })
}

struct Filling<'a> {
    store: Store,
    lake: Lake,
    groups: Arc<RowGroups>,
    place: String,
    spool: &'a Path,
}

/// A manifest, and when it was written: everything of a partition was known by then.
struct Told<'a> {
    read: &'a ReadManifest,
    path: String,
    at: EpochSeconds,
}

impl Told<'_> {
    fn manifest(&self) -> &Manifest {
        &self.read.manifest
    }

    /// The days that the manifest says are answered for good.
    fn days(&self) -> Result<DayRange, PublishError> {
        let coverage = &self.manifest().coverage;
        let days =
            coverage.first_day.zip(coverage.last_day).and_then(|(from, to)| DayRange::new(from, to).ok());
        days.ok_or_else(|| unreadable(&self.path, "it does not say which days it rests on"))
    }

    fn audit(&self, of: &str, interval: Option<Interval>, rows: usize) -> AuditEntry {
        AuditEntry {
            at: self.at,
            job: None,
            endpoint: "lake",
            key: of.to_owned(),
            interval,
            range: None,
            status: Some(200),
            code: None,
            rows: rows as u64,
            bytes: 0,
            sha256: None,
            duration_ms: 0,
            attempt: 1,
        }
    }
}

impl Filling<'_> {
    /// How many candles it has.
    async fn take(&self, partition: &Partition) -> Result<u64, EngineError> {
        let path = partition.manifest_path().to_string();
        let read = self.lake.manifest(partition).await.map_err(PublishError::from)?;
        let read = read.ok_or_else(|| unreadable(&path, "it has gone since it was listed"))?;
        let at = EpochSeconds::parse_rfc3339(&read.manifest.published_at);
        let at = at.ok_or_else(|| unreadable(&path, "it does not say when it was published"))?;
        let told = Told { read: &read, path, at };
        let underlying = self.underlying(&told).await?;
        match partition.span {
            Span::Expiry(date) => self.take_expiry(&told, underlying, date).await?,
            Span::Month(month) => self.take_month(&told, underlying, month.first_day()).await?,
        }
        info!(%partition, candles = read.manifest.rows, "taken from the lake");
        Ok(read.manifest.rows)
    }

    async fn underlying(&self, told: &Told<'_>) -> Result<UnderlyingId, EngineError> {
        let (key, symbol) = (&told.manifest().instrument_key, symbol_of(told.manifest()));
        if let Some((id, _)) = self.store.underlying(key).await? {
            return Ok(id);
        }
        let kind = match key.segment() {
            Segment::NseIndex | Segment::BseIndex => UnderlyingKind::Index,
            _ => UnderlyingKind::Stock,
        };
        // A key of an index has its name; that of a share has a number of its own.
        let name = match kind {
            UnderlyingKind::Index => key.as_str().split_once('|').map_or(symbol, |(_, name)| name),
            UnderlyingKind::Stock => symbol,
        };
        let underlying =
            Underlying { key: key.clone(), symbol: symbol.to_owned(), name: name.to_owned(), kind };
        self.store.put_underlyings(&[underlying], told.at).await?;
        let known = self.store.underlying(key).await?;
        known.map(|(id, _)| id).ok_or_else(|| EngineError::NothingStored { key: key.to_string() })
    }

    async fn take_expiry(
        &self,
        told: &Told<'_>,
        underlying: UnderlyingId,
        date: Day,
    ) -> Result<(), EngineError> {
        let expiry = self.list(told, underlying, date).await?;
        let contracts = self.store.contracts(expiry, ContractKinds::Both).await?;
        let mut untraded: HashMap<String, ContractId> =
            contracts.iter().map(|of| (of.contract.expired_key.to_string(), of.id)).collect();
        let of_key = untraded.clone();
        let file = told.manifest().file(LakeTable::Candles);
        let file = file.ok_or_else(|| unreadable(&told.path, "it tells of no candles"))?;
        let archived = self.archived_file(file);
        // Nothing of it is believed before all of it is.
        self.store.check_lake_file(&archived).await?;
        let mut reading = Reading::new(self.groups.clone(), &archived);
        while let Some(series) = reading.next().await? {
            let contract = of_key.get(&series.expired_key);
            let contract = *contract.ok_or_else(|| {
                unreadable(&file.path, format!("{} is none of its contracts", series.expired_key))
            })?;
            if series.interval == Interval::Minute1 {
                untraded.remove(&series.expired_key);
            }
            let (owner, interval) = (SeriesOwner::Contract(contract), series.interval);
            self.keep(told, owner, (&series.expired_key, interval), series.candles).await?;
        }
        for (key, contract) in untraded {
            let owner = SeriesOwner::Contract(contract);
            self.keep(told, owner, (&key, Interval::Minute1), Vec::new()).await?;
        }
        self.note_publication(told, LakePartitionOf::Expiry(expiry)).await?;
        while self.store.archive_step(expiry, &archived, told.at).await? != ArchiveStep::Done {}
        Ok(())
    }

    /// Its contracts, as often as a list is asked before it is believed: it was, by who published it.
    async fn list(
        &self,
        told: &Told<'_>,
        underlying: UnderlyingId,
        date: Day,
    ) -> Result<ExpiryId, EngineError> {
        let file = told.manifest().file(LakeTable::Contracts);
        let file = file.ok_or_else(|| unreadable(&told.path, "it tells of no contracts"))?;
        let batches = self.batches(file, columns(LakeTable::Contracts)).await?;
        let mut contracts = Vec::new();
        for batch in &batches {
            for row in 0..batch.rows() {
                let contract = contract_at(batch, row);
                contracts.push(contract.ok_or_else(|| unreadable(&file.path, "a row is no contract"))?);
            }
        }
        let key = told.manifest().instrument_key.to_string();
        let expiries = NewExpiries {
            underlying,
            audit: told.audit(&key, None, 1),
            dates: vec![date],
            refused: Vec::new(),
        };
        self.store.keep_expiries(expiries).await?;
        let expiry = self.store.expiry(underlying, date).await?;
        let expiry = expiry.ok_or_else(|| unreadable(&file.path, "its expiry could not be kept"))?.id;
        for witness in (0..=LIST_WITNESSES).rev() {
            let at = EpochSeconds(told.at.0 - i64::from(witness) * store::WITNESS_SPACING_SECONDS);
            for part in ListPart::ALL {
                let is_future = part == ListPart::Futures;
                let of_part = contracts.iter().filter(|of| (of.kind == ContractKind::Future) == is_future);
                let contracts: Vec<_> = of_part
                    .map(|contract| NewContract { contract: contract.clone(), raw: "{}".to_owned() })
                    .collect();
                let audit = AuditEntry { at, ..told.audit(&key, None, contracts.len()) };
                let (refused, notices) = Default::default();
                let listing = NewListing { expiry, date, part, audit, contracts, refused, notices };
                self.store.keep_listing(listing).await?;
            }
        }
        Ok(expiry)
    }

    async fn take_month(
        &self,
        told: &Told<'_>,
        underlying: UnderlyingId,
        month: Day,
    ) -> Result<(), EngineError> {
        let file = told.manifest().file(LakeTable::Spot);
        let file = file.ok_or_else(|| unreadable(&told.path, "it tells of no candles"))?;
        let batches = self.batches(file, CandleTable::spot().columns()).await?;
        let mut candles = Vec::new();
        for batch in &batches {
            for row in 0..batch.rows() {
                let candle = spot_at(batch, row);
                candles.push(candle.ok_or_else(|| unreadable(&file.path, "a row is no candle of a minute"))?);
            }
        }
        let owner = SeriesOwner::Underlying(underlying);
        let key = told.manifest().instrument_key.to_string();
        self.keep(told, owner, (&key, Interval::Minute1), candles).await?;
        self.note_publication(told, LakePartitionOf::Month(underlying, month)).await
    }

    /// Candles of a series, and that its days are answered: in 1 minute those of the manifest too, whatever they hold.
    async fn keep(
        &self,
        told: &Told<'_>,
        owner: SeriesOwner,
        (key, interval): (&str, Interval),
        candles: Vec<Candle>,
    ) -> Result<(), EngineError> {
        let audit = told.audit(key, Some(interval), candles.len());
        let mut ranges = days_with_rows(&candles);
        if interval == Interval::Minute1 {
            ranges.retain(|range| !is_within(*range, told));
            let outcome = if candles.is_empty() { Outcome::Empty } else { Outcome::Rows };
            ranges.push(AnsweredRange { range: told.days()?, outcome, provisional: false });
        }
        let (quarantined, events) = Default::default();
        let answer = NewAnswer { owner, interval, audit, ranges, candles, quarantined, events };
        self.store.commit_answer(answer).await?;
        Ok(())
    }

    async fn note_publication(&self, told: &Told<'_>, of: LakePartitionOf) -> Result<(), EngineError> {
        let stamp = self.store.lake_stamp(of).await?;
        let row = row_of(&self.place, of, &told.path, told.read, stamp, told.at);
        self.store.keep_publication(row).await?;
        Ok(())
    }

    fn archived_file(&self, file: &DataFile) -> ArchivedFile {
        let (place, path) = (self.place.clone(), file.path.clone());
        ArchivedFile { place, path, bytes: file.bytes, sha256: file.sha256.bytes() }
    }

    /// All rows of a short file, which is the one of the manifest.
    async fn batches(&self, file: &DataFile, columns: Vec<Column>) -> Result<Vec<Batch>, EngineError> {
        let path = lake::stored_path(&file.path).map_err(PublishError::from)?;
        let fetched = self.lake.fetch(&path, self.spool).await.map_err(PublishError::from)?;
        let fetched = fetched.ok_or_else(|| unreadable(&file.path, "it is missing"))?;
        if fetched.sha256 != file.sha256 {
            return Err(unreadable(&file.path, "it is not the file that its manifest tells of").into());
        }
        let read = on_blocking_thread(move || ParquetRows::open(fetched.file, columns)?.collect());
        let read: Result<Vec<Batch>, export::ExportError> = read.await?;
        Ok(read.map_err(PublishError::from)?)
    }
}

/// Runs of days that have candles.
fn days_with_rows(candles: &[Candle]) -> Vec<AnsweredRange> {
    let mut days: Vec<Day> = candles.iter().map(|candle| candle.start.day()).collect();
    days.dedup();
    let runs = days.chunk_by(|one, next| one.next() == *next);
    let range = |run: &[Day]| DayRange::new(*run.first()?, *run.last()?).ok();
    let answered = |range| AnsweredRange { range, outcome: Outcome::Rows, provisional: false };
    runs.filter_map(range).map(answered).collect()
}

fn is_within(of: AnsweredRange, told: &Told<'_>) -> bool {
    told.days().is_ok_and(|days| days.contains(of.range.from()) && days.contains(of.range.to()))
}
