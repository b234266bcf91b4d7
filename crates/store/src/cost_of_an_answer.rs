//! What keeping an answer costs, counted in steps of SQLite's machine: no more among thousands of series than among ten.
//! Plans alone do not show it: those of triggers are told by nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use market::{Candle, DayRange, EpochSeconds, Interval, Paise, Price, Prices};
use rusqlite::Connection;

use crate::answers::{AnsweredRange, AuditEntry, NewAnswer, Outcome};
use crate::{ContractId, SeriesOwner, SourceKind, Store};

const OF_OTHERS: &str = "
    INSERT INTO underlying (id, key, symbol, name, exchange, segment, kind, created_at)
    VALUES (1, 'NSE_INDEX|Nifty 50', 'NIFTY', 'Nifty 50', 'NSE', 'NSE_INDEX', 'index', 1);
    INSERT INTO expiry (id, underlying_id, date, first_seen) VALUES (1, 1, '2025-07-31', 1), (2, 1, '2025-08-28', 1);
    INSERT INTO fetch_audit (id, at, endpoint, key, rows, bytes, duration_ms, attempt)
    VALUES (1, 1, 'historical-candle', 'x', 1, 1, 1, 1);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
    INSERT INTO contract
    SELECT i, iif(i = 1, 2, 1), 'CE', 100 * i, 'NSE_FO', i, '2025-08-28', 'C' || i, 75, 5, '{}', 1 FROM n;";

/// As many others as `?` have an answer each.
const OTHERS: &str = "
    WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i <= ?)
    INSERT INTO series (id, contract_id, interval) SELECT i, i, '1minute' FROM n;
    WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i <= ?)
    INSERT INTO fetched_range (series_id, from_day, to_day, outcome, provisional, request_id)
    SELECT i, '2025-06-01', '2025-07-31', 'rows', 0, 1 FROM n;
    WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i <= ?)
    INSERT INTO series_day (series_id, day, candles, first_ts, last_ts, zero_volume, volume, open_interest)
    SELECT i, '2025-07-31', 1, 1, 1, 0, 75, 75 FROM n;";

fn answer(outcome: Outcome, candles: Vec<Candle>) -> NewAnswer {
    let range = DayRange::new("2025-08-01".parse().unwrap(), "2025-08-28".parse().unwrap()).unwrap();
    NewAnswer {
        owner: SeriesOwner::Contract(ContractId(1)),
        interval: Interval::Minute1,
        audit: AuditEntry {
            at: EpochSeconds(1_756_400_000),
            job: None,
            endpoint: "historical-candle",
            key: "NSE_FO|1|28-08-2025".to_owned(),
            interval: Some(Interval::Minute1),
            range: Some(range),
            status: Some(200),
            code: None,
            rows: candles.len() as u64,
            bytes: 100,
            sha256: None,
            duration_ms: 1,
            attempt: 1,
        },
        ranges: vec![AnsweredRange { range, outcome, provisional: false }],
        candles,
        quarantined: Vec::new(),
        events: Vec::new(),
    }
}

fn candle() -> Candle {
    let price = Price::from(Paise(10_000));
    let prices = Prices { open: price, high: price, low: price, close: price };
    Candle { start: EpochSeconds(1_756_353_300), prices, volume: 75, open_interest: 150 }
}

/// Steps of the reader and of the writer, which stay the same connections while one thing is done after the other.
async fn steps(store: &Store) -> Arc<AtomicU64> {
    let steps = Arc::new(AtomicU64::new(0));
    let counted = |connection: &Connection, steps: Arc<AtomicU64>| {
        let count = move || {
            steps.fetch_add(1, Ordering::Relaxed);
            false
        };
        connection.progress_handler(1, Some(count))
    };
    let (read, written) = (steps.clone(), steps.clone());
    store.read(move |connection| Ok(counted(connection, read)?)).await.unwrap();
    store.with_writer(move |connection| Ok(counted(connection, written)?)).await.unwrap();
    steps
}

/// What each thing that collecting does for one series costs among so many others.
async fn costs(others: u32) -> Vec<(&'static str, u64)> {
    let data = tempfile::TempDir::new().unwrap();
    let store = Store::open(data.path(), SourceKind::Simulated).await.unwrap();
    let filled = store.with_writer(move |connection| {
        connection.execute_batch(OF_OTHERS)?;
        Ok(connection.execute_batch(&OTHERS.replace('?', &others.to_string()))?)
    });
    filled.await.unwrap();
    let steps = steps(&store).await;
    let mut costs = Vec::new();
    let mut took = |what| costs.push((what, steps.swap(0, Ordering::Relaxed)));
    let (owner, interval) = (SeriesOwner::Contract(ContractId(1)), Interval::Minute1);
    let empty = answer(Outcome::EmptyUnconfirmed, Vec::new());
    let range = empty.ranges[0].range;

    store.commit_answer(empty).await.unwrap();
    took("an empty answer");
    store.empties(owner, interval, range).await.unwrap();
    took("how often it was empty");
    store.confirm_empty(owner, interval, range).await.unwrap();
    took("believing it");
    store.commit_answer(answer(Outcome::Rows, vec![candle()])).await.unwrap();
    took("an answer with a candle");
    store.covered_ranges(owner, interval).await.unwrap();
    took("what is answered");
    store.facts(owner, interval).await.unwrap();
    took("what is known");
    store.refused(owner, interval).await.unwrap();
    took("what was refused");
    let underlying = SeriesOwner::Underlying(crate::UnderlyingId(1));
    store.covered_ranges(underlying, interval).await.unwrap();
    took("what is answered of the underlying");
    store.close().await.unwrap();
    costs
}

#[tokio::test]
async fn an_answer_costs_the_same_however_much_is_stored() {
    let (few, many) = (costs(10).await, costs(4000).await);
    assert!(few.iter().all(|(_, steps)| *steps > 0), "nothing was counted: {few:?}");
    for ((what, few), (_, many)) in few.iter().zip(&many) {
        assert!(*many <= few + few / 10, "{what}: {few} steps among 10 series, {many} among 4000");
    }
}
