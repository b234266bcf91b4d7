//! How the broker was used lately: the requests of a day counted by half hour, by how they ended, and by where they
//! went with how long they took. The counts are kept by half hour and a request is read once, so a look costs what came
//! since the one before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use market::EpochSeconds;
use protocol::{ApiUse, EndpointUse, OutcomeCount};
use store::{RequestEnd, RequestEnds, Store, StoreError};
use tokio::sync::Mutex;

/// The length of a piece.
const PIECE_SECONDS: u32 = 1_800;
/// So many pieces are a day.
const PIECES: usize = 48;
/// Ways to end that are told; the rest are one.
const OUTCOMES_MAX: usize = 8;
/// What the others are called.
const OTHERS: &str = "others";
/// Among so many requests the endpoints are looked for at first.
const ENDPOINTS_AMONG: u32 = 20_000;
/// Requests that are read at once. Upstox allows 96,000 a day.
const REQUESTS_READ_MAX: u32 = 100_000;

/// What is known of the requests of the last day; clones share it.
#[derive(Clone, Default)]
pub(crate) struct LatelyAsked {
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    /// The last request that was counted.
    up_to: i64,
    /// By the beginning of each.
    pieces: BTreeMap<i64, Piece>,
    /// When the first request began that was read, where those before it were left out.
    cut_at: Option<EpochSeconds>,
    endpoints: BTreeSet<String>,
}

/// The requests of half an hour.
#[derive(Default)]
struct Piece {
    answered: u64,
    faults: u64,
    outcomes: BTreeMap<String, u64>,
    endpoints: BTreeMap<String, Asked>,
}

/// The requests to an endpoint.
#[derive(Default)]
struct Asked {
    faults: u64,
    /// How many took so many milliseconds.
    took: BTreeMap<u64, u64>,
}

impl LatelyAsked {
    /// The use of the day up to `now`, and all endpoints that are known, by name.
    pub(crate) async fn look(
        &self,
        store: &Store,
        now: EpochSeconds,
    ) -> Result<(ApiUse, Vec<String>), StoreError> {
        let mut known = self.known.lock().await;
        if known.up_to == 0 {
            known.endpoints.extend(store.endpoints_asked(ENDPOINTS_AMONG).await?);
        }
        let from = day_before(now);
        let came = store.request_ends(known.up_to, from, REQUESTS_READ_MAX).await?;
        known.take(came, from);
        Ok((known.told(from), known.endpoints.iter().cloned().collect()))
    }
}

/// The beginning of the day that is told, so that its last piece holds this moment.
fn day_before(now: EpochSeconds) -> EpochSeconds {
    EpochSeconds(piece_of(now) + i64::from(PIECE_SECONDS) * (1 - PIECES as i64))
}

/// The beginning of the piece that a moment lies in.
fn piece_of(at: EpochSeconds) -> i64 {
    let piece = i64::from(PIECE_SECONDS);
    at.0.div_euclid(piece) * piece
}

impl Known {
    /// Adds what came, and forgets what is older than the day from `from` on.
    fn take(&mut self, came: RequestEnds, from: EpochSeconds) {
        if came.is_part {
            self.pieces.clear();
            self.cut_at = came.ends.first().map(|end| end.at);
        }
        self.up_to = came.up_to;
        for end in came.ends {
            if !self.endpoints.contains(&end.endpoint) {
                self.endpoints.insert(end.endpoint.clone());
            }
            self.pieces.entry(piece_of(end.at)).or_default().take(end);
        }
        self.pieces = self.pieces.split_off(&from.0);
        self.cut_at = self.cut_at.filter(|at| *at >= from);
    }

    fn told(&self, from: EpochSeconds) -> ApiUse {
        let (mut answered, mut faults) = (vec![0; PIECES], vec![0; PIECES]);
        let mut outcomes: BTreeMap<&str, u64> = BTreeMap::new();
        let mut endpoints: BTreeMap<&str, Asked> = BTreeMap::new();
        for (begins, piece) in &self.pieces {
            // One that lies ahead is of before the clock was set back: counted, in no piece of the day.
            let place = usize::try_from((begins - from.0) / i64::from(PIECE_SECONDS)).ok();
            if let Some(place) = place.filter(|place| *place < PIECES) {
                (answered[place], faults[place]) = (piece.answered, piece.faults);
            }
            for (outcome, count) in &piece.outcomes {
                *outcomes.entry(outcome).or_default() += count;
            }
            for (endpoint, asked) in &piece.endpoints {
                endpoints.entry(endpoint).or_default().add(asked);
            }
        }
        ApiUse {
            from,
            seconds: PIECE_SECONDS,
            answered,
            faults,
            outcomes: most_frequent(outcomes),
            endpoints: by_use(endpoints),
            is_part: self.cut_at.is_some(),
        }
    }
}

impl Piece {
    fn take(&mut self, end: RequestEnd) {
        let is_fault = end.code.is_some();
        *if is_fault { &mut self.faults } else { &mut self.answered } += 1;
        *self.outcomes.entry(outcome(&end)).or_default() += 1;
        let asked = self.endpoints.entry(end.endpoint).or_default();
        asked.faults += u64::from(is_fault);
        *asked.took.entry(end.took_ms).or_default() += 1;
    }
}

impl Asked {
    fn add(&mut self, other: &Self) {
        self.faults += other.faults;
        for (took, count) in &other.took {
            *self.took.entry(*took).or_default() += count;
        }
    }

