//! Tables as every format takes them: named columns of a few kinds, in batches of whole columns. Whoever makes rows makes
//! batches and knows no format; whoever writes a format knows no contract. Nothing here holds more than a batch, so a
//! table may be of any length.

mod arrow;
mod arrow_stream;
mod csv;
mod json;
mod packed;
mod parquet;
mod text;
mod writer;
mod xlsx;

use std::sync::Arc;

use market::{Day, EpochSeconds, Price, TimeOfDay};

pub use self::arrow::{batch_of, record_batch, schema};
pub use self::parquet::{GROUP_ROWS, ParquetRows};
pub use self::text::{Times, UnknownTimes};
pub use self::writer::{TableOptions, TableWriter, Written};
pub use self::xlsx::{CELL_CHARS_MAX, SHEET_ROWS_MAX};

pub(crate) use self::writer::open;

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Whole,
    /// Rupees, two decimals or finer, exact.
    Price,
    /// Any other number.
    Number,
    /// A moment. How it is written is the writer's matter, see [`Times`].
    Time,
    Day,
    /// In IST.
    TimeOfDay,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Whole => "whole",
            Self::Price => "price",
            Self::Number => "number",
            Self::Time => "time",
            Self::Day => "day",
            Self::TimeOfDay => "time_of_day",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
}

impl Column {
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self { name: name.into(), kind }
    }

    /// The name in formats that write text: a moment is called `time` where it is one, and `timestamp` where it is
    /// written out, as in the view `historical_data`.
    pub(crate) fn text_name(&self) -> &str {
        if self.kind == Kind::Time && self.name == "time" { "timestamp" } else { &self.name }
    }
}

/// A column of a batch; what is missing is `None`.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    Texts(Vec<Option<Arc<str>>>),
    Wholes(Vec<Option<i64>>),
    Prices(Vec<Option<Price>>),
    Numbers(Vec<Option<f64>>),
    Times(Vec<Option<EpochSeconds>>),
    Days(Vec<Option<Day>>),
    TimesOfDay(Vec<Option<TimeOfDay>>),
    /// The first value of a column, in so many rows.
    Same(Box<Values>, usize),
}

impl Values {
    pub fn same_text(text: Option<&str>, rows: usize) -> Self {
        Self::Same(Box::new(Self::Texts(vec![text.map(Arc::from)])), rows)
    }

    pub fn same_whole(whole: Option<i64>, rows: usize) -> Self {
        Self::Same(Box::new(Self::Wholes(vec![whole])), rows)
    }

    pub fn same_number(number: Option<f64>, rows: usize) -> Self {
        Self::Same(Box::new(Self::Numbers(vec![number])), rows)
    }

    pub fn same_day(day: Option<Day>, rows: usize) -> Self {
        Self::Same(Box::new(Self::Days(vec![day])), rows)
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::Texts(_) => Kind::Text,
            Self::Wholes(_) => Kind::Whole,
            Self::Prices(_) => Kind::Price,
            Self::Numbers(_) => Kind::Number,
            Self::Times(_) => Kind::Time,
            Self::Days(_) => Kind::Day,
            Self::TimesOfDay(_) => Kind::TimeOfDay,
            Self::Same(first, _) => first.kind(),
        }
    }

    pub fn rows(&self) -> usize {
        match self {
            Self::Texts(values) => values.len(),
            Self::Wholes(values) => values.len(),
            Self::Prices(values) => values.len(),
            Self::Numbers(values) => values.len(),
            Self::Times(values) => values.len(),
            Self::Days(values) => values.len(),
            Self::TimesOfDay(values) => values.len(),
            Self::Same(_, rows) => *rows,
        }
    }

    /// Missing beyond the end, too.
    pub fn cell(&self, row: usize) -> Cell<'_> {
        fn of<'v, T>(values: &'v [Option<T>], row: usize, cell: impl Fn(&'v T) -> Cell<'v>) -> Cell<'v> {
            values.get(row).and_then(Option::as_ref).map_or(Cell::Missing, cell)
        }
        match self {
            Self::Texts(values) => of(values, row, |text| Cell::Text(text)),
            Self::Wholes(values) => of(values, row, |whole| Cell::Whole(*whole)),
            Self::Prices(values) => of(values, row, |price| Cell::Price(*price)),
            Self::Numbers(values) => of(values, row, |number| Cell::Number(*number)),
            Self::Times(values) => of(values, row, |time| Cell::Time(*time)),
            Self::Days(values) => of(values, row, |day| Cell::Day(*day)),
            Self::TimesOfDay(values) => of(values, row, |time| Cell::TimeOfDay(*time)),
            Self::Same(first, _) => first.cell(0),
        }
    }
}

/// One value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'v> {
    Missing,
    Text(&'v str),
    Whole(i64),
    Price(Price),
    Number(f64),
    Time(EpochSeconds),
    Day(Day),
    TimeOfDay(TimeOfDay),
}

/// Rows of a table, a column after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    rows: usize,
    columns: Vec<Values>,
}

/// Columns of a batch that differ in length, or are not those of the table: a mistake of whoever made it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("these rows do not fit the table's columns")]
pub struct Misfit;

impl Batch {
    pub fn new(columns: Vec<Values>) -> Result<Self, Misfit> {
        let rows = columns.first().map_or(0, Values::rows);
        if columns.iter().any(|values| values.rows() != rows) {
            return Err(Misfit);
        }
        Ok(Self { rows, columns })
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn columns(&self) -> &[Values] {
        &self.columns
    }

    pub(crate) fn check(&self, columns: &[Column]) -> Result<(), Misfit> {
        let fits = self.columns.len() == columns.len()
            && self.columns.iter().zip(columns).all(|(values, column)| values.kind() == column.kind);
        if fits { Ok(()) } else { Err(Misfit) }
    }
}

#[cfg(test)]
mod tests;
