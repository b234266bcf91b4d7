//! `expirytrack bhavcopy`: takes in the exchange's daily files, one after the other, and says what each proves. A file that
//! is refused leaves the others as they are. And takes one back.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};
use market::Day;
use protocol::{BHAVCOPY_BYTES_MAX, BhavcopyExchange, Numbers};
use serde_json::{Value, json};

use crate::arguments::{Bhavcopy, Global};
use crate::commands::sentence;
use crate::desk::Desk;
use crate::exit::Exit;
use crate::output::{print, print_json, tell};

/// Contracts that the text names because their figures differ; `--json` has more.
const DIFFERING_SHOWN: usize = 5;

pub async fn run(global: &Global, asked: &Bhavcopy) -> anyhow::Result<Exit> {
    let desk = Desk::open(global.engine_config().await?).await?;
    let ran = match asked.withdraw {
        Some(day) => withdraw(global, &desk, day, asked.exchange).await,
        None => take_all(global, &desk, asked).await,
    };
    desk.close().await?;
    ran
}

async fn withdraw(
    global: &Global,
    desk: &Desk,
    day: Day,
    exchange: Option<BhavcopyExchange>,
) -> anyhow::Result<Exit> {
    let withdrawn = desk.withdraw_bhavcopy(day, exchange).await?;
    if global.json {
        print_json(&withdrawn)?;
    } else {
        print(&format!("{}\n", withdrawn.said(Numbers::Plain).join("\n")))?;
    }
    Ok(Exit::Done)
}

async fn take_all(global: &Global, desk: &Desk, asked: &Bhavcopy) -> anyhow::Result<Exit> {
    let (mut documents, mut refused) = (Vec::new(), 0);
    for path in &asked.files {
        match take(desk, path, asked.special_session).await {
            Ok((document, text)) => {
                documents.push(document);
                if !global.json {
                    print(&text)?;
                }
            }
            Err(error) => {
                refused += 1;
                tell(format!("{}: {}", path.display(), sentence(&error)));
                documents.push(json!({ "name": path.display().to_string(), "refused": sentence(&error) }));
            }
        }
    }
    if global.json {
        print_json(&json!({ "files": documents }))?;
    }
    Ok(match refused {
        0 => Exit::Done,
        all if all == asked.files.len() => Exit::Refused,
        _ => Exit::DoneWithFailures,
    })
}

async fn take(desk: &Desk, path: &Path, special_session: bool) -> anyhow::Result<(Value, String)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let report = desk.take_bhavcopy(&name, read(path)?, special_session).await?;
    let mut text = format!("{name}\n");
    for sentence in report.said(Numbers::Plain) {
        text.push_str(&format!("  {sentence}\n"));
    }
    for other in report.differing.iter().take(DIFFERING_SHOWN) {
        text.push_str(&format!(
            "    {}: volume {} here, {} there; open interest {} here, {} there\n",
            other.symbol,
            other.stored_volume,
            other.exchange_volume,
            other.stored_open_interest,
            other.exchange_open_interest
        ));
    }
    let unshown = report.differing.len().saturating_sub(DIFFERING_SHOWN);
    if unshown > 0 {
        text.push_str(&format!("    and {unshown} more, which --json names\n"));
    }
    Ok((serde_json::to_value(report)?, text))
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let file = File::open(path).context("it cannot be read")?;
    if file.metadata().is_ok_and(|about| about.is_dir()) {
        bail!("it is a folder: name the files in it");
    }
    let mut bytes = Vec::new();
    // One byte more says that it is too large.
    file.take(BHAVCOPY_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).context("it cannot be read")?;
    Ok(bytes)
}
