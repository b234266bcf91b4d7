//! Drawing for pages that are read again and again: words, addresses and lines, ready to be shown (`crate::drawn`).
//! So the browser carries neither the types nor the arithmetic of ten thousand contracts or of a log of requests.

mod analysis;
pub(crate) mod archive;
mod chart;
pub(crate) mod coverage;
pub(crate) mod export;
mod failures;
mod grid;
mod lake;
mod line_tone;
mod payoff;
mod refused;
mod requests;
mod sql;
mod status;
mod strategy;
mod strategy_run;
mod time_chart;

pub(crate) use analysis::{by_strike, earlier_series, over_time, series_charts, surface, term_structure};
pub(crate) use chart::{pace_charts, windows_chart};
pub(crate) use failures::failures;
pub(crate) use grid::grid;
pub(crate) use lake::lake;
pub(crate) use refused::refused_lines;
pub(crate) use requests::request_lines;
pub(crate) use sql::sql_outcome;
pub(crate) use status::{api_use_drawn, error_lines, loop_in_words, program_lines, status_figures};
pub(crate) use strategy::{form, strategies};
pub(crate) use strategy_run::{run_line, run_part};
