//! How many tests passed and failed, and how that is read out of what the test programs print.

use std::io::Write;
use std::ops::Add;

/// What runs the Rust tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    CargoTest,
    Nextest,
}

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

    /// Reads one line of a runner; `None` when it is no summary of its own. What a failing test printed may look like
    /// the summary of another runner, and nextest repeats it.
    pub fn from_line(line: &str, runner: Runner) -> Option<Tally> {
        let summary = match runner {
            Runner::CargoTest => line.strip_prefix("test result:")?,
            Runner::Nextest => line.trim_start().strip_prefix("Summary [")?.split_once("tests run:")?.1,
        };
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

    fn check(line: &str, runner: Runner, expected: Option<(u64, u64)>) {
        let tally = expected.map(|(passed, failed)| Tally { passed, failed });
        assert_eq!(Tally::from_line(line, runner), tally, "{runner:?}: {line}");
    }

    #[test]
    fn summaries() {
        use Runner::{CargoTest, Nextest};

        let passed =
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        check(passed, CargoTest, Some((12, 0)));
        let failed = "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
        check(failed, CargoTest, Some((3, 2)));
        let slow = "     Summary [   0.041s] 9 tests run: 7 passed (1 slow), 2 failed, 3 skipped";
        check(slow, Nextest, Some((7, 2)));
        check("     Summary [   0.041s] 9 tests run: 9 passed, 0 skipped", Nextest, Some((9, 0)));
        check("test tests::summaries ... ok", CargoTest, None);
        check("running 3 tests", Nextest, None);
        // A failed test's own output, as nextest repeats it, and one that a test prints.
        check(&format!("    {failed}"), Nextest, None);
        check(failed, Nextest, None);
        check(&format!("    {failed}"), CargoTest, None);
    }

    #[test]
    fn a_bad_end_without_a_failed_test_counts_as_one() {
        let tally = Tally { passed: 4, failed: 0 };
        assert_eq!(tally.with_status(true), tally);
        assert_eq!(tally.with_status(false), Tally { passed: 4, failed: 1 });
        assert_eq!(Tally { passed: 4, failed: 2 }.with_status(false), Tally { passed: 4, failed: 2 });
    }
}
