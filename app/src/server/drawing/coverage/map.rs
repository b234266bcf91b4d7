//! An expiry as a map of its contracts by day, drawn in one path for each kind of cell, with its tables.

use std::collections::BTreeMap;
use std::fmt::Write;

use market::Day;
use protocol::{CoverageMap, MapCell, MapRow};

use super::{month, of_expiry};
use crate::address::encoded;
use crate::drawn::{MapDrawn, MapLine};
use crate::format;
use crate::server::document::attribute;
use crate::server::drawing::grid::contract_name;
/// Width of a day and height of a contract in a map; the page knows the same.
use crate::site::{MAP_CELL, MAP_HEAD};

/// Pixels that the name of a month takes.
const MONTH_NAME: usize = 48;

/// What a day's contracts come to.
type Counts = BTreeMap<MapCell, u64>;

fn by_day(map: &CoverageMap) -> Vec<Counts> {
    let mut days = vec![Counts::new(); map.days.len()];
    for row in &map.rows {
        for (day, letter) in days.iter_mut().zip(row.cells.chars()) {
            if let Some(cell) = cell_of(letter) {
                *day.entry(cell).or_default() += 1;
            }
        }
    }
    days
}

/// `24500 CE`, `future`; with its whole name for twins.
fn row_name(row: &MapRow) -> String {
    contract_name(row.kind, row.strike)
}

pub(super) fn of_map(map: &CoverageMap) -> MapDrawn {
    let columns = map.days.len();
    let (width, height) = (columns * MAP_CELL, map.rows.len() * MAP_CELL);
    let by_day = by_day(map);
    let mut labels = String::new();
    for row in &map.rows {
        let open = row.counts.iter().filter(|(cell, _)| is_open(**cell)).map(|(_, count)| count).sum::<u64>();
        let sessions =
            row.counts.iter().filter(|(cell, _)| **cell != MapCell::Closed).map(|(_, n)| n).sum::<u64>();
        let _ = write!(
            labels,
            "<div><span>{}</span><span class=\"cov-done\">{}/{sessions}</span></div>",
            attribute(&row_name(row)),
            sessions - open
        );
    }
    MapDrawn {
        title: format!("{} {}", map.symbol, format::day(map.expiry)),
        underlying: map.underlying.to_string(),
        expiry: map.expiry.to_string(),
        head: head(map, &by_day, width),
        labels,
        cells: format!(
            "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" aria-hidden=\"true\">{}</svg>",
            paths(map)
        ),
        days: map.days.iter().map(Day::to_string).collect(),
        rows: map
            .rows
            .iter()
            .map(|row| MapLine {
                name: row_name(row),
                key: encoded(&row.expired_key.to_string()),
                cells: row.cells.clone(),
            })
            .collect(),
        words: MapCell::ALL.map(|cell| (cell.letter(), cell.words().to_owned())).to_vec(),
        legend: legend(map),
        tables: tables(map, &by_day),
        pages: pages(map),
        missing: (map.requests > 0).then(|| {
            let requests = format::counted(map.requests, "request", "requests");
            format!("{requests} for what is missing; what comes back empty is asked up to three times more")
        }),
    }
}

fn is_open(cell: MapCell) -> bool {
    matches!(
        cell,
        MapCell::NotAsked | MapCell::Imported | MapCell::Failed | MapCell::Provisional | MapCell::ProvenHole
    )
}

/// Months over the days, and under them how many contracts of each day are accounted for, as bars.
fn head(map: &CoverageMap, by_day: &[Counts], width: usize) -> String {
    let mut html = format!(
        "<svg width=\"{width}\" height=\"{MAP_HEAD}\" viewBox=\"0 0 {width} {MAP_HEAD}\" aria-hidden=\"true\">"
    );
    let mut before = None;
    for (at, day) in map.days.iter().enumerate() {
        let x = at * MAP_CELL;
        if before != Some(month(*day)) {
            before = Some(month(*day));
            // A month of a few days has no room for its name.
            let days = map.days.iter().filter(|other| month(**other) == month(*day)).count();
            if days * MAP_CELL >= MONTH_NAME {
                let _ = write!(html, "<text x=\"{x}\" y=\"12\">{}</text>", day.date().format("%b %y"));
            }
        }
        let open = MapCell::ALL.into_iter().filter(|cell| is_open(*cell));
        let of_day = by_day.get(at);
        let open: u64 = open.filter_map(|cell| of_day?.get(&cell)).sum();
        let done = map.rows.len() - usize::try_from(open).unwrap_or(0);
        let bar = (done * 14).checked_div(map.rows.len()).unwrap_or(0);
        let _ = write!(
            html,
            "<rect x=\"{x}\" y=\"{}\" width=\"{}\" height=\"{bar}\"/>",
            MAP_HEAD - bar,
            MAP_CELL - 1
        );
    }
    html.push_str("</svg>");
    html
}

fn cell_of(letter: char) -> Option<MapCell> {
    MapCell::ALL.into_iter().find(|cell| cell.letter() == letter)
}

/// One path for each kind of cell and shade; cells beside each other are one step of it.
fn paths(map: &CoverageMap) -> String {
    let mut paths: BTreeMap<(char, u32), String> = BTreeMap::new();
    for (line, row) in map.rows.iter().enumerate() {
        for (at, (letter, fill)) in row.cells.chars().zip(row.fill.chars()).enumerate() {
            // Four shades of what has minutes tell how many.
            let shade = if matches!(letter, 'c' | 'p') { fill.to_digit(10).unwrap_or(0) / 3 } else { 0 };
            let (x, y, side) = (at * MAP_CELL, line * MAP_CELL, MAP_CELL - 1);
            let path = paths.entry((letter, shade)).or_default();
            let _ = write!(path, "M{x} {y}h{side}v{side}h-{side}z");
        }
    }
    let mut svg = String::new();
    for ((letter, shade), path) in paths {
        let class = if letter == '.' { "closed".to_owned() } else { letter.to_string() };
        let _ = write!(svg, "<path class=\"map-{class} shade-{shade}\" d=\"{path}\"/>");
    }
    svg
}

