//! What a page shows first travels in its document, so that it waits for no request: answers of server functions,
//! each under its question.

use leptos::server_fn::ServerFn;
use serde::Serialize;
use serde_json::value::RawValue;

/// Questions with their answers, few enough to be looked through.
pub type FirstAnswers = Vec<(String, Box<RawValue>)>;

/// A question with all that is given to it. Both sides write it alike.
pub fn question<F: ServerFn + Serialize>(call: &F) -> String {
    // Arguments of plain fields always serialise; a question that is not found is asked.
    format!("{} {}", F::PATH, serde_json::to_string(call).unwrap_or_default())
}
