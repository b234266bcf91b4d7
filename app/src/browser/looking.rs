//! Asking the server while somebody types: a moment after the last letter, and an answer that is overtaken by a newer
//! question is dropped, however late it comes. An answer is kept with the text that it is to, so that nothing is said to
//! be missing before the server has said so of that very text.

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::compiled_once::effect;
use crate::browser::latest::Latest;
use crate::browser::live::live;
use crate::rpc::{Answer, Problem};

/// So long nothing is asked after a letter: another one may follow.
const PAUSE_MS: u32 = 60;

/// What is known of the text that stands there now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked<T> {
    /// Of such a text nothing is asked.
    NotAsked,
    /// Its answer is not here yet.
    Looking,
    Found(T),
    Failed(Problem),
}

/// The newest answer, and the text that it is to; without an answer nothing was asked.
#[derive(Clone, Debug)]
struct Answered<T> {
    text: String,
    answer: Option<Answer<T>>,
}

/// Copies share everything.
pub struct Looking<T: Send + Sync + 'static> {
    text: RwSignal<String>,
    answered: RwSignal<Option<Answered<T>>>,
    again: RwSignal<()>,
}

impl<T: Send + Sync + 'static> Clone for Looking<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Looking<T> {}

impl<T: Clone + Send + Sync + 'static> Looking<T> {
    /// Looks for `text` whenever it changes, and again when a server that was away is back. `ask` has no question of what
    /// is nothing, too short or too long.
    pub fn of<Asked>(text: RwSignal<String>, ask: fn(&str) -> Option<Asked>) -> Self
    where
        Asked: Future<Output = Answer<T>> + 'static,
    {
        let looking = Self { text, answered: RwSignal::new(None), again: RwSignal::new(()) };
        let (questions, reconnects) = (Latest::new(), live().reconnects());
        effect(move || {
            reconnects.track();
            looking.again.track();
            let text = text.with(|text| text.trim().to_owned());
            let turn = questions.next();
            let Some(asked) = ask(&text) else {
                looking.answered.set(Some(Answered { text, answer: None }));
                return;
            };
            spawn_local(async move {
                TimeoutFuture::new(PAUSE_MS).await;
                if turn.is_latest() {
                    let answer = Some(asked.await);
                    if turn.is_latest() {
                        looking.answered.set(Some(Answered { text, answer }));
                    }
                }
            });
        });
        looking
    }

    pub fn looked(self) -> Looked<T> {
        self.text.with(|text| {
            self.answered.with(|answered| match answered {
                Some(Answered { text: of, answer }) if of == text.trim() => match answer {
                    None => Looked::NotAsked,
                    Some(Ok(found)) => Looked::Found(found.clone()),
                    Some(Err(problem)) => Looked::Failed(problem.clone()),
                },
                Some(_) | None => Looked::Looking,
            })
        })
    }

    /// What was found last, be it of an earlier text.
    pub fn newest(self) -> Option<T> {
        self.answered.with(|answered| answered.as_ref()?.answer.as_ref()?.as_ref().ok().cloned())
    }

    pub fn look_again(self) {
        self.answered.set(None);
        self.again.set(());
    }
}
