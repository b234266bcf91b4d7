//! A table on its way into the lake, a batch at a time: encoded on a thread of its own, uploaded as it comes. What is in
//! memory are a few batches and a few parts of the file, whatever its length. What is written is read back.

use std::io::{self, Write};
use std::path::Path;

use bytes::Bytes;
use export::table::{Batch, Column, ParquetRows, TableOptions};
use export::{ExportError, Format, RowHash, Sha256};
use lake::{Draft, Lake};
use protocol::LakeTable;
use tokio::sync::mpsc;

use super::PublishError;
use super::rows::columns;
use crate::blocking::on_blocking_thread;
use crate::error::EngineError;

const BATCHES_WAITING_MAX: usize = 4;
const CHUNKS_WAITING_MAX: usize = 4;
/// Of an encoded file.
const CHUNK_BYTES: usize = 1024 * 1024;

/// What comes of a table: its rows, and the word that these were all. Without that word nothing of it counts.
pub(super) enum Part {
    /// Of one contract.
    Rows(Batch),
    End,
}

/// Where rows go.
#[derive(Clone)]
pub(super) struct Sink(mpsc::Sender<Part>);

/// Nobody takes rows any more: whoever did has the reason.
pub(super) struct Closed;

impl Sink {
    pub(super) async fn rows(&self, batch: Batch) -> Result<(), Closed> {
        self.0.send(Part::Rows(batch)).await.map_err(|_| Closed)
    }

    async fn end(&self) -> Result<(), Closed> {
        self.0.send(Part::End).await.map_err(|_| Closed)
    }
}

/// A table as it was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counted {
    pub rows: u64,
    pub row_sha256: Sha256,
}

/// A file that lies in the lake, and holds what was put into it.
#[derive(Clone, Copy, Debug)]
pub(super) struct WrittenFile {
    pub table: LakeTable,
    pub counted: Counted,
    pub bytes: u64,
    pub sha256: Sha256,
}

/// A table that is to be written as a file.
pub(super) struct NewTable {
    table: LakeTable,
    columns: Vec<Column>,
    /// What the file says of itself, by name.
    metadata: Vec<(String, String)>,
}

impl NewTable {
    pub(super) fn of(table: LakeTable, metadata: Vec<(String, String)>) -> Self {
        Self { table, columns: columns(table), metadata }
    }
}

/// Counts a table without writing it.
pub(super) async fn count(
    columns: Vec<Column>,
    produce: impl AsyncFnOnce(Sink) -> Result<(), EngineError>,
) -> Result<Counted, EngineError> {
    let (sink, mut parts) = mpsc::channel(BATCHES_WAITING_MAX);
    let counting = on_blocking_thread(move || {
        let (mut hash, mut rows) = (RowHash::new(columns), 0);
        loop {
            match parts.blocking_recv() {
                Some(Part::Rows(batch)) => {
                    hash.update(&batch)?;
                    rows += batch.rows() as u64;
                }
                Some(Part::End) => return Ok(Counted { rows, row_sha256: hash.finish() }),
                None => return Err(cut_off()),
            }
        }
    });
    let (produced, counted) = tokio::join!(produced(Sink(sink), produce), counting);
    match (produced, counted?) {
        (Ok(()), Ok(counted)) => Ok(counted),
        (produced, counted) => Err(why(produced, counted)),
    }
}

/// Whoever stopped first has the reason: rows that nobody takes any more are no reason, and neither are rows that end
/// too early.
fn why<T>(produced: Result<(), EngineError>, taken: Result<T, ExportError>) -> EngineError {
    match (produced, taken) {
        (Err(EngineError::RowsUnwanted) | Ok(()), Err(error)) => PublishError::from(error).into(),
        (Err(error), _) => error,
        (Ok(()), Ok(_)) => EngineError::ShuttingDown,
    }
}

