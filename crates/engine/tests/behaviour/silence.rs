//! Options at the money that have no row where the market was open: they are not believed at once, and when the broker
//! tells the truth again everything is here.

use std::sync::Arc;
use std::time::Duration;

use crate::common::{Stage, day, nifty, order};
use engine::{Engine, RunEnd, VirtualClock};
use market::ContractKinds;
use protocol::{CollectOrder, JobCommand, JobId, JobStatus};
use ratelimit::WallTime;
use simulator::{Chance, Faults};

/// A weekly expiry: no future trades to its end.
const EXPIRY: &str = "2025-08-21";
/// One with a future, of which more days are asked than sessions are looked at.
const MONTHLY: &str = "2025-07-31";
const MONTHLY_DAYS: u32 = 12;
const DAYS: u32 = 3;
const WITNESSES: u32 = 4;
/// A little more than the ten minutes that make an answer a witness of its own.
const APART: Duration = Duration::from_secs(601);

struct Case {
    stage: Stage,
    clock: VirtualClock,
    engine: Engine,
}

impl Case {
    async fn new() -> Self {
        let stage = Stage::wide().await;
        let noon = day("2025-09-17").at_minute(12 * 60);
        let clock = VirtualClock::new(WallTime::from_millis(noon.0 * 1000));
        let engine = stage.engine_at(Arc::new(clock.clone())).await;
        Self { stage, clock, engine }
    }

    async fn ordered(&self) -> JobId {
        self.ordered_of(EXPIRY, DAYS, ContractKinds::Options).await
    }

    async fn ordered_of(&self, expiry: &str, days: u32, kinds: ContractKinds) -> JobId {
        let days = days.try_into().unwrap();
        let order = CollectOrder { days, ..order(&[expiry], kinds) };
        self.engine.jobs().create(&order).await.unwrap()
    }

    async fn run(&self, job: JobId) -> JobStatus {
        match self.engine.jobs().run(job).await.unwrap() {
            RunEnd::Ended(status) => status,
            other => panic!("{other:?}"),
        }
    }

    async fn again(&self, job: JobId) -> JobStatus {
        self.clock.advance(APART);
        self.engine.jobs().tell(job, JobCommand::Retry).await.unwrap();
        self.run(job).await
    }

    fn doubted(&self) -> u32 {
        self.stage.sql("SELECT count(*) FROM silent_session")
    }

    /// The most answers of a session that agree.
    fn witnesses(&self) -> u32 {
        self.stage.sql("SELECT max(witnesses) FROM silent_session")
    }

    fn assert_whole(&self) {
        self.assert_whole_of(EXPIRY, DAYS, ContractKinds::Options);
    }

    fn assert_whole_of(&self, expiry: &str, days: u32, kinds: ContractKinds) {
        let rows = self.stage.assert_days_equal_broker(&nifty(), day(expiry), kinds, days.into());
        assert!(rows > 1_000, "{rows}");
    }
}

fn of_contracts(faults: Faults) -> Faults {
    Faults { path_prefix: "/v2/expired-instruments/historical-candle".to_owned(), ..faults }
}

/// Every answer ends days too early, or has no row at all, for every option alike.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_broker_keeps_from_every_option_is_brought_when_it_tells_again() {
    let ways = [
        Faults { cut_tails: Chance::ALWAYS, ..Faults::default() },
        Faults { false_empty: Chance::ALWAYS, ..Faults::default() },
        // The underlying too: nobody says where it stood.
        Faults { path_prefix: String::new(), false_empty: Chance::ALWAYS, ..Faults::default() },
    ];
    for (way, faults) in ways.into_iter().enumerate() {
        let case = Case::new().await;
        let faults = if way < 2 { of_contracts(faults) } else { faults };
        case.stage.set_faults(faults);
        let job = case.ordered().await;
        assert_eq!(case.run(job).await, JobStatus::CompletedWithFailures, "{way}");
        let told: String = case.stage.sql(
            "SELECT message FROM job_event WHERE message LIKE '%at the money%' ORDER BY id DESC LIMIT 1",
        );
        assert!(told.contains("Nifty 50 21 Aug 2025: suspicious: of "), "{told}");
        assert!(told.contains("answered so 1 of 4 times, and not believed yet"), "{told}");
        assert!(case.doubted() > 0);

        case.stage.set_faults(Faults::default());
        assert_eq!(case.again(job).await, JobStatus::Completed, "{way}");
        assert_eq!(case.doubted(), 0);
        case.assert_whole();
        let verified = case.engine.coverage().verify(None, |_, _| {}).await.unwrap();
        assert!(verified.is_sound(), "{:?}", verified.checks);
        case.engine.close().await.unwrap();
    }
}

