//! What other programs have collected is brought in, judged like an answer, and gives way to one; what is of no use is
//! refused in a sentence.

mod round_trips;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use engine::{CoverageService, Engine, RunEnd};
use flate2::write::GzEncoder;
use market::{Candle, Contract, ContractKinds, Interval, Price};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use protocol::{HistoricalDays, ImportReport, ImportedFile, JobStatus};
use rusqlite::{Connection, params};
use serde_json::json;
use tempfile::TempDir;

use crate::common::{Stage, day, nifty, order};

const EXPIRY: &str = "2025-08-21";
const FROM: &str = "2025-08-18";

/// Contracts of the expiry with their candles of its last days, as the broker has them.
fn known(stage: &Stage, most: usize) -> Vec<(Contract, Vec<Candle>)> {
    let oracle = stage.simulator.oracle();
    let candles = |of: Contract| {
        let candles = oracle.candles(&of.expired_key, Interval::Minute1, day(FROM), day(EXPIRY));
        (!candles.is_empty()).then_some((of, candles))
    };
    oracle
        .contracts(&nifty(), day(EXPIRY), ContractKinds::Both)
        .into_iter()
        .filter_map(candles)
        .take(most)
        .collect()
}

fn rupees(price: Price) -> f64 {
    price.to_string().parse().unwrap()
}

/// A database as the first ExpiryTrack documents it.
fn first_database(path: &Path, known: &[(Contract, Vec<Candle>)]) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE instruments (instrument_key TEXT PRIMARY KEY, symbol TEXT NOT NULL, name TEXT, exchange TEXT);
             CREATE TABLE expiries (id INTEGER PRIMARY KEY, instrument_key TEXT, expiry_date DATE, is_weekly BOOLEAN);
             CREATE TABLE contracts (expired_instrument_key TEXT PRIMARY KEY, instrument_key TEXT, expiry_date DATE,
                 contract_type TEXT, strike_price DECIMAL(10,2), trading_symbol TEXT, lot_size INTEGER,
                 tick_size DECIMAL(10,2), exchange_token TEXT, metadata JSON);
             CREATE TABLE historical_data (expired_instrument_key TEXT, timestamp TIMESTAMP, open DECIMAL(10,2),
                 high DECIMAL(10,2), low DECIMAL(10,2), close DECIMAL(10,2), volume BIGINT, open_interest BIGINT,
                 PRIMARY KEY (expired_instrument_key, timestamp));
             INSERT INTO instruments VALUES ('NSE_INDEX|Nifty 50', 'NIFTY', 'Nifty 50', 'NSE');
             BEGIN",
        )
        .unwrap();
    for (of, candles) in known {
        connection
            .execute(
                "INSERT INTO contracts VALUES (?, ?, ?, ?, ?, ?, ?, 0.05, ?, '{}')",
                params![
                    of.expired_key.to_string(),
                    of.underlying_key.as_str(),
                    of.expiry.to_string(),
                    of.kind.as_str(),
                    of.strike.map(|strike| strike.to_rupees()),
                    of.trading_symbol,
                    of.lot_size,
                    of.expired_key.exchange_token(),
                ],
            )
            .unwrap();
        candles.iter().for_each(|candle| put(&connection, &of.expired_key.to_string(), candle));
    }
    connection.execute_batch("COMMIT").unwrap();
    connection
}

fn put(connection: &Connection, key: &str, candle: &Candle) {
    let [open, high, low, close] =
        [candle.prices.open, candle.prices.high, candle.prices.low, candle.prices.close].map(rupees);
    let time = candle.start.to_ist_text();
    connection
        .execute(
            "INSERT INTO historical_data VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            params![key, time, open, high, low, close, candle.volume, candle.open_interest],
        )
        .unwrap();
}

async fn bring(engine: &Engine, path: &Path, is_dry_run: bool) -> ImportReport {
    engine.import().run(path, is_dry_run, |_, _| true).await.unwrap()
}

fn only(mut report: ImportReport) -> ImportedFile {
    assert_eq!(report.files.len(), 1, "{report:?}");
    report.files.remove(0)
}

async fn collect(engine: &Engine) {
    let job = engine.jobs().create(&order(&[EXPIRY], ContractKinds::Both)).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
}

async fn assert_sound(stage: &Stage) {
    let service = CoverageService::open_for_reading(stage.data.path()).await.unwrap();
    let report = service.verify(None, |_, _| {}).await.unwrap();
    assert!(report.is_sound(), "{report:#?}");
}

