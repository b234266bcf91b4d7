//! Reads row groups of a file of candles, wherever it lies: of a folder by the system's own calls, of a bucket by the
//! ranges that are needed, one request for the end of the file and one for each group. Blocks, and is asked on threads
//! that may.
//!
//! It does not judge whether the rows are the right ones: whoever moved them into the lake knows that.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::{Range, RangeInclusive};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampMillisecondType};
use arrow_array::{Array, RecordBatch};
use bytes::{Buf, Bytes};
use market::{Candle, EpochSeconds, Interval, Price, Prices};
use object_store::path::Path;
use object_store::{GetOptions, ObjectStore};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaDataReader;
use parquet::file::reader::{ChunkReader, Length};
use ring::digest::{Context, SHA256};
use tokio::runtime::Handle;

use crate::Place;

/// Files whose layout is remembered.
const OPENED_MAX: usize = 64;
/// Of the end of a file: what its layout takes as a rule.
const TAIL_BYTES: u64 = 64 * 1024;
/// A layout that is longer is none of ours.
const LAYOUT_BYTES_MAX: u64 = 64 << 20;
/// A row group of ours is some megabytes.
const GROUP_BYTES_MAX: u64 = 1 << 30;
const HASHED_AT_ONCE: u64 = 8 << 20;
const BATCH_ROWS: usize = 16 * 1024;
const COLUMNS: [&str; 9] =
    ["expired_key", "interval", "time", "open", "high", "low", "close", "volume", "open_interest"];

/// A file of candles as it was published.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CandleFile {
    /// As [`Place`] reads it.
    pub place: String,
    pub path: String,
    pub bytes: u64,
    pub sha256: [u8; 32],
}

/// What a row group holds of a contract in an interval, in the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupSeries {
    pub expired_key: String,
    pub interval: Interval,
    pub candles: Vec<Candle>,
}

#[derive(Debug, thiserror::Error)]
pub enum RowGroupError {
    #[error("it is not there")]
    Missing,
    #[error("{0}")]
    Changed(String),
    #[error("{0}")]
    Unreadable(String),
}

type Result<T, E = RowGroupError> = std::result::Result<T, E>;

pub struct RowGroups {
    runtime: Handle,
    buckets: Mutex<HashMap<String, Arc<dyn ObjectStore>>>,
    /// Newest last.
    opened: Mutex<VecDeque<(CandleFile, Arc<Opened>)>>,
}

/// A file whose end was read.
struct Opened {
    lies: Lies,
    layout: ArrowReaderMetadata,
    /// The row groups of each contract.
    keys: OnceLock<HashMap<String, RangeInclusive<u32>>>,
}

#[derive(Clone)]
enum Lies {
    Disk(PathBuf),
    Bucket(Arc<dyn ObjectStore>, Path),
}

impl RowGroups {
    /// `runtime` carries the requests to a bucket.
    pub fn new(runtime: Handle) -> Self {
        Self { runtime, buckets: Mutex::default(), opened: Mutex::default() }
    }

    /// The row groups that hold a contract; nothing where there are none.
    pub fn of_contract(&self, file: &CandleFile, expired_key: &str) -> Result<Option<RangeInclusive<u32>>> {
        let opened = self.opened(file)?;
        if opened.keys.get().is_none() {
            let keys = self.read_keys(file, &opened)?;
            let _ = opened.keys.set(keys);
        }
        Ok(opened.keys.get().and_then(|keys| keys.get(expired_key)).cloned())
    }

    /// How many row groups a file has.
    pub fn count(&self, file: &CandleFile) -> Result<u32> {
        u32::try_from(self.opened(file)?.layout.metadata().num_row_groups()).map_err(unreadable)
    }

    /// All that a row group holds.
    pub fn read(&self, file: &CandleFile, group: u32) -> Result<Vec<GroupSeries>> {
        let opened = self.opened(file)?;
        let mut all: Vec<GroupSeries> = Vec::new();
        for batch in self.batches(file, &opened, group, &COLUMNS)? {
            add(&mut all, &batch.map_err(unreadable)?)?;
        }
        Ok(all)
    }