    fn requests(&self) -> u64 {
        self.took.values().sum()
    }

    /// The least time that `share` of 100 requests do not exceed; 0 where there are none.
    fn percentile(&self, share: u64) -> u64 {
        let rank = (self.requests() * share).div_ceil(100);
        let mut seen = 0;
        let reached = self.took.iter().find(|(_, count)| {
            seen += **count;
            seen >= rank
        });
        reached.map_or(0, |(took, _)| *took)
    }
}

fn outcome(end: &RequestEnd) -> String {
    let status = end.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    match &end.code {
        Some(code) => format!("{status} {code}"),
        None => status,
    }
}

fn most_frequent(outcomes: BTreeMap<&str, u64>) -> Vec<OutcomeCount> {
    let outcomes = outcomes.into_iter();
    let mut counts: Vec<_> =
        outcomes.map(|(outcome, requests)| OutcomeCount { outcome: outcome.to_owned(), requests }).collect();
    counts.sort_by_key(|count| std::cmp::Reverse(count.requests));
    if counts.len() > OUTCOMES_MAX {
        let requests = counts.drain(OUTCOMES_MAX - 1..).map(|count| count.requests).sum();
        counts.push(OutcomeCount { outcome: OTHERS.to_owned(), requests });
    }
    counts
}

fn by_use(endpoints: BTreeMap<&str, Asked>) -> Vec<EndpointUse> {
    let mut by_use: Vec<_> = endpoints
        .into_iter()
        .map(|(endpoint, asked)| EndpointUse {
            endpoint: endpoint.to_owned(),
            requests: asked.requests(),
            faults: asked.faults,
            p50_ms: asked.percentile(50),
            p95_ms: asked.percentile(95),
        })
        .collect();
    by_use.sort_by_key(|of| std::cmp::Reverse(of.requests));
    by_use
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(at: i64, endpoint: &str, status: Option<u16>, code: Option<&str>, took_ms: u64) -> RequestEnd {
        let code = code.map(str::to_owned);
        RequestEnd { at: EpochSeconds(at), endpoint: endpoint.to_owned(), status, code, took_ms }
    }

    fn ends(ends: Vec<RequestEnd>) -> RequestEnds {
        RequestEnds { ends, up_to: 1, is_part: false }
    }

    /// What is told where this came in one look.
    fn told(from: EpochSeconds, came: Vec<RequestEnd>) -> ApiUse {
        let mut known = Known::default();
        known.take(ends(came), from);
        known.told(from)
    }

    fn requests(told: &ApiUse) -> u64 {
        told.outcomes.iter().map(|of| of.requests).sum()
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
        let came = vec![
            end(from.0, "candles", Some(200), None, 10),
            end(from.0 + 1_799, "candles", Some(200), None, 30),
            end(from.0 + 1_800, "candles", Some(429), Some("UDAPI10005"), 20),
            end(from.0 + 86_399, "expiries", None, Some("timeout"), 30_000),
            // A clock that was set back after it: counted, in no piece.
            end(from.0 + 90_000, "candles", Some(200), None, 40),
        ];
        let told = told(from, came.clone());
        assert_eq!((told.answered[0], told.answered[1], told.answered[47]), (2, 0, 0));
        assert_eq!((told.faults[0], told.faults[1], told.faults[47]), (0, 1, 1));
        let outcomes: Vec<_> = told.outcomes.iter().map(|of| (of.outcome.as_str(), of.requests)).collect();
        assert_eq!(outcomes, [("200", 3), ("429 UDAPI10005", 1), ("no answer timeout", 1)]);
        let first = &told.endpoints[0];
        assert_eq!((first.endpoint.as_str(), first.requests, first.faults), ("candles", 4, 1));
        assert_eq!((first.p50_ms, first.p95_ms), (20, 40));
        assert_eq!((told.endpoints[1].p50_ms, told.endpoints[1].p95_ms), (30_000, 30_000));
        // It makes no difference in how many looks they came.
        let mut known = Known::default();
        came.into_iter().for_each(|end| known.take(ends(vec![end]), from));
        assert_eq!(known.told(from), told);
    }

    #[test]
    fn a_half_hour_that_is_over_goes_and_an_endpoint_stays_known() {
        let from = day_before(EpochSeconds(1_000_000));
        let later = EpochSeconds(from.0 + 1_800);
        let mut known = Known::default();
        let came = ends(vec![
            end(from.0, "expiries", Some(200), None, 1),
            end(later.0, "candles", Some(200), None, 1),
        ]);
        known.take(RequestEnds { is_part: true, ..came }, from);
        assert!(known.told(from).is_part && requests(&known.told(from)) == 2);
        known.take(ends(Vec::new()), later);
        let told = known.told(later);
        assert_eq!((requests(&told), told.answered[0], told.is_part), (1, 1, false));
        assert!(known.endpoints.contains("expiries"));
    }

    #[test]
    fn rare_ends_are_one() {
        let came = (0..12).map(|code| end(0, "x", Some(400), Some(&format!("{code}")), 1)).collect();
        let told = told(EpochSeconds(0), came);
        assert_eq!(told.outcomes.len(), OUTCOMES_MAX);
        assert_eq!(told.outcomes.last().map(|last| last.requests), Some(5));
        assert_eq!((requests(&told), Asked::default().percentile(95)), (12, 0));
    }
}
