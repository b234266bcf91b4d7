//! Documents of REST that are tables of rows, as such: what stands in a column. A moment is one, money is rupees, and a word
//! is the one that the document has.

use export::{ExportError, Format, RowTable};
use market::{Contract, Day, Strike, Underlying};
use protocol::{
    AuditLine, CalendarExpiry, CandleFigures, ChangedCandle, ContractRow, CoverageCalendar, CoverageMap,
    DayCounts, DayState, ExpiryCoverage, ExpiryRow, MapCell, MapRow, RefusedLine, SeriesCoverage,
    StoredUnderlying, TradedPrices, UnderlyingRow,
};

use super::documents::{ContractLine, ExpiryLine};

type Written = Result<(), ExportError>;
const PAISE_A_RUPEE: f64 = 100.0;

fn underlying<'r, R>(table: RowTable<'r, R>, pick: impl Fn(&'r R) -> &'r Underlying) -> RowTable<'r, R> {
    table
        .text("instrument_key", |row| Some(&pick(row).key))
        .text("symbol", |row| Some(&pick(row).symbol))
        .text("name", |row| Some(&pick(row).name))
}

fn contract<'r, R>(table: RowTable<'r, R>, pick: impl Fn(&'r R) -> &'r Contract) -> RowTable<'r, R> {
    table
        .text("expired_key", |row| Some(&pick(row).expired_key))
        .text("trading_symbol", |row| Some(&pick(row).trading_symbol))
        .day("expiry", |row| Some(pick(row).expiry))
        .text("kind", |row| Some(pick(row).kind))
        .number("strike", |row| pick(row).strike.map(Strike::to_rupees))
        .whole("lot_size", |row| Some(pick(row).lot_size))
        .number("tick_size", |row| Some(pick(row).tick_size as f64 / PAISE_A_RUPEE))
        .text("weekly", |row| pick(row).weekly)
}

fn prices<'r, R>(table: RowTable<'r, R>, pick: impl Fn(&'r R) -> Option<TradedPrices>) -> RowTable<'r, R> {
    table
        .price("last_price", |row| Some(pick(row)?.last))
        .price("high", |row| Some(pick(row)?.high))
        .price("low", |row| Some(pick(row)?.low))
}

fn expiry<'r, R>(table: RowTable<'r, R>, pick: impl Fn(&'r R) -> &'r ExpiryRow) -> RowTable<'r, R> {
    table
        .day("expiry", |row| Some(pick(row).date))
        .text("weekly", |row| pick(row).weekly)
        .whole("contracts", |row| pick(row).contracts)
        .whole("collected", |row| Some(pick(row).collected))
        .whole("candles", |row| Some(pick(row).candles))
        .whole("days", |row| Some(pick(row).days.get()))
        .text("interval", |row| Some(pick(row).interval))
        .time("pruned_at", |row| pick(row).pruned_at)
}

/// A column a state, so that every table of them has the same.
fn day_counts<'r, R>(table: RowTable<'r, R>, pick: impl Fn(&'r R) -> &'r DayCounts) -> RowTable<'r, R> {
    DayState::ALL.into_iter().fold(table, |table, state| {
        let name = format!("days_{}", state.words().replace(' ', "_").replace('\'', ""));
        table.whole(&name, |row| Some(pick(row).of(state)))
    })
}

pub fn contracts(rows: &[ContractLine], format: Format, bytes: &mut Vec<u8>) -> Written {
    let table = contract(RowTable::of(rows), |row| &row.contract).text("interval", |row| Some(row.interval));
    prices(table, |row| row.prices).write(format, bytes)
}

pub fn stored_contracts(rows: &[ContractRow], format: Format, bytes: &mut Vec<u8>) -> Written {
    let table = contract(RowTable::of(rows), |row| &row.contract)
        .text("interval", |row| Some(row.interval))
        .text("state", |row| Some(row.words()))
        .whole("candles", |row| Some(row.candles))
        .whole("traded_days", |row| Some(row.traded_days))
        .time("first", |row| row.first)
        .time("last", |row| row.last)
        .whole("volume", |row| Some(row.volume))
        .whole("open_interest", |row| Some(row.open_interest));
    prices(table, |row| row.prices).time("pruned_at", |row| row.pruned_at).write(format, bytes)
}

