//! The strike at which all options of an expiry together would pay least: sum over strikes of open interest ×
//! intrinsic value. Whole numbers throughout, so that equal sums are equal; ties go to the lower strike.

use market::Strike;
use serde::{Deserialize, Serialize};

/// Open interest of a strike, in units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrikeInterest {
    pub strike: Strike,
    pub calls: i64,
    pub puts: i64,
}

/// Strikes upwards. None where there is no open interest: every strike would do.
pub fn max_pain(strikes: &[StrikeInterest]) -> Option<Strike> {
    let units = |interest: i64| i128::from(interest.max(0));
    let paise = |at: usize| i128::from(strikes[at].strike.0.0);
    let puts_of_all: i128 = strikes.iter().map(|of| units(of.puts)).sum();
    let calls_of_all: i128 = strikes.iter().map(|of| units(of.calls)).sum();
    if puts_of_all + calls_of_all == 0 {
        return None;
    }
    // A step up the ladder pays the calls below it more, and the puts from it on less. Only differences count, so the
    // pain of the lowest strike stands for nought.
    let (mut calls_below, mut puts_from_here, mut pain) = (0, puts_of_all, 0i128);
    let (mut least, mut at_least) = (0, 0);
    for at in 1..strikes.len() {
        calls_below += units(strikes[at - 1].calls);
        puts_from_here -= units(strikes[at - 1].puts);
        let a_paisa_up = calls_below - puts_from_here;
        pain = pain.saturating_add(a_paisa_up.saturating_mul(paise(at) - paise(at - 1)));
        if pain < least {
            (least, at_least) = (pain, at);
        }
    }
    Some(strikes[at_least].strike)
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::Paise;
    use proptest::prelude::*;

    fn interest(rows: &[(i64, i64, i64)]) -> Vec<StrikeInterest> {
        let row = |(rupees, calls, puts): &(i64, i64, i64)| StrikeInterest {
            strike: Strike(Paise(rupees * 100)),
            calls: *calls,
            puts: *puts,
        };
        rows.iter().map(row).collect()
    }

    fn pain(rows: &[(i64, i64, i64)]) -> Option<String> {
        max_pain(&interest(rows)).map(|strike| strike.to_string())
    }

    #[test]
    fn reckoned_by_hand() {
        // At 100: puts 10×10 + 40×20 = 900. At 110: calls 30×10, puts 40×10 = 700. At 120: calls 30×20 + 20×10 = 800.
        assert_eq!(pain(&[(100, 30, 5), (110, 20, 10), (120, 10, 40)]).as_deref(), Some("110"));
        // All calls: the lowest. All puts: the highest.
        assert_eq!(pain(&[(100, 30, 0), (110, 20, 0)]).as_deref(), Some("100"));
        assert_eq!(pain(&[(100, 0, 1), (110, 0, 1)]).as_deref(), Some("110"));
        // A tie between all three goes to the lowest.
        assert_eq!(pain(&[(100, 1, 0), (110, 0, 0), (120, 0, 1)]).as_deref(), Some("100"));
        assert_eq!(pain(&[(100, 0, 0), (110, 0, 0)]), None);
        assert_eq!(pain(&[]), None);
        assert_eq!(pain(&[(100, -5, 3)]).as_deref(), Some("100"), "less than nothing is nothing");
    }

    fn by_brute_force(strikes: &[StrikeInterest]) -> Option<Strike> {
        let pain = |at: &StrikeInterest| -> i128 {
            let paid = |of: &StrikeInterest| {
                let above = i128::from(at.strike.0.0) - i128::from(of.strike.0.0);
                i128::from(of.calls) * above.max(0) + i128::from(of.puts) * (-above).max(0)
            };
            strikes.iter().map(paid).sum()
        };
        let has_interest = strikes.iter().any(|of| of.calls + of.puts > 0);
        strikes.iter().min_by_key(|at| pain(at)).filter(|_| has_interest).map(|at| at.strike)
    }

    proptest! {
        #[test]
        fn it_is_what_trying_every_strike_gives(
            rows in proptest::collection::btree_map(1i64..50, (0i64..4, 0i64..4), 0..12)
        ) {
            let rows: Vec<_> = rows.into_iter().map(|(rupees, (calls, puts))| (rupees, calls, puts)).collect();
            let strikes = interest(&rows);
            prop_assert_eq!(max_pain(&strikes), by_brute_force(&strikes));
        }

        #[test]
        fn no_interest_is_too_large(rows in proptest::collection::btree_map(any::<i64>(), any::<(i64, i64)>(), 0..9)) {
            let row = |(paise, (calls, puts))| StrikeInterest { strike: Strike(Paise(paise)), calls, puts };
            let strikes: Vec<_> = rows.into_iter().map(row).collect();
            let _ = max_pain(&strikes);
        }
    }
}
