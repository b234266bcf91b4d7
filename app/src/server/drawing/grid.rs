//! The grid of a job: a strip for each expiry, and the cells of the one that is open.

use market::{ContractKind, Strike};
use protocol::{CellOutcome, ExpiryGrid, ExpiryStrip, GridCell, JobGrid, JobPicture, Target};

use crate::address::encoded;
use crate::browse_address::contract_of as contract_address;
use crate::drawn::{Cell, Column, Strip};
use crate::format;

/// A strike is written over every so many columns. They stay in one line, so that no line is without a strike.
const LABEL_EVERY: usize = 5;

/// The strips of a job. The open expiry has one even where it lies beyond those that were asked for.
pub(crate) fn grid(job: &JobPicture, grid: JobGrid) -> Vec<Strip> {
    let several = job.plan.underlying_count > 1;
    let open = grid.open.as_ref();
    let is_open = |target: &Target| open.filter(|open| open.target == *target);
    let strip = |of: &ExpiryStrip| {
        let name = if several {
            format!("{} · {}", of.symbol, format::short_day(of.target.expiry))
        } else {
            format::day(of.target.expiry)
        };
        let mut strip = Strip {
            name,
            address: address(job, &of.target),
            counts: counts(of),
            has_failed: of.failed > 0 || of.listing == CellOutcome::Failed,
            shares: shares(of),
            ..Strip::default()
        };
        if let Some(open) = is_open(&of.target) {
            fill(&mut strip, job, open);
        }
        strip
    };
    let mut strips: Vec<Strip> = grid.expiries.iter().map(strip).collect();
    if let Some(open) = open.filter(|_| !strips.iter().any(Strip::is_open)) {
        let mut strip = Strip { name: format::day(open.target.expiry), ..Strip::default() };
        fill(&mut strip, job, open);
        strips.push(strip);
    }
    strips
}

/// The page of the job with this expiry open.
fn address(job: &JobPicture, target: &Target) -> String {
    format!("/jobs/{}?expiry={}", job.id, encoded(&format!("{} {}", target.expiry, target.underlying)))
}

/// What opened it closes it: then the work is followed again.
fn fill(strip: &mut Strip, job: &JobPicture, open: &ExpiryGrid) {
    strip.address = format!("/jobs/{}", job.id);
    strip.legend = legend(open);
    strip.columns = columns(open);
}

/// `196 of 231 · 3 failed · 146 left out`.
fn counts(strip: &ExpiryStrip) -> String {
    match (strip.listing, strip.total) {
        (CellOutcome::Failed, _) => strip.reason.clone().unwrap_or_else(|| "could not be listed".to_owned()),
        (CellOutcome::Empty, 0) => "no contracts are listed".to_owned(),
        (_, 0) => "to be listed".to_owned(),
        (_, total) => {
            let mut words = format!("{} of {}", format::grouped(strip.finished()), format::grouped(total));
            let others = [
                (strip.stored, "stored already"),
                (strip.empty, "empty"),
                (strip.failed, "failed"),
                (strip.left_out, "left out"),
            ];
            for (count, what) in others.into_iter().filter(|(count, _)| *count > 0) {
                words.push_str(&format!(" · {} {what}", format::grouped(count)));
            }
            words
        }
    }
}

fn shares(strip: &ExpiryStrip) -> Vec<f64> {
    let share = |count: u64| (count as f64 / strip.total.max(1) as f64 * 1000.0).round() / 10.0;
    [strip.stored, strip.done, strip.empty, strip.failed].map(share).to_vec()
}

fn legend(grid: &ExpiryGrid) -> Vec<Cell> {
    let entry = |outcome: CellOutcome| {
        let count = grid.cells.iter().filter(|cell| cell.outcome == outcome).count() as u64;
        let words = format!("{} {}", format::grouped(count), outcome.words());
        Cell { outcome: outcome.as_str().to_owned(), words, ..Cell::default() }
    };
    CellOutcome::ALL.map(entry).to_vec()
}

/// Cells come by strike, call before put; a second contract of one strike and kind takes a column of its own.
fn columns(grid: &ExpiryGrid) -> Vec<Column> {
    let mut columns: Vec<(Option<Strike>, Vec<&GridCell>)> = Vec::new();
    for cell in &grid.cells {
        match columns.last_mut() {
            Some((strike, beside))
                if cell.strike.is_some()
                    && *strike == cell.strike
                    && beside.iter().all(|other| other.kind < cell.kind) =>
            {
                beside.push(cell);
            }
            _ => columns.push((cell.strike, vec![cell])),
        }
    }
    let futures = columns.iter().take_while(|(strike, _)| strike.is_none()).count();
    let column = |(index, (strike, cells)): (usize, (Option<Strike>, Vec<&GridCell>))| {
        let label = strike.filter(|_| (index - futures).is_multiple_of(LABEL_EVERY));
        Column {
            label: label.map(|strike| format::strike(strike.to_rupees())).unwrap_or_default(),
            cells: cells.into_iter().map(|of| cell(grid, of)).collect(),
        }
    };
    columns.into_iter().enumerate().map(column).collect()
}

