//! The room of the database: what is told of it, compacting beside a job, and pruning, with all that is to be the same
//! before and after. Real files, real SQLite, a simulator over HTTP.

use std::path::Path;

use crate::common::{Stage, day, nifty, order, until};
use engine::{CoverageService, Engine, EngineError, ErrorKind, RunEnd};
use market::{ContractKinds, Day, Interval};
use protocol::{
    CollectOrder, CoveragePage, DayState, HistoricalDays, JobCommand, JobId, JobStatus, PruneChoice,
    PruneOrder, StorageDeed, StorageEnd, Target,
};
use rusqlite::Connection;
use simulator::{Chance, Faults};
use store::{Prunable, PruneStep, SourceKind, Store};

const EXPIRY: &str = "2025-08-28";
const OLDER: &str = "2025-07-31";
/// Days before each expiry: enough for several steps of pruning.
const DAYS: u32 = 20;

fn ordered(expiries: &[&str]) -> CollectOrder {
    let mut order = order(expiries, ContractKinds::Both);
    order.days = DAYS.try_into().unwrap();
    order
}

async fn collect(engine: &Engine, expiries: &[&str]) -> JobId {
    let job = engine.jobs().create(&ordered(expiries)).await.unwrap();
    let end = engine.jobs().run(job).await.unwrap();
    let failures = engine.jobs().failures(job, 3).await.unwrap();
    assert_eq!(end, RunEnd::Ended(JobStatus::Completed), "{failures:?}");
    job
}

fn of(dates: &[&str]) -> PruneOrder {
    let expiries = PruneChoice::Dates(dates.iter().map(|text| day(text)).collect());
    PruneOrder { underlying: nifty(), expiries, own_candles: false }
}

async fn ended(engine: &Engine) -> StorageEnd {
    until(async || engine.storage().work().await.unwrap().under_way.is_none()).await;
    engine.storage().work().await.unwrap().last.unwrap()
}

/// Looks first, as everybody has to.
async fn prune(engine: &Engine, order: &PruneOrder) -> StorageEnd {
    let preview = engine.storage().prune_preview(order).await.unwrap();
    engine.storage().prune(order, &preview.token).await.unwrap();
    let end = ended(engine).await;
    assert_eq!((end.done, &end.problem, end.is_stopped), (preview.candles, &None, false));
    end
}

async fn compact(engine: &Engine) -> StorageEnd {
    engine.storage().compact().await.unwrap();
    ended(engine).await
}

async fn assert_sound(data: &Path) {
    let report =
        CoverageService::open_for_reading(data).await.unwrap().verify(None, |_, _| {}).await.unwrap();
    assert!(report.is_sound(), "{report:#?}");
}

