//! What is wrong with a part of a request, in words for whoever sent it: which part, and what it may be. It stands
//! in place of serde's own errors, which speak of types.

use std::fmt;

use serde::de::{Error, Expected, Unexpected};

/// The most of a value that a sentence repeats.
const QUOTED_LENGTH_MAX: usize = 80;

/// The first number that no whole one of ours reaches.
const WHOLE_MAX: f64 = 9_223_372_036_854_775_808.0;

#[derive(Debug)]
pub struct Misfit {
    sort: Sort,
}

#[derive(Debug)]
enum Sort {
    Missing(String),
    Twice(String),
    /// No part of it is called so.
    Unknown {
        name: String,
        known: String,
    },
    /// Something else stands in its place.
    Other {
        wanted: String,
        given: String,
    },
    /// The sentence of the type that refused it.
    Refused(String),
}

impl Misfit {
    fn new(sort: Sort) -> Self {
        Self { sort }
    }

    pub fn twice(name: &str) -> Self {
        Self::new(Sort::Twice(name.to_owned()))
    }

    /// None of the words that are known.
    pub fn no_word(given: Unexpected<'_>, known: &[&str]) -> Self {
        Self::new(Sort::Other { wanted: alternatives(known), given: given_words(given) })
    }

    /// No part of the object is called so.
    pub fn unknown(name: &str, known: &[&str]) -> Self {
        Self::new(Sort::Unknown { name: quoted(name), known: alternatives(known) })
    }

    /// The whole sentence. `whole` is the part of the request that was read, `path` where in it, empty where
    /// that is not known.
    pub fn sentence(&self, whole: &str, path: &str) -> String {
        let within = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match &self.sort {
            Sort::Missing(name) => format!("{} is missing in the {whole}", within(name)),
            Sort::Twice(name) => format!("{} stands in the {whole} more than once", within(name)),
            Sort::Unknown { name, known } => {
                let place = if path.is_empty() { format!("the {whole}") } else { path.to_owned() };
                format!("{place} takes no {name}: it takes {known}")
            }
            Sort::Other { wanted, given } if path.is_empty() => {
                format!("the {whole} has {given} where it must have {wanted}")
            }
            Sort::Other { wanted, given } => format!("{path} must be {wanted}, not {given}"),
            Sort::Refused(sentence) if path.is_empty() => sentence.clone(),
            Sort::Refused(sentence) => format!("{path}: {sentence}"),
        }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence("request", ""))
    }
}

impl std::error::Error for Misfit {}

impl Error for Misfit {
    fn custom<T: fmt::Display>(sentence: T) -> Self {
        Self::new(Sort::Refused(sentence.to_string()))
    }

    fn invalid_type(given: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Self::new(Sort::Other { wanted: wanted_words(&wanted.to_string()), given: given_words(given) })
    }

    fn invalid_value(given: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Self::invalid_type(given, wanted)
    }

    fn invalid_length(length: usize, wanted: &dyn Expected) -> Self {
        let wanted = wanted_words(&wanted.to_string());
        Self::new(Sort::Other { wanted, given: format!("a list of {length}") })
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        Self::no_word(Unexpected::Str(word), known)
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Self::unknown(name, known)
    }

    fn missing_field(name: &'static str) -> Self {
        Self::new(Sort::Missing(name.to_owned()))
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::twice(name)
    }
}

/// What serde calls a type, as people call it. A type that says itself what it may be is left as it is.
fn wanted_words(type_words: &str) -> String {
    let words = match type_words {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number from 0 on",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a string" | "string" | "str" => "a text",
        "a sequence" => "a list",
        "a map" => "an object",
        other if other.starts_with("struct ") => "an object",
        other => other,
    };
    words.to_owned()
}

fn given_words(given: Unexpected<'_>) -> String {
    match given {
        Unexpected::Bool(value) => value.to_string(),
        Unexpected::Unsigned(number) => number.to_string(),
        Unexpected::Signed(number) => number.to_string(),
        // Its digits are not known any more.
        Unexpected::Float(number) if number.fract() == 0.0 && number.abs() >= WHOLE_MAX => {
            format!("one beyond {}", i64::MAX)
        }
        Unexpected::Float(number) => number.to_string(),
        Unexpected::Str(text) => quoted(text),
        Unexpected::Unit | Unexpected::Option => "null".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "an object".to_owned(),
        _ => "something else".to_owned(),
    }
}

fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED_LENGTH_MAX) {
        Some((end, _)) => format!("\"{}…\"", &text[..end]),
        None => format!("\"{text}\""),
    }
}

/// `json, csv or columns`.
fn alternatives(words: &[&str]) -> String {
    match words {
        [] => "nothing".to_owned(),
        [word] => (*word).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_not_repeated() {
        assert_eq!(quoted("soon"), "\"soon\"");
        assert_eq!(quoted(&"é".repeat(QUOTED_LENGTH_MAX)).chars().count(), QUOTED_LENGTH_MAX + 2);
        assert_eq!(quoted(&"é".repeat(1000)).chars().count(), QUOTED_LENGTH_MAX + 3);
    }

    #[test]
    fn alternatives_read_as_a_sentence_does() {
        assert_eq!(alternatives(&["email"]), "email");
        assert_eq!(alternatives(&["email", "webhook"]), "email or webhook");
        assert_eq!(alternatives(&["json", "csv", "columns"]), "json, csv or columns");
    }
}
