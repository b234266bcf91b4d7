//! What a person sees of a job: its grid, what failed, its requests over time; and the log of all requests.

use crate::common::{Stage, day, nifty, order};
use engine::{Engine, EngineError, RequestSubject, RunEnd};
use market::{ContractKind, ContractKinds, ExpiredKey};
use protocol::{
    AuditOutcome, AuditQuery, CellOutcome, ExpiryGrid, GridCell, JobCommand, JobId, JobStatus,
    PLAN_TARGETS_MAX, Target,
};
use simulator::{Chance, Faults};

/// Of the month, so that it has a future.
const EXPIRY: &str = "2025-08-28";
const OTHER: &str = "2025-08-21";
const STRIPS: u32 = 100;

fn count(grid: &ExpiryGrid, outcome: CellOutcome) -> u64 {
    grid.cells.iter().filter(|cell| cell.outcome == outcome).count() as u64
}

async fn a_put(engine: &Engine) -> ExpiredKey {
    let contracts = engine.expired().contracts(&nifty(), day(EXPIRY), ContractKinds::Options).await.unwrap();
    let mut puts = contracts.0.into_iter().filter(|contract| contract.kind == ContractKind::Put);
    puts.next().unwrap().expired_key
}

/// The broker refuses the candles of this contract for good.
fn refusing(key: &ExpiredKey) -> Faults {
    let key = key.to_string().replace('|', "%7C");
    Faults {
        path_prefix: format!("/v2/expired-instruments/historical-candle/{key}"),
        server_error: Chance::ALWAYS,
        server_error_status: 404,
        ..Faults::default()
    }
}