/// Every candle of an expiry as text.
fn candles_of(stage: &Stage, expiry: &str) -> Vec<String> {
    let connection = Connection::open(stage.data.path().join("expirytrack.db")).unwrap();
    let mut statement = connection
        .prepare(
            "SELECT h.expired_instrument_key || h.timestamp || h.open || h.high || h.low || h.close || h.volume
                    || h.open_interest
             FROM historical_data h JOIN contracts c USING (expired_instrument_key)
             WHERE c.expiry_date = ? ORDER BY 1",
        )
        .unwrap();
    statement.query_map([expiry], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// A refused row that the job met and a revised one, of one series of an expiry.
fn refused_and_revised(expiry: &str) -> String {
    let series = format!(
        "FROM contract c JOIN series s ON s.contract_id = c.id JOIN fetched_range f ON f.series_id = s.id
         JOIN fetch_audit a ON a.id = f.request_id JOIN candle k ON k.series_id = s.id
         WHERE c.key_date = '{expiry}' LIMIT 1"
    );
    format!(
        "INSERT INTO quarantine (kind, series_id, raw, reason, request_id, last_request_id)
             SELECT 'candle', s.id, '[]', 'it is no row', a.id, a.id {series};
         INSERT INTO job_quarantine SELECT 1, max(id) FROM quarantine;
         UPDATE job SET refused = refused + 1 WHERE id = 1;
         INSERT INTO revision (series_id, ts, open, high, low, close, volume, open_interest, new_request_id)
             SELECT s.id, k.ts, 1, 1, 1, 1, 1, 1, a.id {series}"
    )
}

fn rows_of(stage: &Stage, table: &str) -> i64 {
    stage.sql(&format!("SELECT count(*) FROM {table}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pruned_is_known_as_pruned_and_comes_back_exactly() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let job = collect(&engine, &[EXPIRY, OLDER]).await;
    // Refused rows and revisions are kept with their series, and go with it.
    for expiry in [EXPIRY, OLDER] {
        stage.change(&refused_and_revised(expiry));
    }
    let (before, other) = (candles_of(&stage, EXPIRY), candles_of(&stage, OLDER));
    let (requests, own) = (rows_of(&stage, "fetch_audit"), stage.assert_underlying_equals_broker(&nifty()));
    let refused = rows_of(&stage, "quarantine");
    assert!(before.len() > 40_000 && !other.is_empty(), "{}", before.len());
    assert_eq!((refused, rows_of(&stage, "revision")), (2, 2));

    let picture = engine.storage().picture(Some(&nifty())).await.unwrap();
    let [share] = picture.shares.as_slice() else { panic!("{picture:?}") };
    assert_eq!(share.contract_candles, (before.len() + other.len()) as u64);
    assert_eq!((share.own_candles, picture.candles), (own as u64, share.contract_candles + own as u64));
    let expiries: Vec<_> = picture.expiries.iter().map(|of| (of.expiry, of.candles)).collect();
    assert_eq!(expiries, [(day(EXPIRY), before.len() as u64), (day(OLDER), other.len() as u64)]);
    assert_eq!(
        picture.database_bytes,
        std::fs::metadata(stage.data.path().join("expirytrack.db")).unwrap().len()
    );

    let preview = engine.storage().prune_preview(&of(&[EXPIRY])).await.unwrap();
    assert_eq!((preview.candles, preview.own_candles), (before.len() as u64, None));
    assert_eq!(preview.last_day, Some(day(EXPIRY)));
    assert!(
        preview.days > 10 && preview.bytes > preview.candles * 20 && preview.contracts > 20,
        "{preview:?}"
    );
    assert_eq!(
        (preview.served.expiries, preview.lost.expiries),
        (0, 1),
        "the real clock is far beyond six months"
    );
    assert!(!preview.backup_has_all);
    // A backup of the second of the last answer may be from before it, and is not said to have it.
    let last_second = engine.now();
    until(async || engine.now() > last_second).await;
    engine.backups().make().await.unwrap();
    let with_backup = engine.storage().prune_preview(&of(&[EXPIRY])).await.unwrap();
    assert!(with_backup.backup_has_all && with_backup.token == preview.token);

    prune(&engine, &of(&[EXPIRY])).await;
    assert_sound(stage.data.path()).await;
    assert_eq!((candles_of(&stage, EXPIRY).len(), candles_of(&stage, OLDER)), (0, other.clone()));
    assert_eq!(rows_of(&stage, "fetch_audit"), requests, "the audit stays");
    assert_eq!(stage.assert_underlying_equals_broker(&nifty()), own, "the underlying's own stay");
    assert_eq!((rows_of(&stage, "quarantine"), rows_of(&stage, "revision")), (1, 1));
    let counted = "SELECT refused - (SELECT count(*) FROM job_quarantine WHERE job_id = job.id) FROM job";
    assert_eq!(stage.sql::<i64>(counted), 0);

    // Everybody says so, and nobody calls it missing.
    let words = async || {
        let rows = engine.expired().known_expiries(&nifty()).await.unwrap();
        let row = rows.into_iter().find(|row| row.date == day(EXPIRY)).unwrap();
        row.state_for(ContractKinds::Both).words()
    };
    let pruned_on = format!("pruned on {}", engine.now().day().to_long_text());
    assert_eq!(words().await, pruned_on);
    let rows = engine.market_data().contract_rows(&nifty(), day(EXPIRY), Interval::Minute1).await.unwrap();
    assert!(rows.len() > 20 && rows.iter().all(|row| row.words() == pruned_on), "{:?}", rows[0].words());
    let days = HistoricalDays::try_from(DAYS).unwrap();
    let coverage = async || {
        let page = CoveragePage::default();
        let all = engine.coverage().of_underlying(&nifty(), Interval::Minute1, days, page).await.unwrap();
        all.expiries.into_iter().find(|of| of.expiry == day(EXPIRY)).unwrap()
    };
    let covered = coverage().await;
    assert_eq!(covered.days.of(DayState::Pruned), u64::from(DAYS + 1) * covered.contracts);
    assert!(covered.pruned_at.is_some());
    let lines = engine.storage().picture(None).await.unwrap().pruned;
    assert_eq!((lines.len(), lines[0].candles, lines[0].expiries), (1, before.len() as u64, 1));
    // What a job has brought is still drawn.
    let target = Target { underlying: nifty(), expiry: day(EXPIRY) };
    let grid = engine.jobs().grid(job, Some(&target), 10).await.unwrap();
    let open = grid.open.unwrap();
    assert!(open.cells.len() > 20 && open.cells.iter().all(|cell| cell.candles == 0), "{open:?}");

    // Again there is nothing; and whoever collects it anew has it as it was.
    let nothing = engine.storage().prune_preview(&of(&[EXPIRY])).await.unwrap_err();
    assert!(matches!(nothing, EngineError::NothingToPrune { .. }) && nothing.kind() == ErrorKind::Refused);
    collect(&engine, &[EXPIRY]).await;
    assert!(candles_of(&stage, EXPIRY) == before, "collected again it differs");
    let covered = coverage().await;
    assert_eq!((covered.days.of(DayState::Pruned), covered.pruned_at), (0, None));
    assert_ne!(words().await, pruned_on);
    assert_sound(stage.data.path()).await;
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_underlyings_own_candles_go_only_with_everything_and_only_when_asked() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EXPIRY]).await;
    let storage = engine.storage();
    let part = PruneOrder { own_candles: true, ..of(&[EXPIRY]) };
    let refused = storage.prune_preview(&part).await.unwrap_err();
    assert!(refused.to_string().contains("each of them needs these"), "{refused}");
    let unknown = storage.prune_preview(&of(&["2025-08-27"])).await.unwrap_err();
    assert!(unknown.to_string().contains("no expiry on 27 Aug 2025"), "{unknown}");
    let older = PruneOrder { expiries: PruneChoice::Before(day(EXPIRY)), ..of(&[]) };
    assert!(matches!(storage.prune_preview(&older).await, Err(EngineError::NothingToPrune { .. })));

    let all = PruneOrder { expiries: PruneChoice::All, own_candles: true, ..of(&[]) };
    let preview = storage.prune_preview(&all).await.unwrap();
    assert!(preview.own_candles.unwrap() > 1_000 && preview.expiries.len() == 1, "{preview:?}");
    prune(&engine, &all).await;
    assert_eq!((rows_of(&stage, "candle"), rows_of(&stage, "fetched_range")), (0, 0));
    assert_sound(stage.data.path()).await;
    assert!(engine.storage().picture(None).await.unwrap().pruned[0].own);
    assert!(engine.home().await.unwrap().underlyings.is_empty());
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_that_is_old_removes_nothing_and_neither_does_one_that_a_job_needs() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EXPIRY]).await;
    let all = PruneOrder { expiries: PruneChoice::All, ..of(&[]) };
    let preview = engine.storage().prune_preview(&all).await.unwrap();
    collect(&engine, &[OLDER]).await;
    let before = rows_of(&stage, "candle");
    let stale = engine.storage().prune(&all, &preview.token).await.unwrap_err();
    assert!(matches!(stale, EngineError::StalePreview) && stale.kind() == ErrorKind::Conflict, "{stale}");

    // A job that waits for its turn wants one of them; the other one is free.
    let job = engine.jobs().create(&ordered(&[EXPIRY])).await.unwrap();
    let preview = engine.storage().prune_preview(&all).await.unwrap();
    let wanted = engine.storage().prune(&all, &preview.token).await.unwrap_err();
    assert!(wanted.to_string().starts_with(&format!("job {job} (")), "{wanted}");
    assert!(wanted.to_string().contains("is queued and would bring it again: cancel it"), "{wanted}");
    assert_eq!((wanted.kind(), rows_of(&stage, "candle")), (ErrorKind::Conflict, before));
    prune(&engine, &of(&[OLDER])).await;
    engine.jobs().tell(job, JobCommand::Cancel).await.unwrap();

    // What failed of a job and is tried again by itself would come back, too.
    stage.set_faults(Faults {
        path_prefix: "/v2/expired-instruments/historical-candle".to_owned(),
        server_error: Chance::ALWAYS,
        server_error_status: 404,
        ..Faults::default()
    });
    let failing = engine.jobs().create(&ordered(&["2025-06-26"])).await.unwrap();
    assert_eq!(engine.jobs().run(failing).await.unwrap(), RunEnd::Ended(JobStatus::CompletedWithFailures));
    let retried = stage.sql::<Option<i64>>(&format!("SELECT retry_at FROM job WHERE id = {failing}"));
    assert!(retried.is_some());
    // Another job has brought it meanwhile.
    stage.set_faults(Faults::default());
    let other = engine.jobs().create(&ordered(&["2025-06-26"])).await.unwrap();
    engine.jobs().run(other).await.unwrap();
    let order = of(&["2025-06-26"]);
    let preview = engine.storage().prune_preview(&order).await.unwrap();
    let wanted = engine.storage().prune(&order, &preview.token).await.unwrap_err();
    assert!(wanted.to_string().contains("tries again by itself at"), "{wanted}");
    engine.close().await.unwrap();
}

