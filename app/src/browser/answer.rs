//! What a page reads first: the document brought it along, else the server is asked.

use std::cell::RefCell;

use leptos::prelude::{document, window};
use leptos::server_fn::ServerFn;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::first_answers::{FirstAnswers, question};
use crate::rpc::{Answer, Problem};
use crate::site::FIRST_ANSWERS;

/// What the document brought is as old as the document: a page that is opened later asks.
const FRESH_MILLISECONDS: f64 = 5_000.0;

thread_local! {
    static BROUGHT: RefCell<Option<FirstAnswers>> = const { RefCell::new(None) };
}

/// The answer to a question of the page that is being opened.
pub async fn answer<F>(call: F) -> Answer<F::Output>
where
    F: ServerFn<Error = Problem> + Serialize,
    F::Output: DeserializeOwned,
{
    match take(&question(&call)).and_then(|text| serde_json::from_str(text.get()).ok()) {
        Some(brought) => brought,
        None => call.run_on_client().await,
    }
}

/// Each answer serves once: whoever asks again wants a newer one.
fn take(question: &str) -> Option<Box<RawValue>> {
    BROUGHT.with_borrow_mut(|brought| {
        let brought = brought.get_or_insert_with(from_document);
        let is_fresh = window().performance().is_some_and(|clock| clock.now() < FRESH_MILLISECONDS);
        let place = brought.iter().position(|(known, _)| known == question).filter(|_| is_fresh)?;
        Some(brought.swap_remove(place).1)
    })
}

fn from_document() -> FirstAnswers {
    let text = document().get_element_by_id(FIRST_ANSWERS).and_then(|element| element.text_content());
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}
