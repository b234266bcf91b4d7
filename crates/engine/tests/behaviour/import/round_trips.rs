//! What an export writes comes back as it was, of every preset and every format of CSV, or is refused in a sentence; and
//! what a file does not say is not guessed.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, Float64Array, Int64Array, RecordBatch, StringArray};
use engine::{Engine, ExportProgress, ExportReader};
use flate2::write::GzEncoder;
use market::{Candle, Contract, ContractKinds, ExpiredKey};
use parquet::arrow::ArrowWriter;
use protocol::{ExportManifest, ExportOrder, ExportSymbol, ImportedFile};
use rusqlite::Connection;
use tempfile::TempDir;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::{EXPIRY, bring, collect, csv, file, known, only, prices, rupees};
use crate::common::{Stage, day, nifty};

/// The days that are exported: from this one to the expiry.
const LAST_TWO: &str = "2025-08-20";

/// Another data directory of the same market.
fn elsewhere(stage: &Stage) -> Stage {
    Stage {
        simulator: stage.simulator.clone(),
        address: stage.address.clone(),
        data: TempDir::new().unwrap(),
    }
}

/// With the contracts of the expiry listed, and no candle.
async fn listed(stage: &Stage) -> Engine {
    let engine = stage.engine().await;
    engine.expired().contracts(&nifty(), day(EXPIRY), ContractKinds::Both).await.unwrap();
    engine
}

/// The two contracts with most candles.
fn busiest(stage: &Stage) -> Vec<(Contract, Vec<Candle>)> {
    let mut known = known(stage, 100);
    known.sort_by_key(|(_, candles)| std::cmp::Reverse(candles.len()));
    known.truncate(2);
    known
}

async fn export(stage: &Stage, order: ExportOrder, folder: &Path) -> ExportManifest {
    let reader = ExportReader::open_for_reading(stage.data.path()).await.unwrap();
    let now = day(EXPIRY).at_minute(1200);
    reader.write_to(order, folder, &ExportProgress::default(), now).await.unwrap()
}

