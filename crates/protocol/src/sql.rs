//! A person's own question in SQL, and what comes of it. Its bounds stand in [`SqlWish`], so that page, command line and
//! REST have the same.

use serde::{Deserialize, Serialize};

pub const SQL_LENGTH_MAX: usize = 20_000;
/// Rows of an answer, where nobody says how many, and at most.
pub const SQL_ROWS: u32 = 10_000;
pub const SQL_ROWS_MAX: u32 = 100_000;
/// Seconds that a query may take, where nobody says how long, and at most.
pub const SQL_SECONDS: u32 = 30;
pub const SQL_SECONDS_MAX: u32 = 600;
/// Letters of the name that a query is stopped by.
pub const SQL_NAME_LENGTH_MAX: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SqlWish {
    /// One SELECT.
    #[cfg_attr(feature = "openapi", schema(max_length = 20_000))]
    pub sql: String,
    /// At most so many rows; what is beyond them is not read.
    #[serde(default = "rows")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100_000))]
    pub rows: u32,
    /// It is stopped after so long.
    #[serde(default = "seconds")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 600))]
    pub seconds: u32,
    /// Run it however many candles it reads; without it, one that may read a million and more is asked about first.
    #[serde(default)]
    pub read_all: bool,
    /// By which it can be stopped while it runs, chosen by whoever asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 64))]
    pub id: Option<String>,
}

fn rows() -> u32 {
    SQL_ROWS
}

fn seconds() -> u32 {
    SQL_SECONDS
}

impl SqlWish {
    pub fn new(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), rows: SQL_ROWS, seconds: SQL_SECONDS, read_all: false, id: None }
    }

    /// What is wrong with its bounds, as a sentence.
    pub fn misfit(&self) -> Option<String> {
        if !(1..=SQL_ROWS_MAX).contains(&self.rows) {
            return Some(format!("an answer has 1 to {SQL_ROWS_MAX} rows: not {}", self.rows));
        }
        if !(1..=SQL_SECONDS_MAX).contains(&self.seconds) {
            return Some(format!("a query may take 1 to {SQL_SECONDS_MAX} seconds: not {}", self.seconds));
        }
        let is_name = |id: &String| {
            let is_plain = id.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
            !id.is_empty() && id.len() <= SQL_NAME_LENGTH_MAX && is_plain
        };
        if self.id.as_ref().is_some_and(|id| !is_name(id)) {
            return Some(format!(
                "a query is named with 1 to {SQL_NAME_LENGTH_MAX} letters, digits and hyphens, or not at all"
            ));
        }
        None
    }
}

/// One cell; bytes are written as hexadecimal text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum SqlValue {
    Nothing,
    Integer(i64),
    Real(f64),
    Text(String),
}

impl SqlValue {
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Integer(number) => Some(*number as f64),
            Self::Real(number) => Some(*number),
            Self::Nothing | Self::Text(_) => None,
        }
    }
}

/// As a file has it; nothing is an empty cell.
impl std::fmt::Display for SqlValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::Integer(number) => number.fmt(f),
            Self::Real(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// How many candles a query reads at most, told by its plan before it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SqlReads {
    /// 0: none; nothing where the plan does not tell.
    pub candles: Option<u64>,
    /// About what they take in the database.
    pub bytes: Option<u64>,
}

/// A step of how SQLite goes about it; steps within others are deeper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SqlStep {
    pub depth: u32,
    pub words: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SqlAnswer {
    pub columns: Vec<String>,
    /// Each cell nothing, a number or a text.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Vec<serde_json::Value>>))]
    pub rows: Vec<Vec<SqlValue>>,
    /// Why there are more rows than these; without it there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more: Option<String>,
    pub reads: SqlReads,
    pub plan: Vec<SqlStep>,
    pub took_ms: u64,
}

/// The same, an array a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SqlColumns {
    pub columns: Vec<SqlColumnOfValues>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more: Option<String>,
    pub reads: SqlReads,
    pub plan: Vec<SqlStep>,
    pub took_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SqlColumnOfValues {
    pub name: String,
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<serde_json::Value>))]
    pub values: Vec<SqlValue>,
}

impl From<SqlAnswer> for SqlColumns {
    fn from(answer: SqlAnswer) -> Self {
        let SqlAnswer { columns, rows, more, reads, plan, took_ms } = answer;
        let named = |name| SqlColumnOfValues { name, values: Vec::with_capacity(rows.len()) };
        let mut columns: Vec<_> = columns.into_iter().map(named).collect();
        for row in rows {
            for (column, value) in columns.iter_mut().zip(row) {
                column.values.push(value);
            }
        }
        Self { columns, more, reads, plan, took_ms }
    }
}

/// What can be asked for, and queries to begin with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SqlSchema {
    pub tables: Vec<SqlTable>,
    pub queries: Vec<UsefulQuery>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SqlTable {
    pub name: String,
    pub meaning: String,
    pub columns: Vec<SqlTableColumn>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SqlTableColumn {
    pub name: String,
    pub meaning: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsefulQuery {
    /// In addresses.
    pub name: String,
    pub title: String,
    pub sentence: String,
    pub sql: String,
}
