//! `manifest.json`: what the files beside it hold, and what they do not. It is written last, so a folder with one is
//! whole.

use std::io::Write;
use std::path::Path;

use export::table::Column;
use export::{Made, Origin, VOLATILITY_RULE};
use market::EpochSeconds;
use protocol::{EXPORT_SCHEMA, ExportColumn, ExportFile, ExportManifest, ExportOf};

use super::own_days;
use super::partial::PartialFile;
use super::plan::Plan;
use super::wish::Wish;
use crate::file_error::FileError;

pub(crate) const NAME: &str = "manifest.json";
pub(crate) const PROGRAM: &str = concat!("ExpiryTrack ", env!("CARGO_PKG_VERSION"));

/// Told where a preset's program takes no bar without a price.
const WITHOUT_PRICE: &str =
    "bars in which nothing was traded have no price and are left out: the program of the preset takes none";

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
        rules: rules(wish),
        rows: files.iter().map(|file| file.rows).sum(),
        contracts: files.iter().map(|file| file.contracts).sum(),
        first: ist(files.iter().filter_map(|file| file.first).min()),
        last: ist(files.iter().filter_map(|file| file.last).max()),
        files,
        left_out: plan.left_out.clone(),
        rate,
    }
}

/// What there is to know of the rows.
fn rules(wish: &Wish) -> Vec<String> {
    let has_volatility = wish.has_volatility || wish.chain.is_some();
    let is_bounded =
        wish.order.of != ExportOf::Contracts && (wish.names_expiries() || !wish.order.contracts.is_empty());
    let said = [
        (wish.needs_prices(), WITHOUT_PRICE),
        (has_volatility, VOLATILITY_RULE),
        (is_bounded, own_days::RULE),
    ];
    said.into_iter().filter(|(holds, _)| *holds).map(|(_, rule)| rule.to_owned()).collect()
}

/// What a file says of itself, where its format has a place for it.
/// `rule` is that of a made series; what is not made of one has volatilities' own.
pub(super) fn metadata(
    wish: &Wish,
    source: &str,
    rate: Option<f64>,
    rule: Option<&str>,
) -> Vec<(String, String)> {
    let origin = Origin { program: PROGRAM.to_owned(), source: source.to_owned() };
    let interval = Some(wish.order.interval);
    let mut said = origin.metadata(Made { interval, rate, rule: rule.or(rate.map(|_| VOLATILITY_RULE)) });
    said.push(("expirytrack.schema".to_owned(), EXPORT_SCHEMA.to_string()));
    said
}

pub(super) fn keep(folder: &Path, manifest: &ExportManifest) -> Result<(), FileError> {
    let mut text = serde_json::to_vec_pretty(manifest)
        .map_err(|error| FileError::writing(folder.join(NAME), error.into()))?;
    text.push(b'\n');
    put(&folder.join(NAME), &text)
}

/// A small file, whole or not at all.
pub(super) fn put(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let write = || {
        let partial = PartialFile::create(path.to_owned())?;
        partial.writer()?.write_all(bytes)?;
        partial.finish()
    };
    write().map_err(|source| FileError::io(path.to_owned(), source))
}
