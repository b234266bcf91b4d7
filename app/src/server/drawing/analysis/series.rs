//! A made series as charts over one time: columns of one unit and of one height share a chart. Earlier expiries lie beside
//! it by what is left to the end of each.

use engine::{Engine, SeriesWish};
use market::{Day, EpochSeconds};
use protocol::{SeriesDocument, encoded};

use super::over_time::{GAPS_MAX, gap_line, interval_words};
use super::unit_of;
use crate::drawn::analysis::{GapLine, TimeChart, TimeCharts, TimeLine};
use crate::format;
use crate::rpc::Answer;
use crate::server::drawing::line_tone;

/// Prices of the underlying, which would press prices of options flat.
const LEVELS: [&str; 8] =
    ["strike", "call_strike", "put_strike", "forward", "spot", "max_pain", "near_days", "far_days"];

/// The same series of so many stored expiries before it, the newest first, each over all its days; one that cannot be made
/// with the sentence why. Days that were chosen are those of one expiry, and have no like in another.
pub(crate) async fn earlier_series(
    engine: &Engine,
    wish: &SeriesWish,
    beside: u32,
) -> Answer<Vec<(Day, Result<SeriesDocument, String>)>> {
    let Some(expiry) = wish.expiry else { return Ok(Vec::new()) };
    let stored = engine.chains().days(&wish.underlying, expiry).await?.expiries;
    let before = stored.into_iter().filter(|other| *other < expiry).take(beside as usize);
    let mut made = Vec::new();
    for other in before {
        let wish = SeriesWish { expiry: Some(other), from: None, to: None, ..wish.clone() };
        made.push((other, engine.series().make(&wish).await.map_err(|error| error.to_string())));
    }
    Ok(made)
}

/// Its first column beside that of earlier expiries: the last points of all are one point, and so on before it.
fn beside(own: &SeriesDocument, earlier: &[(Day, Result<SeriesDocument, String>)]) -> Option<TimeChart> {
    let (head, count) = (&own.head, own.points.len());
    let (column, expiry) = (head.columns.first()?, head.expiry.filter(|_| !earlier.is_empty())?);
    let first_values = |of: &SeriesDocument| -> Vec<Option<f64>> {
        of.points.iter().map(|(_, values)| values.first().copied().flatten()).collect()
    };
    let line = |place: usize, expiry: Day, values: Vec<Option<f64>>| {
        let mut laid = vec![None; count.saturating_sub(values.len())];
        laid.extend_from_slice(&values[values.len().saturating_sub(count)..]);
        TimeLine {
            name: format::day(expiry),
            tone: line_tone::of_place(place).to_owned(),
            unit: unit_of(&column.name, &column.unit).to_owned(),
            values: laid,
        }
    };
    let mut lines = vec![line(0, expiry, first_values(own))];
    let mut missing = Vec::new();
    for (other, made) in earlier {
        match made {
            // Only from its own last minute on its points can be counted back.
            Ok(made) if made.head.to < *other => {
                missing.push(format!("{}: its last day is not stored.", format::day(*other)));
            }
            Ok(made) => lines.push(line(lines.len(), *other, first_values(made))),
            Err(why) => missing.push(format!("{}: {}", format::day(*other), format::sentence(why))),
        }
    }
    Some(TimeChart {
        name: "series-beside".to_owned(),
        title: format!("{}, {} of {} expiries", head.title, column.name.replace('_', " "), lines.len()),
        rule: "Each expiry by the session time left to its own last minute; the axis is that of the first."
            .to_owned(),
        lines,
        missing,
        ..TimeChart::default()
    })
}