/// As if the program was killed after each step: the database is opened anew and looked at.
#[tokio::test(flavor = "multi_thread")]
async fn cut_off_after_any_step_the_database_is_whole_and_the_same_order_finishes_it() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EXPIRY]).await;
    engine.close().await.unwrap();
    drop(engine);
    let at = day("2026-11-12").at_minute(600);
    let mut left = rows_of(&stage, "candle");
    for _ in 0..2 {
        let store = Store::open(stage.data.path(), SourceKind::Other).await.unwrap();
        let (id, _) = store.underlying(&nifty()).await.unwrap().unwrap();
        let expiry = store.expiry(id, day(EXPIRY)).await.unwrap().unwrap().id;
        let step = store.prune_step(Prunable::Expiry(expiry), at).await.unwrap();
        let PruneStep::Removed { candles } = step else { panic!("{step:?}") };
        assert!((1..=20_000).contains(&candles), "{candles}");
        drop(store);
        left -= i64::try_from(candles).unwrap();
        assert_eq!(rows_of(&stage, "candle"), left);
        assert_sound(stage.data.path()).await;
    }
    assert_eq!(stage.sql::<i64>("SELECT count(*) FROM pruned"), 1, "one line for both steps");

    // A job that is ordered in between stops it, and brings everything again.
    let engine = stage.engine().await;
    let job = engine.jobs().create(&ordered(&[EXPIRY])).await.unwrap();
    let preview = engine.storage().prune_preview(&of(&[EXPIRY])).await.unwrap();
    assert!(matches!(
        engine.storage().prune(&of(&[EXPIRY]), &preview.token).await,
        Err(EngineError::StillWanted { .. })
    ));
    engine.jobs().tell(job, JobCommand::Cancel).await.unwrap();
    prune(&engine, &of(&[EXPIRY])).await;
    assert_eq!(candles_of(&stage, EXPIRY).len(), 0);
    collect(&engine, &[EXPIRY]).await;
    stage.assert_days_equal_broker(&nifty(), day(EXPIRY), ContractKinds::Both, i64::from(DAYS));
    assert_sound(stage.data.path()).await;
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn compacting_gives_back_what_pruning_freed_beside_a_job_that_goes_on() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EXPIRY]).await;
    let nothing = compact(&engine).await;
    assert_eq!((nothing.deed, nothing.done), (StorageDeed::Compact, 0));
    prune(&engine, &of(&[EXPIRY])).await;
    let before = engine.storage().picture(None).await.unwrap();
    assert!(before.free_bytes > 1_000_000, "{before:?}");

    let job = engine.jobs().create(&ordered(&[OLDER])).await.unwrap();
    let (run, end) = tokio::join!(engine.jobs().run(job), compact(&engine));
    assert_eq!(run.unwrap(), RunEnd::Ended(JobStatus::Completed));
    assert!(end.done > 0 && end.problem.is_none(), "{end:?}");
    compact(&engine).await;
    let after = engine.storage().picture(None).await.unwrap();
    assert_eq!(after.free_bytes, 0);
    assert!(after.database_bytes < before.database_bytes, "{after:?}");
    stage.assert_days_equal_broker(&nifty(), day(OLDER), ContractKinds::Both, i64::from(DAYS));
    assert_sound(stage.data.path()).await;
    engine.close().await.unwrap();
}