fn cell(grid: &ExpiryGrid, cell: &GridCell) -> Cell {
    Cell {
        outcome: cell.outcome.as_str().to_owned(),
        kind: cell.kind.to_string(),
        address: contract_address(&grid.target.underlying, grid.target.expiry, &cell.expired_key),
        words: words(cell),
    }
}

fn words(cell: &GridCell) -> String {
    let mut words = format!("{} · {}", contract_name(cell.kind, cell.strike), cell.outcome.words());
    if cell.candles > 0 {
        words.push_str(" · ");
        words.push_str(&format::counted(cell.candles, "candle", "candles"));
    }
    if let Some(reason) = &cell.reason {
        words.push_str(": ");
        words.push_str(reason);
    }
    words
}

/// `24500 CE`, `future`: a name, in which the strike stands as the exchange writes it.
pub(super) fn contract_name(kind: ContractKind, strike: Option<Strike>) -> String {
    strike.map_or_else(|| "future".to_owned(), |strike| format!("{strike} {kind}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ContractKind::{Call, Future, Put};

    fn cell(kind: ContractKind, rupees: Option<f64>) -> GridCell {
        GridCell {
            expired_key: "NSE_FO|71706|28-08-2025".parse().unwrap(),
            kind,
            strike: rupees.and_then(Strike::from_rupees),
            outcome: CellOutcome::Done,
            candles: 18_204,
            reason: None,
            event: None,
        }
    }

    fn target() -> Target {
        Target { underlying: "NSE_INDEX|Nifty 50".parse().unwrap(), expiry: "2025-08-28".parse().unwrap() }
    }

    #[test]
    fn calls_stand_over_puts_and_no_contract_is_lost() {
        let cells = vec![
            cell(Future, None),
            cell(Future, None),
            cell(Call, Some(24_500.0)),
            cell(Call, Some(24_500.0)),
            cell(Put, Some(24_500.0)),
            cell(Put, Some(24_600.0)),
        ];
        let shape: Vec<String> = columns(&ExpiryGrid { target: target(), cells })
            .iter()
            .map(|column| column.cells.iter().map(|cell| cell.kind.clone()).collect::<Vec<_>>().join("/"))
            .collect();
        assert_eq!(shape, ["FUT", "FUT", "CE", "CE/PE", "PE"]);
    }

    #[test]
    fn the_first_strike_and_each_fifth_from_it_are_written_however_many_futures_there_are() {
        for futures in 0..3 {
            let strikes = (0..7).map(|at| cell(Call, Some(24_500.0 + 50.0 * f64::from(at))));
            let cells = std::iter::repeat_n(cell(Future, None), futures).chain(strikes).collect();
            let columns = columns(&ExpiryGrid { target: target(), cells });
            let labels: Vec<&str> =
                columns.iter().skip(futures).map(|column| column.label.as_str()).collect();
            assert_eq!(labels, ["24,500", "", "", "", "", "24,750", ""], "{futures} futures");
        }
    }

    #[test]
    fn a_cell_says_what_it_is_and_why_it_failed() {
        let mut put = cell(Put, Some(24_500.0));
        assert_eq!(words(&put), "24500 PE · done · 18,204 candles");
        put.outcome = CellOutcome::Failed;
        put.candles = 0;
        put.reason = Some("Upstox answered 404".to_owned());
        assert_eq!(words(&put), "24500 PE · failed: Upstox answered 404");
        assert_eq!(contract_name(Future, None), "future");
    }

    #[test]
    fn a_strip_says_its_counts_or_why_there_are_none() {
        let mut strip = ExpiryStrip {
            target: target(),
            name: "Nifty 50".to_owned(),
            symbol: "NIFTY".to_owned(),
            listing: CellOutcome::Done,
            reason: None,
            done: 190,
            stored: 0,
            empty: 3,
            failed: 3,
            total: 231,
            left_out: 0,
        };
        assert_eq!(counts(&strip), "196 of 231 · 3 empty · 3 failed");
        strip.left_out = 146;
        assert_eq!(counts(&strip), "196 of 231 · 3 empty · 3 failed · 146 left out");
        assert_eq!(shares(&strip), [0.0, 82.3, 1.3, 1.3]);
        strip.total = 0;
        strip.listing = CellOutcome::ToDo;
        assert_eq!(counts(&strip), "to be listed");
        strip.listing = CellOutcome::Failed;
        strip.reason = Some("its contracts could not be listed: Upstox answered 500".to_owned());
        assert_eq!(counts(&strip), "its contracts could not be listed: Upstox answered 500");
    }
}
