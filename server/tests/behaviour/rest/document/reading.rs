//! What is read of contracts and their candles, and what is made of these.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::program::Program;
use crate::rest::server::{EXPIRY, NIFTY};

pub(super) async fn ask_about_what_is_stored(program: &mut Program<'_>) {
    let key = ask_about_contracts(program).await;
    ask_about_what_is_made(program).await;
    ask_about_totals(program).await;
    ask_about_coverage(program, &key).await;
    ask_in_sql(program).await;
}

/// The key of the first contract.
async fn ask_about_contracts(program: &mut Program<'_>) -> String {
    let contracts = format!("contracts?underlying=NIFTY&expiry={EXPIRY}&type=both");
    let listed = program.get("contracts", &contracts).await;
    let listed_key = listed["contracts"][0]["expired_key"].as_str().unwrap().to_owned();
    let key = listed_key.replace('|', "%7C");
    program.get("instruments", "instruments?search=nifty").await;
    let master = program.post("instruments/master", "instruments/master", Value::Null).await;
    assert!(master["had_at"].is_number(), "{master}");
    let found = program.get("find", &format!("find?q=nifty%20fut%20{EXPIRY}&limit=3")).await;
    assert_eq!(found["found"][0]["kind"], "contract", "{found}");
    program.get("expiries", "expiries?underlying=NIFTY&days=2&interval=1minute").await;
    program.get("contracts/{expired_key}", &format!("contracts/{key}")).await;
    let compared = listed["contracts"][1]["expired_key"].as_str().unwrap().replace('|', "%7C");
    for query in [
        String::new(),
        "?interval=5minute&format=columns".to_owned(),
        "?from=2025-07-30&to=2025-07-31&format=csv".to_owned(),
        "?with=volatility,vwap,sma-20,underlying,future".to_owned(),
        format!("?with=sessions,volatility&compare={compared}&format=columns"),
    ] {
        program.get("candles/{expired_key}", &format!("candles/{key}{query}")).await;
    }
    for query in [
        "",
        "&interval=5minute&format=columns&limit=50",
        "&format=csv&type=options&strike_from=1&strike_to=99999",
    ] {
        program.get("candles", &format!("candles?underlying=NIFTY&expiry={EXPIRY}{query}")).await;
    }
    for format in ["csv.gz", "csv.zip", "parquet", "arrow", "xlsx"] {
        program.get("candles/{expired_key}", &format!("candles/{key}?interval=1hour&format={format}")).await;
    }
    for (path, query) in [
        ("contracts", format!("underlying=NIFTY&expiry={EXPIRY}")),
        ("chain", format!("underlying=NIFTY&expiry={EXPIRY}&at={EXPIRY}T11:00")),
        ("coverage", "underlying=NIFTY&days=2".to_owned()),
        ("coverage/map", format!("underlying=NIFTY&expiry={EXPIRY}")),
        ("stored/expiries", "underlying=NIFTY".to_owned()),
    ] {
        for format in ["csv", "csv.gz", "csv.zip", "parquet", "arrow", "xlsx"] {
            program.get(path, &format!("{path}?{query}&format={format}")).await;
        }
    }
    program.get("coverage", "coverage?underlying=NIFTY&days=2&limit=2").await;
    listed_key
}

