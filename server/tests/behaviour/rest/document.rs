//! `openapi.json` against the running program: every operation that it has is asked, what is sent and what comes is
//! held against its schemas. That no route is missing in it is held by the router (`OpenApiRouter::route` is forbidden
//! by lint, and `routes!` makes a route and its part of the document of one handler).

use std::collections::BTreeSet;

use futures_util::StreamExt;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use simulator::{Chance, Faults};
use tokio_tungstenite::tungstenite::Message;

use super::schema::Schemas;
use super::server::{EXPIRY, NIFTY, OTHER_EXPIRY, Server, WHOLE_EXPIRY};
use crate::common::Stage;

/// A day of the exchange's, of contracts that are not known here.
const BHAVCOPY: &str =
    include_str!("../../../../crates/engine/fixtures/bhavcopy_nse_fo_udiff_2025-08-01_sample.csv");
const FALLBACK: &str = "there is nothing at this address";

/// A program that keeps to the document.
struct Program<'a> {
    server: &'a Server,
    document: Value,
    /// Method and path of the document.
    asked: BTreeSet<(String, String)>,
}

impl<'a> Program<'a> {
    async fn of(server: &'a Server) -> Self {
        let (status, document) = server.get("openapi.json").await;
        assert_eq!(status, 200);
        Self { server, document, asked: BTreeSet::new() }
    }

    fn operations(&self) -> BTreeSet<(String, String)> {
        let paths = self.document["paths"].as_object().unwrap().iter();
        let of_path = |(path, item): (&String, &Value)| {
            let methods = item.as_object().unwrap().keys().cloned();
            methods.map(|method| (method, path.clone())).collect::<Vec<_>>()
        };
        paths.flat_map(of_path).collect()
    }

    /// The answer to what the document allows, as it says.
    async fn ask(&mut self, method: Method, path: &str, address: &str, body: Value) -> Value {
        let name = format!("{method} {address}");
        let (method_name, path) = (method.as_str().to_lowercase(), format!("/api/v1/{path}"));
        let operation = &self.document["paths"][&path][&method_name];
        assert!(operation.is_object(), "{name} is not in the document");
        assert_parameters(operation, address);
        let schemas = Schemas { document: &self.document };
        let mut request = self.server.request(method, address);
        if !body.is_null() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            schemas.check(schema, &body, "body").unwrap();
            request = request.json(&body);
        } else if operation["requestBody"]["content"]["application/octet-stream"].is_object() {
            request = request.header(CONTENT_TYPE, "application/octet-stream").body(BHAVCOPY);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let told = &operation["responses"][status.as_str()];
        let media_type = answer.headers().get(CONTENT_TYPE).map(|value| value.to_str().unwrap().to_owned());
        let text = answer.text().await.unwrap();
        assert!(status.is_success() && told.is_object(), "{name}: {status} {text}");
        self.asked.insert((method_name, path));
        let media_type = media_type.unwrap_or_default();
        let Some(media_type) = media_type.split(';').next().filter(|name| !name.is_empty()) else {
            assert!(text.is_empty() && told["content"].is_null(), "{name}: {text}");
            return Value::Null;
        };
        let schema = &told["content"][media_type]["schema"];
        let value =
            if media_type == "application/json" { serde_json::from_str(&text).unwrap() } else { json!(text) };
        schemas.check(schema, &value, "answer").unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
        value
    }

    async fn get(&mut self, path: &str, address: &str) -> Value {
        self.ask(Method::GET, path, address, Value::Null).await
    }

    /// What an address that never ends tells first.
    async fn follow(&mut self, path: &str, address: &str) -> String {
        let mut answer = self.server.request(Method::GET, address).send().await.unwrap();
        let operation = &self.document["paths"][format!("/api/v1/{path}")]["get"];
        assert_parameters(operation, address);
        assert!(operation["responses"]["200"]["content"]["text/event-stream"].is_object(), "{operation}");
        assert_eq!(answer.headers()[CONTENT_TYPE], "text/event-stream");
        self.asked.insert(("get".to_owned(), format!("/api/v1/{path}")));
        String::from_utf8(answer.chunk().await.unwrap().unwrap().to_vec()).unwrap()
    }

