//! Signing in through the broker's dialog at a server that is locked: the browser comes back from another site, and leaves
//! out the session's cookie because it is `Strict`.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

use reqwest::Method;
use reqwest::header::COOKIE;
use reqwest::redirect::Policy;
use serde_json::json;

use crate::executable;
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

#[tokio::test(flavor = "multi_thread")]
async fn a_return_that_was_not_begun_here_is_told_to_its_browser_alone() {
    let house = House::new().await;
    let server = house.serve(&[]);
    let app = json!({
        "api_key": "key", "api_secret": "secret", "redirect_uri": format!("{}/callback", server.address)
    });
    let put = server.request(Method::PUT, "/api/v1/session/app").json(&app);
    assert_eq!(Answer::of(put).await.status, 200);
    let begun = Answer::of(server.get("/login?next=/jobs")).await;
    for stray in [
        "",
        "?code=a&state=of-somebody-else",
        "?code=a&code=b&state=x&state=y",
        "?error=access_denied&error=b",
    ] {
        let answer = Answer::of(server.get(&format!("/callback{stray}"))).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "text/html; charset=utf-8"));
        assert!(answer.text.contains("was not begun here"), "{answer:?}");
    }
    let dialog = Answer::of(server.get("/api/v1/session/dialog")).await.json();
    assert!(dialog["refused"].is_null(), "{dialog}");

    // The code and the state of a sign-in that was begun here count once, whatever else was written behind them.
    let back = agree(begun.header("location")).await;
    let back = back.strip_prefix(&server.address).unwrap();
    let twice = Answer::of(server.get(&format!("{back}&code=b&state=y"))).await;
    assert!(twice.status == 200 && twice.text.contains("url=/jobs"), "{twice:?}");
    let session = Answer::of(server.get("/api/v1/session")).await.json();
    assert_eq!(session["state"], "signed_in");
}

/// `login` through the dialog, until it says where to sign in.
#[expect(clippy::zombie_processes, reason = "whoever calls waits for it; where it fails the test ends")]
fn begin_login(house: &House, redirect_uri: &str) -> (Child, BufReader<ChildStderr>, String) {
    let mut command = Command::new(executable::PATH);
    executable::settle(&mut command, &house.stage);
    command.args(["login", "--app-stdin", "--redirect-uri", redirect_uri]);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"key\nsecret\n").unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap());
    loop {
        let mut line = String::new();
        assert!(told.read_line(&mut line).unwrap() > 0, "it has ended");
        if line.contains("/authorization/dialog?") {
            return (child, told, line.trim().to_owned());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_goes_on_listening_after_an_address_of_another_sign_in() {
    let house = House::new().await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let callback = format!("http://{free}/callback");
    let (mut login, mut told, dialog) = begin_login(&house, &callback);
    // It says so when it listens.
    let mut line = String::new();
    while !line.contains("comes back by itself") {
        line.clear();
        assert!(told.read_line(&mut line).unwrap() > 0, "it has ended");
    }
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    for stray in [
        "",
        "?code=a",
        "?error=access_denied",
        "?code=a&state=of-somebody-else",
        "?error=access_denied&state=of-somebody-else",
    ] {
        let answer = Answer::of(http.get(format!("{callback}{stray}"))).await;
        assert!(answer.status == 404 && answer.text.contains("Nothing has changed"), "{stray}: {answer:?}");
        assert!(login.try_wait().unwrap().is_none(), "{stray}: it waits still");
    }
    let back = agree(&dialog).await;
    assert!(back.starts_with(&callback), "{back}");
    assert_eq!(Answer::of(http.get(&back)).await.status, 200);
    assert_eq!(login.wait().unwrap().code(), Some(0));
}

/// What `login` has told when it ended, and its exit status.
fn ended(mut login: Child, mut told: BufReader<ChildStderr>) -> (Option<i32>, String) {
    let mut rest = String::new();
    told.read_to_string(&mut rest).unwrap();
    (login.wait().unwrap().code(), rest)
}

/// With the `state` of the dialog, as Upstox says no.
fn declined(callback: &str, dialog: &str) -> String {
    let state = dialog.split("state=").nth(1).unwrap().split('&').next().unwrap();
    format!("{callback}?error=access_denied&state={state}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_ends_by_a_decline_of_its_own_sign_in_alone() {
    let house = House::new().await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let callback = format!("http://{free}/callback");
    let (login, mut told, dialog) = begin_login(&house, &callback);
    let mut line = String::new();
    while !line.contains("comes back by itself") {
        line.clear();
        assert!(told.read_line(&mut line).unwrap() > 0, "it has ended");
    }
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    assert_eq!(Answer::of(http.get(declined(&callback, &dialog))).await.status, 200);
    let (exit, told) = ended(login, told);
    assert!(exit == Some(3) && told.contains("declined in Upstox's dialog"), "{exit:?} {told}");

    // The same where a server takes the browser back, and another tab signs in there too.
    let server = house.serve(&[]);
    let callback = format!("{}/callback", server.address);
    let (mut login, told, dialog) = begin_login(&house, &callback);
    let tab = Answer::of(server.get("/login?next=/jobs")).await;
    let other = declined("/callback", tab.header("location"));
    assert_eq!(Answer::of(server.get(&other)).await.status, 200);
    let page = Answer::of(server.get("/api/v1/session/dialog")).await.json();
    assert!(page["refused"].as_str().unwrap().contains("declined"), "the page tells of the last one: {page}");
    let state = dialog.split("state=").nth(1).unwrap().split('&').next().unwrap();
    let own = Answer::of(server.get(&format!("/api/v1/session/dialog?of={state}"))).await.json();
    assert!(own["refused"].is_null(), "{own}");
    // It looks every second.
    pause().await;
    assert!(login.try_wait().unwrap().is_none(), "it waits still");
    let own = declined("/callback", &dialog);
    assert_eq!(Answer::of(server.get(&own)).await.status, 200);
    let (exit, told) = ended(login, told);
    assert!(exit == Some(3) && told.contains("declined in Upstox's dialog"), "{exit:?} {told}");
}

#[expect(clippy::disallowed_methods, reason = "the real executable lives in real time")]
async fn pause() {
    tokio::time::sleep(Duration::from_millis(2_500)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_says_signed_in_only_where_somebody_is_and_that_the_plan_is_missing() {
    let house = House::new().await;
    // Its claims say `{"exp":1700000000}`.
    let ended = house.run_with("head.eyJleHAiOjE3MDAwMDAwMDB9.sign", &["login", "--token-stdin"]);
    assert_eq!(ended.exit, 3, "{ended:?}");
    assert!(ended.told.contains("this token ended on 15 Nov 2023"), "{ended:?}");
    assert!(!ended.told.contains("signed in"), "{ended:?}");

    let faults = simulator::Faults { no_plus_plan: true, ..simulator::Faults::default() };
    house.stage.set_faults(faults);
    let ran = house.run_with("simulated", &["login", "--token-stdin"]);
    assert!(ran.exit == 0 && ran.told.contains("signed in"), "{ran:?}");
    assert!(ran.told.contains("expired contracts need its Plus plan"), "{ran:?}");
    // A server says it as well.
    let server = house.serve(&[]);
    let post = server.request(Method::POST, "/api/v1/session").json(&json!({ "token": "simulated" }));
    let session = Answer::of(post).await.json();
    assert_eq!((&session["state"], &session["plus_needed"]), (&json!("signed_in"), &json!(true)));
}