fn file(data: &TempDir, name: &str) -> PathBuf {
    data.path().join(name)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_the_first_expirytrack_comes_in_and_gives_way_to_answers() {
    let (stage, data) = (Stage::new().await, TempDir::new().unwrap());
    let engine = stage.engine().await;
    let known = known(&stage, 8);
    let rows: u64 = known.iter().map(|(_, candles)| candles.len() as u64).sum();
    let path = file(&data, "expiry_track.db");
    let database = first_database(&path, &known);

    let dry = only(bring(&engine, &path, true).await);
    assert_eq!((dry.rows, dry.inserted, dry.contracts, dry.refused()), (rows, rows, 8, 0), "{dry:?}");
    assert_eq!(stage.sql::<i64>("SELECT count(*) FROM candle"), 0, "a dry run keeps nothing");
    assert_eq!(stage.sql::<i64>("SELECT count(*) FROM contract"), 0);

    let first = only(bring(&engine, &path, false).await);
    assert_eq!(
        (first.rows, first.inserted, first.contracts, first.refused()),
        (rows, rows, 8, 0),
        "{first:?}"
    );
    assert_eq!(stage.sql::<i64>("SELECT count(*) FROM historical_data"), rows as i64);
    assert_eq!(stage.sql::<i64>("SELECT sum(candles) FROM expiries"), rows as i64);
    let (of, candles) = &known[0];
    let last = candles.last().unwrap();
    let sql = format!(
        "SELECT close FROM historical_data WHERE expired_instrument_key = '{}' AND epoch = {}",
        of.expired_key, last.start.0
    );
    assert_eq!(stage.sql::<f64>(&sql), rupees(last.prices.close));
    // They are there to be looked at, and nothing is accounted for.
    assert_eq!(stage.sql::<i64>("SELECT max(reach) FROM series"), -2);
    let (nifty, days) = (nifty(), HistoricalDays::default());
    let map = engine.coverage().map(&nifty, day(EXPIRY), Interval::Minute1, days, 0, 200).await.unwrap();
    let row = map.rows.iter().find(|row| row.symbol == of.trading_symbol).unwrap();
    assert!(row.cells.ends_with('i'), "{row:?}");
    assert_sound(&stage).await;

    // The same again changes nothing; a later file does not change what an earlier one brought.
    let again = only(bring(&engine, &path, false).await);
    assert_eq!((again.inserted, again.same), (0, rows), "{again:?}");
    database
        .execute_batch("UPDATE historical_data SET volume = volume + 75 WHERE rowid = 1; DELETE FROM historical_data WHERE rowid > 9")
        .unwrap();
    let other = only(bring(&engine, &path, false).await);
    assert_eq!((other.rows, other.same, other.differ_from_imported), (9, 8, 1), "{other:?}");

    // What the broker answers takes their place, and what it says otherwise is counted.
    let series = format!(
        "(SELECT s.id FROM series s JOIN contract c ON c.id = s.contract_id WHERE c.trading_symbol = '{}')",
        of.trading_symbol
    );
    let change = Connection::open(stage.data.path().join("expirytrack.db")).unwrap();
    change
        .execute(&format!("UPDATE candle SET close = low WHERE series_id = {series} AND close > low"), [])
        .unwrap();
    drop(change);
    let wrong = candles.iter().filter(|candle| candle.prices.close > candle.prices.low).count() as i64;
    assert!(wrong > 0);
    collect(&engine).await;
    stage.assert_equals_broker(&nifty, day(EXPIRY), ContractKinds::Both);
    assert_eq!(stage.sql::<i64>("SELECT count(*) FROM imported_day"), 0);
    assert_eq!(stage.sql::<i64>("SELECT sum(overruled) FROM import"), wrong);
    assert_eq!(stage.sql::<i64>("SELECT count(*) FROM revision"), wrong);
    assert_eq!(engine.import().list().await.unwrap().iter().map(|of| of.days).sum::<u64>(), 0);
    assert_sound(&stage).await;

    // And never the other way.
    database.execute_batch("UPDATE historical_data SET volume = volume + 750").unwrap();
    let late = only(bring(&engine, &path, false).await);
    assert_eq!((late.inserted, late.differ_from_fetched), (0, 9), "{late:?}");
    stage.assert_equals_broker(&nifty, day(EXPIRY), ContractKinds::Both);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_cannot_be_true_are_refused_and_counted_by_reason() {
    let (stage, data) = (Stage::new().await, TempDir::new().unwrap());
    let engine = stage.engine().await;
    let known = known(&stage, 1);
    let path = file(&data, "data.sqlite3");
    let database = first_database(&path, &known);
    let key = known[0].0.expired_key.to_string();
    let good = known[0].1.len() as u64;
    for (key, time, close, volume) in [
        (key.as_str(), "'2025-08-19 03:15:00'", "0", "75"),
        (&key, "'2025-08-19 03:16:30'", "100", "75"),
        (&key, "'2025-08-19 03:17:00'", "100", "-75"),
        (&key, "'some time'", "100", "75"),
        (&key, "NULL", "100", "75"),
        (&key, "'2025-08-19 03:18:00'", "'much'", "75"),
        (&key, "'2025-08-22 09:15:00'", "100", "75"),
        (&key, "'1999-08-22 09:15:00'", "100", "75"),
        ("NSE_FO|99999|21-08-2025", "'2025-08-19 09:15:00'", "100", "75"),
        ("NIFTY25AUGFUT", "'2025-08-19 09:15:00'", "100", "75"),
    ] {
        database
            .execute(
                &format!("INSERT INTO historical_data VALUES ('{key}', {time}, 100, 100, 100, {close}, {volume}, 150)"),
                [],
            )
            .unwrap();
    }
    database
        .execute_batch(
            "INSERT INTO contracts (expired_instrument_key, instrument_key) VALUES ('what', 'who')",
        )
        .unwrap();
    let file = only(bring(&engine, &path, false).await);
    assert_eq!((file.rows, file.inserted, file.refused()), (good + 10, good, 11), "{file:#?}");
    for part in [
        "not above zero",
        "no number",
        "no time",
        "after its contract's expiry",
        "before 2000",
        "no contract of its key",
        "not that of an expired contract",
        "is described so",
    ] {
        assert!(file.refused.keys().any(|reason| reason.contains(part)), "{part}: {:#?}", file.refused);
    }
    // Each with its row, but for those of other days and the contract that cannot be read.
    assert_eq!(stage.sql::<i64>("SELECT count(*) FROM import_refusal"), 8);
    assert_eq!(stage.sql::<i64>("SELECT refused FROM import"), 11);
    assert_sound(&stage).await;
    engine.close().await.unwrap();
}

/// As DuckDB exports the table: moments without an offset.
fn parquet(path: &Path, known: &[(Contract, Vec<Candle>)]) {
    parquet_of(path, known, None);
}

/// With a word in its metadata.
fn parquet_of(path: &Path, known: &[(Contract, Vec<Candle>)], said: Option<(&str, &str)>) {
    let rows: Vec<(String, &Candle)> = known
        .iter()
        .flat_map(|(of, candles)| candles.iter().map(|candle| (of.expired_key.to_string(), candle)))
        .collect();
    let price = |of: fn(&Candle) -> Price| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(rows.iter().map(|(_, candle)| rupees(of(candle)))))
    };
    let count = |of: fn(&Candle) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|(_, candle)| of(candle))))
    };
    let keys: ArrayRef = Arc::new(StringArray::from_iter_values(rows.iter().map(|(key, _)| key)));
    let times = rows.iter().map(|(_, candle)| (candle.start.0 + 19_800) * 1_000_000);
    let batch = RecordBatch::try_from_iter([
        ("expired_instrument_key", keys),
        ("timestamp", Arc::new(TimestampMicrosecondArray::from_iter_values(times)) as ArrayRef),
        ("open", price(|candle| candle.prices.open)),
        ("high", price(|candle| candle.prices.high)),
        ("low", price(|candle| candle.prices.low)),
        ("close", price(|candle| candle.prices.close)),
        ("volume", count(|candle| candle.volume)),
        ("open_interest", count(|candle| candle.open_interest)),
    ])
    .unwrap();
    let said = said.map(|(key, value)| vec![KeyValue::new(key.to_owned(), value.to_owned())]);
    let properties =
        WriterProperties::builder().set_compression(Compression::SNAPPY).set_key_value_metadata(said).build();
    let mut writer =
        ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn csv(
    path: &Path,
    head: &str,
    known: &[(Contract, Vec<Candle>)],
    row: impl Fn(&Contract, &Candle) -> String,
) {
    let rows = known.iter().flat_map(|(of, candles)| candles.iter().map(|candle| row(of, candle)));
    let text: Vec<String> = std::iter::once(head.to_owned()).chain(rows).collect();
    std::fs::write(path, text.join("\n")).unwrap();
}

