//! A lake into which several publish, or one of several keys: nobody takes the place of anybody else.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use engine::{Clock, Engine, RunEnd, SourceKind, VirtualClock, replica_of_lake};
use market::ContractKinds;
use protocol::{CollectOrder, JobStatus, LakeChoice, LakeOrder, LakeOutcome};
use ratelimit::WallTime;
use rusqlite::Connection;
use simulator::SimulatorOptions;
use tempfile::TempDir;

use super::{
    CANDLES, DAYS, INDEX, MANIFEST, REVISE, collected, ended, manifest, outcomes, publish, publish_into,
    stage, verify,
};
use crate::common::{Stage, day, files_below, order, until};

#[tokio::test(flavor = "multi_thread")]
async fn an_expiry_is_its_first_publishers() {
    let (stage, folder) = (stage().await, TempDir::new().unwrap());
    let (first, lake) = (collected(&stage).await, folder.path());
    publish(&first, publish_into(lake)).await;
    let theirs = manifest(lake);
    first.close().await.unwrap();
    let other = Stage { data: TempDir::new().unwrap(), ..stage };
    let second = collected(&other).await;
    let (end, report) = publish(&second, publish_into(lake)).await;
    assert_eq!((end.problem, report.lines[0].outcome), (None, LakeOutcome::Unchanged));
    assert!(report.lines[0].words.contains(&theirs.owner.id), "{report:#?}");
    other.change(REVISE);
    let (end, report) = publish(&second, publish_into(lake)).await;
    let (problem, words) = (end.problem.unwrap(), &report.lines[0].words);
    assert!(problem.contains("1 partition was not published"), "{problem}");
    assert!(words.contains(&theirs.owner.id) && words.contains(MANIFEST), "{words}");
    assert_eq!(manifest(lake), theirs);
    assert_eq!(report.lines[0].outcome, LakeOutcome::Wrong);
    assert!(!lake.join("_temporary").exists());
}

/// It was published by another, and is only known to be the same.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_damaged_of_another_publishers_is_mended_there_and_its_history_stays() {
    let (stage, folder) = (stage().await, TempDir::new().unwrap());
    let (first, lake) = (collected(&stage).await, folder.path());
    publish(&first, publish_into(lake)).await;
    let told = format!("{} publishes it: it is mended by publishing there", manifest(lake).owner.id);
    first.close().await.unwrap();
    let other = Stage { data: TempDir::new().unwrap(), ..stage };
    let second = collected(&other).await;
    assert_eq!(publish(&second, publish_into(lake)).await.0.problem, None);
    for (path, bytes) in [(CANDLES, "x"), (MANIFEST, "{}")] {
        let whole = std::fs::read(lake.join(path)).unwrap();
        std::fs::write(lake.join(path), bytes).unwrap();
        let (_, report) = verify(&second, lake).await;
        let wrong = report.lines.iter().find(|line| line.outcome == LakeOutcome::Wrong).unwrap();
        assert!(wrong.words.contains(&told) && !wrong.words.contains("Publish it again"), "{wrong:?}");
        let problem = publish(&second, publish_into(lake)).await.0.problem.unwrap();
        assert!(problem.contains("1 partition was not published"), "{problem}");
        assert_eq!(std::fs::read(lake.join(path)).unwrap(), bytes.as_bytes());
        std::fs::write(lake.join(path), whole).unwrap();
    }
}

const JULY: &str = "2025-07-31";
const FIRST_KEY: &str = "NSE_EQ|INE002A01018";
/// What the second key is called beside the first.
const LONGER: &str = "RELIANCE-INE009A01021";

