//! Requests over time, computed from the audit: the throughput of a job, and how full the rate windows were.
//!
//! Nothing is sampled while the program runs, so what is drawn survives a restart and says the same to
//! everybody. The audit knows whole seconds, so the window of one second is told by the second.

use std::time::Duration;

use market::EpochSeconds;
use protocol::{Throughput, WindowOverTime, WindowsOverTime};
use ratelimit::Limits;
use store::RequestBucket;

/// Points of a chart at most.
const POINTS_MAX: i64 = 120;
/// Lengths of a piece that people think in.
const STEPS: [u32; 12] = [1, 2, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 21_600, 86_400];

/// The shortest step with which a span has at most [`POINTS_MAX`] pieces.
pub(crate) fn step_for(span_seconds: i64) -> u32 {
    let fits = |step: &&u32| span_seconds <= i64::from(**step) * POINTS_MAX;
    STEPS.iter().find(fits).or(STEPS.last()).copied().unwrap_or(1)
}

/// Pieces from `from` to `to`. The piece under way is left out while there are others: half of it would look
/// like a fall.
pub(crate) fn throughput(
    from: EpochSeconds,
    to: EpochSeconds,
    is_over: bool,
    seconds: u32,
    buckets: &[RequestBucket],
) -> Throughput {
    let whole = (to.0 - from.0).max(0) / i64::from(seconds);
    let pieces = if is_over { whole + 1 } else { whole.max(1) }.min(POINTS_MAX + 1);
    let pieces = usize::try_from(pieces).unwrap_or(0);
    let mut throughput = Throughput { from, seconds, requests: vec![0; pieces], candles: vec![0; pieces] };
    for bucket in buckets {
        let index = usize::try_from(bucket.index).unwrap_or(usize::MAX);
        if let (Some(requests), Some(candles)) =
            (throughput.requests.get_mut(index), throughput.candles.get_mut(index))
        {
            (*requests, *candles) = (bucket.requests, bucket.candles);
        }
    }
    throughput
}

/// The fullest that each window was in each of `pieces` pieces after `from`. `counts` are requests a second,
/// oldest first, and reach back one window before `from`.
pub(crate) fn windows_over_time(
    limits: &Limits,
    from: EpochSeconds,
    seconds: u32,
    pieces: u32,
    counts: &[(EpochSeconds, u32)],
) -> WindowsOverTime {
    let windows = limits.windows().iter().map(|window| {
        let period = whole_seconds(window.period);
        WindowOverTime {
            max: window.max,
            seconds: period,
            used: fullest(from, seconds, pieces, period, counts),
        }
    });
    WindowsOverTime { from, seconds, windows: windows.collect() }
}

pub(crate) fn whole_seconds(period: Duration) -> u32 {
    u32::try_from(period.as_secs().max(1)).unwrap_or(u32::MAX)
}

/// A window is fullest at a request, or at the beginning of a piece with what the piece before left in it.
fn fullest(
    from: EpochSeconds,
    seconds: u32,
    pieces: u32,
    period: u32,
    counts: &[(EpochSeconds, u32)],
) -> Vec<u32> {
    let within = |end: i64| {
        let first = counts.partition_point(|(at, _)| at.0 <= end - i64::from(period));
        let last = counts.partition_point(|(at, _)| at.0 <= end);
        counts[first..last].iter().map(|(_, count)| *count).sum::<u32>()
    };
    (0..i64::from(pieces))
        .map(|piece| {
            let (start, end) =
                (from.0 + piece * i64::from(seconds), from.0 + (piece + 1) * i64::from(seconds));
            let inside = counts.iter().filter(|(at, _)| at.0 > start && at.0 <= end);
            inside.map(|(at, _)| within(at.0)).chain([within(start + 1)]).max().unwrap_or(0)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(index: u32, requests: u64, candles: u64) -> RequestBucket {
        RequestBucket { index, requests, candles }
    }

    #[test]
    fn a_life_of_any_length_has_at_most_120_pieces() {
        for (span, step) in [(0, 1), (120, 1), (121, 2), (3_600, 30), (36_000, 300), (10_368_000, 86_400)] {
            assert_eq!(step_for(span), step, "{span}");
        }
        assert_eq!(step_for(i64::MAX), 86_400, "and beyond that the oldest are shown");
    }

    #[test]
    fn the_piece_under_way_is_not_drawn_as_a_fall() {
        let buckets = [bucket(0, 40, 9_000), bucket(2, 10, 100)];
        let (from, now) = (EpochSeconds(1_000), EpochSeconds(1_000 + 125));
        let running = throughput(from, now, false, 60, &buckets);
        assert_eq!((running.requests, running.candles), (vec![40, 0], vec![9_000, 0]));
        let ended = throughput(from, now, true, 60, &buckets);
        assert_eq!(ended.requests, [40, 0, 10]);
        let first = throughput(from, EpochSeconds(1_005), false, 60, &buckets);
        assert_eq!(first.requests, [40], "the first piece is shown as it comes");
    }

    #[test]
    fn a_window_counts_what_its_own_length_holds() {
        let limits: Limits = "50/1s,500/60s".parse().unwrap();
        let at = |second: i64, count: u32| (EpochSeconds(second), count);
        // 30 before the hour begins, then a burst, then silence.
        let counts = [at(990, 30), at(1_005, 50), at(1_006, 20)];
        let over = windows_over_time(&limits, EpochSeconds(1_000), 30, 4, &counts);
        assert_eq!(over.windows[0].used, [50, 0, 0, 0]);
        // At 1,006 all hundred stand in the minute; at 1,061 those of 1,005 are a minute old less four seconds.
        assert_eq!(over.windows[1].used, [100, 100, 70, 0]);
        assert_eq!((over.windows[1].max, over.windows[1].seconds), (500, 60));
    }
}
