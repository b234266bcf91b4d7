//! Exports against the database itself, row for row.

mod chosen;
mod made;
mod served;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use crate::common::{Stage, day, nifty, order, until};
use engine::{Engine, EngineError, ExportProgress, ExportReader};
use export::CandleTable;
use export::table::ParquetRows;
use market::{Bar, ContractKind, ContractKinds, EpochSeconds, Interval};
use protocol::{CollectOrder, ExportManifest, ExportOf, ExportOrder, ExportPicture, ExportSplit};
use rusqlite::Connection;
use tempfile::TempDir;

const WEEKLY: &str = "2025-08-21";
const MONTHLY: &str = "2025-08-28";
/// Of the monthly one.
const LAST_WEEK: &str = "2025-08-25";

async fn collected(stage: &Stage, expiry: &str, kinds: ContractKinds) -> Engine {
    collected_by(stage, &order(&[expiry], kinds)).await
}

async fn collected_by(stage: &Stage, order: &CollectOrder) -> Engine {
    let engine = stage.engine().await;
    let job = engine.jobs().create(order).await.unwrap();
    engine.jobs().run(job).await.unwrap();
    engine
}

fn of_nifty() -> ExportOrder {
    ExportOrder { underlying: Some(nifty().into()), ..ExportOrder::default() }
}

async fn exported(stage: &Stage, order: ExportOrder, folder: &Path) -> Result<ExportManifest, EngineError> {
    let reader = ExportReader::open_for_reading(stage.data.path()).await?;
    let now = day(MONTHLY).at_minute(600);
    reader.write_to(order, folder, &ExportProgress::default(), now).await
}

async fn ended(engine: &Engine, id: i64) -> ExportPicture {
    until(async || engine.exports().picture(id).await.unwrap().status.has_ended()).await;
    engine.exports().picture(id).await.unwrap()
}

/// As the database has them: `key,kind,strike,ts,open,high,low,close,volume,open_interest` in paise.
fn stored_rows(stage: &Stage) -> Vec<String> {
    let connection = Connection::open(stage.data.path().join("expirytrack.db")).unwrap();
    let mut statement = connection
        .prepare(
            "SELECT k.segment || '|' || k.exchange_token || '|' || strftime('%d-%m-%Y', k.key_date) || ',' || k.kind || ','
                 || coalesce(k.strike, '') || ',' || c.ts || ',' || c.open || ',' || c.high || ',' || c.low || ','
                 || c.close || ',' || c.volume || ',' || c.open_interest
             FROM candle c JOIN series s ON s.id = c.series_id JOIN contract k ON k.id = s.contract_id
             ORDER BY k.kind = 'PE', k.kind = 'CE', k.strike, 1, c.ts",
        )
        .unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    let mut rows: Vec<String> = rows.collect::<Result<_, _>>().unwrap();
    rows.sort();
    rows
}

