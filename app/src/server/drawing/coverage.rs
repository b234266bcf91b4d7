//! The coverage page: calendar, quality, map and day, written as HTML. Whatever comes from outside is escaped.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use engine::Engine;
use market::{Day, InstrumentKey, Interval};
use protocol::{
    BhavcopyLine, CalendarExpiry, CalendarRow, CoverageCalendar, CoverageDay, CoverageMap, ExpiryOutcome,
    MapCell, MapRow, QualityReport,
};

use crate::address::encoded;
use crate::browse_address;
use crate::drawn::{CoverageDrawn, DayDrawn, MapDrawn, MapLine};
use crate::format;
use crate::rpc::Answer;
use crate::rpc::coverage::CoverageWish;

/// Width of a day and height of a contract in a map; the page knows the same.
use crate::site::{MAP_CELL, MAP_HEAD};

/// Pixels that the name of a month takes.
const MONTH_NAME: usize = 48;
/// Files that are listed.
const FILES_SHOWN: usize = 12;

/// Text within HTML, and within an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

pub(crate) async fn page(engine: &Engine, wish: &CoverageWish) -> Answer<CoverageDrawn> {
    let mut page =
        CoverageDrawn { crumbs: vec![("Coverage".to_owned(), "/coverage".to_owned())], ..Default::default() };
    let Some(key) = &wish.underlying else {
        let calendar = engine.coverage().calendar().await?;
        page.is_empty = calendar.underlyings.is_empty();
        page.calendar = of_calendar(&calendar);
        page.files = of_files(&engine.bhavcopy().list().await?.files);
        return Ok(settled(page));
    };
    let Some(expiry) = wish.expiry else {
        let report = engine.coverage().quality(key).await?;
        page.crumbs.push((report.symbol.clone(), String::new()));
        let mut calendar = engine.coverage().calendar().await?;
        calendar.underlyings.retain(|row| row.underlying == *key);
        page.calendar = of_calendar(&calendar);
        page.quality = of_quality(&report);
        return Ok(settled(page));
    };
    let map = engine
        .coverage()
        .map(key, expiry, Interval::default(), Default::default(), wish.from as usize)
        .await?;
    page.crumbs.push((map.symbol.clone(), of_underlying(key)));
    page.crumbs.push((format::day(expiry), String::new()));
    if let (Some(contract), Some(day)) = (&wish.contract, wish.day) {
        let shown = engine.coverage_day(contract, day, Interval::default()).await?;
        page.day = Some(of_day(&shown, wish));
    }
    page.map = Some(of_map(&map));
    Ok(settled(page))
}

/// The last step is where one is.
fn settled(mut page: CoverageDrawn) -> CoverageDrawn {
    if let Some((_, address)) = page.crumbs.last_mut() {
        address.clear();
    }
    page
}

fn of_underlying(key: &InstrumentKey) -> String {
    format!("/coverage?underlying={}", encoded(key.as_str()))
}

fn of_expiry(key: &InstrumentKey, expiry: Day) -> String {
    format!("{}&expiry={expiry}", of_underlying(key))
}

fn month(day: Day) -> (i32, u32) {
    use chrono::Datelike;
    (day.date().year(), day.date().month())
}

fn of_calendar(calendar: &CoverageCalendar) -> String {
    let months: BTreeSet<(i32, u32)> =
        calendar.underlyings.iter().flat_map(|row| row.expiries.iter().map(|of| month(of.expiry))).collect();
    let mut html = String::from("<ul class=\"legend\">");
    for outcome in ExpiryOutcome::ALL {
        let all = calendar.underlyings.iter().flat_map(|row| &row.expiries);
        let count = all.filter(|of| of.outcome == outcome).count() as u64;
        let (class, words) = (outcome.as_str(), outcome.words());
        let _ = write!(
            html,
            "<li><span class=\"cov-cell\" data-outcome=\"{class}\" aria-hidden=\"true\"></span> {} {words}</li>",
            format::grouped(count)
        );
    }
    html.push_str(
        "</ul><div class=\"table-frame mt-2\" role=\"region\" tabindex=\"0\" aria-label=\"Expiries by month\"><table class=\"table table-sm cov-calendar\"><thead><tr><th scope=\"col\">Underlying</th>",
    );
    for (year, month) in &months {
        let name =
            Day::new(*year, *month, 1).map(|day| day.date().format("%b %y").to_string()).unwrap_or_default();
        let _ = write!(html, "<th scope=\"col\">{name}</th>");
    }
    html.push_str("</tr></thead><tbody>");
    for row in &calendar.underlyings {
        calendar_row(&mut html, row, &months);
    }
    html.push_str("</tbody></table></div>");
    html
}

