//! `expirytrack export`: what is stored as files with a manifest; without a folder, what it would come to. Reads beside
//! whoever owns the directory.

use std::time::Duration;

use engine::{Clock, ExportProgress, ExportReader, SystemClock};
use export::Preset;
use export::table::Times;
use indicatif::{ProgressBar, ProgressStyle};
use market::EpochSeconds;
use protocol::{ExportEstimate, ExportLeftOut, ExportManifest, ExportOf, ExportOrder};

use super::signals::stopped;
use crate::arguments::{Export, Global};
use crate::exit::Exit;
use crate::output::{counted, print, print_json, sized, table, tell};

const LOOK_EVERY: Duration = Duration::from_millis(200);

pub async fn run(global: &Global, asked: Export) -> anyhow::Result<Exit> {
    let preset = asked.preset;
    if let (Some(preset), true) = (preset, asked.underlying.is_none() && asked.contract.is_empty()) {
        print(&about(preset))?;
        return Ok(Exit::Done);
    }
    let out = asked.out.clone();
    let order = order(asked);
    let reader = ExportReader::open_for_reading(global.place().await?).await?;
    let Some(folder) = out else {
        let estimate = reader.estimate(order).await?;
        match global.json {
            true => print_json(&estimate)?,
            false => print(&describe_estimate(&estimate))?,
        }
        return Ok(Exit::Done);
    };
    let progress = ExportProgress::default();
    let clock = SystemClock::new();
    let now = EpochSeconds(clock.wall().as_seconds());
    let bar = (!global.json).then(bar);
    let made = tokio::select! {
        made = reader.write_to(order, &folder, &progress, now) => made?,
        () = watch(&progress, bar.as_ref(), &clock) => return Ok(Exit::Done),
        // What was half made leaves nothing.
        exit = stopped() => return Ok(exit),
    };
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    match global.json {
        true => print_json(&made)?,
        false => print(&describe(&made))?,
    }
    if let Some(preset) = preset {
        tell(format!("{} reads it", preset.facts().snippet.0));
    }
    let is_missed = made.left_out.iter().any(ExportLeftOut::is_missed);
    Ok(if is_missed { Exit::DoneWithFailures } else { Exit::Done })
}

fn order(asked: Export) -> ExportOrder {
    let with = |name: &str| asked.with.iter().any(|with| with == name);
    ExportOrder {
        of: match (asked.own, with("underlying")) {
            (true, _) => ExportOf::Underlying,
            (false, true) => ExportOf::Both,
            (false, false) => ExportOf::Contracts,
        },
        volatility: with("volatility"),
        contracts: asked.contract,
        underlying: asked.underlying,
        expiries: asked.expiry,
        expiry_from: asked.expiry_from,
        expiry_to: asked.expiry_to,
        kinds: asked.kind,
        strike_from: asked.strike_from,
        strike_to: asked.strike_to,
        chain: asked.chain,
        series: asked.series.map(|series| series.to_string()),
        interval: asked.interval,
        from: asked.from,
        to: asked.to,
        split: asked.split,
        preset: asked.preset.map(|preset| preset.facts().name.to_owned()),
        format: asked.format.map(|format| format.as_str().to_owned()),
        times: asked.times.map(Times::as_str).map(str::to_owned),
        columns: asked.columns,
        symbols: asked.symbols,
    }
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {human_pos} of about {human_len} rows, {eta}");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Never ends by itself.
async fn watch(progress: &ExportProgress, bar: Option<&ProgressBar>, clock: &SystemClock) {
    loop {
        if let Some(bar) = bar {
            bar.set_length(progress.rows_expected().max(progress.rows()));
            bar.set_position(progress.rows());
        }
        clock.sleep_until(clock.monotonic() + LOOK_EVERY).await;
    }
}

fn about(preset: Preset) -> String {
    let facts = preset.facts();
    let columns: Vec<&str> = facts.columns.iter().map(|(name, _)| *name).collect();
    let (place, text) = facts.snippet;
    format!(
        "{}: {}, a file {} {}, columns {}\n{place} reads it:\n\n{text}",
        facts.title,
        facts.format.as_str(),
        if facts.split == protocol::ExportSplit::Contract { "a" } else { "an" },
        facts.split.as_str(),
        columns.join(", ")
    )
}

fn describe_estimate(of: &ExportEstimate) -> String {
    let files = counted(of.files, "file", "files");
    let of_contracts = match of.contracts {
        0 => String::new(),
        contracts => format!(" of {}", counted(contracts, "contract", "contracts")),
    };
    let head = format!("about {} rows{of_contracts} in {files}, about {}\n", of.rows, sized(of.bytes));
    format!("{head}{}", left_out(&of.left_out))
}

fn describe(of: &ExportManifest) -> String {
    let mut rows = vec![["FILE", "ROWS", "SIZE", "CONTRACTS", "SHA-256"].map(str::to_owned).to_vec()];
    rows.extend(of.files.iter().map(|file| {
        let (rows, contracts) = (file.rows.to_string(), file.contracts.to_string());
        vec![file.name.clone(), rows, sized(file.bytes), contracts, file.sha256.clone()]
    }));
    format!("{}{} rows in all\n{}", table(&rows), of.rows, left_out(&of.left_out))
}

fn left_out(of: &[ExportLeftOut]) -> String {
    let line = |of: &ExportLeftOut| {
        let contracts = match of.contracts {
            // An expiry or an underlying.
            0 => String::new(),
            contracts => format!("{}, ", counted(contracts, "contract", "contracts")),
        };
        format!("left out: {contracts}{} ({})\n", of.why, of.examples.join(", "))
    };
    of.iter().map(line).collect()
}
