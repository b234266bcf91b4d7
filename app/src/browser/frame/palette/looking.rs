//! Asking the server while somebody types: a moment after the last letter, and an answer that is overtaken by a newer
//! question is dropped, however late it comes.

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::{FindText, Found};

use crate::browser::compiled_once::effect;
use crate::browser::live::live;
use crate::rpc::{self, Answer};

/// So long nothing is asked after a letter: another one may follow.
const PAUSE_MS: u32 = 60;

/// The newest answer, and the text that it is to.
#[derive(Clone, Debug, Default)]
pub struct Answered {
    pub text: String,
    pub found: Option<Answer<Vec<Found>>>,
}

/// Looks for `text` whenever it changes, and again when a server that was away is back.
pub fn look(text: RwSignal<String>) -> RwSignal<Answered> {
    let answered = RwSignal::new(Answered::default());
    let newest = StoredValue::new(0_u32);
    let reconnects = live().reconnects();
    effect(move || {
        reconnects.track();
        let text = text.with(|text| text.trim().to_owned());
        let number = newest.get_value().wrapping_add(1);
        newest.set_value(number);
        // What is nothing, or too long, is not asked.
        let Ok(wanted) = text.parse::<FindText>() else {
            answered.set(Answered { text, found: None });
            return;
        };
        spawn_local(async move {
            TimeoutFuture::new(PAUSE_MS).await;
            if newest.try_get_value() == Some(number) {
                let found = Some(rpc::find::find(wanted).await);
                if newest.try_get_value() == Some(number) {
                    answered.try_set(Answered { text, found });
                }
            }
        });
    });
    answered
}
