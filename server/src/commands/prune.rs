//! `expirytrack prune`: shows what would be removed and what that means, asks, and removes it.

use std::io::{BufRead, IsTerminal, Read};

use anyhow::Context;
use protocol::{PruneChoice, PruneOrder, PrunePreview, StorageDeed};
use serde_json::json;

use crate::arguments::{Global, Prune};
use crate::commands::compact::to_its_end;
use crate::desk::Desk;
use crate::exit::{Exit, Refused};
use crate::output::{counted, print_json, sized, tell};

/// Of the answer to the question.
const ANSWER_BYTES_MAX: u64 = 1024;

pub async fn run(global: &Global, prune: Prune) -> anyhow::Result<Exit> {
    let desk = Desk::open(global.engine_config().await?).await?;
    let pruned = carry_out(global, &desk, prune).await;
    desk.close().await?;
    pruned
}

async fn carry_out(global: &Global, desk: &Desk, prune: Prune) -> anyhow::Result<Exit> {
    let Prune { underlying, before, expiry, with_underlying, yes } = prune;
    let expiries = match before {
        Some(day) => PruneChoice::Before(day),
        None if expiry.is_empty() => PruneChoice::All,
        None => PruneChoice::Dates(expiry),
    };
    let order = PruneOrder { underlying, expiries, own_candles: with_underlying };
    let preview = desk.prune_preview(&order).await?;
    tell(describe(&preview));
    if !yes {
        confirm("Remove them?")?;
    }
    let work = desk.prune(order, preview.token).await?;
    let (end, exit) = to_its_end(desk, work, StorageDeed::Prune, "candles removed").await?;
    if global.json {
        print_json(&json!({ "candles": end.done, "stopped": end.is_stopped }))?;
    } else if end.is_stopped {
        tell(format!("stopped: {} candles are removed so far; the same command removes the rest", end.done));
    } else {
        tell(format!(
            "{} candles are removed; `expirytrack compact` gives the room back to the disk",
            end.done
        ));
    }
    Ok(exit)
}

fn describe(preview: &PrunePreview) -> String {
    let PrunePreview { underlying, expiries, contracts, candles, days, bytes, .. } = preview;
    let mut lines = vec![format!(
        "{}: {}, {}, {candles} candles of {}, about {}",
        underlying.name,
        counted(expiries.len() as u64, "expiry", "expiries"),
        counted(*contracts, "contract", "contracts"),
        counted(*days, "day", "days"),
        sized(*bytes)
    )];
    if let (Some(first), Some(last)) = (preview.first_day, preview.last_day) {
        lines.push(format!("from {} to {}", first.to_long_text(), last.to_long_text()));
    }
    if let Some(own) = preview.own_candles {
        lines.push(format!("with {own} candles of the underlying itself"));
    }
    lines.extend(preview.consequences());
    lines.push("The lists of contracts and the audit of requests stay.".to_owned());
    lines.join("\n")
}

/// Asks at the terminal; without one nothing is done unasked.
pub fn confirm(question: &str) -> anyhow::Result<()> {
    let refused = |sentence: &str| Err(Refused(Exit::Refused, sentence.to_owned()).into());
    if !std::io::stdin().is_terminal() {
        return refused("nothing was removed: there is no terminal to ask at, so add --yes");
    }
    tell(format!("{question} [y/N]"));
    let mut answer = String::new();
    let mut input = std::io::stdin().lock().take(ANSWER_BYTES_MAX);
    input.read_line(&mut answer).context("the answer could not be read")?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => refused("nothing was removed"),
    }
}
