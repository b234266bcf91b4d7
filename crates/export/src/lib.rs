//! Candles out of the store, as files other programs read. Refuses to round: what is written is what is
//! stored, row for row.

mod csv;

pub use csv::{CSV_HEADER, ExportError, write_csv};
