//! Documents that are tables of rows, as files: by `format` and by `Accept`, row for row what the document says, in pieces
//! too; and what they cannot be had as is said.

use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE, LINK};
use serde_json::{Value, json};

use super::server::{EXPIRY, Server};
use crate::common::Stage;

/// A line a row, without its heading; no field of ours has a line break in it.
fn lines(csv: &str) -> usize {
    csv.lines().count() - 1
}

fn rows_of(document: &Value, list: &str) -> usize {
    document[list].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_files_in_every_format() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    server.sign_in().await;
    server.collect(EXPIRY).await;
    let all = format!("underlying=NIFTY&expiry={EXPIRY}");
    for (path, rows, column) in [
        (format!("contracts?{all}"), "contracts", "trading_symbol"),
        (format!("stored/contracts?{all}"), "contracts", "traded_days"),
        ("expiries?underlying=NIFTY".to_owned(), "expiries", "state"),
        ("stored/expiries?underlying=NIFTY".to_owned(), "expiries", "collected"),
        ("instruments?search=nifty".to_owned(), "instruments", "instrument_key"),
        ("stored?".to_owned(), "underlyings", "candles"),
        ("coverage?underlying=NIFTY&days=2".to_owned(), "expiries", "days_not_asked"),
        (format!("coverage?{all}&days=2"), "contracts", "days_traded"),
        ("revisions?".to_owned(), "revisions", "old_close"),
        ("audit?".to_owned(), "lines", "duration_ms"),
        ("refused?".to_owned(), "lines", "reason"),
    ] {
        let (status, document) = server.get(&path).await;
        assert_eq!(status, 200, "{path}: {document}");
        let csv = server.text(&format!("{path}&format=csv")).await;
        assert_eq!(lines(&csv), rows_of(&document, rows), "{path}: {csv}");
        let heading = csv.lines().next().unwrap().split(',').any(|name| name == column);
        assert!(heading, "{path}: {csv:.300}");
        for (media_type, starts) in [
            ("text/csv", csv.as_bytes()),
            ("application/vnd.apache.parquet", b"PAR1"),
            ("application/vnd.apache.arrow.stream", b"\xff\xff\xff\xff"),
            ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK"),
        ] {
            let answer = server.request(Method::GET, &path).header(ACCEPT, media_type).send().await.unwrap();
            let headers = answer.headers().clone();
            assert!(headers[CONTENT_TYPE].to_str().unwrap().starts_with(media_type), "{path}: {headers:?}");
            let disposition = headers[CONTENT_DISPOSITION].to_str().unwrap();
            assert!(disposition.contains("; filename=\""), "{path}: {disposition}");
            assert!(answer.bytes().await.unwrap().starts_with(starts), "{path} as {media_type}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_a_share_are_called_by_its_symbol_and_never_by_its_isin() {
    const ISIN: &str = "INE002A01018";
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    server.sign_in().await;
    let listed = server.get("expiries?underlying=RELIANCE").await.1;
    let expiry = listed["expiries"][0]["date"].as_str().unwrap_or_else(|| panic!("{listed}")).to_owned();
    let expiries = json!({ "dates": [expiry] });
    let order = json!({ "underlyings": ["RELIANCE"], "expiries": expiries, "kinds": "futures", "days": 2 });
    let (status, job) = server.send(Method::POST, "jobs", order).await;
    assert_eq!(status, 201, "{job}");
    server.ended(job["id"].as_i64().unwrap()).await;
    let all = format!("underlying=RELIANCE&expiry={expiry}");
    for path in [
        "expiries?underlying=RELIANCE".to_owned(),
        format!("contracts?{all}"),
        "stored/expiries?underlying=RELIANCE".to_owned(),
        format!("stored/contracts?{all}"),
        "coverage?underlying=RELIANCE&days=2".to_owned(),
        format!("coverage/map?{all}&days=2"),
        format!("candles?{all}"),
        "series/continuous-future?underlying=RELIANCE".to_owned(),
        format!("analysis/open-interest?{all}"),
    ] {
        let answer = server.request(Method::GET, &format!("{path}&format=csv")).send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        let disposition = headers[CONTENT_DISPOSITION].to_str().unwrap();
        assert!(disposition.contains("RELIANCE") && !disposition.contains(ISIN), "{path}: {disposition}");
        // In a column of symbols neither.
        assert!(!text.contains(&format!(",{ISIN},")), "{path}: {text:.400}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_is_a_row_a_side_and_days_are_a_row_each() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    server.sign_in().await;
    server.collect(EXPIRY).await;
    let all = format!("underlying=NIFTY&expiry={EXPIRY}");
    let path = format!("chain?{all}&at={EXPIRY}T11:00");
    let chain = server.get(&path).await.1;
    let sides = |row: &Value| usize::from(!row["call"].is_null()) + usize::from(!row["put"].is_null());
    let sides: usize = chain["rows"].as_array().unwrap().iter().map(sides).sum();
    let csv = server.text(&format!("{path}&format=csv")).await;
    assert!(sides > 10 && lines(&csv) == sides, "{sides}: {csv}");
    let head = csv.lines().next().unwrap();
    assert!(head.ends_with(",no_volatility_because,rate,forward_source,forward_age_s"), "{head}");
    assert!(csv.lines().nth(1).unwrap().starts_with(&format!("{EXPIRY} 11:00:00,{EXPIRY},NSE_FO|")), "{csv}");
    let map = server.get(&format!("coverage/map?{all}&days=2")).await.1;
    let days = server.text(&format!("coverage/map?{all}&days=2&format=csv")).await;
    assert_eq!(lines(&days), rows_of(&map, "rows") * rows_of(&map, "days"));
    assert!(days.contains(",complete,"), "{days}");
    let calendar = server.text("coverage/calendar?format=csv").await;
    let told = server.get("coverage/calendar").await.1;
    assert_eq!(lines(&calendar), rows_of(&told["underlyings"][0], "expiries"));

    // A piece is a file, and says where the next one is.
    let path = format!("contracts?{all}&limit=2&format=csv");
    let answer = server.request(Method::GET, &path).send().await.unwrap();
    let link = answer.headers()[LINK].to_str().unwrap().to_owned();
    let first = answer.text().await.unwrap();
    let next = link.split(['<', '>']).nth(1).unwrap().trim_start_matches("/api/v1/").to_owned();
    let second = server.text(&next).await;
    assert_eq!((lines(&first), lines(&second)), (2, 2));
    assert!(first != second && next.contains("format=csv"), "{next}");

    for (path, accept, status, sentence) in [
        (
            format!("chain?{all}&format=columns"),
            "*/*",
            400,
            "format must be one of json, csv, parquet, arrow",
        ),
        (format!("chain?{all}&format=xml"), "*/*", 400, "format must be"),
        (format!("contracts?{all}"), "image/png", 406, "this can be had as application/json, text/csv"),
    ] {
        let answer = server.request(Method::GET, &path).header(ACCEPT, accept).send().await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        let problem: Value = answer.json().await.unwrap();
        assert!(problem["detail"].as_str().unwrap().starts_with(sentence), "{problem}");
    }
}
