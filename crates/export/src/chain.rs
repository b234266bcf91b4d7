//! The option chain as a table: a row a minute, strike and side, as the chain of each minute has them.

use std::io::Write;
use std::sync::Arc;

use market::EpochSeconds;
use protocol::{ChainPicture, ChainSide};

use crate::table::{Batch, Column, Kind, Values};
use crate::{ExportError, Format, Made, Origin, VOLATILITY_RULE};

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

/// Of the table of a chain.
pub fn chain_columns() -> Vec<Column> {
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
    // What came later stands behind what was there, so that a place in a row stays what it is.
    let last = [
        ("forward", Kind::Number),
        ("spot", Kind::Number),
        ("session_volatility", Kind::Number),
        ("no_volatility_because", Kind::Text),
        ("rate", Kind::Number),
        ("forward_source", Kind::Text),
        ("forward_age_s", Kind::Whole),
    ];
    let numbers = NUMBERS.map(|(name, _)| (name, Kind::Number));
    let all = first.into_iter().chain(numbers).chain(last);
    all.map(|(name, kind)| Column::new(name, kind)).collect()
}

/// The chain of a minute.
pub fn chain_batch(of: &ChainPicture, at: EpochSeconds) -> Result<Batch, ExportError> {
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
    values.push(Values::same_number(of.spot, rows));
    values.push(number(|side| side.session_volatility));
    let reasons = sides.iter().map(|(_, _, side)| side.no_volatility_because.as_deref().map(Arc::from));
    values.push(Values::Texts(reasons.collect()));
    values.push(Values::same_number(Some(of.rate), rows));
    values.push(Values::same_text(of.forward.as_ref().map(|forward| forward.source.as_str()), rows));
    values.push(Values::same_whole(of.forward.as_ref().map(|forward| forward.age_s), rows));
    Ok(Batch::new(values)?)
}

impl Format {
    /// The chain of one minute.
    pub fn write_chain(
        self,
        chain: &ChainPicture,
        origin: &Origin,
        output: impl Write + Send,
    ) -> Result<(), ExportError> {
        if self.is_json() {
            return Ok(serde_json::to_writer(output, chain)?);
        }
        // Written by us a moment ago.
        let at = EpochSeconds::parse_rfc3339(&chain.at).unwrap_or(EpochSeconds(0));
        let made = Made { rate: Some(chain.rate), rule: Some(VOLATILITY_RULE), ..Made::default() };
        self.write_batch(chain_columns(), &chain_batch(chain, at)?, origin.metadata(made), output)
    }
}
