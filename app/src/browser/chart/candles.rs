//! Gets the candles of a contract over REST, as columns. In the browser only: a page of 22,000 candles is no
//! part of the first HTML.

use std::sync::Arc;

use leptos::prelude::*;
use protocol::CandleColumns;

use crate::browser::compiled_once::effect;
use crate::browser::latest::Latest;
use crate::candles_wanted::CandlesWanted;
use crate::rpc::Problem;

/// Candles on their way.
#[derive(Clone, Copy)]
pub struct Candles {
    /// The last ones that arrived; they stay while others are fetched.
    pub columns: RwSignal<Option<Arc<CandleColumns>>>,
    /// Which ones those are.
    pub shown: RwSignal<Option<CandlesWanted>>,
    pub problem: RwSignal<Option<Problem>>,
    pub loading: RwSignal<bool>,
    again: RwSignal<u32>,
}

impl Candles {
    /// Fetches whatever `wanted` says, and again whenever it changes.
    pub fn of(wanted: Signal<Option<CandlesWanted>>) -> Self {
        let candles = Self {
            columns: RwSignal::new(None),
            shown: RwSignal::new(None),
            problem: RwSignal::new(None),
            loading: RwSignal::new(true),
            again: RwSignal::new(0),
        };
        candles.follow(wanted);
        candles
    }

    pub fn fetch_again(self) {
        self.again.update(|count| *count += 1);
    }

    fn follow(self, wanted: Signal<Option<CandlesWanted>>) {
        let latest = Latest::new();
        effect(move || {
            self.again.track();
            let Some(wanted) = wanted.get() else { return };
            self.loading.set(true);
            let turn = latest.next();
            leptos::task::spawn_local(async move {
                let answer = super::fetch::fetch(&wanted).await;
                // Else another contract or interval was asked for meanwhile, or the page was left.
                if turn.is_latest() {
                    self.take(wanted, answer);
                }
            });
        });
    }

    fn take(self, wanted: CandlesWanted, answer: Result<CandleColumns, Problem>) {
        self.loading.set(false);
        match answer {
            Ok(columns) => {
                self.problem.set(None);
                self.shown.set(Some(wanted));
                self.columns.set(Some(Arc::new(super::arrays::rising(columns))));
            }
            Err(problem) => {
                // The candles of another contract must not stand under this one's name; its own of before stay beside
                // the note.
                let is_of_another = |shown: &CandlesWanted| shown.key != wanted.key;
                if self.shown.with_untracked(|shown| shown.as_ref().is_some_and(is_of_another)) {
                    self.shown.set(None);
                    self.columns.set(None);
                }
                self.problem.set(Some(problem));
            }
        }
    }
}
