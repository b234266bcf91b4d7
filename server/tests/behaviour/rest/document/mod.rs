//! `openapi.json` against the running program: every operation that it has is asked, what is sent and what comes is
//! held against its schemas. That no route is missing in it is held by the router (`OpenApiRouter::route` is forbidden
//! by lint, and `routes!` makes a route and its part of the document of one handler).

mod keeping;
mod program;
mod reading;
mod running;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use simulator::{Chance, Faults};

use self::keeping::{
    ask_about_backups, ask_about_bhavcopies, ask_about_exports, ask_about_imports, ask_about_storage,
    ask_about_the_lake,
};
use self::program::Program;
use self::reading::{ask_about_streams, ask_about_what_is_stored};
use self::running::{ask_about_access, ask_about_jobs, ask_about_schedules, ask_about_the_program};
use super::schema::Schemas;
use super::server::{EXPIRY, OTHER_EXPIRY, Server};
use crate::common::Stage;

const FALLBACK: &str = "there is nothing at this address";

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_answers_as_the_document_says() {
    let stage = Stage::wide().await;
    let server = Server::start(&stage);
    let mut program = Program::of(&server).await;
    program.post("session", "session", json!({ "token": "simulated" })).await;
    stage.set_faults(Faults { impossible_rows: Chance::ALWAYS, ..Faults::default() });
    server.collect(EXPIRY).await;
    // Refused for good: nothing is asked again.
    let candles = "/v2/expired-instruments/historical-candle".to_owned();
    let refusing = Faults { path_prefix: candles, server_error: Chance::ALWAYS, ..Faults::default() };
    stage.set_faults(Faults { server_error_status: 404, ..refusing });
    server.collect(OTHER_EXPIRY).await;
    stage.set_faults(Faults::default());

    ask_about_what_is_stored(&mut program).await;
    ask_about_bhavcopies(&mut program).await;
    ask_about_imports(&mut program).await;
    ask_about_streams(&mut program).await;
    ask_about_jobs(&mut program).await;
    ask_about_schedules(&mut program).await;
    ask_about_backups(&mut program).await;
    ask_about_exports(&mut program).await;
    ask_about_the_program(&mut program).await;
    ask_about_the_lake(&mut program).await;
    ask_about_storage(&mut program).await;
    ask_about_access(&mut program).await;
    assert_eq!(program.asked, program.operations(), "an operation is asked by no test, or is in no document");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_documented_address_is_served_and_refuses_as_it_says() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    let program = Program::of(&server).await;
    let schemas = Schemas { document: &program.document };
    for (method, path) in program.operations() {
        let operation = &program.document["paths"][&path][&method];
        let address = path.trim_start_matches("/api/v1/").replace("{id}", "99").replace("{command}", "pause");
        let address = address.replace("{expired_key}", "NSE_FO%7C1%7C28-08-2025");
        // One that never ends, where nothing is wrong with it.
        let address = if address == "stream" { "stream?after=now".to_owned() } else { address };
        let request = server.request(method.to_uppercase().parse().unwrap(), &address);
        let (status, answer) = server.answer(request).await;
        assert_ne!(status, 405, "{method} {path}");
        assert!(!answer.to_string().contains(FALLBACK), "{method} {path}: {answer}");
        if status >= 400 {
            let schema = &operation["responses"]["default"]["content"]["application/problem+json"]["schema"];
            schemas
                .check(schema, &answer, "problem")
                .unwrap_or_else(|wrong| panic!("{method} {path}: {wrong}"));
        }
    }
    assert_eq!(server.get("nowhere").await.0, 404);
    assert!(server.get("nowhere").await.1.to_string().contains(FALLBACK));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_holds_what_it_points_to_and_names_each_operation_once() {
    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|field| references(field, found));
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    let program = Program::of(&server).await;
    let mut found = BTreeSet::new();
    references(&program.document, &mut found);
    assert!(found.len() > 50);
    for reference in found {
        assert!(program.document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
    let scheme = &program.document["components"]["securitySchemes"]["token"]["scheme"];
    assert_eq!((&program.document["security"], scheme), (&json!([{ "token": [] }, {}]), &json!("bearer")));
    assert_eq!(program.document["paths"]["/api/v1/access"]["get"]["security"], json!([]));
    let operations = program.operations();
    let names = operations.iter().map(|(method, path)| {
        let operation = &program.document["paths"][path][method];
        assert!(operation["summary"].is_string(), "{method} {path} has no words");
        let statuses = operation["responses"].as_object().unwrap();
        assert!(statuses.values().all(|of| of["description"].is_string()), "{method} {path}");
        operation["operationId"].as_str().unwrap()
    });
    assert_eq!(names.collect::<BTreeSet<_>>().len(), operations.len());
}
