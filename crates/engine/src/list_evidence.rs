//! Whether a list of contracts is believed. Pure: it is told what came and says what follows.
//!
//! A list is evidence, not a verdict. An expiry that the broker lists has contracts until proven otherwise, an
//! option has both sides, and expiries of one underlying are of one size. A list that is otherwise is asked again,
//! by its job once and by every later order and schedule, and is believed after four answers that bring nothing
//! new. What is known of it is collected meanwhile.

use market::Day;
use protocol::{LIST_WITNESSES, ListState, ListStates};
use store::{ExpiryLists, ListFacts};

use crate::final_days::is_final;

/// The smaller side of a list has at least this share of the larger one.
const SIDE_SHARE_MIN: f64 = 0.75;
/// A list has at least this share of what its neighbours have in the middle.
const NEIGHBOUR_SHARE_MIN: f64 = 0.5;
/// Neighbours that are looked at, on each side of an expiry.
const NEIGHBOURS_EACH_SIDE: usize = 4;
/// So many neighbours must have a list before their size counts.
const NEIGHBOURS_MIN: usize = 2;

/// Between two expiries of an underlying never lie so many days: every month has one.
const EXPIRIES_APART_DAYS_MAX: i64 = 45;

/// An expiry of an underlying with what is known of its lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub date: Day,
    /// `None`: nothing says it.
    pub weekly: Option<bool>,
    pub lists: ExpiryLists,
}

/// The states of the lists of one expiry, beside all expiries of its underlying, in the order of time.
pub(crate) fn states(all: &[Known], of: &Known) -> ListStates {
    let options = of.lists.options;
    let futures = of.lists.futures;
    ListStates {
        options: state(of.date, options, options.calls + options.puts, doubt_of_options(all, of)),
        futures: state(of.date, futures, futures.futures, doubt_of_futures(of)),
        refused: options.refused + futures.refused,
    }
}

fn state(expiry: Day, facts: ListFacts, contracts: u64, doubt: Option<String>) -> ListState {
    let Some(asked_at) = facts.asked_at else { return ListState::NotAsked };
    if !is_final(expiry, asked_at) {
        return ListState::Provisional { contracts };
    }
    match doubt {
        Some(doubt) if facts.witnesses < LIST_WITNESSES => {
            ListState::Unconfirmed { contracts, doubt, asked: facts.witnesses, of: LIST_WITNESSES }
        }
        _ => ListState::Listed { contracts },
    }
}

/// Why the list of options is doubtful; `None` where it is not.
fn doubt_of_options(all: &[Known], of: &Known) -> Option<String> {
    let ListFacts { calls, puts, rows, refused, .. } = of.lists.options;
    if calls + puts == 0 {
        // Its rows are there, and stand elsewhere or refused: it was no empty answer.
        return (rows == 0).then(|| "nothing listed yet".to_owned());
    }
    let (smaller, larger) = (calls.min(puts), calls.max(puts));
    if ((smaller + refused) as f64) < larger as f64 * SIDE_SHARE_MIN {
        let is_one_sided = smaller == 0;
        return Some(if is_one_sided {
            "one side only".to_owned()
        } else {
            format!("{calls} calls and {puts} puts")
        });
    }
    let usual = usual_size(all, of)?;
    let is_small = ((calls + puts + refused) as f64) < usual as f64 * NEIGHBOUR_SHARE_MIN;
    is_small.then(|| format!("expiries around it have about {usual}"))
}

/// A weekly expiry has no future; every other one has.
fn doubt_of_futures(of: &Known) -> Option<String> {
    let ListFacts { futures, rows, .. } = of.lists.futures;
    let is_missing = futures == 0 && rows == 0 && of.weekly != Some(true);
    is_missing.then(|| "nothing listed yet".to_owned())
}

/// Why a list of expiries is doubtful, oldest first; `None` where it is not.
pub(crate) fn doubt_of_expiries(dates: &[Day]) -> Option<String> {
    if dates.is_empty() {
        return Some("nothing listed yet".to_owned());
    }
    let apart =
        |pair: &&[Day]| pair[1].days_since_1970() - pair[0].days_since_1970() > EXPIRIES_APART_DAYS_MAX;
    let gap = dates.windows(2).find(apart)?;
    Some(format!("nothing between {} and {}", gap[0], gap[1]))
}

/// How many options the nearest expiries have, in the middle; `None` where too few are known. Those of the same
/// cycle count before others.
fn usual_size(all: &[Known], of: &Known) -> Option<u64> {
    let is_like = |known: &Known| known.weekly == of.weekly;
    middle_size(all, of, is_like).or_else(|| middle_size(all, of, |_| true))
}

