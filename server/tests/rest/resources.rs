//! Single resources, as they are read.

use serde_json::json;

use crate::common::Stage;
use crate::server::{EXPIRY, NIFTY, Server};

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
