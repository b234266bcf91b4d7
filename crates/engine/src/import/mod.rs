//! Bringing in what people have: the database of the first ExpiryTrack, Parquet that was made of it, and CSV in the shapes
//! of our own files. Rows are judged like an answer of the broker's, and never take the place of one.
//!
//! A file is read in batches and kept a contract at a time, each in a transaction of its own; one that was cut off is
//! given again, and goes on with what is not here yet.

mod csv_file;
mod error;
mod files;
mod keeping;
mod minutes;
mod parquet_file;
mod rows;
mod shape;
mod symbols;
mod work;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use protocol::{ImportLine, ImportRefusalLine, ImportReport, ImportedFile};
use ratelimit::Clock;
use store::{ForeignRows, SourceKind, Store};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

pub use error::ImportError;
use files::{Beside, Opened};
use keeping::Keeping;
use shape::{Kind, Shape};
use work::Work;

use crate::error::EngineError;
use crate::exports::MANIFEST_NAME;

/// Files of a directory that are taken at once.
const FILES_MAX: usize = 10_000;
/// Batches that were read and wait to be kept.
const BATCHES_WAITING: usize = 4;

/// Bringing in; clones share everything.
#[derive(Clone)]
pub struct ImportService {
    store: Store,
    clock: Arc<dyn Clock>,
    turn: Arc<Mutex<()>>,
    work: Work,
}

impl ImportService {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, turn: Arc::default(), work: Work::default() }
    }

    /// A file, or all files of a directory. What describes contracts comes first, so that their candles find them. `told`
    /// hears how far it is, and says whether it goes on.
    pub async fn run(
        &self,
        path: &Path,
        is_dry_run: bool,
        mut told: impl FnMut(&str, u64) -> bool + Send,
    ) -> Result<ImportReport, EngineError> {
        let ours = self.store.source().await?;
        let Found { files: given, passed_over } = files_of(path)?;
        let mut report = ImportReport { files: Vec::new(), passed_over, is_dry_run };
        let mut keeping = Keeping::new(self.store.clone(), self.clock.clone(), is_dry_run);
        let (mut opened, mut files, mut beside) = (Vec::new(), Vec::new(), Beside::default());
        for path in given {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
            let of;
            (of, beside) = open(path, ours, beside).await?;
            match of {
                Ok(of) => opened.push((name, of)),
                Err(error) => files.push(ImportedFile {
                    name,
                    problem: Some(error.to_string()),
                    ..ImportedFile::default()
                }),
            }
        }
        let mut descriptions: Vec<Descriptions> = opened.iter().map(|_| Descriptions::default()).collect();
        for kind in [Kind::Instruments, Kind::Contracts] {
            for ((_, file), of_file) in opened.iter().zip(&mut descriptions) {
                for shape in file.shapes.iter().filter(|shape| shape.kind == kind) {
                    let mut reading = Reading::begin(file, shape);
                    while let Some(rows) = reading.rows.recv().await {
                        of_file.unreadable += keeping.describe(shape, rows).await?;
                    }
                    match reading.end().await {
                        // What stood before it is known, and the other files come in too.
                        Err(EngineError::Import(error)) => of_file.broke_off.push(error),
                        ended => ended?,
                    }
                }
            }
        }
        for ((name, file), of_file) in opened.iter().zip(&descriptions) {
            keeping.begin(name, file.sha256).await?;
            keeping.could_not_describe(of_file.unreadable);
            of_file.broke_off.iter().for_each(|error| keeping.broke_off(error));
            for within in &file.passed_over {
                let what = format!("{within} in it has no columns of candles, and nothing of it was read");
                keeping.remark(&what);
            }
            for shape in file.shapes.iter().filter(|shape| shape.kind == Kind::Candles) {
                let mut reading = Reading::begin(file, shape);
                while let Some(rows) = reading.rows.recv().await {
                    keeping.take(shape, rows).await?;
                    if !told(name, keeping.rows()) {
                        return Err(EngineError::Stopped);
                    }
                }
                match reading.end().await {
                    // What stood before it came in, and the other files come in too.
                    Err(EngineError::Import(error)) => keeping.broke_off(&error),
                    ended => ended?,
                }
                keeping.end_table(shape).await?;
            }
            files.push(keeping.end(name).await?);
        }
        report.files = files;
        Ok(report)
    }

    /// Files that were brought in, newest first.
    pub async fn list(&self) -> Result<Vec<ImportLine>, EngineError> {
        Ok(self.store.imports().await?)
    }

    /// A file that was brought in, with those of its refused rows that are kept: from the n-th on, at most so many.
    pub async fn refused(
        &self,
        id: i64,
        from: u32,
        most: u32,
    ) -> Result<(ImportLine, Vec<ImportRefusalLine>), EngineError> {
        let import = self.store.import(id).await?.ok_or(ImportError::Unknown { id })?;
        Ok((import, self.store.import_refusals(id, from, most).await?))
    }
}

