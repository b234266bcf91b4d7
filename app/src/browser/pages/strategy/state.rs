//! What the parts of the page share: the address that is wanted, its legs as fields, and the newest answer. An edit
//! changes the address at once, so that going back undoes it; an answer that a newer question has overtaken is dropped.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use crate::browser::compiled_once::effect;
use crate::browser::latest::Latest;
use crate::drawn_strategy::{LegFields, StrategyPage};
use crate::rpc::Problem;
use crate::rpc::strategy::open_strategy;
use crate::strategy_address::StrategyAddress;

/// Legs of a strategy, and strategies side by side.
pub const MOST: usize = 6;

/// Copies share everything.
#[derive(Clone, Copy)]
pub struct State {
    pub page: RwSignal<StrategyPage>,
    /// With all edits so far.
    pub wanted: RwSignal<StrategyAddress>,
    /// The legs of each strategy, with all edits so far.
    pub form: RwSignal<Vec<Vec<LegFields>>>,
    pub problem: RwSignal<Option<Problem>>,
    pub is_asking: RwSignal<bool>,
    questions: Latest,
    go: Callback<String>,
}

impl State {
    pub fn new(page: StrategyPage, address: Memo<StrategyAddress>) -> Self {
        let navigate = use_navigate();
        let go = Callback::new(move |path: String| {
            navigate(&path, NavigateOptions { scroll: false, ..NavigateOptions::default() });
        });
        let state = Self {
            wanted: RwSignal::new(page.address.clone()),
            form: RwSignal::new(page.form.clone()),
            page: RwSignal::new(page),
            problem: RwSignal::new(None),
            is_asking: RwSignal::new(false),
            questions: Latest::new(),
            go,
        };
        let asked = StoredValue::new(address.get_untracked());
        effect(move || {
            let wanted = address.get();
            if asked.get_value() != wanted {
                asked.set_value(wanted.clone());
                state.ask(wanted);
            }
        });
        state
    }

    /// The place of the strategy that is shown.
    pub fn shown(self) -> usize {
        let count = self.form.with(Vec::len).max(1);
        self.wanted.with(StrategyAddress::shown).min(count - 1)
    }

    pub fn legs(self) -> Vec<LegFields> {
        let shown = self.shown();
        self.form.with(|form| form.get(shown).cloned().unwrap_or_default())
    }

    /// Goes to another address.
    pub fn change(self, edit: impl FnOnce(&mut StrategyAddress)) {
        let mut wanted = self.wanted.get_untracked();
        edit(&mut wanted);
        self.go_to(wanted);
    }

    fn go_to(self, wanted: StrategyAddress) {
        let path = wanted.path();
        self.wanted.set(wanted);
        self.go.run(path);
    }

    /// Changes the legs of all strategies, and goes there.
    pub fn edit(self, edit: impl FnOnce(&mut Vec<Vec<LegFields>>)) {
        self.form.update(edit);
        let legs = self.form.with_untracked(|form| text_of(form));
        self.change(|address| address.legs = legs);
    }

    /// Changes the legs of the strategy that is shown.
    pub fn edit_shown(self, edit: impl FnOnce(&mut Vec<LegFields>)) {
        let shown = untrack(|| self.shown());
        self.edit(|form| {
            if form.is_empty() {
                form.push(Vec::new());
            }
            if let Some(legs) = form.get_mut(shown) {
                edit(legs);
            }
        });
    }

    /// Puts a written strategy in the place of the one that is shown.
    pub fn write_shown(self, legs: &str) {
        let shown = untrack(|| self.shown());
        let mut texts: Vec<String> = self
            .form
            .with_untracked(|form| form.iter().map(|legs| text_of(std::slice::from_ref(legs))).collect());
        match texts.get_mut(shown) {
            Some(text) => *text = legs.to_owned(),
            None => texts.push(legs.to_owned()),
        }
        self.change(|address| address.legs = texts.join(";"));
    }

    /// What could not be read is asked for once more.
    pub fn ask_again(self) {
        self.ask(self.wanted.get_untracked());
    }

    fn ask(self, address: StrategyAddress) {
        let question = self.questions.next();
        self.is_asking.set(true);
        spawn_local(async move {
            let answer = open_strategy(address).await;
            // The page may be gone, and a newer question may be under way.
            if !question.is_latest() {
                return;
            }
            self.is_asking.set(false);
            match answer {
                Ok(Some(page)) => self.take(page),
                Ok(None) => {}
                Err(problem) => self.problem.set(Some(problem)),
            }
        });
    }

    fn take(self, page: StrategyPage) {
        self.problem.set(None);
        self.wanted.set(page.address.clone());
        // Legs that could not be read stay as they were typed.
        if !page.form.is_empty() && self.form.with_untracked(|form| *form != page.form) {
            self.form.set(page.form.clone());
        }
        self.page.set(page);
    }
}

fn text_of(form: &[Vec<LegFields>]) -> String {
    let strategy = |legs: &Vec<LegFields>| legs.iter().map(LegFields::text).collect::<Vec<_>>().join(",");
    form.iter().map(strategy).collect::<Vec<_>>().join(";")
}
