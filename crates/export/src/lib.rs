//! Candles out of the store, and what is made of them, as files other programs read. Refuses to round: what is written is what is
//! stored, row for row. A new format is a file here and a row in [`Format`].

mod analysis;
mod cell;
mod csv;
mod format;
mod json;
mod series;
mod sql;
mod strategy;

pub use analysis::AnalysisJson;
pub use format::{ExportError, Format, UnknownFormat};
pub use json::{CandleCell, CandlesDocument, CandlesJson};
pub use series::SeriesJson;
pub use sql::SqlJson;
pub use strategy::{write_run_csv, write_strategy_csv};

#[cfg(test)]
mod tests {
    use market::{Bar, Bars, ChartInterval, Contract, ContractKind, Strike};

    pub(crate) fn put(key: &str) -> Contract {
        Contract {
            expired_key: key.parse().unwrap(),
            underlying_key: "NSE_EQ|INE155A01022".parse().unwrap(),
            expiry: "2025-10-28".parse().unwrap(),
            kind: ContractKind::Put,
            strike: Strike::from_rupees(700.0),
            trading_symbol: "TATAMOTORS 700 PE 28 OCT 25".to_owned(),
            lot_size: 800,
            tick_size: 5,
            weekly: None,
        }
    }

    pub(crate) fn bars(bars: Vec<Bar>) -> Bars {
        Bars { contract: put("NSE_FO|52012|28-10-2025"), interval: ChartInterval::Minute1, bars }
    }
}
