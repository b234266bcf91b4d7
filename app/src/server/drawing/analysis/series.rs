//! A made series as charts over one time: columns of one unit and of one height share a chart.

use market::EpochSeconds;
use protocol::{SeriesDocument, encoded};

use super::over_time::{GAPS_MAX, gap_line, interval_words};
use crate::drawn::analysis::{GapLine, TimeChart, TimeCharts, TimeLine};
use crate::format;

/// Prices of the underlying, which would press prices of options flat.
const LEVELS: [&str; 8] =
    ["strike", "call_strike", "put_strike", "forward", "spot", "max_pain", "near_days", "far_days"];
/// No two alike: more than these no chart has.
const TONES: [&str; 6] = ["first", "second", "third", "puts", "calls-2", "puts-2"];

pub(crate) fn series_charts(document: &SeriesDocument) -> TimeCharts {
    let head = &document.head;
    let moment = |text: &str| EpochSeconds::parse_rfc3339(text).unwrap_or(EpochSeconds(0));
    let mut charts: Vec<(String, TimeChart)> = Vec::new();
    for (place, column) in head.columns.iter().enumerate() {
        let values: Vec<Option<f64>> =
            document.points.iter().map(|(_, values)| values.get(place).copied().flatten()).collect();
        let group = group(&head.name, &column.name, &column.unit);
        let line = |tone: &str| TimeLine {
            name: column.name.replace('_', " "),
            tone: tone.to_owned(),
            unit: column.unit.clone(),
            values,
        };
        match charts.iter_mut().find(|(of, _)| *of == group) {
            Some((_, chart)) => {
                let tone = TONES[chart.lines.len() % TONES.len()];
                chart.lines.push(line(tone));
            }
            None => {
                let chart = TimeChart {
                    name: format!("series-{}", charts.len()),
                    title: if charts.is_empty() { head.name.clone() } else { column.name.replace('_', " ") },
                    lines: vec![line(TONES[0])],
                    ..TimeChart::default()
                };
                charts.push((group, chart));
            }
        }
    }
    let mut charts: Vec<TimeChart> = charts.into_iter().map(|(_, chart)| chart).collect();
    for chart in charts.iter_mut().skip(1) {
        let names: Vec<&str> = chart.lines.iter().map(|line| line.name.as_str()).collect();
        chart.title = names.join(", ");
    }
    if let Some(first) = charts.first_mut() {
        first.rule = head.rule.clone();
        first.csv = csv_address(document);
        let gap = |gap: &protocol::SeriesGap| {
            gap_line(moment(&gap.from), moment(&gap.to), gap.points.into(), &gap.reason)
        };
        first.gaps = head.gaps.iter().take(GAPS_MAX).map(gap).collect();
        let more = head.gaps.len().saturating_sub(GAPS_MAX);
        if more > 0 {
            let when = format::counted(more as u64, "more run", "more runs");
            first.gaps.push(GapLine { when, reason: "The file has all of them.".to_owned() });
        }
        first.missing = head.rolls.iter().map(roll_words).collect();
    }
    let interval = interval_words(&head.interval.to_string());
    TimeCharts {
        time: document.points.iter().map(|(at, _)| moment(at).0).collect(),
        charts,
        span: format!("{} to {}, {interval}", format::day(head.from), format::day(head.to)),
    }
}

/// Columns of one group stand in one chart.
fn group(series: &str, column: &str, unit: &str) -> String {
    match (series, column) {
        ("continuous-future", "open" | "high" | "low" | "close") => "price".to_owned(),
        // Each greek has its own measure, and so have profit and price.
        ("strategy", _) => column.to_owned(),
        ("forward-basis", "basis") => "basis".to_owned(),
        ("synthetic-future", "price") => "level".to_owned(),
        ("open-interest", "calls_change" | "puts_change") => "change".to_owned(),
        // A skew is the small difference of what stands beside it.
        ("skew", "put" | "call" | "at_the_money") => "level".to_owned(),
        ("continuous-future", _) => column.to_owned(),
        _ if LEVELS.contains(&column) => "level".to_owned(),
        _ => unit.to_owned(),
    }
}

fn roll_words(roll: &protocol::SeriesRoll) -> String {
    let difference = roll.difference.map(|of| format!(", {} apart", format::rupees(of))).unwrap_or_default();
    format!(
        "Rolled after {} from {} to {}{difference}.",
        format::day(roll.after),
        format::day(roll.from),
        format::day(roll.to)
    )
}

fn csv_address(document: &SeriesDocument) -> String {
    let head = &document.head;
    let mut address = format!(
        "/api/v1/series/{}?format=csv&underlying={}&from={}&to={}&interval={}",
        head.name,
        encoded(head.underlying.as_str()),
        head.from,
        head.to,
        head.interval
    );
    if let Some(expiry) = head.expiry {
        address.push_str(&format!("&expiry={expiry}"));
    }
    for (name, text) in &head.parameters {
        address.push_str(&format!("&{name}={}", encoded(text)));
    }
    address
}
