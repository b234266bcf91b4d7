//! A person's SQL: what it may read, what it is refused, what ends it, and how the views are found by index.

use std::time::Duration;

use market::{Candle, Paise, Prices};
use protocol::{SqlAnswer, SqlReads, SqlValue};
use rusqlite::Connection;
use store::{SqlError, SqlPlace, SqlStop, StopReason, Store};

use crate::views::{Stage, stage};

async fn ask(stage: &Stage, sql: &str) -> Result<SqlAnswer, SqlError> {
    stage.store.run_sql(sql.to_owned(), 1000, false, SqlStop::default()).await
}

async fn refused(stage: &Stage, sql: &str) -> String {
    match ask(stage, sql).await {
        Ok(answer) => panic!("{sql} is answered: {:?}", answer.rows.first()),
        Err(error) => error.to_string(),
    }
}

fn candle(minute: u16) -> Candle {
    let paise = |paise| Paise(paise).into();
    Candle {
        start: "2025-08-01".parse::<market::Day>().unwrap().at_minute(minute),
        prices: Prices { open: paise(1005), high: paise(1100), low: paise(995), close: paise(1010) },
        volume: 75,
        open_interest: 150,
    }
}

#[tokio::test]
async fn a_select_is_answered_with_its_columns_and_values() {
    let stage = stage().await;
    stage.store.commit_answer(stage.answer(vec![candle(555), candle(556)])).await.unwrap();
    let sql = "SELECT timestamp, close, volume, NULL AS none, x'00ff' AS bytes, 9e999 AS endless
               FROM historical_data WHERE trading_symbol = 'NIFTY 22600 PE 28 AUG 25' ORDER BY epoch;  -- all\n";
    let answer = ask(&stage, sql).await.unwrap();
    assert_eq!(answer.columns, ["timestamp", "close", "volume", "none", "bytes", "endless"]);
    assert_eq!(answer.rows.len(), 2);
    let text = |text: &str| SqlValue::Text(text.to_owned());
    let first = [
        text("2025-08-01 09:15:00"),
        SqlValue::Real(10.1),
        SqlValue::Integer(75),
        SqlValue::Nothing,
        text("00ff"),
        text("inf"),
    ];
    assert_eq!(answer.rows[0], first);
    assert_eq!(answer.more, None);
    assert_eq!(answer.reads, SqlReads { candles: Some(2), bytes: Some(72) });
    assert!(answer.plan.iter().any(|step| step.words.contains("contract_by_trading_symbol")), "{answer:?}");
    // No more rows than were wished, and a word about the rest.
    let cut = stage.store.run_sql(sql.to_owned(), 1, false, SqlStop::default()).await.unwrap();
    assert_eq!(
        (cut.rows.len(), cut.more.as_deref()),
        (1, Some("these are the first 1 rows: there are more"))
    );
}

