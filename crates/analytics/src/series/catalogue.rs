//! What there is to make: each series by its name, with a rule as an example has it, and what its parameters mean. For
//! whoever chooses; what is read and refused stands in `read`.

use super::point::Column;
use super::{Series, names};

#[derive(Clone, Debug, PartialEq)]
pub struct Described {
    pub name: &'static str,
    /// As people call it.
    pub title: &'static str,
    /// It is made of the minutes of one expiry.
    pub is_of_one_expiry: bool,
    /// Of the example; the defaults, where it has no parameters.
    pub rule: String,
    /// As it is written: `strangle offset=2`.
    pub example: &'static str,
    pub parameters: &'static [ParameterWords],
    pub columns: &'static [Column],
}

/// A parameter and what may stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterWords {
    pub name: &'static str,
    pub words: &'static str,
}

/// Every series, in the order of the names.
pub fn catalogue() -> Vec<Described> {
    names().into_iter().filter_map(described).collect()
}

/// `None` for a name that there is not.
fn described(name: &'static str) -> Option<Described> {
    let example = example(name);
    let series: Series = example.parse().ok()?;
    Some(Described {
        name,
        title: series.title(),
        is_of_one_expiry: series.is_of_one_expiry(),
        rule: series.rule(),
        example,
        parameters: parameters(name),
        columns: series.columns(),
    })
}

fn example(name: &'static str) -> &'static str {
    match name {
        "strangle" => "strangle offset=2",
        "atm-option" => "atm-option side=call",
        "by-premium" => "by-premium side=call premium=120",
        "by-delta" => "by-delta side=put delta=0.25",
        "strategy" => "strategy legs=NSE_FO|71706|28-08-2025:-1,NSE_FO|71707|28-08-2025:-1",
        other => other,
    }
}

const fn words(name: &'static str, words: &'static str) -> ParameterWords {
    ParameterWords { name, words }
}

const SIDE: ParameterWords = words("side", "call or put");
const AT: ParameterWords = words("at", "HH:MM of each day when the strike is chosen, 09:20 without it");
const UNTIL: ParameterWords = words("until", "HH:MM of each day until when it is held, 15:20 without it");

fn parameters(name: &str) -> &'static [ParameterWords] {
    match name {
        "atm-straddle" => const { &[words("fixed", "HH:MM: the day's strike of that time is kept")] },
        "strangle" => {
            const {
                &[
                    words("offset", "strikes from the money to each side"),
                    words("points", "or rupees from the money to each side"),
                    words("delta", "or the size of the deltas, from 0.01 to 0.99"),
                ]
            }
        }
        "atm-option" => {
            const { &[SIDE, words("offset", "strikes above the money, below it with a minus; 0 without it")] }
        }
        "by-premium" => const { &[SIDE, words("premium", "rupees"), AT, UNTIL] },
        "by-delta" => const { &[SIDE, words("delta", "its size, from 0.01 to 0.99"), AT, UNTIL] },
        "strategy" => {
            const {
                &[
                    words("legs", "KEY:LOTS for each of at most six legs, with commas between"),
                    words("since", "the minute from which profit is counted, for example 2025-08-01T09:20"),
                ]
            }
        }
        "continuous-future" => {
            const {
                &[
                    words("month", "1 for the nearest expiry, 2 or 3 for later ones; 1 without it"),
                    words(
                        "roll",
                        "days before its expiry on which a contract is held for the last time, 0 without it",
                    ),
                    words("adjusted", "none or difference; none without it"),
                ]
            }
        }
        "constant-maturity-volatility" => const { &[words("days", "days ahead, 30 without it")] },
        "skew" => const { &[words("delta", "the size of the deltas, 0.25 without it")] },
        "realised-volatility" => {
            const {
                &[
                    words("window", "minutes of sessions, 375 without it"),
                    words("nights", "out or in: whether a night counts as a minute; out without it"),
                ]
            }
        }
        "open-interest" => const { &[words("strike", "of one strike alone")] },
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::SeriesError;

    /// What a series says that it takes, when it is given what it does not know.
    #[test]
    fn every_series_is_described_with_just_what_it_takes() {
        let all = catalogue();
        assert_eq!(all.len(), names().len());
        for of in all {
            let told: Vec<&str> = of.parameters.iter().map(|parameter| parameter.name).collect();
            let error = format!("{} nonsense=1", of.example).parse::<Series>().unwrap_err();
            let SeriesError::Unknown { taken, .. } = &error else { panic!("{error}") };
            assert_eq!(&told, taken, "{}", of.name);
        }
    }
}
