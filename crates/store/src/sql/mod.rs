//! A person's own SQL: one SELECT, on a connection of its own that can only read, within bounds of time, memory and rows.
//!
//! Nothing that changes anything, and nothing that is secret, gets past `allowed.rs`; `bounds.rs` ends what goes too far;
//! `reads.rs` says from the plan how many candles a query will read, before it runs.

mod allowed;
mod bounds;
mod error;
mod reads;
mod schema;
mod useful;

use protocol::{SQL_LENGTH_MAX, SqlAnswer, SqlReads, SqlSchema, SqlStep, SqlValue};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Statement};

pub use bounds::{SqlStop, StopReason};
pub use error::{MuchRead, SqlError, SqlPlace, WhyMuch};

use crate::Store;
use crate::error::StoreError;
use allowed::Guard;

/// From so many candles on a query is asked about before it runs.
const ASKS_FROM: u64 = 1_000_000;
/// Of an answer in memory, each cell counted with what it stands in.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
const CELL_BYTES: usize = size_of::<SqlValue>();

impl Store {
    /// Runs one query. It goes on where nobody waits for it any more, until `stop` is told.
    pub async fn run_sql(
        &self,
        sql: String,
        rows: u32,
        read_all: bool,
        stop: SqlStop,
    ) -> Result<SqlAnswer, SqlError> {
        let store = self.clone();
        let answer = tokio::task::spawn_blocking(move || {
            let (connection, trouble) = store.connections().for_sql()?;
            let answer = run(&connection, &sql, rows, read_all, &stop);
            match trouble.take() {
                Some(trouble) => Err(StoreError::from(trouble).into()),
                None => answer,
            }
        });
        answer.await.map_err(|_| StoreError::Interrupted)?
    }

    /// What can be asked for, and queries to begin with.
    pub fn sql_schema() -> SqlSchema {
        SqlSchema { tables: schema::tables(), queries: useful::queries() }
    }
}

fn run(
    connection: &Connection,
    sql: &str,
    rows: u32,
    read_all: bool,
    stop: &SqlStop,
) -> Result<SqlAnswer, SqlError> {
    if sql.len() > SQL_LENGTH_MAX {
        return Err(SqlError::TooLong { max: SQL_LENGTH_MAX });
    }
    let totals = reads::Totals::read(connection)?;
    let guard = Guard::set(connection)?;
    bounds::set(connection, stop)?;
    let told = |error| error::told(error, None, &guard, stop);
    let mut statement = connection
        .prepare(sql)
        .map_err(|error| error::told(error, SqlPlace::of_last_error(connection, sql), &guard, stop))?;
    if statement.column_count() == 0 {
        // A text without a statement changes nothing either.
        return Err(if statement.readonly() { SqlError::Empty } else { allowed::only_reading() });
    }
    if statement.parameter_count() > 0 {
        return Err(SqlError::Parameter);
    }
    let plan = if statement.is_explain() == 0 { plan_of(connection, sql).map_err(told)? } else { Vec::new() };
    let reads = reads::estimate(&plan, &totals, guard.reads_candle_itself());
    if let Some(why) = reads.asks.filter(|_| !read_all) {
        return Err(SqlError::ReadsMuch(MuchRead { reads: reads.told, why }));
    }
    answer(&mut statement, rows, reads.told, &plan).map_err(told)
}

/// How SQLite will go about it: each step with its own number and that of the step that it is within.
fn plan_of(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<reads::Step>> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    let steps = statement
        .query_map([], |row| Ok(reads::Step { id: row.get(0)?, parent: row.get(1)?, words: row.get(3)? }))?;
    steps.collect()
}

fn answer(
    statement: &mut Statement<'_>,
    rows_max: u32,
    reads: SqlReads,
    plan: &[reads::Step],
) -> rusqlite::Result<SqlAnswer> {
    let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let mut found = statement.query([])?;
    let (mut rows, mut bytes, mut more) = (Vec::new(), 0, None);
    while let Some(row) = found.next()? {
        if rows.len() >= rows_max as usize {
            more = Some(format!("these are the first {rows_max} rows: there are more"));
            break;
        }
        let mut values = Vec::with_capacity(columns.len());
        for column in 0..columns.len() {
            let value = value_of(row.get_ref(column)?);
            bytes += CELL_BYTES + if let SqlValue::Text(text) = &value { text.len() } else { 0 };
            values.push(value);
        }
        if bytes > ANSWER_BYTES_MAX {
            let megabytes = ANSWER_BYTES_MAX / 1024 / 1024;
            more = Some(format!(
                "an answer takes {megabytes} MB at most: these are its first {} rows, and there are more",
                rows.len()
            ));
            break;
        }
        rows.push(values);
    }
    let steps = plan.iter().map(|step| SqlStep { depth: step.depth(plan), words: step.words.clone() });
    Ok(SqlAnswer { columns, rows, more, reads, plan: steps.collect(), took_ms: 0 })
}

fn value_of(value: ValueRef<'_>) -> SqlValue {
    match value {
        ValueRef::Null => SqlValue::Nothing,
        ValueRef::Integer(number) => SqlValue::Integer(number),
        ValueRef::Real(number) if number.is_finite() => SqlValue::Real(number),
        // JSON has no word for them.
        ValueRef::Real(number) => SqlValue::Text(number.to_string()),
        ValueRef::Text(text) => SqlValue::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => SqlValue::Text(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
    }
}
