//! TLS of its own, and the commands of this machine that come to it.

use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;

use crate::certificates::Files;
use crate::house::{Answer, House, PASSWORD};

#[tokio::test(flavor = "multi_thread")]
async fn pages_come_over_tls_and_so_do_the_commands_of_this_machine() {
    let house = House::new().await;
    let directory = tempfile::tempdir().unwrap();
    let files = Files::make(directory.path(), "own");
    house.set_password(PASSWORD);
    let mut server = house.serve(&files.words());
    assert!(server.address.starts_with("https://127.0.0.1:"), "{}", server.address);
    let certificate = reqwest::Certificate::from_pem(files.pem.as_bytes()).unwrap();
    server.http =
        Client::builder().no_proxy().redirect(Policy::none()).tls_certs_only([certificate]).build().unwrap();

    let answer = Answer::of(server.type_password(PASSWORD)).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.contains("; Secure") && cookie.contains("; HttpOnly; SameSite=Strict"), "{cookie}");
    let own = Answer::of(server.get("/healthz").header("origin", &server.address)).await;
    let other_scheme = server.address.replace("https:", "http:");
    let foreign = Answer::of(server.get("/healthz").header("origin", other_scheme)).await;
    assert_eq!((own.status, foreign.status), (200, 403));

    // Nobody signed that certificate, and the commands know it all the same.
    let listed = house.run(&["schedule", "--json"]);
    assert!(listed.exit == 0 && listed.output.contains("schedules"), "{listed:?}");
    let path = house.stage.data.path().join("owner.json");
    let owner = std::fs::read_to_string(&path).unwrap();
    let digits = owner.split("\"certificate\":\"").nth(1).unwrap().split('"').next().unwrap();
    std::fs::write(&path, owner.replace(digits, &"0".repeat(64))).unwrap();
    let other = house.run(&["schedule", "--json"]);
    assert!(other.exit == 1 && other.told.contains("does not answer"), "{other:?}");
}

/// Whether a new connection is shown this certificate.
async fn shows(address: &str, pem: &str) -> bool {
    let certificate = reqwest::Certificate::from_pem(pem.as_bytes()).unwrap();
    let client = Client::builder().no_proxy().tls_certs_only([certificate]).build().unwrap();
    client.get(format!("{address}/healthz")).send().await.is_ok()
}

#[expect(clippy::disallowed_methods, reason = "the real executable lives in real time")]
async fn until(mut holds: impl AsyncFnMut() -> bool) {
    while !holds().await {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_is_shown_without_a_restart_and_one_that_is_no_good_is_not() {
    let house = House::new().await;
    let directory = tempfile::tempdir().unwrap();
    let files = Files::make(directory.path(), "own");
    house.set_password(PASSWORD);
    let server = house.serve(&files.words());
    assert!(shows(&server.address, &files.pem).await);

    // Half of a renewal: the key does not belong to the certificate.
    let renewed = Files::make(directory.path(), "renewed");
    std::fs::copy(&renewed.certificate, &files.certificate).unwrap();
    let told = "the certificate has changed and is no good: the one before it stays";
    until(async || server.log().contains(told)).await;
    assert!(server.log().contains("does not belong to the certificate"), "{}", server.log());
    assert!(shows(&server.address, &files.pem).await && !shows(&server.address, &renewed.pem).await);

    std::fs::copy(&renewed.key, &files.key).unwrap();
    until(async || shows(&server.address, &renewed.pem).await).await;
    assert!(!shows(&server.address, &files.pem).await);
    assert_eq!(server.log().matches(told).count(), 1, "it is told once: {}", server.log());
    // The commands of this machine know the new one.
    until(async || house.run(&["schedule", "--json"]).exit == 0).await;
}
