//! `expirytrack verify`: whether the database is sound. Reads beside whoever owns the directory; only a sample
//! that is asked of the broker again, and opening again what was settled wrongly, go through the owner.

use engine::{Clock, CoverageService, SystemClock, keep_verified};
use market::EpochSeconds;
use protocol::{Reopened, VerifyReport};

use crate::arguments::{Global, Verify};
use crate::commands::progress::Counter;
use crate::desk::Desk;
use crate::exit::Exit;
use crate::output::{print, print_json, tell};

/// Holes that the text names; `--json` has all of them.
const HOLES_SHOWN: usize = 10;

pub async fn run(global: &Global, verify: &Verify) -> anyhow::Result<Exit> {
    let coverage = CoverageService::open_for_reading(global.place().await?).await?;
    let underlying = match &verify.underlying {
        Some(name) => Some(coverage.find(name).await?),
        None => None,
    };
    let desk = async || Desk::open(global.engine_config().await?).await;
    let reopened = if verify.mend { Some(desk().await?.mend(underlying.as_ref()).await?) } else { None };
    let counter = Counter::new("series checked");
    let mut report = coverage.verify(underlying.as_ref(), |done, all| counter.show(done, all)).await?;
    counter.clear();
    report.reopened = reopened;
    if let Some(count) = verify.refetch {
        report.checks.push(desk().await?.sample(underlying.as_ref(), count).await?);
    }
    if underlying.is_none() {
        let now = EpochSeconds(SystemClock::new().wall().as_seconds());
        if let Err(error) = keep_verified(&global.data_dir(), &report, now) {
            tell(format!("that it was checked could not be noted: {error}"));
        }
    }
    if global.json {
        print_json(&report)?;
    } else {
        print(&describe(&report))?;
    }
    Ok(if report.is_sound() { Exit::Done } else { Exit::Failed })
}

fn describe(report: &VerifyReport) -> String {
    let mut text = String::new();
    for check in &report.checks {
        let mark = if check.problems == 0 { "ok  " } else { "FAIL" };
        text.push_str(&format!("{mark} {}: {} looked at", check.name, check.examined));
        if check.problems > 0 {
            text.push_str(&format!(", {} wrong", check.problems));
        }
        text.push('\n');
        for example in &check.examples {
            text.push_str(&format!("       {example}\n"));
        }
    }
    if let Some(Reopened { ranges, contracts }) = report.reopened {
        text.push_str(&format!(
            "opened again: {ranges} ranges that were called empty, {contracts} contracts put under their own date; the next order asks for them\n"
        ));
    }
    if !report.holes.is_empty() {
        text.push_str(&format!("{} thin days between full ones, as they came:\n", report.holes.len()));
    }
    for hole in report.holes.iter().take(HOLES_SHOWN) {
        let (symbol, day, candles, expected) = (&hole.symbol, hole.day, hole.candles, hole.expected);
        text.push_str(&format!("       {symbol} {day}: {candles} of {expected} candles\n"));
    }
    text
}
