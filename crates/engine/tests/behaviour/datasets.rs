//! Training sets: read back as Parquet and held against chains of the same minutes, and against what is yet to come.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use engine::{DatasetService, DatasetWish, Engine, ErrorKind, Slots, Split};
use export::table::{Cell, Column, Kind, ParquetRows};
use market::{ContractKinds, EpochSeconds};
use protocol::{CollectOrder, DatasetDocument, FartherDay, Minute};

use crate::common::{Stage, day, nifty};

const EXPIRY: &str = "2025-08-28";

async fn stage() -> (Stage, Engine) {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let days = "5".parse().unwrap();
    let order = CollectOrder { days, ..crate::common::order(&[EXPIRY], ContractKinds::Both) };
    let job = engine.jobs().create(&order).await.unwrap();
    engine.jobs().run(job).await.unwrap();
    (stage, engine)
}

fn wish(slots: &str, split: &str) -> DatasetWish {
    let (slots, split): (Slots, Split) = (slots.parse().unwrap(), split.parse().unwrap());
    let (from, to, farther) = (None, None, false);
    DatasetWish { underlying: nifty(), from, to, farther, slots, label: Some(15), split, rate: None }
}

/// What is looked at of a row.
#[derive(Clone, Debug)]
struct Row {
    at: EpochSeconds,
    slot: String,
    key: Option<String>,
    price: Option<f64>,
    volatility: Option<f64>,
    delta: Option<f64>,
    day_volume: Option<i64>,
    volume: Option<i64>,
    open_interest: Option<i64>,
    forward: Option<f64>,
    label: Option<f64>,
}