/// Of the days that are exported.
fn stored(stage: &Stage, keys: &[ExpiredKey], interval: &str) -> Vec<String> {
    let connection = Connection::open(stage.data.path().join("expirytrack.db")).unwrap();
    let keys: Vec<String> = keys.iter().map(|key| format!("'{key}'")).collect();
    let sql = format!(
        "SELECT expired_instrument_key || ' ' || timestamp || ' ' || open || ' ' || high || ' ' || low || ' ' || close
             || ' ' || volume || ' ' || open_interest FROM historical_data_all
         WHERE expired_instrument_key IN ({}) AND interval = '{interval}' AND timestamp >= '{LAST_TWO}' ORDER BY 1",
        keys.join(", ")
    );
    let mut statement = connection.prepare(&sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

fn reasons(file: &ImportedFile) -> String {
    file.refused.keys().cloned().collect::<Vec<_>>().join("; ")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_preset_and_every_form_of_csv_comes_back_row_for_row() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine).await;
    let keys: Vec<ExpiredKey> = busiest(&stage).iter().map(|(of, _)| of.expired_key.clone()).collect();
    let expected = stored(&stage, &keys, "1minute");
    assert!(expected.len() > 300, "{}", expected.len());

    let order = || {
        let from = Some(day(LAST_TWO));
        ExportOrder { contracts: keys.clone(), from, ..ExportOrder::default() }
    };
    let preset = |name: &str| ExportOrder { preset: Some(name.to_owned()), ..order() };
    let format = |name: &str| ExportOrder { format: Some(name.to_owned()), ..order() };
    let bare: Vec<String> =
        "time open high low close volume open_interest".split(' ').map(str::to_owned).collect();
    let symbols = |symbol| ExportOrder { symbols: vec![symbol], columns: bare.clone(), ..format("csv") };
    let times = |name: &str| ExportOrder { times: Some(name.to_owned()), ..format("csv.gz") };
    let mut orders: Vec<(String, ExportOrder)> = export::Preset::ALL
        .map(|of| of.facts().name)
        .into_iter()
        .filter(|name| *name != "excel")
        .map(|name| (name.to_owned(), preset(name)))
        .collect();
    orders.extend(["csv", "csv.gz", "csv.zip", "parquet"].map(|name| (name.to_owned(), format(name))));
    for symbol in [ExportSymbol::Broker, ExportSymbol::OpenAlgo, ExportSymbol::Parts] {
        orders.push((symbol.as_str().to_owned(), symbols(symbol)));
    }
    orders.extend(["ist-offset", "epoch"].map(|name| (name.to_owned(), times(name))));
    let columns = [&["date".to_owned(), "time_of_day".to_owned()][..], &bare[1..]].concat();
    let day_and_clock = ExportOrder { columns, symbols: vec![ExportSymbol::OpenAlgo], ..format("csv.zip") };
    orders.push(("a day and a clock".to_owned(), day_and_clock));

    for (what, order) in orders {
        let (target, folder) = (elsewhere(&stage), TempDir::new().unwrap());
        let importing = listed(&target).await;
        let manifest = export(&stage, order, folder.path()).await;
        assert_eq!(manifest.rows as usize, expected.len(), "{what}");
        let report = bring(&importing, folder.path(), false).await;
        assert_eq!(report.files.len(), manifest.files.len(), "{what}: {report:?}");
        for file in &report.files {
            assert_eq!((file.refused.len(), &file.problem), (0, &None), "{what}: {file:?}");
        }
        let come_back = stored(&target, &keys, "1minute");
        assert!(come_back == expected, "{what}: {} rows against {}", come_back.len(), expected.len());
        importing.close().await.unwrap();
    }

    let (target, folder) = (elsewhere(&stage), TempDir::new().unwrap());
    let importing = listed(&target).await;
    for file in export(&stage, preset("excel"), folder.path()).await.files {
        let refused = only(bring(&importing, &folder.path().join(file.name), false).await);
        let problem = refused.problem.unwrap();
        assert!(problem.contains("is a workbook, and workbooks are not read: save it as CSV"), "{problem}");
    }
    importing.close().await.unwrap();
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn coarser_files_of_ours_come_back_as_what_they_are_or_not_at_all() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine).await;
    let key = busiest(&stage)[0].0.expired_key.clone();
    let order = |preset: &str, interval: &str| ExportOrder {
        contracts: vec![key.clone()],
        preset: Some(preset.to_owned()),
        interval: interval.parse().unwrap(),
        from: Some(day(LAST_TWO)),
        ..ExportOrder::default()
    };
    for (preset, interval, says_it_alone) in [
        ("backtrader", "30minute", false),
        ("backtrader", "day", false),
        ("amibroker", "30minute", false),
        ("vectorbt", "day", true),
        ("vectorbt", "5minute", true),
        ("pandas", "15minute", true),
    ] {
        let what = format!("{preset}, {interval}");
        let (target, folder) = (elsewhere(&stage), TempDir::new().unwrap());
        let importing = listed(&target).await;
        let manifest = export(&stage, order(preset, interval), folder.path()).await;
        let [of] = &manifest.files[..] else { panic!("{what}: {manifest:?}") };
        // Without what lies beside it.
        let alone = TempDir::new().unwrap();
        let path = file(&alone, &of.name);
        fs::copy(folder.path().join(&of.name), &path).unwrap();
        let brought = only(bring(&importing, &path, false).await);
        let expected = if says_it_alone { of.rows } else { 0 };
        assert_eq!((brought.inserted, brought.rows), (expected, of.rows), "{what}: {brought:?}");
        assert_eq!(brought.refused(), of.rows - expected, "{what}: {brought:?}");

        let brought = only(bring(&importing, folder.path(), false).await);
        assert_eq!(brought.inserted + brought.same, of.rows, "{what}: {brought:?}");
        let keys = [key.clone()];
        assert_eq!(stored(&target, &keys, interval).len() as u64, of.rows, "{what}");
        assert_eq!(stored(&target, &keys, "1minute"), Vec::<String>::new(), "{what}");
        importing.close().await.unwrap();
    }

    let (target, folder) = (elsewhere(&stage), TempDir::new().unwrap());
    let importing = listed(&target).await;
    let sentence = "an hour is made of minutes and not kept: import the minutes";
    export(&stage, order("backtrader", "1hour"), folder.path()).await;
    let problem = only(bring(&importing, folder.path(), false).await).problem.unwrap();
    assert!(problem.contains(sentence), "{problem}");
    let (hours, folder) = (order("pandas", "1hour"), TempDir::new().unwrap());
    let manifest = export(&stage, hours, folder.path()).await;
    let brought = only(bring(&importing, folder.path(), false).await);
    assert_eq!((reasons(&brought).as_str(), brought.refused()), (sentence, manifest.rows));
    importing.close().await.unwrap();
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_few_rows_are_minutes_only_where_something_shows_it() {
    let (stage, data) = (Stage::new().await, TempDir::new().unwrap());
    let engine = listed(&stage).await;
    let known = busiest(&stage);
    let some = |(of, candles): &(Contract, Vec<Candle>), step: i64, most: usize| {
        let on_step = candles.iter().filter(|candle| candle.start.0.rem_euclid(step * 60) == 0);
        (of.clone(), on_step.take(most).copied().collect::<Vec<Candle>>())
    };
    let head = "expired_key,time,open,high,low,close,volume,open_interest";
    let row = |of: &Contract, candle: &Candle| {
        format!("{},{},{}", of.expired_key, candle.start.to_ist_text(), prices(candle))
    };
    let few = some(&known[0], 30, 3);
    let path = file(&data, "candles.csv");
    csv(&path, head, std::slice::from_ref(&few), row);
    let brought = only(bring(&engine, &path, true).await);
    assert_eq!((brought.inserted, brought.refused()), (0, 3), "{brought:?}");
    assert!(reasons(&brought).contains("they are too few to show it: write it into a column"), "{brought:?}");
    // Its name says it.
    let named = file(&data, "candles_1minute.csv");
    csv(&named, head, std::slice::from_ref(&few), row);
    assert_eq!(only(bring(&engine, &named, true).await).inserted, 3);
    // The rows of another contract show it.
    let minutes = some(&known[1], 1, 30);
    csv(&path, head, &[few.clone(), minutes.clone()], row);
    let brought = only(bring(&engine, &path, true).await);
    assert_eq!((brought.inserted, brought.refused()), (33, 0), "{brought:?}");
    // What stands where no minute is traded is none.
    csv(&path, head, &[minutes], |of, candle| {
        let moved = candle.start.day().at_minute(candle.start.minute_of_day() - 540);
        format!("{},{},{}", of.expired_key, moved.to_ist_text(), prices(candle))
    });
    let brought = only(bring(&engine, &path, true).await);
    assert_eq!((brought.inserted, brought.refused()), (0, 30), "{brought:?}");
    assert!(reasons(&brought).contains("no minute is traded then"), "{brought:?}");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_symbol_that_names_no_listed_contract_is_refused_by_its_row() {
    let (stage, data) = (Stage::new().await, TempDir::new().unwrap());
    let engine = listed(&stage).await;
    let known = busiest(&stage);
    let path = file(&data, "candles.csv");
    for (symbol, part) in [
        ("NIFTY", "it is of an underlying itself"),
        ("NIFTY 1 CE 21 AUG 25", "no contract of its symbol is listed here: list its expiry first"),
        ("NIFTY25AUGFUT", "no contract of its symbol is listed here"),
    ] {
        let rows = &known[..1];
        csv(&path, "ticker,date,time,open,high,low,close,volume,openint", rows, |_, candle| {
            let time = candle.start.to_ist_text();
            let (date, clock) = time.split_at(10);
            format!("{symbol},{date},{},{}", &clock[1..9], prices(candle))
        });
        let brought = only(bring(&engine, &path, true).await);
        let count = rows[0].1.len() as u64;
        assert_eq!((brought.inserted, brought.refused()), (0, count), "{symbol}: {brought:?}");
        assert!(reasons(&brought).contains(part), "{symbol}: {brought:?}");
    }
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_file_lacks_is_told_and_what_is_broken_stops_nothing_else() {
    let (stage, data) = (Stage::new().await, TempDir::new().unwrap());
    let engine = listed(&stage).await;
    let known = busiest(&stage);
    let rows = known[0].1.len() as u64;
    let (key, head) = (known[0].0.expired_key.clone(), "expired_key,time,open,high,low,close,volume");
    csv(&file(&data, "all.csv"), head, &known[..1], |_, candle| {
        let prices = prices(candle);
        let (without_interest, _) = prices.rsplit_once(',').unwrap();
        format!("{key},{},{without_interest}", candle.start.to_ist_text())
    });
    let of = &known[0].0;
    let contracts: String = (0..400)
        .map(|at| {
            let (token, underlying) = (90_000 + at, &of.underlying_key);
            format!("NSE_FO|{token}|21-08-2025,{underlying},{EXPIRY},FUT,,NIFTY FUT {at},75\n")
        })
        .collect();
    let head = "expired_instrument_key,instrument_key,expiry_date,contract_type,strike_price,trading_symbol,lot_size";
    let mut packer = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(format!("{head}\n{contracts}").as_bytes()).unwrap();
    let packed = packer.finish().unwrap();
    fs::write(file(&data, "contracts.csv.gz"), &packed[..packed.len() / 2]).unwrap();
    let report = bring(&engine, data.path(), true).await;
    let [all, broken] = &report.files[..] else { panic!("{report:?}") };
    assert_eq!((all.inserted, all.refused(), &all.problem), (rows, 0, &None), "{all:?}");
    assert_eq!(all.remarks, ["no open interest in the file: it counts as 0"], "{all:?}");
    assert!(format!("{broken:?}").contains("contracts.csv.gz could not be read"), "{broken:?}");
    engine.close().await.unwrap();
}

/// As pandas writes a category.
#[tokio::test(flavor = "multi_thread")]
async fn columns_of_a_dictionary_and_a_zip_of_several_files_come_in() {
    let (stage, data) = (Stage::new().await, TempDir::new().unwrap());
    let engine = listed(&stage).await;
    let known = busiest(&stage);
    let of_each = |(of, candles): &(Contract, Vec<Candle>)| -> Vec<(String, Candle)> {
        candles.iter().map(|candle| (of.expired_key.to_string(), *candle)).collect()
    };
    let rows: Vec<(String, Candle)> = known.iter().flat_map(of_each).collect();
    let keys: DictionaryArray<Int32Type> = rows.iter().map(|(key, _)| key.as_str()).collect();
    let intervals: DictionaryArray<Int32Type> = rows.iter().map(|_| "1minute").collect();
    let price = |of: fn(&Candle) -> market::Price| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(rows.iter().map(|(_, candle)| rupees(of(candle)))))
    };
    let count = |of: fn(&Candle) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|(_, candle)| of(candle))))
    };
    let times = StringArray::from_iter_values(rows.iter().map(|(_, candle)| candle.start.to_rfc3339()));
    let batch = RecordBatch::try_from_iter([
        ("expired_key", Arc::new(keys) as ArrayRef),
        ("interval", Arc::new(intervals) as ArrayRef),
        ("time", Arc::new(times) as ArrayRef),
        ("open", price(|candle| candle.prices.open)),
        ("high", price(|candle| candle.prices.high)),
        ("low", price(|candle| candle.prices.low)),
        ("close", price(|candle| candle.prices.close)),
        ("volume", count(|candle| candle.volume)),
        ("open_interest", count(|candle| candle.open_interest)),
    ])
    .unwrap();
    let path = file(&data, "category.parquet");
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let brought = only(bring(&engine, &path, false).await);
    let count = rows.len() as u64;
    assert_eq!((brought.inserted, brought.contracts, brought.refused()), (count, 2, 0), "{brought:?}");

    let path = file(&data, "several.zip");
    let mut zip = ZipWriter::new(File::create(&path).unwrap());
    for (of, candles) in &known {
        let key = of.expired_key.to_string().replace('|', "-");
        zip.start_file(format!("candles/X_{key}_1minute.csv"), SimpleFileOptions::default()).unwrap();
        let lines = candles.iter().map(|candle| format!("{},{}", candle.start.to_ist_text(), prices(candle)));
        let head = "timestamp,open,high,low,close,volume,open_interest".to_owned();
        let lines: Vec<String> = std::iter::once(head).chain(lines).collect();
        zip.write_all(lines.join("\n").as_bytes()).unwrap();
    }
    zip.start_file("addresses.csv", SimpleFileOptions::default()).unwrap();
    zip.write_all(b"name,email\n").unwrap();
    zip.start_file("readme.txt", SimpleFileOptions::default()).unwrap();
    zip.write_all(b"hello").unwrap();
    zip.finish().unwrap();
    let brought = only(bring(&engine, &path, false).await);
    assert_eq!((brought.same, brought.refused(), &brought.problem), (count, 0, &None), "{brought:?}");
    let passed_over = "addresses.csv in it has no columns of candles, and nothing of it was read";
    assert_eq!(brought.remarks, [passed_over]);
    engine.close().await.unwrap();
}
