//! Row groups of the lake that were read last, in a bounded room. Candles leave it only where they are those that were
//! moved out of the database: a file that somebody changed is found out by whoever asks for a row of it.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use market::{Candle, Interval};

use crate::archive::{Archive, ArchiveError, ArchivedCandles, ArchivedFile, RowGroups, rows_sha256};

/// Some two million candles: a large expiry, or a row group of each of eighteen.
const BYTES_MAX: usize = 128 << 20;

type Result<T> = std::result::Result<T, ArchiveError>;

/// A series in the lake, and what its rows are known by.
#[derive(Clone, Debug)]
pub(crate) struct ArchivedSeries {
    pub file: ArchivedFile,
    pub expired_key: String,
    pub interval: Interval,
    pub groups: RowGroups,
    pub rows_sha256: [u8; 32],
}

/// The candles of a series, or those that a row group has of it.
#[derive(Debug)]
pub(crate) struct Rows {
    of: ArchivedCandles,
    sha256: OnceLock<[u8; 32]>,
}

pub(crate) struct ArchiveCache {
    archive: Box<dyn Archive>,
    bytes_max: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    groups: HashMap<Place, Entry>,
    bytes: usize,
    looks: u64,
}

type Place = (ArchivedFile, u32);
type Group = Vec<Arc<Rows>>;

struct Entry {
    /// Whoever reads the group holds it meanwhile, so that it is read once.
    group: Arc<Mutex<Option<Arc<Group>>>>,
    /// 0 until it is read.
    bytes: usize,
    looked_at: u64,
}

impl Rows {
    fn new(of: ArchivedCandles) -> Arc<Self> {
        Arc::new(Self { of, sha256: OnceLock::new() })
    }

    pub(crate) fn candles(&self) -> &[Candle] {
        &self.of.candles
    }

    fn sha256(&self) -> [u8; 32] {
        *self.sha256.get_or_init(|| rows_sha256(self.candles()))
    }

    fn bytes(&self) -> usize {
        size_of::<Self>() + self.of.expired_key.len() + size_of_val(self.candles())
    }
}

impl ArchiveCache {
    pub(crate) fn new(archive: Box<dyn Archive>) -> Self {
        Self { archive, bytes_max: BYTES_MAX, kept: Mutex::default() }
    }

    /// All candles of a series, oldest first, and refused where they are not those that were moved out.
    pub(crate) fn rows(&self, series: &ArchivedSeries) -> Result<Arc<Rows>> {
        let ArchivedSeries { file, expired_key, interval, groups, rows_sha256 } = series;
        let rows = self.rows_of_groups(file, expired_key, *interval, groups.clone())?;
        if rows.sha256() == *rows_sha256 {
            Ok(rows)
        } else {
            Err(file.changed(format!("the candles of {expired_key} differ")))
        }
    }

    /// Whether a file is the one that was published, to the last byte.
    pub(crate) fn check(&self, file: &ArchivedFile) -> Result<()> {
        match guarded(file, || self.archive.sha256(file))? == file.sha256 {
            true => Ok(()),
            false => Err(file.changed("its SHA-256 is another one")),
        }
    }

    /// A series as a file has it, whatever that is; nothing where it has not the contract.
    pub(crate) fn found(
        &self,
        file: &ArchivedFile,
        expired_key: &str,
        interval: Interval,
    ) -> Result<Option<ArchivedSeries>> {
        let Some(groups) = guarded(file, || self.archive.groups_of(file, expired_key))? else {
            return Ok(None);
        };
        let rows_sha256 = self.rows_of_groups(file, expired_key, interval, groups.clone())?.sha256();
        let (file, expired_key) = (file.clone(), expired_key.to_owned());
        Ok(Some(ArchivedSeries { file, expired_key, interval, groups, rows_sha256 }))
    }

    fn rows_of_groups(
        &self,
        file: &ArchivedFile,
        expired_key: &str,
        interval: Interval,
        groups: RowGroups,
    ) -> Result<Arc<Rows>> {
        let mut parts = Vec::new();
        for group in groups {
            let group = self.group(file, group)?;
            let is_it =
                |rows: &&Arc<Rows>| rows.of.interval == interval && rows.of.expired_key == expired_key;
            parts.extend(group.iter().filter(is_it).cloned());
        }
        if parts.len() == 1 {
            return Ok(parts.remove(0));
        }
        let candles = parts.iter().flat_map(|part| part.candles().iter().copied()).collect();
        Ok(Rows::new(ArchivedCandles { expired_key: expired_key.to_owned(), interval, candles }))
    }

    fn group(&self, file: &ArchivedFile, group: u32) -> Result<Arc<Group>> {
        let place = (file.clone(), group);
        let entry = self.entry(&place);
        let mut held = entry.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(group) = held.as_ref() {
            return Ok(group.clone());
        }
        let read = guarded(file, || self.archive.read_group(file, group))?;
        let read: Arc<Group> = Arc::new(read.into_iter().map(Rows::new).collect());
        *held = Some(read.clone());
        drop(held);
        self.make_room(&place, read.iter().map(|rows| rows.bytes()).sum());
        Ok(read)
    }

    fn entry(&self, place: &Place) -> Arc<Mutex<Option<Arc<Group>>>> {
        let mut kept = self.kept();
        kept.looks += 1;
        let looked_at = kept.looks;
        let entry = kept.groups.entry(place.clone()).or_insert_with(|| Entry {
            group: Arc::default(),
            bytes: 0,
            looked_at,
        });
        entry.looked_at = looked_at;
        entry.group.clone()
    }