fn rows(folder: &Path, file: &str) -> Vec<Row> {
    let columns = [
        ("time", Kind::Time),
        ("slot", Kind::Text),
        ("expired_key", Kind::Text),
        ("price", Kind::Price),
        ("volatility", Kind::Number),
        ("delta", Kind::Number),
        ("day_volume", Kind::Whole),
        ("volume", Kind::Whole),
        ("open_interest", Kind::Whole),
        ("forward", Kind::Number),
        ("move_15m", Kind::Number),
    ];
    let columns = columns.map(|(name, kind)| Column::new(name, kind)).to_vec();
    let batches = ParquetRows::open(File::open(folder.join(file)).unwrap(), columns).unwrap();
    let mut rows = Vec::new();
    for batch in batches.map(Result::unwrap) {
        for row in 0..batch.rows() {
            let cell = |column: usize| batch.columns()[column].cell(row);
            let text = |column| match cell(column) {
                Cell::Text(text) => Some(text.to_owned()),
                _ => None,
            };
            let number = |column| match cell(column) {
                Cell::Number(number) => Some(number),
                Cell::Price(price) => Some(price.to_rupees()),
                _ => None,
            };
            let whole = |column| match cell(column) {
                Cell::Whole(whole) => Some(whole),
                _ => None,
            };
            let Cell::Time(at) = cell(0) else { panic!("a row without its minute") };
            rows.push(Row {
                at,
                slot: text(1).unwrap(),
                key: text(2),
                price: number(3),
                volatility: number(4),
                delta: number(5),
                day_volume: whole(6),
                volume: whole(7),
                open_interest: whole(8),
                forward: number(9),
                label: number(10),
            });
        }
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grid_tells_what_was_known_by_then_and_its_label_never_leaves_its_day() {
    let (stage, engine) = stage().await;
    let service = DatasetService::open_for_reading(stage.data.path()).await.unwrap();
    let folder = stage.data.path().join("set");
    let document = service.write(&wish("atm2", "0.5"), &folder).await.unwrap();
    let written: DatasetDocument =
        serde_json::from_slice(&std::fs::read(folder.join("dataset.json")).unwrap()).unwrap();
    assert_eq!(written, document);
    // Whose data it is, in the document and in each file.
    assert_eq!(document.source, "other");
    for part in [&document.train, &document.test] {
        let file = File::open(folder.join(&part.file)).unwrap();
        let said = ParquetRows::open(file, vec![Column::new("time", Kind::Time)]).unwrap();
        for (name, value) in [("source", document.source.as_str()), ("program", document.program.as_str())] {
            let said_so = (format!("expirytrack.{name}"), value.to_owned());
            assert!(said.metadata().contains(&said_so), "{:?}", said.metadata());
        }
    }
    assert_eq!(document.slots.len(), 10);
    assert_eq!((document.has_farther, document.farther.len()), (false, 0));
    let spot = document.columns.iter().find(|column| column.name == "spot").unwrap();
    assert_eq!(spot.words, "of the underlying, the last of the day so far");

    let [train, test] = [&document.train, &document.test].map(|part| {
        let rows = rows(&folder, &part.file);
        assert_eq!(rows.len() as u64, part.rows);
        // Dense: every slot of every minute.
        assert_eq!(part.rows, u64::from(part.days) * 375 * 10);
        rows
    });
    assert!(document.train.last < document.test.first);
    assert!(train.iter().map(|row| row.at).max() < test.iter().map(|row| row.at).min());

    for part in [&train, &test] {
        let forwards: BTreeMap<EpochSeconds, f64> =
            part.iter().filter_map(|row| Some((row.at, row.forward?))).collect();
        let mut labels = 0;
        for row in part {
            let later = EpochSeconds(row.at.0 + 15 * 60);
            let expected = forwards.get(&later).zip(row.forward).map(|(later, now)| (later / now).ln());
            let expected = expected.filter(|_| later.day() == row.at.day());
            assert_eq!(row.label, expected, "{row:?}");
            assert!(row.label.is_none() || later.minute_of_day() < 15 * 60 + 30, "{row:?}");
            labels += usize::from(row.label.is_some());
        }
        assert!(labels > part.len() * 9 / 10, "{labels}");
    }

    let mut with_greeks = 0;
    for row in train.iter().chain(&test).filter(|row| row.at.minute_of_day() % 90 == 0) {
        let chain = engine.chains().chain(&nifty(), day(EXPIRY), Some(Minute::of(row.at))).await.unwrap();
        assert_eq!(row.forward, chain.forward.as_ref().map(|forward| forward.price));
        let Some(key) = &row.key else { continue };
        let sides = chain.rows.iter().flat_map(|of| [&of.call, &of.put]).flatten();
        let side = sides.into_iter().find(|side| side.expired_key.to_string() == *key);
        let side = side.unwrap_or_else(|| panic!("{row:?} had not traded by then"));
        assert_eq!((row.price, row.volatility, row.delta), (Some(side.last), side.volatility, side.delta));
        assert_eq!((row.day_volume, row.open_interest), (Some(side.volume), side.open_interest));
        let traded: i64 = stage.sql(&format!(
            "SELECT coalesce(sum(k.volume), 0) FROM candle k JOIN series s ON s.id = k.series_id
             JOIN contract c ON c.id = s.contract_id
             WHERE k.ts = {} AND '{key}' LIKE c.segment || '|' || c.exchange_token || '|%'",
            row.at.0
        ));
        assert_eq!(row.volume, Some(traded), "{row:?}");
        if row.slot == "call+0" {
            let strikes = chain.rows.iter().find(|of| Some(of.strike) == chain.atm_strike).unwrap();
            assert_eq!(strikes.call.as_ref().map(|call| call.expired_key.to_string()).as_ref(), Some(key));
        }
        with_greeks += usize::from(row.delta.is_some());
    }
    assert!(with_greeks > 20, "{with_greeks}");
    engine.close().await.unwrap();
}

/// Nothing is stored of the first and the last minutes of the days, as where the index was not collected and options
/// begin late.
#[tokio::test(flavor = "multi_thread")]
async fn a_grid_has_every_minute_of_the_sessions_also_before_the_first_candle() {
    let (stage, engine) = stage().await;
    stage.change(
        "DELETE FROM candle WHERE (ts + 19800) % 86400 / 60 NOT BETWEEN 560 AND 920
             OR series_id IN (SELECT id FROM series WHERE underlying_id IS NOT NULL)",
    );
    let service = DatasetService::open_for_reading(stage.data.path()).await.unwrap();
    let folder = stage.data.path().join("set");
    let document = service.write(&wish("atm2", "0.5"), &folder).await.unwrap();
    for part in [&document.train, &document.test] {
        assert_eq!(part.rows, u64::from(part.days) * 375 * 10);
        let rows = rows(&folder, &part.file);
        assert_eq!(rows.len() as u64, part.rows);
        let minutes: Vec<u16> = rows.iter().map(|row| row.at.minute_of_day()).collect();
        assert_eq!((minutes[0], minutes[minutes.len() - 1]), (555, 929));
    }
    engine.close().await.unwrap();
}

/// The expiry of the 21st is listed, and nothing of it is stored.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_whose_nearest_expiry_is_not_stored_is_left_out_and_named_or_taken_by_wish() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let order = |expiry: &str| CollectOrder {
        days: "10".parse().unwrap(),
        ..crate::common::order(&[expiry], ContractKinds::Both)
    };
    let collect = async |expiry: &str| {
        let job = engine.jobs().create(&order(expiry)).await.unwrap();
        engine.jobs().run(job).await.unwrap();
    };
    collect(EXPIRY).await;
    let service = DatasetService::open_for_reading(stage.data.path()).await.unwrap();
    let folder = |name: &str| stage.data.path().join(name);
    let (weekly, monthly) = (day("2025-08-21"), day(EXPIRY));
    // Days from the 18th on are stored, those up to the 21st of the farther expiry alone.
    let farther: Vec<FartherDay> = ["2025-08-18", "2025-08-19", "2025-08-20", "2025-08-21"]
        .map(|of| FartherDay { day: day(of), nearest: weekly, stored: monthly })
        .into();

    let left_out = service.write(&wish("atm1", "0.5"), &folder("left-out")).await.unwrap();
    assert_eq!((left_out.has_farther, &left_out.farther), (false, &farther));
    assert!(left_out.train.first > weekly, "{left_out:?}");
    let rule = left_out.rules.iter().find(|rule| rule.starts_with("4 days left out")).unwrap();
    assert!(rule.contains("collect it") && rule.contains("18 Aug 2025"), "{rule}");

    let taken = DatasetWish { farther: true, ..wish("atm1", "0.5") };
    let taken = service.write(&taken, &folder("taken")).await.unwrap();
    assert_eq!((taken.has_farther, &taken.farther), (true, &farther));
    assert_eq!(taken.train.first, farther[0].day);
    assert_eq!(taken.train.days + taken.test.days, left_out.train.days + left_out.test.days + 4);
    assert!(taken.rules.iter().any(|rule| rule.starts_with("4 days told of a farther expiry")), "{taken:?}");

    let none = DatasetWish { to: Some(weekly), ..wish("atm1", "0.5") };
    let refused = service.write(&none, &folder("none")).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Refused);
    assert!(refused.to_string().contains("on 18 Aug 2025 that of 21 Aug 2025"), "{refused}");
    let one = DatasetWish { to: Some(day("2025-08-22")), ..wish("atm1", "0.5") };
    let refused = service.write(&one, &folder("one")).await.unwrap_err();
    assert!(refused.to_string().contains("there is only 22 Aug 2025; 4 days left out"), "{refused}");

    collect("2025-08-21").await;
    let whole = DatasetWish { from: Some(farther[0].day), ..wish("atm1", "0.5") };
    let whole = service.write(&whole, &folder("whole")).await.unwrap();
    assert_eq!((whole.farther.len(), whole.train.first), (0, farther[0].day));
    assert!(whole.rules.iter().all(|rule| !rule.contains("farther")), "{:?}", whole.rules);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_written_is_refused_and_leaves_nothing() {
    let (stage, engine) = stage().await;
    let service = DatasetService::open_for_reading(stage.data.path()).await.unwrap();
    let folder = stage.data.path().join("set");
    for (wish, kind, sentence) in [
        (wish("atm1", "2025-08-01"), ErrorKind::Refused, "leaves nothing on one side of the split"),
        (wish("atm1", "2026-01-01"), ErrorKind::Refused, "leaves nothing on one side of the split"),
        (DatasetWish { label: Some(0), ..wish("atm1", "0.5") }, ErrorKind::Refused, "from 1 to 374 minutes"),
        // From the first minute of a session to its last.
        (
            DatasetWish { label: Some(375), ..wish("atm1", "0.5") },
            ErrorKind::Refused,
            "no session of these days has more",
        ),
        (
            DatasetWish { from: Some(day(EXPIRY)), ..wish("atm1", "0.5") },
            ErrorKind::Refused,
            "needs two days at least",
        ),
        (
            DatasetWish { to: Some(day("2020-01-01")), ..wish("atm1", "0.5") },
            ErrorKind::NotFound,
            "no minute up to 1 Jan 2020 is stored",
        ),
    ] {
        let refused = service.write(&wish, &folder).await.unwrap_err();
        assert!(refused.to_string().contains(sentence), "{refused}");
        assert_eq!(refused.kind(), kind, "{refused}");
        assert!(!folder.exists());
    }
    // What a set that was killed left half done is written over, and nothing else is.
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("test.parquet.partial"), "PAR1").unwrap();
    std::fs::write(folder.join("mine.partial"), "").unwrap();
    let refused = service.write(&wish("atm1", "0.5"), &folder).await.unwrap_err().to_string();
    assert!(refused.contains("is there already"), "{refused}");
    std::fs::remove_file(folder.join("mine.partial")).unwrap();
    service.write(&wish("delta0.25,0.5", "0.9"), &folder).await.unwrap();
    let mut names: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["dataset.json", "test.parquet", "train.parquet"]);
    let before = std::fs::read(folder.join("train.parquet")).unwrap();
    let refused = service.write(&wish("atm1", "0.5"), &folder).await.unwrap_err().to_string();
    assert!(refused.contains("is there already"), "{refused}");
    assert_eq!(std::fs::read(folder.join("train.parquet")).unwrap(), before);
    engine.close().await.unwrap();
}
