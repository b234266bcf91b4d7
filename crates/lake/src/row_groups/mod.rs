//! Reads row groups of a file of candles, wherever it lies: of a folder by the system's own calls, of a bucket by the
//! ranges that are needed, one request for the end of the file and one for each group. Blocks, and is asked on threads
//! that may.
//!
//! It does not judge whether the rows are the right ones: whoever moved them into the lake knows that.

mod candles;
mod file;

use std::collections::{HashMap, VecDeque};
use std::ops::{Range, RangeInclusive};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use arrow_array::cast::AsArray;
use market::{Candle, Interval};
use object_store::ObjectStore;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::file::metadata::ParquetMetaDataReader;
use ring::digest::{Context, SHA256};
use tokio::runtime::Handle;

use self::candles::{add, column};
use self::file::{Lies, Window, chain};
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
    /// It may be there: later it can be read again.
    #[error("{why}")]
    Unreachable {
        why: &'static str,
        /// In the words of the store, for a log.
        cause: String,
    },
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
            let part = lies.bytes(&self.runtime, file, at..end)?;
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
        let window = Window { start: range.start, bytes: opened.lies.bytes(&self.runtime, file, range)? };
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
        let tail = lies.bytes(&self.runtime, file, file.bytes.saturating_sub(TAIL_BYTES)..file.bytes)?;
        let length = layout_length(&tail).filter(|length| *length + 8 <= file.bytes.min(LAYOUT_BYTES_MAX));
        let length = length.ok_or_else(|| unreadable("it does not end as a Parquet file does"))?;
        let layout = file.bytes - 8 - length..file.bytes - 8;
        let tail_start = file.bytes - tail.len() as u64;
        let layout = if layout.start >= tail_start {
            tail.slice((layout.start - tail_start) as usize..(layout.end - tail_start) as usize)
        } else {
            lies.bytes(&self.runtime, file, layout)?
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
                    None => place.open().map_err(|error| not_set_up(&error))?,
                };
                buckets.insert(file.place.clone(), bucket.clone());
                Lies::Bucket(bucket, path)
            }
        })
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Nothing is known of a file in a bucket that cannot be asked.
fn not_set_up(error: &crate::LakeError) -> RowGroupError {
    let why = "the access to it is not set up: set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION";
    RowGroupError::Unreachable { why, cause: chain(error) }
}

fn unreadable(why: impl ToString) -> RowGroupError {
    RowGroupError::Unreadable(why.to_string())
}

/// As the last eight bytes say.
fn layout_length(tail: &[u8]) -> Option<u64> {
    let (_, end) = tail.split_last_chunk::<8>()?;
    let (length, magic) = end.split_first_chunk::<4>()?;
    (magic == b"PAR1").then_some(u64::from(u32::from_le_bytes(*length)))
}

#[cfg(test)]
mod tests {
    use arrow_array::{
        ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
    };
    use market::{EpochSeconds, Price, Prices};
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