/// The same of a file of Parquet.
fn parquet_rows(path: &Path) -> Vec<String> {
    let table = CandleTable::lake();
    let mut rows = Vec::new();
    for batch in ParquetRows::open(File::open(path).unwrap(), table.columns()).unwrap() {
        let batch = batch.unwrap();
        let text = |column: usize, row| match batch.columns()[column].cell(row) {
            export::table::Cell::Text(text) => text.to_owned(),
            export::table::Cell::Number(strike) => ((strike * 100.0).round() as i64).to_string(),
            _ => String::new(),
        };
        for (row, bar) in table.bars(&batch).unwrap().iter().enumerate() {
            let Bar { start, prices, volume, open_interest } = bar;
            let prices = prices.unwrap();
            let paise = [prices.open, prices.high, prices.low, prices.close]
                .map(|price| price.whole_paise().unwrap().0.to_string())
                .join(",");
            let subject = [text(0, row), text(1, row), text(2, row)].join(",");
            rows.push(format!("{subject},{},{paise},{volume},{open_interest}", start.0));
        }
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn parquet_and_csv_hold_the_database_row_for_row_and_the_manifest_says_so() {
    let stage = Stage::new().await;
    let engine = collected(&stage, WEEKLY, ContractKinds::Both).await;
    let stored = stored_rows(&stage);
    let (parquet, csv) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let manifest = exported(&stage, of_nifty(), parquet.path()).await.unwrap();
    let [file] = &manifest.files[..] else { panic!("{manifest:?}") };
    assert_eq!(file.name, "candles-NIFTY-2025-08-21.parquet");
    assert_eq!(
        (file.rows as usize, manifest.rows, manifest.source.as_str()),
        (stored.len(), file.rows, "other")
    );
    let mut rows = parquet_rows(&parquet.path().join(&file.name));
    rows.sort();
    assert!(rows == stored, "{} rows against {}", rows.len(), stored.len());
    let bytes = fs::read(parquet.path().join(&file.name)).unwrap();
    let hash = ring::digest::digest(&ring::digest::SHA256, &bytes);
    let hex: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((file.bytes, &file.sha256), (bytes.len() as u64, &hex));
    let traded =
        stage.sql::<i64>("SELECT count(*) FROM series WHERE contract_id IS NOT NULL AND candles > 0");
    assert_eq!(manifest.contracts as i64, traded);
    let said: ExportManifest =
        serde_json::from_slice(&fs::read(parquet.path().join("manifest.json")).unwrap()).unwrap();
    assert_eq!(said, manifest);
    let left: u64 = manifest.left_out.iter().map(|left| left.contracts).sum();
    let listed = stage.sql::<i64>(
        "SELECT count(*) FROM contract k JOIN expiry e ON e.id = k.expiry_id WHERE e.date = '2025-08-21'",
    );
    assert_eq!((manifest.contracts + left) as i64, listed, "{:?}", manifest.left_out);

    let order = ExportOrder {
        format: Some("csv".to_owned()),
        times: Some("epoch".to_owned()),
        split: Some(ExportSplit::Contract),
        of: ExportOf::Both,
        ..of_nifty()
    };
    let manifest = exported(&stage, order, csv.path()).await.unwrap();
    let mut rows = Vec::new();
    for file in manifest.files.iter().filter(|file| file.name.starts_with("candles-")) {
        let text = fs::read_to_string(csv.path().join(&file.name)).unwrap();
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            let paise = |field: &str| field.replace('.', "").parse::<i64>().unwrap().to_string();
            let strike = fields[2]
                .parse::<f64>()
                .map_or(String::new(), |strike| ((strike * 100.0) as i64).to_string());
            let prices = fields[6..10].iter().map(|field| paise(field)).collect::<Vec<_>>().join(",");
            let (key, kind) = (fields[0], fields[1]);
            rows.push(format!("{key},{kind},{strike},{},{prices},{},{}", fields[5], fields[10], fields[11]));
        }
    }
    rows.sort();
    assert!(rows == stored);
    let own = fs::read_to_string(csv.path().join("underlying-NIFTY.csv")).unwrap();
    let own_stored = stage.sql::<i64>(
        "SELECT count(*) FROM candle c JOIN series s ON s.id = c.series_id WHERE s.underlying_id IS NOT NULL",
    );
    assert_eq!(own.lines().count() as i64 - 1, own_stored);
    assert!(own.starts_with("instrument_key,interval,timestamp,open,high,low,close,volume,open_interest\n"));
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn contracts_kinds_strikes_days_intervals_and_presets_are_chosen() {
    let stage = Stage::new().await;
    let engine = collected(&stage, MONTHLY, ContractKinds::Futures).await;
    let future = "NSE_FO|64103|28-08-2025";
    let folder = TempDir::new().unwrap();
    let order = ExportOrder {
        contracts: vec![future.parse().unwrap()],
        interval: "15minute".parse().unwrap(),
        from: Some(day("2025-08-01")),
        to: Some(day("2025-08-01")),
        preset: Some("amibroker".to_owned()),
        ..ExportOrder::default()
    };
    let manifest = exported(&stage, order.clone(), folder.path()).await.unwrap();
    let text = fs::read_to_string(folder.path().join("candles-NIFTY-2025-08-28.csv")).unwrap();
    let range = Some(market::DayRange::single(day("2025-08-01")));
    let key = future.parse().unwrap();
    let bars = engine.market_data().bars(&key, order.interval, range).await.unwrap().bars;
    assert_eq!((manifest.rows, bars.len()), (25, 25));
    let first = bars[0].prices.unwrap();
    let expected = format!(
        "ticker,date,time,open,high,low,close,volume,openint\nNIFTY28AUG25FUT,2025-08-01,09:15:00,{},{},{},{},{},{}\n",
        first.open, first.high, first.low, first.close, bars[0].volume, bars[0].open_interest
    );
    assert!(text.starts_with(&expected), "{text}");
    let format = fs::read_to_string(folder.path().join("expirytrack.format")).unwrap();
    assert!(format.contains("$FORMAT Ticker,Date_YMD,Time,Open,High,Low,Close,Volume,OpenInt"), "{format}");
    // The same once more is no other content; anything else is.
    exported(&stage, order.clone(), folder.path()).await.unwrap();
    let other = exported(&stage, of_nifty(), folder.path()).await.unwrap_err();
    assert!(other.to_string().contains("holds something else than this export"), "{other}");
    // An earlier version left no mark in a folder that it was cut off in: nobody knows that these files are no other's.
    let cut = TempDir::new().unwrap();
    exported(&stage, of_nifty(), cut.path()).await.unwrap();
    fs::remove_file(cut.path().join("manifest.json")).unwrap();
    let told = exported(&stage, of_nifty(), cut.path()).await.unwrap_err().to_string();
    assert!(told.contains("(candles-NIFTY-2025-08-28.parquet)"), "{told}");
    assert!(told.contains("earlier version was cut off there, remove the folder and export again"), "{told}");
    fs::remove_dir_all(cut.path()).unwrap();
    exported(&stage, of_nifty(), cut.path()).await.unwrap();
    let in_a_file = exported(&stage, of_nifty(), &cut.path().join("manifest.json")).await.unwrap_err();
    assert!(in_a_file.to_string().contains("manifest.json is a file: name a folder"), "{in_a_file}");

    let refusals: BTreeMap<&str, ExportOrder> = [
        ("name an underlying, or contracts", ExportOrder::default()),
        ("not both: the keys", ExportOrder { underlying: Some(nifty().into()), ..order.clone() }),
        ("is no strike", ExportOrder { strike_from: Some(-1.0), ..of_nifty() }),
        ("is no format", ExportOrder { format: Some("xls".to_owned()), ..of_nifty() }),
        ("no file of rows: choose csv", ExportOrder { format: Some("columns".to_owned()), ..of_nifty() }),
        ("is no preset: choose pandas", ExportOrder { preset: Some("matlab".to_owned()), ..of_nifty() }),
        ("a preset has its own columns", ExportOrder { format: Some("csv".to_owned()), ..order.clone() }),
        ("is no column of candles", ExportOrder { columns: vec!["colour".to_owned()], ..of_nifty() }),
        ("has no expiry on 20 Aug 2025", ExportOrder { expiries: vec![day("2025-08-20")], ..of_nifty() }),
        (
            "there is nothing to export: no contract of these kinds and strikes is listed (NIFTY 2025-08-28)",
            ExportOrder { kinds: vec![ContractKind::Call], expiries: vec![day(MONTHLY)], ..of_nifty() },
        ),
        (
            "volatility needs contracts",
            ExportOrder { of: ExportOf::Underlying, volatility: true, ..of_nifty() },
        ),
    ]
    .into();
    for (sentence, order) in refusals {
        let empty = TempDir::new().unwrap();
        let refusal = exported(&stage, order, &empty.path().join("new")).await.unwrap_err().to_string();
        assert!(refusal.contains(sentence), "{sentence}: {refusal}");
    }
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_candle_of_the_days_and_the_interval_can_be_made_of_is_left_out_by_name() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let by_day = CollectOrder { interval: Interval::Day, ..order(&[WEEKLY], ContractKinds::Both) };
    let by_minute = order(&[MONTHLY], ContractKinds::Futures);
    for order in [by_day, by_minute] {
        let job = engine.jobs().create(&order).await.unwrap();
        engine.jobs().run(job).await.unwrap();
    }
    let reader = ExportReader::open_for_reading(stage.data.path()).await.unwrap();
    let of = |expiries: &[&str]| ExportOrder {
        expiries: expiries.iter().map(|text| day(text)).collect(),
        ..of_nifty()
    };
    let after_its_life = Some(day("2025-09-01"));
    let weekend = (Some(day("2025-08-23")), Some(day("2025-08-24")));
    for (sentence, order) in [
        ("contracts stored, but not for these days and this interval", of(&[WEEKLY])),
        (
            "1 contract stored, but not for these days and this interval",
            ExportOrder { from: after_its_life, ..of(&[MONTHLY]) },
        ),
        ("no contract is listed here: collect the expiry first (NIFTY 2025-08-14)", of(&["2025-08-14"])),
        (
            "the underlying's own candles are not stored for these days and this interval (NIFTY)",
            ExportOrder { of: ExportOf::Underlying, from: weekend.0, to: weekend.1, ..of_nifty() },
        ),
    ] {
        let refusal = reader.estimate(order.clone()).await.unwrap_err().to_string();
        assert!(refusal.contains(sentence), "{sentence}: {refusal}");
        let folder = TempDir::new().unwrap();
        let refusal = exported(&stage, order.clone(), &folder.path().join("new")).await.unwrap_err();
        assert!(refusal.to_string().contains(sentence), "{sentence}: {refusal}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{sentence}");
        let refusal = engine.exports().create(order).await.unwrap_err().to_string();
        assert!(refusal.contains(sentence), "{sentence}: {refusal}");
    }

    // Beside what is there the rest is named, in the estimate as in the manifest.
    let folder = TempDir::new().unwrap();
    let mixed = of(&["2025-08-14", WEEKLY, MONTHLY]);
    let estimate = reader.estimate(mixed.clone()).await.unwrap();
    let manifest = exported(&stage, mixed, folder.path()).await.unwrap();
    let [file] = &manifest.files[..] else { panic!("{manifest:?}") };
    assert_eq!((file.name.as_str(), file.contracts), ("candles-NIFTY-2025-08-28.parquet", 1));
    assert_eq!((estimate.rows, estimate.contracts, estimate.files), (manifest.rows, manifest.contracts, 1));
    assert_eq!(estimate.left_out, manifest.left_out);
    let by_day = stage.sql::<i64>(
        "SELECT count(*) FROM series WHERE contract_id IS NOT NULL AND candles > 0 AND interval = 'day'",
    );
    let by_day = by_day.unsigned_abs();
    let left = |why: &str| manifest.left_out.iter().find(|left| left.why == why).unwrap();
    assert_eq!(left("stored, but not for these days and this interval").contracts, by_day);
    let unlisted = left("no contract is listed here: collect the expiry first");
    assert_eq!((unlisted.contracts, &unlisted.examples[..]), (0, &["NIFTY 2025-08-14".to_owned()][..]));
    // In days all of it can be made.
    let folder = TempDir::new().unwrap();
    let in_days = ExportOrder { interval: "day".parse().unwrap(), ..of(&[WEEKLY, MONTHLY]) };
    let manifest = exported(&stage, in_days.clone(), folder.path()).await.unwrap();
    assert_eq!((manifest.contracts, manifest.files.len()), (by_day + 1, 2));
    // What is no longer stored does not stay beside what is exported anew.
    stage.change("DELETE FROM series_day WHERE series_id IN (SELECT id FROM series WHERE interval = 'day')");
    exported(&stage, in_days, folder.path()).await.unwrap();
    let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.collect();
    names.sort();
    assert_eq!(names, ["candles-NIFTY-2025-08-28.parquet", "manifest.json"]);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn underlyings_of_one_symbol_have_files_of_their_own() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let bank = "NSE_INDEX|Nifty Bank".parse().unwrap();
    let both = CollectOrder { underlyings: vec![nifty(), bank], ..order(&[MONTHLY], ContractKinds::Futures) };
    let job = engine.jobs().create(&both).await.unwrap();
    engine.jobs().run(job).await.unwrap();
    stage.change("UPDATE underlying SET symbol = 'NIFTY' WHERE symbol = 'BANKNIFTY'");
    let key = |of: &str| {
        let sql = "SELECT k.segment || '|' || k.exchange_token || '|' || strftime('%d-%m-%Y', k.key_date) FROM contract k
             JOIN expiry e ON e.id = k.expiry_id JOIN underlying u ON u.id = e.underlying_id WHERE u.key = ";
        stage.sql::<String>(&format!("{sql} '{of}'")).parse().unwrap()
    };
    let order = ExportOrder {
        contracts: vec![key("NSE_INDEX|Nifty 50"), key("NSE_INDEX|Nifty Bank")],
        of: ExportOf::Both,
        ..ExportOrder::default()
    };
    let folder = TempDir::new().unwrap();
    let manifest = exported(&stage, order, folder.path()).await.unwrap();
    let names: Vec<&str> = manifest.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "candles-NIFTY-2025-08-28.parquet",
            "candles-NIFTY-2025-08-28-NSE_INDEX-Nifty_Bank.parquet",
            "underlying-NIFTY.parquet",
            "underlying-NIFTY-NSE_INDEX-Nifty_Bank.parquet"
        ]
    );
    for file in &manifest.files {
        let bytes = fs::read(folder.path().join(&file.name)).unwrap();
        assert_eq!(export::Sha256::of_bytes(&bytes).to_string(), file.sha256, "{}", file.name);
    }
    let all = stage.sql::<i64>("SELECT sum(candles) FROM series");
    assert_eq!(manifest.rows as i64, rows_of_chosen_days(&stage));
    assert!(manifest.rows < all.unsigned_abs(), "whole months of the underlyings are stored");
    engine.close().await.unwrap();
}

