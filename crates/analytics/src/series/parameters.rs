//! The parameters of a series as people write them: `fixed=09:20 side=call`. Each is read once and by name; what is
//! written twice, wrongly or not known to the series is refused with what it takes.

use std::fmt;
use std::str::FromStr;

use crate::series::names;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeriesError {
    UnknownName(String),
    NoPair(String),
    Unknown { series: &'static str, name: String, taken: Vec<&'static str> },
    Twice(String),
    Missing { series: &'static str, words: &'static str },
    Malformed { name: &'static str, why: String },
}

/// What was written and is not read yet.
pub(crate) struct Parameters<'t> {
    series: &'static str,
    written: Vec<(&'t str, &'t str)>,
    /// What the series asked for.
    taken: Vec<&'static str>,
}

impl<'t> Parameters<'t> {
    pub(crate) fn new(
        series: &'static str,
        written: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Result<Self, SeriesError> {
        let mut new = Self { series, written: Vec::new(), taken: Vec::new() };
        for (name, text) in written {
            if new.written.iter().any(|(other, _)| *other == name) {
                return Err(SeriesError::Twice(name.to_owned()));
            }
            new.written.push((name, text));
        }
        Ok(new)
    }

    /// As its type reads it.
    pub(crate) fn optional<T: FromStr<Err: fmt::Display>>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>, SeriesError> {
        self.read(name, |text| text.parse().map_err(|why: T::Err| why.to_string()))
    }

    pub(crate) fn required<T: FromStr<Err: fmt::Display>>(
        &mut self,
        name: &'static str,
        words: &'static str,
    ) -> Result<T, SeriesError> {
        self.optional(name)?.ok_or(SeriesError::Missing { series: self.series, words })
    }

    /// Where no type reads it.
    pub(crate) fn read<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, SeriesError> {
        self.taken.push(name);
        let Some(place) = self.written.iter().position(|(written, _)| *written == name) else {
            return Ok(None);
        };
        let (_, text) = self.written.swap_remove(place);
        read(text).map(Some).map_err(|why| SeriesError::Malformed { name, why })
    }

    /// A whole number within bounds.
    pub(crate) fn whole(
        &mut self,
        name: &'static str,
        from: u16,
        to: u16,
    ) -> Result<Option<u16>, SeriesError> {
        self.read(name, |text| {
            let number = text.trim().parse().ok().filter(|number| (from..=to).contains(number));
            number.ok_or_else(|| format!("\"{text}\" is no whole number from {from} to {to}"))
        })
    }

    pub(crate) fn missing(&self, words: &'static str) -> SeriesError {
        SeriesError::Missing { series: self.series, words }
    }

    /// Nothing may be left that the series did not ask for.
    pub(crate) fn finish(self) -> Result<(), SeriesError> {
        match self.written.first() {
            None => Ok(()),
            Some((name, _)) => {
                Err(SeriesError::Unknown { series: self.series, name: (*name).to_owned(), taken: self.taken })
            }
        }
    }
}

/// A sentence for people, without its full stop, as the other errors of texts.
impl fmt::Display for SeriesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownName(given) => {
                write!(f, "there is no series \"{given}\": use one of {}", names().join(", "))
            }
            Self::NoPair(given) => {
                write!(f, "\"{given}\" is no parameter: write name=value, for example fixed=09:20")
            }
            Self::Unknown { series, name, taken } if taken.is_empty() => {
                write!(f, "{series} takes no parameters, and not \"{name}\"")
            }
            Self::Unknown { series, name, taken } => {
                write!(f, "{series} takes no \"{name}\": it takes {}", taken.join(", "))
            }
            Self::Twice(name) => write!(f, "{name} is given twice"),
            Self::Missing { series, words } => write!(f, "{series} wants {words}"),
            Self::Malformed { name, why } => write!(f, "{name}: {why}"),
        }
    }
}

impl std::error::Error for SeriesError {}
