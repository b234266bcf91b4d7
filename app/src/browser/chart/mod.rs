//! Candles and lines as a picture and as a table. The picture is drawn by TradingView's Lightweight Charts, which is
//! fetched when the first chart is opened; everything else here is ours and works without it.
//!
//! A page makes a `ChartPicture` (any number of panes), a `ChartHandle` of it, and puts a `ChartCanvas` somewhere.

mod arrays;
mod beside;
mod candles;
mod canvas;
mod columns;
mod fetch;
mod legend;
mod library;
mod lines;
mod measure;
mod pages;
mod picture;
mod table;

pub use beside::picture_of;
pub use candles::Candles;
pub use canvas::{ChartCanvas, ChartHandle, Focus, Gesture};
pub use legend::Legend;
pub use library::SavedPicture;
pub use lines::Lines;
pub use measure::measure_words;
pub use pages::Pages;
pub use table::CandleTable;
