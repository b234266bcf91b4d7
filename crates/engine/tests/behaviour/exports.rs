//! Exports against the database itself, row for row, and what becomes of one that is cut off, cancelled or has no room.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use crate::common::{Stage, day, nifty, order, until};
use engine::{Engine, EngineError, ExportProgress, ExportReader};
use export::table::ParquetRows;
use export::{CandleTable, Format};
use market::{Bar, ChartInterval, ContractKind, ContractKinds, DayRange};
use protocol::{ExportManifest, ExportOf, ExportOrder, ExportPicture, ExportSplit, ExportStatus};
use rusqlite::Connection;
use tempfile::TempDir;

const WEEKLY: &str = "2025-08-21";
const MONTHLY: &str = "2025-08-28";
/// Of the monthly one.
const LAST_WEEK: &str = "2025-08-25";

async fn collected(stage: &Stage, expiry: &str, kinds: ContractKinds) -> Engine {
    let engine = stage.engine().await;
    let job = engine.jobs().create(&order(&[expiry], kinds)).await.unwrap();
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
            "there is nothing to export: no contract is chosen",
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
async fn volatility_stands_beside_each_row_as_the_chart_has_it() {
    let stage = Stage::new().await;
    let engine = collected(&stage, WEEKLY, ContractKinds::Options).await;
    let folder = TempDir::new().unwrap();
    let key: String = stage.sql(
        "SELECT k.segment || '|' || k.exchange_token || '|' || strftime('%d-%m-%Y', k.key_date) FROM contract k
         JOIN series s ON s.contract_id = k.id ORDER BY s.candles DESC LIMIT 1",
    );
    let order = ExportOrder {
        contracts: vec![key.parse().unwrap()],
        format: Some("csv".to_owned()),
        columns: vec!["time".to_owned(), "close".to_owned()],
        volatility: true,
        ..ExportOrder::default()
    };
    let manifest = exported(&stage, order, folder.path()).await.unwrap();
    assert_eq!(manifest.rate, Some(0.065));
    let text = fs::read_to_string(folder.path().join(&manifest.files[0].name)).unwrap();
    let wish = engine::CandlesWish {
        key: key.parse().unwrap(),
        interval: Default::default(),
        range: None,
        beside: "volatility".parse().unwrap(),
        compared: Default::default(),
    };
    let candles = engine.market_data().candles(&wish).await.unwrap();
    let mut known = Vec::new();
    Format::Csv.write(candles, &mut known).unwrap();
    let known = String::from_utf8(known).unwrap();
    let (mut ours, mut theirs) = (text.lines(), known.lines());
    assert_eq!(ours.next(), Some("timestamp,close,forward,volatility,delta,gamma,vega,theta,price_age_s"));
    let names: Vec<&str> = theirs.next().unwrap().split(',').collect();
    let mut with_volatility = 0;
    for (our, their) in ours.zip(theirs) {
        let (our, their): (Vec<&str>, Vec<&str>) = (our.split(',').collect(), their.split(',').collect());
        let of = |name: &str| their[names.iter().position(|known| *known == name).unwrap()];
        let expected =
            ["timestamp", "close", "forward", "volatility", "delta", "gamma", "vega", "theta"].map(of);
        assert_eq!(our[..8], expected);
        assert_eq!(our[8] == "0", of("volume") != "0", "{our:?}");
        with_volatility += usize::from(!our[3].is_empty());
    }
    assert!(with_volatility > 100, "{with_volatility}");
    engine.close().await.unwrap();
}

/// Of an expiry whose contracts are read together, with a future and without one, against the chart of each.
#[tokio::test(flavor = "multi_thread")]
async fn an_expiry_with_volatility_says_of_every_contract_what_its_chart_says() {
    for kinds in [ContractKinds::Both, ContractKinds::Options] {
        let stage = Stage::new().await;
        let engine = collected(&stage, MONTHLY, kinds).await;
        for interval in [ChartInterval::Minute1, ChartInterval::Minute15] {
            let folder = TempDir::new().unwrap();
            let order = ExportOrder {
                format: Some("csv".to_owned()),
                columns: vec!["expired_key".to_owned(), "time".to_owned()],
                volatility: true,
                interval,
                // A chart reads each day anew.
                from: Some(day(LAST_WEEK)),
                ..of_nifty()
            };
            let manifest = exported(&stage, order, folder.path()).await.unwrap();
            let text = fs::read_to_string(folder.path().join(&manifest.files[0].name)).unwrap();
            let mut rows: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
            for line in text.lines().skip(1) {
                let (key, cells) = line.split_once(',').unwrap();
                let cells = cells.split(',').map(str::to_owned).collect();
                rows.entry(key.to_owned()).or_default().push(cells);
            }
            assert!(rows.len() > 20, "{}", rows.len());
            let range = DayRange::new(day(LAST_WEEK), day(MONTHLY)).ok();
            for (key, rows) in rows.iter().step_by(rows.len() / 3) {
                let wish = engine::CandlesWish {
                    range,
                    beside: "volatility".parse().unwrap(),
                    ..engine::CandlesWish::new(key.parse().unwrap(), interval)
                };
                let candles = engine.market_data().candles(&wish).await.unwrap();
                let column = |name: &str| candles.columns.iter().find(|of| of.name == name).unwrap();
                assert_eq!(candles.rows.len(), rows.len(), "{key}");
                for (at, (row, cells)) in candles.rows.iter().zip(rows).enumerate() {
                    let time = cells[0].replace(' ', "T");
                    assert_eq!(row.start.to_rfc3339()[..19], time, "{key}");
                    for (name, cell) in
                        ["forward", "volatility", "delta", "gamma", "vega", "theta"].iter().zip(&cells[1..])
                    {
                        assert_eq!(cell.parse().ok(), column(name).values[at], "{key} {time} {name}");
                    }
                }
            }
            // A file a contract holds the same rows.
            let split = TempDir::new().unwrap();
            let order = ExportOrder { split: Some(ExportSplit::Contract), ..manifest.order.clone() };
            let of_contracts = exported(&stage, order, split.path()).await.unwrap();
            assert_eq!(of_contracts.rows, manifest.rows);
            let files = of_contracts.files.iter().map(|file| {
                let text = fs::read_to_string(split.path().join(&file.name)).unwrap();
                text.split_once('\n').unwrap().1.to_owned()
            });
            assert!(files.collect::<String>() == text.split_once('\n').unwrap().1, "{interval:?}");
            let known = rows.values().flatten().filter(|cells| !cells[2].is_empty()).count();
            assert!(known > 1_000, "{known}");
        }
        engine.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_made_series_leaves_in_every_format_with_its_rule_and_its_gaps() {
    let stage = Stage::new().await;
    let engine = collected(&stage, WEEKLY, ContractKinds::Options).await;
    let order = |series: &str| ExportOrder { series: Some(series.to_owned()), ..of_nifty() };
    let made = |text: &str, expiry| engine::SeriesWish {
        expiry,
        ..engine::SeriesWish::new(text.parse().unwrap(), nifty())
    };
    let known = engine.series().make(&made("strangle offset=2", Some(day(WEEKLY)))).await.unwrap();
    for format in Format::FILES {
        let folder = TempDir::new().unwrap();
        let order = ExportOrder {
            format: Some(format.as_str().to_owned()),
            expiries: vec![day(WEEKLY)],
            ..order("strangle offset=2")
        };
        let manifest = exported(&stage, order.clone(), folder.path()).await.unwrap();
        let [file] = &manifest.files[..] else { panic!("{manifest:?}") };
        assert_eq!(file.name, format!("series-strangle-NIFTY-2025-08-21.{}", format.extension()));
        assert_eq!((file.rows as usize, manifest.rows), (known.points.len(), file.rows), "{format:?}");
        assert_eq!((manifest.rate, &manifest.order), (Some(0.065), &order));
        let bytes = fs::read(folder.path().join(&file.name)).unwrap();
        let hash = ring::digest::digest(&ring::digest::SHA256, &bytes);
        let hex: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((file.bytes, &file.sha256), (bytes.len() as u64, &hex));
        let names: Vec<&str> = manifest.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!((names.first(), names.last()), (Some(&"time"), Some(&"gap")));
        if format == Format::Parquet {
            let file = File::open(folder.path().join(&file.name)).unwrap();
            let columns = export::series_columns(known.head.columns.iter().map(|of| of.name.as_str()));
            let rows = ParquetRows::open(file, columns).unwrap();
            let rule = ("expirytrack.rule".to_owned(), known.head.rule.clone());
            assert!(rows.metadata().contains(&rule), "{:?}", rows.metadata());
            let prices = rows.flat_map(|batch| {
                let batch = batch.unwrap();
                let price = |row| match batch.columns()[1].cell(row) {
                    export::table::Cell::Number(price) => Some(price),
                    _ => None,
                };
                (0..batch.rows()).map(price).collect::<Vec<_>>()
            });
            let expected: Vec<Option<f64>> = known.points.iter().map(|(_, values)| values[0]).collect();
            assert_eq!(prices.collect::<Vec<_>>(), expected);
        }
        if format == Format::Csv {
            let mut text = Vec::new();
            format.write_series(known.clone(), &mut text).unwrap();
            assert_eq!(bytes, text, "as REST and the page give it");
        }
    }
    // As a job of the server, of all expiries at once.
    let realised = ExportOrder { format: Some("csv".to_owned()), ..order("realised-volatility window=30") };
    let id = engine.exports().create(realised).await.unwrap().id;
    engine.exports().start_in_background();
    let whole = ended(&engine, id).await;
    assert_eq!(whole.status, ExportStatus::Done, "{:?}", whole.problem);
    assert_eq!(whole.files[0].name, "series-realised-volatility-NIFTY.csv");
    assert!(whole.rows > 375, "{}", whole.rows);

    let contract = "NSE_FO|1|21-08-2025".parse().unwrap();
    for (sentence, order) in [
        ("straddel", order("straddel")),
        ("premium=RUPEES", order("by-premium side=call")),
        ("leave out kinds", ExportOrder { kinds: vec![ContractKind::Call], ..order("atm-straddle") }),
        (
            "a chain has columns and minutes of its own",
            ExportOrder {
                chain: Some(WEEKLY.to_owned()),
                expiries: vec![day(WEEKLY)],
                ..order("atm-straddle")
            },
        ),
        (
            "made of an underlying",
            ExportOrder { underlying: None, contracts: vec![contract], ..order("atm-straddle") },
        ),
        ("takes no expiry", ExportOrder { expiries: vec![day(WEEKLY)], ..order("continuous-future") }),
    ] {
        let empty = TempDir::new().unwrap();
        let refusal = exported(&stage, order, empty.path()).await.unwrap_err().to_string();
        assert!(refusal.contains(sentence), "{sentence}: {refusal}");
        assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0, "{sentence}");
    }
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_days_chain_says_of_each_minute_what_the_chain_page_says() {
    let stage = Stage::new().await;
    let engine = collected(&stage, WEEKLY, ContractKinds::Options).await;
    let order = |chain: &str| ExportOrder {
        chain: Some(chain.to_owned()),
        expiries: vec![day(WEEKLY)],
        format: Some("csv".to_owned()),
        ..of_nifty()
    };
    let (of_day, of_minute) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let whole = exported(&stage, order(WEEKLY), of_day.path()).await.unwrap();
    let minute = exported(&stage, order("2025-08-21T11:00"), of_minute.path()).await.unwrap();
    assert_eq!(whole.files[0].name, "chain-NIFTY-2025-08-21-2025-08-21.csv");
    let text = fs::read_to_string(of_minute.path().join(&minute.files[0].name)).unwrap();
    let (head, rows) = text.split_once('\n').unwrap();
    assert!(
        head.starts_with("timestamp,expiry,expired_key,kind,strike,last,price_age_s,volume,open_interest,")
    );
    let all = fs::read_to_string(of_day.path().join(&whole.files[0].name)).unwrap();
    let at_eleven: Vec<&str> = all.lines().filter(|line| line.starts_with("2025-08-21 11:00:00,")).collect();
    assert_eq!(
        at_eleven,
        rows.lines().collect::<Vec<_>>(),
        "a walk through the day says what a look at the minute says"
    );
    assert_eq!(all.lines().count() as u64 - 1, whole.rows);
    let minutes: std::collections::BTreeSet<&str> = all.lines().skip(1).map(|line| &line[..19]).collect();
    assert!(minutes.len() >= 375, "{}", minutes.len());
    let chain = engine.chains().chain(&nifty(), day(WEEKLY), "2025-08-21T11:00".parse().ok()).await.unwrap();
    let sides = chain.rows.iter().flat_map(|row| row.call.iter().chain(&row.put));
    for (side, line) in sides.zip(rows.lines()) {
        let fields: Vec<&str> = line.split(',').collect();
        assert_eq!(
            (fields[2], fields[5].parse()),
            (side.expired_key.to_string().as_str(), Ok(side.last)),
            "{line}"
        );
        assert_eq!(fields[12].parse().ok(), side.volatility, "{line}");
    }
    for (sentence, order) in [
        ("neither a day nor a minute", order("yesterday")),
        ("a chain is of one expiry", ExportOrder { expiries: Vec::new(), ..order(WEEKLY) }),
        ("a chain has columns and minutes of its own", ExportOrder { volatility: true, ..order(WEEKLY) }),
        ("lies after the expiry", order("2025-08-22")),
    ] {
        let empty = TempDir::new().unwrap();
        let refusal = exported(&stage, order, empty.path()).await.unwrap_err().to_string();
        assert!(refusal.contains(sentence), "{sentence}: {refusal}");
        assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0, "{sentence}");
    }
    engine.close().await.unwrap();
}

async fn ended(engine: &Engine, id: i64) -> ExportPicture {
    until(async || engine.exports().picture(id).await.unwrap().status.has_ended()).await;
    engine.exports().picture(id).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_of_the_server_goes_on_after_a_restart_with_the_file_that_was_not_whole() {
    let stage = Stage::new().await;
    let engine = collected(&stage, WEEKLY, ContractKinds::Both).await;
    let order =
        ExportOrder { split: Some(ExportSplit::Contract), format: Some("csv".to_owned()), ..of_nifty() };
    let id = engine.exports().create(order.clone()).await.unwrap().id;
    engine.exports().start_in_background();
    let whole = ended(&engine, id).await;
    assert_eq!(whole.status, ExportStatus::Done, "{:?}", whole.problem);
    let stored = stage.sql::<i64>("SELECT sum(candles) FROM series WHERE contract_id IS NOT NULL");
    assert_eq!((whole.rows as i64, whole.rows_expected as i64), (stored, stored));
    engine.close().await.unwrap();
    drop(engine);

    // As a kill leaves it: some files noted, one half written, the export running.
    let folder = Path::new(&whole.folder).to_owned();
    let (kept, cut) = (&whole.files[0], &whole.files[1]);
    stage.change(&format!("DELETE FROM export_file WHERE name <> '{}'", kept.name));
    stage.change("UPDATE export SET status = 'running', ended_at = NULL");
    for file in &whole.files[1..] {
        fs::remove_file(folder.join(&file.name)).unwrap();
    }
    fs::remove_file(folder.join("manifest.json")).unwrap();
    fs::write(folder.join(format!("{}.partial", cut.name)), "expired_key,ki").unwrap();
    let marked = File::options().write(true).open(folder.join(&kept.name)).unwrap();
    let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    marked.set_modified(long_ago).unwrap();

    let engine = stage.engine().await;
    engine.exports().start_in_background();
    let again = ended(&engine, id).await;
    assert_eq!((again.status, &again.files), (ExportStatus::Done, &whole.files));
    let modified = folder.join(&kept.name).metadata().unwrap().modified().unwrap();
    assert_eq!(modified, long_ago, "a file that was whole is not written again");
    let names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), whole.files.len() + 1, "files and the manifest: {names:?}");

    let missing = engine.exports().file(id, "../../expirytrack.db").await.unwrap_err();
    assert_eq!(missing.kind(), engine::ErrorKind::NotFound);
    let file = engine.exports().file(id, &cut.name).await.unwrap();
    assert_eq!(file.bytes, cut.bytes);
    engine.exports().remove(id).await.unwrap();
    assert!(!folder.exists() && engine.exports().list().await.unwrap().exports.is_empty());
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_export_leaves_nothing_half_and_the_next_one_is_made() {
    let stage = Stage::new().await;
    let engine = collected(&stage, WEEKLY, ContractKinds::Both).await;
    let exports = engine.exports();
    let first = exports.create(ExportOrder { volatility: true, ..of_nifty() }).await.unwrap();
    let second = exports.create(of_nifty()).await.unwrap();
    assert_eq!(first.status, ExportStatus::Queued);
    let refusal = exports.remove(second.id).await.unwrap_err().to_string();
    assert!(refusal.contains("under way: cancel it first"), "{refusal}");
    exports.start_in_background();
    until(async || exports.picture(first.id).await.unwrap().status == ExportStatus::Running).await;
    assert_eq!(exports.cancel(first.id).await.unwrap().status, ExportStatus::Cancelled);
    assert_eq!(ended(&engine, second.id).await.status, ExportStatus::Done);
    let left = fs::read_dir(&first.folder).into_iter().flatten().count();
    assert_eq!(left, 0, "{:?}", first.folder);
    let refusal = exports.cancel(second.id).await.unwrap_err().to_string();
    assert!(refusal.contains("has ended already"), "{refusal}");
    assert!(exports.picture(99).await.unwrap_err().to_string().contains("there is no export 99"));
    exports.remove(first.id).await.unwrap();
    engine.close().await.unwrap();
}