    /// The first message over a WebSocket, held against what the document says of all of them.
    async fn talk(&mut self, path: &str, address: &str) -> Message {
        let mut socket = self.server.socket(address).await;
        let operation = &self.document["paths"][format!("/api/v1/{path}")]["get"];
        assert_parameters(operation, address);
        let told = &operation["responses"]["101"]["content"];
        let message = socket.next().await.unwrap().unwrap();
        if let Message::Text(text) = &message {
            let value = serde_json::from_str(text).unwrap();
            let schemas = Schemas { document: &self.document };
            schemas.check(&told["application/json"]["schema"], &value, "message").unwrap();
        } else {
            assert!(message.is_binary() && told["application/x-protobuf"].is_object(), "{message:?}");
        }
        self.asked.insert(("get".to_owned(), format!("/api/v1/{path}")));
        message
    }

    async fn post(&mut self, path: &str, address: &str, body: Value) -> Value {
        self.ask(Method::POST, path, address, body).await
    }
}

/// Each name of the query is in the document, and each that it requires is in the query.
fn assert_parameters(operation: &Value, address: &str) {
    let query = address.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let given: Vec<_> = query.split('&').filter_map(|pair| Some(pair.split_once('=')?.0)).collect();
    let documented: Vec<_> = operation["parameters"].as_array().into_iter().flatten().collect();
    let documented: Vec<_> = documented.into_iter().filter(|parameter| parameter["in"] == "query").collect();
    for name in &given {
        assert!(documented.iter().any(|parameter| parameter["name"] == *name), "{address}: {name}");
    }
    for parameter in documented.iter().filter(|parameter| parameter["required"] == true) {
        assert!(given.contains(&parameter["name"].as_str().unwrap()), "{address}: {parameter}");
    }
}

async fn ask_about_contracts(program: &mut Program<'_>) {
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
    program.get("coverage", &format!("coverage?underlying=NIFTY&expiry={EXPIRY}&days=2")).await;
    ask_in_sql(program).await;
    program.get("coverage/calendar", "coverage/calendar?underlying=NIFTY").await;
    program.get("revisions", &format!("revisions?underlying=NIFTY&expired_key={key}&limit=5")).await;
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
    program.get("coverage/quality", "coverage/quality?underlying=NIFTY").await;
    let map = format!("coverage/map?underlying=NIFTY&expiry={EXPIRY}&days=2&limit=5");
    let map = program.get("coverage/map", &map).await;
    assert!(map["rows"][0]["cells"].as_str().unwrap().len() > 1, "{map}");
    let day = program.get("coverage/day", &format!("coverage/day?expired_key={key}&day={EXPIRY}")).await;
    assert_eq!(day["again"]["requests"], 1, "{day}");
    let again = json!({ "expired_key": listed_key, "day": EXPIRY });
    program.post("coverage/again", "coverage/again", again).await;
    let report = program
        .post("bhavcopy", "bhavcopy?name=BhavCopy_NSE_FO_0_0_0_20250801_F_0000.csv", Value::Null)
        .await;
    assert_eq!((&report["rows"], &report["day"]), (&json!(10), &json!("2025-08-01")), "{report}");
    let files = program.get("bhavcopy", "bhavcopy").await;
    assert_eq!(files["files"].as_array().map(Vec::len), Some(1), "{files}");
    ask_about_imports(program).await;
    program.post("verify/sample", "verify/sample", json!({ "underlying": "NIFTY", "count": 1 })).await;
    program.post("verify/mend", "verify/mend", json!({ "underlying": NIFTY })).await;
}

/// A file with one row, which nobody can take.
async fn ask_about_imports(program: &mut Program<'_>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.csv");
    let file = "expired_instrument_key,timestamp,open,high,low,close,volume\nnobody,2025-08-01,1,1,1,1,1\n";
    std::fs::write(&path, file).unwrap();
    let work = program.post("imports", "imports", json!({ "path": path, "dry_run": false })).await;
    assert_eq!(work["last"]["report"]["files"][0]["rows"], 1, "{work}");
    let listed = program.get("imports", "imports").await;
    let refused = format!("imports/{}/refused?limit=5", listed["imports"][0]["id"]);
    let refused = program.get("imports/{id}/refused", &refused).await;
    assert!(refused["refused"][0]["raw"].as_str().unwrap().contains("nobody"), "{refused}");
    program.get("imports/work", "imports/work").await;
    program.ask(Method::DELETE, "imports/work", "imports/work", Value::Null).await;
}

