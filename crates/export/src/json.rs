//! Bars as JSON, one row a bar or one array a column. Prices are rupees, printed as they are, to the millionth.

use std::io::Write;

use market::{Bar, Bars, ChartInterval, ExpiredKey, Price, Prices};
use protocol::CandleColumns;
use serde::Serialize;

use crate::ExportError;

/// Start in IST, open, high, low, close in rupees (null in a gap), volume, open interest.
type CandleRow = (String, Option<f64>, Option<f64>, Option<f64>, Option<f64>, i64, i64);

/// Bars as rows, oldest first.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CandlesDocument {
    pub expired_key: ExpiredKey,
    pub interval: ChartInterval,
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = Vec<(String, Option<f64>, Option<f64>, Option<f64>, Option<f64>, i64, i64)>)
    )]
    pub candles: Vec<CandleRow>,
}

impl From<Bars> for CandlesDocument {
    fn from(Bars { contract, interval, bars }: Bars) -> Self {
        Self { expired_key: contract.expired_key, interval, candles: bars.iter().map(row).collect() }
    }
}

fn row(bar: &Bar) -> CandleRow {
    let price = |pick: fn(&Prices) -> Price| bar.prices.as_ref().map(|prices| pick(prices).to_rupees());
    (
        bar.start.to_rfc3339(),
        price(|prices| prices.open),
        price(|prices| prices.high),
        price(|prices| prices.low),
        price(|prices| prices.close),
        bar.volume,
        bar.open_interest,
    )
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
    pub(crate) fn rows(bars: Bars) -> Self {
        Self::Rows(bars.into())
    }

    pub(crate) fn columns(bars: Bars) -> Self {
        Self::Columns(bars.bars.into_iter().collect())
    }

    pub(crate) fn write(&self, output: impl Write) -> Result<(), ExportError> {
        Ok(serde_json::to_writer(output, self)?)
    }
}

#[cfg(test)]
mod tests {
    use market::Paise;

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
        let columns = text(CandlesJson::columns(bars.clone()));
        assert!(columns.contains(r#""open":[982.275],"high":[24618.9]"#), "{columns}");
        let rows = text(CandlesJson::rows(bars));
        let row = r#"["2025-08-01T09:15:00+05:30",982.275,24618.9,982.275,24618.9,75,0]"#;
        assert!(rows.contains(row), "{rows}");
    }
}