/// Collects and publishes an expiry and two months of two keys that are called RELIANCE; what is ordered of each.
async fn published_of_two_keys(stage: &Stage, engine: &Engine, lake: &Path) -> impl Fn(usize) -> LakeOrder {
    let keys = [FIRST_KEY, "NSE_EQ|INE009A01021"].map(|key| key.parse().unwrap());
    // All of the month and a day of the one before, so that both months of the own candles are published too.
    let days = 31.try_into().unwrap();
    let order = CollectOrder { underlyings: keys.to_vec(), days, ..order(&[JULY], ContractKinds::Both) };
    let job = engine.jobs().create(&order).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
    stage.change("UPDATE underlying SET symbol = 'RELIANCE' WHERE key = 'NSE_EQ|INE009A01021'");
    let lake = lake.to_owned();
    let of = move |at: usize| {
        let expiries = LakeChoice::Dates(vec![day(JULY)]);
        LakeOrder { underlying: keys[at].clone(), expiries, days, ..publish_into(&lake) }
    };
    for at in [0, 1] {
        let (end, report) = publish(engine, of(at)).await;
        assert_eq!(end.problem, None);
        assert_eq!(report.lines.len(), 3);
        assert!(outcomes(&report).iter().all(|of| *of == LakeOutcome::Published), "{report:#?}");
    }
    of
}

/// A share has a new ISIN after a split, and its symbol still.
#[tokio::test(flavor = "multi_thread")]
async fn two_keys_of_one_symbol_never_share_a_path() {
    let options =
        SimulatorOptions { limits: None, strikes_each_side_max: Some(1), ..SimulatorOptions::default() };
    let (stage, folder) = (Stage::with(options).await, TempDir::new().unwrap());
    let (engine, lake) = (stage.engine().await, folder.path());
    let of = published_of_two_keys(&stage, &engine, lake).await;
    let published = engine.lake().picture().await.unwrap().partitions;
    let paths: BTreeSet<_> = published.iter().map(|of| of.manifest.clone()).collect();
    assert_eq!(paths.len(), published.len());
    for of in &published {
        let name = if of.underlying.key.as_str() == FIRST_KEY { "RELIANCE" } else { LONGER };
        assert!(of.manifest.contains(&format!("/underlying={name}/")), "{of:?}");
        assert_eq!(of.version, 1);
    }
    // Whatever comes to it: nothing moves, and nothing is written again.
    for at in [1, 0] {
        let (_, report) = publish(&engine, of(at)).await;
        assert!(outcomes(&report).iter().all(|of| *of == LakeOutcome::Unchanged), "{report:#?}");
    }
    assert_eq!(verify(&engine, lake).await.0.problem, None);
    let replica = TempDir::new().unwrap();
    replica_of_lake(lake.to_str().unwrap(), replica.path(), SourceKind::Other).await.unwrap();
    let known = Connection::open(replica.path().join("expirytrack.db")).unwrap();
    let symbols = "SELECT group_concat(symbol || ' ' || key, ', ') FROM underlying ORDER BY key";
    let symbols: String = known.query_row(symbols, [], |row| row.get(0)).unwrap();
    assert_eq!(symbols, "RELIANCE NSE_EQ|INE002A01018, RELIANCE NSE_EQ|INE009A01021");

    // Where it is not known here whose a path is, as where another data directory published it, what lies there says it.
    stage.change("DELETE FROM lake_file; DELETE FROM lake_partition");
    let (end, report) = publish(&engine, of(1)).await;
    assert_eq!(end.problem, None);
    assert!(outcomes(&report).iter().all(|of| *of == LakeOutcome::Unchanged), "{report:#?}");
    assert_eq!(verify(&engine, lake).await.0.problem, None);
}

