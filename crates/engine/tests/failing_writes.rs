//! The k-th write to the disk fails, for every k: full, broken or busy, over opening, signing in and a small job.
//! Each time it is told in a sentence, nothing that was stored is lost, and the same commands, given again, lead
//! to the broker's truth.
//!
//! The first writes are all tried, and beyond them one in so many, the three faults in turn; `EXPIRYTRACK_WRITES=all`
//! tries every write with every fault.

#![expect(clippy::unwrap_used, reason = "a test says what broke by panicking")]

mod common;
#[path = "common/failing_disk.rs"]
mod failing_disk;
#[path = "common/in_memory.rs"]
mod in_memory;

use common::{Stage, day, nifty, order};
use engine::{Engine, EngineError, Limits, RunEnd, SecretString, SystemClock};
use in_memory::{InMemory, config, nowhere};
use market::ContractKinds;
use protocol::{CollectOrder, JobStatus};
use rusqlite::ffi::{SQLITE_BUSY, SQLITE_FULL, SQLITE_IOERR_WRITE};
use simulator::{Simulator, SimulatorOptions};
use tempfile::TempDir;

const EXPIRY: &str = "2025-08-21";
const KINDS: ContractKinds = ContractKinds::Options;
const DAYS: u32 = 2;
/// What SQLite answers, and what a person reads of it.
const FAULTS: [(i32, &str); 3] = [
    (SQLITE_FULL, "the disk is full or cannot be written"),
    (SQLITE_IOERR_WRITE, "the disk is full or cannot be written"),
    (SQLITE_BUSY, "another program holds the database"),
];
/// Writes that are all tried, and which of the later ones.
const EVERY_WRITE_TO: u64 = 60;
const STRIDE: usize = 23;

#[tokio::test(flavor = "multi_thread")]
async fn whichever_write_fails_it_is_told_and_the_job_goes_on() {
    let simulator = Simulator::new(SimulatorOptions {
        limits: None,
        strikes_each_side_max: Some(1),
        ..SimulatorOptions::default()
    });
    let simulator = simulator.unwrap();
    let everything = std::env::var("EXPIRYTRACK_WRITES").is_ok_and(|which| which == "all");
    // None fails: how many there are.
    failing_disk::arm(0, 0);
    assert_eq!(live(&simulator, "").await, 0);
    let writes = failing_disk::writes();
    assert!(writes > EVERY_WRITE_TO, "{writes}");
    let sampled = (1..=EVERY_WRITE_TO).chain((EVERY_WRITE_TO + 1..=writes).step_by(STRIDE));
    let all = (1..=writes).flat_map(|write| FAULTS.map(|fault| (write, fault)));
    let cases: Vec<_> =
        if everything { all.collect() } else { sampled.zip(FAULTS.into_iter().cycle()).collect() };
    let mut told = 0;
    for (write, (code, sentence)) in &cases {
        eprintln!("write {write} of {writes} fails with {code}");
        failing_disk::arm(*write, *code);
        told += live(&simulator, sentence).await;
    }
    // A checkpoint may fail unseen: the write-ahead log holds everything until the next one.
    assert!(told * 2 > cases.len(), "{told} of {} were told", cases.len());
}

/// A life from the first opening to the end of a job. Says how many commands failed; each must say `sentence`.
async fn live(simulator: &Simulator, sentence: &str) -> usize {
    let stage = Stage { simulator: simulator.clone(), address: nowhere(), data: TempDir::new().unwrap() };
    let mut person = Person { stage: &stage, sentence, failures: 0 };
    let open = async || {
        let transport = InMemory::new(simulator);
        Engine::open(config(stage.data.path(), Limits::upstox(), SystemClock::new(), transport, 1)).await
    };
    let engine = person.insist(open).await;
    person.insist(async || engine.session().sign_in(SecretString::from("simulated")).await).await;
    let days = DAYS.try_into().unwrap();
    let order = CollectOrder { days, with_underlying: false, ..order(&[EXPIRY], KINDS) };
    let job = person.insist(async || engine.jobs().create(&order).await).await;
    let end = person.insist(async || engine.jobs().run(job).await).await;
    assert_eq!(end, RunEnd::Ended(JobStatus::Completed));
    person.insist(async || engine.close().await).await;
    stage.assert_days_equal_broker(&nifty(), day(EXPIRY), KINDS, DAYS.into());
    person.failures
}

/// Somebody who reads what is told and gives the same command again.
struct Person<'a> {
    stage: &'a Stage,
    sentence: &'a str,
    failures: usize,
}

impl Person<'_> {
    async fn insist<T>(&mut self, command: impl AsyncFn() -> Result<T, EngineError>) -> T {
        let value = match command().await {
            Ok(value) => value,
            Err(error) => {
                let told = error.chain();
                assert!(told.contains(self.sentence), "{told} does not say {}", self.sentence);
                assert_eq!(self.stage.sql::<String>("PRAGMA integrity_check"), "ok");
                self.failures += 1;
                // The disk is well again after one failure.
                command().await.unwrap()
            }
        };
        let reported: i64 = self.stage.sql("SELECT coalesce(sum(candles), 0) FROM job");
        assert_eq!(reported, self.stage.sql::<i64>("SELECT count(*) FROM candle"), "reported is stored");
        value
    }
}
