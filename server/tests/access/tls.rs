//! TLS of its own, and the commands of this machine that come to it.

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
