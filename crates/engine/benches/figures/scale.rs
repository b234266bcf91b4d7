//! What a page and a REST read cost, with 1, 10 and 100 million candles stored. None may grow with what is stored.
//!
//! A job brings a million candles; the larger databases are copies of its contracts under older expiries, row by row
//! as a job would have left them. Each read is the engine method behind the page, without the way through HTTP.

use std::path::Path;
use std::time::Duration;

use engine::{Clock, Engine, EngineError, Limits, SystemClock};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use market::{ChartInterval, Day, ExpiredKey, InstrumentKey, Interval};
use protocol::{AuditQuery, CollectOrder, CoveragePage, ExpiryChoice, FOUND, QualityExpiries, Span};
use rusqlite::{Connection, params};
use simulator::{Simulator, SimulatorOptions};

use crate::Failure;
use crate::bhavcopy;
use crate::in_and_out::InAndOut;
use crate::in_memory::InMemory;
use crate::stage::{complete, open, order};
use crate::table::{Goal, grown, row};

/// So many expiries have a million candles and some. What is read in pieces is read so many at a time at every size.
const EXPIRIES: u32 = 3;
/// Copies of them beside, for ten and a hundred million.
const COPIES: [u32; 3] = [0, 9, 99];
const RUNS: usize = 40;
const GOAL_MS: f64 = 100.0;
const GOAL_RATIO: f64 = 2.0;
const START_MS: f64 = 500.0;

/// What is read.
pub struct Asked {
    pub key: InstrumentKey,
    pub expiry: Day,
    contract: ExpiredKey,
    order: CollectOrder,
}

type Read = for<'a> fn(&'a Engine, &'a Asked) -> BoxFuture<'a, Result<(), Failure>>;

const READS: [(&str, Read); 19] = [
    ("home", |engine, _| done(engine.home())),
    ("browse", |engine, _| done(engine.market_data().collected_underlyings())),
    ("expiries", |engine, asked| done(engine.browse().expiries(&asked.key))),
    ("ladder", |engine, asked| done(engine.browse().contracts(&asked.key, asked.expiry, None))),
    ("contract", |engine, asked| done(engine.browse().contract(&asked.contract))),
    ("chart", |engine, asked| {
        done(engine.market_data().bars(&asked.contract, ChartInterval::MINUTE_1, None))
    }),
    ("chain", |engine, asked| done(engine.chains().chain(&asked.key, asked.expiry, None))),
    ("wizard, instruments", |engine, _| done(engine.instruments().underlyings(""))),
    ("wizard, expiries", |engine, asked| done(engine.expired().expiries_over(&asked.key, Span::default()))),
    ("wizard, estimate", |engine, asked| done(engine.jobs().estimate(&asked.order))),
    ("coverage of an expiry", |engine, asked| {
        let days = Default::default();
        done(engine.coverage().of_expiry(&asked.key, asked.expiry, Interval::Minute1, days))
    }),
    ("coverage of an underlying, three expiries", |engine, asked| {
        let page = CoveragePage { before: None, limit: EXPIRIES as usize };
        done(engine.coverage().of_underlying(&asked.key, Interval::Minute1, Default::default(), page))
    }),
    ("coverage, calendar", |engine, _| done(engine.coverage().calendar(None))),
    ("coverage, map of an expiry", |engine, asked| {
        let days = Default::default();
        done(engine.coverage().map(&asked.key, asked.expiry, Interval::Minute1, days, 0, 200))
    }),
    ("coverage, a day", |engine, asked| {
        done(engine.coverage_day(&asked.contract, asked.expiry, Interval::Minute1))
    }),
    ("coverage, quality of three expiries", |engine, asked| {
        done(async {
            let as_many = QualityExpiries::try_from(EXPIRIES)?;
            engine.coverage().quality(&asked.key, as_many).await
        })
    }),
    ("find a contract", |engine, _| found(engine, "nifty 24500 ce 28 aug")),
    ("find a strike of any underlying", |engine, _| found(engine, "24500 pe")),
    ("status", |engine, _| {
        done(async {
            engine.status().await?;
            engine.requests().log(&AuditQuery::default()).await
        })
    }),
];

fn found<'a>(engine: &'a Engine, text: &'static str) -> BoxFuture<'a, Result<(), Failure>> {
    async {
        match engine.find().find(&text.parse()?, FOUND).await?.first() {
            Some(_) => Ok(()),
            None => Err("nothing was found".into()),
        }
    }
    .boxed()
}

