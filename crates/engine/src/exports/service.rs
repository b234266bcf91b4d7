//! Exports that are ordered of a server: kept in a list with a bound, made one after the other, cancelled, removed; their
//! files lie in `DATA_DIR/exports/ID`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use export::Preset;
use market::EpochSeconds;
use protocol::{EXPORTS_MAX, ExportEstimate, ExportOrder, ExportPicture, ExportStatus, ExportsPicture};
use ratelimit::Clock;
use store::{ExportRow, Store, create_private_dir};
use tokio::sync::{Notify, watch};

use super::error::ExportRefusal;
use super::manifest::NAME as MANIFEST_NAME;
use super::progress::ExportProgress;
use super::reader::ExportReader;
use crate::error::EngineError;
use crate::file_error::FileError;
use crate::loops::Loops;

const FOLDER: &str = "exports";
/// Before so long nobody can say how long the rest takes.
const TELLING_AFTER: Duration = Duration::from_secs(2);

/// A handle; clones share everything.
#[derive(Clone)]
pub struct ExportService {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    reader: ExportReader,
    loops: Loops,
    folder: PathBuf,
    /// The one that is being made.
    under_way: Mutex<Option<UnderWay>>,
    wake: Notify,
    closing: watch::Sender<bool>,
}

struct UnderWay {
    id: i64,
    progress: ExportProgress,
    /// By the clock.
    began: Duration,
    /// Rows of files that were whole before.
    before: u64,
    cancelled: watch::Sender<bool>,
}

/// What the loop needs of the export that it makes.
pub(super) struct Begun {
    pub progress: ExportProgress,
    pub cancelled: watch::Receiver<bool>,
}

/// A file of an export, to be read by whoever asks for it.
#[derive(Debug)]
pub struct ExportedFile {
    pub file: fs::File,
    pub name: String,
    pub bytes: u64,
}

impl ExportService {
    pub(crate) fn new(store: Store, reader: ExportReader, loops: Loops) -> Self {
        let folder = store.path().parent().unwrap_or(Path::new(".")).join(FOLDER);
        let (wake, closing) = (Notify::new(), watch::Sender::new(false));
        let under_way = Mutex::default();
        Self { inner: Arc::new(Inner { store, reader, loops, folder, under_way, wake, closing }) }
    }

    /// What an order comes to.
    pub async fn estimate(&self, order: ExportOrder) -> Result<ExportEstimate, EngineError> {
        self.inner.reader.estimate(order).await
    }

    /// Takes an order; the loop of the server carries it out.
    pub async fn create(&self, order: ExportOrder) -> Result<ExportPicture, EngineError> {
        let estimate = self.estimate(order.clone()).await?;
        let wish = serde_json::to_string(&order).map_err(EngineError::UnreadableJob)?;
        let made = self.inner.store.create_export(wish, estimate.rows, EXPORTS_MAX, self.now()).await?;
        let id = made.ok_or(ExportRefusal::TooMany)?;
        self.inner.wake.notify_one();
        self.picture(id).await
    }

    pub async fn list(&self) -> Result<ExportsPicture, EngineError> {
        let mut exports = Vec::new();
        for row in self.inner.store.exports().await? {
            exports.push(self.picture_of(row).await?);
        }
        Ok(ExportsPicture { exports })
    }

    pub async fn picture(&self, id: i64) -> Result<ExportPicture, EngineError> {
        let row = self.inner.store.export(id).await?.ok_or(ExportRefusal::Unknown(id))?;
        self.picture_of(row).await
    }

    /// Ends it; files that were whole by then stay.
    pub async fn cancel(&self, id: i64) -> Result<ExportPicture, EngineError> {
        self.picture(id).await?;
        if !self.inner.store.change_export(id, ExportStatus::Cancelled, None, self.now()).await? {
            return Err(ExportRefusal::Ended(id).into());
        }
        if let Some(under_way) = self.lock().as_ref().filter(|of| of.id == id) {
            under_way.cancelled.send_replace(true);
        }
        self.picture(id).await
    }

