//! A person's own SQL on the command line: the queries to begin with, formats, and what is refused.

use protocol::SqlSchema;
use serde_json::Value;
use simulator::SimulatorOptions;

use crate::command_line::{run, sign_in};
use crate::common::Stage;

const EXPIRY: &str = "2025-08-28";

#[tokio::test(flavor = "multi_thread")]
async fn every_query_to_begin_with_is_answered_and_a_wrong_one_is_refused() {
    let options =
        SimulatorOptions { limits: None, strikes_each_side_max: Some(6), ..SimulatorOptions::default() };
    let stage = Stage::with(options).await;
    sign_in(&stage);
    let (status, _, beside) =
        run(&stage, &["collect", "--underlying", "NIFTY", "--expiry", EXPIRY, "--days", "3"]);
    assert_eq!(status, 0, "{beside}");

    let (status, text, _) = run(&stage, &["sql", "--json"]);
    assert_eq!(status, 0);
    let schema: SqlSchema = serde_json::from_str(&text).unwrap();
    assert_eq!(schema.queries.len(), 20);
    for query in &schema.queries {
        let (status, text, beside) = run(&stage, &["sql", "--query", &query.name, "--json"]);
        assert_eq!(status, 0, "{}: {beside}", query.name);
        let answer: Value = serde_json::from_str(&text).unwrap();
        let rows = answer["rows"].as_array().unwrap().len();
        // Nothing was revised; all else finds something in three days of an expiry.
        assert_eq!(rows > 0, query.name != "revised", "{}: {text:.300}", query.name);
        assert!(answer["columns"].as_array().unwrap().len() > 1, "{}", query.name);
    }

    let count = "SELECT contract_type, count(*) AS contracts FROM contracts GROUP BY 1 ORDER BY 1";
    let (_, table, beside) = run(&stage, &["sql", count]);
    assert!(table.starts_with("contract_type  contracts\nCE "), "{table}");
    assert!(beside.starts_with("3 rows in "), "{beside}");
    let (_, csv, _) = run(&stage, &["sql", count, "--csv"]);
    assert!(csv.starts_with("contract_type,contracts\nCE,"), "{csv}");
    let (_, nothing, _) = run(&stage, &["sql", count, "--out", "counted.csv"]);
    assert!(nothing.is_empty());
    assert_eq!(std::fs::read_to_string(stage.data.path().join("counted.csv")).unwrap(), csv);
    // As its name ends, and as it is said.
    for (words, starts) in [
        (["--out", "counted.parquet"].as_slice(), b"PAR1".as_slice()),
        (&["--out", "counted.arrows"], b"\xff\xff\xff\xff"),
        (&["--out", "counted.xlsx"], b"PK"),
        (&["--out", "counted.json"], b"{\"columns\":"),
        (&["--out", "counted.csv.gz"], b"\x1f\x8b"),
        (&["--format", "parquet", "--out", "counted.csv"], b"PAR1"),
    ] {
        let (status, nothing, beside) = run(&stage, &[&["sql", count], words].concat());
        assert_eq!((status, nothing.as_str()), (0, ""), "{beside}");
        let written = std::fs::read(stage.data.path().join(words.last().unwrap())).unwrap();
        assert!(written.starts_with(starts), "{words:?}");
    }
    let (status, one, beside) = run(&stage, &["sql", count, "--rows", "1", "--plan"]);
    assert_eq!((status, one.lines().count()), (4, 2), "cut off, and not all of it: {one}");
    assert!(beside.contains("the first 1 rows") && beside.contains("SCAN"), "{beside}");

    let (status, _, beside) = run(&stage, &["sql", count, "--rows", "1", "--out", "cut.csv"]);
    assert!(status == 4 && beside.contains("the first 1 rows"), "{status} {beside}");
    // What would steer a terminal is shown in a table, and stays what it is in a file.
    let steering = "SELECT char(27) || '[2J' || char(8238) AS odd";
    assert_eq!(run(&stage, &["sql", steering]).1, "odd\n\\u{1b}[2J\\u{202e}\n");
    assert!(run(&stage, &["sql", steering, "--csv"]).1.contains("\u{1b}[2J\u{202e}"));

    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    for (words, sentence) in [
        (vec!["sql", "DROP TABLE candle"], "only reading is possible here"),
        (vec!["sql", "SELECT * FROM vault"], "vault is not for reading here"),
        (vec!["sql", "SELECT\nmissing FROM candle"], "line 2, column 1: no such column: missing"),
        (vec!["sql", "/* nothing */"], "there is no query"),
        (vec!["sql", "--query", "nonsense"], "there is no query \"nonsense\": use one of stored, minutes"),
        (vec!["sql", "SELECT 1", "--rows", "0"], "0 is not in 1..=100000"),
        (vec!["sql", "SELECT 1", "--rows", "-1"], "-1 is not in 1..=100000"),
        (vec!["sql", "SELECT 1", "--rows", "99999999999999999999"], "the number is too large"),
        (vec!["sql", "SELECT 1", "--out", "rows.foo"], "rows.foo ends in no format: end it in one of .csv"),
        (vec!["sql", endless, "--seconds", "1"], "stopped after 1 s"),
    ] {
        let (status, told, beside) = run(&stage, &words);
        assert_eq!((status, told.as_str()), (2, ""), "{words:?}: {beside}");
        assert!(beside.contains(sentence), "{words:?}: {beside}");
    }
}
