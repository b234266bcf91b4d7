//! What failed is tried again by itself after a while, ever later, and not for ever. On a virtual clock.

use std::time::Duration;

use engine::Engine;
use market::ContractKinds;
use protocol::{JobId, JobPicture, JobStatus};
use simulator::{Chance, Faults};

use crate::common::{day, nifty, order};
use crate::still_stage::{StillStage, until_changed};

const EXPIRY: &str = "2025-08-28";
/// Without a capture, so its ladder is short.
const SHORT: &str = "2025-08-21";
/// All contracts, not the underlying.
const CANDLES: &str = "/v2/expired-instruments/historical-candle";
/// The first of ten minutes, an hour, six hours.
const FIRST_WAIT: i64 = 600;
/// From which state a job came to its end.
const NOTE_ENDS: &str = "CREATE TABLE ended_from (status TEXT);
    CREATE TRIGGER ended_from AFTER UPDATE OF status ON job WHEN new.status = 'completed_with_failures'
    BEGIN INSERT INTO ended_from VALUES (old.status); END;";

struct Later {
    still: StillStage,
    engine: Engine,
    job: JobId,
}

impl Later {
    /// A job whose contracts all fail.
    async fn new(expiry: &str, kinds: ContractKinds) -> Self {
        let still = StillStage::new();
        let engine = still.engine().await;
        still.stage.change(NOTE_ENDS);
        still.stage.set_faults(Faults {
            path_prefix: CANDLES.to_owned(),
            server_error: Chance::ALWAYS,
            ..Faults::default()
        });
        engine.jobs().start_in_background();
        let job = engine.jobs().create(&order(&[expiry], kinds)).await.unwrap();
        Self { still, engine, job }
    }

    async fn until(&self, holds: impl Fn(&JobPicture) -> bool) -> JobPicture {
        let picture = async || self.engine.jobs().picture(self.job).await.unwrap();
        until_changed(&self.engine, async || holds(&picture().await)).await;
        picture().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_tried_again_by_itself_once_its_time_has_come() {
    let later = Later::new(EXPIRY, ContractKinds::Futures).await;
    let ended = later.until(|job| job.status == JobStatus::CompletedWithFailures).await;
    assert_eq!(ended.retry_at.unwrap().0 - ended.ended_at.unwrap().0, FIRST_WAIT);
    assert!(ended.message.unwrap().contains("tried again by itself"));
    later.still.stage.set_faults(Faults::default());
    let done = later.until(|job| job.status == JobStatus::Completed).await;
    assert!(done.ended_at >= ended.retry_at && done.retry_at.is_none());
    later.still.stage.assert_equals_broker(&nifty(), day(EXPIRY), ContractKinds::Futures);
    later.engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_failing_is_given_up_after_three_more_times() {
    let later = Later::new(EXPIRY, ContractKinds::Futures).await;
    let given_up = later
        .until(|job| {
            job.status == JobStatus::CompletedWithFailures && job.retries == 3 && job.retry_at.is_none()
        })
        .await;
    assert_eq!((given_up.contracts.failed, given_up.contracts.total), (1, 1));
    let asked = later.still.stage.candle_requests();
    assert_eq!(asked, 4 * 6, "four times, each once and five retries");
    let notices = "SELECT count(*) FROM notice WHERE kind = 'job_completed_with_failures'";
    assert_eq!(later.still.stage.sql::<i64>(notices), 2, "of the first end and of the last one");
    later.still.pass(Duration::from_secs(8 * 3600)).await;
    assert_eq!(later.still.stage.candle_requests(), asked, "and not for ever");
    later.engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn contracts_that_the_broker_cannot_answer_fail_and_are_not_taken_for_an_outage() {
    let later = Later::new(SHORT, ContractKinds::Both).await;
    let ended = later.until(|job| job.status == JobStatus::CompletedWithFailures).await;
    assert!(ended.contracts.total > 12, "more than open the breaker: {:?}", ended.contracts);
    assert_eq!((ended.contracts.failed, ended.months.done), (ended.contracts.total, 4));
    let attempts = "SELECT min(attempts) * 100 + max(attempts) FROM job_unit WHERE contract_id IS NOT NULL";
    assert_eq!(later.still.stage.sql::<i64>(attempts), 606, "each once and five retries");
    let waited = "SELECT count(*) FROM job_event WHERE message LIKE 'Upstox fails again and again%'";
    assert!(later.still.stage.sql::<i64>(waited) > 0, "the breaker was open in between");
    // Whoever waited and was not answered then waits for the broker no more.
    let ended_from = later.still.stage.sql::<String>("SELECT group_concat(DISTINCT status) FROM ended_from");
    assert_eq!(ended_from, "running");
    later.engine.close().await.unwrap();
}