pub(crate) fn series_charts(
    document: &SeriesDocument,
    earlier: &[(Day, Result<SeriesDocument, String>)],
) -> TimeCharts {
    let head = &document.head;
    let moment = |text: &str| EpochSeconds::parse_rfc3339(text).unwrap_or(EpochSeconds(0));
    let mut charts: Vec<(String, TimeChart)> = Vec::new();
    for (place, column) in head.columns.iter().enumerate() {
        let values: Vec<Option<f64>> =
            document.points.iter().map(|(_, values)| values.get(place).copied().flatten()).collect();
        let group = group(&head.name, &column.name, &column.unit);
        let line = |place: usize| TimeLine {
            name: column.name.replace('_', " "),
            tone: line_tone::of_side(&column.name).unwrap_or(line_tone::of_place(place)).to_owned(),
            unit: unit_of(&column.name, &column.unit).to_owned(),
            values,
        };
        match charts.iter_mut().find(|(of, _)| *of == group) {
            Some((_, chart)) => {
                let place = chart.lines.len();
                chart.lines.push(line(place));
            }
            None => {
                let chart = TimeChart {
                    name: format!("series-{}", charts.len()),
                    title: if charts.is_empty() { head.title.clone() } else { column.name.replace('_', " ") },
                    lines: vec![line(0)],
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
    if head.to == head.expiry.unwrap_or(head.to) {
        charts.extend(beside(document, earlier));
    } else if let (Some(first), false) = (charts.first_mut(), earlier.is_empty()) {
        first.missing.push(
            "Earlier expiries lie beside one that is shown to its end: leave the last day out.".to_owned(),
        );
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

#[cfg(test)]
mod tests {
    use market::ChartInterval;
    use protocol::{SeriesColumn, SeriesHead};

    use super::*;

    /// With these values, its days ended on `to`.
    fn document(expiry: &str, to: &str, values: &[f64]) -> SeriesDocument {
        let column = SeriesColumn { name: "price".to_owned(), unit: "rupees".to_owned() };
        let at = |place: usize| format!("{to}T15:{:02}:00+05:30", 30 - values.len() + place);
        SeriesDocument {
            head: SeriesHead {
                name: "atm-straddle".to_owned(),
                title: "At-the-money straddle".to_owned(),
                rule: String::new(),
                parameters: Default::default(),
                underlying: "NSE_INDEX|Nifty 50".parse().unwrap(),
                expiry: expiry.parse().ok(),
                interval: ChartInterval::MINUTE_1,
                from: to.parse().unwrap(),
                to: to.parse().unwrap(),
                rate: None,
                columns: vec![column],
                gaps: Vec::new(),
                rolls: Vec::new(),
            },
            points: values.iter().enumerate().map(|(place, value)| (at(place), vec![Some(*value)])).collect(),
        }
    }

    #[test]
    fn earlier_expiries_are_counted_back_from_their_own_last_minute() {
        let own = document("2025-09-16", "2025-09-16", &[4.0, 3.0, 2.0]);
        let whole = |expiry: &str, values: &[f64]| {
            (expiry.parse::<Day>().unwrap(), Ok(document(expiry, expiry, values)))
        };
        let cut = document("2025-08-28", "2025-08-26", &[7.0]);
        let earlier = [
            whole("2025-09-09", &[9.0, 8.0, 7.0, 6.0]),
            whole("2025-09-02", &[1.0]),
            ("2025-08-28".parse().unwrap(), Ok(cut)),
            ("2025-08-21".parse().unwrap(), Err("nothing is stored of it".to_owned())),
        ];
        let charts = series_charts(&own, &earlier);
        let chart = charts.charts.last().unwrap();
        assert_eq!(chart.title, "At-the-money straddle, price of 3 expiries");
        let lines: Vec<(&str, &[Option<f64>])> =
            chart.lines.iter().map(|line| (line.name.as_str(), line.values.as_slice())).collect();
        assert_eq!(
            lines,
            [
                ("16 Sep 2025", &[Some(4.0), Some(3.0), Some(2.0)][..]),
                ("9 Sep 2025", &[Some(8.0), Some(7.0), Some(6.0)]),
                ("2 Sep 2025", &[None, None, Some(1.0)]),
            ]
        );
        assert_eq!(
            chart.missing,
            ["28 Aug 2025: its last day is not stored.", "21 Aug 2025: Nothing is stored of it."]
        );

        // Shown to an earlier day, its end is not there to count from.
        let cut = document("2025-09-16", "2025-09-12", &[4.0]);
        let charts = series_charts(&cut, &earlier);
        assert_eq!(charts.charts.len(), 1);
        assert!(
            charts.charts[0].missing[0].contains("leave the last day out"),
            "{:?}",
            charts.charts[0].missing
        );
    }
}
