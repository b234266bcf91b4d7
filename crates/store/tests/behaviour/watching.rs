//! What is watched: a job's grid, its failures, and the log of requests. Real files; every read that a page
//! repeats is a seek, also in a log of a million.

use crate::common;
use std::path::Path;

use market::{
    Contract, ContractKind, ContractKinds, Day, EpochSeconds, ExpiredKey, InstrumentKey, Interval, Paise,
    Strike, Underlying,
};
use protocol::{AuditOutcome, AuditQuery, EventLevel, JobId};
use rusqlite::Connection;
use store::{
    AuditEntry, ContractId, ExpiryId, Listed, NewContract, NewEvent, NewUnit, REQUESTS_LOOKED_AT_MAX,
    RequestBucket, SourceKind, Store, UnitEnd, UnitState, UnitWork,
};
use tempfile::TempDir;

const NOW: EpochSeconds = EpochSeconds(1_758_000_000);

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn nifty() -> InstrumentKey {
    "NSE_INDEX|Nifty 50".parse().unwrap()
}

fn contract(token: i64, kind: ContractKind, strike: Option<i64>) -> Contract {
    Contract {
        expired_key: format!("NSE_FO|{token}|28-08-2025").parse().unwrap(),
        underlying_key: nifty(),
        expiry: day("2025-08-28"),
        kind,
        strike: strike.map(|rupees| Strike(Paise(rupees * 100))),
        trading_symbol: format!("NIFTY {token}"),
        lot_size: 75,
        tick_size: 5,
        weekly: Some(false),
    }
}

/// A job of one listed expiry (a future, two strikes) and one that is still to be listed.
struct Stage {
    data: TempDir,
    store: Store,
    job: i64,
    expiry: ExpiryId,
}

impl Stage {
    async fn new() -> Self {
        let data = TempDir::new().unwrap();
        let store = Store::open(data.path(), SourceKind::Simulated).await.unwrap();
        store.put_underlyings(&Underlying::indices(), NOW).await.unwrap();
        let (underlying, _) = store.underlying(&nifty()).await.unwrap().unwrap();
        let days = [day("2025-08-21"), day("2025-08-28")];
        common::keep_expiries(&store, underlying, &days, NOW).await;
        let expiry = store.expiry(underlying, days[1]).await.unwrap().unwrap().id;
        let other = store.expiry(underlying, days[0]).await.unwrap().unwrap().id;
        let contracts = [
            contract(1, ContractKind::Future, None),
            contract(2, ContractKind::Call, Some(24_500)),
            contract(3, ContractKind::Put, Some(24_500)),
            contract(4, ContractKind::Call, Some(24_600)),
            contract(5, ContractKind::Put, Some(24_600)),
        ];
        let listing: Vec<_> =
            contracts.map(|contract| NewContract { contract, raw: "{}".to_owned() }).to_vec();
        common::keep_contracts(&store, expiry, days[1], &listing, NOW).await;
        // The log begins with what a test asks for.
        let connection = Connection::open(data.path().join("expirytrack.db")).unwrap();
        connection.execute("DELETE FROM fetch_audit", []).unwrap();
        let job = store.create_job("Nifty 50", "{}", &[expiry, other], NOW).await.unwrap();
        let stage = Self { data, store, job, expiry };
        stage.list().await;
        stage
    }

    /// The first contract is covered already; the others are to be fetched.
    async fn list(&self) {
        let stored = self.store.contracts(self.expiry, ContractKinds::Both).await.unwrap();
        let unit =
            |position: usize, contract: ContractId| NewUnit { position: 100_000 + position as i64, contract };
        let units: Vec<_> = stored.iter().enumerate().map(|(at, stored)| unit(at, stored.id)).collect();
        let listing = self.store.pending_units(self.job).await.unwrap()[0].id;
        let end = UnitEnd { unit: listing, state: UnitState::Done, candles: 0, attempts: 1, error: None };
        let (underlying, _) = self.store.underlying(&nifty()).await.unwrap().unwrap();
        let listed = Listed {
            to_fetch: units[1..].to_vec(),
            covered: units[..1].to_vec(),
            months: vec![(99_000, underlying, day("2025-08-01"))],
            is_limited: false,
        };
        self.store.end_listing(self.job, self.expiry, listed, end, Vec::new()).await.unwrap();
    }