/// An answer is a witness only ten minutes after the last one, and the fourth is believed.
#[tokio::test(flavor = "multi_thread")]
async fn silence_that_four_answers_agree_on_is_believed() {
    let case = Case::new().await;
    case.stage.set_faults(of_contracts(Faults { false_empty: Chance::ALWAYS, ..Faults::default() }));
    let job = case.ordered().await;
    case.run(job).await;
    // The same order a moment later asks again, and is no witness.
    let before = case.stage.candle_requests();
    let second = case.ordered().await;
    assert_eq!(case.run(second).await, JobStatus::CompletedWithFailures);
    assert!(case.stage.candle_requests() > before);
    assert_eq!(case.witnesses(), 1);
    for witness in 2..WITNESSES {
        assert_eq!(case.again(job).await, JobStatus::CompletedWithFailures);
        assert_eq!(case.witnesses(), witness);
    }
    assert_eq!(case.again(job).await, JobStatus::Completed);
    let asked = case.stage.candle_requests();
    let later = case.ordered().await;
    assert_eq!(case.run(later).await, JobStatus::Completed);
    assert_eq!(case.stage.candle_requests(), asked, "it is believed");
    case.engine.close().await.unwrap();
}

/// Whoever asks for no option hears nothing of them, however often and however long after the last answer.
#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_futures_alone_is_no_witness_of_silent_options() {
    let case = Case::new().await;
    case.stage.set_faults(of_contracts(Faults { false_empty: Chance::ALWAYS, ..Faults::default() }));
    let options = case.ordered_of(MONTHLY, MONTHLY_DAYS, ContractKinds::Options).await;
    assert_eq!(case.run(options).await, JobStatus::CompletedWithFailures);
    assert_eq!(case.witnesses(), 1);
    case.stage.set_faults(Faults::default());
    for _ in 1..WITNESSES {
        case.clock.advance(APART);
        let futures = case.ordered_of(MONTHLY, MONTHLY_DAYS, ContractKinds::Futures).await;
        assert_eq!(case.run(futures).await, JobStatus::Completed);
        assert_eq!(case.witnesses(), 1);
    }
    assert_eq!(case.again(options).await, JobStatus::Completed);
    assert_eq!(case.doubted(), 0);
    case.assert_whole_of(MONTHLY, MONTHLY_DAYS, ContractKinds::Both);
    case.engine.close().await.unwrap();
}

/// What was believed before such sessions were looked at is asked for by the next order.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_version_believed_is_asked_again() {
    let case = Case::new().await;
    case.stage.set_faults(of_contracts(Faults { cut_tails: Chance::ALWAYS, ..Faults::default() }));
    let first = case.ordered().await;
    case.run(first).await;
    case.stage.change("UPDATE fetched_range SET outcome = 'empty'; DELETE FROM silent_session;");
    case.stage.set_faults(Faults::default());
    let second = case.ordered().await;
    assert_eq!(case.run(second).await, JobStatus::CompletedWithFailures);
    assert_eq!(case.again(second).await, JobStatus::Completed);
    case.assert_whole();
    case.engine.close().await.unwrap();
}