/// An earlier version called everybody by the symbol alone, so two keys may have a name in common.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_version_put_under_the_symbol_of_two_keys_stays_whose_it_is() {
    let options =
        SimulatorOptions { limits: None, strikes_each_side_max: Some(1), ..SimulatorOptions::default() };
    let (stage, folder) = (Stage::with(options).await, TempDir::new().unwrap());
    let (engine, lake) = (stage.engine().await, folder.path());
    let of = published_of_two_keys(&stage, &engine, lake).await;
    // As it lay before: the expiry of the second under the symbol, and of the first only its months.
    let expiry =
        |name: &str, table: &str| lake.join(format!("{table}/exchange=NSE/underlying={name}/expiry={JULY}"));
    for table in ["candles", "contracts"] {
        std::fs::remove_dir_all(expiry("RELIANCE", table)).unwrap();
        std::fs::rename(expiry(LONGER, table), expiry("RELIANCE", table)).unwrap();
    }
    let manifest = |name: &str| expiry(name, "manifest").with_extension("json");
    let theirs = std::fs::read_to_string(manifest(LONGER)).unwrap().replace(LONGER, "RELIANCE");
    std::fs::remove_file(manifest(LONGER)).unwrap();
    std::fs::write(manifest("RELIANCE"), &theirs).unwrap();
    stage.change(&format!(
        "DELETE FROM lake_partition WHERE expiry_id IS NOT NULL AND manifest_path LIKE '%=RELIANCE/%';
         UPDATE lake_file SET path = replace(path, '{LONGER}', 'RELIANCE')
             WHERE partition_id IN (SELECT id FROM lake_partition WHERE expiry_id IS NOT NULL);
         UPDATE lake_partition SET manifest_path = replace(manifest_path, '{LONGER}', 'RELIANCE')
             WHERE expiry_id IS NOT NULL"
    ));
    let candles = std::fs::read(expiry("RELIANCE", "candles").join("part-0.parquet")).unwrap();
    for at in [1, 0, 1, 0] {
        let (end, _) = publish(&engine, of(at)).await;
        assert_eq!(end.problem, None, "{at}");
        assert_eq!(std::fs::read_to_string(manifest("RELIANCE")).unwrap(), theirs, "{at}");
        assert!(std::fs::read(expiry("RELIANCE", "candles").join("part-0.parquet")).unwrap() == candles);
    }
    let own = std::fs::read_to_string(manifest("RELIANCE-INE002A01018")).unwrap();
    assert!(own.contains("\"NSE_EQ|INE002A01018\"") && own.contains("\"version\": 1"), "{own}");
}

/// Everything of a lake that another does not have, and its index last.
fn bring(from: &Path, to: &Path) {
    let index = from.join(INDEX);
    let files = files_below(from).into_iter().filter(|path| *path != index);
    for file in files.chain([index.clone()]) {
        let path = to.join(file.strip_prefix(from).unwrap());
        if !path.exists() || file == index {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::copy(file, path).unwrap();
        }
    }
}