    async fn end(&self, key: &str, state: UnitState, error: Option<&str>, attempts: u32) {
        let key: ExpiredKey = key.parse().unwrap();
        let contract = self.store.contract(&key).await.unwrap().unwrap().id;
        let pending = self.store.pending_units(self.job).await.unwrap();
        let unit = pending.iter().find(|unit| unit.work == UnitWork::Contract(contract)).unwrap().id;
        let event = NewEvent {
            job: self.job,
            at: NOW,
            level: EventLevel::Error,
            message: format!("{key}: {state}"),
            expired_key: Some(key.to_string()),
        };
        let end = UnitEnd { unit, state, candles: 0, attempts, error: error.map(str::to_owned) };
        self.store.end_unit(end, vec![event]).await.unwrap();
    }

    async fn request(
        &self,
        endpoint: &'static str,
        key: &str,
        at: i64,
        code: Option<&str>,
        job: Option<i64>,
    ) {
        let is_candles = endpoint == "historical-candle";
        let audit = AuditEntry {
            at: EpochSeconds(at),
            job,
            endpoint,
            key: key.to_owned(),
            interval: is_candles.then_some(Interval::Minute1),
            range: None,
            status: Some(if code.is_some() { 500 } else { 200 }),
            code: code.map(str::to_owned),
            rows: 100,
            bytes: 9,
            sha256: Some([171; 32]),
            duration_ms: 12,
            attempt: 1,
        };
        self.store.record_request(audit, Vec::new()).await.unwrap();
    }
}

#[tokio::test]
async fn a_grid_tells_every_outcome_and_its_event() {
    let stage = Stage::new().await;
    stage.end("NSE_FO|2|28-08-2025", UnitState::Done, None, 1).await;
    stage.end("NSE_FO|3|28-08-2025", UnitState::Empty, None, 2).await;
    stage.end("NSE_FO|4|28-08-2025", UnitState::Failed, Some("Upstox answered 500"), 6).await;

    let strips = stage.store.expiry_units(stage.job, 50).await.unwrap();
    let counts: Vec<_> =
        strips.iter().map(|s| (s.listing, s.done, s.stored, s.empty, s.failed, s.total)).collect();
    assert_eq!(counts, [(UnitState::Done, 1, 1, 1, 1, 5), (UnitState::Pending, 0, 0, 0, 0, 0)]);
    assert_eq!(stage.store.expiry_units(stage.job, 1).await.unwrap().len(), 1);

    let cells = stage.store.contract_units(stage.job, stage.expiry, Interval::Minute1).await.unwrap();
    let told: Vec<_> = cells.iter().map(|c| (c.kind.as_str(), c.state, c.attempts, c.event)).collect();
    assert_eq!(
        told,
        [
            ("FUT", UnitState::Done, 0, None),
            ("CE", UnitState::Done, 1, Some(1)),
            ("PE", UnitState::Empty, 2, Some(2)),
            ("CE", UnitState::Failed, 6, Some(3)),
            ("PE", UnitState::Pending, 0, None),
        ]
    );
    assert_eq!(cells[3].error.as_deref(), Some("Upstox answered 500"));
    assert_eq!(stage.store.next_expiry(stage.job).await.unwrap(), Some(stage.expiry));
}

#[tokio::test]
async fn failures_of_one_reason_stand_together() {
    let stage = Stage::new().await;
    stage.end("NSE_FO|2|28-08-2025", UnitState::Failed, Some("b"), 6).await;
    stage.end("NSE_FO|3|28-08-2025", UnitState::Failed, Some("a"), 1).await;
    stage.end("NSE_FO|4|28-08-2025", UnitState::Failed, Some("b"), 6).await;
    let pending = stage.store.pending_units(stage.job).await.unwrap();
    let listing = pending.iter().find(|unit| unit.work == UnitWork::Listing).unwrap();
    let end = UnitEnd {
        unit: listing.id,
        state: UnitState::Failed,
        candles: 0,
        attempts: 1,
        error: Some("b".to_owned()),
    };
    stage.store.end_unit(end, Vec::new()).await.unwrap();

    let reasons = stage.store.failure_reasons(stage.job, 10).await.unwrap();
    assert_eq!(
        reasons.iter().map(|r| (r.reason.as_str(), r.units)).collect::<Vec<_>>(),
        [("b", 3), ("a", 1)]
    );
    let failed = stage.store.failed_units(stage.job, 10).await.unwrap();
    let told: Vec<_> = failed
        .iter()
        .map(|f| (f.reason.as_str(), f.contract.as_ref().map(|(key, ..)| key.exchange_token()), f.at))
        .collect();
    let at = Some(NOW);
    assert_eq!(told, [("a", Some("3"), at), ("b", None, None), ("b", Some("2"), at), ("b", Some("4"), at)]);
    assert_eq!(stage.store.failed_units(stage.job, 2).await.unwrap().len(), 2);
}

