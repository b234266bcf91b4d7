//! `expirytrack quality`: what somebody who uses the candles of an underlying should know of them. Reads beside whoever owns
//! the directory.

use engine::CoverageService;
use market::UnderlyingName;
use protocol::{QualityExpiries, QualityReport};

use crate::arguments::Global;
use crate::commands::moment;
use crate::exit::Exit;
use crate::output::{counted, print, print_json};

/// Examples of each kind in the text; `--json` has more.
const SHOWN: usize = 3;

pub async fn run(
    global: &Global,
    underlying: &UnderlyingName,
    expiries: QualityExpiries,
) -> anyhow::Result<Exit> {
    let coverage = CoverageService::open_for_reading(global.place().await?).await?;
    let key = coverage.find(underlying).await?;
    let report = coverage.quality(&key, expiries).await?;
    if global.json {
        print_json(&report)?;
    } else {
        print(&describe(&report))?;
    }
    Ok(Exit::Done)
}

fn describe(report: &QualityReport) -> String {
    let QualityReport { symbol, expiries, listed, contracts, candles, looked_at, proofs, .. } = report;
    let mut lines = vec![
        format!(
            "{symbol}: {}, {}, {}",
            counted(*expiries, "expiry", "expiries"),
            counted(*contracts, "contract", "contracts"),
            counted(*candles, "candle", "candles")
        ),
        format!(
            "of its {}{}:",
            counted(looked_at.len() as u64, "newest listed expiry", "newest listed expiries"),
            match *listed - looked_at.len() as u64 {
                0 => String::new(),
                older =>
                    format!(" ({older} older not looked at: --expiries takes up to {})", QualityExpiries::MAX),
            }
        ),
    ];
    if report.remarks.is_empty() {
        lines.push("  no day is odd".to_owned());
    }
    for remark in &report.remarks {
        lines.push(format!("  {} {}", remark.count, remark.kind.words()));
        for example in remark.examples.iter().take(SHOWN) {
            lines.push(format!("    {} {}: {}", example.symbol, example.day, example.words));
        }
    }
    lines.push(format!(
        "  the exchange's files of {}: {} of contracts traded, {} proven empty, {} open",
        counted(proofs.days, "day", "days"),
        counted(proofs.traded, "day", "days"),
        counted(proofs.empty, "day", "days"),
        counted(proofs.open_holes, "hole", "holes")
    ));
    for remark in &report.calendar {
        lines.push(format!("  {}: {}", remark.day, remark.remark));
    }
    lines.push(counted(
        report.revisions,
        "candle was changed by a later answer",
        "candles were changed by later answers",
    ));
    for line in report.newest_revisions.iter().take(SHOWN) {
        lines.push(format!(
            "    {} of {}, changed {}",
            line.symbol,
            moment(line.at),
            moment(line.changed_at)
        ));
    }
    for refused in &report.refused {
        lines.push(format!("refused {}: {}", counted(refused.count, "time", "times"), refused.reason));
    }
    for change in &report.terms {
        let kind = change.kind;
        lines.push(format!(
            "{} of {kind} from {} on: {}, before {}",
            change.what, change.expiry, change.now, change.before
        ));
    }
    lines.push(String::new());
    lines.join("\n")
}
