//! Candles over REST: the same rows whichever way they are asked for, in pieces, formats and of a whole expiry.

use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE, LINK};
use serde_json::{Value, json};

use super::server::{EXPIRY, Server};
use crate::common::Stage;

/// A whole list by its pieces.
async fn pieces(server: &Server, first: &str) -> Vec<Value> {
    let (mut address, mut pieces) = (first.to_owned(), Vec::new());
    loop {
        let answer = server.request(Method::GET, &address).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{address}");
        let link = answer.headers().get(LINK).map(|link| link.to_str().unwrap().to_owned());
        let piece: Value = answer.json().await.unwrap();
        assert_eq!(piece["next"].is_string(), link.is_some(), "{address}");
        pieces.push(piece);
        match link {
            Some(link) => address = link.split(['<', '>']).nth(1).unwrap().replacen("/api/v1/", "", 1),
            None => return pieces,
        }
    }
}

/// Whatever is computed, in formats that have a place for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_what_is_computed_says_its_rate_its_rule_and_whose_data_it_is() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    server.sign_in().await;
    server.collect(EXPIRY).await;
    let of_day = format!("underlying=NIFTY&expiry={EXPIRY}&from={EXPIRY}&to={EXPIRY}");
    let of_minute = format!("underlying=NIFTY&expiry={EXPIRY}&at={EXPIRY}T11:00");
    let chain = server.get(&format!("chain?{of_minute}")).await.1;
    // One that has a price for a leg.
    let is_fresh = |row: &&Value| row["call"]["age_s"].as_u64().is_some_and(|age| age <= 60);
    let row = chain["rows"].as_array().unwrap().iter().find(is_fresh).unwrap();
    let key = row["call"]["expired_key"].as_str().unwrap().replace('|', "%7C");
    let legs = format!("legs=sell:1:call:{}", row["strike"]);
    let black = export::VOLATILITY_RULE;
    for (query, rule) in [
        (format!("candles/{key}?with=volatility&interval=15minute"), black),
        (format!("chain?{of_minute}"), black),
        (
            format!("series/atm-volatility?{of_day}&interval=5minute"),
            "Each bar has the values of the last minute in it",
        ),
        (format!("analysis/smile?{of_minute}"), "Black-76 on the forward"),
        (
            format!(
                "strategy?underlying=NIFTY&expiry={EXPIRY}&{legs}&entry={EXPIRY}T11:00&exit={EXPIRY}T15:00"
            ),
            "expirytrack.rule",
        ),
        (format!("strategy/run?underlying=NIFTY&{legs}&entry=0@10:00&exit=0@15:00"), "expirytrack.rule"),
    ] {
        for format in ["parquet", "arrow"] {
            let address = format!("{query}&format={format}");
            let answer = server.request(Method::GET, &address).send().await.unwrap();
            let status = answer.status();
            let bytes = answer.bytes().await.unwrap();
            assert_eq!(status, 200, "{address}: {}", String::from_utf8_lossy(&bytes));
            for said in ["expirytrack.program", "expirytrack.source", "expirytrack.rate", "0.065", rule] {
                assert!(bytes.windows(said.len()).any(|part| part == said.as_bytes()), "{address}: {said}");
            }
        }
    }
    // What is stored as it is has no rule, and says whose it is.
    for query in
        [format!("candles/{key}?interval=15minute"), format!("candles?underlying=NIFTY&expiry={EXPIRY}")]
    {
        let address = format!("{query}&format=parquet");
        let answer = server.request(Method::GET, &address).send().await.unwrap();
        let bytes = answer.bytes().await.unwrap();
        let says = |said: &str| bytes.windows(said.len()).any(|part| part == said.as_bytes());
        assert!(says("expirytrack.source") && !says("expirytrack.rate"), "{address}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expiry_in_pieces_is_its_contracts_one_by_one() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    server.sign_in().await;
    server.collect(EXPIRY).await;
    let listed = server.get(&format!("contracts?underlying=NIFTY&expiry={EXPIRY}")).await.1;
    let (mut rows, mut keys) = (Vec::new(), Vec::new());
    for contract in listed["contracts"].as_array().unwrap() {
        let key = contract["expired_key"].as_str().unwrap();
        let one = server.get(&format!("candles/{}?interval=3minute", key.replace('|', "%7C"))).await.1;
        assert!(one["next"].is_null());
        let candles = one["candles"].as_array().unwrap();
        keys.extend((!candles.is_empty()).then(|| json!(key)));
        rows.extend(candles.iter().map(|row| json!([key, row])));
    }
    assert!(keys.len() > 20 && rows.len() > 1000, "{} of {}", rows.len(), keys.len());

    let query = format!("candles?underlying=NIFTY&expiry={EXPIRY}&interval=3minute");
    for limit in [97, 1000, 200_000] {
        let mut read = Vec::new();
        for piece in pieces(&server, &format!("{query}&limit={limit}")).await {
            let before = read.len();
            for contract in piece["contracts"].as_array().unwrap() {
                let key = &contract["expired_key"];
                read.extend(contract["candles"].as_array().unwrap().iter().map(|row| json!([key, row])));
            }
            assert!(
                read.len() - before <= limit && (read.len() - before == limit || piece["next"].is_null())
            );
        }
        assert!(read == rows, "{limit}: {} of {}", read.len(), rows.len());
    }

    let csv = server.request(Method::GET, &query).header(ACCEPT, "text/csv").send().await.unwrap();
    assert_eq!(csv.headers()[CONTENT_TYPE], "text/csv; charset=utf-8");
    let text = csv.text().await.unwrap();
    assert!(text.starts_with("expired_key,kind,strike,lot_size,interval,timestamp,open,"), "{}", &text[..99]);
    assert_eq!(text.lines().count(), rows.len() + 1);

    // A strike, a side and a day, and the same of one contract in pieces.
    let strike = "strike_from=24500&strike_to=24500&type=options";
    let of_strike = server.get(&format!("{query}&{strike}&from={EXPIRY}&to={EXPIRY}")).await.1;
    let contracts = of_strike["contracts"].as_array().unwrap();
    assert_eq!(contracts.len(), 2, "{of_strike}");
    let key = contracts[0]["expired_key"].as_str().unwrap().replace('|', "%7C");
    for beside in ["", "&with=sma-3,sessions"] {
        let query = format!("candles/{key}?interval=1minute{beside}");
        let whole = server.get(&query).await.1;
        let cut = pieces(&server, &format!("{query}&limit=100")).await;
        let cut: Vec<Value> =
            cut.iter().flat_map(|piece| piece["candles"].as_array().unwrap().clone()).collect();
        assert!(cut.len() > 300, "{}", cut.len());
        assert_eq!(json!(cut), whole["candles"], "{beside}");
    }
    let (status, refusal) = server.get(&format!("{query}&limit=200001")).await;
    assert_eq!((status, refusal["detail"].as_str().unwrap().starts_with("limit must be")), (400, true));
}
