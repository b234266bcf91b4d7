//! How many candles a second a whole job takes in: asked, hashed, parsed, checked and stored with all that
//! accounts for them, against a bare batched insert of the same rows. Both work on the same rows in turn,
//! several times, and the medians are compared: a noisy machine is noisy to both. Where other programs want the
//! processors too, the processor time of both tells more than the clock.
//!
//! The answers are made beforehand, so that the simulator's work is not counted.

use std::path::Path;
use std::time::Duration;

use engine::{CAN_ENCRYPT, Clock, Encryption, Limits, SystemClock, Unlock, change_encryption};
use rusqlite::{Connection, params_from_iter};
use simulator::{Simulator, SimulatorOptions};

use crate::Failure;
use crate::in_memory::InMemory;
use crate::process::processor_time;
use crate::stage::{Recorded, complete, open, order};
use crate::table::{Goal, row};

/// About 1.9 million candles.
const EXPIRIES: u32 = 5;
const ROUNDS: usize = 5;
/// As the store inserts them.
const ROWS_A_STATEMENT: usize = 500;
const CANDLES_A_SECOND_MIN: f64 = 500_000.0;
const SHARE_OF_BARE_MIN: f64 = 0.5;

type Row = [i64; 8];

pub async fn run() -> Result<(), Failure> {
    let simulator = Simulator::new(SimulatorOptions { limits: None, ..SimulatorOptions::default() })?;
    let transport = Recorded::new(InMemory::new(&simulator));
    // Makes the answers, and the rows for the bare insert.
    let data = tempfile::tempdir()?;
    job(data.path(), transport.clone()).await?;
    if CAN_ENCRYPT {
        // What is read here and inserted bare is the same in either build.
        change_encryption(data.path(), &Unlock::default(), Encryption::Off).await?;
    }
    let (shape, series) = rows_of(&data.path().join("expirytrack.db"))?;
    let candles: usize = series.iter().map(Vec::len).sum();
    let (mut jobs, mut bares) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let data = tempfile::tempdir()?;
        jobs.push(job(data.path(), transport.clone()).await?);
        bares.push(bare_insert(&tempfile::tempdir()?.path().join("bare.db"), &shape, &series)?);
    }
    let median_of = |which: fn(&Took) -> Duration| {
        let seconds = |all: &[Took]| median(all.iter().map(which).collect()).as_secs_f64();
        (seconds(&jobs), seconds(&bares))
    };
    let (job_work, bare_work) = median_of(|took| took.processor);
    let (job, bare) = median_of(|took| took.clock);
    let (job, bare) = (candles as f64 / job, candles as f64 / bare);
    row(
        "candles a second through a whole job: parse, check, store",
        job,
        0,
        "",
        Goal::AtLeast(CANDLES_A_SECOND_MIN),
    );
    row("  a bare batched insert of the same rows", bare, 0, "", Goal::None);
    row("  the job's share of the bare insert", job / bare, 2, "", Goal::AtLeast(SHARE_OF_BARE_MIN));
    let micros = |seconds: f64| seconds * 1e6 / candles as f64;
    row("  processor time of the job, a candle", micros(job_work), 2, " µs", Goal::None);
    row("  processor time of the bare insert, a candle", micros(bare_work), 2, " µs", Goal::None);
    Ok(())
}

/// What some work took, by the clock and of the processors.
struct Took {
    clock: Duration,
    processor: Duration,
}

/// Both from here on.
struct Stopwatch {
    clock: SystemClock,
    began: Took,
}

impl Stopwatch {
    fn start() -> Result<Self, Failure> {
        let clock = SystemClock::new();
        Ok(Self { clock, began: Took { clock: clock.monotonic(), processor: processor_time()? } })
    }

    fn stop(self) -> Result<Took, Failure> {
        let Self { clock, began } = self;
        Ok(Took { clock: clock.monotonic() - began.clock, processor: processor_time()? - began.processor })
    }
}

/// The time of a job into a fresh database, from its start to its end.
async fn job(data: &Path, transport: Recorded) -> Result<Took, Failure> {
    let engine = open(data, Limits::off(), SystemClock::new(), transport).await?;
    let job = engine.jobs().create(&order(EXPIRIES)?).await?;
    let stopwatch = Stopwatch::start()?;
    complete(&engine, job).await?;
    let took = stopwatch.stop()?;
    engine.close().await?;
    Ok(took)
}

/// The table's own definition, and its rows series by series.
fn rows_of(database: &Path) -> Result<(String, Vec<Vec<Row>>), Failure> {
    let connection = Connection::open(database)?;
    let shape = "SELECT sql FROM sqlite_schema WHERE name = 'candle'";
    let shape: String = connection.query_row(shape, [], |row| row.get(0))?;
    let mut statement = connection.prepare("SELECT * FROM candle ORDER BY series_id, ts")?;
    let mut rows = statement.query([])?;
    let mut series: Vec<Vec<Row>> = Vec::new();
    while let Some(row) = rows.next()? {
        let mut values = [0; 8];
        for (at, value) in values.iter_mut().enumerate() {
            *value = row.get(at)?;
        }
        match series.last_mut() {
            Some(last) if last.last().is_some_and(|known| known[0] == values[0]) => last.push(values),
            _ => series.push(vec![values]),
        }
    }
    Ok((shape, series))
}

/// One transaction an answer, as the job has them, and nothing else.
fn bare_insert(database: &Path, shape: &str, series: &[Vec<Row>]) -> Result<Took, Failure> {
    let connection = Connection::open(database)?;
    connection.execute_batch(
        "PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;
         PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32000;",
    )?;
    connection.execute_batch(shape)?;
    let stopwatch = Stopwatch::start()?;
    for rows in series {
        let transaction = connection.unchecked_transaction()?;
        for chunk in rows.chunks(ROWS_A_STATEMENT) {
            let places = vec!["(?,?,?,?,?,?,?,?)"; chunk.len()].join(",");
            let sql = format!("INSERT INTO candle VALUES {places}");
            let values = params_from_iter(chunk.iter().flatten());
            if chunk.len() == ROWS_A_STATEMENT {
                transaction.prepare_cached(&sql)?.execute(values)?;
            } else {
                transaction.execute(&sql, values)?;
            }
        }
        transaction.commit()?;
    }
    stopwatch.stop()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
