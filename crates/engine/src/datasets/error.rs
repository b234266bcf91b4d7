//! Why a training set is not written. What was begun is taken away again.

use std::path::PathBuf;

use export::ExportError;
use market::Day;

use crate::file_error::FileError;
use crate::names::counted;

#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    #[error("{} is there already: choose a folder that is not, or an empty one", .0.display())]
    Exists(PathBuf),
    #[error(transparent)]
    File(#[from] FileError),
    #[error("a training set needs two days at least, one to train on and one to test on, and there is only {}{}", day.to_long_text(), besides(*farther))]
    OneDay { day: Day, farther: usize },
    #[error(
        "of each of these days a nearer expiry is listed than any with minutes here (on {} that of {}): collect it, or take \
         the nearest that has minutes (--farther)",
        day.to_long_text(), nearest.to_long_text()
    )]
    NoNearest { day: Day, nearest: Day },
    #[error("{} leaves nothing on one side of the split: the days lie between {} and {}", split.to_long_text(), first.to_long_text(), last.to_long_text())]
    Split { split: Day, first: Day, last: Day },
    #[error("the label looks from 1 to {max} minutes ahead, not {given}: no session of these days has more")]
    Label { given: u16, max: u16 },
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error("what was written cannot be described")]
    Document(#[from] serde_json::Error),
}

/// What is said of days that are left out.
fn besides(farther: usize) -> String {
    match farther {
        0 => String::new(),
        days => format!(
            "; {} left out, since the nearest expiry listed has no minute of them here: collect it, or take the nearest that has \
             minutes (--farther)",
            counted(days as u64, "day")
        ),
    }
}

impl DatasetError {
    pub(crate) fn is_of_what_was_asked(&self) -> bool {
        matches!(
            self,
            Self::Exists(_)
                | Self::OneDay { .. }
                | Self::NoNearest { .. }
                | Self::Split { .. }
                | Self::Label { .. }
        )
    }
}
