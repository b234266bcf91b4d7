//! `expirytrack lake prune` and `lake unarchive`: candles that a lake has leave the database, after it was shown what that
//! means, and come back.

use market::{Day, UnderlyingName};
use protocol::{ArchiveOrder, ArchivePreview, PruneChoice, StorageDeed};
use serde_json::json;

use crate::arguments::{Archived, Global, LakePrune};
use crate::commands::compact::to_its_end;
use crate::commands::lake::of_this_machine;
use crate::commands::prune::confirm;
use crate::desk::Desk;
use crate::exit::Exit;
use crate::output::{counted, print_json, sized, tell};

pub async fn prune(global: &Global, desk: &Desk, prune: LakePrune) -> anyhow::Result<Exit> {
    let LakePrune { what, lake, yes } = prune;
    let lake = lake.map(of_this_machine).transpose()?;
    let order = ArchiveOrder { lake, ..order(what) };
    let preview = desk.archive_preview(&order).await?;
    tell(describe(&preview));
    if !yes {
        confirm("Move them?")?;
    }
    let work = desk.archive(order, preview.token).await?;
    let (end, exit) = to_its_end(desk, work, StorageDeed::Archive, "candles moved").await?;
    if global.json {
        print_json(&json!({ "candles": end.done, "stopped": end.is_stopped }))?;
    } else if end.is_stopped {
        tell(format!("stopped: this run has moved {} candles; the same command moves the rest", end.done));
    } else {
        tell(format!(
            "this run has moved {} candles: the lake has them alone now, and everything reads them there",
            end.done
        ));
    }
    Ok(exit)
}

pub async fn unarchive(global: &Global, desk: &Desk, what: Archived) -> anyhow::Result<Exit> {
    let work = desk.unarchive(order(what)).await?;
    let (end, exit) = to_its_end(desk, work, StorageDeed::Unarchive, "candles brought back").await?;
    if global.json {
        print_json(&json!({ "candles": end.done, "stopped": end.is_stopped }))?;
    } else if end.is_stopped {
        tell(format!(
            "stopped: this run has brought back {} candles; the same command brings the rest",
            end.done
        ));
    } else {
        tell(format!(
            "this run has brought back {} candles: what was chosen is in the database again",
            end.done
        ));
    }
    Ok(exit)
}

fn order(Archived { underlying, before, expiry }: Archived) -> ArchiveOrder<UnderlyingName> {
    let expiries = match before {
        Some(day) => PruneChoice::Before(day),
        None if expiry.is_empty() => PruneChoice::All,
        None => PruneChoice::Dates(expiry),
    };
    ArchiveOrder { underlying, expiries, lake: None }
}

fn describe(preview: &ArchivePreview) -> String {
    let ArchivePreview { underlying, expiries, candles, bytes, .. } = preview;
    let mut lines = vec![format!(
        "{}: {}, {candles} candles; about {} come back to the disk",
        underlying.name,
        counted(expiries.len() as u64, "expiry", "expiries"),
        sized(*bytes)
    )];
    let of_expiry = |day: Day| day.to_long_text();
    lines.extend(expiries.iter().map(|of| {
        format!("{}: {} candles, in {} ({})", of_expiry(of.expiry), of.candles, of.file, sized(of.file_bytes))
    }));
    lines.extend(preview.consequences());
    lines.join("\n")
}
