//! The k-th write to the disk fails, for every k: full, broken or busy, over opening, signing in and a small job.
//! Each time it is told in a sentence, nothing that was stored is lost, and the same commands, given again, lead
//! to the broker's truth.
//!
//! Every write of the opening is tried, and beyond it one in so many, the three faults in turn;
//! `EXPIRYTRACK_WRITES=all` tries every write with every fault.

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
use protocol::JobStatus;
use rusqlite::ffi::{SQLITE_BUSY, SQLITE_FULL, SQLITE_IOERR_WRITE};
use simulator::{Simulator, SimulatorOptions};
use tempfile::TempDir;

const EXPIRY: &str = "2025-08-21";
const KINDS: ContractKinds = ContractKinds::Options;
/// What SQLite answers, and what a person reads of it.
const FAULTS: [(i32, &str); 3] = [
    (SQLITE_FULL, "the disk is full or cannot be written"),
    (SQLITE_IOERR_WRITE, "the disk is full or cannot be written"),
    (SQLITE_BUSY, "another program holds the database"),
];
/// Writes that are all tried, and which of the later ones.
const EVERY_WRITE_TO: u64 = 150;
const STRIDE: usize = 7;

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
    let mut failures = Failures { stage: &stage, sentence, count: 0 };
    let open = || {
        let transport = InMemory::new(simulator);
        Engine::open(config(stage.data.path(), Limits::upstox(), SystemClock::new(), transport, 1))
    };
    let engine = match open().await {
        Ok(engine) => engine,
        Err(error) => {
            failures.check(&error);
            open().await.unwrap()
        }
    };
    let sign_in = || engine.session().sign_in(SecretString::from("simulated"));
    if let Err(error) = sign_in().await {
        failures.check(&error);
        sign_in().await.unwrap();
    }
    let order = order(&[EXPIRY], KINDS);
    let job = match engine.jobs().create(&order).await {
        Ok(job) => job,
        Err(error) => {
            failures.check(&error);
            engine.jobs().create(&order).await.unwrap()
        }
    };
    let end = match engine.jobs().run(job).await {
        Ok(end) => end,
        Err(error) => {
            failures.check(&error);
            let stored = stage.sql::<i64>("SELECT count(*) FROM candle");
            let end = engine.jobs().run(job).await.unwrap();
            assert!(stage.sql::<i64>("SELECT count(*) FROM candle") >= stored, "nothing stored is lost");
            end
        }
    };
    assert_eq!(end, RunEnd::Ended(JobStatus::Completed));
    if let Err(error) = engine.close().await {
        failures.check(&error);
        engine.close().await.unwrap();
    }
    let rows = stage.assert_equals_broker(&nifty(), day(EXPIRY), KINDS);
    let rows = rows + stage.assert_underlying_equals_broker(&nifty());
    let told = stage.sql::<i64>("SELECT sum(candles + underlying_candles) FROM job");
    assert_eq!(told, rows as i64, "what is told is what is stored");
    failures.count
}

struct Failures<'a> {
    stage: &'a Stage,
    sentence: &'a str,
    count: usize,
}

impl Failures<'_> {
    /// The first command that fails says why; the disk is well again after it, so there is no second.
    fn check(&mut self, error: &EngineError) {
        self.count += 1;
        assert_eq!(self.count, 1, "{}", error.chain());
        assert!(error.chain().contains(self.sentence), "{} is not told in {}", self.sentence, error.chain());
        assert_eq!(self.stage.sql::<String>("PRAGMA integrity_check"), "ok");
        let reported = "SELECT (SELECT coalesce(sum(candles + underlying_candles), 0) FROM job)
                             = (SELECT count(*) FROM candle)";
        let is_migrated = "SELECT count(*) FROM sqlite_schema WHERE name = 'candle'";
        if self.stage.sql::<i64>(is_migrated) > 0 {
            assert!(self.stage.sql::<bool>(reported), "what is told is what is stored");
        }
    }
}
