//! Single resources, as they are read.

use std::process::Command;

use market::{Day, ExpiredKey, Interval};
use reqwest::Method;
use serde_json::{Value, json};

use super::server::{EXPIRY, NIFTY, Server};
use crate::common::{Stage, nifty};
use crate::executable;

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_has_its_figures_and_its_neighbours() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    server.sign_in().await;
    server.collect(EXPIRY).await;
    let listed = server.get(&format!("contracts?underlying=NIFTY&expiry={EXPIRY}&type=options")).await.1;
    let calls = listed["contracts"].as_array().unwrap().iter().filter(|contract| contract["kind"] == "CE");
    let mut calls: Vec<_> = calls.collect();
    calls.sort_by_key(|call| call["strike"].as_f64().unwrap() as i64);
    let key = calls[1]["expired_key"].as_str().unwrap();

    let (status, one) = server.get(&format!("contracts/{}", key.replace('|', "%7C"))).await;
    assert_eq!((status, &one["row"]["contract"]["expired_key"]), (200, &json!(key)), "{one}");
    assert_eq!(one["underlying"]["key"], NIFTY);
    assert!(one["row"]["candles"].as_u64().unwrap() > 0, "{one}");
    assert_eq!(one["neighbours"]["lower"]["key"], calls[0]["expired_key"]);
    assert_eq!(one["neighbours"]["higher"]["key"], calls[2]["expired_key"]);
    let (status, unknown) = server.get("contracts/NSE_FO%7C999999999%7C28-08-2025").await;
    assert_eq!(status, 404, "{unknown}");
}

