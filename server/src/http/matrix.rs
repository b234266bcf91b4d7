//! Every route against everybody who could ask: what each is answered. A route that stands in no row fails the test, so
//! whoever adds one says here who may ask for it.

mod house;

use std::collections::BTreeSet;

use house::{House, Who, filled};

use crate::site;

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    /// Strangers too.
    All,
    /// Whoever has a session; others are led to the password.
    People,
    /// The questions of pages, whatever the method.
    Pages,
    /// Programs too.
    Looking,
    /// Of programs those with a token of full scope.
    Changing,
    /// People and the commands of this machine.
    Access,
}

/// Method, address, who may ask, and what is answered to whoever may, who sends no body.
const ROWS: &[(&str, &str, For, u16)] = &[
    ("GET", "/healthz", For::All, 200),
    ("GET", "/readyz", For::All, 200),
    ("GET", "/metrics", For::Looking, 200),
    ("GET", "/favicon.svg", For::All, 200),
    ("GET", "/robots.txt", For::All, 200),
    ("GET", "/pkg/{*name}", For::All, 200),
    ("POST", "/unlock", For::All, 400),
    ("GET", "/ws", For::Looking, 400),
    ("GET", "/login", For::People, 303),
    ("GET", "/callback", For::People, 200),
    ("GET", "/api", For::People, 200),
    // Pages.
    ("GET", "/", For::People, 200),
    ("GET", "/collect", For::People, 200),
    ("GET", "/jobs", For::People, 200),
    ("GET", "/jobs/{id}", For::People, 404),
    ("GET", "/schedules", For::People, 200),
    ("GET", "/notices", For::People, 200),
    ("GET", "/settings", For::People, 200),
    ("GET", "/settings/about", For::People, 200),
    ("GET", "/settings/access", For::People, 200),
    ("GET", "/settings/limits", For::People, 200),
    ("GET", "/settings/reading", For::People, 200),
    ("GET", "/settings/storage", For::People, 200),
    ("GET", "/status", For::People, 200),
    ("GET", "/analysis", For::People, 200),
    ("GET", "/chain", For::People, 200),
    ("GET", "/strategy", For::People, 200),
    ("GET", "/coverage", For::People, 200),
    ("GET", "/export", For::People, 200),
    ("GET", "/sql", For::People, 200),
    ("GET", "/signin", For::People, 200),
    ("GET", "/browse", For::People, 200),
    ("GET", "/browse/{underlying}", For::People, 404),
    ("GET", "/browse/{underlying}/{expiry}", For::People, 404),
    ("GET", "/browse/{underlying}/{expiry}/{expired_key}", For::People, 404),
    // What pages ask.
    ("POST", "/rpc/access", For::Pages, 500),
    ("POST", "/rpc/access/add_token", For::Pages, 500),
    ("POST", "/rpc/access/end_others", For::Pages, 500),
    ("POST", "/rpc/access/end_session", For::Pages, 500),
    ("POST", "/rpc/access/password", For::Pages, 500),
    ("POST", "/rpc/access/revoke_token", For::Pages, 500),
    ("POST", "/rpc/browse/contract", For::Pages, 500),
    ("POST", "/rpc/browse/contracts", For::Pages, 500),
    ("POST", "/rpc/browse/expiries", For::Pages, 500),
    ("POST", "/rpc/browse/underlyings", For::Pages, 500),
    ("POST", "/rpc/analysis/open", For::Pages, 500),
    ("POST", "/rpc/analysis/series", For::Pages, 500),
    ("POST", "/rpc/analysis/strikes", For::Pages, 500),
    ("POST", "/rpc/analysis/surface", For::Pages, 500),
    ("POST", "/rpc/analysis/term", For::Pages, 500),
    ("POST", "/rpc/analysis/time", For::Pages, 500),
    ("POST", "/rpc/chain/at", For::Pages, 500),
    ("POST", "/rpc/chain/open", For::Pages, 500),
    ("POST", "/rpc/collect/estimate", For::Pages, 500),
    ("POST", "/rpc/collect/expiries", For::Pages, 500),
    ("POST", "/rpc/collect/find", For::Pages, 500),
    ("POST", "/rpc/collect/instruments", For::Pages, 500),
    ("POST", "/rpc/collect/master", For::Pages, 500),
    ("POST", "/rpc/collect/shares", For::Pages, 500),
    ("POST", "/rpc/collect/start", For::Pages, 500),
    ("POST", "/rpc/coverage", For::Pages, 500),
    ("POST", "/rpc/coverage/again", For::Pages, 500),
    ("POST", "/rpc/coverage/files", For::Pages, 500),
    ("POST", "/rpc/coverage/withdraw", For::Pages, 500),
    ("POST", "/rpc/exports", For::Pages, 500),
    ("POST", "/rpc/exports/cancel", For::Pages, 500),
    ("POST", "/rpc/exports/create", For::Pages, 500),
    ("POST", "/rpc/exports/list", For::Pages, 500),
    ("POST", "/rpc/exports/remove", For::Pages, 500),
    ("POST", "/rpc/find", For::Pages, 500),
    ("POST", "/rpc/home", For::Pages, 500),
    ("POST", "/rpc/jobs/command", For::Pages, 500),
    ("POST", "/rpc/jobs/list", For::Pages, 500),
    ("POST", "/rpc/jobs/older", For::Pages, 500),
    ("POST", "/rpc/jobs/older_events", For::Pages, 500),
    ("POST", "/rpc/jobs/one", For::Pages, 500),
    ("POST", "/rpc/jobs/search_events", For::Pages, 500),
    ("POST", "/rpc/jobs/watch", For::Pages, 500),
    ("POST", "/rpc/market/show", For::Pages, 500),
    ("POST", "/rpc/notices/change_settings", For::Pages, 500),
    ("POST", "/rpc/notices/list", For::Pages, 500),
    ("POST", "/rpc/notices/read", For::Pages, 500),
    ("POST", "/rpc/notices/settings", For::Pages, 500),
    ("POST", "/rpc/notices/test", For::Pages, 500),
    ("POST", "/rpc/schedules/add", For::Pages, 500),
    ("POST", "/rpc/schedules/change", For::Pages, 500),
    ("POST", "/rpc/schedules/command", For::Pages, 500),
    ("POST", "/rpc/schedules/list", For::Pages, 500),
    ("POST", "/rpc/schedules/preview", For::Pages, 500),
    ("POST", "/rpc/settings", For::Pages, 500),
    ("POST", "/rpc/settings/about", For::Pages, 500),
    ("POST", "/rpc/settings/change", For::Pages, 500),
    ("POST", "/rpc/session/come_back", For::Pages, 500),
    ("POST", "/rpc/session/forget_app", For::Pages, 500),
    ("POST", "/rpc/session/put_app", For::Pages, 500),
    ("POST", "/rpc/session/sign_in", For::Pages, 500),
    ("POST", "/rpc/session/sign_in_page", For::Pages, 500),
    ("POST", "/rpc/session/sign_out", For::Pages, 500),
    ("POST", "/rpc/session/test_app", For::Pages, 500),
    ("POST", "/rpc/sql", For::Pages, 500),
    ("POST", "/rpc/sql/run", For::Pages, 500),
    ("POST", "/rpc/sql/stop", For::Pages, 500),
    ("POST", "/rpc/status", For::Pages, 500),
    ("POST", "/rpc/status/log", For::Pages, 500),
    ("POST", "/rpc/status/refused", For::Pages, 500),
    ("POST", "/rpc/status/requests", For::Pages, 500),
    ("POST", "/rpc/storage", For::Pages, 500),
    ("POST", "/rpc/storage/back_up", For::Pages, 500),
    ("POST", "/rpc/archive/back", For::Pages, 500),
    ("POST", "/rpc/archive/move", For::Pages, 500),
    ("POST", "/rpc/archive/preview", For::Pages, 500),
    ("POST", "/rpc/storage/change_rule", For::Pages, 500),
    ("POST", "/rpc/storage/compact", For::Pages, 500),
    ("POST", "/rpc/storage/preview", For::Pages, 500),
    ("POST", "/rpc/storage/prune", For::Pages, 500),
    ("POST", "/rpc/storage/publish", For::Pages, 500),
    ("POST", "/rpc/storage/move_lake", For::Pages, 500),
    ("POST", "/rpc/storage/put_lake", For::Pages, 500),
    ("POST", "/rpc/storage/stop", For::Pages, 500),
    ("POST", "/rpc/storage/verify_lake", For::Pages, 500),
    ("POST", "/rpc/storage/work", For::Pages, 500),
    ("POST", "/rpc/strategy/open", For::Pages, 500),
    ("POST", "/rpc/strategy/run", For::Pages, 500),
    // REST.
    ("GET", "/api/v1/about", For::Looking, 200),
    ("GET", "/api/v1/access", For::Access, 200),
    ("PUT", "/api/v1/access/password", For::Access, 400),
    ("DELETE", "/api/v1/access/sessions", For::Access, 204),
    ("DELETE", "/api/v1/access/sessions/{id}", For::Access, 404),
    ("POST", "/api/v1/access/tokens", For::Access, 400),
    ("DELETE", "/api/v1/access/tokens/{name}", For::Access, 404),
    ("GET", "/api/v1/analysis", For::Looking, 200),
    ("GET", "/api/v1/analysis/{name}", For::Looking, 400),
    ("GET", "/api/v1/audit", For::Looking, 200),
    ("GET", "/api/v1/backups", For::Looking, 200),
    ("POST", "/api/v1/backups", For::Changing, 201),
    ("PUT", "/api/v1/backups/rule", For::Changing, 400),
    ("DELETE", "/api/v1/backups/rule", For::Changing, 200),
    ("GET", "/api/v1/bhavcopy", For::Looking, 200),
    ("POST", "/api/v1/bhavcopy", For::Changing, 400),
    ("DELETE", "/api/v1/bhavcopy/{day}", For::Changing, 404),
    ("GET", "/api/v1/chain", For::Looking, 400),
    ("GET", "/api/v1/chain/days", For::Looking, 404),
    ("GET", "/api/v1/candles", For::Looking, 400),
    ("GET", "/api/v1/candles/{expired_key}", For::Looking, 404),
    ("GET", "/api/v1/contracts", For::Looking, 400),
    ("GET", "/api/v1/contracts/{expired_key}", For::Looking, 404),
    ("GET", "/api/v1/coverage", For::Looking, 400),
    ("POST", "/api/v1/coverage/again", For::Changing, 400),
    ("GET", "/api/v1/coverage/calendar", For::Looking, 200),
    ("GET", "/api/v1/coverage/day", For::Looking, 400),
    ("GET", "/api/v1/coverage/map", For::Looking, 400),
    ("GET", "/api/v1/coverage/quality", For::Looking, 400),
    ("POST", "/api/v1/estimate", For::Changing, 400),
    ("GET", "/api/v1/expiries", For::Looking, 400),
    ("GET", "/api/v1/exports", For::Looking, 200),
    ("POST", "/api/v1/exports", For::Changing, 400),
    ("POST", "/api/v1/exports/estimate", For::Changing, 400),
    ("GET", "/api/v1/exports/presets", For::Looking, 200),
    ("GET", "/api/v1/exports/{id}", For::Looking, 404),
    ("DELETE", "/api/v1/exports/{id}", For::Changing, 404),
    ("POST", "/api/v1/exports/{id}/cancel", For::Changing, 404),
    ("GET", "/api/v1/exports/{id}/files/{name}", For::Looking, 404),
    ("GET", "/api/v1/find", For::Looking, 400),
    ("GET", "/api/v1/home", For::Looking, 200),
    ("GET", "/api/v1/imports", For::Looking, 200),
    ("POST", "/api/v1/imports", For::Changing, 400),
    ("GET", "/api/v1/imports/work", For::Looking, 200),
    ("DELETE", "/api/v1/imports/work", For::Changing, 200),
    ("GET", "/api/v1/imports/{id}/refused", For::Looking, 404),
    ("GET", "/api/v1/instruments", For::Looking, 200),
    ("POST", "/api/v1/instruments/master", For::Changing, 200),
    ("GET", "/api/v1/jobs", For::Looking, 200),
    ("POST", "/api/v1/jobs", For::Changing, 400),
    ("GET", "/api/v1/jobs/{id}", For::Looking, 404),
    ("GET", "/api/v1/jobs/{id}/events", For::Looking, 200),
    ("GET", "/api/v1/jobs/{id}/failures", For::Looking, 404),
    ("GET", "/api/v1/jobs/{id}/grid", For::Looking, 404),
    ("GET", "/api/v1/jobs/{id}/pace", For::Looking, 404),
    ("POST", "/api/v1/jobs/{id}/{command}", For::Changing, 404),
    ("GET", "/api/v1/notices", For::Looking, 200),
    ("POST", "/api/v1/notices/read", For::Changing, 400),
    ("GET", "/api/v1/notices/settings", For::Looking, 200),
    ("PUT", "/api/v1/notices/settings", For::Changing, 400),
    ("POST", "/api/v1/notices/test", For::Changing, 400),
    ("GET", "/api/v1/openapi.json", For::Looking, 200),
    ("GET", "/api/v1/refused", For::Looking, 200),
    ("GET", "/api/v1/replay/{underlying}/{expiry}/{day}", For::Looking, 400),
    ("GET", "/api/v1/replay/{underlying}/{expiry}/{day}/ws", For::Looking, 400),
    (
        "GET",
        "/api/v1/replay/{underlying}/{expiry}/{day}/upstox/{speed}/v3/feed/market-data-feed",
        For::Looking,
        400,
    ),
    (
        "GET",
        "/api/v1/replay/{underlying}/{expiry}/{day}/upstox/{speed}/v3/feed/market-data-feed/authorize",
        For::Looking,
        400,
    ),
    ("GET", "/api/v1/revisions", For::Looking, 200),
    ("GET", "/api/v1/schedules", For::Looking, 200),
    ("POST", "/api/v1/schedules", For::Changing, 400),
    ("GET", "/api/v1/schedules/preview", For::Looking, 400),
    ("GET", "/api/v1/schedules/{id}", For::Looking, 404),
    ("PUT", "/api/v1/schedules/{id}", For::Changing, 400),
    ("PATCH", "/api/v1/schedules/{id}", For::Changing, 400),
    ("DELETE", "/api/v1/schedules/{id}", For::Changing, 404),
    // The broker wants somebody signed in.
    ("POST", "/api/v1/schedules/{id}/run", For::Changing, 401),
    ("GET", "/api/v1/series", For::Looking, 200),
    ("GET", "/api/v1/series/{name}", For::Looking, 400),
    ("GET", "/api/v1/stream", For::Looking, 200),
    ("GET", "/api/v1/stream/ws", For::Looking, 400),
    ("GET", "/api/v1/strategy", For::Looking, 400),
    ("GET", "/api/v1/strategy/run", For::Looking, 400),
    ("GET", "/api/v1/session", For::Looking, 200),
    ("POST", "/api/v1/session", For::Changing, 400),
    ("DELETE", "/api/v1/session", For::Changing, 200),
    ("GET", "/api/v1/session/app", For::Looking, 200),
    ("PUT", "/api/v1/session/app", For::Changing, 400),
    ("DELETE", "/api/v1/session/app", For::Changing, 200),
    ("GET", "/api/v1/settings", For::Looking, 200),
    ("PATCH", "/api/v1/settings", For::Changing, 400),
    ("PUT", "/api/v1/settings", For::Changing, 400),
    // There is none.
    ("POST", "/api/v1/session/app/test", For::Changing, 400),
    ("GET", "/api/v1/session/dialog", For::Looking, 200),
    ("POST", "/api/v1/session/dialog", For::Changing, 200),
    ("POST", "/api/v1/session/dialog/return", For::Changing, 400),
    ("GET", "/api/v1/log", For::Looking, 200),
    // It only reads.
    ("POST", "/api/v1/sql", For::Looking, 400),
    ("GET", "/api/v1/sql/schema", For::Looking, 200),
    ("DELETE", "/api/v1/sql/{id}", For::Looking, 404),
    ("GET", "/api/v1/status", For::Looking, 200),
    ("GET", "/api/v1/lake", For::Looking, 200),
    ("GET", "/api/v1/lake/place", For::Looking, 200),
    ("PUT", "/api/v1/lake/place", For::Changing, 400),
    ("POST", "/api/v1/lake/move", For::Changing, 400),
    ("POST", "/api/v1/lake/publish", For::Changing, 400),
    ("POST", "/api/v1/lake/verify", For::Changing, 400),
    ("GET", "/api/v1/lake/archived", For::Looking, 200),
    ("POST", "/api/v1/lake/prune", For::Changing, 400),
    ("POST", "/api/v1/lake/prune/preview", For::Changing, 400),
    ("POST", "/api/v1/lake/unarchive", For::Changing, 400),
    ("GET", "/api/v1/storage", For::Looking, 200),
    ("POST", "/api/v1/storage/compact", For::Changing, 200),
    ("POST", "/api/v1/storage/prune", For::Changing, 400),
    ("POST", "/api/v1/storage/prune/preview", For::Changing, 400),
    ("GET", "/api/v1/storage/work", For::Looking, 200),
    ("DELETE", "/api/v1/storage/work", For::Changing, 200),
    ("GET", "/api/v1/stored", For::Looking, 200),
    ("GET", "/api/v1/stored/contracts", For::Looking, 400),
    ("GET", "/api/v1/stored/expiries", For::Looking, 400),
    ("POST", "/api/v1/verify/mend", For::Changing, 400),
    ("POST", "/api/v1/verify/sample", For::Changing, 400),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_route_is_for_whom_its_row_says_and_for_nobody_else() {
    let house = House::locked().await;
    let routed = house.addresses();
    assert!(routed.len() > 50, "the router does not say its addresses any more: {routed:?}");
    let in_rows: BTreeSet<String> =
        ROWS.iter().map(|(_, address, ..)| (*address).to_owned()).chain(["/unlock".to_owned()]).collect();
    let missing: Vec<_> = routed.difference(&in_rows).collect();
    assert!(missing.is_empty(), "these routes are in no row: {missing:?}");

    let (mut session, mut wrong) = (String::new(), Vec::new());
    for (method, address, whom, let_through) in ROWS {
        // An executable without its browser part has neither pages nor their files.
        let is_of_browser = *address == "/pkg/{*name}" || !routed.contains(*address);
        if is_of_browser && site::manifest().unwrap().is_none() {
            continue;
        }
        assert!(routed.contains(*address), "{address} is no route any more");
        for who in Who::ALL {
            let answer = house.ask(who, method, &filled(address), &mut session).await;
            let expected = who.expected(*whom, *let_through);
            if !expected.is(&answer) {
                let (status, headers) = (answer.status(), answer.headers());
                wrong.push(format!("{method} {address}, {who:?}: {status}, not {expected:?} ({headers:?})"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_takes_the_methods_of_its_rows_and_no_other() {
    let house = House::locked().await;
    let mut session = String::new();
    for address in house.addresses() {
        let rows: Vec<_> = ROWS.iter().filter(|(_, of_row, ..)| *of_row == address).collect();
        for method in METHODS {
            if rows.iter().any(|(of_row, ..)| *of_row == method) || (method, &*address) == ("GET", "/unlock")
            {
                continue;
            }
            let status = house.ask(Who::Session, method, &filled(&address), &mut session).await.status();
            let is_of_pages = rows.iter().any(|(.., whom, _)| *whom == For::Pages);
            // To those an address has one method, and the others are no question of a page.
            assert_eq!(status, if is_of_pages { 400 } else { 405 }, "{method} {address}");
            let stranger = house.ask(Who::NoSession, method, &filled(&address), &mut session).await.status();
            assert!(stranger != 200, "{method} {address}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_the_password_is_shown_to_strangers_and_leads_all_others_on() {
    let house = House::locked().await;
    let mut session = String::new();
    for (who, status) in [
        (Who::NoSession, 200),
        (Who::UnknownToken, 200),
        (Who::Session, 303),
        (Who::OwnOrigin, 303),
        (Who::FullToken, 303),
        (Who::ForeignHost, 403),
        (Who::ForeignOrigin, 403),
    ] {
        assert_eq!(house.ask(who, "GET", "/unlock", &mut session).await.status(), status, "{who:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_of_the_document_is_in_a_row() {
    let house = House::locked().await;
    let answer = house.ask(Who::FullToken, "GET", "/api/v1/openapi.json", &mut String::new()).await;
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    let document: serde_json::Value = serde_json::from_slice(&body).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let method = method.to_uppercase();
            let is_in_row = ROWS.iter().any(|(of_row, address, ..)| *of_row == method && address == path);
            assert!(is_in_row, "{method} {path} is in no row");
        }
    }
}