#[tokio::test]
async fn the_log_is_filtered_and_paged_without_an_offset() {
    let stage = Stage::new().await;
    for minute in 0..6 {
        let code = (minute % 3 == 0).then_some("UDAPI100500");
        stage
            .request(
                "historical-candle",
                "NSE_FO|71706|28-08-2025",
                NOW.0 + 60 * minute,
                code,
                Some(stage.job),
            )
            .await;
        stage.request("expiries", "NSE_INDEX|Nifty 50", NOW.0 + 60 * minute, None, None).await;
    }
    let ids = async |filter: AuditQuery, before| {
        let page = stage.store.requests(&AuditQuery { before, ..filter }, 4).await.unwrap();
        (page.lines.iter().map(|line| line.id).collect::<Vec<_>>(), page.next)
    };
    let all = AuditQuery::default;
    assert_eq!(ids(all(), None).await, (vec![12, 11, 10, 9], Some(9)));
    assert_eq!(ids(all(), Some(9)).await, (vec![8, 7, 6, 5], Some(5)));
    assert_eq!(ids(all(), Some(5)).await, (vec![4, 3, 2, 1], None));
    let text = |text: &str| AuditQuery { search: Some(text.to_owned()), ..all() };
    assert_eq!(ids(text("71706"), None).await, (vec![11, 9, 7, 5], Some(5)));
    assert_eq!(ids(text("udapi1005"), None).await, (vec![7, 1], None));
    assert_eq!(ids(text("100%"), None).await, (vec![], None), "no letter stands for others");
    assert_eq!(
        ids(AuditQuery { outcome: Some(AuditOutcome::Fault), ..all() }, None).await,
        (vec![7, 1], None)
    );
    assert_eq!(
        ids(AuditQuery { outcome: Some(AuditOutcome::Ok), job: Some(JobId(stage.job)), ..all() }, None)
            .await
            .0,
        [11, 9, 5, 3]
    );
    let expiries = AuditQuery { endpoint: Some("expiries".to_owned()), ..all() };
    assert_eq!(ids(expiries, Some(5)).await, (vec![4, 2], None));
    assert_eq!(ids(AuditQuery { job: Some(JobId(99)), ..all() }, None).await, (vec![], None));
    // A day later there are two more; days are of IST.
    let today = NOW.day();
    for _ in 0..2 {
        stage.request("expiries", "NSE_INDEX|Nifty 50", today.next().at_minute(0).0, None, None).await;
    }
    let of_days = |from, to| AuditQuery { from, to, ..all() };
    assert_eq!(ids(of_days(Some(today.next()), None), None).await, (vec![14, 13], None));
    assert_eq!(ids(of_days(None, Some(today)), None).await, (vec![12, 11, 10, 9], Some(9)));
    assert_eq!(ids(of_days(Some(today), Some(today)), Some(5)).await, (vec![4, 3, 2, 1], None));
    assert_eq!(ids(of_days(None, Some(today.previous())), None).await, (vec![], None));
    let of_job = AuditQuery { job: Some(JobId(stage.job)), ..of_days(Some(today), Some(today)) };
    assert_eq!(ids(of_job, None).await.0, [11, 9, 7, 5]);
    let of_other_day = AuditQuery { job: Some(JobId(stage.job)), ..of_days(Some(today.next()), None) };
    assert_eq!(ids(of_other_day, None).await, (vec![], None));
    assert_eq!(stage.store.request_count().await.unwrap(), 14);
    assert_eq!(stage.store.endpoints_asked(100).await.unwrap(), ["expiries", "historical-candle"]);
}

