//! Reads the chain of the minute that is wanted. One question is under way at a time, and what is wanted meanwhile is
//! asked next. Whoever goes step by step finds the next minute already there: one is read ahead.

use leptos::prelude::*;
use leptos::task::spawn_local;
use market::{Day, InstrumentKey};
use protocol::{ChainPicture, Minute};

use crate::rpc::Problem;
use crate::rpc::chain::chain_at;

/// Copies share everything.
#[derive(Clone, Copy)]
pub struct Reader {
    of: StoredValue<(InstrumentKey, Day)>,
    chain: RwSignal<ChainPicture>,
    problem: RwSignal<Option<Problem>>,
    /// Whether the figures are still of an earlier minute.
    asking: RwSignal<bool>,
    progress: StoredValue<Progress>,
}

#[derive(Debug)]
struct Progress {
    wanted: Minute,
    shown: Minute,
    /// Where the next step leads.
    next: Option<Minute>,
    ahead: Option<(Minute, ChainPicture)>,
    /// It is asked again when somebody wants it again.
    failed: Option<Minute>,
    is_reading: bool,
}

impl Progress {
    fn is_behind(&self) -> bool {
        self.shown != self.wanted
    }

    fn question(&self) -> Option<Minute> {
        let is_ahead = |minute: Minute| self.ahead.as_ref().is_some_and(|(ahead, _)| *ahead == minute);
        let minute =
            if self.is_behind() { Some(self.wanted) } else { self.next.filter(|next| !is_ahead(*next)) };
        minute.filter(|minute| self.failed != Some(*minute))
    }
}

impl Reader {
    /// Of an expiry, with the chain that is shown at first.
    pub fn new(underlying: InstrumentKey, expiry: Day, shown: Minute, chain: ChainPicture) -> Self {
        let progress =
            Progress { wanted: shown, shown, next: None, ahead: None, failed: None, is_reading: false };
        Self {
            of: StoredValue::new((underlying, expiry)),
            chain: RwSignal::new(chain),
            problem: RwSignal::new(None),
            asking: RwSignal::new(false),
            progress: StoredValue::new(progress),
        }
    }

    pub fn chain(self) -> ReadSignal<ChainPicture> {
        self.chain.read_only()
    }

    pub fn problem(self) -> ReadSignal<Option<Problem>> {
        self.problem.read_only()
    }

    pub fn asking(self) -> ReadSignal<bool> {
        self.asking.read_only()
    }

    /// Shows a minute as soon as it is there; `next` is what will be wanted after it, where that can be told.
    pub fn want(self, wanted: Minute, next: Option<Minute>) {
        let ahead = self.progress.try_update_value(|progress| {
            (progress.wanted, progress.next, progress.failed) = (wanted, next, None);
            progress.ahead.take_if(|(minute, _)| *minute == wanted)
        });
        if let Some((minute, chain)) = ahead.flatten() {
            self.show(minute, chain);
        }
        self.read();
    }

    fn read(self) {
        let begins = |progress: &mut Progress| !std::mem::replace(&mut progress.is_reading, true);
        if self.progress.try_update_value(begins) != Some(true) {
            return;
        }
        spawn_local(async move {
            while let Some((minute, is_wanted)) = self.question() {
                let Some((underlying, expiry)) = self.of.try_get_value() else { return };
                let answer = chain_at(underlying, expiry, minute).await;
                self.take(minute, is_wanted, answer);
            }
            self.progress.try_update_value(|progress| progress.is_reading = false);
        });
    }

    /// What is to be asked, and whether it is wanted now and not only ahead. Nothing where the page is gone, as it may be
    /// after each answer.
    fn question(self) -> Option<(Minute, bool)> {
        let (is_behind, question) =
            self.progress.try_with_value(|progress| (progress.is_behind(), progress.question()))?;
        let is_asking = is_behind && question.is_some();
        if self.asking.try_get_untracked()? != is_asking {
            self.asking.set(is_asking);
        }
        question.map(|minute| (minute, is_behind))
    }

    fn take(self, minute: Minute, was_wanted: bool, answer: Result<ChainPicture, Problem>) {
        let Some(wanted) = self.progress.try_with_value(|progress| progress.wanted) else { return };
        match answer {
            // On the way to what is wanted now, the minutes between are shown as they come.
            Ok(chain) if was_wanted || minute == wanted => self.show(minute, chain),
            Ok(chain) => self.progress.update_value(|progress| progress.ahead = Some((minute, chain))),
            Err(problem) => {
                self.progress.update_value(|progress| progress.failed = Some(minute));
                if minute == wanted {
                    self.problem.set(Some(problem));
                }
            }
        }
    }

    fn show(self, minute: Minute, chain: ChainPicture) {
        self.progress.update_value(|progress| progress.shown = minute);
        self.problem.set(None);
        self.chain.set(chain);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(text: &str) -> Minute {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_wanted_comes_first_and_one_step_is_read_ahead() {
        let [shown, wanted, next] = ["2025-08-28T10:00", "2025-08-28T10:01", "2025-08-28T10:02"].map(minute);
        let mut progress =
            Progress { wanted, shown, next: Some(next), ahead: None, failed: None, is_reading: false };
        assert_eq!((progress.is_behind(), progress.question()), (true, Some(wanted)));
        progress.shown = wanted;
        assert_eq!((progress.is_behind(), progress.question()), (false, Some(next)));
        // What failed ahead is not asked again and again, and nobody is told of it.
        progress.failed = Some(next);
        assert_eq!(progress.question(), None);
        progress = Progress { shown: wanted, wanted: next, failed: Some(next), ..progress };
        assert_eq!((progress.is_behind(), progress.question()), (true, None));
        // A jump has no next step.
        progress = Progress { shown: next, next: None, failed: None, ..progress };
        assert_eq!(progress.question(), None);
    }
}
