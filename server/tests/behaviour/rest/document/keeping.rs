//! What comes in and goes out as files: imports, the exchange's file, exports, backups, the lake, and the room of it all.

use reqwest::Method;
use serde_json::{Value, json};

use super::program::Program;
use crate::rest::server::{EXPIRY, WHOLE_EXPIRY};

pub(super) async fn ask_about_bhavcopies(program: &mut Program<'_>) {
    let report = program
        .post("bhavcopy", "bhavcopy?name=BhavCopy_NSE_FO_0_0_0_20250801_F_0000.csv", Value::Null)
        .await;
    assert_eq!((&report["rows"], &report["day"]), (&json!(10), &json!("2025-08-01")), "{report}");
    let files = program.get("bhavcopy", "bhavcopy").await;
    assert_eq!(files["files"].as_array().map(Vec::len), Some(1), "{files}");
    let path = "bhavcopy/2025-08-01?exchange=NSE";
    let withdrawn = program.ask(Method::DELETE, "bhavcopy/{day}", path, Value::Null).await;
    assert_eq!((&withdrawn["day"], &withdrawn["cancelled_job"]), (&report["day"], &report["job"]));
}

/// A file with one row, which nobody can take.
pub(super) async fn ask_about_imports(program: &mut Program<'_>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.csv");
    let file = "expired_instrument_key,timestamp,open,high,low,close,volume\nnobody,2025-08-01,1,1,1,1,1\n";
    std::fs::write(&path, file).unwrap();
    let work = program.post("imports", "imports", json!({ "path": path, "dry_run": false })).await;
    assert_eq!(work["last"]["report"]["files"][0]["rows"], 1, "{work}");
    let listed = program.get("imports", "imports").await;
    let refused = format!("imports/{}/refused?limit=5", listed["imports"][0]["id"]);
    let refused = program.get("imports/{id}/refused", &refused).await;
    assert!(refused["refused"][0]["raw"].as_str().unwrap().contains("nobody"), "{refused}");
    program.get("imports/work", "imports/work").await;
    program.ask(Method::DELETE, "imports/work", "imports/work", Value::Null).await;
}

pub(super) async fn ask_about_backups(program: &mut Program<'_>) {
    let made = program.post("backups", "backups", Value::Null).await;
    assert!(made["contents"]["candles"].as_u64().unwrap() > 0, "{made}");
    let rule = json!({ "every_days": 2, "at": "06:30", "keep": 3 });
    let listed = program.ask(Method::PUT, "backups/rule", "backups/rule", rule.clone()).await;
    assert_eq!((&listed["rule"], listed["backups"].as_array().map(Vec::len)), (&rule, Some(1)));
    program.get("backups", "backups").await;
    program.ask(Method::DELETE, "backups/rule", "backups/rule", Value::Null).await;
}

pub(super) async fn ask_about_exports(program: &mut Program<'_>) {
    let order = json!({ "underlying": "NIFTY", "expiries": [EXPIRY], "kinds": ["CE"], "format": "csv" });
    let presets = program.get("exports/presets", "exports/presets").await;
    assert!(presets["presets"][0]["snippet"].as_str().unwrap().contains("import pandas"), "{presets}");
    let estimate = program.post("exports/estimate", "exports/estimate", order.clone()).await;
    assert!(estimate["rows"].as_u64().unwrap() > 0 && estimate["files"] == 1, "{estimate}");
    let made = program.post("exports", "exports", order).await;
    let mut export = program.get("exports/{id}", "exports/1").await;
    while export["status"] == "queued" || export["status"] == "running" {
        export = program.get("exports/{id}", "exports/1").await;
    }
    assert_eq!((&made["id"], &export["status"]), (&json!(1), &json!("done")), "{export}");
    let file = export["files"][0]["name"].as_str().unwrap();
    let text = program.get("exports/{id}/files/{name}", &format!("exports/1/files/{file}")).await;
    let rows = text.as_str().unwrap().lines().count() as u64 - 1;
    assert_eq!(export["files"][0]["rows"], rows);
    let manifest = program.get("exports/{id}/files/{name}", "exports/1/files/manifest.json").await;
    assert_eq!((&manifest["rows"], &manifest["schema"]), (&json!(rows), &json!(1)));
    let refused = program.server.request(Method::POST, "exports/1/cancel").send().await.unwrap();
    assert_eq!(refused.status(), 409);
    program.ask(Method::DELETE, "exports/{id}", "exports/1", Value::Null).await;
    let all = json!({ "underlying": "NIFTY", "volatility": true });
    program.post("exports", "exports", all).await;
    program.post("exports/{id}/cancel", "exports/2/cancel", Value::Null).await;
    program.get("exports", "exports").await;
}