fn calendar_row(html: &mut String, row: &CalendarRow, months: &BTreeSet<(i32, u32)>) {
    let mut by_month: BTreeMap<(i32, u32), Vec<&CalendarExpiry>> = BTreeMap::new();
    for of in &row.expiries {
        by_month.entry(month(of.expiry)).or_default().push(of);
    }
    let (address, symbol, name) =
        (escaped(&of_underlying(&row.underlying)), escaped(&row.symbol), escaped(&row.name));
    let _ = write!(
        html,
        "<tr><th scope=\"row\"><a class=\"link\" href=\"{address}\" title=\"{name}: its quality\">{symbol}</a></th>"
    );
    for month in months {
        html.push_str("<td><span class=\"cov-cells\">");
        for of in by_month.get(month).into_iter().flatten() {
            let address = escaped(&of_expiry(&row.underlying, of.expiry));
            let words = escaped(&format!(
                "{symbol} {}: {}, {}",
                format::day(of.expiry),
                of.words,
                format::counted(of.candles, "candle", "candles")
            ));
            let outcome = of.outcome.as_str();
            let _ = write!(
                html,
                "<a class=\"cov-cell\" data-outcome=\"{outcome}\" href=\"{address}\" title=\"{words}\"><span class=\"sr-only\">{words}</span></a>"
            );
        }
        html.push_str("</span></td>");
    }
    html.push_str("</tr>");
}

fn of_files(files: &[BhavcopyLine]) -> String {
    if files.is_empty() {
        return String::new();
    }
    let mut html = String::from(
        "<table class=\"table table-sm\"><thead><tr><th scope=\"col\">Day</th><th scope=\"col\">Exchange</th><th scope=\"col\">File</th><th scope=\"col\" class=\"number\">Rows</th><th scope=\"col\" class=\"number\">Contracts known here</th></tr></thead><tbody>",
    );
    for file in files.iter().take(FILES_SHOWN) {
        let _ = write!(
            html,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"break-all\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>",
            format::day(file.day),
            escaped(&file.exchange),
            escaped(&file.name),
            format::grouped(file.rows),
            format::grouped(file.contracts)
        );
    }
    html.push_str("</tbody></table>");
    if files.len() > FILES_SHOWN {
        let _ = write!(
            html,
            "<p class=\"mt-2 text-xs text-muted\">and {} older ones</p>",
            files.len() - FILES_SHOWN
        );
    }
    html
}

fn of_quality(report: &QualityReport) -> String {
    let mut html = String::from("<dl class=\"figures cov-figures\">");
    let proofs = report.proofs;
    for (name, number, detail) in [
        ("Expiries", report.expiries, format!("{} looked at day by day", report.looked_at.len())),
        ("Contracts", report.contracts, "listed".to_owned()),
        ("Candles", report.candles, "of contracts, in all intervals".to_owned()),
        ("Revisions", report.revisions, "candles that a later answer changed".to_owned()),
        (
            "Proven empty",
            proofs.empty,
            format!("days of contracts, by {} files of the exchange", proofs.days),
        ),
        ("Proven holes", proofs.open_holes, "traded at the exchange, no minute here".to_owned()),
    ] {
        let _ = write!(
            html,
            "<div class=\"figure\"><dt class=\"figure-name\">{name}</dt><dd class=\"figure-number\">{}</dd><dd class=\"figure-detail\">{detail}</dd></div>",
            format::grouped(number)
        );
    }
    html.push_str("</dl>");
    section(
        &mut html,
        "Remarks",
        "Nothing about the days of these expiries is odd.",
        report.remarks.is_empty(),
        |html| {
            for remark in &report.remarks {
                let (count, words) = (format::grouped(remark.count), remark.kind.words());
                let _ = write!(html, "<li><strong>{count}</strong> {words}<ul class=\"cov-examples\">");
                for example in &remark.examples {
                    let address = format!(
                        "{}&contract={}&day={}",
                        of_expiry(&report.underlying, example.expiry),
                        encoded(&example.expired_key.to_string()),
                        example.day
                    );
                    let _ = write!(
                        html,
                        "<li><a class=\"link\" href=\"{}\">{} · {}</a>: {}</li>",
                        escaped(&address),
                        escaped(&example.symbol),
                        format::day(example.day),
                        escaped(&example.words)
                    );
                }
                html.push_str("</ul></li>");
            }
        },
    );
    section(
        &mut html,
        "Refused",
        "Nothing that Upstox sent stands refused.",
        report.refused.is_empty(),
        |html| {
            for refused in &report.refused {
                let count = format::counted(refused.count, "time", "times");
                let _ = write!(html, "<li><strong>{count}</strong> {}</li>", escaped(&refused.reason));
            }
            html.push_str(
                "<li><a class=\"link\" href=\"/status\">All that is refused, on the status page</a></li>",
            );
        },
    );
    section(
        &mut html,
        "Revisions",
        "No stored candle was changed by a later answer.",
        report.newest_revisions.is_empty(),
        |html| {
            for line in &report.newest_revisions {
                let (at, changed) = (&line.at.to_ist_text()[..16], &line.changed_at.to_ist_text()[..16]);
                let _ = write!(html, "<li>{} of {at}, changed {changed} IST</li>", escaped(&line.symbol));
            }
        },
    );
    section(
        &mut html,
        "Lots and ticks that changed",
        "Neither lot nor tick has changed.",
        report.terms.is_empty(),
        |html| {
            for change in &report.terms {
                let _ = write!(
                    html,
                    "<li>{} {} from {} on: <strong>{}</strong>, before {}</li>",
                    change.kind,
                    escaped(&change.what),
                    format::day(change.expiry),
                    escaped(&change.now),
                    escaped(&change.before)
                );
            }
        },
    );
    section(&mut html, "Sessions", "Circulars and candles agree.", report.calendar.is_empty(), |html| {
        for remark in &report.calendar {
            let _ = write!(html, "<li>{}: {}</li>", format::day(remark.day), escaped(&remark.remark));
        }
    });
    html
}