async fn open(engine: &Engine, job: JobId) -> (ExpiryGrid, Vec<GridCell>) {
    let grid = engine.jobs().grid(job, None, STRIPS).await.unwrap().open.unwrap();
    let failed = grid.cells.iter().filter(|cell| cell.outcome == CellOutcome::Failed).cloned().collect();
    (grid, failed)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grid_equals_the_counts_of_its_job_and_names_each_failure() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let refused = a_put(&engine).await;
    stage.set_faults(refusing(&refused));
    let job = engine.jobs().create(&order(&[EXPIRY, OTHER], ContractKinds::Both)).await.unwrap();
    let before = engine.jobs().grid(job, None, STRIPS).await.unwrap();
    assert_eq!(before.open, None, "no contract is known yet");
    assert!(before.expiries.iter().all(|strip| strip.listing == CellOutcome::ToDo));

    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::CompletedWithFailures));
    let tally = engine.jobs().picture(job).await.unwrap().contracts;
    let strips = engine.jobs().grid(job, None, STRIPS).await.unwrap().expiries;
    assert_eq!(strips.iter().map(|strip| strip.done).sum::<u64>(), tally.done);
    assert_eq!(strips.iter().map(|strip| strip.empty).sum::<u64>(), tally.empty);
    assert_eq!(strips.iter().map(|strip| strip.total).sum::<u64>(), tally.total);
    assert_eq!(engine.jobs().grid(job, None, 1).await.unwrap().expiries.len(), 1, "a bound is kept");

    // What failed is what opens by itself.
    let (grid, failed) = open(&engine, job).await;
    assert_eq!(grid.target, Target { underlying: nifty(), expiry: day(EXPIRY) });
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].expired_key, refused);
    assert!(failed[0].reason.as_deref().unwrap().contains("404"), "{:?}", failed[0].reason);
    assert_eq!(grid.cells[0].kind, ContractKind::Future);
    assert!(grid.cells.is_sorted_by_key(|cell| (cell.strike, cell.kind)));
    let done: Vec<_> = grid.cells.iter().filter(|cell| cell.outcome == CellOutcome::Done).collect();
    assert!(done.iter().all(|cell| cell.candles > 0 && cell.event.is_some()));
    // The event that a cell carries is the one about it.
    let events = engine.jobs().events(job, 0).await.unwrap();
    let event = events.iter().find(|event| Some(event.id) == failed[0].event).unwrap();
    assert_eq!(event.expired_key.as_ref(), Some(&refused));

    let failures = engine.jobs().failures(job, 10).await.unwrap();
    assert_eq!((failures.reasons.len(), failures.reasons[0].units), (1, 1));
    let unit = &failures.units[0];
    assert_eq!(unit.contract.as_ref().unwrap().expired_key, refused);
    assert_eq!((unit.attempts, unit.at), (1, Some(event.at)));
    assert!(matches!(engine.jobs().failures(JobId(99), 10).await, Err(EngineError::UnknownJob(_))));

    // A retry brings what failed; a second job finds everything stored.
    stage.set_faults(Faults::default());
    engine.jobs().tell(job, JobCommand::Retry).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Completed));
    assert!(engine.jobs().failures(job, 10).await.unwrap().units.is_empty());
    let again = engine.jobs().create(&order(&[EXPIRY, OTHER], ContractKinds::Both)).await.unwrap();
    engine.jobs().run(again).await.unwrap();
    let (grid, _) = open(&engine, again).await;
    assert_eq!(count(&grid, CellOutcome::Stored), grid.cells.len() as u64);
    let other = Target { underlying: nifty(), expiry: day(OTHER) };
    let grid = engine.jobs().grid(again, Some(&other), STRIPS).await.unwrap().open.unwrap();
    assert_eq!(grid.target, other);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_workers_have_is_under_way_and_its_expiry_is_open() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    stage.set_faults(Faults {
        path_prefix: "/v2/expired-instruments/historical-candle".to_owned(),
        latency_ms: 60_000,
        ..Faults::default()
    });
    let job = engine.jobs().create(&order(&[EXPIRY], ContractKinds::Both)).await.unwrap();
    let running = tokio::spawn({
        let engine = engine.clone();
        async move { engine.jobs().run(job).await }
    });
    let mut changes = engine.changes();
    let under_way = async {
        loop {
            let open = engine.jobs().grid(job, None, STRIPS).await.unwrap().open;
            if let Some(grid) = open.filter(|grid| count(grid, CellOutcome::UnderWay) > 0) {
                return grid;
            }
            #[expect(clippy::disallowed_methods, reason = "the test looks again after a while")]
            let pause = tokio::time::sleep(std::time::Duration::from_millis(20));
            tokio::select! { _ = changes.changed() => {}, () = pause => {} }
        }
    };
    let grid = tokio::time::timeout(std::time::Duration::from_secs(60), under_way).await.unwrap();
    // Before anything is proven the anchor goes alone, and that is the future.
    assert_eq!(count(&grid, CellOutcome::UnderWay), 1);
    assert_eq!(grid.cells[0].outcome, CellOutcome::UnderWay);
    engine.jobs().tell(job, JobCommand::Pause).await.unwrap();
    assert_eq!(running.await.unwrap().unwrap(), RunEnd::Paused);
    let (grid, _) = open(&engine, job).await;
    assert_eq!(count(&grid, CellOutcome::ToDo), grid.cells.len() as u64);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_requests_has_every_request_and_its_pace() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let refused = a_put(&engine).await;
    stage.set_faults(refusing(&refused));
    let job = engine.jobs().create(&order(&[EXPIRY], ContractKinds::Both)).await.unwrap();
    engine.jobs().run(job).await.unwrap();
    let picture = engine.jobs().picture(job).await.unwrap();

    let mut query = AuditQuery { job: Some(job), limit: Some(7), ..AuditQuery::default() };
    let mut lines = Vec::new();
    loop {
        let page = engine.requests().log(&query).await.unwrap();
        lines.extend(page.lines);
        query.before = page.next;
        if query.before.is_none() {
            break;
        }
    }
    assert_eq!(lines.len() as u64, picture.requests);
    assert!(lines.is_sorted_by(|newer, older| newer.id > older.id));
    assert!(lines.iter().all(|line| line.sha256.as_ref().is_none_or(|hash| hash.len() == 64)));

    let faults = AuditQuery {
        outcome: Some(AuditOutcome::Fault),
        search: Some(format!(" {refused} ").to_lowercase()),
        ..AuditQuery::default()
    };
    let page = engine.requests().log(&faults).await.unwrap();
    assert_eq!(
        page.lines.iter().map(|line| (&line.key, line.status)).collect::<Vec<_>>(),
        [(&refused.to_string(), Some(404))]
    );
    // It is called as people call it, and found by that name, too.
    let told = engine.requests().subjects(&page.lines).await.unwrap();
    let RequestSubject { name, key } = &told[0];
    assert!(name.starts_with("NIFTY ") && name.ends_with(" PE 28 AUG 25"), "{name}");
    assert_eq!(*key, refused.to_string());
    let by_name = AuditQuery { search: Some(name.to_lowercase()), ..faults };
    assert_eq!(engine.requests().log(&by_name).await.unwrap().lines, page.lines);
    let lists = AuditQuery {
        endpoint: Some("option/contract".to_owned()),
        search: Some("nifty".to_owned()),
        ..AuditQuery::default()
    };
    let lists = engine.requests().log(&lists).await.unwrap().lines;
    let told = engine.requests().subjects(&lists).await.unwrap();
    assert!(told.iter().any(|of| of.name == "NIFTY · 28 Aug 2025" && of.key == nifty().as_str()), "{told:?}");

    let pace = engine.requests().pace(job).await.unwrap();
    assert_eq!(pace.throughput.requests.iter().sum::<u64>(), picture.requests);
    assert!(pace.throughput.candles.iter().sum::<u64>() >= picture.candles);
    assert!(pace.windows.windows.is_empty(), "this engine has no limits");
    assert!(matches!(engine.requests().pace(JobId(99)).await, Err(EngineError::UnknownJob(_))));
    let status = engine.status().await.unwrap();
    assert!(status.requests > picture.requests, "signing in was one, too");
    assert!(status.endpoints.iter().any(|endpoint| endpoint == "historical-candle"));
    assert!(status.database.ends_with("expirytrack.db") && status.database_bytes > 0);
    let (of_day, health) = (status.api_use, status.health);
    assert_eq!(of_day.answered.iter().chain(&of_day.faults).sum::<u64>(), status.requests);
    assert_eq!(of_day.outcomes.iter().map(|of| of.requests).sum::<u64>(), status.requests);
    assert!(of_day.outcomes.iter().any(|of| of.outcome.starts_with("404 ")), "{:?}", of_day.outcomes);
    let candles = of_day.endpoints.iter().find(|of| of.endpoint == "historical-candle").unwrap();
    assert!(candles.faults > 0 && candles.p50_ms <= candles.p95_ms && !of_day.is_part);
    assert!(health.free_bytes.is_some() && health.last_verify.is_none() && health.last_backup.is_none());
    assert!(health.errors.iter().any(|error| error.job == job), "{:?}", health.errors);
    engine.close().await.unwrap();
}

