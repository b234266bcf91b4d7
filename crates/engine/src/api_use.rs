//! How the broker was used lately: the requests of a day counted by half hour, by how they ended, and by where they
//! went with how long they took. Only counting; reading them is the store's.

use std::collections::BTreeMap;

use market::EpochSeconds;
use protocol::{ApiUse, EndpointUse, OutcomeCount};
use store::RequestEnd;

/// The length of a piece.
const PIECE_SECONDS: u32 = 1_800;
/// So many pieces are a day.
const PIECES: usize = 48;
/// Ways to end that are told; the rest are one.
const OUTCOMES_MAX: usize = 8;
/// What the others are called.
const OTHERS: &str = "others";

/// The beginning of the day that is told, so that its last piece holds this moment.
pub(crate) fn day_before(now: EpochSeconds) -> EpochSeconds {
    let piece = i64::from(PIECE_SECONDS);
    EpochSeconds((now.0.div_euclid(piece) + 1) * piece - piece * PIECES as i64)
}

/// Counts the requests since `from`. `is_part`: there were more.
pub(crate) fn api_use(from: EpochSeconds, ends: &[RequestEnd], is_part: bool) -> ApiUse {
    let (mut answered, mut faults) = (vec![0; PIECES], vec![0; PIECES]);
    let mut outcomes: BTreeMap<String, u64> = BTreeMap::new();
    let mut endpoints: BTreeMap<&str, (Vec<u64>, u64)> = BTreeMap::new();
    for end in ends {
        let is_fault = end.code.is_some();
        let piece = usize::try_from((end.at.0 - from.0).div_euclid(PIECE_SECONDS.into())).ok();
        let pieces = if is_fault { &mut faults } else { &mut answered };
        if let Some(count) = piece.and_then(|piece| pieces.get_mut(piece)) {
            *count += 1;
        }
        *outcomes.entry(outcome(end)).or_default() += 1;
        let (took, failed) = endpoints.entry(&end.endpoint).or_default();
        took.push(end.took_ms);
        *failed += u64::from(is_fault);
    }
    ApiUse {
        from,
        seconds: PIECE_SECONDS,
        answered,
        faults,
        outcomes: most_frequent(outcomes),
        endpoints: by_use(endpoints),
        is_part,
    }
}

fn outcome(end: &RequestEnd) -> String {
    let status = end.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    match &end.code {
        Some(code) => format!("{status} {code}"),
        None => status,
    }
}

fn most_frequent(outcomes: BTreeMap<String, u64>) -> Vec<OutcomeCount> {
    let mut counts: Vec<_> =
        outcomes.into_iter().map(|(outcome, requests)| OutcomeCount { outcome, requests }).collect();
    counts.sort_by_key(|count| std::cmp::Reverse(count.requests));
    if counts.len() > OUTCOMES_MAX {
        let requests = counts.drain(OUTCOMES_MAX - 1..).map(|count| count.requests).sum();
        counts.push(OutcomeCount { outcome: OTHERS.to_owned(), requests });
    }
    counts
}

fn by_use(endpoints: BTreeMap<&str, (Vec<u64>, u64)>) -> Vec<EndpointUse> {
    let mut by_use: Vec<_> = endpoints
        .into_iter()
        .map(|(endpoint, (mut took, faults))| {
            took.sort_unstable();
            EndpointUse {
                endpoint: endpoint.to_owned(),
                requests: took.len() as u64,
                faults,
                p50_ms: percentile(&took, 50),
                p95_ms: percentile(&took, 95),
            }
        })
        .collect();
    by_use.sort_by_key(|of| std::cmp::Reverse(of.requests));
    by_use
}

/// The least of the sorted values that `share` of 100 do not exceed; 0 where there are none.
fn percentile(sorted: &[u64], share: usize) -> u64 {
    let rank = (sorted.len() * share).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(at: i64, endpoint: &str, status: Option<u16>, code: Option<&str>, took_ms: u64) -> RequestEnd {
        let code = code.map(str::to_owned);
        RequestEnd { at: EpochSeconds(at), endpoint: endpoint.to_owned(), status, code, took_ms }
    }

    #[test]
    fn the_day_ends_with_the_half_hour_of_now() {
        let from = day_before(EpochSeconds(1_000_000));
        let end = from.0 + 86_400;
        assert!(end > 1_000_000 && end - 1_000_000 <= 1_800 && from.0 % 1_800 == 0);
        assert_eq!(day_before(EpochSeconds(from.0 + 86_400)).0, from.0 + 1_800, "the next half hour began");
    }

    #[test]
    fn requests_are_counted_by_time_by_end_and_by_place() {
        let from = day_before(EpochSeconds(1_000_000));
        let ends = [
            end(from.0, "candles", Some(200), None, 10),
            end(from.0 + 1_799, "candles", Some(200), None, 30),
            end(from.0 + 1_800, "candles", Some(429), Some("UDAPI10005"), 20),
            end(from.0 + 86_399, "expiries", None, Some("timeout"), 30_000),
            // A clock that was set back after it: counted, in no piece.
            end(from.0 + 90_000, "candles", Some(200), None, 40),
        ];
        let told = api_use(from, &ends, false);
        assert_eq!((told.answered[0], told.answered[1], told.answered[47]), (2, 0, 0));
        assert_eq!((told.faults[0], told.faults[1], told.faults[47]), (0, 1, 1));
        let outcomes: Vec<_> = told.outcomes.iter().map(|of| (of.outcome.as_str(), of.requests)).collect();
        assert_eq!(outcomes, [("200", 3), ("429 UDAPI10005", 1), ("no answer timeout", 1)]);
        let first = &told.endpoints[0];
        assert_eq!((first.endpoint.as_str(), first.requests, first.faults), ("candles", 4, 1));
        assert_eq!((first.p50_ms, first.p95_ms), (20, 40));
        assert_eq!((told.endpoints[1].p50_ms, told.endpoints[1].p95_ms), (30_000, 30_000));
    }

    #[test]
    fn rare_ends_are_one() {
        let ends: Vec<_> = (0..12).map(|code| end(0, "x", Some(400), Some(&format!("{code}")), 1)).collect();
        let told = api_use(EpochSeconds(0), &ends, true);
        assert_eq!(told.outcomes.len(), OUTCOMES_MAX);
        assert_eq!(told.outcomes.last().map(|last| last.requests), Some(5));
        assert_eq!(told.outcomes.iter().map(|of| of.requests).sum::<u64>(), 12);
        assert_eq!(percentile(&[], 95), 0);
    }
}
