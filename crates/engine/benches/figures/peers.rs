//! What others make of the same rows in the same run, by a small script (`peers.py`). It needs Python with pandas, DuckDB and
//! Polars; where that is not there, a row says so.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::Failure;
use crate::table::{Goal, not_run, row};

/// Names a Python that has them; `cargo xtask bench` knows the one that `cargo xtask engines` makes.
const PYTHON: &str = "EXPIRYTRACK_BENCH_PYTHON";
const TIMES_PANDAS_MIN: f64 = 5.0;

/// `folder` holds the rows as Parquet; `csv_seconds` is what the same took as CSV.
pub fn rows(folder: &Path, csv_seconds: f64) -> Result<(), Failure> {
    let Some(python) = std::env::var_os(PYTHON) else {
        not_run("  pandas, DuckDB and Polars", "not there: cargo xtask engines installs them");
        return Ok(());
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/figures/peers.py");
    let answer = Command::new(python).arg(script).arg(folder).output()?;
    if !answer.status.success() {
        return Err(String::from_utf8_lossy(&answer.stderr).into_owned().into());
    }
    let told: Value = serde_json::from_slice(&answer.stdout)?;
    let number = |at: &str| told.pointer(at).and_then(Value::as_f64).ok_or(format!("no {at} in {told}"));
    let candles = number("/rows")?;
    let pandas = number("/pandas_csv/seconds")?;
    let rate = number("/pandas_csv/bytes")? / pandas / 1e6;
    row("  pandas writing the same CSV, from memory", rate, 1, " MB/s", Goal::None);
    row("  ours to that of pandas", pandas / csv_seconds, 1, "×", Goal::AtLeast(TIMES_PANDAS_MIN));
    for (name, title) in [("duckdb", "DuckDB"), ("polars", "Polars")] {
        let a_candle = number(&format!("/{name}_parquet/bytes"))? / candles;
        let rate = |of: &str| Ok::<_, Failure>(candles / number(&format!("/{name}_{of}/seconds"))? / 1e6);
        let written = format!("  {title} writing the same Parquet, {a_candle:.1} bytes a candle");
        row(&written, rate("parquet")?, 2, " M/s", Goal::None);
        row(&format!("  {title} scanning ours"), rate("scan")?, 1, " M/s", Goal::None);
    }
    Ok(())
}
