//! Words that stand for the values of an enum, in the database, in REST and on the command line. A word that is
//! none of them is one error everywhere, never a value that seems near.

/// Somebody wrote, or a database holds, a word that means nothing here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{word}\" is no {what}")]
pub struct UnknownWord {
    what: &'static str,
    word: String,
}

impl UnknownWord {
    pub(crate) fn new(what: &'static str, word: &str) -> Self {
        Self { what, word: word.to_owned() }
    }
}

/// `FromStr` of an enum that has `ALL` and `as_str`.
macro_rules! reads_its_words {
    ($name:ty, $what:literal) => {
        impl std::str::FromStr for $name {
            type Err = $crate::UnknownWord;

            fn from_str(text: &str) -> Result<Self, $crate::UnknownWord> {
                Self::ALL
                    .into_iter()
                    .find(|value| value.as_str() == text)
                    .ok_or_else(|| $crate::UnknownWord::new($what, text))
            }
        }
    };
}

pub(crate) use reads_its_words;

#[cfg(test)]
mod tests {
    use std::fmt::Debug;
    use std::str::FromStr;

    use crate::{
        EventLevel, JobCommand, JobStatus, NoticeChannel, NoticeKind, NumberStyle, RunOutcome, SettingName,
        TokenScope, UnknownWord,
    };

    fn reads<T: Copy + Debug + PartialEq + FromStr<Err = UnknownWord> + serde::Serialize>(
        all: impl IntoIterator<Item = T>,
        word_of: fn(T) -> &'static str,
    ) {
        for value in all {
            assert_eq!(word_of(value).parse(), Ok(value));
            assert_eq!(serde_json::to_value(value).unwrap(), word_of(value));
        }
        for unknown in ["", "nonsense", "Paused"] {
            let error = unknown.parse::<T>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("\"{unknown}\" is no ")), "{error}");
        }
    }

    #[test]
    fn every_word_reads_as_it_is_written_and_no_other_does() {
        reads(JobStatus::ALL, JobStatus::as_str);
        reads(JobCommand::ALL, JobCommand::as_str);
        reads(EventLevel::ALL, EventLevel::as_str);
        reads(NoticeKind::ALL, NoticeKind::as_str);
        reads(NoticeChannel::ALL, NoticeChannel::as_str);
        reads(RunOutcome::ALL, RunOutcome::as_str);
        reads(TokenScope::ALL, TokenScope::as_str);
        reads(NumberStyle::ALL, NumberStyle::as_str);
        reads(SettingName::ALL, SettingName::as_str);
    }
}
