//! A lake that lies at another place now: it is read there once all of it was found there, and from the old place until
//! then; and which of two lakes is read where an expiry lies in both.

use std::path::Path;

use engine::{Engine, ErrorKind, RunEnd};
use market::{ChartInterval, ContractKinds};
use protocol::{
    ArchiveOrder, JobStatus, LakeChoice, LakeMove, LakeOrder, LakePlace, LakeState, PruneChoice, StorageDeed,
    StorageEnd,
};
use rusqlite::Connection;
use simulator::SimulatorOptions;
use tempfile::TempDir;

use crate::common::{Stage, day, nifty, order, until};

const EXPIRY: &str = "2025-08-28";
const EARLIER: &str = "2025-08-21";
const CANDLES: &str = "candles/exchange=NSE/underlying=NIFTY/expiry=2025-08-28/part-0.parquet";
const MANIFEST: &str = "manifest/exchange=NSE/underlying=NIFTY/expiry=2025-08-28.json";
const INDEX: &str = "manifest/index.json";
const DAYS: u32 = 6;

async fn stage() -> Stage {
    let options =
        SimulatorOptions { limits: None, strikes_each_side_max: Some(2), ..SimulatorOptions::default() };
    Stage::with(options).await
}

async fn collect(engine: &Engine) {
    let mut order = order(&[EXPIRY, EARLIER], ContractKinds::Both);
    order.days = DAYS.try_into().unwrap();
    let job = engine.jobs().create(&order).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
}

async fn ended(engine: &Engine) -> StorageEnd {
    until(async || engine.storage().work().await.unwrap().under_way.is_none()).await;
    engine.storage().work().await.unwrap().last.unwrap()
}

/// Another one may have the data directory then.
async fn close(engine: Engine) {
    engine.close().await.unwrap();
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

async fn publish(engine: &Engine, lake: &Path) {
    let order = LakeOrder {
        underlying: nifty(),
        expiries: LakeChoice::Dates(vec![day(EXPIRY), day(EARLIER)]),
        to: Some(text(lake)),
        days: DAYS.try_into().unwrap(),
        volatility: false,
        why: None,
    };
    engine.lake().publish(order).await.unwrap();
    assert_eq!(ended(engine).await.problem, None);
}

fn all_into(lake: Option<&Path>) -> ArchiveOrder {
    ArchiveOrder { underlying: nifty(), expiries: PruneChoice::All, lake: lake.map(text) }
}

async fn archive(engine: &Engine, order: &ArchiveOrder) {
    let preview = engine.storage().archive_preview(order).await.unwrap();
    engine.storage().archive(order, &preview.token).await.unwrap();
    assert_eq!(ended(engine).await.problem, None);
}

async fn move_to(engine: &Engine, to: &Path) -> StorageEnd {
    engine.lake().move_to(LakeMove { from: None, to: text(to) }).await.unwrap();
    let end = ended(engine).await;
    assert_eq!(end.deed, StorageDeed::MoveLake);
    end
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let beside = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &beside);
        } else {
            std::fs::copy(entry.path(), beside).unwrap();
        }
    }
}

/// All bars of an expiry, or the sentence in place of them.
async fn bars(stage: &Stage, engine: Option<&Engine>) -> Result<String, String> {
    let opened = if engine.is_none() { Some(stage.engine().await) } else { None };
    let of = engine.or(opened.as_ref()).unwrap();
    let mut told = String::new();
    for row in of.browse().contracts(&nifty(), day(EXPIRY), None).await.unwrap().contracts {
        let key = row.contract.expired_key;
        let made = of.market_data().bars(&key, ChartInterval::MINUTE_1, None).await;
        told += &made.map(|made| format!("{:?}", made.bars)).map_err(|error| error.to_string())?;
    }
    if let Some(engine) = opened {
        close(engine).await;
    }
    Ok(told)
}

