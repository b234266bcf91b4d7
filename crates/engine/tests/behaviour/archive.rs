//! An expiry that the lake has alone: every reading service says the same of it as before, to the last digit; nothing of
//! it is asked of the broker again; a lake that is lost or changed is an error; and it comes back.
//!
//! Every look is an engine opened anew, so that nothing is answered from what was read before.

use std::fmt::Write;
use std::path::Path;

use engine::{
    AnalysisWish, CoverageService, DatasetService, DatasetWish, Engine, EngineError, ErrorKind,
    ExportProgress, ExportReader, RunEnd, RunWish, SeriesWish, Stops, StrategyWish, WishedTerms,
};
use market::{ChartInterval, ContractKinds, Interval};
use protocol::{
    ArchiveOrder, CollectOrder, ExportOf, ExportOrder, HistoricalDays, JobCommand, JobStatus, LakeChoice,
    LakeOrder, PruneChoice, PruneOrder, StorageDeed, StorageEnd,
};
use tempfile::TempDir;

use crate::common::{Stage, day, nifty, order, until};

const EXPIRY: &str = "2025-08-28";
const EARLIER: &str = "2025-08-21";
const DAY: &str = "2025-08-26";
const FILE: &str = "candles/exchange=NSE/underlying=NIFTY/expiry=2025-08-28/part-0.parquet";

fn ordered() -> CollectOrder {
    let days = "6".parse().unwrap();
    CollectOrder { days, ..order(&[EXPIRY, EARLIER], ContractKinds::Both) }
}

async fn collect(engine: &Engine) {
    let job = engine.jobs().create(&ordered()).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
}

fn of(dates: &[&str]) -> ArchiveOrder {
    let dates = dates.iter().map(|text| day(text)).collect();
    ArchiveOrder { underlying: nifty(), expiries: PruneChoice::Dates(dates), lake: None }
}

async fn publish(engine: &Engine, lake: &Path) {
    let order = LakeOrder {
        underlying: nifty(),
        expiries: LakeChoice::Dates(vec![day(EXPIRY)]),
        to: Some(lake.to_str().unwrap().to_owned()),
        days: ordered().days,
        volatility: false,
        why: None,
    };
    engine.lake().publish(order).await.unwrap();
    assert_eq!(ended(engine).await.problem, None);
}

/// Another one may have the data directory then.
async fn close(engine: Engine) {
    engine.close().await.unwrap();
}

async fn ended(engine: &Engine) -> StorageEnd {
    until(async || engine.storage().work().await.unwrap().under_way.is_none()).await;
    engine.storage().work().await.unwrap().last.unwrap()
}

async fn archive(engine: &Engine, order: &ArchiveOrder) -> StorageEnd {
    let preview = engine.storage().archive_preview(order).await.unwrap();
    engine.storage().archive(order, &preview.token).await.unwrap();
    ended(engine).await
}

