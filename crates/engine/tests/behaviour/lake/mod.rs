//! Publishing into a lake: what lies there is what is stored, row for row; it is published once, restated where rows
//! changed, and whoever changed something of it is found out. Real files, real SQLite, a simulator over HTTP.

mod damage;
mod scheduled;
mod several_owners;

use std::path::{Path, PathBuf};

use crate::common::{Stage, day, files_below, nifty, order, until};
use engine::{Engine, EngineError, ErrorKind, RunEnd};
use export::table::{Batch, ParquetRows};
use export::{CandleTable, Sha256};
use lake::Manifest;
use market::ContractKinds;
use protocol::{
    JobStatus, LakeChoice, LakeMove, LakeOrder, LakeOutcome, LakePlace, LakeReport, LakeTable, StorageEnd,
};
use rusqlite::Connection;
use simulator::SimulatorOptions;
use tempfile::TempDir;

const EXPIRY: &str = "2025-08-28";
const DAYS: u32 = 6;
const CANDLES: &str = "candles/exchange=NSE/underlying=NIFTY/expiry=2025-08-28/part-0.parquet";
const CONTRACTS: &str = "contracts/exchange=NSE/underlying=NIFTY/expiry=2025-08-28/part-0.parquet";
const MANIFEST: &str = "manifest/exchange=NSE/underlying=NIFTY/expiry=2025-08-28.json";
const INDEX: &str = "manifest/index.json";

async fn stage() -> Stage {
    let options =
        SimulatorOptions { limits: None, strikes_each_side_max: Some(2), ..SimulatorOptions::default() };
    Stage::with(options).await
}

async fn collected(stage: &Stage) -> Engine {
    let engine = stage.engine().await;
    let mut order = order(&[EXPIRY], ContractKinds::Both);
    order.days = DAYS.try_into().unwrap();
    let job = engine.jobs().create(&order).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
    engine
}

fn publish_into(lake: &Path) -> LakeOrder {
    LakeOrder {
        underlying: nifty(),
        expiries: LakeChoice::Dates(vec![day(EXPIRY)]),
        to: Some(lake.to_str().unwrap().to_owned()),
        days: DAYS.try_into().unwrap(),
        volatility: false,
        why: None,
    }
}

async fn ended(engine: &Engine) -> (StorageEnd, LakeReport) {
    until(async || engine.storage().work().await.unwrap().under_way.is_none()).await;
    let end = engine.storage().work().await.unwrap().last.unwrap();
    (end, engine.lake().picture().await.unwrap().last.unwrap())
}

async fn publish(engine: &Engine, order: LakeOrder) -> (StorageEnd, LakeReport) {
    engine.lake().publish(order).await.unwrap();
    ended(engine).await
}

async fn verify(engine: &Engine, lake: &Path) -> (StorageEnd, LakeReport) {
    engine.lake().verify(Some(lake.to_str().unwrap().to_owned())).await.unwrap();
    ended(engine).await
}

fn outcomes(report: &LakeReport) -> Vec<LakeOutcome> {
    report.lines.iter().map(|line| line.outcome).collect()
}

fn manifest(lake: &Path) -> Manifest {
    serde_json::from_slice(&std::fs::read(lake.join(MANIFEST)).unwrap()).unwrap()
}

/// Every row of a file as text, in its order.
fn rows_of(file: &Path) -> Vec<String> {
    let table = CandleTable::lake();
    let batches: Vec<Batch> = ParquetRows::open(std::fs::File::open(file).unwrap(), table.columns())
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let row = |batch: &Batch, at: usize| {
        use export::table::Cell;
        let cells = batch.columns().iter().map(|values| match values.cell(at) {
            Cell::Missing => String::new(),
            Cell::Text(text) => text.to_owned(),
            Cell::Whole(whole) => whole.to_string(),
            Cell::Price(price) => (price.0 / 10_000).to_string(),
            Cell::Number(number) => number.to_string(),
            Cell::Time(time) => time.0.to_string(),
            other => panic!("{other:?}"),
        });
        cells.collect::<Vec<_>>().join(" ")
    };
    batches.iter().flat_map(|batch| (0..batch.rows()).map(move |at| row(batch, at))).collect()
}