#[tokio::test]
async fn requests_are_counted_over_time() {
    let stage = Stage::new().await;
    let job = Some(stage.job);
    for (at, endpoint) in [
        (0, "option/contract"),
        (1, "historical-candle"),
        (59, "historical-candle"),
        (180, "historical-candle"),
    ] {
        stage.request(endpoint, "k", NOW.0 + at, None, job).await;
    }
    stage.request("historical-candle", "k", NOW.0 + 200, None, None).await;
    let buckets = stage.store.requests_over_time(stage.job, NOW, 60).await.unwrap();
    let bucket = |index, requests, candles| RequestBucket { index, requests, candles };
    assert_eq!(buckets, [bucket(0, 3, 200), bucket(3, 1, 100)], "a listing brings no candles");
    let seconds = stage.store.requests_a_second(NOW, 100).await.unwrap();
    assert_eq!(
        seconds.iter().map(|(at, count)| (at.0 - NOW.0, *count)).collect::<Vec<_>>(),
        [(1, 1), (59, 1), (180, 1), (200, 1)]
    );
    assert_eq!(stage.store.requests_a_second(NOW, 2).await.unwrap().len(), 2, "the newest ones");
    let ends = async |known, from, most| {
        let found = stage.store.request_ends(known, from, most).await.unwrap();
        let began = found.ends.iter().map(|end| end.at.0 - NOW.0).collect::<Vec<_>>();
        (began, found.up_to, found.is_part)
    };
    assert_eq!(ends(0, NOW, 100).await, (vec![0, 1, 59, 180, 200], 5, false));
    assert_eq!(ends(0, EpochSeconds(NOW.0 + 1), 100).await, (vec![1, 59, 180, 200], 5, false));
    assert_eq!(ends(3, NOW, 100).await, (vec![180, 200], 5, false), "what came since");
    assert_eq!(ends(0, NOW, 2).await, (vec![180, 200], 5, true), "the newest ones");
    assert_eq!(ends(5, NOW, 100).await, (vec![], 5, false));
}

#[tokio::test]
async fn a_search_through_a_million_requests_looks_at_a_bounded_number() {
    let stage = Stage::new().await;
    let connection = Connection::open(stage.data.path().join("expirytrack.db")).unwrap();
    connection
        .execute_batch(
            "INSERT INTO fetch_audit (at, endpoint, key, rows, bytes, duration_ms, attempt)
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
             SELECT 1758000000 + i, 'historical-candle', CASE i WHEN 7 THEN 'NEEDLE' ELSE 'NSE_FO|1|28-08-2025' END,
                    1, 1, 1, 1 FROM n",
        )
        .unwrap();
    let needle = AuditQuery { search: Some("needle".to_owned()), ..AuditQuery::default() };
    let mut before = None;
    let mut looks = 0;
    let found = loop {
        let page = stage.store.requests(&AuditQuery { before, ..needle.clone() }, 50).await.unwrap();
        looks += 1;
        if let Some(line) = page.lines.first() {
            break line.id;
        }
        assert!(before.unwrap_or(1_000_001) - page.next.unwrap() <= REQUESTS_LOOKED_AT_MAX);
        before = page.next;
    };
    assert_eq!((found, looks), (7, 5));
}

/// The lines of a query plan.
fn plan(data: &Path, sql: &str) -> String {
    let connection = Connection::open(data.join("expirytrack.db")).unwrap();
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let parameters = statement.parameter_count();
    let lines = statement
        .query_map(rusqlite::params_from_iter(vec![1; parameters]), |row| row.get::<_, String>(3))
        .unwrap();
    lines.map(Result::unwrap).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn what_is_read_every_second_is_found_by_an_index() {
    let stage = Stage::new().await;
    for (sql, index) in [
        (
            "SELECT count(w.state) FROM (SELECT job_id, expiry_id, position FROM job_unit
             WHERE job_id = ? AND contract_id IS NULL AND month IS NULL ORDER BY position LIMIT ?) l
             LEFT JOIN job_unit w ON w.job_id = l.job_id AND w.expiry_id = l.expiry_id AND w.contract_id IS NOT NULL
             GROUP BY l.position",
            &["job_unit_listing", "job_unit_of_expiry"][..],
        ),
        (
            "SELECT w.state FROM contract c JOIN job_unit w ON w.job_id = ? AND w.contract_id = c.id WHERE c.expiry_id = ?",
            &["contract_by_strike", "job_unit_of_contract"],
        ),
        (
            "SELECT max(id) FROM job_event WHERE job_id = ? AND expired_key = ?",
            &["job_event_of_contract"],
        ),
        (
            "SELECT (at - ?2) / ?3, count(*), sum(CASE WHEN interval IS NULL THEN 0 ELSE rows END)
             FROM fetch_audit WHERE job_id = ?1 AND at >= ?2 GROUP BY 1",
            &["COVERING INDEX fetch_audit_over_time"],
        ),
        (
            "SELECT * FROM fetch_audit WHERE id < ? AND id >= ? AND job_id = ? ORDER BY id DESC LIMIT ?",
            &["fetch_audit_of_job"],
        ),
    ] {
        let plan = plan(stage.data.path(), sql);
        for name in index {
            assert!(plan.contains(name), "{name} in\n{plan}");
        }
    }
}
