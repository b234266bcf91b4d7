//! A run over expiries: a line each, and what they come to so far.

use protocol::{RunBin, RunRow, RunSummary};

use super::strategy::{moment, page_address, queried, signed, tone};
use crate::drawn_strategy::{DrawnFact, Refusal, RunBar, RunLine, RunPart, Tone};
use crate::format;
use crate::server::strategy_desk::minute_text;
use crate::strategy_address::StrategyAddress;

pub(crate) fn run_line(row: &RunRow, address: &StrategyAddress) -> RunLine {
    let expiry = format::day(row.expiry);
    let Some(run) = &row.priced else {
        let why = row.not_priced_because.clone().unwrap_or_default();
        let not_priced = Some(Refusal { why, to_collect: row.to_collect });
        return RunLine { expiry, not_priced, ..RunLine::default() };
    };
    let strike = |strike: &Option<f64>| strike.map_or("–".to_owned(), format::strike);
    let strikes: Vec<String> = run.strikes.iter().map(strike).collect();
    let exit = if address.run_exit.is_empty() { String::new() } else { minute_text(&run.exit) };
    RunLine {
        expiry,
        address: page_address(address, row.expiry.to_string(), minute_text(&run.entry), exit),
        cells: vec![
            moment(&run.entry),
            moment(&run.exit),
            strikes.join(" · "),
            run.lot_size.to_string(),
            signed(-run.premium),
            format::rupees_short(run.drawdown.round()),
            run.reason.words().to_owned(),
        ],
        profit: signed(run.profit),
        tone: tone(run.profit),
        not_priced: None,
    }
}

pub(crate) fn run_part(
    rows: Vec<RunLine>,
    profits: Vec<Option<f64>>,
    total: usize,
    summary: &RunSummary,
    address: &StrategyAddress,
) -> RunPart {
    let rupees = |of: Option<f64>| of.map_or("–".to_owned(), signed);
    let bins = &summary.distribution;
    let ends = bins.first().zip(bins.last());
    let ends = ends.map(|(first, last)| [signed(first.from), signed(last.to)]).unwrap_or_default();
    let words = format!(
        "Distribution of {} profits: median {}, best {}, worst {}.",
        summary.priced,
        rupees(summary.median),
        rupees(summary.best),
        rupees(summary.worst)
    );
    RunPart { rows, profits, total, facts: facts(summary), bars: bars(bins), ends, words, csv: csv(address) }
}

fn facts(of: &RunSummary) -> Vec<DrawnFact> {
    let fact = |name: &str, number: String, detail: String, tone| DrawnFact {
        name: name.to_owned(),
        number,
        detail,
        tone,
    };
    let rupees = |name: &str, of: Option<f64>| {
        fact(name, of.map_or("–".to_owned(), signed), String::new(), of.map(tone).unwrap_or_default())
    };
    let hit = of.hit_rate.map_or("–".to_owned(), |rate| format!("{:.0} %", rate * 100.0));
    vec![
        fact("Priced", of.priced.to_string(), format!("{} not priced", of.not_priced), Tone::Plain),
        fact("Won", hit, format!("{} of {}", of.won, of.priced), Tone::Plain),
        rupees("Total", of.total),
        rupees("Mean", of.mean),
        rupees("Median", of.median),
        rupees("Best", of.best),
        rupees("Worst", of.worst),
    ]
}

fn bars(bins: &[RunBin]) -> Vec<RunBar> {
    let most = bins.iter().map(|bin| bin.count).max().unwrap_or(0).max(1);
    let width = 100.0 / bins.len().max(1) as f64;
    let bar = |(place, bin): (usize, &RunBin)| RunBar {
        left: width * place as f64,
        width,
        height: f64::from(bin.count) / f64::from(most) * 100.0,
        tone: if bin.from < 0.0 { Tone::Loss } else { Tone::Gain },
        words: format!(
            "{} to {}: {}",
            signed(bin.from),
            signed(bin.to),
            format::counted(bin.count.into(), "expiry", "expiries")
        ),
    };
    bins.iter().enumerate().map(bar).collect()
}

fn csv(address: &StrategyAddress) -> String {
    let legs = address.legs.split(';').nth(address.shown()).unwrap_or(&address.legs);
    format!(
        "/api/v1/strategy/run?format=csv{}{}{}{}{}{}",
        queried("underlying", &address.underlying),
        queried("legs", legs),
        queried("entry", &address.run_entry),
        queried("exit", &address.run_exit),
        queried("profit", &address.profit),
        queried("loss", &address.loss)
    )
}