/// Chains, analyses, series and strategies.
async fn ask_about_what_is_made(program: &mut Program<'_>) {
    program.get("chain", &format!("chain?underlying=NIFTY&expiry={EXPIRY}&at={EXPIRY}T11:00")).await;
    program.get("chain/days", &format!("chain/days?underlying=NIFTY&expiry={EXPIRY}")).await;
    let listed = program.get("analysis", "analysis").await;
    assert_eq!(listed["analyses"].as_array().unwrap().len(), 12, "{listed}");
    let at = format!("underlying=NIFTY&expiry={EXPIRY}&at={EXPIRY}T11:00");
    for query in [
        format!("open-interest-by-strike?{at}&since={EXPIRY}T09:30"),
        format!("volume-by-strike?{at}&format=columns"),
        format!("gamma-exposure?{at}&rate=6%25"),
        format!("smile?{at}&format=csv"),
        format!("surface?{at}&from={EXPIRY}"),
        format!("term-structure?underlying=NIFTY&at={EXPIRY}T11:00"),
        format!("straddle?underlying=NIFTY&from={EXPIRY}&to={EXPIRY}&interval=5minute"),
    ] {
        program.get("analysis/{name}", &format!("analysis/{query}")).await;
    }
    let listed = program.get("series", "series").await;
    assert_eq!(listed["series"][0]["parameters"][0]["name"], "fixed", "{listed}");
    let day = format!("underlying=NIFTY&from={EXPIRY}&to={EXPIRY}");
    for query in [
        format!("atm-straddle?{day}&expiry={EXPIRY}&fixed=09:20&rate=6%25"),
        format!("atm-volatility?{day}&format=columns&interval=5minute"),
        format!("by-delta?{day}&side=call&delta=0.3&at=09:30&until=15:00&format=csv"),
        "continuous-future?underlying=NIFTY&month=1&roll=1&adjusted=difference".to_owned(),
        "realised-volatility?underlying=NIFTY&window=30&nights=in&interval=day".to_owned(),
    ] {
        program.get("series/{name}", &format!("series/{query}")).await;
    }
    let legs = "legs=sell:1:call:atm,sell:1:put:atm";
    let held = format!("strategy?underlying=NIFTY&expiry={EXPIRY}&{legs};buy:1:future&entry={EXPIRY}T10:00");
    let looked =
        program.get("strategy", &format!("{held}&exit={EXPIRY}T15:00&brokerage=20&charges=0.05")).await;
    assert_eq!(
        (&looked["costs"]["brokerage"], &looked["strategies"][1]["refused"]),
        (&json!(20.0), &Value::Null)
    );
    program
        .get("strategy", &format!("{held}&profit=500&loss=500&interval=5minute&rate=6%25&format=csv"))
        .await;
    let run = format!("strategy/run?underlying=NIFTY&{legs}&entry=0@10:00&exit=0@15:00");
    let told = program.get("strategy/run", &run).await;
    assert!(told["summary"]["priced"].as_u64().unwrap() >= 1, "{told}");
    program.get("strategy/run", &format!("{run}&from={EXPIRY}&to={EXPIRY}&format=csv")).await;
}

async fn ask_about_totals(program: &mut Program<'_>) {
    let stored = program.get("stored", "stored").await;
    assert!(stored["underlyings"][0]["candles"].as_u64().unwrap() > 0, "{stored}");
    let expiries =
        program.get("stored/expiries", &format!("stored/expiries?underlying=NIFTY&from={EXPIRY}")).await;
    assert!(expiries["expiries"].as_array().unwrap().iter().any(|row| row["date"] == EXPIRY), "{expiries}");
    let contracts = format!("stored/contracts?underlying=NIFTY&expiry={EXPIRY}&type=options&strike_from=1");
    let contracts = program.get("stored/contracts", &contracts).await;
    assert!(
        contracts["contracts"].as_array().unwrap().iter().all(|row| row["contract"]["strike"].is_number())
    );
}