/// However many expiries a job has, what a page gets ten times a second is small; the whole plan is read by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_frame_is_small_and_the_whole_plan_has_a_read_of_its_own() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let job = engine.jobs().create(&order(&[EXPIRY, OTHER], ContractKinds::Both)).await.unwrap();
    let mut plan = engine.jobs().plan(job).await.unwrap();
    assert_eq!(plan.targets.len(), 2);
    plan.targets = plan.targets.into_iter().cycle().take(PLAN_TARGETS_MAX).collect();
    let text = serde_json::to_string(&plan).unwrap();
    let beside = rusqlite::Connection::open(stage.data.path().join("expirytrack.db")).unwrap();
    beside.execute("UPDATE job SET plan = ? WHERE id = ?", (&text, job.0)).unwrap();
    engine.close().await.unwrap();
    drop(engine);

    let engine = stage.engine().await;
    let frame = engine.frame(Some(job), 0).await.unwrap();
    assert_eq!(frame.unfinished_jobs, 1);
    let bytes = serde_json::to_string(&frame).unwrap().len();
    assert!(bytes < 4_000, "{bytes} bytes");
    let summary = frame.job.unwrap().plan;
    assert_eq!((summary.expiries, summary.underlying_count), (10_000, 1));
    assert_eq!((summary.underlyings, summary.targets), (vec![nifty()], None));
    let listed = engine.jobs().list().await.unwrap();
    assert_eq!(listed[0].plan.targets, None);
    let whole = engine.jobs().whole(job).await.unwrap();
    assert_eq!(whole.plan.targets.unwrap(), plan.targets);
    engine.close().await.unwrap();
}
