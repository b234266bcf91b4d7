//! The views carry the documented schema, column for column, and a person's SQL reads it.

#![expect(clippy::unwrap_used, reason = "a test says what broke by panicking")]

use market::{
    Candle, Contract, ContractKind, ContractKinds, Day, DayRange, EpochSeconds, Interval, Paise, Prices,
    Reach, Strike, Underlying, UnderlyingKind,
};
use rusqlite::Connection;
use store::{
    AnsweredRange, AuditEntry, ContractId, ExpiryId, NewAnswer, NewContract, Outcome, SourceKind, Store,
    UnderlyingId,
};
use tempfile::TempDir;

const NOW: EpochSeconds = EpochSeconds(1_758_000_000);

struct Stage {
    data: TempDir,
    store: Store,
    underlying: UnderlyingId,
    expiry: ExpiryId,
    contract: ContractId,
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

async fn stage() -> Stage {
    let data = TempDir::new().unwrap();
    let store = Store::open(data.path(), SourceKind::Simulated).await.unwrap();
    store.put_underlyings(&Underlying::indices(), NOW).await.unwrap();
    let (underlying, _) = store.underlying(&"NSE_INDEX|Nifty 50".parse().unwrap()).await.unwrap().unwrap();
    store.put_expiries(underlying, &[day("2025-08-28")], NOW).await.unwrap();
    let expiry = store.expiry(underlying, day("2025-08-28")).await.unwrap().unwrap();
    let contract = Contract {
        expired_key: "NSE_FO|71706|28-08-2025".parse().unwrap(),
        underlying_key: "NSE_INDEX|Nifty 50".parse().unwrap(),
        expiry: day("2025-08-28"),
        kind: ContractKind::Put,
        strike: Strike::from_rupees(22600.0),
        trading_symbol: "NIFTY 22600 PE 28 AUG 25".to_owned(),
        lot_size: 75,
        tick_size: 5,
        weekly: Some(false),
    };
    let listing = [NewContract { contract, raw: r#"{"freeze_quantity":1800}"#.to_owned() }];
    store.put_listing(expiry.id, ContractKinds::Both, &listing, NOW).await.unwrap();
    let contract = store.contracts(expiry.id, ContractKinds::Both).await.unwrap()[0].id;
    Stage { data, store, underlying, expiry: expiry.id, contract }
}

impl Stage {
    fn answer(&self, candles: Vec<Candle>) -> NewAnswer {
        let range = DayRange::new(day("2025-08-01"), day("2025-08-28")).unwrap();
        NewAnswer {
            owner: self.contract.into(),
            interval: Interval::Minute1,
            audit: AuditEntry {
                at: NOW,
                job: None,
                endpoint: "historical-candle",
                key: "NSE_FO|71706|28-08-2025".to_owned(),
                interval: Some(Interval::Minute1),
                range: Some(range),
                status: Some(200),
                code: None,
                rows: candles.len() as u64,
                bytes: 100,
                sha256: Some([7; 32]),
                duration_ms: 12,
                attempt: 1,
            },
            ranges: vec![AnsweredRange { range, outcome: Outcome::Rows, provisional: false }],
            candles,
            quarantined: Vec::new(),
            events: Vec::new(),
        }
    }

    async fn commit(&self, ranges: Vec<AnsweredRange>) {
        self.store.commit_answer(NewAnswer { ranges, ..self.answer(Vec::new()) }).await.unwrap();
    }

    fn change(&self, sql: &str) {
        Connection::open(self.data.path().join("expirytrack.db")).unwrap().execute_batch(sql).unwrap();
    }

    fn sql<T: rusqlite::types::FromSql>(&self, sql: &str) -> T {
        let connection = Connection::open(self.data.path().join("expirytrack.db")).unwrap();
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

fn candle(minute: u16, close: i64) -> Candle {
    Candle {
        start: day("2025-08-01").at_minute(minute),
        prices: Prices { open: Paise(1005), high: Paise(1100), low: Paise(995), close: Paise(close) },
        volume: 75,
        open_interest: 150,
    }
}

#[tokio::test]
async fn the_views_have_the_documented_columns_in_the_documented_order() {
    let stage = stage().await;
    let connection = Connection::open(stage.data.path().join("expirytrack.db")).unwrap();
    let columns = |view: &str| -> String {
        let statement = connection.prepare(&format!("SELECT * FROM {view}")).unwrap();
        statement.column_names().join(" ")
    };
    assert_eq!(
        columns("instruments"),
        "instrument_key symbol name exchange segment underlying_type created_at"
    );
    assert_eq!(
        columns("expiries"),
        "id instrument_key expiry_date is_weekly contracts_fetched data_fetched created_at"
    );
    assert_eq!(
        columns("contracts"),
        "expired_instrument_key instrument_key expiry_date contract_type strike_price trading_symbol lot_size tick_size exchange_token metadata"
    );
    assert_eq!(
        columns("historical_data"),
        "expired_instrument_key timestamp open high low close volume open_interest"
    );
    assert_eq!(
        columns("job_status"),
        "id job_type instrument_key expiry_date status started_at completed_at error_message retry_count"
    );
    assert!(columns("historical_data_all").starts_with("expired_instrument_key interval timestamp"));
    assert!(columns("underlying_data").starts_with("instrument_key interval timestamp"));
}

#[tokio::test]
async fn a_persons_sql_reads_rupees_and_ist() {
    let stage = stage().await;
    stage.store.commit_answer(stage.answer(vec![candle(555, 1010)])).await.unwrap();
    let row: String = stage.sql(
        "SELECT expired_instrument_key || ' ' || timestamp || ' ' || open || ' ' || close || ' ' || volume
         FROM historical_data WHERE expired_instrument_key = 'NSE_FO|71706|28-08-2025'",
    );
    assert_eq!(row, "NSE_FO|71706|28-08-2025 2025-08-01 09:15:00 10.05 10.1 75");
    assert_eq!(stage.sql::<f64>("SELECT strike_price FROM contracts"), 22600.0);
    assert_eq!(stage.sql::<f64>("SELECT tick_size FROM contracts"), 0.05);
    assert_eq!(stage.sql::<i64>("SELECT is_weekly FROM expiries"), 0);
    assert_eq!(stage.sql::<i64>("SELECT data_fetched FROM expiries"), 0, "27 days of ninety");
    // The expired key is served by its expression index.
    let connection = Connection::open(stage.data.path().join("expirytrack.db")).unwrap();
    let plan: String = connection
        .query_row(
            "EXPLAIN QUERY PLAN SELECT * FROM historical_data WHERE expired_instrument_key = 'x'",
            [],
            |row| row.get(3),
        )
        .unwrap();
    assert!(plan.contains("contract_by_expired_key"), "{plan}");
}

#[tokio::test]
async fn a_row_that_differs_becomes_a_revision_and_the_newest_answer_is_current() {
    let stage = stage().await;
    let first = stage.store.commit_answer(stage.answer(vec![candle(555, 1010), candle(556, 1020)])).await;
    let first = first.unwrap();
    assert_eq!((first.inserted, first.revised), (2, 0));
    let changed = vec![candle(555, 1010), candle(556, 1030), candle(557, 1040)];
    let second = stage.store.commit_answer(stage.answer(changed)).await.unwrap();
    assert_eq!((second.inserted, second.revised), (1, 1));
    assert_eq!(stage.sql::<i64>("SELECT close FROM candle WHERE ts = (SELECT ts FROM revision)"), 1030);
    assert_eq!(stage.sql::<i64>("SELECT close FROM revision"), 1020);
    assert_eq!(stage.sql::<i64>("SELECT old_request_id FROM revision"), first.request.number());
    assert_eq!(stage.sql::<i64>("SELECT new_request_id FROM revision"), second.request.number());
    assert_eq!(stage.sql::<i64>("SELECT candles FROM series_day"), 3);
    assert_eq!(stage.sql::<i64>("SELECT volume FROM series_day"), 225);
}

/// The days of a contract that an answer accounts for.
fn answered(from: &str, to: &str) -> AnsweredRange {
    let range = DayRange::new(day(from), day(to)).unwrap();
    AnsweredRange { range, outcome: Outcome::Rows, provisional: false }
}

#[tokio::test]
async fn data_are_fetched_when_every_day_of_every_contract_is_answered_for_good() {
    let whole = answered("2025-05-30", "2025-08-28");
    let end = answered("2025-08-27", "2025-08-28");
    let unconfirmed = Outcome::EmptyUnconfirmed;
    for (ranges, days, is_fetched) in [
        (vec![], None, false),
        (vec![end], Some(1), false),
        (vec![whole], Some(90), true),
        (vec![end, answered("2025-05-30", "2025-08-26")], Some(90), true),
        (vec![answered("2025-05-30", "2025-08-28"), answered("2025-08-01", "2025-08-20")], Some(90), true),
        // A gap in the middle, and one at the end.
        (vec![end, answered("2025-05-30", "2025-08-25")], Some(1), false),
        (vec![answered("2025-05-30", "2025-08-27")], None, false),
        // Before it was final, and without a row too seldom.
        (vec![AnsweredRange { provisional: true, ..whole }], None, false),
        (vec![AnsweredRange { outcome: unconfirmed, ..whole }], None, false),
    ] {
        let stage = stage().await;
        let told = format!("{ranges:?}");
        let is_asked = !ranges.is_empty();
        if is_asked {
            stage.commit(ranges).await;
        }
        assert_eq!(stage.sql::<bool>("SELECT data_fetched FROM expiries"), is_fetched, "{told}");
        assert!(stage.sql::<bool>("SELECT contracts_fetched FROM expiries"));
        let reach = stage.store.contract_stats(stage.expiry, Interval::Minute1).await.unwrap()[0].reach;
        let expected = days.map_or(if is_asked { Reach::Open } else { Reach::Unasked }, Reach::Back);
        assert_eq!(reach, expected, "{told}");
        let of_expiry = stage.store.expiry_stats(stage.underlying, Interval::Minute1).await.unwrap();
        assert_eq!(of_expiry[0].reaches, [(ContractKind::Put, expected)], "{told}");
        let other = stage.store.expiry_stats(stage.underlying, Interval::Minute5).await.unwrap();
        assert_eq!(other[0].reaches, [(ContractKind::Put, Reach::Unasked)], "another interval says nothing");
    }
}

#[tokio::test]
async fn data_are_not_fetched_while_one_contract_or_one_kind_is_missing() {
    let stage = stage().await;
    let ranges = vec![answered("2025-05-30", "2025-08-28")];
    stage.commit(ranges).await;
    let fetched = || stage.sql::<bool>("SELECT data_fetched FROM expiries");
    assert!(fetched());
    stage.change("UPDATE expiry SET futures_listed = NULL");
    assert!(!fetched(), "futures were never listed");
    stage.change("UPDATE expiry SET futures_listed = 1");
    stage.change(
        "INSERT INTO contract SELECT 2, expiry_id, 'CE', strike, segment, '71707', key_date, trading_symbol, lot_size,
                                     tick_size, raw, created_at FROM contract",
    );
    assert!(!fetched(), "one of two contracts");
}

/// The rule of `market` in SQL: a weekly option's whole life, and where the broker's data begin.
#[tokio::test]
async fn a_whole_life_is_enough() {
    let stage = stage().await;
    let life = market::life_days_max(UnderlyingKind::Index, Some(true), day("2025-08-28"));
    let reaching =
        |days: u32| vec![answered(&day("2025-08-28").plus_days(-i64::from(days)).to_string(), "2025-08-28")];
    let fetched = || stage.sql::<bool>("SELECT data_fetched FROM expiries");
    stage.change("UPDATE expiry SET weekly = 1");
    stage.commit(reaching(life - 1)).await;
    assert!(!fetched());
    stage.commit(reaching(life)).await;
    assert!(fetched());
    stage.change("UPDATE expiry SET weekly = 0");
    assert!(!fetched(), "a monthly one lives longer");
    stage.change("UPDATE expiry SET date = '2024-10-31'");
    stage.commit(vec![answered("2024-10-01", "2024-10-31")]).await;
    stage.change("DELETE FROM fetched_range WHERE from_day > '2025-01-01'");
    assert!(fetched(), "there is nothing before October 2024");
}

#[tokio::test]
async fn candles_come_back_as_they_were_kept() {
    let stage = stage().await;
    let candles: Vec<Candle> =
        (555..930).map(|minute| candle(minute, 1000 + i64::from(minute) % 90)).collect();
    stage.store.commit_answer(stage.answer(candles.clone())).await.unwrap();
    let series = stage.store.series(stage.contract.into(), Interval::Minute1).await.unwrap().unwrap();
    let all = stage.store.candles(series, EpochSeconds(i64::MIN), EpochSeconds(i64::MAX)).await.unwrap();
    assert_eq!(all, candles);
    let some = stage.store.candles(series, candles[10].start, candles[20].start).await.unwrap();
    assert_eq!(some, candles[10..20]);
    let covered = stage.store.covered_ranges(stage.contract.into(), Interval::Minute1).await.unwrap();
    assert_eq!(covered[0].to_string(), "2025-08-01 to 2025-08-28");
}
