//! What is moved into the lake, and what lies there alone, in words for the page of the storage.

use protocol::{ArchivePreview, ArchivedLine};

use crate::drawn::{ArchiveLook, ArchivedRow};
use crate::format;

/// Expiries that a preview names.
const NAMED_MAX: usize = 30;

pub(crate) fn rows(lines: Vec<ArchivedLine>) -> Vec<ArchivedRow> {
    lines.into_iter().map(row).collect()
}

fn row(line: ArchivedLine) -> ArchivedRow {
    let left = match line.candles_here {
        0 => String::new(),
        here => format!(", {} still here", format::grouped(here)),
    };
    let candles = format::counted(line.candles, "candle", "candles");
    ArchivedRow {
        name: format!("{} {}", line.underlying.symbol, format::day(line.expiry)),
        candles: format!("{candles}{left}, in {}", format::bytes(line.file_bytes)),
        file: line.file,
        underlying: line.underlying.key,
        expiry: line.expiry,
    }
}

pub(crate) fn look(preview: ArchivePreview) -> ArchiveLook {
    let count = preview.expiries.len();
    let expiries = preview.expiries.iter().take(NAMED_MAX).map(|of| {
        let candles = format::counted(of.candles, "candle", "candles");
        format!("{} · {candles} · {}", format::day(of.expiry), of.file)
    });
    let mut expiries: Vec<String> = expiries.collect();
    if count > NAMED_MAX {
        expiries.push(format!("and {} more", count - NAMED_MAX));
    }
    ArchiveLook {
        title: format!("What leaves the database of {}", preview.underlying.name),
        what: format!(
            "{}, {}. About {} come back to the disk.",
            format::counted(count as u64, "expiry", "expiries"),
            format::counted(preview.candles, "candle", "candles"),
            format::bytes(preview.bytes)
        ),
        lines: preview.consequences(),
        expiries,
        deed: format!("Move {} candles", format::grouped(preview.candles)),
        token: preview.token,
    }
}