/// The same of SQLite.
fn stored_rows(data: &Path) -> Vec<String> {
    let connection = Connection::open(data.join("expirytrack.db")).unwrap();
    let mut statement = connection
        .prepare(
            "SELECT c.segment || '|' || c.exchange_token || '|' || substr(c.key_date, 9, 2) || '-'
                    || substr(c.key_date, 6, 2) || '-' || substr(c.key_date, 1, 4) || ' ' || c.kind || ' '
                    || coalesce(c.strike / 100, '') || ' ' || c.lot_size || ' ' || s.interval || ' ' || k.ts || ' '
                    || k.open || ' ' || k.high || ' ' || k.low || ' ' || k.close || ' ' || k.volume || ' ' || k.open_interest
             FROM contract c JOIN series s ON s.contract_id = c.id JOIN candle k ON k.series_id = s.id
             WHERE c.key_date = ? ORDER BY c.kind, c.strike, 1, k.ts",
        )
        .unwrap();
    statement.query_map([EXPIRY], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// A candle that a later answer of the broker's changed.
const REVISE: &str = "
    INSERT INTO revision (series_id, ts, open, high, low, close, volume, open_interest, new_request_id)
        SELECT s.id, k.ts, k.open, k.high, k.low, k.close, k.volume, k.open_interest, f.request_id
        FROM contract c JOIN series s ON s.contract_id = c.id JOIN candle k ON k.series_id = s.id
        JOIN fetched_range f ON f.series_id = s.id
        WHERE c.key_date = '2025-08-28' AND c.kind = 'CE' ORDER BY s.id, k.ts LIMIT 1;
    UPDATE candle SET volume = volume + 75
        WHERE (series_id, ts) IN (SELECT r.series_id, r.ts FROM revision r ORDER BY r.id DESC LIMIT 1)";

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_in_the_lake_is_what_is_stored_and_is_published_once() {
    let (stage, folder) = (stage().await, TempDir::new().unwrap());
    let (engine, lake) = (collected(&stage).await, folder.path());
    let (end, report) = publish(&engine, publish_into(lake)).await;
    assert_eq!(end.problem, None);
    assert_eq!(report.lines[0].outcome, LakeOutcome::Published, "{report:#?}");
    let (written, stored) = (rows_of(&lake.join(CANDLES)), stored_rows(stage.data.path()));
    assert!(stored.len() > 10_000, "{}", stored.len());
    assert_eq!(written.len(), stored.len());
    assert_eq!(written, stored);

    let told = manifest(lake);
    let contracts: i64 = stage.sql("SELECT count(*) FROM contract");
    assert_eq!((told.version, told.rows, told.contracts), (1, stored.len() as u64, contracts.unsigned_abs()));
    assert_eq!((told.source.as_str(), told.layout, told.restatements.len()), ("other", 1, 0));
    for file in &told.files {
        let bytes = std::fs::read(lake.join(&file.path)).unwrap();
        assert_eq!((file.bytes, file.sha256), (bytes.len() as u64, Sha256::of_bytes(&bytes)));
    }
    assert!(told.coverage.days["traded"] > 100, "{:?}", told.coverage);
    assert_eq!(told.bytes, told.files.iter().map(|file| file.bytes).sum::<u64>());
    let picture = engine.lake().picture().await.unwrap();
    let published = &picture.partitions[0];
    assert_eq!(
        (published.expiry, published.rows, published.is_outdated),
        (Some(day(EXPIRY)), told.rows, false)
    );
    assert_eq!(published.row_sha256, told.row_sha256.to_string());

    let before = std::fs::metadata(lake.join(CANDLES)).unwrap().modified().unwrap();
    let (end, report) = publish(&engine, publish_into(lake)).await;
    assert_eq!(end.problem, None);
    assert!(outcomes(&report).iter().all(|outcome| *outcome == LakeOutcome::Unchanged), "{report:#?}");
    assert_eq!(std::fs::metadata(lake.join(CANDLES)).unwrap().modified().unwrap(), before);
    assert_eq!(manifest(lake), told);

    let (end, report) = verify(&engine, lake).await;
    assert_eq!(end.problem, None, "{report:#?}");
    assert!(outcomes(&report).iter().all(|outcome| *outcome == LakeOutcome::Whole));
    assert_eq!(end.done, told.rows + spot_rows(&engine).await);
    assert!(engine.lake().picture().await.unwrap().partitions.iter().all(|of| of.verified_at.is_some()));
    assert!(!lake.join("_temporary").exists());
}

async fn spot_rows(engine: &Engine) -> u64 {
    let partitions = engine.lake().picture().await.unwrap().partitions;
    partitions.iter().filter(|of| of.month.is_some()).map(|of| of.rows).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_rows_are_restated_and_what_was_there_stays() {
    let (stage, folder) = (stage().await, TempDir::new().unwrap());
    let (engine, lake) = (collected(&stage).await, folder.path());
    publish(&engine, publish_into(lake)).await;
    let (before, old) = (manifest(lake), std::fs::read(lake.join(CANDLES)).unwrap());
    stage.change(REVISE);
    assert!(engine.lake().picture().await.unwrap().partitions[0].is_outdated);
    let (end, report) = publish(&engine, publish_into(lake)).await;
    assert_eq!((end.problem, report.lines[0].outcome), (None, LakeOutcome::Restated));
    let now = manifest(lake);
    let [restated] = now.restatements.as_slice() else { panic!("{now:#?}") };
    let changed = restated.changed.unwrap();
    assert_eq!(
        (now.version, changed.added, changed.removed, changed.changed, changed.contracts),
        (2, 0, 0, 1, 1)
    );
    assert!(restated.why.contains("changed 1 rows"), "{}", restated.why);
    assert_eq!((restated.rows_before, restated.row_sha256_before), (before.rows, before.row_sha256));
    let kept = restated.superseded.iter().find(|path| path.ends_with("candles.parquet")).unwrap();
    assert_eq!(std::fs::read(lake.join(kept)).unwrap(), old);
    assert_eq!(rows_of(&lake.join(CANDLES)), stored_rows(stage.data.path()));
    let (end, report) = verify(&engine, lake).await;
    assert_eq!(end.problem, None, "{report:#?}");

    // Whoever says why is believed.
    stage.change(REVISE);
    let why = Some("the exchange corrected its file".to_owned());
    publish(&engine, LakeOrder { why, ..publish_into(lake) }).await;
    let third = manifest(lake);
    assert_eq!((third.version, third.restatements.len()), (3, 2));
    assert_eq!(third.restatements[1].why, "the exchange corrected its file");
    assert_eq!(verify(&engine, lake).await.0.problem, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_put_into_the_index_is_finished_by_the_next_publication() {
    let (stage, folder) = (stage().await, TempDir::new().unwrap());
    let (engine, lake) = (collected(&stage).await, folder.path());
    let lock = lake.join("manifest/.index.lock");
    std::fs::create_dir_all(&lock).unwrap();
    let (end, _) = publish(&engine, publish_into(lake)).await;
    assert!(end.problem.unwrap().contains("cannot be used as a lake"));
    let pending = |path: &PathBuf| path.ends_with("pending.json");
    assert!(files_below(&lake.join("_temporary")).iter().any(pending));
    assert!(lake.join(MANIFEST).exists() && !lake.join(INDEX).exists());

    std::fs::remove_dir(&lock).unwrap();
    let (end, report) = publish(&engine, publish_into(lake)).await;
    assert_eq!((end.problem, report.lines[0].outcome), (None, LakeOutcome::Recovered));
    let index = std::fs::read_to_string(lake.join(INDEX)).unwrap();
    for of in engine.lake().picture().await.unwrap().partitions {
        assert!(index.contains(&of.manifest), "{index}");
    }
    assert!(!lake.join("_temporary").exists());
    assert_eq!(verify(&engine, lake).await.0.problem, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_cannot_be_read_is_told_and_made_anew_by_whoever_verifies_or_publishes() {
    let (stage, folder) = (stage().await, TempDir::new().unwrap());
    let (engine, lake) = (collected(&stage).await, folder.path());
    publish(&engine, publish_into(lake)).await;
    let whole = std::fs::read(lake.join(INDEX)).unwrap();
    let told =
        "the index: it could not be read (EOF while parsing an object at line 1 column 1), and is made anew";
    std::fs::write(lake.join(INDEX), "{").unwrap();
    let (end, report) = verify(&engine, lake).await;
    let problem = end.problem.unwrap();
    assert!(problem.contains("1 thing is wrong") && problem.contains(told), "{problem}");
    assert_eq!(report.lines.iter().filter(|line| line.outcome == LakeOutcome::Wrong).count(), 1);
    assert_eq!(std::fs::read(lake.join(INDEX)).unwrap(), whole);

    std::fs::write(lake.join(INDEX), "{").unwrap();
    let (end, report) = publish(&engine, publish_into(lake)).await;
    let first = &report.lines[0];
    assert_eq!((end.problem, first.outcome), (None, LakeOutcome::Recovered));
    assert!(format!("{}: {}", first.of, first.words).contains(told), "{first:?}");
    assert_eq!(std::fs::read(lake.join(INDEX)).unwrap(), whole);
    assert_eq!(verify(&engine, lake).await.0.problem, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_published_is_refused_in_a_sentence() {
    let (stage, folder) = (stage().await, TempDir::new().unwrap());
    let (engine, lake) = (collected(&stage).await, folder.path());
    let refused = async |order: LakeOrder| {
        let error = engine.lake().publish(order).await.unwrap_err();
        (error.kind(), error.to_string())
    };
    let order = || publish_into(lake);
    let (kind, words) = refused(LakeOrder { days: 60.try_into().unwrap(), ..order() }).await;
    assert!(kind == ErrorKind::Refused && words.contains("not complete"), "{words}");
    let dates = LakeChoice::Dates(vec![day("2025-08-27")]);
    let (kind, words) = refused(LakeOrder { expiries: dates, ..order() }).await;
    assert!(kind == ErrorKind::NotFound && words.contains("nearest"), "{words}");
    let (_, words) = refused(LakeOrder { to: None, ..order() }).await;
    assert!(words.contains("no lake is named"), "{words}");
    let (_, words) = refused(LakeOrder { to: Some("gs://x/y".to_owned()), ..order() }).await;
    assert!(words.contains("only s3://"), "{words}");
    std::fs::write(lake.join("holiday.jpg"), "x").unwrap();
    let (kind, words) = refused(order()).await;
    assert!(kind == ErrorKind::Refused && words.contains("holiday.jpg"), "{words}");
    std::fs::remove_file(lake.join("holiday.jpg")).unwrap();
    std::fs::create_dir(lake.join("manifest")).unwrap();
    let index = "{\"layout\":1,\"source\":\"simulated\",\"partitions\":[]}";
    std::fs::write(lake.join(INDEX), index).unwrap();
    let (_, words) = refused(order()).await;
    assert!(words.contains("simulated"), "{words}");
    std::fs::write(lake.join(INDEX), index.replace('1', "2")).unwrap();
    let (_, words) = refused(order()).await;
    assert!(words.contains("newer version"), "{words}");
    assert!(!lake.join("candles").exists() && !lake.join("_temporary").exists());
    assert!(engine.lake().put_place(LakePlace { place: Some("s3://X".to_owned()) }).await.is_err());
    let place = LakePlace { place: Some(lake.to_str().unwrap().to_owned()) };
    assert_eq!(engine.lake().put_place(place.clone()).await.unwrap(), place);
    // Nothing is no place, and some folders can never be one: for good, for once, or as where it lies now.
    let data = stage.data.path();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    for (unusable, why) in [
        (std::path::PathBuf::new(), "nothing was named"),
        ("  ".into(), "nothing was named"),
        (file.clone(), "it is a file"),
        (file.join("lake"), "it is a file"),
        (data.to_owned(), "is that very folder"),
        (data.join("new/lake"), "is around it"),
        (data.parent().unwrap().to_owned(), "is in it"),
    ] {
        let text = unusable.to_str().unwrap();
        let told = |refused: EngineError| (refused.kind(), refused.to_string());
        let wish = LakePlace { place: Some(text.to_owned()) };
        let order = LakeOrder { to: Some(text.to_owned()), ..order() };
        let moved = LakeMove { from: None, to: text.to_owned() };
        for (kind, words) in [
            told(engine.lake().put_place(wish).await.unwrap_err()),
            told(engine.lake().publish(order).await.unwrap_err()),
            told(engine.lake().move_to(moved).await.unwrap_err()),
        ] {
            assert!(kind == ErrorKind::Refused && words.contains(why), "{text}: {words}");
        }
        assert_eq!(engine.lake().place().await.unwrap(), place, "{text}");
    }
    assert!(!data.join("new").exists());
    assert_eq!(engine.lake().put_place(LakePlace::default()).await.unwrap(), LakePlace::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_of_one_partition_cannot_be_finished_keeps_no_other_out() {
    let (stage, folder) = (stage().await, TempDir::new().unwrap());
    let (engine, lake) = (collected(&stage).await, folder.path());
    publish(&engine, publish_into(lake)).await;
    // Of an expiry that was to be published, and whose files are nowhere.
    let half = lake.join("_temporary").join(manifest(lake).owner.id);
    let half = half.join("exchange=NSE/underlying=NIFTY/expiry=2025-08-21");
    let pending = std::fs::read_to_string(lake.join(MANIFEST)).unwrap().replace(EXPIRY, "2025-08-21");
    std::fs::create_dir_all(&half).unwrap();
    std::fs::write(half.join("pending.json"), pending).unwrap();
    stage.change(REVISE);
    let (end, report) = publish(&engine, publish_into(lake)).await;
    assert_eq!(end.problem, None, "{report:#?}");
    assert_eq!(outcomes(&report)[..2], [LakeOutcome::Wrong, LakeOutcome::Restated], "{report:#?}");
    assert!(report.lines[0].words.contains("publish NIFTY 2025-08-21 again"), "{report:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cut_off_is_found_and_removed_at_the_next_start() {
    let (stage, folder) = (stage().await, TempDir::new().unwrap());
    let (gone, lake) = (folder.path().join("gone"), folder.path().join("lake"));
    let (engine, lake) = (collected(&stage).await, lake.as_path());
    publish(&engine, publish_into(lake)).await;
    let owner = manifest(lake).owner.id;
    // As a kill in the middle leaves it: files of the next version, and a note of where.
    let half = lake.join("_temporary").join(&owner).join("exchange=NSE/underlying=NIFTY/expiry=2025-08-28");
    std::fs::create_dir_all(&half).unwrap();
    std::fs::write(half.join("candles.parquet"), "half").unwrap();
    std::fs::write(half.join("contracts.parquet#1"), "half").unwrap();
    // Another place cannot be reached, and comes first.
    let gone = gone.to_str().unwrap();
    stage.change(&format!(
        "UPDATE setting SET value = '{gone}\n{}' WHERE name = 'lake_under_way'",
        lake.to_str().unwrap()
    ));
    // The row that was to be written last is missing too.
    stage.change("DELETE FROM lake_file; DELETE FROM lake_partition");
    engine.close().await.unwrap();
    drop(engine);
    let engine = stage.engine().await;
    engine.lake().recover_all().await.unwrap();
    assert!(!lake.join("_temporary").join(&owner).exists());
    assert_eq!(stage.sql::<String>("SELECT value FROM setting WHERE name = 'lake_under_way'"), gone);
    // What lies there is known again without being written.
    let before = std::fs::metadata(lake.join(CANDLES)).unwrap().modified().unwrap();
    let (_, report) = publish(&engine, publish_into(lake)).await;
    assert_eq!(report.lines[0].outcome, LakeOutcome::Unchanged);
    assert_eq!(std::fs::metadata(lake.join(CANDLES)).unwrap().modified().unwrap(), before);
    assert_eq!(engine.lake().picture().await.unwrap().partitions[0].rows, manifest(lake).rows);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_twin_has_what_the_chain_says_beside_each_candle() {
    let (stage, folder) = (stage().await, TempDir::new().unwrap());
    let (engine, lake) = (collected(&stage).await, folder.path());
    publish(&engine, publish_into(lake)).await;
    let before = manifest(lake);
    let (end, _) = publish(&engine, LakeOrder { volatility: true, ..publish_into(lake) }).await;
    assert_eq!(end.problem, None);
    let told = manifest(lake);
    // Nothing that was there is restated by what comes to it.
    assert_eq!((told.version, told.row_sha256), (1, before.row_sha256));
    let twin = told.file(LakeTable::Volatility).unwrap();
    assert_eq!(twin.rows, told.rows);
    assert!(told.volatility.is_some());
    let file = std::fs::File::open(lake.join(&twin.path)).unwrap();
    let fields = export::CandleField::LAKE.into_iter().chain(export::CandleField::TWIN);
    let rows = ParquetRows::open(file, CandleTable::new(fields).columns()).unwrap();
    assert!(rows.metadata().iter().any(|(name, _)| name == "volatility_rate"));
    let known: usize = rows
        .map(|batch| {
            let batch = batch.unwrap();
            let volatility = &batch.columns()[13];
            (0..batch.rows()).filter(|at| volatility.cell(*at) != export::table::Cell::Missing).count()
        })
        .sum();
    assert!(known > 1_000, "{known}");
    assert_eq!(verify(&engine, lake).await.0.problem, None);
    let (_, report) = publish(&engine, LakeOrder { volatility: true, ..publish_into(lake) }).await;
    assert_eq!(report.lines[0].outcome, LakeOutcome::Unchanged);
}