fn legend(map: &CoverageMap) -> String {
    let mut html = String::from("<ul class=\"legend\">");
    for cell in MapCell::ALL {
        if let Some(count) = map.counts.get(&cell) {
            let class = if cell == MapCell::Closed { "closed".to_owned() } else { cell.letter().to_string() };
            let _ = write!(
                html,
                "<li><svg class=\"map-sample\" width=\"11\" height=\"11\" aria-hidden=\"true\"><path class=\"map-{class} shade-3\" d=\"M0 0h11v11h-11z\"/></svg> {} {}</li>",
                format::grouped(*count),
                cell.words()
            );
        }
    }
    if map.counts.keys().any(|cell| matches!(cell, MapCell::Complete | MapCell::Partly)) {
        html.push_str("<li>the stronger the colour, the more minutes a day has</li>");
    }
    html.push_str("</ul>");
    html
}

/// By contract, and by day.
fn tables(map: &CoverageMap, by_day: &[Counts]) -> String {
    let cells: Vec<MapCell> = MapCell::ALL.into_iter().filter(|cell| map.counts.contains_key(cell)).collect();
    let mut html = String::new();
    let begin = |html: &mut String, what: &str| {
        let _ = write!(
            html,
            "<div class=\"table-frame mt-2\" role=\"region\" tabindex=\"0\" aria-label=\"Days by {what}\"><table class=\"table table-sm\"><thead><tr><th scope=\"col\">{what}</th>"
        );
        for cell in &cells {
            let _ = write!(html, "<th scope=\"col\" class=\"number\">{}</th>", cell.words());
        }
        html.push_str("</tr></thead><tbody>");
    };
    let line = |html: &mut String, name: &str, count: &dyn Fn(MapCell) -> u64| {
        let _ = write!(html, "<tr><th scope=\"row\">{}</th>", attribute(name));
        for cell in &cells {
            let _ = write!(html, "<td class=\"number\">{}</td>", count(*cell));
        }
        html.push_str("</tr>");
    };
    begin(&mut html, "Contract");
    for row in &map.rows {
        line(&mut html, &row_name(row), &|cell| row.counts.get(&cell).copied().unwrap_or(0));
    }
    html.push_str("</tbody></table></div>");
    begin(&mut html, "Day");
    for (day, counts) in map.days.iter().zip(by_day) {
        line(&mut html, &format::day(*day), &|cell| counts.get(&cell).copied().unwrap_or(0));
    }
    html.push_str("</tbody></table></div>");
    html
}

/// Links to the other contracts, where one map does not hold them all.
fn pages(map: &CoverageMap) -> String {
    let shown = map.from + map.rows.len() as u64;
    if map.from == 0 && shown >= map.contracts {
        return String::new();
    }
    let here = of_expiry(&map.underlying, map.expiry);
    let most = protocol::MAP_CONTRACTS_MAX as u64;
    let mut html = format!("Contracts {} to {shown} of {}. ", map.from + 1, map.contracts);
    let link = |from: u64, words: &str| {
        format!("<a class=\"link\" href=\"{}\">{words}</a> ", attribute(&format!("{here}&from={from}")))
    };
    if map.from > 0 {
        html.push_str(&link(map.from.saturating_sub(most), "The ones before"));
    }
    if shown < map.contracts {
        html.push_str(&link(shown, "The ones after"));
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::Interval;
    use protocol::samples::option;

    fn map() -> CoverageMap {
        let contract = option(market::ContractKind::Call, 24_500);
        let row = MapRow {
            expired_key: contract.expired_key,
            symbol: contract.trading_symbol,
            kind: contract.kind,
            strike: contract.strike,
            cells: "ch.".to_owned(),
            fill: "900".to_owned(),
            counts: [(MapCell::Complete, 1), (MapCell::ProvenHole, 1), (MapCell::Closed, 1)].into(),
        };
        CoverageMap {
            underlying: contract.underlying_key,
            symbol: "<NIFTY>".to_owned(),
            expiry: contract.expiry,
            interval: Interval::Minute1,
            days: ["2025-08-26", "2025-08-27", "2025-08-28"].map(|day| day.parse().unwrap()).to_vec(),
            counts: row.counts.clone(),
            rows: vec![row],
            from: 0,
            contracts: 1,
            requests: 1,
        }
    }

    #[test]
    fn a_map_has_a_cell_a_day_its_words_and_its_tables() {
        let drawn = of_map(&map());
        assert_eq!(drawn.rows[0].cells, "ch.");
        assert!(drawn.cells.contains("map-c shade-3") && drawn.cells.contains("map-h"), "{}", drawn.cells);
        assert!(drawn.labels.contains("24500 CE") && drawn.labels.contains("1/2"), "{}", drawn.labels);
        assert!(drawn.legend.contains("1 proven hole") && drawn.pages.is_empty());
        // In the dark theme a full day is the brightest.
        assert!(drawn.legend.contains("the stronger the colour"), "{}", drawn.legend);
        assert!(drawn.missing.unwrap().starts_with("1 request "));
        assert_eq!(drawn.tables.matches("<tr>").count(), 2 + 1 + 3);
    }

    #[test]
    fn what_comes_from_outside_is_text() {
        let mut outside = map();
        outside.contracts = 900;
        assert!(of_map(&outside).pages.contains("from=1"));
        assert_eq!(attribute("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }
}
