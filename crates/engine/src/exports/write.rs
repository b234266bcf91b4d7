//! Writing one file of an export, a piece after the other: while one is written the next is read, and no more than these
//! two are in memory. A made series is one piece: it is in memory as a whole, as everywhere.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use export::table::{TableOptions, TableWriter};
use export::{CandleRows, CandleTable, ExportError, Subject, series_table};
use market::{ChartInterval, Day, EpochSeconds, InstrumentKey};
use protocol::{ExportFile, ExportSplit, SeriesDocument, SeriesRow};

use super::chain::ChainAt;
use super::manifest;
use super::partial::PartialFile;
use super::pieces::{Piece, Rows, pieces_of};
use super::plan::{Part, PlannedFile};
use super::progress::ExportProgress;
use super::reader::ExportReader;
use super::wish::Wish;
use crate::blocking::on_blocking_thread;
use crate::error::EngineError;
use crate::file_error::FileError;

type Writer = Box<dyn TableWriter + Send>;

/// A file that is begun.
struct Begun {
    path: PathBuf,
    writer: Writer,
}

/// What a file had of each part while it was written.
#[derive(Default)]
struct Told {
    first: Option<i64>,
    last: Option<i64>,
    contracts: u64,
}

impl Begun {
    /// Goes on with it on a thread that may wait for the disk.
    async fn go_on<T: Send + 'static>(
        self,
        work: impl FnOnce(&mut Writer) -> Result<T, ExportError> + Send + 'static,
    ) -> Result<(Self, T), EngineError> {
        let Self { path, mut writer } = self;
        let written = on_blocking_thread(move || work(&mut writer).map(|told| (writer, told)));
        match written.await? {
            Ok((writer, told)) => Ok((Self { path, writer }, told)),
            Err(error) => Err(FileError::writing(path, error).into()),
        }
    }
}

impl ExportReader {
    /// `ready`: its rows, where they were read already.
    pub(super) async fn write_file(
        &self,
        wish: &Wish,
        file: &PlannedFile,
        ready: Option<Rows>,
        folder: &Path,
        rate: Option<f64>,
        progress: &ExportProgress,
    ) -> Result<ExportFile, EngineError> {
        let path = folder.join(&file.name);
        let unwritable = |source| FileError::io(path.clone(), source);
        let partial = PartialFile::create(path.clone()).map_err(unwritable)?;
        // Its rule stands in the file, so it is made before that is begun.
        let series = match &file.parts[..] {
            [Part::Series(wish)] => Some(self.series.make(wish).await?),
            _ => None,
        };
        let rule = series.as_ref().map(|made| made.head.rule.as_str());
        let metadata = manifest::metadata(wish, &self.source, rate, rule);
        let options = TableOptions { times: wish.times, metadata, name: file.stem.clone() };
        let output = partial.writer().map_err(unwritable)?;
        let columns = if file.is_own() { wish.own_table.columns() } else { wish.columns() };
        let writer = wish.format.table(columns, &options, output);
        let writer = writer.map_err(|error| FileError::writing(path.clone(), error))?;
        let begun = Begun { path, writer };
        let (begun, told) = match (&file.parts[..], series) {
            ([Part::Chain(key, expiry, at)], _) => {
                self.write_chain(begun, key, *expiry, *at, progress).await?
            }
            (_, Some(series)) => write_series(begun, series, progress).await?,
            _ => self.write_candles(begun, wish, file, ready, progress).await?,
        };
        let finished = on_blocking_thread(move || {
            let written = begun.writer.finish()?;
            partial.finish()?;
            Ok::<_, ExportError>(written)
        });
        let written = finished.await?.map_err(|error| FileError::writing(begun.path, error))?;
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

    async fn write_chain(
        &self,
        begun: Begun,
        key: &InstrumentKey,
        expiry: Day,
        at: ChainAt,
        progress: &ExportProgress,
    ) -> Result<(Begun, Told), EngineError> {
        let day = self.chains.whole_day(key, expiry, at.day(), at.minute()).await?;
        let counted = progress.clone();
        let written =
            begun.go_on(move |writer| super::chain::write(&day, at, &mut **writer, |rows| counted.add(rows)));
        let (begun, minutes) = written.await?;
        let (first, last) = minutes.map(|(first, last)| (first.0, last.0)).unzip();
        Ok((begun, Told { first, last, contracts: 0 }))
    }

    async fn write_candles(
        &self,
        mut begun: Begun,
        wish: &Wish,
        file: &PlannedFile,
        ready: Option<Rows>,
        progress: &ExportProgress,
    ) -> Result<(Begun, Told), EngineError> {
        let table = Arc::new(if file.is_own() { wish.own_table.clone() } else { wish.table.clone() });
        let interval = wish.order.interval;
        let in_sections = wish.split == ExportSplit::Underlying;
        let mut told = Told::default();
        let pieces = match ready {
            Some(rows) => vec![Piece::Ready(rows)],
            None => pieces_of(wish, file),
        };
        let mut pieces = pieces.into_iter();
        let mut next = self.read_next(wish, pieces.next()).await?;
        while let Some(piece) = next {
            piece.iter().for_each(|rows| told.take(rows));
            let count = piece.iter().map(|rows| rows.bars.len()).sum();
            let table = Arc::clone(&table);
            let written =
                begun.go_on(move |writer| write_rows(writer, &table, interval, in_sections, &piece));
            let (written, read) = tokio::join!(written, self.read_next(wish, pieces.next()));
            (begun, ()) = written?;
            progress.add(count);
            next = read?;
        }
        Ok((begun, told))
    }

    async fn read_next(&self, wish: &Wish, piece: Option<Piece>) -> Result<Option<Vec<Rows>>, EngineError> {
        match piece {
            Some(piece) => self.read(wish, piece).await.map(Some),
            None => Ok(None),
        }
    }
}

async fn write_series(
    begun: Begun,
    series: SeriesDocument,
    progress: &ExportProgress,
) -> Result<(Begun, Told), EngineError> {
    let moment =
        |point: Option<&SeriesRow>| point.and_then(|(at, _)| EpochSeconds::parse_rfc3339(at)).map(|at| at.0);
    let (first, last) = (moment(series.points.first()), moment(series.points.last()));
    progress.add(series.points.len());
    let (begun, ()) = begun.go_on(move |writer| writer.write(&series_table(&series)?.1)).await?;
    Ok((begun, Told { first, last, contracts: 0 }))
}

fn write_rows(
    writer: &mut Writer,
    table: &CandleTable,
    interval: ChartInterval,
    in_sections: bool,
    piece: &[Rows],
) -> Result<(), ExportError> {
    for Rows { subject, bars, twin, ends } in piece {
        if let Subject::Contract { contract, .. } = subject
            && in_sections
            && !bars.is_empty()
        {
            writer.section(&contract.expiry.to_string())?;
        }
        writer.write(&table.batch(CandleRows { subject, interval, bars, twin: twin.as_ref() })?)?;
        if *ends {
            writer.part_ends()?;
        }
    }
    Ok(())
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