/// How the contracts and instruments of a file were read, before its candles are.
#[derive(Default)]
struct Descriptions {
    /// Contracts that could not be read.
    unreadable: u64,
    /// Where the file could be read no farther.
    broke_off: Vec<ImportError>,
}

/// A table that is read on a thread of its own, no faster than its rows are taken.
struct Reading {
    rows: mpsc::Receiver<ForeignRows>,
    thread: JoinHandle<Result<(), ImportError>>,
}

impl Reading {
    fn begin(file: &Opened, shape: &Shape) -> Self {
        let (send, rows) = mpsc::channel::<ForeignRows>(BATCHES_WAITING);
        let (path, format, shape) = (file.path.clone(), file.format, shape.clone());
        let thread = tokio::task::spawn_blocking(move || {
            files::read(&path, format, &shape, |rows| send.blocking_send(rows).is_ok())
        });
        Self { rows, thread }
    }

    /// How the reading went, once its rows have come to an end.
    async fn end(self) -> Result<(), EngineError> {
        match self.thread.await {
            Ok(done) => Ok(done?),
            Err(error) => Err(match error.try_into_panic() {
                Ok(panic) => EngineError::panicked(&*panic),
                Err(_) => EngineError::ShuttingDown,
            }),
        }
    }
}

/// Hands back what was read beside it.
async fn open(
    path: PathBuf,
    ours: SourceKind,
    mut beside: Beside,
) -> Result<(Result<Opened, ImportError>, Beside), EngineError> {
    crate::blocking::on_blocking_thread(move || (files::open(path, ours, &mut beside), beside)).await
}

/// What lies where something is to be brought in from.
struct Found {
    /// In the order of their names.
    files: Vec<PathBuf>,
    /// Of a directory, what could not be of ours.
    passed_over: Vec<String>,
}

/// A file, or those of a directory that could be of ours, its own directories too.
fn files_of(path: &Path) -> Result<Found, ImportError> {
    let unreadable = |_| ImportError::Missing { path: path.display().to_string() };
    if !path.metadata().map_err(unreadable)?.is_dir() {
        return Ok(Found { files: vec![path.to_owned()], passed_over: Vec::new() });
    }
    let (mut found, mut passed_over, mut waiting) = (Vec::new(), Vec::new(), vec![path.to_owned()]);
    while let Some(directory) = waiting.pop() {
        for entry in directory.read_dir().map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let kind = entry.file_type().map_err(unreadable)?;
            if kind.is_dir() {
                waiting.push(entry.path());
            } else if kind.is_file() && files::may_be_ours(&entry.path()) {
                found.push(entry.path());
            } else if entry.file_name() != MANIFEST_NAME {
                let within = entry.path();
                passed_over.push(within.strip_prefix(path).unwrap_or(&within).display().to_string());
            }
            if found.len() + passed_over.len() + waiting.len() > FILES_MAX {
                return Err(ImportError::TooMany { max: FILES_MAX });
            }
        }
    }
    if found.is_empty() {
        return Err(ImportError::Nothing { path: path.display().to_string() });
    }
    found.sort();
    passed_over.sort();
    Ok(Found { files: found, passed_over })
}