/// Those of contracts, and of their underlyings from the first to the last of their days.
fn rows_of_chosen_days(stage: &Stage) -> i64 {
    let end = |end: &str| {
        format!(
            "(SELECT {end}(f.day) FROM series_day f JOIN series t ON t.id = f.series_id
              JOIN contract k ON k.id = t.contract_id JOIN expiry e ON e.id = k.expiry_id
              WHERE e.underlying_id = s.underlying_id)"
        )
    };
    let (first, last) = (end("min"), end("max"));
    stage.sql(&format!(
        "SELECT sum(d.candles) FROM series s JOIN series_day d ON d.series_id = s.id
         WHERE s.contract_id IS NOT NULL OR d.day BETWEEN {first} AND {last}"
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_underlyings_own_candles_are_of_the_days_of_what_is_chosen() {
    let stage = Stage::new().await;
    let last_days = CollectOrder { days: "4".parse().unwrap(), ..order(&[WEEKLY], ContractKinds::Options) };
    let engine = collected_by(&stage, &last_days).await;
    let of_weekly = |of: ExportOf| ExportOrder { of, expiries: vec![day(WEEKLY)], ..of_nifty() };
    let own_days = async |order: ExportOrder| {
        let folder = TempDir::new().unwrap();
        let manifest = exported(&stage, order, folder.path()).await.unwrap();
        let own = manifest.files.iter().find(|file| file.name.starts_with("underlying-")).unwrap();
        let at = |at: Option<i64>| EpochSeconds(at.unwrap()).day();
        (at(own.first), at(own.last), manifest.rows as i64, manifest.rules)
    };
    let chosen: (String, String) = (
        stage.sql("SELECT min(d.day) FROM series_day d JOIN series s ON s.id = d.series_id WHERE s.contract_id IS NOT NULL"),
        stage.sql("SELECT max(d.day) FROM series_day d JOIN series s ON s.id = d.series_id WHERE s.contract_id IS NOT NULL"),
    );
    let chosen = (day(&chosen.0), day(&chosen.1));
    let (first, last, rows, rules) = own_days(of_weekly(ExportOf::Both)).await;
    assert_eq!(((first, last), rows), (chosen, rows_of_chosen_days(&stage)));
    assert!(rules.iter().any(|rule| rule.contains("of the contracts that were chosen")), "{rules:?}");
    let (first, last, ..) = own_days(of_weekly(ExportOf::Underlying)).await;
    assert_eq!((first, last), chosen);
    let from = ExportOrder { from: Some(chosen.1), ..of_weekly(ExportOf::Both) };
    let (first, last, ..) = own_days(from).await;
    assert_eq!((first, last), (chosen.1, chosen.1));
    // Without an expiry all that is stored is meant.
    let (first, _, rows, rules) = own_days(ExportOrder { of: ExportOf::Both, ..of_nifty() }).await;
    assert!(first < chosen.0 && rules.is_empty(), "{first:?} {rules:?}");
    assert_eq!(rows, stage.sql::<i64>("SELECT sum(candles) FROM series"));
    engine.close().await.unwrap();
}