/// Reading it again is held up by the first thing that it keeps, and goes on once somebody else has published.
#[tokio::test(flavor = "multi_thread")]
async fn what_another_publishes_while_a_lake_is_verified_stays_in_its_index() {
    let (stage, folder, aside) = (stage().await, TempDir::new().unwrap(), TempDir::new().unwrap());
    let (engine, lake) = (collected(&stage).await, folder.path());
    publish(&engine, publish_into(lake)).await;
    bring(lake, aside.path());
    let (simulator, address) = (stage.simulator.clone(), stage.address.clone());
    let other = Stage { simulator, address, data: TempDir::new().unwrap() };
    let second = other.engine().await;
    let mut order = order(&["2025-08-21"], ContractKinds::Both);
    (order.days, order.with_underlying) = (DAYS.try_into().unwrap(), false);
    let job = second.jobs().create(&order).await.unwrap();
    assert_eq!(second.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
    let expiries = LakeChoice::Dates(vec![day("2025-08-21")]);
    let (end, _) = publish(&second, LakeOrder { expiries, ..publish_into(aside.path()) }).await;
    assert_eq!(end.problem, None);

    let writer = Connection::open(stage.data.path().join("expirytrack.db")).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let place = lake.to_str().unwrap().to_owned();
    let meanwhile = async {
        let has_begun =
            async || engine.storage().work().await.unwrap().under_way.is_some_and(|of| of.done > 0);
        until(has_begun).await;
        bring(aside.path(), lake);
        writer.execute_batch("ROLLBACK").unwrap();
    };
    let (begun, ()) = tokio::join!(engine.lake().verify(Some(place)), meanwhile);
    begun.unwrap();
    let (end, report) = ended(&engine).await;
    assert_eq!(end.problem, None, "{report:#?}");
    assert_eq!(std::fs::read(lake.join(INDEX)).unwrap(), std::fs::read(aside.path().join(INDEX)).unwrap());
}

/// The files of a publication are there before its manifest, and its claim until after it. A verification that has come in
/// between waits on a clock that stands still.
#[tokio::test(flavor = "multi_thread")]
async fn what_another_restates_while_it_is_verified_is_not_called_wrong() {
    const PAUSE: Duration = Duration::from_secs(1);
    let (stage, folder, aside) = (stage().await, TempDir::new().unwrap(), TempDir::new().unwrap());
    let (engine, lake) = (collected(&stage).await, folder.path());
    publish(&engine, publish_into(lake)).await;
    bring(lake, aside.path());
    stage.change(REVISE);
    assert_eq!(publish(&engine, publish_into(aside.path())).await.0.problem, None);
    assert_eq!(manifest(aside.path()).version, 2);
    let (simulator, address) = (stage.simulator.clone(), stage.address.clone());
    let other = Stage { simulator, address, data: TempDir::new().unwrap() };
    let clock = VirtualClock::new(WallTime::from_millis(1_758_000_000_000));
    let second = other.engine_at(Arc::new(clock.clone())).await;
    let begin = async || second.lake().verify(Some(lake.to_str().unwrap().to_owned())).await.unwrap();
    let waits = async || until(async || clock.next_deadline() == Some(clock.monotonic() + PAUSE)).await;
    let ended_at_last = async || {
        until(async || {
            clock.advance(PAUSE);
            second.storage().work().await.unwrap().under_way.is_none()
        })
        .await;
        ended(&second).await
    };
    let put = |file: &str| std::fs::copy(aside.path().join(file), lake.join(file)).unwrap();
    let claim = lake.join(MANIFEST).with_extension("claim");
    let before = std::fs::read(lake.join(MANIFEST)).unwrap();

    put(CANDLES);
    std::fs::write(&claim, "somebody").unwrap();
    let finished = async {
        waits().await;
        put(MANIFEST);
        put(INDEX);
        std::fs::remove_file(&claim).unwrap();
        ended_at_last().await
    };
    let (_, (end, report)) = tokio::join!(begin(), finished);
    assert_eq!(end.problem, None, "{report:#?}");

    // The same of one that was never there before.
    std::fs::remove_file(lake.join(MANIFEST)).unwrap();
    std::fs::write(&claim, "somebody").unwrap();
    let finished = async {
        waits().await;
        put(MANIFEST);
        std::fs::remove_file(&claim).unwrap();
        ended_at_last().await
    };
    let (_, (end, report)) = tokio::join!(begin(), finished);
    assert_eq!(end.problem, None, "{report:#?}");

    // What stays so is told, with who has to finish it.
    let told = "somebody publishes it just now, or was cut off in it and finishes it at its next start";
    let half_published = async || {
        let told_at_last = async {
            waits().await;
            ended_at_last().await
        };
        let (_, (end, report)) = tokio::join!(begin(), told_at_last);
        let count = report.lines.iter().filter(|line| line.words.contains(told)).count();
        (end.problem.unwrap(), count)
    };
    std::fs::write(&claim, "somebody").unwrap();
    std::fs::write(lake.join(MANIFEST), before).unwrap();
    let (problem, count) = half_published().await;
    // The other file may be as long as the first, or not: when candles came in is packed too.
    let is_other = ["holds other bytes than were published", "bytes long, and was"];
    assert!(is_other.iter().any(|words| problem.contains(words)), "{problem}");
    assert!(problem.contains(told) && count == 1, "{problem}");
    std::fs::remove_file(lake.join(MANIFEST)).unwrap();
    let (problem, count) = half_published().await;
    assert!(problem.contains("no manifest tells of it") && count == 2, "{problem}");
}
