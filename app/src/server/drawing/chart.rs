//! Charts over time: the pace of a job, and how full the rate windows were.

use market::EpochSeconds;
use protocol::{ApiUse, JobPace, Throughput, WindowOverTime, WindowsOverTime};

use crate::drawn::{Chart, Line, PaceCharts};
use crate::format;
use crate::format::period;

/// The ground of a chart; the page stretches it to its box.
const WIDTH: f64 = 240.0;
const HEIGHT: f64 = 60.0;
/// Shorter spans are told with their seconds.
const SHORT_SECONDS: i64 = 600;

/// Of a job, over its life.
pub(crate) fn pace_charts(pace: &JobPace) -> PaceCharts {
    let JobPace { throughput, windows } = pace;
    let seconds = throughput.seconds;
    PaceCharts {
        candles: rate_chart("Candles a second", throughput, rates(&throughput.candles, 1.0, seconds)),
        requests: rate_chart("Requests a minute", throughput, minutes(&throughput.requests, seconds)),
        windows: windows_chart(windows),
    }
}

/// The counts of each piece as a rate over `seconds`.
fn rates(counts: &[u64], seconds: f64, piece: u32) -> Vec<f64> {
    counts.iter().map(|count| *count as f64 * seconds / f64::from(piece.max(1))).collect()
}

/// What was counted in the minute up to the end of each piece: the unit of the limit that stands beside it. A
/// second's burst times sixty would look like a breach. Pieces of a minute and more are told by their average.
fn minutes(counts: &[u64], piece: u32) -> Vec<f64> {
    const MINUTE: u32 = 60;
    if piece >= MINUTE {
        return rates(counts, f64::from(MINUTE), piece);
    }
    let pieces = usize::try_from(MINUTE / piece.max(1)).unwrap_or(1);
    let sum = |end: usize| counts[(end + 1).saturating_sub(pieces)..=end].iter().sum::<u64>();
    (0..counts.len()).map(|end| sum(end) as f64).collect()
}

fn rate_chart(name: &str, pace: &Throughput, points: Vec<f64>) -> Chart {
    let highest = points.iter().copied().fold(0.0, f64::max);
    let last = format::compact_rate(points.last().copied().unwrap_or(0.0));
    let top = round_up(highest);
    let [start, end] = ends(pace.from, pace.seconds, points.len());
    let highest = format::compact_rate(highest);
    Chart {
        words: format!("{name} from {start} to {end}: at most {highest}, at the end {last}"),
        lines: vec![Line { name: name.to_owned(), now: last, path: path(&points, top) }],
        top: format::compact(top as u64),
        ends: [start, end],
    }
}

/// Each window as a share of what it allows.
pub(crate) fn windows_chart(over_time: &WindowsOverTime) -> Chart {
    let line = |window: &WindowOverTime| {
        let share = |used: &u32| f64::from(*used) / f64::from(window.max.max(1));
        let points: Vec<f64> = window.used.iter().map(share).collect();
        Line { name: period(window.seconds), now: String::new(), path: path(&points, 1.0) }
    };
    let fullest = |window: &WindowOverTime| {
        let used = window.used.iter().copied().max().unwrap_or(0);
        let (used, max) = (format::grouped(used.into()), format::grouped(window.max.into()));
        format!("{used} of {max} in {}", period(window.seconds))
    };
    let pieces = over_time.windows.first().map_or(0, |window| window.used.len());
    let [start, end] = ends(over_time.from, over_time.seconds, pieces);
    let most = over_time.windows.iter().map(fullest).collect::<Vec<_>>().join(", ");
    Chart {
        lines: over_time.windows.iter().map(line).collect(),
        top: "100 %".to_owned(),
        words: format!("Requests used from {start} to {end}: at most {most}"),
        ends: [start, end],
    }
}

/// The requests of a day by half hour: those that were answered and those that were not.
pub(crate) fn requests_chart(of: &ApiUse) -> Chart {
    let most = of.answered.iter().chain(&of.faults).copied().max().unwrap_or(0);
    let top = round_up(most as f64);
    let line = |name: &str, counts: &[u64]| Line {
        name: name.to_owned(),
        now: format::grouped(counts.iter().sum()),
        path: path(&counts.iter().map(|count| *count as f64).collect::<Vec<_>>(), top),
    };
    let [start, end] = ends(of.from, of.seconds, of.answered.len());
    let (answered, faults) = (of.answered.iter().sum(), of.faults.iter().sum());
    Chart {
        words: format!(
            "Requests in each half hour from {start} to {end}: {} answered, {} faults, at most {} in one",
            format::grouped(answered),
            format::grouped(faults),
            format::grouped(most)
        ),
        lines: vec![line("answered", &of.answered), line("faults", &of.faults)],
        top: format::compact(top as u64),
        ends: [start, end],
    }
}