async fn ask_about_streams(program: &mut Program<'_>) {
    assert!(program.follow("stream", "stream?underlying=NIFTY").await.contains("event: begins"));
    program.talk("stream/ws", "stream/ws?after=0-0&job=1").await;
    let (replay, day) = ("replay/{underlying}/{expiry}/{day}", format!("replay/NIFTY/{EXPIRY}/{EXPIRY}"));
    let played = program.get(replay, &format!("{day}?speed=100000&from=15:00")).await;
    assert!(played.as_str().unwrap().contains("id: 15:29\n"), "{played}");
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
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let stopped: Value = running.await.unwrap().unwrap().json().await.unwrap();
    assert_eq!(
        (&stopped["status"], &stopped["detail"]),
        (&json!(400), &json!("it was stopped")),
        "{stopped}"
    );
    program.asked.insert(("delete".to_owned(), "/api/v1/sql/{id}".to_owned()));
}

async fn ask_about_jobs(program: &mut Program<'_>) {
    let order = json!({ "underlyings": ["NIFTY"], "expiries": { "each": { "NIFTY": ["2025-08-28"] } }, "days": 2, "strikes": 5 });
    program.post("estimate", "estimate", order.clone()).await;
    let job = program.post("jobs", "jobs", order.clone()).await["id"].clone();
    program.post("jobs/{id}/{command}", &format!("jobs/{job}/pause"), Value::Null).await;
    program.post("jobs/{id}/{command}", &format!("jobs/{job}/cancel"), Value::Null).await;
    program.get("jobs", "jobs?status=completed&limit=1").await;
    program.get("jobs/{id}", "jobs/1").await;
    program.get("jobs/{id}/events", "jobs/1/events?before=9999&limit=2").await;
    program.get("jobs/{id}/events", "jobs/1/events?level=info&search=nifty").await;
    program.get("jobs/{id}/grid", &format!("jobs/1/grid?expiry={EXPIRY}&limit=5")).await;
    program.get("jobs/{id}/pace", "jobs/1/pace").await;
    let failed = program.get("jobs/{id}/failures", "jobs/2/failures?limit=5").await;
    assert!(!failed["units"].as_array().unwrap().is_empty(), "{failed}");
}

async fn ask_about_schedules(program: &mut Program<'_>) {
    let order =
        json!({ "underlyings": ["NIFTY"], "expiries": "monthly", "when": { "cron": "30 7 * * 2-6" } });
    let schedule = program.post("schedules", "schedules", order).await["id"].clone();
    let one = format!("schedules/{schedule}");
    program.post("schedules/{id}/run", &format!("{one}/run"), Value::Null).await;
    program.ask(Method::PATCH, "schedules/{id}", &one, json!({ "enabled": false })).await;
    let changed = json!({ "underlyings": ["NIFTY"], "name": "changed", "days": 30 });
    let changed = program.ask(Method::PUT, "schedules/{id}", &one, changed).await;
    assert_eq!((&changed["name"], &changed["days"]), (&json!("changed"), &json!(30)));
    program.get("schedules", "schedules").await;
    program.get("schedules/{id}", &one).await;
    program.get("schedules/preview", "schedules/preview?cron=30%207%20*%20*%202-6").await;
    program.get("schedules/preview", "schedules/preview?after_expiry=07:30").await;
    program.ask(Method::DELETE, "schedules/{id}", &one, Value::Null).await;
}

async fn ask_about_backups(program: &mut Program<'_>) {
    let made = program.post("backups", "backups", Value::Null).await;
    assert!(made["contents"]["candles"].as_u64().unwrap() > 0, "{made}");
    let rule = json!({ "every_days": 2, "at": "06:30", "keep": 3 });
    let listed = program.ask(Method::PUT, "backups/rule", "backups/rule", rule.clone()).await;
    assert_eq!((&listed["rule"], listed["backups"].as_array().map(Vec::len)), (&rule, Some(1)));
    program.get("backups", "backups").await;
    program.ask(Method::DELETE, "backups/rule", "backups/rule", Value::Null).await;
}

async fn ask_about_storage(program: &mut Program<'_>) {
    let room = program.get("storage", "storage?underlying=NIFTY").await;
    assert!(room["shares"][0]["bytes"].as_u64().unwrap() > 0, "{room}");
    assert!(!room["expiries"].as_array().unwrap().is_empty(), "{room}");
    let work = program.post("storage/compact", "storage/compact", Value::Null).await;
    assert_eq!(work["last"]["deed"], "compact");
    program.get("storage/work", "storage/work").await;
    program.ask(Method::DELETE, "storage/work", "storage/work", Value::Null).await;
    let order = json!({ "underlying": "NIFTY", "expiries": { "dates": [EXPIRY] } });
    let preview = program.post("storage/prune/preview", "storage/prune/preview", order.clone()).await;
    let pruned = json!({ "order": order, "token": preview["token"] });
    let work = program.post("storage/prune", "storage/prune", pruned).await;
    assert_eq!((&work["last"]["deed"], &work["last"]["done"]), (&json!("prune"), &preview["candles"]));
}