    /// Of the whole file as it lies there now.
    pub fn sha256(&self, file: &CandleFile) -> Result<[u8; 32]> {
        let (lies, mut hash, mut at) = (self.lies(file)?, Context::new(&SHA256), 0);
        while at < file.bytes {
            let end = file.bytes.min(at + HASHED_AT_ONCE);
            let part = self.bytes(&lies, file, at..end)?;
            if part.is_empty() {
                return Err(RowGroupError::Changed("it was cut while it was read".to_owned()));
            }
            at += part.len() as u64;
            hash.update(&part);
        }
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(hash.finish().as_ref());
        Ok(sha256)
    }

    fn read_keys(&self, file: &CandleFile, opened: &Opened) -> Result<HashMap<String, RangeInclusive<u32>>> {
        let mut keys: HashMap<String, RangeInclusive<u32>> = HashMap::new();
        let groups = u32::try_from(opened.layout.metadata().num_row_groups()).map_err(unreadable)?;
        for group in 0..groups {
            for batch in self.batches(file, opened, group, &COLUMNS[..1])? {
                let batch = batch.map_err(unreadable)?;
                let texts = column(&batch, "expired_key")?.as_string_opt::<i32>();
                let texts = texts.ok_or_else(|| unreadable("expired_key is no text"))?;
                let mut last = "";
                for text in texts.iter().flatten() {
                    if text != last {
                        let groups = keys.entry(text.to_owned()).or_insert(group..=group);
                        *groups = *groups.start()..=group;
                        last = text;
                    }
                }
            }
        }
        Ok(keys)
    }

    fn batches(
        &self,
        file: &CandleFile,
        opened: &Opened,
        group: u32,
        columns: &[&str],
    ) -> Result<ParquetRecordBatchReader> {
        let metadata = opened.layout.metadata();
        let is_there = (group as usize) < metadata.num_row_groups();
        let rows = is_there.then(|| metadata.row_group(group as usize));
        let rows = rows.ok_or_else(|| RowGroupError::Changed("it has fewer row groups".to_owned()))?;
        let wanted = rows.columns().iter().filter(|of| columns.contains(&of.column_path().string().as_str()));
        let range =
            wanted.map(|of| of.byte_range()).fold(None, |all: Option<Range<u64>>, (start, length)| {
                let end = start.saturating_add(length);
                Some(all.map_or(start..end, |all| all.start.min(start)..all.end.max(end)))
            });
        let range = range.ok_or_else(|| unreadable("it has no column of candles"))?;
        if range.end > file.bytes || range.end - range.start > GROUP_BYTES_MAX {
            return Err(unreadable("its row groups lie beyond its end"));
        }
        let window = Window { start: range.start, bytes: self.bytes(&opened.lies, file, range)? };
        let schema = metadata.file_metadata().schema_descr();
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(window, opened.layout.clone())
            .with_projection(ProjectionMask::columns(schema, columns.iter().copied()))
            .with_row_groups(vec![group as usize])
            .with_batch_size(BATCH_ROWS);
        builder.build().map_err(unreadable)
    }

    fn opened(&self, file: &CandleFile) -> Result<Arc<Opened>> {
        if let Some((_, opened)) = lock(&self.opened).iter().find(|(known, _)| known == file) {
            return Ok(opened.clone());
        }
        let lies = self.lies(file)?;
        let tail = self.bytes(&lies, file, file.bytes.saturating_sub(TAIL_BYTES)..file.bytes)?;
        let length = layout_length(&tail).filter(|length| *length + 8 <= file.bytes.min(LAYOUT_BYTES_MAX));
        let length = length.ok_or_else(|| unreadable("it does not end as a Parquet file does"))?;
        let layout = file.bytes - 8 - length..file.bytes - 8;
        let tail_start = file.bytes - tail.len() as u64;
        let layout = if layout.start >= tail_start {
            tail.slice((layout.start - tail_start) as usize..(layout.end - tail_start) as usize)
        } else {
            self.bytes(&lies, file, layout)?
        };
        let metadata = ParquetMetaDataReader::decode_metadata(&layout).map_err(unreadable)?;
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let layout = ArrowReaderMetadata::try_new(Arc::new(metadata), options).map_err(unreadable)?;
        let opened = Arc::new(Opened { lies, layout, keys: OnceLock::new() });
        let mut all = lock(&self.opened);
        all.retain(|(known, _)| known != file);
        if all.len() >= OPENED_MAX {
            all.pop_front();
        }
        all.push_back((file.clone(), opened.clone()));
        Ok(opened)
    }

