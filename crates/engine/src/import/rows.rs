//! Rows as they were read: what stands in their cells as numbers, texts, candles and contracts.

use std::borrow::Cow;

use market::{Contract, ContractKind, Day, EpochSeconds, ExpiredKey, InstrumentKey, Strike};
use store::ForeignCell;
use upstox::RawCandle;

use super::shape::{DATE_PLACE, Shape};

/// A tick below is said in rupees, else in paise.
const TICK_IN_PAISE: f64 = 1.0;

const NO_NUMBER: &str = "a price, a volume or an open interest is no number";
const NO_TIME: &str = "it has no time";
pub(super) const PLACEHOLDER: &str = "it has neither price nor volume: nothing was traded";

/// A row as it was read, owned.
pub(super) struct Held {
    start: String,
    numbers: [f64; 6],
}

impl Held {
    pub fn read(shape: &Shape, row: &[ForeignCell]) -> Result<Self, &'static str> {
        let start = start_of(shape, row).ok_or(NO_TIME)?;
        let cell = |at: usize| shape.cell(row, at + 2).map(number_of);
        // A bar in which nothing was traded, as our own files have it: its open interest alone.
        let has_prices = (0..4).any(|at| cell(at) != Some(Err(NotNumber::Missing)));
        if !has_prices && matches!(cell(4), None | Some(Err(NotNumber::Missing) | Ok(0.0))) {
            return Err(PLACEHOLDER);
        }
        let mut numbers = [0.0; 6];
        for (at, number) in numbers.iter_mut().enumerate() {
            *number = match cell(at) {
                Some(Ok(number)) => number,
                // Open interest may not be told.
                None | Some(Err(NotNumber::Missing)) if at == 5 => 0.0,
                _ => return Err(NO_NUMBER),
            };
        }
        Ok(Self { start, numbers })
    }

    pub fn raw(&self) -> RawCandle<'_> {
        let [open, high, low, close, volume, open_interest] = self.numbers;
        let start = Cow::Borrowed(self.start.as_str());
        RawCandle { start, open, high, low, close, volume, open_interest, raw: None }
    }
}

/// The time, with the day before it where that stands in a column of its own.
fn start_of(shape: &Shape, row: &[ForeignCell]) -> Option<String> {
    let time = shape.cell(row, 1).and_then(text)?;
    let date = shape.cell(row, DATE_PLACE).and_then(text);
    match date.filter(|_| is_clock(&time)).as_deref().and_then(Day::from_spelling) {
        Some(day) => Some(format!("{day} {time}")),
        None => Some(time.into_owned()),
    }
}

/// `09:15:00`, and no day.
fn is_clock(time: &str) -> bool {
    time.contains(':') && EpochSeconds::from_spelling(time).is_none() && !time.contains(['-', '/', ' '])
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NotNumber {
    Missing,
    OtherText,
}

fn number_of(cell: &ForeignCell) -> Result<f64, NotNumber> {
    match cell {
        ForeignCell::Integer(number) => Ok(*number as f64),
        ForeignCell::Real(number) => Ok(*number),
        ForeignCell::Text(text) => {
            let number = text.trim().parse().ok().filter(|number: &f64| number.is_finite());
            number.ok_or(NotNumber::OtherText)
        }
        ForeignCell::Nothing => Err(NotNumber::Missing),
    }
}

pub(super) fn text(cell: &ForeignCell) -> Option<Cow<'_, str>> {
    match cell {
        ForeignCell::Nothing => None,
        ForeignCell::Integer(number) => Some(Cow::Owned(number.to_string())),
        ForeignCell::Real(number) => Some(Cow::Owned(number.to_string())),
        ForeignCell::Text(text) if text.trim().is_empty() => None,
        ForeignCell::Text(text) => Some(Cow::Borrowed(text.trim())),
    }
}

/// As somebody reads it.
pub(super) fn told(row: &[ForeignCell]) -> String {
    row.iter().map(|cell| text(cell).unwrap_or_default()).collect::<Vec<_>>().join(",")
}

pub(super) fn contract_of(shape: &Shape, row: &[ForeignCell]) -> Option<Contract> {
    let text = |place| shape.cell(row, place).and_then(text);
    let number = |place| shape.cell(row, place).and_then(|cell| number_of(cell).ok());
    let expired_key: ExpiredKey = text(0)?.parse().ok()?;
    let underlying_key: InstrumentKey = text(1)?.parse().ok()?;
    underlying_key.check_underlying().ok()?;
    let kind = match text(3)?.to_ascii_uppercase().as_str() {
        "CE" => ContractKind::Call,
        "PE" => ContractKind::Put,
        word if word.starts_with('F') => ContractKind::Future,
        _ => return None,
    };
    let strike = match kind {
        ContractKind::Future => None,
        ContractKind::Call | ContractKind::Put => Some(Strike::from_rupees(number(4)?)?),
    };
    let tick = number(7).unwrap_or(TICK_IN_PAISE);
    let tick_size = if tick < TICK_IN_PAISE { tick * 100.0 } else { tick };
    Some(Contract {
        expiry: Day::from_spelling(&text(2)?)?,
        trading_symbol: text(5)?.into_owned(),
        lot_size: number(6).filter(|lot| *lot >= 1.0).unwrap_or(1.0).round() as i64,
        tick_size: tick_size.round().max(1.0) as i64,
        weekly: None,
        expired_key,
        underlying_key,
        kind,
        strike,
    })
}
