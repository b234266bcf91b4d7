//! What is chosen of columns, days and programs, and what that leaves out.

use std::fs;
use std::io::Read;

use market::{ContractKind, ContractKinds};
use protocol::{CollectOrder, EXPORT_NEVER_TRADED, ExportOf, ExportOrder, ExportSplit};
use tempfile::TempDir;

use super::{MONTHLY, WEEKLY, collected, collected_by, exported, of_nifty, parquet_rows};
use crate::common::{Stage, day, order};

fn named(columns: &[&str]) -> ExportOrder {
    ExportOrder {
        format: Some("csv".to_owned()),
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        ..of_nifty()
    }
}

/// The text of the only file.
async fn text_of(stage: &Stage, order: ExportOrder) -> String {
    let folder = TempDir::new().unwrap();
    let manifest = exported(stage, order, folder.path()).await.unwrap();
    let [file] = &manifest.files[..] else { panic!("{manifest:?}") };
    fs::read_to_string(folder.path().join(&file.name)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_of_volatility_that_is_named_is_filled() {
    let stage = Stage::new().await;
    let last_days = CollectOrder { days: "3".parse().unwrap(), ..order(&[WEEKLY], ContractKinds::Options) };
    let engine = collected_by(&stage, &last_days).await;
    let alone = text_of(&stage, named(&["time", "close", "delta"])).await;
    let with = ExportOrder { volatility: true, ..named(&["time", "close"]) };
    let with = text_of(&stage, with).await;
    assert!(alone.starts_with("timestamp,close,delta\n"), "{}", &alone[..80]);
    let place = with.lines().next().unwrap().split(',').position(|name| name == "delta").unwrap();
    let deltas = |text: &str, place: usize| -> Vec<String> {
        text.lines().skip(1).map(|line| line.split(',').nth(place).unwrap().to_owned()).collect()
    };
    let known = deltas(&with, place);
    assert!(known.iter().filter(|delta| !delta.is_empty()).count() > 100);
    assert!(deltas(&alone, 2) == known);
    let folder = TempDir::new().unwrap();
    let manifest = exported(&stage, named(&["time", "gamma"]), folder.path()).await.unwrap();
    assert_eq!(manifest.rate, Some(0.065));
    let own = ExportOrder { of: ExportOf::Underlying, ..named(&["time", "gamma"]) };
    let refusal = exported(&stage, own, &folder.path().join("own")).await.unwrap_err().to_string();
    assert!(refusal.contains("volatility needs contracts"), "{refusal}");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_underlyings_own_columns_stand_there_once_and_none_is_refused() {
    let stage = Stage::new().await;
    let engine = collected(&stage, MONTHLY, ContractKinds::Futures).await;
    let folder = TempDir::new().unwrap();
    for of in [ExportOf::Underlying, ExportOf::Both] {
        let nothing = ExportOrder { of, ..named(&["kind", "strike"]) };
        let refusal = exported(&stage, nothing, &folder.path().join("new")).await.unwrap_err().to_string();
        assert!(refusal.contains("an underlying's own candles have none of these columns"), "{refusal}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let twice = ExportOrder {
        of: ExportOf::Underlying,
        ..named(&["expired_key", "instrument_key", "kind", "time", "close"])
    };
    let manifest = exported(&stage, twice, folder.path()).await.unwrap();
    let text = fs::read_to_string(folder.path().join("underlying-NIFTY.csv")).unwrap();
    assert!(text.starts_with("instrument_key,timestamp,close\nNSE_INDEX|Nifty 50,"), "{}", &text[..80]);
    let names: Vec<&str> = manifest.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["instrument_key", "time", "close"], "as the file has them");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn days_that_were_answered_without_a_row_are_nothing_missed() {
    let stage = Stage::new().await;
    let last_days = CollectOrder { days: "3".parse().unwrap(), ..order(&[WEEKLY], ContractKinds::Options) };
    let engine = collected_by(&stage, &last_days).await;
    // Nobody traded a call on that day.
    stage.change(
        "DELETE FROM series_day WHERE day = '2025-08-20' AND series_id IN
             (SELECT s.id FROM series s JOIN contract k ON k.id = s.contract_id WHERE k.kind = 'CE')",
    );
    let calls = stage.sql::<i64>(
        "SELECT count(*) FROM contract k JOIN series s ON s.contract_id = k.id
         WHERE k.kind = 'CE' AND s.candles > 0",
    );
    let of_day = |text: &str| ExportOrder { from: Some(day(text)), to: Some(day(text)), ..of_nifty() };
    let folder = TempDir::new().unwrap();
    let manifest = exported(&stage, of_day("2025-08-20"), folder.path()).await.unwrap();
    assert!(manifest.contracts > 0);
    let silent = manifest.left_out.iter().find(|left| left.why == EXPORT_NEVER_TRADED).unwrap();
    assert!(!silent.is_missed() && calls > 1 && silent.contracts as i64 >= calls, "{silent:?}");
    assert!(manifest.left_out.iter().all(|left| !left.why.starts_with("stored")), "{:?}", manifest.left_out);
    let of_calls = ExportOrder { kinds: vec![ContractKind::Call], ..of_day("2025-08-20") };
    let refusal = exported(&stage, of_calls, &folder.path().join("new")).await.unwrap_err().to_string();
    assert!(refusal.contains(EXPORT_NEVER_TRADED), "{refusal}");
    // Of a day that nobody asked for it is not known.
    let unasked = exported(&stage, of_day("2025-08-14"), &folder.path().join("new")).await.unwrap_err();
    assert!(unasked.to_string().contains("stored, but not for these days and this interval"), "{unasked}");
    engine.close().await.unwrap();
}

/// Of a bar in which nothing was traded there is no price: a program that needs one has no such bar.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_needs_prices_gets_no_bar_without_one() {
    let stage = Stage::new().await;
    let last_days = CollectOrder { days: "3".parse().unwrap(), ..order(&[WEEKLY], ContractKinds::Options) };
    let engine = collected_by(&stage, &last_days).await;
    stage.change("UPDATE candle SET volume = 0 WHERE (ts + 19800) % 86400 / 3600 = 11");
    let of_five =
        |order: ExportOrder| ExportOrder { interval: "5minute".parse().unwrap(), volatility: true, ..order };
    let all = text_of(&stage, of_five(named(&["openalgo_symbol", "time", "close"]))).await;
    let (mut with_price, mut without) = (Vec::new(), 0);
    for line in all.lines().skip(1) {
        match line.split(',').nth(2) {
            Some("") => without += 1,
            _ => with_price.push(line.to_owned()),
        }
    }
    assert!(without > 10 && with_price.len() > 10, "{without} {}", with_price.len());
    let folder = TempDir::new().unwrap();
    let amibroker = ExportOrder { preset: Some("amibroker".to_owned()), ..of_nifty() };
    let manifest = exported(&stage, of_five(amibroker), folder.path()).await.unwrap();
    assert_eq!(manifest.rows, with_price.len() as u64);
    assert!(manifest.rules[0].contains("bars in which nothing was traded"), "{:?}", manifest.rules);
    let text = fs::read_to_string(folder.path().join(&manifest.files[0].name)).unwrap();
    // Ticker, day and time, the close, and what stands beside it.
    let rows = text.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        format!("{},{} {},{},{}", cells[0], cells[1], cells[2], cells[6], cells[9..].join(","))
    });
    assert!(rows.eq(with_price), "{text}");
    // Whoever takes them has all of them.
    let folder = TempDir::new().unwrap();
    let pandas = ExportOrder { preset: Some("pandas".to_owned()), ..of_nifty() };
    let manifest = exported(&stage, of_five(pandas), folder.path()).await.unwrap();
    assert_eq!(manifest.rows, all.lines().count() as u64 - 1);
    assert_eq!(manifest.rules, [export::VOLATILITY_RULE]);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workbook_has_a_sheet_an_expiry_and_one_file_may_be_an_underlying() {
    let stage = Stage::new().await;
    let both = order(&[WEEKLY, MONTHLY], ContractKinds::Options);
    let engine = collected_by(&stage, &CollectOrder { days: "1".parse().unwrap(), ..both }).await;
    let some = || ExportOrder {
        kinds: vec!["CE".parse().unwrap()],
        strike_from: Some(24_500.0),
        strike_to: Some(25_000.0),
        ..of_nifty()
    };
    let whole = TempDir::new().unwrap();
    let order = ExportOrder { split: Some(ExportSplit::Underlying), ..some() };
    let manifest = exported(&stage, order, whole.path()).await.unwrap();
    let [file] = &manifest.files[..] else { panic!("{manifest:?}") };
    assert_eq!(file.name, "candles-NIFTY.parquet");
    let rows = parquet_rows(&whole.path().join(&file.name)).len() as u64;
    assert!(file.rows == rows && rows > 100, "{rows} of {}", file.rows);
    for volatility in [false, true] {
        let folder = TempDir::new().unwrap();
        let order = ExportOrder { format: Some("xlsx".to_owned()), volatility, ..some() };
        let manifest = exported(&stage, order, folder.path()).await.unwrap();
        let [file] = &manifest.files[..] else { panic!("{manifest:?}") };
        assert_eq!((file.name.as_str(), file.rows), ("candles-NIFTY.xlsx", rows));
        let workbook = fs::File::open(folder.path().join(&file.name)).unwrap();
        let mut archive = zip::ZipArchive::new(workbook).unwrap();
        let mut names = String::new();
        archive.by_name("xl/workbook.xml").unwrap().read_to_string(&mut names).unwrap();
        assert_eq!(names.matches("<sheet ").count(), 2, "{names}");
        for expiry in [WEEKLY, MONTHLY] {
            assert!(names.contains(&format!("name=\"{expiry}\"")), "{names}");
        }
    }
    engine.close().await.unwrap();
}