pub fn expiries(rows: &[ExpiryLine], format: Format, bytes: &mut Vec<u8>) -> Written {
    expiry(RowTable::of(rows), |line| &line.row).text("state", |line| Some(&line.state)).write(format, bytes)
}

pub fn stored_expiries(rows: &[ExpiryRow], format: Format, bytes: &mut Vec<u8>) -> Written {
    expiry(RowTable::of(rows), |row| row).write(format, bytes)
}

pub fn instruments(rows: &[UnderlyingRow], format: Format, bytes: &mut Vec<u8>) -> Written {
    underlying(RowTable::of(rows), |row| &row.underlying)
        .whole("expiries", |row| row.expiries)
        .whole("contracts", |row| Some(row.contracts))
        .whole("candles", |row| Some(row.candles))
        .text("standing", |row| row.standing.words())
        .text("former", |row| Some(row.former.join(", ")).filter(|names| !names.is_empty()))
        .write(format, bytes)
}

pub fn stored(rows: &[StoredUnderlying], format: Format, bytes: &mut Vec<u8>) -> Written {
    underlying(RowTable::of(rows), |row| &row.underlying)
        .whole("expiries", |row| Some(row.expiries))
        .whole("contracts", |row| Some(row.contracts))
        .whole("candles", |row| Some(row.candles))
        .write(format, bytes)
}

/// A row an expiry.
pub fn coverage(rows: &[ExpiryCoverage], format: Format, bytes: &mut Vec<u8>) -> Written {
    let table = RowTable::of(rows)
        .day("expiry", |row| Some(row.expiry))
        .whole("contracts", |row| Some(row.contracts))
        .whole("settled", |row| Some(row.settled))
        .whole("candles", |row| Some(row.candles))
        .whole("outside", |row| Some(row.outside))
        .whole("refused", |row| Some(row.refused))
        .whole("expected", |row| Some(row.expected))
        .whole("holes", |row| Some(row.holes.len() as u64));
    day_counts(table, |row| &row.days).time("pruned_at", |row| row.pruned_at).write(format, bytes)
}

/// A row a contract.
pub fn coverage_of_expiry(rows: &[SeriesCoverage], format: Format, bytes: &mut Vec<u8>) -> Written {
    let table = RowTable::of(rows)
        .text("expired_key", |row| row.expired_key.as_ref())
        .text("symbol", |row| Some(&row.symbol))
        .whole("candles", |row| Some(row.candles))
        .whole("outside", |row| Some(row.outside))
        .whole("refused", |row| Some(row.refused.values().sum::<u64>()))
        .whole("expected", |row| Some(row.expected))
        .time("first", |row| row.first)
        .time("last", |row| row.last)
        .whole("holes", |row| Some(row.holes.len() as u64));
    day_counts(table, |row| &row.days).time("pruned_at", |row| row.pruned_at).write(format, bytes)
}

/// A row a contract and day.
pub fn coverage_map(map: &CoverageMap, format: Format, bytes: &mut Vec<u8>) -> Written {
    let days = |row| map.days.iter().enumerate().map(move |(at, day)| (row, at, *day));
    let rows: Vec<(&MapRow, usize, Day)> = map.rows.iter().flat_map(days).collect();
    let word = |(row, at, _): &(&MapRow, usize, Day)| {
        let letter = row.cells.chars().nth(*at)?;
        Some(MapCell::ALL.into_iter().find(|cell| cell.letter() == letter)?.words())
    };
    RowTable::of(&rows)
        .text("expired_key", |(row, ..)| Some(&row.expired_key))
        .text("symbol", |(row, ..)| Some(&row.symbol))
        .text("kind", |(row, ..)| Some(row.kind))
        .number("strike", |(row, ..)| row.strike.map(Strike::to_rupees))
        .day("day", |(.., day)| Some(*day))
        .text("state", word)
        .whole("tenths", |(row, at, _)| row.fill.chars().nth(*at)?.to_digit(10))
        .write(format, bytes)
}