fn middle_size(all: &[Known], of: &Known, is_like: impl Fn(&Known) -> bool) -> Option<u64> {
    let size = |known: &Known| known.lists.options.calls + known.lists.options.puts;
    let counts = |known: &&Known| is_like(known) && size(known) > 0;
    let before = all.iter().rev().filter(|known| known.date < of.date).filter(counts);
    let after = all.iter().filter(|known| known.date > of.date).filter(counts);
    let nearest = before.take(NEIGHBOURS_EACH_SIDE).chain(after.take(NEIGHBOURS_EACH_SIDE));
    let mut sizes: Vec<u64> = nearest.map(size).collect();
    sizes.sort_unstable();
    (sizes.len() >= NEIGHBOURS_MIN).then(|| sizes[sizes.len() / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn facts(calls: u64, puts: u64, futures: u64, witnesses: u32) -> ListFacts {
        ListFacts {
            calls,
            puts,
            futures,
            rows: calls + puts + futures,
            witnesses,
            asked_at: Some(day("2025-09-10").at_minute(600)),
            refused: 0,
        }
    }

    fn known(date: &str, weekly: bool, calls: u64, puts: u64, witnesses: u32) -> Known {
        let lists =
            ExpiryLists { options: facts(calls, puts, 0, witnesses), futures: facts(0, 0, 0, witnesses) };
        Known { date: day(date), weekly: Some(weekly), lists }
    }

    #[test]
    fn what_a_list_must_have_to_be_believed() {
        let around = [
            known("2025-08-07", true, 97, 97, 1),
            known("2025-08-14", true, 90, 90, 1),
            known("2025-08-28", true, 99, 99, 1),
        ];
        for (calls, puts, witnesses, words) in [
            (97, 97, 1, "listed"),
            (0, 0, 1, "unconfirmed: nothing listed yet, asked 1 of 4 times"),
            (0, 0, 3, "unconfirmed: nothing listed yet, asked 3 of 4 times"),
            (0, 0, 4, "listed"),
            (97, 0, 1, "unconfirmed: 97 contracts, one side only, asked 1 of 4 times"),
            (0, 1, 2, "unconfirmed: 1 contract, one side only, asked 2 of 4 times"),
            (97, 0, 4, "listed"),
            (97, 60, 1, "unconfirmed: 157 contracts, 97 calls and 60 puts, asked 1 of 4 times"),
            (97, 90, 1, "listed"),
            (40, 40, 1, "unconfirmed: 80 contracts, expiries around it have about 194, asked 1 of 4 times"),
            (49, 49, 1, "listed"),
        ] {
            let of = known("2025-08-21", true, calls, puts, witnesses);
            assert_eq!(states(&around, &of).options.words(), words, "{calls} {puts} {witnesses}");
        }
    }

    #[test]
    fn a_list_of_expiries_has_no_month_without_one() {
        let doubt = |dates: &[&str]| {
            let dates: Vec<Day> = dates.iter().map(|text| day(text)).collect();
            doubt_of_expiries(&dates)
        };
        assert_eq!(doubt(&[]).as_deref(), Some("nothing listed yet"));
        assert_eq!(doubt(&["2025-06-26", "2025-07-31", "2025-08-28"]), None);
        assert_eq!(
            doubt(&["2025-05-29", "2025-08-28"]).as_deref(),
            Some("nothing between 2025-05-29 and 2025-08-28")
        );
    }

    #[test]
    fn a_weekly_expiry_has_no_future_and_every_other_one_has() {
        let futures = |weekly, count, witnesses| {
            let mut of = known("2025-08-28", false, 97, 97, 1);
            of.weekly = weekly;
            of.lists.futures = facts(0, 0, count, witnesses);
            states(&[], &of).futures
        };
        assert!(futures(Some(true), 0, 1).is_listed());
        assert!(futures(Some(false), 1, 1).is_listed());
        assert!(futures(Some(false), 0, 1).is_unconfirmed());
        assert!(futures(None, 0, 3).is_unconfirmed());
        assert!(futures(None, 0, 4).is_listed());
    }

    #[test]
    fn a_list_of_before_the_end_is_provisional_and_one_never_asked_says_so() {
        let mut of = known("2025-09-10", true, 97, 97, 4);
        assert_eq!(states(&[], &of).options, ListState::Provisional { contracts: 194 });
        of.lists.options = ListFacts::default();
        assert_eq!(states(&[], &of).options, ListState::NotAsked);
    }

    #[test]
    fn rows_that_stand_refused_or_elsewhere_are_no_empty_list() {
        let mut of = known("2025-08-21", true, 0, 0, 1);
        of.lists.options.rows = 194;
        assert!(states(&[], &of).options.is_listed(), "its contracts belong to another expiry");
        let mut of = known("2025-08-21", true, 97, 0, 1);
        of.lists.options.refused = 97;
        assert!(states(&[], &of).options.is_listed(), "the refused rows are told by themselves");
    }
}