fn prices(of: &Candle) -> String {
    let prices = of.prices;
    format!(
        "{},{},{},{},{},{}",
        prices.open, prices.high, prices.low, prices.close, of.volume, of.open_interest
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_of_parquet_and_csv_says_the_same_as_the_database() {
    let (stage, data) = (Stage::new().await, TempDir::new().unwrap());
    let engine = stage.engine().await;
    let known = known(&stage, 3);
    let all: u64 = known.iter().map(|(_, candles)| candles.len() as u64).sum();
    csv(
        &file(&data, "z-contracts.csv"),
        "expired_instrument_key,instrument_key,expiry_date,contract_type,strike_price,trading_symbol,lot_size",
        &known.iter().map(|(of, candles)| (of.clone(), vec![candles[0]])).collect::<Vec<_>>(),
        |of, _| {
            let strike = of.strike.map_or(String::new(), |strike| strike.to_string());
            let (key, underlying) = (&of.expired_key, &of.underlying_key);
            format!(
                "{key},{underlying},{},{},{strike},{},{}",
                of.expiry,
                of.kind.as_str(),
                of.trading_symbol,
                of.lot_size
            )
        },
    );
    std::fs::create_dir(file(&data, "expiry=2025-08-21")).unwrap();
    parquet(&file(&data, "expiry=2025-08-21/part-0.parquet"), &known);
    let lake = "expired_key,kind,strike,lot_size,interval,time,open,high,low,close,volume,open_interest";
    csv(&file(&data, "a-candles.csv"), lake, &known[..1], |of, candle| {
        let time = candle.start.to_rfc3339();
        format!("{},{},,75,1minute,{time},{}", of.expired_key, of.kind.as_str(), prices(candle))
    });
    // Our own file of one contract says in its name whose it is.
    let named = format!("X_{}_1minute.csv", known[1].0.expired_key.to_string().replace('|', "-"));
    csv(
        &file(&data, &named),
        "timestamp,open,high,low,close,volume,open_interest",
        &known[1..2],
        |_, candle| format!("{},{}", candle.start.to_ist_text(), prices(candle)),
    );
    let report = bring(&engine, data.path(), false).await;
    let sum = |of: fn(&ImportedFile) -> u64| report.files.iter().map(of).sum::<u64>();
    assert_eq!(sum(|file| file.inserted), all, "{report:#?}");
    let twice = (known[0].1.len() + known[1].1.len()) as u64;
    assert_eq!((sum(|file| file.same), sum(ImportedFile::refused)), (twice, 0), "{report:#?}");
    assert_eq!(stage.sql::<i64>("SELECT count(*) FROM historical_data"), all as i64);
    assert_sound(&stage).await;
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_of_no_use_is_refused_in_a_sentence() {
    let (stage, data) = (Stage::new().await, TempDir::new().unwrap());
    let engine = stage.engine().await;
    let other = Connection::open(file(&data, "photos.db")).unwrap();
    other.execute_batch("CREATE TABLE photo (id INTEGER, name TEXT)").unwrap();
    std::fs::write(file(&data, "text.db"), "this is no database, however long it is made to look").unwrap();
    std::fs::write(file(&data, "broken.parquet"), "PAR1 and no more").unwrap();
    std::fs::write(file(&data, "addresses.csv"), "name,email\na,b\n").unwrap();
    std::fs::write(file(&data, "notes.txt"), "hello").unwrap();
    std::fs::write(file(&data, "candles.csv.zip"), "PK").unwrap();
    std::fs::write(file(&data, "candles.csv.zst"), "(").unwrap();
    std::fs::write(file(&data, "candles.xlsx"), "PK").unwrap();
    let bare = "timestamp,open,high,low,close,volume,open_interest\n";
    std::fs::write(file(&data, "mine.csv"), bare).unwrap();
    std::fs::write(file(&data, "underlying-NIFTY.csv"), format!("instrument_key,interval,{bare}")).unwrap();
    std::fs::create_dir(file(&data, "empty")).unwrap();
    for (name, part) in [
        ("candles.csv.zip", "could not be read"),
        ("candles.csv.zst", "is packed, and only .csv.gz and .zip are read so: unpack it"),
        ("candles.xlsx", "is a workbook, and workbooks are not read: save it as CSV"),
        ("mine.csv", "nothing says of which contract: add a column expired_instrument_key"),
        ("underlying-NIFTY.csv", "holds the candles of an underlying itself"),
        ("photos.db", "is of another program: none of its tables has the columns of candles"),
        ("text.db", "is a database of SQLite"),
        ("broken.parquet", "could not be read"),
        ("addresses.csv", "It has the columns name, email"),
        ("notes.txt", "ends in none of"),
    ] {
        let problem = only(bring(&engine, &file(&data, name), false).await).problem.unwrap();
        assert!(problem.contains(part), "{name}: {problem}");
    }
    let own = only(bring(&engine, &stage.data.path().join("expirytrack.db"), false).await).problem.unwrap();
    assert!(own.contains("ExpiryTrack's own"), "{own}");
    for (name, part) in [("nowhere.db", "is not there"), ("empty", "no file in")] {
        let error = engine.import().run(&file(&data, name), false, |_, _| true).await.unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }
    assert_eq!(stage.sql::<i64>("SELECT count(*) FROM import"), 0, "nothing is left lying");
    engine.close().await.unwrap();
}

/// Our own files say whose data they hold: a lake's in their metadata, an export's beside them, a chart's in their names.
#[tokio::test(flavor = "multi_thread")]
async fn files_of_another_source_are_refused() {
    let (stage, data) = (Stage::new().await, TempDir::new().unwrap());
    let engine = stage.engine().await;
    let known = known(&stage, 1);
    let key = known[0].0.expired_key.to_string().replace('|', "-");
    let head = "time,open,high,low,close,volume,open_interest";
    let row = |_: &Contract, candle: &Candle| format!("{},{}", candle.start.to_ist_text(), prices(candle));
    let charted = format!("simulated_NIFTY_{key}_1minute.csv");
    csv(&file(&data, &charted), head, &known, row);
    let exported = format!("candles_{key}_1minute.csv");
    csv(&file(&data, &exported), head, &known, row);
    let manifest = |source: &str| {
        let files = json!([{ "name": exported, "rows": 1, "bytes": 1, "sha256": "", "contracts": 1,
                             "first": null, "last": null }]);
        let manifest = json!({ "schema": 1, "program": "", "source": source, "made_at": "", "order": {},
                               "format": "csv", "times": "ist", "columns": [], "rows": 1, "contracts": 1,
                               "first": null, "last": null, "files": files, "left_out": [] });
        std::fs::write(file(&data, "manifest.json"), manifest.to_string()).unwrap();
    };
    for name in ["source", "expirytrack.source"] {
        let path = file(&data, &format!("{name}.parquet"));
        parquet_of(&path, &known, Some((name, "upstox")));
        let problem = only(bring(&engine, &path, false).await).problem.unwrap();
        assert!(problem.contains("holds data of Upstox, and here belong data of"), "{problem}");
    }
    manifest("simulated");
    for name in [&charted, &exported] {
        let problem = only(bring(&engine, &file(&data, name), false).await).problem.unwrap();
        assert!(problem.contains("holds data of the simulated market"), "{problem}");
    }
    assert_eq!(stage.sql::<i64>("SELECT count(*) FROM import"), 0, "nothing of them is here");
    manifest("other");
    assert_eq!(only(bring(&engine, &file(&data, &exported), true).await).problem, None, "our own source");
    engine.close().await.unwrap();
}

/// Nothing says so, or a column says the minute, and the candles stand as coarser ones do.
#[tokio::test(flavor = "multi_thread")]
async fn candles_of_five_minutes_are_not_taken_for_minutes() {
    let (stage, data) = (Stage::new().await, TempDir::new().unwrap());
    let engine = stage.engine().await;
    let known = known(&stage, 1);
    collect(&engine).await;
    let every = |minutes: i64| -> Vec<(Contract, Vec<Candle>)> {
        let (of, candles) = &known[0];
        let kept = candles.iter().filter(|candle| candle.start.0.rem_euclid(minutes * 60) == 0).cloned();
        vec![(of.clone(), kept.collect())]
    };
    let head = "expired_key,interval,time,open,high,low,close,volume,open_interest";
    let path = file(&data, "candles.csv");
    let cases = [(1, true), (2, true), (3, false), (5, false), (15, false)];
    for (said, (minutes, is_taken)) in ["", "1minute"].into_iter().flat_map(|said| cases.map(|of| (said, of)))
    {
        let rows = every(minutes);
        assert!(rows[0].1.len() >= 20, "{minutes}: {}", rows[0].1.len());
        csv(&path, head, &rows, |of, candle| {
            format!("{},{said},{},{}", of.expired_key, candle.start.to_ist_text(), prices(candle))
        });
        let brought = only(bring(&engine, &path, true).await);
        let refused = brought.refused.iter().find(|(reason, _)| {
            reason.starts_with(
                "they came as candles of one minute, and stand minutes apart as coarser candles do",
            )
        });
        let expected = (!is_taken).then_some(rows[0].1.len() as u64);
        assert_eq!(refused.map(|(_, count)| *count), expected, "{said}, {minutes}: {brought:?}");
        assert_eq!(brought.refused.len(), usize::from(!is_taken), "{said}, {minutes}: {brought:?}");
    }
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_with_the_database_of_another_program_is_left_as_it_was() {
    let stage = Stage::new().await;
    let path = stage.data.path().join("expirytrack.db");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE photo (id INTEGER)").unwrap();
    let before = std::fs::read(&path).unwrap();
    let refused = Engine::open(stage.config()).await.err().unwrap();
    assert!(refused.to_string().contains("is not a database of ExpiryTrack"), "{refused}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(std::fs::read_dir(stage.data.path()).unwrap().count(), 1, "nothing is left lying");
}

/// A file that SQLite has made, and nobody has put a table into.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_database_is_nobodys() {
    let stage = Stage::new().await;
    let path = stage.data.path().join("expirytrack.db");
    let empty = Connection::open(&path).unwrap();
    empty.execute_batch("CREATE TABLE photo (id INTEGER); DROP TABLE photo").unwrap();
    empty.close().unwrap();
    stage.engine().await.close().await.unwrap();
}

/// What an export packs is read as it is, what a folder has besides is named, and a byte that is no text spoils its row.
#[tokio::test(flavor = "multi_thread")]
async fn packed_files_come_in_and_what_is_passed_over_is_named() {
    let (stage, data) = (Stage::new().await, TempDir::new().unwrap());
    let engine = stage.engine().await;
    engine.expired().contracts(&nifty(), day(EXPIRY), ContractKinds::Both).await.unwrap();
    let known = known(&stage, 1);
    let count = known[0].1.len() as u64;
    let head = "expired_instrument_key,note,timestamp,open,high,low,close,volume,open_interest";
    let plain = file(&data, "plain.csv");
    csv(&plain, head, &known, |of, candle| {
        format!("{},,{},{}", of.expired_key, candle.start.to_ist_text(), prices(candle))
    });
    let text = std::fs::read(&plain).unwrap();
    let packed = |text: &[u8]| {
        let mut packer = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(text).unwrap();
        packer.finish().unwrap()
    };
    std::fs::remove_file(&plain).unwrap();
    std::fs::write(file(&data, "packed.csv.gz"), packed(&text)).unwrap();
    for name in ["notes.txt", "manifest.json"] {
        std::fs::write(file(&data, name), "hello").unwrap();
    }
    let report = bring(&engine, data.path(), false).await;
    assert_eq!(report.passed_over, ["notes.txt"]);
    let of = only(report);
    assert_eq!((of.inserted, of.refused(), of.problem), (count, 0, None));

    // A remark that nobody reads may be of any bytes; a price may not.
    let mut lines: Vec<Vec<u8>> = text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let comma = lines[1].iter().position(|byte| *byte == b',').unwrap();
    lines[1].insert(comma + 1, 0xff);
    *lines[2].last_mut().unwrap() = 0xff;
    let spoilt = lines.join(&b'\n');
    std::fs::write(&plain, &spoilt).unwrap();
    let of = only(bring(&engine, &plain, false).await);
    assert_eq!((of.same, of.refused(), &of.problem), (count - 1, 1, &None), "{of:?}");

    // One that is cut off brings what it has, and says so where imports are listed.
    let whole = packed(&text);
    let cut = file(&data, "cut.csv.gz");
    std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let of = only(bring(&engine, &cut, false).await);
    let reason = of.refused.keys().next().unwrap();
    assert!(of.refused() == 1 && reason.contains("cut.csv.gz could not be read"), "{of:?}");
    let import = engine.import().list().await.unwrap().remove(0);
    let (_, refusals) = engine.import().refused(import.id, 0, 10).await.unwrap();
    assert_eq!((import.refused, &refusals[0].reason), (1, reason));
    engine.close().await.unwrap();
}