/// Which days they are is the schedule's to say: the newest expiry and five weeks back.
#[tokio::test(flavor = "multi_thread")]
async fn a_preview_names_the_schedules_that_would_collect_it_again() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let newest: Day = {
        let known = engine.expired().expiries(&nifty()).await.unwrap();
        known.iter().map(|row| row.date).max().unwrap()
    };
    collect(&engine, &[&newest.to_string(), "2025-02-27"]).await;
    let rule = serde_json::json!({ "underlyings": [nifty()], "name": "mine" });
    let schedule = engine.schedules().add(&serde_json::from_value(rule).unwrap()).await.unwrap();
    let all = PruneOrder { expiries: PruneChoice::All, ..of(&[]) };
    let preview = engine.storage().prune_preview(&all).await.unwrap();
    let [again] = preview.again.as_slice() else { panic!("{:?}", preview.again) };
    assert_eq!((again.name.as_str(), again.expiries.as_slice()), ("mine", &[newest][..]));
    assert!(
        preview.consequences().iter().any(|line| line.contains("Schedule \"mine\" collects")),
        "{preview:?}"
    );
    engine.schedules().enable(schedule.id, false).await.unwrap();
    assert!(engine.storage().prune_preview(&all).await.unwrap().again.is_empty());
    engine.close().await.unwrap();
}
