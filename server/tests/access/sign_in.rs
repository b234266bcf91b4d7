//! Signing in through the broker's dialog at a server that is locked: the browser comes back from another site, and leaves
//! out the session's cookie because it is `Strict`.

use reqwest::Method;
use reqwest::header::COOKIE;
use reqwest::redirect::Policy;
use serde_json::json;

use crate::house::{Answer, House, PASSWORD, Server};

/// What a person does at the broker: opens the dialog and agrees. Where the browser is sent.
async fn agree(dialog: &str) -> String {
    let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    let (address, query) = dialog.split_once('?').unwrap();
    let form = format!("{query}&decision=approve");
    let request = http.post(address).header("content-type", "application/x-www-form-urlencoded").body(form);
    Answer::of(request).await.header("location").to_owned()
}

async fn state(server: &Server, session: &str) -> String {
    let answer = Answer::of(server.get("/api/v1/session").header(COOKIE, session)).await;
    answer.json()["state"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_comes_back_without_its_cookie_is_signed_in_and_a_stranger_is_not() {
    let house = House::new().await;
    house.set_password(PASSWORD);
    let server = house.serve(&[]);
    let session = server.unlock().await;
    let app = json!({
        "api_key": "key", "api_secret": "secret", "redirect_uri": format!("{}/callback", server.address)
    });
    let put = server.request(Method::PUT, "/api/v1/session/app").header(COOKIE, &session).json(&app);
    assert_eq!(Answer::of(put).await.status, 200);
    let begun = Answer::of(server.get("/login?next=/jobs").header(COOKIE, &session)).await;
    let back = agree(begun.header("location")).await;
    let back = back.strip_prefix(&server.address).unwrap_or_else(|| panic!("{back} {begun:?}")).to_owned();
    assert!(back.contains("code=") && back.contains("state="), "{back}");

    // Somebody who saw the address, and has no session.
    let stranger = Answer::of(server.get(&back)).await;
    assert!(
        stranger.status == 303 && stranger.header("location").starts_with("/unlock?next="),
        "{stranger:?}"
    );
    assert_eq!(state(&server, &session).await, "signed_out", "a stranger uses nothing up");

    // The way back from the broker is the broker's doing: a page of ours asks again, which is ours.
    let crossing =
        || server.get(&back).header("sec-fetch-site", "cross-site").header("sec-fetch-mode", "navigate");
    let crossed = Answer::of(crossing()).await;
    assert!(crossed.status == 200 && crossed.text.contains("http-equiv=\"refresh\""), "{crossed:?}");
    assert_eq!(crossed.header("cache-control"), "no-store", "the address holds a code");
    assert_eq!(state(&server, &session).await, "signed_out");
    let asked_again = Answer::of(server.get(&back).header(COOKIE, &session)).await;
    assert!(asked_again.status == 200 && asked_again.text.contains("url=/jobs"), "{asked_again:?}");
    assert_eq!(state(&server, &session).await, "signed_in");

    // What comes back once comes back no second time.
    let twice = Answer::of(server.get(&back).header(COOKIE, &session)).await;
    assert!(twice.text.contains("url=/signin"), "{twice:?}");
    assert!(!server.log().contains(back.split("code=").nth(1).unwrap().split('&').next().unwrap()));
}
