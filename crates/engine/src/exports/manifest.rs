//! `manifest.json`: what the files beside it hold, and what they do not. It is written last, so a folder with one is
//! whole; and it says whose a folder is, so that no other content is written over.

use std::fs;
use std::io::Write;
use std::path::Path;

use export::table::Column;
use market::EpochSeconds;
use protocol::{EXPORT_SCHEMA, ExportColumn, ExportFile, ExportManifest, ExportOrder};

use super::error::ExportRefusal;
use super::partial::{PartialFile, is_partial};
use super::plan::Plan;
use super::wish::Wish;

pub(crate) const NAME: &str = "manifest.json";
const PROGRAM: &str = concat!("ExpiryTrack ", env!("CARGO_PKG_VERSION"));

/// The rule that volatilities follow, told with them.
const RULE: &str = "Black-76 on the forward of the same expiry (its future, else put-call parity), of last trades at most a minute old, \
                    calendar time; delta, gamma, vega a volatility point, theta a calendar day";

pub(super) fn of(
    wish: &Wish,
    plan: &Plan,
    files: Vec<ExportFile>,
    source: &str,
    rate: Option<f64>,
    now: EpochSeconds,
) -> ExportManifest {
    let ist = |moment: Option<i64>| moment.map(|moment| EpochSeconds(moment).to_rfc3339());
    let column = |Column { name, kind }: Column| ExportColumn { name, kind: kind.as_str().to_owned() };
    ExportManifest {
        schema: EXPORT_SCHEMA,
        program: PROGRAM.to_owned(),
        source: source.to_owned(),
        made_at: now.to_rfc3339(),
        order: wish.order.clone(),
        format: wish.format.as_str().to_owned(),
        times: wish.times.as_str().to_owned(),
        columns: wish.columns().into_iter().map(column).collect(),
        rows: files.iter().map(|file| file.rows).sum(),
        contracts: files.iter().map(|file| file.contracts).sum(),
        first: ist(files.iter().filter_map(|file| file.first).min()),
        last: ist(files.iter().filter_map(|file| file.last).max()),
        files,
        left_out: plan.left_out.clone(),
        rate,
    }
}

/// What a file says of itself, where its format has a place for it.
/// `rule` is that of a made series; what is not made of one has volatilities' own.
pub(super) fn metadata(
    wish: &Wish,
    source: &str,
    rate: Option<f64>,
    rule: Option<&str>,
) -> Vec<(String, String)> {
    let mut said = vec![
        ("expirytrack.program".to_owned(), PROGRAM.to_owned()),
        ("expirytrack.schema".to_owned(), EXPORT_SCHEMA.to_string()),
        ("expirytrack.source".to_owned(), source.to_owned()),
        ("expirytrack.interval".to_owned(), wish.order.interval.to_string()),
    ];
    if let Some(rate) = rate {
        said.push(("expirytrack.rate".to_owned(), rate.to_string()));
    }
    if let Some(rule) = rule.or(rate.map(|_| RULE)) {
        said.push(("expirytrack.rule".to_owned(), rule.to_owned()));
    }
    said
}

pub(super) fn keep(folder: &Path, manifest: &ExportManifest) -> Result<(), ExportRefusal> {
    let mut text = serde_json::to_vec_pretty(manifest)
        .map_err(|error| ExportRefusal::writing(folder.join(NAME), error.into()))?;
    text.push(b'\n');
    put(&folder.join(NAME), &text)
}

/// A small file, whole or not at all.
pub(super) fn put(path: &Path, bytes: &[u8]) -> Result<(), ExportRefusal> {
    let write = || {
        let partial = PartialFile::create(path.to_owned())?;
        partial.writer()?.write_all(bytes)?;
        partial.finish()
    };
    write().map_err(|source| ExportRefusal::io(path.to_owned(), source))
}

/// Makes the folder, and refuses one with anything in it that this very order would not write. What an earlier run left
/// half done goes.
pub(super) fn make_ready(folder: &Path, order: &ExportOrder) -> Result<(), ExportRefusal> {
    let unwritable = |source| ExportRefusal::io(folder.to_owned(), source);
    if folder.exists() && !folder.is_dir() {
        return Err(ExportRefusal::TargetTaken(folder.to_owned()));
    }
    fs::create_dir_all(folder).map_err(unwritable)?;
    let before: Option<ExportManifest> =
        fs::read(folder.join(NAME)).ok().and_then(|text| serde_json::from_slice(&text).ok());
    let is_ours = |name: &str| {
        before.as_ref().is_some_and(|before| {
            before.order == *order && (name == NAME || before.files.iter().any(|file| file.name == name))
        })
    };
    remove_halves(folder)?;
    for entry in fs::read_dir(folder).map_err(unwritable)? {
        let path = entry.map_err(unwritable)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_beside = before.is_some() && path.extension().is_some_and(|of| of == "format");
        if !is_ours(name) && !is_beside {
            return Err(ExportRefusal::TargetTaken(folder.to_owned()));
        }
    }
    Ok(())
}

/// What a run that was killed left half done.
pub(super) fn remove_halves(folder: &Path) -> Result<(), ExportRefusal> {
    let unwritable = |source| ExportRefusal::io(folder.to_owned(), source);
    for entry in fs::read_dir(folder).map_err(unwritable)? {
        let path = entry.map_err(unwritable)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_ours =
            ["candles-", "underlying-", "chain-", "series-", NAME].iter().any(|ours| name.starts_with(ours));
        if is_ours && is_partial(&path) {
            fs::remove_file(&path).map_err(|source| ExportRefusal::io(path.clone(), source))?;
        }
    }
    Ok(())
}