/// What the command prints with `--json`, and what it says without.
fn command(stage: &Stage, words: &[&str]) -> (Value, String) {
    let run = |more: &[&str]| {
        let mut command = Command::new(executable::PATH);
        let output = executable::settle(&mut command, stage).args(words).args(more).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap())
    };
    (serde_json::from_str(&run(&["--json"])[0]).unwrap(), run(&[]).concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn contracts_have_their_prices_and_the_expiry_its_spot() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    server.sign_in().await;
    server.collect(EXPIRY).await;
    let path = format!("contracts?underlying=NIFTY&expiry={EXPIRY}&type=both");
    let (status, listed) = server.get(&path).await;
    assert_eq!(status, 200, "{listed}");

    let day: Day = EXPIRY.parse().unwrap();
    let close = stage.simulator.oracle().underlying_minutes(&nifty(), day, day).last().unwrap().prices.close;
    let spot = json!({ "source": "underlying", "price": close.to_rupees(), "at": day.at_minute(930).0 });
    assert_eq!(listed["spot"], spot);
    let mut traded = 0;
    for contract in listed["contracts"].as_array().unwrap() {
        let key: ExpiredKey = contract["expired_key"].as_str().unwrap().parse().unwrap();
        let mut candles = stage.simulator.oracle().candles(&key, Interval::Minute1, day.plus_days(-2), day);
        candles.retain(|candle| candle.volume > 0);
        let prices = candles.last().map(|last| {
            let high = candles.iter().map(|candle| candle.prices.high).max().unwrap().to_rupees();
            let low = candles.iter().map(|candle| candle.prices.low).min().unwrap().to_rupees();
            json!({ "last": last.prices.close.to_rupees(), "high": high, "low": low })
        });
        assert_eq!(contract["prices"], json!(prices), "{contract}");
        traded += usize::from(prices.is_some());
    }
    assert!(traded > 20, "{traded}");

    // The command line tells the same.
    let (told, text) = command(&stage, &["contracts", "NIFTY", EXPIRY]);
    assert_eq!(told, listed);
    assert!(text.contains(&format!("spot {close} at 15:30 IST")), "{text}");
    let heads = text.lines().find(|line| line.starts_with("EXPIRED KEY")).unwrap();
    assert!(heads.split_whitespace().collect::<Vec<_>>().ends_with(&["LAST", "HIGH", "LOW"]), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_is_told_by_the_command_line_as_by_rest() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    server.sign_in().await;
    server.collect(EXPIRY).await;
    let future = server.get(&format!("contracts?underlying=NIFTY&expiry={EXPIRY}&type=futures")).await.1;
    let key = future["contracts"][0]["expired_key"].as_str().unwrap();
    let (_, one) = server.get(&format!("contracts/{}", key.replace('|', "%7C"))).await;
    let (told, text) = command(&stage, &["contract", key]);
    assert_eq!(told, one);
    assert_eq!(told["row"]["prices"], future["contracts"][0]["prices"]);
    let last = told["row"]["prices"]["last"].as_f64().unwrap();
    let line = text.lines().find(|line| line.starts_with("LAST  ")).unwrap();
    assert_eq!(line.split_whitespace().last(), Some(format!("{last:.2}").as_str()), "{text}");

    let mut unknown = Command::new(executable::PATH);
    let words = ["contract", "NSE_FO|999999999|28-08-2025"];
    let output = executable::settle(&mut unknown, &stage).args(words).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_read_forwards_and_backwards() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    server.sign_in().await;
    let job = server.collect(EXPIRY).await;
    let ids = async |query: &str| {
        let (status, document) = server.get(&format!("jobs/{job}/events{query}")).await;
        assert_eq!(status, 200, "{document}");
        let events = document["events"].as_array().unwrap().clone();
        events.iter().map(|event| event["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let all = ids("").await;
    assert!(all.len() > 5 && all.is_sorted(), "{all:?}");
    let third = all[2];
    assert_eq!(ids(&format!("?before={third}")).await, all[..2]);
    assert_eq!(ids(&format!("?after={third}")).await, all[3..]);
    assert!(ids(&format!("?before={}", all[0])).await.is_empty());
}

/// Among as many events as a search looks at there is none: it says how far it came, and its cursor goes on there.
#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_has_found_nothing_so_far_goes_on() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    server.sign_in().await;
    let job = server.collect(EXPIRY).await;
    stage.change(&format!(
        "WITH RECURSIVE line (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM line WHERE n < 200000)
         INSERT INTO job_event (job_id, at, level, message) SELECT {job}, 1, 'info', 'another' FROM line"
    ));
    let search = format!("jobs/{job}/events?search=started");
    let (status, first) = server.get(&search).await;
    assert_eq!((status, &first["events"]), (200, &json!([])), "{first}");
    let (cursor, searched_to) = (first["next"].as_str().unwrap(), first["searched_to"].as_i64().unwrap());
    let (status, second) = server.get(&format!("{search}&cursor={cursor}")).await;
    assert_eq!(status, 200, "{second}");
    let found = second["events"].as_array().unwrap();
    assert!(found[0]["id"].as_i64().unwrap() < searched_to, "{second}");
    assert!(second["next"].is_null() && second["searched_to"].is_null(), "{second}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_read_piece_by_piece_and_a_cursor_holds_for_its_own_query() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    server.sign_in().await;
    let job = server.collect(EXPIRY).await;
    server.collect("2025-08-21").await;
    // Each with what makes another query of it.
    for (query, list, name, other) in [
        (
            format!("contracts?underlying=NIFTY&expiry={EXPIRY}&strike_from=20000"),
            "contracts",
            "/expired_key",
            "&strike_to=90000",
        ),
        (
            format!("stored/contracts?underlying=NIFTY&expiry={EXPIRY}"),
            "contracts",
            "/contract/expired_key",
            "&type=options",
        ),
        ("stored/expiries?underlying=NIFTY".to_owned(), "expiries", "/date", "&from=2020-01-01"),
        ("expiries?underlying=NIFTY&to=2025-12-31".to_owned(), "expiries", "/date", "&from=2020-01-01"),
        ("instruments?search=nifty".to_owned(), "instruments", "/underlying/key", ""),
        ("jobs?status=completed".to_owned(), "jobs", "/id", ""),
        ("audit?outcome=ok&job=1".to_owned(), "lines", "/id", "&endpoint=profile"),
        ("notices?".to_owned(), "notices", "/id", ""),
        (format!("jobs/{job}/events?"), "events", "/id", "&search=nifty"),
        (format!("jobs/{job}/events?before=999999"), "events", "/id", "&search=nifty"),
        (format!("jobs/{job}/events?search=nifty"), "events", "/id", "&before=999999"),
        (format!("coverage/map?underlying=NIFTY&expiry={EXPIRY}"), "rows", "/expired_key", "&days=5"),
    ] {
        let names = |piece: &Value| -> Vec<Value> {
            let rows = piece[list].as_array().unwrap_or_else(|| panic!("{query}: {piece}"));
            rows.iter()
                .map(|row| row.pointer(name).unwrap_or_else(|| panic!("{query}: {row}")).clone())
                .collect()
        };
        let whole = server.get(&query).await.1;
        let all = names(&whole);
        assert!(all.len() > 1 && whole["next"].is_null(), "{query}: {whole}");
        let limit = all.len().div_ceil(3).max(1);
        let (mut address, mut pieces) = (format!("{query}&limit={limit}"), Vec::new());
        loop {
            let answer = server.request(Method::GET, &address).send().await.unwrap();
            let link = answer.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
            let piece: Value = answer.json().await.unwrap();
            pieces.push(names(&piece));
            let Some(link) = link else {
                assert!(piece["next"].is_null(), "{query}: {piece}");
                break;
            };
            let cursor = piece["next"].as_str().unwrap();
            assert!(link.ends_with(&format!("cursor={cursor}>; rel=\"next\"")), "{link}");
            let foreign = match other {
                "" => server.get(&format!("audit?cursor={cursor}")).await,
                other => server.get(&format!("{query}{other}&cursor={cursor}")).await,
            };
            assert_eq!(foreign.0, 400, "{query}: {}", foreign.1);
            assert!(
                foreign.1["detail"].as_str().unwrap().contains("belongs to another query"),
                "{}",
                foreign.1
            );
            let next = link.strip_prefix("</api/v1/").unwrap().split_once('>').unwrap().0;
            address = next.to_owned();
        }
        // What is read backwards comes with its newest piece first.
        if query.contains("before=") || query.contains("events?search=") {
            pieces.reverse();
        }
        assert!(pieces.len() > 1, "{query}");
        assert_eq!(pieces.concat(), all, "{query}");
    }
}
