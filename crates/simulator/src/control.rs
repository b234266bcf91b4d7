//! The simulator's own routes, under `/__` where the broker has none: what the referee saw, which faults are
//! on, and the death of tokens. For tests and for people at the keyboard; nothing here is counted or spoiled.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use crate::faults::Faults;
use crate::respond;
use crate::simulator::Simulator;

pub async fn health() -> &'static str {
    "ok"
}

pub async fn referee(State(simulator): State<Simulator>) -> Response {
    as_json(&simulator.referee())
}

pub async fn faults(State(simulator): State<Simulator>) -> Response {
    as_json(&simulator.faults())
}

/// Takes a whole list of faults; what is left out is off. Answers with what then holds.
pub async fn set_faults(State(simulator): State<Simulator>, body: Bytes) -> Response {
    match serde_json::from_slice::<Faults>(&body) {
        Ok(faults) => {
            simulator.set_faults(faults);
            as_json(&simulator.faults())
        }
        Err(error) => respond::json(400, serde_json::json!({ "error": error.to_string() }).to_string()),
    }
}

pub async fn kill_tokens(State(simulator): State<Simulator>) -> Response {
    simulator.kill_tokens();
    respond::json(200, r#"{"tokens":"dead"}"#)
}

pub async fn revive_tokens(State(simulator): State<Simulator>) -> Response {
    simulator.revive_tokens();
    respond::json(200, r#"{"simulated":"alive"}"#)
}

fn as_json(value: &impl Serialize) -> Response {
    // Plain numbers, strings and maps with string keys always serialise.
    respond::json(200, serde_json::to_vec(value).unwrap_or_default())
}