async fn ask_about_the_lake(program: &mut Program<'_>) {
    // Of the others a part was refused.
    program.post("session", "session", json!({ "token": "simulated" })).await;
    program.server.collect(WHOLE_EXPIRY).await;
    let folder = tempfile::TempDir::new().unwrap();
    let place = json!({ "place": folder.path().to_str().unwrap() });
    assert_eq!(program.ask(Method::PUT, "lake/place", "lake/place", place.clone()).await, place);
    assert_eq!(program.get("lake/place", "lake/place").await, place);
    let order = json!({ "underlying": "NIFTY", "expiries": { "dates": [WHOLE_EXPIRY] }, "days": 2 });
    let work = program.post("lake/publish", "lake/publish", order).await;
    assert_eq!(
        (&work["last"]["deed"], &work["last"]["problem"]),
        (&json!("publish"), &Value::Null),
        "{work}"
    );
    let work = program.post("lake/verify", "lake/verify", json!({})).await;
    assert_eq!(
        (&work["last"]["deed"], &work["last"]["problem"]),
        (&json!("verifylake"), &Value::Null),
        "{work}"
    );
    let lake = program.get("lake", "lake").await;
    assert_eq!(
        (&lake["partitions"][0]["expiry"], &lake["last"]["lines"][0]["outcome"]),
        (&json!(WHOLE_EXPIRY), &json!("whole"))
    );
    let order = json!({ "underlying": "NIFTY", "expiries": { "dates": [WHOLE_EXPIRY] } });
    let preview = program.post("lake/prune/preview", "lake/prune/preview", order.clone()).await;
    assert!(preview["candles"].as_u64().unwrap() > 0, "{preview}");
    let moved = json!({ "order": order, "token": preview["token"] });
    let work = program.post("lake/prune", "lake/prune", moved).await;
    assert_eq!((&work["last"]["deed"], &work["last"]["done"]), (&json!("archive"), &preview["candles"]));
    let archived = program.get("lake/archived", "lake/archived").await;
    assert_eq!(archived["archived"][0]["candles"], preview["candles"]);
    let elsewhere = tempfile::TempDir::new().unwrap();
    let lake = elsewhere.path().join("lake");
    std::fs::rename(folder.path(), &lake).unwrap();
    let moved = json!({ "to": lake.to_str().unwrap() });
    let work = program.post("lake/move", "lake/move", moved).await;
    assert_eq!(
        (&work["last"]["deed"], &work["last"]["problem"]),
        (&json!("movelake"), &Value::Null),
        "{work}"
    );
    let work = program.post("lake/unarchive", "lake/unarchive", order).await;
    assert_eq!((&work["last"]["deed"], &work["last"]["done"]), (&json!("unarchive"), &preview["candles"]));
}

async fn ask_about_the_program(program: &mut Program<'_>) {
    program.get("audit", "audit?outcome=fault&limit=5").await;
    let refused = program.get("refused", "refused?job=1&limit=5").await;
    assert!(!refused["lines"].as_array().unwrap().is_empty(), "{refused}");
    program.get("status", "status").await;
    let about = program.get("about", "about").await;
    assert!(about["environment"].as_array().is_some_and(|of| !of.is_empty()), "{about}");
    let log = program.get("log", "log?level=info&search=log%20begins&limit=1").await;
    assert_eq!(log["lines"].as_array().map(Vec::len), Some(1), "{log}");
    let home = program.get("home", "home").await;
    assert!(!home["underlyings"][0]["shades"].as_array().unwrap().is_empty(), "{home}");
    let list = program.get("notices", "notices").await;
    assert!(!list["notices"].as_array().unwrap().is_empty(), "{list}");
    program.post("notices/read", "notices/read", json!({ "up_to": 1 })).await;
    let settings = json!({
        "email": { "host": "127.0.0.1", "port": 9, "security": "none", "user": "",
                   "from": "et@example.com", "to": ["me@example.com"], "kinds": ["job_failed"] },
        "webhook": { "url": "http://127.0.0.1:9/", "kinds": ["job_failed"] },
        "secrets": { "webhook": "a secret of some length" },
    });
    program.ask(Method::PUT, "notices/settings", "notices/settings", settings).await;
    program.get("notices/settings", "notices/settings").await;
    program.post("notices/test", "notices/test", json!({ "channel": "webhook" })).await;
    program.get("settings", "settings").await;
    let settings = json!({
        "limits": { "workers": 3, "requests_per_second": 20, "reserve_percent": 10 },
        "reading": { "volatility_rate": 6.75, "settlement_time": "15:40", "numbers": "international" },
        "costs": { "brokerage": 20.0, "charges": 0.05 },
    });
    let put = program.ask(Method::PUT, "settings", "settings", settings.clone()).await;
    assert_eq!(put["settings"], settings);
    program.get("openapi.json", "openapi.json").await;
    program.get("session", "session").await;
    ask_about_the_app(program).await;
    program.ask(Method::DELETE, "session", "session", Value::Null).await;
}

