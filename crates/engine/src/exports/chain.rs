//! The option chain of a minute or of a day as a file. One minute is in memory at a time, beside the day.

use std::str::FromStr;

use export::table::TableWriter;
use export::{ExportError, chain_batch};
use market::{Day, EpochSeconds};
use protocol::Minute;

use super::error::ExportRefusal;
use crate::chains::ExpiryDay;

/// Which chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChainAt {
    Day(Day),
    Minute(Minute),
}

impl ChainAt {
    pub fn day(self) -> Day {
        match self {
            Self::Day(day) => day,
            Self::Minute(minute) => minute.day(),
        }
    }

    /// `None`: each of the day.
    pub fn minute(self) -> Option<Minute> {
        match self {
            Self::Day(_) => None,
            Self::Minute(minute) => Some(minute),
        }
    }

    /// As a file is named.
    pub fn name(self) -> String {
        match self {
            Self::Day(day) => day.to_string(),
            Self::Minute(minute) => minute.to_string().replace(['T', ':'], "-"),
        }
    }
}

impl FromStr for ChainAt {
    type Err = ExportRefusal;

    fn from_str(text: &str) -> Result<Self, ExportRefusal> {
        if let Ok(day) = text.trim().parse() {
            return Ok(Self::Day(day));
        }
        text.parse().map(Self::Minute).map_err(|_| ExportRefusal::ChainAt(text.to_owned()))
    }
}

/// Writes the chain of each minute that is wanted, and says which were the first and the last.
pub(super) fn write(
    day: &ExpiryDay,
    at: ChainAt,
    writer: &mut dyn TableWriter,
    mut is_written: impl FnMut(usize),
) -> Result<Option<(EpochSeconds, EpochSeconds)>, ExportError> {
    let minutes = match at {
        ChainAt::Day(_) => day.session_minutes(),
        ChainAt::Minute(minute) => vec![minute.start()],
    };
    let mut walk = day.walk();
    for minute in &minutes {
        let batch = chain_batch(&day.picture(walk.to(*minute)), *minute)?;
        writer.write(&batch)?;
        is_written(batch.rows());
    }
    Ok(minutes.first().copied().zip(minutes.last().copied()))
}
