//! Days of which an answer is believed no more, and believed again: a day is split out of the answer that accounts for it.
//! Who doubts it, the exchange's file or a silence at the money, says so.

use market::{Day, DayRange, Interval};
use rusqlite::{Connection, params};

use crate::ContractId;
use crate::columns::range_of_columns;
use crate::error::Result;
use crate::queries::{change, rows};

/// The answers that account for a day of a contract in an interval without a row of it, in any such interval where none is
/// named, are believed for that day no more: they stand as before for the days around it, and the day itself counts as an
/// empty answer that nobody confirmed.
pub(crate) fn reopen_day(
    connection: &Connection,
    contract: ContractId,
    interval: Option<Interval>,
    day: Day,
) -> Result<()> {
    let text = day.to_string();
    let ranges: Vec<(i64, DayRange)> = rows(
        connection,
        "SELECT f.id, f.from_day, f.to_day FROM series s JOIN fetched_range f ON f.series_id = s.id
         WHERE s.contract_id = ?1 AND f.provisional = 0 AND f.from_day <= ?2 AND f.to_day >= ?2
           AND (?3 IS NULL OR s.interval = ?3)
           AND NOT EXISTS (SELECT 1 FROM series_day d WHERE d.series_id = s.id AND d.day = ?2)",
        params![contract.0, text, interval.map(Interval::as_str)],
        |row| Ok((row.get(0)?, range_of_columns(row, 1)?)),
    )?;
    for (id, range) in ranges {
        for (from, to) in [(range.from(), day.previous()), (day.next(), range.to())] {
            if from <= to {
                change(
                    connection,
                    "INSERT INTO fetched_range (series_id, from_day, to_day, outcome, provisional, empties, request_id)
                     SELECT series_id, ?2, ?3, outcome, provisional, empties, request_id FROM fetched_range WHERE id = ?1",
                    params![id, from.to_string(), to.to_string()],
                )?;
            }
        }
        change(
            connection,
            "UPDATE fetched_range SET from_day = ?2, to_day = ?2, outcome = 'empty_unconfirmed', empties = 0
             WHERE id = ?1",
            params![id, text],
        )?;
    }
    Ok(())
}

/// The other way round: a day that was split out of an answer is as that answer says again. One that was asked for by
/// itself, or is being asked for again, stays what it is.
pub(crate) fn believe_day(connection: &Connection, contract: ContractId, day: Day) -> Result<()> {
    change(
        connection,
        "UPDATE fetched_range SET (outcome, empties) = (
             SELECT n.outcome, n.empties FROM fetched_range n
             WHERE n.series_id = fetched_range.series_id AND n.request_id = fetched_range.request_id
               AND n.outcome <> 'empty_unconfirmed' AND (n.to_day = ?3 OR n.from_day = ?4) LIMIT 1)
         WHERE series_id IN (SELECT id FROM series WHERE contract_id = ?1)
           AND from_day = ?2 AND to_day = ?2 AND outcome = 'empty_unconfirmed' AND provisional = 0
           AND EXISTS (SELECT 1 FROM fetched_range n
             WHERE n.series_id = fetched_range.series_id AND n.request_id = fetched_range.request_id
               AND n.outcome <> 'empty_unconfirmed' AND (n.to_day = ?3 OR n.from_day = ?4))",
        params![contract.0, day.to_string(), day.previous().to_string(), day.next().to_string()],
    )?;
    Ok(())
}
