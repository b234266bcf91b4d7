//! How many tests passed and failed, and how that is read out of what the test programs print.

use std::io::Write;
use std::ops::Add;

/// Counts of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
}

impl Tally {
    /// Something failed that is no single test: a crate that does not compile, a browser that is not there.
    pub fn one_failure() -> Tally {
        Tally { passed: 0, failed: 1 }
    }

    /// A program that ended badly without naming a failed test still failed.
    pub fn with_status(self, success: bool) -> Tally {
        if success || self.failed > 0 { self } else { self + Tally::one_failure() }
    }

    /// Reads one line of `cargo test` or of `cargo nextest run`; `None` when it is no summary.
    pub fn from_line(line: &str) -> Option<Tally> {
        let line = line.trim_start();
        let summary = line.strip_prefix("test result:").or_else(|| {
            let (_, counts) = line.strip_prefix("Summary [")?.split_once("tests run:")?;
            Some(counts)
        })?;
        Some(Tally { passed: number_before(summary, "passed"), failed: number_before(summary, "failed") })
    }

    /// `N passed, M failed`, alone on a line of standard output.
    pub fn print(self) {
        // With standard output closed there is nobody to tell; the exit status still tells.
        let _ = writeln!(std::io::stdout(), "{} passed, {} failed", self.passed, self.failed);
    }
}

impl Add for Tally {
    type Output = Tally;

    fn add(self, other: Tally) -> Tally {
        Tally { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

fn number_before(text: &str, word: &str) -> u64 {
    let words: Vec<&str> = text.split([' ', ',', ';', '.']).filter(|part| !part.is_empty()).collect();
    let position = words.iter().position(|candidate| *candidate == word);
    position
        .and_then(|index| words.get(index.checked_sub(1)?))
        .and_then(|count| count.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Option<(u64, u64)>) {
        assert_eq!(
            Tally::from_line(line),
            expected.map(|(passed, failed)| Tally { passed, failed }),
            "{line}"
        );
    }

    #[test]
    fn summaries() {
        check(
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            Some((12, 0)),
        );
        check("test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out", Some((3, 2)));
        check("     Summary [   0.041s] 9 tests run: 7 passed (1 slow), 2 failed, 3 skipped", Some((7, 2)));
        check("     Summary [   0.041s] 9 tests run: 9 passed, 0 skipped", Some((9, 0)));
        check("test tests::summaries ... ok", None);
        check("running 3 tests", None);
    }

    #[test]
    fn a_bad_end_without_a_failed_test_counts_as_one() {
        let tally = Tally { passed: 4, failed: 0 };
        assert_eq!(tally.with_status(true), tally);
        assert_eq!(tally.with_status(false), Tally { passed: 4, failed: 1 });
        assert_eq!(Tally { passed: 4, failed: 2 }.with_status(false), Tally { passed: 4, failed: 2 });
    }
}
