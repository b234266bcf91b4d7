//! Strategies and runs over expiries as CSV: one table each, with why something has no value in its last column.

use std::io::Write;

use protocol::{OpenedStrategy, RunDocument, RunRow, StrategyDocument};

use crate::ExportError;
use crate::cell::Cell;
use crate::series::Gaps;

/// A row a minute of each strategy, by its number. The columns of legs are those of the one that has most.
pub fn write_strategy_csv(document: &StrategyDocument, output: impl Write) -> Result<(), ExportError> {
    let mut writer = csv::Writer::from_writer(output);
    let opened = || document.strategies.iter().filter_map(|strategy| strategy.opened.as_ref());
    let widest = opened().max_by_key(|opened| opened.columns.len());
    let names: Vec<&str> =
        widest.iter().flat_map(|opened| &opened.columns).map(|column| column.name.as_str()).collect();
    writer.write_record(["strategy", "timestamp"].into_iter().chain(names.iter().copied()).chain(["gap"]))?;
    for (place, strategy) in document.strategies.iter().enumerate() {
        let number = (place + 1).to_string();
        match (&strategy.opened, &strategy.refused) {
            (Some(opened), _) => write_points(&mut writer, &number, opened, names.len())?,
            (None, refused) => {
                let empty = std::iter::repeat_n("", names.len() + 1);
                let why = refused.as_deref().unwrap_or_default();
                writer.write_record([number.as_str()].into_iter().chain(empty).chain([why]))?;
            }
        }
    }
    writer.flush().map_err(csv::Error::from)?;
    Ok(())
}

fn write_points(
    writer: &mut csv::Writer<impl Write>,
    number: &str,
    opened: &OpenedStrategy,
    width: usize,
) -> Result<(), ExportError> {
    let mut gaps = Gaps::of(&opened.gaps);
    for (moment, values) in &opened.points {
        let is_gap = values.iter().all(Option::is_none);
        let reason = if is_gap { gaps.next_reason() } else { "" };
        let missing = std::iter::repeat_n(None, width.saturating_sub(values.len()));
        let cells = values.iter().copied().chain(missing).map(|value| Cell::from(value.map(Cell::from)));
        let row: Vec<Cell> =
            [Cell::text(number), Cell::text(&ist(moment))].into_iter().chain(cells).collect();
        writer.write_record(row.iter().map(AsRef::as_ref).chain([reason.as_bytes()]))?;
    }
    Ok(())
}

/// A row an expiry.
pub fn write_run_csv(document: &RunDocument, output: impl Write) -> Result<(), ExportError> {
    let mut writer = csv::Writer::from_writer(output);
    writer.write_record([
        "expiry",
        "entry",
        "exit",
        "reason",
        "strikes",
        "lot_size",
        "premium",
        "profit",
        "costs",
        "drawdown",
        "not_priced_because",
    ])?;
    for RunRow { expiry, not_priced_because, priced } in &document.runs {
        let number = |number: Option<f64>| Cell::from(number.map(Cell::from));
        let text = |text: Option<String>| Cell::text(text.as_deref().unwrap_or_default());
        let of = priced.as_ref();
        let strikes = of.map(|run| {
            let strike = |strike: &Option<f64>| strike.map(|strike| strike.to_string()).unwrap_or_default();
            run.strikes.iter().map(strike).collect::<Vec<_>>().join(" ")
        });
        let reason = of.map(|run| run.reason.words().to_owned());
        let row = [
            Cell::text(&expiry.to_string()),
            text(of.map(|run| ist(&run.entry))),
            text(of.map(|run| ist(&run.exit))),
            text(reason),
            text(strikes),
            Cell::from(of.map(|run| Cell::from(run.lot_size))),
            number(of.map(|run| run.premium)),
            number(of.map(|run| run.profit)),
            number(of.map(|run| run.costs)),
            number(of.map(|run| run.drawdown)),
            text(not_priced_because.clone()),
        ];
        writer.write_record(row.iter().map(AsRef::as_ref))?;
    }
    writer.flush().map_err(csv::Error::from)?;
    Ok(())
}

/// A moment in IST without its offset.
fn ist(moment: &str) -> String {
    moment.trim_end_matches("+05:30").replace('T', " ")
}