    /// For a group that was just read. Those that nobody looked at for longest go; it stays itself.
    fn make_room(&self, place: &Place, bytes: usize) {
        let mut kept = self.kept();
        if let Some(entry) = kept.groups.get_mut(place) {
            entry.bytes = bytes;
            kept.bytes += bytes;
        }
        while kept.bytes > self.bytes_max {
            let read = kept.groups.iter().filter(|(of, entry)| entry.bytes > 0 && *of != place);
            let Some(oldest) = read.min_by_key(|(_, entry)| entry.looked_at).map(|(of, _)| of.clone()) else {
                break;
            };
            if let Some(gone) = kept.groups.remove(&oldest) {
                kept.bytes -= gone.bytes;
            }
        }
        // A place that could not be read holds nothing, and is made again by whoever asks again.
        kept.groups.retain(|_, entry| entry.bytes > 0 || Arc::strong_count(&entry.group) > 1);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file that nobody of ours wrote may make its reader panic, and a panic must not reach SQLite, which calls.
fn guarded<T>(file: &ArchivedFile, read: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(file.unreadable("its reader gave up on what stands in it")))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use market::{EpochSeconds, Price, Prices};

    use super::*;

    /// A hundred candles a group, of a contract named as the group.
    struct Counting(Arc<AtomicUsize>);

    fn candle(minute: i64) -> Candle {
        let price = Price::from_rupees(24_618.05).unwrap();
        let prices = Prices { open: price, high: price, low: price, close: price };
        Candle { start: EpochSeconds(minute * 60), prices, volume: 75, open_interest: 150 }
    }

    impl Archive for Counting {
        fn groups_of(&self, _: &ArchivedFile, expired_key: &str) -> Result<Option<RowGroups>> {
            let group = expired_key.parse().unwrap();
            Ok(Some(group..=group))
        }

        fn sha256(&self, file: &ArchivedFile) -> Result<[u8; 32]> {
            Ok(file.sha256)
        }

        fn read_group(&self, file: &ArchivedFile, group: u32) -> Result<Vec<ArchivedCandles>> {
            self.0.fetch_add(1, Ordering::Relaxed);
            assert_ne!(group, 13, "a file that its reader panics of");
            if group == 7 {
                return Err(file.missing());
            }
            let candles = (0..100).map(candle).collect();
            let (expired_key, interval) = (group.to_string(), Interval::Minute1);
            Ok(vec![ArchivedCandles { expired_key, interval, candles }])
        }
    }

    fn cache(bytes_max: usize) -> (ArchiveCache, Arc<AtomicUsize>) {
        let reads = Arc::new(AtomicUsize::new(0));
        let archive = Box::new(Counting(reads.clone()));
        (ArchiveCache { archive, bytes_max, kept: Mutex::default() }, reads)
    }

    fn series(group: u32) -> ArchivedSeries {
        let file = ArchivedFile {
            place: "/lake".to_owned(),
            path: "part-0.parquet".to_owned(),
            bytes: 1,
            sha256: [0; 32],
        };
        let candles: Vec<Candle> = (0..100).map(candle).collect();
        ArchivedSeries {
            file,
            expired_key: group.to_string(),
            interval: Interval::Minute1,
            groups: group..=group,
            rows_sha256: rows_sha256(&candles),
        }
    }

    #[test]
    fn a_group_is_read_once_while_it_is_looked_at_and_the_oldest_goes() {
        // Room for two groups.
        let (cache, reads) = cache(2 * 6_000);
        for group in [1, 2, 1, 2, 1] {
            assert_eq!(cache.rows(&series(group)).unwrap().candles().len(), 100);
        }
        assert_eq!(reads.load(Ordering::Relaxed), 2);
        cache.rows(&series(3)).unwrap();
        // 2 had been looked at before 1.
        cache.rows(&series(1)).unwrap();
        assert_eq!(reads.load(Ordering::Relaxed), 3);
        cache.rows(&series(2)).unwrap();
        assert_eq!(reads.load(Ordering::Relaxed), 4);
        let kept = cache.kept();
        assert_eq!(kept.groups.len(), 2);
        assert_eq!(kept.bytes, kept.groups.values().map(|entry| entry.bytes).sum::<usize>());
        assert!(kept.bytes <= 2 * 6_000);
    }

    #[test]
    fn candles_that_are_not_those_that_were_moved_out_are_refused_each_time() {
        let (cache, _) = cache(1 << 20);
        let mut other = series(1);
        other.rows_sha256[0] ^= 1;
        for _ in 0..2 {
            let refused = cache.rows(&other).unwrap_err();
            assert!(matches!(refused, ArchiveError::Changed { .. }), "{refused}");
        }
        // A contract that the file does not know has no rows, and that is no answer either.
        let absent = ArchivedSeries { interval: Interval::Day, ..series(1) };
        assert!(matches!(cache.rows(&absent), Err(ArchiveError::Changed { .. })));
    }

    #[test]
    fn what_cannot_be_read_is_told_and_asked_again() {
        let (cache, reads) = cache(1 << 20);
        assert!(matches!(cache.rows(&series(7)), Err(ArchiveError::Missing { .. })));
        assert!(matches!(cache.rows(&series(7)), Err(ArchiveError::Missing { .. })));
        assert!(matches!(cache.rows(&series(13)), Err(ArchiveError::Unreadable { .. })));
        assert_eq!(reads.load(Ordering::Relaxed), 3);
    }
}