fn section(html: &mut String, title: &str, nothing: &str, is_empty: bool, lines: impl FnOnce(&mut String)) {
    let _ = write!(html, "<section class=\"panel mt-4\"><h2 class=\"panel-title\">{title}</h2>");
    if is_empty {
        let _ = write!(html, "<p class=\"mt-1 text-sm text-muted\">{nothing}</p>");
    } else {
        html.push_str("<ul class=\"cov-lines\">");
        lines(html);
        html.push_str("</ul>");
    }
    html.push_str("</section>");
}

/// `24500 CE`, `future`; with its whole name for twins.
fn row_name(row: &MapRow) -> String {
    super::grid::contract_name(row.kind, row.strike)
}

fn of_map(map: &CoverageMap) -> MapDrawn {
    let columns = map.days.len();
    let (width, height) = (columns * MAP_CELL, map.rows.len() * MAP_CELL);
    let mut labels = String::new();
    for row in &map.rows {
        let open = row.counts.iter().filter(|(cell, _)| is_open(**cell)).map(|(_, count)| count).sum::<u64>();
        let sessions =
            row.counts.iter().filter(|(cell, _)| **cell != MapCell::Closed).map(|(_, n)| n).sum::<u64>();
        let _ = write!(
            labels,
            "<div><span>{}</span><span class=\"cov-done\">{}/{sessions}</span></div>",
            escaped(&row_name(row)),
            sessions - open
        );
    }
    MapDrawn {
        title: format!("{} {}", map.symbol, format::day(map.expiry)),
        underlying: map.underlying.to_string(),
        expiry: map.expiry.to_string(),
        head: head(map, width),
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
        tables: tables(map),
        pages: pages(map),
        missing: (map.requests > 0).then(|| {
            let requests = format::counted(map.requests, "request", "requests");
            format!("{requests} for what is missing; what comes back empty is asked up to three times more")
        }),
    }
}

fn is_open(cell: MapCell) -> bool {
    matches!(cell, MapCell::NotAsked | MapCell::Failed | MapCell::Provisional | MapCell::ProvenHole)
}

/// Months over the days, and under them how many contracts of each day are accounted for, as bars.
fn head(map: &CoverageMap, width: usize) -> String {
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
        let of_day =
            |row: &&MapRow| row.cells.chars().nth(at).and_then(cell_of).is_some_and(|cell| !is_open(cell));
        let done = map.rows.iter().filter(of_day).count();
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
    html.push_str("</ul>");
    html
}

/// By contract, and by day.
fn tables(map: &CoverageMap) -> String {
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
        let _ = write!(html, "<tr><th scope=\"row\">{}</th>", escaped(name));
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
    for (at, day) in map.days.iter().enumerate() {
        let is = |row: &MapRow, cell: MapCell| row.cells.chars().nth(at) == Some(cell.letter());
        line(&mut html, &format::day(*day), &|cell| {
            map.rows.iter().filter(|row| is(row, cell)).count() as u64
        });
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
        format!("<a class=\"link\" href=\"{}\">{words}</a> ", escaped(&format!("{here}&from={from}")))
    };
    if map.from > 0 {
        html.push_str(&link(map.from.saturating_sub(most), "The ones before"));
    }
    if shown < map.contracts {
        html.push_str(&link(shown, "The ones after"));
    }
    html
}