fn done<'a, T: Send>(
    read: impl Future<Output = Result<T, EngineError>> + Send + 'a,
) -> BoxFuture<'a, Result<(), Failure>> {
    async {
        read.await?;
        Ok(())
    }
    .boxed()
}

pub async fn run() -> Result<(), Failure> {
    let data = tempfile::tempdir()?;
    let mut columns: Vec<Vec<f64>> = Vec::new();
    let mut collecting = Vec::new();
    let mut before = 0;
    let in_and_out = InAndOut::prepare().await?;
    for copies in COPIES {
        if copies == 0 {
            collect(data.path()).await?;
        } else {
            grow(&data.path().join("expirytrack.db"), before + 1..=copies)?;
        }
        before = copies;
        let clock = SystemClock::new();
        let began = clock.monotonic();
        let engine = engine(data.path()).await?;
        let start = (clock.monotonic() - began).as_secs_f64() * 1e3;
        let candles = engine.home().await?.stored.candles;
        of_the_file(data.path(), candles, start)?;
        let asked = asked(&engine).await?;
        let mut column = Vec::new();
        for (what, read) in READS {
            let time = p95(&engine, &asked, read).await?;
            row(
                &format!("{what}, p95 at {} million candles", candles / 1_000_000),
                time,
                1,
                " ms",
                Goal::AtMost(GOAL_MS),
            );
            grown(what, candles as f64 / 1e6, time, " ms");
            column.push(time);
        }
        columns.push(column);
        bhavcopy::take(&engine, &asked.key, asked.expiry, candles).await?;
        engine.close().await?;
        drop(engine);
        collecting.push(in_and_out.measure(data.path(), asked.expiry, candles as f64 / 1e6).await?);
    }
    let (first, last) = (&columns[0], &columns[columns.len() - 1]);
    for (at, (what, _)) in READS.iter().enumerate() {
        // What takes less is not felt, and lists a row an expiry.
        const FELT_MS: f64 = 3.0;
        let ratio = last[at].max(FELT_MS) / first[at].max(FELT_MS);
        row(&format!("{what}, the largest to the smallest"), ratio, 1, "", Goal::AtMost(GOAL_RATIO));
    }
    let ratio = collecting[collecting.len() - 1] / collecting[0];
    row("collecting, the largest to the smallest", ratio, 1, "", Goal::AtMost(GOAL_RATIO));
    Ok(())
}

/// How long its engine takes to open, and how large it is.
fn of_the_file(data: &Path, candles: u64, start: f64) -> Result<(), Failure> {
    let million = candles as f64 / 1e6;
    let bytes = std::fs::metadata(data.join("expirytrack.db"))?.len() as f64;
    let what = |what: &str| format!("{what} at {million:.0} million candles");
    row(&what("start of the engine"), start, 0, " ms", Goal::AtMost(START_MS));
    row(&what("bytes a candle"), bytes / candles as f64, 1, "", Goal::None);
    grown("start of the engine", million, start, " ms");
    grown("size of the database", million, bytes / 1e6, " MB");
    Ok(())
}

pub async fn engine(data: &Path) -> Result<Engine, Failure> {
    let simulator = Simulator::new(SimulatorOptions { limits: None, ..SimulatorOptions::default() })?;
    open(data, Limits::off(), SystemClock::new(), InMemory::new(&simulator)).await
}

pub async fn collect(data: &Path) -> Result<(), Failure> {
    let engine = engine(data).await?;
    let job = engine.jobs().create(&order(EXPIRIES)?).await?;
    complete(&engine, job).await?;
    Ok(engine.close().await?)
}

pub async fn asked(engine: &Engine) -> Result<Asked, Failure> {
    let key: InstrumentKey = order(1)?.underlyings[0].clone();
    let rows = engine.expired().known_expiries(&key).await?;
    let expiry = rows.iter().find(|row| row.candles > 0).ok_or("nothing was collected")?.date;
    let contracts = engine.browse().contracts(&key, expiry, None).await?.contracts;
    let contract = contracts.iter().max_by_key(|row| row.candles).ok_or("no contract")?;
    let order = CollectOrder { expiries: ExpiryChoice::Dates(vec![expiry]), ..order(1)? };
    Ok(Asked { key, expiry, contract: contract.contract.expired_key.clone(), order })
}