/// Where the browser of a person ends who says yes in the dialog.
async fn approved(dialog: &str) -> String {
    let (address, query) = dialog.split_once('?').unwrap();
    let http =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let yes = http
        .post(address)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(format!("{query}&decision=approve"));
    yes.send().await.unwrap().headers()["location"].to_str().unwrap().to_owned()
}

async fn ask_about_the_app(program: &mut Program<'_>) {
    let app = json!({ "api_key": "planted-key-5512", "api_secret": "a-secret", "redirect_uri": "http://127.0.0.1:9/callback" });
    program.ask(Method::PUT, "session/app", "session/app", app).await;
    let kept = program.get("session/app", "session/app").await;
    assert_eq!(kept["key_end"], "5512");
    program.post("session/app/test", "session/app/test", Value::Null).await;
    let dialog = program.post("session/dialog", "session/dialog", Value::Null).await;
    assert!(dialog["address"].as_str().unwrap().contains("client_id=planted-key-5512"), "{dialog}");
    program.get("session/dialog", "session/dialog").await;
    let ended_at = approved(dialog["address"].as_str().unwrap()).await;
    let session =
        program.post("session/dialog/return", "session/dialog/return", json!({ "address": ended_at })).await;
    assert_eq!((&session["state"], &session["checked"]), (&json!("signed_in"), &json!(true)));
    program.ask(Method::DELETE, "session/app", "session/app", Value::Null).await;
}

async fn ask_about_access(program: &mut Program<'_>) {
    let token = json!({ "name": "notebook", "scope": "read_only" });
    let made = program.post("access/tokens", "access/tokens", token).await;
    assert!(made["secret"].as_str().unwrap().starts_with("et_"), "{made}");
    program.get("access", "access").await;
    let delete = Method::DELETE;
    program.ask(delete.clone(), "access/tokens/{name}", "access/tokens/notebook", Value::Null).await;
    program.ask(delete.clone(), "access/sessions", "access/sessions", Value::Null).await;
    // From here on it is locked: a session is begun, as a browser does, and ended with it.
    let password = json!({ "new": "correct horse battery" });
    program.ask(Method::PUT, "access/password", "access/password", password).await;
    let session = program.server.unlock("correct horse battery").await;
    let listed = program.get("access", "access").await;
    let sessions = listed["sessions"].as_array().unwrap();
    let other = sessions.iter().find(|session| session["is_this"] == false).unwrap()["id"].as_str().unwrap();
    assert_eq!(sessions.len(), 2, "{session}");
    let address = format!("access/sessions/{other}");
    program.ask(delete, "access/sessions/{id}", &address, Value::Null).await;
}