/// Writes a table as a file of a draft and reads it back.
pub(super) async fn write(
    lake: &Lake,
    draft: &Draft,
    NewTable { table, columns, metadata }: NewTable,
    spool: &Path,
    produce: impl AsyncFnOnce(Sink) -> Result<(), EngineError>,
) -> Result<WrittenFile, EngineError> {
    let mut upload = draft.upload(table);
    let (sink, parts) = mpsc::channel(BATCHES_WAITING_MAX);
    let (chunks, mut encoded) = mpsc::channel::<Bytes>(CHUNKS_WAITING_MAX);
    let of_table = columns.clone();
    let encoding = on_blocking_thread(move || encode(of_table, metadata, parts, chunks));
    let uploading = async {
        while let Some(chunk) = encoded.recv().await {
            upload = upload.write(chunk).await?;
        }
        // Where this ends early its end of the channel goes with it, and the encoder stops.
        drop(encoded);
        Ok::<_, lake::LakeError>(upload)
    };
    let (produced, encoded, uploaded) = tokio::join!(produced(Sink(sink), produce), encoding, uploading);
    let upload = uploaded.map_err(PublishError::from)?;
    let Encoded { counted, bytes, sha256 } = match (produced, encoded?) {
        (Ok(()), Ok(encoded)) => encoded,
        (produced, encoded) => {
            upload.abort().await.map_err(PublishError::from)?;
            return Err(why(produced, encoded));
        }
    };
    upload.finish().await.map_err(PublishError::from)?;
    let written = WrittenFile { table, counted, bytes, sha256 };
    read_back(lake, draft, written, columns, spool).await?;
    Ok(written)
}

/// A sink that is closed has its reason elsewhere.
async fn produced(
    sink: Sink,
    produce: impl AsyncFnOnce(Sink) -> Result<(), EngineError>,
) -> Result<(), EngineError> {
    produce(sink.clone()).await?;
    let _ = sink.end().await;
    Ok(())
}

/// A file as it went to the upload.
struct Encoded {
    counted: Counted,
    bytes: u64,
    sha256: Sha256,
}

fn encode(
    columns: Vec<Column>,
    metadata: Vec<(String, String)>,
    mut parts: mpsc::Receiver<Part>,
    chunks: mpsc::Sender<Bytes>,
) -> Result<Encoded, ExportError> {
    let mut hash = RowHash::new(columns.clone());
    let options = TableOptions { metadata, ..TableOptions::default() };
    let mut table = Format::Parquet.table(columns, &options, Chunks { chunks, waiting: Vec::new() })?;
    loop {
        match parts.blocking_recv() {
            Some(Part::Rows(batch)) => {
                hash.update(&batch)?;
                table.write(&batch)?;
                table.part_ends()?;
            }
            Some(Part::End) => break,
            None => return Err(cut_off()),
        }
    }
    let written = table.finish()?;
    let counted = Counted { rows: written.rows, row_sha256: hash.finish() };
    Ok(Encoded { counted, bytes: written.bytes, sha256: written.sha256 })
}

fn cut_off() -> ExportError {
    io::Error::from(io::ErrorKind::UnexpectedEof).into()
}

/// What is written, in pieces for the upload.
struct Chunks {
    chunks: mpsc::Sender<Bytes>,
    waiting: Vec<u8>,
}

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= CHUNK_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let chunk = Bytes::from(std::mem::take(&mut self.waiting));
        self.chunks.blocking_send(chunk).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

async fn read_back(
    lake: &Lake,
    draft: &Draft,
    written: WrittenFile,
    columns: Vec<Column>,
    spool: &Path,
) -> Result<(), EngineError> {
    let path = draft.path(written.table);
    let wrong = |what: &str| PublishError::ReadBack { path: path.to_string(), what: what.to_owned() };
    let fetched = lake.fetch(&path, spool).await.map_err(PublishError::from)?;
    let fetched = fetched.ok_or_else(|| wrong("it is not there"))?;
    if (fetched.bytes, fetched.sha256) != (written.bytes, written.sha256) {
        return Err(wrong("its bytes are others").into());
    }
    let read = on_blocking_thread(move || rows_of(fetched.file, columns)).await?;
    if read.map_err(PublishError::from)? != written.counted {
        return Err(wrong("its rows are others").into());
    }
    Ok(())
}

/// The rows of a file, counted as they are read.
pub(super) fn rows_of(file: std::fs::File, columns: Vec<Column>) -> Result<Counted, ExportError> {
    let mut hash = RowHash::new(columns.clone());
    let mut rows = 0;
    for batch in ParquetRows::open(file, columns)? {
        let batch = batch?;
        hash.update(&batch)?;
        rows += batch.rows() as u64;
    }
    Ok(Counted { rows, row_sha256: hash.finish() })
}
