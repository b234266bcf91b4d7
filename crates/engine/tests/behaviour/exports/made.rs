//! What is made of candles and leaves like them (volatility, series, chains), against what pages say of it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use export::table::ParquetRows;
use export::{Format, VOLATILITY_RULE};
use market::{ChartInterval, ContractKind, ContractKinds, DayRange};
use protocol::{CollectOrder, ExportOrder, ExportSplit, ExportStatus};
use tempfile::TempDir;

use super::{LAST_WEEK, MONTHLY, WEEKLY, collected, collected_by, ended, exported, of_nifty};
use crate::common::{Stage, day, nifty, order};

/// From before the days that are exported: what a chart has drawn before them must make no difference.
const DAYS: u32 = 8;

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
    Format::Csv.write(candles, &export::Origin::default(), &mut known).unwrap();
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
    let cases =
        [(ContractKinds::Both, ChartInterval::MINUTE_15), (ContractKinds::Options, ChartInterval::MINUTE_1)];
    for (kinds, interval) in cases {
        let stage = Stage::new().await;
        let last_days = CollectOrder { days: DAYS.try_into().unwrap(), ..order(&[MONTHLY], kinds) };
        let engine = collected_by(&stage, &last_days).await;
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
            format.write_series(known.clone(), &export::Origin::default(), &mut text).unwrap();
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
    // Volatilities and greeks are in it, so their rate and their rule are told, in the file too.
    assert_eq!((whole.rate, &whole.rules[..]), (Some(0.065), &[VOLATILITY_RULE.to_owned()][..]));
    let parquet = TempDir::new().unwrap();
    let as_parquet = ExportOrder { format: Some("parquet".to_owned()), ..order("2025-08-21T11:00") };
    let manifest = exported(&stage, as_parquet, parquet.path()).await.unwrap();
    let file = File::open(parquet.path().join(&manifest.files[0].name)).unwrap();
    let said = ParquetRows::open(file, export::chain_columns()).unwrap();
    for (name, value) in [("rate", "0.065"), ("rule", VOLATILITY_RULE), ("source", manifest.source.as_str())]
    {
        let said_so = (format!("expirytrack.{name}"), value.to_owned());
        assert!(said.metadata().contains(&said_so), "{:?}", said.metadata());
    }
    let text = fs::read_to_string(of_minute.path().join(&minute.files[0].name)).unwrap();
    let (head, rows) = text.split_once('\n').unwrap();
    assert!(
        head.starts_with("timestamp,expiry,expired_key,kind,strike,last,price_age_s,volume,open_interest,")
    );
    let later = "forward,spot,session_volatility,no_volatility_because,rate,forward_source,forward_age_s";
    assert!(head.ends_with(later), "what came later stands behind what was there: {head}");
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
        let [.., session, why, rate, source, age] = fields[..] else { panic!("{line}") };
        assert_eq!(session.parse().ok(), side.session_volatility, "{line}");
        assert_eq!(why, side.no_volatility_because.as_deref().unwrap_or(""), "{line}");
        assert_eq!(rate.parse(), Ok(chain.rate), "{line}");
        let forward = chain.forward.as_ref();
        assert_eq!(source, forward.map_or("", |forward| forward.source.as_str()), "{line}");
        assert_eq!(age.parse().ok(), forward.map(|forward| forward.age_s), "{line}");
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
    // What is not stored is refused when it is ordered, and leaves no folder.
    let folder = TempDir::new().unwrap();
    for moment in ["2025-08-21T09:14", "2025-08-15"] {
        let refusal = exported(&stage, order(moment), &folder.path().join("new/chain")).await.unwrap_err();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{moment}");
        let ordered = engine.exports().create(order(moment)).await.unwrap_err();
        assert_eq!(ordered.to_string(), refusal.to_string(), "{moment}");
    }
    // Nor does what is found out only while it is written.
    let series = ExportOrder {
        series: Some("atm-straddle".to_owned()),
        expiries: vec![day(MONTHLY)],
        format: Some("csv".to_owned()),
        ..of_nifty()
    };
    exported(&stage, series.clone(), &folder.path().join("new/series")).await.unwrap_err();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    engine.exports().start_in_background();
    let ordered = engine.exports().create(series).await.unwrap();
    let failed = ended(&engine, ordered.id).await;
    assert_eq!(failed.status, ExportStatus::Failed);
    let left = Path::new(&failed.folder);
    assert!(!left.exists() && !left.parent().unwrap().exists(), "{}", failed.folder);
    engine.close().await.unwrap();
}