pub(super) async fn ask_about_the_lake(program: &mut Program<'_>) {
    // Of the others a part was refused.
    program.post("session", "session", json!({ "token": "simulated" })).await;
    program.server.collect(WHOLE_EXPIRY).await;
    let folder = tempfile::TempDir::new().unwrap();
    let place = json!({ "place": folder.path().to_str().unwrap() });
    assert_eq!(program.ask(Method::PUT, "lake/place", "lake/place", place.clone()).await, place);
    assert_eq!(program.get("lake/place", "lake/place").await, place);
    let order = json!({ "underlying": "NIFTY", "expiries": { "dates": [WHOLE_EXPIRY] }, "days": 2 });
    let begun = program.post("lake/publish", "lake/publish", order).await;
    let work = ended(program, begun).await;
    assert_eq!(
        (&work["last"]["deed"], &work["last"]["problem"]),
        (&json!("publish"), &Value::Null),
        "{work}"
    );
    let begun = program.post("lake/verify", "lake/verify", json!({})).await;
    let work = ended(program, begun).await;
    assert_eq!(
        (&work["last"]["deed"], &work["last"]["problem"]),
        (&json!("verifylake"), &Value::Null),
        "{work}"
    );
    let lake = program.get("lake", "lake").await;
    assert_eq!(
        (&lake["partitions"][0]["expiry"], &lake["last"]["lines"][0]["outcome"]),
        (&json!(WHOLE_EXPIRY), &json!("whole"))
    );
    let order = json!({ "underlying": "NIFTY", "expiries": { "dates": [WHOLE_EXPIRY] } });
    let preview = program.post("lake/prune/preview", "lake/prune/preview", order.clone()).await;
    assert!(preview["candles"].as_u64().unwrap() > 0, "{preview}");
    let moved = json!({ "order": order, "token": preview["token"] });
    let begun = program.post("lake/prune", "lake/prune", moved).await;
    let work = ended(program, begun).await;
    assert_eq!((&work["last"]["deed"], &work["last"]["done"]), (&json!("archive"), &preview["candles"]));
    let archived = program.get("lake/archived", "lake/archived").await;
    assert_eq!(archived["archived"][0]["candles"], preview["candles"]);
    let elsewhere = tempfile::TempDir::new().unwrap();
    let lake = elsewhere.path().join("lake");
    std::fs::rename(folder.path(), &lake).unwrap();
    let moved = json!({ "to": lake.to_str().unwrap() });
    let begun = program.post("lake/move", "lake/move", moved).await;
    let work = ended(program, begun).await;
    assert_eq!(
        (&work["last"]["deed"], &work["last"]["problem"]),
        (&json!("movelake"), &Value::Null),
        "{work}"
    );
    let begun = program.post("lake/unarchive", "lake/unarchive", order).await;
    let work = ended(program, begun).await;
    assert_eq!((&work["last"]["deed"], &work["last"]["done"]), (&json!("unarchive"), &preview["candles"]));
}

/// The work of the storage at its end: an answer does not wait for one that takes long.
async fn ended(program: &mut Program<'_>, mut work: Value) -> Value {
    const LOOKS_MAX: usize = 600;
    for _ in 0..LOOKS_MAX {
        if work["under_way"].is_null() {
            return work;
        }
        #[expect(clippy::disallowed_methods, reason = "the real executable lives in real time")]
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        work = program.get("storage/work", "storage/work").await;
    }
    panic!("it does not end: {work}");
}

pub(super) async fn ask_about_storage(program: &mut Program<'_>) {
    let room = program.get("storage", "storage?underlying=NIFTY").await;
    assert!(room["shares"][0]["bytes"].as_u64().unwrap() > 0, "{room}");
    assert!(!room["expiries"].as_array().unwrap().is_empty(), "{room}");
    let work = program.post("storage/compact", "storage/compact", Value::Null).await;
    assert_eq!(work["last"]["deed"], "compact");
    program.get("storage/work", "storage/work").await;
    program.ask(Method::DELETE, "storage/work", "storage/work", Value::Null).await;
    let order = json!({ "underlying": "NIFTY", "expiries": { "dates": [EXPIRY] } });
    let preview = program.post("storage/prune/preview", "storage/prune/preview", order.clone()).await;
    let pruned = json!({ "order": order, "token": preview["token"] });
    let work = program.post("storage/prune", "storage/prune", pruned).await;
    assert_eq!((&work["last"]["deed"], &work["last"]["done"]), (&json!("prune"), &preview["candles"]));
}