    fn lies(&self, file: &CandleFile) -> Result<Lies> {
        let path = crate::stored_path(&file.path).map_err(unreadable)?;
        let place: Place = file.place.parse().map_err(unreadable)?;
        Ok(match &place {
            Place::Folder(folder) => Lies::Disk(folder.join(path.as_ref())),
            Place::Bucket { .. } => {
                let mut buckets = lock(&self.buckets);
                let bucket = match buckets.get(&file.place) {
                    Some(bucket) => bucket.clone(),
                    None => place.open().map_err(|error| RowGroupError::Unreadable(chain(&error)))?,
                };
                buckets.insert(file.place.clone(), bucket.clone());
                Lies::Bucket(bucket, path)
            }
        })
    }

    /// A part of a file, which must be as long as it was published.
    fn bytes(&self, lies: &Lies, file: &CandleFile, range: Range<u64>) -> Result<Bytes> {
        let assert_length = |found: u64| match found == file.bytes {
            true => Ok(()),
            false => {
                let what = format!("it has {found} bytes, and had {}", file.bytes);
                Err(RowGroupError::Changed(what))
            }
        };
        match lies {
            Lies::Disk(path) => {
                let mut open = File::open(path).map_err(of_io)?;
                assert_length(open.metadata().map_err(of_io)?.len())?;
                open.seek(SeekFrom::Start(range.start)).map_err(of_io)?;
                let mut bytes = Vec::new();
                open.take(range.end - range.start).read_to_end(&mut bytes).map_err(of_io)?;
                Ok(bytes.into())
            }
            Lies::Bucket(bucket, path) => {
                let options = GetOptions { range: Some(range.into()), ..GetOptions::default() };
                self.runtime.block_on(async {
                    let answer = bucket.get_opts(path, options).await.map_err(of_bucket)?;
                    assert_length(answer.meta.size)?;
                    answer.bytes().await.map_err(of_bucket)
                })
            }
        }
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unreadable(why: impl ToString) -> RowGroupError {
    RowGroupError::Unreadable(why.to_string())
}

fn of_io(error: io::Error) -> RowGroupError {
    match error.kind() {
        io::ErrorKind::NotFound => RowGroupError::Missing,
        _ => unreadable(error),
    }
}

fn of_bucket(error: object_store::Error) -> RowGroupError {
    match error {
        object_store::Error::NotFound { .. } => RowGroupError::Missing,
        other => RowGroupError::Unreadable(chain(&other)),
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| match cause.to_string() {
        cause if text.contains(&cause) => text,
        cause => format!("{text}: {cause}"),
    })
}

/// As the last eight bytes say.
fn layout_length(tail: &[u8]) -> Option<u64> {
    let (_, end) = tail.split_last_chunk::<8>()?;
    let (length, magic) = end.split_first_chunk::<4>()?;
    (magic == b"PAR1").then_some(u64::from(u32::from_le_bytes(*length)))
}

/// The candles of a batch, each with those of its contract and interval before it.
fn add(all: &mut Vec<GroupSeries>, batch: &RecordBatch) -> Result<()> {
    let text = |name| {
        let texts = column(batch, name)?.as_string_opt::<i32>();
        texts.ok_or_else(|| unreadable(format!("{name} is no text")))
    };
    let price = |name| {
        let numbers = column(batch, name)?.as_primitive_opt::<Float64Type>();
        numbers.ok_or_else(|| unreadable(format!("{name} is no price")))
    };
    let whole = |name| {
        let numbers = column(batch, name)?.as_primitive_opt::<Int64Type>();
        numbers.ok_or_else(|| unreadable(format!("{name} is no whole number")))
    };
    let (keys, intervals) = (text("expired_key")?, text("interval")?);
    let times = column(batch, "time")?.as_primitive_opt::<TimestampMillisecondType>();
    let times = times.ok_or_else(|| unreadable("time is no moment in milliseconds"))?;
    let [open, high, low, close] = [price("open")?, price("high")?, price("low")?, price("close")?];
    let (volume, open_interest) = (whole("volume")?, whole("open_interest")?);
    for row in 0..batch.num_rows() {
        let (key, interval) = (keys.value(row), intervals.value(row));
        let is_next = |last: &GroupSeries| last.expired_key == key && last.interval.as_str() == interval;
        if !all.last().is_some_and(is_next) {
            let interval = interval.parse().map_err(unreadable)?;
            all.push(GroupSeries { expired_key: key.to_owned(), interval, candles: Vec::new() });
        }
        let rupees = |of: f64| Price::from_rupees(of).ok_or_else(|| unreadable(format!("{of} is no price")));
        let candle = Candle {
            start: EpochSeconds(times.value(row).div_euclid(1000)),
            prices: Prices {
                open: rupees(open.value(row))?,
                high: rupees(high.value(row))?,
                low: rupees(low.value(row))?,
                close: rupees(close.value(row))?,
            },
            volume: volume.value(row),
            open_interest: open_interest.value(row),
        };
        if let Some(series) = all.last_mut() {
            series.candles.push(candle);
        }
    }
    Ok(())
}

fn column<'batch>(batch: &'batch RecordBatch, name: &str) -> Result<&'batch dyn Array> {
    let found = batch.column_by_name(name).ok_or_else(|| unreadable(format!("it has no column {name}")))?;
    match found.null_count() {
        0 => Ok(found),
        _ => Err(unreadable(format!("{name} is empty in a row"))),
    }
}

