//! What was sent once is not sent again while it is the same, and texts come packed to whoever takes that.

use std::io::Read;

use flate2::read::GzDecoder;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, ETAG, HeaderMap, IF_NONE_MATCH, VARY,
};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::server::{EXPIRY, Server};
use crate::common::Stage;

async fn ask(server: &Server, path: &str, headers: &[(reqwest::header::HeaderName, &str)]) -> Response {
    let mut request = server.request(Method::GET, path);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    request.send().await.unwrap()
}

fn text(headers: &HeaderMap, name: reqwest::header::HeaderName) -> &str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_the_same_is_not_sent_again_and_what_changed_is() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    server.sign_in().await;
    // A past expiry that nobody has collected yet: its contracts will be other ones.
    let (status, _) = server.get("expiries?underlying=NIFTY").await;
    assert_eq!(status, 200);
    for range in ["", "&from=2025-07-29&to=2025-07-31", "&from=2025-09-01&to=2025-09-02"] {
        let path = format!("candles?underlying=NIFTY&expiry={EXPIRY}{range}");
        let empty = ask(&server, &path, &[]).await;
        assert_eq!(text(empty.headers(), CACHE_CONTROL), "private, no-cache", "{path}");
    }
    server.collect(EXPIRY).await;
    let listed = server.get(&format!("contracts?underlying=NIFTY&expiry={EXPIRY}&type=futures")).await.1;
    let key = listed["contracts"][0]["expired_key"].as_str().unwrap().replace('|', "%7C");
    let days = "from=2025-07-29&to=2025-07-31";
    let expiry = format!("candles?underlying=NIFTY&expiry={EXPIRY}");
    for (path, is_final) in [
        (format!("candles/{key}?{days}"), true),
        (format!("{expiry}&{days}&limit=500"), true),
        // Of the days before it is not known whether there is more.
        (format!("candles/{key}"), false),
        (expiry.clone(), false),
        (format!("candles/{key}?{days}&with=vwap"), false),
        ("jobs".to_owned(), false),
        ("openapi.json".to_owned(), false),
    ] {
        let first = ask(&server, &path, &[]).await;
        let (tag, caching) = (text(first.headers(), ETAG).to_owned(), text(first.headers(), CACHE_CONTROL));
        assert!(tag.starts_with('"') && tag.len() > 10, "{path}: {tag}");
        let expected = if is_final { "private, max-age=86400, immutable" } else { "private, no-cache" };
        assert_eq!(caching, expected, "{path}");
        for held in [tag.clone(), format!("\"other\", W/{tag}"), "*".to_owned()] {
            let again = ask(&server, &path, &[(IF_NONE_MATCH, &held)]).await;
            assert_eq!((again.status().as_u16(), text(again.headers(), ETAG)), (304, &*tag), "{path} {held}");
            assert_eq!(text(again.headers(), CACHE_CONTROL), expected);
            for answer in [&first, &again] {
                let vary = text(answer.headers(), VARY);
                assert!(vary.contains("accept") && vary.contains("x-expirytrack-market"), "{path}: {vary}");
            }
            assert!(again.bytes().await.unwrap().is_empty());
        }
        assert_eq!(ask(&server, &path, &[(IF_NONE_MATCH, "\"other\"")]).await.status(), 200, "{path}");
        let head = server.request(Method::HEAD, &path).send().await.unwrap();
        assert_eq!((text(head.headers(), ETAG), head.status().as_u16()), (&*tag, 200), "{path}");
    }
    // A format is another answer.
    let path = format!("candles/{key}?{days}");
    let tags = [ask(&server, &path, &[]).await, ask(&server, &path, &[(ACCEPT, "text/csv")]).await];
    let [json, csv] = tags.map(|answer| text(answer.headers(), ETAG).to_owned());
    assert_ne!(json, csv);

    // More is collected: what was held is no longer what there is.
    let before = ask(&server, &expiry, &[]).await;
    let tag = text(before.headers(), ETAG).to_owned();
    let order = json!({ "underlyings": ["NIFTY"], "expiries": { "dates": [EXPIRY] }, "days": 5 });
    let job = server.send(Method::POST, "jobs", order).await.1["id"].as_i64().unwrap();
    server.ended(job).await;
    let after = ask(&server, &expiry, &[(IF_NONE_MATCH, &tag)]).await;
    assert_eq!(after.status(), 200);
    assert_ne!(text(after.headers(), ETAG), tag);
}

#[tokio::test(flavor = "multi_thread")]
async fn long_texts_come_packed_to_whoever_takes_it() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    server.sign_in().await;
    server.collect(EXPIRY).await;
    let path = format!("candles?underlying=NIFTY&expiry={EXPIRY}");
    let plain = ask(&server, &path, &[]).await;
    assert_eq!(text(plain.headers(), CONTENT_ENCODING), "");
    let tag = text(plain.headers(), ETAG).to_owned();
    let plain = plain.bytes().await.unwrap();

    let packed = ask(&server, &path, &[(ACCEPT_ENCODING, "gzip")]).await;
    assert_eq!(text(packed.headers(), CONTENT_ENCODING), "gzip");
    let vary: Vec<_> = packed.headers().get_all(VARY).iter().map(|value| value.to_str().unwrap()).collect();
    assert!(vary.join(",").contains("accept-encoding") && vary.join(",").contains("accept"), "{vary:?}");
    let packed_tag = text(packed.headers(), ETAG).to_owned();
    assert_eq!(packed_tag, format!("{}-gzip\"", tag.trim_end_matches('"')));
    let bytes = packed.bytes().await.unwrap();
    assert!(bytes.len() * 2 < plain.len(), "{} of {}", bytes.len(), plain.len());
    let mut read = Vec::new();
    GzDecoder::new(&*bytes).read_to_end(&mut read).unwrap();
    assert!(read == plain);
    for held in [&tag, &packed_tag] {
        let again = ask(&server, &path, &[(ACCEPT_ENCODING, "gzip"), (IF_NONE_MATCH, held)]).await;
        assert_eq!((again.status().as_u16(), text(again.headers(), ETAG)), (304, held.as_str()));
    }

    // Short ones, and what is packed already, come as they are.
    for path in ["session".to_owned(), format!("{path}&format=parquet"), format!("{path}&format=csv.gz")] {
        let answer = ask(&server, &path, &[(ACCEPT_ENCODING, "gzip")]).await;
        assert_eq!((answer.status().as_u16(), text(answer.headers(), CONTENT_ENCODING)), (200, ""), "{path}");
    }
    let problem = ask(&server, "nowhere", &[(ACCEPT_ENCODING, "gzip")]).await;
    let problem: Value = problem.json().await.unwrap();
    assert_eq!(problem["status"], 404);
}
