//! A job's pace in words: how many requests, how fast, until when; and what holds it.

use market::EpochSeconds;
use protocol::{JobPicture, JobStatus, LimitsPicture};

use crate::browser::frame::share_used;
use crate::format;
use crate::format::period;

/// Shorter waits are the even pace of the limiter, nothing that holds a job.
const HELD_FROM_MS: u64 = 1500;
/// Candles a second below which a job stands, and no rate is told.
const RATE_SHOWN_FROM: f64 = 0.05;

/// `412 of at least 1,412 requests · 18.2k candles/s · done about 18:42`.
pub fn pace(job: &JobPicture, now: EpochSeconds) -> String {
    if job.status == JobStatus::Queued && job.requests == 0 {
        let place = job.waits.as_ref().map_or("one job runs at a time", |wait| &wait.sentence);
        return format!("waits for its turn: {place}");
    }
    let mut parts = vec![requests(job)];
    if job.status == JobStatus::Running {
        // What is held has no speed; the last burst's would be stale.
        let rate = job.candles_per_second.filter(|_| job.waits.is_none());
        if let Some(rate) = rate.filter(|rate| *rate >= RATE_SHOWN_FROM) {
            parts.push(format!("{} candles/s", format::compact_rate(rate)));
        }
        match job.done_at {
            Some(at) => parts.push(format!("done about {}", format::moment_seen_from(at, now))),
            None => parts.push("counting what there is to do".to_owned()),
        }
    }
    if let (true, Some(started), Some(ended)) = (job.status.is_ended(), job.started_at, job.ended_at) {
        parts.push(format!("took {}", format::duration(format::seconds_between(started, ended))));
        parts.push(format!("ended {}", format::moment_seen_from(ended, now)));
    }
    parts.join(" · ")
}

/// Retries count among the requests, so the whole is what was sent and what is still to do; what fails or comes back
/// empty is asked again, so it is the least.
fn requests(job: &JobPicture) -> String {
    let left = job.requests_left();
    if job.status.is_ended() || left == 0 {
        return format::counted(job.requests, "request", "requests");
    }
    format!(
        "{} of at least {}",
        format::grouped(job.requests),
        format::counted(job.requests + left, "request", "requests")
    )
}

/// Why a running job sends nothing at this moment, and for how long still.
pub fn hold(job: &JobPicture, limits: &LimitsPicture) -> Option<String> {
    if job.status != JobStatus::Running {
        return None;
    }
    if let Some(parked) = limits.parked_ms {
        let wait = format::wait(parked);
        return Some(format!("Upstox has told everybody to wait. The next request goes out in {wait}."));
    }
    let wait = limits.next_slot_ms.filter(|wait| *wait >= HELD_FROM_MS)?;
    let fullest = limits.windows.iter().max_by(|one, other| share_used(one).total_cmp(&share_used(other)))?;
    Some(format!(
        "The rate limit holds the next request for {}: {} of {} in {} are used.",
        format::wait(wait),
        format::grouped(fullest.used.into()),
        format::grouped(fullest.max.into()),
        period(fullest.seconds),
    ))
}

#[cfg(test)]
mod tests {
    use protocol::{JobId, PlanSummary, Tally, Wait, WaitFor, WindowPicture};

    use super::*;

    fn job(status: JobStatus) -> JobPicture {
        JobPicture {
            id: JobId(1),
            status,
            is_left: false,
            title: String::new(),
            plan: PlanSummary {
                underlyings: Vec::new(),
                underlying_count: 1,
                expiries: 6,
                again: None,
                targets: None,
                kinds: market::ContractKinds::Both,
                strikes: None,
                interval: market::Interval::Minute1,
                days: protocol::HistoricalDays::default(),
                workers: protocol::Workers::default(),
                with_underlying: true,
            },
            created_at: EpochSeconds(0),
            started_at: Some(EpochSeconds(1_756_386_000)),
            ended_at: None,
            expiries: Tally { done: 6, total: 6, ..Tally::default() },
            contracts: Tally { done: 400, total: 1400, ..Tally::default() },
            months: Tally::default(),
            left_out: 0,
            candles: 0,
            underlying_candles: 0,
            requests: 412,
            errors: 0,
            refused: 0,
            message: None,
            waits: None,
            retries: 0,
            retry_at: None,
            candles_per_second: Some(18_240.0),
            seconds_left: Some(700),
            done_at: EpochSeconds::parse_rfc3339("2025-08-28T18:42:00+05:30"),
            last_event: 0,
        }
    }

    #[test]
    fn a_running_job_says_its_requests_its_speed_and_its_end() {
        let now = EpochSeconds::parse_rfc3339("2025-08-28T18:30:00+05:30").unwrap();
        let line = pace(&job(JobStatus::Running), now);
        assert_eq!(line, "412 of at least 1,412 requests · 18.2k candles/s · done about 18:42");
        let mut ended = job(JobStatus::Cancelled);
        ended.ended_at = Some(EpochSeconds(1_756_386_750));
        assert_eq!(pace(&ended, now), "412 requests · took 12 m 30 s · ended 18:42");
        assert_eq!(pace(&job(JobStatus::Queued), now), "412 of at least 1,412 requests");
        let mut new = job(JobStatus::Queued);
        new.requests = 0;
        assert!(pace(&new, now).starts_with("waits for its turn"));
        let mut held = job(JobStatus::Running);
        held.waits = Some(Wait { what: WaitFor::Pause, until: None, sentence: String::new() });
        assert_eq!(pace(&held, now), "412 of at least 1,412 requests · done about 18:42");
    }

    #[test]
    fn what_holds_a_running_job_is_told_with_its_length() {
        let limits = |parked_ms, next_slot_ms| LimitsPicture {
            windows: vec![
                WindowPicture { used: 0, max: 50, seconds: 1 },
                WindowPicture { used: 2000, max: 2000, seconds: 1800 },
            ],
            parked_ms,
            next_slot_ms,
        };
        let running = job(JobStatus::Running);
        assert_eq!(hold(&running, &limits(None, Some(20))), None);
        assert_eq!(
            hold(&running, &limits(None, Some(725_000))).unwrap(),
            "The rate limit holds the next request for 12 m 5 s: 2,000 of 2,000 in 30 minutes are used."
        );
        assert!(hold(&running, &limits(Some(60_000), Some(60_000))).unwrap().contains("Upstox has told"));
        assert_eq!(hold(&job(JobStatus::Queued), &limits(Some(60_000), None)), None);
    }
}
