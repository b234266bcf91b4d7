//! How fast what is stored leaves as files, how much they take, and that memory does not grow with them.

use std::path::Path;
use std::process::Command;

use engine::{Clock, ExportProgress, ExportReader, Limits, SystemClock};
use market::{Day, EpochSeconds};
use protocol::{ExportManifest, ExportOrder};
use simulator::{Simulator, SimulatorOptions};

use crate::in_memory::InMemory;
use crate::process::resident_at_most_mb;
use crate::stage::{Recorded, complete, open, order};
use crate::table::{Goal, row};
use crate::{Failure, INSIDE, peers};

const EXPIRIES: u32 = 4;
/// A data directory that is there already, read in place of one that is made.
const DATA: &str = "EXPIRYTRACK_BENCH_DATA";

pub async fn run() -> Result<(), Failure> {
    if let Some(data) = std::env::var_os(DATA) {
        return measure(Path::new(&data)).await;
    }
    let made = tempfile::tempdir()?;
    let simulator = Simulator::new(SimulatorOptions { limits: None, ..SimulatorOptions::default() })?;
    let transport = Recorded::new(InMemory::new(&simulator));
    let engine = open(made.path(), Limits::off(), SystemClock::new(), transport).await?;
    let job = engine.jobs().create(&order(EXPIRIES)?).await?;
    complete(&engine, job).await?;
    engine.close().await?;
    // In another process: what making the candles took is no memory of an export.
    let mut inside = Command::new(std::env::current_exe()?);
    match inside.arg("export").env(INSIDE, "1").env(DATA, made.path()).status()?.success() {
        true => Ok(()),
        false => Err("the exports could not be measured".into()),
    }
}

async fn measure(data: &Path) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let (manifest, csv_seconds, bytes) = exported(data, "csv", &folder.path().join("csv")).await?;
    let rate = bytes / csv_seconds / 1e6;
    let what = format!("CSV of {} candles, from database to disk", manifest.rows);
    row(&what, rate, 1, " MB/s", Goal::AtLeast(50.0));
    let parquet = folder.path().join("parquet");
    let (manifest, seconds, bytes) = exported(data, "parquet", &parquet).await?;
    let candles = manifest.rows as f64;
    row("Parquet of the same", candles / seconds / 1e6, 2, " M/s", Goal::AtLeast(1.5));
    row("  bytes a candle", bytes / candles, 1, "", Goal::AtMost(8.0));
    for format in ["csv.gz", "arrow"] {
        let (_, seconds, bytes) = exported(data, format, &folder.path().join(format)).await?;
        let figure = candles / seconds / 1e6;
        row(&format!("  {format}, {:.1} bytes a candle", bytes / candles), figure, 2, " M/s", Goal::None);
    }
    row("  memory at most, through all of them", resident_at_most_mb()?, 0, " MB", Goal::AtMost(100.0));
    peers::rows(&parquet, csv_seconds)
}

/// The manifest, seconds and bytes.
async fn exported(data: &Path, format: &str, folder: &Path) -> Result<(ExportManifest, f64, f64), Failure> {
    let (manifest, seconds) = exported_of(data, Vec::new(), format, folder).await?;
    let bytes = manifest.files.iter().map(|file| file.bytes).sum::<u64>() as f64;
    Ok((manifest, seconds, bytes))
}

/// Nifty's candles of these expiries, or of all: the manifest and seconds.
pub async fn exported_of(
    data: &Path,
    expiries: Vec<Day>,
    format: &str,
    folder: &Path,
) -> Result<(ExportManifest, f64), Failure> {
    let reader = ExportReader::open_for_reading(data).await?;
    let order = ExportOrder {
        underlying: Some("NSE_INDEX|Nifty 50".parse()?),
        expiries,
        format: Some(format.to_owned()),
        ..ExportOrder::default()
    };
    let (clock, progress) = (SystemClock::new(), ExportProgress::default());
    let now = EpochSeconds(clock.wall().as_seconds());
    let began = clock.monotonic();
    let manifest = reader.write_to(order, folder, &progress, now).await?;
    Ok((manifest, (clock.monotonic() - began).as_secs_f64()))
}