    /// Removes an export that has ended, and its files.
    pub async fn remove(&self, id: i64) -> Result<(), EngineError> {
        let picture = self.picture(id).await?;
        if !picture.status.has_ended() || self.is_under_way(id) {
            return Err(ExportRefusal::UnderWay(id).into());
        }
        let folder = self.folder_of(id);
        match fs::remove_dir_all(&folder) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(FileError::io(folder, source).into()),
        }
        self.inner.store.remove_export(id).await?;
        Ok(())
    }

    /// A file of an export that is whole, or its manifest.
    pub async fn file(&self, id: i64, name: &str) -> Result<ExportedFile, EngineError> {
        let picture = self.picture(id).await?;
        let missing = || ExportRefusal::NoFile(id, name.to_owned());
        // No path of anybody's making is opened: the name is one of ours.
        let is_known = picture.files.iter().any(|file| file.name == name)
            || picture.beside.iter().any(|beside| beside == name);
        if !is_known {
            return Err(missing().into());
        }
        let file = fs::File::open(self.folder_of(id).join(name)).map_err(|_| missing())?;
        let bytes = file.metadata().map_err(|_| missing())?.len();
        Ok(ExportedFile { file, name: name.to_owned(), bytes })
    }

    async fn picture_of(&self, row: ExportRow) -> Result<ExportPicture, EngineError> {
        let ExportRow { id, wish, status, rows_expected, created_at, ended_at, problem } = row;
        let order = read(&wish)?;
        let files = self.inner.store.export_files(id).await?;
        let whole: u64 = files.iter().map(|file| file.rows).sum();
        let bytes = files.iter().map(|file| file.bytes).sum();
        let beside = if status == ExportStatus::Done { beside(&order) } else { Vec::new() };
        let (rows, seconds_left) = match self.lock().as_ref().filter(|of| of.id == id) {
            Some(of) => (of.progress.rows().max(whole), self.seconds_left(of)),
            None => (whole, None),
        };
        Ok(ExportPicture {
            id,
            status,
            order,
            created_at: created_at.0,
            ended_at: ended_at.map(|at| at.0),
            rows,
            rows_expected,
            bytes,
            seconds_left: seconds_left.filter(|_| status == ExportStatus::Running),
            files,
            problem,
            beside,
            folder: self.folder_of(id).display().to_string(),
        })
    }

    /// As it went since it was begun; rows that lay there before were no work.
    fn seconds_left(&self, of: &UnderWay) -> Option<u64> {
        let took = self.clock().monotonic().saturating_sub(of.began);
        let made = of.progress.rows().saturating_sub(of.before);
        if took < TELLING_AFTER || made == 0 {
            return None;
        }
        let left = of.progress.rows_expected().saturating_sub(of.progress.rows());
        // Shorter than the age of the universe, and about right.
        Some((left as f64 / made as f64 * took.as_secs_f64()).ceil() as u64)
    }

    pub(super) fn begin(&self, id: i64, before: u64) -> Begun {
        let (progress, cancelled) = (ExportProgress::default(), watch::Sender::new(false));
        progress.put_rows(before);
        let begun = Begun { progress: progress.clone(), cancelled: cancelled.subscribe() };
        let began = self.clock().monotonic();
        *self.lock() = Some(UnderWay { id, progress, began, before, cancelled });
        begun
    }

    pub(super) fn end(&self) {
        *self.lock() = None;
    }

    pub(super) fn store(&self) -> &Store {
        &self.inner.store
    }

    pub(super) fn reader(&self) -> &ExportReader {
        &self.inner.reader
    }

    pub(super) fn loops(&self) -> &Loops {
        &self.inner.loops
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        &**self.inner.loops.clock()
    }

    pub(super) fn now(&self) -> EpochSeconds {
        EpochSeconds(self.clock().wall().as_seconds())
    }

    pub(super) fn closing(&self) -> watch::Receiver<bool> {
        self.inner.closing.subscribe()
    }

    /// Ends once there is a new order.
    pub(super) async fn ordered(&self) {
        self.inner.wake.notified().await;
    }

    pub(super) fn folder_of(&self, id: i64) -> PathBuf {
        self.inner.folder.join(id.to_string())
    }

    pub(super) fn make_folder(&self, id: i64) -> Result<PathBuf, FileError> {
        let folder = self.folder_of(id);
        let made = create_private_dir(&self.inner.folder).and_then(|()| create_private_dir(&folder));
        made.map_err(|source| FileError::io(folder.clone(), source))?;
        Ok(folder)
    }

    /// Ends the loop; what is half made is made again at the next start.
    pub(crate) fn stop(&self) {
        self.inner.closing.send_replace(true);
    }

    fn is_under_way(&self, id: i64) -> bool {
        self.lock().as_ref().is_some_and(|of| of.id == id)
    }

    fn lock(&self) -> MutexGuard<'_, Option<UnderWay>> {
        self.inner.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What lies beside the files of an export that is done.
fn beside(order: &ExportOrder) -> Vec<String> {
    let preset = order.preset.as_deref().and_then(|name| name.parse::<Preset>().ok());
    let own = preset.and_then(|preset| preset.facts().beside).map(|(name, _)| name);
    [MANIFEST_NAME].into_iter().chain(own).map(str::to_owned).collect()
}

pub(super) fn read(wish: &str) -> Result<ExportOrder, EngineError> {
    serde_json::from_str(wish).map_err(EngineError::UnreadableJob)
}