async fn places(engine: &Engine) -> Vec<String> {
    let archived = engine.storage().archived().await.unwrap();
    let picture = engine.lake().picture().await.unwrap();
    let partitions = picture.partitions.into_iter().map(|of| of.place);
    let mut places: Vec<String> = partitions.chain(archived.into_iter().map(|of| of.file)).collect();
    places.dedup();
    places
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lake_that_was_moved_by_hand_is_read_where_it_lies_now() {
    let (stage, folder) = (stage().await, TempDir::new().unwrap());
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    let engine = stage.engine().await;
    collect(&engine).await;
    engine.lake().put_place(LakePlace { place: Some(text(&old)) }).await.unwrap();
    publish(&engine, &old).await;
    archive(&engine, &all_into(None)).await;
    close(engine).await;
    let before = bars(&stage, None).await.unwrap();

    std::fs::rename(&old, &new).unwrap();
    let lost = bars(&stage, None).await.unwrap_err();
    assert!(lost.contains(&text(&old.join(CANDLES))) && lost.contains("expirytrack lake move"), "{lost}");
    let engine = stage.engine().await;
    let end = move_to(&engine, &new).await;
    assert_eq!(end.problem, None);
    assert!(!old.exists(), "nothing looks for it at the old place");
    assert_eq!(engine.lake().place().await.unwrap().place, Some(text(&new)));
    let picture = engine.lake().picture().await.unwrap();
    assert!(picture.partitions.iter().all(|of| of.place == text(&new) && of.verified_at.is_some()));
    assert_eq!(picture.partitions.iter().filter(|of| of.state == LakeState::Archived).count(), 2);
    // Without opening anything anew.
    assert_eq!(bars(&stage, Some(&engine)).await.as_ref(), Ok(&before));
    let lines = picture.last.unwrap().lines;
    assert_eq!(lines.len(), picture.partitions.len(), "{lines:?}");
    engine.storage().unarchive(&all_into(None)).await.unwrap();
    assert_eq!(ended(&engine).await.problem, None);
    close(engine).await;
    assert_eq!(bars(&stage, None).await, Ok(before));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_not_the_lake_changes_nothing() {
    let (stage, folder) = (stage().await, TempDir::new().unwrap());
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    let engine = stage.engine().await;
    let refused = async |from: Option<&Path>, to: &Path| {
        let order = LakeMove { from: from.map(text), to: text(to) };
        let error = engine.lake().move_to(order).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        error.to_string()
    };
    std::fs::create_dir(&new).unwrap();
    assert!(refused(None, &new).await.contains("nothing is published from here at all"));
    collect(&engine).await;
    publish(&engine, &old).await;
    archive(&engine, &all_into(None)).await;
    let (before, known) = (bars(&stage, Some(&engine)).await.unwrap(), places(&engine).await);

    // What can be known before anything is read.
    let nowhere = folder.path().join("nowhere");
    let told = refused(None, &nowhere).await;
    assert!(told.contains("there is no folder") && !nowhere.exists(), "{told}");
    assert!(refused(Some(&old), &old).await.contains("is where it is read already"));
    let told = refused(Some(&nowhere), &new).await;
    assert!(told.contains("nothing was published from here into") && told.contains(&text(&old)), "{told}");
    assert!(refused(None, Path::new("gs://other")).await.contains("only s3:// is known"));
    std::fs::write(new.join("notes.txt"), "mine").unwrap();
    assert!(refused(None, &new).await.contains("is not empty, and no lake"));
    std::fs::remove_file(new.join("notes.txt")).unwrap();
    copy(&old, &new);
    let index = std::fs::read_to_string(new.join(INDEX)).unwrap();
    for (from, to, words) in [
        ("\"source\": \"other\"", "\"source\": \"upstox\"", "holds data of upstox"),
        ("\"layout\": 1", "\"layout\": 2", "install that version"),
    ] {
        assert!(index.contains(from), "{index}");
        std::fs::write(new.join(INDEX), index.replacen(from, to, 1)).unwrap();
        let told = refused(None, &new).await;
        assert!(told.contains(words), "{told}");
        std::fs::write(new.join(INDEX), &index).unwrap();
    }

    // What reading it tells.
    let bytes = |path: &str| std::fs::read(new.join(path)).unwrap();
    let put = |path: &str, bytes: &[u8]| std::fs::write(new.join(path), bytes).unwrap();
    let changed = |path: &str| {
        let mut bytes = bytes(path);
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        put(path, &bytes);
    };
    let rows = |text: &str| {
        let text = String::from_utf8(bytes(MANIFEST)).unwrap().replacen("\"rows\": ", text, 1);
        put(MANIFEST, text.as_bytes());
    };
    let tampered: [(&str, &dyn Fn(), &str); 5] = [
        (
            "a manifest is missing",
            &|| std::fs::remove_file(new.join(MANIFEST)).unwrap(),
            "its manifest is not there any more",
        ),
        ("a file is missing", &|| std::fs::remove_file(new.join(CANDLES)).unwrap(), "is not there any more"),
        ("a byte of a file", &|| changed(CANDLES), "holds other bytes"),
        ("a manifest that lies", &|| rows("\"rows\": 1"), "not the one that is known here"),
        ("a manifest that is none", &|| put(MANIFEST, b"{}"), "cannot be read"),
    ];
    let whole = [CANDLES, MANIFEST].map(|path| (path, bytes(path)));
    for (what, tamper, words) in tampered {
        tamper();
        let problem = move_to(&engine, &new).await.problem.unwrap_or_default();
        assert!(problem.contains(words), "{what}: {problem}");
        assert!(problem.contains(&format!("Everything is read from {} as before", text(&old))), "{problem}");
        assert_eq!(places(&engine).await, known, "{what}");
        whole.iter().for_each(|(path, bytes)| put(path, bytes));
    }
    close(engine).await;
    assert_eq!(bars(&stage, None).await, Ok(before.clone()));
    let engine = stage.engine().await;
    assert_eq!(move_to(&engine, &new).await.problem, None);
    assert_ne!(places(&engine).await, known);
    close(engine).await;
    assert_eq!(bars(&stage, None).await, Ok(before));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_lakes_a_person_says_which_one_is_read() {
    let (stage, folder) = (stage().await, TempDir::new().unwrap());
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    let engine = stage.engine().await;
    collect(&engine).await;
    publish(&engine, &one).await;
    publish(&engine, &other).await;
    let before = bars(&stage, Some(&engine)).await.unwrap();
    let refused =
        async |order: &ArchiveOrder| engine.storage().archive_preview(order).await.unwrap_err().to_string();
    let told = refused(&all_into(None)).await;
    assert!(told.contains(&format!("it lies in {} and in {}", text(&one), text(&other))), "{told}");
    let told = refused(&all_into(Some(folder.path()))).await;
    assert!(told.contains(&format!("and not into {}", text(folder.path()))), "{told}");
    assert!(
        refused(&ArchiveOrder { lake: Some("gs://x".to_owned()), ..all_into(None) }).await.contains("s3://")
    );
    // That of the settings, where nobody says another.
    engine.lake().put_place(LakePlace { place: Some(text(&other)) }).await.unwrap();
    let files = async |lake: Option<&Path>| {
        let preview = engine.storage().archive_preview(&all_into(lake)).await.unwrap();
        preview.expiries.into_iter().map(|of| of.file).collect::<Vec<_>>()
    };
    assert!(files(None).await.iter().all(|file| file.starts_with(&text(&other))));
    assert!(files(Some(&one)).await.iter().all(|file| file.starts_with(&text(&one))));
    archive(&engine, &all_into(Some(&one))).await;
    let told = engine.storage().archived().await.unwrap();
    assert!(told.len() == 2 && told.iter().all(|of| of.file.starts_with(&text(&one))), "{told:?}");

    // The one that is read is lost, and the other has the same files.
    std::fs::remove_dir_all(&one).unwrap();
    close(engine).await;
    assert!(bars(&stage, None).await.unwrap_err().contains("is missing"));
    let engine = stage.engine().await;
    assert_eq!(move_to(&engine, &other).await.problem, None);
    assert_eq!(engine.lake().picture().await.unwrap().partitions.len(), 2 + months(&engine).await);
    let told = engine.storage().archived().await.unwrap();
    assert!(told.iter().all(|of| of.file.starts_with(&text(&other))), "{told:?}");
    close(engine).await;
    assert_eq!(bars(&stage, None).await, Ok(before));
}

/// It is held up by the first thing that it keeps, so that there is time to stop it.
#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_somebody_stopped_moves_nothing_and_says_so() {
    let (stage, folder) = (stage().await, TempDir::new().unwrap());
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    let engine = stage.engine().await;
    collect(&engine).await;
    publish(&engine, &old).await;
    copy(&old, &new);
    let known = places(&engine).await;
    // What was cut off is noted as finished before anything is read.
    stage.change(&format!("UPDATE setting SET value = '{}' WHERE name = 'lake_under_way'", text(&old)));
    let writer = Connection::open(stage.data.path().join("expirytrack.db")).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let meanwhile = async {
        until(async || engine.storage().work().await.unwrap().under_way.is_some()).await;
        assert!(engine.storage().stop().await.unwrap().under_way.unwrap().is_stopping);
        writer.execute_batch("ROLLBACK").unwrap();
    };
    let (end, ()) = tokio::join!(move_to(&engine, &new), meanwhile);
    assert_eq!((end.is_stopped, end.problem), (true, None));
    assert_eq!(
        end.deed.words_once_stopped(),
        "nothing is moved, everything is read where it was: the same again begins anew"
    );
    assert_eq!(places(&engine).await, known);
    assert_eq!(move_to(&engine, &new).await.problem, None);
    assert_eq!(places(&engine).await, [text(&new)]);
}

/// Of the underlying's own, which are published too.
async fn months(engine: &Engine) -> usize {
    let picture = engine.lake().picture().await.unwrap();
    picture.partitions.iter().filter(|of| of.month.is_some()).count()
}
