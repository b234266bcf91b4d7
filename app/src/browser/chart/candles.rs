//! Gets the candles of a contract over REST, as columns. In the browser only: a page of 22,000 candles is no
//! part of the first HTML.

use std::sync::Arc;

use leptos::prelude::*;
use market::{ChartInterval, ExpiredKey};
use protocol::{CandleColumns, CandlesBeside, CandlesWith, ComparedKeys};

use crate::address::encoded;
use crate::browser::compiled_once::effect;
use crate::browser::latest::Latest;
use crate::rpc::Problem;

/// Which candles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub key: ExpiredKey,
    pub interval: ChartInterval,
    pub beside: CandlesBeside,
    pub compared: ComparedKeys,
}

impl Wanted {
    /// Where they are as a file.
    pub fn file(&self) -> String {
        self.address("csv", &self.beside)
    }

    /// Where they are for a chart: with every bar of the sessions, and what the days are.
    pub fn columns(&self) -> String {
        let beside = [CandlesWith::Sessions].into_iter().chain(self.beside.iter()).collect();
        self.address("columns", &beside)
    }

    fn address(&self, format: &str, beside: &CandlesBeside) -> String {
        let key = encoded(&self.key.to_string());
        let mut address = format!("/api/v1/candles/{key}?interval={}&format={format}", self.interval);
        for (name, text) in [("with", beside.to_string()), ("compare", self.compared.to_string())] {
            if !text.is_empty() {
                address.push_str(&format!("&{name}={}", encoded(&text)));
            }
        }
        address
    }
}

/// Candles on their way.
#[derive(Clone, Copy)]
pub struct Candles {
    /// The last ones that arrived; they stay while others are fetched.
    pub columns: RwSignal<Option<Arc<CandleColumns>>>,
    /// Which ones those are.
    pub shown: RwSignal<Option<Wanted>>,
    pub problem: RwSignal<Option<Problem>>,
    pub loading: RwSignal<bool>,
    again: RwSignal<u32>,
}

impl Candles {
    /// Fetches whatever `wanted` says, and again whenever it changes.
    pub fn of(wanted: Signal<Option<Wanted>>) -> Self {
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

    fn follow(self, wanted: Signal<Option<Wanted>>) {
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

    fn take(self, wanted: Wanted, answer: Result<CandleColumns, Problem>) {
        self.loading.set(false);
        match answer {
            Ok(columns) => {
                self.problem.set(None);
                self.shown.set(Some(wanted));
                self.columns.set(Some(Arc::new(super::arrays::rising(columns))));
            }
            Err(problem) => {
                // The candles of another contract must not stand under this one's name.
                if self.shown.with_untracked(|shown| shown.as_ref() != Some(&wanted)) {
                    self.shown.set(None);
                    self.columns.set(None);
                }
                self.problem.set(Some(problem));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_candles_has_its_key_encoded() {
        let mut wanted = Wanted {
            key: "NSE_FO|71706|28-08-2025".parse().unwrap(),
            interval: ChartInterval::Hour1,
            beside: CandlesBeside::default(),
            compared: ComparedKeys::default(),
        };
        assert_eq!(wanted.file(), "/api/v1/candles/NSE_FO%7C71706%7C28-08-2025?interval=1hour&format=csv");
        wanted.beside = "vwap".parse().unwrap();
        wanted.compared = "NSE_FO|7|28-08-2025".parse().unwrap();
        assert_eq!(
            wanted.columns(),
            "/api/v1/candles/NSE_FO%7C71706%7C28-08-2025?interval=1hour&format=columns\
             &with=sessions%2Cvwap&compare=NSE_FO%7C7%7C28-08-2025"
        );
    }
}
