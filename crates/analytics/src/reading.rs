//! What could not be read of a text, with what to write instead. One error for all small texts of this crate; each
//! says its own words.

use std::fmt;

/// `"abc" is no rate that …`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    given: String,
    words: &'static str,
}

impl Refused {
    pub(crate) fn new(given: &str, words: &'static str) -> Self {
        Self { given: given.to_owned(), words }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" is {}", self.given, self.words)
    }
}

impl std::error::Error for Refused {}
