//! Why a training set is not written. What was begun is taken away again.

use std::path::PathBuf;

use export::ExportError;
use market::Day;

use crate::file_error::FileError;

#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    #[error("{} is there already: choose a folder that is not, or an empty one", .0.display())]
    Exists(PathBuf),
    #[error(transparent)]
    File(#[from] FileError),
    #[error("a training set needs two days at least, one to train on and one to test on, and only {} is stored", .0.to_long_text())]
    OneDay(Day),
    #[error("{} leaves nothing on one side of the split: the days lie between {} and {}", split.to_long_text(), first.to_long_text(), last.to_long_text())]
    Split { split: Day, first: Day, last: Day },
    #[error("the label looks from 1 to {max} minutes ahead, not {given}: no session of these days has more")]
    Label { given: u16, max: u16 },
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error("what was written cannot be described")]
    Document(#[from] serde_json::Error),
}

impl DatasetError {
    pub(crate) fn is_of_what_was_asked(&self) -> bool {
        matches!(self, Self::Exists(_) | Self::OneDay(_) | Self::Split { .. } | Self::Label { .. })
    }
}