/// The first and the last moment, as exact as the span calls for.
fn ends(from: EpochSeconds, seconds: u32, pieces: usize) -> [String; 2] {
    let length = i64::from(seconds) * i64::try_from(pieces).unwrap_or(0);
    let to = EpochSeconds(from.0 + length);
    let write = match (from.day() == to.day(), length < SHORT_SECONDS) {
        (true, true) => format::time_with_seconds,
        (true, false) => format::time,
        (false, _) => format::moment,
    };
    [write(from), write(to)]
}

/// One value alone is a level line.
fn path(points: &[f64], top: f64) -> String {
    let height = |value: f64| HEIGHT - (value / top.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0) * HEIGHT;
    if let [only] = points {
        return format!("M0 {:.1}H{WIDTH}", height(*only));
    }
    let step = WIDTH / points.len().saturating_sub(1).max(1) as f64;
    let mut path = String::with_capacity(points.len() * 12);
    for (index, value) in points.iter().enumerate() {
        let letter = if index == 0 { 'M' } else { 'L' };
        path.push_str(&format!("{letter}{:.1} {:.1}", step * index as f64, height(*value)));
    }
    path
}

/// The next 1, 2 or 5 with its noughts that is not below a value.
fn round_up(value: f64) -> f64 {
    if value <= 1.0 {
        return 1.0;
    }
    let decade = 10_f64.powi(value.log10().floor() as i32);
    let times = [1.0, 2.0, 5.0].into_iter().find(|times| times * decade >= value).unwrap_or(10.0);
    times * decade
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> EpochSeconds {
        EpochSeconds::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn a_path_goes_from_edge_to_edge() {
        assert_eq!(path(&[0.0, 50.0, 100.0], 100.0), "M0.0 60.0L120.0 30.0L240.0 0.0");
        assert_eq!(path(&[25.0], 100.0), "M0 45.0H240");
        assert_eq!(path(&[], 100.0), "");
        assert_eq!(path(&[3.0, 1.0], 0.0), "M0.0 0.0L240.0 0.0", "nothing leaves the box");
    }

    #[test]
    fn the_upper_edge_is_a_round_number() {
        for (value, top) in
            [(0.0, 1.0), (1.0, 1.0), (1.2, 2.0), (412.0, 500.0), (500.0, 500.0), (60_000.0, 100_000.0)]
        {
            assert_eq!(round_up(value), top);
        }
    }

    #[test]
    fn counts_are_told_as_rates() {
        let from = at("2025-08-28T18:00:00+05:30");
        let throughput =
            Throughput { from, seconds: 300, requests: vec![2_060, 1_500], candles: vec![0, 5_472_000] };
        let windows = WindowsOverTime { from, seconds: 300, windows: Vec::new() };
        let PaceCharts { candles, requests, .. } = pace_charts(&JobPace { throughput, windows });
        assert_eq!(requests.words, "Requests a minute from 18:00 to 18:10: at most 412, at the end 300");
        assert_eq!((requests.top.as_str(), requests.lines[0].now.as_str()), ("500", "300"));
        assert_eq!((candles.top.as_str(), candles.lines[0].now.as_str()), ("20.0k", "18.2k"));
        // A burst of a second is no breach, and a minute later it is over.
        let mut burst = vec![0; 70];
        (burst[2], burst[3]) = (50, 48);
        assert_eq!(minutes(&burst, 1)[..4], [0.0, 0.0, 50.0, 98.0]);
        assert_eq!((minutes(&burst, 1)[61], minutes(&burst, 1)[63]), (98.0, 0.0));
        assert_eq!(minutes(&[10, 20, 30], 30), [10.0, 30.0, 50.0]);
        assert_eq!(ends(from, 1, 20)[1], "18:00:20");
        assert_eq!(ends(from, 3600, 24)[1], "29 Aug 2025, 18:00");
    }

    #[test]
    fn a_chart_of_windows_says_how_full_they_were() {
        let window = |max, seconds, used: &[u32]| WindowOverTime { max, seconds, used: used.to_vec() };
        let windows = vec![window(50, 1, &[10, 50]), window(2000, 1800, &[1612, 1000])];
        let over_time = WindowsOverTime { from: at("2025-08-28T17:42:00+05:30"), seconds: 1800, windows };
        let chart = windows_chart(&over_time);
        let words =
            "Requests used from 17:42 to 18:42: at most 50 of 50 in 1 second, 1,612 of 2,000 in 30 minutes";
        assert_eq!(chart.words, words);
        assert_eq!(chart.lines[1].path, "M0.0 11.6L240.0 30.0");
    }
}
