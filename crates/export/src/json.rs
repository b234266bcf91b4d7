//! Bars as JSON, one row a bar or one array a column. Prices are rupees, printed as they are, to the millionth.

use std::io::Write;

use market::{ChartInterval, ExpiredKey, Price, Prices};
use protocol::{AxisMark, CandleColumns, Candles};
use serde::Serialize;

use crate::ExportError;

/// What stands in a row.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum CandleCell {
    Words(String),
    Count(i64),
    Value(Option<f64>),
}

/// Bars as rows, oldest first.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CandlesDocument {
    pub expired_key: ExpiredKey,
    pub interval: ChartInterval,
    /// What stands in a row behind the first seven, where more was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<String>,
    /// A year, continuous, as a fraction, where volatilities rest on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// Start in IST, open, high, low, close in rupees (null in a gap), volume, open interest (null without a row),
    /// then what stands beside.
    // A count is a number too, so a cell reads as that of a series.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Vec<protocol::SeriesCell>>))]
    pub candles: Vec<Vec<CandleCell>>,
    /// What the days of the sessions are, where they were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<AxisMark>,
}

impl From<Candles> for CandlesDocument {
    fn from(of: Candles) -> Self {
        let columns = of.columns.iter().map(|column| column.name.clone());
        let beside = columns.chain(of.words.iter().map(|words| words.name.clone())).collect();
        let candles = (0..of.rows.len()).map(|at| row(&of, at)).collect();
        let Candles { contract, interval, rate, marks, .. } = of;
        Self { expired_key: contract.expired_key, interval, beside, rate, candles, marks }
    }
}

fn row(of: &Candles, at: usize) -> Vec<CandleCell> {
    let row = of.rows[at];
    let price = |pick: fn(&Prices) -> Price| {
        CandleCell::Value(row.prices().as_ref().map(|prices| pick(prices).to_rupees()))
    };
    let count = |count: Option<i64>| count.map_or(CandleCell::Value(None), CandleCell::Count);
    let mut cells = vec![
        CandleCell::Words(row.start.to_rfc3339()),
        price(|prices| prices.open),
        price(|prices| prices.high),
        price(|prices| prices.low),
        price(|prices| prices.close),
        count(row.bar.map(|bar| bar.volume)),
        count(row.bar.map(|bar| bar.open_interest)),
    ];
    let value = |values: &[Option<f64>]| CandleCell::Value(values.get(at).copied().flatten());
    cells.extend(of.columns.iter().map(|column| value(&column.values)));
    cells.extend(of.words.iter().map(|words| {
        let word = words.values.get(at).cloned().flatten();
        word.map_or(CandleCell::Value(None), CandleCell::Words)
    }));
    cells
}

/// Candles in either form of JSON.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum CandlesJson {
    Rows(CandlesDocument),
    Columns(CandleColumns),
}

impl CandlesJson {
    pub fn rows(candles: Candles) -> Self {
        Self::Rows(candles.into())
    }

    pub fn columns(candles: Candles) -> Self {
        Self::Columns(candles.into())
    }

    pub(crate) fn write(&self, output: impl Write) -> Result<(), ExportError> {
        Ok(serde_json::to_writer(output, self)?)
    }
}

#[cfg(test)]
mod tests {
    use market::{Bar, Paise};
    use protocol::CandleColumn;

    use super::*;
    use crate::tests::bars;

    #[test]
    fn prices_are_printed_as_they_are_whole_paise_or_finer() {
        let (fine, whole) = (Price::from_rupees(982.275).unwrap(), Price::from(Paise(2_461_890)));
        let bars = bars(vec![Bar {
            start: "2025-08-01".parse::<market::Day>().unwrap().at_minute(555),
            prices: Some(Prices { open: fine, high: whole, low: fine, close: whole }),
            volume: 75,
            open_interest: 0,
        }]);
        let text = |json: CandlesJson| {
            let mut text = Vec::new();
            json.write(&mut text).unwrap();
            String::from_utf8(text).unwrap()
        };
        let mut candles = Candles::from(bars);
        let columns = text(CandlesJson::columns(candles.clone()));
        assert!(columns.contains(r#""open":[982.275],"high":[24618.9]"#), "{columns}");
        let rows = text(CandlesJson::rows(candles.clone()));
        let row = r#"["2025-08-01T09:15:00+05:30",982.275,24618.9,982.275,24618.9,75,0]"#;
        assert!(rows.contains(row) && !rows.contains("beside"), "{rows}");
        candles.columns.push(CandleColumn {
            name: "vwap".to_owned(),
            title: "VWAP".to_owned(),
            unit: "rupees".to_owned(),
            values: vec![Some(1.5)],
        });
        let rows = text(CandlesJson::rows(candles));
        assert!(rows.contains(r#""beside":["vwap"]"#) && rows.contains(",75,0,1.5]"), "{rows}");
    }
}
