//! A server with a password: who comes in, how long, and how often somebody may try.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use access::{FREE_TRIES, STRANGERS_A_SECOND_MAX, STRANGERS_OF_ONE_NETWORK_MAX};
use reqwest::Method;
use reqwest::header::COOKIE;
use serde_json::json;

use crate::common::files_below;
use crate::house::{Answer, House, PASSWORD, Server};

async fn locked(words: &[&str]) -> (House, Server) {
    let house = House::new().await;
    house.set_password(PASSWORD);
    let server = house.serve(words);
    (house, server)
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_come_to_the_password_and_programs_are_told() {
    let (_house, server) = locked(&[]).await;
    let page = Answer::of(server.get("/jobs/7?level=error")).await;
    assert_eq!((page.status, page.header("location")), (303, "/unlock?next=%2Fjobs%2F7%3Flevel%3Derror"));
    let rest = Answer::of(server.get("/api/v1/jobs")).await;
    assert_eq!((rest.status, rest.header("www-authenticate")), (401, "Bearer"));
    assert!(rest.text.contains("a browser unlocks it at /unlock"), "{rest:?}");
    let rpc = Answer::of(server.request(Method::POST, "/rpc/jobs").json(&json!({}))).await;
    assert_eq!((rpc.status, rpc.json()["kind"].as_str()), (401, Some("Locked")));
    assert_eq!(Answer::of(server.get("/healthz")).await.status, 200);

    let unlock = Answer::of(server.get("/unlock?next=//evil.example")).await;
    assert!(unlock.status == 200 && unlock.text.contains(r#"name="next" value="/""#), "{unlock:?}");
    let style = unlock.text.split("href=\"/pkg/").nth(1).and_then(|rest| rest.split('"').next());
    if let Some(style) = style {
        assert_eq!(Answer::of(server.get(&format!("/pkg/{style}"))).await.status, 200);
    }
    let no_form = Answer::of(server.request(Method::POST, "/unlock").json(&json!({}))).await;
    assert!(no_form.status == 400 && no_form.text.contains("as a form"), "{no_form:?}");

    // A link on another site leaves a strict cookie out; the page itself brings it.
    let linked =
        server.get("/jobs").header("sec-fetch-site", "cross-site").header("sec-fetch-mode", "navigate");
    let linked = Answer::of(linked).await;
    assert!(linked.status == 200 && linked.text.contains("http-equiv=\"refresh\""), "{linked:?}");

    // What sets no policy of its own has one that allows nothing.
    for answer in [&linked, &rest, &page] {
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; ") && policy.contains("base-uri 'none'"),
            "{answer:?}"
        );
    }
    assert!(unlock.header("content-security-policy").contains("style-src"), "{unlock:?}");
    let back = Answer::of(server.get("/callback?state=x").header(COOKIE, server.unlock().await)).await;
    assert!(back.header("content-security-policy").starts_with("default-src 'none'; "), "{back:?}");
}

/// To open a market makes a directory and begins its work, which a token for reading must not.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_reading_means_markets_that_are_open() {
    let (house, server) = locked(&["--simulated"]).await;
    let token = |words: &[&str]| {
        let ran = house.run(&[&["--simulated", "token", "add"], words].concat());
        assert_eq!(ran.exit, 0, "{ran:?}");
        ran.output.trim().to_owned()
    };
    let (reading, full) = (token(&["reading", "--read-only"]), token(&["full"]));
    let mut other = house.stage.data.path().as_os_str().to_owned();
    other.push("-upstox");
    let other = std::path::PathBuf::from(other);
    let ask = async |token: &str, market: &str| {
        let request = server.get("/api/v1/jobs").bearer_auth(token).header("x-expirytrack-market", market);
        Answer::of(request).await
    };
    assert_eq!(ask(&reading, "simulated").await.status, 200);
    let refused = ask(&reading, "upstox").await;
    assert!(refused.status == 409 && refused.text.contains("is not open on this server"), "{refused:?}");
    assert!(!other.exists(), "a token for reading has made a directory");
    assert_eq!(ask(&full, "upstox").await.status, 200);
    assert!(other.exists());
    assert_eq!(ask(&reading, "upstox").await.status, 200);
    drop(server);
    std::fs::remove_dir_all(other).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_opens_everything_survives_a_restart_and_is_ended() {
    let (house, server) = locked(&[]).await;
    let (mine, other) = (server.unlock().await, server.unlock().await);
    for path in ["/jobs", "/api/v1/jobs", "/api/v1/access"] {
        assert_eq!(server.status_with(&mine, path).await, 200, "{path}");
    }
    let port = server.address.rsplit(':').next().unwrap().to_owned();
    let secret = mine.split_once('=').unwrap().1.to_owned();
    drop(server);

    // The name of the cookie has the port in it, which is another now.
    let server = house.serve(&[]);
    let renamed = |cookie: &str| cookie.replace(&port, server.address.rsplit(':').next().unwrap());
    let (mine, other) = (renamed(&mine), renamed(&other));
    assert_eq!(server.status_with(&mine, "/api/v1/jobs").await, 200);
    let listed = Answer::of(server.get("/api/v1/access").header(COOKIE, &mine)).await.json();
    let other_id = listed["sessions"].as_array().unwrap().iter().find(|one| one["is_this"] == false).unwrap();
    let end = format!("/api/v1/access/sessions/{}", other_id["id"].as_str().unwrap());
    let ended = Answer::of(server.request(Method::DELETE, &end).header(COOKIE, &mine)).await;
    assert_eq!(ended.status, 204, "{ended:?}");
    assert_eq!(server.status_with(&other, "/api/v1/jobs").await, 401);
    assert_eq!(server.status_with(&mine, "/api/v1/jobs").await, 200);

    // The command changes it at the running server, and ends all.
    house.set_password("another horse entirely");
    assert_eq!(server.status_with(&mine, "/api/v1/jobs").await, 401);
    let again = Answer::of(server.get("/unlock").header(COOKIE, &mine)).await;
    assert!(again.text.contains("Your session has ended."), "{again:?}");
    assert_eq!(Answer::of(server.type_password(PASSWORD)).await.status, 401);

    let removed = house.run(&["password", "--remove"]);
    assert_eq!(removed.exit, 0, "{removed:?}");
    assert_eq!(Answer::of(server.get("/api/v1/jobs")).await.status, 200);
    assert!(!server.log().contains(&secret));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_this_machine_go_on_and_leave_no_key_behind() {
    let (house, server) = locked(&[]).await;
    let key = std::fs::read_to_string(house.stage.data.path().join("owner.json")).unwrap();
    let key = key.split("\"key\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    for words in
        [&["schedule", "--json"][..], &["instruments", "--json"], &["jobs", "--json"], &["token", "--json"]]
    {
        let ran = house.run(words);
        assert!(ran.exit == 0 || ran.told.contains("sign-in needed"), "{words:?}: {ran:?}");
    }
    let made = house.run(&["token", "add", "notebook", "--read-only"]);
    let token = made.output.trim().to_owned();
    assert!(made.exit == 0 && token.starts_with("et_"), "{made:?}");
    let twice = house.run(&["token", "add", "notebook"]);
    assert!(twice.exit == 2 && twice.told.contains("\"notebook\" already"), "{twice:?}");
    assert_eq!(Answer::of(server.get("/api/v1/jobs").bearer_auth(&token)).await.status, 200);
    let listed = house.run(&["token"]).output;
    assert!(listed.contains("notebook  read only") && !listed.contains("never"), "{listed}");
    assert!(!listed.contains(&token));

    assert_eq!(house.run(&["token", "revoke", "notebook"]).exit, 0);
    let revoked = Answer::of(server.get("/api/v1/jobs").bearer_auth(&token)).await;
    assert!(revoked.status == 401 && revoked.text.contains("this token is not known"), "{revoked:?}");

    let session = server.unlock().await;
    let secret = session.split_once('=').unwrap().1.to_owned();
    let log = server.log();
    drop(server);
    for planted in [PASSWORD, token.as_str(), secret.as_str(), key.as_str()] {
        assert!(!log.contains(planted), "{planted} is in the log");
        for file in files_below(house.stage.data.path()) {
            // That one is what holds the key, as long as the server runs.
            if file.ends_with("owner.json") {
                continue;
            }
            let bytes = std::fs::read(&file).unwrap();
            let is_in = bytes.windows(planted.len()).any(|part| part == planted.as_bytes());
            assert!(!is_in, "{planted} is in {file:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_pause_whoever_types_them() {
    let (_house, server) = locked(&["--behind-proxy"]).await;
    // What stands before the last address was written by whoever came.
    let from = |address: &str, password: &str| {
        let forwarded = format!("198.51.100.77, {address}");
        server.type_password(password).header("x-forwarded-for", forwarded)
    };
    for _ in 1..FREE_TRIES {
        let wrong = Answer::of(from("192.0.2.1", "not the password")).await;
        assert!(wrong.status == 401 && wrong.text.contains("That is not the password."), "{wrong:?}");
    }
    for password in ["not the password", PASSWORD] {
        let paused = Answer::of(from("192.0.2.1", password)).await;
        let seconds: u32 = paused.header("retry-after").parse().unwrap();
        assert!(paused.status == 429 && (1..=30).contains(&seconds), "{paused:?}");
        assert!(paused.text.contains("Too many wrong passwords: try again in"), "{paused:?}");
    }
    assert_eq!(Answer::of(from("192.0.2.2", PASSWORD)).await.status, 303, "another network may try");
    assert!(server.log().contains("a wrong password was typed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_have_so_many_requests_a_second_and_who_is_known_has_more() {
    let (_house, server) = locked(&[]).await;
    let session = server.unlock().await;
    let asked = 10 * STRANGERS_OF_ONE_NETWORK_MAX;
    let answers =
        futures_util::future::join_all((0..asked).map(|_| Answer::of(server.get("/healthz")))).await;
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert!(!refused.is_empty() && refused.iter().all(|answer| answer.header("retry-after") == "1"));
    assert!(answers.iter().any(|answer| answer.status == 200));
    let known = (0..2 * STRANGERS_A_SECOND_MAX).map(|_| server.status_with(&session, "/healthz"));
    assert!(futures_util::future::join_all(known).await.iter().all(|status| *status == 200));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_let_in_no_more_hears_no_more() {
    let (house, server) = locked(&[]).await;
    let session = server.unlock().await;
    let host = server.address.trim_start_matches("http://");
    let mut socket = TcpStream::connect(host).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let upgrade = format!(
        "GET /ws HTTP/1.1\r\nHost: {host}\r\nCookie: {session}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    socket.write_all(upgrade.as_bytes()).unwrap();
    let mut first = [0; 12];
    socket.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 101");
    house.set_password("another horse entirely");
    let mut rest = Vec::new();
    match socket.read_to_end(&mut rest) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset, "the socket stays open"),
    }
}

/// Whoever may use the server that has the data may read its copy, and nobody else; the owner's word changes it at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_locked_with_the_password_of_the_data_that_it_is_of() {
    let house = House::new().await;
    let owner = house.serve(&[]);
    let copy = house.serve(&["--read-only"]);
    let stored = "/api/v1/stored";
    let change = json!({ "new": "another horse entirely" });
    let refusals = [
        (Method::PUT, "/api/v1/access/password", change),
        (Method::POST, "/api/v1/access/tokens", json!({ "name": "mine", "scope": "full" })),
        (Method::DELETE, "/api/v1/access/tokens/notebook", json!({})),
    ];
    let refused = async |session: &str| {
        for (method, path, body) in refusals.clone() {
            let request = copy.request(method, path).header(COOKIE, session).json(&body);
            let answer = Answer::of(request).await;
            assert!(answer.status == 409 && answer.text.contains("reads only"), "{path}: {answer:?}");
        }
    };
    assert_eq!(Answer::of(copy.get(stored)).await.status, 200, "there is no password yet");
    refused("").await;

    house.set_password(PASSWORD);
    let token = house.run(&["token", "add", "notebook", "--read-only"]).output.trim().to_owned();
    assert_eq!(Answer::of(copy.get(stored)).await.status, 401);
    assert_eq!(Answer::of(copy.get(stored).bearer_auth(&token)).await.status, 200);
    let kept = || std::fs::read(house.stage.data.path().join("access.json")).unwrap();
    let before = kept();
    let wrong = Answer::of(copy.type_password("not the password")).await;
    assert_eq!(wrong.status, 401, "{wrong:?}");
    let session = copy.unlock().await;
    assert_eq!(copy.status_with(&session, stored).await, 200);
    refused(&session).await;
    assert!(kept() == before, "the copy has written into the data directory");

    assert_eq!(house.run(&["token", "revoke", "notebook"]).exit, 0);
    assert_eq!(Answer::of(copy.get(stored).bearer_auth(&token)).await.status, 401);
    assert_eq!(copy.status_with(&session, stored).await, 200);
    house.set_password("another horse entirely");
    assert_eq!(copy.status_with(&session, stored).await, 401);
    // And from the first moment on.
    drop(owner);
    let later = house.serve(&["--read-only"]);
    assert_eq!(Answer::of(later.get(stored)).await.status, 401);
}
