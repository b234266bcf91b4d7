//! Charts over time: the lines of each, and the gaps of each run by run.

use market::EpochSeconds;
use protocol::{AnalysisDocument, AnalysisName};

use super::{csv_address, numbers, unit_of, words};
use crate::drawn::analysis::{GapLine, TimeChart, TimeCharts, TimeLine};
use crate::format;

/// Runs of gaps that are told; the file has all.
pub(super) const GAPS_MAX: usize = 30;

/// Which volatility is comparable with which.
const SAME_TIME: &str = "Compare implied with realised on session time: both put the minutes of sessions as a year. On \
                         calendar time nights and weekends count too; that is the volatility of chain and smile.";

/// A line of a chart: its column, what it is called, its tone.
type LineOf = (&'static str, &'static str, &'static str);

pub(crate) fn over_time(documents: &[AnalysisDocument]) -> TimeCharts {
    let Some(first) = documents.first() else { return TimeCharts::default() };
    let moments = moments(first);
    let charts = documents.iter().flat_map(|document| charts(document, &moments)).collect();
    let days = match (first.head.from, first.head.to) {
        (Some(from), Some(to)) if from == to => format::day(from),
        (Some(from), Some(to)) => format!("{} to {}", format::day(from), format::day(to)),
        _ => String::new(),
    };
    let interval = first.head.interval.map(|interval| interval.to_string()).unwrap_or_default();
    TimeCharts {
        time: moments.iter().map(|moment| moment.0).collect(),
        charts,
        span: format!("{days}, {}", interval_words(&interval)),
    }
}

pub(super) fn interval_words(interval: &str) -> String {
    match interval.strip_suffix("minute") {
        Some("1") => "minute by minute".to_owned(),
        Some(minutes) => format!("a point for each {minutes} minutes"),
        None => {
            let length = match interval {
                "1hour" => "hour",
                "week" | "month" => interval,
                _ => "day",
            };
            format!("a point for each {length}")
        }
    }
}

fn moments(document: &AnalysisDocument) -> Vec<EpochSeconds> {
    let moment =
        |row| EpochSeconds::parse_rfc3339(words(document, row, "timestamp")).unwrap_or(EpochSeconds(0));
    (0..document.rows.len()).map(moment).collect()
}

/// The straddle makes two: what it costs, and what the kept one has lost.
fn charts(document: &AnalysisDocument, moments: &[EpochSeconds]) -> Vec<TimeChart> {
    let chart = |name: &str, title: &str, lines: &[LineOf]| TimeChart {
        name: name.to_owned(),
        title: title.to_owned(),
        rule: document.head.rule.clone(),
        csv: csv_address(&document.head),
        lines: lines.iter().map(|line| drawn(document, *line)).collect(),
        gaps: gaps(&reasons(document), moments),
        missing: document.head.missing.clone(),
    };
    match document.head.name.parse() {
        Ok(AnalysisName::OpenInterest) => vec![chart(
            "open-interest-over-time",
            "Calls against puts",
            &[("calls", "Calls", "calls"), ("puts", "Puts", "puts")],
        )],
        Ok(AnalysisName::PutCallRatio) => vec![chart(
            "put-call-ratio",
            "Put-call ratio",
            &[("by_open_interest", "By open interest", "first"), ("by_volume", "By volume", "second")],
        )],
        Ok(AnalysisName::MaxPain) => vec![chart(
            "max-pain",
            "Max pain against spot",
            &[("max_pain", "Max pain", "third"), ("spot", "Spot", "first"), ("forward", "Forward", "second")],
        )],
        // What was realised counts minutes of sessions, and so must what it is held against.
        Ok(AnalysisName::Volatility) => {
            let mut chart = chart(
                "volatility",
                "At-the-money volatility against realised",
                &[
                    ("session_volatility", "Implied, session time", "first"),
                    ("realised", "Realised, session time", "third"),
                    ("volatility", "Implied, calendar time", "second"),
                ],
            );
            chart.rule = format!("{SAME_TIME} {}", chart.rule);
            vec![chart]
        }
        Ok(AnalysisName::Straddle) => vec![
            chart(
                "straddle",
                "Straddle",
                &[("straddle", "At the money", "first"), ("kept", "Strike of 09:20 kept", "second")],
            ),
            chart(
                "straddle-decay",
                "Straddle of 09:20: gained or lost since",
                &[("kept_change", "Since 09:20", "first")],
            ),
        ],
        Ok(AnalysisName::PremiumByDelta) => vec![chart(
            "premium-by-delta",
            "Premium by delta",
            &[
                ("call_50", "Call 0.50", "calls"),
                ("call_25", "Call 0.25", "calls-2"),
                ("call_10", "Call 0.10", "calls-3"),
                ("put_50", "Put 0.50", "puts"),
                ("put_25", "Put 0.25", "puts-2"),
                ("put_10", "Put 0.10", "puts-3"),
            ],
        )],
        _ => Vec::new(),
    }
}

fn drawn(document: &AnalysisDocument, (column, name, tone): LineOf) -> TimeLine {
    let unit = document.head.columns.iter().find(|of| of.name == column).map(|of| of.unit.as_str());
    TimeLine {
        name: name.to_owned(),
        tone: tone.to_owned(),
        unit: unit_of(column, unit.unwrap_or_default()).to_owned(),
        values: numbers(document, column),
    }
}

fn reasons(document: &AnalysisDocument) -> Vec<&str> {
    (0..document.rows.len()).map(|row| words(document, row, "reason")).collect()
}

/// Points in a row that are without something for the same reason; an empty reason is no gap.
pub(super) fn gaps(reasons: &[&str], moments: &[EpochSeconds]) -> Vec<GapLine> {
    let mut gaps = Vec::new();
    let mut place = 0;
    for same in reasons.chunk_by(|one, next| one == next) {
        let (first, last) = (place, place + same.len() - 1);
        place += same.len();
        if !same[0].is_empty() {
            gaps.push(gap_line(moments[first], moments[last], same.len() as u64, same[0]));
        }
    }
    let more = gaps.len().saturating_sub(GAPS_MAX);
    gaps.truncate(GAPS_MAX);
    if more > 0 {
        let when = format::counted(more as u64, "more run", "more runs");
        gaps.push(GapLine { when, reason: "The file has all of them.".to_owned() });
    }
    gaps
}

pub(super) fn gap_line(from: EpochSeconds, to: EpochSeconds, points: u64, reason: &str) -> GapLine {
    let when = match from == to {
        true => format::moment(from),
        false => format!("{} to {}", format::moment(from), format::moment_seen_from(to, from)),
    };
    let points = format::counted(points, "point", "points");
    GapLine { when: format!("{when} · {points}"), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_told_run_by_run_and_no_more_than_can_be_read() {
        let minute = |place: i64| {
            EpochSeconds::parse_rfc3339("2025-08-28T09:15:00+05:30")
                .map(|at| EpochSeconds(at.0 + 60 * place))
                .unwrap()
        };
        let moments: Vec<EpochSeconds> = (0..200).map(minute).collect();
        let told = gaps(&["", "a", "a", "b"], &moments);
        assert_eq!(told[0].when, "28 Aug 2025, 09:16 to 09:17 · 2 points");
        assert_eq!((told[1].when.as_str(), told[1].reason.as_str()), ("28 Aug 2025, 09:18 · 1 point", "b"));
        let many: Vec<&str> = (0..200).map(|place| if place % 2 == 0 { "a" } else { "" }).collect();
        let told = gaps(&many, &moments);
        assert_eq!((told.len(), told[GAPS_MAX].when.as_str()), (GAPS_MAX + 1, "70 more runs"));
    }
}