async fn ask_about_exports(program: &mut Program<'_>) {
    let order = json!({ "underlying": "NIFTY", "expiries": [EXPIRY], "kinds": ["CE"], "format": "csv" });
    let presets = program.get("exports/presets", "exports/presets").await;
    assert!(presets["presets"][0]["snippet"].as_str().unwrap().contains("import pandas"), "{presets}");
    let estimate = program.post("exports/estimate", "exports/estimate", order.clone()).await;
    assert!(estimate["rows"].as_u64().unwrap() > 0 && estimate["files"] == 1, "{estimate}");
    let made = program.post("exports", "exports", order).await;
    let mut export = program.get("exports/{id}", "exports/1").await;
    while export["status"] == "queued" || export["status"] == "running" {
        export = program.get("exports/{id}", "exports/1").await;
    }
    assert_eq!((&made["id"], &export["status"]), (&json!(1), &json!("done")), "{export}");
    let file = export["files"][0]["name"].as_str().unwrap();
    let text = program.get("exports/{id}/files/{name}", &format!("exports/1/files/{file}")).await;
    let rows = text.as_str().unwrap().lines().count() as u64 - 1;
    assert_eq!(export["files"][0]["rows"], rows);
    let manifest = program.get("exports/{id}/files/{name}", "exports/1/files/manifest.json").await;
    assert_eq!((&manifest["rows"], &manifest["schema"]), (&json!(rows), &json!(1)));
    let refused = program.server.request(Method::POST, "exports/1/cancel").send().await.unwrap();
    assert_eq!(refused.status(), 409);
    program.ask(Method::DELETE, "exports/{id}", "exports/1", Value::Null).await;
    let all = json!({ "underlying": "NIFTY", "volatility": true });
    program.post("exports", "exports", all).await;
    program.post("exports/{id}/cancel", "exports/2/cancel", Value::Null).await;
    program.get("exports", "exports").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_answers_as_the_document_says() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    let mut program = Program::of(&server).await;
    program.post("session", "session", json!({ "token": "simulated" })).await;
    stage.set_faults(Faults { impossible_rows: Chance::ALWAYS, ..Faults::default() });
    server.collect(EXPIRY).await;
    // Refused for good: nothing is asked again.
    let candles = "/v2/expired-instruments/historical-candle".to_owned();
    let refusing = Faults { path_prefix: candles, server_error: Chance::ALWAYS, ..Faults::default() };
    stage.set_faults(Faults { server_error_status: 404, ..refusing });
    server.collect(OTHER_EXPIRY).await;
    stage.set_faults(Faults::default());

    ask_about_contracts(&mut program).await;
    ask_about_streams(&mut program).await;
    ask_about_jobs(&mut program).await;
    ask_about_schedules(&mut program).await;
    ask_about_backups(&mut program).await;
    ask_about_exports(&mut program).await;
    ask_about_the_program(&mut program).await;
    ask_about_the_lake(&mut program).await;
    ask_about_storage(&mut program).await;
    ask_about_access(&mut program).await;
    assert_eq!(program.asked, program.operations(), "an operation is asked by no test, or is in no document");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_documented_address_is_served_and_refuses_as_it_says() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    let program = Program::of(&server).await;
    let schemas = Schemas { document: &program.document };
    for (method, path) in program.operations() {
        let operation = &program.document["paths"][&path][&method];
        let address = path.trim_start_matches("/api/v1/").replace("{id}", "99").replace("{command}", "pause");
        let address = address.replace("{expired_key}", "NSE_FO%7C1%7C28-08-2025");
        // One that never ends, where nothing is wrong with it.
        let address = if address == "stream" { "stream?after=now".to_owned() } else { address };
        let request = server.request(method.to_uppercase().parse().unwrap(), &address);
        let (status, answer) = server.answer(request).await;
        assert_ne!(status, 405, "{method} {path}");
        assert!(!answer.to_string().contains(FALLBACK), "{method} {path}: {answer}");
        if status >= 400 {
            let schema = &operation["responses"]["default"]["content"]["application/problem+json"]["schema"];
            schemas
                .check(schema, &answer, "problem")
                .unwrap_or_else(|wrong| panic!("{method} {path}: {wrong}"));
        }
    }
    assert_eq!(server.get("nowhere").await.0, 404);
    assert!(server.get("nowhere").await.1.to_string().contains(FALLBACK));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_holds_what_it_points_to_and_names_each_operation_once() {
    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|field| references(field, found));
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    let program = Program::of(&server).await;
    let mut found = BTreeSet::new();
    references(&program.document, &mut found);
    assert!(found.len() > 50);
    for reference in found {
        assert!(program.document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
    let scheme = &program.document["components"]["securitySchemes"]["token"]["scheme"];
    assert_eq!((&program.document["security"], scheme), (&json!([{ "token": [] }, {}]), &json!("bearer")));
    assert_eq!(program.document["paths"]["/api/v1/access"]["get"]["security"], json!([]));
    let operations = program.operations();
    let names = operations.iter().map(|(method, path)| {
        let operation = &program.document["paths"][path][method];
        assert!(operation["summary"].is_string(), "{method} {path} has no words");
        let statuses = operation["responses"].as_object().unwrap();
        assert!(statuses.values().all(|of| of["description"].is_string()), "{method} {path}");
        operation["operationId"].as_str().unwrap()
    });
    assert_eq!(names.collect::<BTreeSet<_>>().len(), operations.len());
}