async fn p95(engine: &Engine, asked: &Asked, read: Read) -> Result<f64, Failure> {
    let clock = SystemClock::new();
    let mut times: Vec<Duration> = Vec::new();
    // The first one finds the file cold, and no goal is set for that.
    for run in 0..=RUNS {
        let began = clock.monotonic();
        read(engine, asked).await?;
        if run > 0 {
            times.push(clock.monotonic() - began);
        }
    }
    times.sort();
    Ok(times[RUNS * 95 / 100].as_secs_f64() * 1e3)
}

/// The contracts of the job once more for each number, under expiries so many times four weeks earlier.
pub fn grow(path: &Path, copies: std::ops::RangeInclusive<u32>) -> Result<(), Failure> {
    let mut connection = Connection::open(path)?;
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000")?;
    let of_job = |table: &str, column: &str| -> Result<i64, Failure> {
        let sql = format!("SELECT max({column}) FROM {table} WHERE {column} < 1000000");
        Ok(connection.query_row(&sql, [], |row| row.get(0))?)
    };
    let (contracts, series) = (of_job("contract", "id")?, of_job("series", "id")?);
    for copy in copies {
        let (shift, days) = (1_000_000 * i64::from(copy), -28 * i64::from(copy));
        let transaction = connection.transaction()?;
        transaction.execute(
            "INSERT INTO expiry (id, underlying_id, date, weekly, first_seen, options_listed, futures_listed)
             SELECT e.id + ?1, e.underlying_id, date(e.date, ?2 || ' days'), e.weekly, e.first_seen,
                    e.options_listed, e.futures_listed
             FROM expiry e WHERE e.id < 1000000 AND EXISTS (SELECT 1 FROM contract c WHERE c.expiry_id = e.id)
             ON CONFLICT DO UPDATE SET options_listed = excluded.options_listed,
                                       futures_listed = excluded.futures_listed",
            params![shift, days],
        )?;
        transaction.execute(
            "INSERT INTO contract
             SELECT c.id + ?1, o.id, c.kind, c.strike, c.segment, c.exchange_token || ?1, date(c.key_date, ?2 || ' days'),
                    c.trading_symbol, c.lot_size, c.tick_size, c.raw, c.created_at
             FROM contract c JOIN expiry e ON e.id = c.expiry_id
             JOIN expiry o ON o.underlying_id = e.underlying_id AND o.date = date(e.date, ?2 || ' days')
             WHERE c.id <= ?3",
            params![shift, days, contracts],
        )?;
        transaction.execute(
            "INSERT INTO series (id, contract_id, interval, price_scale)
             SELECT id + ?1, contract_id + ?1, interval, price_scale FROM series
             WHERE contract_id IS NOT NULL AND id <= ?2",
            params![shift, series],
        )?;
        transaction.execute(
            "INSERT INTO candle
             SELECT c.series_id + ?1, c.ts + ?2 * 86400, c.open, c.high, c.low, c.close, c.volume, c.open_interest
             FROM series s JOIN candle c ON c.series_id = s.id WHERE s.contract_id IS NOT NULL AND s.id <= ?3
             ORDER BY c.series_id, c.ts",
            params![shift, days, series],
        )?;
        transaction.execute(
            "INSERT INTO series_day
             SELECT d.series_id + ?1, date(d.day, ?2 || ' days'), d.candles, d.first_ts + ?2 * 86400,
                    d.last_ts + ?2 * 86400, d.zero_volume, d.volume, d.open_interest, d.traded_high, d.traded_low,
                    d.traded_last
             FROM series s JOIN series_day d ON d.series_id = s.id WHERE s.contract_id IS NOT NULL AND s.id <= ?3",
            params![shift, days, series],
        )?;
        transaction.execute(
            "INSERT INTO fetched_range (series_id, from_day, to_day, outcome, provisional, request_id, empties)
             SELECT f.series_id + ?1, date(f.from_day, ?2 || ' days'), date(f.to_day, ?2 || ' days'), f.outcome,
                    f.provisional, f.request_id, f.empties
             FROM series s JOIN fetched_range f ON f.series_id = s.id WHERE s.contract_id IS NOT NULL AND s.id <= ?3",
            params![shift, days, series],
        )?;
        transaction.execute(
            "UPDATE series SET candles = (SELECT coalesce(sum(candles), 0) FROM series_day WHERE series_id = series.id)
             WHERE id > ?1 AND id <= ?1 + ?2",
            params![shift, series],
        )?;
        transaction.commit()?;
    }
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(())
}
