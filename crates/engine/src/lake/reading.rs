//! Rows of a lake's files as what they were before they were rows: contracts, candles of an underlying, and the series of
//! contracts one after the other.

use std::sync::Arc;

use export::CandleTable;
use export::table::{Batch, Cell};
use lake::{CandleFile, GroupSeries, RowGroups};
use market::{Candle, Contract, Price, Prices, Strike};
use store::ArchivedFile;

use super::PublishError;
use crate::blocking::on_blocking_thread;
use crate::error::EngineError;

/// The series of a file one after the other, each whole: a contract may go on in the next row group.
pub(super) struct Reading {
    groups: Arc<RowGroups>,
    file: CandleFile,
    next_group: u32,
    count: Option<u32>,
    /// Of the last group that was read, oldest last.
    waiting: Vec<GroupSeries>,
}

impl Reading {
    pub(super) fn new(groups: Arc<RowGroups>, file: &ArchivedFile) -> Self {
        let ArchivedFile { place, path, bytes, sha256 } = file.clone();
        let file = CandleFile { place, path, bytes, sha256 };
        Self { groups, file, next_group: 0, count: None, waiting: Vec::new() }
    }

    pub(super) async fn next(&mut self) -> Result<Option<GroupSeries>, EngineError> {
        while self.waiting.len() < 2 && self.read_group().await? {}
        Ok(self.waiting.pop())
    }

    /// Says whether there was one more.
    async fn read_group(&mut self) -> Result<bool, EngineError> {
        let (groups, file, group, known) =
            (self.groups.clone(), self.file.clone(), self.next_group, self.count);
        let read = on_blocking_thread(move || {
            let count = known.map_or_else(|| groups.count(&file), Ok)?;
            let series = if group < count { groups.read(&file, group)? } else { Vec::new() };
            Ok::<_, lake::RowGroupError>((count, series))
        });
        let (count, mut series) = read.await?.map_err(|error| unreadable(&self.file.path, error))?;
        self.count = Some(count);
        if group >= count {
            return Ok(false);
        }
        self.next_group += 1;
        let goes_on = |last: &GroupSeries, next: &GroupSeries| {
            (&last.expired_key, last.interval) == (&next.expired_key, next.interval)
        };
        if let Some(last) = self.waiting.first_mut()
            && series.first().is_some_and(|first| goes_on(last, first))
        {
            last.candles.append(&mut series.remove(0).candles);
        }
        series.reverse();
        series.append(&mut self.waiting);
        self.waiting = series;
        Ok(true)
    }
}

pub(super) fn unreadable(path: &str, why: impl ToString) -> PublishError {
    lake::LakeError::Unreadable { path: path.to_owned(), why: why.to_string() }.into()
}

/// In the order of the columns that it is read in.
pub(super) fn contract_at(batch: &Batch, row: usize) -> Option<Contract> {
    let cells: Vec<Cell<'_>> = batch.columns().iter().map(|values| values.cell(row)).collect();
    let [key, underlying, expiry, kind, strike, lot_size, tick_size, symbol, _, weekly, _] = cells[..] else {
        return None;
    };
    let text = |cell| if let Cell::Text(text) = cell { Some(text) } else { None };
    let whole = |cell| if let Cell::Whole(whole) = cell { Some(whole) } else { None };
    let Cell::Day(expiry) = expiry else { return None };
    let Cell::Price(tick_size) = tick_size else { return None };
    let strike = match strike {
        Cell::Number(rupees) => Some(Strike::from_rupees(rupees)?),
        _ => None,
    };
    Some(Contract {
        expired_key: text(key)?.parse().ok()?,
        underlying_key: text(underlying)?.parse().ok()?,
        expiry,
        kind: text(kind)?.parse().ok()?,
        strike,
        trading_symbol: text(symbol)?.to_owned(),
        lot_size: whole(lot_size)?,
        tick_size: tick_size.0 / Price::PER_PAISA,
        weekly: whole(weekly).map(|weekly| weekly != 0),
    })
}

/// The same, of an underlying's own: it has no open interest.
pub(super) fn spot_at(batch: &Batch, row: usize) -> Option<Candle> {
    let cell = |name: &str| {
        let columns = CandleTable::spot().columns();
        let at = columns.iter().position(|column| column.name == name)?;
        Some(batch.columns().get(at)?.cell(row))
    };
    let price = |name| match cell(name)? {
        Cell::Price(price) => Some(price),
        _ => None,
    };
    let Cell::Text("1minute") = cell("interval")? else { return None };
    let Cell::Time(start) = cell("time")? else { return None };
    let volume = match cell("volume")? {
        Cell::Whole(volume) => volume,
        _ => 0,
    };
    let prices =
        Prices { open: price("open")?, high: price("high")?, low: price("low")?, close: price("close")? };
    Some(Candle { start, prices, volume, open_interest: 0 })
}