#[tokio::test]
async fn nothing_is_changed_and_nothing_secret_is_read() {
    let stage = stage().await;
    let before = stage.sql::<i64>("SELECT count(*) FROM contract");
    let only_reading = "only reading is possible here";
    for (sql, part) in [
        ("DELETE FROM contract", only_reading),
        ("INSERT INTO setting VALUES ('a', 'b')", only_reading),
        ("UPDATE candle SET close = 1", only_reading),
        ("DROP TABLE candle", only_reading),
        ("DROP VIEW contracts", only_reading),
        ("CREATE TABLE mine (a)", only_reading),
        ("CREATE TEMP TABLE mine (a)", only_reading),
        ("CREATE TEMP VIEW mine AS SELECT 1", only_reading),
        ("CREATE VIRTUAL TABLE mine USING fts5(a)", only_reading),
        ("REINDEX", only_reading),
        ("ANALYZE", only_reading),
        ("WITH x AS (SELECT 1) DELETE FROM candle", only_reading),
        ("DELETE FROM contract RETURNING id", only_reading),
        ("ATTACH '/tmp/other.db' AS other", "ATTACH and DETACH are refused"),
        ("VACUUM INTO '/tmp/other.db'", only_reading),
        ("DETACH main", "ATTACH and DETACH are refused"),
        ("BEGIN IMMEDIATE", "one SELECT, without BEGIN"),
        ("SAVEPOINT here", "one SELECT, without BEGIN"),
        ("PRAGMA journal_mode = DELETE", "PRAGMA journal_mode is not for use here"),
        ("PRAGMA query_only = 0", "PRAGMA query_only is not for use here"),
        ("PRAGMA writable_schema = 1", "the pragmas that are, are table_info"),
        ("SELECT * FROM pragma_database_list", "pragma_database_list is not for reading here"),
        ("SELECT load_extension('x')", "load_extension is not for use here"),
        ("SELECT name, hex(sealed) FROM vault", "vault is not for reading here"),
        ("SELECT count(*) FROM vault", "vault is not for reading here"),
        ("SELECT 1 WHERE EXISTS (SELECT 1 FROM main.VAULT)", "VAULT is not for reading here"),
        ("SELECT value FROM setting", "setting is not for reading here"),
        ("SELECT * FROM notice", "notice is not for reading here"),
        ("SELECT * FROM dbstat", "dbstat"),
        ("EXPLAIN QUERY PLAN DELETE FROM candle", only_reading),
    ] {
        let told = refused(&stage, sql).await;
        assert!(told.contains(part), "{sql}: {told}");
    }
    assert_eq!(stage.sql::<i64>("SELECT count(*) FROM contract"), before);
    assert!(!std::path::Path::new("/tmp/other.db").exists());
    for sql in [
        "PRAGMA table_info(candle)",
        "SELECT name FROM pragma_table_info('candle')",
        "SELECT name FROM sqlite_schema",
        "WITH vaults AS (SELECT 1 AS one) SELECT count(*) FROM vaults",
        "EXPLAIN QUERY PLAN SELECT * FROM candle",
        "SELECT value FROM json_each('[1, 2]')",
        "VALUES (1), (2)",
    ] {
        assert!(!ask(&stage, sql).await.unwrap().rows.is_empty(), "{sql}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_at_its_place() {
    let stage = stage().await;
    for (sql, line, column, part) in [
        ("SELECT\n  missing FROM candle", 2, 3, "no such column: missing"),
        ("SELECT 'é', * FRM candle", 1, 15, "syntax error"),
        ("SELECT sum(close, 1, 2) FROM candle", 1, 8, "wrong number of arguments"),
    ] {
        match ask(&stage, sql).await {
            Err(SqlError::AtPlace { place, message }) => {
                assert_eq!(place, SqlPlace { line, column }, "{sql}: {message}");
                assert!(message.contains(part), "{message}");
            }
            other => panic!("{sql}: {other:?}"),
        }
    }
    let long = format!("SELECT 1 -- {}", "x".repeat(20_000));
    let deep = format!("SELECT {}1{}", "(".repeat(900), ")".repeat(900));
    let many = vec!["SELECT 1"; 200].join(" UNION ALL ");
    for (sql, part) in [
        ("", "there is no query"),
        ("   ;;; ", "there is no query"),
        ("-- only a comment", "there is no query"),
        ("/* and another */", "there is no query"),
        ("SELECT 1; SELECT 2", "two statements"),
        ("SELECT 1; DROP TABLE candle", "only reading"),
        ("SELECT 1; not sql at all", "syntax error"),
        ("SELECT * FROM nowhere", "no such table: nowhere"),
        ("SELECT ?", "no parameters"),
        ("SELECT :key", "no parameters"),
        ("SELECT 'a\0b'", ""),
        (&long, "at most 20000 characters"),
        (&deep, ""),
        (&many, "too many terms"),
        ("SELECT zeroblob(1000000000)", "longer than 250 kB"),
        ("SELECT printf('%.*c', 100000000, 'x')", ""),
        (
            "SELECT group_concat(a.name || hex(randomblob(200000))) FROM pragma_table_info('candle') a",
            "longer than 250 kB",
        ),
        ("SELECT abs(-9223372036854775808)", "integer overflow"),
        ("SELECT json_extract('{', '$')", "malformed JSON"),
    ] {
        let told = refused_or_short(&stage, sql).await;
        assert!(told.contains(part), "{sql:.80}: {told}");
    }
}

/// What SQLite bounds by itself is answered short.
async fn refused_or_short(stage: &Stage, sql: &str) -> String {
    match ask(stage, sql).await {
        Ok(answer) => {
            let cells = answer.rows.iter().flatten().map(|value| value.to_string().len());
            assert!(cells.sum::<usize>() < 1000, "{sql:.80}");
            String::new()
        }
        Err(error) => {
            assert!(!matches!(error, SqlError::Store(_)), "{sql:.80}: {error:?}");
            error.to_string()
        }
    }
}

const ENDLESS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT";

#[tokio::test]
async fn what_never_ends_is_ended() {
    let stage = stage().await;
    // A billion rows are cut where the wished ones end.
    let billion = format!("{ENDLESS} i FROM n");
    let answer = ask(&stage, &billion).await.unwrap();
    assert_eq!(answer.rows.len(), 1000);
    assert!(answer.more.is_some());
    // So is an answer that is too large for memory.
    let wide = format!("{ENDLESS} hex(zeroblob(100000)) FROM n");
    let answer = stage.store.run_sql(wide, 100_000, false, SqlStop::default()).await.unwrap();
    assert!(answer.rows.len() < 1000 && answer.more.unwrap().contains("64 MB"));
    // One without an end is stopped from outside, with its reason.
    for (reason, part) in
        [(StopReason::TimeUp { seconds: 7 }, "stopped after 7 s"), (StopReason::Told, "it was stopped")]
    {
        let stop = SqlStop::default();
        let sql = format!("{ENDLESS} count(*) FROM n");
        let running = tokio::spawn({
            let (store, stop) = (stage.store.clone(), stop.clone());
            async move { store.run_sql(sql, 10, false, stop).await }
        });
        #[expect(clippy::disallowed_methods, reason = "SQLite runs in real time")]
        tokio::time::sleep(Duration::from_millis(20)).await;
        stop.stop(reason);
        let told = running.await.unwrap().unwrap_err().to_string();
        assert!(told.contains(part), "{told}");
    }
    // What is stopped before it begins does not begin.
    let stop = SqlStop::default();
    stop.stop(StopReason::Told);
    let early = stage.store.run_sql(format!("{ENDLESS} count(*) FROM n"), 10, false, stop).await;
    assert!(matches!(early, Err(SqlError::Stopped)));
}

#[tokio::test]
async fn memory_is_bounded() {
    let stage = stage().await;
    for sql in [
        format!("{ENDLESS} hex(randomblob(1000)) AS a FROM n ORDER BY a"),
        format!("{ENDLESS} count(DISTINCT hex(randomblob(1000))) FROM n"),
    ] {
        let told = refused(&stage, &sql).await;
        assert!(told.contains("more than 256 MB of memory"), "{told}");
    }
    assert_eq!(ask(&stage, "SELECT 1").await.unwrap().rows.len(), 1, "and the next one is answered");
}

#[tokio::test]
async fn each_table_is_described_column_for_column() {
    let stage = stage().await;
    let connection = Connection::open(stage.data.path().join("expirytrack.db")).unwrap();
    for table in Store::sql_schema().tables {
        let statement = connection.prepare(&format!("SELECT * FROM {}", table.name)).unwrap();
        let described: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(described, statement.column_names(), "{}", table.name);
        let sql = format!("SELECT * FROM {} LIMIT 1", table.name);
        assert!(ask(&stage, &sql).await.is_ok(), "{} is not for reading", table.name);
    }
}

/// Each documented use of a view, and the tables that may be gone through from end to end.
#[tokio::test]
async fn a_lookup_by_key_and_time_is_an_index_search() {
    let stage = stage().await;
    const CANDLES: &str = "SEARCH candle USING PRIMARY KEY (series_id=? AND ts>? AND ts<?)";
    let times = "epoch >= unixepoch('2025-08-01 09:15+05:30') AND epoch < unixepoch('2025-08-02')";
    for (view, conditions, step) in [
        (
            "historical_data",
            format!("expired_instrument_key = 'NSE_FO|71706|28-08-2025' AND {times}"),
            CANDLES,
        ),
        ("historical_data", format!("trading_symbol = 'NIFTY 22600 PE 28 AUG 25' AND {times}"), CANDLES),
        (
            "historical_data_all",
            format!("expired_instrument_key = 'k' AND interval = 'day' AND {times}"),
            CANDLES,
        ),
        ("historical_data_all", format!("trading_symbol = 's' AND {times}"), CANDLES),
        ("underlying_data", format!("instrument_key = 'k' AND interval = '1minute' AND {times}"), CANDLES),
        ("historical_data", "expired_instrument_key = 'k'".to_owned(), "SEARCH candle"),
        ("contracts", "expired_instrument_key = 'k'".to_owned(), "contract_by_expired_key"),
        ("contracts", "trading_symbol = 's'".to_owned(), "contract_by_trading_symbol"),
        ("contracts", "instrument_key = 'k' AND expiry_date = '2025-08-28'".to_owned(), "contract_by_strike"),
        ("instruments", "instrument_key = 'k'".to_owned(), "(key=?)"),
        ("expiries", "instrument_key = 'k'".to_owned(), "(underlying_id=?)"),
        ("expiries", "instrument_key = 'k' AND expiry_date = '2025-08-28'".to_owned(), "AND date=?)"),
        ("job_status", "id = 3".to_owned(), "SEARCH t USING INTEGER PRIMARY KEY"),
        ("job_status", "instrument_key = 'k' AND expiry_date = 'd'".to_owned(), "job_unit_listing_of_expiry"),
        (
            "contract_days",
            "expired_instrument_key = 'k' AND day = '2025-08-01'".to_owned(),
            "(series_id=? AND day=?)",
        ),
        (
            "contract_days",
            "instrument_key = 'k' AND expiry_date = 'd'".to_owned(),
            "SEARCH d USING PRIMARY KEY",
        ),
        ("underlying_days", "instrument_key = 'k' AND day = 'd'".to_owned(), "(series_id=? AND day=?)"),
        ("revised_data", "expired_instrument_key = 'k'".to_owned(), "revision_of_series"),
        ("exchange_days", "expired_instrument_key = 'k'".to_owned(), "SEARCH p USING PRIMARY KEY"),
    ] {
        let answer = ask(&stage, &format!("SELECT * FROM {view} WHERE {conditions}")).await.unwrap();
        let plan: Vec<&str> = answer.plan.iter().map(|step| step.words.as_str()).collect();
        assert!(plan.iter().any(|words| words.contains(step)), "{view} by {conditions}: {plan:#?}");
        assert!(!plan.iter().any(|words| words.starts_with("SCAN")), "{view} by {conditions}: {plan:#?}");
    }
    // Contracts of an expiry and their minutes.
    let join = format!(
        "SELECT * FROM contracts c JOIN historical_data h USING (expired_instrument_key)
         WHERE c.instrument_key = 'k' AND c.expiry_date = 'd' AND c.strike_price = 22600 AND {times}"
    );
    let plan = ask(&stage, &join).await.unwrap().plan;
    assert!(plan.iter().any(|step| step.words == CANDLES), "{plan:#?}");
    assert!(!plan.iter().any(|step| step.words.starts_with("SCAN")), "{plan:#?}");
}

#[tokio::test]
async fn it_is_told_how_much_a_query_reads() {
    let stage = stage().await;
    stage.store.commit_answer(stage.answer((555..575).map(candle).collect())).await.unwrap();
    let key = "expired_instrument_key = 'NSE_FO|71706|28-08-2025'";
    for (sql, candles) in [
        ("SELECT * FROM contracts".to_owned(), Some(0)),
        ("SELECT * FROM contract_days".to_owned(), Some(0)),
        ("SELECT count(*) FROM candle".to_owned(), Some(20)),
        ("SELECT sum(x.close) FROM candle AS x".to_owned(), Some(20)),
        ("SELECT sum(x.close) FROM candle x WHERE x.series_id = 1".to_owned(), Some(20)),
        ("SELECT * FROM historical_data WHERE timestamp > '2025'".to_owned(), Some(20)),
        ("SELECT * FROM historical_data WHERE epoch > 5".to_owned(), Some(20)),
        (format!("SELECT * FROM historical_data WHERE {key}"), Some(20)),
        (format!("SELECT * FROM historical_data WHERE {key} AND epoch = 5"), None),
        (
            "WITH one AS MATERIALIZED (SELECT expired_instrument_key FROM contracts LIMIT 1)
             SELECT * FROM one CROSS JOIN historical_data h USING (expired_instrument_key)"
                .to_owned(),
            None,
        ),
    ] {
        let answer = ask(&stage, &sql).await.unwrap();
        assert_eq!(answer.reads.candles, candles, "{sql}: {:#?}", answer.plan);
    }
}