fn of_day(shown: &CoverageDay, wish: &CoverageWish) -> DayDrawn {
    let mut body = String::from("<ul class=\"cov-lines\">");
    for sentence in &shown.sentences {
        let _ = write!(body, "<li>{}</li>", escaped(sentence));
    }
    body.push_str("</ul>");
    strip(&mut body, shown);
    if !shown.missing.is_empty() && shown.volume > 0 {
        let _ = write!(
            body,
            "<p class=\"mt-2 text-sm\"><strong>Minutes without a candle:</strong> {}</p>",
            escaped(&shown.missing.join(", "))
        );
    }
    if let Some(exchange) = &shown.exchange {
        let pairs = [
            ("Volume", shown.volume, exchange.volume),
            ("Closing open interest", shown.open_interest, exchange.open_interest),
        ];
        body.push_str("<table class=\"table table-sm mt-2\"><thead><tr><th scope=\"col\">Units</th><th scope=\"col\" class=\"number\">Here</th><th scope=\"col\" class=\"number\">At the exchange</th></tr></thead><tbody>");
        for (name, here, there) in pairs {
            let _ = write!(
                body,
                "<tr><th scope=\"row\">{name}</th><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>",
                format::grouped(here.unsigned_abs()),
                format::grouped(there.unsigned_abs())
            );
        }
        let settlement = exchange.settlement_price.0;
        let _ = write!(
            body,
            "<tr><th scope=\"row\">Settlement price</th><td></td><td class=\"number\">₹{settlement}</td></tr></tbody></table>"
        );
    }
    let again = &shown.again;
    let cost = match &again.refused {
        Some(reason) => format::sentence(reason),
        None => format!(
            "{}; up to {} where it comes back empty, which is confirmed.",
            format::counted(again.requests, "request", "requests"),
            again.requests_high
        ),
    };
    let from = if wish.from > 0 { format!("&from={}", wish.from) } else { String::new() };
    DayDrawn {
        title: format!("{} · {} · {}", shown.symbol, format::day(shown.day), shown.cell.words()),
        contract: shown.expired_key.to_string(),
        day: shown.day.to_string(),
        body,
        chart_address: browse_address::contract_of(&shown.underlying, shown.expiry, &shown.expired_key),
        close_address: format!("{}{from}", of_expiry(&shown.underlying, shown.expiry)),
        cost,
        is_refused: again.refused.is_some(),
    }
}

/// The session as a strip of its minutes, a line each.
fn strip(html: &mut String, shown: &CoverageDay) {
    let Some(opens_at) = shown.opens_at.filter(|_| !shown.minutes.is_empty()) else { return };
    let width = shown.minutes.len();
    let _ = write!(
        html,
        "<svg class=\"cov-strip\" viewBox=\"0 0 {width} 10\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">",
        escaped(&format!("The session's minutes: {}", shown.sentences.join(" ")))
    );
    for (letter, class) in [('#', "c"), ('-', "e"), ('!', "f"), ('.', "n")] {
        let mut path = String::new();
        for (at, _) in shown.minutes.chars().enumerate().filter(|(_, of)| *of == letter) {
            let _ = write!(path, "M{at} 0h1v10h-1z");
        }
        if !path.is_empty() {
            let _ = write!(html, "<path class=\"map-{class} shade-3\" d=\"{path}\"/>");
        }
    }
    let clock = |minute: usize| format!("{:02}:{:02}", minute / 60, minute % 60);
    let (first, last) = (usize::from(opens_at), usize::from(opens_at) + width);
    let _ = write!(
        html,
        "</svg><p class=\"cov-ends\" aria-hidden=\"true\"><span>{}</span><span>{}</span></p>",
        clock(first),
        clock(last)
    );
}

#[cfg(test)]
mod tests {
    use super::*;
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
        assert!(drawn.missing.unwrap().starts_with("1 request "));
        assert_eq!(drawn.tables.matches("<tr>").count(), 2 + 1 + 3);
    }

    #[test]
    fn what_comes_from_outside_is_text() {
        let mut outside = map();
        outside.contracts = 900;
        assert!(of_map(&outside).pages.contains("from=1"));
        assert_eq!(escaped("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }
}