/// A part of a file, for a reader that speaks of the whole.
struct Window {
    start: u64,
    bytes: Bytes,
}

impl Window {
    fn from(&self, start: u64) -> parquet::errors::Result<Bytes> {
        let at = start.checked_sub(self.start).and_then(|at| usize::try_from(at).ok());
        let at = at.filter(|at| *at <= self.bytes.len());
        at.map(|at| self.bytes.slice(at..))
            .ok_or_else(|| ParquetError::EOF("beyond what was read".to_owned()))
    }
}

impl Length for Window {
    fn len(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

impl ChunkReader for Window {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(self.from(start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let bytes = self.from(start)?;
        if bytes.len() < length {
            return Err(ParquetError::EOF("beyond what was read".to_owned()));
        }
        Ok(bytes.slice(..length))
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::{ArrayRef, Float64Array, Int64Array, StringArray, TimestampMillisecondArray};
    use parquet::arrow::ArrowWriter;
    use tempfile::TempDir;

    use super::*;

    const CONTRACTS: [&str; 3] = ["NSE_FO|1|28-08-2025", "NSE_FO|2|28-08-2025", "NSE_FO|3|28-08-2025"];

    fn candle(minute: i64, paise: i64) -> Candle {
        let price = |more| Price((paise + more) * Price::PER_PAISA);
        let prices = Prices { open: price(1), high: price(4), low: price(0), close: price(3) };
        Candle { start: EpochSeconds(1_756_352_700 + minute * 60), prices, volume: minute, open_interest: 75 }
    }

    /// A contract a row group, the last one in two; the third has two intervals.
    fn expected() -> Vec<Vec<GroupSeries>> {
        let series = |key: &str, interval, minutes: Range<i64>| GroupSeries {
            expired_key: key.to_owned(),
            interval,
            candles: minutes.map(|minute| candle(minute, 2_461_805)).collect(),
        };
        vec![
            vec![series(CONTRACTS[0], Interval::Minute1, 0..50)],
            vec![series(CONTRACTS[1], Interval::Minute1, 0..40_000)],
            vec![
                series(CONTRACTS[2], Interval::Minute1, 0..9),
                series(CONTRACTS[2], Interval::Minute5, 0..2),
            ],
            vec![series(CONTRACTS[2], Interval::Minute5, 2..4)],
        ]
    }

    fn batch(group: &[GroupSeries]) -> RecordBatch {
        let rows: Vec<(&GroupSeries, &Candle)> =
            group.iter().flat_map(|of| of.candles.iter().map(move |candle| (of, candle))).collect();
        let text = |of: fn(&GroupSeries) -> &str| -> ArrayRef {
            Arc::new(rows.iter().map(|(series, _)| Some(of(series))).collect::<StringArray>())
        };
        let price = |of: fn(&Prices) -> Price| -> ArrayRef {
            Arc::new(rows.iter().map(|(_, row)| Some(of(&row.prices).to_rupees())).collect::<Float64Array>())
        };
        let whole = |of: fn(&Candle) -> i64| -> ArrayRef {
            Arc::new(rows.iter().map(|(_, row)| Some(of(row))).collect::<Int64Array>())
        };
        let time = rows.iter().map(|(_, row)| row.start.0 * 1000);
        RecordBatch::try_from_iter([
            ("expired_key", text(|of| &of.expired_key)),
            // Columns that nobody asks for lie between.
            ("kind", text(|_| "CE")),
            ("interval", text(|of| of.interval.as_str())),
            (
                "time",
                Arc::new(TimestampMillisecondArray::from_iter_values(time).with_timezone("UTC")) as ArrayRef,
            ),
            ("open", price(|of| of.open)),
            ("high", price(|of| of.high)),
            ("low", price(|of| of.low)),
            ("close", price(|of| of.close)),
            ("volume", whole(|of| of.volume)),
            ("open_interest", whole(|of| of.open_interest)),
        ])
        .unwrap()
    }

    fn write(folder: &TempDir) -> CandleFile {
        let mut writer = ArrowWriter::try_new(Vec::new(), batch(&expected()[0]).schema(), None).unwrap();
        for group in expected() {
            writer.write(&batch(&group)).unwrap();
            writer.flush().unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        std::fs::write(folder.path().join("part-0.parquet"), &bytes).unwrap();
        CandleFile {
            place: folder.path().to_str().unwrap().to_owned(),
            path: "part-0.parquet".to_owned(),
            bytes: bytes.len() as u64,
            sha256: [0; 32],
        }
    }

    #[tokio::test]
    async fn what_went_in_comes_out_group_by_group() {
        let folder = TempDir::new().unwrap();
        let file = write(&folder);
        let reader = RowGroups::new(Handle::current());
        for (group, expected) in expected().iter().enumerate() {
            assert_eq!(&reader.read(&file, group as u32).unwrap(), expected, "group {group}");
        }
        let whole = std::fs::read(folder.path().join(&file.path)).unwrap();
        let sha256 = ring::digest::digest(&SHA256, &whole);
        assert_eq!(reader.sha256(&file).unwrap(), sha256.as_ref());
        let groups = |key| reader.of_contract(&file, key).unwrap();
        assert_eq!(CONTRACTS.map(groups), [Some(0..=0), Some(1..=1), Some(2..=3)]);
        assert_eq!(groups("NSE_FO|4|28-08-2025"), None);
        assert!(matches!(reader.read(&file, 4), Err(RowGroupError::Changed(_))));
    }

    #[tokio::test]
    async fn a_file_that_is_gone_cut_or_none_of_ours_is_told() {
        let folder = TempDir::new().unwrap();
        let file = write(&folder);
        let path = folder.path().join("part-0.parquet");
        let whole = std::fs::read(&path).unwrap();
        let reader = RowGroups::new(Handle::current());
        reader.read(&file, 0).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        // Also by whoever knows its layout.
        for reader in [&reader, &RowGroups::new(Handle::current())] {
            assert!(matches!(reader.read(&file, 0), Err(RowGroupError::Changed(_))));
        }
        std::fs::write(&path, vec![7; whole.len()]).unwrap();
        let fresh = RowGroups::new(Handle::current());
        assert!(matches!(fresh.read(&file, 0), Err(RowGroupError::Unreadable(_))));
        assert!(reader.read(&file, 0).is_err());
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(fresh.read(&file, 0), Err(RowGroupError::Missing)));
        let outside = CandleFile { path: "../part-0.parquet".to_owned(), ..file };
        assert!(matches!(fresh.read(&outside, 0), Err(RowGroupError::Unreadable(_))));
    }
}