/// A row an underlying and expiry.
pub fn calendar(calendar: &CoverageCalendar, format: Format, bytes: &mut Vec<u8>) -> Written {
    let of_underlying =
        calendar.underlyings.iter().flat_map(|of| of.expiries.iter().map(move |row| (of, row)));
    let rows: Vec<(&protocol::CalendarRow, &CalendarExpiry)> = of_underlying.collect();
    RowTable::of(&rows)
        .text("instrument_key", |(of, _)| Some(&of.underlying))
        .text("symbol", |(of, _)| Some(&of.symbol))
        .day("expiry", |(_, row)| Some(row.expiry))
        .text("outcome", |(_, row)| Some(row.outcome.as_str()))
        .text("words", |(_, row)| Some(&row.words))
        .whole("candles", |(_, row)| Some(row.candles))
        .whole("failed", |(_, row)| Some(row.failed))
        .whole("holes", |(_, row)| Some(row.holes))
        .write(format, bytes)
}

/// As a candle was and as it is.
pub fn revisions(rows: &[ChangedCandle], format: Format, bytes: &mut Vec<u8>) -> Written {
    fn figures<'r>(
        table: RowTable<'r, ChangedCandle>,
        mark: &str,
        pick: impl Fn(&'r ChangedCandle) -> Option<CandleFigures>,
    ) -> RowTable<'r, ChangedCandle> {
        table
            .number(&format!("{mark}_open"), |row| Some(pick(row)?.open))
            .number(&format!("{mark}_high"), |row| Some(pick(row)?.high))
            .number(&format!("{mark}_low"), |row| Some(pick(row)?.low))
            .number(&format!("{mark}_close"), |row| Some(pick(row)?.close))
            .whole(&format!("{mark}_volume"), |row| Some(pick(row)?.volume))
            .whole(&format!("{mark}_open_interest"), |row| Some(pick(row)?.open_interest))
    }
    let table = RowTable::of(rows)
        .time("time", |row| Some(row.at))
        .text("expired_key", |row| row.expired_key.as_ref())
        .text("symbol", |row| Some(&row.symbol))
        .text("interval", |row| Some(row.interval));
    let table = figures(table, "old", |row| Some(row.old));
    figures(table, "stored", |row| row.stored)
        .time("changed_at", |row| Some(row.changed_at))
        .whole("request", |row| Some(row.request))
        .write(format, bytes)
}

pub fn requests(rows: &[AuditLine], format: Format, bytes: &mut Vec<u8>) -> Written {
    RowTable::of(rows)
        .whole("id", |row| Some(row.id))
        .time("time", |row| Some(row.at))
        .whole("job", |row| Some(row.job?.0))
        .text("endpoint", |row| Some(&row.endpoint))
        .text("key", |row| Some(&row.key))
        .text("interval", |row| row.interval.as_ref())
        .day("from", |row| row.from)
        .day("to", |row| row.to)
        .whole("status", |row| row.status)
        .text("code", |row| row.code.as_ref())
        .whole("rows", |row| Some(row.rows))
        .whole("bytes", |row| Some(row.bytes))
        .text("sha256", |row| row.sha256.as_ref())
        .whole("duration_ms", |row| Some(row.duration_ms))
        .whole("attempt", |row| Some(row.attempt))
        .write(format, bytes)
}

pub fn refused(rows: &[RefusedLine], format: Format, bytes: &mut Vec<u8>) -> Written {
    RowTable::of(rows)
        .whole("id", |row| Some(row.id))
        .text("kind", |row| Some(row.kind.words()))
        .text("of", |row| Some(&row.of))
        .day("expiry", |row| row.expiry)
        .time("time", |row| row.at)
        .text("reason", |row| Some(&row.reason))
        .text("raw", |row| Some(&row.raw))
        .whole("first_request", |row| Some(row.first_request))
        .whole("last_request", |row| Some(row.last_request))
        .whole("times", |row| Some(row.times))
        .text("open", |row| Some(row.open))
        .write(format, bytes)
}
