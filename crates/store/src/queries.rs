//! The ways in which a query is asked: for all its rows, for the first of them, or for a change.

use rusqlite::{Connection, Params, Row};

use crate::error::Result;

pub(crate) fn rows<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    of_row: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    connection.prepare_cached(sql)?.query_and_then(parameters, of_row)?.collect()
}

/// The first row, where there is one.
pub(crate) fn first_row<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    of_row: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<Option<T>> {
    connection.prepare_cached(sql)?.query_and_then(parameters, of_row)?.next().transpose()
}

/// The first row of a query that is wrong to find none.
pub(crate) fn one_row<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    of_row: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<T> {
    let row = first_row(connection, sql, parameters, of_row)?;
    row.ok_or_else(|| rusqlite::Error::QueryReturnedNoRows.into())
}

/// Says how many rows it changed.
pub(crate) fn change(connection: &Connection, sql: &str, parameters: impl Params) -> Result<usize> {
    Ok(connection.prepare_cached(sql)?.execute(parameters)?)
}
