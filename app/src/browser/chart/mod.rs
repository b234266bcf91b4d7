//! Candles as a picture and as a table. The picture is drawn by TradingView's Lightweight Charts, which is
//! fetched when the first chart is opened; everything else here is ours and works without it.

mod arrays;
mod candles;
mod canvas;
mod columns;
mod fetch;
mod legend;
mod library;
mod lines;
mod pages;
mod table;

pub use candles::{Candles, Wanted};
pub use canvas::{ChartCanvas, Gesture, Span};
pub use legend::Legend;
pub use lines::Lines;
pub use pages::Pages;
pub use table::CandleTable;