async fn ask_about_coverage(program: &mut Program<'_>, listed_key: &str) {
    let key = listed_key.replace('|', "%7C");
    program.get("coverage", &format!("coverage?underlying=NIFTY&expiry={EXPIRY}&days=2")).await;
    program.get("coverage/calendar", "coverage/calendar?underlying=NIFTY").await;
    program.get("revisions", &format!("revisions?underlying=NIFTY&expired_key={key}&limit=5")).await;
    program.get("coverage/quality", "coverage/quality?underlying=NIFTY").await;
    let map = format!("coverage/map?underlying=NIFTY&expiry={EXPIRY}&days=2&limit=5");
    let map = program.get("coverage/map", &map).await;
    assert!(map["rows"][0]["cells"].as_str().unwrap().len() > 1, "{map}");
    let day = program.get("coverage/day", &format!("coverage/day?expired_key={key}&day={EXPIRY}")).await;
    assert_eq!(day["again"]["requests"], 1, "{day}");
    let again = json!({ "expired_key": listed_key, "day": EXPIRY });
    program.post("coverage/again", "coverage/again", again).await;
    program.post("verify/sample", "verify/sample", json!({ "underlying": "NIFTY", "count": 1 })).await;
    program.post("verify/mend", "verify/mend", json!({ "underlying": NIFTY })).await;
}

async fn ask_in_sql(program: &mut Program<'_>) {
    let schema = program.get("sql/schema", "sql/schema").await;
    assert_eq!(schema["queries"].as_array().map(Vec::len), Some(20), "{schema}");
    let query = json!({ "sql": "SELECT symbol, 1.5, 7, NULL FROM instruments WHERE symbol = 'NIFTY'" });
    let answer = program.post("sql", "sql", query.clone()).await;
    assert_eq!(answer["rows"], json!([["NIFTY", 1.5, 7, null]]), "{answer}");
    let columns = program.post("sql", "sql?format=columns", query.clone()).await;
    assert_eq!(columns["columns"][0], json!({ "name": "symbol", "values": ["NIFTY"] }), "{columns}");
    program.post("sql", "sql?format=csv", query).await;
    // One that runs is stopped by its name.
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    let request = program.server.request(Method::POST, "sql");
    let running = tokio::spawn(request.json(&json!({ "sql": endless, "id": "mine", "seconds": 600 })).send());
    while program.server.request(Method::DELETE, "sql/mine").send().await.unwrap().status() != 204 {
        #[expect(clippy::disallowed_methods, reason = "the real executable lives in real time")]
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let stopped: Value = running.await.unwrap().unwrap().json().await.unwrap();
    assert_eq!(
        (&stopped["status"], &stopped["detail"]),
        (&json!(400), &json!("it was stopped")),
        "{stopped}"
    );
    program.asked.insert(("delete".to_owned(), "/api/v1/sql/{id}".to_owned()));
}

pub(super) async fn ask_about_streams(program: &mut Program<'_>) {
    assert!(program.follow("stream", "stream?underlying=NIFTY").await.contains("event: begins"));
    program.talk("stream", "stream?after=0-0&job=1").await;
    program.talk("stream/ws", "stream/ws?after=0-0&job=1").await;
    program.hear("stream", "stream?after=0-0&candles=true", "rows").await;
    let (replay, day) = ("replay/{underlying}/{expiry}/{day}", format!("replay/NIFTY/{EXPIRY}/{EXPIRY}"));
    let played = program.get(replay, &format!("{day}?speed=100000&from=15:00")).await;
    assert!(played.as_str().unwrap().contains("id: 15:29\n"), "{played}");
    program.talk(replay, &format!("{day}?speed=60")).await;
    program.talk(&format!("{replay}/ws"), &format!("{day}/ws?speed=60")).await;
    let feed = "v3/feed/market-data-feed";
    let authorize = format!("{day}/upstox/60/{feed}/authorize?from=10:00");
    let authorized = program.get(&format!("{replay}/upstox/{{speed}}/{feed}/authorize"), &authorize).await;
    let address = authorized["data"]["authorizedRedirectUri"].as_str().unwrap();
    assert!(
        address.starts_with("ws://127.0.0.1:")
            && address.ends_with("/60/v3/feed/market-data-feed?from=10:00"),
        "{address}"
    );
    program.talk(&format!("{replay}/upstox/{{speed}}/{feed}"), &format!("{day}/upstox/60/{feed}")).await;
}
