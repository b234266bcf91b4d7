//! Whether rows of days that nobody asked for may have taken the place of the asked ones.
//!
//! Pure. A broker that ignores the range and sends at most so many rows gives the newest of a whole life: what was
//! asked for is missing or cut, and asking again brings the same, which would look like a proof. Such an answer
//! proves nothing of what is not in it. A broker that only ignores the range is not to suffer: its answers reach
//! back to the birth of the contract, or are shorter than one that came before.

use market::DayRange;

use crate::check::Checked;
use crate::jobs::evidence::{EndTerms, Evidence, begins_at_its_opening, contradicts_birth, ends_early};

/// Whether asked rows may be missing in favour of others.
pub(crate) fn may_hide_rows(
    checked: &Checked,
    range: DayRange,
    evidence: &Evidence,
    terms: EndTerms,
) -> bool {
    let strays = &checked.strays;
    if strays.count() == 0 || evidence.was_longer(checked.candles.len() + strays.count() as usize) {
        return false;
    }
    let hides_older =
        strays.later > 0 && !begins_at_its_opening(range, &checked.candles) && !shows_a_birth(checked);
    let hides_later = strays.earlier > 0 && ends_early(range, &checked.candles, terms);
    hides_older || hides_later
}

/// The first rows of a contract: its open interest grows from nothing, within what was traded.
fn shows_a_birth(checked: &Checked) -> bool {
    let first_rows = &checked.strays.first_rows;
    first_rows.iter().any(|row| row.open_interest > 0) && !contradicts_birth(first_rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Strays;
    use market::{Candle, Day, Interval, Paise, Prices};

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn row(at: &str, minute: u16, open_interest: i64) -> Candle {
        let price = Paise(100).into();
        Candle {
            start: day(at).at_minute(minute),
            prices: Prices { open: price, high: price, low: price, close: price },
            volume: 75,
            open_interest,
        }
    }

    #[test]
    fn other_days_hide_rows_unless_the_answer_reaches_back_to_the_birth() {
        let range = DayRange::new(day("2025-06-02"), day("2025-06-10")).unwrap();
        let terms = |trades_to_the_end| EndTerms {
            interval: Interval::Minute1,
            trades_to_the_end,
            last_final: day("2025-08-01"),
        };
        let mut longer = Evidence::default();
        longer.learn_length(103);
        let mut as_long = Evidence::default();
        as_long.learn_length(102);
        let (born, grown) = (vec![row("2025-06-10", 600, 75)], vec![row("2025-06-10", 600, 9_000)]);
        let opening = vec![row("2025-06-02", 555, 9_000)];
        for (what, first_rows, candles, (earlier, later), evidence, future, hides) in [
            ("nothing else", &grown, &grown, (0, 0), &as_long, false, false),
            ("later rows", &grown, &grown, (0, 101), &as_long, false, true),
            ("none but later rows", &grown, &vec![], (0, 102), &as_long, false, true),
            ("a birth", &born, &grown, (0, 101), &as_long, false, false),
            (
                "nothing tells of a birth",
                &vec![row("2025-06-10", 600, 0)],
                &grown,
                (0, 101),
                &as_long,
                false,
                true,
            ),
            ("longer ones came", &grown, &grown, (0, 101), &longer, false, false),
            ("begins where it must", &grown, &opening, (0, 101), &as_long, false, false),
            ("an option may end early", &grown, &opening, (101, 0), &as_long, false, false),
            ("a future does not", &grown, &opening, (101, 0), &as_long, true, true),
        ] {
            let checked = Checked {
                candles: candles.clone(),
                strays: Strays { earlier, later, first_rows: first_rows.clone() },
                ..Checked::default()
            };
            assert_eq!(may_hide_rows(&checked, range, evidence, terms(future)), hides, "{what}");
        }
    }
}
