//! The lake as the store reads it: files of candles, wherever they lie.

use lake::{CandleFile, GroupSeries, RowGroupError, RowGroups};
use store::{Archive, ArchiveError, ArchivedCandles, ArchivedFile, Place, Store, StoreError};
use tokio::runtime::Handle;
use tracing::warn;

struct Lake(RowGroups);

/// From now on a store reads what lies in lakes. To be called within the runtime that carries its requests.
pub(crate) fn read_lakes(store: &Store) {
    store.set_archive(Box::new(Lake(RowGroups::new(Handle::current()))));
}

/// A database beside whoever owns it, with what of it lies in lakes.
pub(crate) async fn open_for_reading(place: impl Into<Place>) -> Result<Store, StoreError> {
    let store = Store::open_for_reading(place).await?;
    read_lakes(&store);
    Ok(store)
}

impl Archive for Lake {
    fn groups_of(
        &self,
        file: &ArchivedFile,
        expired_key: &str,
    ) -> Result<Option<store::RowGroups>, ArchiveError> {
        self.0.of_contract(&candle_file(file), expired_key).map_err(|error| told(file, error))
    }

    fn read_group(&self, file: &ArchivedFile, group: u32) -> Result<Vec<ArchivedCandles>, ArchiveError> {
        let read = self.0.read(&candle_file(file), group).map_err(|error| told(file, error))?;
        let series = |GroupSeries { expired_key, interval, candles }| ArchivedCandles {
            expired_key,
            interval,
            candles,
        };
        Ok(read.into_iter().map(series).collect())
    }

    fn sha256(&self, file: &ArchivedFile) -> Result<[u8; 32], ArchiveError> {
        self.0.sha256(&candle_file(file)).map_err(|error| told(file, error))
    }
}

fn candle_file(file: &ArchivedFile) -> CandleFile {
    let ArchivedFile { place, path, bytes, sha256 } = file.clone();
    CandleFile { place, path, bytes, sha256 }
}

fn told(file: &ArchivedFile, error: RowGroupError) -> ArchiveError {
    match error {
        RowGroupError::Missing => file.missing(),
        RowGroupError::Changed(what) => file.changed(what),
        RowGroupError::Unreadable(why) => file.unreadable(why),
        RowGroupError::Unreachable { why, cause } => {
            warn!(%file, cause, "a lake cannot be reached");
            file.unreachable(why)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    fn sources(folder: &Path) -> Vec<PathBuf> {
        let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        paths.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
    }

    /// Whoever opens a database for reading in another way than by this file cannot read what the lake has alone.
    #[test]
    fn nobody_reads_a_database_without_its_lake() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let call = ["Store::", "open_for_reading("].concat();
        let opens = |path: &PathBuf| std::fs::read_to_string(path).unwrap().contains(&call);
        let opening: Vec<PathBuf> = sources(&source).into_iter().filter(opens).collect();
        assert_eq!(opening, [source.join("archive.rs")]);
    }
}
