//! What cannot be read is refused by its name, in our own words, and without the secrets that may be in it.

use reqwest::Method;
use serde_json::{Value, json};

use super::server::{EXPIRY, Server};
use crate::common::Stage;

const TOKEN: &str = "planted-token-4410";

/// What no sentence for people has: words of a library, and names of types.
fn assert_own_words(problem: &Value) {
    let detail = problem["detail"].as_str().unwrap();
    for foreign in ["deserialize", "invalid type", "Failed", "expected", "variant", "u32", "struct ", "`"] {
        assert!(!detail.contains(foreign), "{detail}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_or_an_address_is_refused_by_the_name_of_its_part() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    let key = "NSE_FO%7C71706%7C28-08-2025";
    for (path, sentence) in [
        ("expiries".to_owned(), "underlying is missing in the query"),
        ("expiries?underlying=NIFTY&interval=1hour".to_owned(), "interval: \"1hour\" is no interval"),
        ("expiries?underlying=NIFTY&days=many".to_owned(), "days must be a whole number from 1 to 1000"),
        ("expiries?underlying=NIFTY&days=0".to_owned(), "days: the number of days before expiry must be"),
        ("contracts?underlying=NIFTY&expiry=soon".to_owned(), "expiry: \"soon\" is not a date"),
        (
            format!("contracts?underlying=NIFTY&expiry={EXPIRY}&type=swaps"),
            "type must be options, futures or both, not \"swaps\"",
        ),
        ("find".to_owned(), "q is missing in the query"),
        ("find?q=%20".to_owned(), "q: there is nothing to look for: write an underlying"),
        (format!("find?q={}", "x".repeat(121)), "q: what is looked for may have at most 120 characters"),
        ("find?q=nifty&limit=few".to_owned(), "limit must be a whole number from 1 to 50"),
        ("contracts/NIFTY".to_owned(), "expired_key: \"NIFTY\" is not an expired instrument key"),
        (
            format!("candles/{key}?format=xml"),
            "format must be csv, csv.gz, csv.zip, json, columns, parquet, arrow or xlsx, not \"xml\"",
        ),
        (format!("candles/{key}?with=iv"), "\"iv\" is nothing that candles come with: choose volatility"),
        (format!("candles/{key}?with=sma-1"), "choose from 2 to 1000"),
        (format!("candles/{key}?compare=NIFTY"), "compare: \"NIFTY\" is not an expired instrument key"),
        (
            format!("candles/{key}?interval=376minute"),
            "interval: \"376minute\" is no interval: use one of 1minute to 375minute in whole minutes, 1hour to 6hour, day",
        ),
        (format!("candles/{key}?interval="), "interval: \"\" is no interval"),
        (format!("candles/{key}?interval=7day"), "interval: \"7day\" is no interval"),
        (format!("candles/{key}?from=2025-08-28&to=2025-08-01"), "runs backwards"),
        (
            "series/straddle?underlying=NIFTY".to_owned(),
            "there is no series \"straddle\": use one of atm-straddle",
        ),
        ("series/max-pain".to_owned(), "underlying is missing in the query"),
        (
            "series/max-pain?underlying=NIFTY&expirry=x".to_owned(),
            "max-pain takes no parameters, and not \"expirry\"; every series takes underlying, expiry, from, to, interval, rate and format",
        ),
        (
            "series/atm-straddle?underlying=NIFTY&width=2".to_owned(),
            "takes no \"width\": it takes fixed; every series",
        ),
        ("series/atm-straddle?underlying=NIFTY&fixed=9".to_owned(), "fixed: "),
        ("series/max-pain?underlying=NIFTY&rate=400%25".to_owned(), "rate: \"400%\""),
        ("series/max-pain?underlying=NIFTY&format=xml".to_owned(), "format must be csv, csv.gz"),
        ("series/skew?underlying=NIFTY&delta=0.2&delta=0.3".to_owned(), "delta is given twice"),
        (
            "analysis/smiles?underlying=NIFTY".to_owned(),
            "there is no analysis \"smiles\": use one of open-interest-by-strike",
        ),
        ("analysis/smile".to_owned(), "underlying is missing in the query"),
        (
            "analysis/smile?underlying=NIFTY&interval=5minute".to_owned(),
            "smile takes no interval: it has no bars",
        ),
        (
            "analysis/max-pain?underlying=NIFTY&at=2025-08-28T11:00".to_owned(),
            "max-pain takes no minute: it is told over time, choose days",
        ),
        (
            "analysis/smile?underlying=NIFTY&at=yesterday".to_owned(),
            "is no minute: write day and time in IST",
        ),
        ("analysis/smile?underlying=NIFTY&rate=400%25".to_owned(), "rate: \"400%\""),
        ("analysis/smile?underlying=NIFTY&rate=-1".to_owned(), "rate: \"-1\""),
        ("candles/%FF".to_owned(), "the address is not written in UTF-8"),
        (
            "coverage?underlying=NIFTY&limit=-1".to_owned(),
            "limit must be a whole number from 1 to 60, not \"-1\"",
        ),
        ("jobs/first".to_owned(), "id must be a whole number, not \"first\""),
        ("jobs/1/events?after=x".to_owned(), "after must be a whole number, not \"x\""),
        ("jobs/1/events?after=1&before=2".to_owned(), "leave out after, or before, level and search"),
        ("jobs/1/grid?expiry=2025-02-30".to_owned(), "expiry: \"2025-02-30\" is not a date"),
        ("jobs/1/failures?limit=few".to_owned(), "limit must be a whole number from 1 to 1000"),
        ("audit?outcome=odd".to_owned(), "outcome must be ok or fault, not \"odd\""),
        ("refused?cursor=x&job=1".to_owned(), "cursor: it is none of this server's"),
        ("notices?cursor=next".to_owned(), "cursor: it is none of this server's: send back what next said"),
        (
            format!("stored/contracts?underlying=NIFTY&expiry={EXPIRY}&strike_from=x"),
            "strike_from: \"x\" is no strike price",
        ),
        (
            format!("stored/contracts?underlying=NIFTY&expiry={EXPIRY}&strike_from=25000&strike_to=24000"),
            "strike_from 25000 lies above strike_to 24000",
        ),
        (
            format!("candles?underlying=NIFTY&expiry={EXPIRY}&strike_from=25000&strike_to=24000"),
            "strike_from 25000 lies above strike_to 24000",
        ),
        (
            "jobs/99999999999999999999".to_owned(),
            "id must be a whole number, not one beyond 9223372036854775807",
        ),
        (
            "strategy/run?underlying=NIFTY&legs=buy:1:call:atm&entry=1@10:00&from=2025-08-24&to=2025-08-22"
                .to_owned(),
            "backwards",
        ),
        ("schedules/x".to_owned(), "id must be a whole number, not \"x\""),
        ("schedules/preview".to_owned(), "say either cron or after_expiry"),
        ("audit?from=2025-08-02&to=2025-08-01".to_owned(), "2025-08-02"),
        ("audit?limit=1&limit=2".to_owned(), "limit stands in the query more than once"),
        (
            format!("candles/{key}?intervall=5minute"),
            "the query takes no \"intervall\": it takes interval, from, to, with, compare, format, limit or cursor",
        ),
        ("about?verbose=1".to_owned(), "the query takes no \"verbose\": it takes nothing"),
    ] {
        let (status, problem) = server.get(&path).await;
        assert_eq!(status, 400, "{path}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(sentence), "{path}: {problem}");
        assert_own_words(&problem);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_refused_by_where_it_is_wrong() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    for (path, body, sentence) in [
        ("jobs", json!([]), "the body has a list where it must have an object"),
        ("sql", json!({ "rows": 5 }), "sql is missing in the body"),
        ("sql", json!({ "query": "SELECT 1" }), "the body takes no \"query\": it takes sql, rows"),
        ("sql", json!({ "sql": "SELECT 1", "rows": 0 }), "an answer has 1 to 100000 rows: not 0"),
        ("sql", json!({ "sql": "SELECT 1", "id": "a b" }), "a query is named with 1 to 64 letters"),
        ("sql", json!({ "sql": "DELETE FROM candle" }), "only reading is possible here"),
        ("sql", json!({ "sql": "SELECT 1; SELECT 2" }), "two statements stand here"),
        (
            "sql?format=xlsx",
            json!({ "sql": "SELECT hex(zeroblob(20000)) AS noughts" }),
            "a text in column \"noughts\" is longer: take csv or parquet",
        ),
        ("estimate", json!({ "underlyings": ["NIFTY"] }), "expiries is missing in the body"),
        ("estimate", json!({ "underlyings": [5] }), "underlyings[0] must be a text, not 5"),
        (
            "jobs",
            json!({ "underlyings": ["NIFTY"], "expiries": "all", "days": "x" }),
            "days must be a whole number from 1 to 1000, not \"x\"",
        ),
        (
            "schedules",
            json!({ "underlyings": ["NIFTY"], "days": [] }),
            "days must be a whole number from 1 to 1000",
        ),
        ("schedules", json!({ "underlyings": ["NIFTY"], "name": 5 }), "name must be a text, not 5"),
        (
            "jobs",
            json!({ "underlyings": ["NIFTY"], "expiries": "all", "take_up": 1 }),
            "take_up must be true or",
        ),
        (
            "jobs",
            json!({ "underlyings": ["NIFTY"], "expiries": "all", "with_underlying": "x" }),
            "with_underlying must be true or false, not \"x\"",
        ),
        ("verify/sample", json!({}), "count is missing in the body"),
        (
            "jobs",
            json!({ "underlyings": ["NIFTY"], "expiries": "all", "strike": 5 }),
            "the body takes no \"strike\": it takes underlyings, expiries, kinds, strikes, interval, days, \
             workers, with_underlying or take_up",
        ),
        (
            "storage/prune/preview",
            json!({ "underlying": "NIFTY", "before": "2025-01-01" }),
            "the body takes no \"before\": it takes underlying, expiries or own_candles",
        ),
        (
            "storage/prune",
            json!({ "order": { "underlying": "NIFTY", "before": "2025-01-01" }, "token": "" }),
            "order takes no \"before\": it takes underlying, expiries or own_candles",
        ),
        (
            "coverage/again",
            json!({ "expired_key": "NSE_FO|71706|28-08-2025", "day": "2025-08-01", "days": [] }),
            "the body takes no \"days\": it takes expired_key or day",
        ),
        ("notices/read", json!({ "up_to": null }), "up_to must be a whole number, not null"),
        ("notices/test", json!({ "channel": "pigeon" }), "channel must be email or webhook, not \"pigeon\""),
    ] {
        let (status, problem) = server.send(Method::POST, path, body).await;
        assert_eq!(status, 400, "{path}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(sentence), "{path}: {problem}");
        assert_own_words(&problem);
    }
    let json_body = |text: &'static str| {
        server.request(Method::POST, "jobs").header("content-type", "application/json").body(text)
    };
    let post = || server.request(Method::POST, "jobs");
    for (request, refusal, sentence) in [
        (json_body("{\"underlyings\":"), 400, "the body is no JSON: what stands in line 1, column 15"),
        (post(), 400, "the body is missing: send it as application/json"),
        (post().body("{}"), 415, "send the body as application/json"),
        (post().header("content-type", "text/plain"), 415, "send the body as application/json"),
        (server.request(Method::PATCH, "jobs"), 405, "this address takes no PATCH: the header Allow says"),
        (
            server.request(Method::GET, "series/skew?underlying=NIFTY").header("accept", "text/html"),
            406,
            "this can be had as",
        ),
    ] {
        let (status, problem) = server.answer(request).await;
        assert_eq!(status, refusal, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(sentence), "{problem}");
        assert_own_words(&problem);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_repeats_no_secret() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    for (method, path, body, form) in [
        (Method::POST, "session", json!({ "token": [TOKEN] }), "{\"token\": \"…\"}"),
        (Method::POST, "session", json!({ "tokens": TOKEN }), "{\"token\": \"…\"}"),
        (Method::POST, "session", json!(TOKEN), "{\"token\": \"…\"}"),
        (
            Method::PUT,
            "notices/settings",
            json!({ "secrets": { "email": { "is": TOKEN } } }),
            "\"secrets\": {",
        ),
        (Method::PUT, "notices/settings", json!({ "email": TOKEN }), "\"secrets\": {"),
        // A channel that is misspelt would be off.
        (Method::PUT, "notices/settings", json!({ "webhok": { "url": TOKEN } }), "\"webhook\": …"),
        (Method::PUT, "notices/settings", json!({ "secrets": {}, TOKEN: 1 }), "\"secrets\": {"),
    ] {
        let (status, problem) = server.send(method, path, body).await;
        assert_eq!(status, 400);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.starts_with("send {") && detail.contains(form), "{detail}");
        assert!(!problem.to_string().contains(TOKEN), "{problem}");
    }
}