/// What every service says of the expiry, in words, each by itself.
async fn told(stage: &Stage) -> Vec<String> {
    let engine = stage.engine().await;
    let (key, expiry, minutes) = (nifty(), day(EXPIRY), Interval::Minute1);
    let days = HistoricalDays::default();
    let contracts = engine.browse().contracts(&key, expiry, None).await.unwrap();
    let mut told = vec![format!("{contracts:?}")];
    let mut bars = String::new();
    for row in &contracts.contracts {
        let key = &row.contract.expired_key;
        for interval in [ChartInterval::MINUTE_1, ChartInterval::MINUTE_15, ChartInterval::Day] {
            let made = engine.market_data().bars(key, interval, None).await.unwrap();
            writeln!(bars, "{:?}", made.bars).unwrap();
        }
        writeln!(bars, "{:?}", engine.coverage().day(key, day(DAY), minutes).await.unwrap()).unwrap();
    }
    told.push(bars);
    told.push(format!("{:?}", engine.market_data().contract_rows(&key, expiry, minutes).await.unwrap()));
    let mut map = engine.coverage().map(&key, expiry, minutes, days, 0, 200).await.unwrap();
    // What the rest of its days would cost: nothing, where nothing more is asked.
    let is_archived = !engine.storage().archived().await.unwrap().is_empty();
    assert_eq!(std::mem::take(&mut map.requests) == 0, is_archived);
    told.push(format!("{map:?}"));
    told.push(format!("{:?}", engine.coverage().of_expiry(&key, expiry, minutes, days).await.unwrap()));
    told.push(format!("{:?}", engine.coverage().quality(&key, Default::default()).await.unwrap()));
    told.push(format!("{:?}", engine.coverage().calendar(None).await.unwrap()));
    told.push(format!("{:?}", engine.home().await.unwrap().underlyings));
    told.push(format!("{:?}", engine.chains().days(&key, expiry).await.unwrap()));
    for minute in ["2025-08-26T09:16", "2025-08-26T11:00", "2025-08-28T15:29"] {
        let chain = engine.chains().chain(&key, expiry, Some(minute.parse().unwrap())).await.unwrap();
        told.push(format!("{chain:?}"));
    }
    for series in ["atm-straddle", "atm-volatility", "put-call-ratio"] {
        let wish = SeriesWish { expiry: Some(expiry), ..SeriesWish::new(series.parse().unwrap(), nifty()) };
        told.push(format!("{:?}", engine.series().make(&wish).await.unwrap()));
    }
    for analysis in ["smile", "max-pain"] {
        let new = AnalysisWish::new(analysis.parse().unwrap(), nifty());
        let wish = AnalysisWish { expiry: Some(expiry), ..new };
        told.push(format!("{:?}", engine.analysis().make(&wish).await.unwrap()));
    }
    let (plan, terms) = ("sell:1:call:atm,sell:1:put:atm", WishedTerms::default());
    let look = StrategyWish {
        underlying: nifty(),
        expiry,
        plans: plan.parse().unwrap(),
        entry: "2025-08-26T09:30".parse().unwrap(),
        exit: None,
        stops: Stops::default(),
        interval: ChartInterval::MINUTE_1,
        at: None,
        terms,
    };
    told.push(format!("{:?}", engine.strategies().look(&look).await.unwrap()));
    let run = RunWish {
        underlying: nifty(),
        plan: plan.parse().unwrap(),
        entry: "1@09:30".parse().unwrap(),
        exit: None,
        stops: Stops::default(),
        from: None,
        to: None,
        terms,
    };
    told.push(format!("{:?}", engine.strategies().run_one(&run, expiry).await.unwrap()));
    close(engine).await;
    told.extend(exported(stage).await);
    told
}

/// Files as they are taken out, each a manifest with the SHA-256 of what is in them.
async fn exported(stage: &Stage) -> Vec<String> {
    let whole = ExportOrder {
        underlying: Some(nifty().into()),
        expiries: vec![day(EXPIRY)],
        ..ExportOrder::default()
    };
    let orders = [
        ExportOrder { of: ExportOf::Both, volatility: true, ..whole.clone() },
        ExportOrder { format: Some("csv".to_owned()), interval: ChartInterval::MINUTE_15, ..whole.clone() },
        ExportOrder { format: Some("csv".to_owned()), chain: Some(DAY.to_owned()), ..whole },
    ];
    let reader = ExportReader::open_for_reading(stage.data.path()).await.unwrap();
    let mut told = Vec::new();
    for order in orders {
        let (folder, now) = (TempDir::new().unwrap(), day(EXPIRY).at_minute(600));
        let manifest = reader.write_to(order, folder.path(), &ExportProgress::default(), now).await.unwrap();
        assert!(manifest.files.iter().all(|file| file.rows > 0), "{manifest:?}");
        told.push(format!("{manifest:?}"));
    }
    let dataset = DatasetWish {
        underlying: nifty(),
        from: None,
        to: None,
        farther: false,
        slots: "atm2".parse().unwrap(),
        label: Some(15),
        split: "0.5".parse().unwrap(),
        rate: None,
    };
    let folder = TempDir::new().unwrap();
    let datasets = DatasetService::open_for_reading(stage.data.path()).await.unwrap();
    told.push(format!("{:?}", datasets.write(&dataset, folder.path()).await.unwrap()));
    told
}

fn assert_same(told: &[String], before: &[String], when: &str) {
    assert_eq!(told.len(), before.len());
    for (at, (told, before)) in told.iter().zip(before).enumerate() {
        let differs = told.bytes().zip(before.bytes()).position(|(one, other)| one != other);
        let differs = differs.unwrap_or(told.len().min(before.len())).saturating_sub(80);
        let end = |text: &str| text.chars().skip(differs).take(160).collect::<String>();
        assert!(told == before, "{when}, answer {at}: {} / {}", end(told), end(before));
    }
}

async fn verify(stage: &Stage) -> protocol::VerifyReport {
    let service = CoverageService::open_for_reading(stage.data.path()).await.unwrap();
    service.verify(None, |_, _| {}).await.unwrap()
}

