//! The views carry the documented schema, column for column, ours behind it, and a person's SQL reads it.

use crate::common;
use market::{
    Candle, Contract, ContractKind, ContractKinds, Day, DayRange, EpochSeconds, Interval, Paise, Price,
    Prices, Reach, Strike, Underlying, UnderlyingKind,
};
use rusqlite::Connection;
use store::{
    AnsweredRange, AuditEntry, ContractId, ExpiryId, NewAnswer, NewContract, Outcome, SourceKind, Store,
    UnderlyingId,
};
use tempfile::TempDir;

const NOW: EpochSeconds = EpochSeconds(1_758_000_000);

pub struct Stage {
    pub data: TempDir,
    pub store: Store,
    underlying: UnderlyingId,
    expiry: ExpiryId,
    contract: ContractId,
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub async fn stage() -> Stage {
    let data = TempDir::new().unwrap();
    let store = Store::open(data.path(), SourceKind::Simulated).await.unwrap();
    store.put_underlyings(&Underlying::indices(), NOW).await.unwrap();
    let (underlying, _) = store.underlying(&"NSE_INDEX|Nifty 50".parse().unwrap()).await.unwrap().unwrap();
    common::keep_expiries(&store, underlying, &[day("2025-08-28")], NOW).await;
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
    common::keep_contracts(&store, expiry.id, expiry.date, &listing, NOW).await;
    let contract = store.contracts(expiry.id, ContractKinds::Both).await.unwrap()[0].id;
    Stage { data, store, underlying, expiry: expiry.id, contract }
}

impl Stage {
    pub fn answer(&self, candles: Vec<Candle>) -> NewAnswer {
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

    async fn all(&self) -> Vec<Candle> {
        let series = self.store.series(self.contract.into(), Interval::Minute1).await.unwrap().unwrap();
        self.store.candles(series, EpochSeconds(i64::MIN), EpochSeconds(i64::MAX)).await.unwrap()
    }

    async fn commit(&self, ranges: Vec<AnsweredRange>) {
        self.store.commit_answer(NewAnswer { ranges, ..self.answer(Vec::new()) }).await.unwrap();
    }

    fn change(&self, sql: &str) {
        Connection::open(self.data.path().join("expirytrack.db")).unwrap().execute_batch(sql).unwrap();
    }

    pub fn sql<T: rusqlite::types::FromSql>(&self, sql: &str) -> T {
        let connection = Connection::open(self.data.path().join("expirytrack.db")).unwrap();
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

fn prices([open, high, low, close]: [Price; 4]) -> Prices {
    Prices { open, high, low, close }
}

fn candle(minute: u16, close: i64) -> Candle {
    Candle {
        start: day("2025-08-01").at_minute(minute),
        prices: prices([1005, 1100, 995, close].map(|paise| Paise(paise).into())),
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
        "id instrument_key expiry_date is_weekly contracts_fetched data_fetched created_at contracts candles"
    );
    assert_eq!(
        columns("contracts"),
        "expired_instrument_key instrument_key expiry_date contract_type strike_price trading_symbol lot_size tick_size exchange_token metadata"
    );
    assert_eq!(
        columns("historical_data"),
        "expired_instrument_key timestamp open high low close volume open_interest epoch trading_symbol"
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
        assert_eq!(of_expiry[0].reaches, [(ContractKind::Put, expected, 1)], "{told}");
        let other = stage.store.expiry_stats(stage.underlying, Interval::Minute5).await.unwrap();
        assert_eq!(
            other[0].reaches,
            [(ContractKind::Put, Reach::Unasked, 1)],
            "another interval says nothing"
        );
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

#[tokio::test]
async fn finer_prices_rescale_their_series_and_nothing_is_lost() {
    let stage = stage().await;
    // Some of them whole days before, so that the rescaling must reach further than the newest answer.
    let start = day("2025-07-29");
    let paise_rows: Vec<Candle> = (0..2000)
        .map(|at| {
            let row = candle(555 + at % 375, 1000 + i64::from(at) % 90);
            Candle { start: start.plus_days(i64::from(at / 375)).at_minute(555 + at % 375), ..row }
        })
        .collect();
    stage.store.commit_answer(stage.answer(paise_rows.clone())).await.unwrap();
    let mut revised = paise_rows[0];
    revised.volume += 75;
    stage.store.commit_answer(stage.answer(vec![revised])).await.unwrap();
    assert_eq!(stage.sql::<i64>("SELECT price_scale FROM series"), 100);

    let fine = Price::from_rupees(982.275).unwrap();
    let fine_rows: Vec<Candle> = (0..3)
        .map(|at| Candle {
            start: day("2025-08-27").at_minute(555 + at),
            prices: prices([fine; 4]),
            ..candle(555, 1000)
        })
        .collect();
    let committed = stage.store.commit_answer(stage.answer(fine_rows.clone())).await.unwrap();
    assert_eq!((committed.inserted, committed.revised), (3, 0));
    assert_eq!(stage.sql::<i64>("SELECT price_scale FROM series"), 10_000);
    let expected: Vec<Candle> =
        [revised].into_iter().chain(paise_rows[1..].iter().copied()).chain(fine_rows).collect();
    assert_eq!(stage.all().await, expected);
    assert_eq!(stage.sql::<i64>("SELECT sum(candles) FROM series_day"), 2003);
    // In SQL: rupees in the view, and the revision of the time before in the scale of its series.
    assert_eq!(
        stage.sql::<f64>("SELECT close FROM historical_data WHERE timestamp = '2025-08-27 09:15:00'"),
        982.275
    );
    assert_eq!(
        stage.sql::<f64>("SELECT close FROM historical_data WHERE timestamp = '2025-07-29 09:16:00'"),
        10.01
    );
    let of_revision =
        "SELECT r.close * 1.0 / s.price_scale FROM revision r JOIN series s ON s.id = r.series_id";
    assert_eq!(stage.sql::<f64>(of_revision), 10.0);

    // A known row changes to a price that is finer still.
    let finest = Candle { prices: prices([Price(982_275_001); 4]), ..expected[2002] };
    let committed = stage.store.commit_answer(stage.answer(vec![finest])).await.unwrap();
    assert_eq!((committed.inserted, committed.revised), (0, 1));
    assert_eq!(stage.sql::<i64>("SELECT price_scale FROM series"), 1_000_000);
    let closes = "SELECT group_concat(close, ' ') FROM (SELECT r.close * 1.0 / s.price_scale AS close
                  FROM revision r JOIN series s ON s.id = r.series_id ORDER BY r.id)";
    assert_eq!(stage.sql::<String>(closes), "10.0 982.275");
    assert_eq!(stage.all().await, [&expected[..2002], &[finest]].concat());
    // What was stored in paise comes again and is the same.
    let again = stage.store.commit_answer(stage.answer(paise_rows[1..].to_vec())).await.unwrap();
    assert_eq!((again.inserted, again.revised), (0, 0));
}

#[tokio::test]
async fn whole_paise_stay_in_paise_and_other_series_are_left_alone() {
    let stage = stage().await;
    let of_day = Candle { start: day("2025-08-01").start(), ..candle(0, 1000) };
    let answer = NewAnswer { interval: Interval::Day, ..stage.answer(vec![of_day]) };
    stage.store.commit_answer(answer).await.unwrap();
    let fine = Candle { prices: prices([Price::from_rupees(982.275).unwrap(); 4]), ..candle(555, 1000) };
    stage.store.commit_answer(stage.answer(vec![fine])).await.unwrap();
    let scales = "SELECT group_concat(price_scale || ' ' || close, ', ') FROM series s JOIN candle k ON k.series_id = s.id";
    assert_eq!(stage.sql::<String>(scales), "100 1000, 10000 9822750");
}
