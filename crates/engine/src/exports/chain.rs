//! The option chain as a table: a row a minute, strike and side, as the chain of each minute has them. One minute is in
//! memory at a time, beside the day.

use std::str::FromStr;
use std::sync::Arc;

use export::ExportError;
use export::table::{Batch, Column, Kind, TableWriter, Values};
use market::{Day, EpochSeconds};
use protocol::{ChainPicture, ChainSide, Minute};

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

type Pick = fn(&ChainSide) -> Option<f64>;

const NUMBERS: [(&str, Pick); 8] = [
    ("change", |side| side.change),
    ("time_value", |side| side.time_value),
    ("volatility", |side| side.volatility),
    ("own_volatility", |side| side.own_volatility),
    ("delta", |side| side.delta),
    ("gamma", |side| side.gamma),
    ("theta", |side| side.theta),
    ("vega", |side| side.vega),
];

pub(super) fn columns() -> Vec<Column> {
    let first = [
        ("time", Kind::Time),
        ("expiry", Kind::Day),
        ("expired_key", Kind::Text),
        ("kind", Kind::Text),
        ("strike", Kind::Number),
        ("last", Kind::Number),
        ("price_age_s", Kind::Whole),
        ("volume", Kind::Whole),
        ("open_interest", Kind::Whole),
        ("open_interest_change", Kind::Whole),
    ];
    let last = [("forward", Kind::Number), ("spot", Kind::Number)];
    let numbers = NUMBERS.map(|(name, _)| (name, Kind::Number));
    let all = first.into_iter().chain(numbers).chain(last);
    all.map(|(name, kind)| Column::new(name, kind)).collect()
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
        let batch = batch(&day.picture(walk.to(*minute)), *minute)?;
        writer.write(&batch)?;
        is_written(batch.rows());
    }
    Ok(minutes.first().copied().zip(minutes.last().copied()))
}

fn batch(of: &ChainPicture, at: EpochSeconds) -> Result<Batch, ExportError> {
    let sides: Vec<(f64, &str, &ChainSide)> = of
        .rows
        .iter()
        .flat_map(|row| {
            let call = row.call.iter().map(|side| (row.strike, "CE", side));
            call.chain(row.put.iter().map(|side| (row.strike, "PE", side)))
        })
        .collect();
    let rows = sides.len();
    let texts = |pick: &dyn Fn(&(f64, &str, &ChainSide)) -> String| {
        Values::Texts(sides.iter().map(|side| Some(Arc::from(pick(side)))).collect())
    };
    let whole = |pick: fn(&ChainSide) -> Option<i64>| {
        Values::Wholes(sides.iter().map(|(_, _, side)| pick(side)).collect())
    };
    let number = |pick: Pick| Values::Numbers(sides.iter().map(|(_, _, side)| pick(side)).collect());
    let mut values = vec![
        Values::Times(vec![Some(at); rows]),
        Values::same_day(Some(of.expiry), rows),
        texts(&|(_, _, side)| side.expired_key.to_string()),
        texts(&|(_, kind, _)| (*kind).to_owned()),
        Values::Numbers(sides.iter().map(|(strike, ..)| Some(*strike)).collect()),
        number(|side| Some(side.last)),
        whole(|side| Some(side.age_s)),
        whole(|side| Some(side.volume)),
        whole(|side| side.open_interest),
        whole(|side| side.open_interest_change),
    ];
    values.extend(NUMBERS.map(|(_, pick)| number(pick)));
    values.push(Values::same_number(of.forward.as_ref().map(|forward| forward.price), rows));
    values.push(Values::same_number(of.spot.map(|spot| spot.price), rows));
    Ok(Batch::new(values)?)
}
