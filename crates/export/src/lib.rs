//! Candles out of the store, and what is made of them, as files other programs read. Refuses to round: what is written is
//! what is stored, row for row. Rows are [`table`]s, in batches of columns; a new format is a writer there and a row in
//! [`Format`].

mod analysis;
mod candle_table;
mod candles;
mod chain;
mod format;
mod json;
mod origin;
mod preset;
mod row_hash;
mod rows;
mod series;
mod sha256;
mod sql;
mod strategy;
pub mod table;

pub use analysis::AnalysisJson;
pub use candle_table::{CandleField, CandleRows, CandleTable, Subject, Twin, UnknownField};
pub use chain::{chain_batch, chain_columns};
pub use format::{ExportError, Format, SIMULATED_PREFIX, UnknownFormat};
pub use json::{CandleCell, CandlesDocument, CandlesJson};
pub use origin::{Made, Origin, VOLATILITY_RULE};
pub use preset::{Preset, PresetFacts, UnknownPreset};
pub use row_hash::RowHash;
pub use rows::RowTable;
pub use series::{SeriesJson, series_columns, series_table};
pub use sha256::{NoSha256, Sha256};
pub use sql::SqlJson;

pub(crate) use candles::candles_as_table;

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
        Bars { contract: put("NSE_FO|52012|28-10-2025"), interval: ChartInterval::MINUTE_1, bars }
    }
}