fn candles_of_contracts(stage: &Stage) -> i64 {
    stage.sql(&format!(
        "SELECT count(*) FROM candle k JOIN series s ON s.id = k.series_id JOIN contract c ON c.id = s.contract_id
         WHERE c.key_date = '{EXPIRY}'"
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_told_as_before_from_the_lake_and_after_it_came_back() {
    let (stage, lake) = (Stage::new().await, TempDir::new().unwrap());
    let engine = stage.engine().await;
    collect(&engine).await;
    close(engine).await;
    let all = candles_of_contracts(&stage);
    assert!(all > 20_000, "{all}");

    // What is not published stays, and says why.
    let engine = stage.engine().await;
    let refused = engine.storage().archive_preview(&of(&[EXPIRY])).await.unwrap_err();
    assert!(refused.to_string().contains("publish it first"), "{refused}");
    publish(&engine, lake.path()).await;
    close(engine).await;
    let before = told(&stage).await;

    let engine = stage.engine().await;
    let preview = engine.storage().archive_preview(&of(&[EXPIRY])).await.unwrap();
    assert_eq!((preview.expiries.len(), preview.candles), (1, all.unsigned_abs()));
    let stale = engine.storage().archive(&of(&[EXPIRY]), "otherwise").await.unwrap_err();
    assert_eq!((stale.kind(), candles_of_contracts(&stage)), (ErrorKind::Conflict, all));
    let size = engine.storage().picture(None).await.unwrap().database_bytes;
    let end = archive(&engine, &of(&[EXPIRY])).await;
    assert_eq!((end.deed, end.done, &end.problem), (StorageDeed::Archive, preview.candles, &None));
    let picture = engine.storage().picture(Some(&nifty())).await.unwrap();
    assert_eq!(candles_of_contracts(&stage), 0);
    assert_eq!(
        (picture.archived_candles, picture.expiries[0].archived_candles),
        (preview.candles, preview.candles)
    );
    assert!(picture.database_bytes < size && picture.expiries[0].candles == 0, "{picture:?}");
    let archived = engine.storage().archived().await.unwrap();
    assert_eq!((archived.len(), archived[0].candles, archived[0].candles_here), (1, preview.candles, 0));
    close(engine).await;
    assert_same(&told(&stage).await, &before, "from the lake");
    let report = verify(&stage).await;
    assert!(report.is_sound(), "{report:#?}");

    // An order for it asks for nothing. One for more than was collected is refused where it names the expiry, and says so
    // where it does not.
    let engine = stage.engine().await;
    let requests = stage.candle_requests();
    collect(&engine).await;
    stage.change(
        "DELETE FROM fetched_range WHERE series_id IN (SELECT series_id FROM archived_series LIMIT 1)",
    );
    for refused in [
        engine.jobs().create(&ordered()).await.map(drop),
        engine.jobs().take_up_or_create(&ordered()).await.map(drop),
        engine.jobs().estimate(&ordered()).await.map(drop),
    ] {
        let refused = refused.unwrap_err();
        assert!(matches!(refused, EngineError::ArchivedWantsMore { contracts: 1, .. }), "{refused}");
    }
    // Which strikes are near the money is known to the job alone.
    let near = CollectOrder { strikes: Some(50.try_into().unwrap()), ..ordered() };
    let job = engine.jobs().create(&near).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::CompletedWithFailures));
    let events = engine.jobs().events(job, 0).await.unwrap();
    assert!(events.iter().any(|event| event.message.contains("candles lie in the lake")), "{events:#?}");
    assert_eq!(stage.candle_requests(), requests);
    // No further try would bring it, only whoever brings the expiry back, and that is said.
    let picture = engine.jobs().picture(job).await.unwrap();
    let message = picture.message.unwrap();
    assert!(message.contains("bring it back (Settings, or `expirytrack lake unarchive`)"), "{message}");
    assert_eq!((picture.retries, picture.retry_at), (0, None), "{message}");
    // Nor is it removed for good, as if it were here.
    let prune = PruneOrder { underlying: nifty(), expiries: of(&[EXPIRY]).expiries, own_candles: false };
    let refused = engine.storage().prune_preview(&prune).await.unwrap_err();
    assert!(matches!(refused, EngineError::PruneArchived { .. }), "{refused}");
    let rest = PruneOrder { expiries: PruneChoice::All, ..prune };
    let left = engine.storage().prune_preview(&rest).await.unwrap().expiries;
    assert_eq!(left.iter().map(|left| left.expiry).collect::<Vec<_>>(), [day(EARLIER)]);

    engine.storage().unarchive(&of(&[EXPIRY])).await.unwrap();
    let end = ended(&engine).await;
    assert_eq!((end.deed, end.done, &end.problem), (StorageDeed::Unarchive, preview.candles, &None));
    assert_eq!(candles_of_contracts(&stage), all);
    // What it was told to do is enough: the same job brings the rest.
    engine.jobs().tell(job, JobCommand::Retry).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
    assert!(stage.candle_requests() > requests, "what was forgotten of a series is asked again");
    let nothing = engine.storage().unarchive(&of(&[EXPIRY])).await.unwrap_err();
    assert!(matches!(nothing, EngineError::NothingArchived { .. }), "{nothing}");
    // It lies in the lake still, and here too.
    assert!(nothing.to_string().contains("lies in the lake alone"), "{nothing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_moves_what_a_job_wants_is_told_so_in_words_of_moving() {
    let (stage, lake) = (Stage::new().await, TempDir::new().unwrap());
    let engine = stage.engine().await;
    collect(&engine).await;
    publish(&engine, lake.path()).await;
    let all = candles_of_contracts(&stage);
    let more = CollectOrder { days: "9".parse().unwrap(), ..ordered() };
    let job = engine.jobs().create(&more).await.unwrap();
    let told = archive(&engine, &of(&[EXPIRY])).await.problem.unwrap();
    let words = "is queued and would bring more of it, and what lies in the lake takes no more: cancel it";
    assert!(told.starts_with(&format!("job {job} (")) && told.contains(words), "{told}");
    assert_eq!(candles_of_contracts(&stage), all);
    engine.jobs().tell(job, JobCommand::Cancel).await.unwrap();
    assert_eq!(archive(&engine, &of(&[EXPIRY])).await.problem, None);
    assert_eq!(candles_of_contracts(&stage), 0);
    close(engine).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lake_that_is_lost_or_changed_is_told_wherever_it_is_met() {
    let (stage, lake) = (Stage::new().await, TempDir::new().unwrap());
    let engine = stage.engine().await;
    collect(&engine).await;
    publish(&engine, lake.path()).await;
    let path = lake.path().join(FILE);
    let whole = std::fs::read(&path).unwrap();
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 1;

    // Nothing leaves the database for a file that is not the one that was published.
    std::fs::write(&path, &changed).unwrap();
    let all = candles_of_contracts(&stage);
    let end = archive(&engine, &of(&[EXPIRY])).await;
    assert!(end.problem.as_ref().unwrap().contains("is not the file that was published"), "{end:?}");
    assert_eq!(candles_of_contracts(&stage), all);
    std::fs::write(&path, &whole).unwrap();
    // Nor before somebody has looked whether it is that one again.
    let doubted = engine.storage().archive_preview(&of(&[EXPIRY])).await.unwrap_err();
    assert!(doubted.to_string().contains("publish it again"), "{doubted}");
    publish(&engine, lake.path()).await;
    assert_eq!(archive(&engine, &of(&[EXPIRY])).await.problem, None);
    close(engine).await;

    let missing = |path: &Path| std::fs::remove_file(path).unwrap();
    let cut = |path: &Path| std::fs::write(path, &whole[..whole.len() - 9]).unwrap();
    let other = |path: &Path| std::fs::write(path, vec![7; whole.len()]).unwrap();
    for (deed, words) in [
        (&missing as &dyn Fn(&Path), "is missing"),
        (&cut, "is not the file that was published"),
        (&other, "cannot be read"),
    ] {
        deed(&path);
        let engine = stage.engine().await;
        let contracts = engine.browse().contracts(&nifty(), day(EXPIRY), None).await.unwrap().contracts;
        let key = &contracts[0].contract.expired_key;
        let error = engine.market_data().bars(key, ChartInterval::MINUTE_1, None).await.unwrap_err();
        assert!(error.to_string().contains(words) && error.to_string().contains(FILE), "{error}");
        let chain = engine.chains().chain(&nifty(), day(EXPIRY), "2025-08-26T11:00".parse().ok()).await;
        assert!(chain.unwrap_err().to_string().contains(words));
        engine.storage().unarchive(&of(&[EXPIRY])).await.unwrap();
        let end = ended(&engine).await;
        assert!(end.problem.is_some() && end.done == 0, "{end:?}");
        close(engine).await;
        let report = verify(&stage).await;
        let lake = report.checks.iter().find(|check| check.name.contains("lake")).unwrap();
        assert_eq!((report.is_sound(), lake.examined, lake.problems), (false, 1, 1), "{report:#?}");
    }
    std::fs::write(&path, &whole).unwrap();
    let engine = stage.engine().await;
    engine.storage().unarchive(&of(&[EXPIRY])).await.unwrap();
    assert_eq!(ended(&engine).await.problem, None);
    assert_eq!(candles_of_contracts(&stage), all);
    close(engine).await;
    assert!(verify(&stage).await.is_sound());
}
